//! Rate gates: nothing is sent that the platform would answer with 429.
//!
//! RingCentral counts by (user, application, group) and starts its penalty anew with each request that comes
//! during one. So the gates of a login are shared by everything that uses the login, they are learned from the
//! `X-Rate-Limit-*` headers, and a group that is in penalty is closed for every caller.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Method, Response, StatusCode};
use jiff::Timestamp;

use super::date::http_date;
use super::transport::RawResponse;
use crate::clock::{Clock, later, until};
use crate::error::{Error, ErrorKind, Result};

/// What to do when a group's requests are used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RateLimitPolicy {
    /// Wait for as long as it takes.
    #[default]
    Wait,
    /// Wait at most this long; otherwise fail at once with [`ErrorKind::RateLimited`].
    WaitAtMost(Duration),
    /// Never wait.
    FailAtOnce,
}

impl RateLimitPolicy {
    pub(crate) fn allows(self, wait: Duration) -> bool {
        match self {
            Self::Wait => true,
            Self::WaitAtMost(longest) => wait <= longest,
            Self::FailAtOnce => false,
        }
    }
}

/// The gates of one login.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    policy: RateLimitPolicy,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Which group an operation belongs to, as the platform last said.
    groups: HashMap<Operation, String>,
    gates: HashMap<String, Gate>,
}

/// A method and a path whose ids have been taken out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Operation(Method, String);

impl Operation {
    pub(crate) fn new(method: &Method, path: &str) -> Self {
        // The platform's own words are letters; `~`, numbers and addresses are somebody's.
        let is_word = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'-' | b'.' | b'_');
        let is_id = |segment: &&str| !segment.bytes().all(is_word);
        let version = |segment: &&str| matches!(*segment, "v1.0" | "v1" | "v2");
        let template: Vec<&str> = path
            .split('/')
            .map(|segment| {
                if is_id(&segment) && !version(&segment) {
                    "*"
                } else {
                    segment
                }
            })
            .collect();
        Self(method.clone(), template.join("/"))
    }

    /// The path without its ids.
    pub(crate) fn route(&self) -> &str {
        &self.1
    }
}

/// One group of one login.
#[derive(Debug, Default)]
struct Gate {
    limit: Option<usize>,
    window: Duration,
    /// When our requests of the last window were let through.
    passed: VecDeque<Timestamp>,
    closed_until: Option<Timestamp>,
}

impl Gate {
    /// When the next request may go; `None` for now.
    fn opens_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        if let Some(time) = self.closed_until.filter(|time| now < *time) {
            return Some(time);
        }
        while self
            .passed
            .front()
            .is_some_and(|sent| later(*sent, self.window) <= now)
        {
            self.passed.pop_front();
        }
        match self.limit {
            Some(limit) if self.passed.len() >= limit => {
                self.passed.front().map(|sent| later(*sent, self.window))
            }
            _ => None,
        }
    }

    fn learn(&mut self, seen: &RateHeaders, status: StatusCode, now: Timestamp) {
        if let (Some(limit), Some(window)) = (seen.limit, seen.window) {
            self.limit = Some(limit.max(1));
            self.window = window;
            // Somebody else with the same login has used requests up: wait until ours or theirs leave the window.
            if seen.remaining == Some(0) && self.passed.len() < limit {
                let first = self.passed.front().copied().unwrap_or(now);
                self.close_until(later(first, window));
            }
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.close_until(later(now, seen.retry_after.unwrap_or(Duration::from_secs(30))));
        }
    }

    fn close_until(&mut self, time: Timestamp) {
        self.closed_until = self.closed_until.max(Some(time));
    }
}

impl Gates {
    pub(crate) fn new(policy: RateLimitPolicy) -> Self {
        Self {
            policy,
            known: Mutex::default(),
        }
    }

    /// Gates of the same policy for another login.
    pub(crate) fn without_knowledge(&self) -> Self {
        Self::new(self.policy)
    }

    /// Counts this group from the first request on, by a limit that is known before any answer.
    pub(crate) fn counting(self, group: &str, limit: usize, window: Duration) -> Self {
        self.lock().gates.insert(
            group.to_owned(),
            Gate {
                limit: Some(limit),
                window,
                ..Gate::default()
            },
        );
        self
    }

    pub(crate) fn policy(&self) -> RateLimitPolicy {
        self.policy
    }

    /// Whether the caller wants to wait this long for a rate limit.
    pub(crate) fn may_wait(&self, wait: Duration) -> bool {
        self.policy.allows(wait)
    }

