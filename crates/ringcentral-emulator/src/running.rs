//! A world that listens: what can be asked of it and done to it in the process that runs it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::db::Transaction;
use crate::emulator::{DemoUser, EmulatorConfig, StartError};
use crate::origin::Origin;
use crate::seed::export;
use crate::world::{OpenError, World, WorldConfig};
use crate::worlds::Worlds;
use crate::{directory, env_file, oauth, serve, snapshots};

/// A world with an address: the emulator's own, or one beside it.
pub struct RunningWorld {
    world: Arc<World>,
    config: EmulatorConfig,
    addresses: Vec<SocketAddr>,
    url: String,
    stop: CancellationToken,
    ended: CancellationToken,
}

/// What the emulator cannot do in this state, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StateError(String);

impl RunningWorld {
    /// Opens a world and listens. `worlds` are those that its control API may make.
    pub(crate) fn open(
        config: EmulatorConfig,
        origin: Arc<Origin>,
        access: Access,
        stop: CancellationToken,
        worlds: Option<&Arc<Worlds>>,
    ) -> Result<Self, StartError> {
        let world = World::open(WorldConfig {
            rate_limits: config.rate_limits,
            data: config.data.clone(),
            origin,
            access: access.clone(),
        })
        .map_err(|error| open_error(&config, error))?;
        if let Some(user) = &config.auto_approve {
            let id = approving_user(&world, user)?;
            world.approve_as(user, id);
        }
        if let Some(worlds) = worlds {
            world.worlds.get_or_init(|| Arc::downgrade(worlds));
        }
        let bound = access.bind(&config.listen)?;
        let world = Arc::new(world);
        let ended = serve::start(world.clone(), bound.listeners, stop.clone()).map_err(|source| {
            StartError::Listen {
                listen: config.listen.clone(),
                source,
            }
        })?;
        Ok(Self {
            world,
            config,
            addresses: bound.addresses,
            url: bound.url,
            stop,
            ended,
        })
    }

    /// Where clients reach it: scheme, host and the real port.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The first address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// The certificate of the authority that clients must trust, if this emulator speaks https: a PEM file.
    pub fn ca_file(&self) -> Option<&Path> {
        self.world.access.ca_file()
    }

    /// The token that the control API asks for, if other machines may reach it: it goes into
    /// `Authorization: Bearer …`, or once into the inspector's address as `?token=…`. On loopback there is none.
    pub fn control_token(&self) -> Option<&str> {
        self.world.access.control_token()
    }

    /// Whether it listens on an address that is not loopback.
    pub fn is_exposed(&self) -> bool {
        self.addresses.iter().any(|address| !address.ip().is_loopback())
    }

    /// Tells it to stop.
    pub(crate) fn cancel(&self) {
        self.stop.cancel();
    }

    /// Resolves when the server has ended.
    pub async fn stopped(&self) {
        self.ended.cancelled().await;
    }

