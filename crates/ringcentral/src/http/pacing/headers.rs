//! The headers of a limit, read leniently: what is missing or odd is not there.

use std::time::Duration;

use http::{HeaderMap, Response, StatusCode};
use jiff::Timestamp;

use super::super::date::http_date;
use crate::clock::until;

/// The name of the group that an answer was counted against.
const GROUP: &str = "x-rate-limit-group";

/// What one answer says about the limits of its group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(super) limit: Option<u32>,
    pub(super) remaining: Option<u32>,
    pub(super) window: Option<Duration>,
    pub(super) retry_after: Option<Duration>,
    pub(super) status: Status,
}

/// What an answer's status says about limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    /// Answered by the service itself, which names its limits if it has any.
    #[default]
    Served,
    /// Answered by something in front of it, perhaps (a refusal, a redirect, 5xx), which names none either way.
    Mute,
    /// Too many requests.
    Refused,
}

impl Reading {
    pub(super) fn of(status: StatusCode, headers: &HeaderMap, now: impl FnOnce() -> Timestamp) -> Self {
        let number = |name| text(headers, name).and_then(|value| value.parse::<u32>().ok());
        let seconds = |name| number(name).map(|n| Duration::from_secs(n.into()));
        Self {
            limit: number("x-rate-limit-limit"),
            remaining: number("x-rate-limit-remaining"),
            window: seconds("x-rate-limit-window").filter(|window| !window.is_zero()),
            retry_after: retry_after_of(headers, now),
            status: match status {
                StatusCode::TOO_MANY_REQUESTS => Status::Refused,
                status if status.is_success() => Status::Served,
                _ => Status::Mute,
            },
        }
    }
}

/// The group's name as it came; names differ in case from place to place.
pub(super) fn group(headers: &HeaderMap) -> Option<&str> {
    text(headers, GROUP).filter(|name| !name.is_empty())
}

/// The group that an answer was counted against.
pub(crate) fn rate_group<B>(response: &Response<B>) -> Option<String> {
    group(response.headers()).map(str::to_ascii_lowercase)
}

/// How long the platform asks to wait, by an answer that came `now`.
pub(crate) fn retry_after<B>(response: &Response<B>, now: Timestamp) -> Option<Duration> {
    retry_after_of(response.headers(), || now)
}

fn retry_after_of(headers: &HeaderMap, now: impl FnOnce() -> Timestamp) -> Option<Duration> {
    let named = text(headers, "retry-after")?;
    if let Ok(seconds) = named.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    // A date counts from the answer's own `Date`: both are by the platform's clock. Ours has to do where there is none.
    let then = http_date(named)?;
    let began = text(headers, "date").and_then(http_date).unwrap_or_else(now);
    Some(until(began, then))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
}
