//! What a call looks like to `tracing`, by OpenTelemetry's names for HTTP clients (`docs/observability.md`).
//!
//! A path is named without its ids, and no address with its query: nothing in a span belongs to a person.

use http::{Method, Response, StatusCode};
use tracing::Span;
use tracing::field::{Empty, debug, display};
use url::Url;

use super::body::Body;
use super::pacing::Operation;
use super::response::request_id;
use super::transport::{TransportError, TransportErrorKind};
use crate::error::{Error, ErrorKind};

/// A whole call: waits, attempts and pauses.
pub(super) fn operation(method: &Method, operation: &Operation) -> Span {
    tracing::info_span!(
        "ringcentral.operation",
        otel.name = format_args!("{method} {}", operation.route()),
        otel.status_code = Empty,
        http.request.method = %method,
        url.template = operation.route(),
        http.response.status_code = Empty,
        "error.type" = Empty,
    )
}

/// Records how a call ended.
pub(super) fn note_end(span: &Span, result: Result<&Response<Body>, &Error>) {
    match result {
        Ok(answer) => {
            span.record("http.response.status_code", answer.status().as_u16());
        }
        Err(error) => {
            note_status(span, error.status());
            // What has not changed is an answer to the question that was asked.
            if error.kind() != ErrorKind::NotModified {
                span.record("otel.status_code", "ERROR");
                span.record("error.type", debug(error.kind()));
            }
        }
    }
}

/// One request on its way.
pub(crate) fn request(method: &Method, route: &str, url: &Url, resend: u32) -> Span {
    tracing::debug_span!(
        "http.request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = %method,
        http.request.resend_count = (resend > 0).then_some(resend),
        url.template = route,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        http.response.status_code = Empty,
        "error.type" = Empty,
        rc.request_id = Empty,
    )
}

/// Records how a request was answered, if it was.
pub(crate) fn note_answer<B>(span: &Span, answer: Result<&Response<B>, &TransportError>) {
    if span.is_disabled() {
        return;
    }
    match answer {
        Ok(answer) => {
            let status = answer.status();
            note_status(span, Some(status));
            if !status.is_success() && status != StatusCode::NOT_MODIFIED {
                span.record("otel.status_code", "ERROR");
                span.record("error.type", display(status.as_u16()));
            }
            if let Some(id) = request_id(answer) {
                span.record("rc.request_id", id);
            }
        }
        Err(error) => {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", debug(kind(error)));
        }
    }
}

fn note_status(span: &Span, status: Option<StatusCode>) {
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
}

/// Why no answer came, in the words that a program knows from [`ErrorKind`].
fn kind(error: &TransportError) -> ErrorKind {
    match error.kind() {
        TransportErrorKind::Connect | TransportErrorKind::Lost => ErrorKind::Network,
        TransportErrorKind::Timeout => ErrorKind::Timeout,
        TransportErrorKind::TooLarge => ErrorKind::Decode,
        TransportErrorKind::Upload => ErrorKind::Usage,
    }
}
