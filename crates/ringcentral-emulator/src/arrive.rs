//! Messages and calls that arrive from outside: the control API's arrivals, and what they have in common with sending.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rusqlite::OptionalExtension as _;
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) mod call;
mod calling;
pub(crate) mod due;
mod fields;
pub(crate) mod live;
pub(crate) mod message;
pub(crate) mod outcome;
mod party;
pub(crate) mod ring_out;

pub(crate) use calling::{act, call, calls, going_on, possible};
pub(crate) use party::{Line, known_to, line, outside};

use crate::control::{self, BadControl};
use crate::db::Transaction;
use crate::rest::{media, messages};
use crate::stream::{self, Kind, Whose};
use call::{NewCall, Party};
use fields::Fields;
use message::{Content, File, NewMessage};
use party::{Owner, other, owner};

/// What the control API's arrivals may use.
pub(crate) struct Arrival<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    pub(crate) now: Timestamp,
    /// The control call's JSON body (an object).
    pub(crate) body: &'a Value,
    pub(crate) origin: &'a str,
}

const KINDS: &[&str] = &["SMS", "VoiceMail", "Fax", "Pager"];
const FIELDS: &[&str] = &["type", "to", "from", "text", "duration", "pages", "attachments"];
const MOST_ATTACHMENTS: usize = 10;

/// `POST /_emulator/messages`: an SMS, MMS, voicemail, fax or pager message arrives; answers the new message.
///
/// Fields: `type` (`SMS`, `VoiceMail`, `Fax`, `Pager`; `SMS` if absent), `to` (a number or extension number of the
/// company; the default user's number if absent), `from` (a number, or `{phoneNumber, name, location}`; of a pager
/// message an extension), `text` (of an SMS or pager message, or what the voicemail says), `duration` in seconds
/// (voicemail), `pages` (fax), `attachments` (of an SMS: how many pictures, or `[{contentType, fileName, content}]` with
/// base64).
pub(crate) fn message(arrival: &Arrival<'_>) -> Result<Value, BadControl> {
    control::fields("", arrival.body, FIELDS)?;
    let fields = Fields(arrival.body);
    let kind = fields.word("type", KINDS)?.unwrap_or("SMS");
    let owner = owner(arrival, &fields, "to", None)?;
    let from = if kind == "Pager" {
        sender_within(arrival, &fields, &owner)?
    } else {
        other(arrival, &fields, "from", owner.account_id)?
    };
    let text = fields.text("text")?;
    let files = attachments(arrival.body)?;
    if !files.is_empty() && kind != "SMS" {
        return Err(BadControl::new("attachments", "can only come with an SMS"));
    }
    let missing = || BadControl::new("text", "is missing");
    let content = match kind {
        "SMS" => Content::Sms {
            text: match text {
                None if !files.is_empty() => String::new(),
                text => text.ok_or_else(missing)?,
            },
        },
        "Pager" => Content::Pager {
            text: text.ok_or_else(missing)?,
        },
        "VoiceMail" => Content::Voicemail {
            duration_s: fields.number("duration", 1..=600)?.unwrap_or(20),
            transcript: text,
        },
        _ => Content::Fax {
            pages: fields.number("pages", 1..=200)?.unwrap_or(1),
        },
    };
    let id = land(arrival, &owner, &from, content, &files).map_err(broken)?;
    messages::by_id(arrival.tx, arrival.origin, id).map_err(broken)
}

/// A pager message comes from a colleague: if nobody is named, the first one in the account.
fn sender_within(arrival: &Arrival<'_>, fields: &Fields<'_>, to: &Owner) -> Result<Party, BadControl> {
    if arrival.body["from"].is_null() {
        let colleague: Option<String> = arrival
            .tx
            .prepare_cached(
                "SELECT e.extension_number FROM extensions e JOIN credentials c ON c.extension_id = e.id
                 WHERE e.account_id = ?1 AND e.id <> ?2 AND e.extension_number IS NOT NULL ORDER BY e.id LIMIT 1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row((to.account_id, to.extension_id), |row| row.get(0))
                    .optional()
            })
            .map_err(broken)?;
        let colleague =
            colleague.ok_or_else(|| BadControl::new("from", "is missing: there is no colleague"))?;
        let named = json!({ "from": colleague });
        return owner(arrival, &Fields(&named), "from", Some(to.account_id)).map(|owner| owner.colleague());
    }
    Ok(owner(arrival, fields, "from", Some(to.account_id))?.colleague())
}

