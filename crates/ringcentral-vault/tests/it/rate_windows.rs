//! The records by which processes share the rate limits of a login.

use std::sync::Arc;

use jiff::SignedDuration;
use ringcentral::{OsEntropy, SystemClock, TokenStore};
use ringcentral_vault::{LoginId, Vault, VaultTokenStore};

use crate::support::{Database, Setting, keys, on_every_database, on_shared_databases, run};

on_every_database! {
    a_record_is_replaced_only_by_whoever_has_seen_it,
    each_group_of_each_login_has_a_record_of_its_own,
    a_login_that_is_removed_takes_its_records_with_it,
}

mod raced {
    use super::*;

    on_shared_databases! {
        of_many_swaps_at_once_exactly_one_counts,
    }
}

async fn bytes(store: &VaultTokenStore, group: &str) -> (Vec<u8>, u64) {
    let window = store.load_rate_window(group).await.unwrap();
    (window.bytes, window.version)
}

async fn a_record_is_replaced_only_by_whoever_has_seen_it(setting: Setting) {
    let (login, store, _) = setting.login("one").await;
    let elsewhere = setting.vault_elsewhere().await.token_store(&login);
    assert!(store.keeps_rate_windows());
    assert_eq!(bytes(&store, "light").await, (Vec::new(), 0));

    assert!(store.swap_rate_window("light", 0, b"one").await.unwrap());
    assert!(!elsewhere.swap_rate_window("light", 0, b"two").await.unwrap());
    assert_eq!(bytes(&elsewhere, "light").await, (b"one".to_vec(), 1));
    assert!(elsewhere.swap_rate_window("light", 1, b"two").await.unwrap());
    assert!(!store.swap_rate_window("light", 1, b"three").await.unwrap());
    assert_eq!(bytes(&store, "light").await, (b"two".to_vec(), 2));
}

async fn each_group_of_each_login_has_a_record_of_its_own(setting: Setting) {
    let (_, one, _) = setting.login("one").await;
    let (_, other, _) = setting.login("other").await;
    assert!(one.swap_rate_window("light", 0, b"light").await.unwrap());
    assert!(one.swap_rate_window("heavy", 0, b"heavy").await.unwrap());
    assert_eq!(bytes(&one, "light").await.0, b"light");
    assert_eq!(bytes(&one, "heavy").await.0, b"heavy");
    assert_eq!(bytes(&other, "light").await, (Vec::new(), 0));
}

async fn a_login_that_is_removed_takes_its_records_with_it(setting: Setting) {
    let (login, store, _) = setting.login("one").await;
    assert!(store.swap_rate_window("light", 0, b"one").await.unwrap());
    // A logout does not: the platform goes on counting.
    store.remove().await.unwrap();
    assert_eq!(bytes(&store, "light").await.1, 1);

    setting.vault().await.remove_login(&login).await.unwrap();
    assert_eq!(bytes(&store, "light").await, (Vec::new(), 0));
    store.swap_rate_window("light", 0, b"late").await.unwrap_err();
}

async fn of_many_swaps_at_once_exactly_one_counts(setting: Setting) {
    let (login, store, _) = setting.login("one").await;
    let elsewhere = setting.vault_elsewhere().await.token_store(&login);
    for seen in 0..10 {
        let mut swaps = tokio::task::JoinSet::new();
        for store in [&store, &elsewhere, &store, &elsewhere] {
            let store = store.clone();
            swaps.spawn(async move { store.swap_rate_window("light", seen, b"x").await.unwrap() });
        }
        let won = swaps.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1, "version {seen}");
        assert_eq!(bytes(&store, "light").await.1, seen + 1);
    }
}

/// A store of a vault whose host's clock is wrong by so much.
async fn store_off_by(setting: &Setting, login: &LoginId, off_by: SignedDuration) -> VaultTokenStore {
    let clock = Arc::new(crate::clocks::Off(off_by));
    let opened = Vault::open(&setting.database.url(), keys(), clock, Arc::new(OsEntropy)).await;
    opened.unwrap().token_store(login)
}

mod time {
    use super::*;

    mod on_postgres {
        use ringcentral::Clock;

        use super::*;

        #[test]
        fn the_time_is_the_database_s() {
            run(Database::postgres(), async |setting: Setting| {
                let (login, _, _) = setting.login("one").await;
                for seconds in [-90, 90] {
                    let store = store_off_by(&setting, &login, SignedDuration::from_secs(seconds)).await;
                    let now = store.load_rate_window("light").await.unwrap().now.unwrap();
                    let off_by = now.duration_since(SystemClock.now()).abs();
                    assert!(off_by < SignedDuration::from_secs(30), "{off_by:?}");
                }
            });
        }
    }
}
