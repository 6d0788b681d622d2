//! Going on with the login of a tutorial's program: its token file as it is.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use ringcentral::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::support::{Home, Platform, Ran, assert_session};

const REFRESHES: &str = "grantType=refresh_token";

fn ago(seconds: u64) -> Timestamp {
    SystemClock.now() - Duration::from_secs(seconds)
}

/// Writes a file as its owner's program would: private, and last changed that long ago.
fn write(home: &Home, name: &str, content: &Value, seconds_ago: u64) -> String {
    let text = content.to_string();
    home.write(name, &text);
    let path = home.path(name);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let modified = ago(seconds_ago).into();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    text
}

fn import(home: &Home, name: &str) -> Ran {
    home.run(&["login", "--import", name])
}

fn as_javascript_stores(mut tokens: Value, issued: Timestamp) -> Value {
    tokens["expire_time"] = json!(issued.as_millisecond() + 3_600_000);
    tokens["refresh_token_expire_time"] = json!(issued.as_millisecond() + 604_800_000);
    tokens["code_verifier"] = json!("");
    tokens
}

#[tokio::test]
async fn a_tutorials_file_is_a_login_and_stays_as_it_is() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let tokens = platform.token_answer("101").await;
    let file = json!({ "tokens": tokens, "timestamp": ago(60).as_millisecond() });
    let text = write(&home, "tokens_sb.txt", &file, 0);
    assert_session!(home, import(&home, "tokens_sb.txt"), @r#"
    exit 0
    --- stdout
    Logged in as Ada Quill, extension 101, account 810000001
    scopes     [SCOPES]
    token      until [TIME], refreshed by itself; without any use the login ends [TIME]
    stored     [ROOT]/home/.local/state/ringcentral/logins/default/http+127.0.0.1%3A[PORT]_EMU-web-app.json, profile "default"
    server     http://127.0.0.1:[PORT] (RC_SERVER_URL in .env, line 1)
    --- stderr
    warning: tokens_sb.txt still holds the tokens it held; they stop working at the first refresh, so delete it
    "#);
    assert_eq!(fs::read_to_string(home.path("tokens_sb.txt")).unwrap(), text);
    home.run(&["whoami"]).succeeded();
    assert_eq!(platform.requests(REFRESHES).await.len(), 0, "it was still good");
    let status = home.run(&["status", "--json"]).succeeded().json();
    assert_eq!(status["login"]["kind"], "imported");
    let issued: Timestamp = status["login"]["issued_at"].as_str().unwrap().parse().unwrap();
    assert!(issued <= ago(60), "counted from the file's time: {issued}");
}

#[tokio::test]
async fn each_form_works_and_is_refreshed_once_when_it_is_old() {
    for (form, file) in [
        (
            "node",
            (|tokens, at: Timestamp| json!({ "tokens": tokens, "timestamp": at.as_millisecond() }))
                as fn(Value, Timestamp) -> Value,
        ),
        (
            "python",
            |tokens, at| json!({ "tokens": tokens, "timestamp": at.as_second() }),
        ),
        (
            "text",
            |tokens, at| json!({ "tokens": tokens, "timestamp": at.as_millisecond().to_string() }),
        ),
        ("bare", |tokens, _| tokens),
        ("javascript", as_javascript_stores),
    ] {
        let platform = Platform::start();
        let home = Home::with(&platform);
        let tokens = platform.token_answer("101").await;
        let text = write(&home, "tokens.txt", &file(tokens, ago(7_200)), 7_200);
        let ran = home
            .run(&["login", "--import", "tokens.txt", "--json"])
            .succeeded();
        assert_eq!(ran.json()["imported"]["refreshed"], true, "{form}: {ran:?}");
        assert!(
            ran.stderr
                .contains("they stopped working with the refresh just made"),
            "{form}: {ran:?}"
        );
        home.run(&["whoami"]).succeeded();
        assert_eq!(platform.requests(REFRESHES).await.len(), 1, "{form}");
        assert_eq!(
            fs::read_to_string(home.path("tokens.txt")).unwrap(),
            text,
            "{form}"
        );
    }
}

