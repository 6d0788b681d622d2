//! How numbers, names and durations read.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// "AQ" for Ada Quill; one letter for one word, a ring for nobody.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    let letters: String = first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect();
    if letters.is_empty() {
        "○".to_owned()
    } else {
        letters
    }
}

/// `+1 650 555 0100` for a North American number; others as they are.
pub(crate) fn phone_number(number: &str) -> String {
    let digits = number.strip_prefix("+1").unwrap_or_default();
    if digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()) {
        format!("+1 {} {} {}", &digits[..3], &digits[3..6], &digits[6..])
    } else {
        number.to_owned()
    }
}

/// `1:13`, `1:02:05`; a dash for a call that nobody took.
pub(crate) fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => "–".to_owned(),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A wait, in the unit that suits it.
pub(crate) fn wait(seconds: u64) -> String {
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..=119 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// `Fri 20 Nov 2026`
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y").to_string()
}

/// `14:05`
pub(crate) fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// `IvrMenu` reads `Ivr menu`; what has spaces already is left alone.
pub(crate) fn spaced(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 4);
    let mut previous_is_lower = false;
    for c in word.chars() {
        if previous_is_lower && c.is_uppercase() {
            out.push(' ');
            out.extend(c.to_lowercase());
        } else {
            out.push(c);
        }
        previous_is_lower = c.is_lowercase();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (name, expected) in [
            ("Ada Quill", "AQ"),
            ("ada", "A"),
            ("Ana de la Vega", "AV"),
            ("", "○"),
            ("(x) [y]", "XY"),
            ("ß", "SS"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
        for (number, expected) in [
            ("+16505550100", "+1 650 555 0100"),
            ("+442079460100", "+442079460100"),
            ("101", "101"),
            ("+1650555010é", "+1650555010é"),
        ] {
            assert_eq!(phone_number(number), expected);
        }
        for (seconds, expected) in [(0, "–"), (5, "0:05"), (73, "1:13"), (3725, "1:02:05")] {
            assert_eq!(duration(seconds), expected);
        }
        for (word, expected) in [
            ("IvrMenu", "Ivr menu"),
            ("User", "User"),
            ("Call connected", "Call connected"),
        ] {
            assert_eq!(spaced(word), expected);
        }
        for (seconds, expected) in [(1, "a second"), (60, "60 seconds"), (121, "3 minutes")] {
            assert_eq!(wait(seconds), expected);
        }
    }
}
