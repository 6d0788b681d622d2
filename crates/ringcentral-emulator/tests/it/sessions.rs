//! Sessions: how many there may be, how they end, and what a dead token answers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Fields, LIMITED_APP, Lab, PUBLIC_APP, WEB_APP};

#[tokio::test]
async fn a_sixth_session_ends_the_oldest() {
    let lab = Lab::new().await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(lab.log_in().await);
        lab.advance("1s").await;
    }
    for session in &sessions {
        assert_eq!(lab.api(session).await.status, 200);
    }
    let other_app = lab
        .token_as(
            Some(LIMITED_APP),
            &[
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", lab.env("RC_JWT")),
            ],
        )
        .await;
    assert_eq!(other_app.status, 200);
    assert_eq!(
        lab.api(&sessions[0]).await.status,
        200,
        "another app's sessions count for themselves"
    );
    let sixth = lab.log_in().await;
    assert_eq!(lab.api(&sessions[0]).await.code(), "OAU-213");
    assert_eq!(lab.refresh(&sessions[0]).await.code(), "OAU-211");
    for session in sessions[1..].iter().chain([&sixth]) {
        assert_eq!(lab.api(session).await.status, 200);
    }
}

/// There is room for two sessions of a user, whose refresh tokens live for so many seconds.
async fn two_sessions(refresh_token_seconds: i64) -> Lab {
    let lab = Lab::new().await;
    lab.control(
        Method::PATCH,
        "settings",
        &json!({"sessionsPerUser": 2, "refreshTokenSeconds": refresh_token_seconds}),
    )
    .await;
    lab
}

async fn assert_alive(lab: &Lab, sessions: &[Value]) {
    for session in sessions {
        assert_eq!(lab.api(session).await.status, 200);
    }
}

#[tokio::test]
async fn a_session_whose_tokens_expired_takes_no_place() {
    let lab = two_sessions(4000).await;
    let first = lab.log_in().await;
    lab.advance("3999s").await;
    let second = lab.log_in().await;
    lab.advance("1s").await;
    let third = lab.log_in().await;
    assert_alive(&lab, &[second, third]).await;
    assert_eq!(
        lab.refresh(&first).await.code(),
        "OAU-210",
        "it ran out, nobody ended it"
    );
}

/// The tokens that a session began with have expired here, and those of its refresh have not.
#[tokio::test]
async fn a_refreshed_session_keeps_its_place() {
    let lab = two_sessions(4000).await;
    let first = lab.log_in().await;
    lab.advance("3000s").await;
    let first = lab.refresh(&first).await.json();
    let second = lab.log_in().await;
    lab.advance("2000s").await;
    assert_eq!(lab.api(&first).await.status, 200);
    let third = lab.log_in().await;
    assert_eq!(
        lab.refresh(&first).await.code(),
        "OAU-211",
        "it was the oldest of two"
    );
    assert_alive(&lab, &[second, third]).await;
}

#[tokio::test]
async fn a_session_lives_as_long_as_either_of_its_tokens() {
    let lab = two_sessions(60).await;
    let (first, second) = (lab.log_in().await, lab.log_in().await);
    lab.advance("100s").await;
    assert_eq!(lab.refresh(&first).await.code(), "OAU-210");
    assert_eq!(lab.api(&first).await.status, 200);
    let third = lab.log_in().await;
    assert_eq!(lab.api(&first).await.code(), "OAU-213", "there is room for two");
    assert_alive(&lab, &[second, third]).await;
}

#[tokio::test]
async fn revoking_either_token_ends_the_whole_session() {
    for field in ["access_token", "refresh_token"] {
        let lab = Lab::new().await;
        let (session, other) = (lab.log_in().await, lab.log_in().await);
        let old = lab.refresh(&session).await.json();
        let token = old[field].as_str().expect("a token");
        for round in ["first", "again"] {
            let answer = lab
                .form("/restapi/oauth/revoke", Some(WEB_APP), &[("token", token)])
                .await;
            assert_eq!(
                (answer.status, answer.text.as_str()),
                (200, ""),
                "{field}, {round}"
            );
        }
        assert_eq!(lab.api(&old).await.code(), "OAU-213", "{field}");
        assert_eq!(lab.refresh(&old).await.code(), "OAU-211", "{field}");
        assert_eq!(
            lab.refresh(&session).await.code(),
            "OAU-211",
            "{field}: no grace after a revocation"
        );
        assert_eq!(
            lab.api(&other).await.status,
            200,
            "{field}: the other session lives"
        );
    }
}

