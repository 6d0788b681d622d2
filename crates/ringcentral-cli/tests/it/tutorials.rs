//! The two tutorials without an SDK: their files as they are, their steps as commands.

use serde_json::json;

use crate::support::{Home, Platform};

/// A directory as the tutorials have the reader make it.
fn directory(platform: &Platform, server: &str) -> Home {
    let home = Home::new();
    home.write(".env", "ENVIRONMENT=sandbox\n");
    let mut lines = vec![format!("RC_SERVER_URL={server}")];
    for name in [
        "RC_CLIENT_ID",
        "RC_CLIENT_SECRET",
        "RC_USERNAME",
        "RC_EXTENSION",
        "RC_PASSWORD",
    ] {
        lines.push(format!("{name}={}", platform.value(name)));
    }
    home.write(".env-sandbox", &(lines.join("\r\n") + "\r\n"));
    home
}

#[tokio::test]
async fn log_in_list_extensions_send_a_text() {
    let platform = Platform::start();
    // Older texts have the bare host.
    for server in [platform.url(), platform.url().trim_start_matches("http://")] {
        let home = directory(&platform, server);
        let login = home.run(&["login", "--password"]).succeeded();
        assert!(login.stderr.contains("retired"), "{login:?}");
        let extensions = home.run(&["extension", "list"]).succeeded();
        assert!(extensions.stdout.contains("Ada Quill"), "{extensions:?}");
        let sent = home.run(&[
            "sms",
            "send",
            "--to",
            platform.value("RC_TO"),
            "--text",
            "Hello from the tutorial",
        ]);
        assert!(sent.succeeded().stdout.starts_with("Sent from "));
        // `get` and `post` of the tutorials, and the put and delete that the reader is told to add.
        home.run(&["api", "account/~/extension", "-f", "status=Enabled"])
            .succeeded();
    }
}

#[tokio::test]
async fn the_token_is_kept_then_refreshed_then_made_anew() {
    let platform = Platform::start();
    let home = directory(&platform, platform.url());
    home.log_in();
    for _ in 0..3 {
        home.run(&["extension", "list", "--limit", "1"]).succeeded();
    }
    assert_eq!(
        platform.requests("path=/restapi/oauth/token").await.len(),
        1,
        "one login for all of them"
    );

    platform.control("clock", &json!({ "advance": "61m" })).await;
    home.run(&["extension", "list", "--limit", "1"]).succeeded();
    let grants = platform.requests("path=/restapi/oauth/token").await;
    let grants: Vec<_> = grants
        .iter()
        .map(|request| request["grantType"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(grants, ["password", "refresh_token"]);

    platform.control("clock", &json!({ "advance": "200h" })).await;
    assert_eq!(
        home.run(&["extension", "list", "--limit", "1"]).code,
        4,
        "the refresh token has run out"
    );
    home.log_in();
    home.run(&["extension", "list", "--limit", "1"]).succeeded();
}

#[test]
fn each_environment_has_its_own_login() {
    let (sandbox, production) = (Platform::start(), Platform::start());
    let home = directory(&sandbox, sandbox.url());
    let text = std::fs::read_to_string(home.path(".env-sandbox"))
        .unwrap()
        .replace(sandbox.url(), production.url());
    home.write(".env-production", &text);
    home.log_in();
    let production_process = [("ENVIRONMENT", "production")];
    assert_eq!(home.run_with(&["whoami"], &production_process).code, 4);
    home.run_with(&["login", "--password"], &production_process)
        .succeeded();
    assert_eq!(
        home.run_with(&["whoami", "--json"], &production_process).json()["server"],
        production.url()
    );
    assert_eq!(home.run(&["whoami", "--json"]).json()["server"], sandbox.url());
}
