//! Presence: what a user has set, and what their telephone is doing.

mod record;

use http::StatusCode;
use rusqlite::params;
use serde_json::{Value, json};

use super::bulk::{self, Item};
use super::paging::{Listing, Page};
use crate::arrive;
use crate::call::Call;
use crate::db::Transaction;
use crate::reply::{ApiError, Reply};
use crate::stream::{self, Kind, Whose};
use record::{Detail, Settings};

/// How many extensions one path may name.
const MOST: usize = 30;

const STATUSES: &[&str] = &["Offline", "Busy", "Available"];
const DND_STATUSES: &[&str] = &[
    "TakeAllCalls",
    "DoNotAcceptDepartmentCalls",
    "TakeDepartmentCallsOnly",
    "DoNotAcceptAnyCalls",
];

/// `GET E/presence`; of several extensions, with their ids in the path.
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let detail = Detail::of(&call.request.query)?;
    let segment = call.request.params.get("extensionId");
    let ids: Vec<&str> = segment.split(',').map(str::trim).collect();
    if ids.iter().all(|id| id.is_empty()) {
        return Err(ApiError::not_found("extensionId"));
    }
    if let [_] = ids.as_slice() {
        return Ok(Reply::json(&one(call, call.extension()?, detail)?));
    }
    if ids.len() > MOST {
        let message = format!("At most {MOST} extensions can be named in one request");
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "CMN-106", message)
            .symbol("InvalidMultipartRequest")
            .detail("parameterMaxItemCount", 30));
    }
    let account = call.account()?;
    let items = ids
        .into_iter()
        .filter(|id| !id.is_empty())
        .map(|id| Item {
            href: call.uri(&record::path(account, id)),
            outcome: call
                .extension_named(id)
                .and_then(|extension| one(call, extension, detail))
                .map(Some),
            id: id.to_owned(),
        })
        .collect();
    Ok(bulk::reply(call, items))
}

fn one(call: &Call<'_>, extension: i64, detail: Detail) -> Result<Value, ApiError> {
    Ok(record::render(
        call.tx,
        &call.request.origin,
        call.caller.account_id,
        extension,
        detail,
    )?)
}

/// `GET A/presence`: of everybody who can have one.
pub(super) fn of_account(call: &Call<'_>) -> Result<Reply, ApiError> {
    let account = call.account()?;
    let detail = Detail::of(&call.request.query)?;
    let page = Page::of(&call.request.query)?;
    let of_whom =
        "account_id = ?1 AND type IN ('User', 'DigitalUser', 'VirtualUser', 'FlexibleUser', 'Department')
         AND status = 'Enabled' AND extension_number IS NOT NULL";
    let total: i64 = call
        .tx
        .prepare_cached(&format!("SELECT count(*) FROM extensions WHERE {of_whom}"))?
        .query_row([account], |row| row.get(0))?;
    let [limit, offset] = page.limits();
    let mut ids: Vec<i64> = call
        .tx
        .prepare_cached(&format!(
            "SELECT id FROM extensions WHERE {of_whom} ORDER BY id LIMIT ?2 OFFSET ?3"
        ))?
        .query_map([account, limit, offset], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let more = page.cut(&mut ids);
    let records = ids
        .into_iter()
        .map(|id| one(call, id, detail))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Listing {
        call,
        path: format!("/restapi/v1.0/account/{account}/presence"),
        page,
        pinned: Vec::new(),
    }
    .reply(records, more, Some(total)))
}

