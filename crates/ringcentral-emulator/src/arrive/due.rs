//! What time does: messages are sent and delivered, what was deleted is purged, calls are answered and end.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::call::{NewCall, Party, record_id};
use super::message::{self, Content, NewMessage, RETENTION};
use super::outcome::{self, DELIVERY, Text};
use super::{announce, announce_new, live, log_call, party, ring_out};
use crate::clock;
use crate::db::Transaction;

/// How long a fax rings or fails before it is given up.
const FAX_FAILURE_S: i64 = 20;

/// The next thing that is due.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// A message's availability changes.
    Message(i64),
    /// A recipient's part of a message takes its next step: message, position.
    Recipient(i64, i64),
    Call(i64),
    RingOut(i64),
}

/// Something that became due, and has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fired {
    /// When it was due.
    pub(crate) time: String,
    /// `message`, `recipient`, `call`, `ringOut`.
    pub(crate) kind: &'static str,
    /// That of the message, of the call's record, of the ring-out.
    pub(crate) id: String,
}

impl Fired {
    fn new(at_ms: i64, due: Due) -> Self {
        let (kind, id) = match due {
            Due::Message(id) => ("message", id.to_string()),
            Due::Recipient(id, _) => ("recipient", id.to_string()),
            Due::Call(seq) => ("call", record_id(seq)),
            Due::RingOut(id) => ("ringOut", id.to_string()),
        };
        Self {
            time: clock::format(clock::at_ms(at_ms)),
            kind,
            id,
        }
    }
}

/// Lets everything happen that is due by `now`, in the order in which it is due. Answers what happened.
pub(crate) fn settle(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<Vec<Fired>> {
    let mut fired = Vec::new();
    // Asked before every request, so it is one statement, and nearly always the only one.
    if soonest(tx)?.is_none_or(|at_ms| at_ms > now.as_millisecond()) {
        return Ok(fired);
    }
    while let Some((at_ms, due)) = next(tx, now.as_millisecond())? {
        match due {
            Due::Message(id) => age(tx, id, at_ms)?,
            Due::Recipient(id, position) => proceed(tx, id, position, at_ms)?,
            Due::Call(seq) => live::step(tx, seq, at_ms)?,
            Due::RingOut(id) => ring_out::step(tx, id, at_ms)?,
        }
        fired.push(Fired::new(at_ms, due));
    }
    Ok(fired)
}

/// When the next thing is due, whatever it is.
fn soonest(tx: &Transaction<'_>) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached(
        "SELECT nullif(min(
            coalesce((SELECT due_ms FROM messages WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1), ?1),
            coalesce((SELECT due_ms FROM message_recipients WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1), ?1),
            coalesce((SELECT due_ms FROM live_calls WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1), ?1),
            coalesce((SELECT due_ms FROM ring_outs WHERE due_ms IS NOT NULL ORDER BY due_ms LIMIT 1), ?1)), ?1)",
    )?
    .query_row([i64::MAX], |row| row.get(0))
}

fn next(tx: &Transaction<'_>, now_ms: i64) -> rusqlite::Result<Option<(i64, Due)>> {
    let one = |sql: &str| -> rusqlite::Result<Option<(i64, i64, i64)>> {
        tx.prepare_cached(sql)?
            .query_row([now_ms], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
    };
    let message = one("SELECT due_ms, id, 0 FROM messages WHERE due_ms <= ?1 ORDER BY due_ms, id LIMIT 1")?
        .map(|(at, id, _)| (at, Due::Message(id)));
    let recipient = one(
        "SELECT due_ms, message_id, position FROM message_recipients WHERE due_ms <= ?1
         ORDER BY due_ms, message_id, position LIMIT 1",
    )?
    .map(|(at, id, position)| (at, Due::Recipient(id, position)));
    let call = one("SELECT due_ms, seq, 0 FROM live_calls WHERE due_ms <= ?1 ORDER BY due_ms, seq LIMIT 1")?
        .map(|(at, seq, _)| (at, Due::Call(seq)));
    let ring_out = one("SELECT due_ms, id, 0 FROM ring_outs WHERE due_ms <= ?1 ORDER BY due_ms, id LIMIT 1")?
        .map(|(at, id, _)| (at, Due::RingOut(id)));
    Ok([message, recipient, call, ring_out]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at))
}

