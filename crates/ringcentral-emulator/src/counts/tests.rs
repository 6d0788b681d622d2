mod operations;

use std::fmt::Write as _;

use rusqlite::{Connection, params};

use super::{DAY, HOUR, List, Part, delete_many_calls, mark_calls_deleted};
use crate::db;
use crate::db::Transaction;

const KINDS: [(&str, &str); 3] = [("Inbound", "Voice"), ("Outbound", "Voice"), ("Inbound", "Fax")];

/// A small generator of repeatable randomness.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % end.cast_unsigned()).unwrap()
    }
}

fn with_calls(test: impl FnOnce(&Transaction<'_>, &mut Dice)) {
    let connection: Connection = db::open(None).unwrap();
    db::create(&connection).unwrap();
    let tx = Transaction::begin(&connection).unwrap();
    let mut dice = Dice(7);
    for seq in 1..=600 {
        let (direction, kind) = KINDS[usize::try_from(dice.below(3)).unwrap()];
        // Some in one hour, some spread over days, some exactly at the edges of hours and days.
        let start_ms = match dice.below(4) {
            0 => 40 * DAY + dice.below(HOUR),
            1 => 38 * DAY + dice.below(5 * DAY),
            2 => (38 * 24 + dice.below(120)) * HOUR - dice.below(2),
            _ => (38 + dice.below(5)) * DAY - dice.below(2),
        };
        tx.execute(
            "INSERT INTO calls (seq, session, account_id, extension_id, start_ms, duration_ms, modified_ms, type,
                direction, action, result, internal_type, transport)
             VALUES (?1, ?1, 1, ?2, ?3, 0, 0, ?4, ?5, '', '', '', '')",
            params![seq, 100 + dice.below(2), start_ms, kind, direction],
        )
        .unwrap();
    }
    test(&tx, &mut dice);
}

fn where_clause(part: &Part, from: i64, to: i64) -> String {
    let owner = if part.list == List::CallsOfAccount {
        "account_id"
    } else {
        "extension_id"
    };
    let mut clause = format!("{owner} = {} AND start_ms BETWEEN {from} AND {to}", part.owner);
    for (column, wanted) in ["deleted", "direction", "type"].iter().zip(&part.kinds) {
        if let [value] = wanted.as_slice() {
            let _ = write!(clause, " AND {column} = '{value}'");
        }
    }
    clause
}

fn count(tx: &Transaction<'_>, part: &Part, from: i64, to: i64) -> rusqlite::Result<i64> {
    let sql = format!(
        "SELECT count(*) FROM calls WHERE {}",
        where_clause(part, from, to)
    );
    tx.query_row(&sql, [], |row| row.get(0))
}

fn seqs(tx: &Transaction<'_>, part: &Part, to: i64, offset: i64) -> Vec<i64> {
    let sql = format!(
        "SELECT seq FROM calls WHERE {} ORDER BY start_ms DESC, seq DESC LIMIT 5 OFFSET {offset}",
        where_clause(part, part.from_ms, to)
    );
    let mut statement = tx.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

/// Total and every place, compared with a walk through all rows.
fn check(tx: &Transaction<'_>, part: &Part) {
    let walk = |from, to| count(tx, part, from, to);
    let total = count(tx, part, part.from_ms, part.to_ms).unwrap();
    assert_eq!(part.total(tx, &walk).unwrap(), total, "{part:?}");
    for offset in (0..total + 3).step_by(7) {
        let expected = seqs(tx, part, part.to_ms, offset);
        let found = match part.place(tx, offset, &walk).unwrap() {
            Some((end, before)) => seqs(tx, part, end, before),
            None => Vec::new(),
        };
        assert_eq!(found, expected, "{part:?} offset {offset}");
    }
}

fn part(list: List, owner: i64, (from_ms, to_ms): (i64, i64), kinds: [&str; 3]) -> Part {
    let kinds = kinds.iter().map(|kind| match *kind {
        "" => Vec::new(),
        kind => vec![kind.to_owned()],
    });
    Part {
        list,
        owner,
        from_ms,
        to_ms,
        kinds: kinds.collect(),
    }
}

#[test]
fn a_page_begins_where_a_walk_would_end() {
    with_calls(|tx, dice| {
        let mut periods = vec![
            (0, 100 * DAY),
            (0, i64::MAX),
            (40 * DAY, 41 * DAY - 1),
            (40 * DAY, 41 * DAY),
            (40 * DAY + 1, 40 * DAY + HOUR),
            (40 * DAY, 40 * DAY),
            (39 * DAY + 23 * HOUR, 40 * DAY + HOUR - 1),
            (50 * DAY, 60 * DAY),
        ];
        for _ in 0..12 {
            let from = 37 * DAY + dice.below(5 * DAY);
            periods.push((from, from + dice.below(3 * DAY)));
        }
        for period in periods {
            for kinds in [
                ["0", "", ""],
                ["", "Inbound", ""],
                ["0", "Inbound", "Voice"],
                ["1", "", "Fax"],
            ] {
                check(tx, &part(List::CallsOfAccount, 1, period, kinds));
                check(tx, &part(List::CallsOfExtension, 101, period, kinds));
            }
        }
    });
}

#[test]
fn calls_deleted_by_the_many_are_counted_as_one_by_one() {
    let counts = |delete: &dyn Fn(&Transaction<'_>, &str)| {
        let mut counts: Vec<(i64, i64, i64, i64, String, i64)> = Vec::new();
        with_calls(|tx, _| {
            delete(tx, " WHERE seq % 3 = 0 AND deleted = 0");
            delete(tx, " WHERE seq % 2 = 0");
            let deleted: i64 = tx
                .query_row(
                    "SELECT count(*) FROM calls WHERE deleted AND modified_ms = 9",
                    [],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(deleted, 400, "two of three, one way or the other");
            // The trigger is there again.
            tx.execute_batch("UPDATE calls SET deleted = 0 WHERE seq % 5 = 0")
                .unwrap();
            counts = tx
                .prepare(
                    "SELECT * FROM list_counts WHERE count <> 0 ORDER BY list, owner, span, bucket, kind",
                )
                .unwrap()
                .query_map([], |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                    ))
                })
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap();
        });
        counts
    };
    let one_by_one = counts(&|tx, clause| mark_calls_deleted(tx, clause, &[], 9).unwrap());
    let by_the_many = counts(&|tx, clause| delete_many_calls(tx, clause, &[], 9).unwrap());
    assert!(one_by_one.len() > 100, "{} counts", one_by_one.len());
    assert_eq!(by_the_many, one_by_one);
}

