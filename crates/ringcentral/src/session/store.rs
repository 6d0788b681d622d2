//! Where a login is kept, and the lease that makes its refresh happen once.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::token_set::TokenSet;
use crate::BoxFuture;
use crate::clock::until;

/// The place of one login: implement it to keep logins where your program keeps things.
///
/// A store is a slot with a version that grows with every change of tokens, and a lease on the right to refresh
/// them. Three rules make a login survive crashes, races and pauses, and every method's contract serves them:
///
/// 1. **Durable before visible.** When [`put`](Self::put) or [`commit`](Self::commit) returns, the tokens
///    survive a crash. The session uses them only then.
/// 2. **One holder.** [`claim`](Self::claim) gives the lease to one caller at a time, over all tasks, processes
///    and hosts that share the slot. It runs out by itself, so a holder that died blocks nobody for long.
/// 3. **Fenced.** [`commit`](Self::commit) writes only while the lease is still the holder's own and the version
///    is the one it was claimed for. A holder that was paused and wakes up late cannot overwrite newer tokens.
///
/// The example `custom_store` is a whole store in one file; [`FileTokenStore`](crate::FileTokenStore) and
/// [`MemoryTokenStore`](crate::MemoryTokenStore) are two others. This is how the session uses it:
///
/// ```no_run
/// use std::time::Duration;
///
/// use jiff::Timestamp;
/// use ringcentral::{Claim, Commit, RefreshOutcome, StoreError, TokenSet, TokenStore};
///
/// # async fn refresh_at_the_platform() -> TokenSet { unimplemented!() }
/// async fn refresh(store: &dyn TokenStore, now: Timestamp) -> Result<(), StoreError> {
///     let Some(login) = store.load().await? else { return Ok(()) };
///     let until = now + Duration::from_secs(30);
///     match store.claim(login.version, "worker-1", now, until).await? {
///         Claim::Held(lease) => {
///             let tokens = refresh_at_the_platform().await;
///             match store.commit(&lease, &tokens, &RefreshOutcome::refreshed(now)).await? {
///                 Commit::Done(version) => println!("written, and durable, as {version:?}"),
///                 Commit::Lost => println!("too late: somebody else has taken over"),
///             }
///         }
///         Claim::Busy { until } => println!("somebody else refreshes it, until {until} at most"),
///         Claim::Moved => println!("there are newer tokens already"),
///     }
///     Ok(())
/// }
/// ```
pub trait TokenStore: Send + Sync + fmt::Debug + 'static {
    /// The login as it stands now, or `None` when there is none.
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>>;

    /// A new login replaces whatever was there: the version goes up and a lease ends.
    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>>;

    /// Claims the right to refresh version `seen`, from `now` until `until`, in one compare-and-set.
    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>>;

    /// Claims the right to make the first login of an empty slot, for programs that log in without a person; the lease
    /// is committed or released like any other. [`Claim::Moved`] when there is a login by now.
    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>>;

    /// How the last attempt at a first login of an empty slot went, as [`release`](Self::release) noted it: whoever is next
    /// then waits out a penalty that another program has found. `None`, which is the default, lets each find it by itself.
    fn load_vacant(&self) -> BoxFuture<'_, Result<Option<RefreshOutcome>, StoreError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Prolongs the lease; `false` when it is no longer the holder's own.
    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Replaces the tokens and ends the lease, or writes nothing and answers [`Commit::Lost`].
    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>>;

    /// Gives the lease up without new tokens and notes why; does nothing when the lease is lost.
    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Forgets the login.
    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Resolves when the slot may have changed since `seen`; it may resolve early. The default looks 50 times a
    /// second.
    fn changed(&self, seen: Version) -> BoxFuture<'_, ()> {
        let _ = seen;
        Box::pin(tokio::time::sleep(Duration::from_millis(20)))
    }

    /// Whether this store keeps the record by which processes share their rate limits
    /// ([`ClientBuilder::share_rate_limits`](crate::ClientBuilder::share_rate_limits)). No by default.
    fn keeps_rate_windows(&self) -> bool {
        false
    }

    /// The record of one rate group of this login; empty bytes and version 0 when there is none yet.
    fn load_rate_window<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<RateWindow, StoreError>> {
        let _ = group;
        Box::pin(std::future::ready(Err(keeps_no_rate_windows())))
    }

    /// Replaces the record of one rate group if its version is still the one seen; `false` when it is not. It need not
    /// be durable: whatever gets lost is learned anew.
    fn swap_rate_window<'a>(
        &'a self,
        group: &'a str,
        seen: u64,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let _ = (group, seen, bytes);
        Box::pin(std::future::ready(Err(keeps_no_rate_windows())))
    }

    /// What a person would call this place: `memory`, `file /home/…/tokens.json`.
    fn describe(&self) -> String;
}

