//! `OpenID` Connect, the documents by which clients find their way, and the token for the `WebSocket` gateway.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use ringcentral_emulator::EmulatorConfig;
use serde_json::{Value, json};

use crate::support::{Answer, LIMITED_APP, Lab, REDIRECT};

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

/// The claims of an id token whose signature is good by the published keys.
async fn claims(lab: &Lab, token: &Value) -> Value {
    let token = token["id_token"].as_str().expect("an id token");
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("three parts: {token}")
    };
    let header: Value = serde_json::from_slice(&bytes(header)).expect("JSON");
    let discovery = lab.get("/.well-known/openid-configuration", &[]).await.json();
    let keys = discovery["jwks_uri"].as_str().expect("an address");
    let keys = lab
        .get(keys.trim_start_matches(lab.emulator.url()), &[])
        .await
        .json();
    let key = keys["keys"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .expect("the key that the header names");
    assert_eq!((&header["alg"], &key["kty"]), (&json!("RS256"), &json!("RSA")));
    let number = |name: &str| bytes(key[name].as_str().expect("a number"));
    RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    }
    .verify(
        &RSA_PKCS1_2048_8192_SHA256,
        format!("{}.{claims}", token.split('.').next().expect("a header")).as_bytes(),
        &bytes(signature),
    )
    .expect("a good signature");
    serde_json::from_slice(&bytes(claims)).expect("JSON")
}

async fn by_code(lab: &Lab, more: &[(&str, &str)]) -> Value {
    let code = lab.code("EMU-web-app", more).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
    ];
    lab.token(&form).await.json()
}

#[tokio::test]
async fn an_id_token_says_who_logged_in_to_whoever_asked() {
    let lab = Lab::new().await;
    lab.control(Method::POST, "clock", &json!({"set": "2031-05-06T07:00:00Z"}))
        .await;
    let start = 1_935_817_200;
    let token = by_code(&lab, &[("scope", "openid email profile"), ("nonce", "n-1")]).await;
    let said = claims(&lab, &token).await;
    let user = &lab.emulator.users()[0];
    let expected = json!({
        "iss": lab.emulator.url(),
        "sub": token["owner_id"],
        "aud": "EMU-web-app",
        "iat": start,
        "exp": start + 3600,
        "auth_time": start,
        "nonce": "n-1",
        "jti": said["jti"],
        "account_id": said["account_id"],
        "email": "ada.quill@example.com",
        "email_verified": true,
        "given_name": user.name.split(' ').next(),
        "family_name": user.name.split(' ').nth(1),
    });
    assert_eq!(said, expected);
    // A refresh says it again: the same login, a new hour, and no nonce, which was for the first answer.
    lab.advance("10m").await;
    let again = claims(&lab, &lab.refresh(&token).await.json()).await;
    assert_eq!(again["auth_time"], start);
    assert_eq!(again["iat"], start + 600);
    assert_eq!(again["sub"], said["sub"]);
    assert_eq!(again.get("nonce"), None);
}

#[tokio::test]
async fn claims_follow_the_scopes() {
    let lab = Lab::new().await;
    for (scope, id_token, email, name) in [
        ("", false, false, false),
        ("email profile", false, false, false),
        ("ReadAccounts", false, false, false),
        ("openid", true, false, false),
        ("openid email", true, true, false),
        ("openid profile", true, false, true),
        ("openid ReadAccounts", true, false, false),
    ] {
        let token = by_code(&lab, &[("scope", scope)]).await;
        assert_eq!(token["id_token"].is_string(), id_token, "{scope}");
        if id_token {
            let said = claims(&lab, &token).await;
            assert_eq!(said["email"].is_string(), email, "{scope}");
            assert_eq!(said["given_name"].is_string(), name, "{scope}");
            assert_eq!(said.get("nonce"), None, "none was sent");
        }
        let granted = token["scope"].as_str().expect("a list");
        assert_eq!(granted.contains("openid"), id_token, "{granted}");
        assert!(granted.contains("ReadAccounts"), "{granted}");
        assert_eq!(
            granted.contains("ReadCallLog"),
            !scope.contains("ReadAccounts"),
            "{granted}"
        );
    }
}

