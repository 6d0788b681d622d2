//! The message store: lists, single messages, changes, deletion, synchronisation and contents.

mod delete;
mod list;
mod record;
mod sync;
mod update;

use rusqlite::OptionalExtension;
use serde_json::Value;

pub(super) use delete::{delete, delete_filtered};
pub(super) use list::list;
pub(crate) use record::{by_id, reply, reply_new};
pub(super) use sync::sync;
pub(super) use update::{patch, update};

use super::bulk::{self, Item};
use super::media;
use crate::call::Call;
use crate::content::Tone;
use crate::reply::{ApiError, Reply};

/// What a message can be, where one kind is asked for.
const TYPES: &[&str] = &["Fax", "SMS", "VoiceMail", "Pager", "Text", "All"];

/// `GET E/message-store/{ids}`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let ids = bulk::ids(&call.request.params, "messageId")?;
    each(call, extension, ids, |id| {
        record::find(call, extension, id)?
            .map(Some)
            .ok_or_else(|| ApiError::not_found("messageId"))
    })
}

/// Does something with each of the messages. One id answers plainly; several answer 207, unless nothing failed and
/// there is nothing to say.
fn each(
    call: &Call<'_>,
    extension: i64,
    ids: Vec<String>,
    act: impl Fn(&str) -> Result<Option<Value>, ApiError>,
) -> Result<Reply, ApiError> {
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
    let message = call.request.params.id("messageId")?;
    let found: Option<(String, i64)> = call
        .tx
        .prepare_cached(
            "SELECT coalesce(text, ''), coalesce(fax_pages, 1) FROM messages
             WHERE id = ?1 AND extension_id = ?2 AND availability <> 'Purged'",
        )?
        .query_row([message, extension], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (text, pages) = found.ok_or_else(|| ApiError::not_found("messageId"))?;
    let attachment = call.request.params.id("attachmentId")?;
    let found: Option<(String, String, i64)> = call
        .tx
        .prepare_cached(
            "SELECT type, content_type, coalesce(duration_s, 0) FROM attachments WHERE message_id = ?1 AND id = ?2",
        )?
        .query_row([message, attachment], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (kind, content_type, seconds) = match found {
        Some(found) => found,
        None if attachment == message && !text.is_empty() => {
            return media::reply(call, "text/plain; charset=utf-8", text.into_bytes());
        }
        None => return Err(ApiError::not_found("attachmentId")),
    };
    let kept: Option<Vec<u8>> = call
        .tx
        .prepare_cached("SELECT bytes FROM contents WHERE message_id = ?1 AND attachment_id = ?2")?
        .query_row([message, attachment], |row| row.get(0))
        .optional()?;
    if let Some(bytes) = kept {
        return media::reply(call, &content_type, bytes);
    }
    match kind.as_str() {
        "AudioRecording" => media::reply(call, &content_type, Tone::new(message, seconds)),
        "RenderedDocument" => media::reply(call, &content_type, media::pdf(&format!("fax {message}"), pages)),
        _ => {
            let content_type = format!("{content_type}; charset=utf-8");
            media::reply(call, &content_type, text.into_bytes())
        }
    }
}
