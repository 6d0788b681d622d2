//! The message store: lists, single messages, reading marks, deletion and contents.

mod list;
mod record;

use http::StatusCode;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

pub(super) use list::list;
pub(crate) use record::by_id;

use super::bulk::{self, Item};
use super::media;
use crate::arrive;
use crate::arrive::message::{RETENTION, settle};
use crate::call::Call;
use crate::reply::{ApiError, Reply};

/// `GET E/message-store/{ids}`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    settle(call.tx, call.now)?;
    each(call, extension, |id| {
        record::find(call, extension, id)?
            .map(Some)
            .ok_or_else(|| ApiError::not_found("messageId"))
    })
}

/// `PUT E/message-store/{ids}`: marks messages as read or unread.
pub(super) fn update(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    settle(call.tx, call.now)?;
    let body = call
        .request
        .json()?
        .ok_or_else(|| ApiError::missing_parameter("readStatus"))?;
    let ids = bulk::ids(call.request.params.get("messageId"))?;
    each(call, extension, |id| {
        let status = read_status(&body, &ids, id)?;
        let now = call.now.as_millisecond();
        let changed = call
            .tx
            .prepare_cached(
                "UPDATE messages SET read_status = ?3, modified_ms = ?4
                 WHERE id = ?1 AND extension_id = ?2 AND availability <> 'Purged'",
            )?
            .execute(params![number(id), extension, status, now])?;
        if changed == 0 {
            return Err(ApiError::not_found("messageId"));
        }
        arrive::announce(call.events, call.tx, number(id), false)?;
        record::find(call, extension, id)
    })
}

/// The status that the body sets for a message: one object for all, or a list in the order of the ids, whose entries
/// may name their message by `resourceId` and hold the change in `body`.
fn read_status(body: &Value, ids: &[String], id: &str) -> Result<&'static str, ApiError> {
    let change = match body.as_array() {
        None => Some(body),
        Some(items) => items
            .iter()
            .find(|item| item["resourceId"].as_str() == Some(id))
            .or_else(|| items.get(ids.iter().position(|other| other == id)?))
            .map(|item| item.get("body").unwrap_or(item)),
    };
    match change.map(|change| &change["readStatus"]) {
        None | Some(Value::Null) => Err(ApiError::missing_parameter("readStatus")),
        Some(status) if status == "Read" => Ok("Read"),
        Some(status) if status == "Unread" => Ok("Unread"),
        Some(_) => Err(ApiError::invalid_parameter("readStatus", "one of Read, Unread")),
    }
}

/// `DELETE E/message-store/{ids}`: a message is deleted first (it can be restored) and purged the second time.
pub(super) fn delete(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    settle(call.tx, call.now)?;
    let query = &call.request.query;
    let purge = query.bool("purge")?.unwrap_or(false);
    let conversation = query.int("conversationId")?;
    let kind = query.one_of("type", &["Fax", "SMS", "VoiceMail", "Pager", "Text", "All"])?;
    if conversation.is_some() && kind.is_some() {
        let message = "Parameter [conversationId] is not allowed for usage along with parameter [type]";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "MSG-390", message));
    }
    let due = (call.now + RETENTION).as_millisecond();
    each(call, extension, |id| {
        let changed = call
            .tx
            .prepare_cached(
                "UPDATE messages
                 SET availability = iif(?3 OR availability <> 'Alive', 'Purged', 'Deleted'),
                     modified_ms = ?4,
                     due_ms = iif(availability = 'Purged', due_ms, ?5)
                 WHERE id = ?1 AND extension_id = ?2
                   AND (?6 IS NULL OR conversation_id = ?6)
                   AND (?7 IS NULL OR ?7 = 'All' OR type = ?7 OR (?7 = 'Text' AND type IN ('SMS', 'Pager')))",
            )?
            .execute(params![
                number(id),
                extension,
                purge,
                call.now.as_millisecond(),
                due,
                conversation,
                kind
            ])?;
        if changed == 0 {
            return Err(ApiError::not_found("messageId"));
        }
        arrive::announce(call.events, call.tx, number(id), false)?;
        Ok(None)
    })
}

/// Does something with each message of the path. One id answers plainly; several answer 207, unless nothing failed and
/// there is nothing to say.
fn each(
    call: &Call<'_>,
    extension: i64,
    act: impl Fn(&str) -> Result<Option<Value>, ApiError>,
) -> Result<Reply, ApiError> {
    let ids = bulk::ids(call.request.params.get("messageId"))?;
    if let [id] = ids.as_slice() {
        return Ok(act(id)?.map_or_else(Reply::no_content, |body| Reply::json(&body)));
    }
    let items: Vec<Item> = ids
        .into_iter()
        .map(|id| Item {
            href: call.uri(&record::path(call.caller.account_id, extension, &id)),
            outcome: act(&id),
            id,
        })
        .collect();
    if items.iter().all(|item| matches!(item.outcome, Ok(None))) {
        return Ok(Reply::no_content());
    }
    Ok(bulk::reply(call, items))
}

/// A message id; what is no number is nobody's.
fn number(id: &str) -> i64 {
    id.parse().unwrap_or(-1)
}

/// `GET E/message-store/{id}/content/{attachmentId}`
pub(super) fn content(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    settle(call.tx, call.now)?;
    let message = call.request.params.id("messageId")?;
    let found: Option<(Option<String>, i64)> = call
        .tx
        .prepare_cached(
            "SELECT text, coalesce(fax_pages, 1) FROM messages
             WHERE id = ?1 AND extension_id = ?2 AND availability <> 'Purged'",
        )?
        .query_row([message, extension], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (text, pages) = found.ok_or_else(|| ApiError::not_found("messageId"))?;
    let attachment = call.request.params.id("attachmentId")?;
    let (kind, content_type, seconds): (String, String, i64) = call
        .tx
        .prepare_cached(
            "SELECT type, content_type, coalesce(duration_s, 0) FROM attachments WHERE message_id = ?1 AND id = ?2",
        )?
        .query_row([message, attachment], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .ok_or_else(|| ApiError::not_found("attachmentId"))?;
    match kind.as_str() {
        "AudioRecording" => media::reply(call, &content_type, media::tone(message, seconds)),
        "RenderedDocument" => media::reply(call, &content_type, media::pdf(&format!("fax {message}"), pages)),
        _ => {
            let content_type = format!("{content_type}; charset=utf-8");
            media::reply(call, &content_type, text.unwrap_or_default().into_bytes())
        }
    }
}
