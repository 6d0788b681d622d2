//! The session: "give me a valid access token", refreshed once however many callers wait.
//!
//! Fast path: the token set in memory is fresh, and is used. Otherwise one task, the *flight*, refreshes
//! (`session/flight.rs`): it claims the store's lease, asks the token endpoint, and commits before anyone uses the
//! new tokens. Callers wait for the flight's result; one that goes away cancels nothing.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::clock::until;
use crate::entropy::random_token;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Gates;
use crate::oauth::TokenEndpoint;
use crate::secret::{AccessToken, Assertion};
use crate::sync::{Mutex, MutexGuard};

mod file;
mod flight;
mod freshness;
mod import;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;
#[cfg(test)]
mod model;
mod slot;
mod spawner;
mod store;
mod token_set;
mod unsaved;

pub use file::FileTokenStore;
pub use freshness::Freshness;
pub use import::ImportError;
#[cfg(feature = "keyring")]
pub use keyring::KeyringTokenStore;
pub use memory::MemoryTokenStore;
pub(crate) use spawner::Spawner;
pub use store::{
    Claim, Commit, Lease, RateWindow, RefreshOutcome, StoreError, StoreErrorKind, Stored, TokenStore, Version,
};
pub use token_set::{LoginKind, TokenInfo, TokenSet};

use flight::{Flight, Wanted};
use unsaved::Unsaved;

/// One login: its store, what memory knows of it, and the refresh that may be under way.
#[derive(Debug)]
pub(crate) struct Session {
    store: Arc<dyn TokenStore>,
    endpoint: TokenEndpoint,
    spawner: Spawner,
    holder: String,
    /// Whether a token is refreshed before it is needed, while it is still good.
    ahead: bool,
    /// Makes a new login when the refresh token has run out, without a person.
    assertion: Mutex<Option<Assertion>>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    current: Option<Current>,
    flight: Option<Flight>,
    /// Grows with each login and logout, so that a flight that began before cannot bring the old login back.
    epoch: u64,
    not_ahead_before: Option<jiff::Timestamp>,
    /// What the platform has given and the store could not take.
    unsaved: Option<Unsaved>,
    /// The newest version that a request has carried.
    used: Option<Version>,
}

/// A token set that is stored, and so may be used.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) tokens: Arc<TokenSet>,
    pub(crate) version: Version,
}

impl Current {
    pub(crate) fn access_token(&self) -> &AccessToken {
        self.tokens.access_token()
    }
}

impl Session {
    pub(crate) fn new(
        store: Arc<dyn TokenStore>,
        endpoint: TokenEndpoint,
        assertion: Option<Assertion>,
        ahead: bool,
        spawner: Spawner,
    ) -> Arc<Self> {
        let holder = format!(
            "process {} {}",
            std::process::id(),
            &random_token(endpoint.entropy())[..8]
        );
        Arc::new(Self {
            store,
            endpoint,
            spawner,
            holder,
            ahead,
            assertion: Mutex::new(assertion),
            memory: Mutex::default(),
        })
    }

    /// A session for another login of the same application.
    pub(crate) fn for_another_login(&self, store: Arc<dyn TokenStore>, gates: &Gates) -> Arc<Self> {
        let endpoint = self.endpoint.for_another_login(gates);
        Self::new(store, endpoint, None, self.ahead, self.spawner.clone())
    }

    pub(crate) fn store(&self) -> &dyn TokenStore {
        self.store.as_ref()
    }

    pub(crate) fn endpoint(&self) -> &TokenEndpoint {
        &self.endpoint
    }

    /// A token set that may be sent now. `rejected` is the version that the platform has just answered with 401:
    /// it is refreshed only if it is still the one in force.
    pub(crate) async fn authorize(self: &Arc<Self>, rejected: Option<Version>) -> Result<Current> {
        let current = self.usable(rejected).await?;
        self.note_use(current.version);
        Ok(current)
    }

    async fn usable(self: &Arc<Self>, rejected: Option<Version>) -> Result<Current> {
        let Some(current) = self.current(rejected).await? else {
            return self.log_in_again().await;
        };
        if rejected == Some(current.version) {
            return self.refresh(current.version).await;
        }
        match self.freshness(&current) {
            Freshness::Fresh { .. } => Ok(current),
            Freshness::RefreshSoon { .. } => {
                self.refresh_ahead(current.version);
                Ok(current)
            }
            // Even a set that looks dead here goes through a flight, which looks at the store once more.
            Freshness::Expired | Freshness::Dead => {
                let newer = self.refresh(current.version).await?;
                if self.freshness(&newer).is_usable() {
                    return Ok(newer);
                }
                // The machine slept while the answer was on its way, or another host stored it long ago.
                self.refresh(newer.version).await
            }
        }
    }

