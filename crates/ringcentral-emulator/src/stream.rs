//! The stream of what happened: every change of a message, a call or a presence, in order, per account.
//!
//! It is written in the transaction that makes the change, so it never tells of anything that did not happen.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::db::Transaction;
use crate::{clock, random};

/// Events beyond this push the oldest out; a synchronisation that would need those starts anew.
const CAPACITY: i64 = 100_000;

/// The oldest are forgotten so many at a time, which costs less than one by one.
const BATCH: i64 = 1000;

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
    detail: &impl Serialize,
) -> rusqlite::Result<()> {
    let detail = serde_json::to_string(detail).expect("what happened is plain data");
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
        detail
    ])?;
    let seq = tx.last_insert_rowid();
    if seq > CAPACITY && seq % BATCH == 0 {
        forget_oldest(tx)?;
    }
    Ok(())
}

/// Forgets what no longer fits.
fn forget_oldest(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?1")?
        .execute([CAPACITY])?;
    Ok(())
}

/// A point in the stream: just after the event of this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) seq: i64,
    nonce: i64,
}

/// The present end of the stream.
pub(crate) fn newest(tx: &Transaction<'_>) -> rusqlite::Result<Mark> {
    let newest = tx
        .prepare_cached("SELECT seq, nonce FROM events ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(Mark {
                seq: row.get(0)?,
                nonce: row.get(1)?,
            })
        })
        .optional()?;
    Ok(newest.unwrap_or(Mark { seq: 0, nonce: 0 }))
}

/// What tells this stream from any other, such as the one before a reset: the numbers of events begin anew there.
pub(crate) fn name(tx: &Transaction<'_>) -> rusqlite::Result<String> {
    tx.prepare_cached("INSERT OR IGNORE INTO meta (key, value) VALUES ('stream', ?1)")?
        .execute([random::uuid()])?;
    tx.prepare_cached("SELECT value FROM meta WHERE key = 'stream'")?
        .query_row([], |row| row.get(0))
}

/// Whether the mark is a point of this stream, and every event after it is still there.
pub(crate) fn remembers(tx: &Transaction<'_>, mark: Mark) -> rusqlite::Result<bool> {
    let sql = if mark.seq == 0 {
        // Before the first event: nothing must have been forgotten.
        "SELECT ?2 = 0 AND coalesce(min(seq), 1) = 1 AND ?1 = 0 FROM events"
    } else {
        "SELECT EXISTS (SELECT 1 FROM events WHERE seq = ?1 AND nonce = ?2)"
    };
    tx.prepare_cached(sql)?
        .query_row([mark.seq, mark.nonce], |row| row.get(0))
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
        "SELECT resource FROM events WHERE seq > ?1 AND {column} = ?2 AND kind = ?3
         GROUP BY resource ORDER BY max(seq) DESC LIMIT ?4"
    ))?
    .query_map(params![seq, owner, kind.name(), limit], |row| row.get(0))?
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

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use serde_json::json;

    use super::{BATCH, CAPACITY, Kind, Mark, Whose, changed, newest, note, remembers};
    use crate::db::{self, Transaction};

    fn database() -> Connection {
        let connection = db::open(None).unwrap();
        db::create(&connection).unwrap();
        connection
    }

    fn change(tx: &Transaction<'_>, message: &str) {
        let whose = Whose {
            account: 1,
            extension: 2,
        };
        note(tx, 0, whose, Kind::Message, message, &json!({})).unwrap();
    }

    #[test]
    fn a_mark_is_good_in_its_own_course_of_events_only() {
        let connection = database();
        let tx = Transaction::begin(&connection).unwrap();
        let happen = |id: &str| change(&tx, id);
        let start = newest(&tx).unwrap();
        assert_eq!(start, Mark { seq: 0, nonce: 0 });
        happen("a");
        happen("b");
        happen("a");
        let mark = newest(&tx).unwrap();
        let since = |mark: Mark| changed(&tx, Kind::Message, ("extension_id", 2), mark.seq, 9).unwrap();
        assert_eq!(since(start), ["a", "b"], "each once, the last change first");
        happen("c");
        assert_eq!(since(mark), ["c"]);
        assert!(remembers(&tx, start).unwrap() && remembers(&tx, mark).unwrap());
        // Back to after the second event, and on in another way.
        tx.execute_batch("DELETE FROM events WHERE seq > 2").unwrap();
        assert!(!remembers(&tx, mark).unwrap(), "it has not happened");
        happen("d");
        assert_eq!(newest(&tx).unwrap().seq, mark.seq);
        assert!(!remembers(&tx, mark).unwrap(), "something else has happened");
        // The oldest are forgotten, and whoever would need them.
        tx.execute_batch("DELETE FROM events WHERE seq = 1").unwrap();
        assert!(!remembers(&tx, start).unwrap());
    }

    #[test]
    fn changes_are_those_of_one_kind_and_one_owner() {
        let connection = database();
        let tx = Transaction::begin(&connection).unwrap();
        for (account, extension, kind, resource) in [
            (1, 2, Kind::Message, "message"),
            (1, 2, Kind::Presence, "presence"),
            (1, 2, Kind::Call, "call"),
            (1, 3, Kind::Call, "colleague's call"),
            (4, 5, Kind::Call, "stranger's call"),
        ] {
            let whose = Whose { account, extension };
            note(&tx, 0, whose, kind, resource, &json!({})).unwrap();
        }
        for (kind, owner, expected) in [
            (Kind::Message, ("extension_id", 2), vec!["message"]),
            (Kind::Call, ("extension_id", 2), vec!["call"]),
            (Kind::Call, ("account_id", 1), vec!["colleague's call", "call"]),
            (Kind::Contact, ("account_id", 1), vec![]),
        ] {
            assert_eq!(changed(&tx, kind, owner, 0, 9).unwrap(), expected, "{owner:?}");
        }
    }

    #[test]
    fn the_oldest_are_forgotten_in_batches() {
        let connection = database();
        let tx = Transaction::begin(&connection).unwrap();
        let ends = |tx: &Transaction<'_>| -> (i64, i64) {
            tx.query_row("SELECT min(seq), max(seq) FROM events", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap()
        };
        tx.execute(
            "WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
             INSERT INTO events (seq, at_ms, account_id, extension_id, kind, resource, detail)
             SELECT n, 0, 1, 2, 'message-changed', 'a', '{}' FROM numbers",
            [CAPACITY + BATCH - 2],
        )
        .unwrap();
        change(&tx, "a");
        assert_eq!(ends(&tx), (1, CAPACITY + BATCH - 1));
        change(&tx, "a");
        assert_eq!(ends(&tx), (BATCH + 1, CAPACITY + BATCH));
    }
}
