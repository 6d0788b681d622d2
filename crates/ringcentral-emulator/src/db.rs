//! Opening the database and creating its tables.

use std::path::Path;

use rusqlite::Connection;

const CORE: &str = include_str!("../schema/core.sql");
const DATA: &str = include_str!("../schema/data.sql");
const REST: &str = include_str!("../schema/rest.sql");

/// The version of the schema files together; a data directory of another version is refused.
pub(crate) const SCHEMA_VERSION: i64 = 3;

/// Opens the database: in memory, or `emulator.sqlite3` in `directory`. Tables are created if they are missing.
pub(crate) fn open(directory: Option<&Path>) -> rusqlite::Result<Connection> {
    let connection = match directory {
        Some(directory) => {
            let connection = Connection::open(directory.join("emulator.sqlite3"))?;
            // One emulator per directory: a second one is refused instead of sharing the first one's world.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection
        }
        None => Connection::open_in_memory()?,
    };
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// Creates every table.
pub(crate) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(CORE)?;
    connection.execute_batch(DATA)?;
    connection.execute_batch(REST)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)
}

/// Drops every table, so that [`create`] starts from nothing.
pub(crate) fn drop_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "foreign_keys", false)?;
    let names: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for name in names {
        connection.execute_batch(&format!("DROP TABLE \"{name}\""))?;
    }
    connection.pragma_update(None, "foreign_keys", true)
}
