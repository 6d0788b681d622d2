//! Call-log synchronisation: the newest records of a frame, and then only what has changed.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rusqlite::params_from_iter;
use serde_json::Value;

use super::super::filter::{Filter, places};
use super::super::sync::{self, Asked, Log, MOST_CHANGES, Token, Unusable, record_count};
use super::record::{CallRow, SELECT, Scope, View};
use crate::arrive::call::record_of;
use crate::call::Call;
use crate::reply::{ApiError, Reply};
use crate::request::Query;
use crate::stream::{self, Kind};

/// How far back a frame may reach.
const HISTORY: SignedDuration = SignedDuration::from_hours(30 * 24);
const MOST_EXTRACTED: i64 = 1000;
const FILTERS: &[&str] = &[
    "statusGroup",
    "view",
    "showDeleted",
    "recordingType",
    "withRecording",
    "metadataCategory",
];

fn refuse(why: Unusable) -> ApiError {
    let (code, why) = match why {
        Unusable::Unreadable => ("CLG-101", "it is malformed"),
        Unusable::Foreign => ("CLG-102", "it belongs to another call log"),
        Unusable::Expired => ("CLG-103", "it has expired"),
        Unusable::TooMuch => ("CLG-104", "max sync record number limit is exceeded"),
    };
    ApiError::new(
        StatusCode::BAD_REQUEST,
        code,
        format!("Parameter [syncToken] is invalid [{why}]"),
    )
    .detail("parameterName", "syncToken")
}

/// `GET E/call-log-sync` and `GET A/call-log-sync`
pub(super) fn sync(call: &Call<'_>, scope: Scope) -> Result<Reply, ApiError> {
    let (_, owner) = scope.owner();
    match sync::asked(call, Log::Calls, owner, refuse)? {
        Asked::Full => full(call, scope),
        Asked::Changes(token) => changes(call, scope, token),
    }
}

fn answer(
    call: &Call<'_>,
    scope: Scope,
    rows: &[CallRow],
    token: &Token,
    full: bool,
) -> Result<Reply, ApiError> {
    let path = scope.path().replace("/call-log", "/call-log-sync");
    let records = render(call, scope, &token.query(), rows)?;
    Ok(sync::reply(call, &path, records, token, full, ("", None)))
}

fn full(call: &Call<'_>, scope: Scope) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let count =
        record_count(query, MOST_CHANGES)?.ok_or_else(|| ApiError::missing_parameter("recordCount"))?;
    let from = frame_start(call, query.date("dateFrom")?);
    let mut token = Token::new(call, (Log::Calls, scope.owner().1), from, None, FILTERS)?;
    let mut filter = filter(scope, query)?;
    filter.and_plain("deleted = 0");
    filter.and("start_ms >= ?", [from]);
    let (rows, more) = newest(call, &filter, count)?;
    if more && let Some(last) = rows.last() {
        token.oldest = last.place();
    }
    answer(call, scope, &rows, &token, true)
}

fn changes(call: &Call<'_>, scope: Scope, mut token: Token) -> Result<Reply, ApiError> {
    let filters = token.query();
    let shows_deleted =
        filters.bool("showDeleted")? == Some(true) || call.request.query.bool("showDeleted")? == Some(true);
    let changed = sync::changes(call, Kind::Call, &[scope.owner()], &token, refuse)?;
    let mut rows = Vec::new();
    let changed: Vec<i64> = changed.iter().filter_map(|id| record_of(id)).collect();
    if !changed.is_empty() {
        let mut filter = filter(scope, &filters)?;
        if !shows_deleted {
            filter.and_plain("deleted = 0");
        }
        filter.and("(start_ms, seq) >= (?, ?)", [token.oldest.0, token.oldest.1]);
        filter.among("seq", &places(changed.len()), changed);
        rows = newest(call, &filter, MOST_CHANGES)?.0;
    }
    // The frame grows into the past; what is new comes first, and all together is not more than 250.
    let room = MOST_CHANGES - i64::try_from(rows.len()).unwrap_or(MOST_CHANGES);
    if let Some(count) = record_count(&call.request.query, MOST_CHANGES)?
        && room > 0
    {
        let mut filter = filter(scope, &filters)?;
        filter.and_plain("deleted = 0");
        filter.and("(start_ms, seq) < (?, ?)", [token.oldest.0, token.oldest.1]);
        filter.and("start_ms >= ?", [frame_start(call, None)]);
        let (older, _) = newest(call, &filter, count.min(room))?;
        if let Some(last) = older.last() {
            token.oldest = last.place();
        }
        rows.extend(older);
    }
    token.known = stream::newest(call.tx)?;
    answer(call, scope, &rows, &token, false)
}

