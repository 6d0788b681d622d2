//! What can go wrong with a file: the login that was stored is intact, and the error says what to do.

use std::error::Error as _;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ringcentral::{
    Claim, Commit, ErrorKind, FileTokenStore, Lease, StoreError, StoreErrorKind, TokenStore, Version,
};

use super::mounts::{SmallDisk, fill, is_root, with_own_mounts, without_privileges};
use super::{access_token, at, outcome, token_set};
use crate::script::{Platform, builder, clock, logged_in, obliging};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

async fn claimed(store: &FileTokenStore, seen: Version) -> Lease {
    match try_to_claim(store, seen).await.unwrap() {
        Claim::Held(lease) => lease,
        other => panic!("the slot is free: {other:?}"),
    }
}

async fn try_to_claim(store: &FileTokenStore, seen: Version) -> Result<Claim, StoreError> {
    store
        .claim(seen, "a", at("2026-11-21T10:00:00Z"), at("2026-11-21T10:00:30Z"))
        .await
}

#[track_caller]
fn assert_says(error: &StoreError, kind: StoreErrorKind, words: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

#[test]
fn a_full_disk_loses_nothing_and_refreshes_nothing() {
    with_own_mounts(
        "file_store::trouble::a_full_disk_loses_nothing_and_refreshes_nothing",
        || {
            block_on(async {
                let disk = SmallDisk::mount();
                let path = disk.path("tokens.json");
                let platform = Platform::new(obliging());
                let clock = clock();
                let client =
                    logged_in(builder(&platform, &clock).token_store(FileTokenStore::at(&path))).await;
                let bearer = || platform.asked().last().unwrap().bearer.clone().unwrap();
                let call = || client.get("/restapi/v1.0/account/~").send();
                let refreshes = || platform.count("/oauth/token", "grant_type=refresh_token");
                disk.fill();
                let before = fs::read(&path).unwrap();

                clock.advance(Duration::from_secs(3_100));
                call().await.unwrap();
                assert_eq!(bearer(), "access-1", "what is still good is used");

                clock.advance(Duration::from_secs(500));
                let error = call().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Store);
                let cause = error.source().unwrap().downcast_ref::<StoreError>().unwrap();
                assert_says(
                    cause,
                    StoreErrorKind::Full,
                    &["the disk is full", "free some space", "is intact"],
                );
                assert_eq!(refreshes(), 0, "without a lease on record nobody refreshes");
                assert_eq!(fs::read(&path).unwrap(), before);

                disk.make_room();
                call().await.unwrap();
                assert_eq!((bearer().as_str(), refreshes()), ("access-2", 1));
                let left = fs::read_dir(path.parent().unwrap()).unwrap();
                let left: Vec<_> = left
                    .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                    .collect();
                assert!(left.iter().all(|name| !name.contains(".new-")), "{left:?}");
            });
        },
    );
}

#[test]
fn a_disk_that_fills_while_the_platform_is_asked_keeps_the_old_tokens() {
    with_own_mounts(
        "file_store::trouble::a_disk_that_fills_while_the_platform_is_asked_keeps_the_old_tokens",
        || {
            block_on(async {
                let disk = SmallDisk::mount();
                let store = FileTokenStore::at(disk.path("tokens.json"));
                let v1 = store.put(&token_set(1)).await.unwrap();
                let lease = claimed(&store, v1).await;
                disk.fill();
                let before = fs::read(store.path()).unwrap();
                let error = store.commit(&lease, &token_set(2), &outcome()).await.unwrap_err();
                assert_says(&error, StoreErrorKind::Full, &["the disk is full"]);
                assert_eq!(fs::read(store.path()).unwrap(), before);
                assert_eq!(access_token(&store).await, "access-1");
                let error = store.put(&token_set(3)).await.unwrap_err();
                assert_says(&error, StoreErrorKind::Full, &["the disk is full"]);
                assert_eq!(fs::read(store.path()).unwrap(), before);

                disk.make_room();
                let again = store.commit(&lease, &token_set(2), &outcome()).await.unwrap();
                assert_eq!(again, Commit::Done(v1.next()), "the lease is still ours");
                assert_eq!(access_token(&store).await, "access-2");
            });
        },
    );
}

