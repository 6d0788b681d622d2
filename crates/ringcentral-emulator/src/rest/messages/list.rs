//! Message-store lists and their filters.

use rusqlite::{OptionalExtension, params_from_iter};

use super::super::filter::{Filter, words};
use super::super::paging::{Listing, Page};
use super::super::period;
use super::record::{MessageRow, SELECT};
use crate::call::Call;
use crate::clock;
use crate::counts::{List, Part};
use crate::directory::e164;
use crate::reply::{ApiError, Reply};
use crate::request::Query;

const AVAILABILITIES: &[&str] = &["Alive", "Deleted", "Purged"];

/// `GET E/message-store`
pub(in crate::rest) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let account = call.account()?;
    let query = &call.request.query;
    let page = Page::of(query)?;
    let (from, to) = period(call)?;
    let mut filter = Filter::default();
    let owners = owners(call, extension, query)?;
    filter.any("extension_id", owners.clone());
    filter.between("created_ms", from.as_millisecond(), to.as_millisecond());
    let availabilities = query.any_of("availability", AVAILABILITIES)?;
    let kinds = [
        words(if availabilities.is_empty() {
            vec!["Alive"]
        } else {
            availabilities
        }),
        words(query.any_of("direction", &["Inbound", "Outbound"])?),
        words(query.any_of("messageType", &["Fax", "SMS", "VoiceMail", "Pager"])?),
        words(query.any_of("readStatus", &["Read", "Unread"])?),
    ];
    for (column, kind) in ["availability", "direction", "type", "read_status"]
        .iter()
        .zip(&kinds)
    {
        filter.any(column, kind.clone());
    }
    if let Some(conversation) = query.int("conversationId")? {
        filter.and("conversation_id = ?", [conversation]);
    }
    if let Some(number) = query.phone("phoneNumber") {
        let number = e164(&number).ok_or_else(|| {
            ApiError::invalid_parameter("phoneNumber", "a phone number such as 16505550100")
        })?;
        filter.and(
            "(from_number = ? OR EXISTS (SELECT 1 FROM message_recipients r
                WHERE r.message_id = messages.id AND r.phone_number = ?))",
            [number.clone(), number],
        );
    }
    // The newest message of each conversation; what belongs to none stands for itself.
    let distinct = query.bool("distinctConversations")? == Some(true);
    let ids = if distinct {
        format!(
            "SELECT id, created_ms FROM (SELECT id, created_ms, row_number() OVER (
                PARTITION BY coalesce(conversation_id, -id) ORDER BY created_ms DESC, id DESC) AS nth
             FROM messages{}) WHERE nth = 1",
            filter.sql()
        )
    } else {
        format!("SELECT id, created_ms FROM messages{}", filter.sql())
    };
    let count = |filter: &Filter| -> rusqlite::Result<i64> {
        call.tx
            .prepare_cached(&format!("SELECT count(*) FROM ({ids})"))?
            .query_row(params_from_iter(filter.values(&[])), |row| row.get(0))
    };
    let walk = |from, to| count(&filter.with_period(from, to));
    let ([limit, mut offset], mut found) = (page.limits(), filter.clone());
    let total = match part(call, &owners, &filter, &kinds)? {
        Some(part) => {
            if offset > 0 {
                let (end, before) = part
                    .place(call.tx, offset, &walk)?
                    .unwrap_or((part.from_ms - 1, 0));
                (found, offset) = (filter.with_period(part.from_ms, end), before);
            }
            part.total(call.tx, &walk)?
        }
        None => count(&filter)?,
    };
    let chosen = if distinct {
        format!(
            "{SELECT} WHERE id IN (SELECT id FROM ({ids}) ORDER BY created_ms DESC, id DESC LIMIT ? OFFSET ?)
             ORDER BY created_ms DESC, id DESC"
        )
    } else {
        // The rows come in the order of the index, and those before the page are skipped in the index alone.
        format!(
            "{SELECT}{} ORDER BY created_ms DESC, id DESC LIMIT ? OFFSET ?",
            filter.sql()
        )
    };
    let mut rows = call
        .tx
        .prepare_cached(&chosen)?
        .query_map(params_from_iter(found.values(&[limit, offset])), MessageRow::of)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = page.cut(&mut rows);
    let records = rows
        .iter()
        .map(|row| row.render(call.tx, &call.request.origin))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let path = format!("/restapi/v1.0/account/{account}/extension/{extension}/message-store");
    let pinned = vec![("dateFrom", clock::format(from)), ("dateTo", clock::format(to))];
    Ok(Listing {
        call,
        path,
        page,
        pinned,
    }
    .reply(records, more, Some(total)))
}

/// The list as the counts know it, if the filter names nothing beyond what they count by.
fn part(
    call: &Call<'_>,
    owners: &[i64],
    filter: &Filter,
    kinds: &[Vec<String>],
) -> Result<Option<Part>, ApiError> {
    let counted = 2 + kinds.iter().filter(|kind| !kind.is_empty()).count();
    let distinct = call.request.query.bool("distinctConversations")? == Some(true);
    Ok(match (filter.period(), owners) {
        (Some((from_ms @ 0.., to_ms)), &[owner]) if !distinct && filter.conditions() == counted => {
            Some(Part {
                list: List::MessagesOfExtension,
                owner,
                from_ms,
                to_ms,
                kinds: kinds.to_vec(),
            })
        }
        _ => None,
    })
}

/// Whose messages are listed: the extension's own (`Personal`), or those of the extensions that `owner` names.
pub(super) fn owners(call: &Call<'_>, extension: i64, query: &Query) -> Result<Vec<i64>, ApiError> {
    let named: Vec<&str> = [query.all("owner"), query.all("voicemailOwner")].concat();
    let mut owners = Vec::new();
    for name in &named {
        if name.eq_ignore_ascii_case("Personal") {
            owners.push(extension);
            continue;
        }
        let id = name
            .parse()
            .map_err(|_| ApiError::invalid_parameter("owner", "Personal or an extension id"))?;
        if id != call.caller.extension_id && !call.caller.is_admin {
            return Err(ApiError::other_extension());
        }
        owners.push(id);
    }
    if owners.is_empty() {
        owners.push(extension);
    }
    let types = query.all("ownerExtensionType");
    if !types.is_empty() {
        let mut kept = Vec::new();
        for id in owners {
            let kind: Option<String> = call
                .tx
                .prepare_cached("SELECT type FROM extensions WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            if kind.is_some_and(|kind| types.contains(&kind.as_str())) {
                kept.push(id);
            }
        }
        // Nobody is left: an id that nobody has keeps the filter from vanishing.
        owners = if kept.is_empty() { vec![-1] } else { kept };
    }
    Ok(owners)
}
