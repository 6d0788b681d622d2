//! Whatever the emulator hands out says whose it is, so that nobody takes it for the platform's.

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, login_link};
use crate::support::{Lab, PUBLIC_APP};

#[tokio::test]
async fn every_secret_that_is_handed_out_is_marked() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let socket = lab
        .send(
            Method::POST,
            "/restapi/oauth/wstoken",
            &[("authorization", &bearer)],
            "",
        )
        .await
        .expect("an answer")
        .json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let refreshed = lab.refresh(&token).await.json();
    let credential = lab.control(Method::POST, "jwts", &json!({})).await;
    let person = Lab::with(ringcentral_emulator::EmulatorConfig::default()).await;
    let browser = Browser::open(&person, &login_link(&[])).await;
    let open = ringcentral_emulator::Emulator::start(ringcentral_emulator::EmulatorConfig {
        host: Some("localhost".to_owned()),
        ..Default::default()
    })
    .await
    .expect("it starts");
    let mut secrets = vec![
        ("an access token", text(&token["access_token"])),
        ("a refresh token", text(&token["refresh_token"])),
        ("a refreshed access token", text(&refreshed["access_token"])),
        ("a WebSocket token", text(&socket["ws_access_token"])),
        ("a code", lab.code("EMU-web-app", &[]).await),
        ("a credential's id", text(&credential["id"])),
        ("a client id", lab.env("RC_CLIENT_ID").to_owned()),
        ("a client secret", lab.env("RC_CLIENT_SECRET").to_owned()),
        ("a public client id", PUBLIC_APP.to_owned()),
        (
            "a control token",
            open.control_token().expect("it is open").to_owned(),
        ),
    ];
    assert!(!browser.cookies.is_empty());
    secrets.extend(browser.cookies.into_values().map(|cookie| ("a cookie", cookie)));
    for (name, secret) in secrets {
        assert!(secret.starts_with("EMU-"), "{name}: {secret}");
    }
    // A JWT cannot begin so; its key and its id do.
    for keys in lab.get("/restapi/oauth/jwks", &[]).await.json()["keys"]
        .as_array()
        .expect("a list")
    {
        assert!(text(&keys["kid"]).starts_with("EMU-"), "{keys}");
    }
}

#[tokio::test]
async fn no_two_emulators_take_each_others_secrets() {
    let (one, other) = (Lab::new().await, Lab::new().await);
    let token = one.log_in().await;
    assert_eq!(other.api(&token).await.code(), "OAU-213");
    assert_eq!(other.refresh(&token).await.code(), "OAU-213");
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", one.env("RC_JWT")),
    ];
    assert_eq!(other.token(&form).await.code(), "OAU-345");
    let code = one.code("EMU-web-app", &[]).await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    assert_eq!(other.token(&form).await.code(), "OAU-106");
}
