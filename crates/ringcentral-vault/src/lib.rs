#![doc = include_str!("../README.md")]

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
