//! When a request is sent again, and after how long.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::entropy::{Entropy, fraction};
use crate::error::{Error, ErrorKind};

/// What the platform asks for when a 429 names no time (`rate-limits.md` of the developer guide).
pub(crate) const UNNAMED_PENALTY: Duration = Duration::from_secs(30);

/// How often and for how long a request is tried.
///
/// What may be repeated at all is not a matter of taste and not set here: anything that was never sent or that
/// was refused with 429; after a lost answer or a 503, only what is idempotent.
///
/// ```
/// use ringcentral::RetryPolicy;
/// use std::time::Duration;
///
/// let patient = RetryPolicy::standard().max_attempts(8).within(Duration::from_secs(600));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    attempts: u32,
    within: Duration,
    first_pause: Duration,
    longest_pause: Duration,
}

impl RetryPolicy {
    /// Four attempts within two minutes; pauses double from half a second, with jitter.
    pub fn standard() -> Self {
        Self {
            attempts: 4,
            within: Duration::from_secs(120),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(20),
        }
    }

    /// One attempt, for programs that have a queue of their own.
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::standard()
        }
    }

    /// At most this many attempts, the first one included.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// No attempt begins once attempts and pauses have taken this long together. Waiting for a rate limit does not count:
    /// that is bounded by [`RateLimitPolicy`](crate::RateLimitPolicy) and
    /// [`total_timeout`](crate::ClientBuilder::total_timeout).
    #[must_use]
    pub fn within(mut self, total: Duration) -> Self {
        self.within = total;
        self
    }

    /// How long to pause before the next attempt, or `None` to give up.
    pub(crate) fn pause(
        &self,
        wish: Wish,
        attempt: u32,
        spent: Duration,
        entropy: &dyn Entropy,
    ) -> Option<Duration> {
        let pause = match wish {
            Wish::Never => return None,
            // The platform's own pacing: the rate limit's policy says how long is too long, not the time for retries.
            Wish::AfterPenalty(pause) => {
                return (attempt < self.attempts && spent <= self.within).then_some(pause);
            }
            Wish::After(pause) => pause,
            Wish::Backoff => {
                let doubled = self
                    .first_pause
                    .saturating_mul(1 << (attempt - 1).min(16))
                    .min(self.longest_pause);
                doubled.mul_f64(0.5 + 0.5 * fraction(entropy))
            }
        };
        (attempt < self.attempts && spent + pause <= self.within).then_some(pause)
    }

    /// The token endpoint's own reading: its refusals are final, its failures are not.
    pub(crate) fn pause_for_token_error(
        &self,
        error: &Error,
        attempt: u32,
        spent: Duration,
        entropy: &dyn Entropy,
    ) -> Option<Duration> {
        let wish = match error.kind() {
            ErrorKind::RateLimited => Wish::AfterPenalty(error.retry_after().unwrap_or(UNNAMED_PENALTY)),
            ErrorKind::Unavailable => error.retry_after().map_or(Wish::Backoff, Wish::After),
            ErrorKind::Network | ErrorKind::Timeout => Wish::Backoff,
            _ => Wish::Never,
        };
        self.pause(wish, attempt, spent, entropy)
    }
}

/// Keeps a platform that is going down from being flooded by repeated requests.
///
/// Each retry takes a token and each success gives some back, over all logins of a client: while most calls succeed
/// there is always one, and when none does, a few are sent again and the rest fail at once. Waiting for a rate limit
/// takes none.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

impl RetryBudget {
    /// In tenths of a retry: 20 retries without a single success, and ten successes earn one more.
    const FULL: u32 = 200;
    const RETRY: u32 = 10;
    const SUCCESS: u32 = 1;

