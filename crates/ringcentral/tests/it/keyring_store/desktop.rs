//! A desktop session without a desktop: a message bus of its own, which starts GNOME Keyring when it is asked for.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const HOME: &str = "TEST_DESKTOP";

/// Where the test's own process finds the session. What is asked of the keyring there starts it.
pub(super) struct Desktop(PathBuf);

/// What answers on the bus.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Offers {
    Keyring,
    Nothing,
    NotEvenABus,
}

/// Runs `test` again in a process of that session, and there calls `body`. The bus's address is in the environment,
/// which a test cannot change for itself.
pub(super) fn in_session<F: Future<Output = ()>>(
    test: &str,
    offers: Offers,
    body: impl FnOnce(Desktop) -> F,
) {
    if let Some(home) = std::env::var_os(HOME) {
        // A program's own runtime ends when it is done: what hangs must not keep it.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(body(Desktop(home.into())));
    }
    let home = tempfile::tempdir().unwrap();
    let _bus = (offers != Offers::NotEvenABus).then(|| Bus::start(home.path(), offers));
    let desktop = Desktop(home.path().to_owned());
    let output = desktop
        .again(test)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "in a session of its own: {said}");
    assert!(said.contains("1 passed"), "{test} is not the test's name: {said}");
}

impl Desktop {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A new process that runs this test in the session.
    pub(super) fn again(&self, test: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([test, "--exact", "--nocapture"])
            .env(HOME, &self.0)
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                format!("unix:path={}", self.path("bus").display()),
            );
        command
    }

    /// Logs out and in again: the keyring's process ends, and what it kept is on the disk.
    pub(super) fn restart(&self) {
        end_keyring(&self.0);
    }

    /// From the next start on nobody gives the keyring its password.
    pub(super) fn lock(&self) {
        fs::rename(self.path("password"), self.path("no-password")).unwrap();
        self.restart();
    }

    pub(super) fn unlock(&self) {
        fs::rename(self.path("no-password"), self.path("password")).unwrap();
        self.restart();
    }

    /// The keyring takes questions and answers none.
    pub(super) fn stop(&self) -> Stopped {
        let id = keyring_process(&self.0).expect("the keyring has been asked for");
        signal("-STOP", &id);
        Stopped(id)
    }

    pub(super) fn keyring_files(&self) -> PathBuf {
        self.path("data/keyrings")
    }
}

pub(super) struct Stopped(String);

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", &self.0);
    }
}

struct Bus {
    home: PathBuf,
    daemon: Child,
}

impl Bus {
    fn start(home: &Path, offers: Offers) -> Self {
        let write = |name: &str, text: String| fs::write(home.join(name), text).unwrap();
        let path = home.display();
        fs::create_dir(home.join("services")).unwrap();
        if offers == Offers::Keyring {
            let service = format!("Name=org.freedesktop.secrets\nExec=/bin/sh {path}/keyring.sh");
            write(
                "services/keyring.service",
                format!("[D-BUS Service]\n{service}\n"),
            );
        }
        write("password", "a password".to_owned());
        write(
            "keyring.sh",
            format!(
                "echo $$ > {path}/keyring.pid\n\
                 if [ -f {path}/password ]; then\n\
                 exec gnome-keyring-daemon --foreground --components=secrets --unlock < {path}/password\n\
                 fi\n\
                 exec gnome-keyring-daemon --foreground --components=secrets\n"
            ),
        );
        write(
            "bus.conf",
            format!(
                "<busconfig><type>session</type><listen>unix:path={path}/bus</listen><auth>EXTERNAL</auth>\
                 <servicedir>{path}/services</servicedir><policy context=\"default\">\
                 <allow send_destination=\"*\"/><allow receive_sender=\"*\"/><allow own=\"*\"/></policy></busconfig>"
            ),
        );
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={path}/bus.conf"))
            .args(["--nofork", "--print-address"])
            .env("HOME", home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`dbus-daemon` (Debian package dbus) can be run");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        assert!(address.contains("unix:path"), "the bus did not start");
        Self {
            home: home.to_owned(),
            daemon,
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        end_keyring(&self.home);
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn keyring_process(home: &Path) -> Option<String> {
    let id = fs::read_to_string(home.join("keyring.pid")).ok()?;
    Some(id.trim().to_owned())
}

/// Ends it, and waits until the bus has noticed: only then does the next question start another.
fn end_keyring(home: &Path) {
    let Some(id) = keyring_process(home) else {
        return;
    };
    signal("-KILL", &id);
    let _ = fs::remove_file(home.join("keyring.pid"));
    let owned = || {
        let output = Command::new("dbus-send")
            .args([
                &format!("--bus=unix:path={}/bus", home.display()),
                "--print-reply",
            ])
            .args([
                "--dest=org.freedesktop.DBus",
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus.NameHasOwner",
            ])
            .arg("string:org.freedesktop.secrets")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).contains("boolean true")
    };
    while owned() {}
}

fn signal(name: &str, id: &str) {
    let _ = Command::new("kill").args([name, id]).status();
}
