//! `doctor`, run against everything that goes wrong with a login.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ringcentral::{Clock as _, SystemClock};
use serde_json::json;

use crate::support::{Home, Platform, assert_session, login_ports};

/// With nothing but an app: who wants to log in has to use the browser.
const BROWSER_ONLY: [(&str, Option<&str>); 3] =
    [("RC_JWT", None), ("RC_USERNAME", None), ("RC_PASSWORD", None)];

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// A home whose files are as private as they should be.
fn home(platform: &Platform) -> Home {
    let home = Home::with(platform);
    set_mode(&home.path(".env"), 0o600);
    home
}

/// A server that gives every request the same answer, with the time so far from this machine's.
fn scripted(head: &'static str, body: &'static str, ahead_seconds: i64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0_u8; 8192];
            let _ = stream.read(&mut request);
            let date = SystemClock.now() + jiff::SignedDuration::from_secs(ahead_seconds);
            let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT");
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {head}\r\nDate: {date}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    url
}

const VERSIONS: &str = r#"{"apiVersions":[{"uriString":"v1.0"}]}"#;

#[tokio::test]
async fn a_login_in_order() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    let before = platform.requests("").await.len();
    assert_session!(home, home.doctor(&[], &[]), @r#"
    exit 0
    --- stdout
    ok    settings   profile "default", env file .env read
          server: http://127.0.0.1:[PORT] (RC_SERVER_URL in .env, line 1)
          app: EMU-web-app (RC_CLIENT_ID in .env, line 2)
          secret: set (RC_CLIENT_SECRET in .env, line 3)
          user name: set (RC_USERNAME in .env, line 4)
          password: set (RC_PASSWORD in .env, line 6)
          JWT credential: set (RC_JWT in .env, line 7)
    ok    variables  every RC_ and RINGCENTRAL_ name is a setting
    ok    files      nobody else can read the secrets or change the settings
    ok    address    http://127.0.0.1:[PORT] answers, no proxy is used
          connected to 127.0.0.1:[PORT], HTTP 200 after [MS] ms
    ok    clock      this machine's clock agrees with the platform's
    ok    app        EMU-web-app: known, as the platform takes its tokens
    ok    redirect   http://127.0.0.1:[PORT]/callback is free
    ok    store      file [ROOT]/home/.local/state/ringcentral/logins/default/http+127.0.0.1%3A[PORT]_EMU-web-app.json: private, and there is room for new tokens
    ok    login      Ada Quill, extension 101; fresh for [MINUTES]
          token: fresh for [MINUTES]; until [TIME], issued [TIME]
          login: with user name and password; ends [TIME] unless it is used before
          refresh: none since the login
          scopes: [SCOPES]
    ok    limits     group light: 48 of 50 requests left within 60 s
    "#);
    let asked = platform.requests("").await.split_off(before);
    let asked: Vec<_> = asked
        .iter()
        .map(|request| request["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        asked,
        ["/restapi", "/restapi/v1.0/account/~/extension/~"],
        "no request of the group Auth when the token shows it all"
    );
    let checked = home.checked(&[], &[]);
    checked.is_ok_but(&[]);
    assert_eq!(checked.check("limits")["limit"], 50);
    assert_eq!(checked.check("limits")["window_seconds"], 60);
    assert_eq!(checked.check("address")["http_status"], 200);
}

#[tokio::test]
async fn before_the_first_login() {
    let platform = Platform::start();
    let home = home(&platform);
    home.set(&BROWSER_ONLY);
    assert_session!(home, home.doctor(&[], &[]), @r#"
    exit 4
    --- stdout
    ok    settings   profile "default", env file .env read
          server: http://127.0.0.1:[PORT] (RC_SERVER_URL in .env, line 1)
          app: EMU-web-app (RC_CLIENT_ID in .env, line 2)
          secret: set (RC_CLIENT_SECRET in .env, line 3)
    ok    variables  every RC_ and RINGCENTRAL_ name is a setting
    ok    files      nobody else can read the secrets or change the settings
    ok    address    http://127.0.0.1:[PORT] answers, no proxy is used
          connected to 127.0.0.1:[PORT], HTTP 200 after [MS] ms
    ok    clock      this machine's clock agrees with the platform's
    ok    app        EMU-web-app: known to the platform
          whether the secret is right comes out at the next login or refresh
    ok    redirect   http://127.0.0.1:[PORT]/callback is free, and it is registered for the app
    ok    store      file [ROOT]/home/.local/state/ringcentral/logins/default/http+127.0.0.1%3A[PORT]_EMU-web-app.json: not there yet, the first login makes it
    FAIL  login      nobody is logged in
          try: ringcentral login
    warn  limits     not checked: the platform names them to a login that works
    "#);
    assert!(!home.state().exists(), "looking makes nothing");
    let asked = platform.requests("path=/restapi/oauth/*").await;
    assert_eq!(asked.len(), 1, "the authorize page, once: {asked:?}");
    assert_eq!(asked[0]["path"], "/restapi/oauth/authorize");
}

#[test]
fn the_way_to_the_platform() {
    let platform = Platform::start();
    let encrypted = platform.url().replace("http://", "https://");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let closes = scripted("", "", 0);
    drop(silent);
    for (server, words) in [
        (
            "https://no-such-host.invalid",
            &["no-such-host.invalid cannot be resolved (DNS)"][..],
        ),
        (
            "http://127.0.0.1:9",
            &[
                "cannot be reached at 127.0.0.1, port 9 (TCP)",
                "nothing listens there",
            ],
        ),
        (
            &encrypted,
            &["the encryption (TLS)", "may not speak TLS on this port"],
        ),
        (&closes, &["no answer comes over them (HTTP)"]),
    ] {
        let home = home(&platform);
        home.set(&[("RC_SERVER_URL", Some(server))]);
        let checked = home.checked(&[], &[]);
        checked.says("address", "fail", words);
        assert_eq!(checked.code, 6, "{server}");
        // The rest goes on, and says what it could not do.
        checked.says("clock", "warn", &["not checked"]);
        checked.says("app", "warn", &["not checked: the platform cannot be reached"]);
        checked.says("login", "fail", &["nobody is logged in"]);
        assert_eq!(checked.status("store"), "ok");
        assert_eq!(checked.status("redirect"), "ok");
    }
}

#[test]
fn what_answers_is_not_always_the_platform() {
    for (head, body, words) in [
        (
            "200 OK",
            "<html>Welcome to the hotel</html>",
            "not as RingCentral does",
        ),
        ("200 OK", "{}", "not as RingCentral does"),
        (
            "302 Found\r\nLocation: http://login.example.com/",
            "",
            "not as RingCentral does",
        ),
        ("404 Not Found", "", "not as RingCentral does"),
        ("503 Service Unavailable", "", "cannot serve"),
        (
            "429 Too Many Requests\r\nRetry-After: 60",
            "",
            "too many requests",
        ),
    ] {
        let server = scripted(head, body, 0);
        let home = Home::new();
        home.write(".env", &format!("RC_SERVER_URL={server}\nRC_CLIENT_ID=x\n"));
        let checked = home.checked(&[], &[]);
        checked.says("address", "warn", &[words]);
        assert_eq!(
            checked.status("app"),
            "warn",
            "whoever that is, it does not prove anything"
        );
    }
}

#[test]
fn the_clock_is_compared_and_the_direction_told() {
    for (ahead, status, words) in [
        (0, "ok", "agrees"),
        (3, "ok", "agrees"),
        (71, "warn", "s behind"),
        (-71, "warn", "ahead of"),
        (3_630, "warn", "60 min behind"),
        (-200_000, "warn", "2 days ahead of"),
    ] {
        let server = scripted("200 OK", VERSIONS, ahead);
        let home = Home::new();
        home.write(".env", &format!("RC_SERVER_URL={server}\nRC_CLIENT_ID=x\n"));
        let checked = home.checked(&[], &[]);
        checked.says("clock", status, &[words]);
        let seconds = checked.check("clock")["platform_ahead_seconds"].as_i64().unwrap();
        assert!((seconds - ahead).abs() <= 1, "{seconds} for {ahead}");
        if status == "warn" {
            checked.says("clock", status, &["logins cope with that"]);
        }
    }
}

#[test]
fn a_file_that_others_may_read_is_mended_when_asked() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    let file = home.token_file();
    let directory = file.parent().unwrap().to_owned();
    let neighbour = directory.join("notes.txt");
    fs::write(&neighbour, "x").unwrap();
    set_mode(&neighbour, 0o600);
    set_mode(&file, 0o640);
    let checked = home.checked(&[], &[]);
    assert_eq!(checked.code, 3);
    checked.says("files", "fail", &["(0640)", "doctor --fix"]);
    checked.says("store", "fail", &["other users"]);
    checked.says("login", "warn", &["cannot be read"]);
    assert_eq!(mode(&file), 0o640, "nothing is changed unasked");

    set_mode(&directory, 0o755);
    set_mode(&home.path(".env"), 0o644);
    let before = fs::read(&file).unwrap();
    let fixed = home.checked(&["--fix"], &[]);
    assert_eq!(fixed.code, 0);
    fixed.says(
        "files",
        "warn",
        &["fixed: ", "now 0600", "now 0700", ".env (0644); chmod 0600"],
    );
    assert_eq!((mode(&file), mode(&directory)), (0o600, 0o700));
    assert_eq!(
        mode(&home.path(".env")),
        0o644,
        "the user's own file is the user's to change"
    );
    assert_eq!(fs::read(&file).unwrap(), before, "its content is as it was");
    set_mode(&home.path(".env"), 0o600);
    home.checked(&[], &[]).is_ok_but(&[]);
}

#[test]
fn a_directory_that_others_may_write_to_is_mended_when_asked() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    let directory = home.token_file().parent().unwrap().to_owned();
    set_mode(&directory, 0o777);
    home.checked(&[], &[])
        .says("files", "warn", &["(0777)", "doctor --fix"]);
    home.checked(&["--fix"], &[]).is_ok_but(&[]);
    assert_eq!(mode(&directory), 0o700);
}

