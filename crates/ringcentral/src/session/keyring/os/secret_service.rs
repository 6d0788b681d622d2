//! Linux and the BSDs: the Secret Service on the session's D-Bus, each question over a connection of its own.

use std::collections::HashMap;

use secret_service::{Collection, EncryptionType, Error, Item, SecretService};
use zeroize::Zeroizing;

use super::{APPLICATION, KeyringError};

/// How the bus says that nobody offers the service.
const SERVICE_UNKNOWN: &str = "org.freedesktop.DBus.Error.ServiceUnknown";

/// How it says that an item which was found is there no more: somebody else has deleted it meanwhile.
const GONE: [&str; 2] = [
    "org.freedesktop.DBus.Error.UnknownMethod",
    "org.freedesktop.DBus.Error.UnknownObject",
];

pub(in super::super) async fn read(id: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyringError> {
    let service = connect().await?;
    let Some(item) = find(&service, id).await? else {
        return Ok(None);
    };
    match item.get_secret().await {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(in super::super) async fn write(id: &str, label: &str, bytes: &[u8]) -> Result<(), KeyringError> {
    let service = connect().await?;
    let collection = default_collection(&service).await?;
    if collection.collection_path.as_str().ends_with("/session") {
        return Err(KeyringError::Fleeting);
    }
    unlock(&collection).await?;
    let replace = false;
    collection
        .create_item(label, attributes(id), bytes, replace, "application/octet-stream")
        .await?;
    Ok(())
}

pub(in super::super) async fn delete(id: &str) -> Result<(), KeyringError> {
    let service = connect().await?;
    if let Some(item) = find(&service, id).await? {
        match item.delete().await {
            Err(error) if !is_gone(&error) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// With a key agreed upon for this connection: nothing crosses the bus in clear.
async fn connect() -> Result<SecretService<'static>, KeyringError> {
    let bus = zbus::Connection::session().await;
    let bus = bus.map_err(|error| KeyringError::Absent(error.into()))?;
    Ok(SecretService::connect_with_existing(EncryptionType::Dh, bus).await?)
}

async fn default_collection<'a>(service: &'a SecretService<'_>) -> Result<Collection<'a>, KeyringError> {
    match service.get_default_collection().await {
        Err(Error::NoResult) => Err(KeyringError::Absent("there is no default keyring".into())),
        found => Ok(found?),
    }
}

/// Some keyrings list what they hold only once they are unlocked, so that nothing found may mean not yet.
async fn find<'a>(service: &'a SecretService<'_>, id: &str) -> Result<Option<Item<'a>>, KeyringError> {
    let mut found = service.search_items(attributes(id)).await?;
    if found.unlocked.is_empty() && found.locked.is_empty() {
        let collection = default_collection(service).await?;
        if !collection.is_locked().await? {
            return Ok(None);
        }
        unlock(&collection).await?;
        found = service.search_items(attributes(id)).await?;
    }
    if let Some(item) = found.unlocked.pop() {
        return Ok(Some(item));
    }
    let Some(item) = found.locked.pop() else {
        return Ok(None);
    };
    item.unlock().await?;
    Ok(Some(item))
}

fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Zbus(zbus::Error::MethodError(name, ..)) if GONE.contains(&name.as_str()))
}

async fn unlock(collection: &Collection<'_>) -> Result<(), KeyringError> {
    if collection.is_locked().await? {
        collection.unlock().await?;
    }
    Ok(())
}

fn attributes(id: &str) -> HashMap<&str, &str> {
    HashMap::from([("application", APPLICATION), ("key", id)])
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::Locked | Error::Prompt => Self::Locked,
            Error::Unavailable => Self::Absent(error.into()),
            Error::Zbus(zbus::Error::MethodError(ref name, ..)) if *name == SERVICE_UNKNOWN => {
                Self::Absent(error.into())
            }
            error => Self::Failed(error.into()),
        }
    }
}
