//! `status` says what a login is worth without asking anybody, and its exit code says whether a command would work.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Home, Platform, assert_session};

/// Changes the stored login as time or another process would have.
fn rewrite(home: &Home, change: impl FnOnce(&mut Value)) {
    let path = home.token_file();
    let mut record: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut record);
    fs::write(&path, record.to_string()).unwrap();
}

fn login_kind(home: &Home) -> Value {
    home.run(&["status", "--json"]).json()["login"]["kind"].clone()
}

#[tokio::test]
async fn every_field_has_a_stable_name() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let before = platform.requests("").await.len();
    let status = home.run(&["status", "--json"]).succeeded().json();
    assert_eq!(platform.requests("").await.len(), before, "nobody was asked");

    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&status),
        [
            "client_id",
            "env_file",
            "last_refresh",
            "lease",
            "logged_in",
            "login",
            "profile",
            "server",
            "state",
            "stored",
        ]
    );
    assert_eq!(
        names(&status["login"]),
        [
            "expires_at",
            "expires_in_seconds",
            "extension_id",
            "issued_at",
            "kind",
            "refresh_expires_at",
            "renews_itself",
            "scope",
        ]
    );
    for time in ["issued_at", "expires_at", "refresh_expires_at"] {
        let text = status["login"][time].as_str().unwrap();
        assert!(text.parse::<jiff::Timestamp>().is_ok(), "{time}: {text}");
    }
    assert_eq!(status["state"], "fresh");
    assert_eq!(status["lease"], Value::Null);
    assert_eq!(status["last_refresh"], Value::Null);
    let left = status["login"]["expires_in_seconds"].as_u64().unwrap();
    assert!((3_500..=3_600).contains(&left), "{left}");
}

#[tokio::test]
async fn the_last_refresh_is_told_whether_it_worked_or_not() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    platform.control("clock", &json!({ "advance": "61m" })).await;
    let down = json!({ "type": "status", "status": 500 });
    platform.fault("/restapi/oauth/token", 9, down).await;
    assert_ne!(home.run(&["whoami"]).code, 0);
    let status = home.run(&["status"]).succeeded().stdout;
    assert!(
        status.contains("failed: the token endpoint cannot serve just now (HTTP 500"),
        "{status}"
    );
    let last = &home.run(&["status", "--json"]).succeeded().json()["last_refresh"];
    assert_eq!(last["is_final"], false);

    let faults = format!("{}/_emulator/faults", platform.url());
    crate::support::http().delete(faults).send().await.unwrap();
    home.run(&["whoami"]).succeeded();
    let status = home.run(&["status"]).succeeded().stdout;
    assert!(status.contains("went well"), "{status}");
    let last = &home.run(&["status", "--json"]).succeeded().json()["last_refresh"];
    assert_eq!(last["result"], "refreshed");
    assert!(last["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
}

#[test]
fn an_old_token_refreshes_on_the_next_call() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    rewrite(&home, |record| {
        record["tokens"]["issued_at"] = json!("2026-01-01T10:00:00Z");
        record["tokens"]["expires_at"] = json!("2026-01-01T11:00:00Z");
    });
    assert_session!(home, home.run(&["status"]), @r"
    exit 0
    --- stdout
    profile    default
    server     http://127.0.0.1:[PORT] (RC_SERVER_URL in .env, line 1)
    app        EMU-web-app (RC_CLIENT_ID in .env, line 2)
    secret     set (RC_CLIENT_SECRET in .env, line 3)
    user       extension ID 810000101
    scopes     [SCOPES]
    token      expired, refreshes on the next call; it ended [TIME], issued [TIME]
    login      with user name and password; ends [TIME] unless it is used before
    refresh    none since the login
    stored     [ROOT]/home/.local/state/ringcentral/logins/default/http+127.0.0.1%3A[PORT]_EMU-web-app.json
    ");
    let status = home.run(&["status", "--json"]).succeeded().json();
    assert_eq!(status["state"], "refresh_on_next_call");
    assert_eq!(status["login"]["expires_in_seconds"], 0);
    home.run(&["whoami"]).succeeded();
    assert_eq!(
        home.run(&["status", "--json"]).succeeded().json()["state"],
        "fresh"
    );
}

#[tokio::test]
async fn a_login_that_the_platform_ended_exits_4_and_says_why() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    platform.control("reset", &json!({})).await;
    assert_eq!(home.run(&["whoami"]).code, 4);
    let ran = home.run(&["status"]);
    assert_eq!(ran.code, 4);
    assert!(ran.stdout.contains("ended, log in again"), "{ran:?}");
    assert!(ran.stderr.contains("the platform ended the login at"), "{ran:?}");
    let status = home.run(&["status", "--json"]);
    assert_eq!((status.code, &status.json()["state"]), (4, &json!("ended")));
    assert_eq!(status.json()["last_refresh"]["is_final"], true);
    home.log_in();
    assert_eq!(
        home.run(&["status", "--json"]).succeeded().json()["state"],
        "fresh"
    );
}

