//! The emulator's clock: the system's time plus an offset that only grows, or a frozen instant.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

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
        at_ms(
            state
                .frozen_at_ms
                .unwrap_or_else(|| system_ms() + state.offset_ms),
        )
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
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
