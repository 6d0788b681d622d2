//! A call that happened: one row in the call log of each extension that took part.

use jiff::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::db::Transaction;

mod id;

pub(crate) use id::{
    party_id, record_id, record_of, session_id, session_of, telephony_session_id, telephony_session_of,
};

/// One end of a call or of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) phone_number: Option<String>,
    pub(crate) extension_number: Option<String>,
    pub(crate) extension_id: Option<i64>,
    pub(crate) name: Option<String>,
    pub(crate) location: Option<String>,
}

/// What becomes a row of `calls`.
#[derive(Debug, Clone)]
pub(crate) struct NewCall {
    pub(crate) account_id: i64,
    pub(crate) extension_id: i64,
    /// The `seq` of the other side's row, if this is the second row of one call.
    pub(crate) session_of: Option<i64>,
    pub(crate) start: Timestamp,
    pub(crate) duration_s: i64,
    /// `Voice` or `Fax`.
    pub(crate) kind: String,
    pub(crate) direction: String,
    pub(crate) action: String,
    pub(crate) result: String,
    pub(crate) internal_type: String,
    pub(crate) transport: String,
    pub(crate) from: Party,
    pub(crate) to: Party,
    /// `Automatic` or `OnDemand`.
    pub(crate) recording: Option<String>,
    /// The voicemail or fax that came of it: id and type.
    pub(crate) message: Option<(i64, String)>,
}

/// Stores a call with its legs and its recording; answers its `seq`.
pub(crate) fn insert(tx: &Transaction<'_>, call: &NewCall) -> rusqlite::Result<i64> {
    let seq = next_seq(tx)?;
    let duration_ms = call.duration_s * 1000 + if call.duration_s > 0 { seq * 37 % 1000 } else { 0 };
    let modified_ms = call.start.as_millisecond() + duration_ms + 800;
    insert_as(tx, seq, call, duration_ms, modified_ms)?;
    Ok(seq)
}

/// The `seq` of the next call; calls that are still going on have theirs already.
pub(crate) fn next_seq(tx: &Transaction<'_>) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "SELECT max(coalesce((SELECT max(seq) FROM calls), 0),
                    coalesce((SELECT max(max(seq), coalesce(max(mirror_seq), 0)) FROM live_calls), 0)) + 1",
    )?
    .query_row([], |row| row.get(0))
}

/// Stores a call under a `seq` that was set aside for it.
pub(crate) fn insert_as(
    tx: &Transaction<'_>,
    seq: i64,
    call: &NewCall,
    duration_ms: i64,
    modified_ms: i64,
) -> rusqlite::Result<()> {
    let start_ms = call.start.as_millisecond();
    let recording_id = match &call.recording {
        Some(_) => Some(insert_recording(tx, call, duration_ms)?),
        None => None,
    };
    let (reason, reason_description) = reason(&call.result);
    let billed = call.direction == "Outbound" && call.transport == "PSTN";
    let cost = if billed {
        0.01 * f64::from(i32::try_from(duration_ms / 60_000 + 1).unwrap_or(i32::MAX))
    } else {
        0.0
    };
    tx.prepare_cached(
        "INSERT INTO calls (seq, session, account_id, extension_id, start_ms, duration_ms, modified_ms, type, direction,
            action, result, reason, reason_description, internal_type, transport, from_number, from_extension,
            from_extension_id, from_name, from_location, to_number, to_extension, to_extension_id, to_name, to_location,
            recording_id, recording_type, message_id, message_type, cost)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
            ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)",
    )?
    .execute(params![
        seq,
        call.session_of.unwrap_or(seq),
        call.account_id,
        call.extension_id,
        start_ms,
        duration_ms,
        modified_ms,
        call.kind,
        call.direction,
        call.action,
        call.result,
        reason,
        reason_description,
        call.internal_type,
        call.transport,
        call.from.phone_number,
        call.from.extension_number,
        call.from.extension_id,
        call.from.name,
        call.from.location,
        call.to.phone_number,
        call.to.extension_number,
        call.to.extension_id,
        call.to.name,
        call.to.location,
        recording_id,
        call.recording,
        call.message.as_ref().map(|(id, _)| id),
        call.message.as_ref().map(|(_, kind)| kind),
        cost,
    ])?;
    insert_second_leg(tx, seq, call, start_ms, duration_ms)
}

fn insert_recording(tx: &Transaction<'_>, call: &NewCall, duration_ms: i64) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO recordings (id, account_id, extension_id, duration_ms)
         SELECT coalesce(max(id), 8810000) + 1, ?1, ?2, ?3 FROM recordings",
    )?
    .execute(params![call.account_id, call.extension_id, duration_ms])?;
    Ok(tx.last_insert_rowid())
}

/// Calls that were put through have a second leg: the phone that answered, or the caller's own phone of a `RingOut` call.
fn insert_second_leg(
    tx: &Transaction<'_>,
    seq: i64,
    call: &NewCall,
    start_ms: i64,
    duration_ms: i64,
) -> rusqlite::Result<()> {
    let (leg_type, action) = match (call.action.as_str(), call.result.as_str()) {
        ("RingOut Web", _) => ("RingOutClientToCaller", "RingOut Web"),
        ("Phone Call", "Accepted") if call.transport == "PSTN" => ("PstnToSip", "FindMe"),
        _ => return Ok(()),
    };
    tx.prepare_cached(
        "INSERT INTO call_legs (call_seq, position, leg_type, start_ms, duration_ms, direction, action, result,
            transport, extension_id, from_number, from_extension_id, from_name, to_number, to_extension_id, to_name)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, 'VoIP', ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        seq,
        leg_type,
        start_ms + 4_000,
        (duration_ms - 4_000).max(0),
        "Outbound",
        action,
        "Call connected",
        call.extension_id,
        call.from.phone_number,
        call.from.extension_id,
        call.from.name,
        call.to.phone_number,
        call.to.extension_id,
        call.to.name,
    ])?;
    Ok(())
}

/// The platform explains what did not work.
fn reason(result: &str) -> (Option<&'static str>, Option<&'static str>) {
    match result {
        "Busy" => (Some("Line Busy"), Some("The called line was busy.")),
        "No Answer" => (Some("No Answer"), Some("The called party did not answer.")),
        "Hang Up" => (
            Some("Hang Up"),
            Some("The caller hung up before the call was answered."),
        ),
        "Rejected" => (
            Some("Calls Not Accepted"),
            Some("The called party does not accept calls."),
        ),
        "Wrong Number" => (Some("Wrong Number"), Some("The number called does not exist.")),
        "Send Error" | "Fax Not Sent" => (
            Some("Fax Not Sent"),
            Some("The receiving machine did not answer."),
        ),
        "Accepted" => (
            Some("Accepted"),
            Some("The call connected to and was accepted by this number."),
        ),
        _ => (None, None),
    }
}