#[test]
fn a_file_system_that_became_read_only_is_named_and_can_still_be_read() {
    with_own_mounts(
        "file_store::trouble::a_file_system_that_became_read_only_is_named_and_can_still_be_read",
        || {
            block_on(async {
                let disk = SmallDisk::mount();
                let store = FileTokenStore::at(disk.path("tokens.json"));
                let v1 = store.put(&token_set(1)).await.unwrap();
                disk.remount("ro");
                let put = store.put(&token_set(2)).await.unwrap_err();
                assert_says(
                    &put,
                    StoreErrorKind::Denied,
                    &["read-only", "choose another place"],
                );
                let claim = try_to_claim(&store, v1).await.unwrap_err();
                assert_says(&claim, StoreErrorKind::Denied, &["read-only"]);
                assert_eq!(access_token(&store).await, "access-1");
                disk.remount("rw");
                claimed(&store, v1).await;
            });
        },
    );
}

#[test]
fn missing_permissions_are_named() {
    without_privileges("file_store::trouble::missing_permissions_are_named", || {
        block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let mode = |bits| fs::set_permissions(dir.path(), Permissions::from_mode(bits)).unwrap();
            let store = FileTokenStore::at(dir.path().join("tokens.json"));
            let v1 = store.put(&token_set(1)).await.unwrap();
            mode(0o500);
            let put = store.put(&token_set(2)).await.unwrap_err();
            assert_says(
                &put,
                StoreErrorKind::Denied,
                &["permission denied", "its directory"],
            );
            let claim = try_to_claim(&store, v1).await.unwrap_err();
            assert_says(&claim, StoreErrorKind::Denied, &["permission denied"]);
            assert_eq!(access_token(&store).await, "access-1");
            mode(0o000);
            let load = store.load().await.unwrap_err();
            assert_says(
                &load,
                StoreErrorKind::Denied,
                &["cannot read", "permission denied"],
            );
            mode(0o700);
            claimed(&store, v1).await;
        });
    });
}

#[tokio::test]
async fn paths_that_cannot_hold_a_login_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "x").unwrap();
    fs::create_dir(dir.path().join("directory")).unwrap();
    let pipe = dir.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let (long, nearly) = ("n".repeat(300), "n".repeat(246));
    let table: [(&Path, StoreErrorKind, &str); 6] = [
        (Path::new("directory"), StoreErrorKind::Insecure, "is a directory"),
        (
            Path::new("pipe"),
            StoreErrorKind::Insecure,
            "is not an ordinary file",
        ),
        (
            Path::new("file/tokens.json"),
            StoreErrorKind::Denied,
            "is a file, not a directory",
        ),
        (Path::new(&long), StoreErrorKind::Denied, "the name is too long"),
        (Path::new(&nearly), StoreErrorKind::Denied, "the name is too long"),
        (Path::new("a\0b"), StoreErrorKind::Denied, "choose another"),
    ];
    for (path, kind, words) in table {
        let store = FileTokenStore::at(dir.path().join(path));
        let error = store.put(&token_set(1)).await.unwrap_err();
        assert_says(&error, kind, &[words]);
    }
    assert_eq!(fs::read_to_string(dir.path().join("file")).unwrap(), "x");
}

#[tokio::test]
async fn a_name_need_not_be_text() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileTokenStore::at(dir.path().join(OsStr::from_bytes(b"tok\xff\xfeens")));
    store.put(&token_set(1)).await.unwrap();
    fs::write(store.path(), "damage").unwrap();
    fs::write(
        dir.path().join(OsStr::from_bytes(b"tok\xff\xfeens.new-1")),
        "left",
    )
    .unwrap();
    store.put(&token_set(2)).await.unwrap();
    assert_eq!(access_token(&store).await, "access-2");
    let aside = dir.path().join(OsStr::from_bytes(b"tok\xff\xfeens.damaged-1"));
    assert_eq!(fs::read_to_string(aside).unwrap(), "damage");
}

