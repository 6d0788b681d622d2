//! Token files of other programs: what the RingCentral tutorials and the JavaScript SDK leave behind.
//!
//! Three forms are known. The tutorials wrap the token answer and say when it came, in milliseconds (Node.js) or
//! seconds (Python): `{"tokens": {…}, "timestamp": 1773083411000}`. The JavaScript SDK adds absolute expiries in
//! milliseconds to it: `expire_time` and `refresh_token_expire_time`. And some keep the bare token answer, so that
//! only the file's own time tells how old it is.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::token_set::{LoginKind, TokenInfo, TokenSet};
use crate::clock::{earlier, later, until};
use crate::secret::{AccessToken, RefreshToken, SecretText};
use crate::types::ExtensionId;

/// A larger file is none of those.
const LARGEST: usize = 1 << 20;

/// As for a token answer: no access token lives longer than a day, no refresh token longer than a year.
const LONGEST_ACCESS: Duration = Duration::from_secs(86_400);
const LONGEST_REFRESH: Duration = Duration::from_secs(366 * 86_400);

/// From here on a number of seconds would be after the year 5000, so it counts milliseconds.
const MILLISECONDS: f64 = 1e11;

/// Stands for an access token that the JavaScript SDK has thrown away after a 401. It is past its end from the
/// beginning, so it is refreshed and never sent.
const THROWN_AWAY: &str = "none";

/// Why a token file cannot be read. It holds nothing of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImportError {
    /// It is not JSON, or larger than any token file.
    NotJson,
    /// It is JSON, but there are no tokens in it.
    NoTokens,
    /// Its time, or a lifetime in it, is not one.
    BadTime,
    /// It does not say when the tokens were issued, and nobody else knows.
    NoTime,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson => "this is not a token file: it is not JSON",
            Self::NoTokens => "this is not a token file: there are no tokens of the kind `bearer` in it",
            Self::BadTime => "the token file has a time in it that is none",
            Self::NoTime => "the token file does not say when its tokens were issued",
        })
    }
}

impl std::error::Error for ImportError {}

impl TokenSet {
    /// Reads a token file of the RingCentral tutorials, or what the JavaScript SDK stores.
    ///
    /// The expiries count from the time that the file tells, however long ago that is. `modified_at` is when the
    /// file was last written; it is used when the content tells no time.
    ///
    /// To go on with such a login, [`put`](crate::TokenStore::put) it into the client's store. From the first
    /// refresh on, the tokens in the file are dead.
    ///
    /// ```
    /// use ringcentral::TokenSet;
    ///
    /// let file = br#"{"tokens": {"access_token": "a", "token_type": "bearer", "expires_in": 3600,
    ///     "refresh_token": "r", "refresh_token_expires_in": 604800}, "timestamp": 1795222800000}"#;
    /// let tokens = TokenSet::import_json(file, None).unwrap();
    /// assert_eq!(tokens.info().expires_at.to_string(), "2026-11-21T02:00:00Z");
    /// ```
    ///
    /// # Errors
    /// [`ImportError`], which holds nothing of the bytes.
    pub fn import_json(json: &[u8], modified_at: Option<Timestamp>) -> Result<Self, ImportError> {
        if json.len() > LARGEST {
            return Err(ImportError::NotJson);
        }
        // The parser's own message may quote the text, and the text may be a token.
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        if let Ok(wrapped) = serde_json::from_slice::<Wrapped>(json) {
            let issued_at = match wrapped.timestamp.filter(|value| !value.is_null()) {
                Some(value) => Some(point(&value).ok_or(ImportError::BadTime)?),
                None => modified_at,
            };
            return wrapped.tokens.into_token_set(issued_at);
        }
        match serde_json::from_slice::<ForeignTokens>(json) {
            Ok(tokens) => tokens.into_token_set(modified_at),
            Err(error) if error.is_data() => Err(ImportError::NoTokens),
            Err(_) => Err(ImportError::NotJson),
        }
    }
}

/// The tutorials' file.
#[derive(Deserialize)]
struct Wrapped {
    tokens: ForeignTokens,
    timestamp: Option<Value>,
}

/// A token answer, perhaps with the two times that the JavaScript SDK adds.
#[derive(Deserialize)]
struct ForeignTokens {
    access_token: SecretText,
    token_type: Option<String>,
    expires_in: Option<Value>,
    expire_time: Option<Value>,
    refresh_token: Option<SecretText>,
    refresh_token_expires_in: Option<Value>,
    refresh_token_expire_time: Option<Value>,
    scope: Option<String>,
    owner_id: Option<ExtensionId>,
    endpoint_id: Option<String>,
    session_id: Option<String>,
}

