//! Browser sessions: their limits, to the second; their ids; who can list and end them.

use std::collections::HashSet;
use std::task::Poll;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use ringcentral::TokenStore;
use ringcentral_vault::{
    LoginId, Session, SessionId, SessionKey, SessionUser, SessionsOf, Vault, VaultErrorKind, VaultOptions,
};

use crate::support::{Setting, keys, on_every_database, tokens};

on_every_database! {
    a_session_has_its_users_data_in_every_process,
    an_unused_session_ends_at_the_idle_limit,
    a_used_session_ends_at_the_absolute_limit,
    use_is_noted_once_a_minute,
    every_session_has_an_id_and_a_csrf_token_of_its_own,
    ending_one_leaves_the_others,
    lists_are_by_user_and_by_login,
    all_sessions_of_a_user_end_together,
    a_session_needs_its_login,
    what_ran_out_is_deleted,
    a_caller_that_goes_away_harms_nobody,
}

const HOUR: u64 = 3_600;

fn user(extension_id: &str) -> SessionUser {
    SessionUser {
        extension_id: extension_id.to_owned(),
        account_id: "400".to_owned(),
        name: format!("Ext. {extension_id} \"é\""),
    }
}

fn all_of(extension_id: &str) -> SessionsOf<'_> {
    SessionsOf::User {
        environment: "production",
        account_id: "400",
        extension_id,
    }
}

async fn new_session(vault: &Vault, extension_id: &str) -> (SessionId, Session) {
    let login = vault.new_login("production").await.unwrap();
    vault
        .sessions()
        .create(&login, "production", &user(extension_id))
        .await
        .unwrap()
}

fn pass(setting: &Setting, seconds: u64) {
    setting.clock.advance(Duration::from_secs(seconds));
}

async fn a_session_has_its_users_data_in_every_process(setting: Setting) {
    let (id, session) = new_session(&setting.vault().await, "101").await;
    assert_eq!(session.environment, "production");
    assert_eq!(session.user, user("101"));
    assert_eq!(
        (session.created_at, session.last_seen_at),
        (setting.now(), setting.now())
    );
    assert_eq!(
        session.expires_at,
        setting.now() + Duration::from_secs(7 * 24 * HOUR)
    );

    let cookie = SessionId::parse(id.expose_secret()).unwrap();
    let elsewhere = setting.vault_elsewhere().await;
    assert_eq!(elsewhere.sessions().get(&cookie).await.unwrap(), Some(session));
}

async fn an_unused_session_ends_at_the_idle_limit(setting: Setting) {
    let short = VaultOptions::default().session_idle_limit(Duration::from_secs(300));
    for (options, limit) in [(VaultOptions::default(), 8 * HOUR), (short, 300)] {
        let vault = setting.open(keys(), options).await.unwrap();
        for (after, good) in [(limit - 1, true), (limit, false), (limit + 1, false)] {
            let (id, _) = new_session(&vault, "101").await;
            pass(&setting, after);
            assert_eq!(
                vault.sessions().get(&id).await.unwrap().is_some(),
                good,
                "{after} of {limit} s"
            );
            // Used or ended, from here on it is the same for as long again.
            pass(&setting, limit - 1);
            assert_eq!(
                vault.sessions().get(&id).await.unwrap().is_some(),
                good,
                "{after} of {limit} s"
            );
        }
    }
}

async fn a_used_session_ends_at_the_absolute_limit(setting: Setting) {
    let vault = setting.vault().await;
    let (id, session) = new_session(&vault, "101").await;
    let last = 7 * 24 * HOUR - 1;
    for _ in 0..last / (8 * HOUR - 1) {
        pass(&setting, 8 * HOUR - 1);
        let used = vault.sessions().get(&id).await.unwrap().expect("used in time");
        assert_eq!(used.expires_at, session.expires_at, "use does not prolong it");
    }
    pass(&setting, last % (8 * HOUR - 1));
    assert!(
        vault.sessions().get(&id).await.unwrap().is_some(),
        "a second before its end"
    );
    pass(&setting, 1);
    assert!(vault.sessions().get(&id).await.unwrap().is_none(), "at its end");
}

