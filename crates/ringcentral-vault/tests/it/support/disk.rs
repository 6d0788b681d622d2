//! A file system of one test, and users whom permissions bind: in a process of its own.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// Tells the inner process what it is.
const INNER: &str = "RINGCENTRAL_TEST_INNER_PROCESS";

/// Runs the test again where it may mount what nobody else sees. `name` is the test's path in this binary.
pub(crate) fn with_own_mounts(name: &str, test: impl FnOnce()) {
    if is_root() {
        inside(&["unshare", "--mount"], name, test);
    } else {
        inside(&["unshare", "--user", "--map-root-user", "--mount"], name, test);
    }
}

/// Runs the test again without root's right to pass over permissions.
pub(crate) fn bound_by_permissions(name: &str, test: impl FnOnce()) {
    if is_root() {
        inside(&["setpriv", "--inh-caps=-all", "--bounding-set=-all"], name, test);
    } else {
        test();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

fn inside(program: &[&str], name: &str, test: impl FnOnce()) {
    if std::env::var_os(INNER).is_some() {
        return test();
    }
    let done = Command::new(program[0])
        .args(&program[1..])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(INNER, "yes")
        .output()
        .expect("this test needs `unshare` and `setpriv` (Debian: apt-get install util-linux)");
    let output = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{output}");
    assert!(output.contains("1 passed"), "there is no test {name}: {output}");
}

/// A file system in memory, gone with its process.
pub(crate) struct Disk(TempDir);

impl Disk {
    pub(crate) fn mount(options: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let disk = Self(directory);
        disk.mount_with(&["-t", "tmpfs", "-o", &format!("mode=700,{options}"), "tmpfs"]);
        disk
    }

    pub(crate) fn remount(&self, how: &str) {
        self.mount_with(&["-o", &format!("remount,{how}")]);
    }

    fn mount_with(&self, arguments: &[&str]) {
        let done = Command::new("mount")
            .args(arguments)
            .arg(self.0.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Leaves no room at all.
    pub(crate) fn fill(&self) {
        let mut file = fs::File::create(self.path("filler")).unwrap();
        let mut block: &[u8] = &[0; 4096];
        while !block.is_empty() {
            if file.write_all(block).is_err() {
                block = &block[block.len().div_ceil(2)..];
            }
        }
    }

    pub(crate) fn make_room(&self) {
        fs::remove_file(self.path("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}
