//! Which days the call log is shown for.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The quick choices, shortest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quick {
    Today,
    Week,
    Month,
}

impl Quick {
    pub(crate) const ALL: [Self; 3] = [Self::Today, Self::Week, Self::Month];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Week => "Last 7 days",
            Self::Month => "Last 30 days",
        }
    }

    fn days(self) -> i64 {
        match self {
            Self::Today => 1,
            Self::Week => 7,
            Self::Month => 30,
        }
    }
}

/// Whole days in the user's time zone, first and last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) quick: Option<Quick>,
}

impl Days {
    /// What the query asks for: two dates, one of them, a quick choice, or else the last seven days.
    ///
    /// # Errors
    /// The parameter that is not a date, with the choice that is shown instead.
    pub(crate) fn choose(
        quick: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
        today: Date,
        zone: &TimeZone,
    ) -> Result<Self, (Self, &'static str)> {
        let otherwise = Self::quick(Quick::Week, today);
        let read = |name, text: Option<&str>| match text.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => date(text, zone).map(Some).ok_or((otherwise, name)),
            None => Ok(None),
        };
        let (from, to) = (read("dateFrom", from)?, read("dateTo", to)?);
        let (from, to) = match (from, to) {
            (None, None) => {
                let named = quick.and_then(|name| Quick::ALL.into_iter().find(|quick| quick.name() == name));
                return Ok(named.map_or(otherwise, |quick| Self::quick(quick, today)));
            }
            (Some(from), None) => (from, today.max(from)),
            (None, Some(to)) => (to.saturating_sub(6.days()), to),
            (Some(from), Some(to)) => (from.min(to), from.max(to)),
        };
        let quick = Quick::ALL.into_iter().find(|quick| {
            let days = Self::quick(*quick, today);
            (days.from, days.to) == (from, to)
        });
        Ok(Self { from, to, quick })
    }

    pub(crate) fn quick(quick: Quick, today: Date) -> Self {
        Self {
            from: today.saturating_sub((quick.days() - 1).days()),
            to: today,
            quick: Some(quick),
        }
    }

    /// The first moment of these days, and the first one after them.
    pub(crate) fn bounds(&self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let midnight = |date: Date, otherwise| {
            date.to_zoned(zone.clone())
                .map_or(otherwise, |midnight| midnight.timestamp())
        };
        let after = self.to.saturating_add(1.day());
        (
            midnight(self.from, Timestamp::MIN),
            midnight(after, Timestamp::MAX),
        )
    }
}

/// A day, or a moment whose day is meant.
fn date(text: &str, zone: &TimeZone) -> Option<Date> {
    if text.len() > 64 {
        return None;
    }
    match text.parse::<Timestamp>() {
        Ok(moment) => Some(moment.to_zoned(zone.clone()).date()),
        Err(_) => text.parse::<Date>().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 20);

    fn choose(
        quick: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Days, (Days, &'static str)> {
        Days::choose(quick, from, to, TODAY, &TimeZone::UTC)
    }

    #[test]
    fn what_is_asked_for_is_what_is_shown() {
        for (quick, from, to, first, last, named) in [
            (None, None, None, date(2026, 11, 14), TODAY, Some(Quick::Week)),
            (Some("today"), None, None, TODAY, TODAY, Some(Quick::Today)),
            (
                Some("30d"),
                None,
                None,
                date(2026, 10, 22),
                TODAY,
                Some(Quick::Month),
            ),
            (
                Some("forever"),
                Some(""),
                None,
                date(2026, 11, 14),
                TODAY,
                Some(Quick::Week),
            ),
            (
                None,
                Some("2026-11-14"),
                Some("2026-11-20"),
                date(2026, 11, 14),
                TODAY,
                Some(Quick::Week),
            ),
            (None, Some("2026-11-01"), None, date(2026, 11, 1), TODAY, None),
            (
                None,
                None,
                Some("2026-11-10"),
                date(2026, 11, 4),
                date(2026, 11, 10),
                None,
            ),
            (
                None,
                Some("2026-11-09"),
                Some("2026-11-02"),
                date(2026, 11, 2),
                date(2026, 11, 9),
                None,
            ),
            (
                None,
                Some("2026-11-09T23:59:00Z"),
                Some("2026-11-09"),
                date(2026, 11, 9),
                date(2026, 11, 9),
                None,
            ),
        ] {
            let days = choose(quick, from, to).unwrap();
            assert_eq!(
                days,
                Days {
                    from: first,
                    to: last,
                    quick: named
                },
                "{quick:?} {from:?} {to:?}"
            );
        }
    }

    #[test]
    fn what_is_no_date_is_named() {
        let long = "9".repeat(100);
        for bad in [
            "yesterday",
            "2026-13-01",
            "2026-02-30",
            "1",
            "-9999-01-01x",
            "<script>",
            long.as_str(),
        ] {
            assert_eq!(choose(None, Some(bad), None).unwrap_err().1, "dateFrom", "{bad}");
            assert_eq!(choose(None, None, Some(bad)).unwrap_err().1, "dateTo", "{bad}");
        }
    }

    #[test]
    fn days_are_those_of_the_time_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(-8));
        let (from, to) = Days::quick(Quick::Today, TODAY).bounds(&zone);
        assert_eq!(from.to_string(), "2026-11-20T08:00:00Z");
        assert_eq!(to.to_string(), "2026-11-21T08:00:00Z");
    }

    #[test]
    fn the_ends_of_time_are_no_accident() {
        for text in ["9999-12-31", "-009999-01-01"] {
            if let Ok(days) = choose(None, Some(text), Some(text)) {
                let (from, to) = days.bounds(&TimeZone::fixed(jiff::tz::offset(-8)));
                assert!(from <= to);
            }
        }
    }
}
