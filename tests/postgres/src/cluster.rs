//! One server process on a data directory of its own.

use std::fmt;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::MISSING;
use crate::programs::Programs;
use crate::tls::Certificates;

/// How often another port is tried when somebody took the one that was free a moment ago.
const PORT_ATTEMPTS: u32 = 8;

/// A PostgreSQL server that this test started: without a password, with one superuser `postgres` and one database of
/// that name. It ends with this value, and also when the thread that started it ends, however that comes about: so
/// [`Self::start`] and [`Self::start_again`] belong on the test's own thread and not on one of a pool.
pub struct Cluster {
    programs: Programs,
    process: Mutex<Option<Child>>,
    options: Vec<String>,
    port: Option<u16>,
    certificates: Option<Certificates>,
    url: String,
    /// Removed last.
    directory: TempDir,
}

impl Cluster {
    /// A server that is reached by a socket in a directory of its own, and not by a network.
    ///
    /// # Panics
    ///
    /// When it cannot be started; the message says what is missing.
    pub fn start() -> Self {
        Self::prepare(None, None).running()
    }

    /// A server that is reached on a TCP port of the loopback interface as well, without TLS: [`Self::port`].
    ///
    /// # Panics
    ///
    /// When it cannot be started; the message says what is missing.
    pub fn start_on_a_port() -> Self {
        Self::on_some_port(|port| Self::prepare(Some(port), None))
    }

    /// A server on a TCP port that offers TLS with a certificate for these names (`DNS:localhost`, `IP:127.0.0.1`).
    ///
    /// # Panics
    ///
    /// When it cannot be started; the message says what is missing.
    pub fn start_with_tls(names: &[&str]) -> Self {
        Self::on_some_port(|port| Self::prepare(Some(port), Some(names)))
    }

    fn on_some_port(prepare: impl Fn(u16) -> Self) -> Self {
        for _ in 1..PORT_ATTEMPTS {
            let cluster = prepare(free_port());
            if cluster.try_start().is_ok() {
                return cluster;
            }
        }
        prepare(free_port()).running()
    }

    fn prepare(port: Option<u16>, tls: Option<&[&str]>) -> Self {
        let programs = Programs::find();
        let directory = tempfile::Builder::new()
            .prefix("test-postgres-")
            .tempdir()
            .unwrap();
        programs.give_away(directory.path());
        let data = directory.path().join("data");
        let template = programs.template();
        Programs::run(
            programs
                .command(Path::new("cp"), false)
                .arg("-R")
                .arg(template)
                .arg(&data),
        );
        let certificates = tls.map(|names| Certificates::make(&programs, directory.path(), names));

        let mut options = vec!["fsync=off".to_owned()];
        options.push(match port {
            None => "listen_addresses=".to_owned(),
            Some(_) => format!("listen_addresses={}", Ipv4Addr::LOCALHOST),
        });
        options.extend(port.map(|port| format!("port={port}")));
        if let Some(certificates) = &certificates {
            options.push("ssl=on".to_owned());
            options.push(format!("ssl_cert_file={}", certificates.server().display()));
            options.push(format!("ssl_key_file={}", certificates.server_key().display()));
        }
        let socket_port = port.map(|port| format!("&port={port}")).unwrap_or_default();
        let url = format!(
            "postgres:///postgres?host={}&user=postgres{socket_port}",
            directory.path().display()
        );
        Self {
            programs,
            process: Mutex::new(None),
            options,
            port,
            certificates,
            url,
            directory,
        }
    }

    fn running(self) -> Self {
        self.start_again();
        self
    }

    /// The database `postgres` of this server, by its socket.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database `postgres` of this server by TCP: `host` is `127.0.0.1` or another name of it, and `query` goes
    /// behind the question mark.
    ///
    /// # Panics
    ///
    /// When the server was started without a port.
    pub fn url_by_tcp(&self, host: &str, query: &str) -> String {
        format!("postgres://postgres@{host}:{}/postgres?{query}", self.port())
    }

    /// The TCP port on 127.0.0.1.
    ///
    /// # Panics
    ///
    /// When the server was started without one.
    pub fn port(&self) -> u16 {
        self.port.expect("started on a port")
    }

    /// What the server's TLS certificate was made with.
    ///
    /// # Panics
    ///
    /// When the server was started without TLS.
    pub fn certificates(&self) -> &Certificates {
        self.certificates.as_ref().expect("started with TLS")
    }

    /// Stops the server as a crash would: no statement ends, no connection is told, and what was committed is found
    /// again by recovery. Does nothing when it is stopped.
    ///
    /// # Panics
    ///
    /// When the process cannot be waited for.
    pub fn stop(&self) {
        if let Some(mut process) = self.process().take() {
            // "Immediate shutdown", which frees the shared memory that a killed server would leave behind.
            let pid = process.id().to_string();
            if !Command::new("kill")
                .args(["-QUIT", &pid])
                .status()
                .is_ok_and(|status| status.success())
            {
                let _ = process.kill();
            }
            process.wait().unwrap();
        }
    }

    /// Starts the server again, on the same data, socket and port, and returns once it takes connections. Does nothing
    /// when it runs.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn start_again(&self) {
        if let Err(log) = self.try_start() {
            panic!("PostgreSQL did not start:\n{log}");
        }
    }

    /// What the server said, when it did not start.
    fn try_start(&self) -> Result<(), String> {
        let mut running = self.process();
        if running.is_some() {
            return Ok(());
        }
        let data = self.directory.path().join("data");
        let log = self.directory.path().join("log");
        let mut command = self.programs.server();
        command.arg("-D").arg(&data).arg("-k").arg(self.directory.path());
        for option in &self.options {
            command.args(["-c", option]);
        }
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(
                fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&log)
                    .unwrap(),
            )
            .spawn()
            .unwrap_or_else(|error| panic!("{MISSING}: {error}"));

        let pid = process.id().to_string();
        if is_ready_in_time(&mut process, &pid, &data.join("postmaster.pid")) {
            *running = Some(process);
            return Ok(());
        }
        let _ = process.kill();
        let _ = process.wait();
        Err(fs::read_to_string(&log).unwrap_or_default())
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory of the data, the socket, the log and the certificates.
    pub fn directory(&self) -> PathBuf {
        self.directory.path().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("url", &self.url)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// A port that nobody uses now. It lies below those that systems hand out to outgoing connections, so that a server
/// which is stopped for a while finds it free again.
fn free_port() -> u16 {
    const FIRST: u16 = 15_000;
    const PORTS: u64 = 15_000;
    loop {
        let random = RandomState::new().hash_one(std::process::id()) % PORTS;
        let port = FIRST + u16::try_from(random).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// The server notes its process id and, once it takes connections, `ready` in this file.
#[expect(
    clippy::disallowed_methods,
    reason = "the server tells only a file when it is ready; there is a deadline"
)]
fn is_ready_in_time(process: &mut Child, pid: &str, file: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline && process.try_wait().unwrap().is_none() {
        // A server that was killed may have left its own file behind.
        let ready = fs::read_to_string(file)
            .is_ok_and(|text| text.lines().next() == Some(pid) && text.contains("\nready"));
        if ready {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}
