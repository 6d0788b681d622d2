//! A login sealed in a file, under a key that the operating system's keyring holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::file::{RatesFile, RecordFile};
use super::store::{
    Claim, Commit, Lease, RateWindow, RefreshOutcome, StoreError, StoreErrorKind, Stored, TokenStore, Version,
};
use super::token_set::TokenSet;
use crate::BoxFuture;
use crate::entropy::OsEntropy;

mod keys;
mod os;
mod sealed;

use keys::{Key, Keys};
use sealed::Sealed;

/// How long the keyring may take: a person may have to type its password.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Keeps a login in a file like [`FileTokenStore`](crate::FileTokenStore)'s, with its tokens sealed under a key that
/// only the operating system's keyring holds: a copy of the file opens nothing. (Secret Service on Linux and the BSDs,
/// as GNOME Keyring, `KWallet` and `KeePassXC` offer it; the keychain of macOS; the Credential Manager of Windows.)
///
/// Each login gets a key of its own, which is written, read back and compared before the login is stored, and
/// deleted when the login is forgotten. The keyring is asked once for each login and process, not at each refresh.
///
/// Nothing is ever written in clear instead: without a keyring, with a locked one, or with one that does not answer
/// in time, there is an error of kind [`Unavailable`](StoreErrorKind::Unavailable) that says what to do. A program
/// that wants to know beforehand asks [`probe`](Self::probe), and may then choose another store. When the key is
/// gone the file is left as it is; a new login sets it aside (`NAME.damaged-1`).
///
/// ```no_run
/// # use ringcentral::{App, Client, KeyringTokenStore};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = KeyringTokenStore::at("tokens.sealed");
/// store.probe().await?;
/// let client = Client::builder(App::public("my-client-id")).token_store(store).build()?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct KeyringTokenStore {
    records: RecordFile<Sealed>,
    keys: Arc<Keys>,
}

