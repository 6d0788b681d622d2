//! What can go wrong in a vault, without saying any of its secrets.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use ringcentral::StoreErrorKind;
use sqlx::error::DatabaseError;

use crate::database::tls_problem;

/// A result with a [`VaultError`].
pub type Result<T, E = VaultError> = std::result::Result<T, E>;

/// What went wrong, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VaultErrorKind {
    /// A setting is wrong: the database URL, the key ring, a schema that is newer than this program.
    Config,
    /// The database does not answer now; the same call may succeed later. Nothing was lost.
    Unavailable,
    /// The database may not be written to.
    ReadOnly,
    /// The disk or the database is full.
    Full,
    /// Other users of this machine may change the database's file.
    Insecure,
    /// A stored row is damaged or was moved from elsewhere; it is left as it is.
    Corrupt,
    /// A row was sealed with a key that the key ring does not hold.
    MissingKey,
    /// The key ring holds another key under an id that the database knows.
    WrongKey,
    /// The login is not, or no longer, in the vault.
    Gone,
    /// Anything else that the database refused.
    Other,
}

/// An error of the vault. Neither it nor its source holds a token, a session id, a key or a password.
#[derive(Debug)]
pub struct VaultError {
    kind: VaultErrorKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl VaultError {
    pub(crate) fn new(kind: VaultErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong, in one word.
    pub fn kind(&self) -> VaultErrorKind {
        self.kind
    }

    /// What a caller who did not get what it wanted may rely on, and do next.
    pub(crate) fn advice(&self) -> &'static str {
        match self.kind {
            VaultErrorKind::Unavailable => {
                "; what it holds is intact, so try again when the database can be reached"
            }
            VaultErrorKind::Full => "; what it holds is intact, so make room and try again",
            VaultErrorKind::ReadOnly => {
                "; what it holds is intact, so try again when the database may be written to"
            }
            _ => "",
        }
    }

    pub(crate) fn store_kind(&self) -> StoreErrorKind {
        match self.kind {
            VaultErrorKind::Corrupt => StoreErrorKind::Corrupt,
            VaultErrorKind::ReadOnly | VaultErrorKind::Config | VaultErrorKind::Gone => {
                StoreErrorKind::Denied
            }
            VaultErrorKind::Full => StoreErrorKind::Full,
            VaultErrorKind::Insecure => StoreErrorKind::Insecure,
            // With the missing key, too: when it comes back the row opens again, so the login is not lost.
            VaultErrorKind::Unavailable
            | VaultErrorKind::MissingKey
            | VaultErrorKind::WrongKey
            | VaultErrorKind::Other => StoreErrorKind::Unavailable,
        }
    }
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for VaultError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<sqlx::Error> for VaultError {
    fn from(error: sqlx::Error) -> Self {
        if let Some((kind, message)) = tls_problem(&error) {
            return Self::new(kind, message).with_source(error);
        }
        let kind = match &error {
            sqlx::Error::Database(error) => database_kind(error.as_ref()),
            sqlx::Error::Configuration(_) => VaultErrorKind::Config,
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => VaultErrorKind::Unavailable,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => VaultErrorKind::Corrupt,
            _ => VaultErrorKind::Other,
        };
        let message = match kind {
            VaultErrorKind::Config => "the database refuses these settings",
            VaultErrorKind::Unavailable => "the database does not answer now",
            VaultErrorKind::ReadOnly => "the database may not be written to",
            VaultErrorKind::Full => "the disk or the database is full",
            VaultErrorKind::Corrupt => "the database is damaged",
            _ => "the database refused a statement",
        };
        Self::new(kind, message).with_source(error)
    }
}

/// Tells the kinds apart by SQLite's primary result code or by PostgreSQL's SQLSTATE.
fn database_kind(error: &dyn DatabaseError) -> VaultErrorKind {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return match code.parse::<u32>().map(|code| code & 0xff) {
            // busy, locked, interrupted, I/O, cannot open (it could when the vault was opened), protocol
            Ok(5 | 6 | 9 | 10 | 14 | 15) => VaultErrorKind::Unavailable,
            Ok(8) => VaultErrorKind::ReadOnly,
            Ok(11 | 26) => VaultErrorKind::Corrupt, // corrupt, not a database
            Ok(13) => VaultErrorKind::Full,
            Ok(3 | 23) => VaultErrorKind::Config, // permission, authorization
            _ => VaultErrorKind::Other,
        };
    }
    match code.as_ref() {
        "53100" => VaultErrorKind::Full,
        "25006" => VaultErrorKind::ReadOnly,
        "42501" | "3D000" | "3F000" => VaultErrorKind::Config, // no privilege, no such database or schema
        code => match code.get(..2) {
            // connection, resources, operator intervention, system error, transaction rollback, lock not had
            Some("08" | "53" | "57" | "58" | "40" | "55") => VaultErrorKind::Unavailable,
            Some("28") => VaultErrorKind::Config,
            Some("XX") => VaultErrorKind::Corrupt,
            _ => VaultErrorKind::Other,
        },
    }
}
