//! A store that is away when new tokens come: they are kept, and stored as soon as it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use jiff::Timestamp;
use ringcentral::{
    BoxFuture, Claim, Commit, ErrorKind, Grant, Lease, MemoryTokenStore, RefreshOutcome, StoreError,
    StoreErrorKind, Stored, TokenSet, TokenStore, Version,
};

use super::script::{Platform, builder, clock, drive, invalid_grant, logged_in, obliging, ok, tokens};

/// A store that can be reached or not; `claim` is the last thing that worked.
#[derive(Debug, Default)]
struct Remote {
    inner: MemoryTokenStore,
    away: AtomicBool,
    goes_away_after_claim: AtomicBool,
}

impl Remote {
    fn reached<'a, T: 'a + Send>(
        &'a self,
        work: impl FnOnce(&'a MemoryTokenStore) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        Box::pin(async move {
            if self.away.load(SeqCst) {
                return Err(StoreError::new(StoreErrorKind::Unavailable, "the store is away"));
            }
            work(&self.inner).await
        })
    }
}

impl TokenStore for Remote {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        self.reached(|store| store.load())
    }
    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        self.reached(|store| store.put(login))
    }
    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(async move {
            let claim = self
                .reached(|store| store.claim(seen, holder, now, until))
                .await?;
            if self.goes_away_after_claim.swap(false, SeqCst) {
                self.away.store(true, SeqCst);
            }
            Ok(claim)
        })
    }
    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.reached(move |store| store.claim_vacant(holder, now, until))
    }
    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.reached(move |store| store.renew(lease, until))
    }
    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        self.reached(move |store| store.commit(lease, tokens, outcome))
    }
    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.reached(move |store| store.release(lease, outcome))
    }
    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.reached(|store| store.remove())
    }
    fn describe(&self) -> String {
        "remote".into()
    }
}

/// Gives one new pair for a refresh token, and then no other: more than an hour passes in these tests.
fn rotates_once() -> Arc<Platform> {
    let mut calls = 0;
    Platform::new(move |asked| {
        if !asked.uri.ends_with("/oauth/token") {
            return ok("{}");
        }
        calls += 1;
        if calls <= 2 {
            tokens(calls)
        } else {
            invalid_grant()
        }
    })
}

const REFRESH: &str = "grant_type=refresh_token";
const CALL: &str = "/restapi/v1.0/account/~";

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_for_hours_loses_nothing() {
    let (platform, clock) = (rotates_once(), clock());
    let store = Arc::new(Remote::default());
    let client = logged_in(builder(&platform, &clock).shared_token_store(store.clone())).await;
    clock.advance(Duration::from_secs(3_600));
    store.goes_away_after_claim.store(true, SeqCst);
    let error = client.get(CALL).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    for _ in 0..3 {
        clock.advance(Duration::from_secs(1_500));
        assert_eq!(
            client.get(CALL).send().await.unwrap_err().kind(),
            ErrorKind::Store
        );
    }
    assert_eq!(platform.count(CALL, ""), 0, "what is not stored is not used");
    store.away.store(false, SeqCst);
    // By now the old refresh token would be refused. The pair that it gave was kept; its access token has run out too.
    let stored = async {
        while store.load().await.unwrap().unwrap().version == Version(1) {
            tokio::task::yield_now().await;
        }
    };
    drive(&clock, Duration::from_secs(1), stored).await;
    let stored = store.load().await.unwrap().unwrap();
    assert_eq!(
        stored.tokens.refresh_token().unwrap().expose_secret(),
        "refresh-2"
    );
    assert_eq!(platform.count("/oauth/token", REFRESH), 1);
}

#[tokio::test(start_paused = true)]
async fn the_next_call_stores_it_and_goes_on() {
    let (platform, clock) = (rotates_once(), clock());
    let store = Arc::new(Remote::default());
    let client = logged_in(builder(&platform, &clock).shared_token_store(store.clone())).await;
    clock.advance(Duration::from_secs(3_600));
    store.goes_away_after_claim.store(true, SeqCst);
    client.get(CALL).send().await.unwrap_err();
    store.away.store(false, SeqCst);
    client.get(CALL).send().await.unwrap();
    assert_eq!(
        platform.asked().last().unwrap().bearer.as_deref(),
        Some("access-2")
    );
    assert_eq!(platform.count("/oauth/token", REFRESH), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_login_meanwhile_is_not_overwritten() {
    let platform = Platform::new(obliging());
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let client = logged_in(builder(&platform, &clock).shared_token_store(store.clone())).await;
    clock.advance(Duration::from_secs(3_600));
    store.goes_away_after_claim.store(true, SeqCst);
    client.get(CALL).send().await.unwrap_err();
    store.away.store(false, SeqCst);
    client
        .oauth()
        .login(Grant::password("other", None, "password"))
        .await
        .unwrap();
    let later = async { clock_passes(&clock, 120).await };
    drive(&clock, Duration::from_secs(1), later).await;
    client.get(CALL).send().await.unwrap();
    let stored = store.load().await.unwrap().unwrap();
    assert_eq!(stored.tokens.access_token().expose_secret(), "access-3");
}

async fn clock_passes(clock: &ringcentral::ManualClock, seconds: u64) {
    ringcentral::Clock::sleep(clock, Duration::from_secs(seconds)).await;
}
