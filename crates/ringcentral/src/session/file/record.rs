//! The slot of one login in a file, whatever form its tokens have there.
//!
//! Readers take no lock: they find the old record or the new. Every change is made under the lock, to its end, by a
//! thread that may block; a caller that goes away cancels nothing.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::disk::{Disk, Old};
use super::presence::Presence;
use crate::BoxFuture;
use crate::session::slot::Slot;
use crate::session::store::{Claim, Commit, Lease, RefreshOutcome, StoreError, StoreErrorKind, Version};

/// How long a change waits for the lock. A change takes milliseconds; whoever holds it longer is stopped, or hangs.
const LOCK_WAIT: Duration = Duration::from_secs(15);

/// The pauses between two looks at the lock grow up to this.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// The form that tokens have in the file.
pub(crate) trait AtRest: Serialize + DeserializeOwned + Send + 'static {
    /// Names the form, and its version, in the file.
    const FORMAT: &'static str;
}

/// What every form's name begins with.
const FAMILY: &str = "ringcentral-login";

/// The file of one login. Clones share the sign of life of whoever refreshes.
pub(crate) struct RecordFile<T> {
    place: Arc<Place>,
    form: PhantomData<fn() -> T>,
}

#[derive(Debug)]
struct Place {
    disk: Disk,
    login: Option<String>,
    presence: Presence,
}

impl<T> Clone for RecordFile<T> {
    fn clone(&self) -> Self {
        Self {
            place: Arc::clone(&self.place),
            form: PhantomData,
        }
    }
}

impl<T> fmt::Debug for RecordFile<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

#[derive(Serialize, Deserialize)]
struct Record<T> {
    format: String,
    /// Whose login this is, so that a file that strayed to another profile is noticed.
    login: Option<String>,
    #[serde(flatten)]
    slot: Slot<T>,
}

/// What is read first, to tell another form from damage.
#[derive(Deserialize)]
struct Header {
    format: String,
}

impl<T> Slot<T> {
    fn holds(&self, lease: &Lease) -> bool {
        self.lease.as_ref().is_some_and(|held| held.fence == lease.fence)
    }
}

/// A login as the file holds it.
pub(crate) struct Kept<T> {
    pub(crate) tokens: T,
    pub(crate) version: Version,
    pub(crate) lease: Option<Lease>,
    pub(crate) last_refresh: Option<RefreshOutcome>,
}

/// What a change brings: only that of tokens has steps that tests stop at.
#[derive(Clone, Copy)]
enum Change {
    Tokens,
    Lease,
}

impl<T: AtRest> RecordFile<T> {
    pub(crate) fn at(path: PathBuf, login: Option<String>) -> Self {
        Self {
            place: Arc::new(Place {
                disk: Disk::at(path),
                login,
                presence: Presence::default(),
            }),
            form: PhantomData,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.place.disk.path()
    }

    #[cfg(feature = "keyring")]
    pub(crate) fn login(&self) -> Option<&str> {
        self.place.login.as_deref()
    }

    pub(crate) fn load(&self) -> BoxFuture<'static, Result<Option<Kept<T>>, StoreError>> {
        let place = Arc::clone(&self.place);
        Box::pin(async move {
            let record = blocking(move || place.read::<T>()).await??;
            Ok(record.and_then(|Record { slot, .. }| {
                Some(Kept {
                    tokens: slot.tokens?,
                    version: slot.version,
                    lease: slot.lease,
                    last_refresh: slot.last_refresh,
                })
            }))
        })
    }

