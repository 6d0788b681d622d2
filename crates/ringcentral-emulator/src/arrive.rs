//! Messages and calls that arrive from outside: the control API's arrivals, and what they have in common with sending.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction};
use serde_json::{Value, json};

pub(crate) mod call;
mod fields;
pub(crate) mod message;

use crate::call::{Event, Events};
use crate::clock;
use crate::control::BadControl;
use crate::directory;
use crate::rest::{call_log, messages};
use call::{NewCall, Party};
use fields::Fields;
use message::{Content, NewMessage};

/// What the control API's arrivals may use.
pub(crate) struct Arrival<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    pub(crate) now: Timestamp,
    pub(crate) events: &'a Events,
    /// The control call's JSON body (an object).
    pub(crate) body: &'a Value,
    pub(crate) origin: &'a str,
}

const KINDS: &[&str] = &["SMS", "VoiceMail", "Fax"];

/// `POST /_emulator/messages`: an SMS, voicemail or fax arrives; answers the new message.
///
/// Fields: `type` (`SMS`, `VoiceMail`, `Fax`; `SMS` if absent), `to` (a number or extension number of the company; the
/// default user's number if absent), `from` (a number, or `{phoneNumber, name, location}`), `text` (of an SMS, or
/// what the voicemail says), `duration` in seconds (voicemail), `pages` (fax).
pub(crate) fn message(arrival: &Arrival<'_>) -> Result<Value, BadControl> {
    let fields = Fields(arrival.body);
    let kind = fields.word("type", KINDS)?.unwrap_or("SMS");
    let owner = owner(arrival, &fields, "to")?;
    let from = other(arrival, &fields, "from")?;
    let text = fields.text("text")?;
    let content = match kind {
        "SMS" => Content::Sms {
            text: text.ok_or_else(|| BadControl::new("text", "is missing"))?,
        },
        "VoiceMail" => Content::Voicemail {
            duration_s: fields.number("duration", 1..=600)?.unwrap_or(20),
            transcript: text,
        },
        _ => Content::Fax {
            pages: fields.number("pages", 1..=200)?.unwrap_or(1),
        },
    };
    let id = land(arrival, &owner, &from, content).map_err(broken)?;
    messages::by_id(arrival.tx, arrival.origin, id).map_err(broken)
}

/// Stores what arrived. A voicemail or fax was a call, too, which lands in the call log.
fn land(arrival: &Arrival<'_>, owner: &Owner, from: &Party, content: Content) -> rusqlite::Result<i64> {
    let kind = content.kind();
    let call = match &content {
        Content::Voicemail { duration_s, .. } => Some(("Voice", "Phone Call", "Voicemail", *duration_s)),
        Content::Fax { pages } => Some(("Fax", "Incoming Fax", "Received", pages * 21 + 9)),
        _ => None,
    };
    let id = receive(arrival, owner, from, content)?;
    if let Some((call_kind, action, result, duration_s)) = call {
        call::insert(
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
        )?;
    }
    Ok(id)
}

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

/// `POST /_emulator/calls`: a call happens; answers its call-log record.
///
/// Fields: `direction` (`Inbound` if absent), `from` and `to` (as for messages; the company's side is the default user's
/// number if absent), `result` (answered if absent), `duration` in seconds, `recording` (`true`, `Automatic` or
/// `OnDemand`), `startTime` (so that it ends now, if absent). A call between two extensions lands in both their logs.
pub(crate) fn call(arrival: &Arrival<'_>) -> Result<Value, BadControl> {
    let fields = Fields(arrival.body);
    let inbound = fields
        .word("direction", &["Inbound", "Outbound"])?
        .unwrap_or("Inbound")
        == "Inbound";
    let (own_side, other_side) = if inbound { ("to", "from") } else { ("from", "to") };
    let owner = owner(arrival, &fields, own_side)?;
    let other = other(arrival, &fields, other_side)?;
    let results = if inbound {
        INBOUND_RESULTS
    } else {
        OUTBOUND_RESULTS
    };
    let result = fields.word("result", results)?.unwrap_or(results[0]);
    let answered = matches!(result, "Accepted" | "Call connected" | "Voicemail");
    let duration_s = fields
        .number("duration", 0..=86_400)?
        .unwrap_or(if answered { 60 } else { 0 });
    let start = match fields.time("startTime")? {
        Some(start) if start > arrival.now => {
            return Err(BadControl::new("startTime", "must not be in the future"));
        }
        Some(start) => start,
        None => arrival.now - SignedDuration::from_secs(duration_s),
    };
    let internal = other.extension_id.is_some();
    let voicemail = (result == "Voicemail").then_some(Content::Voicemail {
        duration_s,
        transcript: None,
    });
    let message = match voicemail {
        Some(content) => Some((
            receive(arrival, &owner, &other, content).map_err(broken)?,
            "VoiceMail".to_owned(),
        )),
        None => None,
    };
    let (from, to) = if inbound {
        (other, owner.party)
    } else {
        (owner.party, other)
    };
    let first = NewCall {
        account_id: owner.account_id,
        extension_id: owner.extension_id,
        session_of: None,
        start,
        duration_s,
        kind: "Voice".to_owned(),
        direction: if inbound { "Inbound" } else { "Outbound" }.to_owned(),
        action: if inbound && !internal {
            "Phone Call"
        } else {
            "VoIP Call"
        }
        .to_owned(),
        result: result.to_owned(),
        internal_type: if internal { "Sip" } else { "Local" }.to_owned(),
        transport: if internal { "VoIP" } else { "PSTN" }.to_owned(),
        from,
        to,
        recording: fields.recording("recording")?,
        message,
    };
    let seq = call::insert(arrival.tx, &first).map_err(broken)?;
    if internal {
        call::insert(arrival.tx, &mirrored(first, seq)).map_err(broken)?;
    }
    call_log::by_seq(arrival.tx, arrival.origin, seq).map_err(broken)
}

