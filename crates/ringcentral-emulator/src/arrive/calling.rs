//! Calls by the control API: those that have happened, those that ring, and what is done to these.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::call::NewCall;
use super::fields::Fields;
use super::live::{self, LiveCall, State};
use super::message::Content;
use super::party::{Owner, other, owner};
use super::{Arrival, Party, broken, call as record, log_call, mirrored, receive};
use crate::control::{self, BadControl};
use crate::db::Transaction;
use crate::rest::{call_log, presence};

const FIELDS: &[&str] = &[
    "direction",
    "from",
    "to",
    "result",
    "duration",
    "recording",
    "startTime",
    "ring",
];
const INBOUND_RESULTS: &[&str] = &[
    "Accepted",
    "Missed",
    "Voicemail",
    "Rejected",
    "Busy",
    "Hang Up",
    "Blocked",
    "Abandoned",
];
const OUTBOUND_RESULTS: &[&str] = &[
    "Call connected",
    "No Answer",
    "Busy",
    "Hang Up",
    "Rejected",
    "Wrong Number",
    "Call Failed",
];
const ACTIONS: &[&str] = &["answer", "reject", "voicemail", "hold", "resume", "hangUp"];

/// What both sorts of calls are made of.
struct Wanted {
    inbound: bool,
    owner: Owner,
    other: Party,
    result: &'static str,
    /// Whether the result was named, not assumed.
    decided: bool,
    duration_s: i64,
    recording: Option<String>,
}

impl Wanted {
    fn internal(&self) -> bool {
        self.other.extension_id.is_some()
    }

    fn direction(&self) -> String {
        if self.inbound { "Inbound" } else { "Outbound" }.to_owned()
    }

    fn action(&self) -> String {
        if self.inbound && !self.internal() {
            "Phone Call"
        } else {
            "VoIP Call"
        }
        .to_owned()
    }

    fn parties(&self) -> (Party, Party) {
        let (own, other) = (self.owner.party.clone(), self.other.clone());
        if self.inbound { (other, own) } else { (own, other) }
    }
}

/// `POST /_emulator/calls`: a call happens; answers its call-log record.
///
/// Fields: `direction` (`Inbound` if absent), `from` and `to` (as for messages; the company's side is the default user's
/// number if absent), `result` (answered if absent), `duration` in seconds, `recording` (`true`, `Automatic` or
/// `OnDemand`), `startTime` (so that it ends now, if absent). A call between two extensions lands in both their logs.
///
/// With `ring` (seconds) the call begins now instead: it rings for so long, takes the course that `result` and
/// `duration` say, and lands in the call log when it ends. Meanwhile it is an active call, and presence shows it.
pub(crate) fn call(arrival: &Arrival<'_>) -> Result<Value, BadControl> {
    control::fields("", arrival.body, FIELDS)?;
    let fields = Fields(arrival.body);
    let inbound = fields
        .word("direction", &["Inbound", "Outbound"])?
        .unwrap_or("Inbound")
        == "Inbound";
    let (own_side, other_side) = if inbound { ("to", "from") } else { ("from", "to") };
    let owner = owner(arrival, &fields, own_side, None)?;
    let other = other(arrival, &fields, other_side, owner.account_id)?;
    let results = if inbound {
        INBOUND_RESULTS
    } else {
        OUTBOUND_RESULTS
    };
    let named = fields.word("result", results)?;
    let result = named.unwrap_or(results[0]);
    let answered = matches!(result, "Accepted" | "Call connected" | "Voicemail");
    let wanted = Wanted {
        inbound,
        owner,
        other,
        result,
        decided: named.is_some(),
        duration_s: fields
            .number("duration", 0..=86_400)?
            .unwrap_or(if answered { 60 } else { 0 }),
        recording: fields.recording("recording")?,
    };
    match fields.number("ring", 0..=600)? {
        Some(seconds) if arrival.body["startTime"].is_null() => ring(arrival, wanted, seconds),
        Some(_) => Err(BadControl::new(
            "startTime",
            "cannot be combined with ring: what rings begins now",
        )),
        None => past(arrival, &fields, wanted),
    }
}

