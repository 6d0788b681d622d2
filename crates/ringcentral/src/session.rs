//! The session: "give me a valid access token", refreshed once however many callers wait.
//!
//! Fast path: the token set in memory is fresh, and is used. Otherwise one task, the *flight*, refreshes: it
//! claims the store's lease, asks the token endpoint, and commits before anyone uses the new tokens. Callers wait
//! for the flight's result; one that goes away cancels nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::{later, until};
use crate::entropy::random_token;
use crate::error::{Error, ErrorKind, Result};
use crate::oauth::TokenEndpoint;
use crate::secret::{AccessToken, Assertion};

mod file;
mod freshness;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;
mod slot;
mod store;
mod token_set;

pub use file::FileTokenStore;
pub use freshness::Freshness;
#[cfg(feature = "keyring")]
pub use keyring::KeyringTokenStore;
pub use memory::MemoryTokenStore;
pub use store::{
    Claim, Commit, Lease, RefreshOutcome, StoreError, StoreErrorKind, Stored, TokenStore, Version,
};
pub use token_set::{LoginKind, TokenInfo, TokenSet};

/// How long a lease lasts unless it is renewed. A holder that dies blocks the others for no longer.
const LEASE: Duration = Duration::from_secs(30);

/// How often the lease is renewed while the token endpoint has not answered.
const RENEWAL: Duration = Duration::from_secs(10);

