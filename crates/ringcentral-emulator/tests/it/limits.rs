//! Rate limits as clients meet them.

use reqwest::Method;
use ringcentral_emulator::EmulatorConfig;
use serde_json::{Value, json};

use crate::support::{Answer, LIMITED_APP, Lab, WEB_APP};

async fn lab() -> Lab {
    Lab::with(EmulatorConfig {
        auto_approve: Some("101".to_owned()),
        ..EmulatorConfig::default()
    })
    .await
}

fn limits(answer: &Answer) -> [&str; 4] {
    ["group", "limit", "remaining", "window"].map(|name| answer.header(&format!("x-rate-limit-{name}")))
}

async fn call(lab: &Lab, path: &str, token: &Value) -> Answer {
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    lab.get(path, &[("authorization", &bearer)]).await
}

#[tokio::test]
async fn every_group_has_its_limit_and_says_so() {
    let lab = lab().await;
    let token = lab.log_in().await;
    for (path, group, limit) in [
        ("/restapi/v1.0/account/~", "light", 50),
        ("/restapi/v1.0/account/~/extension", "medium", 40),
        ("/restapi/v1.0/account/~/extension/~/call-log", "heavy", 10),
    ] {
        for used in 1..=limit {
            let answer = call(&lab, path, &token).await;
            assert_eq!(answer.status, 200, "{group}, request {used}");
            let remaining = (limit - used).to_string();
            assert_eq!(limits(&answer), [group, &limit.to_string(), &remaining, "60"]);
            assert_eq!(answer.header("retry-after"), "");
        }
        let answer = call(&lab, path, &token).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (429, "CMN-301"),
            "{group}"
        );
        assert_eq!(answer.json()["errorCode"], "CMN-301");
        assert_eq!(limits(&answer), [group, &limit.to_string(), "0", "60"]);
        assert_eq!(answer.header("retry-after"), "60");
    }
}

#[tokio::test]
async fn each_request_in_a_penalty_restarts_it() {
    let lab = lab().await;
    let token = lab.log_in().await;
    let heavy = "/restapi/v1.0/account/~/extension/~/call-log";
    for _ in 0..10 {
        call(&lab, heavy, &token).await;
    }
    assert_eq!(call(&lab, heavy, &token).await.status, 429);
    lab.advance("59s").await;
    assert_eq!(
        call(&lab, heavy, &token).await.status,
        429,
        "one second too early"
    );
    lab.advance("59s").await;
    assert_eq!(call(&lab, heavy, &token).await.status, 429, "it had started anew");
    lab.advance("60s").await;
    assert_eq!(call(&lab, heavy, &token).await.status, 200);
    assert_eq!(
        call(&lab, "/restapi/v1.0/account/~", &token).await.status,
        200,
        "other groups never noticed"
    );
}

/// Heavy allows ten: when they came, and what the next one meets.
#[tokio::test]
async fn the_minute_slides() {
    let heavy = "/restapi/v1.0/account/~/extension/~/call-log";
    for (story, wanted) in [
        (&[(10, "59s")][..], (429, "0")),
        (&[(10, "60s")], (200, "9")),
        // Five leave the window after a minute, and the other five half a minute later.
        (&[(5, "30s"), (5, "29s")], (429, "0")),
        (&[(5, "30s"), (5, "30s")], (200, "4")),
        (&[(5, "30s"), (5, "59s")], (200, "4")),
        (&[(5, "30s"), (5, "60s")], (200, "9")),
        (&[(9, "59s"), (1, "1s")], (200, "8")),
    ] {
        let lab = lab().await;
        let token = lab.log_in().await;
        for (calls, pause) in story {
            for _ in 0..*calls {
                assert_eq!(call(&lab, heavy, &token).await.status, 200, "{story:?}");
            }
            lab.advance(pause).await;
        }
        let answer = call(&lab, heavy, &token).await;
        assert_eq!(
            (answer.status, answer.header("x-rate-limit-remaining")),
            wanted,
            "{story:?}"
        );
    }
}

/// Each user has buckets of her own in each app.
#[tokio::test]
async fn buckets_are_for_each_user_in_each_app() {
    let lab = lab().await;
    let light = json!({"rateLimits": {"light": {"limit": 1, "windowSeconds": 60, "penaltySeconds": 60}}});
    lab.control(Method::PATCH, "settings", &light).await;
    let jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let other = lab.control(Method::POST, "jwts", &json!({"user": "102"})).await;
    let (ada, ben) = (lab.env("RC_JWT"), other["jwt"].as_str().expect("a credential"));
    for (app, user, wanted) in [
        (WEB_APP, ada, 200),
        (WEB_APP, ada, 429),
        (WEB_APP, ben, 200),
        (LIMITED_APP, ada, 200),
        (LIMITED_APP, ben, 200),
        (LIMITED_APP, ben, 429),
    ] {
        let token = lab
            .token_as(Some(app), &[("grant_type", jwt), ("assertion", user)])
            .await
            .json();
        assert_eq!(
            call(&lab, "/restapi/v1.0/account/~", &token).await.status,
            wanted,
            "{}",
            app.0
        );
    }
}