/// A call that is over.
fn past(arrival: &Arrival<'_>, fields: &Fields<'_>, wanted: Wanted) -> Result<Value, BadControl> {
    let start = match fields.time("startTime")? {
        Some(start) if start > arrival.now => {
            return Err(BadControl::new("startTime", "must not be in the future"));
        }
        Some(start) => start,
        None => arrival.now - SignedDuration::from_secs(wanted.duration_s),
    };
    let (from, to) = wanted.parties();
    let message = if wanted.result == "Voicemail" {
        let content = Content::Voicemail {
            duration_s: wanted.duration_s,
            transcript: None,
        };
        let id = receive(arrival, &wanted.owner, &wanted.other, content).map_err(broken)?;
        Some((id, "VoiceMail".to_owned()))
    } else {
        None
    };
    let internal = wanted.internal();
    let first = NewCall {
        account_id: wanted.owner.account_id,
        extension_id: wanted.owner.extension_id,
        session_of: None,
        start,
        duration_s: wanted.duration_s,
        kind: "Voice".to_owned(),
        direction: wanted.direction(),
        action: wanted.action(),
        result: wanted.result.to_owned(),
        internal_type: if internal { "Sip" } else { "Local" }.to_owned(),
        transport: if internal { "VoIP" } else { "PSTN" }.to_owned(),
        from,
        to,
        recording: wanted.recording,
        message,
    };
    let (duration_ms, now_ms) = (wanted.duration_s * 1000, arrival.now.as_millisecond());
    let seq = log_call(arrival.tx, &first, duration_ms, now_ms).map_err(broken)?;
    if internal {
        log_call(arrival.tx, &mirrored(first, seq), duration_ms, now_ms).map_err(broken)?;
    }
    call_log::by_seq(arrival.tx, arrival.origin, seq).map_err(broken)
}

/// A call that begins. Who takes no calls has them answered by the voicemail, unless the caller of this says otherwise.
fn ring(arrival: &Arrival<'_>, wanted: Wanted, seconds: i64) -> Result<Value, BadControl> {
    let undisturbed = wanted.inbound
        && !wanted.decided
        && presence::takes_no_calls(arrival.tx, wanted.owner.extension_id).map_err(broken)?;
    let (outcome, seconds) = if undisturbed {
        ("Voicemail", 0)
    } else {
        (wanted.result, seconds)
    };
    let now_ms = arrival.now.as_millisecond();
    let (from, to) = wanted.parties();
    let seq = live::start(
        arrival.tx,
        LiveCall {
            seq: 0,
            mirror_seq: None,
            account_id: wanted.owner.account_id,
            extension_id: wanted.owner.extension_id,
            mirror_extension_id: wanted.other.extension_id,
            state: State::Ringing,
            direction: wanted.direction(),
            action: wanted.action(),
            from,
            to,
            start_ms: now_ms,
            answered_ms: None,
            ended_ms: None,
            outcome: outcome.to_owned(),
            // What is answered by hand lasts a minute, whatever it was to be.
            talk_ms: if wanted.duration_s == 0 {
                60_000
            } else {
                wanted.duration_s * 1000
            },
            recording: wanted.recording,
            result: None,
            due_ms: Some(now_ms + seconds * 1000),
        },
    )
    .map_err(broken)?;
    super::due::settle(arrival.tx, arrival.now).map_err(broken)?;
    shown(arrival, seq)
}

/// `GET /_emulator/calls`: the calls that are going on, or have ended in the last two minutes.
pub(crate) fn calls(arrival: &Arrival<'_>) -> Result<Value, BadControl> {
    let records: Vec<Value> = going_on(arrival.tx)
        .map_err(broken)?
        .iter()
        .map(|call| state_of(arrival, call))
        .collect::<Result<_, _>>()?;
    Ok(json!({ "records": records }))
}

