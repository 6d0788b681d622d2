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
    history: History,
}

/// What tells two steps of the same name apart.
#[derive(Default)]
struct History {
    answered: AtomicBool,
    committed: AtomicBool,
}

/// Watches every refresh of this program.
pub(crate) fn watch(stop_at: Option<String>, pause_at: Option<String>, orders: Orders) -> anyhow::Result<()> {
    let steps = Steps {
        stop_at,
        pause_at,
        orders,
        history: History::default(),
    };
    Ok(tracing::subscriber::set_global_default(steps)?)
}

impl History {
    /// The step's full name. A file is written for the lease as it is for the new tokens, and the first token that a
    /// program uses is not one that it has just refreshed.
    fn name(&self, step: &str) -> String {
        let (answered, committed) = (&self.answered, &self.committed);
        match step {
            "claimed" => answered.store(false, Ordering::SeqCst),
            "answered" => answered.store(true, Ordering::SeqCst),
            "committed" => {
                answered.store(false, Ordering::SeqCst);
                committed.store(true, Ordering::SeqCst);
            }
            "writing" | "written" | "synced" | "renamed" if !answered.load(Ordering::SeqCst) => {
                return format!("claim-{step}");
            }
            "using" if !committed.load(Ordering::SeqCst) => return "using-stored".to_owned(),
            _ => {}
        }
        step.to_owned()
    }
}

impl Steps {
    fn reached(&self, step: &str) {
        let step = &self.history.name(step);
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