#[tokio::test]
async fn logins_and_refreshes_share_the_auth_group() {
    let lab = lab().await;
    let mut token = lab.log_in().await;
    for _ in 0..4 {
        let answer = lab.refresh(&token).await;
        assert_eq!(limits(&answer)[..2], ["auth", "5"]);
        token = answer.json();
    }
    let refused = lab.refresh(&token).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
    assert_eq!(limits(&refused), ["auth", "5", "0", "60"]);
    assert_eq!(lab.jwt().await.status, 429);
    let other = lab
        .token_as(
            Some(LIMITED_APP),
            &[
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", lab.env("RC_JWT")),
            ],
        )
        .await;
    assert_eq!(other.status, 200, "another app of the same user");
    lab.advance("60s").await;
    assert_eq!(
        lab.refresh(&token).await.status,
        200,
        "the refused attempts did not touch the session"
    );
}

#[tokio::test]
async fn limits_can_be_changed_and_switched_off() {
    let lab = lab().await;
    let token = lab.log_in().await;
    let small = json!({"rateLimits": {"light": {"limit": 1, "windowSeconds": 5, "penaltySeconds": 7}}});
    lab.control(Method::PATCH, "settings", &small).await;
    assert_eq!(limits(&lab.api(&token).await), ["light", "1", "0", "5"]);
    assert_eq!(lab.api(&token).await.header("retry-after"), "7");
    lab.control(
        Method::PATCH,
        "settings",
        &json!({"rateLimits": {"enabled": false}}),
    )
    .await;
    let answer = lab.api(&token).await;
    assert_eq!(answer.status, 200);
    assert_eq!(limits(&answer), ["", "", "", ""]);
}

#[tokio::test]
async fn what_needs_no_token_has_no_limit() {
    let lab = lab().await;
    for _ in 0..60 {
        let answer = lab.get("/restapi/v1.0", &[]).await;
        assert_eq!((answer.status, limits(&answer)), (200, ["", "", "", ""]));
    }
    assert_eq!(
        limits(&lab.get("/restapi/v1.0/account/~", &[]).await),
        ["", "", "", ""],
        "nor has a 401"
    );
}

#[tokio::test]
async fn what_is_refused_before_user_and_app_are_known_is_not_counted() {
    let lab = lab().await;
    let grant = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", lab.env("RC_JWT")),
    ];
    for _ in 0..8 {
        let answer = lab.token_as(Some(("EMU-web-app", "wrong")), &grant).await;
        assert_eq!(answer.status, 401, "{}", answer.text);
        let link = "/restapi/oauth/authorize?response_type=code&client_id=EMU-web-app";
        assert_ne!(lab.get(link, &[]).await.status, 429);
    }
    assert_eq!(
        lab.jwt().await.status,
        200,
        "there is room for the first one that counts"
    );
    let pages = lab.journal("path=/restapi/oauth/authorize").await;
    assert_eq!(pages.len(), 8);
    assert!(pages.iter().all(|page| page["rateGroup"].is_null()), "{pages:?}");
}

/// Tokens, codes and users that are not known take nobody's room, and find room as often as they are tried.
#[tokio::test]
async fn what_is_nobodys_is_not_counted() {
    let lab = lab().await;
    for attempt in 0..8 {
        let unknown = format!("EMU-rt-unknown{attempt}");
        for (grant_type, name, value, code) in [
            ("refresh_token", "refresh_token", unknown.as_str(), "OAU-213"),
            ("authorization_code", "code", unknown.as_str(), "OAU-106"),
            ("password", "username", "nobody@example.com", "OAU-140"),
        ] {
            let form = [("grant_type", grant_type), (name, value), ("password", "x")];
            let answer = lab.token(&form).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, code),
                "{attempt} {grant_type}"
            );
            assert_eq!(limits(&answer), ["", "", "", ""]);
        }
        let form = [("token", unknown.as_str())];
        let revoked = lab.form("/restapi/oauth/revoke", Some(WEB_APP), &form).await;
        assert_eq!((revoked.status, revoked.text.as_str()), (200, ""), "{attempt}");
    }
    assert_eq!(limits(&lab.jwt().await), ["auth", "5", "4", "60"]);
}

/// Who is known is counted, be the password right or wrong: guessing is slow.
#[tokio::test]
async fn wrong_passwords_of_a_known_user_are_counted() {
    let lab = lab().await;
    let form = [
        ("grant_type", "password"),
        ("username", lab.env("RC_USERNAME")),
        ("password", "wrong"),
    ];
    for left in ["4", "3", "2", "1", "0"] {
        let answer = lab.token(&form).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "OAU-140"),
            "{left} left"
        );
    }
    assert_eq!(lab.token(&form).await.status, 429);
    assert_eq!(lab.jwt().await.status, 429, "it is the user's own room");
}
