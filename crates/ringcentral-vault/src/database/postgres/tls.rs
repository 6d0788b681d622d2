//! How a connection to PostgreSQL is protected: to another machine, by TLS with the server's certificate and name
//! verified, unless the URL says otherwise; on this machine, not at all, unless the URL asks for it.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rustls::CertificateError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::error::{Result, VaultError, VaultErrorKind};

/// What the driver says, as text only, of a server that answers "no" when asked for TLS.
const NO_TLS: &str = "server does not support TLS";

/// What the URL says of all this.
#[derive(Debug)]
pub(super) struct Written {
    mode: Option<PgSslMode>,
    /// The file with the certificates of authorities that are trusted.
    authority: Option<PathBuf>,
}

impl Written {
    pub(super) fn in_the(url: &Url) -> Result<Self> {
        let mode = match parameter(url, &["sslmode", "ssl-mode"]) {
            Some(text) => Some(text.parse().map_err(|_| unknown_mode())?),
            None => None,
        };
        let authority = parameter(url, &["sslrootcert", "ssl-root-cert", "ssl-ca"]).map(PathBuf::from);
        Ok(Self { mode, authority })
    }

    /// Sets the mode that the rule above demands, once the authority's certificate is known to be there.
    pub(super) async fn protect(self, connect: PgConnectOptions) -> Result<PgConnectOptions> {
        let mode = self.mode_for(Place::of(&connect), connect.get_ssl_mode());
        if let (Some(path), PgSslMode::VerifyCa | PgSslMode::VerifyFull) = (&self.authority, mode) {
            check_authority(path).await?;
        }
        Ok(connect.ssl_mode(mode))
    }

    /// The mode that holds. The environment (`PGSSLMODE`) may ask for more than the rule, and never for less: what
    /// weakens a connection stands in the URL, where whoever reads it sees it.
    fn mode_for(&self, place: Place, environment: PgSslMode) -> PgSslMode {
        use PgSslMode::{Disable, Require, VerifyCa, VerifyFull};
        match (place, self.mode) {
            // PostgreSQL has no TLS there.
            (Place::Socket, _) => Disable,
            // As PostgreSQL's own programs do; the driver would not look at the authority.
            (_, Some(Require)) if self.authority.is_some() => VerifyCa,
            (_, Some(written)) => written,
            (Place::Elsewhere, None) => VerifyFull,
            (Place::Loopback, None) => match environment {
                Require | VerifyCa | VerifyFull => environment,
                _ => Disable,
            },
        }
    }
}

/// Where a server is, as far as its address tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Socket,
    Loopback,
    Elsewhere,
}

impl Place {
    fn of(connect: &PgConnectOptions) -> Self {
        let host = connect.get_host();
        if connect.get_socket().is_some() || host.starts_with('/') {
            return Self::Socket;
        }
        let address = host.parse::<IpAddr>();
        if host == "localhost" || address.is_ok_and(|address| address.is_loopback()) {
            Self::Loopback
        } else {
            Self::Elsewhere
        }
    }
}

fn unknown_mode() -> VaultError {
    VaultError::new(
        VaultErrorKind::Config,
        "the sslmode in the database URL is none of verify-full, verify-ca, require, prefer, allow and disable",
    )
}

/// The last value under any of these names, as for the driver.
fn parameter(url: &Url, names: &[&str]) -> Option<String> {
    let values = url
        .query_pairs()
        .filter(|(name, _)| names.contains(&name.as_ref()));
    values.last().map(|(_, value)| value.into_owned())
}

/// The driver would report a file that is not there as if the server were not, and one without certificates not at all.
async fn check_authority(path: &Path) -> Result<()> {
    let bad = |what: &str| {
        VaultError::new(
            VaultErrorKind::Config,
            format!(
                "the file that sslrootcert names in the database URL, {}, {what}",
                path.display()
            ),
        )
    };
    let pem = tokio::fs::read(path)
        .await
        .map_err(|error| bad("cannot be read").with_source(error))?;
    if String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        Ok(())
    } else {
        Err(bad("holds no certificate in PEM form"))
    }
}

