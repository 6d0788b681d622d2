//! Calls that are going on: they ring, are answered, put on hold, and end in the call log.

use jiff::SignedDuration;
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use super::call::{self, NewCall, Party};
use super::message::{self, Content, NewMessage};
use super::{announce_new, log_call_as, mirrored};
use crate::clock;
use crate::db::Transaction;
use crate::stream::{self, Kind, Whose};

/// How long an ended call is still listed among the active ones.
const AFTERGLOW: SignedDuration = SignedDuration::from_secs(120);

/// What a call is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Ringing,
    CallConnected,
    OnHold,
    /// The caller is talking to the voicemail.
    VoiceMail,
    Ended,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Ringing,
        Self::CallConnected,
        Self::OnHold,
        Self::VoiceMail,
        Self::Ended,
    ];

    /// The state as it is stored; of the first three, as presence shows it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ringing => "Ringing",
            Self::CallConnected => "CallConnected",
            Self::OnHold => "OnHold",
            Self::VoiceMail => "VoiceMail",
            Self::Ended => "Ended",
        }
    }

    fn of(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == name)
            .unwrap_or(Self::Ended)
    }
}

/// A row of `live_calls`.
#[derive(Debug, Clone)]
pub(crate) struct LiveCall {
    pub(crate) seq: i64,
    pub(crate) mirror_seq: Option<i64>,
    pub(crate) account_id: i64,
    pub(crate) extension_id: i64,
    /// The colleague at the other end, once the call has reached them.
    pub(crate) mirror_extension_id: Option<i64>,
    pub(crate) state: State,
    pub(crate) direction: String,
    pub(crate) action: String,
    pub(crate) from: Party,
    pub(crate) to: Party,
    pub(crate) start_ms: i64,
    pub(crate) answered_ms: Option<i64>,
    pub(crate) ended_ms: Option<i64>,
    pub(crate) outcome: String,
    pub(crate) talk_ms: i64,
    pub(crate) recording: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) due_ms: Option<i64>,
}

impl LiveCall {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let party = |column: &str| -> rusqlite::Result<Party> {
            let text: String = row.get(column)?;
            Ok(serde_json::from_str(&text).unwrap_or_default())
        };
        let state: String = row.get("state")?;
        Ok(Self {
            seq: row.get("seq")?,
            mirror_seq: row.get("mirror_seq")?,
            account_id: row.get("account_id")?,
            extension_id: row.get("extension_id")?,
            mirror_extension_id: row.get("mirror_extension_id")?,
            state: State::of(&state),
            direction: row.get("direction")?,
            action: row.get("action")?,
            from: party("from_party")?,
            to: party("to_party")?,
            start_ms: row.get("start_ms")?,
            answered_ms: row.get("answered_ms")?,
            ended_ms: row.get("ended_ms")?,
            outcome: row.get("outcome")?,
            talk_ms: row.get("talk_ms")?,
            recording: row.get("recording")?,
            result: row.get("result")?,
            due_ms: row.get("due_ms")?,
        })
    }

    /// Whether both ends are extensions of the company.
    pub(crate) fn is_internal(&self) -> bool {
        self.from.extension_id.is_some() && self.to.extension_id.is_some()
    }

    /// The state as one of the two extensions sees it: what has not been answered rings at the colleague's.
    pub(crate) fn state_at(&self, extension: i64) -> State {
        let reached = self.state == State::CallConnected && self.answered_ms.is_none();
        if reached && extension != self.extension_id {
            State::Ringing
        } else {
            self.state
        }
    }

    /// Seconds of talking, or of ringing if nobody answered, up to `now_ms`.
    pub(crate) fn duration_ms(&self, now_ms: i64) -> i64 {
        self.ended_ms.unwrap_or(now_ms) - self.answered_ms.unwrap_or(self.start_ms)
    }

    /// What a call-log record says of it.
    pub(crate) fn record(&self) -> NewCall {
        let internal = self.is_internal();
        let ring_out = self.action == "RingOut Web";
        NewCall {
            account_id: self.account_id,
            extension_id: self.extension_id,
            session_of: None,
            start: clock::at_ms(self.start_ms),
            duration_s: 0,
            kind: "Voice".to_owned(),
            direction: self.direction.clone(),
            action: self.action.clone(),
            result: self.result.clone().unwrap_or_else(|| "In Progress".to_owned()),
            internal_type: match (ring_out, internal) {
                (true, _) => "RingOut",
                (false, true) => "Sip",
                (false, false) => "Local",
            }
            .to_owned(),
            transport: if internal { "VoIP" } else { "PSTN" }.to_owned(),
            from: self.from.clone(),
            to: self.to.clone(),
            recording: None,
            message: None,
        }
    }
}

