//! Deleting messages: first into the bin, from where they can come back, then for good.

use http::StatusCode;
use rusqlite::types::Value as Sql;
use rusqlite::{params, params_from_iter};

use super::super::bulk;
use super::super::filter::Filter;
use super::{TYPES, each, list, number};
use crate::arrive;
use crate::arrive::message::RETENTION;
use crate::call::Call;
use crate::reply::{ApiError, Reply};
use crate::request::Query;

const MAX_CONVERSATIONS: usize = 100;

/// `DELETE E/message-store/{ids}`: a message is deleted first (it can be restored) and purged the second time.
pub(in crate::rest) fn delete(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let query = &call.request.query;
    let purge = query.bool("purge")?.unwrap_or(false);
    let conversations = conversations(query)?;
    let kind = kind(query, &conversations)?;
    let mut filter = Filter::default();
    filter.and("extension_id = ?", [extension]);
    filter.any("conversation_id", conversations);
    of_kind(&mut filter, kind);
    let ids = bulk::ids(&call.request.params, "messageId")?;
    each(call, extension, ids, |id| {
        let found: i64 = call
            .tx
            .prepare_cached(&format!(
                "SELECT count(*) FROM messages{} AND id = ?",
                filter.sql()
            ))?
            .query_row(params_from_iter(filter.values(&[number(id)])), |row| row.get(0))?;
        if found == 0 {
            return Err(ApiError::not_found("messageId"));
        }
        bin(call, number(id), purge)?;
        Ok(None)
    })
}

/// `DELETE E/message-store`: what the filters let pass; without any filter, everything.
pub(in crate::rest) fn delete_filtered(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let query = &call.request.query;
    let purge = query.bool("purge")?.unwrap_or(false);
    let conversations = conversations(query)?;
    let kind = kind(query, &conversations)?;
    let mut filter = Filter::default();
    filter.any("extension_id", list::owners(call, extension, query)?);
    // What is in the bin is only touched by a purge.
    if purge {
        filter.and_plain("availability <> 'Purged'");
    } else {
        filter.and_plain("availability = 'Alive'");
    }
    filter.any("conversation_id", conversations);
    of_kind(&mut filter, kind);
    if let Some(to) = query.date("dateTo")? {
        filter.and("created_ms <= ?", [to.as_millisecond()]);
    }
    let ids: Vec<i64> = call
        .tx
        .prepare_cached(&format!("SELECT id FROM messages{} ORDER BY id", filter.sql()))?
        .query_map(params_from_iter(filter.values(&[])), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in ids {
        bin(call, id, purge)?;
    }
    Ok(Reply::no_content())
}

fn bin(call: &Call<'_>, id: i64, purge: bool) -> Result<(), ApiError> {
    let now = call.now.as_millisecond();
    let due = (call.now + RETENTION).as_millisecond();
    call.tx
        .prepare_cached(
            "UPDATE messages
             SET availability = iif(?2 OR availability <> 'Alive', 'Purged', 'Deleted'), modified_ms = ?3,
                 due_ms = iif(availability = 'Purged', due_ms, ?4)
             WHERE id = ?1",
        )?
        .execute(params![id, purge, now, due])?;
    // A fax that has not been sent is not sent any more.
    call.tx
        .prepare_cached(
            "UPDATE message_recipients SET due_ms = NULL WHERE message_id = ?1 AND status = 'Queued'
                AND (SELECT type FROM messages WHERE id = ?1) = 'Fax'",
        )?
        .execute([id])?;
    arrive::announce(call.tx, now, id)?;
    Ok(())
}

fn conversations(query: &Query) -> Result<Vec<Sql>, ApiError> {
    let ids = query.all("conversationId");
    if ids.len() > MAX_CONVERSATIONS {
        return Err(bulk::too_many(MAX_CONVERSATIONS));
    }
    ids.into_iter()
        .map(|id| {
            id.parse()
                .map(Sql::Integer)
                .map_err(|_| ApiError::invalid_parameter("conversationId", "the id of a conversation"))
        })
        .collect()
}

fn kind(query: &Query, conversations: &[Sql]) -> Result<Option<&'static str>, ApiError> {
    let kind = query.one_of("type", TYPES)?;
    if kind.is_some() && !conversations.is_empty() {
        let message = "Parameter [conversationId] is not allowed for usage along with parameter [type]";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "MSG-390", message));
    }
    Ok(kind)
}

/// `Text` is what can be read: SMS and pager messages.
fn of_kind(filter: &mut Filter, kind: Option<&str>) {
    match kind {
        None | Some("All") => {}
        Some("Text") => filter.and_plain("type IN ('SMS', 'Pager')"),
        Some(kind) => filter.and("type = ?", [kind.to_owned()]),
    }
}