#[tokio::test]
async fn somebody_elses_files_are_refused() {
    if !is_root() {
        // Only root can give a file away; but one of root's is somebody else's.
        let error = FileTokenStore::at("/etc/passwd").load().await.unwrap_err();
        return assert_says(
            &error,
            StoreErrorKind::Insecure,
            &["belongs to another user (uid 0)"],
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let store = FileTokenStore::at(dir.path().join("sub/tokens.json"));
    let v1 = store.put(&token_set(1)).await.unwrap();
    let own = |path: &Path, uid| chown(path, Some(uid), None).unwrap();
    for name in ["tokens.json", "tokens.json.lock"] {
        let path = dir.path().join("sub").join(name);
        own(&path, 4_711);
        let error = try_to_claim(&store, v1).await.unwrap_err();
        assert_says(
            &error,
            StoreErrorKind::Insecure,
            &[name, "belongs to another user (uid 4711)"],
        );
        own(&path, 0);
    }
    own(&dir.path().join("sub"), 4_711);
    let error = store.put(&token_set(2)).await.unwrap_err();
    assert_says(
        &error,
        StoreErrorKind::Insecure,
        &["uid 4711", "use a directory of your own"],
    );
    own(&dir.path().join("sub"), 0);
    assert_eq!(access_token(&store).await, "access-1");
    claimed(&store, v1).await;
}

/// A stopped process keeps its locks: the test holds one in its place. The wait goes by the paused clock.
#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever_for_a_lock() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileTokenStore::at(dir.path().join("tokens.json"));
    let v1 = store.put(&token_set(1)).await.unwrap();
    let lock = File::options()
        .write(true)
        .open(dir.path().join("tokens.json.lock"))
        .unwrap();
    lock.lock().unwrap();
    let begun = tokio::time::Instant::now();
    let error = try_to_claim(&store, v1).await.unwrap_err();
    let holder = format!("probably process {}", std::process::id());
    assert_says(
        &error,
        StoreErrorKind::Unavailable,
        &["tokens.json.lock", &holder, "end it", "is intact"],
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(access_token(&store).await, "access-1", "reading takes no lock");

    let waiting = tokio::spawn({
        let store = store.clone();
        async move { claimed(&store, v1).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(lock);
    waiting.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_login_is_stored_even_if_its_caller_goes_away() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileTokenStore::at(dir.path().join("tokens.json"));
    let lock = File::create(dir.path().join("tokens.json.lock")).unwrap();
    lock.set_permissions(Permissions::from_mode(0o600)).unwrap();
    lock.lock().unwrap();
    let gone = tokio::time::timeout(Duration::from_secs(1), async { store.put(&token_set(1)).await }).await;
    assert!(gone.is_err());
    drop(lock);
    while store.load().await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_many_tasks_through_two_stores_come_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens.json");
    let stores = [FileTokenStore::at(&path), FileTokenStore::at(&path)];
    let v1 = stores[0].put(&token_set(1)).await.unwrap();
    let commits = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let (store, commits) = (stores[n % 2].clone(), Arc::clone(&commits));
            tokio::spawn(async move {
                while commits.load(std::sync::atomic::Ordering::SeqCst) < 12 {
                    let seen = store.load().await.unwrap().unwrap().version;
                    if let Claim::Held(lease) = try_to_claim(&store, seen).await.unwrap() {
                        let commit = store.commit(&lease, &token_set(2), &outcome()).await.unwrap();
                        assert_eq!(commit, Commit::Done(seen.next()));
                        commits.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let commits = commits.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        stores[1].load().await.unwrap().unwrap().version,
        Version(v1.0 + commits)
    );
}

#[tokio::test]
async fn a_file_that_was_deleted_is_a_logout_and_its_versions_do_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sub/tokens.json");
    let (late, store) = (FileTokenStore::at(&path), FileTokenStore::at(&path));
    for gone in [path.as_path(), path.parent().unwrap()] {
        let v1 = late.put(&token_set(1)).await.unwrap();
        let lease = claimed(&late, v1).await;
        if gone.is_dir() {
            fs::remove_dir_all(gone).unwrap();
        } else {
            fs::remove_file(gone).unwrap();
        }
        late.release(&lease, &outcome()).await.unwrap();
        assert!(!path.exists(), "giving back what is gone writes nothing");
        assert_eq!(
            late.commit(&lease, &token_set(9), &outcome()).await.unwrap(),
            Commit::Lost
        );
        assert!(store.load().await.unwrap().is_none());

        let newer = later_login();
        let v2 = store.put(&newer).await.unwrap();
        assert!(v2 > v1, "{v2:?}");
        let held = claimed(&store, v2).await;
        assert!(held.fence > lease.fence);
        assert_eq!(
            late.commit(&lease, &token_set(9), &outcome()).await.unwrap(),
            Commit::Lost
        );
        assert!(!late.renew(&lease, at("2026-11-21T11:00:00Z")).await.unwrap());
        fs::remove_file(&path).unwrap();
    }
}

/// Issued a second after the others.
fn later_login() -> ringcentral::TokenSet {
    let json = String::from_utf8(token_set(2).to_secret_json().to_vec()).unwrap();
    let later = json.replace("2026-11-21T09:00:00Z", "2026-11-21T09:00:01Z");
    ringcentral::TokenSet::from_secret_json(later.as_bytes()).unwrap()
}

#[tokio::test]
async fn damage_is_set_aside_each_time_and_never_stands_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileTokenStore::at(dir.path().join("tokens.json"));
    let aside = |n: u32| fs::read_to_string(dir.path().join(format!("tokens.json.damaged-{n}"))).unwrap();
    for n in 1..=3 {
        store.put(&token_set(n)).await.unwrap();
        fs::write(store.path(), format!("damage {n}")).unwrap();
    }
    store.put(&token_set(4)).await.unwrap();
    assert_eq!([1, 2, 3].map(aside), ["damage 1", "damage 2", "damage 3"]);

    fs::write(store.path(), "damage 4").unwrap();
    store.remove().await.unwrap();
    assert_eq!(aside(4), "damage 4", "a logout works, too");
    assert!(store.load().await.unwrap().is_none());
}

#[tokio::test]
async fn damage_done_while_the_platform_is_asked_does_not_cost_the_new_tokens() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileTokenStore::at(dir.path().join("tokens.json"));
    let v1 = store.put(&token_set(1)).await.unwrap();
    let lease = claimed(&store, v1).await;
    fs::write(store.path(), "").unwrap();
    assert_eq!(
        try_to_claim(&store, v1).await.unwrap_err().kind(),
        StoreErrorKind::Corrupt
    );
    assert_eq!(
        store.commit(&lease, &token_set(2), &outcome()).await.unwrap(),
        Commit::Done(v1.next())
    );
    assert_eq!(access_token(&store).await, "access-2");
    assert_eq!(
        store.commit(&lease, &token_set(9), &outcome()).await.unwrap(),
        Commit::Lost
    );
    assert!(dir.path().join("tokens.json.damaged-1").exists());
}

#[tokio::test]
async fn a_login_in_another_form_is_not_taken_for_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileTokenStore::at(dir.path().join("tokens.json"));
    store.put(&token_set(1)).await.unwrap();
    let text = fs::read_to_string(store.path())
        .unwrap()
        .replace("ringcentral-login/1", "ringcentral-login/7");
    fs::write(store.path(), &text).unwrap();
    for error in [
        store.load().await.unwrap_err(),
        store.put(&token_set(2)).await.unwrap_err(),
    ] {
        assert_says(
            &error,
            StoreErrorKind::Foreign,
            &["another form (ringcentral-login/7)", "left as it is"],
        );
    }
    assert_eq!(fs::read_to_string(store.path()).unwrap(), text);
}

#[tokio::test]
async fn only_a_new_login_changes_whose_file_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens.json");
    let (named, unnamed) = (
        FileTokenStore::at(&path).for_login("https://a.example.com app"),
        FileTokenStore::at(&path),
    );
    let v1 = named.put(&token_set(1)).await.unwrap();
    let lease = claimed(&unnamed, v1).await;
    unnamed.commit(&lease, &token_set(2), &outcome()).await.unwrap();
    let other = FileTokenStore::at(&path).for_login("https://b.example.com app");
    assert_says(
        &other.load().await.unwrap_err(),
        StoreErrorKind::Foreign,
        &["https://a.example.com app"],
    );
    unnamed.put(&token_set(3)).await.unwrap();
    assert_eq!(
        access_token(&other).await,
        "access-3",
        "nobody has said whose this is"
    );
}

#[test]
fn filling_a_disk_fills_it() {
    with_own_mounts("file_store::trouble::filling_a_disk_fills_it", || {
        let disk = SmallDisk::mount();
        disk.fill();
        let error = fs::write(disk.path("more"), "x").unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        disk.make_room();
        fill(&disk.path("again"));
    });
}
