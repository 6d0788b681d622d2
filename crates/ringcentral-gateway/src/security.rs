//! What holds for every answer: headers, a request id, and no POST from another site.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ringcentral::Entropy;
use tracing::Instrument;

use crate::config::PublicOrigin;
use crate::problem::Problem;

/// Everything from ourselves, nothing inline, in nobody's frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Names one request in the log, in its answer and on the page of a problem.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestId(String);

impl RequestId {
    fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 8];
        entropy.fill(&mut bytes);
        Self(bytes.iter().fold(String::with_capacity(16), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        }))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the outermost layer needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) origin: Arc<PublicOrigin>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// The outermost layer: a request id, one log line, the headers of every answer.
///
/// The line has the path without its query: a callback's query holds a code and a state.
pub(crate) async fn around(State(policy): State<Policy>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new(policy.entropy.as_ref());
    let span = tracing::info_span!(
        "request",
        http.request.method = %request.method(),
        url.path = request.uri().path(),
        request_id = id.as_str(),
    );
    request.extensions_mut().insert(id.clone());

    // In a task of its own: a browser that goes away in the middle must not leave a message half sent or a statement
    // half run.
    let work = tokio::spawn(next.run(request).instrument(span.clone()));
    let mut response = work
        .await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    span.in_scope(|| tracing::info!(http.response.status_code = response.status().as_u16(), "answered"));

    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_SECURITY_POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    if policy.origin.is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Under `no-referrer` a browser sends its form posts with `Origin: null`; pages with forms say this instead,
/// which still tells other sites nothing.
pub(crate) fn allow_own_forms(response: &mut Response) {
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}

/// The layer that keeps other sites' forms and scripts from acting here.
pub(crate) async fn same_site_only(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || comes_from_here(request.headers(), &policy.origin) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        "This request came from another site",
        "Only this app’s own pages may ask for that, so nothing was done.",
        "Open the page here and use its buttons.",
    )
    .into_response()
}

/// Browsers say where a request comes from in `Origin` and `Sec-Fetch-Site`; whatever is said must be us.
fn comes_from_here(headers: &HeaderMap, own: &PublicOrigin) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    let origin = text(header::ORIGIN).is_none_or(|origin| own.is(origin));
    let site = text(HeaderName::from_static("sec-fetch-site"))
        .is_none_or(|site| matches!(site, "same-origin" | "none"));
    origin && site
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_post() {
        let own = PublicOrigin::new(&"https://login.example.com".parse().unwrap());
        for (origin, site, allowed) in [
            (None, None, true),
            (Some("https://login.example.com"), None, true),
            (Some("https://login.example.com"), Some("same-origin"), true),
            (None, Some("same-origin"), true),
            (None, Some("none"), true),
            (None, Some("cross-site"), false),
            (None, Some("same-site"), false),
            (None, Some(""), false),
            (Some("https://login.example.com"), Some("cross-site"), false),
            (Some("null"), None, false),
            (Some("null"), Some("same-origin"), false),
            (Some(""), None, false),
            (Some("http://login.example.com"), None, false),
            (Some("https://login.example.com:8443"), None, false),
            (Some("https://login.example.com.evil.example"), None, false),
            (Some("https://evil.example"), Some("same-origin"), false),
            (Some("https://login.example.com/"), None, false),
            (Some("https://login.example.com\u{e9}"), None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(
                    header::ORIGIN,
                    HeaderValue::from_bytes(origin.as_bytes()).unwrap(),
                );
            }
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            assert_eq!(comes_from_here(&headers, &own), allowed, "{origin:?} {site:?}");
        }
    }

    #[test]
    fn on_this_computer_every_name_of_it_is_ours() {
        let own = PublicOrigin::new(&"http://localhost:5000".parse().unwrap());
        for good in [
            "http://localhost:5000",
            "http://127.0.0.1:5000",
            "http://[::1]:5000",
        ] {
            assert!(own.is(good), "{good}");
        }
        for bad in [
            "http://localhost:5001",
            "https://localhost:5000",
            "http://localhost",
            "http://10.0.0.1:5000",
        ] {
            assert!(!own.is(bad), "{bad}");
        }
    }
}