#[tokio::test]
async fn a_pipe_has_no_age_and_a_redirected_file_has() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let tokens = platform.token_answer("101").await;
    let piped = home.run_with_input(&["login", "--import", "-"], &tokens.to_string());
    assert_session!(home, piped, @r"
    exit 3
    --- stderr
    error: standard input cannot be imported
      the token file does not say when its tokens were issued
      try: name the file itself: its age tells how old the tokens are
    ");
    let wrapped = json!({ "tokens": tokens, "timestamp": ago(60).as_second() }).to_string();
    let piped = home
        .run_with_input(&["login", "--import", "-"], &wrapped)
        .succeeded();
    assert!(!piped.stderr.contains("delete it"), "there is no file: {piped:?}");
    home.run(&["logout"]).succeeded();

    let tokens = platform.token_answer("101").await;
    write(&home, "bare.json", &tokens, 60);
    let mut command = home.command(&["login", "--import", "-"]);
    let output = command
        .stdin(Stdio::from(File::open(home.path("bare.json")).unwrap()))
        .output()
        .unwrap();
    Ran::from(output).succeeded();
    home.run(&["whoami"]).succeeded();
}

#[tokio::test]
async fn what_is_too_old_is_not_stored() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let tokens = platform.token_answer("101").await;
    let file = json!({ "tokens": tokens, "timestamp": ago(8 * 86_400).as_second() });
    write(&home, "old.txt", &file, 0);
    assert_session!(home, import(&home, "old.txt"), @r#"
    exit 4
    --- stderr
    error: the tokens in old.txt are too old
      they were issued [TIME], and the refresh token ended [TIME]; nothing was changed
      profile "default"
      try: ringcentral login
    "#);
    let mut without = tokens;
    without["refresh_token"] = Value::Null;
    let file = json!({ "tokens": without, "timestamp": ago(3_700).as_second() });
    write(&home, "old.txt", &file, 0);
    let ran = import(&home, "old.txt");
    assert_eq!(ran.code, 4);
    assert!(ran.stderr.contains("there is no refresh token"), "{ran:?}");
    assert_eq!(home.run(&["status", "--json"]).json()["state"], "nobody");
}

#[tokio::test]
async fn tokens_that_the_platform_does_not_take_any_more_are_told() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let file = json!({ "tokens": platform.token_answer("101").await, "timestamp": ago(7_200).as_second() });
    write(&home, "tokens.txt", &file, 0);
    platform.control("reset", &json!({})).await;
    let ran = import(&home, "tokens.txt");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("refreshed or revoked elsewhere"), "{ran:?}");
    assert_eq!(home.run(&["status"]).code, 4);
    // It is in nobody's way.
    home.log_in();
}

#[tokio::test]
async fn a_working_login_is_not_replaced_by_another_users_or_by_older_tokens() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let first = json!({ "tokens": platform.token_answer("101").await, "timestamp": ago(7_200).as_second() });
    write(&home, "ada.txt", &first, 0);
    import(&home, "ada.txt").succeeded();
    let stored = fs::read(home.token_file()).unwrap();

    // The same file once more: its refresh token is used up, and the login would be lost.
    let again = import(&home, "ada.txt");
    assert_session!(home, again, @r#"
    exit 2
    --- stderr
    error: profile "default" is logged in already, by newer tokens
      those are of [TIME], and ada.txt is of [TIME]; older tokens do not work any more
      try: another profile: ringcentral login --profile NAME --import FILE
      try: or --force, which replaces that login
    "#);
    let other = json!({ "tokens": platform.token_answer("102").await, "timestamp": ago(30).as_second() });
    write(&home, "other.txt", &other, 0);
    assert_session!(home, import(&home, "other.txt"), @r#"
    exit 2
    --- stderr
    error: profile "default" is logged in as another user
      that is extension ID 810000101, and other.txt is of extension ID 810000102
      try: another profile: ringcentral login --profile NAME --import FILE
      try: or --force, which replaces that login
    "#);
    let mut nobody = platform.token_answer("102").await;
    nobody["owner_id"] = Value::Null;
    write(
        &home,
        "nobody.txt",
        &json!({ "tokens": nobody, "timestamp": ago(0).as_second() }),
        0,
    );
    assert_eq!(import(&home, "nobody.txt").code, 2);
    assert_eq!(
        fs::read(home.token_file()).unwrap(),
        stored,
        "nothing was touched"
    );
    let who = |arguments: &[&str]| home.run(arguments).succeeded().json()["extension_number"].clone();
    assert_eq!(who(&["whoami", "--json"]), "101");

    home.run(&["login", "--import", "other.txt", "--force"])
        .succeeded();
    assert_eq!(who(&["whoami", "--json"]), "102");
    // Newer tokens of the same user need no force, as with every login.
    let newer = json!({ "tokens": platform.token_answer("102").await, "timestamp": ago(0).as_millisecond() });
    write(&home, "newer.txt", &newer, 0);
    import(&home, "newer.txt").succeeded();
    // And another profile is another place.
    home.run(&["login", "--import", "newer.txt", "--profile", "work"])
        .succeeded();
}

#[tokio::test]
async fn an_ended_login_is_replaced_without_asking() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    platform.control("reset", &json!({})).await;
    assert_eq!(home.run(&["whoami"]).code, 4);
    let file = json!({ "tokens": platform.token_answer("102").await, "timestamp": ago(30).as_second() });
    write(&home, "tokens.txt", &file, 0);
    import(&home, "tokens.txt").succeeded();
    home.run(&["whoami"]).succeeded();
}

