//! `emulate`, `serve` and `dev`: what they print, when they are ready, how they end.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Home, Platform, Ran, assert_session, http};

/// A server with `--json`, whose first line says where it runs.
struct Server {
    child: std::process::Child,
    about: Value,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        if line.is_empty() {
            let ran = Ran::from(child.wait_with_output().unwrap());
            panic!("the server did not start: {ran:?}");
        }
        Self {
            about: serde_json::from_str(&line).unwrap(),
            child,
        }
    }

    fn stop(self, signal: &str) -> Ran {
        let status = Command::new("kill")
            .args(["-s", signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        Ran::from(self.child.wait_with_output().unwrap())
    }

    fn url(&self) -> &str {
        self.about["url"].as_str().unwrap()
    }
}

async fn get(url: &str) -> (u16, String) {
    let answer = http().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_env_file_is_there_once_connections_are_accepted() {
    let platform = Platform::start();
    let mode = platform.env_file().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for name in [
        "RC_SERVER_URL",
        "RC_CLIENT_ID",
        "RC_CLIENT_SECRET",
        "RC_REDIRECT_URL",
        "RC_USERNAME",
        "RC_EXTENSION",
        "RC_PASSWORD",
        "RC_JWT",
        "RC_PUBLIC_CLIENT_ID",
        "RC_FROM",
        "RC_TO",
        "RC_APP_CLIENT_ID",
        "RC_APP_CLIENT_SECRET",
        "RC_USER_JWT",
    ] {
        assert!(!platform.value(name).is_empty(), "{name}");
    }
    assert_eq!(get(&format!("{}/_emulator/status", platform.url())).await.0, 200);
    // Our own reader takes the file as it is.
    let home = Home::new();
    let file = platform.env_file().display().to_string();
    let ran = home.run(&["login", "--jwt", "--env-file", &file]).succeeded();
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
    // Both spellings of a setting in one file are none of doctor's business.
    let report = home.checked(&["--env-file", &file], &[]);
    report.says("variables", "ok", &[]);
    report.says("settings", "ok", &[]);
}

#[tokio::test]
async fn emulate_says_where_it_runs_and_ends_when_asked() {
    for signal in ["INT", "TERM"] {
        let home = Home::new();
        let server = Server::start(home.command(&["emulate", "--listen", "localhost:0", "--json"]));
        assert_eq!(get(&format!("{}/_emulator/status", server.url())).await.0, 200);
        assert_eq!(server.about["environment"]["RC_SERVER_URL"], server.about["url"]);
        let ran = server.stop(signal);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.ends_with("Stopped\n"), "{ran:?}");
    }
}

#[test]
fn the_settings_of_a_real_app_are_not_overwritten() {
    let home = Home::new();
    let mine = "RC_CLIENT_ID=mine\nRC_CLIENT_SECRET=kept\n";
    home.write(".env", mine);
    let ran = home.run(&["emulate", "--env-file", ".env", "--exec", "true"]);
    assert_session!(home, ran, @r#"
    exit 3
    --- stderr
    error: .env is not overwritten
      it holds the settings of an app of the real platform
      try: --env-file .env-emulator   (and: ringcentral --env-file .env-emulator …)
    "#);
    assert_eq!(std::fs::read_to_string(home.path(".env")).unwrap(), mine);
    for replaceable in ["", "RC_CLIENT_ID=EMU-old\n", "RC_CLIENT_ID=\n"] {
        home.write("other.env", replaceable);
        let ran = home
            .run(&["emulate", "--env-file", "other.env", "--exec", "cat", "other.env"])
            .succeeded();
        assert!(ran.stdout.contains("RC_CLIENT_ID=EMU-web-app\n"), "{ran:?}");
    }
}

#[test]
fn exec_runs_the_command_with_the_settings_and_passes_its_code_on() {
    let home = Home::new();
    let script = "echo \"$RC_SERVER_URL $RC_CLIENT_ID\"; exit 23";
    let ran = home.run(&["emulate", "--exec", "sh", "-c", script]);
    assert_eq!(ran.code, 23, "{ran:?}");
    assert!(
        ran.stdout.starts_with("http://127.0.0.1:") && ran.stdout.ends_with(" EMU-web-app\n"),
        "{ran:?}"
    );
    let killed = home.run(&["emulate", "--exec", "sh", "-c", "kill -9 $$"]);
    assert_eq!(killed.code, 137, "{killed:?}");
    let missing = home.run(&["emulate", "--exec", "no-such-program"]);
    assert_session!(home, missing, @r#"
    exit 3
    --- stderr
    error: no-such-program cannot be run
      No such file or directory (os error 2)
      try: check the name, or give its whole path
    "#);
    let with_flags = home.run(&[
        "emulate",
        "--rate-limits",
        "off",
        "--exec",
        "sh",
        "-c",
        "exit 0",
        "--json",
        "-q",
    ]);
    assert_eq!(
        with_flags.code, 0,
        "what follows --exec is the command's: {with_flags:?}"
    );
}

#[test]
fn exec_runs_this_program_against_it() {
    let home = Home::new();
    let own = env!("CARGO_BIN_EXE_ringcentral");
    let ran = home.run(&[
        "emulate",
        "--exec",
        "sh",
        "-c",
        &format!("{own} login --jwt && {own} whoami --json"),
    ]);
    assert!(ran.succeeded().stdout.contains("\"extension_number\":\"101\""));
}

#[test]
fn data_is_kept_over_a_restart() {
    let home = Home::new();
    let own = env!("CARGO_BIN_EXE_ringcentral");
    let first = format!("{own} login --jwt && {own} sms send --to +16505550102 --text kept-for-later");
    home.run(&["emulate", "--data", "platform", "--exec", "sh", "-c", &first])
        .succeeded();
    let second = format!("{own} login --jwt >/dev/null && {own} message list --type SMS");
    let ran = home
        .run(&["emulate", "--data", "platform", "--exec", "sh", "-c", &second])
        .succeeded();
    assert!(ran.stdout.contains("kept-for-later"), "{ran:?}");
}

#[test]
fn a_port_in_use_names_port_and_flag() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\n");
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    let address = format!("127.0.0.1:{port}");
    for (arguments, flag) in [
        (&["emulate", "--listen", &address][..], "--listen"),
        (&["serve", "--listen", &address], "--listen"),
        (
            &["dev", "--listen", &address, "--emulator-listen", "127.0.0.1:0"],
            "--listen",
        ),
        (
            &["dev", "--listen", "127.0.0.1:0", "--emulator-listen", &address],
            "--emulator-listen",
        ),
    ] {
        let ran = home.run(arguments);
        assert_eq!(ran.code, 3, "{arguments:?} {ran:?}");
        assert!(ran.stderr.contains(&format!("port {port} is in use")), "{ran:?}");
        assert!(ran.stderr.contains(&format!(": {flag} ")), "{ran:?}");
    }
    for arguments in [
        ["emulate", "--listen", "nonsense"],
        ["serve", "--listen", "nonsense"],
    ] {
        assert_eq!(home.run(&arguments).code, 2);
    }
}

#[tokio::test]
async fn dev_runs_both_and_says_whom_to_log_in_as() {
    let home = Home::new();
    let arguments = [
        "dev",
        "--listen",
        "localhost:0",
        "--emulator-listen",
        "127.0.0.1:0",
        "--json",
    ];
    let server = Server::start(home.command(&arguments));
    let (status, page) = get(server.url()).await;
    assert_eq!(status, 200);
    assert!(page.contains("/login?env=emulator"), "{page}");
    let (status, _) = get(&format!(
        "{}/_emulator/status",
        server.about["emulator"].as_str().unwrap()
    ))
    .await;
    assert_eq!(status, 200);
    assert_eq!(
        server.about["environments"],
        serde_json::json!(["Local platform"])
    );
    assert!(server.about["users"][0]["password"].is_string());

    // The redirect URI of the app's real address is registered: the login page comes, not an error.
    let login = http()
        .get(format!("{}/login?env=emulator", server.url()))
        .send()
        .await
        .unwrap();
    let authorize = login.headers()["location"].to_str().unwrap().to_owned();
    let (status, page) = get(&authorize).await;
    assert_eq!(status, 200);
    assert!(page.contains("Sign in"), "{page}");
    let ran = server.stop("INT");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(home.written_files().is_empty(), "dev leaves nothing behind");
}

#[tokio::test]
async fn dev_offers_the_app_of_the_settings_too() {
    let home = Home::new();
    home.write(
        ".env",
        "RC_CLIENT_ID=mine\nRC_CLIENT_SECRET=s\nRC_SERVER_URL=https://platform.ringcentral.com\n",
    );
    let arguments = [
        "dev",
        "--listen",
        "localhost:0",
        "--emulator-listen",
        "127.0.0.1:0",
        "--json",
    ];
    let server = Server::start(home.command(&arguments));
    assert_eq!(
        server.about["environments"],
        serde_json::json!(["Local platform", "RingCentral"])
    );
    let (_, page) = get(server.url()).await;
    assert!(page.contains("/login?env=production"), "{page}");
    server.stop("INT");
}

#[test]
fn dev_prints_a_few_lines_and_stops() {
    let home = Home::new();
    let mut command = home.command(&[
        "dev",
        "--listen",
        "localhost:0",
        "--emulator-listen",
        "127.0.0.1:0",
    ]);
    let mut child = command.spawn().unwrap();
    let mut text = String::new();
    {
        let mut stderr = BufReader::new(child.stderr.as_mut().unwrap());
        while !text.contains("Ctrl-C") {
            assert!(stderr.read_line(&mut text).unwrap() > 0, "{text}");
        }
    }
    Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status()
        .unwrap();
    let mut ran = Ran::from(child.wait_with_output().unwrap());
    ran.stderr.insert_str(0, &text);
    assert_session!(home, ran, @r#"
    exit 0
    --- stdout
    The login web app runs at http://localhost:[PORT]
    platform   http://127.0.0.1:[PORT]
    inspector  http://127.0.0.1:[PORT]/_emulator/
    log in as  +16505550101 (Ada Quill), password Coffee-101!
    log in as  +16505550102 (Ben Osei), password Coffee-102!
    --- stderr
    Everything is local and gone when it stops; Ctrl-C stops it
    Stopped
    "#);
}

#[tokio::test]
async fn serve_keeps_its_key_beside_its_database() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let serve = || Server::start(home.command(&["serve", "--listen", "127.0.0.1:0", "--json"]));
    let server = serve();
    assert_eq!(get(&format!("{}/readyz", server.url())).await.0, 200);
    assert_eq!(server.stop("TERM").code, 0);
    let key = home.state().join("gateway.key");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&key).unwrap();
    let again = serve();
    assert_eq!(get(&format!("{}/readyz", again.url())).await.0, 200);
    let ran = again.stop("INT");
    assert_eq!(std::fs::read_to_string(&key).unwrap(), text);
    assert!(!ran.stderr.contains(text.trim()) && !ran.stdout.contains(text.trim()));

    std::fs::remove_file(&key).unwrap();
    let ran = home.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr.contains("the key to the stored logins is missing"),
        "{ran:?}"
    );
}