#[tokio::test]
async fn the_discovery_document_has_every_field() {
    let lab = Lab::new().await;
    let document = lab.get("/.well-known/openid-configuration", &[]).await.json();
    let origin = lab.emulator.url();
    for (field, path) in [
        ("issuer", ""),
        ("authorization_endpoint", "/restapi/oauth/authorize"),
        ("token_endpoint", "/restapi/oauth/token"),
        ("revocation_endpoint", "/restapi/oauth/revoke"),
        ("userinfo_endpoint", "/restapi/oauth/userinfo"),
        ("jwks_uri", "/restapi/oauth/jwks"),
    ] {
        assert_eq!(document[field], format!("{origin}{path}"), "{field}");
    }
    for (field, values) in [
        ("scopes_supported", json!(["openid", "email", "profile"])),
        ("response_types_supported", json!(["code"])),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["RS256"])),
        ("userinfo_signing_alg_values_supported", json!(["none"])),
        ("code_challenge_methods_supported", json!(["plain", "S256"])),
        (
            "display_values_supported",
            json!(["page", "popup", "touch", "mobile"]),
        ),
        (
            "token_endpoint_auth_methods_supported",
            json!(["client_secret_basic", "client_secret_jwt", "private_key_jwt"]),
        ),
        ("request_parameter_supported", json!(false)),
    ] {
        assert_eq!(document[field], values, "{field}");
    }
    let claims = document["claims_supported"].as_array().expect("a list");
    assert_eq!(claims.len(), 13);
}

#[tokio::test]
async fn who_asks_for_entry_points_finds_everything_here() {
    let lab = Lab::new().await;
    let origin = lab.emulator.url();
    let initial = lab
        .get("/.well-known/entry-points/initial?clientId=EMU-web-app", &[])
        .await
        .json();
    assert_eq!(initial["coreApi"]["baseUri"], origin);
    assert!(
        initial["rcv"]["baseApiUri"].is_string(),
        "the JS SDK reads it unasked"
    );
    let external = initial["discoveryApi"]["defaultExternalUri"]
        .as_str()
        .expect("an address");
    let path = external.trim_start_matches(origin).to_owned();
    assert_eq!(lab.get(&path, &[]).await.code(), "AGW-401");
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let answer = lab.get(&path, &[("authorization", &bearer)]).await;
    assert!(!answer.header("discovery-tag").is_empty());
    let document = answer.json();
    assert_eq!(
        document["authApi"]["tokenUri"],
        format!("{origin}/restapi/oauth/token")
    );
    assert_eq!(
        (&document["expiresIn"], &document["retryCycleDelay"]),
        (&json!(86_400), &json!(824))
    );

    // The redirect says it too, to a client that asked with discovery.
    let link = |more: &str| {
        format!(
            "/restapi/oauth/authorize?response_type=code&client_id=EMU-web-app&redirect_uri={}{more}",
            "http%3A%2F%2Flocalhost%3A5000%2Foauth2callback"
        )
    };
    let answer = lab.get(&link("&discovery=true"), &[]).await;
    assert_eq!(
        answer.location("token_uri"),
        Some(format!("{origin}/restapi/oauth/token"))
    );
    assert_eq!(answer.location("discovery_uri").as_deref(), Some(external));
    for more in ["", "&discovery=false", "&discovery="] {
        let answer = lab.get(&link(more), &[]).await;
        assert_eq!(answer.location("token_uri"), None, "{more}");
    }
}

