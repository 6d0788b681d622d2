//! Once the platform has ended a login, nobody asks it again, until there is a new login or a person insists.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use ringcentral::{ErrorKind, Grant, MemoryTokenStore, TokenSet, TokenStore as _};

use super::script::{Answer, Asked, Platform, builder, clock, invalid_grant, logged_in, ok, tokens};

/// Logs in by password, refuses every refresh, and takes any bearer.
fn refuses_refreshes() -> impl FnMut(&Asked) -> Answer + Send {
    let mut issued = 0;
    move |asked| {
        if asked.body.contains("grant_type=refresh_token") {
            invalid_grant()
        } else if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            tokens(issued)
        } else {
            ok("{}")
        }
    }
}

const REFRESH: &str = "grant_type=refresh_token";

#[tokio::test(start_paused = true)]
async fn nobody_asks_again_in_this_process_or_another() {
    let (platform, clock) = (Platform::new(refuses_refreshes()), clock());
    let store = Arc::new(MemoryTokenStore::new());
    let client = logged_in(builder(&platform, &clock).shared_token_store(store.clone())).await;
    clock.advance(Duration::from_secs(3_600));
    let sibling = builder(&platform, &clock)
        .shared_token_store(store)
        .build()
        .unwrap();
    for client in [&client, &client, &sibling] {
        let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
        assert!(error.is_login_required());
        assert_eq!(
            error.to_string(),
            "the login has ended (HTTP 400, OAU-213): Token not found"
        );
    }
    assert_eq!(platform.count("/oauth/token", REFRESH), 1);
}

#[tokio::test(start_paused = true)]
async fn a_person_may_insist() {
    let (platform, clock) = (Platform::new(refuses_refreshes()), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(Duration::from_secs(3_600));
    client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
    let error = client.oauth().refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRequired);
    assert_eq!(platform.count("/oauth/token", REFRESH), 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_login_begins_with_a_clean_record() {
    let (platform, clock) = (Platform::new(refuses_refreshes()), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(Duration::from_secs(3_600));
    client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
    client
        .oauth()
        .login(Grant::password("user", None, "password"))
        .await
        .unwrap();
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    let stored = client.token_store().load().await.unwrap().unwrap();
    assert_eq!(stored.last_refresh, None);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_still_good_goes_on_being_used() {
    let (platform, clock) = (Platform::new(refuses_refreshes()), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    clock.advance(Duration::from_secs(3_100));
    // The refresh ahead of need is refused. What is left of the access token is not taken from anybody.
    for _ in 0..3 {
        client.get("/restapi/v1.0/account/~").send().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(platform.count("/oauth/token", REFRESH), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_what_was_replaced_meanwhile_ends_nothing() {
    let clock = clock();
    let store = Arc::new(MemoryTokenStore::new());
    let platform = Platform::new({
        let store = Arc::clone(&store);
        move |asked| {
            if asked.body.contains("grant_type=password") {
                return tokens(1);
            }
            if asked.body.contains(REFRESH) {
                // Another host has logged in anew while this request was on its way.
                let put = store.put(&NEWER).now_or_never().expect("memory does not wait");
                put.unwrap();
                return invalid_grant();
            }
            ok("{}")
        }
    });
    let client = logged_in(builder(&platform, &clock).shared_token_store(store.clone())).await;
    clock.advance(Duration::from_secs(3_600));
    client.get("/restapi/v1.0/account/~").send().await.unwrap();
    assert_eq!(
        platform.asked().last().unwrap().bearer.as_deref(),
        Some("access-9")
    );
    assert_eq!(store.load().await.unwrap().unwrap().last_refresh, None);
}

static NEWER: LazyLock<TokenSet> = LazyLock::new(|| {
    TokenSet::from_secret_json(
        br#"{"access_token":"access-9","refresh_token":"refresh-9","owner_id":"101","scope":[],
            "issued_at":"2026-11-21T10:00:00Z","refresh_at":"2026-11-21T10:48:00Z","expires_at":"2026-11-21T11:00:00Z",
            "refresh_expires_at":"2026-11-28T10:00:00Z","endpoint_id":null,"session_id":null,"login_kind":"Password"}"#,
    )
    .unwrap()
});
