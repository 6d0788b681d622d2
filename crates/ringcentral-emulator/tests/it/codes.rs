//! Authorization codes: redirect URIs, PKCE, lifetime, single use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::{Answer, LIMITED_APP, Lab, PUBLIC_APP, REDIRECT, WEB_APP, encode};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

async fn redeem(lab: &Lab, code: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
    ];
    form.extend(more);
    lab.token(&form).await
}

#[tokio::test]
async fn a_code_gives_a_session_with_everything_clients_read() {
    let lab = Lab::new().await;
    let code = lab.code(WEB_APP.0, &[]).await;
    let answer = redeem(&lab, &code, &[("endpoint_id", "my-endpoint")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.header("content-type").contains("application/json"));
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = answer.json();
    for (field, prefix) in [("access_token", "EMU-at-"), ("refresh_token", "EMU-rt-")] {
        assert!(
            token[field].as_str().is_some_and(|text| text.starts_with(prefix)),
            "{token}"
        );
    }
    assert_eq!(token["token_type"], "bearer");
    assert_eq!(token["expires_in"], 3600);
    assert_eq!(token["endpoint_id"], "my-endpoint");
    assert!(token["owner_id"].is_string() && token["session_id"].is_string());
    assert!(
        token["scope"]
            .as_str()
            .is_some_and(|scope| scope.split(' ').any(|name| name == "ReadCallLog"))
    );
    assert_eq!(lab.api(&token).await.status, 200);
}

#[tokio::test]
async fn pkce_has_four_cases() {
    let lab = Lab::new().await;
    let challenge = challenge();
    let s256 = [
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let plain = [("code_challenge", VERIFIER)];
    let right = [("code_verifier", VERIFIER)];
    let wrong = [(
        "code_verifier",
        "another-verifier-of-more-than-forty-three-characters",
    )];
    let cases: [(&str, &[_], &[_], u16); 9] = [
        ("S256, right", &s256, &right, 200),
        ("S256, wrong", &s256, &wrong, 400),
        ("S256, missing", &s256, &[], 400),
        (
            "S256, the challenge itself",
            &s256,
            &[("code_verifier", challenge.as_str())],
            400,
        ),
        ("plain, right", &plain, &right, 200),
        ("plain, wrong", &plain, &wrong, 400),
        ("plain, missing", &plain, &[], 400),
        ("none, none", &[], &[], 200),
        (
            "none, but a verifier left over from another login",
            &[],
            &right,
            200,
        ),
    ];
    for (name, asked, sent, status) in cases {
        let code = lab.code(WEB_APP.0, asked).await;
        let answer = redeem(&lab, &code, sent).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        if status == 400 {
            assert_eq!(answer.json()["error"], "invalid_grant", "{name}");
        }
    }
}

#[tokio::test]
async fn a_public_app_logs_in_with_pkce_and_no_secret() {
    let lab = Lab::new().await;
    let challenge = challenge();
    let s256 = [
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let form = |code| {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", PUBLIC_APP),
        ]
    };
    let code = lab.code(PUBLIC_APP, &s256).await;
    assert_eq!(lab.token_as(None, &form(&code)).await.status, 200);
    let code = lab.code(PUBLIC_APP, &s256).await;
    let answer = lab.token_as(Some((PUBLIC_APP, "")), &form(&code)).await;
    assert_eq!(answer.status, 200, "Basic with an empty secret is the same");
    let refreshed = answer.json();
    let token = refreshed["refresh_token"].as_str().expect("a refresh token");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", PUBLIC_APP),
    ];
    assert_eq!(lab.token_as(None, &form).await.status, 200);

    let query = [
        ("response_type", "code"),
        ("client_id", PUBLIC_APP),
        ("redirect_uri", REDIRECT),
    ];
    let answer = lab
        .get(&format!("/restapi/oauth/authorize?{}", encode(&query)), &[])
        .await;
    assert_eq!(
        answer.location("error").as_deref(),
        Some("invalid_request"),
        "it cannot go without a challenge"
    );
}

#[tokio::test]
async fn a_code_lives_sixty_seconds_or_as_long_as_set() {
    let lab = Lab::new().await;
    let code = lab.code(WEB_APP.0, &[]).await;
    lab.advance("59s").await;
    assert_eq!(redeem(&lab, &code, &[]).await.status, 200);
    let code = lab.code(WEB_APP.0, &[]).await;
    lab.advance("60s").await;
    assert_eq!(redeem(&lab, &code, &[]).await.code(), "OAU-108");
    lab.control(Method::PATCH, "settings", &json!({"codeSeconds": 600}))
        .await;
    let code = lab.code(WEB_APP.0, &[]).await;
    lab.advance("599s").await;
    assert_eq!(redeem(&lab, &code, &[]).await.status, 200);
}

#[tokio::test]
async fn reuse_of_a_code_ends_what_its_first_use_gave() {
    let lab = Lab::new().await;
    let code = lab.code(WEB_APP.0, &[]).await;
    let first = redeem(&lab, &code, &[]).await.json();
    assert_eq!(lab.api(&first).await.status, 200);
    let again = redeem(&lab, &code, &[]).await;
    assert_eq!((again.status, again.code().as_str()), (400, "OAU-106"));
    assert_eq!(lab.api(&first).await.code(), "OAU-213");
    assert_eq!(lab.refresh(&first).await.code(), "OAU-211");
}

#[tokio::test]
async fn a_code_belongs_to_its_app_and_its_redirect_uri() {
    let lab = Lab::new().await;
    let code = lab.code(WEB_APP.0, &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
    ];
    assert_eq!(lab.token_as(Some(LIMITED_APP), &form).await.code(), "OAU-110");
    for (sent, name) in [
        (
            Some("http://127.0.0.1:5000/oauth2callback"),
            "another registered one",
        ),
        (Some(""), "empty"),
        (None, "missing"),
    ] {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code.as_str())];
        form.extend(sent.map(|uri| ("redirect_uri", uri)));
        assert_eq!(lab.token(&form).await.code(), "OAU-109", "{name}");
    }
    assert_eq!(redeem(&lab, "EMU-code-unknown", &[]).await.code(), "OAU-106");
    assert_eq!(
        redeem(&lab, &code, &[]).await.status,
        200,
        "none of it used the code up"
    );
}