#[test]
fn counts_follow_every_change() {
    with_calls(|tx, _| {
        for change in [
            "UPDATE calls SET deleted = 1 WHERE seq % 5 = 0",
            "UPDATE calls SET start_ms = start_ms + 7200000, extension_id = 101 WHERE seq % 7 = 0",
            "UPDATE calls SET direction = 'Outbound', type = 'Voice' WHERE seq % 11 = 0",
            "UPDATE calls SET account_id = 1, duration_ms = 9",
            "DELETE FROM calls WHERE seq % 3 = 0",
            "UPDATE calls SET deleted = 0",
        ] {
            tx.execute_batch(change).unwrap();
            for kinds in [["0", "", ""], ["1", "", ""], ["", "Outbound", ""]] {
                for (list, owner) in [
                    (List::CallsOfAccount, 1),
                    (List::CallsOfExtension, 100),
                    (List::CallsOfExtension, 101),
                ] {
                    let all = part(list, owner, (0, 100 * DAY), kinds);
                    let walk = |from, to| count(tx, &all, from, to);
                    assert_eq!(
                        all.total(tx, &walk).unwrap(),
                        walk(0, 100 * DAY).unwrap(),
                        "{change} {all:?}"
                    );
                }
            }
        }
    });
}

/// Messages are counted when a list is read; what has become of one before that needs no correction, and after it does.
#[test]
fn a_message_is_counted_as_it_is_when_a_list_is_read() {
    let connection = db::open(None).unwrap();
    db::create(&connection).unwrap();
    let tx = Transaction::begin(&connection).unwrap();
    let arrive = || {
        tx.execute(
            "INSERT INTO messages (account_id, extension_id, type, direction, read_status, message_status, created_ms,
                modified_ms) VALUES (1, 100, 'SMS', 'Inbound', 'Unread', 'Received', ?1, 0)",
            [DAY + 5 * HOUR],
        )
        .unwrap();
        tx.last_insert_rowid()
    };
    let part = |read_status: &str| Part {
        list: List::MessagesOfExtension,
        owner: 100,
        from_ms: 0,
        to_ms: 3 * DAY - 1,
        kinds: vec![words(&["Alive"]), Vec::new(), Vec::new(), words(&[read_status])],
    };
    // Whole days have no rest to walk through.
    let walk = |from, to| {
        assert!(from > to, "{from} to {to}");
        Ok(0)
    };
    let counted = |read_status: &str| part(read_status).total(&tx, &walk).unwrap();
    let change = |sql: &str, id: i64| tx.execute(sql, [id]).unwrap();
    let (delete, read) = (
        "DELETE FROM messages WHERE id = ?1",
        "UPDATE messages SET read_status = 'Read' WHERE id = ?1",
    );
    let [first, second] = [arrive(), arrive()];
    assert!(part("Unread").place(&tx, 1, &walk).unwrap().is_some());
    assert_eq!(counted("Unread"), 2);
    let [third, fourth, _] = [arrive(), arrive(), arrive()];
    change(delete, third);
    change(read, fourth);
    assert_eq!((counted("Unread"), counted("Read")), (3, 1));
    change(delete, first);
    change(read, second);
    assert_eq!((counted("Unread"), counted("Read")), (1, 2));
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
