//! The steps of a refresh, as the SDK traces them: said, and stopped at.
//!
//! An event is recorded on the thread that comes to the step, so blocking that thread stops the program exactly there,
//! with whatever it holds: the lease, the lock file, a file half written.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::orders::Orders;
use crate::report;

/// Where the SDK says which step of a refresh comes now.
const TARGET: &str = "ringcentral::refresh";

struct Steps {
    stop_at: Option<String>,
    pause_at: Option<String>,
    orders: Orders,
    /// Whether this program has refreshed, and so may use a token for the first time.
    committed: AtomicBool,
}

/// Watches every refresh of this program.
pub(crate) fn watch(stop_at: Option<String>, pause_at: Option<String>, orders: Orders) -> anyhow::Result<()> {
    let steps = Steps {
        stop_at,
        pause_at,
        orders,
        committed: AtomicBool::new(false),
    };
    Ok(tracing::subscriber::set_global_default(steps)?)
}

impl Steps {
    /// The first token that a program uses is not one that it has just refreshed: that use has a name of its own.
    fn name<'a>(&self, step: &'a str) -> &'a str {
        match step {
            "committed" => self.committed.store(true, Ordering::SeqCst),
            "using" if !self.committed.load(Ordering::SeqCst) => return "using-stored",
            _ => {}
        }
        step
    }

    fn reached(&self, step: &str) {
        let step = self.name(step);
        let stops = self.stop_at.as_deref() == Some(step);
        let pauses = self.pause_at.as_deref() == Some(step);
        // A parent that listens no more is about to kill us.
        let _ = report::step(step, stops || pauses);
        if pauses {
            self.orders.wait();
        }
        if stops {
            loop {
                thread::park();
            }
        }
    }
}

impl Subscriber for Steps {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == TARGET
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn event(&self, event: &Event<'_>) {
        let mut step = StepOf(None);
        event.record(&mut step);
        if let Some(step) = step.0 {
            self.reached(&step);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The field `step` of an event.
struct StepOf(Option<String>);

impl Visit for StepOf {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "step" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