#[test]
fn a_damaged_login_file() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    let file = home.token_file();
    fs::write(&file, "{\"format\": \"CANARY").unwrap();
    let ran = home.doctor(&[], &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(!ran.stdout.contains("CANARY"), "{ran:?}");
    let checked = home.checked(&[], &[]);
    checked.says("store", "fail", &["is damaged", "log in again"]);
    home.log_in();
    let checked = home.checked(&[], &[]);
    assert_eq!(checked.code, 0);
    checked.says("store", "warn", &[".damaged-1", "may hold tokens"]);
    assert_eq!(checked.check("store")["set_aside"].as_array().unwrap().len(), 1);
    checked.is_ok_but(&["store"]);
}

#[tokio::test]
async fn a_login_that_the_platform_ended() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    platform.control("reset", &json!({})).await;
    let checked = home.checked(&[], &[]);
    assert_eq!(checked.code, 4);
    checked.says("login", "fail", &["the login has ended", "ringcentral login"]);
    // Known now: nobody is asked again about the login.
    let before = platform.requests("").await.len();
    let checked = home.checked(&[], &[]);
    checked.says("login", "fail", &["the platform ended the login at"]);
    let asked = platform.requests("").await.split_off(before);
    let asked: Vec<_> = asked
        .iter()
        .map(|request| request["path"].as_str().unwrap())
        .collect();
    assert_eq!(asked, ["/restapi", "/restapi/oauth/authorize"]);
}

