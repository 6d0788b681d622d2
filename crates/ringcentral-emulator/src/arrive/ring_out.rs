//! `RingOut`: first the caller's own phone rings, then the other's, and then the two are put together.

use jiff::SignedDuration;
use rusqlite::{OptionalExtension, Row, params};

use super::call::Party;
use super::live::{self, LiveCall, State};
use super::outcome;
use crate::clock;
use crate::db::Transaction;

/// How long each phone rings.
const RINGING: SignedDuration = SignedDuration::from_secs(3);
/// How long it takes to hear the prompt and to press 1.
const PROMPT: SignedDuration = SignedDuration::from_secs(2);
/// How long the two talk.
const TALK_MS: i64 = 30_000;

/// What is asked for.
pub(crate) struct NewRingOut {
    pub(crate) account_id: i64,
    pub(crate) extension_id: i64,
    pub(crate) from: Party,
    pub(crate) to: Party,
    pub(crate) prompt: bool,
}

/// A row of `ring_outs`.
pub(crate) struct RingOut {
    pub(crate) id: i64,
    call_seq: i64,
    phase: String,
    prompt: bool,
    pub(crate) call_status: String,
    pub(crate) caller_status: String,
    pub(crate) callee_status: String,
}

impl RingOut {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            call_seq: row.get("call_seq")?,
            phase: row.get("phase")?,
            prompt: row.get("prompt")?,
            call_status: row.get("call_status")?,
            caller_status: row.get("caller_status")?,
            callee_status: row.get("callee_status")?,
        })
    }
}

/// Begins: the caller's phone rings.
pub(crate) fn start(tx: &Transaction<'_>, new: NewRingOut, at_ms: i64) -> rusqlite::Result<i64> {
    let call_seq = live::start(
        tx,
        LiveCall {
            seq: 0,
            mirror_seq: None,
            account_id: new.account_id,
            extension_id: new.extension_id,
            mirror_extension_id: None,
            state: State::Ringing,
            direction: "Outbound".to_owned(),
            action: "RingOut Web".to_owned(),
            from: new.from,
            to: new.to,
            start_ms: at_ms,
            answered_ms: None,
            ended_ms: None,
            outcome: "Call connected".to_owned(),
            talk_ms: TALK_MS,
            recording: None,
            result: None,
            due_ms: None,
        },
    )?;
    let due_ms = (clock::at_ms(at_ms) + RINGING).as_millisecond();
    tx.prepare_cached(
        "INSERT INTO ring_outs (id, extension_id, call_seq, phase, prompt, call_status, caller_status, callee_status,
            due_ms)
         SELECT coalesce(max(id), 234340000) + 1, ?1, ?2, 'caller', ?3, 'InProgress', 'InProgress', 'InProgress', ?4
         FROM ring_outs",
    )?
    .execute(params![new.extension_id, call_seq, new.prompt, due_ms])?;
    Ok(tx.last_insert_rowid())
}

/// The `RingOut` of an extension by its id.
pub(crate) fn find(tx: &Transaction<'_>, extension: i64, id: i64) -> rusqlite::Result<Option<RingOut>> {
    let found = tx
        .prepare_cached("SELECT * FROM ring_outs WHERE id = ?1 AND extension_id = ?2")?
        .query_row([id, extension], RingOut::of)
        .optional()?;
    let Some(mut found) = found else { return Ok(None) };
    // What ended is known for as long as the call is listed.
    if found.phase == "ended" && live::find(tx, found.call_seq)?.is_none() {
        for status in [
            &mut found.call_status,
            &mut found.caller_status,
            &mut found.callee_status,
        ] {
            "NoSessionFound".clone_into(status);
        }
    }
    Ok(Some(found))
}

/// The caller changes their mind. Once the first phone was picked up, the call goes on.
pub(crate) fn cancel(tx: &Transaction<'_>, ring_out: &RingOut, at_ms: i64) -> rusqlite::Result<()> {
    if ring_out.phase != "caller" {
        return Ok(());
    }
    close(
        tx,
        ring_out,
        at_ms,
        ("CannotReach", "Rejected", "Rejected"),
        "Stopped",
    )
}

/// One of the phones has rung long enough.
pub(super) fn step(tx: &Transaction<'_>, id: i64, at_ms: i64) -> rusqlite::Result<()> {
    let ring_out = tx
        .prepare_cached("SELECT * FROM ring_outs WHERE id = ?1")?
        .query_row([id], RingOut::of)?;
    let Some(call) = live::find(tx, ring_out.call_seq)?.filter(|call| call.state != State::Ended) else {
        // Somebody ended the call before.
        return close_row(tx, id, "ended", ("CannotReach", "Finished", "Rejected"));
    };
    let number = |party: &Party| party.phone_number.clone().unwrap_or_default();
    if ring_out.phase == "caller" {
        if let Some((status, result)) = outcome::call(&number(&call.from)) {
            return close(
                tx,
                &ring_out,
                at_ms,
                ("CannotReach", status, "InProgress"),
                result,
            );
        }
        let wait = if ring_out.prompt {
            RINGING + PROMPT
        } else {
            RINGING
        };
        tx.prepare_cached(
            "UPDATE ring_outs SET phase = 'callee', caller_status = 'Success', due_ms = ?2 WHERE id = ?1",
        )?
        .execute([id, (clock::at_ms(at_ms) + wait).as_millisecond()])?;
        return live::reach(tx, call.seq, at_ms);
    }
    if let Some((status, result)) = outcome::call(&number(&call.to)) {
        return close(tx, &ring_out, at_ms, ("CannotReach", "Success", status), result);
    }
    close_row(tx, id, "connected", ("Success", "Success", "Success"))?;
    live::answer(tx, &call, at_ms)
}

/// It comes to nothing: the statuses say why, and so does the call log.
fn close(
    tx: &Transaction<'_>,
    ring_out: &RingOut,
    at_ms: i64,
    statuses: (&str, &str, &str),
    result: &str,
) -> rusqlite::Result<()> {
    close_row(tx, ring_out.id, "ended", statuses)?;
    match live::find(tx, ring_out.call_seq)? {
        Some(call) => live::end(tx, &call, at_ms, result),
        None => Ok(()),
    }
}

fn close_row(
    tx: &Transaction<'_>,
    id: i64,
    phase: &str,
    (whole, first, second): (&str, &str, &str),
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE ring_outs SET phase = ?2, call_status = ?3, caller_status = ?4, callee_status = ?5, due_ms = NULL
         WHERE id = ?1",
    )?
    .execute(params![id, phase, whole, first, second])?;
    Ok(())
}
