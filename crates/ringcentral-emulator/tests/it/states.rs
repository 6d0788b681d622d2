//! What apps and users may be in other states than the seed's: changed in the stored database between two runs.

use ringcentral_emulator::EmulatorConfig;
use serde_json::Value;

use crate::browser::Browser;
use crate::support::{Lab, REDIRECT, encode};

/// An emulator whose user has logged in, and which then was started again on a changed database.
async fn changed(statement: &str) -> (Lab, Value, tempfile::TempDir) {
    let before = Before::change(statement).await;
    (Lab::with(before.config).await, before.token, before.kept)
}

/// What the user had before the change.
struct Before {
    config: EmulatorConfig,
    token: Value,
    /// An authorization code that nobody has redeemed.
    code: String,
    kept: tempfile::TempDir,
}

impl Before {
    async fn change(statement: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let config = EmulatorConfig {
            data: Some(directory.path().to_owned()),
            rate_limits: false,
            auto_approve: Some("102".to_owned()),
            ..EmulatorConfig::default()
        };
        let lab = Lab::with(config.clone()).await;
        let token = lab.log_in().await;
        let code = lab
            .code("EMU-web-app", &[("login_hint", lab.env("RC_USERNAME"))])
            .await;
        lab.emulator.stop().await;
        let database = rusqlite::Connection::open(directory.path().join("emulator.sqlite3")).expect("opened");
        database.execute_batch(statement).expect("changed");
        drop(database);
        Self {
            config,
            token,
            code,
            kept: directory,
        }
    }
}

fn login_link() -> String {
    let query = encode(&[
        ("response_type", "code"),
        ("client_id", "EMU-web-app"),
        ("redirect_uri", REDIRECT),
    ]);
    format!("/restapi/oauth/authorize?{query}")
}

#[tokio::test]
async fn an_app_without_refresh_tokens_gets_none() {
    let (lab, before, _kept) = changed("UPDATE apps SET refresh_tokens = 0").await;
    let token = lab.log_in().await;
    assert!(token["access_token"].is_string());
    assert_eq!(token.get("refresh_token"), None);
    assert_eq!(token.get("refresh_token_expires_in"), None);
    // One that was given before the change is still good.
    assert_eq!(lab.refresh(&before).await.status, 200);
}

#[tokio::test]
async fn a_user_who_is_disabled_is_out_everywhere() {
    let (lab, token, _kept) =
        changed("UPDATE extensions SET status = 'Disabled' WHERE extension_number = '101'").await;
    let answer = lab.api(&token).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "OAU-236"));
    assert_eq!(lab.jwt().await.code(), "OAU-141");
    let form = [
        ("grant_type", "password"),
        ("username", lab.env("RC_USERNAME")),
        ("password", lab.env("RC_PASSWORD")),
    ];
    assert_eq!(lab.token(&form).await.code(), "OAU-141");
}

#[tokio::test]
async fn an_app_that_nobody_may_return_to_is_refused_on_the_spot() {
    let (lab, _, _kept) = changed("DELETE FROM redirect_uris").await;
    let answer = lab.get(&login_link(), &[]).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "OAU-113"));
    assert_eq!(answer.header("location"), "");
}

#[tokio::test]
async fn an_app_has_the_grants_that_it_has() {
    let (lab, _, _kept) = changed("UPDATE apps SET grants = 'refresh_token'").await;
    let answer = lab.get(&login_link(), &[]).await;
    assert_eq!(answer.location("error").as_deref(), Some("unauthorized_client"));
    assert_eq!(lab.jwt().await.code(), "OAU-251");
    let form = [("grant_type", "authorization_code"), ("code", "EMU-code-x")];
    assert_eq!(lab.token(&form).await.code(), "OAU-251");
}

#[tokio::test]
async fn a_user_who_is_locked_logs_in_by_no_grant() {
    let (lab, _, _kept) = changed(
        "UPDATE credentials SET locked = 1
         WHERE extension_id = (SELECT id FROM extensions WHERE extension_number = '101')",
    )
    .await;
    let form = [
        ("grant_type", "password"),
        ("username", lab.env("RC_USERNAME")),
        ("password", lab.env("RC_PASSWORD")),
    ];
    assert_eq!(lab.token(&form).await.code(), "OAU-147");
    assert_eq!(lab.jwt().await.code(), "OAU-147");
}

/// Not by a refresh token, not by a code from before, not by the page.
#[tokio::test]
async fn a_user_who_may_not_log_in_does_not_go_on_either() {
    let disabled = "UPDATE extensions SET status = 'Disabled' WHERE extension_number = '101'";
    let locked = "UPDATE credentials SET locked = 1
                  WHERE extension_id = (SELECT id FROM extensions WHERE extension_number = '101')";
    for (statement, code, page) in [
        (disabled, "OAU-141", "status is Disabled"),
        (locked, "OAU-147", "is locked after too many wrong passwords"),
    ] {
        let before = Before::change(statement).await;
        let lab = Lab::with(EmulatorConfig {
            auto_approve: None,
            ..before.config.clone()
        })
        .await;
        let redeem = [
            ("grant_type", "authorization_code"),
            ("code", before.code.as_str()),
            ("redirect_uri", REDIRECT),
        ];
        for answer in [lab.refresh(&before.token).await, lab.token(&redeem).await] {
            assert_eq!(
                (
                    answer.status,
                    answer.code().as_str(),
                    answer.json()["error"].as_str()
                ),
                (400, code, Some("invalid_grant")),
                "{}",
                answer.text
            );
        }
        let mut browser = Browser::open(&lab, &login_link()).await;
        browser
            .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
            .await;
        assert!(browser.page.text.contains(page), "{}", browser.page.text);
    }
}
