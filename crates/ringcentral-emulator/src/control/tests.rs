use super::duration;

#[test]
fn durations_are_numbers_with_units() {
    for (text, ms) in [
        ("61m", 3_660_000),
        ("90s", 90_000),
        ("1h30m", 5_400_000),
        ("1h 30m", 5_400_000),
        ("20ms", 20),
        ("7d", 604_800_000),
        (" 1m1s1ms ", 61_001),
        ("0s", 0),
    ] {
        assert_eq!(
            duration("advance", text).map(|duration| duration.as_millis()),
            Ok(ms),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "",
        "61",
        "m",
        "-5m",
        "1.5h",
        "5 m",
        "1w",
        "1h30",
        "soon",
        "99999999999999999999s",
        "9223372036854775807d",
    ] {
        assert!(duration("advance", text).is_err(), "{text}");
    }
}
