//! A login that lives as long as the process.

use std::collections::HashMap;
use std::sync::PoisonError;

use jiff::Timestamp;
use tokio::sync::watch;

use super::slot::Slot;
use super::store::{
    Claim, Commit, Lease, RateWindow, RefreshOutcome, StoreError, Stored, TokenStore, Version,
};
use super::token_set::TokenSet;
use crate::BoxFuture;
use crate::sync::Mutex;

/// Keeps a login in memory only: it ends with the process. The default of a [`Client`](crate::Client).
///
/// ```
/// use ringcentral::{App, Client, MemoryTokenStore};
///
/// # fn main() -> ringcentral::Result<()> {
/// let anybody = Client::builder(App::public("my-client-id")).build()?;
/// // A client for each user, with the connections of the first.
/// let alice = anybody.with_token_store(MemoryTokenStore::new());
/// # drop(alice);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct MemoryTokenStore {
    slot: Mutex<Slot<TokenSet>>,
    changes: watch::Sender<Version>,
    rate_windows: std::sync::Mutex<HashMap<String, RateWindow>>,
}

impl MemoryTokenStore {
    /// An empty store.
    pub fn new() -> Self {
        Self {
            slot: Mutex::default(),
            changes: watch::Sender::new(Version(0)),
            rate_windows: std::sync::Mutex::default(),
        }
    }

    fn with<R: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Slot<TokenSet>) -> R,
    ) -> BoxFuture<'static, Result<R, StoreError>> {
        // A panic elsewhere cannot leave a slot half changed: each change is a few assignments.
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = change(&mut slot);
        self.changes.send_replace(slot.version);
        Box::pin(std::future::ready(Ok(answer)))
    }
}

impl Default for MemoryTokenStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenStore for MemoryTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        self.with(|slot| {
            slot.tokens.clone().map(|tokens| Stored {
                tokens,
                version: slot.version,
                lease: slot.lease.clone(),
                last_refresh: slot.last_refresh.clone(),
            })
        })
    }

    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        self.with(|slot| slot.put(login.clone()))
    }

    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.with(|slot| slot.claim(seen, holder, now, until))
    }

    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.with(|slot| slot.claim_vacant(holder, now, until))
    }

    fn load_vacant(&self) -> BoxFuture<'_, Result<Option<RefreshOutcome>, StoreError>> {
        self.with(|slot| slot.vacancy().cloned())
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.with(|slot| slot.renew(lease, until))
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        self.with(|slot| slot.commit(lease, tokens.clone(), outcome.clone()))
    }

    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.with(|slot| slot.release(lease, outcome.clone()))
    }

    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.with(Slot::remove)
    }

    fn changed(&self, seen: Version) -> BoxFuture<'_, ()> {
        let mut changes = self.changes.subscribe();
        Box::pin(async move {
            if *changes.borrow_and_update() <= seen {
                // A release changes no version but frees the lease; any change may be the one waited for.
                let _ = changes.changed().await;
            }
        })
    }

    fn keeps_rate_windows(&self) -> bool {
        true
    }

    fn load_rate_window<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<RateWindow, StoreError>> {
        let windows = self.rate_windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(group).cloned().unwrap_or_default();
        Box::pin(std::future::ready(Ok(window)))
    }

    fn swap_rate_window<'a>(
        &'a self,
        group: &'a str,
        seen: u64,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let mut windows = self.rate_windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(group.to_owned()).or_default();
        let is_as_seen = window.version == seen;
        if is_as_seen {
            window.version += 1;
            bytes.clone_into(&mut window.bytes);
        }
        Box::pin(std::future::ready(Ok(is_as_seen)))
    }

    fn describe(&self) -> String {
        "memory".to_owned()
    }
}
