//! The REST operations that the emulator has. What is missing here answers 501 by the operation table.

use http::Method;

use crate::call::Handler;

mod account;
mod authz;
mod bulk;
pub(crate) mod call_log;
mod extension;
mod filter;
mod media;
pub(crate) mod messages;
mod multipart;
mod paging;
mod phone_numbers;
mod recordings;
mod sms;
mod version;

/// Every implemented operation: method, path template as in `data/operations.csv`, handler.
pub(crate) fn handlers() -> &'static [(Method, &'static str, Handler)] {
    HANDLERS
}

static HANDLERS: &[(Method, &str, Handler)] = &[
    (Method::GET, "/restapi", version::list),
    (Method::GET, "/restapi/{apiVersion}", version::read),
    (Method::GET, "/restapi/v1.0/status", version::status),
    (Method::GET, "/restapi/v1.0/client-info", version::client_info),
    (Method::GET, "/restapi/v1.0/account/{accountId}", account::read),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension",
        extension::list,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}",
        extension::read,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/authz-profile",
        authz::profile,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/authz-profile/check",
        authz::check,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/phone-number",
        phone_numbers::of_account,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/phone-number/{phoneNumberId}",
        phone_numbers::read,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/phone-number",
        phone_numbers::of_extension,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/call-log",
        call_log::of_account,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/call-log/{callRecordId}",
        call_log::read_of_account,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/call-log",
        call_log::of_extension,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/call-log/{callRecordId}",
        call_log::read_of_extension,
    ),
    (
        Method::DELETE,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/call-log",
        call_log::delete_of_extension,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/recording/{recordingId}",
        recordings::read,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/recording/{recordingId}/content",
        recordings::content,
    ),
    (
        Method::POST,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/sms",
        sms::send,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store",
        messages::list,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store/{messageId}",
        messages::read,
    ),
    (
        Method::PUT,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store/{messageId}",
        messages::update,
    ),
    (
        Method::DELETE,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store/{messageId}",
        messages::delete,
    ),
    (
        Method::GET,
        "/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store/{messageId}/content/{attachmentId}",
        messages::content,
    ),
];

/// Drops every member that is null, at any depth: the platform leaves out what it does not know.
fn compact(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k, compact(v)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(compact).collect()),
        other => other,
    }
}

/// A stored time (milliseconds since 1970) as the platform writes it.
fn time(ms: i64) -> String {
    crate::clock::format(crate::clock::at_ms(ms))
}

/// The period a list covers: `dateTo` is now and `dateFrom` a day before it, unless given.
fn period(
    call: &crate::call::Call<'_>,
) -> Result<(jiff::Timestamp, jiff::Timestamp), crate::reply::ApiError> {
    let query = &call.request.query;
    let to = query.date("dateTo")?.unwrap_or(call.now);
    let from = match query.date("dateFrom")? {
        Some(from) => from,
        None => to
            .checked_sub(jiff::SignedDuration::from_hours(24))
            .unwrap_or(jiff::Timestamp::MIN),
    };
    if from > to {
        return Err(crate::reply::ApiError::invalid_parameter(
            "dateFrom",
            "a time before dateTo",
        ));
    }
    Ok((from, to))
}
