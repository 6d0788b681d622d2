//! Logins that were begun: bound to the browser that began them, good for one callback, gone after ten minutes.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::database::sql;
use crate::error::{Result, VaultError, VaultErrorKind};
use crate::id::{digest, hex};
use crate::seal::{Place, Sealed};
use crate::vault::{Inner, later};

/// A login between its start and its callback.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingLogin {
    /// The environment that the user chose.
    pub environment: String,
    /// Where the browser goes afterwards.
    pub return_to: String,
    /// Whether the login page is in a window of its own.
    pub popup: bool,
    /// What the callback needs: `Pending::to_secret_bytes`.
    pub secret: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `return_to` may hold what a user searched for, or worse.
        f.debug_struct("PendingLogin")
            .field("environment", &self.environment)
            .field("popup", &self.popup)
            .finish_non_exhaustive()
    }
}

/// What is sealed: the length of this as JSON in four bytes (big endian), this as JSON, the secret.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    environment: Cow<'a, str>,
    return_to: Cow<'a, str>,
    popup: bool,
}

/// See [`Vault::pending_logins`](crate::Vault::pending_logins).
#[derive(Clone, Copy)]
pub struct PendingLogins<'a> {
    vault: &'a Inner,
}

impl<'a> PendingLogins<'a> {
    pub(crate) fn new(vault: &'a Inner) -> Self {
        Self { vault }
    }

    /// Keeps a login that begins now. `state` is the OAuth state that the callback will bring, `browser` the value of
    /// the cookie that binds it to this browser; both must be random, and only their hashes are stored. What has run
    /// out is deleted by the way.
    ///
    /// # Errors
    ///
    /// When the database refuses, or there is a login with this state already.
    pub async fn put(&self, state: &str, browser: &str, login: &PendingLogin) -> Result<()> {
        self.prune().await?;

        let id = state_hash(state);
        let Sealed { bytes, key_id } = self.vault.seal(place(&id), &encode(login));
        let expires_at = later(self.vault.clock.now(), self.vault.options.pending_limit);
        let insert = sql(
            "INSERT INTO vault_pending_logins (id, browser_hash, sealed_login, key_id, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.as_str())
        .bind(browser_hash(browser).as_str())
        .bind(bytes)
        .bind(key_id)
        .bind(expires_at.as_millisecond());
        self.vault.database.execute(insert).await?;
        Ok(())
    }

    /// Takes the login that this state belongs to: whoever takes it first has it, and nobody after that. `None` when
    /// there is none, when it has run out, or when another browser began it; that browser can then still finish.
    ///
    /// # Errors
    ///
    /// When the database refuses, or what it held does not open. It is then used up all the same.
    pub async fn take(&self, state: &str, browser: &str) -> Result<Option<PendingLogin>> {
        let id = state_hash(state);
        let delete = sql(
            "DELETE FROM vault_pending_logins WHERE id = $1 AND browser_hash = $2 \
             RETURNING sealed_login, expires_at",
        )
        .bind(id.as_str())
        .bind(browser_hash(browser).as_str());
        let Some(row) = self.vault.database.write(delete).await?.pop() else {
            return Ok(None);
        };
        if row.get::<i64>("expires_at")? <= self.vault.now() {
            return Ok(None);
        }
        let sealed: Vec<u8> = row.get("sealed_login")?;
        decode(&self.vault.open(place(&id), &sealed)?).map(Some)
    }

    /// Deletes what has run out.
    pub(crate) async fn prune(&self) -> Result<u64> {
        let delete = sql("DELETE FROM vault_pending_logins WHERE expires_at <= $1").bind(self.vault.now());
        self.vault.database.execute(delete).await
    }
}

impl fmt::Debug for PendingLogins<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogins").finish_non_exhaustive()
    }
}

fn state_hash(state: &str) -> String {
    hex(&digest("ringcentral-vault pending login", state))
}

fn browser_hash(browser: &str) -> String {
    hex(&digest("ringcentral-vault browser", browser))
}

fn place(id: &str) -> Place<'_> {
    Place {
        table: "vault_pending_logins",
        column: "sealed_login",
        row: id,
    }
}

fn encode(login: &PendingLogin) -> Zeroizing<Vec<u8>> {
    let head = Head {
        environment: login.environment.as_str().into(),
        return_to: login.return_to.as_str().into(),
        popup: login.popup,
    };
    let head = serde_json::to_vec(&head).expect("text becomes JSON");
    let length = u32::try_from(head.len()).expect("a request target is far below 4 GiB");

    // The exact size, so that no smaller buffer with the secret is left behind in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 + head.len() + login.secret.len()));
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&head);
    bytes.extend_from_slice(&login.secret);
    bytes
}

fn decode(bytes: &[u8]) -> Result<PendingLogin> {
    split(bytes).ok_or_else(|| {
        VaultError::new(
            VaultErrorKind::Corrupt,
            "a sealed row opens, but does not hold a pending login",
        )
    })
}

fn split(bytes: &[u8]) -> Option<PendingLogin> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (head, secret) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
    let head: Head<'_> = serde_json::from_slice(head).ok()?;
    Some(PendingLogin {
        environment: head.environment.into_owned(),
        return_to: head.return_to.into_owned(),
        popup: head.popup,
        secret: Zeroizing::new(secret.to_vec()),
    })
}