#[tokio::test]
async fn the_redirect_uri_is_compared_character_by_character() {
    let lab = Lab::new().await;
    for (uri, taken) in [
        (REDIRECT, true),
        ("http://127.0.0.1:5000/oauth2callback", true),
        ("http://127.0.0.1:8925/callback", true),
        ("http://localhost:5000/oauth2callback/", false),
        ("http://localhost:5000/oauth2callback?", false),
        ("http://localhost:5000/oauth2callback?x=1", false),
        ("http://localhost:5000/oauth2callback#", false),
        ("http://localhost:5000/oauth2callback#a", false),
        ("http://localhost:5000/Oauth2callback", false),
        ("http://LOCALHOST:5000/oauth2callback", false),
        ("HTTP://localhost:5000/oauth2callback", false),
        ("https://localhost:5000/oauth2callback", false),
        ("http://localhost/oauth2callback", false),
        ("http://localhost:5001/oauth2callback", false),
        ("http://localhost:05000/oauth2callback", false),
        ("http://localhost:5000/", false),
        ("http://localhost:5000", false),
        ("http://localhost:5000//oauth2callback", false),
        ("http://localhost:5000/./oauth2callback", false),
        ("http://localhost:5000/x/../oauth2callback", false),
        ("http://localhost:5000/oauth2callbac%6b", false),
        ("http://localhost:5000/oauth2callback%00", false),
        ("http://localhost:5000/oauth2callback ", false),
        (" http://localhost:5000/oauth2callback", false),
        ("http://user@localhost:5000/oauth2callback", false),
        ("http://localhost:5000@example.com/oauth2callback", false),
        ("http://localhost.example.com:5000/oauth2callback", false),
        ("http://example.com/?http://localhost:5000/oauth2callback", false),
        ("//localhost:5000/oauth2callback", false),
        ("/oauth2callback", false),
        ("localhost:5000/oauth2callback", false),
        ("javascript:alert(1)", false),
        ("http://127.0.0.1:8926/callback", false),
        ("http://[::1]:8921/callback", false),
    ] {
        let query = [
            ("response_type", "code"),
            ("client_id", WEB_APP.0),
            ("redirect_uri", uri),
        ];
        let answer = lab
            .get(&format!("/restapi/oauth/authorize?{}", encode(&query)), &[])
            .await;
        if taken {
            assert_eq!(answer.status, 302, "{uri}");
            assert!(
                answer.header("location").starts_with(&format!("{uri}?code=")),
                "{uri}"
            );
        } else {
            assert_eq!((answer.status, answer.code().as_str()), (403, "OAU-109"), "{uri}");
            assert_eq!(answer.header("location"), "", "{uri}");
        }
    }
}

#[tokio::test]
async fn further_redirect_uris_can_be_registered_at_the_start() {
    let uri = "com.example.app:/callback?fixed=1";
    let lab = Lab::with(ringcentral_emulator::EmulatorConfig {
        auto_approve: Some("ada.quill@example.com".to_owned()),
        redirect_uris: vec![uri.to_owned()],
        ..Default::default()
    })
    .await;
    assert_eq!(lab.env("RC_REDIRECT_URL"), uri);
    let query = [
        ("response_type", "code"),
        ("client_id", WEB_APP.0),
        ("redirect_uri", uri),
        ("state", "a&b=c d+e%"),
    ];
    let answer = lab
        .get(&format!("/restapi/oauth/authorize?{}", encode(&query)), &[])
        .await;
    assert!(
        answer
            .header("location")
            .starts_with("com.example.app:/callback?fixed=1&code=EMU-code-")
    );
    assert_eq!(answer.location("state").as_deref(), Some("a&b=c d+e%"));
    assert_eq!(answer.location("expires_in").as_deref(), Some("60"));
}
