//! Disks that are full or read-only, files that go away or belong to somebody else: the login is kept, the message
//! says what to do, and all is well when the cause is gone.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Home, Platform, Ran};

const REFRESHES: &str = "grantType=refresh_token";

/// Nobody's number, on every Linux.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0
}

fn run(program: &str, arguments: &[&OsStr]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
}

/// Whether this process may mount. When it may not, the test runs once more where it is root of its own small world,
/// and nothing is left to do here.
fn may_mount(test: &str) -> bool {
    if is_root() {
        return true;
    }
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "this test mounts a small file system, so it has to run as root or where `unshare --user --mount` is allowed: {output:?}"
    );
    false
}

/// A small file system of its own, gone when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(place: &Path) -> Self {
        fs::create_dir_all(place).unwrap();
        let options = ["-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs"].map(OsStr::new);
        run("mount", &[&options[..], &[place.as_os_str()]].concat());
        Self(place.to_owned())
    }

    /// Writes until nothing fits any more.
    fn fill(&self) {
        let mut ballast = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.ballast())
            .unwrap();
        let full = loop {
            if let Err(error) = ballast.write_all(&[0; 512]) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::StorageFull);
    }

    fn empty(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    fn remount(&self, option: &str) {
        let options = ["-o".as_ref(), OsStr::new(option), self.0.as_os_str()];
        run("mount", &options);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[track_caller]
fn told(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!(ran.code, code, "{ran:?}");
    for word in words {
        assert!(ran.stderr.contains(word), "{word:?} is missing: {ran:?}");
    }
    assert!(ran.stderr.lines().count() <= 5, "{ran:?}");
}

async fn expire(platform: &Platform) {
    platform.control("clock", &json!({ "advance": "61m" })).await;
}

/// A command whose refresh has arrived at the platform, and whose answer is a while away.
async fn refreshing(platform: &Platform, home: &Home) -> Child {
    let late = json!({ "type": "delay", "delay": "3s" });
    platform.fault("/restapi/oauth/token", 1, late).await;
    let child = home.command(&["whoami"]).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while platform.faults().await.contains("\"hits\":0") {
        assert!(Instant::now() < deadline, "no refresh was begun");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child
}

fn tokens(home: &Home) -> serde_json::Value {
    let record = fs::read_to_string(home.token_file()).unwrap();
    serde_json::from_str::<serde_json::Value>(&record).unwrap()["tokens"].clone()
}

#[tokio::test]
async fn a_full_disk_keeps_the_login_and_nothing_is_asked_for_that_could_not_be_kept() {
    if !may_mount("disk::a_full_disk_keeps_the_login_and_nothing_is_asked_for_that_could_not_be_kept") {
        return;
    }
    let platform = Platform::start();
    let home = Home::with(&platform);
    let disk = Disk::mount(&home.state());
    disk.fill();
    told(
        &home.run(&["login", "--password"]),
        3,
        &["the disk is full", "try: make room"],
    );
    disk.empty();
    home.log_in();
    disk.fill();
    let stored = fs::read(home.token_file()).unwrap();

    // A good token is good without any room.
    home.run(&["whoami"]).succeeded();
    home.run(&["status"]).succeeded();
    let checked = home.checked(&[], &[]);
    assert_eq!(checked.code, 3);
    checked.says("store", "fail", &["there is no room for new tokens", "make room"]);
    checked.is_ok_but(&["store", "files"]);

    expire(&platform).await;
    for _ in 0..2 {
        told(
            &home.run(&["whoami"]),
            3,
            &[
                "the disk is full",
                "try: make room on the disk; the login is kept",
            ],
        );
    }
    told(&home.run(&["logout"]), 3, &["the disk is full"]);
    assert_eq!(
        platform.requests(REFRESHES).await.len(),
        0,
        "what cannot be noted is not begun"
    );
    assert_eq!(platform.requests("path=/restapi/oauth/revoke").await.len(), 0);
    assert_eq!(fs::read(home.token_file()).unwrap(), stored, "byte for byte");
    home.run(&["status"]).succeeded();

    disk.empty();
    home.run(&["whoami"]).succeeded();
    assert_eq!(platform.requests(REFRESHES).await.len(), 1);
    assert_eq!(home.checked(&[], &[]).status("store"), "ok");
}

#[tokio::test]
async fn a_disk_that_fills_up_while_the_answer_is_on_its_way_loses_nothing() {
    if !may_mount("disk::a_disk_that_fills_up_while_the_answer_is_on_its_way_loses_nothing") {
        return;
    }
    let platform = Platform::start();
    let home = Home::with(&platform);
    let disk = Disk::mount(&home.state());
    home.log_in();
    expire(&platform).await;
    let before = tokens(&home);
    let child = refreshing(&platform, &home).await;
    disk.fill();
    let stored = fs::read(home.token_file()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    told(&ran, 3, &["the disk is full", "the login is kept"]);
    assert_eq!(fs::read(home.token_file()).unwrap(), stored, "byte for byte");
    assert_eq!(tokens(&home), before);
    assert_eq!(platform.requests(REFRESHES).await.len(), 1);

    disk.empty();
    home.run(&["whoami"]).succeeded();
    assert_ne!(tokens(&home), before);
    assert_eq!(
        platform.requests(REFRESHES).await.len(),
        2,
        "the platform gave the same pair again"
    );
}

#[tokio::test]
async fn a_read_only_disk_keeps_the_login() {
    if !may_mount("disk::a_read_only_disk_keeps_the_login") {
        return;
    }
    let platform = Platform::start();
    let home = Home::with(&platform);
    let disk = Disk::mount(&home.state());
    home.log_in();
    disk.remount("remount,bind,ro");
    let stored = fs::read(home.token_file()).unwrap();
    home.run(&["whoami"]).succeeded();
    home.run(&["status"]).succeeded();
    let checked = home.checked(&[], &[]);
    assert_eq!(checked.code, 3);
    checked.says(
        "store",
        "fail",
        &["new tokens cannot be written", "make the file system writable"],
    );
    told(&home.run(&["login", "--password"]), 3, &["read-only"]);
    told(&home.run(&["logout"]), 3, &["read-only"]);
    expire(&platform).await;
    told(&home.run(&["whoami"]), 3, &["read-only", "try: "]);
    assert_eq!(platform.requests(REFRESHES).await.len(), 0);
    assert_eq!(fs::read(home.token_file()).unwrap(), stored, "byte for byte");

    disk.remount("remount,bind,rw");
    home.run(&["whoami"]).succeeded();
    home.run(&["logout"]).succeeded();
}

#[tokio::test]
async fn one_profiles_full_disk_is_no_other_profiles() {
    if !may_mount("disk::one_profiles_full_disk_is_no_other_profiles") {
        return;
    }
    let platform = Platform::start();
    let home = Home::with(&platform);
    let disk = Disk::mount(&home.state().join("logins/work"));
    home.log_in();
    home.run(&["login", "--password", "--profile", "work"])
        .succeeded();
    disk.fill();
    expire(&platform).await;
    told(
        &home.run(&["whoami", "--profile", "work"]),
        3,
        &["the disk is full"],
    );
    home.run(&["whoami"]).succeeded();
    assert_eq!(home.checked(&[], &[]).status("store"), "ok");
    assert_eq!(home.checked(&["--profile", "work"], &[]).status("store"), "fail");
    disk.empty();
    home.run(&["whoami", "--profile", "work"]).succeeded();
}

#[tokio::test]
async fn a_login_that_is_deleted_while_it_is_refreshed_stays_deleted() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    expire(&platform).await;
    let child = refreshing(&platform, &home).await;
    let file = home.token_file();
    fs::remove_file(&file).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    told(&ran, 4, &["nobody is logged in", "try: ringcentral login"]);
    let left = fs::read_to_string(&file).unwrap_or_default();
    assert!(!left.contains("EMU-"), "{left}");
    assert_eq!(home.run(&["status"]).code, 4);
    home.log_in();
    home.run(&["whoami"]).succeeded();
}

#[tokio::test]
async fn a_directory_that_is_deleted_while_it_refreshes_ends_in_words() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    expire(&platform).await;
    let child = refreshing(&platform, &home).await;
    fs::remove_dir_all(home.state()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    told(&ran, 4, &["nobody is logged in", "try: ringcentral login"]);
    home.log_in();
    home.run(&["whoami"]).succeeded();
}

#[test]
fn a_place_that_is_no_file_and_no_directory_is_named() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let file = home.token_file();
    let kept = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    told(&home.run(&["whoami"]), 3, &["not a file", "try: "]);
    told(&home.run(&["login", "--password"]), 3, &["not a file"]);
    assert_eq!(home.checked(&[], &[]).status("store"), "fail");
    fs::remove_dir(&file).unwrap();
    fs::write(&file, kept).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    home.run(&["whoami"]).succeeded();

    // A file where the state directory should be.
    let elsewhere = home.path("a-file");
    File::create(&elsewhere).unwrap();
    let state = elsewhere.display().to_string();
    let ran = home.run_with(&["login", "--password"], &[("RINGCENTRAL_STATE_DIR", &state)]);
    told(&ran, 3, &["a-file"]);
}

/// As root by way of a second user; otherwise the file system's root is somebody else's.
#[test]
fn what_belongs_to_somebody_else_is_refused_and_left_alone() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    if !is_root() {
        let ran = home.run_with(&["login", "--password"], &[("RINGCENTRAL_STATE_DIR", "/")]);
        told(&ran, 3, &["permission denied"]);
        return;
    }
    // Where the other user can run it, wherever it was built.
    let program = home.path("ringcentral");
    let built = env!("CARGO_BIN_EXE_ringcentral");
    fs::hard_link(built, &program)
        .or_else(|_| fs::copy(built, &program).map(|_| ()))
        .unwrap();
    let mut places = vec![home.root().to_owned()];
    while let Some(place) = places.pop() {
        if place == program {
            continue;
        }
        chown(&place, Some(NOBODY), Some(NOBODY)).unwrap();
        let entries = fs::read_dir(&place).into_iter().flatten();
        places.extend(entries.map(|entry| entry.unwrap().path()));
    }
    let as_nobody = |arguments: &[&str]| {
        let like = home.command(arguments);
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .current_dir(like.get_current_dir().unwrap())
            .env_clear();
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.uid(NOBODY).gid(NOBODY);
        Ran::from(command.output().unwrap())
    };
    as_nobody(&["login", "--password"]).succeeded();
    as_nobody(&["whoami"]).succeeded();
    let file = home.token_file();
    let stored = fs::read(&file).unwrap();

    chown(&file, Some(0), Some(0)).unwrap();
    told(
        &as_nobody(&["whoami"]),
        3,
        &[file.file_name().unwrap().to_str().unwrap(), "try: "],
    );
    told(&as_nobody(&["login", "--password"]), 3, &["try: "]);
    let ports = crate::support::login_ports();
    let doctor = as_nobody(&["doctor"]);
    drop(ports);
    assert_eq!(doctor.code, 3, "{doctor:?}");
    assert!(
        doctor.stdout.contains("belongs to another user (uid 0)"),
        "{doctor:?}"
    );
    assert_eq!(fs::read(&file).unwrap(), stored, "left alone");

    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    as_nobody(&["whoami"]).succeeded();
}
