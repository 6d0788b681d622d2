//! Where the login is, and the first login there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ringcentral::{Client, FileTokenStore, Grant, OsEntropy, SystemClock, TokenStore};
use ringcentral_vault::{Keyring, LoginId, Vault, VaultOptions};

use crate::{Place, variable};

/// A place for a new login, with its id where it has one.
pub(crate) async fn new_place(place: &Place) -> anyhow::Result<(Arc<dyn TokenStore>, Option<String>)> {
    if let Some(file) = file(place) {
        return Ok((file, None));
    }
    let vault = vault(place).await?;
    let id = vault.new_login("emulator").await?;
    Ok((Arc::new(vault.token_store(&id)), Some(id.to_string())))
}

/// The place of the login that was made before.
pub(crate) async fn known_place(place: &Place) -> anyhow::Result<Arc<dyn TokenStore>> {
    if let Some(file) = file(place) {
        return Ok(file);
    }
    let id = place
        .login
        .as_deref()
        .context("a vault holds many logins: name one with --login")?;
    let id: LoginId = id.parse()?;
    Ok(Arc::new(vault(place).await?.token_store(&id)))
}

/// Logs in with what the emulator's env file says.
pub(crate) async fn log_in(client: &Client) -> anyhow::Result<()> {
    let (username, password) = (variable("RC_USERNAME")?, variable("RC_PASSWORD")?);
    let grant = Grant::password(username, Some(variable("RC_EXTENSION")?), password);
    client.oauth().login(grant).await?;
    Ok(())
}

fn file(place: &Place) -> Option<Arc<dyn TokenStore>> {
    let path = place.store.strip_prefix("file:")?;
    Some(Arc::new(FileTokenStore::at(path)))
}

async fn vault(place: &Place) -> anyhow::Result<Vault> {
    // A worker is one of many on its server: it takes few of the server's connections.
    let mut options = VaultOptions::default().connections(2);
    if let Some(pause) = place.look_again {
        options = options.look_again(Duration::from_millis(pause));
    }
    let keys = Keyring::parse(&variable("RINGCENTRAL_E2E_KEYS")?)?;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
    Ok(Vault::open_with(&place.store, keys, clock, entropy, options).await?)
}