/// Stores a message that came in, and says so.
fn receive(arrival: &Arrival<'_>, owner: &Owner, from: &Party, content: Content) -> rusqlite::Result<i64> {
    let id = message::insert(
        arrival.tx,
        &NewMessage {
            account_id: owner.account_id,
            extension_id: owner.extension_id,
            at: arrival.now,
            inbound: true,
            read: false,
            from: from.clone(),
            to: vec![owner.party.clone()],
            content,
            status: "Received",
        },
    )?;
    announce(arrival.events, arrival.tx, id, true)?;
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
        "No Answer" => "Missed",
        same => same,
    };
    NewCall {
        extension_id: other.unwrap_or(call.extension_id),
        session_of: Some(seq),
        direction: if outbound { "Outbound" } else { "Inbound" }.to_owned(),
        result: result.to_owned(),
        recording: None,
        message: None,
        ..call
    }
}

/// An extension of the company as one end of what arrives.
struct Owner {
    account_id: i64,
    extension_id: i64,
    party: Party,
}

/// The extension that a field names, by a phone number, an extension number or an extension id.
fn owner(arrival: &Arrival<'_>, fields: &Fields<'_>, field: &'static str) -> Result<Owner, BadControl> {
    let wanted = match fields.party(field)? {
        Some(wanted) => wanted,
        None => Party {
            phone_number: directory::defaults(arrival.tx).map_err(broken)?.from,
            ..Party::default()
        },
    };
    let found = arrival
        .tx
        .prepare_cached(
            "SELECT e.account_id, e.id, e.name, p.phone_number, e.extension_number
             FROM extensions e LEFT JOIN phone_numbers p
               ON p.extension_id = e.id AND (p.phone_number = ?1 OR ?1 IS NULL)
             WHERE (?1 IS NOT NULL AND p.phone_number = ?1)
                OR (?1 IS NULL AND (e.extension_number = ?2 OR e.id = CAST(?2 AS INTEGER)))
             ORDER BY p.id LIMIT 1",
        )
        .and_then(|mut statement| {
            statement
                .query_row((&wanted.phone_number, &wanted.extension_number), |row| {
                    let phone_number: Option<String> = row.get(3)?;
                    let extension_number: Option<String> = row.get(4)?;
                    Ok(Owner {
                        account_id: row.get(0)?,
                        extension_id: row.get(1)?,
                        party: Party {
                            extension_number: if phone_number.is_none() {
                                extension_number
                            } else {
                                None
                            },
                            phone_number,
                            extension_id: row.get(1)?,
                            name: row.get(2)?,
                            location: None,
                        },
                    })
                })
                .optional()
        })
        .map_err(broken)?;
    found.ok_or_else(|| BadControl::new(field, "is not a phone number or extension number of the company"))
}

/// The party at the other end: anybody, also a colleague.
fn other(arrival: &Arrival<'_>, fields: &Fields<'_>, field: &'static str) -> Result<Party, BadControl> {
    let Some(wanted) = fields.party(field)? else {
        return Ok(Party {
            phone_number: Some("+12125550147".to_owned()),
            name: Some("Bo Lind".to_owned()),
            location: Some("New York, NY".to_owned()),
            ..Party::default()
        });
    };
    let Some(number) = &wanted.phone_number else {
        return Ok(owner(arrival, fields, field)?.party);
    };
    let known = outside(arrival.tx, number).map_err(broken)?;
    Ok(Party {
        name: wanted.name.or(known.name),
        location: wanted.location,
        ..known
    })
}

/// Who is behind a number, as far as the company knows: a colleague, or just the number.
pub(crate) fn outside(tx: &Transaction<'_>, number: &str) -> rusqlite::Result<Party> {
    let colleague: Option<(i64, String)> = tx
        .prepare_cached(
            "SELECT e.id, e.name FROM phone_numbers p JOIN extensions e ON e.id = p.extension_id
             WHERE p.phone_number = ?1",
        )?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (extension_id, name) = colleague.unzip();
    Ok(Party {
        phone_number: Some(number.to_owned()),
        extension_id,
        name,
        ..Party::default()
    })
}

/// Tells subscribers that a message is new, or has changed.
pub(crate) fn announce(events: &Events, tx: &Transaction<'_>, id: i64, new: bool) -> rusqlite::Result<()> {
    let (account, extension, kind, modified_ms): (i64, i64, String, i64) = tx
        .prepare_cached("SELECT account_id, extension_id, type, modified_ms FROM messages WHERE id = ?1")?
        .query_row([id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    let mut change = json!({ "type": kind, "newCount": i64::from(new), "updatedCount": i64::from(!new) });
    if new {
        change["newMessageIds"] = json!([id.to_string()]);
    }
    events.push(Event {
        event: format!("/restapi/v1.0/account/{account}/extension/{extension}/message-store"),
        owner_id: extension,
        body: json!({
            "accountId": account.to_string(),
            "extensionId": extension.to_string(),
            "lastUpdated": clock::format(clock::at_ms(modified_ms)),
            "changes": [change],
        }),
    });
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn broken(error: rusqlite::Error) -> BadControl {
    tracing::error!(%error, "the emulator's database refused a statement");
    BadControl::new("", "the emulator's database refused a statement")
}

#[cfg(test)]
mod tests;
