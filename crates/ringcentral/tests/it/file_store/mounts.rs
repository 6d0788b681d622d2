//! A file system of its own for one test: small enough to fill, and nobody else's.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const INSIDE: &str = "TEST_HAS_ITS_OWN_MOUNTS";

/// Runs `test` again in a process with mounts of its own, and there calls `body`. It takes root, or user namespaces.
///
/// `name` is the test's path in this binary.
pub(crate) fn with_own_mounts(name: &str, body: impl FnOnce()) {
    again(
        name,
        if is_root() {
            &["--mount"]
        } else {
            &["--user", "--map-root-user", "--mount"]
        },
        body,
    );
}

/// The same as a user whom permissions bind, even when the tests run as root.
pub(crate) fn without_privileges(name: &str, body: impl FnOnce()) {
    again(name, &["--user"], body);
}

fn again(name: &str, unshare: &[&str], body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let output = Command::new("unshare")
        .args(unshare)
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("`unshare` (Debian package util-linux) can be run");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "in a namespace of its own: {said}");
    assert!(said.contains("1 passed"), "{name} is not the test's name: {said}");
}

pub(crate) fn is_root() -> bool {
    let own = tempfile::NamedTempFile::new().unwrap();
    own.as_file().metadata().unwrap().uid() == 0
}

/// A file system of 64 KiB.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    pub(crate) fn mount() -> Self {
        let directory = tempfile::tempdir().unwrap();
        mount(
            &["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs"],
            directory.path(),
        );
        Self(directory)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Takes all the room there is.
    pub(crate) fn fill(&self) {
        fill(&self.path("filler"));
    }

    pub(crate) fn make_room(&self) {
        fs::remove_file(self.path("filler")).unwrap();
    }

    pub(crate) fn remount(&self, how: &str) {
        mount(&["-o", &format!("remount,bind,{how}")], self.0.path());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

pub(crate) fn fill(path: &Path) {
    let mut filler = File::create(path).unwrap();
    while filler.write_all(&[0; 512]).is_ok() {}
}

fn mount(words: &[&str], directory: &Path) {
    let output = Command::new("mount").args(words).arg(directory).output().unwrap();
    assert!(
        output.status.success(),
        "mount: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
