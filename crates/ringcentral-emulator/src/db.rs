//! Opening the database, creating its tables, and copying one over another.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension as _, params};

mod transaction;

pub(crate) use transaction::Transaction;

const CORE: &str = include_str!("../schema/core.sql");
const DATA: &str = include_str!("../schema/data.sql");
const REST: &str = include_str!("../schema/rest.sql");
const COUNTS: &str = include_str!("../schema/counts.sql");

/// The version of all schema files together; a data directory of another version is refused.
pub(crate) const SCHEMA_VERSION: i64 = 8;

/// The file of a data directory.
pub(crate) const FILE: &str = "emulator.sqlite3";

/// Opens the database: in memory, or [`FILE`] in `directory`.
pub(crate) fn open(directory: Option<&Path>) -> rusqlite::Result<Connection> {
    let connection = match directory {
        Some(directory) => Connection::open(directory.join(FILE))?,
        None => Connection::open_in_memory()?,
    };
    // Who is late is told so at once.
    connection.busy_timeout(Duration::ZERO)?;
    if directory.is_some() {
        // One emulator per directory: a second one is refused instead of sharing the first one's world.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit is with the operating system before it is answered, so the end of the process loses nothing.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// Creates every table.
pub(crate) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(CORE)?;
    connection.execute_batch(DATA)?;
    connection.execute_batch(REST)?;
    connection.execute_batch(COUNTS)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)
}

/// The version of the tables in a database; 0 if there are none.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes `to` a copy of `from`, page by page. It happens whole or not at all, in a file too.
pub(crate) fn copy(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    match Backup::new(from, to)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            Some("the database to copy over is in use".to_owned()),
        )),
    }
}

/// Bytes that the database takes.
pub(crate) fn size(connection: &Connection) -> rusqlite::Result<i64> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok(pages * page)
}

/// What the world itself keeps under a key.
pub(crate) fn read_meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

/// Keeps a value under a key.
pub(crate) fn write_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        )?
        .execute(params![key, value])?;
    Ok(())
}

/// How SQLite would find the rows of a query, a line for each step.
#[cfg(test)]
pub(crate) fn plan(connection: &Connection, query: &str, values: impl rusqlite::Params) -> Vec<String> {
    connection
        .prepare(&format!("EXPLAIN QUERY PLAN {query}"))
        .unwrap()
        .query_map(values, |row| row.get("detail"))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::open;

    /// What a power cut or a second emulator may do to a file is the database's business, if it is told so.
    #[test]
    fn a_file_is_written_ahead_and_synchronised_and_has_one_owner() {
        let directory = tempfile::tempdir().expect("a directory");
        let connection = open(Some(directory.path())).expect("it opens");
        let text = |name: &str| -> String {
            connection
                .query_row(
                    &format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"),
                    [],
                    |row| row.get(0),
                )
                .expect("a value")
        };
        for (name, value) in [
            ("journal_mode", "wal"),
            // NORMAL: a checkpoint waits for the disk, so a power cut leaves a whole database.
            ("synchronous", "1"),
            ("locking_mode", "exclusive"),
            ("foreign_keys", "1"),
        ] {
            assert_eq!(text(name), value, "{name}");
        }
    }
}
