//! The REST operations that the emulator has. What is missing here answers 501 by the operation table.

mod account;
mod address_book;
mod authz;
mod bulk;
pub(crate) mod call_log;
mod dictionary;
mod extension;
mod fax;
mod filter;
mod forwarding;
pub(crate) mod media;
pub(crate) mod messages;
mod multipart;
mod pager;
mod paging;
mod phone_numbers;
pub(crate) mod presence;
mod profile_image;
mod recordings;
mod ring_out;
mod sms;
mod sync;
mod table;
mod version;

pub(crate) use table::handlers;

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
