//! The keys of sealed logins: made once, never replaced, asked of the keyring in bounded time.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::os::{self, KeyringError};
use crate::entropy::Entropy;
use crate::session::store::{StoreError, StoreErrorKind};

const KEY_BYTES: usize = 32;

/// A key under an id of its own. An id is never used for a second key, so nothing in the keyring is ever replaced:
/// two programs that store a login at the same time make two keys, and the file says which one counts.
pub(super) struct Key {
    pub(super) id: String,
    pub(super) bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// The keyring of the operating system, and the keys that it has given.
#[derive(Debug)]
pub(super) struct Keys {
    limit: Duration,
    entropy: Arc<dyn Entropy>,
    known: Mutex<HashMap<String, Arc<Key>>>,
}

impl Keys {
    pub(super) fn new(limit: Duration, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            limit,
            entropy,
            known: Mutex::default(),
        }
    }

    pub(super) fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// The key with this id, or `None` when the keyring does not hold it.
    pub(super) async fn get(&self, id: &str) -> Result<Option<Arc<Key>>, StoreError> {
        if let Some(key) = self.known(Some(id)) {
            return Ok(Some(key));
        }
        let Some(bytes) = self.ask(os::read(id)).await? else {
            return Ok(None);
        };
        // Whatever else stands under that id is no key of ours, and opens nothing.
        let Ok(bytes) = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()) else {
            return Ok(None);
        };
        Ok(Some(self.remember(id, bytes)))
    }

    /// A key that was already had. Without an id, the only one there is.
    pub(super) fn known(&self, id: Option<&str>) -> Option<Arc<Key>> {
        let known = self.lock();
        match id {
            Some(id) => known.get(id).cloned(),
            None if known.len() == 1 => known.values().next().cloned(),
            None => None,
        }
    }

    /// A new key, which the keyring has shown to hold.
    pub(super) async fn make(&self, label: &str) -> Result<Arc<Key>, StoreError> {
        let mut id = [0; 16];
        self.entropy.fill(&mut id);
        let id = format!("{:032x}", u128::from_be_bytes(id));
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        self.entropy.fill(bytes.as_mut());
        let read_back = self
            .ask(async {
                os::write(&id, label, bytes.as_slice()).await?;
                os::read(&id).await
            })
            .await?;
        if !read_back.is_some_and(|read| read.as_slice().ct_eq(bytes.as_slice()).into()) {
            return Err(unavailable(
                "the keyring took a key but did not give it back, so nothing was sealed with it; look at the keyring, or \
                 choose another token store",
            ));
        }
        Ok(self.remember(&id, *bytes))
    }

    pub(super) async fn forget(&self, id: &str) -> Result<(), StoreError> {
        self.lock().remove(id);
        self.ask(os::delete(id)).await
    }

    fn remember(&self, id: &str, bytes: [u8; KEY_BYTES]) -> Arc<Key> {
        let key = Arc::new(Key {
            id: id.to_owned(),
            bytes: Zeroizing::new(bytes),
        });
        self.lock().insert(id.to_owned(), Arc::clone(&key));
        key
    }

    /// Waits for the keyring within the limit. What is dropped then is a question: nothing stays behind that hangs.
    async fn ask<R>(&self, question: impl Future<Output = Result<R, KeyringError>>) -> Result<R, StoreError> {
        match tokio::time::timeout(self.limit, question).await {
            Ok(answer) => answer.map_err(StoreError::from),
            Err(_) => Err(unavailable(&format!(
                "the keyring did not answer within {:?}: it hangs, or waits for its password in a window that nobody \
                 sees; unlock it and try again, or choose another token store",
                self.limit
            ))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Key>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<KeyringError> for StoreError {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Absent(why) => unavailable(
                "there is no keyring to ask: none answers in this session, or it has none that is the default; start one (on \
                 Linux a Secret Service such as GNOME Keyring, on the session's D-Bus), or choose another token store",
            )
            .with_source(why),
            KeyringError::Locked => unavailable(
                "the keyring is locked, and was not unlocked when asked; unlock it and try again, or choose another \
                 token store",
            ),
            KeyringError::Fleeting => unavailable(
                "the default keyring forgets its keys when the session ends; make another one the default, or choose \
                 another token store",
            ),
            KeyringError::Failed(why) => {
                unavailable("the keyring reports a failure; look at it, or choose another token store").with_source(why)
            }
        }
    }
}

fn unavailable(message: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, message)
}