#[test]
fn an_app_that_the_platform_does_not_know() {
    let platform = Platform::start();
    let home = home(&platform);
    home.set(&[("RC_CLIENT_ID", Some("nobody"))]);
    let checked = home.checked(&[], &[]);
    assert_eq!(checked.code, 3, "before the login, which needs the app");
    checked.says(
        "app",
        "fail",
        &["nobody: the platform does not know this app", "RC_SERVER_URL"],
    );
}

#[test]
fn a_redirect_uri_that_is_not_registered() {
    let platform = Platform::start();
    let home = home(&platform);
    let elsewhere = "http://127.0.0.1:18999/elsewhere";
    home.set(&[("RC_REDIRECT_URL", Some(elsewhere))]);
    let checked = home.checked(&[], &[]);
    checked.says("app", "ok", &["known to the platform"]);
    checked.says("redirect", "warn", &[elsewhere, "not registered"]);
    home.set(&BROWSER_ONLY);
    let checked = home.checked(&[], &[]);
    assert_eq!(checked.code, 3);
    checked.says("redirect", "fail", &[elsewhere, "developer portal"]);
    home.set(&[("RC_REDIRECT_URL", Some("https://app.example.com/callback"))]);
    home.checked(&[], &[])
        .says("redirect", "warn", &["not an address of this machine"]);
}