/// Those calls of every account.
pub(crate) fn going_on(tx: &Transaction<'_>) -> rusqlite::Result<Vec<LiveCall>> {
    let accounts: Vec<i64> = tx
        .prepare_cached("SELECT id FROM accounts ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut calls = Vec::new();
    for account in accounts {
        calls.extend(live::list(tx, account, None)?);
    }
    Ok(calls)
}

/// What can be done to a call as it is now.
pub(crate) fn possible(call: &LiveCall) -> &'static [&'static str] {
    match call.state {
        State::Ringing if call.direction == "Inbound" => &["answer", "reject", "voicemail", "hangUp"],
        State::Ringing => &["answer", "reject", "hangUp"],
        State::CallConnected => &["hold", "hangUp"],
        State::OnHold => &["resume", "hangUp"],
        State::VoiceMail => &["hangUp"],
        State::Ended => &[],
    }
}

/// `POST /_emulator/calls/ID`: somebody answers, rejects, holds, resumes or hangs up, or the voicemail takes over.
pub(crate) fn act(arrival: &Arrival<'_>, id: &str) -> Result<Value, BadControl> {
    control::fields("", arrival.body, &["action"])?;
    let action = Fields(arrival.body).word("action", ACTIONS)?.ok_or_else(|| {
        BadControl::new("action", "is missing").allowed(ACTIONS.iter().map(ToString::to_string).collect())
    })?;
    let call = find(arrival, id)?
        .ok_or_else(|| BadControl::not_found("id", format!("{id} is not a call that is going on")))?;
    if !possible(&call).contains(&action) {
        let state = call.state.name();
        return Err(BadControl::new(
            "action",
            format!("{action} is not possible for this call, whose state is {state}"),
        ));
    }
    let (tx, now_ms) = (arrival.tx, arrival.now.as_millisecond());
    match action {
        "answer" => live::answer(tx, &call, now_ms),
        "reject" => live::end(tx, &call, now_ms, "Rejected"),
        "voicemail" => live::to_voicemail(tx, &call, now_ms),
        "hold" => live::hold(tx, &call, now_ms, true),
        "resume" => live::hold(tx, &call, now_ms, false),
        _ => live::hang_up(tx, &call, now_ms),
    }
    .map_err(broken)?;
    shown(arrival, call.seq)
}

/// The call that has this record id, session id or telephony session id.
fn find(arrival: &Arrival<'_>, id: &str) -> Result<Option<LiveCall>, BadControl> {
    let mut seqs = arrival
        .tx
        .prepare_cached("SELECT seq FROM live_calls")
        .map_err(broken)?;
    let seqs: Vec<i64> = seqs
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(broken)?;
    let named = |seq: &i64| {
        [
            record::record_id(*seq),
            record::session_id(*seq),
            record::telephony_session_id(*seq),
        ]
        .iter()
        .any(|name| name == id)
    };
    match seqs.into_iter().find(named) {
        Some(seq) => live::find(arrival.tx, seq).map_err(broken),
        None => Ok(None),
    }
}

fn shown(arrival: &Arrival<'_>, seq: i64) -> Result<Value, BadControl> {
    match live::find(arrival.tx, seq).map_err(broken)? {
        Some(call) => state_of(arrival, &call),
        None => Err(BadControl::new("", "the call has gone")),
    }
}

/// The call as the active calls show it, and the state that it is in.
fn state_of(arrival: &Arrival<'_>, call: &LiveCall) -> Result<Value, BadControl> {
    let now_ms = arrival.now.as_millisecond();
    let mut record = call_log::active(arrival.tx, arrival.origin, call, now_ms).map_err(broken)?;
    record["state"] = call.state.name().into();
    Ok(record)
}