    /// Stores a new login, and answers its version and the tokens that it replaced. A record that is damaged, or
    /// `lost` says will never open again, is set aside.
    pub(crate) fn put(
        &self,
        tokens: T,
        issued_at: Timestamp,
        lost: impl FnOnce(&T) -> bool + Send + 'static,
    ) -> BoxFuture<'static, Result<(Version, Option<T>), StoreError>> {
        self.locked(move |place| {
            let (mut record, mut old) = match place.read() {
                Err(error) if error.kind() == StoreErrorKind::Corrupt => (place.empty(), Old::KeptBeside),
                found => (found?.unwrap_or_else(|| place.empty()), Old::Overwritten),
            };
            if record.slot.tokens.as_ref().is_some_and(lost) {
                record.slot.tokens = None;
                old = Old::KeptBeside;
            }
            record.slot.outgrow(issued_at);
            record.login.clone_from(&place.login);
            let replaced = record.slot.tokens.take();
            let version = record.slot.put(tokens);
            place.write(record, Change::Tokens, old)?;
            Ok((version, replaced))
        })
    }

    pub(crate) fn claim(
        &self,
        seen: Version,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'static, Result<Claim, StoreError>> {
        let holder = holder.to_owned();
        self.locked(move |place| match place.read::<T>()? {
            Some(record) => place.lease(record, |slot| slot.claim(seen, &holder, now, until)),
            None => Ok(Claim::Moved),
        })
    }

    /// Claims the first login. What is not there yet is made, without tokens.
    pub(crate) fn claim_vacant(
        &self,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'static, Result<Claim, StoreError>> {
        let holder = holder.to_owned();
        self.locked(move |place| {
            let mut record = place.read::<T>()?.unwrap_or_else(|| place.empty());
            if record.slot.tokens.is_none() {
                record.slot.outgrow(now);
            }
            place.lease(record, |slot| slot.claim_vacant(&holder, now, until))
        })
    }

    pub(crate) fn load_vacant(&self) -> BoxFuture<'static, Result<Option<RefreshOutcome>, StoreError>> {
        let place = Arc::clone(&self.place);
        Box::pin(async move {
            let record = blocking(move || place.read::<T>()).await??;
            Ok(record.and_then(|record| record.slot.vacancy().cloned()))
        })
    }

    pub(crate) fn renew(
        &self,
        lease: &Lease,
        until: Timestamp,
    ) -> BoxFuture<'static, Result<bool, StoreError>> {
        let lease = lease.clone();
        self.locked(move |place| {
            let Some(mut record) = place.read::<T>()? else {
                return Ok(false);
            };
            let mine = record.slot.renew(&lease, until);
            if mine {
                place.write(record, Change::Lease, Old::Overwritten)?;
            }
            Ok(mine)
        })
    }

    /// Replaces the tokens by those that `renewed` makes, under the lock, of the ones that are there.
    pub(crate) fn commit(
        &self,
        lease: &Lease,
        renewed: impl FnOnce(Option<&T>) -> Result<T, StoreError> + Send + 'static,
        outcome: &RefreshOutcome,
    ) -> BoxFuture<'static, Result<Commit, StoreError>> {
        let (lease, outcome) = (lease.clone(), outcome.clone());
        self.locked(move |place| {
            let (record, commit, old) = match place.read::<T>() {
                // Nothing newer can be in there, and what we bring is all that is left of the login.
                Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                    let tokens = renewed(None)?;
                    let version = lease.version.next();
                    let slot = Slot {
                        version,
                        fence: lease.fence,
                        lease: None,
                        last_refresh: Some(outcome),
                        tokens: Some(tokens),
                    };
                    (place.record(slot), Commit::Done(version), Old::KeptBeside)
                }
                found => {
                    let mut record = found?.unwrap_or_else(|| place.empty());
                    let commit = if record.slot.holds(&lease) {
                        let tokens = renewed(record.slot.tokens.as_ref())?;
                        record.slot.commit(&lease, tokens, outcome)
                    } else {
                        Commit::Lost
                    };
                    (record, commit, Old::Overwritten)
                }
            };
            if commit != Commit::Lost {
                place.write(record, Change::Tokens, old)?;
            }
            place.presence.end(lease.fence);
            Ok(commit)
        })
    }

    pub(crate) fn release(
        &self,
        lease: &Lease,
        outcome: &RefreshOutcome,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        let (lease, outcome) = (lease.clone(), outcome.clone());
        // Without the note the lease ends all the same: nobody shows life for it.
        self.place.presence.end(lease.fence);
        self.locked(move |place| {
            let Some(mut record) = place.read::<T>()? else {
                return Ok(());
            };
            if !record.slot.holds(&lease) {
                return Ok(());
            }
            record.slot.release(&lease, outcome);
            place.write(record, Change::Lease, Old::Overwritten)
        })
    }

    /// Forgets the login, and answers the tokens that were there.
    pub(crate) fn remove(&self) -> BoxFuture<'static, Result<Option<T>, StoreError>> {
        let place = Arc::clone(&self.place);
        let removal = self.locked(|place| {
            let found = match place.read::<T>() {
                Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                    place.disk.set_aside().map(|()| None)
                }
                found => found,
            };
            let Some(mut record) = found? else {
                return Ok(None);
            };
            let removed = record.slot.tokens.take();
            record.slot.remove();
            place.write(record, Change::Lease, Old::Overwritten)?;
            Ok(removed)
        });
        Box::pin(async move {
            // Where nothing was ever stored, no directory and no lock file is made.
            let nothing = blocking(move || place.disk.read().map(|bytes| bytes.is_none())).await??;
            if nothing { Ok(None) } else { removal.await }
        })
    }

    /// Runs `work` under the lock.
    fn locked<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<R, StoreError> + Send + 'static,
    ) -> BoxFuture<'static, Result<R, StoreError>> {
        let place = Arc::clone(&self.place);
        Box::pin(async move {
            let task = tokio::spawn(work_under_lock(place, work));
            task.await.unwrap_or_else(|error| Err(stopped(error)))
        })
    }

    /// That the tokens cannot be had from the record, which is left as it is.
    pub(crate) fn damaged(&self) -> StoreError {
        self.place.damaged()
    }
}