async fn ws_token(lab: &Lab, token: &Value, content_type: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap_or_default());
    let mut headers = vec![("authorization", bearer.as_str())];
    if !content_type.is_empty() {
        headers.push(("content-type", content_type));
    }
    lab.send(Method::POST, "/restapi/oauth/wstoken", &headers, body.to_owned())
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_websocket_token_is_good_for_half_a_minute() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    // Every SDK sends another body.
    for (content_type, body) in [
        ("application/json", "{}"),
        ("application/json", ""),
        ("application/x-www-form-urlencoded", ""),
        ("", ""),
    ] {
        let answer = ws_token(&lab, &token, content_type, body).await;
        assert_eq!(answer.status, 200, "{content_type}: {}", answer.text);
    }
    let made = ws_token(&lab, &token, "", "").await.json();
    assert_eq!(made["expires_in"], 30);
    let uri = made["uri"].as_str().expect("an address");
    assert_eq!(uri, lab.emulator.url().replace("http:", "ws:") + "/ws");
    let secret = made["ws_access_token"].as_str().expect("a token");
    assert!(secret.starts_with("EMU-ws-"), "{secret}");
    let knock = format!("/ws?access_token={secret}");
    for (advance, status, code) in [
        ("0s", 501, "CMN-202"),
        ("29s", 501, "CMN-202"),
        ("1s", 401, "OAU-213"),
    ] {
        lab.advance(advance).await;
        let answer = lab.get(&knock, &[]).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{advance} later"
        );
    }
    let kept = lab.journal("path=/ws").await;
    assert!(
        !Value::from(kept).to_string().contains(secret),
        "the journal holds no secret"
    );

    // It ends with its session.
    let made = ws_token(&lab, &token, "", "").await.json();
    let knock = format!(
        "/ws?access_token={}",
        made["ws_access_token"].as_str().expect("a token")
    );
    assert_eq!(lab.get(&knock, &[]).await.status, 501);
    lab.control(Method::DELETE, "sessions", &Value::Null).await;
    assert_eq!(lab.get(&knock, &[]).await.status, 401);
}

#[tokio::test]
async fn a_websocket_token_needs_a_token_a_permission_and_room_in_the_auth_group() {
    let lab = Lab::with(EmulatorConfig::default()).await;
    assert_eq!(ws_token(&lab, &json!({}), "", "").await.code(), "AGW-402");
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", lab.env("RC_JWT")),
    ];
    let limited = lab.token_as(Some(LIMITED_APP), &form).await.json();
    let answer = ws_token(&lab, &limited, "", "").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "CMN-401"),
        "{}",
        answer.text
    );
    // The login was the first of five.
    let token = lab.log_in().await;
    for left in (0..4).rev() {
        let answer = ws_token(&lab, &token, "", "").await;
        assert_eq!(answer.header("x-rate-limit-group"), "auth");
        assert_eq!(answer.header("x-rate-limit-remaining"), left.to_string());
    }
    assert_eq!(ws_token(&lab, &token, "", "").await.status, 429);
}

/// What every endpoint that takes a bearer token answers to a bad one.
#[tokio::test]
async fn every_endpoint_with_a_bearer_refuses_the_same_tokens() {
    let lab = Lab::new().await;
    let (live, ended, refreshed, expired) = (
        lab.log_in().await,
        lab.log_in().await,
        lab.log_in().await,
        lab.token(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", lab.env("RC_JWT")),
            ("access_token_ttl", "600"),
        ])
        .await
        .json(),
    );
    lab.advance("600s").await;
    let path = format!("sessions/{}", ended["session_id"].as_str().expect("an id"));
    lab.control(Method::DELETE, &path, &Value::Null).await;
    lab.refresh(&refreshed).await;
    let secret = |token: &Value, name: &str| token[name].as_str().expect("a token").to_owned();
    for (name, token, status, code) in [
        ("live", secret(&live, "access_token"), 200, ""),
        ("ended", secret(&ended, "access_token"), 401, "OAU-213"),
        ("superseded", secret(&refreshed, "access_token"), 401, "OAU-129"),
        ("expired", secret(&expired, "access_token"), 401, "OAU-128"),
        ("a refresh token", secret(&live, "refresh_token"), 401, "OAU-149"),
        ("a JWT", lab.env("RC_JWT").to_owned(), 401, "OAU-149"),
        ("garbage", "garbage".to_owned(), 401, "OAU-149"),
        ("unknown", "EMU-at-unknown".to_owned(), 401, "OAU-213"),
    ] {
        for (method, path) in [
            (Method::GET, "/restapi/v1.0/account/~"),
            (Method::GET, "/restapi/oauth/userinfo"),
            (Method::POST, "/restapi/oauth/wstoken"),
            (Method::GET, "/.well-known/entry-points/external"),
        ] {
            let bearer = format!("Bearer {token}");
            let answer = lab
                .send(method, path, &[("authorization", &bearer)], "")
                .await
                .expect("an answer");
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (status, code),
                "{name} at {path}"
            );
        }
    }
}
