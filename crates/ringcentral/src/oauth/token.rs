//! Token answers: from bytes to a token set with absolute expiries, or to a class of failure.

use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::clock::later;
use crate::error::{Answer, ApiBody, Error, ErrorKind};
use crate::http::{RawResponse, request_id, retry_after};
use crate::secret::{AccessToken, RefreshToken, SecretText};
use crate::session::{LoginKind, TokenInfo, TokenSet};
use crate::types::ExtensionId;

/// A larger token answer is none.
const LARGEST: usize = 256 * 1024;

/// No access token lives longer than a day; a server that says so is not believed further.
const LONGEST_ACCESS: u64 = 86_400;

/// Nor a refresh token longer than a year.
const LONGEST_REFRESH: u64 = 366 * 86_400;

/// What an answer is read for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// When the request was sent: lifetimes count from there, so that a slow answer never makes a token look
    /// younger than it is.
    pub(super) sent_at: Timestamp,
    pub(super) login_kind: LoginKind,
    /// Where in 0..1 the jitter of the refresh point falls.
    pub(super) jitter: f64,
    /// Whether a refused grant means that a login has ended, or that an attempt to log in has failed.
    pub(super) is_refresh: bool,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretText,
    token_type: String,
    expires_in: Value,
    refresh_token: Option<SecretText>,
    refresh_token_expires_in: Option<Value>,
    scope: Option<String>,
    owner_id: Option<ExtensionId>,
    endpoint_id: Option<String>,
    session_id: Option<String>,
}

/// Reads an answer of the token endpoint, which came `now`.
pub(super) fn read(response: &RawResponse, reading: Reading, now: Timestamp) -> Result<TokenSet, Error> {
    if response.status() == StatusCode::OK {
        token_set(response.body(), reading).ok_or_else(|| {
            Error::new(
                ErrorKind::Decode,
                "the token endpoint answered with something that is not a token set",
            )
            .with_answer(answer(response, ApiBody::default()))
        })
    } else {
        Err(refusal(response, reading).with_retry_after(retry_after(response, now), now))
    }
}

fn token_set(body: &[u8], reading: Reading) -> Option<TokenSet> {
    if body.len() > LARGEST {
        return None;
    }
    let answer: TokenAnswer = serde_json::from_slice(body).ok()?;
    if answer.access_token.as_str().is_empty() || !answer.token_type.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let life = seconds(&answer.expires_in, LONGEST_ACCESS)?;
    let refresh_token = answer.refresh_token.filter(|token| !token.as_str().is_empty());
    let refresh_life = match (&refresh_token, &answer.refresh_token_expires_in) {
        (Some(_), Some(value)) => Some(seconds(value, LONGEST_REFRESH)?),
        // A refresh token of unknown life is good until the platform says otherwise.
        (Some(_), None) => Some(Duration::from_secs(LONGEST_REFRESH)),
        (None, _) => None,
    };
    Some(TokenSet {
        access_token: AccessToken::from(answer.access_token.as_str()),
        refresh_token: refresh_token.map(|token| RefreshToken::from(token.as_str())),
        info: TokenInfo {
            owner_id: answer.owner_id,
            scope: answer
                .scope
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            issued_at: reading.sent_at,
            refresh_at: later(reading.sent_at, life.mul_f64(0.75 + 0.1 * reading.jitter)),
            expires_at: later(reading.sent_at, life),
            refresh_expires_at: refresh_life.map(|life| later(reading.sent_at, life)),
            endpoint_id: answer.endpoint_id,
            session_id: answer.session_id,
            login_kind: reading.login_kind,
            platform_ahead: SignedDuration::ZERO,
        },
    })
}

/// A lifetime: a positive number, or text that says one. More than `longest` counts as `longest`.
fn seconds(value: &Value, longest: u64) -> Option<Duration> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    let usable = number.is_finite() && number >= 1.0;
    #[expect(clippy::cast_precision_loss, reason = "both limits are far below 2^52")]
    usable.then(|| Duration::from_secs_f64(number.min(longest as f64)))
}

/// Which end a refusal makes. Only `invalid_grant` ends a login; everything else leaves it as it is.
fn refusal(response: &RawResponse, reading: Reading) -> Error {
    // A page that quotes the request would quote its secrets.
    let body = ApiBody::parse(response.body()).without_raw();
    let oauth_error = body.oauth_error.as_deref().unwrap_or_default();
    let code = body.code.as_deref().unwrap_or_default();
    let status = response.status();
    let (kind, what) = match (status.as_u16(), oauth_error) {
        (429, _) => (ErrorKind::RateLimited, "too many token requests"),
        (408 | 500..=599, _) => (ErrorKind::Unavailable, "the token endpoint cannot serve just now"),
        (300..=399, _) => (
            ErrorKind::Decode,
            "the token endpoint answered with a redirect, which was not followed",
        ),
        // Before `invalid_grant`: a refresh token shown by another application is refused with that word too, and then
        // it is the setting that is wrong, not the login that has ended.
        (400..=499, _) if of_the_application(code).is_some() => (
            ErrorKind::InvalidClient,
            of_the_application(code).unwrap_or_default(),
        ),
        (400..=499, "invalid_grant") if reading.is_refresh => {
            (ErrorKind::LoginRequired, "the login has ended")
        }
        (400..=499, "unauthorized_client") => (ErrorKind::InvalidClient, NO_SUCH_GRANT),
        (400..=499, "invalid_client") => (ErrorKind::InvalidClient, NOT_ACCEPTED),
        (401, "") if reading.is_refresh && code.is_empty() => (ErrorKind::InvalidClient, NOT_ACCEPTED),
        (400..=499, _) if reading.is_refresh => (ErrorKind::Api, "the refresh was refused"),
        (400..=499, _) => (ErrorKind::LoginFailed, "the login was refused"),
        _ => (
            ErrorKind::Decode,
            "the token endpoint answered in an unexpected way",
        ),
    };
    Error::new(kind, what).with_answer(answer(response, body))
}

const NOT_ACCEPTED: &str =
    "the platform does not accept this application; check its client id and client secret";
const NO_SUCH_GRANT: &str =
    "the application may not log in this way; enable this grant in its settings, or use another one";

/// What is wrong with the application, when the platform's code says that it is the application (`errors.md` of the
/// developer guide). No login has ended by it.
fn of_the_application(code: &str) -> Option<&'static str> {
    Some(match code {
        "OAU-146" => "the platform does not accept this application; check its client secret",
        "OAU-120" | "OAU-121" | "OAU-123" | "OAU-153" | "OAU-164" => {
            "the platform does not accept this application; check its client id, and that it belongs to this server"
        }
        "OAU-112" | "OAU-125" | "OAU-251" => NO_SUCH_GRANT,
        "OAU-127" | "OAU-167" => {
            "the platform has blocked this application, or restricted its account; ask its owner"
        }
        _ => return None,
    })
}

fn answer(response: &RawResponse, body: ApiBody) -> Answer {
    Answer {
        status: Some(response.status()),
        body,
        request_id: request_id(response),
        rate_group: None,
    }
}

#[cfg(test)]
mod tests;
