//! Opening SQLite: a private file, write-ahead log, every commit on the disk before it counts.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use tokio::runtime::Handle;

use super::{Database, migrations, stopped};
use crate::error::{Result, VaultError, VaultErrorKind};
use crate::vault::VaultOptions;

mod file;

pub(crate) use file::OpenedFile;

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Another connection writes, in another process or in this one.
const BUSY: [u32; 2] = [5, 6];
/// Read-only, or not to be opened at all.
const REFUSED: [u32; 2] = [8, 14];

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
            file: None,
        });
    }

    file::create_private(connect.get_filename()).await?;
    let writer = first_connection(
        connect
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // Where the system's own way to sync leaves it in the disk's cache (macOS).
            .pragma("fullfsync", "ON"),
        options,
    )
    .await?;
    migrate(&writer).await.map_err(|error| match error.kind() {
        VaultErrorKind::ReadOnly => cannot_open(&connect, error),
        _ => error,
    })?;
    let file = OpenedFile::at(connect.get_filename()).await?;
    let readers =
        permanent(options.connections, options).connect_lazy_with(connect.pragma("query_only", "ON"));
    Ok(Database::Sqlite {
        readers,
        writer,
        file: Some(file),
    })
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

/// Switching a new file to the write-ahead log needs it alone, and SQLite's own busy timeout does not wait for that.
async fn first_connection(connect: SqliteConnectOptions, options: &VaultOptions) -> Result<SqlitePool> {
    const PAUSE: Duration = Duration::from_millis(20);

    let mut waited = Duration::ZERO;
    loop {
        match permanent(1, options).connect_with(connect.clone()).await {
            Ok(pool) => return Ok(pool),
            Err(error) if is(&error, &BUSY) && waited < BUSY_TIMEOUT => {
                tokio::time::sleep(PAUSE).await;
                waited += PAUSE;
            }
            Err(error) if is(&error, &REFUSED) => return Err(cannot_open(&connect, error)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The file is there, so it or its directory does not let us in.
fn cannot_open(
    connect: &SqliteConnectOptions,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> VaultError {
    VaultError::new(
        VaultErrorKind::ReadOnly,
        format!(
            "the database file {} cannot be written to, or the files `-wal` and `-shm` that SQLite keeps beside it \
             cannot; look at the permissions of all three and of their directory, and whether the file system is \
             read-only",
            connect.get_filename().display()
        ),
    )
    .with_source(error)
}

/// Whether SQLite's primary result code is one of these.
fn is(error: &sqlx::Error, codes: &[u32]) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| codes.contains(&(code & 0xff)))
}

/// The driver has no migration lock for SQLite; one transaction that writes from its start is one. The migrator's
/// future for a connection cannot move between threads, so it is given one for as long as it takes.
async fn migrate(pool: &SqlitePool) -> Result<()> {
    let (pool, runtime) = (pool.clone(), Handle::current());
    let migration = tokio::task::spawn_blocking(move || {
        runtime.block_on(async move {
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
            migrations::sqlite().run(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(())
        })
    });
    migration.await.unwrap_or_else(|error| Err(stopped(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::sql;

    async fn setting<T>(database: &Database, pragma: &'static str, name: &'static str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Sqlite>
            + sqlx::Type<sqlx::Sqlite>
            + for<'r> sqlx::Decode<'r, sqlx::Postgres>
            + sqlx::Type<sqlx::Postgres>,
    {
        let rows = database.write(sql(pragma)).await.unwrap();
        rows[0].get(name).unwrap()
    }

    /// Whether a commit is on the disk when it returns, no test can see short of cutting the power. SQLite promises it
    /// for these settings.
    #[tokio::test]
    async fn a_commit_is_durable_when_it_returns() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("vault.db").display());
        let database = open(&url, &VaultOptions::default()).await.unwrap();
        assert_eq!(
            setting::<String>(&database, "PRAGMA journal_mode", "journal_mode").await,
            "wal"
        );
        let full = 2;
        assert_eq!(
            setting::<i64>(&database, "PRAGMA synchronous", "synchronous").await,
            full
        );
        assert_eq!(
            setting::<i64>(&database, "PRAGMA fullfsync", "fullfsync").await,
            1
        );
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("vault.db").display());
        let database = open(&url, &VaultOptions::default()).await.unwrap();
        let error = database
            .read(sql("DELETE FROM vault_logins"))
            .await
            .err()
            .unwrap();
        assert_eq!(error.kind(), VaultErrorKind::ReadOnly);
    }
}
