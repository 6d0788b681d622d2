//! The platform's error bodies, in all their shapes, read into one.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use super::detail::ErrorDetail;

/// The longest piece of the platform's text that an error keeps.
const LONGEST: usize = 400;

/// A larger body is no error of the platform's, and is not read.
const LARGEST: usize = 256 * 1024;

/// How much of a body is kept as it came.
const KEPT: usize = 64 * 1024;

/// As many characters without a break may be a token that somebody quotes.
const TOKEN_LIKE: usize = 40;

/// What an error body says. Reading one never fails: an HTML page or an empty body says nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct ApiBody {
    pub(crate) code: Option<String>,
    /// The outer code, when it is another one.
    pub(crate) symbol: Option<String>,
    pub(crate) oauth_error: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) parameter: Option<String>,
    pub(crate) permission: Option<String>,
    pub(crate) details: Vec<ErrorDetail>,
    pub(crate) raw: Bytes,
}

impl ApiBody {
    /// Reads the shapes of the classic API, the newer services, the gateway, SCIM and OAuth.
    ///
    /// The code is the first with a number, from the outside in: the outer one may be a mere symbol such as
    /// `InsufficientPermissions` while the inner one says `CMN-408`. A symbol is better than nothing.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let raw = Bytes::copy_from_slice(&body[..body.len().min(KEPT)]);
        let Some(value) = json(body) else {
            return Self {
                raw,
                ..Self::default()
            };
        };
        let outer = ErrorDetail::read(&value);
        let inner: Vec<ErrorDetail> = value["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(ErrorDetail::read)
            .collect();
        let all = || outer.iter().chain(&inner);
        let chosen = all()
            .find(|detail| detail.code.as_deref().is_some_and(is_numbered))
            .or_else(|| inner.iter().chain(&outer).find(|detail| detail.code.is_some()))
            .or_else(|| all().next());
        // What the chosen one does not say, its repetition may: the first error stands outside, too.
        let told = [chosen, outer.as_ref(), inner.first()];
        let said = |part: fn(&ErrorDetail) -> Option<&String>| {
            told.iter().flatten().copied().find_map(part).cloned()
        };
        let code = said(|detail| detail.code.as_ref());
        Self {
            symbol: outer
                .as_ref()
                .and_then(|outer| outer.code.clone())
                .filter(|symbol| code.as_ref() != Some(symbol)),
            oauth_error: text(&value["error"]),
            message: said(|detail| detail.message.as_ref()).or_else(|| text(&value["error_description"])),
            parameter: said(|detail| detail.parameters.first().map(|parameter| &parameter.name)),
            permission: said(|detail| detail.permission.as_ref()),
            details: if inner.is_empty() {
                Vec::from_iter(outer)
            } else {
                inner
            },
            code,
            raw,
        }
    }

    /// An error that came in a login redirect rather than in a body.
    pub(crate) fn oauth(error: &str, description: Option<&str>) -> Self {
        Self {
            oauth_error: Some(shorten(error)),
            message: description.map(shorten),
            ..Self::default()
        }
    }

    /// Without the bytes themselves, where they may quote what was sent.
    pub(crate) fn without_raw(self) -> Self {
        Self {
            raw: Bytes::new(),
            ..self
        }
    }
}

/// The body as JSON, whatever its encoding claims to be: what is not UTF-8 spoils one letter, not all of it.
fn json(body: &[u8]) -> Option<Value> {
    if body.len() > LARGEST {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()
}

/// `CMN-408`, `SMS-RC-413`; not `TokenInvalid`.
fn is_numbered(code: &str) -> bool {
    code.rsplit_once('-').is_some_and(|(prefix, number)| {
        !prefix.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    })
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(shorten)
}

/// One line of bounded length without anything that may be a token: what a server says may be long, may hold
/// control characters, and may quote what it was sent.
fn shorten(text: &str) -> String {
    let mut line = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = rest.find(|c| !is_of_a_token(c)).unwrap_or(rest.len());
        let taken = if run == 0 { first.len_utf8() } else { run };
        line.push_str(if run >= TOKEN_LIKE { "…" } else { &rest[..taken] });
        rest = &rest[taken..];
    }
    line.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect()
}

fn is_of_a_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '=')
}

impl fmt::Debug for ApiBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiBody")
            .field("code", &self.code)
            .field("symbol", &self.symbol)
            .field("oauth_error", &self.oauth_error)
            .field("message", &self.message)
            .field("details", &self.details)
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
