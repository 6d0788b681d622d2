//! The clock by which leases count.
//!
//! Hosts that share a PostgreSQL database have clocks of their own, and one that is ahead would see everybody's lease as
//! run out. So a lease lasts for so long by the *database's* clock: a time of the caller's becomes a duration on the
//! way in, and a duration becomes such a time on the way out. How the clocks differ then does not matter.
//!
//! SQLite is one machine's, with one clock. That one is passed in, like everywhere, so that a test can move it.

use jiff::Timestamp;

/// The time by which leases count, as SQL: the bound value, or without one the database's clock.
macro_rules! lease_now {
    ($own:literal) => {
        concat!("COALESCE(", $own, ", (SELECT now FROM vault_clock))")
    };
}
pub(crate) use lease_now;

/// One moment by the caller's clock, in milliseconds as the database keeps them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeaseClock {
    now: i64,
    /// Whether the caller's clock is the one by which leases count.
    own: bool,
}

impl LeaseClock {
    pub(crate) fn new(now: Timestamp, own: bool) -> Self {
        Self {
            now: now.as_millisecond(),
            own,
        }
    }

    /// What to bind for [`lease_now`].
    pub(crate) fn bound(self) -> Option<i64> {
        self.own.then_some(self.now)
    }

    /// How many milliseconds there are from now until then.
    pub(crate) fn millis_until(self, then: Timestamp) -> i64 {
        then.as_millisecond() - self.now
    }

    /// The time so many milliseconds from now; the end of time rather than an overflow.
    pub(crate) fn in_millis(self, millis: i64) -> Timestamp {
        let end = if millis < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        let then = self.now.saturating_add(millis);
        Timestamp::from_millisecond(then).unwrap_or(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_durations_are_each_other_s_inverse() {
        let now: Timestamp = "2026-11-21T09:00:00.5Z".parse().unwrap();
        let clock = LeaseClock::new(now, false);
        for millis in [-90_000, -1, 0, 1, 30_000] {
            assert_eq!(clock.millis_until(clock.in_millis(millis)), millis);
        }
        assert_eq!(clock.in_millis(i64::MAX), Timestamp::MAX);
        assert_eq!(clock.in_millis(i64::MIN), Timestamp::MIN);
    }

    #[test]
    fn only_a_clock_that_counts_is_told_to_the_database() {
        let now = Timestamp::from_millisecond(1_500).unwrap();
        assert_eq!(LeaseClock::new(now, true).bound(), Some(1_500));
        assert_eq!(LeaseClock::new(now, false).bound(), None);
    }
}
