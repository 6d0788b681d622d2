//! Opening PostgreSQL: commits that are on the disk when they return, and a channel that tells of changed logins.

use ringcentral::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use url::Url;

use super::{Database, migrations};
use crate::error::{Result, VaultError, VaultErrorKind};
use crate::vault::VaultOptions;

mod tls;

pub(crate) use tls::problem as tls_problem;

/// Where the triggers announce the id of a login that changed.
pub(crate) const CHANGED_CHANNEL: &str = "vault_login_changed";

/// A server may be set up to answer before a commit is durable. New tokens are used as soon as it answers, so not for
/// us; a stricter setting than `on` stays.
const DURABLE_COMMITS: &str = "SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// What the driver understands behind the question mark, each in all its spellings.
const PARAMETERS: &[&str] = &[
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

pub(super) async fn open(text: &str, options: &VaultOptions) -> Result<Database> {
    let url = without_strange_parameters(text.parse().map_err(|_| not_a_url())?);
    let protection = tls::Written::in_the(&url)?;
    let connect = url.as_str().parse().map(with_a_plain_host);
    // Without its cause: the URL has the password in it.
    let connect: PgConnectOptions = connect.map_err(|_| not_a_url())?;
    let connect = protection.protect(connect).await?;
    let pool = PgPoolOptions::new()
        // One more than asked for: it listens for changes all the time.
        .max_connections(options.connections.saturating_add(1))
        .acquire_timeout(options.connect_timeout)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::query(DURABLE_COMMITS).execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(connect.application_name("ringcentral-vault"))
        .await?;
    migrate(pool.clone()).await?;
    Ok(Database::Postgres(pool))
}

fn not_a_url() -> VaultError {
    VaultError::new(
        VaultErrorKind::Config,
        "the PostgreSQL URL is not of the form postgres://user:password@host:port/database",
    )
}

/// The driver logs what it does not understand with its value, which may be a misspelled password's.
fn without_strange_parameters(mut url: Url) -> Url {
    if url.query().is_none() {
        return url;
    }
    let (known, strange): (Vec<_>, Vec<_>) = url
        .query_pairs()
        .into_owned()
        .partition(|(name, _)| PARAMETERS.contains(&name.as_str()) || name.starts_with("options["));
    for (name, _) in strange {
        tracing::warn!(
            parameter = name,
            "the database URL has a parameter that means nothing here"
        );
    }
    url.query_pairs_mut().clear().extend_pairs(known);
    url
}

/// A URL has an IPv6 address in brackets, which neither the resolver nor a certificate knows.
fn with_a_plain_host(connect: PgConnectOptions) -> PgConnectOptions {
    let host = connect.get_host().to_owned();
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => connect.host(address),
        None => connect,
    }
}

/// Under the server's advisory lock, so that of several processes one migrates. Boxed, because the migrator's own future
/// is not `Send` for every lifetime, and callers may spawn this.
fn migrate(pool: PgPool) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move { Ok(migrations::postgres().run(&pool).await?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_loses_its_brackets() {
        for (url, host) in [
            ("postgres://[2001:db8::1]:5433/vault", "2001:db8::1"),
            ("postgres://192.0.2.1/vault", "192.0.2.1"),
            ("postgres://db.example.com/vault", "db.example.com"),
        ] {
            assert_eq!(with_a_plain_host(url.parse().unwrap()).get_host(), host);
        }
    }

    #[test]
    fn parameters_that_mean_nothing_never_reach_the_driver() {
        for (url, left) in [
            ("postgres://localhost/vault", "postgres://localhost/vault"),
            (
                "postgres://localhost/vault?pasword=canary&user=me",
                "postgres://localhost/vault?user=me",
            ),
            (
                "postgres://localhost/vault?options[a]=b",
                "postgres://localhost/vault?options%5Ba%5D=b",
            ),
        ] {
            assert_eq!(without_strange_parameters(url.parse().unwrap()).as_str(), left);
        }
    }
}
