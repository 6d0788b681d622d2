//! Whoever waits for another's refresh hears of its end.

use std::time::Duration;

use ringcentral::{TokenStore, Version};
use ringcentral_vault::{LoginId, Vault, VaultOptions, VaultTokenStore};

use crate::support::{Database, Setting, held, on_every_database, outcome, tokens};

on_every_database! {
    what_has_changed_already_needs_no_wait,
    every_change_wakes_who_waits,
    without_news_the_caller_may_look_again,
}

/// So long that a test which needs it does not end.
const NEVER: Duration = Duration::from_hours(24);

/// A vault that waits, and the one whose changes it waits for: another process's where the database can tell of those.
async fn waiting_and_acting(setting: &Setting) -> (Vault, Vault) {
    let options = VaultOptions::default().look_again(NEVER);
    let waiting = setting.open(crate::support::keys(), options).await.unwrap();
    let acting = match setting.database {
        Database::Postgres(_) => setting.vault().await,
        _ => waiting.clone(),
    };
    (waiting, acting)
}

async fn what_has_changed_already_needs_no_wait(setting: Setting) {
    let (waiting, acting) = waiting_and_acting(&setting).await;
    let login = acting.new_login("production").await.unwrap();
    acting.token_store(&login).put(&tokens("one")).await.unwrap();
    waiting.token_store(&login).changed(Version(0)).await;

    acting.remove_login(&login).await.unwrap();
    waiting.token_store(&login).changed(Version(1)).await;
}

async fn every_change_wakes_who_waits(setting: Setting) {
    let (waiting, acting) = waiting_and_acting(&setting).await;
    let login = acting.new_login("production").await.unwrap();
    let store = acting.token_store(&login);
    let (now, until) = (setting.now(), setting.in_millis(1_000));

    let mut version = Version(0);
    version = woken(&waiting, &login, version, store.put(&tokens("one")))
        .await
        .unwrap();
    let lease = held(store.claim(version, "a", now, until).await.unwrap());
    woken(
        &waiting,
        &login,
        version,
        store.release(&lease, &outcome("HTTP 503")),
    )
    .await
    .unwrap();
    let lease = held(store.claim(version, "a", now, until).await.unwrap());
    woken(
        &waiting,
        &login,
        version,
        store.commit(&lease, &tokens("two"), &outcome("refreshed")),
    )
    .await
    .unwrap();
    woken(&waiting, &login, Version(version.0 + 1), store.remove())
        .await
        .unwrap();
    assert!(
        woken(
            &waiting,
            &login,
            Version(version.0 + 2),
            acting.remove_login(&login)
        )
        .await
        .unwrap()
    );
}

/// Waits, then acts, and returns once the wait is over.
async fn woken<T>(waiting: &Vault, login: &LoginId, seen: Version, action: impl Future<Output = T>) -> T {
    let store: VaultTokenStore = waiting.token_store(login);
    let mut wait = store.changed(seen);
    // Polled until it has subscribed and read the row: the only thing left to wait for is news.
    let early = tokio::time::timeout(Duration::from_millis(100), &mut wait).await;
    assert!(early.is_err(), "woken before anything happened");
    let answer = action.await;
    wait.await;
    answer
}

async fn without_news_the_caller_may_look_again(setting: Setting) {
    let (_, store, version) = setting.login("one").await;
    store.changed(version).await;
}
