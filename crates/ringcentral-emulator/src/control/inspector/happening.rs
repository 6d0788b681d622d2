//! The calls that are going on, and the stream of what happened.

use rusqlite::OptionalExtension as _;
use serde_json::Value;

use crate::arrive::call::{Party, record_id};
use crate::arrive::live::State;
use crate::arrive::{going_on, possible};
use crate::clock::{self, at_ms};
use crate::db::Transaction;
use crate::stream;

/// How many of the newest events are shown.
const EVENTS: i64 = 100;

pub(super) struct LiveView {
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) direction: String,
    pub(super) owner: String,
    pub(super) from: String,
    pub(super) to: String,
    /// When the call goes on by itself, and what it then does.
    pub(super) due: Option<String>,
    /// What can be done: the control API's word, and a person's.
    pub(super) actions: Vec<(&'static str, &'static str)>,
}

pub(super) struct EventView {
    pub(super) time: String,
    pub(super) kind: String,
    pub(super) owner: String,
    pub(super) resource: String,
    pub(super) detail: String,
}

impl EventView {
    pub(super) fn clock(&self) -> String {
        super::rows::fine(&self.time)
    }
}

pub(super) fn live(tx: &Transaction<'_>) -> rusqlite::Result<Vec<LiveView>> {
    going_on(tx)?
        .into_iter()
        .map(|call| {
            let is_over = call.state == State::Ended;
            Ok(LiveView {
                id: record_id(call.seq),
                state: call.state.name(),
                owner: name(tx, call.extension_id)?,
                actions: possible(&call)
                    .iter()
                    .map(|action| (*action, words(action)))
                    .collect(),
                direction: call.direction,
                from: party(&call.from),
                to: party(&call.to),
                due: call
                    .due_ms
                    .filter(|_| !is_over)
                    .map(|due_ms| clock::format(at_ms(due_ms))),
            })
        })
        .collect()
}

/// The newest events, the last one first.
pub(super) fn events(tx: &Transaction<'_>) -> rusqlite::Result<Vec<EventView>> {
    let after = stream::newest(tx)?.seq - EVENTS;
    stream::list(tx, after, EVENTS)?
        .into_iter()
        .rev()
        .map(|event| {
            Ok(EventView {
                owner: name(tx, event.extension_id)?,
                time: event.time,
                kind: event.kind,
                resource: event.resource,
                detail: told(&event.detail),
            })
        })
        .collect()
}

/// An extension's name, or its number where it has gone.
fn name(tx: &Transaction<'_>, extension: i64) -> rusqlite::Result<String> {
    let name = tx
        .prepare_cached("SELECT name FROM extensions WHERE id = ?1")?
        .query_row([extension], |row| row.get(0))
        .optional()?;
    Ok(name.unwrap_or_else(|| extension.to_string()))
}

fn party(party: &Party) -> String {
    [&party.name, &party.phone_number, &party.extension_number]
        .into_iter()
        .flatten()
        .next()
        .cloned()
        .unwrap_or_default()
}

fn words(action: &str) -> &'static str {
    match action {
        "answer" => "Answer",
        "reject" => "Reject",
        "voicemail" => "To voicemail",
        "hold" => "Hold",
        "resume" => "Resume",
        _ => "Hang up",
    }
}

/// An event's details as words.
fn told(detail: &Value) -> String {
    let Value::Object(fields) = detail else {
        return detail.to_string();
    };
    fields
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}: {text}"),
            other => format!("{name}: {other}"),
        })
        .collect::<Vec<_>>()
        .join(", ")
}