/// Deleted is purged, purged is gone.
fn age(tx: &Transaction<'_>, id: i64, at_ms: i64) -> rusqlite::Result<()> {
    let availability: String = tx
        .prepare_cached("SELECT availability FROM messages WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    match availability.as_str() {
        "Purged" => {
            tx.prepare_cached("DELETE FROM messages WHERE id = ?1")?
                .execute([id])?;
            Ok(())
        }
        "Deleted" => {
            let gone_ms = (clock::at_ms(at_ms) + RETENTION).as_millisecond();
            tx.prepare_cached(
                "UPDATE messages SET availability = 'Purged', modified_ms = ?2, due_ms = ?3 WHERE id = ?1",
            )?
            .execute([id, at_ms, gone_ms])?;
            announce(tx, at_ms, id)
        }
        _ => {
            tx.prepare_cached("UPDATE messages SET due_ms = NULL WHERE id = ?1")?
                .execute([id])?;
            Ok(())
        }
    }
}

/// One recipient's next step: from the queue to the network, from the network to the phone.
fn proceed(tx: &Transaction<'_>, id: i64, position: i64, at_ms: i64) -> rusqlite::Result<()> {
    let (kind, pages, status, number): (String, i64, String, String) = tx
        .prepare_cached(
            "SELECT m.type, coalesce(m.fax_pages, 1), r.status, coalesce(r.phone_number, '')
             FROM message_recipients r JOIN messages m ON m.id = r.message_id
             WHERE r.message_id = ?1 AND r.position = ?2",
        )?
        .query_row([id, position], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    let step = if kind == "Fax" {
        fax_step(&status, &number, pages)
    } else {
        text_step(&status, outcome::text(&number))
    };
    tx.prepare_cached(
        "UPDATE message_recipients SET status = ?3, due_ms = ?4, fax_error_code = ?5
         WHERE message_id = ?1 AND position = ?2",
    )?
    .execute(params![
        id,
        position,
        step.status,
        step.next
            .map(|wait| (clock::at_ms(at_ms) + wait).as_millisecond()),
        step.error.filter(|_| kind == "Fax")
    ])?;
    if let Some(result) = step.call {
        log_fax(tx, id, position, at_ms, result)?;
    }
    if step.status == "Sending" {
        return Ok(());
    }
    gather(tx, id, at_ms, step.error.filter(|_| kind != "Fax"))?;
    announce(tx, at_ms, id)
}

struct Step {
    status: &'static str,
    next: Option<SignedDuration>,
    error: Option<&'static str>,
    /// A fax call has ended so.
    call: Option<&'static str>,
}

fn text_step(status: &str, outcome: Text) -> Step {
    let step = |status, next, error| Step {
        status,
        next,
        error,
        call: None,
    };
    match (status, outcome) {
        ("Queued", Text::SendingFailed(code)) => step("SendingFailed", None, Some(code)),
        ("Queued", Text::Unconfirmed) => step("Sent", None, None),
        ("Queued", _) => step("Sent", Some(DELIVERY), None),
        (_, Text::DeliveryFailed(code)) => step("DeliveryFailed", None, Some(code)),
        _ => step("Delivered", None, None),
    }
}

/// A fax is `Queued` until its call is over; `Sending` is ours, and shown as `Queued`.
fn fax_step(status: &str, number: &str, pages: i64) -> Step {
    let failure = outcome::fax(number);
    if status == "Queued" {
        let seconds = if failure.is_some() {
            FAX_FAILURE_S
        } else {
            fax_seconds(pages)
        };
        return Step {
            status: "Sending",
            next: Some(SignedDuration::from_secs(seconds)),
            error: None,
            call: None,
        };
    }
    Step {
        status: if failure.is_some() {
            "SendingFailed"
        } else {
            "Sent"
        },
        next: None,
        error: failure,
        call: Some(if failure.is_some() { "Send Error" } else { "Sent" }),
    }
}

/// How long the call takes that carries so many pages.
pub(super) fn fax_seconds(pages: i64) -> i64 {
    pages * 21 + 9
}

/// The message's status out of its recipients': while one waits it is queued, then a failure outweighs a success.
fn gather(tx: &Transaction<'_>, id: i64, at_ms: i64, error: Option<&str>) -> rusqlite::Result<()> {
    let statuses: Vec<String> = tx
        .prepare_cached("SELECT coalesce(status, 'Sent') FROM message_recipients WHERE message_id = ?1")?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let has = |wanted: &str| statuses.iter().any(|status| status == wanted);
    let status = if has("Queued") || has("Sending") {
        "Queued"
    } else {
        ["SendingFailed", "DeliveryFailed", "Sent", "Delivered"]
            .into_iter()
            .find(|status| has(status))
            .unwrap_or("Sent")
    };
    tx.prepare_cached(
        "UPDATE messages SET message_status = ?2, modified_ms = ?3,
            delivered_ms = iif(?2 = 'Delivered', ?3, delivered_ms),
            delivery_error_code = coalesce(?4, delivery_error_code)
         WHERE id = ?1",
    )?
    .execute(params![id, status, at_ms, error])?;
    Ok(())
}

/// A fax that was sent, or not, was a call, which lands in the call log.
fn log_fax(
    tx: &Transaction<'_>,
    id: i64,
    position: i64,
    at_ms: i64,
    result: &'static str,
) -> rusqlite::Result<()> {
    let (pages, call) = tx
        .prepare_cached(
            "SELECT m.account_id, m.extension_id, coalesce(m.fax_pages, 1), m.from_number, m.from_name,
                r.phone_number, r.name
             FROM messages m JOIN message_recipients r ON r.message_id = m.id
             WHERE m.id = ?1 AND r.position = ?2",
        )?
        .query_row([id, position], |row| {
            let extension: i64 = row.get(1)?;
            let call = NewCall {
                account_id: row.get(0)?,
                extension_id: extension,
                session_of: None,
                start: clock::at_ms(at_ms),
                duration_s: 0,
                kind: "Fax".to_owned(),
                direction: "Outbound".to_owned(),
                action: "Outgoing Fax".to_owned(),
                result: result.to_owned(),
                internal_type: "Local".to_owned(),
                transport: "PSTN".to_owned(),
                from: Party {
                    phone_number: row.get(3)?,
                    extension_id: Some(extension),
                    name: row.get(4)?,
                    ..Party::default()
                },
                to: Party {
                    phone_number: row.get(5)?,
                    name: row.get(6)?,
                    ..Party::default()
                },
                recording: None,
                message: Some((id, "Fax".to_owned())),
            };
            Ok((row.get::<_, i64>(2)?, call))
        })?;
    let seconds = if result == "Sent" {
        fax_seconds(pages)
    } else {
        FAX_FAILURE_S
    };
    let call = NewCall {
        start: call.start - SignedDuration::from_secs(seconds),
        ..call
    };
    log_call(tx, &call, seconds * 1000, at_ms)?;
    if result == "Sent" {
        deliver_fax(tx, id, &call, pages, at_ms)?;
    }
    Ok(())
}

/// A fax to a line of the emulator's own arrives there, with the same pages.
fn deliver_fax(
    tx: &Transaction<'_>,
    sent: i64,
    call: &NewCall,
    pages: i64,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let number = |party: &Party| party.phone_number.clone().unwrap_or_default();
    let Some(line) = party::line(tx, &number(&call.to))? else {
        return Ok(());
    };
    let (account, extension) = (line.account_id, line.extension_id);
    let from = party::outside(tx, account, &number(&call.from))?;
    let to = party::known_to(account, &number(&call.to), Some(&line));
    let new = NewMessage {
        account_id: account,
        extension_id: extension,
        at: clock::at_ms(at_ms),
        inbound: true,
        read: false,
        from: from.clone(),
        to: vec![to.clone()],
        content: Content::Fax { pages },
        status: "Received",
    };
    let id = message::insert(tx, &new)?;
    tx.prepare_cached(
        "INSERT INTO contents (message_id, attachment_id, bytes)
         SELECT ?2, ?2, bytes FROM contents WHERE message_id = ?1 AND attachment_id = ?1",
    )?
    .execute([sent, id])?;
    announce_new(tx, id, &new)?;
    let arrived = NewCall {
        account_id: account,
        extension_id: extension,
        direction: "Inbound".to_owned(),
        action: "Incoming Fax".to_owned(),
        result: "Received".to_owned(),
        from,
        to,
        message: Some((id, "Fax".to_owned())),
        ..call.clone()
    };
    log_call(tx, &arrived, fax_seconds(pages) * 1000, at_ms).map(drop)
}
