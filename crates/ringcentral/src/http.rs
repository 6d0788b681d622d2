//! The pipeline: how one call flows, top to bottom.

use std::pin::pin;
use std::sync::PoisonError;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request, StatusCode, Uri};
use tracing::Instrument;
use url::Url;

use crate::client::Inner;
use crate::clock::until;
use crate::error::{Error, ErrorKind, Result};
use crate::session::{Current, Version};
use crate::sync::Mutex;

mod body;
mod classify;
mod date;
mod departure;
mod download;
mod file;
mod media_type;
mod multipart;
mod observe;
mod pacing;
mod patience;
mod payload;
mod request;
mod response;
mod retry;
pub(crate) mod spans;
mod standard;
mod transport;

pub use body::Body;
pub use download::{Download, DownloadStream, Downloaded, Progress};
pub use multipart::{Multipart, Part};
pub use observe::Observation;
pub use pacing::{Priority, RateLimitPolicy};
pub use request::RequestBuilder;
pub use response::Response;
pub use retry::RetryPolicy;
pub use transport::{Transport, TransportError, TransportErrorKind};

pub(crate) use date::PlatformClock;
pub(crate) use departure::Departure;
pub(crate) use observe::Observer;
pub(crate) use pacing::{Gates, Operation, retry_after};
pub(crate) use patience::{Moved, wait_for};
pub(crate) use payload::Payload;
pub(crate) use response::request_id;
pub(crate) use retry::{RetryBudget, UNNAMED_PENALTY};
pub(crate) use standard::{Connections, Proxy, Standard};
pub(crate) use transport::RawResponse;

use classify::{Outcome, classify, unanswered};
use pacing::{Ask, Place};
use retry::Wish;

/// The largest answer that is read into memory; what may be larger is streamed.
pub(crate) const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A request that has been put together and checked, but not authorized: what each attempt starts from.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
    pub(crate) idempotent: bool,
    pub(crate) with_login: bool,
    /// What to do when the group's requests are used up; as the client says without it.
    pub(crate) rate_limit: Option<RateLimitPolicy>,
    pub(crate) priority: Priority,
    /// For one attempt.
    pub(crate) timeout: Option<Duration>,
    /// For all of it: waits, attempts and pauses.
    pub(crate) total_timeout: Option<Duration>,
}

/// How much of a successful answer the pipeline reads before it hands it on. A refusal is always read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Whole,
    Head,
}

impl Inner {
    /// Sends a call and reads the answer into memory.
    pub(crate) async fn execute(&self, call: &Call) -> Result<Response> {
        let answer = self.within_total(call, Reading::Whole).await?;
        Ok(Response::new(
            answer.map(|body| body.as_bytes().cloned().unwrap_or_default()),
        ))
    }

    /// Sends a call and hands the answer on while its body is still coming.
    pub(crate) async fn open(&self, call: &Call) -> Result<http::Response<Body>> {
        self.within_total(call, Reading::Head).await
    }

    /// The whole operation, under its own timeout and in its own span.
    async fn within_total(&self, call: &Call, reading: Reading) -> Result<http::Response<Body>> {
        let uri = checked(&call.url)?;
        let operation = Operation::new(&call.method, call.url.path());
        let span = spans::operation(&call.method, &operation);
        let under_way = UnderWay::default();
        let result = async {
            let mut run = pin!(self.run(call, &uri, &operation, reading, &under_way));
            match call.total_timeout.or(self.total_timeout) {
                None => run.await,
                Some(total) => tokio::select! {
                    biased;
                    result = &mut run => result,
                    () = self.clock().sleep(total) => Err(out_of_time(call, under_way.take())),
                },
            }
        }
        .instrument(span.clone())
        .await;
        spans::note_end(&span, result.as_ref());
        result
    }

