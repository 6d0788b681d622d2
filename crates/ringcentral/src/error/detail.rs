//! One of the errors that an answer names, with what the platform says about it.

use std::fmt;

use serde_json::Value;

use super::body::text;

/// Parameters whose value is a secret: it is dropped, for the platform may quote what it was sent.
const SECRETS: [&str; 13] = [
    "access_token",
    "assertion",
    "authorization",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "password",
    "pin",
    "refresh_token",
    "state",
    "token",
];

/// One error of an answer; [`Error::details`](crate::Error::details) lists them all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorDetail {
    /// The platform's code, such as `CMN-101`.
    pub code: Option<String>,
    /// The platform's words; they may be in the user's language.
    pub message: Option<String>,
    /// What the platform objects to.
    pub parameters: Vec<ErrorParameter>,
    /// The permission that is missing.
    pub permission: Option<String>,
    /// How many items a list may have.
    pub max_items: Option<u64>,
    /// What a value must lie between.
    pub range: Option<String>,
}

/// A parameter that the platform objects to.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorParameter {
    /// Its name, such as `dateFrom`.
    pub name: String,
    /// The value that was sent. It belongs to the caller (a phone number, say), so `Debug` leaves it out.
    pub value: Option<String>,
}

impl ErrorDetail {
    /// Reads one object: an element of `errors[]`, or the answer itself, where the first error is repeated.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let mut parameters = Vec::from_iter(ErrorParameter::read(value));
        for parameter in value["parameters"].as_array().into_iter().flatten() {
            parameters.extend(ErrorParameter::read(parameter).filter(|new| !parameters.contains(new)));
        }
        let detail = Self {
            // SCIM (RFC 7644, section 3.12) says `scimType` and `detail`.
            code: text(&value["errorCode"]).or_else(|| text(&value["scimType"])),
            message: text(&value["message"]).or_else(|| text(&value["detail"])),
            parameters,
            permission: text(&value["permissionName"]),
            max_items: value["parameterMaxItemCount"].as_u64(),
            range: written(&value["parameterRange"]),
        };
        (detail != Self::default()).then_some(detail)
    }
}

impl ErrorParameter {
    fn read(value: &Value) -> Option<Self> {
        let name = text(&value["parameterName"])?;
        let is_secret = SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret));
        Some(Self {
            value: written(&value["parameterValue"]).filter(|_| !is_secret),
            name,
        })
    }
}

/// A value as text, whether or not it came as such.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(_) => text(value),
        other => text(&Value::String(other.to_string())),
    }
}

impl fmt::Debug for ErrorParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorParameter")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
