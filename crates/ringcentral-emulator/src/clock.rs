//! The emulator's clock: the system's time plus an offset that only grows, or a frozen instant.

use std::sync::Mutex;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// The years that the clock may show begin here.
const FIRST: Timestamp = Timestamp::constant(-62_135_596_800, 0);
/// And end here (9000-01-01): what is reckoned from a moment, such as the end of a token's life, must still be in the
/// calendar. A clock that gets here stands still.
const LAST: Timestamp = Timestamp::constant(221_845_392_000, 0);

/// The one place that knows what time it is.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<State>);

#[derive(Debug, Clone, Copy)]
struct State {
    offset_ms: i64,
    frozen_at_ms: Option<i64>,
}

impl Clock {
    /// A clock that runs with the system's, `offset_ms` ahead of it.
    pub(crate) fn new(offset_ms: i64, frozen_at_ms: Option<i64>) -> Self {
        Self(Mutex::new(State {
            offset_ms,
            frozen_at_ms,
        }))
    }

    /// The time, in whole milliseconds, as everything is stored.
    pub(crate) fn now(&self) -> Timestamp {
        let state = self.lock();
        let ms = state
            .frozen_at_ms
            .unwrap_or_else(|| system_ms().saturating_add(state.offset_ms));
        at_ms(ms).clamp(FIRST, LAST)
    }

    /// Whether a step leads beyond the last moment.
    pub(crate) fn is_too_far(&self, by: SignedDuration) -> bool {
        by > LAST.duration_since(self.now())
    }

    /// Moves forward by `by`, which must not be negative.
    pub(crate) fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX).max(0);
        let mut state = self.lock();
        match &mut state.frozen_at_ms {
            Some(at) => *at = at.saturating_add(by),
            None => state.offset_ms = state.offset_ms.saturating_add(by),
        }
    }

    /// Stops at the present moment, or runs on from it.
    pub(crate) fn freeze(&self, frozen: bool) {
        let mut state = self.lock();
        match (frozen, state.frozen_at_ms) {
            (true, None) => state.frozen_at_ms = Some(system_ms() + state.offset_ms),
            (false, Some(at)) => {
                state.offset_ms = at - system_ms();
                state.frozen_at_ms = None;
            }
            _ => {}
        }
    }

    /// Begins at a moment, earlier ones too, and stands still there or runs on.
    pub(crate) fn start_at(&self, ms: i64, frozen: bool) {
        *self.lock() = State {
            offset_ms: ms - system_ms(),
            frozen_at_ms: frozen.then_some(ms),
        };
    }

    /// Takes up a state that was kept.
    pub(crate) fn go_on(&self, offset_ms: i64, frozen_at_ms: Option<i64>) {
        *self.lock() = State {
            offset_ms,
            frozen_at_ms,
        };
    }

    /// Back to the system's time.
    pub(crate) fn reset(&self) {
        *self.lock() = State {
            offset_ms: 0,
            frozen_at_ms: None,
        };
    }

    /// Whether time stands still.
    pub(crate) fn is_frozen(&self) -> bool {
        self.lock().frozen_at_ms.is_some()
    }

    /// Offset and frozen instant, to be kept over a restart.
    pub(crate) fn state(&self) -> (i64, Option<i64>) {
        let state = self.lock();
        (state.offset_ms, state.frozen_at_ms)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Whether the clock can come to this moment, or could have been there.
pub(crate) fn is_within(time: Timestamp) -> bool {
    (FIRST..=LAST).contains(&time)
}

/// The machine's time, for what must agree with the clocks of others: certificates.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that everybody else is given"
)]
pub(crate) fn system() -> Timestamp {
    Timestamp::now()
}

fn system_ms() -> i64 {
    system().as_millisecond()
}

/// The instant `ms` milliseconds after the epoch; beyond what a timestamp can hold, its end.
pub(crate) fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// How the platform writes times: UTC, milliseconds, `Z`.
pub(crate) fn format(time: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(time);
    let Ok(year @ 0..) = u32::try_from(at.year()) else {
        return time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    };
    let part = |number: i8| u32::from(number.unsigned_abs());
    let millisecond = u32::from(at.millisecond().unsigned_abs());
    // A page of records has hundreds of times, so it is done by hand.
    let mut text = String::with_capacity(24);
    for (number, digits, end) in [
        (year, 4, '-'),
        (part(at.month()), 2, '-'),
        (part(at.day()), 2, 'T'),
        (part(at.hour()), 2, ':'),
        (part(at.minute()), 2, ':'),
        (part(at.second()), 2, '.'),
        (millisecond, 3, 'Z'),
    ] {
        for place in (0..digits).rev() {
            let digit = number / 10_u32.pow(place) % 10;
            text.push(char::from_digit(digit, 10).unwrap_or('0'));
        }
        text.push(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{at_ms, format};

    #[test]
    fn times_are_written_as_the_platform_does() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_792_317_600_007, "2026-10-18T10:00:00.007Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-30T22:00:00.999Z"),
        ] {
            assert_eq!(format(at_ms(ms)), text, "{ms}");
        }
        // What no client sends is written as well.
        assert!(format(at_ms(i64::MIN)).starts_with('-'));
    }
}