impl KeyringTokenStore {
    /// A store with its file at this path. Neither file nor keyring is touched yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            records: RecordFile::at(path.into(), None),
            keys: Arc::new(Keys::new(ANSWER_WITHIN, Arc::new(OsEntropy))),
        }
    }

    /// Ties the file to one login, such as `SERVER CLIENT-ID PROFILE`: a file that names another is refused.
    #[must_use]
    pub fn for_login(self, login: impl Into<String>) -> Self {
        Self {
            records: RecordFile::at(self.path().to_owned(), Some(login.into())),
            ..self
        }
    }

    /// How long to wait for the keyring, which may have to ask a person for its password; 30 s unless set.
    #[must_use]
    pub fn answer_within(self, limit: Duration) -> Self {
        Self {
            keys: Arc::new(Keys::new(limit, Arc::new(OsEntropy))),
            ..self
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        self.records.path()
    }

    /// Whether the keyring works: stores a key, reads it back, and deletes it again.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`] when it is absent, locked, hangs, or does not give back what it was given.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let key = self.keys.make("RingCentral login: a test, to be deleted").await?;
        self.keys.forget(&key.id).await
    }

    async fn key_of(&self, sealed: &Sealed) -> Result<Arc<Key>, StoreError> {
        let missing = || {
            StoreError::new(
                StoreErrorKind::Unavailable,
                format!(
                    "the login in {} is sealed with key {}, which the keyring does not hold; unlock or bring back the \
                     keyring that does, or log in anew; the file has been left as it is",
                    self.path().display(),
                    sealed.key
                ),
            )
        };
        self.keys.get(&sealed.key).await?.ok_or_else(missing)
    }

    /// Whether the tokens that are there will never open again.
    async fn is_lost(&self, sealed: &Sealed) -> Result<bool, StoreError> {
        let key = self.keys.get(&sealed.key).await?;
        Ok(key.is_none_or(|key| sealed.open(&key).is_none()))
    }

    /// The key of the tokens that are there, so that new ones can be sealed with it under the lock.
    async fn fetch_key(&self) -> Result<(), StoreError> {
        match self.records.load().await {
            Ok(Some(kept)) => self.key_of(&kept.tokens).await.map(drop),
            Ok(None) => Ok(()),
            Err(error) if error.kind() == StoreErrorKind::Corrupt => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A new key for the first login of an empty record; otherwise the one that is in use is fetched.
    async fn key_for_commit(&self) -> Result<Option<Arc<Key>>, StoreError> {
        match self.records.load().await {
            Ok(None) => self.keys.make(&self.label()).await.map(Some),
            _ => self.fetch_key().await.map(|()| None),
        }
    }

    fn label(&self) -> String {
        format!("RingCentral login: key of {}", self.path().display())
    }

    fn cannot_be_opened(&self) -> StoreError {
        StoreError::new(
            StoreErrorKind::Corrupt,
            format!(
                "the login in {} does not open with its key: file or key was changed; it has been left as it is, and a \
                 new login sets it aside",
                self.path().display()
            ),
        )
    }
}

impl TokenStore for KeyringTokenStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async {
            let Some(kept) = self.records.load().await? else {
                return Ok(None);
            };
            let key = self.key_of(&kept.tokens).await?;
            Ok(Some(Stored {
                tokens: kept.tokens.open(&key).ok_or_else(|| self.cannot_be_opened())?,
                version: kept.version,
                lease: kept.lease,
                last_refresh: kept.last_refresh,
            }))
        })
    }

    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        let (store, login) = (self.clone(), login.clone());
        // In a task, as the file's own work is: a caller that goes away does not cost the login.
        let task = async move {
            // The new key comes first: a keyring that takes it is unlocked, and tells truly which keys it lacks.
            let key = store.keys.make(&store.label()).await?;
            let lost = match store.records.load().await {
                Ok(Some(kept)) if store.is_lost(&kept.tokens).await? => Some(kept.tokens.key),
                Ok(_) => None,
                Err(error) if error.kind() == StoreErrorKind::Corrupt => None,
                Err(error) => return Err(error),
            };
            let sealed = Sealed::seal(&login, &key, store.records.login(), store.keys.entropy());
            let issued_at = login.info().issued_at;
            let unreadable = move |old: &Sealed| Some(&old.key) == lost.as_ref();
            let (version, replaced) = store.records.put(sealed, issued_at, unreadable).await?;
            if let Some(replaced) = replaced {
                // Nothing is sealed with it any more; that it stays is untidy, not wrong.
                let _ = store.keys.forget(&replaced.key).await;
            }
            Ok(version)
        };
        Box::pin(async move {
            tokio::spawn(task)
                .await
                .unwrap_or_else(|error| Err(stopped(error)))
        })
    }

    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(async move {
            // Without the key the answer could not be stored, so nothing is asked.
            self.fetch_key().await?;
            self.records.claim(seen, holder, now, until).await
        })
    }

    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        Box::pin(async move {
            self.probe().await?;
            self.records.claim_vacant(holder, now, until).await
        })
    }

    fn load_vacant(&self) -> BoxFuture<'_, Result<Option<RefreshOutcome>, StoreError>> {
        self.records.load_vacant()
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.records.renew(lease, until)
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        Box::pin(async move {
            let new = self.key_for_commit().await?;
            let (store, tokens) = (self.clone(), tokens.clone());
            let renewed = move |old: Option<&Sealed>| {
                // With the key that the record names at this moment: no other is sure to be in the keyring.
                let key = match (old, new) {
                    (None, Some(new)) => Some(new),
                    (old, _) => store.keys.known(old.map(|old| old.key.as_str())),
                };
                let key = key.ok_or_else(|| store.cannot_be_opened())?;
                let login = old.map_or(store.records.login(), |old| old.login.as_deref());
                Ok(Sealed::seal(&tokens, &key, login, store.keys.entropy()))
            };
            self.records.commit(lease, renewed, outcome).await
        })
    }

    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.records.release(lease, outcome)
    }

    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async {
            if let Some(removed) = self.records.remove().await? {
                // The tokens are gone from the file, whether or not the keyring can be reached.
                let _ = self.keys.forget(&removed.key).await;
            }
            Ok(())
        })
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
        format!(
            "file {}, sealed with a key in the system's keyring",
            self.path().display()
        )
    }
}

fn stopped(error: tokio::task::JoinError) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        "storing the login was stopped because the program is ending",
    )
    .with_source(error)
}