/// The files of an SMS: as many pictures as the number says, or those of the list.
fn attachments(body: &Value) -> Result<Vec<File>, BadControl> {
    let bad = || {
        BadControl::new(
            "attachments",
            "must be a number from 0 to 10, or a list of {contentType, fileName, content} with content in base64",
        )
    };
    let picture = |nth: usize| File {
        name: Some(format!("picture-{}.png", nth + 1)),
        content_type: "image/png".to_owned(),
        bytes: media::png(i64::try_from(nth).unwrap_or_default()).into(),
    };
    match &body["attachments"] {
        Value::Null => Ok(Vec::new()),
        Value::Number(number) => match number.as_u64().and_then(|n| usize::try_from(n).ok()) {
            Some(count) if count <= MOST_ATTACHMENTS => Ok((0..count).map(picture).collect()),
            _ => Err(bad()),
        },
        Value::Array(items) if items.len() <= MOST_ATTACHMENTS => items
            .iter()
            .enumerate()
            .map(|(nth, item)| {
                control::fields("attachments", item, &["contentType", "fileName", "content"])?;
                let text = |key: &str| item[key].as_str().map(str::to_owned);
                let Some(content) = text("content") else {
                    return Ok(picture(nth));
                };
                Ok(File {
                    name: text("fileName"),
                    content_type: text("contentType").ok_or_else(bad)?,
                    bytes: STANDARD.decode(content).map_err(|_| bad())?.into(),
                })
            })
            .collect(),
        _ => Err(bad()),
    }
}

/// Stores what arrived. A voicemail or fax was a call, too, which lands in the call log.
fn land(
    arrival: &Arrival<'_>,
    owner: &Owner,
    from: &Party,
    content: Content,
    files: &[File],
) -> rusqlite::Result<i64> {
    let kind = content.kind();
    let call = match &content {
        Content::Voicemail { duration_s, .. } => Some(("Voice", "Phone Call", "Voicemail", *duration_s)),
        Content::Fax { pages } => Some(("Fax", "Incoming Fax", "Received", due::fax_seconds(*pages))),
        _ => None,
    };
    let id = receive(arrival, owner, from, content)?;
    message::attach(arrival.tx, id, files)?;
    if let Some((call_kind, action, result, duration_s)) = call {
        log_call(
            arrival.tx,
            &NewCall {
                account_id: owner.account_id,
                extension_id: owner.extension_id,
                session_of: None,
                start: arrival.now - SignedDuration::from_secs(duration_s),
                duration_s,
                kind: call_kind.to_owned(),
                direction: "Inbound".to_owned(),
                action: action.to_owned(),
                result: result.to_owned(),
                internal_type: "Local".to_owned(),
                transport: "PSTN".to_owned(),
                from: from.clone(),
                to: owner.party.clone(),
                recording: None,
                message: Some((id, kind.to_owned())),
            },
            duration_s * 1000,
            arrival.now.as_millisecond(),
        )?;
    }
    Ok(id)
}

/// Stores a message that came in, and says so.
fn receive(arrival: &Arrival<'_>, owner: &Owner, from: &Party, content: Content) -> rusqlite::Result<i64> {
    let new = NewMessage {
        account_id: owner.account_id,
        extension_id: owner.extension_id,
        at: arrival.now,
        inbound: true,
        read: false,
        from: from.clone(),
        to: vec![if matches!(content, Content::Pager { .. }) {
            owner.colleague()
        } else {
            owner.party.clone()
        }],
        content,
        status: "Received",
    };
    let id = message::insert(arrival.tx, &new)?;
    announce_new(arrival.tx, id, &new)?;
    Ok(id)
}

