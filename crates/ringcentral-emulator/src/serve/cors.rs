//! Cross-origin requests: browsers may call the platform from any page, as they may call the real one.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ALLOW, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue};

use crate::reply::Reply;
use crate::request::Request;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// What the known clients send.
const REQUEST_HEADERS: &str = "authorization, content-type, accept, accept-language, client-id, x-user-agent, rc-user-agent, \
                               discovery-tag, x-http-method-override, if-none-match, range";

const EXPOSED: HeaderValue = HeaderValue::from_static(
    "retry-after, x-rate-limit-group, x-rate-limit-limit, x-rate-limit-remaining, x-rate-limit-window, rcrequestid, \
     content-language, content-disposition, content-range, accept-ranges, etag, last-modified, discovery-tag, \
     discovery-required",
);

/// The answer to OPTIONS: no token is needed, and whatever header is asked for is allowed, for newer clients bring new
/// ones.
pub(super) fn preflight(request: &Request) -> Reply {
    let mut reply = Reply::no_content();
    reply.headers.insert(ALLOW, METHODS);
    allow(request, &mut reply.headers);
    if request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        reply.headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        let allowed = match request.header("access-control-request-headers") {
            Some(asked) => format!("{REQUEST_HEADERS}, {asked}"),
            None => REQUEST_HEADERS.to_owned(),
        };
        reply = reply.with(ACCESS_CONTROL_ALLOW_HEADERS, &allowed);
        reply
            .headers
            .insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    }
    reply
}

/// Allows the page that asks, by name: the JS SDK sends credentials, for which `*` is not enough. The login pages are
/// left out, no script has any business there.
pub(super) fn allow(request: &Request, headers: &mut HeaderMap) {
    let Some(origin) = request.headers.get(ORIGIN) else {
        return;
    };
    if request.path.starts_with("/restapi/oauth/authorize") {
        return;
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(VARY, HeaderValue::from_static("Origin"));
}