/// `GET A/call-log-extract-sync`: the whole log from a moment on, oldest records first, in portions.
pub(super) fn extract(call: &Call<'_>, scope: Scope) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let count = record_count(query, MOST_EXTRACTED)?.unwrap_or(MOST_CHANGES);
    let (mut token, is_full) = match sync::asked(call, Log::CallExtract, scope.owner().1, refuse)? {
        Asked::Full => {
            let hour_ago = call.now - SignedDuration::from_hours(1);
            let from = frame_start(call, Some(query.date("dateFrom")?.unwrap_or(hour_ago)));
            let token = Token::new(call, (Log::CallExtract, scope.owner().1), from, None, FILTERS)?;
            (token, true)
        }
        Asked::Changes(token) => (token, false),
    };
    // A portion is by number, not by time, once the first has been taken: a long call lands late in the log.
    let filters = token.query();
    let mut filter = filter(scope, &filters)?;
    filter.and_plain("deleted = 0");
    filter.and("start_ms >= ?", [token.oldest.0]);
    filter.and("seq > ?", [token.oldest.1]);
    let mut rows = call
        .tx
        .prepare_cached(&format!("{SELECT}{} ORDER BY seq LIMIT ?", filter.sql()))?
        .query_map(params_from_iter(filter.values(&[count + 1])), CallRow::of)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    if let Some(last) = rows.last() {
        token.oldest.1 = last.place().1;
    }
    let records = render(call, scope, &filters, &rows)?;
    let path = scope.path().replace("/call-log", "/call-log-extract-sync");
    Ok(sync::reply(
        call,
        &path,
        records,
        &token,
        is_full,
        ("newerRecordsExist", Some(more)),
    ))
}

/// Where a frame begins: not more than thirty days ago.
fn frame_start(call: &Call<'_>, from: Option<Timestamp>) -> i64 {
    let earliest = call.now - HISTORY;
    from.unwrap_or(earliest).max(earliest).as_millisecond()
}

fn filter(scope: Scope, query: &Query) -> Result<Filter, ApiError> {
    let (column, owner) = scope.owner();
    let mut filter = Filter::default();
    filter.and(&format!("{column} = ?"), [owner]);
    let groups = query.any_of("statusGroup", &["Missed", "All"])?;
    if !groups.is_empty() && !groups.contains(&"All") {
        filter.and_plain("direction = 'Inbound' AND result = 'Missed'");
    }
    super::list::filter_recording(query, &mut filter)?;
    Ok(filter)
}

fn newest(call: &Call<'_>, filter: &Filter, count: i64) -> Result<(Vec<CallRow>, bool), ApiError> {
    let mut rows = call
        .tx
        .prepare_cached(&format!(
            "{SELECT} WHERE seq IN (SELECT seq FROM calls{} ORDER BY start_ms DESC, seq DESC LIMIT ?)
             ORDER BY start_ms DESC, seq DESC",
            filter.sql()
        ))?
        .query_map(params_from_iter(filter.values(&[count + 1])), CallRow::of)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    Ok((rows, more))
}

fn render(call: &Call<'_>, scope: Scope, query: &Query, rows: &[CallRow]) -> Result<Vec<Value>, ApiError> {
    let view = View::of(query)?;
    Ok(rows
        .iter()
        .map(|row| Ok(row.render(call.tx, &call.request.origin, scope, view)?.value()))
        .collect::<rusqlite::Result<Vec<_>>>()?)
}
