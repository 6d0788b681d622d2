//! The flight: one refresh, in a task of its own, whose result everybody waits for.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::store::{Claim, Commit, Lease, RefreshOutcome, Stored, Version};
use super::token_set::TokenSet;
use super::unsaved::Unsaved;
use super::{Current, Session, lock, login_required, step, store_error};
use crate::clock::{later, until};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Assertion;

/// How long a lease lasts unless it is renewed. A holder that dies blocks the others for no longer.
const LEASE: Duration = Duration::from_secs(30);

/// How often the lease is renewed while the token endpoint has not answered.
const RENEWAL: Duration = Duration::from_secs(10);

/// The longest pause before looking at the store again while another holder refreshes.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// After a refresh ahead of need failed, the next one waits this long; a token in need does not wait.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// What a flight is to bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Any other version than this one.
    outdated: Version,
    /// Whether to ask the platform even if it has said that this login is over.
    in_any_case: bool,
}

impl Wanted {
    pub(super) fn newer_than(outdated: Version) -> Self {
        Self {
            outdated,
            in_any_case: false,
        }
    }

    /// No login has this version, so whatever is there will do.
    pub(super) fn first_login() -> Self {
        Self::newer_than(Version(0))
    }

    pub(super) fn in_any_case(self) -> Self {
        Self {
            in_any_case: true,
            ..self
        }
    }
}

/// A refresh under way, as one of its passengers sees it.
#[derive(Clone, Debug)]
pub(super) struct Flight(watch::Receiver<Option<Result<Current>>>);

impl Flight {
    pub(super) async fn landed(mut self) -> Result<Current> {
        match self.0.wait_for(Option::is_some).await {
            Ok(result) => result.clone().expect("waited for it"),
            Err(_) => Err(Error::new(
                ErrorKind::Network,
                "the refresh was stopped because the program is ending",
            )),
        }
    }

    fn is_in_the_air(&self) -> bool {
        self.0.has_changed().is_ok()
    }
}

impl Session {
    /// The flight under way, or a new one in a task of its own.
    pub(super) fn flight(self: &Arc<Self>, wanted: Wanted) -> Flight {
        let mut memory = lock(&self.memory);
        if let Some(flight) = &memory.flight
            && flight.is_in_the_air()
        {
            return flight.clone();
        }
        let (landing, flight) = watch::channel(None);
        let flight = Flight(flight);
        memory.flight = Some(flight.clone());
        let epoch = memory.epoch;
        drop(memory);
        let session = Arc::clone(self);
        self.spawner.spawn(async move {
            let result = session.fly(wanted).await;
            session.land(epoch, &result);
            landing.send_replace(Some(result));
        });
        flight
    }

    fn land(&self, epoch: u64, result: &Result<Current>) {
        let mut memory = lock(&self.memory);
        memory.flight = None;
        match result {
            Ok(current) => {
                if memory.epoch == epoch {
                    memory.current = Some(current.clone());
                }
                memory.not_ahead_before = None;
            }
            Err(error) => {
                let now = self.endpoint.clock().now();
                memory.not_ahead_before = Some(later(now, PAUSE_AFTER_FAILURE));
                drop(memory);
                // Not the error's own words: the platform's are in them, and may be anybody's name or number.
                tracing::warn!(
                    "error.type" = ?error.kind(),
                    rc.error_code = error.code().or(error.oauth_error()),
                    "the login could not be refreshed"
                );
            }
        }
    }

    /// The refresh itself: claim, ask, commit; and adopt somebody else's result whenever there is one.
    async fn fly(self: &Arc<Self>, wanted: Wanted) -> Result<Current> {
        loop {
            self.save_unsaved().await?;
            let stored = self.store.load().await.map_err(store_error)?;
            if let Some(stored) = &stored
                && stored.version != wanted.outdated
            {
                return Ok(stored.clone().into());
            }
            self.may_be_asked_for(stored.as_ref(), wanted)?;
            if let Some(penalty) = self.penalty(stored.as_ref()).await? {
                self.endpoint.wait_out(penalty).await?;
                continue;
            }
            match self.claim(stored.as_ref()).await? {
                Claim::Moved => {}
                Claim::Busy { until: end } => self.wait_for_other_holder(stored.as_ref(), end).await,
                Claim::Held(lease) => {
                    step("claimed");
                    let answer = self.ask(stored.as_ref(), &lease).await;
                    if let Some(current) = self.conclude(lease, answer).await? {
                        return Ok(current);
                    }
                }
            }
        }
    }

