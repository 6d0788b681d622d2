//! The REST operations that the emulator has. What is missing here answers 501 by the operation table.

mod account;
mod address_book;
mod authz;
mod bulk;
pub(crate) mod call_log;
mod cells;
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
mod party;
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
fn compact(mut value: serde_json::Value) -> serde_json::Value {
    drop_nulls(&mut value);
    value
}

/// In place: most members stay where they are.
fn drop_nulls(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::Object(members) => members.retain(|_, member| {
            drop_nulls(member);
            !member.is_null()
        }),
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// A stored time (milliseconds since 1970) as the platform writes it.
fn time(ms: i64) -> String {
    crate::clock::format(crate::clock::at_ms(ms))
}

/// A stored time, as a member of an answer.
#[derive(Debug, Clone, Copy)]
struct Time(i64);

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time(self.0))
    }
}

/// An id that the platform writes as text.
#[derive(Debug, Clone, Copy)]
struct IdText(i64);

impl serde::Serialize for IdText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A link to one of our paths, with the scheme, host and port by which the caller reached us.
#[derive(Debug, Clone)]
struct Link<'a> {
    origin: &'a str,
    path: std::borrow::Cow<'a, str>,
}

impl<'a> Link<'a> {
    fn to(call: &crate::call::Call<'a>, path: impl Into<std::borrow::Cow<'a, str>>) -> Self {
        Self {
            origin: &call.request.origin,
            path: path.into(),
        }
    }
}

impl serde::Serialize for Link<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}{}", self.origin, self.path))
    }
}

/// A member that is the same in every answer, written once.
type Fixed = std::sync::LazyLock<Box<serde_json::value::RawValue>>;

/// What such a member holds.
fn fixed(value: &serde_json::Value) -> Box<serde_json::value::RawValue> {
    serde_json::value::to_raw_value(value).expect("JSON can be written as JSON")
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