async fn use_is_noted_once_a_minute(setting: Setting) {
    let vault = setting.vault().await;
    let (id, session) = new_session(&vault, "101").await;
    let began = session.created_at;
    for (after, noted) in [(0, 0), (59, 0), (1, 60), (30, 60), (29, 60), (1, 120)] {
        pass(&setting, after);
        let seen = vault.sessions().get(&id).await.unwrap().unwrap().last_seen_at;
        assert_eq!(seen, began + Duration::from_secs(noted));
        let listed = vault.sessions().list(SessionsOf::Everyone, 10).await.unwrap();
        assert_eq!(listed[0].last_seen_at, seen, "what is answered is what is stored");
    }
}

async fn every_session_has_an_id_and_a_csrf_token_of_its_own(setting: Setting) {
    let vault = setting.vault().await;
    let login = vault.new_login("production").await.unwrap();
    let (mut ids, mut tokens) = (HashSet::new(), HashSet::new());
    for _ in 0..50 {
        let (id, session) = vault
            .sessions()
            .create(&login, "production", &user("101"))
            .await
            .unwrap();
        assert_eq!(id.expose_secret().len(), 43);
        assert!(session.csrf.len() >= 43);
        assert_ne!(session.csrf, id.expose_secret());
        ids.insert(id.expose_secret().to_owned());
        tokens.insert(session.csrf);
    }
    assert_eq!((ids.len(), tokens.len()), (50, 50));
}

async fn ending_one_leaves_the_others(setting: Setting) {
    let vault = setting.vault().await;
    let (first, session) = new_session(&vault, "101").await;
    let (second, _) = new_session(&vault, "101").await;
    let (third, _) = new_session(&vault, "101").await;

    assert_eq!(vault.sessions().end(&first).await.unwrap(), Some(session.login));
    assert_eq!(vault.sessions().end(&first).await.unwrap(), None);
    assert!(vault.sessions().get(&first).await.unwrap().is_none());

    // As an administrator does, who sees only the key.
    let keys: Vec<SessionKey> = listed(&vault, all_of("101"))
        .await
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(keys.len(), 2);
    assert!(keys.contains(&second.key()) && keys.contains(&third.key()));
    vault
        .sessions()
        .end_by_key(&SessionKey::from(second.key().as_str()))
        .await
        .unwrap()
        .unwrap();
    assert!(vault.sessions().get(&second).await.unwrap().is_none());
    assert!(vault.sessions().get(&third).await.unwrap().is_some());
}

async fn listed(vault: &Vault, of: SessionsOf<'_>) -> Vec<(SessionKey, LoginId)> {
    let entries = vault.sessions().list(of, 100).await.unwrap();
    entries
        .into_iter()
        .map(|entry| (entry.key, entry.login))
        .collect()
}

async fn lists_are_by_user_and_by_login(setting: Setting) {
    let vault = setting.vault().await;
    let (a1, session) = new_session(&vault, "101").await;
    pass(&setting, 1);
    let (a2, _) = new_session(&vault, "101").await;
    pass(&setting, 1);
    let (b, _) = new_session(&vault, "102").await;
    let key = |id: &SessionId| id.key();

    let keys = |list: Vec<(SessionKey, LoginId)>| list.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(
        keys(listed(&vault, all_of("101")).await),
        [key(&a2), key(&a1)],
        "newest first"
    );
    assert_eq!(keys(listed(&vault, all_of("102")).await), [key(&b)]);
    assert_eq!(
        keys(listed(&vault, SessionsOf::Login(&session.login)).await),
        [key(&a1)]
    );
    assert_eq!(
        keys(listed(&vault, SessionsOf::Everyone).await),
        [key(&b), key(&a2), key(&a1)]
    );
    assert_eq!(
        vault
            .sessions()
            .list(SessionsOf::Everyone, 2)
            .await
            .unwrap()
            .len(),
        2
    );
    for (environment, account_id) in [("sandbox", "400"), ("production", "401")] {
        let of = SessionsOf::User {
            environment,
            account_id,
            extension_id: "101",
        };
        assert!(listed(&vault, of).await.is_empty(), "{of:?}");
    }

    // Used or not, a list shows what is still good.
    pass(&setting, 8 * HOUR - 2);
    assert_eq!(
        keys(listed(&vault, SessionsOf::Everyone).await),
        [key(&b), key(&a2)]
    );
}

