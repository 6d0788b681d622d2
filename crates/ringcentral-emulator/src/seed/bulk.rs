//! Large data from a number: the same number makes the same calls and messages.
//!
//! A row is put together from a shape, of which there are a few thousand, and from what differs: its ids, time and
//! duration. Shapes are rows of a temporary table, so that a million rows are a million short statements.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Statement, params};

use super::file::{Account, Generate};
use super::plant::plain;
use super::rng::Rng;
use crate::counts::{self, HOUR, List};
use crate::db::Transaction;

const SHAPES: i64 = 4096;
const DAYS: i64 = 90;
const DAY_MS: i64 = 86_400_000;

/// Area codes and places of the outside world; the number behind the code is 555-01xx.
const PLACES: &[(&str, &str)] = &[
    ("212", "New York, NY"),
    ("213", "Los Angeles, CA"),
    ("206", "Seattle, WA"),
    ("303", "Denver, CO"),
    ("305", "Miami, FL"),
    ("312", "Chicago, IL"),
    ("404", "Atlanta, GA"),
    ("415", "San Francisco, CA"),
    ("503", "Portland, OR"),
    ("512", "Austin, TX"),
    ("602", "Phoenix, AZ"),
    ("617", "Boston, MA"),
    ("702", "Las Vegas, NV"),
    ("713", "Houston, TX"),
    ("801", "Salt Lake City, UT"),
    ("919", "Raleigh, NC"),
];
const FIRST: &[&str] = &[
    "Alba", "Bruno", "Cleo", "Dario", "Edda", "Falk", "Gita", "Hugo", "Ines", "Jonas", "Kira", "Leo", "Mina",
    "Nils", "Olga", "Pavel",
];
const LAST: &[&str] = &[
    "Abbot", "Brandt", "Castel", "Duarte", "Ekman", "Ferro", "Gruber", "Holt", "Ivanov", "Jansen", "Keller",
    "Lopes", "Marsh", "Novak", "Ortiz", "Parry",
];
const TEXTS: &[&str] = &[
    "Are you open on Saturday?",
    "Yes, from 9 to 2.",
    "Could you call me back, please?",
    "I will call you within the hour.",
    "Your order is ready for pickup.",
    "On my way!",
    "Can we move our appointment to Thursday?",
    "Thursday at 3 pm works for us.",
    "Thank you very much 🙂",
    "The invoice is in your mailbox.",
];

/// One of the company's telephone lines.
struct Line {
    extension_id: i64,
    name: String,
    number: Option<String>,
    texts: bool,
}

