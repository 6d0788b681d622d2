//! Pending logins: bound to their browser, good once, gone after ten minutes.

use std::time::Duration;

use ringcentral_vault::{PendingLogin, VaultErrorKind, VaultOptions};
use zeroize::Zeroizing;

use crate::support::{Setting, keys, on_every_database};

on_every_database! {
    it_is_taken_once,
    another_browser_neither_gets_it_nor_uses_it_up,
    it_runs_out_to_the_second,
    of_eight_callbacks_at_once_one_gets_it,
    a_state_cannot_be_used_twice,
    putting_one_deletes_those_that_ran_out,
}

mod stored {
    use super::a_moved_one_does_not_open;
    crate::support::on_shared_databases! { a_moved_one_does_not_open }
}

fn pending(secret: &str) -> PendingLogin {
    PendingLogin {
        environment: "production".to_owned(),
        return_to: "/test?api=extension&q=\"é\"".to_owned(),
        popup: true,
        secret: Zeroizing::new(secret.as_bytes().to_vec()),
    }
}

async fn it_is_taken_once(setting: Setting) {
    let vault = setting.vault().await;
    for login in [
        pending("verifier"),
        pending(""),
        PendingLogin {
            environment: String::new(),
            return_to: "/".to_owned(),
            popup: false,
            secret: Zeroizing::new((0..=255).collect()),
        },
    ] {
        vault
            .pending_logins()
            .put("state", "browser", &login)
            .await
            .unwrap();
        // The callback may arrive at another process.
        let elsewhere = setting.vault_elsewhere().await;
        assert_eq!(
            elsewhere.pending_logins().take("state", "browser").await.unwrap(),
            Some(login)
        );
        assert_eq!(
            vault.pending_logins().take("state", "browser").await.unwrap(),
            None
        );
    }
    assert_eq!(
        vault.pending_logins().take("never put", "browser").await.unwrap(),
        None
    );
}

async fn another_browser_neither_gets_it_nor_uses_it_up(setting: Setting) {
    let vault = setting.vault().await;
    vault
        .pending_logins()
        .put("state", "browser", &pending("verifier"))
        .await
        .unwrap();
    for (state, browser) in [
        ("state", "other"),
        ("state", ""),
        ("browser", "state"),
        ("", ""),
        ("STATE", "browser"),
    ] {
        assert_eq!(
            vault.pending_logins().take(state, browser).await.unwrap(),
            None,
            "{state} {browser}"
        );
    }
    assert!(
        vault
            .pending_logins()
            .take("state", "browser")
            .await
            .unwrap()
            .is_some()
    );
}

async fn it_runs_out_to_the_second(setting: Setting) {
    let short = VaultOptions::default().pending_limit(Duration::from_secs(60));
    for (options, limit) in [(VaultOptions::default(), 600), (short, 60)] {
        let vault = setting.open(keys(), options).await.unwrap();
        for (after, good) in [(0, true), (limit - 1, true), (limit, false), (limit + 1, false)] {
            vault
                .pending_logins()
                .put("state", "browser", &pending("verifier"))
                .await
                .unwrap();
            setting.clock.advance(Duration::from_secs(after));
            let taken = vault.pending_logins().take("state", "browser").await.unwrap();
            assert_eq!(taken.is_some(), good, "after {after} of {limit} s");
            assert!(
                vault
                    .pending_logins()
                    .take("state", "browser")
                    .await
                    .unwrap()
                    .is_none()
            );
        }
    }
}

async fn of_eight_callbacks_at_once_one_gets_it(setting: Setting) {
    let vault = setting.vault().await;
    vault
        .pending_logins()
        .put("state", "browser", &pending("verifier"))
        .await
        .unwrap();
    let mut callbacks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let vault = setting.vault_elsewhere().await;
        callbacks.spawn(async move { vault.pending_logins().take("state", "browser").await.unwrap() });
    }
    let taken = callbacks.join_all().await;
    assert_eq!(taken.iter().flatten().count(), 1);
}

async fn a_state_cannot_be_used_twice(setting: Setting) {
    let vault = setting.vault().await;
    vault
        .pending_logins()
        .put("state", "browser", &pending("first"))
        .await
        .unwrap();
    let error = vault
        .pending_logins()
        .put("state", "attacker", &pending("second"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), VaultErrorKind::Other);
    let taken = vault
        .pending_logins()
        .take("state", "browser")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(taken.secret.as_slice(), b"first");
}

async fn putting_one_deletes_those_that_ran_out(setting: Setting) {
    let vault = setting.vault().await;
    for state in ["a", "b", "c"] {
        vault
            .pending_logins()
            .put(state, "browser", &pending("verifier"))
            .await
            .unwrap();
    }
    setting.clock.advance(Duration::from_secs(600));
    assert_eq!(vault.rows_by_key().await.unwrap()[&1], 3);
    vault
        .pending_logins()
        .put("d", "browser", &pending("verifier"))
        .await
        .unwrap();
    assert_eq!(vault.rows_by_key().await.unwrap()[&1], 1);
}

/// Somebody with access to the database puts their own login's verifier under another's state.
async fn a_moved_one_does_not_open(setting: Setting) {
    let vault = setting.vault().await;
    for state in ["mine", "theirs"] {
        vault
            .pending_logins()
            .put(state, "browser", &pending(state))
            .await
            .unwrap();
    }
    setting
        .database
        .swap("vault_pending_logins", "sealed_login")
        .await;
    let error = vault
        .pending_logins()
        .take("theirs", "browser")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), VaultErrorKind::Corrupt);
}
