//! The handle of a running emulator.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::clock;
use crate::origin::Origin;
use crate::running::RunningWorld;
use crate::seed::{Seed, SeedError};
use crate::worlds::{Wanted, Worlds};

/// What to start. Every field has a default, so name only what differs.
#[derive(Debug, Clone)]
pub struct EmulatorConfig {
    /// Where to listen, as `host:port`. Port 0 takes a free one; `localhost` listens on both loopback addresses.
    pub listen: String,
    /// The name or address by which other machines reach this one. Only with it may `listen` be an address that is not
    /// loopback; the control API then asks for [`RunningWorld::control_token`].
    pub host: Option<String>,
    /// Speak https, with a certificate authority that is kept in this directory and made at the first use. Its
    /// certificate is in [`RunningWorld::ca_file`].
    pub tls: Option<PathBuf>,
    /// Whether the platform's rate limits apply.
    pub rate_limits: bool,
    /// Where to keep the state over restarts. Without it everything is in memory.
    pub data: Option<PathBuf>,
    /// A user name (or extension number) as whom every authorization request is granted at once, without any page.
    /// A request whose `login_hint` names another seeded user is granted as that one.
    pub auto_approve: Option<String>,
    /// Redirect URIs to register for the seeded apps, beside those they have.
    pub redirect_uris: Vec<String>,
    /// The accounts, users, apps, calls and messages that it begins with, and goes back to when it is reset.
    pub seed: Seed,
    /// The moment at which the emulator's clock starts. Absent: what the seed says, or the present.
    pub starts_at: Option<Timestamp>,
}

impl Default for EmulatorConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0".to_owned(),
            host: None,
            tls: None,
            rate_limits: true,
            data: None,
            auto_approve: None,
            redirect_uris: Vec::new(),
            seed: Seed::default(),
            starts_at: None,
        }
    }
}

/// A running emulator. Dropping it stops the server, and every world beside its own.
///
/// What can be asked of it and done to it is that of its own world, a [`RunningWorld`].
pub struct Emulator {
    own: RunningWorld,
    worlds: Arc<Worlds>,
}

/// A world of one's own beside that of the emulator. Dropping it ends it.
pub struct WorldGuard {
    name: String,
    world: Arc<RunningWorld>,
    worlds: Arc<Worlds>,
}

/// A seeded user, for a banner or a test.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DemoUser {
    /// The person's name.
    pub name: String,
    /// What to type as user name: the direct phone number.
    pub username: String,
    /// The extension number.
    pub extension: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for DemoUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoUser")
            .field("name", &self.name)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Something else listens on the address.
    #[error("{address} is in use: stop what listens there, or choose another port (port 0 takes a free one)")]
    PortInUse {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be understood.
    #[error("cannot listen on {listen:?}: give host:port, such as 127.0.0.1:0 or localhost:5000")]
    Address {
        /// What was given.
        listen: String,
        /// Why.
        source: std::io::Error,
    },
    /// The system does not let it listen: the address is not one of this machine, or the port is not to be had.
    #[error("cannot listen on {listen}")]
    Listen {
        /// What was given.
        listen: String,
        /// Why.
        source: std::io::Error,
    },
    /// Other machines could reach the address, and nobody said that they may.
    #[error(
        "{address} can be reached from other machines: listen on a loopback address, or name the host that they use"
    )]
    Exposed {
        /// The address.
        address: SocketAddr,
    },
    /// The name for other machines is no host name and no IP address.
    #[error(
        "{host:?} is not a host name or an IP address: give it without scheme and port, such as emulator.example.com"
    )]
    Host {
        /// What was given.
        host: String,
    },
    /// There is no certificate to speak https with.
    #[error("there is no certificate authority to speak https with: {advice}")]
    Tls {
        /// The directory.
        directory: PathBuf,
        /// What to do.
        advice: String,
        /// Why, if a cause is known.
        source: Option<std::io::Error>,
    },
    /// The data directory cannot be used.
    #[error("cannot use the data directory {}: {advice}", directory.display())]
    Data {
        /// The directory.
        directory: PathBuf,
        /// What to do.
        advice: String,
        /// Why, if a cause is known.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The seed cannot be used.
    #[error("cannot use the seed")]
    Seed(#[from] SeedError),
    /// No more worlds fit beside the emulator's own.
    #[error("there are {most} worlds already, as many as one emulator holds: end one first")]
    TooManyWorlds {
        /// How many there may be.
        most: usize,
    },
    /// A world cannot have this name.
    #[error("{name:?} cannot be the name of a new world: {advice}")]
    WorldName {
        /// What was given.
        name: String,
        /// What to do.
        advice: String,
    },
    /// The user to approve as does not exist or may not log in.
    #[error("{user:?} is not a seeded user who may log in: choose one of {}", choices.join(", "))]
    UnknownUser {
        /// What was given.
        user: String,
        /// The extension numbers and names of those who may.
        choices: Vec<String>,
    },
}

impl EmulatorConfig {
    /// The defaults: a free port of 127.0.0.1, the built-in seed, rate limits on, everything in memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where to listen, as `host:port`.
    #[must_use]
    pub fn listen(mut self, listen: impl Into<String>) -> Self {
        self.listen = listen.into();
        self
    }

    /// Whether the platform's rate limits apply.
    #[must_use]
    pub fn rate_limits(mut self, on: bool) -> Self {
        self.rate_limits = on;
        self
    }

    /// What it begins with.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// The moment at which the emulator's clock starts.
    #[must_use]
    pub fn starts_at(mut self, moment: Timestamp) -> Self {
        self.starts_at = Some(moment);
        self
    }

    /// Whom to grant every authorization request as, without any page.
    #[must_use]
    pub fn auto_approve(mut self, user: impl Into<String>) -> Self {
        self.auto_approve = Some(user.into());
        self
    }

    /// The name by which other machines may reach it.
    #[must_use]
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.host = Some(name.into());
        self
    }

    /// Speak https, with a certificate authority that is kept in this directory.
    #[must_use]
    pub fn tls(mut self, directory: impl Into<PathBuf>) -> Self {
        self.tls = Some(directory.into());
        self
    }

    /// Where to keep the state over restarts.
    #[must_use]
    pub fn data(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data = Some(directory.into());
        self
    }

    /// One more redirect URI for the seeded apps.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }
}