/// Makes what the file asks for, spread evenly over the days before `now`.
pub(super) fn generate(
    tx: &Transaction<'_>,
    account: &Account,
    wanted: &Generate,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let main = plain(&account.main_number);
    let account_id: i64 = tx.query_row("SELECT id FROM accounts WHERE main_number = ?1", [&main], |row| {
        row.get(0)
    })?;
    let lines = tx
        .prepare(
            "SELECT e.id, e.name, p.phone_number, coalesce(p.features LIKE '%SmsSender%', 0)
             FROM extensions e JOIN credentials c ON c.extension_id = e.id
             LEFT JOIN phone_numbers p ON p.id = (SELECT min(id) FROM phone_numbers WHERE extension_id = e.id)
             WHERE e.account_id = ?1 ORDER BY e.id",
        )?
        .query_map([account_id], |row| {
            Ok(Line {
                extension_id: row.get(0)?,
                name: row.get(1)?,
                number: row.get(2)?,
                texts: row.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<Vec<Line>>>()?;
    let days = wanted.days.as_ref().map_or(DAYS, |days| *days.get_ref());
    let bulk = Bulk {
        tx,
        account_id,
        main,
        lines,
        seed: wanted.seed,
        begin_ms: now.as_millisecond() - days * DAY_MS,
        span_ms: days * DAY_MS,
    };
    tx.execute_batch("PRAGMA temp_store = MEMORY")?;
    if let Some(count) = &wanted.calls
        && *count.get_ref() > 0
    {
        without(tx, "calls", &[], || bulk.calls(*count.get_ref()))?;
    }
    if let Some(count) = &wanted.messages
        && *count.get_ref() > 0
    {
        without(tx, "messages", &["messages_by_conversation"], || {
            bulk.messages(*count.get_ref())
        })?;
    }
    Ok(())
}

/// Fills a table while its triggers are away, and these of its indexes. Rows come in the order of time, so an index by
/// time grows at its ends; for any other, sorting once is faster than finding a place a million times.
fn without(
    tx: &Transaction<'_>,
    table: &str,
    indexes: &[&str],
    fill: impl FnOnce() -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut away: Vec<(String, String, String)> = tx
        .prepare(
            "SELECT type, name, sql FROM sqlite_schema
             WHERE tbl_name = ?1 AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
        )?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    away.retain(|(kind, name, _)| kind == "trigger" || indexes.contains(&name.as_str()));
    for (kind, name, _) in &away {
        tx.execute_batch(&format!("DROP {kind} \"{name}\""))?;
    }
    fill()?;
    for (_, _, sql) in &away {
        tx.execute_batch(sql)?;
    }
    Ok(())
}

struct Bulk<'a> {
    tx: &'a Transaction<'a>,
    account_id: i64,
    main: String,
    lines: Vec<Line>,
    seed: u64,
    begin_ms: i64,
    span_ms: i64,
}

/// What the shape of a call leaves open depends on these.
struct CallShape {
    line: usize,
    kind: usize,
    result: &'static str,
    billed: bool,
    recorded: bool,
}

const CALL_KINDS: [&str; 2] = ["0|Inbound|Voice", "0|Outbound|Voice"];

impl Bulk<'_> {
    /// When the nth of many happens: they keep their order.
    fn moment(&self, nth: i64, count: i64, rng: &mut Rng) -> i64 {
        let step = (self.span_ms / count).max(1);
        let at = i128::from(self.span_ms) * i128::from(nth) / i128::from(count);
        self.begin_ms + i64::try_from(at).unwrap_or_default() + rng.between(0, step)
    }

    fn calls(&self, count: i64) -> rusqlite::Result<()> {
        let mut rng = Rng::new(self.seed);
        let shapes = self.call_shapes(&mut rng)?;
        let mut seq: i64 = self
            .tx
            .query_row("SELECT coalesce(max(seq), 0) FROM calls", [], |row| row.get(0))?;
        let mut recording: i64 =
            self.tx
                .query_row("SELECT coalesce(max(id), 8810000) FROM recordings", [], |row| {
                    row.get(0)
                })?;
        let mut tally: HashMap<(usize, i64, usize), i64> = HashMap::new();
        let mut insert = self.tx.prepare(
            "INSERT INTO calls (seq, session, start_ms, duration_ms, modified_ms, cost, recording_id, account_id,
                extension_id, type, direction, action, result, reason, reason_description, internal_type, transport,
                from_number, from_extension_id, from_name, from_location, to_number, to_extension_id, to_name,
                to_location, recording_type)
             SELECT ?1, ?1, ?2, ?3, ?4, ?5, ?6, s.account_id, s.extension_id, 'Voice', s.direction, s.action,
                s.result, s.reason, s.reason_description, 'Local', 'PSTN', s.from_number, s.from_extension_id,
                s.from_name, s.from_location, s.to_number, s.to_extension_id, s.to_name, s.to_location, s.recording_type
             FROM temp.call_shapes s WHERE s.id = ?7",
        )?;
        let mut record = self.tx.prepare(
            "INSERT INTO recordings (id, account_id, extension_id, duration_ms) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for nth in 0..count {
            seq += 1;
            let shape_id = rng.between(0, SHAPES);
            let shape = &shapes[usize::try_from(shape_id).unwrap_or_default()];
            let start_ms = self.moment(nth, count, &mut rng);
            let duration_ms = duration_ms(&mut rng, shape.result);
            let minutes = i32::try_from(duration_ms / 60_000 + 1).unwrap_or(i32::MAX);
            let cost = if shape.billed {
                0.01 * f64::from(minutes)
            } else {
                0.0
            };
            let recording_id = if shape.recorded {
                recording += 1;
                record.execute(params![
                    recording,
                    self.account_id,
                    self.lines[shape.line].extension_id,
                    duration_ms
                ])?;
                Some(recording)
            } else {
                None
            };
            insert.execute(params![
                seq,
                start_ms,
                duration_ms,
                start_ms + duration_ms + 800,
                cost,
                recording_id,
                shape_id,
            ])?;
            *tally
                .entry((shape.line, start_ms.div_euclid(HOUR), shape.kind))
                .or_default() += 1;
        }
        self.tx.execute_batch("DROP TABLE temp.call_shapes")?;
        for ((line, hour, kind), count) in tally {
            let (owner, kind) = (self.lines[line].extension_id, CALL_KINDS[kind]);
            counts::add(self.tx, List::CallsOfExtension, owner, hour, kind, count)?;
            counts::add(self.tx, List::CallsOfAccount, self.account_id, hour, kind, count)?;
        }
        Ok(())
    }

    fn call_shapes(&self, rng: &mut Rng) -> rusqlite::Result<Vec<CallShape>> {
        const ANSWERED: &str = "The call connected to and was accepted by this number.";
        /// How often a result comes, and the platform's reason for it.
        type Results = &'static [(i64, (&'static str, Option<&'static str>, Option<&'static str>))];
        const RESULTS: [Results; 2] = [
            &[
                (70, ("Accepted", Some("Accepted"), Some(ANSWERED))),
                (22, ("Missed", None, None)),
                (
                    5,
                    (
                        "Hang Up",
                        Some("Hang Up"),
                        Some("The caller hung up before the call was answered."),
                    ),
                ),
                (3, ("Busy", Some("Line Busy"), Some("The called line was busy."))),
            ],
            &[
                (75, ("Call connected", None, None)),
                (
                    15,
                    (
                        "No Answer",
                        Some("No Answer"),
                        Some("The called party did not answer."),
                    ),
                ),
                (10, ("Busy", Some("Line Busy"), Some("The called line was busy."))),
            ],
        ];
        self.tx.execute_batch(
            "CREATE TEMP TABLE call_shapes (id INTEGER PRIMARY KEY, account_id, extension_id, direction, action, result,
                reason, reason_description, from_number, from_extension_id, from_name, from_location, to_number,
                to_extension_id, to_name, to_location, recording_type)",
        )?;
        let mut insert = self.tx.prepare(
            "INSERT INTO temp.call_shapes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                ?17)",
        )?;
        let mut shapes = Vec::new();
        for id in 0..SHAPES {
            let line_at = self.pick_line(rng);
            let line = &self.lines[line_at];
            let kind = usize::from(rng.chance(45));
            let &(result, reason, description) = rng.weighted(RESULTS[kind]);
            let (number, name, place) = outsider(rng);
            let own = line.number.as_ref().unwrap_or(&self.main);
            let recorded = matches!(result, "Accepted" | "Call connected") && rng.chance(12);
            let none = None::<String>;
            let inside = (
                Some(own.clone()),
                Some(line.extension_id),
                Some(line.name.clone()),
                none,
            );
            let outside = (Some(number), None, Some(name), Some(place.to_owned()));
            let (from, to) = if kind == 0 {
                (outside, inside)
            } else {
                (inside, outside)
            };
            insert.execute(params![
                id,
                self.account_id,
                line.extension_id,
                ["Inbound", "Outbound"][kind],
                ["Phone Call", "VoIP Call"][kind],
                result,
                reason,
                description,
                from.0,
                from.1,
                from.2,
                from.3,
                to.0,
                to.1,
                to.2,
                to.3,
                recorded.then_some("Automatic"),
            ])?;
            shapes.push(CallShape {
                line: line_at,
                kind,
                result,
                billed: kind == 1,
                recorded,
            });
        }
        Ok(shapes)
    }

    fn pick_line(&self, rng: &mut Rng) -> usize {
        let lines = i64::try_from(self.lines.len()).unwrap_or(1);
        usize::try_from(rng.between(0, lines)).unwrap_or_default()
    }

    /// Text messages between the lines that can send them and customers.
    fn messages(&self, count: i64) -> rusqlite::Result<()> {
        const KINDS: [&str; 2] = ["Alive|Inbound|SMS|Read", "Alive|Outbound|SMS|Read"];
        counts::count_new_messages(self.tx)?;
        let mut rng = Rng::new(self.seed ^ 0x6d65_7373_6167_6573);
        let shapes = self.message_shapes(&mut rng)?;
        let first: i64 = 1 + self.tx.query_row(
            "SELECT max(coalesce((SELECT max(id) FROM messages), 0),
                        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0))",
            [],
            |row| row.get::<_, i64>(0),
        )?;
        let mut tally: HashMap<(usize, i64, usize), i64> = HashMap::new();
        let mut insert = self.tx.prepare(
            "INSERT INTO messages (id, created_ms, modified_ms, delivered_ms, account_id, extension_id, type, direction,
                read_status, message_status, subject, text, conversation_id, from_number, from_extension_id, from_name,
                from_location)
             SELECT ?1, ?2, ?2, ?3, s.account_id, s.extension_id, 'SMS', s.direction, 'Read', s.status, s.text, s.text,
                s.conversation_id, s.from_number, s.from_extension_id, s.from_name, s.from_location
             FROM temp.message_shapes s WHERE s.id = ?4",
        )?;
        let mut receive = self.tx.prepare(
            "INSERT INTO message_recipients (message_id, position, phone_number, extension_id, name, location)
             SELECT ?1, 0, s.to_number, s.to_extension_id, s.to_name, s.to_location
             FROM temp.message_shapes s WHERE s.id = ?2",
        )?;
        for nth in 0..count {
            let shape_id = rng.between(0, SHAPES);
            let (line, kind) = shapes[usize::try_from(shape_id).unwrap_or_default()];
            let at_ms = self.moment(nth, count, &mut rng);
            let delivered = (kind == 1).then_some(at_ms);
            insert.execute(params![first + nth, at_ms, delivered, shape_id])?;
            receive.execute(params![first + nth, shape_id])?;
            *tally.entry((line, at_ms.div_euclid(HOUR), kind)).or_default() += 1;
        }
        self.tx.execute_batch("DROP TABLE temp.message_shapes")?;
        for ((line, hour, kind), count) in tally {
            let owner = self.lines[line].extension_id;
            counts::add(
                self.tx,
                List::MessagesOfExtension,
                owner,
                hour,
                KINDS[kind],
                count,
            )?;
        }
        counts::messages_are_counted(self.tx, first + count - 1)
    }

    fn message_shapes(&self, rng: &mut Rng) -> rusqlite::Result<Vec<(usize, usize)>> {
        self.tx.execute_batch(
            "CREATE TEMP TABLE message_shapes (id INTEGER PRIMARY KEY, account_id, extension_id, direction, status, text,
                conversation_id, from_number, from_extension_id, from_name, from_location, to_number, to_extension_id,
                to_name, to_location)",
        )?;
        let mut insert = self.tx.prepare(
            "INSERT INTO temp.message_shapes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?;
        let mut begin = self.tx.prepare(
            "INSERT INTO conversations (id, extension_id, parties)
             SELECT coalesce(max(id), 7700100) + 1, ?1, ?2 FROM conversations WHERE true
             ON CONFLICT DO NOTHING",
        )?;
        let mut find = self
            .tx
            .prepare("SELECT id FROM conversations WHERE extension_id = ?1 AND parties = ?2")?;
        let texting: Vec<usize> = (0..self.lines.len()).filter(|at| self.lines[*at].texts).collect();
        // Where nobody can send text messages, everybody receives them all the same.
        let texting = if texting.is_empty() {
            (0..self.lines.len()).collect()
        } else {
            texting
        };
        let mut shapes = Vec::new();
        for id in 0..SHAPES {
            let line_at = *rng.pick(&texting);
            let line = &self.lines[line_at];
            let kind = usize::from(line.texts && rng.chance(50));
            let (number, name, place) = outsider(rng);
            let conversation = conversation(&mut begin, &mut find, line.extension_id, &number)?;
            let own = line.number.as_ref().unwrap_or(&self.main).clone();
            let inside = (own, Some(line.extension_id), line.name.clone(), None);
            let outside = (number, None, name, Some(place));
            let (from, to) = if kind == 0 {
                (outside, inside)
            } else {
                (inside, outside)
            };
            insert.execute(params![
                id,
                self.account_id,
                line.extension_id,
                ["Inbound", "Outbound"][kind],
                ["Received", "Delivered"][kind],
                rng.pick(TEXTS),
                conversation,
                from.0,
                from.1,
                from.2,
                from.3,
                to.0,
                to.1,
                to.2,
                to.3,
            ])?;
            shapes.push((line_at, kind));
        }
        Ok(shapes)
    }
}

fn conversation(
    begin: &mut Statement<'_>,
    find: &mut Statement<'_>,
    extension_id: i64,
    number: &str,
) -> rusqlite::Result<i64> {
    begin.execute(params![extension_id, number])?;
    find.query_row(params![extension_id, number], |row| row.get(0))
}

fn outsider(rng: &mut Rng) -> (String, String, &'static str) {
    let (area, place) = *rng.pick(PLACES);
    let number = format!("+1{area}55501{:02}", rng.between(0, 99));
    let name = format!("{} {}", rng.pick(FIRST), rng.pick(LAST));
    (number, name, place)
}

fn duration_ms(rng: &mut Rng, result: &str) -> i64 {
    match result {
        "Accepted" | "Call connected" if rng.chance(20) => rng.between(300_000, 2_400_000),
        "Accepted" | "Call connected" => rng.between(15_000, 300_000),
        "Missed" | "No Answer" => rng.between(12_000, 30_000),
        "Hang Up" => rng.between(2_000, 12_000),
        _ => 0,
    }
}
