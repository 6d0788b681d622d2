//! TLS for tests on one machine: a certificate authority of its own, made at the first use, and certificates by it.
//!
//! Certificates are for clients, which go by their own clock. So this is the one part of the emulator that goes by the
//! machine's time and not by the world's.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use self::authority::Authority;
use self::certificate::Certificates;

mod authority;
mod certificate;
#[cfg(test)]
mod tests;

/// The machine's time.
pub(crate) type RealClock = fn() -> Timestamp;

/// What every certificate is for.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Everything that a listener needs to speak TLS.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// The authority's certificate, for clients to trust.
    pub(crate) ca_file: PathBuf,
}

/// Why TLS cannot be had.
#[derive(Debug)]
pub(crate) enum TlsError {
    /// The directory cannot be read or written.
    Files(std::io::Error),
    /// The authority's file is not one of ours.
    Damaged(PathBuf),
    /// Others may read the authority's key.
    Exposed(PathBuf),
    /// No certificate can be made for this name.
    Name(String),
}

impl From<std::io::Error> for TlsError {
    fn from(error: std::io::Error) -> Self {
        Self::Files(error)
    }
}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> Self {
        Self::Files(std::io::Error::other(error))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca_file", &self.ca_file)
            .finish_non_exhaustive()
    }
}

impl Tls {
    /// Opens the authority in `directory`, or makes it. Another `host` has an authority of its own, so that the one for
    /// this machine, which somebody may trust for long, speaks for nothing else.
    pub(crate) fn open(directory: &Path, host: Option<&str>, clock: RealClock) -> Result<Self, TlsError> {
        let mut names: Vec<String> = LOOPBACK.iter().map(ToString::to_string).collect();
        let mut directory = directory.to_owned();
        if let Some(host) = host.filter(|host| !LOOPBACK.contains(host)) {
            if !is_host(host) {
                return Err(TlsError::Name(host.to_owned()));
            }
            directory.push(host.replace(':', "_"));
            names.push(host.to_owned());
        }
        let authority = Authority::open(&directory, names, clock())?;
        let ca_file = authority.ca_file.clone();
        let certificates = Certificates::new(authority, clock)?;
        // With a provider of its own, so that it does not matter what the rest of the program has chosen.
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Files(std::io::Error::other(error)))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(certificates));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ca_file,
        })
    }
}

/// Whether this is an IP address, or a name as host names are: labels of letters, digits and hyphens.
pub(crate) fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.parse::<IpAddr>().is_ok() || (name.len() <= 253 && name.split('.').all(is_label))
}
