//! Time as an argument: the only file that asks the system what time it is.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::BoxFuture;

/// Where a [`Client`](crate::Client) gets the time from, and how it waits.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use jiff::{SignedDuration, Timestamp};
/// use ringcentral::{App, BoxFuture, Client, Clock, SystemClock};
///
/// /// The machine's clock, corrected by what a time server says.
/// #[derive(Debug)]
/// struct Corrected(SignedDuration);
///
/// impl Clock for Corrected {
///     fn now(&self) -> Timestamp {
///         SystemClock.now() + self.0
///     }
///
///     fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
///         SystemClock.sleep(duration)
///     }
/// }
///
/// # fn main() -> ringcentral::Result<()> {
/// let clock = Corrected(SignedDuration::from_secs(-4));
/// let client = Client::builder(App::public("my-client-id")).clock(Arc::new(clock)).build()?;
/// # drop(client);
/// # Ok(()) }
/// ```
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Resolves once this much time has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that moves only when told to, for tests: clones share the time.
///
/// ```
/// use ringcentral::{Clock, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::at("2026-11-21T09:00:00Z".parse().unwrap());
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().to_string(), "2026-11-21T09:01:00Z");
/// ```
#[derive(Clone)]
pub struct ManualClock(watch::Sender<Timestamp>);

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(watch::Sender::new(now))
    }

    /// Moves forward and wakes everyone whose wait is over.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = later(*now, by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let until = later(self.now(), duration);
        let mut time = self.0.subscribe();
        Box::pin(async move {
            if time.wait_for(|now| *now >= until).await.is_err() {
                // The clock is gone, so its time never comes.
                std::future::pending::<()>().await;
            }
        })
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

/// `at` plus `by`, and the end of time rather than an overflow.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

/// `at` less `by`, and the beginning of time rather than an underflow.
pub(crate) fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_sub(by).ok())
        .unwrap_or(Timestamp::MIN)
}

/// How long from `now` until `at`; zero when that time has passed.
pub(crate) fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_sleep_ends_when_its_time_has_come_and_not_before() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let mut sleep = tokio_test_poll(clock.sleep(Duration::from_secs(10)));
        assert!(!sleep.is_ready());
        clock.advance(Duration::from_secs(9));
        assert!(!sleep.is_ready());
        clock.advance(Duration::from_secs(1));
        assert!(sleep.is_ready());
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(later(Timestamp::MAX, Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(later(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
        assert_eq!(earlier(Timestamp::MIN, Duration::from_secs(1)), Timestamp::MIN);
        assert_eq!(until(Timestamp::MAX, Timestamp::UNIX_EPOCH), Duration::ZERO);
    }

    struct Polled(BoxFuture<'static, ()>);

    fn tokio_test_poll(future: BoxFuture<'static, ()>) -> Polled {
        Polled(future)
    }

    impl Polled {
        fn is_ready(&mut self) -> bool {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            self.0.as_mut().poll(&mut context).is_ready()
        }
    }
}
