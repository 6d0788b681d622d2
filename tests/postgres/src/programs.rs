//! PostgreSQL's programs, and how to run them: the server refuses to run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::MISSING;

pub(crate) struct Programs {
    directory: PathBuf,
    root: bool,
}

impl Programs {
    pub(crate) fn find() -> Self {
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
        let root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
        Self { directory, root }
    }

    /// The server itself. It ends with the thread that starts it.
    pub(crate) fn server(&self) -> Command {
        self.command(&self.directory.join("postgres"), true)
    }

    /// A command as the user `postgres` when we are root.
    pub(crate) fn command(&self, program: &Path, ends_with_us: bool) -> Command {
        if !self.root && !ends_with_us {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        if self.root {
            command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]);
        }
        if ends_with_us {
            command.args(["--pdeathsig", "QUIT"]);
        }
        command.arg(program);
        command
    }

    pub(crate) fn run(command: &mut Command) {
        let done = command
            .output()
            .unwrap_or_else(|error| panic!("{MISSING}: {command:?}: {error}"));
        assert!(
            done.status.success(),
            "{command:?}:\n{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    pub(crate) fn give_away(&self, directory: &Path) {
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

    /// A data directory that no server ever ran on, made once per build directory: `initdb` takes two seconds.
    pub(crate) fn template(&self) -> PathBuf {
        let build = build_directory().join("tmp");
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
            .prefix("test-postgres-template-")
            .tempdir()
            .unwrap()
            .keep();
        self.give_away(&directory);
        let data = directory.join("data");
        Self::run(
            self.command(&self.directory.join("initdb"), false)
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

/// Where this program was built: Cargo marks that directory as one that backups leave out.
fn build_directory() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").exists())
        .map_or_else(std::env::temp_dir, Path::to_owned)
}