    /// Authorize, gate, send, classify, maybe wait and repeat.
    async fn run(
        &self,
        call: &Call,
        uri: &Uri,
        operation: &Operation,
        reading: Reading,
        under_way: &UnderWay,
    ) -> Result<http::Response<Body>> {
        let mut ask = Ask {
            policy: call.rate_limit.unwrap_or(self.gates.usual().policy),
            priority: call.priority,
        };
        // Attempts and pauses; what a call waits at its gate has limits of its own.
        let mut spent = Duration::ZERO;
        let mut rejected: Option<Version> = None;
        // Whether the last retry took something of the budget, and whether an attempt may have taken effect unseen.
        let (mut has_taken, mut may_be_done) = (false, false);
        let mut attempt = 1;
        let mut resend = 0;
        loop {
            let mut login = self.authorize(call, rejected).await?;
            let place = self.wait_for_gate(operation, ask).await?;
            if place.has_waited() {
                // What a call is willing to wait is for all of its attempts together.
                ask = ask.after(place.waited());
                // The token may have died in the queue.
                login = self.authorize(call, rejected).await?;
            }
            let mut request = self.request(call, uri, login.as_ref()).await?;
            under_way.set(Departure::of(&mut request));
            let began = self.clock().now();
            let outcome = self
                .attempt(call, request, operation, place, reading, resend)
                .await;
            under_way.take();
            spent += until(began, self.clock().now());
            resend += 1;
            let error = match outcome {
                Outcome::Success(answer) => {
                    self.retry_budget().repay(has_taken);
                    return Ok(answer);
                }
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
            if may_be_done && call.method == Method::DELETE && error.status() == Some(StatusCode::NOT_FOUND) {
                self.retry_budget().repay(has_taken);
                return Ok(deleted_before(&error));
            }
            let wish = Wish::of(&error, call.idempotent);
            let limited = error.kind() == ErrorKind::RateLimited;
            let pause = match self.retry.pause(wish, attempt, spent, self.entropy()) {
                // A rate limit is the platform's own pacing; anything else may be a platform that is going down.
                Some(pause) if limited && ask.policy.allows(pause) => pause,
                Some(pause) if !limited && self.retry_budget().take() => pause,
                _ => return Err(error),
            };
            self.observer().tell(&Observation::Retry {
                method: &call.method,
                route: operation.route(),
                error: error.kind(),
                pause,
            });
            if !limited {
                // A penalty is waited for at the gate, which it has closed, behind those who wait there already.
                self.clock().sleep(pause).await;
                spent += pause;
            }
            has_taken = !limited;
            may_be_done |= !limited && !error.was_never_sent();
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

    async fn wait_for_gate(&self, operation: &Operation, ask: Ask) -> Result<Place> {
        let began = self.clock().now();
        let place = self.gates.pass(operation, ask).await?;
        let waited = until(began, self.clock().now());
        if waited > Duration::from_millis(1) {
            let route = operation.route();
            self.observer()
                .tell(&Observation::RateLimitWait { route, waited });
        }
        Ok(place)
    }

    async fn attempt(
        &self,
        call: &Call,
        request: Request<Body>,
        operation: &Operation,
        place: Place,
        reading: Reading,
        resend: u32,
    ) -> Outcome {
        let span = spans::request(&call.method, operation.route(), &call.url, resend);
        let sent = self.clock().now();
        let timeout = call.timeout.unwrap_or(self.timeout());
        let endpoint = self.session.endpoint();
        place.leaves();
        let answer = match reading {
            Reading::Whole => endpoint.send(request, timeout).instrument(span.clone()).await,
            Reading::Head => endpoint.open(request, timeout).instrument(span.clone()).await,
        };
        let answered = self.clock().now();
        spans::note_answer(&span, answer.as_ref());
        let outcome = match answer {
            Ok(answer) => {
                self.gates
                    .learn(operation, place, answer.status(), answer.headers());
                self.observer().tell_quota(answer.headers());
                classify(answer, answered, call.idempotent)
            }
            Err(error) => {
                if error.was_never_sent() {
                    place.give_back();
                }
                Outcome::Failure(unanswered(error, call.idempotent))
            }
        };
        self.observer().tell(&Observation::Attempt {
            method: &call.method,
            route: operation.route(),
            status: outcome.status(),
            error: outcome.result().err().map(Error::kind),
            took: until(sent, answered),
            resend,
        });
        outcome
    }

    async fn request(&self, call: &Call, uri: &Uri, login: Option<&Current>) -> Result<Request<Body>> {
        let mut request = Request::new(call.payload.body().await?);
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = uri.clone();
        request.extensions_mut().insert(call.url.clone());
        let headers = request.headers_mut();
        headers.clone_from(&call.headers);
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

/// The attempt that is on its way, if one is.
#[derive(Default)]
struct UnderWay(Mutex<Option<Departure>>);

impl UnderWay {
    fn set(&self, departure: Departure) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(departure);
    }

    fn take(&self) -> Option<Departure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The operation's own time is up, wherever it was.
fn out_of_time(call: &Call, attempt: Option<Departure>) -> Error {
    let may_be_done = attempt.is_some_and(|departure| !departure.call_back());
    if may_be_done && !call.idempotent {
        return Error::new(
            ErrorKind::OutcomeUnknown,
            "the time for the whole call ran out while the answer was awaited; it may have taken effect, so it was \
             not sent again",
        );
    }
    Error::new(ErrorKind::Timeout, "the time for the whole call ran out")
}

/// What is to be deleted is gone: an attempt before, whose answer was lost, has done it (`responses.md` of the developer
/// guide).
fn deleted_before(not_found: &Error) -> http::Response<Body> {
    let mut done = http::Response::new(Body::default());
    *done.status_mut() = StatusCode::NO_CONTENT;
    if let Some(id) = not_found
        .request_id()
        .and_then(|id| HeaderValue::try_from(id).ok())
    {
        done.headers_mut().insert("rcrequestid", id);
    }
    done
}

/// What the URL standard lets through and HTTP does not is found before anything is sent.
fn checked(url: &Url) -> Result<Uri> {
    Uri::try_from(url.as_str())
        .map_err(|error| Error::new(ErrorKind::Usage, "this address cannot be sent").with_source(error))
}

/// A URL that has been checked, as the HTTP types want it.
pub(crate) fn uri(url: &Url) -> Uri {
    Uri::try_from(url.as_str()).expect("a URL that was parsed is a URI")
}
