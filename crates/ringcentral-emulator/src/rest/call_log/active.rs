//! Calls that are going on, and those that have ended within the last two minutes.

use serde_json::Value;

use super::super::paging::{Listing, Page};
use super::record::{CallRow, Scope, View};
use crate::arrive::live::{self, LiveCall};
use crate::call::Call;
use crate::db::Transaction;
use crate::reply::{ApiError, Reply};

/// `GET E/active-calls` and `GET A/active-calls`
pub(super) fn list(call: &Call<'_>, scope: Scope) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let page = Page::of(query)?;
    let view = View::of(query)?;
    let directions = query.any_of("direction", &["Inbound", "Outbound"])?;
    let types = query.any_of("type", &["Voice", "Fax"])?;
    let transports = query.any_of("transport", &["PSTN", "VoIP"])?;
    query.any_of("conferenceType", &["AudioConferencing", "Meetings"])?;
    let (account, extension) = match scope {
        Scope::Account(account) => (account, None),
        Scope::Extension { account, extension } => (account, Some(extension)),
    };
    let calls = live::list(call.tx, account, extension)?;
    let mut records = Vec::new();
    for live in &calls {
        let sides = [Some(live.extension_id), live.mirror_extension_id];
        for side in sides.into_iter().flatten() {
            if extension.is_some_and(|extension| extension != side) {
                continue;
            }
            let row = CallRow::of_live(live, side, call.now.as_millisecond());
            let record = row.render(call.tx, &call.request.origin, scope, view)?.value();
            let passes = |allowed: &[&str], member: &str| {
                allowed.is_empty() || allowed.iter().any(|word| record[member] == **word)
            };
            if passes(&directions, "direction") && passes(&types, "type") && passes(&transports, "transport")
            {
                records.push(record);
            }
        }
    }
    let (records, more) = page.slice(records);
    Ok(Listing {
        call,
        path: scope.path().replace("/call-log", "/active-calls"),
        page,
        pinned: Vec::new(),
    }
    .reply(records, more, None))
}

/// One call as an extension sees it.
pub(super) fn one(
    tx: &Transaction<'_>,
    origin: &str,
    live: &LiveCall,
    extension: i64,
    now_ms: i64,
) -> rusqlite::Result<Value> {
    let scope = Scope::Extension {
        account: live.account_id,
        extension,
    };
    let row = CallRow::of_live(live, extension, now_ms);
    Ok(row.render(tx, origin, scope, View::Simple)?.value())
}
