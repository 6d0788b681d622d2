//! Dates of HTTP headers (RFC 9110, section 5.6.7), and what `Date` says about the platform's clock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use http::header::DATE;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A clock that is further off than this says nothing about ours.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24);

/// `Date` is cut off to whole seconds.
const GRAIN: SignedDuration = SignedDuration::from_secs(1);

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`; or as it used to, which is to be read as well.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    match jiff::fmt::rfc2822::parse(text) {
        Ok(date) => Some(date.timestamp()),
        Err(_) => OLD_FORMS.iter().find_map(|form| {
            let date = strtime::parse(form, text).and_then(|parts| parts.to_datetime());
            date.and_then(|date| TimeZone::UTC.to_timestamp(date)).ok()
        }),
    }
}

/// Those of RFC 850 and of C's `asctime`.
const OLD_FORMS: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// How far the platform's clock is ahead of this machine's, learned from each answer's `Date`.
///
/// It matters when the two run apart between the issue of a token and its use: the machine's clock was set, or the
/// token was issued to another host with another clock.
#[derive(Debug, Default)]
pub(crate) struct PlatformClock(Mutex<Option<SignedDuration>>);

impl PlatformClock {
    /// How far, or `None` before the first answer.
    pub(crate) fn ahead(&self) -> Option<SignedDuration> {
        *self.lock()
    }

    /// Takes in an answer: the platform wrote its `Date` at some moment between `sent` and `received`.
    pub(crate) fn learn(&self, headers: &HeaderMap, sent: Timestamp, received: Timestamp) {
        let date = headers.get(DATE).and_then(|value| value.to_str().ok());
        let Some(date) = date.and_then(http_date) else {
            return;
        };
        let least = date.duration_since(received);
        let most = date.duration_since(sent).saturating_add(GRAIN);
        if least.abs() > FURTHEST || most.abs() > FURTHEST {
            return;
        }
        let mut ahead = self.lock();
        // As long as one reading explains every answer there is nothing to correct; clocks that agree stay at zero.
        let explains = |reading: &SignedDuration| least <= *reading && *reading <= most;
        let middle = least.saturating_add(most.saturating_sub(least) / 2);
        *ahead = ahead
            .filter(explains)
            .or_else(|| Some(SignedDuration::ZERO).filter(explains))
            .or(Some(middle));
    }

    fn lock(&self) -> MutexGuard<'_, Option<SignedDuration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn dated(date: &str) -> HeaderMap {
        HeaderMap::from_iter([(DATE, date.parse().unwrap())])
    }

    #[test]
    fn the_three_dates_of_the_standard_and_nothing_else() {
        let expected = Some(at("1994-11-06T08:49:37Z"));
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(http_date(date), expected, "{date}");
        }
        for other in [
            "",
            "tomorrow",
            "1994-11-06T08:49:37Z",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sunday, 99-Nov-94 08:49:37 GMT",
            "Sun Nov 99 08:49:37 1994",
        ] {
            assert_eq!(http_date(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_an_answer_says_about_the_platforms_clock() {
        let noon = "Sat, 21 Nov 2026 12:00:00 GMT";
        for (sent, received, ahead, why) in [
            ("12:00:00Z", "12:00:00.5Z", 0, "the clocks agree"),
            ("12:00:00.9Z", "12:00:01Z", 0, "the second is not over yet"),
            (
                "11:59:40Z",
                "12:00:20Z",
                0,
                "a slow answer may have been written at any moment",
            ),
            ("11:58:49Z", "11:58:49Z", 71_500, "ours is 71 s behind"),
            ("12:01:11Z", "12:01:13Z", -71_500, "ours is 71 s ahead"),
        ] {
            let clock = PlatformClock::default();
            let (sent, received) = (
                at(&format!("2026-11-21T{sent}")),
                at(&format!("2026-11-21T{received}")),
            );
            clock.learn(&dated(noon), sent, received);
            assert_eq!(clock.ahead().unwrap().as_millis(), ahead, "{why}");
        }
    }

    #[test]
    fn what_it_learned_holds_until_an_answer_contradicts() {
        let clock = PlatformClock::default();
        let noon = dated("Sat, 21 Nov 2026 12:00:00 GMT");
        let behind = at("2026-11-21T11:58:49Z");
        clock.learn(&noon, behind, behind);
        let known = clock.ahead();
        // Seen from within the same second, a little later and a little slower.
        clock.learn(&noon, at("2026-11-21T11:58:48.6Z"), at("2026-11-21T11:58:49.4Z"));
        assert_eq!(clock.ahead(), known);
        clock.learn(&noon, at("2026-11-21T12:00:00Z"), at("2026-11-21T12:00:00Z"));
        assert_eq!(
            clock.ahead(),
            Some(SignedDuration::ZERO),
            "the machine's clock was set"
        );
    }

    #[test]
    fn a_date_that_is_absurd_or_missing_teaches_nothing() {
        let clock = PlatformClock::default();
        let now = at("2026-11-21T12:00:00Z");
        for headers in [
            HeaderMap::new(),
            dated("Thu, 01 Jan 1970 00:00:00 GMT"),
            dated("Fri, 31 Dec 9999 23:59:59 GMT"),
            dated("noon"),
        ] {
            clock.learn(&headers, now, now);
            assert_eq!(clock.ahead(), None, "{headers:?}");
        }
    }
}
