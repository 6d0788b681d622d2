//! `GET E/message-sync`: everything in a frame of time, and then only what has changed.

use http::StatusCode;
use jiff::SignedDuration;
use rusqlite::params_from_iter;
use serde_json::{Value, json};

use super::super::filter::{Filter, places, words};
use super::super::sync::{self, Asked, Log, MOST_CHANGES, Token, Unusable, record_count};
use super::list::owners;
use super::record::{self, MessageRow, SELECT};
use crate::call::Call;
use crate::reply::{ApiError, Reply};
use crate::request::Query;
use crate::stream::{self, Kind};

/// How many records one answer may hold.
const MOST_RECORDS: i64 = 1000;
const FILTERS: &[&str] = &[
    "conversationId",
    "direction",
    "messageType",
    "distinctConversations",
    "owner",
    "ownerExtensionType",
    "voicemailOwner",
];

/// `GET E/message-sync`
pub(in crate::rest) fn sync(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let path = format!(
        "/restapi/v1.0/account/{}/extension/{extension}/message-sync",
        call.account()?
    );
    match sync::asked(call, Log::Messages, extension, refuse)? {
        Asked::Full => full(call, extension, &path),
        Asked::Changes(token) => changes(call, extension, &path, token),
    }
}

fn refuse(why: Unusable) -> ApiError {
    let why = match why {
        Unusable::Unreadable => "it is malformed",
        Unusable::Foreign => "it belongs to another message store",
        Unusable::Expired => "it has expired",
        Unusable::TooMuch => "max sync record number limit is exceeded",
    };
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "MSG-333",
        format!("Parameter [syncToken] is invalid [{why}], full synchronization is required"),
    )
    .detail("parameterName", "syncToken")
}

fn full(call: &Call<'_>, extension: i64, path: &str) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let count = record_count(query, MOST_RECORDS)?;
    let until = query.date("dateTo")?;
    let from = match query.date("dateFrom")? {
        Some(from) => from,
        None => until
            .unwrap_or(call.now)
            .checked_sub(SignedDuration::from_hours(24))
            .unwrap_or(jiff::Timestamp::MIN),
    };
    if until.is_some_and(|until| from > until) {
        return Err(ApiError::invalid_parameter("dateFrom", "a time before dateTo"));
    }
    let mut token = Token::new(
        call,
        (Log::Messages, extension),
        from.as_millisecond(),
        until.map(jiff::Timestamp::as_millisecond),
        FILTERS,
    )?;
    let mut filter = alive(call, extension, &token)?;
    filter.and("created_ms >= ?", [from.as_millisecond()]);
    let rows = newest(call, query, &filter, count.unwrap_or(MOST_RECORDS))?;
    if rows.more
        && let Some(last) = rows.found.last()
    {
        token.oldest = last.place();
    }
    let older = older_exist(call, extension, &token)?;
    let records = render(call, &rows.found)?;
    Ok(sync::reply(
        call,
        path,
        records,
        &token,
        true,
        ("olderRecordsExist", Some(older)),
    ))
}

fn changes(call: &Call<'_>, extension: i64, path: &str, mut token: Token) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let filters = token.query();
    let whose: Vec<(&str, i64)> = owners(call, extension, &filters)?
        .into_iter()
        .map(|owner| ("extension_id", owner))
        .collect();
    let changed = sync::changes(call, Kind::Message, &whose, &token, refuse)?;
    let ids: Vec<i64> = changed.iter().map(|id| super::number(id)).collect();
    let mut records = Vec::new();
    if !ids.is_empty() {
        let mut filter = frame(call, extension, &token)?;
        filter.and("(created_ms, id) >= (?, ?)", [token.oldest.0, token.oldest.1]);
        filter.among("id", &places(ids.len()), ids);
        let rows = newest(call, &filters, &filter, MOST_CHANGES)?;
        records = render(call, &rows.found)?;
        records.extend(gone(call, extension, &changed)?);
    }
    // The frame grows into the past by a number of records, or to an earlier time.
    let room = MOST_CHANGES - i64::try_from(records.len()).unwrap_or(MOST_CHANGES);
    let count = record_count(query, MOST_CHANGES)?;
    let from = query
        .date("dateFrom")?
        .map(jiff::Timestamp::as_millisecond)
        .filter(|from| *from < token.oldest.0);
    if (count.is_some() || from.is_some()) && room > 0 {
        let mut filter = alive(call, extension, &token)?;
        filter.and("(created_ms, id) < (?, ?)", [token.oldest.0, token.oldest.1]);
        if let Some(from) = from {
            filter.and("created_ms >= ?", [from]);
        }
        let rows = newest(call, &filters, &filter, count.unwrap_or(MOST_CHANGES).min(room))?;
        match (rows.found.last(), from) {
            (_, Some(from)) if !rows.more => token.oldest = (from, 0),
            (Some(last), _) => token.oldest = last.place(),
            (None, _) => {}
        }
        records.extend(render(call, &rows.found)?);
    }
    token.known = stream::newest(call.tx)?;
    let older = older_exist(call, extension, &token)?;
    Ok(sync::reply(
        call,
        path,
        records,
        &token,
        false,
        ("olderRecordsExist", Some(older)),
    ))
}

