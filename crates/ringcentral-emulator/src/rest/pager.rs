//! Pager messages: texts between the extensions of the company.

use http::StatusCode;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::messages;
use super::sms::refusal;
use crate::arrive;
use crate::arrive::call::Party;
use crate::arrive::message::{self, Content, NewMessage};
use crate::call::Call;
use crate::reply::{ApiError, Reply};

/// In UTF-16 units.
const MAX_TEXT: usize = 1024;

/// `POST E/company-pager`: it lies in both stores at once.
pub(super) fn send(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let body = call
        .request
        .json()?
        .filter(Value::is_object)
        .ok_or_else(|| ApiError::missing_parameter("text"))?;
    let text = match &body["text"] {
        Value::String(text) if text.is_empty() => return Err(ApiError::missing_parameter("text")),
        Value::Null => return Err(ApiError::missing_parameter("text")),
        Value::String(text) if text.encode_utf16().count() <= MAX_TEXT => text.clone(),
        _ => {
            let wanted = format!("a text of at most {MAX_TEXT} characters");
            return Err(ApiError::invalid_parameter("text", &wanted));
        }
    };
    let from = sender(call, extension, &body)?;
    let to = match answered(call, extension, &body)? {
        Some(party) if body["to"].is_null() => vec![party],
        _ => recipients(call, &body)?,
    };
    let mut sent = NewMessage {
        account_id: call.account()?,
        extension_id: extension,
        at: call.now,
        inbound: false,
        read: true,
        from,
        to,
        content: Content::Pager { text },
        status: "Sent",
    };
    let id = store(call, &sent)?;
    sent.inbound = true;
    sent.read = false;
    sent.status = "Received";
    for colleague in sent.to.iter().filter_map(|party| party.extension_id) {
        store(
            call,
            &NewMessage {
                extension_id: colleague,
                ..sent.clone()
            },
        )?;
    }
    messages::reply(call, id)
}

fn store(call: &Call<'_>, new: &NewMessage) -> Result<i64, ApiError> {
    let id = message::insert(call.tx, new)?;
    arrive::announce_new(call.tx, id, new)?;
    Ok(id)
}

/// The sender is the extension itself, and the body may say so.
fn sender(call: &Call<'_>, extension: i64, body: &Value) -> Result<Party, ApiError> {
    let own = by_id(call, extension)?.ok_or_else(|| ApiError::not_found("extensionId"))?;
    let from = &body["from"];
    if from.is_null() {
        return Ok(own.party);
    }
    let named = find(call, from, "from")?;
    match named {
        Some(named) if named.party.extension_id == own.party.extension_id => Ok(own.party),
        _ => {
            let (code, parameter) = if from["extensionId"].is_null() {
                ("MSG-331", "from.extensionNumber")
            } else {
                ("MSG-332", "from.extensionId")
            };
            let message = "The sender must be the extension that sends";
            Err(refusal(StatusCode::BAD_REQUEST, code, message, parameter))
        }
    }
}

fn recipients(call: &Call<'_>, body: &Value) -> Result<Vec<Party>, ApiError> {
    let to = match &body["to"] {
        Value::Object(_) => std::slice::from_ref(&body["to"]),
        Value::Array(to) if !to.is_empty() => to.as_slice(),
        Value::Null | Value::Array(_) => {
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "MSG-316",
                "No recipient is given",
                "to",
            ));
        }
        _ => return Err(ApiError::invalid_parameter("to", "a list of recipients")),
    };
    let mut parties = Vec::new();
    for recipient in to {
        let found = find(call, recipient, "to")?.ok_or_else(|| {
            let name = if recipient["extensionId"].is_null() {
                "to.extensionNumber"
            } else {
                "to.extensionId"
            };
            ApiError::not_found(name)
        })?;
        if !found.takes_messages() {
            let message = "This extension cannot receive messages";
            return Err(refusal(StatusCode::FORBIDDEN, "MSG-314", message, "to"));
        }
        if !parties.contains(&found.party) {
            parties.push(found.party);
        }
    }
    Ok(parties)
}

/// The colleague whose message `replyOn` names.
fn answered(call: &Call<'_>, extension: i64, body: &Value) -> Result<Option<Party>, ApiError> {
    let id = match &body["replyOn"] {
        Value::Null => return Ok(None),
        value => value
            .as_i64()
            .or_else(|| value.as_str()?.parse().ok())
            .ok_or_else(|| ApiError::invalid_parameter("replyOn", "the id of a message"))?,
    };
    let other: Option<Option<i64>> = call
        .tx
        .prepare_cached(
            "SELECT iif(direction = 'Inbound', from_extension_id,
                    (SELECT extension_id FROM message_recipients r WHERE r.message_id = m.id ORDER BY position LIMIT 1))
             FROM messages m WHERE id = ?1 AND extension_id = ?2 AND type = 'Pager' AND availability <> 'Purged'",
        )?
        .query_row([id, extension], |row| row.get(0))
        .optional()?;
    let other = other.flatten().ok_or_else(|| ApiError::not_found("replyOn"))?;
    Ok(by_id(call, other)?.map(|found| found.party))
}

struct Colleague {
    party: Party,
    kind: String,
    status: String,
}

impl Colleague {
    /// People and departments read messages; a menu does not.
    fn takes_messages(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "User" | "DigitalUser" | "VirtualUser" | "FlexibleUser" | "Department" | "Limited"
        ) && self.status == "Enabled"
    }
}

/// The extension of the company that `{extensionId}` or `{extensionNumber}` names.
fn find(call: &Call<'_>, named: &Value, place: &'static str) -> Result<Option<Colleague>, ApiError> {
    let text = |key: &str| match &named[key] {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let id = text("extensionId");
    let number = text("extensionNumber");
    match (id, number) {
        (Some(id), None) => by_id(call, id.parse().unwrap_or(-1)),
        (None, Some(number)) => by_number(call, &number),
        (Some(id), Some(number)) => {
            let (found, other) = (by_id(call, id.parse().unwrap_or(-1))?, by_number(call, &number)?);
            let same = |found: &Option<Colleague>| found.as_ref().and_then(|found| found.party.extension_id);
            if same(&found) != same(&other) {
                let message = "The recipient's number and id disagree";
                return Err(refusal(StatusCode::BAD_REQUEST, "MSG-335", message, place));
            }
            Ok(found)
        }
        (None, None) => Err(ApiError::missing_parameter(if place == "from" {
            "from.extensionNumber"
        } else {
            "to.extensionNumber"
        })),
    }
}

fn by_id(call: &Call<'_>, id: i64) -> Result<Option<Colleague>, ApiError> {
    colleague(call, "id", &id)
}

fn by_number(call: &Call<'_>, number: &str) -> Result<Option<Colleague>, ApiError> {
    colleague(call, "extension_number", &number)
}

fn colleague(
    call: &Call<'_>,
    column: &str,
    value: &dyn rusqlite::ToSql,
) -> Result<Option<Colleague>, ApiError> {
    Ok(call
        .tx
        .prepare_cached(&format!(
            "SELECT id, extension_number, name, type, status FROM extensions WHERE {column} = ?1 AND account_id = ?2"
        ))?
        .query_row(params![value, call.caller.account_id], |row| {
            Ok(Colleague {
                party: Party {
                    extension_id: row.get(0)?,
                    extension_number: row.get(1)?,
                    name: row.get(2)?,
                    ..Party::default()
                },
                kind: row.get(3)?,
                status: row.get(4)?,
            })
        })
        .optional()?)
}