#[test]
fn a_login_that_was_not_used_for_too_long_exits_4() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    rewrite(&home, |record| {
        record["tokens"]["expires_at"] = json!("2026-01-01T11:00:00Z");
        record["tokens"]["refresh_expires_at"] = json!("2026-01-08T10:00:00Z");
    });
    let ran = home.run(&["status"]);
    assert_eq!(ran.code, 4);
    assert!(
        ran.stderr.contains("unused for too long") && ran.stderr.contains("try: ringcentral login"),
        "{ran:?}"
    );
}

#[test]
fn a_login_by_jwt_renews_itself_and_says_what_it_needs_for_that() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.run(&["login", "--jwt"]).succeeded();
    assert_eq!(login_kind(&home), "jwt");
    let status = home.run(&["status"]).succeeded().stdout;
    assert!(
        status.contains("by JWT; renews itself, as RC_JWT is set"),
        "{status}"
    );

    rewrite(&home, |record| {
        record["tokens"]["expires_at"] = json!("2026-01-01T11:00:00Z");
        record["tokens"]["refresh_expires_at"] = json!("2026-01-08T10:00:00Z");
    });
    let status = home.run(&["status"]).succeeded().stdout;
    assert!(
        status.contains("ended, logs in again by itself on the next call"),
        "{status}"
    );
    let status = home.run(&["status", "--json"]).succeeded().json();
    assert_eq!(
        (&status["state"], &status["login"]["renews_itself"]),
        (&json!("logs_in_again"), &json!(true))
    );

    home.set(&[("RC_JWT", None)]);
    let ran = home.run(&["status"]);
    assert_eq!(ran.code, 4);
    assert!(
        ran.stdout.contains("it would renew itself if RC_JWT were set"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("try: set RC_JWT"), "{ran:?}");

    home.set(&[("RC_JWT", Some(platform.value("RC_JWT")))]);
    home.run(&["whoami"]).succeeded();
    assert_eq!(
        home.run(&["status", "--json"]).succeeded().json()["state"],
        "fresh"
    );
}

#[tokio::test]
async fn whoever_refreshes_is_named_and_looked_after() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    platform.control("clock", &json!({ "advance": "61m" })).await;
    let late = json!({ "type": "delay", "delay": "10m" });
    platform.fault("/restapi/oauth/token", 1, late).await;
    let mut refreshing = home.command(&["whoami"]).spawn().unwrap();
    let lease = || home.run(&["status", "--json"]).succeeded().json()["lease"].clone();
    let deadline = Instant::now() + Duration::from_secs(20);
    while lease().is_null() {
        assert!(Instant::now() < deadline, "no refresh was begun");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let holder = format!("process {} ", refreshing.id());
    assert!(lease()["holder"].as_str().unwrap().starts_with(&holder));
    assert!(
        lease()["until"]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .is_ok()
    );
    assert_eq!(lease()["holder_state"], "running");
    let said = home.run(&["status"]).succeeded().stdout;
    assert!(
        said.contains(&format!("lease      {holder}")) && said.contains("is running"),
        "{said}"
    );

    let signal = |name: &str| {
        let kill = Command::new("kill")
            .args(["-s", name, &refreshing.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    };
    signal("STOP");
    let stopped = |lease: &Value| lease["holder_state"] == "stopped";
    while !stopped(&lease()) {
        assert!(Instant::now() < deadline, "{}", lease());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    refreshing.kill().unwrap();
    refreshing.wait().unwrap();
    assert_eq!(lease()["holder_state"], "gone");
    let said = home.run(&["status"]).succeeded().stdout;
    assert!(
        said.contains("that process is gone, and the next call takes over at once"),
        "{said}"
    );
}
