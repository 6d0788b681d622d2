//! How clients reach the worlds of an emulator: under which name, by http or https, and with which control token.

use std::path::{Path, PathBuf};

use crate::clock;
use crate::emulator::{EmulatorConfig, StartError};
use crate::listen::{self, Bound};
use crate::random;
use crate::tls::{self, Tls, TlsError};

/// The same for the emulator's own world and for those beside it.
#[derive(Clone)]
pub(crate) struct Access {
    /// The name by which other machines know this one, if they may come in.
    host: Option<String>,
    tls: Option<Tls>,
    /// What the control API then asks for.
    control_token: Option<String>,
}

impl Access {
    /// Reads what the configuration says; with https, opens the certificate authority or makes it.
    pub(crate) fn open(config: &EmulatorConfig) -> Result<Self, StartError> {
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
        Ok(Self {
            host: config.host.clone(),
            tls,
            control_token: config.host.is_some().then(|| random::token("EMU-control-")),
        })
    }

    /// Listens on `host:port`.
    pub(crate) fn bind(&self, listen: &str) -> Result<Bound, StartError> {
        let mut bound = listen::bind(listen)?;
        match &self.host {
            Some(host) => {
                if bound.is_exposed() {
                    tracing::warn!(
                        "the emulator can be reached from other machines; its control API needs the control token"
                    );
                }
                bound = bound.named(host);
            }
            None if bound.is_exposed() => {
                return Err(StartError::Exposed {
                    address: bound.addresses[0],
                });
            }
            None => {}
        }
        Ok(match &self.tls {
            Some(tls) => bound.secured(&tls.acceptor),
            None => bound,
        })
    }

    /// The authority's certificate, for clients to trust.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.tls.as_ref().map(|tls| tls.ca_file.as_path())
    }

    pub(crate) fn control_token(&self) -> Option<&str> {
        self.control_token.as_deref()
    }
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
        directory: PathBuf::from(directory),
        advice,
        source,
    }
}
