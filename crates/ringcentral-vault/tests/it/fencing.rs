//! A holder that was paused past its lease can do no harm, whatever happened meanwhile.

use ringcentral::{Claim, Commit, Lease, TokenStore};
use ringcentral_vault::VaultTokenStore;

use crate::support::{Setting, held, on_every_database, outcome, stored_name, tokens};

on_every_database! {
    after_a_takeover,
    after_a_takeover_that_committed,
    after_a_takeover_that_gave_up,
    after_a_takeover_of_a_takeover,
    after_another_login,
    after_a_logout,
    after_a_logout_and_another_login,
    without_a_takeover_the_late_holder_still_commits,
}

/// A login whose lease its holder has overslept.
async fn overslept(setting: &Setting) -> (VaultTokenStore, Lease) {
    let (login, store, version) = setting.login("one").await;
    let late = held(
        store
            .claim(version, "late", setting.now(), setting.in_millis(30))
            .await
            .unwrap(),
    );
    setting.clock.advance(std::time::Duration::from_secs(60));
    // What happens meanwhile happens in another process.
    (setting.vault_elsewhere().await.token_store(&login), late)
}

async fn take_over(setting: &Setting, store: &VaultTokenStore, late: &Lease) -> Lease {
    held(
        store
            .claim(late.version, "next", setting.now(), setting.in_millis(30))
            .await
            .unwrap(),
    )
}

/// Nothing that the late holder tries changes anything.
async fn is_fenced_off(setting: &Setting, store: &VaultTokenStore, late: &Lease) {
    let before = visible(store).await;
    assert!(!store.renew(late, setting.in_millis(90_000)).await.unwrap());
    store.release(late, &outcome("HTTP 503")).await.unwrap();
    let commit = store
        .commit(late, &tokens("stale"), &outcome("refreshed"))
        .await
        .unwrap();
    assert_eq!(commit, Commit::Lost);
    assert_eq!(visible(store).await, before);
}

async fn visible(store: &VaultTokenStore) -> Option<String> {
    store.load().await.unwrap().map(|stored| {
        let token = stored.tokens.access_token().expose_secret();
        format!(
            "{token} {:?} {:?} {:?}",
            stored.version, stored.lease, stored.last_refresh
        )
    })
}

async fn after_a_takeover(setting: Setting) {
    let (store, late) = overslept(&setting).await;
    let next = take_over(&setting, &store, &late).await;
    is_fenced_off(&setting, &store, &late).await;
    assert!(matches!(
        store
            .commit(&next, &tokens("two"), &outcome("refreshed"))
            .await
            .unwrap(),
        Commit::Done(_)
    ));
    assert_eq!(stored_name(&store).await.as_deref(), Some("two"));
}

async fn after_a_takeover_that_committed(setting: Setting) {
    let (store, late) = overslept(&setting).await;
    let next = take_over(&setting, &store, &late).await;
    store
        .commit(&next, &tokens("two"), &outcome("refreshed"))
        .await
        .unwrap();
    is_fenced_off(&setting, &store, &late).await;
}

async fn after_a_takeover_that_gave_up(setting: Setting) {
    let (store, late) = overslept(&setting).await;
    let next = take_over(&setting, &store, &late).await;
    store.release(&next, &outcome("HTTP 503")).await.unwrap();
    is_fenced_off(&setting, &store, &late).await;
}

async fn after_a_takeover_of_a_takeover(setting: Setting) {
    let (store, first) = overslept(&setting).await;
    let second = take_over(&setting, &store, &first).await;
    setting.clock.advance(std::time::Duration::from_secs(60));
    let third = take_over(&setting, &store, &second).await;
    is_fenced_off(&setting, &store, &first).await;
    is_fenced_off(&setting, &store, &second).await;
    assert!(store.renew(&third, setting.in_millis(60)).await.unwrap());
}

async fn after_another_login(setting: Setting) {
    let (store, late) = overslept(&setting).await;
    store.put(&tokens("another login")).await.unwrap();
    is_fenced_off(&setting, &store, &late).await;
}

async fn after_a_logout(setting: Setting) {
    let (store, late) = overslept(&setting).await;
    store.remove().await.unwrap();
    is_fenced_off(&setting, &store, &late).await;
    assert!(store.load().await.unwrap().is_none());
}

async fn after_a_logout_and_another_login(setting: Setting) {
    let (store, late) = overslept(&setting).await;
    store.remove().await.unwrap();
    let version = store.put(&tokens("another login")).await.unwrap();
    let next = store
        .claim(version, "next", setting.now(), setting.in_millis(30))
        .await
        .unwrap();
    assert!(matches!(next, Claim::Held(_)));
    is_fenced_off(&setting, &store, &late).await;
}

/// Its tokens are the newest there are: refusing them would lose the login.
async fn without_a_takeover_the_late_holder_still_commits(setting: Setting) {
    let (store, late) = overslept(&setting).await;
    assert!(store.renew(&late, setting.in_millis(30)).await.unwrap());
    setting.clock.advance(std::time::Duration::from_secs(60));
    let commit = store
        .commit(&late, &tokens("two"), &outcome("refreshed"))
        .await
        .unwrap();
    assert!(matches!(commit, Commit::Done(_)));
}
