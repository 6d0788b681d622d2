//! No secret is anywhere but where it belongs: not in the database, not in an error, not in a debug print.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ringcentral::TokenStore;
use ringcentral_vault::{
    Keyring, LoginId, PendingLogin, PendingLogins, SessionUser, SessionsOf, Vault, VaultOptions,
    VaultTokenStore,
};
use zeroize::Zeroizing;

use crate::support::{Database, Setting, everything_about, held, on_every_database, outcome, run, tokens};

mod stored {
    use super::no_secret_is_stored_in_clear;
    crate::support::on_shared_databases! { no_secret_is_stored_in_clear }
}

on_every_database! { no_secret_is_printed }

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Everything that a life of the vault stores, forgets, answers and refuses; the secrets that it was given or made.
async fn live(setting: &Setting, printed: &mut String) -> (Vault, Vec<Vec<u8>>) {
    let keys = Keyring::parse("1:Y2FuYXJ5LWtleS1jYW5hcnkta2V5LWNhbmFyeS1rZXk=").unwrap();
    let vault = setting.open(keys, VaultOptions::default()).await.unwrap();
    let login = vault.new_login("production").await.unwrap();
    write!(printed, "{vault:?} ").unwrap();
    refresh(setting, &vault.token_store(&login), printed).await;
    write!(printed, "{:?} ", vault.login(&login).await.unwrap()).unwrap();
    begin_and_finish(&vault.pending_logins(), printed).await;
    let mut secrets = browse(setting, &vault, &login, printed).await;

    let refused = vault
        .token_store(&other_login())
        .put(&tokens("canary-access-3"))
        .await
        .unwrap_err();
    printed.push_str(&everything_about(&refused));
    for secret in [
        // In all tokens and everything else that was put in.
        "canary",
        // The key as text; as bytes it is a canary, too.
        "Y2FuYXJ5LWtleS1jYW5hcnkta2V5LWNhbmFyeS1rZXk",
    ] {
        secrets.push(secret.as_bytes().to_vec());
    }
    (vault, secrets)
}

async fn refresh(setting: &Setting, store: &VaultTokenStore, printed: &mut String) {
    let version = store.put(&tokens("canary-access-1")).await.unwrap();
    let claim = store
        .claim(version, "holder", setting.now(), setting.in_millis(10))
        .await
        .unwrap();
    let lease = held(claim.clone());
    store
        .commit(&lease, &tokens("canary-access-2"), &outcome("refreshed"))
        .await
        .unwrap();
    let stored = store.load().await.unwrap();
    write!(
        printed,
        "{store:?} {} {version:?} {claim:?} {stored:?} ",
        store.describe()
    )
    .unwrap();
}

async fn begin_and_finish(logins: &PendingLogins<'_>, printed: &mut String) {
    let pending = PendingLogin {
        environment: "production".to_owned(),
        return_to: "/canary-return".to_owned(),
        popup: false,
        secret: Zeroizing::new(b"canary-verifier".to_vec()),
    };
    logins
        .put("canary-state-1", "canary-browser", &pending)
        .await
        .unwrap();
    logins
        .put("canary-state-2", "canary-browser", &pending)
        .await
        .unwrap();
    let taken = logins
        .take("canary-state-1", "canary-browser")
        .await
        .unwrap()
        .unwrap();
    let refused = logins
        .put("canary-state-2", "canary-browser", &pending)
        .await
        .unwrap_err();
    write!(
        printed,
        "{logins:?} {pending:?} {taken:?} {} ",
        everything_about(&refused)
    )
    .unwrap();
}

/// The secrets of a session, as text and as the bytes behind it.
async fn browse(setting: &Setting, vault: &Vault, login: &LoginId, printed: &mut String) -> Vec<Vec<u8>> {
    let user = SessionUser {
        extension_id: "101".to_owned(),
        account_id: "400".to_owned(),
        name: "Ext. 101".to_owned(),
    };
    let sessions = vault.sessions();
    let (id, session) = sessions.create(login, "production", &user).await.unwrap();
    setting.clock.advance(Duration::from_secs(120));
    let seen = sessions.get(&id).await.unwrap().unwrap();
    let list = sessions.list(SessionsOf::Everyone, 10).await.unwrap();
    let refused = sessions
        .create(&other_login(), "production", &user)
        .await
        .unwrap_err();
    write!(
        printed,
        "{sessions:?} {id:?} {:?} {session:?} {seen:?} {list:?} ",
        id.key()
    )
    .unwrap();
    write!(printed, "{} ", everything_about(&refused)).unwrap();

    let texts = [id.expose_secret(), &session.csrf];
    let bytes = texts.map(|text| URL_SAFE_NO_PAD.decode(text).unwrap());
    texts
        .map(|text| text.as_bytes().to_vec())
        .into_iter()
        .chain(bytes)
        .collect()
}

