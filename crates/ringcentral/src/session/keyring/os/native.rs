//! The keychain of macOS and the Credential Manager of Windows.

use std::sync::Arc;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{APPLICATION, KeyringError};

pub(in super::super) async fn read(id: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyringError> {
    ask(id, |entry| match entry.get_secret() {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    })
    .await
}

pub(in super::super) async fn write(id: &str, _label: &str, bytes: &[u8]) -> Result<(), KeyringError> {
    let bytes = Zeroizing::new(bytes.to_vec());
    ask(id, move |entry| entry.set_secret(&bytes)).await
}

pub(in super::super) async fn delete(id: &str) -> Result<(), KeyringError> {
    ask(id, |entry| match entry.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        other => other,
    })
    .await
}

/// The system's calls block, for as long as a person needs for a password. A thread of its own keeps neither the
/// runtime nor the end of the program waiting.
async fn ask<R: Send + 'static>(
    id: &str,
    question: impl FnOnce(Entry) -> Result<R, Error> + Send + 'static,
) -> Result<R, KeyringError> {
    let id = id.to_owned();
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            let result = store()
                .and_then(|store| store.build(APPLICATION, &id, None))
                .and_then(question);
            // Whoever asked may have gone away.
            let _ = answer.send(result);
        })
        .map_err(|error| KeyringError::Failed(error.into()))?;
    match answered.await {
        Ok(result) => result.map_err(KeyringError::from),
        Err(stopped) => Err(KeyringError::Failed(stopped.into())),
    }
}

#[cfg(target_os = "macos")]
fn store() -> Result<Arc<apple_native_keyring_store::keychain::Store>, Error> {
    apple_native_keyring_store::keychain::Store::new()
}

#[cfg(windows)]
fn store() -> Result<Arc<windows_native_keyring_store::Store>, Error> {
    windows_native_keyring_store::Store::new()
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoStorageAccess(_) => Self::Locked,
            error => Self::Failed(error.into()),
        }
    }
}
