//! One request out, one answer back. reqwest is behind this trait and nowhere else.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};

use crate::BoxFuture;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// An answer as it came, body and all.
pub type RawResponse = Response<Bytes>;

/// The largest body that is read into memory.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// How requests travel: replace it to use another HTTP stack, or to script answers in a test.
///
/// An implementation sends the request once and returns whatever came back, errors of the platform included. It
/// must not follow redirects and must not retry: both are decided above, where it is known what is safe.
pub trait Transport: Send + Sync + fmt::Debug + 'static {
    /// Sends one request and reads the whole answer.
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<RawResponse, TransportError>>;
}

impl dyn Transport {
    /// The transport of a client that names no other, to be wrapped by one that watches what goes by.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when it cannot start, for instance because the system's certificates cannot be read.
    pub fn standard() -> Result<std::sync::Arc<dyn Transport>> {
        Ok(std::sync::Arc::new(Reqwest::new()?))
    }
}

/// Why no answer came.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What is known about a request that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The connection was never made, so nothing was sent.
    Connect,
    /// The request was sent, at least in part, and its answer was lost.
    Lost,
    /// The answer did not come in time.
    Timeout,
    /// The answer came and is larger than is read into memory.
    TooLarge,
}

impl TransportError {
    /// An error of this kind.
    pub fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause, which must be free of secrets.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What is known about the request.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    pub(crate) fn was_never_sent(&self) -> bool {
        self.kind == TransportErrorKind::Connect
    }

    pub(crate) fn into_error(self) -> Error {
        let (kind, what) = match self.kind {
            TransportErrorKind::Connect => (ErrorKind::Network, "the platform cannot be reached"),
            TransportErrorKind::Lost => (ErrorKind::Network, "the connection broke before the answer came"),
            TransportErrorKind::Timeout => (ErrorKind::Timeout, "the platform did not answer in time"),
            TransportErrorKind::TooLarge => (ErrorKind::Decode, "the answer is too large"),
        };
        let error = Error::new(kind, what);
        let error = if self.was_never_sent() {
            error.with_nothing_sent()
        } else {
            error
        };
        error.with_cause(self.source)
    }

    pub(crate) fn into_unknown_outcome(self) -> Error {
        Error::new(
            ErrorKind::OutcomeUnknown,
            "the request was sent and its answer was lost; it may have taken effect, so it was not sent again",
        )
        .with_cause(self.source)
    }

    pub(crate) fn into_lost_login(self) -> Error {
        Error::new(
            ErrorKind::Network,
            "the answer to the login was lost, and its code is good only once; log in again",
        )
        .with_cause(self.source)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection",
            TransportErrorKind::Lost => "the connection broke",
            TransportErrorKind::Timeout => "no answer in time",
            TransportErrorKind::TooLarge => "the answer is too large",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Sends one request, and gives up waiting after `timeout`.
pub(crate) async fn send_within(
    transport: &dyn Transport,
    request: Request<Bytes>,
    timeout: Duration,
    clock: &dyn Clock,
) -> Result<RawResponse, TransportError> {
    tokio::select! {
        biased;
        answer = transport.send(request) => answer,
        () = clock.sleep(timeout) => Err(TransportError::new(TransportErrorKind::Timeout)),
    }
}

/// The transport of a [`Client`](crate::Client) that names no other: pooled connections, TLS by rustls, gzip, the
/// proxy of the environment.
#[derive(Clone, Debug)]
pub(crate) struct Reqwest(reqwest::Client);

impl Reqwest {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where an HTTP client is made"
    )]
    pub(crate) fn new() -> Result<Self> {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map(Self)
            .map_err(|error| Error::new(ErrorKind::Config, "the HTTP client cannot start").with_source(error))
    }
}

impl Transport for Reqwest {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<RawResponse, TransportError>> {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request.map(reqwest::Body::from)).map_err(failed)?;
            let mut answer = self.0.execute(request).await.map_err(failed)?;
            let mut body = BytesMut::new();
            while let Some(chunk) = answer.chunk().await.map_err(failed)? {
                if body.len() + chunk.len() > LARGEST_BODY {
                    return Err(TransportError::new(TransportErrorKind::TooLarge));
                }
                body.extend_from_slice(&chunk);
            }
            let mut response = Response::new(body.freeze());
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(response)
        })
    }
}

fn failed(error: reqwest::Error) -> TransportError {
    let kind = match () {
        () if error.is_connect() || error.is_builder() => TransportErrorKind::Connect,
        () if error.is_timeout() => TransportErrorKind::Timeout,
        () => TransportErrorKind::Lost,
    };
    // The address may hold what belongs to the user; the caller knows where it was sending.
    TransportError::new(kind).with_source(error.without_url())
}