    /// The environment of a client of the default app and user: the variables of the RingCentral tutorials in their
    /// older and newer spellings, and `RC_PUBLIC_CLIENT_ID`, `RC_FROM` and `RC_TO`. What the seed does not have, such as
    /// an app without a secret, is left out. With https also `RC_CA_FILE`, and the variables by which Node, Python, curl
    /// and others are told to trust that file; with other machines let in `RC_EMULATOR_CONTROL_TOKEN`, the
    /// [`RunningWorld::control_token`].
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        env_file::environment(&self.world, &self.url, &self.config)
    }

    /// The seeded users who may log in, the default user first.
    pub fn users(&self) -> Vec<DemoUser> {
        login_users(&self.world)
            .into_iter()
            .map(|user| DemoUser {
                name: user.name,
                username: user.phone_number,
                extension: user.extension_number,
                password: user.password,
            })
            .collect()
    }

    /// The emulator's time.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Moves the clock forward; what is due by then has happened when this returns.
    ///
    /// # Errors
    ///
    /// The step leads beyond the year 8999, or the database refused a statement.
    pub fn advance(&self, by: Duration) -> Result<Timestamp, StateError> {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        if self.world.clock.is_too_far(by) {
            return Err(StateError(
                "the clock cannot be moved beyond the year 8999".to_owned(),
            ));
        }
        self.world.clock.advance(by);
        self.world.arrive_at_present()?;
        Ok(self.world.now())
    }

    /// Stops the clock at the present moment, or lets it run on.
    ///
    /// # Errors
    ///
    /// The database refused a statement.
    pub fn freeze(&self, frozen: bool) -> Result<(), StateError> {
        self.world.clock.freeze(frozen);
        Ok(self.world.keep_clock()?)
    }

    /// Back to the seed: data, sessions, clock and settings. Faults, rate windows and journal are emptied.
    ///
    /// # Errors
    ///
    /// The database refused a statement.
    pub fn reset(&self) -> Result<(), StateError> {
        Ok(self.world.reset()?)
    }

    /// Keeps data, sessions, clock and settings of this moment under a name; one of that name before is replaced.
    ///
    /// # Errors
    ///
    /// The name has other characters than letters, digits, `.`, `_` and `-`, or there are too many snapshots.
    pub fn snapshot(&self, name: &str) -> Result<(), StateError> {
        if !snapshots::is_name(name) {
            return Err(StateError(format!(
                "{name:?} cannot name a snapshot: give up to 64 letters, digits, dots, dashes and underscores"
            )));
        }
        self.world.snapshot(name)?;
        Ok(())
    }

    /// Back to a snapshot. Faults, rate windows and journal are emptied.
    ///
    /// # Errors
    ///
    /// There is no snapshot of that name.
    pub fn restore(&self, name: &str) -> Result<(), StateError> {
        Ok(self.world.restore(name)?)
    }

    /// The present state as a seed file.
    ///
    /// # Errors
    ///
    /// There is too much data for a file.
    pub fn export(&self) -> Result<String, StateError> {
        Ok(export::export(&self.world, true)?)
    }
}

impl std::fmt::Debug for RunningWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningWorld")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

macro_rules! state_error {
    ($($error:ty),*) => {$(
        impl From<$error> for StateError {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        }
    )*};
}
state_error!(
    rusqlite::Error,
    crate::seed::SeedError,
    snapshots::SnapshotError,
    export::ExportError
);

/// Who may log in, the default user first.
fn login_users(world: &World) -> Vec<directory::UserRow> {
    let connection = world.db();
    let users = Transaction::begin(&connection).and_then(|tx| oauth::users::who_sign_in_at_once(&tx));
    users.unwrap_or_default()
}

fn approving_user(world: &World, wanted: &str) -> Result<i64, StartError> {
    let connection = world.db();
    let found = Transaction::begin(&connection).and_then(|tx| oauth::users::approving(&tx, wanted));
    found
        .unwrap_or_else(|_| Err(Vec::new()))
        .map_err(|choices| StartError::UnknownUser {
            user: wanted.to_owned(),
            choices,
        })
}

fn open_error(config: &EmulatorConfig, error: OpenError) -> StartError {
    let directory = config.data.clone().unwrap_or_default();
    let (advice, source): (String, Option<Box<dyn std::error::Error + Send + Sync>>) = match error {
        OpenError::Directory(error) => (
            "it must be a directory that can be written".to_owned(),
            Some(error.into()),
        ),
        OpenError::Database(error) if is_locked(&error) => (
            "another emulator is using it; stop that one, or choose another directory".to_owned(),
            None,
        ),
        OpenError::Database(error) => (
            "emulator.sqlite3 in it cannot be used as a database: choose an empty directory".to_owned(),
            Some(error.into()),
        ),
        OpenError::Snapshots(error) => (
            "a snapshot in it cannot be read: delete the file from its directory snapshots".to_owned(),
            Some(error.into()),
        ),
        OpenError::Seed(error) => return StartError::Seed(error),
        OpenError::Version(version) => (
            format!("it was written by another version (schema {version}): choose an empty directory"),
            None,
        ),
    };
    StartError::Data {
        directory,
        advice,
        source,
    }
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}
