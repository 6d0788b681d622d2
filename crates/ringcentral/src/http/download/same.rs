//! Whether what an answer goes on with is what the download began with.

use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED,
};
use http::{Response, StatusCode};

use super::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::http::body::Body;

/// What is known of the file that is downloaded.
#[derive(Debug)]
pub(super) struct Identity {
    length: Option<u64>,
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

/// `Content-Range: bytes 5-9/10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    first: u64,
    last: u64,
    length: Option<u64>,
}

impl Identity {
    /// What the first answer says.
    pub(super) fn of(headers: &HeaderMap, body_length: Option<u64>) -> Result<Self> {
        must_be_plain(headers)?;
        Ok(Self {
            length: content_length(headers).or(body_length),
            etag: headers.get(ETAG).cloned(),
            last_modified: headers.get(LAST_MODIFIED).cloned(),
        })
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// What the platform is to compare before it goes on: the `ETag` unless it is a weak one, else the date.
    pub(super) fn if_range(&self) -> Option<&HeaderValue> {
        self.etag
            .as_ref()
            .filter(|etag| !etag.as_bytes().starts_with(b"W/"))
            .or(self.last_modified.as_ref())
    }

    /// Reads the answer to a request for everything from byte `offset` on.
    pub(super) fn continued(&mut self, answer: Response<Body>, offset: u64) -> Result<Connection> {
        let headers = answer.headers();
        must_be_plain(headers)?;
        if is_other(self.etag.as_ref(), headers, ETAG)
            || is_other(self.last_modified.as_ref(), headers, LAST_MODIFIED)
        {
            return Err(changed());
        }
        if answer.status() != StatusCode::PARTIAL_CONTENT {
            return self.anew(answer, offset);
        }
        let part = headers.get(CONTENT_RANGE).and_then(part).ok_or_else(|| {
            Error::new(
                ErrorKind::Decode,
                "the download broke off, and the platform goes on with a part of it that it does not name",
            )
        })?;
        if part.first != offset {
            return Err(Error::new(
                ErrorKind::Decode,
                format!(
                    "the download broke off at byte {offset}, and the platform goes on at byte {}",
                    part.first
                ),
            ));
        }
        match (self.length, part.length) {
            (Some(before), Some(now)) if before != now => return Err(changed()),
            (before, now) => self.length = before.or(now),
        }
        Ok(Connection::from_there(
            answer.into_body(),
            part.last - part.first + 1,
        ))
    }

    /// An answer from the beginning. What was handed out of it is passed over, if it is the same.
    fn anew(&self, answer: Response<Body>, offset: u64) -> Result<Connection> {
        let length = content_length(answer.headers()).or(answer.body().length());
        let same =
            |before: Option<&HeaderValue>, name| before.is_some() && before == answer.headers().get(name);
        let is_same = same(self.etag.as_ref(), ETAG) || same(self.last_modified.as_ref(), LAST_MODIFIED);
        match (self.length, length) {
            (Some(before), Some(now)) if before != now => Err(changed()),
            (Some(_), Some(_)) => Ok(Connection::from_start(answer.into_body(), offset)),
            _ if is_same || offset == 0 => Ok(Connection::from_start(answer.into_body(), offset)),
            _ => Err(Error::new(
                ErrorKind::Network,
                format!(
                    "the download broke off at byte {offset}, and the platform can only begin anew with something that \
                     may have changed; download it again"
                ),
            )),
        }
    }
}

/// Whether the answer names another version than the first one did.
fn is_other(before: Option<&HeaderValue>, headers: &HeaderMap, name: HeaderName) -> bool {
    matches!((before, headers.get(name)), (Some(before), Some(now)) if before != now)
}

pub(super) fn changed() -> Error {
    Error::new(
        ErrorKind::Api,
        "the download broke off, and the file has changed on the platform meanwhile; download it again",
    )
}

/// Bytes that travel packed are not those that a range counts.
fn must_be_plain(headers: &HeaderMap) -> Result<()> {
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => Err(Error::new(
            ErrorKind::Decode,
            "the platform sent the file compressed although it was asked not to",
        )),
        _ => Ok(()),
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

fn part(value: &HeaderValue) -> Option<Part> {
    let (range, length) = value
        .to_str()
        .ok()?
        .trim()
        .strip_prefix("bytes ")?
        .split_once('/')?;
    let (first, last) = range.trim().split_once('-')?;
    let part = Part {
        first: first.parse().ok()?,
        last: last.parse().ok()?,
        length: match length.trim() {
            "*" => None,
            length => Some(length.parse().ok()?),
        },
    };
    let fits = part.first <= part.last && part.length.is_none_or(|length| part.last < length);
    // Room for `last - first + 1`.
    (fits && part.last < u64::MAX).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        let part_of = |first, last, length| Some(Part { first, last, length });
        for (text, expected) in [
            ("bytes 0-9/10", part_of(0, 9, Some(10))),
            ("bytes 5-9/10", part_of(5, 9, Some(10))),
            (" bytes 5-7/10 ", part_of(5, 7, Some(10))),
            ("bytes 5-9/*", part_of(5, 9, None)),
            ("bytes 9-5/10", None),
            ("bytes 5-10/10", None),
            ("bytes */10", None),
            ("bytes 5-/10", None),
            ("bytes=5-9/10", None),
            ("items 5-9/10", None),
            ("bytes -5-9/10", None),
            ("bytes 0-18446744073709551615/*", None),
            ("", None),
        ] {
            assert_eq!(part(&HeaderValue::from_static(text)), expected, "{text}");
        }
    }
}