/// Begins a call; answers its `seq`. Left alone it takes its course from `due_ms` on.
pub(crate) fn start(tx: &Transaction<'_>, call: LiveCall) -> rusqlite::Result<i64> {
    let seq = call::next_seq(tx)?;
    let call = LiveCall {
        seq,
        mirror_seq: call.is_internal().then_some(seq + 1),
        ..call
    };
    let party = |party: &Party| serde_json::to_string(party).unwrap_or_default();
    tx.prepare_cached(
        "INSERT INTO live_calls (seq, mirror_seq, account_id, extension_id, mirror_extension_id, state, direction,
            action, from_party, to_party, start_ms, outcome, talk_ms, recording, due_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        seq,
        call.mirror_seq,
        call.account_id,
        call.extension_id,
        call.mirror_extension_id,
        call.state.name(),
        call.direction,
        call.action,
        party(&call.from),
        party(&call.to),
        call.start_ms,
        call.outcome,
        call.talk_ms,
        call.recording,
        call.due_ms,
    ])?;
    tell(tx, &call, call.start_ms)?;
    Ok(seq)
}

/// A call by its `seq`.
pub(crate) fn find(tx: &Transaction<'_>, seq: i64) -> rusqlite::Result<Option<LiveCall>> {
    tx.prepare_cached("SELECT * FROM live_calls WHERE seq = ?1")?
        .query_row([seq], LiveCall::of)
        .optional()
}

/// Calls that are going on or have just ended, newest first: an extension's, or all of an account's.
pub(crate) fn list(
    tx: &Transaction<'_>,
    account: i64,
    extension: Option<i64>,
) -> rusqlite::Result<Vec<LiveCall>> {
    tx.prepare_cached(
        "SELECT * FROM live_calls
         WHERE account_id = ?1 AND (?2 IS NULL OR extension_id = ?2 OR mirror_extension_id = ?2)
         ORDER BY start_ms DESC, seq DESC",
    )?
    .query_map(params![account, extension], LiveCall::of)?
    .collect()
}

/// The next step of a call that nobody interferes with.
pub(super) fn step(tx: &Transaction<'_>, seq: i64, at_ms: i64) -> rusqlite::Result<()> {
    let Some(call) = find(tx, seq)? else { return Ok(()) };
    match (call.state, call.outcome.as_str()) {
        (State::Ringing, "Accepted" | "Call connected") => answer(tx, &call, at_ms),
        (State::Ringing, "Voicemail") => to_voicemail(tx, &call, at_ms),
        (State::Ringing, outcome) => end(tx, &call, at_ms, outcome),
        (State::CallConnected | State::OnHold | State::VoiceMail, _) => hang_up(tx, &call, at_ms),
        (State::Ended, _) => {
            tx.prepare_cached("DELETE FROM live_calls WHERE seq = ?1")?
                .execute([seq])?;
            Ok(())
        }
    }
}

/// The called side picks up; the call then lasts as long as it was to last.
pub(crate) fn answer(tx: &Transaction<'_>, call: &LiveCall, at_ms: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE live_calls SET state = 'CallConnected', answered_ms = ?2, due_ms = ?2 + talk_ms WHERE seq = ?1",
    )?
    .execute([call.seq, at_ms])?;
    tell_of(tx, call.seq, at_ms)
}

/// The caller is put through to the voicemail, and talks to it.
pub(crate) fn to_voicemail(tx: &Transaction<'_>, call: &LiveCall, at_ms: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE live_calls SET state = 'VoiceMail', answered_ms = ?2, due_ms = ?2 + talk_ms WHERE seq = ?1",
    )?
    .execute([call.seq, at_ms])?;
    tell_of(tx, call.seq, at_ms)
}

/// Puts a connected call on hold, or takes it back.
pub(crate) fn hold(tx: &Transaction<'_>, call: &LiveCall, at_ms: i64, held: bool) -> rusqlite::Result<()> {
    let state = if held { State::OnHold } else { State::CallConnected };
    change_state(tx, call.seq, at_ms, state)
}

/// Sets a call's state and nothing else.
pub(super) fn change_state(tx: &Transaction<'_>, seq: i64, at_ms: i64, state: State) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE live_calls SET state = ?2 WHERE seq = ?1")?
        .execute(params![seq, state.name()])?;
    tell_of(tx, seq, at_ms)
}

