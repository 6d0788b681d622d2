//! The vault itself: opening it, and what its parts share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ringcentral::{Clock, Entropy};

use crate::changes::Changes;
use crate::database::{Database, sql};
use crate::error::Result;
use crate::keyring::Keyring;
use crate::pending::PendingLogins;
use crate::sessions::Sessions;
use crate::{rotation, seal};

/// Logins, browser sessions and pending logins in one database. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Vault {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) keys: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) options: VaultOptions,
    pub(crate) changes: Changes,
}

/// Limits and sizes, each with a default that suits a web application.
#[derive(Clone, Debug)]
pub struct VaultOptions {
    pub(crate) session_idle_limit: Duration,
    pub(crate) session_absolute_limit: Duration,
    pub(crate) pending_limit: Duration,
    pub(crate) connections: u32,
    pub(crate) connect_timeout: Duration,
    pub(crate) look_again: Option<Duration>,
    pub(crate) shared_clock: bool,
}

impl Default for VaultOptions {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(3600);
        Self {
            session_idle_limit: 8 * HOUR,
            session_absolute_limit: 7 * 24 * HOUR,
            pending_limit: Duration::from_secs(600),
            connections: 8,
            connect_timeout: Duration::from_secs(30),
            look_again: None,
            shared_clock: false,
        }
    }
}

impl VaultOptions {
    /// A browser session that is not used for this long ends. Default: 8 hours.
    #[must_use]
    pub fn session_idle_limit(mut self, limit: Duration) -> Self {
        self.session_idle_limit = limit;
        self
    }

    /// A browser session ends after this long, however much it is used. Default: 7 days.
    #[must_use]
    pub fn session_absolute_limit(mut self, limit: Duration) -> Self {
        self.session_absolute_limit = limit;
        self
    }

    /// A login that was begun has to be finished within this time. Default: 10 minutes.
    #[must_use]
    pub fn pending_limit(mut self, limit: Duration) -> Self {
        self.pending_limit = limit;
        self
    }

    /// The most database connections in use at a time, at least 1. Default: 8.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// How long a call waits for a connection to the database before it fails. Default: 30 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long [`TokenStore::changed`](ringcentral::TokenStore::changed) waits for news before it lets its caller
    /// look again. Default: 20 ms on SQLite, which has no way to tell another process; 250 ms on PostgreSQL,
    /// which notifies, so that this only matters when the notifying connection is lost.
    #[must_use]
    pub fn look_again(mut self, pause: Duration) -> Self {
        self.look_again = Some(pause);
        self
    }

    /// Whether every program that opens this database reads the very same clock, so that leases may count by it on
    /// PostgreSQL as well: true of a test that moves one clock by hand for all of them. Default: no, and leases count by
    /// the database's clock, because those of several hosts never quite agree. SQLite is one machine's, and always goes
    /// by the clock that the vault was opened with.
    #[must_use]
    pub fn shared_clock(mut self, shared: bool) -> Self {
        self.shared_clock = shared;
        self
    }
}

/// How many rows [`Vault::prune`] took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// Sessions past one of their limits.
    pub sessions: u64,
    /// Logins that were begun and not finished in time.
    pub pending_logins: u64,
    /// Logins without tokens that nobody has touched for a day.
    pub empty_logins: u64,
}

impl Vault {
    /// Opens the vault with default options: see [`Self::open_with`].
    ///
    /// # Errors
    ///
    /// Those of [`Self::open_with`].
    pub async fn open(
        url: &str,
        keys: Keyring,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self> {
        Self::open_with(url, keys, clock, entropy, VaultOptions::default()).await
    }

    /// Opens the vault that `url` names: `sqlite:///path/to/file.db` (made on first use, readable by its owner only),
    /// `sqlite::memory:` (gone with the last clone) or `postgres://user:password@host:port/database`. The schema is
    /// brought up to date; several processes may open the same vault at the same time.
    ///
    /// A PostgreSQL server on another machine is spoken to by TLS, with its certificate and its name verified, as if
    /// the URL ended in `?sslmode=verify-full`. `sslrootcert=/path/to/ca.pem` names the certificate of an authority
    /// that is trusted besides the public ones. Less than that holds only when the URL says so: `sslmode=verify-ca`
    /// (any name), `require` (encrypted, to whoever answers) or `disable` (a network that is trusted). A local socket
    /// and the loopback interface need nothing.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::VaultErrorKind::Config) for a URL that names no database, a server that does not offer TLS or
    /// cannot prove who it is, a database that a newer version of this program has set up;
    /// [`Insecure`](crate::VaultErrorKind::Insecure) for a SQLite database that every user of the machine may change;
    /// [`ReadOnly`](crate::VaultErrorKind::ReadOnly) for one that nobody may;
    /// [`Unavailable`](crate::VaultErrorKind::Unavailable) for a database that does not answer;
    /// [`MissingKey`](crate::VaultErrorKind::MissingKey) when rows are sealed with a key that `keys` does not
    /// hold (the message names its id), [`WrongKey`](crate::VaultErrorKind::WrongKey) when `keys` holds another key
    /// under an id that the vault knows. The password in the URL is in no error.
    pub async fn open_with(
        url: &str,
        keys: Keyring,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        options: VaultOptions,
    ) -> Result<Self> {
        let database = Database::open(url, &options).await?;
        rotation::check_keys(&database, &keys, entropy.as_ref()).await?;
        let changes = Changes::of(&database).await;
        Ok(Self {
            inner: Arc::new(Inner {
                database,
                keys,
                clock,
                entropy,
                options,
                changes,
            }),
        })
    }

    /// The browser sessions.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(&self.inner)
    }

    /// The logins that were begun and not finished.
    pub fn pending_logins(&self) -> PendingLogins<'_> {
        PendingLogins::new(&self.inner)
    }

    /// Asks the database whether it is there, for a readiness check.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub async fn ping(&self) -> Result<()> {
        self.inner.database.read(sql("SELECT 1 AS one")).await?;
        Ok(())
    }

    /// Deletes what has run out: expired sessions, pending logins, and logins without tokens that nobody has touched
    /// for a day. Nothing depends on it but the size of the database; once an hour is plenty.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn prune(&self) -> Result<Pruned> {
        Ok(Pruned {
            sessions: self.sessions().prune().await?,
            pending_logins: self.pending_logins().prune().await?,
            empty_logins: self.prune_empty_logins().await?,
        })
    }

    /// Hands all connections back and waits until they are closed. Every clone is closed with it.
    pub async fn close(&self) {
        self.inner.database.close().await;
    }
}

impl Inner {
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    pub(crate) fn seal(&self, place: seal::Place<'_>, plaintext: &[u8]) -> seal::Sealed {
        seal::seal(&self.keys, self.entropy.as_ref(), place, plaintext)
    }

    pub(crate) fn open(&self, place: seal::Place<'_>, sealed: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        seal::open(&self.keys, place, sealed)
    }

    pub(crate) fn random<const N: usize>(&self) -> zeroize::Zeroizing<[u8; N]> {
        let mut bytes = zeroize::Zeroizing::new([0; N]);
        self.entropy.fill(bytes.as_mut());
        bytes
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("database", &self.inner.database.name())
            .field("keys", &self.inner.keys)
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

/// `at` plus `by`, and the end of time rather than an overflow.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

/// `at` minus `by`, and the beginning of time rather than an overflow.
pub(crate) fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_sub(by).ok())
        .unwrap_or(Timestamp::MIN)
}
