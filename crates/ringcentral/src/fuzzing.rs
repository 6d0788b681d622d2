//! Where bytes from outside come in: one function for each parser, total for any bytes, that checks what must hold.
//!
//! The fuzz targets in `fuzz` call these, and so do property tests, on any bytes and on the fuzzer's kept corpus.

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::error::{Answer, ApiBody, Error, ErrorKind, Explanation};
use crate::http::{RawResponse, Response};
use crate::oauth::{Redirect, read_token_answer};

/// No text of an error is longer than this, whatever a server says.
const LONGEST_LINE: usize = 1_000;

/// The redirect that a browser comes back with.
pub fn redirect(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let printed = match Redirect::parse(&text) {
        Ok(redirect) => {
            assert!(redirect.state().is_none_or(|state| !state.is_empty()));
            // Read from the `?` on, it says the same.
            let query = text
                .trim()
                .split_once('?')
                .map_or(text.trim(), |(_, query)| query);
            let again = Redirect::parse(&format!("?{query}")).expect("it was one");
            assert_eq!(again.state(), redirect.state());
            format!("{redirect:?}")
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidState);
            check(&error);
            return;
        }
    };
    assert!(printed.starts_with("Redirect { error: "), "{printed}");
}

/// An answer of the token endpoint: the first byte chooses the status and what was asked for.
pub fn token_answer(bytes: &[u8]) {
    const STATUSES: [u16; 8] = [200, 200, 200, 400, 401, 403, 429, 503];
    let (choice, body) = bytes.split_first().unwrap_or((&0, &[]));
    let (status, is_refresh) = (STATUSES[usize::from(choice % 8)], choice & 8 == 0);
    let raw = raw(status, &[], body);
    match read_token_answer(&raw, is_refresh) {
        Ok(tokens) => {
            assert_eq!(status, 200);
            let info = tokens.info();
            assert!(!tokens.access_token().expose_secret().is_empty());
            assert!(
                tokens
                    .refresh_token()
                    .is_none_or(|token| !token.expose_secret().is_empty())
            );
            assert!(info.issued_at < info.refresh_at && info.refresh_at < info.expires_at);
            assert_eq!(
                tokens.refresh_token().is_some(),
                info.refresh_expires_at.is_some()
            );
            let day = Duration::from_secs(86_400);
            assert!(
                info.expires_at
                    <= Timestamp::UNIX_EPOCH
                        .saturating_add(day)
                        .expect("a positive time")
            );
        }
        Err(error) => {
            assert!(error.kind() != ErrorKind::LoginRequired || error.oauth_error() == Some("invalid_grant"));
            assert!(error.status().is_some_and(|answered| answered.as_u16() == status));
            check(&error);
        }
    }
}

/// An answer that is a refusal, by whatever part of the platform or by something on the way.
pub fn api_error(bytes: &[u8]) {
    let body = ApiBody::parse(bytes);
    // Any code has a look at the catalogue.
    let _ = body.code.as_deref().map(Explanation::of);
    for detail in &body.details {
        assert!(detail.code.as_deref() != Some("") && detail.message.as_deref() != Some(""));
        assert!(
            detail
                .parameters
                .iter()
                .all(|parameter| !parameter.name.is_empty())
        );
    }
    let has_code = body.code.is_some();
    assert!(has_code || body.symbol.is_none());
    let answer = Answer {
        body,
        ..Answer::default()
    };
    let error = Error::refused(StatusCode::BAD_REQUEST, answer);
    assert!(error.body().is_none_or(|kept| bytes.starts_with(kept)));
    check(&error);
}

/// A bulk answer: the content type is the first line.
pub fn multipart_207(bytes: &[u8]) {
    let line = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(bytes.len());
    let (content_type, body) = (&bytes[..line], bytes.get(line + 1..).unwrap_or_default());
    let response = Response::new(raw(207, content_type, body));
    match response.bulk::<Value>() {
        Ok(bulk) => {
            assert!(bulk.items().len() <= body.len());
            for item in bulk.items() {
                assert!(item.id.as_deref() != Some(""));
                if let Err(error) = &item.result {
                    assert!(error.status().is_some());
                    check(error);
                }
            }
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Decode);
            check(&error);
        }
    }
}

fn raw(status: u16, content_type: &[u8], body: &[u8]) -> RawResponse {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(content_type) {
        headers.insert(HeaderName::from_static("content-type"), value);
    }
    let mut raw = RawResponse::new(Bytes::copy_from_slice(body));
    *raw.status_mut() = StatusCode::from_u16(status).expect("a status");
    *raw.headers_mut() = headers;
    raw
}

/// What every error keeps to: one line of bounded length, its cause not in it.
fn check(error: &Error) {
    let line = error.to_string();
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!((1..=LONGEST_LINE).contains(&line.chars().count()), "{line}");
    assert!(
        error
            .source()
            .is_none_or(|source| !line.contains(&source.to_string()))
    );
    let _ = (format!("{error:?}"), error.explanation(), error.details().len());
}

#[cfg(test)]
mod tests;