/// The messages that a token is about, in whatever state.
fn frame(call: &Call<'_>, extension: i64, token: &Token) -> Result<Filter, ApiError> {
    let query = token.query();
    let mut filter = Filter::default();
    filter.any("extension_id", owners(call, extension, &query)?);
    if let Some(until) = token.until_ms {
        filter.and("created_ms <= ?", [until]);
    }
    filter.any(
        "direction",
        words(query.any_of("direction", &["Inbound", "Outbound"])?),
    );
    filter.any(
        "type",
        words(query.any_of("messageType", &["Fax", "SMS", "VoiceMail", "Pager"])?),
    );
    if let Some(conversation) = query.int("conversationId")? {
        filter.and("conversation_id = ?", [conversation]);
    }
    Ok(filter)
}

fn alive(call: &Call<'_>, extension: i64, token: &Token) -> Result<Filter, ApiError> {
    let mut filter = frame(call, extension, token)?;
    filter.and_plain("availability = 'Alive'");
    Ok(filter)
}

struct Rows {
    found: Vec<MessageRow>,
    more: bool,
}

/// The newest messages that a filter lets pass; of each conversation only the newest, if that is asked for.
fn newest(call: &Call<'_>, query: &Query, filter: &Filter, count: i64) -> Result<Rows, ApiError> {
    let ids = if query.bool("distinctConversations")? == Some(true) {
        format!(
            "SELECT id, created_ms FROM (SELECT id, created_ms, row_number() OVER (
                PARTITION BY coalesce(conversation_id, -id) ORDER BY created_ms DESC, id DESC) AS nth
             FROM messages{}) WHERE nth = 1",
            filter.sql()
        )
    } else {
        format!("SELECT id, created_ms FROM messages{}", filter.sql())
    };
    let mut found = call
        .tx
        .prepare_cached(&format!(
            "{SELECT} WHERE id IN (SELECT id FROM ({ids}) ORDER BY created_ms DESC, id DESC LIMIT ?)
             ORDER BY created_ms DESC, id DESC"
        ))?
        .query_map(params_from_iter(filter.values(&[count + 1])), MessageRow::of)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let more = found.len() > wanted;
    found.truncate(wanted);
    Ok(Rows { found, more })
}

/// Of what was deleted, a synchronisation says only that.
fn render(call: &Call<'_>, rows: &[MessageRow]) -> Result<Vec<Value>, ApiError> {
    rows.iter()
        .map(|row| match row.deleted(&call.request.origin) {
            Some(stub) => Ok(stub),
            None => Ok(row.render(call.tx, &call.request.origin)?.value()),
        })
        .collect()
}

/// Changed messages that no longer exist at all.
fn gone(call: &Call<'_>, extension: i64, changed: &[String]) -> Result<Vec<Value>, ApiError> {
    let mut stubs = Vec::new();
    for id in changed {
        let exists: bool = call
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1)")?
            .query_row([super::number(id)], |row| row.get(0))?;
        if !exists {
            stubs.push(json!({
                "id": super::number(id),
                "uri": call.uri(&record::path(call.caller.account_id, extension, id)),
                "availability": "Purged",
            }));
        }
    }
    Ok(stubs)
}

fn older_exist(call: &Call<'_>, extension: i64, token: &Token) -> Result<bool, ApiError> {
    let mut filter = alive(call, extension, token)?;
    filter.and("(created_ms, id) < (?, ?)", [token.oldest.0, token.oldest.1]);
    Ok(call
        .tx
        .prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM messages{})", filter.sql()))?
        .query_row(params_from_iter(filter.values(&[])), |row| row.get(0))?)
}
