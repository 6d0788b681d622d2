//! Keys: the right one, the wrong one, a missing one, a new one; and sealed rows that somebody touched.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ringcentral::{Claim, Commit, StoreErrorKind, TokenStore};
use ringcentral_vault::{Keyring, PendingLogin, VaultErrorKind, VaultOptions};
use zeroize::Zeroizing;

use crate::support::{
    Setting, everything_about, held, key, keys, name, on_shared_databases, outcome, stored_name, tokens,
    two_keys,
};

on_shared_databases! {
    rotation_moves_every_row_to_the_first_key,
    rotation_under_load_loses_nothing,
    rotation_leaves_rows_that_do_not_open,
    a_vault_with_rows_of_a_missing_key_does_not_open,
    a_key_that_is_taken_away_later_is_named,
    another_key_under_a_known_id_is_noticed,
    swapped_rows_do_not_open_and_are_kept,
    garbage_is_corrupt_and_is_kept,
}

async fn open(setting: &Setting, keys: Keyring) -> ringcentral_vault::Vault {
    setting.open(keys, VaultOptions::default()).await.unwrap()
}

fn pending() -> PendingLogin {
    PendingLogin {
        environment: "production".to_owned(),
        return_to: "/".to_owned(),
        popup: false,
        secret: Zeroizing::new(b"verifier".to_vec()),
    }
}

async fn rotation_moves_every_row_to_the_first_key(setting: Setting) {
    let (old, new) = (keys(), key(7, 7));
    // More than one batch, and both tables.
    let mut logins = Vec::new();
    for number in 0..230 {
        logins.push((number, setting.login(&number.to_string()).await));
    }
    let (_, (empty, _, _)) = logins.pop().unwrap();
    let vault = setting.vault().await;
    vault.token_store(&empty).remove().await.unwrap();
    vault
        .pending_logins()
        .put("state", "browser", &pending())
        .await
        .unwrap();
    assert_eq!(vault.rows_by_key().await.unwrap(), [(1, 230)].into());
    assert_eq!(vault.rotate_keys().await.unwrap().resealed, 0, "nothing to do");
    let (_, (_, store, version)) = &logins[0];
    let lease = held(
        store
            .claim(*version, "a", setting.now(), setting.in_millis(100))
            .await
            .unwrap(),
    );

    let both = open(&setting, two_keys(&new, &old)).await;
    let (login, _, _) = &logins[1].1;
    both.token_store(login).put(&tokens("1")).await.unwrap();
    assert_eq!(both.rows_by_key().await.unwrap(), [(1, 229), (7, 1)].into());
    let rotation = both.rotate_keys().await.unwrap();
    assert_eq!((rotation.resealed, rotation.unopened), (229, 0));
    assert_eq!(both.rows_by_key().await.unwrap(), [(7, 230)].into());
    assert_eq!(both.rotate_keys().await.unwrap().resealed, 0);

    // The old key is gone, and everything is as it was: tokens, versions, the lease.
    let only_new = open(&setting, new).await;
    for (number, (login, _, _)) in &logins {
        assert_eq!(
            stored_name(&only_new.token_store(login)).await,
            Some(number.to_string())
        );
    }
    let stored = only_new
        .token_store(&logins[0].1.0)
        .load()
        .await
        .unwrap()
        .unwrap();
    assert_eq!((stored.version, stored.lease), (*version, Some(lease.clone())));
    let commit = only_new
        .token_store(&logins[0].1.0)
        .commit(&lease, &tokens("next"), &outcome("refreshed"))
        .await;
    assert!(matches!(commit.unwrap(), Commit::Done(_)));
    assert_eq!(
        only_new.pending_logins().take("state", "browser").await.unwrap(),
        Some(pending())
    );
}

async fn rotation_under_load_loses_nothing(setting: Setting) {
    let (first, second) = (two_keys(&key(1, 1), &key(2, 2)), two_keys(&key(2, 2), &key(1, 1)));
    let (login, _, start) = setting.login("0").await;
    let stop = Arc::new(AtomicBool::new(false));
    // Some processes already seal with the new key, others still with the old one.
    let mut holders = tokio::task::JoinSet::new();
    for keys in [&first, &second] {
        let store = open(&setting, keys.clone()).await.token_store(&login);
        let (stop, now) = (Arc::clone(&stop), setting.now());
        holders.spawn(async move {
            let mut commits = 0;
            while !stop.load(Ordering::Relaxed) || commits == 0 {
                let stored = store.load().await.unwrap().unwrap();
                let number: u64 = stored.tokens.access_token().expose_secret().parse().unwrap();
                if let Claim::Held(lease) = store.claim(stored.version, "holder", now, now).await.unwrap()
                    && let Commit::Done(_) = store
                        .commit(&lease, &tokens(&(number + 1).to_string()), &outcome("refreshed"))
                        .await
                        .unwrap()
                {
                    commits += 1;
                }
            }
            commits
        });
    }
    let (one, two) = (open(&setting, first).await, open(&setting, second).await);
    for _ in 0..20 {
        one.rotate_keys().await.unwrap();
        two.rotate_keys().await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    let commits: u64 = holders.join_all().await.iter().sum();

    let stored = two.token_store(&login).load().await.unwrap().unwrap();
    assert_eq!(stored.version.0, start.0 + commits);
    assert_eq!(
        stored.tokens.access_token().expose_secret(),
        commits.to_string(),
        "no commit was overwritten"
    );
    two.rotate_keys().await.unwrap();
    assert_eq!(two.rows_by_key().await.unwrap().keys().collect::<Vec<_>>(), [&2]);
}

async fn rotation_leaves_rows_that_do_not_open(setting: Setting) {
    setting.login("one").await;
    setting.login("two").await;
    let (_, good, _) = setting.login("three").await;
    let damage = format!(
        "UPDATE vault_logins SET sealed_tokens = (SELECT sealed_tokens FROM vault_logins WHERE id = '{0}') \
         WHERE id <> '{0}'",
        good.login()
    );
    assert_eq!(setting.database.execute(damage).await, 2);

    let both = open(&setting, two_keys(&key(2, 2), &keys())).await;
    let rotation = both.rotate_keys().await.unwrap();
    assert_eq!((rotation.resealed, rotation.unopened), (1, 2));
    assert_eq!(both.rows_by_key().await.unwrap(), [(1, 2), (2, 1)].into());
    assert_eq!(
        stored_name(&both.token_store(good.login())).await.as_deref(),
        Some("three")
    );
}

async fn a_vault_with_rows_of_a_missing_key_does_not_open(setting: Setting) {
    let vault = setting.vault().await;
    // An empty vault needs no key, so this one may be forgotten.
    open(&setting, key(5, 5)).await;

    vault
        .pending_logins()
        .put("state", "browser", &pending())
        .await
        .unwrap();
    let error = setting
        .open(key(5, 5), VaultOptions::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        VaultErrorKind::MissingKey,
        "one pending login is enough"
    );
    vault
        .pending_logins()
        .take("state", "browser")
        .await
        .unwrap()
        .unwrap();

    let (login, ..) = setting.login("one").await;
    let error = setting
        .open(key(5, 5), VaultOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), VaultErrorKind::MissingKey);
    assert!(error.to_string().contains("key 1,"), "{error}");

    let both = open(&setting, two_keys(&key(5, 5), &keys())).await;
    assert_eq!(
        stored_name(&both.token_store(&login)).await.as_deref(),
        Some("one")
    );
}

