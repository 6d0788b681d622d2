//! The shared store: the memory store as written, with moments in between and failures.

use std::collections::HashSet;
use std::sync::Mutex;

use jiff::Timestamp;
use shuttle::future::yield_now;

use super::World;
use crate::BoxFuture;
use crate::session::{
    Claim, Commit, Lease, MemoryTokenStore, RefreshOutcome, StoreError, StoreErrorKind, Stored, TokenSet,
    TokenStore, Version,
};

#[derive(Debug)]
pub(super) struct ModelStore {
    world: World,
    inner: MemoryTokenStore,
    /// Every access token that has been stored.
    durable: Mutex<HashSet<String>>,
    newest: Mutex<String>,
}

impl ModelStore {
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            inner: MemoryTokenStore::new(),
            durable: Mutex::default(),
            newest: Mutex::default(),
        }
    }

    pub(super) fn has_stored(&self, access_token: &str) -> bool {
        self.durable.lock().unwrap().contains(access_token)
    }

    pub(super) fn newest(&self) -> String {
        self.newest.lock().unwrap().clone()
    }

    async fn moment(&self) -> Result<(), StoreError> {
        yield_now().await;
        if self.world.strikes(10) {
            // Stopped, while the others go on.
            for _ in 0..80 {
                yield_now().await;
            }
        }
        if self.world.strikes(25) {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "the store is away"));
        }
        Ok(())
    }

    /// A failure may come before the work was done or after it.
    async fn with_failures<T>(&self, work: BoxFuture<'_, Result<T, StoreError>>) -> Result<T, StoreError> {
        self.moment().await?;
        let answer = work.await?;
        self.moment().await?;
        Ok(answer)
    }

    fn note(&self, tokens: &TokenSet) {
        let token = tokens.access_token().expose_secret().to_owned();
        let mut newest = self.newest.lock().unwrap();
        let number = |token: &str| token.trim_start_matches("access-").parse::<u32>().unwrap_or(0);
        assert!(
            number(&newest) <= number(&token),
            "{token} overwrote {newest}, which is newer"
        );
        newest.clone_from(&token);
        self.durable.lock().unwrap().insert(token);
    }
}

impl TokenStore for ModelStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(self.with_failures(Box::pin(async { self.inner.load().await })))
    }

    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        // The first login is where every model begins.
        Box::pin(async move {
            let version = self.inner.put(login).await?;
            self.note(login);
            Ok(version)
        })
    }

    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        // In an async block: the memory store does its work when called, and a failure must be able to come first.
        Box::pin(self.with_failures(Box::pin(async move {
            self.inner.claim(seen, holder, now, until).await
        })))
    }

    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(self.with_failures(Box::pin(async move {
            self.inner.claim_vacant(holder, now, until).await
        })))
    }

    fn load_vacant(&self) -> BoxFuture<'_, Result<Option<RefreshOutcome>, StoreError>> {
        Box::pin(self.with_failures(Box::pin(async { self.inner.load_vacant().await })))
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.with_failures(Box::pin(async move { self.inner.renew(lease, until).await })))
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        Box::pin(self.with_failures(Box::pin(async move {
            let commit = self.inner.commit(lease, tokens, outcome).await?;
            if commit != Commit::Lost {
                self.note(tokens);
            }
            Ok(commit)
        })))
    }

    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.with_failures(Box::pin(async move { self.inner.release(lease, outcome).await })))
    }

    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.remove()
    }

    fn changed(&self, seen: Version) -> BoxFuture<'_, ()> {
        self.inner.changed(seen)
    }

    fn describe(&self) -> String {
        "model".to_owned()
    }
}
