//! A login in a file that only its owner can read, replaced whole or not at all.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::store::{
    Claim, Commit, Lease, RateWindow, RefreshOutcome, StoreError, Stored, TokenStore, Version,
};
use super::token_set::{SecretRecord, TokenSet};
use crate::BoxFuture;

mod disk;
mod failure;
mod presence;
mod private;
mod rates;
mod record;

pub(super) use rates::RatesFile;
pub(super) use record::{AtRest, RecordFile};

/// Keeps a login in a file: mode 0600, guarded by a lock file beside it, replaced atomically and synced to disk.
/// (Two small files stand beside it: `.lock` guards each change, `.refresh` shows that whoever refreshes is alive. Programs
/// that [share their rate limits](crate::ClientBuilder::share_rate_limits) do it in `.rates`, which has a lock of its own.)
///
/// Any number of tasks and processes may share the file. Symbolic links, files of other users, and files that other
/// users may read or write, are refused. A damaged file is reported and left alone; a new login moves it aside
/// (`NAME.damaged-1`, then `-2` and so on) rather than overwriting it.
///
/// Whatever goes wrong (a full disk, a file system that became read-only, a process that was stopped while it held
/// the lock), the login that was stored last is intact, and the [`StoreError`] says what happened and what to do.
///
/// ```
/// # use ringcentral::{App, Client, FileTokenStore};
/// # fn main() -> ringcentral::Result<()> {
/// let client = Client::builder(App::public("my-client-id"))
///     .token_store(FileTokenStore::at("tokens.json"))
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct FileTokenStore(RecordFile<SecretRecord>);

impl AtRest for SecretRecord {
    const FORMAT: &'static str = "ringcentral-login/1";
}

impl FileTokenStore {
    /// A store at this path. Nothing is read or written yet; missing directories are made when a login is stored.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(RecordFile::at(path.into(), None))
    }

    /// Ties the file to one login, such as `SERVER CLIENT-ID PROFILE`: a file that names another is refused.
    #[must_use]
    pub fn for_login(self, login: impl Into<String>) -> Self {
        Self(RecordFile::at(self.path().to_owned(), Some(login.into())))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl TokenStore for FileTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async {
            let Some(kept) = self.0.load().await? else {
                return Ok(None);
            };
            Ok(Some(Stored {
                tokens: TokenSet::try_from(kept.tokens).map_err(|_| self.0.damaged())?,
                version: kept.version,
                lease: kept.lease,
                last_refresh: kept.last_refresh,
            }))
        })
    }

    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        Box::pin(async {
            let issued_at = login.info().issued_at;
            let (version, _) = self.0.put(login.into(), issued_at, |_| false).await?;
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
        self.0.claim(seen, holder, now, until)
    }

    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.0.claim_vacant(holder, now, until)
    }

    fn load_vacant(&self) -> BoxFuture<'_, Result<Option<RefreshOutcome>, StoreError>> {
        self.0.load_vacant()
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.0.renew(lease, until)
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        let record = SecretRecord::from(tokens);
        self.0.commit(lease, |_| Ok(record), outcome)
    }

    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.release(lease, outcome)
    }

    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { self.0.remove().await.map(drop) })
    }

    fn keeps_rate_windows(&self) -> bool {
        true
    }

    fn load_rate_window<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<RateWindow, StoreError>> {
        let rates = RatesFile::beside(self.path());
        Box::pin(async move { rates.load(group).await })
    }

    fn swap_rate_window<'a>(
        &'a self,
        group: &'a str,
        seen: u64,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let rates = RatesFile::beside(self.path());
        Box::pin(async move { rates.swap(group, seen, bytes).await })
    }

    fn describe(&self) -> String {
        format!("file {}", self.path().display())
    }
}
