use jiff::Timestamp;

use super::Limits;
use crate::settings::Settings;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("small")
}

/// Sends one Heavy request at `ms`: what remains, or the seconds to wait.
fn send(limits: &Limits, ms: i64) -> Result<i64, i64> {
    let settings = Settings::new(true).rate_limits;
    match limits.count(&settings, "Heavy", (Some(1), "app"), at(ms)) {
        Ok(quota) => Ok(quota.expect("limits are on").remaining),
        Err(exceeded) => Err(exceeded.retry_after),
    }
}

#[test]
fn the_window_slides() {
    let limits = Limits::default();
    for n in 0..10 {
        assert_eq!(send(&limits, n * 1000), Ok(9 - n));
    }
    // The first request leaves the window exactly 60 seconds after it came, and makes room for one.
    assert_eq!(send(&limits, 60_000), Ok(0));
    assert_eq!(send(&limits, 60_999), Err(60));
}

#[test]
fn a_penalty_is_restarted_by_every_request() {
    let limits = Limits::default();
    for _ in 0..10 {
        send(&limits, 0).expect("within the limit");
    }
    assert_eq!(send(&limits, 1_000), Err(60));
    assert_eq!(send(&limits, 60_999), Err(60), "the penalty lasts until 61.000");
    assert_eq!(
        send(&limits, 120_998),
        Err(60),
        "restarted at 60.999, it lasts until 120.999"
    );
    assert_eq!(send(&limits, 180_998), Ok(9), "60 quiet seconds end it");
}

#[test]
fn windows_are_per_user_app_and_group() {
    let limits = Limits::default();
    let settings = Settings::new(true).rate_limits;
    for _ in 0..11 {
        let _ = send(&limits, 0);
    }
    for (who, group) in [
        ((Some(2), "app"), "Heavy"),
        ((Some(1), "other"), "Heavy"),
        ((Some(1), "app"), "Light"),
    ] {
        assert!(
            limits.count(&settings, group, who, at(0)).is_ok(),
            "{who:?} {group}"
        );
    }
    assert_eq!(
        limits.count(&settings, "NoThrottling", (Some(1), "app"), at(0)),
        Ok(None)
    );
}

#[test]
fn switched_off_nothing_is_counted() {
    let limits = Limits::default();
    let settings = Settings::new(false).rate_limits;
    for _ in 0..100 {
        assert_eq!(
            limits.count(&settings, "Heavy", (Some(1), "app"), at(0)),
            Ok(None)
        );
    }
}
