//! The stream of what happened: every change of a message, a call or a presence, in order, per account.
//!
//! It is written in the transaction that makes the change, so it never tells of anything that did not happen.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::Serialize;
use serde_json::Value;

use crate::{clock, random};

/// Events beyond this push the oldest out; a synchronisation that would need those starts anew.
const CAPACITY: i64 = 100_000;

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Call,
    Presence,
    Contact,
}

impl Kind {
    /// The kind as it is stored and shown.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Message => "message-changed",
            Self::Call => "call-changed",
            Self::Presence => "presence-changed",
            Self::Contact => "contact-changed",
        }
    }
}

/// Whom something happened to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whose {
    pub(crate) account: i64,
    pub(crate) extension: i64,
}

/// An event as the control API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    pub(crate) seq: i64,
    pub(crate) time: String,
    pub(crate) account_id: i64,
    pub(crate) extension_id: i64,
    pub(crate) kind: String,
    /// The message's id, the call's record id, the extension's id.
    pub(crate) resource: String,
    pub(crate) detail: Value,
}

/// Adds an event.
pub(crate) fn note(
    tx: &Transaction<'_>,
    at_ms: i64,
    whose: Whose,
    kind: Kind,
    resource: &str,
    detail: &Value,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO events (at_ms, account_id, extension_id, kind, resource, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        at_ms,
        whose.account,
        whose.extension,
        kind.name(),
        resource,
        detail.to_string()
    ])?;
    forget_oldest(tx)
}

/// Forgets what no longer fits.
pub(crate) fn forget_oldest(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?1")?
        .execute([CAPACITY])?;
    Ok(())
}

/// The number of the newest event; 0 if nothing has happened.
pub(crate) fn newest(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    tx.prepare_cached("SELECT coalesce(max(seq), 0) FROM events")?
        .query_row([], |row| row.get(0))
}

/// What tells this stream from any other, such as the one before a reset: the numbers of events begin anew there.
pub(crate) fn name(tx: &Transaction<'_>) -> rusqlite::Result<String> {
    tx.prepare_cached("INSERT OR IGNORE INTO meta (key, value) VALUES ('stream', ?1)")?
        .execute([random::uuid()])?;
    tx.prepare_cached("SELECT value FROM meta WHERE key = 'stream'")?
        .query_row([], |row| row.get(0))
}

/// Whether every event after `seq` is still there.
pub(crate) fn remembers(tx: &Transaction<'_>, seq: i64) -> rusqlite::Result<bool> {
    let oldest: Option<i64> = tx
        .prepare_cached("SELECT seq FROM events ORDER BY seq LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(seq <= newest(tx)? && oldest.is_none_or(|oldest| oldest <= seq + 1))
}

/// The resources of a kind that changed after `seq`, each once, the one that changed last first; at most `limit`.
pub(crate) fn changed(
    tx: &Transaction<'_>,
    kind: Kind,
    (column, owner): (&str, i64),
    seq: i64,
    limit: i64,
) -> rusqlite::Result<Vec<String>> {
    tx.prepare_cached(&format!(
        "SELECT resource FROM events WHERE {column} = ?1 AND kind = ?2 AND seq > ?3
         GROUP BY resource ORDER BY max(seq) DESC LIMIT ?4"
    ))?
    .query_map(params![owner, kind.name(), seq, limit], |row| row.get(0))?
    .collect()
}

/// Events after `after`, oldest first.
pub(crate) fn list(connection: &Connection, after: i64, limit: i64) -> rusqlite::Result<Vec<View>> {
    connection
        .prepare_cached("SELECT * FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2")?
        .query_map([after, limit], |row| {
            let detail: String = row.get("detail")?;
            Ok(View {
                seq: row.get("seq")?,
                time: clock::format(clock::at_ms(row.get("at_ms")?)),
                account_id: row.get("account_id")?,
                extension_id: row.get("extension_id")?,
                kind: row.get("kind")?,
                resource: row.get("resource")?,
                detail: serde_json::from_str(&detail).unwrap_or_default(),
            })
        })?
        .collect()
}