    /// Whether there is a point in asking the platform: not without anything to show, and not once it has given its
    /// final word. The token endpoint answers five requests a minute.
    fn may_be_asked_for(&self, stored: Option<&Stored>, wanted: Wanted) -> Result<()> {
        if lock(&self.assertion).is_some() {
            return Ok(());
        }
        let Some(stored) = stored else {
            return Err(login_required("nobody is logged in"));
        };
        match &stored.last_refresh {
            Some(outcome) if outcome.is_final && !wanted.in_any_case => Err(login_required(&outcome.result)),
            _ => Ok(()),
        }
    }

    /// How long the platform takes no token request of this login, as any process has found.
    async fn penalty(&self, stored: Option<&Stored>) -> Result<Option<Duration>> {
        let noted = match stored {
            Some(stored) => stored.last_refresh.clone(),
            None => self.store.load_vacant().await.map_err(store_error)?,
        };
        let now = self.endpoint.clock().now();
        Ok(noted.and_then(|noted| noted.penalty(now)))
    }

    async fn claim(&self, stored: Option<&Stored>) -> Result<Claim> {
        let now = self.endpoint.clock().now();
        let end = later(now, LEASE);
        let claim = match stored {
            Some(stored) => self.store.claim(stored.version, &self.holder, now, end).await,
            None => self.store.claim_vacant(&self.holder, now, end).await,
        };
        claim.map_err(store_error)
    }

    /// Asks for new tokens, renewing the lease while there is no answer.
    async fn ask(&self, stored: Option<&Stored>, lease: &Lease) -> Result<TokenSet> {
        let renewals = async {
            loop {
                self.endpoint.clock().sleep(RENEWAL).await;
                // A renewal that fails is no reason to drop an answer on its way: the commit is what decides.
                let now = self.endpoint.clock().now();
                let _ = self.store.renew(lease, later(now, LEASE)).await;
            }
        };
        step("asking");
        tokio::select! {
            biased;
            answer = self.tokens_for(stored.map(|stored| &stored.tokens)) => answer,
            () = renewals => unreachable!("renewals go on until the answer is there"),
        }
    }

    async fn tokens_for(&self, old: Option<&TokenSet>) -> Result<TokenSet> {
        let refreshed = match old {
            Some(old) if old.refresh_token().is_some() => self.endpoint.refresh(old).await,
            Some(_) => Err(login_required(
                "the login has no refresh token and its access token has run out",
            )),
            None => Err(login_required("nobody is logged in")),
        };
        let assertion: Option<Assertion> = lock(&self.assertion).clone();
        match (refreshed, assertion) {
            (Err(error), Some(assertion)) if error.is_login_required() => self.endpoint.jwt(&assertion).await,
            (refreshed, _) => refreshed,
        }
    }

    /// Commits new tokens, or gives the lease back. `None` means that the slot has moved: look again.
    async fn conclude(self: &Arc<Self>, lease: Lease, answer: Result<TokenSet>) -> Result<Option<Current>> {
        step("answered");
        let at = self.endpoint.clock().now();
        match answer {
            Ok(tokens) => {
                let outcome = RefreshOutcome::refreshed(at);
                match self.store.commit(&lease, &tokens, &outcome).await {
                    Ok(Commit::Done(version)) => {
                        step("committed");
                        Ok(Some(Current {
                            tokens: Arc::new(tokens),
                            version,
                        }))
                    }
                    Ok(Commit::Lost) => Ok(None),
                    // What is not stored must not be used, and must not be forgotten either.
                    Err(error) => {
                        self.keep_unsaved(Unsaved::new(lease, tokens, outcome));
                        Err(store_error(error))
                    }
                }
            }
            Err(error) => {
                let outcome = RefreshOutcome::failed(at, error.to_string(), error.is_login_required())
                    .not_before(self.endpoint.end_of_penalty(&error));
                // Whether the note can be written does not change what happened.
                let _ = self.store.release(&lease, &outcome).await;
                if error.is_login_required() {
                    // One more look: the token that was refused may have been replaced meanwhile.
                    let stored = self.store.load().await.map_err(store_error)?;
                    if stored.is_some_and(|stored| stored.version != lease.version) {
                        return Ok(None);
                    }
                }
                Err(error)
            }
        }
    }

    async fn wait_for_other_holder(&self, seen: Option<&Stored>, lease_end: jiff::Timestamp) {
        let clock = self.endpoint.clock();
        let pause = until(clock.now(), lease_end).clamp(Duration::from_millis(1), LOOK_AGAIN);
        let pause = clock.sleep(pause);
        match seen {
            Some(stored) => {
                tokio::select! {
                    biased;
                    () = self.store.changed(stored.version) => {}
                    () = pause => {}
                }
            }
            // An empty slot has no version to wait for.
            None => pause.await,
        }
    }
}