#[test]
fn redirect_ports_that_are_taken() {
    let platform = Platform::start();
    let home = home(&platform);
    home.set(&BROWSER_ONLY);
    let ports = login_ports();
    let run = |taken: &[u16]| {
        let _listeners: Vec<_> = taken
            .iter()
            .map(|port| TcpListener::bind(("127.0.0.1", *port)).unwrap())
            .collect();
        let ran = home.run(&["doctor", "--json"]);
        let report = ran.json();
        let checks = report["checks"].as_array().unwrap().clone();
        let redirect = checks
            .into_iter()
            .find(|check| check["name"] == "redirect")
            .unwrap();
        (ran.code, redirect)
    };
    let (code, redirect) = run(&[8921]);
    assert_eq!((code, &redirect["status"]), (4, &json!("warn")), "{redirect:#}");
    assert!(
        redirect["summary"].as_str().unwrap().contains("8922"),
        "{redirect:#}"
    );
    let (code, redirect) = run(&[8921, 8922, 8923, 8924, 8925]);
    assert_eq!((code, &redirect["status"]), (3, &json!("fail")), "{redirect:#}");
    assert!(
        redirect["try"][1].as_str().unwrap().contains("--no-browser"),
        "{redirect:#}"
    );
    drop(ports);
}

#[test]
fn settings_that_are_missing_or_misspelt() {
    let platform = Platform::start();
    let home = home(&platform);
    home.set(&[
        ("RC_CLIENT_ID", None),
        ("RC_CLIENTID", Some("x")),
        ("RINGCENTRAL_PROFILE", Some("work")),
    ]);
    let checked = home.checked(&[], &[("RINGCENTRAL_LOGS", "CANARY"), ("RC_SERVER", "CANARY")]);
    assert_eq!(checked.code, 3);
    checked.says(
        "settings",
        "fail",
        &["there is no client ID", "RC_SERVER_URL in .env, line 1"],
    );
    checked.says(
        "variables",
        "warn",
        &[
            "RC_CLIENTID in .env",
            "did you mean RC_CLIENT_ID?",
            "RINGCENTRAL_PROFILE in .env",
            "environment only",
            "RINGCENTRAL_LOGS in the environment",
            "did you mean RINGCENTRAL_LOG?",
            "RC_SERVER in the environment",
        ],
    );
    assert!(!format!("{checked:?}").contains("CANARY"));
    // The way to the platform can be checked all the same.
    assert_eq!(checked.status("address"), "ok");
    assert_eq!(checked.status("clock"), "ok");
}

#[test]
fn settings_that_cannot_be_used_at_all() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_SERVER_URL=ftp://example.com\n");
    assert_session!(home, home.doctor(&[], &[]), @r"
    exit 3
    --- stdout
    FAIL  settings   RC_SERVER_URL in .env, line 2 is not usable: it is not a server's address
          try: write it like https://platform.ringcentral.com
    warn  others     not checked: they depend on the settings
    ");
    home.write(".env", "");
    let checked = home.checked(&["--env-file", "elsewhere.env"], &[]);
    assert_eq!(checked.code, 3);
    checked.says("settings", "fail", &["elsewhere.env is not there"]);
}