#[tokio::test]
async fn a_file_that_others_may_read_is_pointed_out() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let file = json!({ "tokens": platform.token_answer("101").await, "timestamp": ago(30).as_second() });
    write(&home, "tokens.txt", &file, 0);
    fs::set_permissions(home.path("tokens.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    let ran = import(&home, "tokens.txt").succeeded();
    assert!(
        ran.stderr
            .contains("other users of this machine may read tokens.txt"),
        "{ran:?}"
    );
    assert_eq!(
        home.token_file().metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn without_a_network_the_login_is_stored_and_the_doubt_is_told() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let file = json!({ "tokens": platform.token_answer("101").await, "timestamp": ago(30).as_second() });
    write(&home, "tokens.txt", &file, 0);
    drop(platform);
    let ran = import(&home, "tokens.txt").succeeded();
    assert!(ran.stderr.contains("could not be asked whose it is"), "{ran:?}");
    assert!(
        ran.stdout.starts_with("Logged in as extension ID 810000101\n"),
        "{ran:?}"
    );
    home.run(&["status"]).succeeded();
}

#[test]
fn what_cannot_be_imported_exits_3_and_is_not_quoted() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_SERVER_URL=http://127.0.0.1:9\n");
    home.write("large.txt", &" ".repeat(3 << 20));
    fs::create_dir(home.path("directory")).unwrap();
    for (name, text) in [
        ("empty.txt", ""),
        ("words.txt", "CANARY CANARY"),
        ("list.txt", "[\"CANARY\"]"),
        (
            "refusal.txt",
            r#"{"error":"invalid_grant","error_description":"CANARY"}"#,
        ),
        (
            "no-time.txt",
            r#"{"tokens":{"access_token":"CANARY","expires_in":3600},"timestamp":"CANARY"}"#,
        ),
        (
            "no-life.txt",
            r#"{"access_token":"CANARY","expires_in":"CANARY"}"#,
        ),
        (
            "other-kind.txt",
            r#"{"access_token":"CANARY","token_type":"CANARY","expires_in":1}"#,
        ),
    ] {
        home.write(name, text);
    }
    home.write("not-utf8.txt", "");
    fs::write(home.path("not-utf8.txt"), b"{\"access_token\":\"CANARY\xff\"}").unwrap();
    for (name, words) in [
        ("missing.txt", "missing.txt cannot be read"),
        ("directory", "directory cannot be read"),
        ("/dev/zero", "/dev/zero cannot be imported"),
        ("large.txt", "not JSON"),
        ("empty.txt", "not JSON"),
        ("words.txt", "not JSON"),
        ("not-utf8.txt", "not JSON"),
        ("list.txt", "there are no tokens"),
        ("refusal.txt", "there are no tokens"),
        ("other-kind.txt", "there are no tokens"),
        ("no-time.txt", "a time in it that is none"),
        ("no-life.txt", "a time in it that is none"),
    ] {
        let ran = import(&home, name);
        assert_eq!(ran.code, 3, "{name}: {ran:?}");
        assert!(ran.stderr.contains(words), "{name}: {ran:?}");
        assert!(
            !ran.stderr.contains("CANARY") && ran.stdout.is_empty(),
            "{name}: {ran:?}"
        );
        assert!(ran.stderr.lines().count() <= 5, "{name}: {ran:?}");
    }
    assert!(!Path::new(&home.state()).exists(), "nothing was stored");
}
