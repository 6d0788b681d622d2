//! The call log of an extension and of the whole company.

mod active;
mod list;
mod record;
mod sync;

use rusqlite::OptionalExtension;
use serde_json::Value;

pub(crate) use record::{Scope, View};

use super::bulk::{self, Item};
use crate::arrive::call::record_of;
use crate::arrive::live::LiveCall;
use crate::call::Call;
use crate::db::Transaction;
use crate::reply::{ApiError, Reply};
use record::{CallRow, SELECT};

/// `GET E/call-log`
pub(super) fn of_extension(call: &Call<'_>) -> Result<Reply, ApiError> {
    list::list(call, extension_scope(call)?)
}

/// `DELETE E/call-log`
pub(super) fn delete_of_extension(call: &Call<'_>) -> Result<Reply, ApiError> {
    list::delete(call, extension_scope(call)?)
}

/// `GET A/call-log`
pub(super) fn of_account(call: &Call<'_>) -> Result<Reply, ApiError> {
    list::list(call, Scope::Account(call.account()?))
}

/// `GET E/call-log/{ids}`
pub(super) fn read_of_extension(call: &Call<'_>) -> Result<Reply, ApiError> {
    read(call, extension_scope(call)?)
}

/// `GET A/call-log/{ids}`
pub(super) fn read_of_account(call: &Call<'_>) -> Result<Reply, ApiError> {
    read(call, Scope::Account(call.account()?))
}

/// `GET E/active-calls`
pub(super) fn active_of_extension(call: &Call<'_>) -> Result<Reply, ApiError> {
    active::list(call, extension_scope(call)?)
}

/// `GET A/active-calls`
pub(super) fn active_of_account(call: &Call<'_>) -> Result<Reply, ApiError> {
    active::list(call, whole_account(call)?)
}

/// `GET E/call-log-sync`
pub(super) fn sync_of_extension(call: &Call<'_>) -> Result<Reply, ApiError> {
    sync::sync(call, extension_scope(call)?)
}

/// `GET A/call-log-sync`
pub(super) fn sync_of_account(call: &Call<'_>) -> Result<Reply, ApiError> {
    sync::sync(call, whole_account(call)?)
}

/// `GET A/call-log-extract-sync`
pub(super) fn extract(call: &Call<'_>) -> Result<Reply, ApiError> {
    sync::extract(call, whole_account(call)?)
}

/// What everybody in the company does is for administrators, whatever the operation's own permission says.
fn whole_account(call: &Call<'_>) -> Result<Scope, ApiError> {
    let scope = Scope::Account(call.account()?);
    if call.caller.is_admin {
        Ok(scope)
    } else {
        Err(ApiError::permission_user("ReadCompanyCallLog"))
    }
}

/// A call that is going on, as one of its extensions sees it.
pub(crate) fn active(
    tx: &Transaction<'_>,
    origin: &str,
    live: &LiveCall,
    now_ms: i64,
) -> rusqlite::Result<Value> {
    active::one(tx, origin, live, live.extension_id, now_ms)
}

fn extension_scope(call: &Call<'_>) -> Result<Scope, ApiError> {
    Ok(Scope::Extension {
        account: call.account()?,
        extension: call.own_extension()?,
    })
}

fn read(call: &Call<'_>, scope: Scope) -> Result<Reply, ApiError> {
    let view = View::of(&call.request.query)?;
    let ids = bulk::ids(&call.request.params, "callRecordId")?;
    if let [id] = ids.as_slice() {
        return Ok(Reply::json(&one(call, scope, view, id)?));
    }
    let items = ids
        .into_iter()
        .map(|id| Item {
            href: call.uri(&format!("{}/{id}", scope.path())),
            outcome: one(call, scope, view, &id).map(Some),
            id,
        })
        .collect();
    Ok(bulk::reply(call, items))
}

fn one(call: &Call<'_>, scope: Scope, view: View, id: &str) -> Result<Value, ApiError> {
    let (column, owner) = scope.owner();
    let unknown = || ApiError::not_found("callRecordId");
    let row = call
        .tx
        .prepare_cached(&format!("{SELECT} WHERE seq = ?1 AND {column} = ?2"))?
        .query_row([record_of(id).ok_or_else(unknown)?, owner], CallRow::of)
        .optional()?
        .ok_or_else(unknown)?;
    Ok(row.render(call.tx, &call.request.origin, scope, view)?.value())
}

/// A record as its extension's call log shows it, in full.
pub(crate) fn by_seq(tx: &Transaction<'_>, origin: &str, seq: i64) -> rusqlite::Result<Value> {
    let row = tx
        .prepare_cached(&format!("{SELECT} WHERE seq = ?1"))?
        .query_row([seq], CallRow::of)?;
    let scope = Scope::Extension {
        account: row.account_id,
        extension: row.extension_id,
    };
    Ok(row.render(tx, origin, scope, View::Detailed)?.value())
}
