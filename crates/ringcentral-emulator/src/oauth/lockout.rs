//! Too many wrong passwords in a row lock a user out for a while.
//!
//! The platform's documents name the refusal (`OAU-147`) but no numbers, so the numbers are settings of this emulator.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::clock::at_ms;
use crate::settings::Settings;

/// The wrong passwords that are counted for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failures {
    locked_until: Option<i64>,
}

impl Failures {
    /// Those of a user, if there are any.
    pub(crate) fn of(connection: &Connection, extension_id: i64) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached("SELECT locked_until FROM login_failures WHERE extension_id = ?1")?
            .query_row([extension_id], |row| {
                Ok(Self {
                    locked_until: row.get(0)?,
                })
            })
            .optional()
    }

    /// Until when they lock the user out, if they do.
    pub(crate) fn locked_until(self, now: Timestamp) -> Option<Timestamp> {
        self.locked_until.map(at_ms).filter(|until| *until > now)
    }
}

/// Until when a user is locked out, if so.
pub(crate) fn locked_until(
    connection: &Connection,
    extension_id: i64,
    now: Timestamp,
) -> rusqlite::Result<Option<Timestamp>> {
    Ok(Failures::of(connection, extension_id)?.and_then(|failures| failures.locked_until(now)))
}

/// Counts a wrong password.
pub(crate) fn count(
    connection: &Connection,
    extension_id: i64,
    settings: &Settings,
    now: Timestamp,
) -> rusqlite::Result<()> {
    if settings.lockout_attempts == 0 {
        return Ok(());
    }
    // A lock that has run out starts the count anew.
    connection
        .prepare_cached("DELETE FROM login_failures WHERE extension_id = ?1 AND locked_until <= ?2")?
        .execute(params![extension_id, now.as_millisecond()])?;
    connection
        .prepare_cached(
            "INSERT INTO login_failures (extension_id, failures, locked_until)
             VALUES (?1, 1, CASE WHEN ?2 <= 1 THEN ?3 END)
             ON CONFLICT (extension_id) DO UPDATE
             SET failures = failures + 1, locked_until = CASE WHEN failures + 1 >= ?2 THEN ?3 END",
        )?
        .execute(params![
            extension_id,
            settings.lockout_attempts,
            now.as_millisecond() + settings.lockout_seconds * 1000
        ])?;
    Ok(())
}

/// Forgets the wrong passwords of one user, or of all; how many users were locked or on the way to it.
pub(crate) fn forget(connection: &Connection, extension_id: Option<i64>) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("DELETE FROM login_failures WHERE ?1 IS NULL OR extension_id = ?1")?
        .execute([extension_id])
}
