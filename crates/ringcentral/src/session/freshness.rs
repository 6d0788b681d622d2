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

    #[test]
    fn a_token_of_little_life_is_used_for_most_of_it() {
        let mut info = token_set("a", at(0)).info;
        info.expires_at = at(60);
        info.refresh_at = at(50);
        assert!(info.freshness(at(44)).is_usable());
        assert_eq!(info.freshness(at(45)), Freshness::Expired);
    }

    fn rank(freshness: Freshness) -> u8 {
        match freshness {
            Freshness::Fresh { .. } => 0,
            Freshness::RefreshSoon { .. } => 1,
            Freshness::Expired => 2,
            Freshness::Dead => 3,
        }
    }

    /// Token sets as a server might describe them, sensible or not.
    fn any_info() -> impl Strategy<Value = TokenInfo> {
        let time = -1_000_000_i64..1_000_000;
        (
            time.clone(),
            time.clone(),
            time.clone(),
            proptest::option::of(time),
        )
            .prop_map(|(issued, refresh, expires, refresh_expires)| {
                let mut info = token_set("a", at(issued)).info;
                info.refresh_at = at(refresh);
                info.expires_at = at(expires);
                info.refresh_expires_at = refresh_expires.map(at);
                info
            })
    }

    proptest! {
        #[test]
        fn time_never_makes_a_token_fresher(info in any_info(), a in 0_i64..2_000_000, b in 0_i64..2_000_000) {
            let issued = info.issued_at.as_second();
            let rank = |passed| rank(info.freshness(at(issued + passed)));
            prop_assert!(rank(a.min(b)) <= rank(a.max(b)));
        }

        #[test]
        fn what_each_answer_promises(info in any_info(), now in -2_000_000_i64..2_000_000) {
            let now = at(now);
            let has_refresh_life = info.refresh_expires_at.is_some_and(|end| now < end);
            match info.freshness(now) {
                Freshness::Fresh { remaining } => {
                    prop_assert_eq!(later(now, remaining), info.expires_at);
                    prop_assert!(now < info.refresh_at);
                }
                Freshness::RefreshSoon { remaining } => {
                    prop_assert_eq!(later(now, remaining), info.expires_at);
                    prop_assert!(info.refresh_at <= now);
                }
                Freshness::Expired => prop_assert!(has_refresh_life),
                Freshness::Dead => prop_assert!(!has_refresh_life),
            }
            if info.freshness(now).is_usable() {
                prop_assert!(now < info.expires_at);
                prop_assert!(info.issued_at <= later(now, MARGIN), "it would be from the future");
            }
        }
    }
}
