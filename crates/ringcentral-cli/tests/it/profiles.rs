//! Profiles keep logins apart, and the file that names them stays its owner's.

use serde_json::json;

use crate::support::{Home, Platform, assert_session};

#[tokio::test]
async fn two_profiles_never_see_each_others_login() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let other = [
        ("RC_USERNAME", "+16505550102"),
        ("RC_EXTENSION", "102"),
        ("RC_PASSWORD", "Coffee-102!"),
    ];
    assert_eq!(home.run(&["whoami", "--profile", "work"]).code, 4);
    home.run_with(&["login", "--password", "--profile", "work"], &other)
        .succeeded();

    let who = |arguments: &[&str], variables: &[(&str, &str)]| {
        home.run_with(&[&["whoami", "--json"], arguments].concat(), variables)
            .succeeded()
            .json()["extension_number"]
            .clone()
    };
    assert_eq!(who(&[], &[]), "101");
    assert_eq!(who(&["--profile", "work"], &[]), "102");
    assert_eq!(who(&[], &[("RINGCENTRAL_PROFILE", "work")]), "102");
    assert_session!(home, home.run(&["profile", "list"]), @r#"
    exit 0
    --- stdout
       PROFILE  SERVER  LOGGED IN TO
    *  default  -       http://127.0.0.1:[PORT]
       work     -       http://127.0.0.1:[PORT]
    "#);

    home.run(&["logout", "--profile", "work"]).succeeded();
    assert_eq!(who(&[], &[]), "101", "the other profile's logout is its own");
}

#[test]
fn one_profile_keeps_servers_and_apps_apart() {
    let (first, second) = (Platform::start(), Platform::start());
    let home = Home::with(&first);
    home.log_in();
    let elsewhere = [("RC_SERVER_URL", second.url())];
    assert_eq!(
        home.run_with(&["whoami"], &elsewhere).code,
        4,
        "the token of one server is not the other's"
    );
    assert_eq!(
        home.run_with(&["whoami"], &[("RC_CLIENT_ID", "EMU-public-app")])
            .code,
        4
    );
    home.run_with(&["login", "--password"], &elsewhere).succeeded();
    home.run(&["whoami"]).succeeded();
    home.run_with(&["whoami"], &elsewhere).succeeded();
    let shown = home
        .run(&["profile", "show", "default", "--json"])
        .succeeded()
        .json();
    assert_eq!(shown["logins"].as_array().unwrap().len(), 2);
}

#[test]
fn a_profile_is_added_used_shown_and_removed() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    // Without the env file, so that only the profile says what to use.
    std::fs::remove_file(home.path(".env")).unwrap();
    home.write("secret", platform.value("RC_CLIENT_SECRET"));
    let secret = format!("client_secret_file={}", home.path("secret").display());
    let (server, id) = (platform.url(), platform.value("RC_CLIENT_ID"));
    let add = [
        "profile",
        "add",
        "work",
        "--server",
        server,
        "--client-id",
        id,
        "--set",
        &secret,
    ];
    assert_session!(home, home.run(&add), @r#"
    exit 0
    --- stderr
    Added profile "work" to [ROOT]/home/.config/ringcentral/config.toml
    "#);
    assert_eq!(home.run(&add).code, 2, "it is there already");
    let mut login = vec!["login", "--jwt", "-", "--profile", "work"];
    home.run_with_input(&login, platform.value("RC_JWT")).succeeded();
    login.truncate(0);
    home.run(&["whoami", "--profile", "work"]).succeeded();

    let shown = home
        .run(&["profile", "show", "work", "--json"])
        .succeeded()
        .json();
    assert_eq!(shown["settings"]["client_id"], json!(id));
    assert_eq!(shown["logins"][0]["state"], "logged in");
    let refused = home.run(&["profile", "remove", "work"]);
    assert_session!(home, refused, @r#"
    exit 2
    --- stderr
    error: profile "work" is logged in
      a login that is only deleted would stay valid on the platform
      try: ringcentral logout --profile work
    "#);
    home.run(&["logout", "--profile", "work"]).succeeded();
    home.run(&["profile", "remove", "work"]).succeeded();
    assert_eq!(home.run(&["profile", "show", "work"]).code, 2);
    assert_session!(home, home.run(&["profile", "list"]), @r#"
    exit 0
    --- stderr
    There are no profiles yet
    "#);
}

#[test]
fn names_and_keys_are_checked() {
    let home = Home::new();
    for arguments in [
        &["profile", "show", "../x"][..],
        &["profile", "add", "a/b"],
        &["profile", "add", "ok", "--set", "password=x"],
        &["profile", "add", "ok", "--set", "novalue"],
        &["profile", "remove", "nobody"],
    ] {
        assert_eq!(home.run(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(home.run(&["status", "--profile", "../x"]).code, 3);
    assert!(home.written_files().is_empty());
}