/// The colleague's row of an internal call.
pub(crate) fn mirrored(call: NewCall, seq: i64) -> NewCall {
    let outbound = call.direction == "Inbound";
    let other = if outbound {
        call.from.extension_id
    } else {
        call.to.extension_id
    };
    let result = match call.result.as_str() {
        "Accepted" => "Call connected",
        "Call connected" => "Accepted",
        "Missed" | "Voicemail" | "Abandoned" => "No Answer",
        "No Answer" | "Hang Up" | "Stopped" => "Missed",
        same => same,
    };
    NewCall {
        extension_id: other.unwrap_or(call.extension_id),
        session_of: Some(seq),
        direction: if outbound { "Outbound" } else { "Inbound" }.to_owned(),
        // To the one who is called, a RingOut is a call like any other.
        action: "VoIP Call".to_owned(),
        internal_type: "Sip".to_owned(),
        result: result.to_owned(),
        recording: None,
        message: None,
        ..call
    }
}

/// Puts a call into the call log, and says so.
fn log_call(tx: &Transaction<'_>, call: &NewCall, duration_ms: i64, at_ms: i64) -> rusqlite::Result<i64> {
    let seq = call::next_seq(tx)?;
    log_call_as(tx, seq, call, duration_ms, at_ms)?;
    Ok(seq)
}

/// The same under a `seq` that was set aside.
fn log_call_as(
    tx: &Transaction<'_>,
    seq: i64,
    call: &NewCall,
    duration_ms: i64,
    at_ms: i64,
) -> rusqlite::Result<()> {
    call::insert_as(tx, seq, call, duration_ms, at_ms)?;
    let whose = Whose {
        account: call.account_id,
        extension: call.extension_id,
    };
    let detail = json!({
        "telephonySessionId": call::telephony_session_id(call.session_of.unwrap_or(seq)),
        "state": "Logged",
        "result": call.result,
    });
    stream::note(tx, at_ms, whose, Kind::Call, &call::record_id(seq), &detail)
}

/// How a message stands, as an event tells it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    direction: &'a str,
    message_status: &'a str,
    read_status: &'a str,
    availability: &'a str,
    new: bool,
}

/// Notes that a message has been stored under this id.
pub(crate) fn announce_new(tx: &Transaction<'_>, id: i64, message: &NewMessage) -> rusqlite::Result<()> {
    let whose = Whose {
        account: message.account_id,
        extension: message.extension_id,
    };
    let standing = Standing {
        kind: message.content.kind(),
        direction: message.direction(),
        message_status: message.status,
        read_status: message.read_status(),
        availability: "Alive",
        new: true,
    };
    let at_ms = message.at.as_millisecond();
    stream::note(tx, at_ms, whose, Kind::Message, &id.to_string(), &standing)
}

/// Notes that a message has changed.
pub(crate) fn announce(tx: &Transaction<'_>, at_ms: i64, id: i64) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "SELECT account_id, extension_id, type, direction, message_status, read_status, availability
         FROM messages WHERE id = ?1",
    )?;
    statement.query_row([id], |row| {
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let whose = Whose {
            account: row.get(0)?,
            extension: row.get(1)?,
        };
        let standing = Standing {
            kind: text(2)?,
            direction: text(3)?,
            message_status: text(4)?,
            read_status: text(5)?,
            availability: text(6)?,
            new: false,
        };
        stream::note(tx, at_ms, whose, Kind::Message, &id.to_string(), &standing)
    })
}

/// What an extension's telephone is doing, as presence says it.
pub(crate) fn telephony_status(
    tx: &Transaction<'_>,
    account: i64,
    extension: i64,
) -> rusqlite::Result<&'static str> {
    let states: Vec<live::State> = live::list(tx, account, Some(extension))?
        .iter()
        .map(|call| call.state_at(extension))
        .collect();
    Ok([
        live::State::CallConnected,
        live::State::OnHold,
        live::State::Ringing,
    ]
    .into_iter()
    .find(|state| states.contains(state))
    .map_or("NoCall", live::State::name))
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn broken(error: rusqlite::Error) -> BadControl {
    tracing::error!(%error, "the emulator's database refused a statement");
    BadControl::new("", "the emulator's database refused a statement")
}

#[cfg(test)]
mod tests;
