//! Values that are more than text: spans of time, points in time, `name=value`.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// `90s`, `5m`, `1h30m`, `7d`; a bare number means seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write it like 90s, 5m or 1h30m".to_owned();
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok()) {
        return Ok(Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    }
    let span: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}

/// A point in time as people give it; it becomes a timestamp once "now" is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    At(Timestamp),
    Ago(Duration),
}

impl When {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self::At(at));
        }
        if let Ok(date) = text.parse::<Date>() {
            let day = date
                .to_zoned(TimeZone::system())
                .map_err(|_| "that day is out of range".to_owned())?;
            return Ok(Self::At(day.timestamp()));
        }
        duration(text).map(Self::Ago).map_err(|_| {
            "write a day (2026-11-01), a time (2026-11-01T08:00:00Z) or how long ago (36h, 7d)".to_owned()
        })
    }

    pub(crate) fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

/// `name=value`; the value may have more `=` in it.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it like name=value".to_owned()),
    }
}

/// `name=JSON`.
pub(super) fn json_pair(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = pair(text)?;
    let value = serde_json::from_str(&value).map_err(|_| {
        "the value is not JSON; text wants quotes, like -F 'name=\"value\"', or use -f".to_owned()
    })?;
    Ok((name, value))
}

/// `Name: value`, as HTTP writes it.
pub(super) fn header(text: &str) -> Result<(http::HeaderName, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it like Name:value")?;
    let name: http::HeaderName = name.trim().parse().map_err(|_| "that is not a header's name")?;
    if name == http::header::AUTHORIZATION || name == http::header::COOKIE {
        return Err("the login puts its own; log in instead".to_owned());
    }
    Ok((name, value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_write_them() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("5m", 300),
            ("1h30m", 5400),
            ("7d", 604_800),
            ("0s", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "soon", "-5m", "5 parsecs", "d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn points_in_time_as_people_write_them() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let at = |text: &str| When::parse(text).map(|when| when.at(now).to_string());
        assert_eq!(at("2026-11-01T08:00:00Z").as_deref(), Ok("2026-11-01T08:00:00Z"));
        assert_eq!(
            at("2026-11-01T08:00:00+01:00").as_deref(),
            Ok("2026-11-01T07:00:00Z")
        );
        assert_eq!(at("36h").as_deref(), Ok("2026-11-20T00:00:00Z"));
        assert_eq!(at("7d").as_deref(), Ok("2026-11-14T12:00:00Z"));
        assert!(matches!(When::parse("2026-11-01"), Ok(When::At(_))));
        for text in ["", "yesterday", "2026-13-01", "01.11.2026"] {
            assert!(When::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pairs_and_headers() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(pair("a").is_err() && pair("=b").is_err());
        assert_eq!(json_pair("a=[1]"), Ok(("a".to_owned(), serde_json::json!([1]))));
        assert!(json_pair("a=b").is_err());
        assert_eq!(
            header("x-a: b:c").map(|(n, v)| (n.to_string(), v)),
            Ok(("x-a".to_owned(), "b:c".to_owned()))
        );
        for refused in ["Authorization: Bearer x", "cookie:a", "no", ": x", "a b: c"] {
            assert!(header(refused).is_err(), "{refused}");
        }
    }
}
