//! A platform request as handlers see it: decoded once, read many times.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::reply::ApiError;

/// One request, after the body has been read and the operation has been matched.
#[derive(Debug)]
pub(crate) struct Request {
    /// The method, after tunnelling (`X-HTTP-Method-Override`, `_method`).
    pub(crate) method: Method,
    /// The path as sent, without a trailing slash.
    pub(crate) path: String,
    /// The values of the template's placeholders: `accountId`, `extensionId` and so on, percent-decoded.
    pub(crate) params: Params,
    /// The query, decoded.
    pub(crate) query: Query,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The whole body.
    pub(crate) body: Bytes,
    /// `scheme://host:port` as the caller reached us; every link we hand out starts with it.
    pub(crate) origin: String,
}

impl Request {
    /// Whether it came by https.
    pub(crate) fn is_secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// A header's value as text, absent if empty or not text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)?
            .to_str()
            .ok()
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// The body's media type in lower case without its parameters, absent if none was sent.
    pub(crate) fn content_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase(),
        )
    }

    /// The body as JSON; `None` for an empty body and for `null`, which real clients send for "no body".
    pub(crate) fn json(&self) -> Result<Option<serde_json::Value>, ApiError> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        match serde_json::from_slice(&self.body) {
            Ok(serde_json::Value::Null) => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(ApiError::unparseable()),
        }
    }
}

/// The values of a template's placeholders.
#[derive(Debug, Default, Clone)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Collects placeholder values, decoding percent signs.
    pub(crate) fn new<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .map(|(name, value)| {
                    (
                        name.to_owned(),
                        percent_decode_str(value).decode_utf8_lossy().into_owned(),
                    )
                })
                .collect(),
        )
    }

    /// The value of placeholder `name`; empty if the template has none of that name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// The value of placeholder `name` as an id; anything else is "not found", as on the platform.
    pub(crate) fn id(&self, name: &'static str) -> Result<i64, ApiError> {
        self.get(name).parse().map_err(|_| ApiError::not_found(name))
    }
}

/// The pairs of `application/x-www-form-urlencoded` text, encoded as they came.
fn pairs_in(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Query or form parameters, in the order they came. Empty values count as absent.
#[derive(Debug, Default, Clone)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes `application/x-www-form-urlencoded` text.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = pairs_in(text).map(|(key, value)| (decode(key), decode(value)));
        Self(pairs.collect())
    }

    /// The first non-empty value of `key` in such text, without decoding the rest.
    pub(crate) fn first_in(text: &str, key: &str) -> Option<String> {
        pairs_in(text)
            .find(|(name, value)| !value.is_empty() && decode(name) == key)
            .map(|(_, value)| decode(value))
    }

    /// The first non-empty value of `key`.
    pub(crate) fn first(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, value)| name == key && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every value of `key`: repeated keys and comma lists both count.
    pub(crate) fn all(&self, key: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(name, _)| name == key)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// All pairs, as they came.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// An integer; anything else is `CMN-101` naming the parameter.
    pub(crate) fn int(&self, key: &'static str) -> Result<Option<i64>, ApiError> {
        self.first(key)
            .map(|value| {
                value
                    .trim()
                    .parse()
                    .map_err(|_| ApiError::invalid_parameter(key, "a whole number"))
            })
            .transpose()
    }

    /// A boolean: `true`, `false`, and PHP's `1` and `0`.
    pub(crate) fn bool(&self, key: &'static str) -> Result<Option<bool>, ApiError> {
        self.first(key)
            .map(|value| match value.trim() {
                "true" | "True" | "1" => Ok(true),
                "false" | "False" | "0" => Ok(false),
                _ => Err(ApiError::invalid_parameter(key, "true or false")),
            })
            .transpose()
    }

    /// A point in time in any of the forms the platform takes, from `2026` to a full RFC 3339 stamp with an offset.
    pub(crate) fn date(&self, key: &'static str) -> Result<Option<Timestamp>, ApiError> {
        self.first(key)
            .map(|value| {
                parse_time(value)
                    .ok_or_else(|| ApiError::invalid_parameter(key, "a date such as 2026-03-09T10:20:30Z"))
            })
            .transpose()
    }

    /// A phone number. Some clients do not encode its `+`, which form decoding turns into a space: it is put back.
    pub(crate) fn phone(&self, key: &str) -> Option<String> {
        self.first(key).map(|value| match value.strip_prefix(' ') {
            Some(digits) => format!("+{}", digits.trim()),
            None => value.trim().to_owned(),
        })
    }

    /// One of the listed words; anything else is `CMN-101` naming the parameter.
    pub(crate) fn one_of<'v>(
        &self,
        key: &'static str,
        allowed: &[&'v str],
    ) -> Result<Option<&'v str>, ApiError> {
        self.first(key).map(|value| pick(key, value, allowed)).transpose()
    }

    /// Any number of the listed words, repeated or as a comma list.
    pub(crate) fn any_of<'v>(
        &self,
        key: &'static str,
        allowed: &[&'v str],
    ) -> Result<Vec<&'v str>, ApiError> {
        self.all(key)
            .into_iter()
            .map(|value| pick(key, value, allowed))
            .collect()
    }
}

fn pick<'v>(key: &'static str, value: &str, allowed: &[&'v str]) -> Result<&'v str, ApiError> {
    allowed
        .iter()
        .find(|word| word.eq_ignore_ascii_case(value))
        .copied()
        .ok_or_else(|| ApiError::invalid_parameter(key, &format!("one of {}", allowed.join(", "))))
}

/// Decodes one form value: `+` is a space, `%XX` is a byte.
pub(crate) fn decode(text: &str) -> String {
    if !text.contains(['+', '%']) {
        return text.to_owned();
    }
    let spaced: Cow<'_, str> = if text.contains('+') {
        text.replace('+', " ").into()
    } else {
        text.into()
    };
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Reads a time as the platform does: year, month, day, minute, second or millisecond precision, with or without an
/// offset (UTC if absent). A space in front of the offset is a `+` that the client did not encode.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let mut text = text.trim().to_owned();
    if let Some((head, offset)) = text.rsplit_once(' ')
        && head.contains('T')
    {
        text = format!("{head}+{offset}");
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let full = match text.len() {
        4 => format!("{text}-01-01T00:00:00Z"),
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => format!("{text}Z"),
    };
    full.parse().ok()
}

#[cfg(test)]
mod tests;
