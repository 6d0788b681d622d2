//! Time that the model moves.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use shuttle::future::yield_now;
use shuttle::rand::{Rng, thread_rng};

use super::World;
use crate::BoxFuture;
use crate::clock::{Clock, later};
use crate::entropy::Entropy;

/// A clock that stands still in the calm world, and in the hostile one jumps whenever somebody waits for it.
#[derive(Clone)]
pub(super) struct ModelClock {
    world: World,
    // The standard lock: taking it is no moment at which the order of things could matter.
    now: Arc<Mutex<Timestamp>>,
}

impl ModelClock {
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            now: Arc::new(Mutex::new(Timestamp::UNIX_EPOCH)),
        }
    }

    pub(super) fn expire_tokens(&self) {
        self.pass(Duration::from_secs(3_601));
    }

    /// In the hostile world a moment may last longer than any lease or token: the machine slept, a host was paused.
    pub(super) async fn moment(&self) {
        yield_now().await;
        if self.world.strikes(12) {
            self.pass(Duration::from_secs(40));
        }
        if self.world.strikes(12) {
            self.expire_tokens();
        }
    }

    fn pass(&self, time: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = later(*now, time);
    }
}

impl Clock for ModelClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            let is_short = duration < Duration::from_secs(1);
            if !clock.world.is_hostile() && !is_short {
                // Nothing takes so long in the calm world.
                std::future::pending::<()>().await;
            }
            for _ in 0..thread_rng().gen_range(1..8) {
                yield_now().await;
            }
            if clock.world.is_hostile() {
                // Even a short wait brings the end of a lease nearer, so that nobody waits for a dead holder for ever.
                clock.pass(duration.max(Duration::from_secs(4)));
            }
        })
    }
}

impl fmt::Debug for ModelClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModelClock")
    }
}

/// Every run is the same but for the order.
#[derive(Debug)]
pub(super) struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}
