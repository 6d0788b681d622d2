//! A PostgreSQL server of the test's own: no network, no password, gone with the test.
//!
//! `RINGCENTRAL_TEST_DATABASE_URL` names a server to use instead; each test then makes a database there and drops it.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ringcentral::{Entropy, OsEntropy};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

const VARIABLE: &str = "RINGCENTRAL_TEST_DATABASE_URL";
const MISSING: &str = "these tests need PostgreSQL: install it (Debian: apt-get install postgresql) so that `initdb` and \
     `postgres` are in PATH or /usr/lib/postgresql/*/bin, or set RINGCENTRAL_TEST_DATABASE_URL to a server where \
     databases may be created";

/// A database on a PostgreSQL server.
pub(crate) enum Server {
    Own(Cluster),
    Given {
        server: url::Url,
        url: String,
        name: String,
    },
}

impl Server {
    pub(super) fn start() -> Self {
        let Ok(given) = std::env::var(VARIABLE) else {
            return Self::Own(Cluster::start());
        };
        let server: url::Url = given
            .parse()
            .unwrap_or_else(|_| panic!("{VARIABLE} is not a URL"));
        let mut random = [0; 8];
        OsEntropy.fill(&mut random);
        let name = format!("vault_test_{:016x}", u64::from_be_bytes(random));
        let mut url = server.clone();
        url.set_path(&name);
        administrate(&server, format!("CREATE DATABASE {name}"));
        Self::Given {
            server,
            url: url.into(),
            name,
        }
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Own(cluster) => &cluster.url,
            Self::Given { url, .. } => url,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Self::Given { server, name, .. } = self {
            administrate(server, format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn administrate(server: &url::Url, sql: String) {
    let url = server.to_string();
    // A thread of its own: the test's runtime may be winding up around us.
    let work = thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let mut connection = PgConnection::connect(&url).await?;
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
            connection.close().await
        })
    });
    work.join().unwrap().expect(VARIABLE);
}

/// One server process on a copy of a freshly initialised data directory.
pub(crate) struct Cluster {
    process: Child,
    url: String,
    /// Removed last.
    _directory: TempDir,
}

impl Cluster {
    fn start() -> Self {
        let programs = Programs::find();
        let directory = tempfile::Builder::new().prefix("vault-pg-").tempdir().unwrap();
        programs.give_away(directory.path());
        let data = directory.path().join("data");
        Programs::run(
            programs
                .command("cp", false)
                .arg("-R")
                .arg(programs.template())
                .arg(&data),
        );

        let log = fs::File::create(directory.path().join("log")).unwrap();
        let mut process = programs
            .command(programs.directory.join("postgres").to_str().unwrap(), true)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(directory.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{MISSING}: {error}"));

        let ready =
            || fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|text| text.contains("\nready"));
        if !wait_until(&mut process, ready) {
            let log = fs::read_to_string(directory.path().join("log")).unwrap_or_default();
            panic!("PostgreSQL did not start:\n{log}");
        }
        let url = format!(
            "postgres:///postgres?host={}&user=postgres",
            directory.path().display()
        );
        Self {
            process,
            url,
            _directory: directory,
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // "Immediate shutdown", which frees what a killed server would leave behind.
        let pid = self.process.id().to_string();
        if !Command::new("kill")
            .args(["-QUIT", &pid])
            .status()
            .is_ok_and(|status| status.success())
        {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server tells only a file when it is ready; there is a deadline"
)]
fn wait_until(process: &mut Child, ready: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline && process.try_wait().unwrap().is_none() {
        if ready() {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}

/// PostgreSQL's programs, and how to run them: it refuses to run as root.
struct Programs {
    directory: PathBuf,
    root: bool,
}

impl Programs {
    fn find() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .map(|version| version.unwrap().path().join("bin"))
            .collect();
        versions.sort();
        let directory = std::env::split_paths(&path)
            .chain(versions.into_iter().rev())
            .find(|directory| directory.join("initdb").exists() && directory.join("postgres").exists())
            .unwrap_or_else(|| panic!("{MISSING}"));
        let root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        Self { directory, root }
    }

    /// A command as the user `postgres` when we are root; a server ends with the thread that started it.
    fn command(&self, program: &str, server: bool) -> Command {
        if !self.root && !server {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        if self.root {
            command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]);
        }
        if server {
            command.args(["--pdeathsig", "QUIT"]);
        }
        command.arg(program);
        command
    }

    fn run(command: &mut Command) {
        let done = command
            .output()
            .unwrap_or_else(|error| panic!("{MISSING}: {command:?}: {error}"));
        assert!(
            done.status.success(),
            "{command:?}:\n{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    fn give_away(&self, directory: &Path) {
        if self.root {
            let entry = fs::read_to_string("/etc/passwd").unwrap();
            let entry = entry
                .lines()
                .find_map(|line| line.strip_prefix("postgres:"))
                .expect(MISSING);
            let uid = entry
                .split(':')
                .nth(1)
                .and_then(|uid| uid.parse().ok())
                .expect(MISSING);
            chown(directory, Some(uid), None).unwrap();
        }
    }

    /// A data directory that no server ever ran on, made once per build of the tests: `initdb` takes two seconds.
    fn template(&self) -> PathBuf {
        let build = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(&build).unwrap();
        let note = build.join("postgres-template");
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(build.join("postgres-template.lock"))
            .unwrap();
        lock.lock().unwrap();

        let made_by = self.directory.display().to_string();
        if let Ok(text) = fs::read_to_string(&note)
            && let Some((version, path)) = text.split_once('\n')
            && version == made_by
            && Path::new(path).join("data/PG_VERSION").exists()
        {
            return Path::new(path).join("data");
        }
        // Not in the build directory, which the user `postgres` may not be able to reach.
        let directory = tempfile::Builder::new()
            .prefix("vault-pg-template-")
            .tempdir()
            .unwrap()
            .keep();
        self.give_away(&directory);
        let data = directory.join("data");
        Self::run(
            self.command(self.directory.join("initdb").to_str().unwrap(), false)
                .args([
                    "--no-sync",
                    "--auth=trust",
                    "--username=postgres",
                    "--no-locale",
                    "--encoding=UTF8",
                ])
                .arg("-D")
                .arg(&data),
        );
        fs::write(&note, format!("{made_by}\n{}", directory.display())).unwrap();
        data
    }
}
