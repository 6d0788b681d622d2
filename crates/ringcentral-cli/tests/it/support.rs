//! A home of its own for every test, the local platform, and sessions as text.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A person's home and working directory, and nothing of the machine's environment.
pub(crate) struct Home {
    root: TempDir,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for directory in ["home", "work"] {
            fs::create_dir(root.path().join(directory)).unwrap();
        }
        Self { root }
    }

    /// A home whose `.env` leads to this platform.
    pub(crate) fn with(platform: &Platform) -> Self {
        let home = Self::new();
        // Without the redirect URI of the tutorials: its port is one for the whole machine. And each setting in one
        // spelling, so that a test can take it away.
        let left_out = [
            "RC_REDIRECT_URL",
            "RC_APP_CLIENT_ID",
            "RC_APP_CLIENT_SECRET",
            "RC_USER_JWT",
        ];
        let lines = platform
            .environment
            .iter()
            .filter(|(name, _)| !left_out.contains(&name.as_str()));
        let lines: Vec<_> = lines.map(|(name, value)| format!("{name}='{value}'\n")).collect();
        home.write(".env", &lines.concat());
        home
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root.path().join("home/.local/state/ringcentral")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringcentral"));
        command
            .args(arguments)
            .current_dir(self.root.path().join("work"))
            .env_clear()
            .env("HOME", self.root.path().join("home"))
            .env("TZ", "UTC")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Ran::from(command.output().unwrap())
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    }

    /// Runs `doctor`, which looks at the ports of a login and so must not do it while another test logs in.
    pub(crate) fn doctor(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let _ports = login_ports();
        self.run_with(&[&["doctor"], arguments].concat(), variables)
    }

    /// The checks of `doctor --json` by their names, and the exit code.
    #[track_caller]
    pub(crate) fn checked(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Checked {
        let ran = self.doctor(&[&["--json"], arguments].concat(), variables);
        let report = ran.json();
        assert_eq!(report["exit_code"], ran.code, "{ran:?}");
        assert_eq!(report["healthy"], ran.code == 0, "{ran:?}");
        Checked {
            code: ran.code,
            report,
        }
    }

    /// Changes the env file: each variable gets this value, or is taken out without one.
    pub(crate) fn set(&self, changes: &[(&str, Option<&str>)]) {
        let text = fs::read_to_string(self.path(".env")).unwrap();
        let is_changed = |line: &&str| {
            let name = line.split_once('=').map_or("", |(name, _)| name);
            changes.iter().any(|(changed, _)| *changed == name)
        };
        let mut lines: Vec<_> = text
            .lines()
            .filter(|line| !is_changed(line))
            .map(str::to_owned)
            .collect();
        let new = changes.iter().filter_map(|(name, value)| Some((name, (*value)?)));
        lines.extend(new.map(|(name, value)| format!("{name}='{value}'")));
        fs::write(self.path(".env"), lines.join("\n") + "\n").unwrap();
    }

    /// Logs the platform's user in by the retired password: the shortest way to a login.
    pub(crate) fn log_in(&self) {
        self.run(&["login", "--password"]).succeeded();
    }

    /// The text of a session, with what differs from run to run taken out.
    pub(crate) fn session(&self, ran: &Ran) -> String {
        let mut text = format!("exit {}\n", ran.code);
        for (name, content) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            if !content.is_empty() {
                let _ = writeln!(text, "--- {name}\n{}", content.trim_end());
            }
        }
        text.replace(&self.root.path().display().to_string(), "[ROOT]")
    }

    /// The one login file.
    pub(crate) fn token_file(&self) -> PathBuf {
        let mut files = Vec::new();
        walk(&self.state().join("logins"), &mut files);
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    /// Every file that the commands have written, for a search through their content.
    pub(crate) fn written_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(&self.root.path().join("home"), &mut files);
        files
    }
}

pub(crate) fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn error_json(&self) -> serde_json::Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// What `doctor --json` found.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) code: i32,
    report: serde_json::Value,
}

impl Checked {
    #[track_caller]
    pub(crate) fn check(&self, name: &str) -> &serde_json::Value {
        let checks = self.report["checks"].as_array().unwrap();
        let found = checks.iter().find(|check| check["name"] == name);
        found.unwrap_or_else(|| panic!("no check {name}: {checks:?}"))
    }

    #[track_caller]
    pub(crate) fn status(&self, name: &str) -> &str {
        self.check(name)["status"].as_str().unwrap()
    }

