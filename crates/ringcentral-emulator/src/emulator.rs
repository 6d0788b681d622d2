//! The handle of a running emulator.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::tls::{self, Tls, TlsError};
use crate::world::{OpenError, World, WorldConfig};
use crate::{clock, directory, env_file, listen, oauth, random, serve};

/// What to start. Every field has a default, so name only what differs.
#[derive(Debug, Clone)]
pub struct EmulatorConfig {
    /// Where to listen, as `host:port`. Port 0 takes a free one; `localhost` listens on both loopback addresses.
    pub listen: String,
    /// The name or address by which other machines reach this one. Only with it may `listen` be an address that is not
    /// loopback; the control API then asks for [`Emulator::control_token`].
    pub host: Option<String>,
    /// Speak https, with a certificate authority that is kept in this directory and made at the first use. Its
    /// certificate is in [`Emulator::ca_file`].
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
    /// Another number makes another set of demo data; the same number makes the same.
    pub seed_number: u64,
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
            seed_number: 1,
        }
    }
}

/// A running emulator. Dropping it stops the server.
pub struct Emulator {
    world: Arc<World>,
    config: EmulatorConfig,
    addresses: Vec<SocketAddr>,
    url: String,
    ca_file: Option<PathBuf>,
    stop: CancellationToken,
    tasks: TaskTracker,
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
    /// The address cannot be understood, or is not one of this machine.
    #[error("cannot listen on {listen:?}: give host:port, such as 127.0.0.1:0 or localhost:5000")]
    Address {
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
    /// The user to approve as does not exist or may not log in.
    #[error("{user:?} is not a seeded user who may log in: choose one of {}", choices.join(", "))]
    UnknownUser {
        /// What was given.
        user: String,
        /// The extension numbers and names of those who may.
        choices: Vec<String>,
    },
}

impl Emulator {
    /// Starts an emulator in the current tokio runtime. It accepts connections when this returns.
    ///
    /// # Errors
    ///
    /// A [`StartError`] says what is in the way and what to do.
    #[expect(
        clippy::unused_async,
        reason = "it must run inside a tokio runtime, and opening may become asynchronous"
    )]
    pub async fn start(config: EmulatorConfig) -> Result<Self, StartError> {
        if let Some(host) = config.host.as_ref().filter(|host| !tls::is_host(host)) {
            return Err(StartError::Host { host: host.clone() });
        }
        let tls = match &config.tls {
            Some(directory) => Some(
                Tls::open(directory, config.host.as_deref(), clock::system)
                    .map_err(|error| tls_error(directory, error))?,
            ),
            None => None,
        };
        let world = World::open(WorldConfig {
            rate_limits: config.rate_limits,
            data: config.data.clone(),
            redirect_uris: config.redirect_uris.clone(),
            seed_number: config.seed_number,
        })
        .map_err(|error| data_error(&config, error))?;
        if let Some(user) = &config.auto_approve {
            let id = approving_user(&world, user)?;
            world.auto_approve.get_or_init(|| id);
        }
        let mut bound = listen::bind(&config.listen)?;
        match &config.host {
            Some(host) => {
                tracing::warn!(
                    "the emulator can be reached from other machines; its control API needs the control token"
                );
                world.control_token.get_or_init(|| random::token("EMU-control-"));
                bound = bound.named(host);
            }
            None if bound.is_exposed() => {
                return Err(StartError::Exposed {
                    address: bound.addresses[0],
                });
            }
            None => {}
        }
        if let Some(tls) = &tls {
            bound = bound.secured(&tls.acceptor);
        }
        let world = Arc::new(world);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        for listener in bound.listeners {
            tasks.spawn(serve::accept(
                listener,
                world.clone(),
                stop.clone(),
                tasks.clone(),
            ));
        }
        tasks.close();
        Ok(Self {
            world,
            config,
            addresses: bound.addresses,
            url: bound.url,
            ca_file: tls.map(|tls| tls.ca_file),
            stop,
            tasks,
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
        self.ca_file.as_deref()
    }

    /// The token that the control API asks for, if other machines may reach it: it goes into
    /// `Authorization: Bearer …`, or once into the inspector's address as `?token=…`. On loopback there is none.
    pub fn control_token(&self) -> Option<&str> {
        self.world.control_token.get().map(String::as_str)
    }

    /// Stops: no new connections, requests under way are answered. Returns when the last one is.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }

    /// Resolves when the server has ended.
    pub async fn stopped(&self) {
        self.tasks.wait().await;
    }

    /// The environment of a client of the default app and user: the variables of the RingCentral tutorials, and
    /// `RC_PUBLIC_CLIENT_ID`, `RC_FROM` and `RC_TO`. With https also `RC_CA_FILE`, and the variables by which Node,
    /// Python, curl and others are told to trust that file.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = env_file::environment(&self.world, &self.url, &self.config);
        if let Some(file) = &self.ca_file {
            environment.extend(env_file::trusting(file));
        }
        environment
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
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Seeded users for whom signing in is one step.
fn login_users(world: &World) -> Vec<directory::UserRow> {
    let mut connection = world.db();
    let users = connection
        .transaction()
        .and_then(|tx| directory::list_login_users(&tx))
        .unwrap_or_default();
    users
        .into_iter()
        .filter(|user| oauth::users::may_log_in(user).is_ok() && user.mfa_code.is_none())
        .collect()
}

fn approving_user(world: &World, wanted: &str) -> Result<i64, StartError> {
    let users = login_users(world);
    let named = {
        let mut connection = world.db();
        connection
            .transaction()
            .and_then(|tx| directory::find_user(&tx, wanted, None))
            .ok()
            .flatten()
    };
    let id = named.map(|user| user.extension_id);
    users
        .iter()
        .find(|user| Some(user.extension_id) == id || user.extension_number == wanted)
        .map(|user| user.extension_id)
        .ok_or_else(|| StartError::UnknownUser {
            user: wanted.to_owned(),
            choices: users
                .iter()
                .map(|user| format!("{} ({})", user.extension_number, user.name))
                .collect(),
        })
}

fn tls_error(directory: &Path, error: TlsError) -> StartError {
    let (advice, source) = match error {
        TlsError::Files(error) => (
            format!("{} must be a directory that can be written", directory.display()),
            Some(error),
        ),
        TlsError::Damaged(file) => (
            format!(
                "{} is damaged: remove it, and the next start makes another",
                file.display()
            ),
            None,
        ),
        TlsError::Exposed(file) => (
            format!("others may read the key in {0}: chmod 600 {0}", file.display()),
            None,
        ),
        TlsError::Name(name) => (format!("{name:?} is not a name for a certificate"), None),
    };
    StartError::Tls {
        directory: directory.to_owned(),
        advice,
        source,
    }
}

fn data_error(config: &EmulatorConfig, error: OpenError) -> StartError {
    let directory = config.data.clone().unwrap_or_default();
    let (advice, source): (String, Option<Box<dyn std::error::Error + Send + Sync>>) = match error {
        OpenError::Directory(error) => (
            "it must be a directory that can be written".to_owned(),
            Some(error.into()),
        ),
        OpenError::Database(error) => (
            "another emulator may be using it; if not, choose an empty directory".to_owned(),
            Some(error.into()),
        ),
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