/// `PUT E/presence`
pub(super) fn update(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let body = call
        .request
        .json()?
        .filter(Value::is_object)
        .ok_or_else(ApiError::unparseable)?;
    let mut settings = Settings::of(call.tx, extension)?;
    if let Some(status) = word(&body, "userStatus", STATUSES)? {
        status.clone_into(&mut settings.user_status);
    }
    change_dnd(&body, &mut settings)?;
    match &body["message"] {
        Value::Null => {}
        Value::String(text) => settings.message = Some(text.clone()).filter(|text| !text.is_empty()),
        _ => return Err(ApiError::invalid_parameter("message", "a text")),
    }
    if let Some(seen) = word(&body, "callerIdVisibility", &["All", "None", "PermittedUsers"])? {
        seen.clone_into(&mut settings.caller_id_visibility);
    }
    for (name, setting) in [
        ("allowSeeMyPresence", &mut settings.allow_see_my_presence),
        ("ringOnMonitoredCall", &mut settings.ring_on_monitored_call),
        ("pickUpCallsOnHold", &mut settings.pick_up_calls_on_hold),
    ] {
        if let Some(value) = flag(&body, name)? {
            *setting = value;
        }
    }
    settings.keep(call.tx, extension)?;
    let account = call.account()?;
    stream::note(
        call.tx,
        call.now.as_millisecond(),
        Whose { account, extension },
        Kind::Presence,
        &extension.to_string(),
        &json!({
            "telephonyStatus": arrive::telephony_status(call.tx, account, extension)?,
            "userStatus": settings.user_status,
            "dndStatus": settings.dnd_status,
        }),
    )?;
    Ok(Reply::json(&one(call, extension, Detail::None)?))
}

/// Three members say the same thing in three ways; `dndStatus` is the whole of it and wins.
fn change_dnd(body: &Value, settings: &mut Settings) -> Result<(), ApiError> {
    let personal = word(
        body,
        "dndStatusPersonal",
        &["TakeAllCalls", "DoNotAcceptAnyCalls"],
    )?;
    let queues = flag(body, "acceptCallQueueCalls")?;
    let whole = word(body, "dndStatus", DND_STATUSES)?;
    if personal.is_some() || queues.is_some() {
        let own = personal.map_or(settings.takes_personal_calls(), |status| status == "TakeAllCalls");
        let queues = queues.unwrap_or(settings.takes_queue_calls());
        match (own, queues) {
            (true, true) => "TakeAllCalls",
            (true, false) => "DoNotAcceptDepartmentCalls",
            (false, true) => "TakeDepartmentCallsOnly",
            (false, false) => "DoNotAcceptAnyCalls",
        }
        .clone_into(&mut settings.dnd_status);
    }
    if let Some(whole) = whole {
        whole.clone_into(&mut settings.dnd_status);
    }
    Ok(())
}

fn word<'w>(body: &Value, name: &str, allowed: &[&'w str]) -> Result<Option<&'w str>, ApiError> {
    match &body[name] {
        Value::Null => Ok(None),
        value => allowed
            .iter()
            .find(|word| value == **word)
            .map(|word| Some(*word))
            .ok_or_else(|| ApiError::invalid_parameter(name, &format!("one of {}", allowed.join(", ")))),
    }
}

fn flag(body: &Value, name: &str) -> Result<Option<bool>, ApiError> {
    match &body[name] {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(*value)),
        _ => Err(ApiError::invalid_parameter(name, "true or false")),
    }
}

/// Whether a user has all calls go to the voicemail.
pub(crate) fn takes_no_calls(tx: &Transaction<'_>, extension: i64) -> rusqlite::Result<bool> {
    Ok(!Settings::of(tx, extension)?.takes_personal_calls())
}

impl Settings {
    fn takes_personal_calls(&self) -> bool {
        matches!(
            self.dnd_status.as_str(),
            "TakeAllCalls" | "DoNotAcceptDepartmentCalls"
        )
    }

    fn takes_queue_calls(&self) -> bool {
        matches!(
            self.dnd_status.as_str(),
            "TakeAllCalls" | "TakeDepartmentCallsOnly"
        )
    }

    fn keep(&self, tx: &Transaction<'_>, extension: i64) -> rusqlite::Result<()> {
        tx.prepare_cached("INSERT OR REPLACE INTO presence VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                extension,
                self.user_status,
                self.dnd_status,
                self.message,
                self.allow_see_my_presence,
                self.caller_id_visibility,
                self.ring_on_monitored_call,
                self.pick_up_calls_on_hold,
            ])?;
        Ok(())
    }
}
