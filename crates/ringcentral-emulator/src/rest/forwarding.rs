//! The phones that a user can be reached at, and `RingOut` can call from: the user's own line, and their mobile.

use rusqlite::OptionalExtension;
use serde_json::{Value, json};

use super::dictionary;
use crate::call::Call;
use crate::reply::{ApiError, Reply};

/// One of these phones.
pub(super) struct Phone {
    id: String,
    pub(super) number: String,
    label: &'static str,
    kind: &'static str,
}

/// The extension's phones: the own line first.
pub(super) fn phones(call: &Call<'_>, extension: i64) -> Result<Vec<Phone>, ApiError> {
    let own: Option<String> = call
        .tx
        .prepare_cached(
            "SELECT phone_number FROM phone_numbers WHERE extension_id = ?1 AND type <> 'FaxOnly'
             ORDER BY id LIMIT 1",
        )?
        .query_row([extension], |row| row.get(0))
        .optional()?;
    let mobile: Option<String> = call
        .tx
        .prepare_cached("SELECT mobile_phone FROM extensions WHERE id = ?1")?
        .query_row([extension], |row| row.get(0))?;
    let phone = |nth: i64, number: Option<String>, label, kind| {
        number.filter(|number| !number.is_empty()).map(|number| Phone {
            id: (extension * 10 + nth).to_string(),
            number,
            label,
            kind,
        })
    };
    Ok([
        phone(1, own, "Business phone", "PhoneLine"),
        phone(2, mobile, "Mobile", "Mobile"),
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// The phone of the extension with this id.
pub(super) fn named(call: &Call<'_>, extension: i64, id: &str) -> Result<Option<Phone>, ApiError> {
    Ok(phones(call, extension)?.into_iter().find(|phone| phone.id == id))
}

fn path(call: &Call<'_>, extension: i64) -> String {
    format!(
        "/restapi/v1.0/account/{}/extension/{extension}/forwarding-number",
        call.caller.account_id
    )
}

fn record(call: &Call<'_>, extension: i64, phone: &Phone, flip: usize) -> Value {
    json!({
        "id": phone.id,
        "uri": call.uri(&format!("{}/{}", path(call, extension), phone.id)),
        "phoneNumber": phone.number,
        "label": phone.label,
        "features": ["CallFlip", "CallForwarding"],
        "flipNumber": flip.to_string(),
        "type": phone.kind,
    })
}

fn records(call: &Call<'_>, extension: i64) -> Result<Vec<Value>, ApiError> {
    Ok(phones(call, extension)?
        .iter()
        .enumerate()
        .map(|(at, phone)| record(call, extension, phone, at + 1))
        .collect())
}

/// `GET E/forwarding-number`
pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    dictionary::list(call, &path(call, extension), records(call, extension)?)
}

/// `GET E/forwarding-number/{id}`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let id = call.request.params.get("forwardingNumberId");
    records(call, extension)?
        .into_iter()
        .find(|record| record["id"] == id)
        .map(|record| Reply::json(&record))
        .ok_or_else(|| ApiError::not_found("forwardingNumberId"))
}