/// The longest pause before looking at the store again while another holder refreshes.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// After a refresh ahead of need failed, the next one waits this long; a token in need does not wait.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// One login: its store, what memory knows of it, and the refresh that may be under way.
#[derive(Debug)]
pub(crate) struct Session {
    store: Arc<dyn TokenStore>,
    endpoint: TokenEndpoint,
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
    flight: Option<watch::Receiver<Option<Result<Current>>>>,
    /// Grows with each login and logout, so that a flight that began before cannot bring the old login back.
    epoch: u64,
    not_ahead_before: Option<jiff::Timestamp>,
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
    ) -> Arc<Self> {
        let holder = format!(
            "process {} {}",
            std::process::id(),
            &random_token(endpoint.entropy())[..8]
        );
        Arc::new(Self {
            store,
            endpoint,
            holder,
            ahead,
            assertion: Mutex::new(assertion),
            memory: Mutex::default(),
        })
    }

    /// A session for another login of the same application.
    pub(crate) fn for_another_login(&self, store: Arc<dyn TokenStore>) -> Arc<Self> {
        Self::new(store, self.endpoint.for_another_login(), None, self.ahead)
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
        let Some(current) = self.current(rejected).await? else {
            return self.log_in_again().await;
        };
        if rejected == Some(current.version) {
            return self.refresh(current.version).await;
        }
        match current.tokens.info().freshness(self.endpoint.clock().now()) {
            Freshness::Fresh { .. } => Ok(current),
            Freshness::RefreshSoon { .. } => {
                self.refresh_ahead(current.version);
                Ok(current)
            }
            // Even a set that looks dead here goes through a flight, which looks at the store once more.
            Freshness::Expired | Freshness::Dead => self.refresh(current.version).await,
        }
    }

    /// A token with at least `min_ttl` of life left, for handing to another program.
    pub(crate) async fn with_ttl(self: &Arc<Self>, min_ttl: Duration) -> Result<Current> {
        let current = self.authorize(None).await?;
        let left = until(self.endpoint.clock().now(), current.tokens.info().expires_at);
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
        let stored = self.store.load().await.map_err(store_error)?;
        self.store.remove().await.map_err(store_error)?;
        *lock(&self.assertion) = None;
        self.begin_epoch(None);
        Ok(stored)
    }

    /// Refreshes `outdated`, or adopts what replaced it meanwhile. All callers share one flight.
    pub(crate) async fn refresh(self: &Arc<Self>, outdated: Version) -> Result<Current> {
        let mut flight = self.flight(outdated);
        match flight.wait_for(Option::is_some).await {
            Ok(result) => result.clone().expect("waited for it"),
            Err(_) => Err(Error::new(
                ErrorKind::Network,
                "the refresh was stopped because the program is ending",
            )),
        }
    }

    fn refresh_ahead(self: &Arc<Self>, outdated: Version) {
        let now = self.endpoint.clock().now();
        let paused = lock(&self.memory).not_ahead_before.is_some_and(|time| now < time);
        if self.ahead && !paused {
            drop(self.flight(outdated));
        }
    }

    /// The flight under way, or a new one in a task of its own.
    fn flight(self: &Arc<Self>, outdated: Version) -> watch::Receiver<Option<Result<Current>>> {
        let mut memory = lock(&self.memory);
        if let Some(flight) = &memory.flight
            && flight.has_changed().is_ok()
        {
            return flight.clone();
        }
        let (landing, flight) = watch::channel(None);
        memory.flight = Some(flight.clone());
        let epoch = memory.epoch;
        drop(memory);
        let session = Arc::clone(self);
        tokio::spawn(async move {
            let result = session.fly(outdated).await;
            let mut memory = lock(&session.memory);
            memory.flight = None;
            if let Ok(current) = &result {
                if memory.epoch == epoch {
                    memory.current = Some(current.clone());
                }
                memory.not_ahead_before = None;
            } else {
                let now = session.endpoint.clock().now();
                memory.not_ahead_before = Some(later(now, PAUSE_AFTER_FAILURE));
            }
            drop(memory);
            landing.send_replace(Some(result));
        });
        flight
    }

    /// The refresh itself: claim, ask, commit; and adopt somebody else's result whenever there is one.
    async fn fly(&self, outdated: Version) -> Result<Current> {
        loop {
            let Some(stored) = self.store.load().await.map_err(store_error)? else {
                return self.exchange_anew().await;
            };
            if stored.version != outdated {
                return Ok(stored.into());
            }
            let now = self.endpoint.clock().now();
            let claim = self
                .store
                .claim(stored.version, &self.holder, now, later(now, LEASE))
                .await;
            match claim.map_err(store_error)? {
                Claim::Moved => {}
                Claim::Busy { until: end } => {
                    self.wait_for_other_holder(stored.version, until(now, end)).await;
                }
                Claim::Held(lease) => {
                    let answer = self.ask(&stored, &lease).await;
                    if let Some(current) = self.conclude(&lease, answer).await? {
                        return Ok(current);
                    }
                }
            }
        }
    }

    /// Asks for new tokens, renewing the lease while there is no answer.
    async fn ask(&self, stored: &Stored, lease: &Lease) -> Result<TokenSet> {
        let renewals = async {
            loop {
                tokio::time::sleep(RENEWAL).await;
                // A renewal that fails is no reason to drop an answer on its way: the commit is what decides.
                let now = self.endpoint.clock().now();
                let _ = self.store.renew(lease, later(now, LEASE)).await;
            }
        };
        tokio::select! {
            answer = self.tokens_for(&stored.tokens) => answer,
            () = renewals => unreachable!("renewals go on until the answer is there"),
        }
    }

    async fn tokens_for(&self, old: &TokenSet) -> Result<TokenSet> {
        let refreshed = match old.refresh_token() {
            Some(_) => self.endpoint.refresh(old).await,
            None => Err(login_required(
                "the login has no refresh token and its access token has run out",
            )),
        };
        let assertion = lock(&self.assertion).clone();
        match (refreshed, assertion) {
            (Err(error), Some(assertion)) if error.is_login_required() => self.endpoint.jwt(&assertion).await,
            (refreshed, _) => refreshed,
        }
    }

    /// Commits new tokens, or gives the lease back. `None` means that the slot has moved: look again.
    async fn conclude(&self, lease: &Lease, answer: Result<TokenSet>) -> Result<Option<Current>> {
        let at = self.endpoint.clock().now();
        let error = match answer {
            Ok(tokens) => {
                let outcome = RefreshOutcome {
                    at,
                    result: "refreshed".to_owned(),
                };
                match self.store.commit(lease, &tokens, &outcome).await {
                    Ok(Commit::Done(version)) => {
                        return Ok(Some(Current {
                            tokens: Arc::new(tokens),
                            version,
                        }));
                    }
                    Ok(Commit::Lost) => return Ok(None),
                    // What is not stored must not be used; the platform gives the same pair to the next refresh.
                    Err(error) => store_error(error),
                }
            }
            Err(error) => error,
        };
        let outcome = RefreshOutcome {
            at,
            result: error.to_string(),
        };
        // Whether the note can be written does not change what happened.
        let _ = self.store.release(lease, &outcome).await;
        if error.is_login_required() {
            // One more look: the token that was refused may have been replaced meanwhile.
            let stored = self.store.load().await.map_err(store_error)?;
            if stored.is_some_and(|stored| stored.version != lease.version) {
                return Ok(None);
            }
        }
        Err(error)
    }

    async fn wait_for_other_holder(&self, seen: Version, lease_left: Duration) {
        let pause = lease_left.clamp(Duration::from_millis(1), LOOK_AGAIN);
        let _ = tokio::time::timeout(pause, self.store.changed(seen)).await;
    }

    /// What memory holds, or else the store. A rejected version is looked up anew: it may have been replaced.
    async fn current(&self, rejected: Option<Version>) -> Result<Option<Current>> {
        let known = lock(&self.memory).current.clone();
        if let Some(current) = known
            && rejected != Some(current.version)
        {
            return Ok(Some(current));
        }
        let stored = self.store.load().await.map_err(store_error)?.map(Current::from);
        self.remember(stored.clone());
        Ok(stored)
    }

    async fn log_in_again(self: &Arc<Self>) -> Result<Current> {
        if lock(&self.assertion).is_none() {
            return Err(login_required("nobody is logged in"));
        }
        self.refresh(Version(0)).await
    }

    /// A first login by JWT, when the store is empty.
    async fn exchange_anew(&self) -> Result<Current> {
        let assertion = lock(&self.assertion).clone();
        let Some(assertion) = assertion else {
            return Err(login_required("nobody is logged in"));
        };
        let tokens = self.endpoint.jwt(&assertion).await?;
        let version = self.store.put(&tokens).await.map_err(store_error)?;
        Ok(Current {
            tokens: Arc::new(tokens),
            version,
        })
    }

    fn remember(&self, current: Option<Current>) {
        lock(&self.memory).current = current;
    }

    fn begin_epoch(&self, current: Option<Current>) {
        let mut memory = lock(&self.memory);
        memory.epoch += 1;
        memory.current = current;
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
