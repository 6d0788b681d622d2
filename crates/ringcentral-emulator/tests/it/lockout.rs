//! Wrong passwords in a row lock a user out, on the page and at the token endpoint alike.

use reqwest::Method;
use ringcentral_emulator::EmulatorConfig;
use serde_json::{Value, json};

use crate::browser::{Browser, login_link};
use crate::support::Lab;

async fn lab() -> Lab {
    Lab::with(EmulatorConfig {
        rate_limits: false,
        ..EmulatorConfig::default()
    })
    .await
}

/// A login by password: the code of its refusal, empty for a success.
async fn try_password(lab: &Lab, password: &str) -> String {
    let form = [
        ("grant_type", "password"),
        ("username", lab.env("RC_USERNAME")),
        ("password", password),
    ];
    lab.token(&form).await.code()
}

#[tokio::test]
async fn six_wrong_passwords_lock_a_user_out_for_half_an_hour() {
    let lab = lab().await;
    let right = lab.env("RC_PASSWORD").to_owned();
    for attempt in 1..=6 {
        assert_eq!(try_password(&lab, "wrong").await, "OAU-140", "attempt {attempt}");
    }
    for (advance, password, code) in [
        ("0s", right.as_str(), "OAU-147"),
        ("0s", "wrong", "OAU-147"),
        ("1799s", right.as_str(), "OAU-147"),
        // Whoever goes on guessing waits no longer for it.
        ("0s", "wrong", "OAU-147"),
        ("1s", right.as_str(), ""),
    ] {
        lab.advance(advance).await;
        assert_eq!(
            try_password(&lab, password).await,
            code,
            "{advance} later with {password}"
        );
    }
}

#[tokio::test]
async fn a_right_password_begins_the_count_anew_and_so_does_the_end_of_a_lock() {
    let lab = lab().await;
    let right = lab.env("RC_PASSWORD").to_owned();
    for _ in 0..2 {
        for _ in 0..5 {
            assert_eq!(try_password(&lab, "wrong").await, "OAU-140");
        }
        assert_eq!(try_password(&lab, &right).await, "");
    }
    for _ in 0..6 {
        try_password(&lab, "wrong").await;
    }
    lab.advance("1800s").await;
    assert_eq!(try_password(&lab, "wrong").await, "OAU-140");
    assert_eq!(try_password(&lab, &right).await, "", "one wrong one is not six");
}

#[tokio::test]
async fn a_right_password_on_the_page_begins_the_count_anew() {
    let lab = lab().await;
    let (user, right) = (lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"));
    for _ in 0..2 {
        for _ in 0..5 {
            assert_eq!(try_password(&lab, "wrong").await, "OAU-140");
        }
        let mut browser = Browser::open(&lab, &login_link(&[])).await;
        browser.log_in(user, right).await;
        assert_eq!(browser.title(), "Allow Demo web app?");
    }
}

#[tokio::test]
async fn the_page_counts_with_the_token_endpoint_and_says_until_when() {
    let lab = lab().await;
    lab.control(Method::POST, "clock", &json!({"set": "2031-05-06T07:00:00Z"}))
        .await;
    for _ in 0..3 {
        assert_eq!(try_password(&lab, "wrong").await, "OAU-140");
    }
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    let (user, right) = (lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"));
    for _ in 0..3 {
        browser.log_in(user, "wrong").await;
        assert!(browser.alert().contains("is wrong"), "{}", browser.alert());
    }
    for password in [right, "wrong"] {
        browser.log_in(user, password).await;
        assert!(
            browser.alert().contains("until 6 May 2031, 07:30:00 UTC by the")
                && browser
                    .page
                    .text
                    .contains("<time datetime=\"2031-05-06T07:30:00.000Z\">"),
            "{}",
            browser.alert()
        );
    }
    assert_eq!(try_password(&lab, right).await, "OAU-147");
    lab.advance("1800s").await;
    browser.log_in(user, right).await;
    assert_eq!(browser.title(), "Allow Demo web app?");
}

#[tokio::test]
async fn a_lockout_is_seen_lifted_and_a_setting() {
    let lab = lab().await;
    let right = lab.env("RC_PASSWORD").to_owned();
    lab.control(
        Method::PATCH,
        "settings",
        &json!({"lockoutAttempts": 2, "lockoutSeconds": 10}),
    )
    .await;
    try_password(&lab, "wrong").await;
    let list = lab.control(Method::GET, "lockouts", &Value::Null).await;
    assert_eq!(list["records"][0]["wrongPasswords"], 1);
    assert_eq!(list["records"][0]["lockedUntil"], Value::Null);
    try_password(&lab, "wrong").await;
    let list = lab.control(Method::GET, "lockouts", &Value::Null).await;
    assert_eq!(list["records"][0]["user"], "Ada Quill");
    assert!(list["records"][0]["lockedUntil"].is_string(), "{list}");
    assert_eq!(try_password(&lab, &right).await, "OAU-147");
    let id = list["records"][0]["extensionId"]
        .as_str()
        .expect("an id")
        .to_owned();
    lab.control(Method::DELETE, &format!("lockouts/{id}"), &Value::Null)
        .await;
    assert_eq!(try_password(&lab, &right).await, "");
    // Others are not touched, and 0 is never.
    lab.control(Method::PATCH, "settings", &json!({"lockoutAttempts": 0}))
        .await;
    for _ in 0..20 {
        assert_eq!(try_password(&lab, "wrong").await, "OAU-140");
    }
    let answer = lab.try_control(Method::DELETE, "lockouts/x", &Value::Null).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn other_grants_and_tokens_at_hand_outlive_a_lockout() {
    let lab = lab().await;
    let token = lab.log_in().await;
    for _ in 0..6 {
        try_password(&lab, "wrong").await;
    }
    assert_eq!(lab.api(&token).await.status, 200);
    assert_eq!(lab.refresh(&token).await.status, 200);
    assert_eq!(lab.jwt().await.status, 200);
}
