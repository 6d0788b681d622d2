//! Finding logins: by user, by need, by neglect.

use std::time::Duration;

use ringcentral::{TokenStore, Version};
use ringcentral_vault::{LoginRecord, SessionUser};

use crate::support::{Setting, held, on_every_database, outcome, start, tokens};

on_every_database! {
    a_record_tells_everything_but_the_tokens,
    a_user_is_found_in_one_environment,
    those_due_are_those_that_a_refresh_helps,
    those_without_a_session_are_found,
    empty_ones_are_deleted_after_a_day,
}

fn ids(records: &[LoginRecord]) -> Vec<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

async fn a_record_tells_everything_but_the_tokens(setting: Setting) {
    let vault = setting.vault().await;
    let login = vault.new_login("sandbox").await.unwrap();
    let record = vault.login(&login).await.unwrap().unwrap();
    assert_eq!(
        (record.logged_in, record.version, record.owner_id),
        (false, Version(0), None)
    );
    assert_eq!(
        (record.environment.as_str(), record.created_at),
        ("sandbox", start())
    );

    setting.clock.advance(Duration::from_secs(5));
    let put = tokens("canary-access");
    vault.token_store(&login).put(&put).await.unwrap();
    let record = vault.login(&login).await.unwrap().unwrap();
    assert_eq!((record.logged_in, record.version), (true, Version(1)));
    assert_eq!(record.owner_id.as_deref(), Some("101"));
    assert_eq!(record.refresh_at, Some(put.info().refresh_at));
    assert_eq!(record.access_expires_at, Some(put.info().expires_at));
    assert_eq!(record.refresh_expires_at, put.info().refresh_expires_at);
    assert_eq!((record.created_at, record.updated_at), (start(), setting.now()));
    assert!(!format!("{record:?}").contains("canary"));
}

async fn a_user_is_found_in_one_environment(setting: Setting) {
    let vault = setting.vault().await;
    let (first, _, _) = setting.login("one").await;
    setting.clock.advance(Duration::from_secs(1));
    let (second, store, _) = setting.login("two").await;
    assert_eq!(
        ids(&vault.logins_of("production", "101").await.unwrap()),
        [second.as_str(), first.as_str()]
    );
    assert!(vault.logins_of("sandbox", "101").await.unwrap().is_empty());
    assert!(vault.logins_of("production", "102").await.unwrap().is_empty());
    store.remove().await.unwrap();
    assert_eq!(
        ids(&vault.logins_of("production", "101").await.unwrap()),
        [first.as_str()]
    );
}

async fn those_due_are_those_that_a_refresh_helps(setting: Setting) {
    let vault = setting.vault().await;
    let (login, store, version) = setting.login("one").await;
    let due = async || {
        ids(&vault
            .logins_due(setting.now() - Duration::from_secs(60), 10)
            .await
            .unwrap())
        .len()
    };

    assert_eq!(due().await, 0, "fresh");
    setting.clock.advance(Duration::from_secs(2_880));
    assert_eq!(due().await, 1, "at the time that its tokens name");
    let lease = held(
        store
            .claim(version, "a", setting.now(), setting.in_millis(1))
            .await
            .unwrap(),
    );
    let failed = ringcentral::RefreshOutcome {
        at: setting.now(),
        ..outcome("HTTP 503")
    };
    store.release(&lease, &failed).await.unwrap();
    assert_eq!(due().await, 0, "tried just now");
    setting.clock.advance(Duration::from_secs(60));
    assert_eq!(due().await, 1, "tried a while ago");
    let lease = held(
        store
            .claim(version, "a", setting.now(), setting.in_millis(1))
            .await
            .unwrap(),
    );
    let ended = ringcentral::RefreshOutcome {
        at: setting.now(),
        is_final: true,
        ..outcome("invalid_grant OAU-213")
    };
    store.release(&lease, &ended).await.unwrap();
    setting.clock.advance(Duration::from_secs(60));
    assert_eq!(due().await, 0, "the platform has ended it");
    store.put(&tokens("again")).await.unwrap();
    assert_eq!(due().await, 1, "a new login in its place");
    setting.clock.advance(Duration::from_secs(604_800));
    assert_eq!(due().await, 0, "its refresh token has run out");
    store.put(&tokens("two")).await.unwrap();
    store.remove().await.unwrap();
    assert_eq!(due().await, 0, "logged out");
    assert!(vault.login(&login).await.unwrap().is_some());
}

async fn those_without_a_session_are_found(setting: Setting) {
    let vault = setting.vault().await;
    let (with, _, _) = setting.login("one").await;
    let (without, _, _) = setting.login("two").await;
    let user = SessionUser {
        extension_id: "101".to_owned(),
        account_id: "400".to_owned(),
        name: "Ext. 101".to_owned(),
    };
    let (session, _) = vault.sessions().create(&with, "production", &user).await.unwrap();
    assert_eq!(
        ids(&vault.logins_without_session(setting.now(), 10).await.unwrap()),
        [without.as_str()]
    );
    let before = setting.now() - Duration::from_millis(1);
    assert!(
        vault.logins_without_session(before, 10).await.unwrap().is_empty(),
        "it is being made"
    );
    vault.sessions().end(&session).await.unwrap();
    assert_eq!(
        vault
            .logins_without_session(setting.now(), 10)
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn empty_ones_are_deleted_after_a_day(setting: Setting) {
    let vault = setting.vault().await;
    let empty = vault.new_login("production").await.unwrap();
    let (full, _, _) = setting.login("one").await;
    for (hours, deleted) in [(23, 0), (1, 1), (24, 0)] {
        setting.clock.advance(Duration::from_hours(hours));
        assert_eq!(
            vault.prune().await.unwrap().empty_logins,
            deleted,
            "{hours} hours later"
        );
    }
    assert!(vault.login(&empty).await.unwrap().is_none());
    assert!(vault.login(&full).await.unwrap().is_some());
}