/// One process rotates before another has been given the new key.
async fn a_key_that_is_taken_away_later_is_named(setting: Setting) {
    let (_, store, version) = setting.login("one").await;
    open(&setting, two_keys(&key(7, 7), &keys()))
        .await
        .rotate_keys()
        .await
        .unwrap();

    let error = store.load().await.unwrap_err();
    // Not damaged: the login is still good, once the key is there.
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(
        everything_about(&error).contains("key 7,"),
        "{}",
        everything_about(&error)
    );
    let with_key = open(&setting, two_keys(&keys(), &key(7, 7))).await;
    assert_eq!(
        with_key
            .token_store(store.login())
            .load()
            .await
            .unwrap()
            .unwrap()
            .version,
        version
    );
}

async fn another_key_under_a_known_id_is_noticed(setting: Setting) {
    let vault = setting.vault().await;
    for ring in [
        key(1, 9),
        two_keys(&key(2, 2), &key(1, 9)),
        two_keys(&key(1, 9), &key(2, 2)),
    ] {
        let error = setting.open(ring, VaultOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), VaultErrorKind::WrongKey);
        assert!(error.to_string().contains("key 1 "), "{error}");
    }
    assert!(vault.ping().await.is_ok());
}

async fn swap(setting: &Setting) {
    setting.database.swap("vault_logins", "sealed_tokens").await;
}

async fn swapped_rows_do_not_open_and_are_kept(setting: Setting) {
    let (_, one, version) = setting.login("one").await;
    let (_, two, _) = setting.login("two").await;
    swap(&setting).await;
    for store in [&one, &two] {
        let error = store.load().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(error.to_string().contains(store.login().as_str()), "{error}");
    }
    // A lease still goes its way: it is not the store that decides that a login has ended.
    let lease = held(
        one.claim(version, "a", setting.now(), setting.in_millis(1))
            .await
            .unwrap(),
    );
    one.release(&lease, &outcome("HTTP 503")).await.unwrap();

    swap(&setting).await;
    assert_eq!(stored_name(&one).await.as_deref(), Some("one"));
    assert_eq!(stored_name(&two).await.as_deref(), Some("two"));
    // And a new login mends what was damaged.
    swap(&setting).await;
    one.put(&tokens("three")).await.unwrap();
    assert_eq!(stored_name(&one).await.as_deref(), Some("three"));
}

async fn garbage_is_corrupt_and_is_kept(setting: Setting) {
    let (_, store, _) = setting.login("one").await;
    let byte = |byte: u8| format!("{byte:02x}");
    let histories = proptest::collection::vec(any::<u8>(), 0..120);
    let mut runner = TestRunner::new(Config::with_cases(24));
    let handle = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        runner
            .run(&(histories, any::<bool>()), |(mut bytes, ours)| {
                if ours {
                    // Past the header, so that the cipher has to tell.
                    bytes.splice(..0, [1, 0, 0, 0, 1]);
                }
                let hex: String = bytes.iter().copied().map(byte).collect();
                handle.block_on(async {
                    let literal = match setting.database {
                        crate::support::Database::Postgres(_) => format!("'\\x{hex}'"),
                        _ => format!("x'{hex}'"),
                    };
                    let damage = format!("UPDATE vault_logins SET sealed_tokens = {literal}");
                    assert_eq!(setting.database.execute(damage.clone()).await, 1);
                    let error = name(store.load().await).unwrap_err();
                    let unknown_key = bytes.len() > 28 && bytes[0] == 1 && bytes[1..5] != [0, 0, 0, 1];
                    let kind = if unknown_key {
                        StoreErrorKind::Unavailable
                    } else {
                        StoreErrorKind::Corrupt
                    };
                    assert_eq!(error.kind(), kind, "{hex}");
                    let kept = format!("{damage} WHERE sealed_tokens = {literal}");
                    assert_eq!(setting.database.execute(kept).await, 1, "reading changes nothing");
                });
                Ok(())
            })
            .unwrap();
    });
}