/// What processes that share a login know of one rate group. Only the client understands the bytes; no secret is in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateWindow {
    /// The record as it was given.
    pub bytes: Vec<u8>,
    /// Which change of the record this is; grows with each.
    pub version: u64,
    /// The time by the store's own clock, if it has one: then hosts whose clocks differ count by that.
    pub now: Option<Timestamp>,
}

/// A login as a store holds it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The tokens.
    pub tokens: TokenSet,
    /// Which change of the slot this is.
    pub version: Version,
    /// Who may refresh at the moment, whether or not that time has run out.
    pub lease: Option<Lease>,
    /// How the last refresh went, for diagnosis.
    pub last_refresh: Option<RefreshOutcome>,
}

/// Which change of a slot: grows with each new token set, and never comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The right to refresh one version of a login for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Grows with each lease of the slot: the holder of an older one is fenced off.
    pub fence: u64,
    /// The version that the lease was claimed for.
    pub version: Version,
    /// Who holds it, for diagnosis.
    pub holder: String,
    /// When it runs out.
    pub until: Timestamp,
}

/// The answer to [`TokenStore::claim`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The lease is yours.
    Held(Lease),
    /// Somebody else is refreshing.
    Busy {
        /// When that lease runs out if its holder has died.
        until: Timestamp,
    },
    /// The version is no longer the one seen, or the login is gone: load it anew.
    Moved,
}

/// The answer to [`TokenStore::commit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Written, and durable.
    Done(Version),
    /// Nothing was written: the lease was taken over, or the slot has moved on.
    Lost,
}

/// How a refresh went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshOutcome {
    /// When it ended.
    pub at: Timestamp,
    /// `refreshed`, or what went wrong; never a secret.
    pub result: String,
    /// Whether it was the end of the login: the platform has refused the refresh token for good. Nobody asks it again
    /// for this version.
    #[serde(default)]
    pub is_final: bool,
    /// Until when the platform takes no token request of this login, if it has said so: one that comes earlier begins
    /// the penalty anew, whoever sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

impl RefreshOutcome {
    /// New tokens came.
    pub fn refreshed(at: Timestamp) -> Self {
        Self {
            at,
            result: "refreshed".to_owned(),
            is_final: false,
            not_before: None,
        }
    }

    /// None came, and why.
    pub fn failed(at: Timestamp, why: impl Into<String>, is_final: bool) -> Self {
        Self {
            at,
            result: why.into(),
            is_final,
            not_before: None,
        }
    }

    /// With the end of a penalty.
    #[must_use]
    pub fn not_before(self, not_before: Option<Timestamp>) -> Self {
        Self { not_before, ..self }
    }

    /// How much of a penalty is left, if one is noted. By a clock that differs too much from that of whoever noted it,
    /// nobody can tell.
    pub fn penalty(&self, now: Timestamp) -> Option<Duration> {
        let end = self.not_before?;
        let (length, left) = (until(self.at, end), until(now, end));
        let is_believable = left <= length.saturating_add(CLOCKS_AGREE);
        Some(left.min(length)).filter(|left| is_believable && !left.is_zero())
    }
}

/// How far the clocks of hosts may be apart and yet be taken to agree.
const CLOCKS_AGREE: Duration = Duration::from_secs(30);

/// Why a store could not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached just now, or an input/output error came in between. Try again.
    Unavailable,
    /// What it holds is damaged. It has been left as it is.
    Corrupt,
    /// It may not be written, or not be read: permissions, a read-only directory.
    Denied,
    /// The disk is full. What was stored before is still there.
    Full,
    /// It is not private: a symbolic link, or a file that other users may read or write.
    Insecure,
    /// It belongs to another login: another server, application or user.
    Foreign,
    /// It does not offer this at all.
    Unsupported,
}

fn keeps_no_rate_windows() -> StoreError {
    StoreError::new(
        StoreErrorKind::Unsupported,
        "this token store cannot share rate limits between processes",
    )
}

/// The error of a [`TokenStore`]. It must not hold a secret.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// An error with a message for people: what, why, what to do next.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Why the store could not do its work.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
