//! What an attempt came to.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::body::Body;
use super::rate_limit::{rate_group, retry_after};
use super::response::request_id;
use super::transport::TransportError;
use crate::error::{Answer, ApiBody, Error, ErrorKind, Result};

/// How one attempt ended.
pub(super) enum Outcome {
    Success(Response<Body>),
    /// The platform did not know the token. The request was not executed, so repeating it is safe for any method.
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
pub(super) fn classify(response: Response<Body>) -> Outcome {
    let status = response.status();
    if status.is_success() {
        return Outcome::Success(response);
    }
    let (kind, what) = match status {
        StatusCode::TOO_MANY_REQUESTS => (ErrorKind::RateLimited, "RingCentral counts too many requests"),
        status if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
            (ErrorKind::Unavailable, "RingCentral cannot serve this just now")
        }
        // Redirects are not followed: the bearer would go wherever they point.
        status if status.is_redirection() => (ErrorKind::Api, "RingCentral answered with a redirect"),
        _ => (ErrorKind::Api, "RingCentral refused the request"),
    };
    let body = response.body().as_bytes().map_or(&[][..], Bytes::as_ref);
    let error = Error::new(kind, what)
        .with_retry_after(retry_after(&response))
        .with_answer(Answer {
            status: Some(status),
            body: ApiBody::parse(body),
            request_id: request_id(&response),
            rate_group: rate_group(&response),
        });
    if status == StatusCode::UNAUTHORIZED {
        Outcome::Unauthorized(error)
    } else {
        Outcome::Failure(error)
    }
}

/// Reads a missing answer: what may have taken effect and must not be repeated has an unknown outcome.
pub(super) fn unanswered(error: TransportError, idempotent: bool) -> Error {
    if idempotent || !error.may_have_taken_effect() {
        error.into_error()
    } else {
        error.into_unknown_outcome()
    }
}
