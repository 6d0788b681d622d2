//! One request out, one answer back. reqwest is behind this trait and nowhere else.

use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use http::{Request, Response};

use super::body::Body;
use super::standard::{Connections, Standard};
use crate::BoxFuture;
use crate::error::{Error, ErrorKind, Result};

/// An answer whose body has been read into memory.
pub(crate) type RawResponse = Response<Bytes>;

/// How requests travel: replace it to use another HTTP stack, or to script answers in a test.
///
/// An implementation sends the request once and returns whatever came back, errors of the platform included. It
/// must not follow redirects and must not retry: both are decided above, where it is known what is safe. The future
/// may be dropped at any time, which gives the request up.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use ringcentral::{App, Body, BoxFuture, Client, Transport, TransportError};
///
/// /// Counts requests, and leaves the rest to the usual transport.
/// #[derive(Debug)]
/// struct Counting {
///     requests: AtomicU64,
///     usual: Arc<dyn Transport>,
/// }
///
/// impl Transport for Counting {
///     fn send(
///         &self,
///         request: http::Request<Body>,
///     ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
///         self.requests.fetch_add(1, Ordering::Relaxed);
///         self.usual.send(request)
///     }
/// }
///
/// # fn main() -> ringcentral::Result<()> {
/// let counting = Arc::new(Counting { requests: AtomicU64::new(0), usual: <dyn Transport>::standard()? });
/// let client = Client::builder(App::public("my-client-id")).transport(counting).build()?;
/// # drop(client);
/// # Ok(()) }
/// ```
pub trait Transport: Send + Sync + fmt::Debug + 'static {
    /// Sends one request, and resolves when the head of the answer is there; its body may still be coming.
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>>;
}

impl dyn Transport {
    /// The transport of a client that names no other, to be wrapped by one that watches what goes by.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when it cannot start, for instance because the system's certificates cannot be read.
    pub fn standard() -> Result<std::sync::Arc<dyn Transport>> {
        Ok(std::sync::Arc::new(Standard::new(&Connections::default())?))
    }
}

/// Why no answer came. What is said by its kind decides whether the request may be sent again.
///
/// ```
/// use ringcentral::{Body, BoxFuture, Transport, TransportError, TransportErrorKind};
///
/// /// For a test of what a program does without a network.
/// #[derive(Debug)]
/// struct Unplugged;
///
/// impl Transport for Unplugged {
///     fn send(
///         &self,
///         _request: http::Request<Body>,
///     ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
///         let error = TransportError::new(TransportErrorKind::Connect)
///             .with_source(std::io::Error::other("the cable is not plugged in"));
///         Box::pin(std::future::ready(Err(error)))
///     }
/// }
/// ```
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What is known about a request that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was made, or none that took the request, so nothing was sent.
    Connect,
    /// The request was sent, at least in part, and its answer was lost.
    Lost,
    /// The answer did not come in time.
    Timeout,
    /// The answer came and is larger than is read into memory.
    TooLarge,
    /// What was to be sent could not be read to its end, so the platform got a part of it at most and cannot have
    /// taken it for the whole.
    Upload,
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

    /// Whether the platform may have done what was asked, although no answer says so.
    pub(crate) fn may_have_taken_effect(&self) -> bool {
        match self.kind {
            TransportErrorKind::Connect | TransportErrorKind::Upload => false,
            TransportErrorKind::Lost | TransportErrorKind::Timeout | TransportErrorKind::TooLarge => true,
        }
    }

    pub(crate) fn into_error(self) -> Error {
        let (kind, what) = match self.kind {
            TransportErrorKind::Connect => (ErrorKind::Network, "the platform cannot be reached"),
            TransportErrorKind::Lost => (ErrorKind::Network, "the connection broke before the answer came"),
            TransportErrorKind::Timeout => (ErrorKind::Timeout, "the platform did not answer in time"),
            TransportErrorKind::TooLarge => (ErrorKind::Decode, "the answer is too large"),
            TransportErrorKind::Upload => (
                ErrorKind::Usage,
                "what was to be sent could not be read to its end; the platform did not get it",
            ),
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
            TransportErrorKind::Upload => "what was to be sent could not be read",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
