//! Changing messages: marks of reading, and bringing back what was deleted.

use http::StatusCode;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::super::{bulk, multipart};
use super::{each, number, record};
use crate::arrive;
use crate::arrive::message::RETENTION;
use crate::call::Call;
use crate::reply::{ApiError, Reply};

/// How many messages one body may change.
const MAX_ITEMS: usize = 1000;

/// `PUT E/message-store/{ids}`: marks messages as read or unread.
pub(in crate::rest) fn update(call: &Call<'_>) -> Result<Reply, ApiError> {
    run(call, |change| {
        Ok(Change {
            read_status: Some(read_status(change)?.ok_or_else(|| ApiError::missing_parameter("readStatus"))?),
            availability: None,
        })
    })
}

/// `PATCH E/message-store/{ids}`: the same, and brings a deleted message back.
pub(in crate::rest) fn patch(call: &Call<'_>) -> Result<Reply, ApiError> {
    run(call, |change| {
        let change = Change {
            read_status: read_status(change)?,
            availability: availability(change)?,
        };
        if change.read_status.is_none() && change.availability.is_none() {
            return Err(ApiError::missing_parameter("readStatus"));
        }
        Ok(change)
    })
}

struct Change {
    read_status: Option<&'static str>,
    availability: Option<&'static str>,
}

fn read_status(change: &Value) -> Result<Option<&'static str>, ApiError> {
    word(change, "readStatus", &["Read", "Unread"])
}

fn availability(change: &Value) -> Result<Option<&'static str>, ApiError> {
    word(change, "availability", &["Alive", "Deleted", "Purged"])
}

fn word(change: &Value, name: &str, allowed: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
    match &change[name] {
        Value::Null => Ok(None),
        value => allowed
            .iter()
            .find(|word| value == **word)
            .map(|word| Some(*word))
            .ok_or_else(|| ApiError::invalid_parameter(name, &format!("one of {}", allowed.join(", ")))),
    }
}

fn run(call: &Call<'_>, read: impl Fn(&Value) -> Result<Change, ApiError>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let (ids, changes) = changes(call)?;
    each(call, extension, ids, |id| {
        let change = changes
            .of(id)
            .ok_or_else(|| ApiError::missing_parameter("readStatus"))
            .and_then(&read)?;
        apply(call, extension, id, &change)?;
        record::find(call, extension, id)
    })
}

fn apply(call: &Call<'_>, extension: i64, id: &str, change: &Change) -> Result<(), ApiError> {
    let present: Option<String> = call
        .tx
        .prepare_cached("SELECT availability FROM messages WHERE id = ?1 AND extension_id = ?2")?
        .query_row([number(id), extension], |row| row.get(0))
        .optional()?;
    let present = present.ok_or_else(|| ApiError::not_found("messageId"))?;
    if present == "Purged" {
        // Nothing is left of it that could be read or brought back.
        return Err(match change.availability {
            None => ApiError::not_found("messageId"),
            Some("Purged") => return Ok(()),
            Some(_) => ApiError::new(
                StatusCode::BAD_REQUEST,
                "MSG-324",
                "A purged message cannot be restored",
            )
            .detail("parameterName", "availability"),
        });
    }
    let availability = change.availability.unwrap_or(&present);
    let now = call.now.as_millisecond();
    let due = (availability != "Alive").then(|| (call.now + RETENTION).as_millisecond());
    call.tx
        .prepare_cached(
            "UPDATE messages SET read_status = coalesce(?2, read_status), modified_ms = ?3,
                due_ms = iif(availability = ?4, due_ms, ?5), availability = ?4
             WHERE id = ?1",
        )?
        .execute(params![number(id), change.read_status, now, availability, due])?;
    arrive::announce(call.tx, now, number(id))?;
    Ok(())
}

/// The changes of a body: one for all, or one for each message.
enum Changes {
    All(Value),
    Each(Vec<(String, Value)>),
}

impl Changes {
    fn of(&self, id: &str) -> Option<&Value> {
        match self {
            Self::All(change) => Some(change),
            Self::Each(changes) => changes
                .iter()
                .find(|(name, _)| name == id)
                .map(|(_, change)| change),
        }
    }
}

/// Which messages are changed, and how. The path names them, or is `*` and the items of the body do. The body is one
/// change for all; or a list, as JSON or in parts, in the order of the ids or with a `resourceId` in each item.
fn changes(call: &Call<'_>) -> Result<(Vec<String>, Changes), ApiError> {
    let segment = call.request.params.get("messageId");
    let items = match items(call)? {
        Body::One(change) if segment == "*" => {
            return Err(if change["resourceId"].is_null() {
                ApiError::missing_parameter("resourceId")
            } else {
                ApiError::unparseable()
            });
        }
        Body::One(change) => {
            return Ok((
                bulk::ids(&call.request.params, "messageId")?,
                Changes::All(change),
            ));
        }
        Body::Many(items) => items,
    };
    if items.len() > MAX_ITEMS {
        return Err(bulk::too_many(MAX_ITEMS));
    }
    let named = |item: &Value| match &item["resourceId"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    let inner = |item: Value| match item {
        Value::Object(mut members) => members.remove("body").unwrap_or(Value::Object(members)),
        other => other,
    };
    if segment == "*" {
        let changes = items
            .into_iter()
            .map(|item| {
                let id = named(&item).ok_or_else(|| ApiError::missing_parameter("resourceId"))?;
                Ok((id, inner(item)))
            })
            .collect::<Result<Vec<_>, ApiError>>()?;
        let ids = changes.iter().map(|(id, _)| id.clone()).collect();
        return Ok((ids, Changes::Each(changes)));
    }
    let ids = bulk::ids(&call.request.params, "messageId")?;
    let changes = items
        .into_iter()
        .enumerate()
        .filter_map(|(at, item)| Some((named(&item).or_else(|| ids.get(at).cloned())?, inner(item))))
        .collect();
    Ok((ids, Changes::Each(changes)))
}

enum Body {
    One(Value),
    Many(Vec<Value>),
}

fn items(call: &Call<'_>) -> Result<Body, ApiError> {
    let is_multipart = call
        .request
        .content_type()
        .is_some_and(|kind| kind.starts_with("multipart/"));
    if is_multipart {
        return multipart::read(call.request)?.all_json().map(Body::Many);
    }
    match call.request.json()? {
        None => Err(ApiError::missing_parameter("readStatus")),
        Some(Value::Array(items)) => Ok(Body::Many(items)),
        Some(change @ Value::Object(_)) => Ok(Body::One(change)),
        Some(_) => Err(ApiError::unparseable()),
    }
}
