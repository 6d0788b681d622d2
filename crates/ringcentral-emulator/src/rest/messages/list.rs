//! Message-store lists and their filters.

use rusqlite::{OptionalExtension, params_from_iter};

use super::super::filter::{Filter, words};
use super::super::paging::{Listing, Page};
use super::super::period;
use super::record::{MessageRow, SELECT};
use crate::call::Call;
use crate::clock;
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
    filter.any("extension_id", owners(call, extension, query)?);
    filter.and(
        "created_ms BETWEEN ? AND ?",
        [from.as_millisecond(), to.as_millisecond()],
    );
    let availabilities = query.any_of("availability", AVAILABILITIES)?;
    filter.any(
        "availability",
        words(if availabilities.is_empty() {
            vec!["Alive"]
        } else {
            availabilities
        }),
    );
    filter.any(
        "direction",
        words(query.any_of("direction", &["Inbound", "Outbound"])?),
    );
    filter.any(
        "type",
        words(query.any_of("messageType", &["Fax", "SMS", "VoiceMail", "Pager"])?),
    );
    filter.any(
        "read_status",
        words(query.any_of("readStatus", &["Read", "Unread"])?),
    );
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
    let total = call
        .tx
        .prepare_cached(&format!("SELECT count(*) FROM ({ids})"))?
        .query_row(params_from_iter(filter.values(&[])), |row| row.get(0))?;
    let mut rows = call
        .tx
        .prepare_cached(&format!(
            "{SELECT} WHERE id IN (SELECT id FROM ({ids}) ORDER BY created_ms DESC, id DESC LIMIT ? OFFSET ?)
             ORDER BY created_ms DESC, id DESC"
        ))?
        .query_map(params_from_iter(filter.values(&page.limits())), MessageRow::of)?
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