/// What to say when TLS is what went wrong. The cause, which names the reason but no secret, goes along as the source.
pub(crate) fn problem(error: &sqlx::Error) -> Option<(VaultErrorKind, &'static str)> {
    let cause: &(dyn StdError + 'static) = match error {
        sqlx::Error::Tls(cause) => cause.as_ref(),
        sqlx::Error::Io(error) => error.get_ref()?,
        _ => return None,
    };
    let refused = |why| Some((VaultErrorKind::Config, why));
    match cause.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(why)) => refused(match why {
            CertificateError::UnknownIssuer => {
                "the database's certificate is signed by an authority that is not trusted here; name the \
                 authority's certificate in the database URL, as in ?sslrootcert=/path/to/ca.pem"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the database's certificate is for another host name; use a name that is in the certificate in the \
                 database URL"
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                "the database's certificate is not valid at this time; renew it, or set this machine's clock"
            }
            _ => "the database's certificate is not accepted",
        }),
        Some(_) => Some((
            VaultErrorKind::Unavailable,
            "the encrypted connection to the database failed",
        )),
        None if matches!(error, sqlx::Error::Io(_)) => None,
        None if cause.to_string() == NO_TLS => refused(
            "the database server offers no TLS; switch it on there, or, on a network that you trust, accept an open \
             connection with ?sslmode=disable at the end of the database URL",
        ),
        None => refused("TLS with the database cannot be set up with these settings"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_and_loopback_are_this_machine() {
        for (url, place) in [
            ("postgres:///vault?host=/run/postgresql", Place::Socket),
            ("postgres://%2Frun%2Fpostgresql/vault", Place::Socket),
            ("postgres://localhost/vault", Place::Loopback),
            ("postgres://127.0.0.1:5433/vault", Place::Loopback),
            ("postgres:///vault?host=::1", Place::Loopback),
            ("postgres://db.example.com/vault", Place::Elsewhere),
            ("postgres://localhost.example.com/vault", Place::Elsewhere),
            ("postgres://192.0.2.1/vault", Place::Elsewhere),
            ("postgres:///vault?hostaddr=192.0.2.1", Place::Elsewhere),
            ("postgres:///vault?host=2001:db8::1", Place::Elsewhere),
            // A system may understand these as itself; that is not for us to rely on.
            ("postgres://0.0.0.0/vault", Place::Elsewhere),
            ("postgres://127.1/vault", Place::Elsewhere),
        ] {
            assert_eq!(Place::of(&url.parse().unwrap()), place, "{url}");
        }
    }

    #[test]
    fn a_connection_is_as_safe_as_the_rule_unless_the_url_says_otherwise() {
        let authority = "&sslrootcert=/ca.pem";
        for (place, written, environment, mode) in [
            (Place::Elsewhere, "", "prefer", "verify-full"),
            (Place::Elsewhere, authority, "prefer", "verify-full"),
            (Place::Elsewhere, "", "disable", "verify-full"),
            (Place::Elsewhere, "", "verify-ca", "verify-full"),
            (Place::Elsewhere, "sslmode=verify-full", "disable", "verify-full"),
            (Place::Elsewhere, "sslmode=verify-ca", "prefer", "verify-ca"),
            (Place::Elsewhere, "sslmode=require", "verify-full", "require"),
            (
                Place::Elsewhere,
                "sslmode=require&sslrootcert=/ca.pem",
                "prefer",
                "verify-ca",
            ),
            (Place::Elsewhere, "sslmode=prefer", "verify-full", "prefer"),
            (Place::Elsewhere, "ssl-mode=disable", "verify-full", "disable"),
            (
                Place::Elsewhere,
                "sslmode=disable&sslmode=verify-full",
                "prefer",
                "verify-full",
            ),
            (Place::Loopback, "", "prefer", "disable"),
            (Place::Loopback, authority, "prefer", "disable"),
            (Place::Loopback, "", "verify-ca", "verify-ca"),
            (Place::Loopback, "sslmode=verify-full", "prefer", "verify-full"),
            (Place::Socket, "", "verify-full", "disable"),
            (Place::Socket, "sslmode=require", "prefer", "disable"),
        ] {
            let url: Url = format!("postgres://host/vault?{written}").parse().unwrap();
            let environment = environment.parse().unwrap();
            let found = Written::in_the(&url).unwrap().mode_for(place, environment);
            assert_eq!(name(found), mode, "{place:?} {written:?} {environment:?}");
        }
    }

    fn name(mode: PgSslMode) -> &'static str {
        match mode {
            PgSslMode::Disable => "disable",
            PgSslMode::Allow => "allow",
            PgSslMode::Prefer => "prefer",
            PgSslMode::Require => "require",
            PgSslMode::VerifyCa => "verify-ca",
            PgSslMode::VerifyFull => "verify-full",
        }
    }
}
