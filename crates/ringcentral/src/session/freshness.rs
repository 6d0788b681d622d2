//! Freshness as a value that explains itself.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::token_set::TokenInfo;
use crate::clock::{later, until};

/// An access token with less life than this is not sent any more: the request would race with its end. Of a token that
/// never had much, it is a quarter.
const MARGIN: Duration = Duration::from_secs(30);

/// How fresh an access token is, and what that calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// Use it.
    Fresh {
        /// What is left of the access token.
        remaining: Duration,
    },
    /// Use it, and refresh it meanwhile.
    RefreshSoon {
        /// What is left of the access token.
        remaining: Duration,
    },
    /// Refresh it before use.
    Expired,
    /// The refresh token has run out as well, or there is none: only a new login helps.
    Dead,
}

impl Freshness {
    pub(crate) fn of(info: &TokenInfo, now: Timestamp) -> Self {
        let remaining = until(now, info.expires_at);
        let margin = MARGIN.min(until(info.issued_at, info.expires_at) / 4);
        // A clock that was set back makes tokens look older than their own beginning; then the expiries mean
        // nothing, and asking for new tokens is the safe reading.
        let from_the_future = info.issued_at > later(now, MARGIN);
        if remaining > margin && !from_the_future {
            return if now < info.refresh_at {
                Self::Fresh { remaining }
            } else {
                Self::RefreshSoon { remaining }
            };
        }
        match info.refresh_expires_at {
            Some(end) if now < end => Self::Expired,
            _ => Self::Dead,
        }
    }

    /// Whether the access token may be sent.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Fresh { .. } | Self::RefreshSoon { .. })
    }
}

impl fmt::Display for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh { remaining } => write!(f, "fresh for {}", minutes(*remaining)),
            Self::RefreshSoon { remaining } => {
                write!(f, "usable for {}, about to be refreshed", minutes(*remaining))
            }
            Self::Expired => f.write_str("expired, refreshes on the next call"),
            Self::Dead => f.write_str("ended, log in again"),
        }
    }
}

fn minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 120 {
        format!("{seconds} s")
    } else {
        format!("{} min", seconds / 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::token_set::tests::token_set;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn each_edge_to_the_second() {
        let info = token_set("a", at(0)).info;
        for (now, expected) in [
            (
                0,
                Freshness::Fresh {
                    remaining: Duration::from_secs(3600),
                },
            ),
            (
                2_879,
                Freshness::Fresh {
                    remaining: Duration::from_secs(721),
                },
            ),
            (
                2_880,
                Freshness::RefreshSoon {
                    remaining: Duration::from_secs(720),
                },
            ),
            (
                3_569,
                Freshness::RefreshSoon {
                    remaining: Duration::from_secs(31),
                },
            ),
            (3_570, Freshness::Expired),
            (604_799, Freshness::Expired),
            (604_800, Freshness::Dead),
        ] {
            assert_eq!(info.freshness(at(now)), expected, "{now} s after issue");
        }
    }

    #[test]
    fn without_a_refresh_token_expiry_is_the_end() {
        let mut info = token_set("a", at(0)).info;
        info.refresh_expires_at = None;
        assert_eq!(info.freshness(at(3_600)), Freshness::Dead);
    }

    #[test]
    fn a_clock_that_was_set_back_leads_to_a_refresh() {
        let info = token_set("a", at(10_000)).info;
        assert_eq!(info.freshness(at(9_000)), Freshness::Expired);
        assert!(
            info.freshness(at(9_990)).is_usable(),
            "a few seconds of skew are nothing"
        );
    }

    proptest! {
        #[test]
        fn time_never_makes_a_token_fresher(a in 0_i64..700_000, b in 0_i64..700_000) {
            let info = token_set("a", at(0)).info;
            let rank = |now| match info.freshness(at(now)) {
                Freshness::Fresh { .. } => 0,
                Freshness::RefreshSoon { .. } => 1,
                Freshness::Expired => 2,
                Freshness::Dead => 3,
            };
            prop_assert!(rank(a.min(b)) <= rank(a.max(b)));
        }
    }
}