/// A `RingOut` reaches a colleague, whose phone begins to ring.
pub(super) fn reach(tx: &Transaction<'_>, seq: i64, at_ms: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE live_calls SET state = 'CallConnected', mirror_extension_id = ?2 WHERE seq = ?1",
    )?
    .execute(params![seq, find(tx, seq)?.and_then(|call| call.to.extension_id)])?;
    tell_of(tx, seq, at_ms)
}

/// Somebody hangs up: what that makes of the call depends on how far it got.
pub(crate) fn hang_up(tx: &Transaction<'_>, call: &LiveCall, at_ms: i64) -> rusqlite::Result<()> {
    let inbound = call.direction == "Inbound";
    let result = match (call.state, inbound) {
        (State::VoiceMail, _) => "Voicemail",
        (_, true) if call.answered_ms.is_some() => "Accepted",
        (_, false) if call.answered_ms.is_some() => "Call connected",
        (_, true) => "Missed",
        (_, false) => "Hang Up",
    };
    end(tx, call, at_ms, result)
}

/// The call is over: it lands in the call log of everybody who took part.
pub(crate) fn end(tx: &Transaction<'_>, call: &LiveCall, at_ms: i64, result: &str) -> rusqlite::Result<()> {
    let gone_ms = (clock::at_ms(at_ms) + AFTERGLOW).as_millisecond();
    tx.prepare_cached(
        "UPDATE live_calls SET state = 'Ended', ended_ms = ?2, result = ?3, due_ms = ?4 WHERE seq = ?1",
    )?
    .execute(params![call.seq, at_ms, result, gone_ms])?;
    let Some(call) = find(tx, call.seq)? else {
        return Ok(());
    };
    let duration_ms = call.duration_ms(at_ms);
    let message = if result == "Voicemail" {
        Some((voicemail(tx, &call, at_ms)?, "VoiceMail".to_owned()))
    } else {
        None
    };
    let record = NewCall {
        recording: call.recording.clone().filter(|_| call.answered_ms.is_some()),
        message,
        ..call.record()
    };
    log_call_as(tx, call.seq, &record, duration_ms, at_ms)?;
    if let (Some(mirror_seq), Some(_)) = (call.mirror_seq, call.mirror_extension_id) {
        let mirror = NewCall {
            session_of: Some(call.seq),
            ..mirrored(record, call.seq)
        };
        log_call_as(tx, mirror_seq, &mirror, duration_ms, at_ms)?;
    }
    tx.prepare_cached(
        "UPDATE ring_outs SET phase = 'ended', caller_status = 'Finished', callee_status = 'Finished'
         WHERE call_seq = ?1 AND phase = 'connected'",
    )?
    .execute([call.seq])?;
    tell_of(tx, call.seq, at_ms)
}

/// What the caller said to the voicemail.
fn voicemail(tx: &Transaction<'_>, call: &LiveCall, at_ms: i64) -> rusqlite::Result<i64> {
    let new = NewMessage {
        account_id: call.account_id,
        extension_id: call.extension_id,
        at: clock::at_ms(at_ms),
        inbound: true,
        read: false,
        from: call.from.clone(),
        to: vec![call.to.clone()],
        content: Content::Voicemail {
            duration_s: (call.duration_ms(at_ms) / 1000).max(1),
            transcript: None,
        },
        status: "Received",
    };
    let id = message::insert(tx, &new)?;
    announce_new(tx, id, &new)?;
    Ok(id)
}

fn tell_of(tx: &Transaction<'_>, seq: i64, at_ms: i64) -> rusqlite::Result<()> {
    match find(tx, seq)? {
        Some(call) => tell(tx, &call, at_ms),
        None => Ok(()),
    }
}

/// Each extension that takes part has a changed call, and a changed presence.
fn tell(tx: &Transaction<'_>, call: &LiveCall, at_ms: i64) -> rusqlite::Result<()> {
    let sides = [
        Some((call.extension_id, call.seq)),
        call.mirror_extension_id.zip(call.mirror_seq),
    ];
    for (extension, seq) in sides.into_iter().flatten() {
        let whose = Whose {
            account: call.account_id,
            extension,
        };
        let detail = json!({
            "telephonySessionId": call::telephony_session_id(call.seq),
            "state": call.state_at(extension).name(),
            "result": call.result,
        });
        stream::note(tx, at_ms, whose, Kind::Call, &call::record_id(seq), &detail)?;
        stream::note(
            tx,
            at_ms,
            whose,
            Kind::Presence,
            &extension.to_string(),
            &json!({ "telephonyStatus": super::telephony_status(tx, call.account_id, extension)? }),
        )?;
    }
    Ok(())
}