fn other_login() -> LoginId {
    "0123456789abcdef0123456789abcdef".parse().unwrap()
}

async fn no_secret_is_stored_in_clear(setting: Setting) {
    // Still open, so that SQLite's write-ahead log is there to be searched.
    let (_vault, secrets) = live(&setting, &mut String::new()).await;
    let dump = setting.database.dump().await;
    assert!(
        contains(&dump, b"Ext. 101"),
        "the search sees what is stored in clear"
    );
    for secret in &secrets {
        assert!(
            !contains(&dump, secret),
            "{} is stored in clear",
            String::from_utf8_lossy(secret)
        );
    }
}

async fn no_secret_is_printed(setting: Setting) {
    let mut printed = String::new();
    let (_, secrets) = live(&setting, &mut printed).await;
    for secret in &secrets {
        assert!(
            !contains(printed.as_bytes(), secret),
            "{} in {printed}",
            String::from_utf8_lossy(secret)
        );
    }
}

/// It is emptied when the last connection closes.
#[test]
fn the_search_covers_the_write_ahead_log() {
    run(Database::in_a_file(), async |setting: Setting| {
        let _open = live(&setting, &mut String::new()).await;
        let log = std::fs::metadata(setting.database.file().with_extension("db-wal"));
        assert!(log.unwrap().len() > 0);
    });
}

#[cfg(unix)]
#[test]
fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    run(Database::in_a_file(), async |setting: Setting| {
        setting.login("one").await;
        let directory = setting.database.file();
        let mut files = 0;
        for file in std::fs::read_dir(directory.parent().unwrap()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", file.path().display());
            files += 1;
        }
        assert_eq!(files, 3, "the database, its log and the log's index");
    });
}

mod server {
    mod on_postgres {
        use super::super::*;
        use ringcentral_test_postgres::Cluster;

        /// A character for each byte: the standard library finds text much faster than the search above, which is not
        /// optimised here.
        fn latin(bytes: &[u8]) -> String {
            bytes.iter().copied().map(char::from).collect()
        }

        /// What a statement carries, a server may log, and its write-ahead log goes to replicas and backups.
        #[test]
        fn neither_the_server_s_log_nor_its_write_ahead_log_has_a_secret_in_clear() {
            let database = Database::Postgres(ringcentral_test_postgres::Database::Own(Cluster::start()));
            run(database, async |setting: Setting| {
                for everything in ["log_statement = 'all'", "log_min_duration_statement = 0"] {
                    setting
                        .database
                        .execute(format!("ALTER SYSTEM SET {everything}"))
                        .await;
                }
                setting.database.execute("SELECT pg_reload_conf()").await;
                let (_vault, secrets) = live(&setting, &mut String::new()).await;
                let Database::Postgres(ringcentral_test_postgres::Database::Own(cluster)) = &setting.database
                else {
                    unreachable!("started above");
                };
                let wal = cluster.directory().join("data/pg_wal");
                let mut files = vec![cluster.directory().join("log")];
                files.extend(std::fs::read_dir(wal).unwrap().map(|file| file.unwrap().path()));
                let mut seen = 0;
                for file in files.iter().filter(|file| file.is_file()) {
                    let text = latin(&std::fs::read(file).unwrap());
                    seen += usize::from(text.contains("Ext. 101"));
                    for secret in &secrets {
                        // The log writes bytes as digits.
                        let mut digits = String::new();
                        for byte in secret {
                            write!(digits, "{byte:02x}").unwrap();
                        }
                        for secret in [latin(secret), digits] {
                            assert!(!text.contains(&secret), "{secret} in {}", file.display());
                        }
                    }
                }
                assert_eq!(seen, 2, "the search sees what is in clear, in either log");
            });
        }
    }
}