#[test]
fn serve_does_not_start_half_configured() {
    let home = Home::new();
    let database = format!("sqlite://{}", home.path("own.sqlite3").display());
    let id = [("RC_CLIENT_ID", "x")];
    let serve = |arguments: &[&str], variables: &[(&str, &str)]| {
        let ran = home.run_with(
            &[&["serve", "--listen", "127.0.0.1:0"], arguments].concat(),
            variables,
        );
        assert!(!format!("{ran:?}").contains("CANARY"), "{ran:?}");
        (ran.code, ran.stderr)
    };
    let (code, stderr) = serve(&[], &[]);
    assert_eq!(code, 3);
    assert!(stderr.contains("no client ID"), "{stderr}");
    let (code, stderr) = serve(&["--database", &database], &id);
    assert_eq!(code, 3);
    assert!(stderr.contains("RINGCENTRAL_VAULT_KEY"), "{stderr}");
    let (code, stderr) = serve(
        &["--database", &database],
        &[id[0], ("RINGCENTRAL_VAULT_KEY", "CANARY")],
    );
    assert_eq!(code, 3);
    assert!(
        stderr.contains("RINGCENTRAL_VAULT_KEY in the environment holds no usable key ring"),
        "{stderr}"
    );
    let (code, stderr) = serve(&["--public-url", "http://login.example.com"], &id);
    assert_eq!(code, 3);
    assert!(stderr.contains("public_url"), "{stderr}");
    let (code, stderr) = serve(&["--public-url", "nonsense"], &id);
    assert_eq!(code, 2, "{stderr}");
    let redirect = [id[0], ("RC_REDIRECT_URL", "http://localhost:5000/elsewhere")];
    let (code, stderr) = serve(&[], &redirect);
    assert_eq!(code, 3);
    assert!(stderr.contains("redirect_uri"), "{stderr}");
}

#[test]
fn a_server_that_is_stopped_frees_its_port() {
    let home = Home::new();
    let server = Server::start(home.command(&["emulate", "--listen", "127.0.0.1:0", "--json"]));
    let address = server.url().trim_start_matches("http://").to_owned();
    server.stop("INT");
    TcpListener::bind(&address).unwrap();
}