#[test]
fn a_profile_that_nobody_has_made() {
    let platform = Platform::start();
    let home = home(&platform);
    let checked = home.checked(&["--profile", "nobody"], &[]);
    assert_eq!(checked.code, 4);
    checked.says(
        "settings",
        "warn",
        &["profile \"nobody\" is not in config.toml", "profile list"],
    );
    checked.says("login", "fail", &["ringcentral login --profile nobody"]);
}

#[test]
fn a_profiles_secret_file_is_looked_at_too() {
    let platform = Platform::start();
    let home = home(&platform);
    home.write("secret", platform.value("RC_CLIENT_SECRET"));
    set_mode(&home.path("secret"), 0o644);
    let secret = format!("client_secret_file={}", home.path("secret").display());
    home.run(&["profile", "add", "work", "--set", &secret])
        .succeeded();
    let checked = home.checked(&["--profile", "work"], &[]);
    checked.says("files", "warn", &["secret (0644)"]);
    home.checked(&["--profile", "work", "--fix"], &[])
        .says("files", "warn", &["secret (0644)"]);
}

#[tokio::test]
async fn offline_the_rest_goes_on() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    drop(platform);
    let checked = home.checked(&[], &[]);
    assert_eq!(checked.code, 6);
    checked.says(
        "login",
        "warn",
        &["stored: fresh", "the platform cannot be reached"],
    );
    checked.is_ok_but(&["address", "clock", "login", "limits", "app"]);
}

#[tokio::test]
async fn nothing_is_asked_during_a_penalty() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    let before = platform.requests("").await.len();
    let limited = |seconds| json!({ "type": "status", "status": 429, "retryAfter": seconds });
    platform.fault("/restapi", 1, limited(60)).await;
    let checked = home.checked(&[], &[]);
    checked.says("login", "warn", &["too many requests", "60 s"]);
    checked.says("app", "warn", &["too many requests"]);
    assert_eq!(platform.requests("").await.len(), before + 1);

    // A refresh that was answered so is remembered by the next command, for as long as the penalty lasts.
    platform.control("clock", &json!({ "advance": "61m" })).await;
    let record = fs::read_to_string(home.token_file()).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["tokens"]["expires_at"] = json!("2026-01-01T10:00:00Z");
    fs::write(home.token_file(), record.to_string()).unwrap();
    platform.fault("/restapi/oauth/token", 1, limited(600)).await;
    let checked = home.checked(&[], &[]);
    checked.says("login", "warn", &["too many token requests"]);
    assert_eq!(platform.requests("path=/restapi/oauth/token").await.len(), 2);
    let checked = home.checked(&[], &[]);
    let end = &checked.check("login")["last_refresh"]["not_before"];
    let end: jiff::Timestamp = end.as_str().unwrap().parse().unwrap();
    let end = end.strftime("%Y-%m-%d %H:%M:%S");
    let none_before = format!("takes none before {end}; one that comes earlier begins the wait anew");
    let words = ["stored: ", &none_before, &format!("again after {end}")];
    checked.says("login", "warn", &words);
    assert_eq!(
        platform.requests("path=/restapi/oauth/token").await.len(),
        2,
        "not asked again"
    );
    let status = home.run(&["status"]).succeeded().stdout;
    assert!(
        status.contains(&format!("; none is taken before {end}")),
        "{status}"
    );

    // It is over.
    let record = fs::read_to_string(home.token_file()).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["last_refresh"]["not_before"] = json!(SystemClock.now());
    fs::write(home.token_file(), record.to_string()).unwrap();
    home.checked(&[], &[]).says("login", "ok", &["fresh"]);
    assert_eq!(platform.requests("path=/restapi/oauth/token").await.len(), 3);
}

#[tokio::test]
async fn an_old_token_is_refreshed_once_on_the_way() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    platform.control("clock", &json!({ "advance": "61m" })).await;
    let checked = home.checked(&[], &[]);
    checked.says("login", "ok", &["Ada Quill, extension 101; fresh"]);
    home.checked(&[], &[]).says("login", "ok", &["fresh"]);
    assert_eq!(platform.requests("grantType=refresh_token").await.len(), 1);
}

