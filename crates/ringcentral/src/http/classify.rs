//! What an attempt came to.

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::Timestamp;

use super::body::Body;
use super::pacing::{rate_group, retry_after};
use super::response::request_id;
use super::transport::TransportError;
use crate::error::{Answer, ApiBody, Error, ErrorKind, Result};

/// How one attempt ended.
pub(super) enum Outcome {
    Success(Response<Body>),
    /// The platform does not accept the token. The request was not executed, so repeating it is safe for any method.
    Unauthorized(Error),
    Failure(Error),
}

impl Outcome {
    pub(super) fn result(&self) -> Result<&Response<Body>, &Error> {
        match self {
            Self::Success(answer) => Ok(answer),
            Self::Unauthorized(error) | Self::Failure(error) => Err(error),
        }
    }

    pub(super) fn status(&self) -> Option<StatusCode> {
        match self.result() {
            Ok(answer) => Some(answer.status()),
            Err(error) => error.status(),
        }
    }
}

/// Reads an answer. One that is no success has been read into memory.
pub(super) fn classify(response: Response<Body>, now: Timestamp, idempotent: bool) -> Outcome {
    let status = response.status();
    if status.is_success() {
        return Outcome::Success(response);
    }
    let body = response.body().as_bytes().map_or(&[][..], Bytes::as_ref);
    let answer = Answer {
        body: ApiBody::parse(body),
        request_id: request_id(&response),
        rate_group: rate_group(&response),
        ..Answer::default()
    };
    let error = Error::refused(status, answer).with_retry_after(retry_after(&response, now), now);
    // It may have got as far as its effect before something behind it broke.
    let error = if error.kind() == ErrorKind::Unavailable && !idempotent {
        error.with_unknown_outcome()
    } else {
        error
    };
    if status == StatusCode::UNAUTHORIZED && is_about_the_token(&error) {
        Outcome::Unauthorized(error)
    } else {
        Outcome::Failure(error)
    }
}

/// Whether a 401 is about the token: then a newer one may do. What the user or the application may not do at all, and what
/// a proxy says of itself, no token changes.
fn is_about_the_token(error: &Error) -> bool {
    [error.code(), error.symbol()]
        .into_iter()
        .flatten()
        .any(|code| code.starts_with("OAU-") || matches!(code, "AGW-401" | "TokenInvalid" | "TokenExpired"))
}

/// Reads a missing answer: what may have taken effect and must not be repeated has an unknown outcome.
pub(super) fn unanswered(error: TransportError, idempotent: bool) -> Error {
    if idempotent || !error.may_have_taken_effect() {
        error.into_error()
    } else {
        error.into_unknown_outcome()
    }
}