#[tokio::test]
async fn revoke_has_its_table() {
    let lab = Lab::new().await;
    let session = lab.log_in().await;
    let token = session["access_token"].as_str().expect("a token");
    let cases: [(&str, _, Fields<'_>, _, _); 7] = [
        (
            "unknown token",
            Some(WEB_APP),
            &[("token", "EMU-at-unknown")],
            200,
            "",
        ),
        ("empty token", Some(WEB_APP), &[("token", "")], 400, "CMN-101"),
        (
            "another app",
            Some(LIMITED_APP),
            &[("token", token)],
            400,
            "OAU-164",
        ),
        ("no client", None, &[("token", token)], 401, "OAU-123"),
        (
            "a public client's unknown token",
            None,
            &[("token", "x"), ("client_id", PUBLIC_APP)],
            200,
            "",
        ),
        (
            "Basic and client_id",
            Some(WEB_APP),
            &[("token", "x"), ("client_id", WEB_APP.0)],
            200,
            "",
        ),
        (
            "a hint",
            Some(WEB_APP),
            &[("token", "x"), ("token_type_hint", "access_token")],
            200,
            "",
        ),
    ];
    for (name, app, form, status, code) in cases {
        let answer = lab.form("/restapi/oauth/revoke", app, form).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{name}: {}",
            answer.text
        );
    }
    let answer = lab
        .form("/restapi/oauth/revoke?token=a", Some(WEB_APP), &[("token", "b")])
        .await;
    assert_eq!(answer.code(), "OAU-150");
    assert_eq!(
        lab.api(&session).await.status,
        200,
        "none of it ended the session"
    );
    let answer = lab
        .form(
            &format!("/restapi/oauth/revoke?token={token}"),
            Some(WEB_APP),
            &[],
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        lab.api(&session).await.code(),
        "OAU-213",
        "a token in the query counts"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_told_apart() {
    let lab = Lab::new().await;
    let token = lab.log_in().await["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let cases: [(Option<String>, _, _, _); 11] = [
        (Some(format!("Bearer {token}")), 200, "", ""),
        (Some(format!("bearer {token}")), 200, "", ""),
        (Some(format!("BEARER   {token} ")), 200, "", ""),
        (None, 401, "AGW-401", "AGW-401"),
        (Some(String::new()), 401, "AGW-401", "AGW-401"),
        (Some("Bearer".to_owned()), 401, "AGW-402", "AGW-402"),
        (Some(token.clone()), 401, "AGW-402", "AGW-402"),
        (Some(format!("Bearer {token} x")), 401, "AGW-402", "AGW-402"),
        (Some("Bearer garbage".to_owned()), 401, "OAU-149", "TokenInvalid"),
        (
            Some("Bearer EMU-at-gone".to_owned()),
            401,
            "OAU-213",
            "TokenInvalid",
        ),
        (Some("Basic eDp5".to_owned()), 401, "OAU-151", "OAU-151"),
    ];
    for (authorization, status, code, symbol) in cases {
        let headers: Vec<_> = authorization
            .iter()
            .map(|value| ("authorization", value.as_str()))
            .collect();
        let answer = lab.get("/restapi/v1.0/account/~", &headers).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{authorization:?}"
        );
        if status == 401 {
            assert_eq!(answer.json()["errorCode"], symbol, "{authorization:?}");
        }
    }
    let path = format!("/restapi/v1.0/account/~?access_token={token}");
    assert_eq!(
        lab.get(&path, &[]).await.status,
        200,
        "in the query, as for media links"
    );
    let kept = lab.journal("path=/restapi/v1.0/account/~").await;
    assert!(
        !Value::from(kept).to_string().contains(&token),
        "the journal holds no secret"
    );
}

#[tokio::test]
async fn the_control_api_lists_and_ends_sessions() {
    let lab = Lab::new().await;
    let (first, second) = (lab.log_in().await, lab.log_in().await);
    let list = lab.control(Method::GET, "sessions", &Value::Null).await;
    let records = list["records"].as_array().expect("a list");
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["id"], second["session_id"], "newest first");
    assert_eq!(records[0]["status"], "active");
    for secret in ["access_token", "refresh_token"] {
        assert!(
            !list
                .to_string()
                .contains(first[secret].as_str().expect("a token")),
            "{secret}"
        );
    }
    let path = format!("sessions/{}", first["session_id"].as_str().expect("an id"));
    lab.control(Method::DELETE, &path, &Value::Null).await;
    assert_eq!(lab.api(&first).await.code(), "OAU-213");
    assert_eq!(lab.api(&second).await.status, 200);
    assert_eq!(
        lab.try_control(Method::DELETE, "sessions/unknown", &Value::Null)
            .await
            .status,
        404
    );
    lab.control(Method::DELETE, "sessions", &Value::Null).await;
    assert_eq!(lab.api(&second).await.code(), "OAU-213");
}
