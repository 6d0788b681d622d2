//! Rate limits: a sliding window per user, app and group, and a penalty that every request restarts.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;

use crate::reply::ApiError;
use crate::settings::RateLimits;

/// All windows.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<Key, Bucket>>);

/// Whose window it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    extension_id: i64,
    app_id: String,
    group: &'static str,
}

#[derive(Debug, Default)]
struct Bucket {
    /// When requests came, oldest first.
    sent_ms: VecDeque<i64>,
    penalty_until_ms: i64,
}

/// What the `X-Rate-Limit-*` headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) group: &'static str,
    pub(crate) limit: i64,
    pub(crate) remaining: i64,
    pub(crate) window_seconds: i64,
}

/// A request beyond the limit, or within a penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceeded {
    pub(crate) quota: Quota,
    pub(crate) retry_after: i64,
}

impl Limits {
    /// Counts a request. `Ok(None)` if the group has no limit, limits are off, or the request is nobody's: what leads to
    /// no user, such as a token that is not known, must not take another one's room.
    pub(crate) fn count(
        &self,
        settings: &RateLimits,
        group: &str,
        (extension_id, app_id): (Option<i64>, &str),
        now: Timestamp,
    ) -> Result<Option<Quota>, Exceeded> {
        if !settings.enabled {
            return Ok(None);
        }
        let (Some((group, limit)), Some(extension_id)) = (settings.group(group), extension_id) else {
            return Ok(None);
        };
        let now = now.as_millisecond();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry(Key {
                extension_id,
                app_id: app_id.to_owned(),
                group,
            })
            .or_default();
        let begin = now - limit.window_seconds * 1000;
        while bucket.sent_ms.front().is_some_and(|sent| *sent <= begin) {
            bucket.sent_ms.pop_front();
        }
        let used = i64::try_from(bucket.sent_ms.len()).unwrap_or(i64::MAX);
        let quota = |remaining| Quota {
            group,
            limit: limit.limit,
            remaining,
            window_seconds: limit.window_seconds,
        };
        if now < bucket.penalty_until_ms || used >= limit.limit {
            bucket.penalty_until_ms = now + limit.penalty_seconds * 1000;
            // A client that sits the penalty out starts with a clean sheet, however short the penalty was set.
            bucket.sent_ms.clear();
            return Err(Exceeded {
                quota: quota(0),
                retry_after: limit.penalty_seconds,
            });
        }
        bucket.sent_ms.push_back(now);
        Ok(Some(quota(limit.limit - used - 1)))
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Quota {
    /// What a group's limits say to a request that they refuse; `None` for groups without one.
    pub(crate) fn used_up(settings: &RateLimits, group: &str) -> Option<Self> {
        let (group, limit) = settings.group(group)?;
        Some(Self {
            group,
            limit: limit.limit,
            remaining: 0,
            window_seconds: limit.window_seconds,
        })
    }

    /// Adds the headers.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        const GROUP: HeaderName = HeaderName::from_static("x-rate-limit-group");
        const LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
        const REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
        const WINDOW: HeaderName = HeaderName::from_static("x-rate-limit-window");
        headers.insert(GROUP, HeaderValue::from_static(self.group));
        headers.insert(LIMIT, self.limit.into());
        headers.insert(REMAINING, self.remaining.into());
        headers.insert(WINDOW, self.window_seconds.into());
    }
}

impl Exceeded {
    /// 429 `CMN-301` with `Retry-After`.
    pub(crate) fn error(&self) -> ApiError {
        let mut error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "CMN-301", "Request rate exceeded");
        error.retry_after = Some(self.retry_after);
        error
    }
}

#[cfg(test)]
mod tests;