#[test]
fn what_the_store_knows_of_the_login_is_shown() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    let text = std::fs::read_to_string(home.token_file()).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&text).unwrap();
    record["last_refresh"] = json!({ "at": "2026-11-21T09:00:00Z", "result": "refreshed" });
    record["lease"] = json!({
        "fence": 1, "version": record["version"], "holder": "process 1 abc", "until": "2020-01-01T00:00:00Z",
    });
    std::fs::write(home.token_file(), record.to_string()).unwrap();
    home.checked(&[], &[]).says(
        "login",
        "ok",
        &[
            "token: fresh",
            "issued",
            "ends",
            "refresh: the last at",
            "went well",
            "lease: process 1 abc, ran out",
        ],
    );
}

#[tokio::test]
async fn a_refresh_that_failed_is_told_even_if_the_login_works() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    let down = json!({ "type": "status", "status": 500 });
    platform.fault("/restapi/oauth/token", 9, down).await;
    assert_ne!(home.run(&["token", "--min-ttl", "2h"]).code, 0);
    let checked = home.checked(&[], &[]);
    checked.says("login", "ok", &["Ada Quill", "refresh: the last at", "HTTP 500"]);
    checked.is_ok_but(&[]);
}

#[test]
fn a_wrong_secret_comes_out_at_the_refresh() {
    let platform = Platform::start();
    let home = home(&platform);
    home.log_in();
    let record = fs::read_to_string(home.token_file()).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["tokens"]["expires_at"] = json!("2026-01-01T10:00:00Z");
    fs::write(home.token_file(), record.to_string()).unwrap();
    let checked = home.checked(&[], &[("RC_CLIENT_SECRET", "CANARY")]);
    assert_eq!(checked.code, 3);
    checked.says(
        "login",
        "fail",
        &["does not accept this application", "what is stored is kept"],
    );
    assert!(!format!("{checked:?}").contains("CANARY"));
    home.run(&["whoami"]).succeeded();
}

#[test]
fn a_login_by_jwt_renews_itself() {
    let platform = Platform::start();
    let home = home(&platform);
    home.run(&["login", "--jwt"]).succeeded();
    home.checked(&[], &[])
        .says("login", "ok", &["renews itself as long as RC_JWT is set"]);
    let record = fs::read_to_string(home.token_file()).unwrap();
    let mut record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["tokens"]["expires_at"] = json!("2026-01-01T10:00:00Z");
    record["tokens"]["refresh_expires_at"] = json!("2026-01-08T10:00:00Z");
    fs::write(home.token_file(), record.to_string()).unwrap();
    home.set(&[("RC_JWT", None)]);
    home.checked(&[], &[]).says("login", "fail", &["set RC_JWT"]);
    home.set(&[("RC_JWT", Some(platform.value("RC_JWT")))]);
    home.checked(&[], &[]).says("login", "ok", &["Ada Quill"]);
}

#[test]
fn the_proxy_is_named_without_its_password() {
    let platform = Platform::start();
    let home = home(&platform);
    let proxy = ("http_proxy", "http://someone:CANARY@127.0.0.1:9");
    let checked = home.checked(&[], &[proxy]);
    assert_eq!(checked.code, 6);
    checked.says(
        "address",
        "fail",
        &["the proxy cannot be reached", "http://127.0.0.1:9 (http_proxy)"],
    );
    assert_eq!(checked.check("address")["proxy"], "http://127.0.0.1:9");
    assert!(!format!("{checked:?}").contains("CANARY"));
    let checked = home.checked(&[], &[proxy, ("no_proxy", "127.0.0.1")]);
    checked.says("address", "ok", &["no proxy is used"]);

    // A proxy that answers for everybody.
    let through = scripted("200 OK", VERSIONS, 0);
    let checked = home.checked(&[], &[("ALL_PROXY", &through)]);
    checked.says("address", "ok", &["through the proxy", "(ALL_PROXY)"]);
}