    /// Permission for one retry.
    pub(crate) fn take(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
                tokens.checked_sub(Self::RETRY)
            })
            .is_ok()
    }

    /// A call succeeded; what its last retry took comes back, if it took something.
    pub(crate) fn repay(&self, has_taken: bool) {
        let earned = if has_taken { Self::RETRY } else { Self::SUCCESS };
        if self.0.load(Ordering::Relaxed) < Self::FULL {
            let _ = self
                .0
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
                    Some((tokens + earned).min(Self::FULL))
                });
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::standard()
    }
}

/// What an outcome asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wish {
    /// Another attempt would be wrong or useless.
    Never,
    /// Another attempt, after the time that the platform named.
    After(Duration),
    /// Another attempt, when the platform takes requests of this group again.
    AfterPenalty(Duration),
    /// Another attempt, after a pause of our own.
    Backoff,
}

impl Wish {
    /// What may be repeated, given what happened.
    pub(crate) fn of(error: &Error, idempotent: bool) -> Self {
        let named = error.retry_after();
        match error.kind() {
            ErrorKind::RateLimited => Self::AfterPenalty(named.unwrap_or(UNNAMED_PENALTY)),
            ErrorKind::Unavailable if idempotent => named.map_or(Self::Backoff, Self::After),
            ErrorKind::Network if idempotent || error.was_never_sent() => Self::Backoff,
            ErrorKind::Timeout if idempotent => Self::Backoff,
            _ => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn attempts_and_time_are_bounded() {
        let policy = RetryPolicy::standard()
            .max_attempts(3)
            .within(Duration::from_secs(10));
        let pause =
            |wish, attempt, spent| policy.pause(wish, attempt, Duration::from_secs(spent), &OsEntropy);
        assert!(pause(Wish::Backoff, 1, 0).is_some());
        assert!(pause(Wish::Backoff, 2, 0).is_some());
        assert!(pause(Wish::Backoff, 3, 0).is_none(), "three attempts were made");
        assert_eq!(
            pause(Wish::After(Duration::from_secs(4)), 1, 6),
            Some(Duration::from_secs(4))
        );
        assert_eq!(
            pause(Wish::After(Duration::from_secs(4)), 1, 7),
            None,
            "it would end too late"
        );
        let penalty = Wish::AfterPenalty(Duration::from_secs(300));
        assert_eq!(pause(penalty, 1, 0), Some(Duration::from_secs(300)));
        assert_eq!(pause(penalty, 3, 0), None, "three attempts were made");
        assert_eq!(pause(penalty, 1, 11), None, "its own attempts took too long");
        assert_eq!(pause(Wish::Never, 1, 0), None);
        assert_eq!(
            RetryPolicy::never().pause(Wish::Backoff, 1, Duration::ZERO, &OsEntropy),
            None
        );
    }

    #[test]
    fn the_budget_is_spent_by_retries_and_earned_by_successes() {
        let budget = RetryBudget::default();
        let spent = (0..100).filter(|_| budget.take()).count();
        assert_eq!(spent, 20, "twenty retries without a success");
        for _ in 0..9 {
            budget.repay(false);
        }
        assert!(!budget.take(), "nine successes are not enough");
        budget.repay(false);
        assert!(budget.take(), "ten are");
        budget.repay(true);
        assert!(budget.take(), "a retry that succeeded costs nothing");
        for _ in 0..10_000 {
            budget.repay(false);
        }
        assert_eq!(
            (0..100).filter(|_| budget.take()).count(),
            20,
            "and there is an upper limit"
        );
    }

    #[test]
    fn pauses_grow_and_are_jittered() {
        let policy = RetryPolicy::standard().max_attempts(100).within(Duration::MAX);
        for (attempt, low, high) in [
            (1, 250, 500),
            (2, 500, 1_000),
            (3, 1_000, 2_000),
            (40, 10_000, 20_000),
        ] {
            for _ in 0..50 {
                let pause = policy
                    .pause(Wish::Backoff, attempt, Duration::ZERO, &OsEntropy)
                    .unwrap();
                assert!(
                    (low..=high).contains(&pause.as_millis()),
                    "attempt {attempt}: {pause:?}"
                );
            }
        }
    }
}
