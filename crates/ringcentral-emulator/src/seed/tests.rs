use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::db::Transaction;
use crate::{clock, db, seed};

mod exported;
mod files;

/// A Sunday evening in California: the day before it has no business hours, and yet has calls.
const SUNDAY: i64 = 1_773_627_000_000;

fn with_seed<T>(number: u64, start: Timestamp, test: impl FnOnce(&Transaction<'_>) -> T) -> T {
    let connection: Connection = db::open(None).unwrap();
    db::create(&connection).unwrap();
    let tx = Transaction::begin(&connection).unwrap();
    seed::fill(&tx, number, start, &[]).unwrap();
    test(&tx)
}

fn count(tx: &Transaction<'_>, sql: &str) -> i64 {
    tx.query_row(&format!("SELECT count(*) FROM {sql}"), [], |row| row.get(0))
        .unwrap()
}

/// Every row of every table, as text.
fn dump(tx: &Transaction<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for table in [
        "extensions",
        "phone_numbers",
        "calls",
        "call_legs",
        "messages",
        "message_recipients",
        "recordings",
    ] {
        let mut statement = tx.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> = (0..columns)
                .map(|at| format!("{:?}", row.get_ref(at).unwrap()))
                .collect();
            lines.push(format!("{table}: {}", cells.join("|")));
        }
    }
    lines
}

#[test]
fn the_same_number_and_time_make_the_same_world() {
    let start = clock::at_ms(SUNDAY);
    let first = with_seed(7, start, dump);
    assert_eq!(first, with_seed(7, start, dump));
    assert_ne!(first, with_seed(8, start, dump));
}

#[test]
fn there_is_enough_of_everything() {
    with_seed(1, clock::at_ms(SUNDAY), |tx| {
        for (what, low, high) in [
            ("extensions", 12, 30),
            ("calls", 300, 800),
            ("messages", 120, 320),
            ("calls WHERE recording_id IS NOT NULL", 40, 300),
            ("messages WHERE read_status = 'Unread'", 5, 150),
            ("call_legs", 50, 500),
        ] {
            let found = count(tx, what);
            assert!((low..=high).contains(&found), "{what}: {found}");
        }
        let mut results: BTreeMap<String, i64> = BTreeMap::new();
        let mut statement = tx
            .prepare("SELECT direction || ' ' || type || ' ' || result FROM calls")
            .unwrap();
        for kind in statement.query_map([], |row| row.get::<_, String>(0)).unwrap() {
            *results.entry(kind.unwrap()).or_default() += 1;
        }
        for kind in [
            "Inbound Voice Accepted",
            "Inbound Voice Missed",
            "Inbound Voice Voicemail",
            "Inbound Voice Rejected",
            "Inbound Fax Received",
            "Outbound Voice Call connected",
            "Outbound Voice Busy",
            "Outbound Voice No Answer",
            "Outbound Fax Sent",
        ] {
            assert!(results.contains_key(kind), "{kind} is not among {results:?}");
        }
        for kind in ["SMS", "VoiceMail", "Fax", "Pager"] {
            assert!(
                count(tx, &format!("messages WHERE type = '{kind}'")) > 4,
                "{kind}"
            );
        }
        assert!(count(tx, "calls WHERE action = 'RingOut Web'") > 3);
        assert!(count(tx, "calls WHERE internal_type = 'Sip'") > 10);
    });
}

#[test]
fn the_last_day_and_the_last_month_are_full_whenever_it_starts() {
    for hours in (0..7 * 24).step_by(5) {
        let start = clock::at_ms(SUNDAY + hours * 3_600_000);
        with_seed(1, start, |tx| {
            let day_ago = start.as_millisecond() - 86_400_000;
            let now = start.as_millisecond();
            let recent = |table: &str, column: &str, extension: i64| {
                count(
                    tx,
                    &format!(
                        "{table} WHERE extension_id = {extension} AND {column} BETWEEN {day_ago} AND {now}"
                    ),
                )
            };
            assert!(recent("calls", "start_ms", 810_000_101) >= 3, "calls at {start}");
            assert!(
                recent("messages", "created_ms", 810_000_101) >= 3,
                "messages at {start}"
            );
            assert_eq!(count(tx, &format!("calls WHERE start_ms > {now}")), 0);
            assert_eq!(count(tx, &format!("messages WHERE created_ms > {now}")), 0);
            let month = 31 * 86_400_000_i64;
            assert_eq!(count(tx, &format!("calls WHERE start_ms < {}", now - month)), 0);
        });
    }
}

#[test]
fn references_between_calls_messages_and_recordings_hold() {
    with_seed(3, clock::at_ms(SUNDAY), |tx| {
        for broken in [
            "calls c LEFT JOIN messages m ON m.id = c.message_id AND m.extension_id = c.extension_id
             WHERE c.message_id IS NOT NULL AND (m.id IS NULL OR m.type <> c.message_type)",
            "calls c LEFT JOIN recordings r ON r.id = c.recording_id AND r.extension_id = c.extension_id
             WHERE c.recording_id IS NOT NULL AND r.id IS NULL",
            "calls WHERE result = 'Voicemail' AND message_id IS NULL",
            "calls WHERE type = 'Fax' AND message_id IS NULL",
            "messages m WHERE type IN ('VoiceMail', 'Fax')
             AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.message_id = m.id)",
            "messages WHERE type IN ('SMS', 'Pager') AND coalesce(text, '') = ''",
            "messages m WHERE NOT EXISTS (SELECT 1 FROM message_recipients r WHERE r.message_id = m.id)",
            "messages WHERE due_ms IS NOT NULL",
        ] {
            assert_eq!(count(tx, broken), 0, "{broken}");
        }
    });
}

#[test]
fn only_numbers_reserved_for_fiction_are_used() {
    with_seed(5, clock::at_ms(SUNDAY), |tx| {
        for numbers in [
            "SELECT phone_number FROM phone_numbers",
            "SELECT from_number FROM calls WHERE from_number IS NOT NULL",
            "SELECT to_number FROM calls WHERE to_number IS NOT NULL",
            "SELECT phone_number FROM message_recipients WHERE phone_number IS NOT NULL",
            "SELECT mobile_phone FROM extensions WHERE mobile_phone IS NOT NULL",
        ] {
            let mut statement = tx.prepare(numbers).unwrap();
            for number in statement.query_map([], |row| row.get::<_, String>(0)).unwrap() {
                let number = number.unwrap();
                assert!(
                    number.len() == 12 && number.starts_with("+1") && &number[5..10] == "55501",
                    "{number}"
                );
            }
        }
    });
}
