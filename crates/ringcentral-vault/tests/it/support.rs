//! What the tests share: databases of every kind, tokens to store, a clock to move.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ringcentral::{
    Claim, Clock, Lease, ManualClock, OsEntropy, RefreshOutcome, StoreError, TokenSet, TokenStore, Version,
};
use ringcentral_vault::{Keyring, LoginId, Result, Vault, VaultOptions, VaultTokenStore};
use serde_json::json;
use tokio::sync::OnceCell;

mod database;
pub(crate) mod disk;
pub(crate) mod platform;
pub(crate) mod proxy;

pub(crate) use database::Database;

/// Makes each of these tests once per kind of database.
macro_rules! on_every_database {
    ($($test:ident),+ $(,)?) => {
        mod in_memory {
            $(#[test] fn $test() { $crate::support::run($crate::support::Database::in_memory(), super::$test) })+
        }
        $crate::support::on_shared_databases! { $($test),+ }
    };
}
pub(crate) use on_every_database;

/// Makes each of these tests once per kind of database that several processes can open.
macro_rules! on_shared_databases {
    ($($test:ident),+ $(,)?) => {
        mod in_a_file {
            $(#[test] fn $test() { $crate::support::run($crate::support::Database::in_a_file(), super::$test) })+
        }
        mod on_postgres {
            $(#[test] fn $test() { $crate::support::run($crate::support::Database::postgres(), super::$test) })+
        }
    };
}
pub(crate) use on_shared_databases;

/// Runs one test against one fresh database, on several threads as a server would.
pub(crate) fn run<F: Future<Output = ()>>(database: Database, test: impl FnOnce(Setting) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(test(Setting {
        database,
        clock: ManualClock::at(start()),
        first: OnceCell::new(),
    }));
}

/// A fresh database, and a clock that stands at [`start`].
pub(crate) struct Setting {
    pub(crate) database: Database,
    pub(crate) clock: ManualClock,
    first: OnceCell<Vault>,
}

impl Setting {
    /// The vault of this process.
    pub(crate) async fn vault(&self) -> Vault {
        let open = || async { self.open(keys(), VaultOptions::default()).await.unwrap() };
        self.first.get_or_init(open).await.clone()
    }

    /// The vault as another process sees it; in memory there is no other process.
    pub(crate) async fn vault_elsewhere(&self) -> Vault {
        match self.database {
            Database::InMemory => self.vault().await,
            _ => self.open(keys(), VaultOptions::default()).await.unwrap(),
        }
    }

    pub(crate) async fn open(&self, keys: Keyring, options: VaultOptions) -> Result<Vault> {
        let clock = Arc::new(self.clock.clone());
        let options = options.shared_clock(true);
        Vault::open_with(&self.database.url(), keys, clock, Arc::new(OsEntropy), options).await
    }

    /// A login with [`tokens`] called `name`.
    pub(crate) async fn login(&self, name: &str) -> (LoginId, VaultTokenStore, Version) {
        let vault = self.vault().await;
        let login = vault.new_login("production").await.unwrap();
        let store = vault.token_store(&login);
        let version = store.put(&tokens(name)).await.unwrap();
        (login, store, version)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The time so many milliseconds from now.
    pub(crate) fn in_millis(&self, millis: u64) -> Timestamp {
        self.now() + Duration::from_millis(millis)
    }
}

pub(crate) fn start() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

/// The key ring of most tests: one key with the id 1.
pub(crate) fn keys() -> Keyring {
    key(1, 1)
}

/// A ring with the key `id`, all of whose bytes are `byte`.
pub(crate) fn key(id: u32, byte: u8) -> Keyring {
    Keyring::from_key(id, [byte; 32])
}

/// A ring that seals with the first and opens with both.
pub(crate) fn two_keys(first: &Keyring, second: &Keyring) -> Keyring {
    Keyring::parse(&format!(
        "{},{}",
        *first.to_secret_text(),
        *second.to_secret_text()
    ))
    .unwrap()
}

/// A token set whose access token is `name` and whose refresh token is `refresh-of-` that.
pub(crate) fn tokens(name: &str) -> TokenSet {
    let after = |seconds: u64| start() + Duration::from_secs(seconds);
    let json = json!({
        "access_token": name,
        "refresh_token": format!("refresh-of-{name}"),
        "owner_id": "101",
        "scope": ["ReadAccounts", "ReadCallLog"],
        "issued_at": start(),
        "refresh_at": after(2_880),
        "expires_at": after(3_600),
        "refresh_expires_at": after(604_800),
        "endpoint_id": "endpoint-1",
        "session_id": null,
        "login_kind": "AuthorizationCode",
    });
    TokenSet::from_secret_json(json.to_string().as_bytes()).unwrap()
}

/// The name of the [`tokens`] that are stored.
pub(crate) async fn stored_name(store: &VaultTokenStore) -> Option<String> {
    name(store.load().await).unwrap()
}

pub(crate) fn name(
    loaded: std::result::Result<Option<ringcentral::Stored>, StoreError>,
) -> std::result::Result<Option<String>, StoreError> {
    Ok(loaded?.map(|stored| {
        let access = stored.tokens.access_token().expose_secret().to_owned();
        let refresh = stored.tokens.refresh_token().unwrap().expose_secret();
        assert_eq!(
            refresh,
            format!("refresh-of-{access}"),
            "two halves of different token sets"
        );
        access
    }))
}

pub(crate) fn outcome(result: &str) -> RefreshOutcome {
    RefreshOutcome::failed(start(), result, false)
}

/// The lease, where the test needs it to have been had.
#[track_caller]
pub(crate) fn held(claim: Claim) -> Lease {
    match claim {
        Claim::Held(lease) => lease,
        other => panic!("expected the lease, got {other:?}"),
    }
}

/// An error as a person sees it, with all its causes, and as a developer does.
pub(crate) fn everything_about(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        write!(text, "\n{error}").unwrap();
        next = error.source();
    }
    text
}
