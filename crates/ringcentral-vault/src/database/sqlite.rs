//! Opening SQLite: a private file, write-ahead log, every commit on the disk before it counts.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::{Database, migrations};
use crate::error::{Result, VaultError, VaultErrorKind};
use crate::vault::VaultOptions;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn open(url: &str, options: &VaultOptions) -> Result<Database> {
    let connect: SqliteConnectOptions = url.parse().map_err(|error: sqlx::Error| {
        VaultError::new(
            VaultErrorKind::Config,
            "the SQLite URL is not of the form sqlite:///path/to/file.db or sqlite::memory:",
        )
        .with_source(error)
    })?;
    let connect = connect.foreign_keys(true).busy_timeout(BUSY_TIMEOUT);

    if connect.get_filename() == Path::new("") {
        return Err(VaultError::new(
            VaultErrorKind::Config,
            "the SQLite URL names no file",
        ));
    }
    if in_memory(&connect) {
        // The database lives as long as its one connection, so that one is never given up.
        let pool = permanent(1, options).connect_with(connect).await?;
        migrate(&pool).await?;
        return Ok(Database::Sqlite {
            readers: pool.clone(),
            writer: pool,
        });
    }

    create_private(connect.get_filename()).await?;
    let writer = first_connection(
        connect
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full),
        options,
    )
    .await?;
    migrate(&writer).await?;
    let readers =
        permanent(options.connections, options).connect_lazy_with(connect.pragma("query_only", "ON"));
    Ok(Database::Sqlite { readers, writer })
}

fn permanent(connections: u32, options: &VaultOptions) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.connect_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// The driver gives databases in memory a file name of this form.
fn in_memory(options: &SqliteConnectOptions) -> bool {
    let name = options.get_filename().to_string_lossy();
    name == ":memory:" || name.starts_with("file:sqlx-in-memory-")
}

/// Makes the file before SQLite would, so that nobody else can read it for even a moment. The log and the index
/// beside it take their mode from it.
async fn create_private(path: &Path) -> Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(path).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            warn_if_open_to_others(path).await;
            Ok(())
        }
        Err(error) => Err(VaultError::new(
            VaultErrorKind::Config,
            format!("the database file {} cannot be created", path.display()),
        )
        .with_source(error)),
    }
}

// By its path: opening and closing the file here would drop the locks that this process holds on it elsewhere.
#[cfg(unix)]
async fn warn_if_open_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    if let Ok(metadata) = tokio::fs::metadata(path).await
        && metadata.permissions().mode() & 0o077 != 0
    {
        tracing::warn!(path = %path.display(), "other users of this machine may read or write the vault's database");
    }
}

#[cfg(not(unix))]
async fn warn_if_open_to_others(_path: &Path) {}

/// Switching a new file to the write-ahead log needs it alone, and SQLite's own busy timeout does not wait for that.
async fn first_connection(connect: SqliteConnectOptions, options: &VaultOptions) -> Result<SqlitePool> {
    const PAUSE: Duration = Duration::from_millis(20);

    let mut waited = Duration::ZERO;
    loop {
        match permanent(1, options).connect_with(connect.clone()).await {
            Ok(pool) => return Ok(pool),
            Err(error) if is_busy(&error) && waited < BUSY_TIMEOUT => {
                tokio::time::sleep(PAUSE).await;
                waited += PAUSE;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

/// The driver has no migration lock for SQLite; one transaction that writes from its start is one.
async fn migrate(pool: &SqlitePool) -> Result<()> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    // Not `run`: its bounds make a future that cannot be spawned when it is given a connection.
    migrations::sqlite()
        .run_direct(None, &mut *transaction, false)
        .await?;
    transaction.commit().await?;
    Ok(())
}
