//! The pipeline: how one call flows, top to bottom.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request, StatusCode, Uri};
use tracing::Instrument;
use url::Url;

use crate::client::Inner;
use crate::clock::until;
use crate::error::{Answer, ApiBody, Error, ErrorKind, Result};
use crate::session::{Current, Version};

mod date;
mod pacing;
mod request;
mod response;
mod retry;
mod transport;

pub use pacing::{Priority, RateLimitPolicy};
pub use request::RequestBuilder;
pub use response::Response;
pub use retry::RetryPolicy;
pub use transport::{RawResponse, Transport, TransportError, TransportErrorKind};

pub(crate) use date::PlatformClock;
pub(crate) use pacing::{Gates, Operation, retry_after};
pub(crate) use response::request_id;
pub(crate) use transport::{Reqwest, send_within};

use pacing::{Place, rate_group};
use retry::Wish;

/// A request that has been put together and checked, but not authorized: what each attempt starts from.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) idempotent: bool,
    pub(crate) with_login: bool,
    pub(crate) timeout: Option<Duration>,
}

/// How one attempt ended.
enum Outcome {
    Success(RawResponse),
    /// The platform did not know the token. The request was not executed, so repeating it is safe for any method.
    Unauthorized(Error),
    Failure(Error),
}

impl Inner {
    /// Authorize, gate, send, classify, maybe wait and repeat.
    pub(crate) async fn execute(&self, call: &Call) -> Result<Response> {
        let operation = Operation::new(&call.method, call.url.path());
        let started = self.clock().now();
        let mut rejected: Option<Version> = None;
        let mut attempt = 1;
        loop {
            let login = self.authorize(call, rejected).await?;
            let place = self.gates.pass(&operation, self.gates.usual()).await?;
            let outcome = self
                .attempt(call, login.as_ref(), &operation, place, attempt)
                .await;
            let error = match outcome {
                Outcome::Success(response) => return Ok(Response::new(response)),
                Outcome::Unauthorized(error) => match login {
                    // Once: a second 401 in a row is an answer, not an accident.
                    Some(login) if rejected.is_none() => {
                        rejected = Some(login.version);
                        continue;
                    }
                    _ => return Err(error),
                },
                Outcome::Failure(error) => error,
            };
            let spent = until(started, self.clock().now());
            let wish = Wish::of(&error, call.idempotent);
            let limited = error.kind() == ErrorKind::RateLimited;
            match self.retry.pause(wish, attempt, spent, self.entropy()) {
                Some(pause) if !limited || self.gates.may_wait(pause) => self.clock().sleep(pause).await,
                _ => return Err(error),
            }
            attempt += 1;
        }
    }

    /// The token for this attempt: asked for each time, so that a retry after a wait does not carry a dead one.
    async fn authorize(&self, call: &Call, rejected: Option<Version>) -> Result<Option<Current>> {
        if call.with_login {
            self.session.authorize(rejected).await.map(Some)
        } else {
            Ok(None)
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        login: Option<&Current>,
        operation: &Operation,
        place: Place,
        attempt: u32,
    ) -> Outcome {
        let span = tracing::debug_span!(
            "http.attempt",
            http.request.method = %call.method,
            http.request.resend_count = attempt - 1,
            http.response.status_code = tracing::field::Empty,
            rc.request_id = tracing::field::Empty,
        );
        let request = match self.request(call, login) {
            Ok(request) => request,
            Err(error) => return Outcome::Failure(error),
        };
        let timeout = call.timeout.unwrap_or(self.timeout());
        place.leaves();
        let answer = self
            .session
            .endpoint()
            .send(request, timeout)
            .instrument(span.clone())
            .await;
        match answer {
            Ok(response) => {
                span.record("http.response.status_code", response.status().as_u16());
                if let Some(id) = request_id(&response) {
                    span.record("rc.request_id", id);
                }
                self.gates
                    .learn(operation, place, response.status(), response.headers());
                classify(response)
            }
            Err(error) => {
                if error.was_never_sent() {
                    place.give_back();
                }
                Outcome::Failure(if error.was_never_sent() || call.idempotent {
                    error.into_error()
                } else {
                    error.into_unknown_outcome()
                })
            }
        }
    }

    fn request(&self, call: &Call, login: Option<&Current>) -> Result<Request<Bytes>> {
        let mut request = Request::new(call.body.clone());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = uri(&call.url);
        *request.headers_mut() = call.headers.clone();
        let headers = request.headers_mut();
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        headers
            .entry(USER_AGENT)
            .or_insert_with(|| self.user_agent().clone());
        headers
            .entry(HeaderName::from_static("x-user-agent"))
            .or_insert_with(|| self.user_agent().clone());
        if let Some(login) = login {
            let mut bearer =
                HeaderValue::try_from(format!("Bearer {}", login.access_token().expose_secret()))
                    .map_err(|_| Error::new(ErrorKind::Store, "the stored access token cannot be sent"))?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        Ok(request)
    }
}

fn classify(response: RawResponse) -> Outcome {
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
    let error = Error::new(kind, what)
        .with_retry_after(retry_after(&response))
        .with_answer(Answer {
            status: Some(status),
            body: ApiBody::parse(response.body()),
            request_id: request_id(&response),
            rate_group: rate_group(&response),
        });
    if status == StatusCode::UNAUTHORIZED {
        Outcome::Unauthorized(error)
    } else {
        Outcome::Failure(error)
    }
}

/// A URL that has been checked, as the HTTP types want it.
pub(crate) fn uri(url: &Url) -> Uri {
    Uri::try_from(url.as_str()).expect("a URL that was parsed is a URI")
}