impl Emulator {
    /// Starts an emulator, on a thread of its own. It accepts connections when this returns.
    ///
    /// # Errors
    ///
    /// A [`StartError`] says what is in the way and what to do.
    #[expect(clippy::unused_async, reason = "opening may become asynchronous")]
    pub async fn start(config: EmulatorConfig) -> Result<Self, StartError> {
        if config.starts_at.is_some_and(|start| !clock::is_within(start)) {
            let message = "must be a time from the year 1 to the year 8999";
            return Err(SeedError::new("starts_at", message).into());
        }
        let access = Access::open(&config)?;
        let stop = CancellationToken::new();
        let seed = config.seed.clone();
        let origin = Arc::new(Origin::new(seed, config.redirect_uris.clone(), config.starts_at));
        let worlds = Arc::new(Worlds::new(
            &config,
            origin.clone(),
            access.clone(),
            stop.child_token(),
        ));
        let own = RunningWorld::open(config, origin, access, stop, Some(&worlds))?;
        Ok(Self { own, worlds })
    }

    /// A world beside the emulator's own, from the same seed: an address, users, apps, clock, faults, limits and
    /// journal that no other world sees, so that tests can run side by side. It takes a few milliseconds. Who can reach
    /// it, under which name, by http or https, with which control token: that is the same for all of them.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ringcentral_emulator::StartError> {
    /// # use ringcentral_emulator::{Emulator, EmulatorConfig};
    /// # let emulator = Emulator::start(EmulatorConfig::new()).await?;
    /// let world = emulator.world().await?;
    /// println!("this test has {} for itself", world.url());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// There are [`StartError::TooManyWorlds`] already, or the system has no port left.
    pub async fn world(&self) -> Result<WorldGuard, StartError> {
        self.make(Wanted::default()).await
    }

    /// As [`Emulator::world`], from another seed.
    ///
    /// # Errors
    ///
    /// As for [`Emulator::world`], and when the seed cannot be used.
    pub async fn world_from(&self, seed: Seed) -> Result<WorldGuard, StartError> {
        let seed = Some(seed);
        self.make(Wanted {
            seed,
            ..Wanted::default()
        })
        .await
    }

    #[expect(clippy::unused_async, reason = "opening may become asynchronous")]
    async fn make(&self, wanted: Wanted) -> Result<WorldGuard, StartError> {
        let (name, world) = self.worlds.make(wanted)?;
        Ok(WorldGuard {
            name,
            world,
            worlds: self.worlds.clone(),
        })
    }

    /// Stops: no new connections, requests under way are answered. Returns when the last one is.
    pub async fn stop(self) {
        self.own.cancel();
        self.worlds.stop().await;
        self.own.stopped().await;
    }
}

impl WorldGuard {
    /// The name under which the control API knows it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Deref for Emulator {
    type Target = RunningWorld;

    fn deref(&self) -> &RunningWorld {
        &self.own
    }
}

impl Deref for WorldGuard {
    type Target = RunningWorld;

    fn deref(&self) -> &RunningWorld {
        &self.world
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.own.cancel();
    }
}

impl Drop for WorldGuard {
    fn drop(&mut self) {
        // Somebody may have ended it through the control API, and made another one of its name.
        if self
            .worlds
            .find(&self.name)
            .is_some_and(|known| Arc::ptr_eq(&known, &self.world))
        {
            self.worlds.remove(&self.name);
        }
        self.world.cancel();
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for WorldGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorldGuard")
            .field("name", &self.name)
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
