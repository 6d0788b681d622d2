//! Opening PostgreSQL: commits that are on the disk when they return, and a channel that tells of changed logins.

use std::net::IpAddr;

use ringcentral::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};

use super::{Database, migrations};
use crate::error::{Result, VaultError, VaultErrorKind};
use crate::vault::VaultOptions;

/// Where the triggers announce the id of a login that changed.
pub(crate) const CHANGED_CHANNEL: &str = "vault_login_changed";

/// A server may be set up to answer before a commit is durable. New tokens are used as soon as it answers, so not for
/// us; a stricter setting than `on` stays.
const DURABLE_COMMITS: &str = "SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') IN ('off', 'local')";

pub(super) async fn open(url: &str, options: &VaultOptions) -> Result<Database> {
    // Without its cause: the URL has the password in it.
    let connect: PgConnectOptions = url.parse().map_err(|_| {
        VaultError::new(
            VaultErrorKind::Config,
            "the PostgreSQL URL is not of the form postgres://user:password@host:port/database",
        )
    })?;
    if leaves_this_machine(&connect) && !matches!(connect.get_ssl_mode(), PgSslMode::Disable) {
        return Err(VaultError::new(
            VaultErrorKind::Config,
            "this build cannot encrypt its connection to another machine's PostgreSQL; on a network that you trust, \
             accept that with ?sslmode=disable at the end of the database URL",
        ));
    }
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

/// Under the server's advisory lock, so that of several processes one migrates. Boxed, because the migrator's own future
/// is not `Send` for every lifetime, and callers may spawn this.
fn migrate(pool: PgPool) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move { Ok(migrations::postgres().run(&pool).await?) })
}

/// The driver is built without TLS, and would fall back to an open connection without a word.
fn leaves_this_machine(connect: &PgConnectOptions) -> bool {
    let host = connect.get_host();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    let here = connect.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address| address.is_loopback());
    !here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_and_loopback_stay_on_this_machine() {
        for (url, leaves) in [
            ("postgres:///vault?host=/run/postgresql", false),
            ("postgres://%2Frun%2Fpostgresql/vault", false),
            ("postgres://localhost/vault", false),
            ("postgres://127.0.0.1:5433/vault", false),
            ("postgres://[::1]/vault", false),
            ("postgres://db.example.com/vault", true),
            ("postgres://localhost.example.com/vault", true),
            ("postgres://192.0.2.1/vault", true),
            ("postgres://[2001:db8::1]/vault", true),
        ] {
            assert_eq!(leaves_this_machine(&url.parse().unwrap()), leaves, "{url}");
        }
    }
}
