//! Logging in without a browser, staying logged in, and logging out.

use serde_json::json;

use crate::support::{Home, Platform, assert_session, http};

#[tokio::test]
async fn password_status_whoami_token_logout() {
    let platform = Platform::start();
    let home = Home::with(&platform);

    assert_session!(home, home.run(&["login", "--password"]), @r#"
    exit 0
    --- stdout
    Logged in as Ada Quill, extension 101, account 810000001
    scopes     [SCOPES]
    token      until [TIME], refreshed by itself; without any use the login ends [TIME]
    stored     [ROOT]/home/.local/state/ringcentral/logins/default/http+127.0.0.1%3A[PORT]_EMU-web-app.json, profile "default"
    server     http://127.0.0.1:[PORT] (RC_SERVER_URL in .env, line 1)
    --- stderr
    warning: RingCentral has retired logins with user name and password; most apps are refused. See login --help
    "#);
    assert_session!(home, home.run(&["status"]), @r#"
    exit 0
    --- stdout
    profile    default
    server     http://127.0.0.1:[PORT] (RC_SERVER_URL in .env, line 1)
    app        EMU-web-app (RC_CLIENT_ID in .env, line 2)
    secret     set (RC_CLIENT_SECRET in .env, line 3)
    user       extension ID 810000101
    scopes     [SCOPES]
    token      fresh for [MINUTES]; until [TIME], issued [TIME]
    login      with user name and password; ends [TIME] unless it is used before
    refresh    none since the login
    stored     [ROOT]/home/.local/state/ringcentral/logins/default/http+127.0.0.1%3A[PORT]_EMU-web-app.json
    "#);
    assert_session!(home, home.run(&["whoami"]), @r#"
    exit 0
    --- stdout
    Ada Quill
    extension  101 (ID 810000101)
    account    810000001 (Example Coffee Roasters)
    email      ada.quill@example.com
    server     http://127.0.0.1:[PORT]
    profile    default
    "#);

    let token = home.run(&["token"]).succeeded();
    assert_eq!((token.stdout.lines().count(), token.stderr.as_str()), (1, ""));
    let whoami = http()
        .get(format!("{}/restapi/v1.0/account/~/extension/~", platform.url()))
        .header("authorization", format!("Bearer {}", token.stdout.trim()))
        .send()
        .await
        .unwrap();
    assert!(whoami.status().is_success());

    assert_session!(home, home.run(&["logout"]), @r#"
    exit 0
    --- stderr
    Logged out, profile "default"
    "#);
    assert_eq!(platform.requests("path=/restapi/oauth/revoke").await.len(), 1);
    assert_session!(home, home.run(&["logout"]), @r#"
    exit 0
    --- stderr
    Nobody was logged in, profile "default"
    "#);
    assert_session!(home, home.run(&["token"]), @r#"
    exit 4
    --- stderr
    error: nobody is logged in
      profile "default"
      try: ringcentral login
    "#);
}

#[test]
fn json_everywhere() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let login = home.run(&["login", "--password", "--json"]).succeeded().json();
    assert_eq!(login["logged_in"], true);
    assert_eq!(login["login"]["kind"], "password");
    assert_eq!(login["extension_number"], "101");

    let status = home.run(&["status", "--json"]).succeeded().json();
    assert_eq!(status["logged_in"], true);
    assert_eq!(status["client_id"], "EMU-web-app");
    assert_eq!(status["server"], platform.url());
    assert_eq!(status["stored"], json!(home.token_file()));
    assert!(
        status["login"]["scope"]
            .as_array()
            .is_some_and(|scope| !scope.is_empty())
    );

    let whoami = home.run(&["whoami", "--json"]).succeeded().json();
    assert_eq!(whoami["extension_number"], "101");
    assert_eq!(whoami["profile"], "default");

    let token = home.run(&["token", "--json"]).succeeded().json();
    assert_eq!(token["token_type"], "bearer");

    let logout = home.run(&["logout", "--json"]).succeeded().json();
    assert_eq!(
        logout,
        json!({ "profile": "default", "was_logged_in": true, "revoked": true, "revoke_error": null })
    );
    let status = home.run(&["status", "--json"]);
    assert_eq!((status.code, &status.json()["logged_in"]), (4, &json!(false)));
}

#[tokio::test]
async fn a_jwt_comes_from_the_environment_a_file_or_a_pipe() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.run(&["login", "--jwt"]).succeeded();
    home.run(&["logout"]).succeeded();

    let jwt = platform.value("RC_JWT");
    home.write("credential.txt", &format!("{jwt}\n"));
    let without = [("RC_JWT", "not-a-credential")];
    home.run_with(&["login", "--jwt", "credential.txt"], &without)
        .succeeded();
    home.run(&["logout"]).succeeded();

    let ran = home
        .run_with_input(&["login", "--jwt", "-", "--json"], jwt)
        .succeeded();
    assert_eq!(ran.json()["login"]["kind"], "jwt");
    for request in platform.requests("path=/restapi/oauth/token").await {
        assert_ne!(request["grantType"], "password", "only when asked: {request}");
    }
}

#[tokio::test]
async fn an_old_token_is_refreshed_once_and_the_login_stays() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let first = home.run(&["token"]).succeeded().stdout;
    assert_eq!(
        home.run(&["token"]).succeeded().stdout,
        first,
        "a valid token is not thrown away"
    );

    platform.control("clock", &json!({ "advance": "50m" })).await;
    let second = home.run(&["token", "--min-ttl", "61m"]).succeeded().stdout;
    assert_ne!(second, first);
    home.run(&["whoami"]).succeeded();
    assert_eq!(platform.requests("grantType=refresh_token").await.len(), 1);
}

#[tokio::test]
async fn many_commands_at_once_share_one_refresh() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    // The platform has forgotten the access token, so every command is told 401 at the same time.
    platform.control("clock", &json!({ "advance": "61m" })).await;
    let running: Vec<_> = (0..16)
        .map(|_| home.command(&["whoami"]).spawn().unwrap())
        .collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(platform.requests("grantType=refresh_token").await.len(), 1);
}

#[tokio::test]
async fn logging_out_without_a_network_erases_and_says_so() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let file = home.token_file();
    drop(platform);
    let ran = home.run(&["logout"]).succeeded();
    assert!(
        ran.stderr.contains("warning:") && ran.stderr.contains("erased here"),
        "{ran:?}"
    );
    let left = std::fs::read_to_string(file).unwrap_or_default();
    assert!(!left.contains("EMU-at-") && !left.contains("EMU-rt-"), "{left}");
    assert_eq!(home.run(&["status"]).code, 4);
}

#[tokio::test]
async fn a_login_that_the_platform_ended_is_login_needed() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    platform.control("reset", &json!({})).await;
    let ran = home.run(&["whoami"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("try: ringcentral login"), "{ran:?}");
}

#[test]
fn the_login_file_and_its_directory_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let file = home.token_file();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
}
