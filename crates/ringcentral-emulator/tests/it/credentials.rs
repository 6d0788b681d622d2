//! JWT credentials, as the developer console makes them and as an emulator of tests must be able to spoil them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, LIMITED_APP, Lab, PUBLIC_APP, WEB_APP};

async fn mint(lab: &Lab, body: &Value) -> (String, String) {
    let made = lab.control(Method::POST, "jwts", body).await;
    let text = |key: &str| made[key].as_str().expect("text").to_owned();
    (text("id"), text("jwt"))
}

async fn redeem(lab: &Lab, app: Option<(&str, &str)>, jwt: &str) -> Answer {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", jwt),
    ];
    lab.token_as(app, &form).await
}

#[tokio::test]
async fn a_credential_speaks_for_its_user_again_and_again() {
    let lab = Lab::new().await;
    let (_, jwt) = mint(&lab, &json!({"user": "102"})).await;
    let (first, second) = (
        redeem(&lab, Some(WEB_APP), &jwt).await.json(),
        redeem(&lab, Some(WEB_APP), &jwt).await.json(),
    );
    assert_eq!(first["owner_id"], second["owner_id"]);
    assert_ne!(first["session_id"], second["session_id"]);
    assert_ne!(
        first["owner_id"],
        lab.log_in().await["owner_id"],
        "102 is not the default user"
    );
    assert!(first["refresh_token"].is_string());
    // A credential is no access token.
    let bearer = format!("Bearer {jwt}");
    let answer = lab
        .get("/restapi/v1.0/account/~", &[("authorization", &bearer)])
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "OAU-149"));
    // The claims that one may look at.
    let claims = jwt.split('.').nth(1).expect("three parts");
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("JSON");
    assert_eq!(claims["iss"], lab.emulator.url());
    assert_eq!(
        claims["aud"],
        format!("{}/restapi/oauth/token", lab.emulator.url())
    );
    assert_eq!(claims["sub"], first["owner_id"]);
    assert!(
        claims["jti"].as_str().is_some_and(|id| id.starts_with("EMU-")),
        "{claims}"
    );
}

#[tokio::test]
async fn a_credential_ends_on_its_second() {
    let lab = Lab::new().await;
    let (_, jwt) = mint(&lab, &json!({"expiresIn": "30m"})).await;
    for (advance, code) in [("1799s", ""), ("1s", "OAU-349"), ("1d", "OAU-349")] {
        lab.advance(advance).await;
        assert_eq!(
            redeem(&lab, Some(WEB_APP), &jwt).await.code(),
            code,
            "{advance} later"
        );
    }
    let (_, endless) = mint(&lab, &json!({})).await;
    lab.advance("7300d").await;
    assert_eq!(redeem(&lab, Some(WEB_APP), &endless).await.code(), "");
}

#[tokio::test]
async fn a_credential_may_be_for_some_apps_only() {
    let lab = Lab::new().await;
    let (_, for_one) = mint(&lab, &json!({"clientIds": [LIMITED_APP.0]})).await;
    let (_, for_all) = mint(&lab, &json!({"clientIds": []})).await;
    let public = Some((PUBLIC_APP, ""));
    for (jwt, app, code) in [
        (&for_one, Some(LIMITED_APP), ""),
        (&for_one, Some(WEB_APP), "OAU-351"),
        (&for_all, Some(LIMITED_APP), ""),
        (&for_all, Some(WEB_APP), ""),
        // An app without the grant is told that first.
        (&for_all, public, "OAU-251"),
    ] {
        assert_eq!(redeem(&lab, app, jwt).await.code(), code, "{app:?}");
    }
}

#[tokio::test]
async fn a_deleted_credential_begins_no_session() {
    let lab = Lab::new().await;
    let (id, jwt) = mint(&lab, &json!({})).await;
    let token = redeem(&lab, Some(WEB_APP), &jwt).await.json();
    lab.control(Method::DELETE, &format!("jwts/{id}"), &Value::Null)
        .await;
    assert_eq!(redeem(&lab, Some(WEB_APP), &jwt).await.code(), "OAU-350");
    assert_eq!(lab.api(&token).await.status, 200, "what began before goes on");
    assert_eq!(lab.jwt().await.status, 200, "other credentials are not touched");
}

#[tokio::test]
async fn what_is_no_wish_for_a_credential_is_refused_in_words() {
    let lab = Lab::new().await;
    for (body, field) in [
        (json!({"user": "nobody"}), "user"),
        (json!({"user": 101}), "user"),
        (json!({"expiresIn": 60}), "expiresIn"),
        (json!({"expiresIn": "soon"}), "expiresIn"),
        (json!({"clientIds": "EMU-web-app"}), "clientIds"),
        (json!({"name": "x"}), "name"),
    ] {
        let answer = lab.try_control(Method::POST, "jwts", &body).await;
        assert_eq!(
            (answer.status, answer.json()["field"].as_str()),
            (400, Some(field)),
            "{body}"
        );
    }
    let answer = lab
        .try_control(Method::DELETE, "jwts/unknown", &Value::Null)
        .await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn what_is_wrong_with_an_assertion_has_its_code() {
    let lab = Lab::new().await;
    let (_, jwt) = mint(&lab, &json!({})).await;
    let stranger = mint(&Lab::new().await, &json!({})).await.1;
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signature = jwt.rsplit('.').next().expect("a signature");
    let claims = jwt.split('.').nth(1).expect("claims");
    let changed = part(json!({"sub": "1"}));
    let header = jwt.split('.').next().expect("a header");
    for (name, assertion, code) in [
        ("no JWT", "garbage".to_owned(), "OAU-344"),
        ("empty parts", "..".to_owned(), "OAU-344"),
        (
            "changed claims",
            format!("{header}.{changed}.{signature}"),
            "OAU-345",
        ),
        ("somebody else's key", stranger, "OAU-345"),
        (
            "HS256",
            format!("{}.{claims}.{signature}", part(json!({"alg": "HS256"}))),
            "OAU-347",
        ),
        (
            "no algorithm",
            format!("{}.{claims}.", part(json!({"alg": "none"}))),
            "OAU-347",
        ),
        ("nothing", String::new(), "CMN-101"),
    ] {
        let answer = redeem(&lab, Some(WEB_APP), &assertion).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, code),
            "{name}: {}",
            answer.text
        );
    }
}
