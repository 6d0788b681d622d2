//! SQLite on disks that are full, read-only, deleted under it or open to everybody.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringcentral::{ErrorKind, OsEntropy, StoreErrorKind, SystemClock, TokenStore, Version};
use ringcentral_vault::{LoginId, Vault, VaultError, VaultErrorKind, VaultTokenStore};

use crate::support::disk::{Disk, bound_by_permissions, with_own_mounts};
use crate::support::platform::Platform;
use crate::support::{everything_about, keys, stored_name, tokens};

async fn open(file: &Path) -> Result<Vault, VaultError> {
    let url = format!("sqlite://{}", file.display());
    Vault::open(&url, keys(), Arc::new(SystemClock), Arc::new(OsEntropy)).await
}

async fn login(file: &Path) -> (Vault, LoginId, VaultTokenStore) {
    let vault = open(file).await.unwrap();
    let login = vault.new_login("production").await.unwrap();
    let store = vault.token_store(&login);
    store.put(&Platform::first_tokens()).await.unwrap();
    (vault, login, store)
}

fn block_on<F: Future<Output = ()>>(test: F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(test);
}

#[test]
fn a_full_disk_keeps_what_it_has_and_works_again_with_room() {
    with_own_mounts(
        "disks::a_full_disk_keeps_what_it_has_and_works_again_with_room",
        || {
            let disk = Disk::mount("size=1m");
            block_on(async {
                let (_vault, _, store) = login(&disk.path("vault.db")).await;
                disk.fill();
                let error = store.put(&tokens("token-2")).await.unwrap_err();
                assert_eq!(error.kind(), StoreErrorKind::Full, "{}", everything_about(&error));
                assert!(error.to_string().ends_with("make room and try again"), "{error}");
                assert_eq!(stored_name(&store).await.as_deref(), Some("token-1"));

                disk.make_room();
                store.put(&tokens("token-2")).await.unwrap();
                assert_eq!(stored_name(&store).await.as_deref(), Some("token-2"));
            });
        },
    );
}

/// No lease, no refresh; and no tokens are used that could not be stored.
#[test]
fn a_disk_that_is_full_during_a_refresh_loses_no_login() {
    with_own_mounts(
        "disks::a_disk_that_is_full_during_a_refresh_loses_no_login",
        || {
            let disk = Disk::mount("size=1m");
            block_on(async {
                let (vault, login, store) = login(&disk.path("vault.db")).await;
                let platform = Platform::new();
                let client = platform.client(vault.token_store(&login));
                let call = async || client.get("/restapi/v1.0/account/~").send().await;

                disk.fill();
                let error = call().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Store, "{}", everything_about(&error));
                assert!(
                    everything_about(&error).contains("make room"),
                    "{}",
                    everything_about(&error)
                );
                assert!(platform.asked().is_empty());

                disk.make_room();
                platform.hold_answers();
                let (called, ()) = tokio::join!(call(), async {
                    platform.is_asked(1).await;
                    disk.fill();
                    platform.answer();
                });
                let error = called.unwrap_err();
                assert!(
                    everything_about(&error).contains("make room"),
                    "{}",
                    everything_about(&error)
                );
                assert_eq!(stored_name(&store).await.as_deref(), Some("token-1"));

                disk.make_room();
                forget_the_lease(&disk.path("vault.db")).await;
                call().await.unwrap();
                assert!(platform.asked().iter().all(|token| token == "refresh-of-token-1"));
                assert_eq!(stored_name(&store).await.as_deref(), Some("token-2"));
                assert_eq!(store.load().await.unwrap().unwrap().version, Version(2));
            });
        },
    );
}

