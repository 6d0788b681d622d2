//! Opening a vault: by many at once, again, after a newer version, and when it cannot be.

use std::sync::Arc;
use std::time::Duration;

use ringcentral::{OsEntropy, StoreErrorKind, SystemClock, TokenStore};
use ringcentral_vault::{Vault, VaultError, VaultErrorKind, VaultOptions};

use crate::support::{
    Database, Setting, everything_about, keys, on_shared_databases, run, stored_name, tokens,
};

on_shared_databases! {
    many_may_open_a_new_vault_at_once,
    a_login_is_still_there_after_a_restart,
    a_vault_of_a_newer_version_is_refused,
    a_database_that_is_shared_with_another_application_works,
}

async fn open(url: &str) -> Result<Vault, VaultError> {
    Vault::open(url, keys(), Arc::new(SystemClock), Arc::new(OsEntropy)).await
}

async fn many_may_open_a_new_vault_at_once(setting: Setting) {
    let mut openings = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let url = setting.database.url();
        openings.spawn(async move { open(&url).await });
    }
    let vaults: Vec<Vault> = openings
        .join_all()
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let login = vaults[0].new_login("production").await.unwrap();
    for vault in &vaults {
        assert!(vault.login(&login).await.unwrap().is_some());
    }
}

async fn a_login_is_still_there_after_a_restart(setting: Setting) {
    let (login, ..) = setting.login("one").await;
    let vault = setting.vault().await;
    vault.close().await;
    let error = vault.token_store(&login).load().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);

    let again = setting
        .open(keys(), VaultOptions::default().connections(1))
        .await
        .unwrap();
    assert_eq!(
        stored_name(&again.token_store(&login)).await.as_deref(),
        Some("one")
    );
    let in_use = again.clone();
    drop(again);
    assert!(in_use.ping().await.is_ok());
}

async fn a_vault_of_a_newer_version_is_refused(setting: Setting) {
    setting.login("one").await;
    let newer = "INSERT INTO vault_migrations (version, description, success, checksum, execution_time) \
         SELECT 9999, 'from the future', success, checksum, 0 FROM vault_migrations WHERE version = 1";
    assert_eq!(setting.database.execute(newer).await, 1);
    let error = open(&setting.database.url()).await.unwrap_err();
    assert_eq!(error.kind(), VaultErrorKind::Config);
    assert!(error.to_string().contains("newer version"), "{error}");
}

async fn a_database_that_is_shared_with_another_application_works(setting: Setting) {
    setting
        .database
        .execute("CREATE TABLE logins (id INTEGER); CREATE TABLE sessions (id INTEGER); CREATE TABLE _sqlx_migrations (x INTEGER)")
        .await;
    setting.login("one").await;
}

#[tokio::test]
async fn a_url_that_names_no_database_is_explained() {
    for url in [
        "",
        "vault.db",
        "mysql://localhost/vault",
        "sqlite:",
        "sqlite://",
        "sqlite:///tmp/vault.db?mode=canary",
        "sqlite:///no/such/directory/vault.db",
        "postgres://user:canary@localhost:port/vault",
        "postgres://user:canary@db.example.com/vault?sslrootcert=/no/such/file.pem",
        "postgres://user:canary@localhost/vault?sslmode=canary",
    ] {
        let error = open(url).await.expect_err(url);
        assert_eq!(
            error.kind(),
            VaultErrorKind::Config,
            "{url}: {}",
            everything_about(&error)
        );
        if url.starts_with("postgres") {
            assert!(
                !everything_about(&error).contains("canary"),
                "{url}: {}",
                everything_about(&error)
            );
        }
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("notes.txt");
    let text = "these are notes, and not a database\n".repeat(100);
    std::fs::write(&file, &text).unwrap();
    let error = open(&format!("sqlite://{}", file.display())).await.unwrap_err();
    assert_eq!(
        error.kind(),
        VaultErrorKind::Corrupt,
        "{}",
        everything_about(&error)
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_unavailable_and_its_password_unsaid() {
    // A port that was free a moment ago, and a loopback address: nobody listens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let options = VaultOptions::default().connect_timeout(Duration::from_millis(100));
    let url = format!("postgres://user:canary@127.0.0.1:{port}/vault");
    let opening = Vault::open_with(&url, keys(), Arc::new(SystemClock), Arc::new(OsEntropy), options);
    let error = opening.await.unwrap_err();
    assert_eq!(error.kind(), VaultErrorKind::Unavailable);
    assert!(
        !everything_about(&error).contains("canary"),
        "{}",
        everything_about(&error)
    );
}

mod server {
    mod on_postgres {
        use super::super::*;

        /// The server becomes a replica under an open vault: rows are read, nothing is written, and the error says so.
        #[test]
        fn a_server_that_turned_read_only_keeps_what_it_has() {
            run(Database::postgres(), async |setting: Setting| {
                let (_, store, _) = setting.login("one").await;
                let read_only = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', \
                     current_database()); PERFORM pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid(); END $$";
                setting.database.execute(read_only).await;

                assert_eq!(stored_name(&store).await.as_deref(), Some("one"));
                assert_eq!(
                    store.put(&tokens("two")).await.unwrap_err().kind(),
                    StoreErrorKind::Denied
                );
                assert_eq!(stored_name(&store).await.as_deref(), Some("one"));
                assert_eq!(
                    open(&setting.database.url()).await.unwrap_err().kind(),
                    VaultErrorKind::ReadOnly
                );
            });
        }

        /// A commit is durable when it returns, whatever the server's own setting.
        #[test]
        fn commits_are_durable_on_a_server_that_is_set_up_otherwise() {
            run(Database::postgres(), async |setting: Setting| {
                let fast = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); \
                     END $$";
                setting.database.execute(fast).await;
                setting.login("one").await;
                // A trigger notes what holds inside the vault's own transaction.
                let spy = "CREATE TABLE spy (setting TEXT); CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$ \
                     BEGIN INSERT INTO spy VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$; \
                     CREATE TRIGGER spy AFTER UPDATE ON vault_logins FOR EACH ROW EXECUTE FUNCTION spy()";
                setting.database.execute(spy).await;
                setting.login("two").await;
                assert_eq!(
                    setting
                        .database
                        .execute("DELETE FROM spy WHERE setting = 'on'")
                        .await,
                    1
                );
            });
        }
    }
}
