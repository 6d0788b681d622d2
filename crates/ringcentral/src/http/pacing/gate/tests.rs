use std::sync::Arc;

use super::*;
use crate::clock::ManualClock;
use crate::entropy::OsEntropy;
use crate::http::pacing::RateLimitPolicy;
use crate::session::Spawner;

fn gate(window: Window) -> Arc<Gate> {
    let setting = Setting {
        policy: RateLimitPolicy::Wait,
        timeout: Duration::from_secs(60),
        clock: Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH)),
        entropy: Arc::new(OsEntropy),
        spawner: Spawner::tokio(),
        sharing: None,
    };
    Gate::new("heavy", window, &Arc::new(setting))
}

fn waits(gate: &Gate) -> oneshot::Receiver<Verdict> {
    let (answer, verdict) = oneshot::channel();
    let ask = Ask::default();
    gate.lock()
        .queue
        .join(ask.priority, Waiter { ask, came: 0, answer });
    verdict
}

/// On another thread a waiter may go away between the porter's look at the queue and its gift.
#[test]
fn a_place_for_a_waiter_that_has_just_gone_away_goes_to_the_next_one() {
    let gate = gate(Window::assuming(1, Duration::from_secs(60)));
    drop(waits(&gate));
    let mut next = waits(&gate);
    gate.let_through();
    let place = next.try_recv().expect("the only place is its").unwrap();
    drop(place);
    assert_eq!(
        gate.lock().window.opening(0),
        Opening::Now,
        "and comes back from it"
    );
}