    /// The check has this status and says all of this, somewhere.
    #[track_caller]
    pub(crate) fn says(&self, name: &str, status: &str, words: &[&str]) {
        let check = self.check(name);
        assert_eq!(check["status"], status, "{check:#}");
        let lists = ["details", "try"].map(|list| check[list].as_array().unwrap().clone());
        let said = std::iter::once(check["summary"].clone()).chain(lists.concat());
        let text = said
            .map(|line| line.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join("\n");
        for word in words {
            assert!(text.contains(word), "{word:?} is missing: {check:#}");
        }
    }

    /// Every check but these is ok.
    #[track_caller]
    pub(crate) fn is_ok_but(&self, exceptions: &[&str]) {
        for check in self.report["checks"].as_array().unwrap() {
            let name = check["name"].as_str().unwrap();
            assert!(exceptions.contains(&name) || check["status"] == "ok", "{check:#}");
        }
    }
}

/// A local platform in a process of its own, as `ringcentral emulate` runs it.
pub(crate) struct Platform {
    child: Child,
    home: Home,
    environment: Vec<(String, String)>,
}

impl Platform {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(options: &[&str]) -> Self {
        let home = Home::new();
        let mut arguments = vec![
            "emulate",
            "--json",
            "--listen",
            "127.0.0.1:0",
            "--env-file",
            "platform.env",
        ];
        arguments.extend(options);
        let mut child = home.command(&arguments).stderr(Stdio::null()).spawn().unwrap();
        // What it says comes after the file, which comes after the first connection could.
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert!(!said.is_empty(), "the platform ended early");
        let text = fs::read_to_string(home.path("platform.env")).unwrap();
        let environment = text.lines().filter_map(|line| line.split_once('='));
        let environment = environment
            .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
            .collect();
        Self {
            child,
            home,
            environment,
        }
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.environment
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn url(&self) -> &str {
        self.value("RC_SERVER_URL")
    }

    pub(crate) fn env_file(&self) -> PathBuf {
        self.home.path("platform.env")
    }

    /// A token answer for one of the platform's users, as a tutorial's program gets it.
    pub(crate) async fn token_answer(&self, extension: &str) -> serde_json::Value {
        let number = format!("%2B16505550{extension}");
        let password = match extension {
            "101" => self.value("RC_PASSWORD").to_owned(),
            other => format!("Coffee-{other}!"),
        };
        let form = format!("grant_type=password&username={number}&extension={extension}&password={password}");
        let request = http()
            .post(format!("{}/restapi/oauth/token", self.url()))
            .basic_auth(self.value("RC_CLIENT_ID"), Some(self.value("RC_CLIENT_SECRET")))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = request.send().await.unwrap();
        let text = answer.text().await.unwrap();
        let tokens: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(tokens["access_token"].is_string(), "{text}");
        tokens
    }

    /// Orders a fault.
    pub(crate) async fn fault(&self, path: &str, times: u32, action: serde_json::Value) {
        let fault = serde_json::json!({ "match": { "path": path }, "action": action, "times": times });
        self.control("faults", &fault).await;
    }

    /// The faults that are ordered, as the control API lists them.
    pub(crate) async fn faults(&self) -> String {
        let url = format!("{}/_emulator/faults", self.url());
        http().get(url).send().await.unwrap().text().await.unwrap()
    }

    /// The requests that the platform has seen, as its journal tells them.
    pub(crate) async fn requests(&self, query: &str) -> Vec<serde_json::Value> {
        let url = format!("{}/_emulator/requests?{query}", self.url());
        let text = http().get(url).send().await.unwrap().text().await.unwrap();
        let journal: serde_json::Value = serde_json::from_str(&text).unwrap();
        journal["records"].as_array().unwrap().clone()
    }

    /// A call of the control API.
    pub(crate) async fn control(&self, path: &str, body: &serde_json::Value) {
        let request = http()
            .post(format!("{}/_emulator/{path}", self.url()))
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{status} {}", answer.text().await.unwrap());
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that is under way, read line by line.
pub(crate) struct Running {
    pub(crate) child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    pub(crate) heard: String,
    _ports: File,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let ports = login_ports();
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            stderr,
            heard: String::new(),
            _ports: ports,
        }
    }

    /// The next line of standard error that this accepts.
    #[track_caller]
    pub(crate) fn line(&mut self, accept: impl Fn(&str) -> bool) -> String {
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).unwrap();
            assert!(read > 0, "the command ended, having said: {}", self.heard);
            self.heard.push_str(&line);
            if accept(line.trim()) {
                return line.trim().to_owned();
            }
        }
    }

    pub(crate) fn finish(mut self) -> Ran {
        std::io::Read::read_to_string(&mut self.stderr, &mut self.heard).unwrap();
        let mut ran = Ran::from(self.child.wait_with_output().unwrap());
        ran.stderr = self.heard;
        ran
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }
}

/// The right to the five ports that a login listens on: one test at a time has it, in whatever process it runs.
pub(crate) fn login_ports() -> File {
    let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("login-ports.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

/// A client that stays where it is sent.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests are the other side of the wire"
)]
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// Snapshot settings: ports, times, ids and sizes out.
pub(crate) fn filtered(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    for (pattern, name) in [
        (r"127\.0\.0\.1(:|%3A)\d+", "127.0.0.1$1[PORT]"),
        (r"localhost:\d{4,5}", "localhost:[PORT]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "[TIME]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
        (r"(scopes +)[A-Z][A-Za-z0-9 \n]*?\n(token)", "$1[SCOPES]\n$2"),
        (
            r"(      scopes:)[A-Za-z0-9 \n]*?\n(ok|warn|FAIL)",
            "$1 [SCOPES]\n$2",
        ),
        (r"after \d+ ms", "after [MS] ms"),
        (r"request [0-9a-zA-Z-]{12,}", "request [ID]"),
        (r"\b\d{1,2} min(utes?)?( \d+ s)?", "[MINUTES]"),
    ] {
        settings.add_filter(pattern, name);
    }
    settings.bind(check);
}

macro_rules! assert_session {
    ($home:expr, $ran:expr, @$expected:literal) => {{
        let session = $home.session(&$ran);
        $crate::support::filtered(|| insta::assert_snapshot!(session, @$expected));
    }};
}
pub(crate) use assert_session;