impl ForeignTokens {
    /// `file_time` is when the tokens were issued as far as the file tells, unless they tell it themselves.
    fn into_token_set(self, file_time: Option<Timestamp>) -> Result<TokenSet, ImportError> {
        let bearer = |kind: &String| kind.is_empty() || kind.eq_ignore_ascii_case("bearer");
        let refresh_token = self.refresh_token.filter(|token| !token.as_str().is_empty());
        let has_access_token = !self.access_token.as_str().is_empty();
        if !(self.token_type.as_ref().is_none_or(bearer) && (has_access_token || refresh_token.is_some())) {
            return Err(ImportError::NoTokens);
        }
        let life = lifetime(self.expires_in.as_ref(), LONGEST_ACCESS)?;
        let refresh_life = lifetime(self.refresh_token_expires_in.as_ref(), LONGEST_REFRESH)?;
        let expire_time = known(self.expire_time.as_ref())?;
        let refresh_expire_time = known(self.refresh_token_expire_time.as_ref())?;

        // What an absolute expiry and its lifetime agree on is nearer to the truth than the file's time.
        let begun = |end: Option<Timestamp>, life: Option<Duration>| Some(earlier(end?, life?));
        let issued_at = begun(expire_time, life.filter(|life| !life.is_zero()))
            .or_else(|| begun(refresh_expire_time, refresh_life.filter(|life| !life.is_zero())))
            .or(file_time)
            .or(expire_time)
            .ok_or(ImportError::NoTime)?;

        // Without a lifetime, or with the -1 that the JavaScript SDK writes after a 401, it is refreshed first.
        let life = match expire_time {
            Some(end) if life.is_none_or(|life| !life.is_zero()) => until(issued_at, end),
            Some(_) => Duration::ZERO,
            None => life.unwrap_or_default(),
        };
        let life = if has_access_token {
            life.min(LONGEST_ACCESS)
        } else {
            Duration::ZERO
        };
        let refresh_life = refresh_token.as_ref().map(|_| match refresh_expire_time {
            Some(end) => until(issued_at, end).min(LONGEST_REFRESH),
            // A refresh token of unknown life is good until the platform says otherwise.
            None => refresh_life.unwrap_or(LONGEST_REFRESH),
        });
        Ok(TokenSet {
            access_token: AccessToken::from(if has_access_token {
                self.access_token.as_str()
            } else {
                THROWN_AWAY
            }),
            refresh_token: refresh_token.map(|token| RefreshToken::from(token.as_str())),
            info: TokenInfo {
                owner_id: self.owner_id,
                scope: self
                    .scope
                    .unwrap_or_default()
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
                issued_at,
                // The middle of where it falls for a login of our own; one import needs no jitter.
                refresh_at: later(issued_at, life.mul_f64(0.8)),
                expires_at: later(issued_at, life),
                refresh_expires_at: refresh_life.map(|life| later(issued_at, life)),
                endpoint_id: self.endpoint_id,
                session_id: self.session_id,
                login_kind: LoginKind::Imported,
                platform_ahead: SignedDuration::ZERO,
            },
        })
    }
}

/// A lifetime in seconds, as a number or as text; zero for one that is over. Absent is `None`.
fn lifetime(value: Option<&Value>, longest: Duration) -> Result<Option<Duration>, ImportError> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let seconds = number(value).ok_or(ImportError::BadTime)?;
    let seconds = seconds.clamp(0.0, longest.as_secs_f64());
    Ok(Some(Duration::from_secs_f64(seconds)))
}

fn known(value: Option<&Value>) -> Result<Option<Timestamp>, ImportError> {
    match value.filter(|value| !value.is_null()) {
        Some(value) => point(value).map(Some).ok_or(ImportError::BadTime),
        None => Ok(None),
    }
}

/// A point in time: seconds or milliseconds since 1970 as a number or as text, or RFC 3339.
fn point(value: &Value) -> Option<Timestamp> {
    if let Some(time) = value.as_str().and_then(|text| text.trim().parse().ok()) {
        return Some(time);
    }
    let number = number(value).filter(|number| *number > 0.0)?;
    let milliseconds = if number < MILLISECONDS {
        number * 1e3
    } else {
        number
    };
    // The largest time there is has 15 digits, far below where a float stops counting by one.
    #[expect(clippy::cast_possible_truncation, reason = "checked against the end of time")]
    #[expect(clippy::cast_precision_loss, reason = "15 digits are exact")]
    let milliseconds =
        (milliseconds < Timestamp::MAX.as_millisecond() as f64).then_some(milliseconds as i64)?;
    Timestamp::from_millisecond(milliseconds).ok()
}

fn number(value: &Value) -> Option<f64> {
    let number: f64 = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests;
