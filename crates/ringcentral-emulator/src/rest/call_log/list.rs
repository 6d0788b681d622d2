//! Call-log lists and their filters.

use http::StatusCode;
use rusqlite::{OptionalExtension, params_from_iter};
use serde_json::json;

use super::super::filter::{Filter, words};
use super::super::paging::{Listing, Page};
use super::super::period;
use super::record::{CallRow, SELECT, Scope, View};
use crate::arrive::call::{record_id, session_of, telephony_session_of};
use crate::call::Call;
use crate::clock;
use crate::counts::{self, List, Part};
use crate::directory::e164;
use crate::reply::{ApiError, Reply};
use crate::request::Query;
use crate::stream::{self, Kind, Whose};

const DIRECTIONS: &[&str] = &["Inbound", "Outbound"];
const TYPES: &[&str] = &["Voice", "Fax"];

/// What cannot stand beside `sessionId`.
const FILTERS: &[&str] = &[
    "extensionNumber",
    "phoneNumber",
    "direction",
    "type",
    "transport",
    "showBlocked",
    "recordingType",
    "withRecording",
    "dateFrom",
    "dateTo",
    "telephonySessionId",
    "metadataCategory",
];

pub(super) fn list(call: &Call<'_>, scope: Scope) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let page = Page::of(query)?;
    let view = View::of(query)?;
    let (filter, pinned) = filter(call, scope)?;
    let part = part(call, scope, &filter)?;
    let ([limit, mut offset], mut filter) = (page.limits(), filter);
    if let (Some(part), Some((from, _)), 1..) = (&part, filter.period(), offset) {
        let walk = |from, to| count(call, &filter.with_period(from, to));
        // Beyond the end there is nothing, however it is read.
        let (end, before) = part.place(call.tx, offset, &walk)?.unwrap_or((from - 1, 0));
        (filter, offset) = (filter.with_period(from, end), before);
    }
    // The rows come in the order of the index, and those before the page are skipped in the index alone.
    let sql = format!(
        "{SELECT}{} ORDER BY start_ms DESC, seq DESC LIMIT ? OFFSET ?",
        filter.sql()
    );
    let mut rows = call
        .tx
        .prepare_cached(&sql)?
        .query_map(params_from_iter(filter.values(&[limit, offset])), CallRow::of)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = page.cut(&mut rows);
    let records = rows
        .iter()
        .map(|row| row.render(call.tx, &call.request.origin, scope, view))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Listing {
        call,
        path: scope.path(),
        page,
        pinned,
    }
    .reply(records, more, None))
}