    /// Waits until `operation` may be sent, and counts it.
    pub(crate) async fn pass(&self, operation: &Operation, clock: &dyn Clock) -> Result<()> {
        let group = self.lock().groups.get(operation).cloned();
        match group {
            Some(group) => self.pass_group(&group, clock).await,
            // The group of an operation is known from its first answer on.
            None => Ok(()),
        }
    }

    pub(crate) async fn pass_group(&self, group: &str, clock: &dyn Clock) -> Result<()> {
        loop {
            let now = clock.now();
            let opens_at = {
                let mut known = self.lock();
                let gate = known.gates.entry(group.to_owned()).or_default();
                let Some(time) = gate.opens_at(now) else {
                    if gate.limit.is_some() {
                        gate.passed.push_back(now);
                    }
                    return Ok(());
                };
                time
            };
            let wait = until(now, opens_at);
            if !self.policy.allows(wait) {
                let context = format!("the requests of group {group} are used up; nothing was sent");
                return Err(Error::new(ErrorKind::RateLimited, context).with_retry_after(Some(wait), now));
            }
            tracing::debug!(
                rc.rate_group = group,
                wait_ms = wait.as_millis(),
                "waiting for the rate limit"
            );
            clock.sleep(wait).await;
        }
    }

    /// Takes in what an answer says about limits.
    pub(crate) fn learn<B>(&self, operation: &Operation, response: &Response<B>, now: Timestamp) {
        let seen = RateHeaders::of(response.headers());
        let mut known = self.lock();
        let group = match &seen.group {
            Some(group) => {
                known.groups.insert(operation.clone(), group.clone());
                group.clone()
            }
            None => match known.groups.get(operation) {
                Some(group) => group.clone(),
                None => return,
            },
        };
        known
            .gates
            .entry(group)
            .or_default()
            .learn(&seen, response.status(), now);
    }

    /// For a gate that one user passes: takes in the limit, or that this platform counts nothing.
    pub(crate) fn learn_counted(&self, group: &str, response: &RawResponse, now: Timestamp) {
        let seen = RateHeaders::of(response.headers());
        let mut known = self.lock();
        let gate = known.gates.entry(group.to_owned()).or_default();
        if response.status().is_success() && seen.limit.is_none() {
            gate.limit = None;
        }
        gate.learn(&seen, response.status(), now);
    }

    /// For a gate that many users pass while the platform counts each by itself: only a penalty closes it.
    pub(crate) fn learn_penalty(&self, group: &str, response: &RawResponse, now: Timestamp) {
        let seen = RateHeaders {
            limit: None,
            ..RateHeaders::of(response.headers())
        };
        self.lock()
            .gates
            .entry(group.to_owned())
            .or_default()
            .learn(&seen, response.status(), now);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headers of `rate-limits.md`, read leniently: what is missing or odd is not there.
#[derive(Debug)]
struct RateHeaders {
    group: Option<String>,
    limit: Option<usize>,
    remaining: Option<usize>,
    window: Option<Duration>,
    retry_after: Option<Duration>,
}

impl RateHeaders {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::trim)
        };
        let number = |name: &str| text(name).and_then(|value| value.parse::<u32>().ok());
        let seconds = |name: &str| number(name).map(|n| Duration::from_secs(n.into()));
        Self {
            group: text("x-rate-limit-group").map(str::to_ascii_lowercase),
            limit: number("x-rate-limit-limit").and_then(|n| usize::try_from(n).ok()),
            remaining: number("x-rate-limit-remaining").and_then(|n| usize::try_from(n).ok()),
            window: seconds("x-rate-limit-window").filter(|window| !window.is_zero()),
            retry_after: seconds("retry-after").or_else(|| wait_until(text("retry-after")?, text("date")?)),
        }
    }
}

/// A `Retry-After` that is a date counts from the answer's own `Date`: both are by the platform's clock.
fn wait_until(date: &str, answered: &str) -> Option<Duration> {
    Some(until(http_date(answered)?, http_date(date)?))
}

/// The group that an answer was counted against.
pub(crate) fn rate_group<B>(response: &Response<B>) -> Option<String> {
    RateHeaders::of(response.headers()).group
}

/// How long the platform asks to wait.
pub(crate) fn retry_after<B>(response: &Response<B>) -> Option<Duration> {
    RateHeaders::of(response.headers()).retry_after
}

#[cfg(test)]
mod tests;