/// Half a minute passes: the lease that could not be given back runs out.
async fn forget_the_lease(file: &Path) {
    use sqlx::Connection;

    let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    let sooner = "UPDATE vault_logins SET lease_until = lease_until - 31000";
    sqlx::raw_sql(sooner).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[test]
fn a_read_only_disk_is_left_alone_and_named() {
    with_own_mounts("disks::a_read_only_disk_is_left_alone_and_named", || {
        let disk = Disk::mount("size=1m");
        block_on(async {
            let file = disk.path("vault.db");
            let (vault, login, _) = login(&file).await;
            vault.close().await;
            let before = fs::read(&file).unwrap();

            disk.remount("ro");
            for file in [&file, &disk.path("new.db")] {
                let error = open(file).await.unwrap_err();
                assert_eq!(
                    error.kind(),
                    VaultErrorKind::ReadOnly,
                    "{}",
                    everything_about(&error)
                );
            }
            assert_eq!(fs::read(&file).unwrap(), before);
            disk.remount("rw");
            let store = open(&file).await.unwrap().token_store(&login);
            assert_eq!(stored_name(&store).await.as_deref(), Some("token-1"));
        });
    });
}

#[test]
fn a_file_that_may_not_be_written_is_read() {
    bound_by_permissions("disks::a_file_that_may_not_be_written_is_read", || {
        block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("vault.db");
            let (vault, login, _) = login(&file).await;
            vault.close().await;
            let mode =
                |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();

            mode(&file, 0o400);
            let vault = open(&file).await.unwrap();
            let store = vault.token_store(&login);
            assert_eq!(stored_name(&store).await.as_deref(), Some("token-1"));
            let error = store.put(&tokens("token-2")).await.unwrap_err();
            assert_eq!(
                error.kind(),
                StoreErrorKind::Denied,
                "{}",
                everything_about(&error)
            );
            assert!(
                error.to_string().ends_with("when the database may be written to"),
                "{error}"
            );
            let platform = Platform::new();
            let client = platform.client(store.clone());
            let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store, "{}", everything_about(&error));
            assert!(platform.asked().is_empty(), "no refresh that cannot be stored");
            vault.close().await;

            // SQLite has made files of its own beside the database, with the database's permissions.
            mode(&file, 0o600);
            let error = open(&file).await.unwrap_err();
            assert_eq!(
                error.kind(),
                VaultErrorKind::ReadOnly,
                "{}",
                everything_about(&error)
            );
            assert!(error.to_string().contains("permissions of all three"), "{error}");
            for beside in ["vault.db-wal", "vault.db-shm"] {
                mode(&directory.path().join(beside), 0o600);
            }
            let vault = open(&file).await.unwrap();
            vault.token_store(&login).put(&tokens("token-2")).await.unwrap();
            vault.close().await;

            // Which it cannot make in a directory like this.
            mode(directory.path(), 0o500);
            let error = open(&file).await.unwrap_err();
            assert_eq!(
                error.kind(),
                VaultErrorKind::ReadOnly,
                "{}",
                everything_about(&error)
            );
            mode(directory.path(), 0o700);
            open(&file).await.unwrap();
        });
    });
}

/// What is written to a file that nobody can find any more is gone with the program, and what is read may be another
/// file's; so neither is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_deleted_or_replaced_is_neither_written_nor_mistaken() {
    type Act = fn(&Path, &Path);
    let acts: [(&str, Act); 3] = [
        ("deleted", |file, _| fs::remove_file(file).unwrap()),
        ("moved", |file, aside| fs::rename(file, aside).unwrap()),
        ("replaced", |file, aside| {
            fs::rename(file, aside).unwrap();
            fs::write(file, "").unwrap();
        }),
    ];
    for (name, act) in acts {
        let directory = tempfile::tempdir().unwrap();
        let (file, aside) = (
            directory.path().join("vault.db"),
            directory.path().join("aside.db"),
        );
        let (vault, login, store) = login(&file).await;
        act(&file, &aside);

        let refused = [
            store.put(&tokens("token-2")).await.err(),
            store.load().await.err(),
        ];
        for error in refused.map(Option::unwrap) {
            assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{name}");
            assert!(
                everything_about(&error).contains("moved, deleted or replaced"),
                "{name}"
            );
        }
        let platform = Platform::new();
        let client = platform.client(vault.token_store(&login));
        let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Store,
            "{name}: not a reason to log in again"
        );
        assert!(
            platform.asked().is_empty(),
            "{name}: no refresh that cannot be stored"
        );

        if aside.exists() {
            fs::rename(&aside, &file).unwrap();
            assert_eq!(stored_name(&store).await.as_deref(), Some("token-1"), "{name}");
            store.put(&tokens("token-2")).await.unwrap();
            assert_eq!(stored_name(&store).await.as_deref(), Some("token-2"), "{name}");
        }
    }
}

/// In whose hands a database is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_everybody_may_change_is_refused() {
    // The directory's mode, the file's (0 for none yet), and whether it is refused.
    for (directory_mode, file_mode, refused) in [
        (0o700, 0, false),
        (0o755, 0, false),
        (0o755, 0o644, false),
        (0o775, 0o660, false),
        (0o777, 0, true),
        (0o777, 0o600, true),
        (0o1777, 0, false),
        (0o1777, 0o600, false),
        (0o700, 0o666, true),
        (0o700, 0o602, true),
    ] {
        let outer = tempfile::tempdir().unwrap();
        let directory: PathBuf = outer.path().join("data");
        fs::create_dir(&directory).unwrap();
        let file = directory.join("vault.db");
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        if file_mode != 0 {
            open(&file).await.unwrap().close().await;
            mode(&file, file_mode);
        }
        mode(&directory, directory_mode);

        let opened = open(&file).await;
        let row = format!("directory {directory_mode:o}, file {file_mode:o}");
        assert_eq!(opened.is_err(), refused, "{row}");
        if let Err(error) = opened {
            assert_eq!(error.kind(), VaultErrorKind::Insecure, "{row}");
            assert!(error.to_string().contains("chmod"), "{row}: {error}");
            assert_eq!(file.exists(), file_mode != 0, "{row}: nothing is made there");
        }
    }
}