/// `DELETE E/call-log`: what the filters let pass is deleted; without any filter, everything.
pub(super) fn delete(call: &Call<'_>, scope: Scope) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let (column, owner) = scope.owner();
    let mut filter = Filter::default();
    filter.and(&format!("{column} = ?"), [owner]);
    filter.and_plain("deleted = 0");
    if let Some(from) = query.date("dateFrom")? {
        filter.and("start_ms >= ?", [from.as_millisecond()]);
    }
    if let Some(to) = query.date("dateTo")? {
        filter.and("start_ms <= ?", [to.as_millisecond()]);
    }
    filter_parties(call, &mut filter)?;
    filter.any("direction", words(query.any_of("direction", DIRECTIONS)?));
    filter.any("type", words(query.any_of("type", TYPES)?));
    let now = call.now.as_millisecond();
    // Synchronisation hears of it; of more changes than it can tell it only says that it cannot.
    let told: Vec<(i64, Whose)> = call
        .tx
        .prepare_cached(&format!(
            "SELECT seq, account_id, extension_id FROM calls{} LIMIT 1000",
            filter.sql()
        ))?
        .query_map(params_from_iter(filter.values(&[])), |row| {
            let (account, extension) = (row.get(1)?, row.get(2)?);
            Ok((row.get(0)?, Whose { account, extension }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    for (seq, whose) in told {
        let detail = json!({ "state": "Deleted" });
        stream::note(call.tx, now, whose, Kind::Call, &record_id(seq), &detail)?;
    }
    counts::delete_calls(call.tx, filter.sql(), &filter.values(&[]), now)?;
    Ok(Reply::no_content())
}

/// The list as the counts know it, if the filter names nothing beyond what they count by.
fn part(call: &Call<'_>, scope: Scope, filter: &Filter) -> Result<Option<Part>, ApiError> {
    let query = &call.request.query;
    let kinds = [
        if query.bool("showDeleted")? == Some(true) {
            Vec::new()
        } else {
            words(vec!["0"])
        },
        words(query.any_of("direction", DIRECTIONS)?),
        words(query.any_of("type", TYPES)?),
    ];
    // The owner, the period and the kinds.
    let counted = 2 + kinds.iter().filter(|kind| !kind.is_empty()).count();
    Ok(match filter.period() {
        Some((from_ms @ 0.., to_ms)) if filter.conditions() == counted => Some(Part {
            list: match scope {
                Scope::Account(_) => List::CallsOfAccount,
                Scope::Extension { .. } => List::CallsOfExtension,
            },
            owner: scope.owner().1,
            from_ms,
            to_ms,
            kinds: kinds.to_vec(),
        }),
        _ => None,
    })
}

fn count(call: &Call<'_>, filter: &Filter) -> rusqlite::Result<i64> {
    call.tx
        .prepare_cached(&format!("SELECT count(*) FROM calls{}", filter.sql()))?
        .query_row(params_from_iter(filter.values(&[])), |row| row.get(0))
}

type Pinned = Vec<(&'static str, String)>;

fn filter(call: &Call<'_>, scope: Scope) -> Result<(Filter, Pinned), ApiError> {
    let query = &call.request.query;
    let mut filter = Filter::default();
    let mut pinned = Pinned::new();
    let (column, owner) = scope.owner();
    filter.and(&format!("{column} = ?"), [owner]);
    if query.bool("showDeleted")? != Some(true) {
        filter.and_plain("deleted = 0");
    }
    if let Some(session) = query.first("sessionId") {
        if let Some(other) = FILTERS.iter().find(|name| query.first(name).is_some()) {
            return Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "CLG-110",
                format!("Parameter [sessionId] is not allowed for usage along with parameter [{other}]"),
            )
            .detail("parameterName", "sessionId"));
        }
        filter_session(&mut filter, session_of(session));
        return Ok((filter, pinned));
    }
    let telephony_session = query.first("telephonySessionId");
    if let Some(session) = telephony_session {
        filter_session(&mut filter, telephony_session_of(session));
    }
    // A telephony session is found whenever it was, unless a period is given.
    if telephony_session.is_none() || query.first("dateFrom").is_some() || query.first("dateTo").is_some() {
        let (from, to) = period(call)?;
        filter.between("start_ms", from.as_millisecond(), to.as_millisecond());
        pinned.push(("dateFrom", clock::format(from)));
        pinned.push(("dateTo", clock::format(to)));
    }
    filter_parties(call, &mut filter)?;
    filter_kind(call, scope, &mut filter)?;
    Ok((filter, pinned))
}

/// The record with which the call began, and the other side's.
fn filter_session(filter: &mut Filter, session: Option<i64>) {
    filter.among(
        "seq",
        "SELECT ? UNION ALL SELECT seq FROM calls WHERE session = ? AND session <> seq",
        [session, session],
    );
    // The other side's number begins no session.
    filter.and("session = ?", [session]);
}

fn filter_parties(call: &Call<'_>, filter: &mut Filter) -> Result<(), ApiError> {
    let query = &call.request.query;
    let phone_number = query.phone("phoneNumber");
    if let Some(number) = query.first("extensionNumber") {
        if phone_number.is_some() {
            return Err(ApiError::invalid_parameter(
                "phoneNumber",
                "no extensionNumber beside it",
            ));
        }
        let extension = call
            .tx
            .prepare_cached("SELECT id FROM extensions WHERE account_id = ?1 AND extension_number = ?2")?
            .query_row(rusqlite::params![call.caller.account_id, number.trim()], |row| {
                row.get::<_, i64>(0)
            })
            .optional()?
            .unwrap_or(-1);
        filter.and(
            "(from_extension_id = ? OR to_extension_id = ?)",
            [extension, extension],
        );
    }
    if let Some(number) = phone_number {
        let number = e164(&number).ok_or_else(|| {
            ApiError::invalid_parameter("phoneNumber", "a phone number such as 16505550100")
        })?;
        filter.and("(from_number = ? OR to_number = ?)", [number.clone(), number]);
    }
    Ok(())
}

fn filter_kind(call: &Call<'_>, scope: Scope, filter: &mut Filter) -> Result<(), ApiError> {
    let query = &call.request.query;
    filter.any("direction", words(query.any_of("direction", DIRECTIONS)?));
    filter.any("type", words(query.any_of("type", TYPES)?));
    if let Scope::Extension { .. } = scope {
        filter.any("transport", words(query.any_of("transport", &["PSTN", "VoIP"])?));
        if query.bool("showBlocked")? == Some(false) {
            filter.and_plain("result <> 'Blocked'");
        }
    }
    filter_recording(query, filter)
}

/// Recordings, and categories of metadata.
pub(super) fn filter_recording(query: &Query, filter: &mut Filter) -> Result<(), ApiError> {
    match query.one_of("recordingType", &["Automatic", "OnDemand", "All"])? {
        None => {
            if query.bool("withRecording")? == Some(true) {
                filter.and_plain("recording_id IS NOT NULL");
            }
        }
        Some("All") => filter.and_plain("recording_id IS NOT NULL"),
        Some(kind) => filter.and("recording_type = ?", [kind.to_owned()]),
    }
    if query.first("metadataCategory").is_some() {
        // No call of the emulator has a category.
        filter.and_plain("0");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::db;

    /// A list's cost must not grow with the number of calls: the index gives the rows, already in order.
    #[test]
    fn lists_are_read_from_an_index_that_is_in_order() {
        let connection = db::open(None).unwrap();
        db::create(&connection).unwrap();
        for (table, row, owner, rest) in [
            ("calls", "seq", "extension_id", "deleted = 0 AND start_ms"),
            ("calls", "seq", "account_id", "deleted = 0 AND start_ms"),
            ("messages", "id", "extension_id", "created_ms"),
        ] {
            let time = if table == "calls" {
                "start_ms"
            } else {
                "created_ms"
            };
            let sql = format!(
                "SELECT {row} FROM {table} WHERE {owner} = 1 AND {rest} BETWEEN 0 AND 9
                 ORDER BY {time} DESC, {row} DESC LIMIT 100"
            );
            let plan = db::plan(&connection, &sql, []);
            assert!(
                plan.len() == 1 && plan[0].contains("USING COVERING INDEX"),
                "{table} {owner}: {plan:?}"
            );
        }
    }
}