async fn work_under_lock<R: Send + 'static>(
    place: Arc<Place>,
    mut work: impl FnOnce(&Place) -> Result<R, StoreError> + Send + 'static,
) -> Result<R, StoreError> {
    let end = Instant::now() + LOCK_WAIT;
    let mut pause = Duration::from_millis(1);
    loop {
        let here = Arc::clone(&place);
        let turn = blocking(move || match here.disk.try_lock()? {
            Some(_lock) => work(&here).map(Ok),
            None => Ok(Err(work)),
        });
        match turn.await?? {
            Ok(answer) => return Ok(answer),
            Err(not_begun) => work = not_begun,
        }
        if Instant::now() >= end {
            return Err(blocking(move || place.disk.stays_locked()).await?);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(stopped)
}

fn stopped(error: tokio::task::JoinError) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        "the work on the login's file was stopped because the program is ending",
    )
    .with_source(error)
}

impl<T> Slot<T> {
    /// Versions and fences go on growing even when the file was deleted, and nobody knows how far they were.
    fn outgrow(&mut self, now: Timestamp) {
        let at_least = u64::try_from(now.as_millisecond()).unwrap_or(0);
        self.version = self.version.max(Version(at_least));
        self.fence = self.fence.max(at_least);
    }
}

impl Place {
    /// Writes a lease, if the slot gives it, and shows life for it from then on.
    fn lease<T: AtRest>(
        &self,
        mut record: Record<T>,
        claim: impl FnOnce(&mut Slot<T>) -> Claim,
    ) -> Result<Claim, StoreError> {
        let presence = self.disk.lock_presence()?;
        if presence.is_some() {
            // Whoever held the lease is gone: there is nothing to wait for.
            record.slot.lease = None;
        }
        let claim = claim(&mut record.slot);
        if let Claim::Held(lease) = &claim {
            self.write(record, Change::Lease, Old::Overwritten)?;
            self.presence.keep(lease.fence, presence);
        }
        Ok(claim)
    }

    fn read<T: AtRest>(&self) -> Result<Option<Record<T>>, StoreError> {
        let Some(bytes) = self.disk.read()? else {
            return Ok(None);
        };
        // The parser's message may quote what it found, so it goes no further.
        let header: Header = serde_json::from_slice(&bytes).map_err(|_| self.damaged())?;
        if header.format != T::FORMAT {
            return Err(self.of_another_form(&header.format));
        }
        let record: Record<T> = serde_json::from_slice(&bytes).map_err(|_| self.damaged())?;
        match (&self.login, &record.login) {
            (Some(expected), Some(found)) if expected != found => Err(StoreError::new(
                StoreErrorKind::Foreign,
                format!(
                    "{} belongs to another login ({found}); it has been left as it is",
                    self.disk.path().display()
                ),
            )),
            _ => Ok(Some(record)),
        }
    }

    fn write<T: AtRest>(&self, record: Record<T>, change: Change, old: Old) -> Result<(), StoreError> {
        // Large enough for any token set: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(16 << 10));
        serde_json::to_writer_pretty(&mut *bytes, &record).expect("text and times become JSON");
        self.disk.replace(&bytes, old, |step| {
            if matches!(change, Change::Tokens) {
                tracing::trace!(target: "ringcentral::refresh", step);
            }
        })
    }

    fn empty<T: AtRest>(&self) -> Record<T> {
        self.record(Slot::default())
    }

    fn record<T: AtRest>(&self, slot: Slot<T>) -> Record<T> {
        Record {
            format: T::FORMAT.to_owned(),
            login: self.login.clone(),
            slot,
        }
    }

    fn damaged(&self) -> StoreError {
        StoreError::new(
            StoreErrorKind::Corrupt,
            format!(
                "{} is damaged, or not a login of ours; it has been left as it is, and a new login sets it aside",
                self.disk.path().display()
            ),
        )
    }

    fn of_another_form(&self, format: &str) -> StoreError {
        if !format.starts_with(FAMILY) {
            return self.damaged();
        }
        StoreError::new(
            StoreErrorKind::Foreign,
            format!(
                "{} holds a login in another form ({}), written by another version or another kind of token store; it \
                 has been left as it is",
                self.disk.path().display(),
                format.escape_debug()
            ),
        )
    }
}
