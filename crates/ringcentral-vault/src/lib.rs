//! Sealed storage for RingCentral logins on SQLite and PostgreSQL: for one program, or for many processes on many
//! hosts that share their logins and refresh each of them once.
//!
//! ```
//! use std::sync::Arc;
//!
//! use ringcentral::{OsEntropy, SystemClock, TokenStore};
//! use ringcentral_vault::{Keyring, Vault};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = Keyring::generate(&OsEntropy); // keep `keys.to_secret_text()` where your secrets are
//! let vault = Vault::open("sqlite::memory:", keys, Arc::new(SystemClock), Arc::new(OsEntropy)).await?;
//!
//! let login = vault.new_login("production").await?; // an id to remember
//! let store = vault.token_store(&login); // hand it to `Client::builder(..).token_store(..)`
//! assert!(store.load().await?.is_none()); // nobody has logged in yet
//! # Ok(())
//! # }
//! ```
//!
//! # What is stored how
//!
//! | what | form in the database |
//! |---|---|
//! | token sets, pending logins (PKCE verifier, state) | sealed with XChaCha20-Poly1305, bound to table, column and row |
//! | session ids, OAuth states, browser-binding cookies | SHA-256 only |
//! | CSRF tokens | not at all: they follow from the session id |
//! | user names, extension ids, environments, times, versions | in clear, for lists and indexes |
//!
//! # How a refresh happens once
//!
//! Each login is a row with a `version` that grows with every new token set and a `fence` that grows with every lease.
//! A lease is claimed by one conditional `UPDATE` and runs out by itself; new tokens are written only `WHERE` fence and
//! version are still those of the lease. A holder that was paused past its lease therefore cannot overwrite newer
//! tokens, whatever its clock says. Whoever lost the race waits for news of the row and adopts the result.

mod changes;
mod database;
mod error;
mod id;
mod keyring;
mod lease_clock;
mod logins;
mod pending;
mod rotation;
mod seal;
mod sessions;
mod token_store;
mod vault;

pub use error::{Result, VaultError, VaultErrorKind};
pub use id::LoginId;
pub use keyring::Keyring;
pub use logins::LoginRecord;
pub use pending::{PendingLogin, PendingLogins};
pub use rotation::Rotation;
pub use sessions::{Session, SessionEntry, SessionId, SessionKey, SessionUser, Sessions, SessionsOf};
pub use token_store::VaultTokenStore;
pub use vault::{Pruned, Vault, VaultOptions};
