//! The transport of a client that names no other: reqwest, and nowhere else.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use futures_util::stream;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Request, Response};
use url::Url;

use super::body::Body;
use super::departure::{Departing, Departure, Hold};
use super::transport::{Transport, TransportError, TransportErrorKind};
use crate::BoxFuture;
use crate::error::{Error, ErrorKind, Result};

/// How connections are made: the proxy and the certificate authorities.
#[derive(Clone, Default)]
pub(crate) struct Connections {
    /// `None` asks the environment (`HTTPS_PROXY` and its like).
    pub(crate) proxy: Option<Proxy>,
    /// Certificate authorities in PEM, beside those of the system.
    pub(crate) root_certificates: Vec<Vec<u8>>,
}

#[derive(Clone)]
pub(crate) enum Proxy {
    None,
    /// Its address may hold a password.
    At(String),
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").finish_non_exhaustive()
    }
}

/// Pooled connections, TLS by rustls, gzip.
#[derive(Clone, Debug)]
pub(crate) struct Standard(reqwest::Client);

impl Standard {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where an HTTP client is made"
    )]
    pub(crate) fn new(connections: &Connections) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(10));
        builder = match &connections.proxy {
            None => builder,
            Some(Proxy::None) => builder.no_proxy(),
            Some(Proxy::At(address)) => builder.proxy(proxy(address)?),
        };
        for pem in &connections.root_certificates {
            builder = builder.tls_certs_merge(certificates(pem)?);
        }
        builder.build().map(Self).map_err(|error| {
            // What is no certificate in spite of its form is found only here.
            let what = if connections.root_certificates.is_empty() {
                Error::new(ErrorKind::Config, "the HTTP client cannot start")
            } else {
                unreadable_certificate()
            };
            what.with_source(error)
        })
    }
}

fn proxy(address: &str) -> Result<reqwest::Proxy> {
    let wrong = || {
        // The address is not repeated and no cause is attached: it may hold a password.
        Error::new(
            ErrorKind::Config,
            "the address of the proxy is wrong; it is written like http://proxy.example.com:3128",
        )
    };
    let url = Url::parse(address).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong());
    }
    reqwest::Proxy::all(address).map_err(|_| wrong())
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>> {
    let certificates = reqwest::Certificate::from_pem_bundle(pem)
        .map_err(|error| unreadable_certificate().with_source(error))?;
    if certificates.is_empty() {
        return Err(unreadable_certificate());
    }
    Ok(certificates)
}

fn unreadable_certificate() -> Error {
    Error::new(
        ErrorKind::Config,
        "the root certificate cannot be read; it is PEM text with BEGIN CERTIFICATE in it",
    )
}

impl Transport for Standard {
    fn send(&self, mut request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let departure = Departure::of(&mut request);
            let hold = departure.hold();
            let answer = self.0.execute(outgoing(request, departure)?).await;
            let mut answer = answer.map_err(|error| unanswered(error, &hold))?;
            let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
            let length = answer.content_length();
            let chunks = stream::try_unfold(answer, |mut answer| async move {
                let chunk = answer.chunk().await.map_err(failed)?;
                Ok(chunk.map(|chunk| (chunk, answer)))
            });
            let mut response = Response::new(Body::stream(chunks, length));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}

fn outgoing(request: Request<Body>, departure: Departure) -> Result<reqwest::Request, TransportError> {
    let (mut head, body) = request.into_parts();
    // The pipeline sends the address along as it was checked, so that it is not read a second time.
    let url = match head.extensions.remove::<Url>() {
        Some(url) => url,
        None => Url::parse(&head.uri.to_string())
            .map_err(|error| TransportError::new(TransportErrorKind::Connect).with_source(error))?,
    };
    let mut outgoing = reqwest::Request::new(head.method, url);
    *outgoing.headers_mut() = head.headers;
    let length = body.length();
    let body = if let Some(bytes) = body.as_bytes() {
        reqwest::Body::from(bytes.clone())
    } else if length == Some(0) {
        // A stream that has nothing would not be asked for it.
        reqwest::Body::default()
    } else {
        if let Some(length) = length {
            outgoing
                .headers_mut()
                .insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        reqwest::Body::wrap_stream(body.into_stream())
    };
    *outgoing.body_mut() = Some(reqwest::Body::wrap(Departing::new(body, departure)));
    Ok(outgoing)
}

fn unanswered(error: reqwest::Error, hold: &Hold) -> TransportError {
    let failure = failed(error);
    // A new connection may be gone before it has taken anything.
    if hold.is_unbroken() && failure.may_have_taken_effect() {
        return TransportError::new(TransportErrorKind::Connect).with_source(failure);
    }
    failure
}

fn failed(error: reqwest::Error) -> TransportError {
    let kind = match () {
        () if error.is_connect() || error.is_builder() => TransportErrorKind::Connect,
        () if error.is_timeout() => TransportErrorKind::Timeout,
        () if broke_while_reading_the_upload(&error) => TransportErrorKind::Upload,
        () => TransportErrorKind::Lost,
    };
    // The address may hold what belongs to the user; the caller knows where it was sending.
    TransportError::new(kind).with_source(error.without_url())
}

/// The stream that was being sent ended with an error of ours, which hyper hands back inside its own.
fn broke_while_reading_the_upload(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<TransportError>() {
            return error.kind() == TransportErrorKind::Upload;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    #[test]
    fn what_failed_before_it_went_was_never_sent() {
        // Some error that says nothing of the connection.
        let error = || {
            let answer = Response::builder().status(500).body("").unwrap();
            reqwest::Response::from(answer).error_for_status().unwrap_err()
        };
        let departure = Departure::default();
        let hold = departure.hold();
        assert_eq!(unanswered(error(), &hold).kind(), TransportErrorKind::Connect);
        let body = Departing::new(reqwest::Body::from(""), departure.clone());
        assert!(body.is_end_stream(), "the connection asks for the body");
        assert_eq!(unanswered(error(), &hold).kind(), TransportErrorKind::Lost);
    }
}