    /// A token with at least `min_ttl` of life left, for handing to another program.
    pub(crate) async fn with_ttl(self: &Arc<Self>, min_ttl: Duration) -> Result<Current> {
        let current = self.authorize(None).await?;
        let left = until(self.now_for(&current), current.tokens.info().expires_at);
        if left >= min_ttl {
            Ok(current)
        } else {
            self.refresh(current.version).await
        }
    }

    /// Stores a new login and makes it the one in force.
    pub(crate) async fn adopt(&self, tokens: TokenSet, assertion: Option<Assertion>) -> Result<Current> {
        let version = self.store.put(&tokens).await.map_err(store_error)?;
        if assertion.is_some() {
            *lock(&self.assertion) = assertion;
        }
        let current = Current {
            tokens: Arc::new(tokens),
            version,
        };
        self.begin_epoch(Some(current.clone()));
        Ok(current)
    }

    /// Forgets the login here and in the store, and returns what it was.
    pub(crate) async fn forget(&self) -> Result<Option<Stored>> {
        // What cannot be read cannot be revoked either: whoever logs out has to be told, so nothing is forgotten then.
        let stored = self.store.load().await.map_err(store_error)?;
        self.store.remove().await.map_err(store_error)?;
        *lock(&self.assertion) = None;
        self.begin_epoch(None);
        Ok(stored)
    }

    /// Refreshes `outdated`, or adopts what replaced it meanwhile. All callers share one flight.
    pub(crate) async fn refresh(self: &Arc<Self>, outdated: Version) -> Result<Current> {
        self.flight(Wanted::newer_than(outdated)).landed().await
    }

    /// Like [`refresh`](Self::refresh), and asks the platform even if it has refused this refresh token before.
    pub(crate) async fn refresh_anyway(self: &Arc<Self>, outdated: Version) -> Result<Current> {
        self.flight(Wanted::newer_than(outdated).in_any_case())
            .landed()
            .await
    }

    fn refresh_ahead(self: &Arc<Self>, outdated: Version) {
        let now = self.endpoint.clock().now();
        let paused = lock(&self.memory).not_ahead_before.is_some_and(|time| now < time);
        if self.ahead && !paused {
            drop(self.flight(Wanted::newer_than(outdated)));
        }
    }

    /// What memory holds, or else the store. A rejected version is looked up anew: it may have been replaced.
    async fn current(&self, rejected: Option<Version>) -> Result<Option<Current>> {
        let known = lock(&self.memory).current.clone();
        if let Some(current) = known
            && rejected != Some(current.version)
        {
            return Ok(Some(current));
        }
        let epoch = lock(&self.memory).epoch;
        let stored = self.store.load().await.map_err(store_error)?.map(Current::from);
        let mut memory = lock(&self.memory);
        if memory.epoch == epoch {
            memory.current.clone_from(&stored);
        }
        Ok(stored)
    }

    async fn log_in_again(self: &Arc<Self>) -> Result<Current> {
        if lock(&self.assertion).is_none() {
            return Err(login_required("nobody is logged in"));
        }
        self.flight(Wanted::first_login()).landed().await
    }

    fn freshness(&self, current: &Current) -> Freshness {
        current.tokens.info().freshness(self.now_for(current))
    }

    /// The time now by the clock that this token set's times were written with.
    ///
    /// Tokens may have been issued to another host, or before this machine's clock was set: the platform's clock is
    /// the one that all have in common, so what counts is how far each is from that.
    fn now_for(&self, current: &Current) -> jiff::Timestamp {
        let now = self.endpoint.clock().now();
        match self.endpoint.platform_clock.ahead() {
            Some(ahead) => now
                .checked_add(ahead.saturating_sub(current.tokens.info().platform_ahead))
                .unwrap_or(now),
            // Most likely the clock that wrote them was this one.
            None => now,
        }
    }

    fn note_use(&self, version: Version) {
        let mut memory = lock(&self.memory);
        if memory.used.is_none_or(|used| used < version) {
            memory.used = Some(version);
            drop(memory);
            step("using");
        }
    }

    fn begin_epoch(&self, current: Option<Current>) {
        let mut memory = lock(&self.memory);
        memory.epoch += 1;
        memory.current = current;
        memory.unsaved = None;
    }
}

impl From<Stored> for Current {
    fn from(stored: Stored) -> Self {
        Self {
            tokens: Arc::new(stored.tokens),
            version: stored.version,
        }
    }
}

/// Says which step of a refresh comes now, for those who watch one closely.
fn step(step: &'static str) {
    tracing::trace!(target: "ringcentral::refresh", step);
}

pub(crate) fn store_error(error: StoreError) -> Error {
    Error::new(ErrorKind::Store, "the token store failed").with_source(error)
}

fn login_required(why: &str) -> Error {
    Error::new(ErrorKind::LoginRequired, why)
}

/// Our critical sections are assignments, which a panic elsewhere cannot leave half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