async fn all_sessions_of_a_user_end_together(setting: Setting) {
    let vault = setting.vault().await;
    let (first, session) = new_session(&vault, "101").await;
    let second = vault
        .sessions()
        .create(&session.login, "production", &user("101"))
        .await
        .unwrap()
        .0;
    let (other, _) = new_session(&vault, "102").await;

    let logins = vault.sessions().end_all(all_of("101")).await.unwrap();
    assert_eq!(logins, [session.login], "each login once");
    for (id, good) in [(&first, false), (&second, false), (&other, true)] {
        assert_eq!(vault.sessions().get(id).await.unwrap().is_some(), good);
    }
    assert_eq!(
        vault
            .sessions()
            .end_all(SessionsOf::Everyone)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(
        vault
            .sessions()
            .end_all(SessionsOf::Everyone)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_session_needs_its_login(setting: Setting) {
    let vault = setting.vault().await;
    let (login, store, _) = setting.login("one").await;
    let (id, _) = vault
        .sessions()
        .create(&login, "production", &user("101"))
        .await
        .unwrap();

    // Logged out but not removed: the page can still say who was signed in.
    store.remove().await.unwrap();
    assert!(vault.sessions().get(&id).await.unwrap().is_some());
    store.put(&tokens("two")).await.unwrap();

    vault.remove_login(&login).await.unwrap();
    assert!(vault.sessions().get(&id).await.unwrap().is_none());
    let error = vault
        .sessions()
        .create(&login, "production", &user("101"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), VaultErrorKind::Gone);
}

async fn what_ran_out_is_deleted(setting: Setting) {
    let vault = setting.vault().await;
    new_session(&vault, "101").await;
    new_session(&vault, "102").await;
    pass(&setting, 8 * HOUR);
    assert_eq!(vault.prune().await.unwrap().sessions, 2);
    let (_, session) = new_session(&vault, "103").await;
    assert_eq!(vault.prune().await.unwrap().sessions, 0);
    vault
        .sessions()
        .end_all(SessionsOf::Login(&session.login))
        .await
        .unwrap();
}

#[test]
fn a_cookie_that_cannot_be_a_session_id_is_refused() {
    let good = URL_SAFE_NO_PAD.encode([7; 32]);
    assert_eq!(SessionId::parse(&good).unwrap().expose_secret(), good);
    for bad in [
        "",
        &good[..42],
        &format!("{good}A"),
        &format!("{good}="),
        &format!("{} ", &good[..42]),
        &URL_SAFE_NO_PAD.encode([7; 31]),
        &URL_SAFE_NO_PAD.encode([7; 33]),
        &good.replace('c', "+"),
        &"é".repeat(21),
        &"A".repeat(100_000),
    ] {
        assert!(SessionId::parse(bad).is_none(), "{bad:.50}");
    }
}

proptest! {
    #[test]
    fn reading_a_cookie_is_total(cookie in "[A-Za-z0-9_-]{40,46}|\\PC{0,60}") {
        if let Some(id) = SessionId::parse(&cookie) {
            prop_assert_eq!(id.expose_secret(), cookie.as_str());
            let debug = format!("{id:?}");
            prop_assert!(!debug.contains(&cookie));
        }
    }
}

/// Callers that give up at every point of a statement, from before it is sent until after it has been answered.
async fn a_caller_that_goes_away_harms_nobody(setting: Setting) {
    let vault = setting.vault().await;
    let (id, _) = new_session(&vault, "101").await;
    for polls in 0..400 {
        let sessions = vault.sessions();
        let mut get = Box::pin(sessions.get(&id));
        for _ in 0..polls {
            let answer = std::future::poll_fn(|context| Poll::Ready(get.as_mut().poll(context))).await;
            if answer.is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    assert!(vault.sessions().get(&id).await.unwrap().is_some());
}
