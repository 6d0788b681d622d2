//! `emulate`: by https, for other machines, and around a command with `--exec`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command};

use crate::support::{Home, Ran, assert_session, http};

const OWN: &str = env!("CARGO_BIN_EXE_ringcentral");

/// An emulator around a command that has said that it is ready.
struct Around {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Around {
    /// The script says `ready` when it is.
    fn start(home: &Home, script: &str) -> Self {
        Self::start_with(home, &[], script)
    }

    fn start_with(home: &Home, options: &[&str], script: &str) -> Self {
        let arguments = [&["emulate"], options, &["--exec", "sh", "-c", script]].concat();
        let mut child = home.command(&arguments).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { child, stdout }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Waits until the command or the emulator has said this.
    fn said(&mut self, expected: &str) {
        assert_eq!(self.line(), expected);
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn end(mut self) -> Ran {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        let mut ran = Ran::from(self.child.wait_with_output().unwrap());
        ran.stdout = stdout;
        ran
    }
}

/// A script that does this on signals, and otherwise waits.
fn waiting(traps: &str) -> String {
    format!("{traps}; echo ready; while :; do sleep 0.02; done")
}

#[test]
fn signals_go_to_the_command_and_its_code_is_ours() {
    for (signal, traps, code, said) in [
        ("TERM", "trap 'echo had TERM; exit 7' TERM", 7, "had TERM\n"),
        ("INT", "trap 'echo had INT; exit 0' INT", 0, "had INT\n"),
        ("HUP", "trap 'echo had HUP; exit 9' HUP", 9, "had HUP\n"),
        ("QUIT", "trap 'echo had QUIT; exit 3' QUIT", 3, "had QUIT\n"),
        // Without a trap the signal ends it, and the code is the shell's word for that.
        ("TERM", "true", 143, ""),
        ("INT", "true", 130, ""),
    ] {
        let home = Home::new();
        let around = Around::start(&home, &waiting(traps));
        around.signal(signal);
        let ran = around.end();
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (code, said),
            "{signal} {traps}: {ran:?}"
        );
    }
}

#[test]
fn the_platform_runs_until_the_command_has_cleaned_up() {
    let home = Home::new();
    let traps = format!("trap '{OWN} login --jwt >/dev/null && {OWN} whoami >/dev/null && exit 11' TERM");
    let around = Around::start(&home, &waiting(&traps));
    around.signal("TERM");
    let ran = around.end();
    assert_eq!(ran.code, 11, "{ran:?}");
}

#[test]
fn a_second_signal_ends_a_command_that_does_not_listen() {
    let home = Home::new();
    let mut around = Around::start(&home, &waiting("trap 'echo no' TERM"));
    around.signal("TERM");
    around.said("no");
    around.signal("TERM");
    let ran = around.end();
    assert_eq!(ran.code, 137, "{ran:?}");
}

#[test]
fn standard_output_and_settings_are_the_commands_alone() {
    let home = Home::new();
    let script = "echo one; echo $RC_CLIENT_ID $RC_APP_CLIENT_ID $RC_APP_CLIENT_SECRET; \
                  test \"$RC_USER_JWT\" = \"$RC_JWT\" && echo same";
    for options in [&[][..], &["--json"], &["-vv"], &["--tls"]] {
        let arguments = [&["emulate"], options, &["--exec", "sh", "-c", script]].concat();
        // What a real app's settings say in other spellings must not win.
        let ran = home.run_with(
            &arguments,
            &[
                ("RC_USER_JWT", "real"),
                ("RC_APP_CLIENT_ID", "real"),
                ("RC_APP_CLIENT_SECRET", "real"),
                ("RC_CLIENT_ID", "real"),
            ],
        );
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(
            ran.stdout, "one\nEMU-web-app EMU-web-app EMU-web-app-secret\nsame\n",
            "{options:?} {ran:?}"
        );
    }
}

#[test]
fn a_real_apps_settings_do_not_fill_the_gaps_of_a_seed() {
    let home = Home::new();
    // A company without users, and an app without a secret.
    home.write(
        "seed.toml",
        "[[apps]]\nclient_id = \"EMU-page\"\nredirect_uris = [\"http://localhost:5000/\"]\n",
    );
    let names = [
        "RC_CLIENT_SECRET",
        "RC_APP_CLIENT_SECRET",
        "RC_APP_CLIENT_ID",
        "RC_JWT",
        "RC_USER_JWT",
        "RC_USERNAME",
        "RC_EXTENSION",
        "RC_PASSWORD",
        "RC_FROM",
    ];
    let real: Vec<_> = names.iter().map(|name| (*name, "real")).collect();
    let ran = home
        .run_with(&["emulate", "--seed", "seed.toml", "--exec", "env"], &real)
        .succeeded();
    assert!(ran.stdout.contains("RC_APP_CLIENT_ID=EMU-page\n"), "{ran:?}");
    assert!(!ran.stdout.contains("=real\n"), "{ran:?}");
}

/// An env file that an emulator has left whose process was killed.
const STALE: &str = "RC_SERVER_URL=http://127.0.0.1:9\nRC_CLIENT_ID=EMU-web-app\n";

#[test]
fn the_env_file_is_there_as_long_as_the_platform() {
    let home = Home::new();
    home.write("emulator.env", STALE);
    let options = ["--env-file", "emulator.env"];
    let around = Around::start_with(&home, &options, &waiting("trap 'cat emulator.env; exit 4' TERM"));
    around.signal("TERM");
    let ran = around.end();
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(
        ran.stdout.contains("RC_CLIENT_ID=EMU-web-app\n") && !ran.stdout.contains(":9\n"),
        "the command could read its own: {ran:?}"
    );
    assert!(!home.path("emulator.env").exists(), "it ended with the platform");

    // One that was replaced meanwhile leads somewhere else.
    let script = "echo RC_SERVER_URL=http://127.0.0.1:9 > emulator.env";
    home.run(&[
        "emulate",
        "--env-file",
        "emulator.env",
        "--exec",
        "sh",
        "-c",
        script,
    ])
    .succeeded();
    assert!(home.path("emulator.env").exists());
}

#[test]
fn a_platform_that_does_not_start_leaves_the_env_file_of_the_one_that_runs() {
    let home = Home::new();
    home.write("emulator.env", STALE);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = home.run(&["emulate", "--listen", &address, "--env-file", "emulator.env"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(std::fs::read_to_string(home.path("emulator.env")).unwrap(), STALE);
}

#[test]
fn an_env_file_with_a_real_app_in_any_spelling_is_kept() {
    for text in [
        "RC_APP_CLIENT_ID=real\n",
        "RC_CLIENT_ID=EMU-web-app\nRC_APP_CLIENT_ID=real\n",
        "RC_CLIENT_ID=real\nRC_APP_CLIENT_ID=EMU-web-app\n",
    ] {
        let home = Home::new();
        home.write(".env", text);
        let ran = home.run(&["emulate", "--env-file", ".env", "--exec", "true"]);
        assert_eq!(ran.code, 3, "{text}: {ran:?}");
        assert!(ran.stderr.contains(".env is not overwritten"), "{ran:?}");
        assert_eq!(std::fs::read_to_string(home.path(".env")).unwrap(), text);
    }
}

#[test]
fn an_address_of_another_machine_is_refused_with_the_cause() {
    let home = Home::new();
    let ran = home.run(&["emulate", "--listen", "192.0.2.1:0", "--exec", "true"]);
    assert_session!(home, ran, @r"
    exit 3
    --- stderr
    error: cannot listen on 192.0.2.1:0
      this machine does not have that address
      try: --listen localhost:[PORT]
    ");
}

#[test]
fn by_https_programs_that_are_told_to_trust_it_do() {
    let home = Home::new();
    // This program takes its authorities from SSL_CERT_FILE too, as curl, Python and others do.
    let script =
        format!("{OWN} login --jwt >/dev/null && {OWN} whoami --json && echo $RC_SERVER_URL $RC_CA_FILE");
    let ran = home
        .run(&["emulate", "--tls", "--exec", "sh", "-c", &script])
        .succeeded();
    let file = home.state().join("emulator-tls/ca.pem");
    assert!(ran.stdout.contains("\"extension_number\":\"101\""), "{ran:?}");
    assert!(ran.stdout.contains("https://127.0.0.1:"), "{ran:?}");
    assert!(
        ran.stdout.trim_end().ends_with(&file.display().to_string()),
        "{ran:?}"
    );
    let key = home.state().join("emulator-tls/authority.json");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let script = format!("unset SSL_CERT_FILE; {OWN} login --jwt");
    let ran = home.run(&["emulate", "--tls", "--exec", "sh", "-c", &script]);
    assert_eq!(ran.code, 6, "nobody else trusts it: {ran:?}");

    // The authority stays, so that it need be trusted only once; with --data it is there.
    let first = std::fs::read(&file).unwrap();
    home.run(&["emulate", "--tls", "--exec", "true"]).succeeded();
    assert_eq!(std::fs::read(&file).unwrap(), first);
    let ran = home
        .run(&[
            "emulate",
            "--tls",
            "--data",
            "kept",
            "--exec",
            "sh",
            "-c",
            "echo $RC_CA_FILE",
        ])
        .succeeded();
    let elsewhere = home.path("kept/tls/ca.pem");
    let said = Path::new(ran.stdout.trim_end());
    assert_eq!(said.canonicalize().unwrap(), elsewhere.canonicalize().unwrap());
    assert!(said.is_absolute(), "{ran:?}");
}

#[test]
fn a_damaged_authority_is_named() {
    let home = Home::new();
    home.run(&["emulate", "--tls", "--exec", "true"]).succeeded();
    std::fs::write(home.state().join("emulator-tls/authority.json"), "{").unwrap();
    let ran = home.run(&["emulate", "--tls", "--exec", "true"]);
    assert_session!(home, ran, @r"
    exit 3
    --- stderr
    error: there is no certificate authority to speak https with: [ROOT]/home/.local/state/ringcentral/emulator-tls/authority.json is damaged: remove it, and the next start makes another
    ");
}

#[test]
fn other_machines_come_in_by_name_only() {
    let home = Home::new();
    let ran = home.run(&["emulate", "--listen", "0.0.0.0:0", "--exec", "true"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("is open to other machines"), "{ran:?}");
    assert!(ran.stderr.contains("or --host NAME"), "{ran:?}");
    let ran = home.run(&["emulate", "--host", "http://a", "--exec", "true"]);
    assert_session!(home, ran, @r"
    exit 2
    --- stderr
    error: --host http://a is not a name or an IP address
      try: --host emulator.example.com   (without http:// and without a port)
    ");
    let script = "case $RC_SERVER_URL in http://emulator.test:*) ;; *) exit 1 ;; esac";
    home.run(&["emulate", "--host", "emulator.test", "--exec", "sh", "-c", script])
        .succeeded();
}

#[test]
fn an_open_platform_warns_and_prints_its_token() {
    let home = Home::new();
    let mut child = home
        .command(&[
            "emulate",
            "--host",
            "emulator.test",
            "--listen",
            "0.0.0.0:0",
            "--tls",
        ])
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    while !said.contains("\nuser") {
        assert!(stdout.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let status = Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0);
    assert!(said.contains("runs at https://emulator.test:"), "{said}");
    assert!(said.contains("control    token EMU-control-"), "{said}");
    assert!(said.contains("emulator-tls/emulator.test/ca.pem"), "{said}");
    assert!(
        ran.stderr
            .contains("warning: Other machines can reach this platform"),
        "{ran:?}"
    );
}

/// The command has standard output to itself; what a person must know is on the other one, and the command is told too.
#[tokio::test]
async fn an_open_platform_around_a_command_gives_it_the_token() {
    let home = Home::new();
    let options = [
        "--host",
        "localhost",
        "--listen",
        "127.0.0.1:0",
        "--quiet",
        "--env-file",
        "open.env",
    ];
    let script =
        "echo ready; echo $RC_SERVER_URL; echo $RC_EMULATOR_CONTROL_TOKEN; while :; do sleep 0.02; done";
    let mut around = Around::start_with(&home, &options, script);
    let (url, token) = (around.line(), around.line());
    assert!(token.starts_with("EMU-control-"), "{token}");
    let file = std::fs::read_to_string(home.path("open.env")).unwrap();
    assert!(
        file.contains(&format!("RC_EMULATOR_CONTROL_TOKEN={token}\n")),
        "{file}"
    );
    for (bearer, expected) in [("", 401), ("EMU-control-x", 401), (token.as_str(), 200)] {
        let request = http().get(format!("{url}/_emulator/status")).bearer_auth(bearer);
        assert_eq!(
            request.send().await.unwrap().status().as_u16(),
            expected,
            "{bearer:?}"
        );
    }
    around.signal("TERM");
    let ran = around.end();
    // It listens on loopback alone, so there is nothing to warn of.
    assert_eq!(
        ran.stderr.lines().next().unwrap_or_default(),
        format!("The control token is {token} (for the command: RC_EMULATOR_CONTROL_TOKEN)"),
        "{ran:?}"
    );
}
