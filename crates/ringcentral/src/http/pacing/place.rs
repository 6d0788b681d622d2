//! A place at a gate, from when it is given until it is known what became of its request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::gate::{Gate, UNKNOWN};
use super::headers::Reading;
use super::window::{Micros, What, Window};

/// The right to send one request, and afterwards the duty to tell what became of it.
///
/// Dropped before [`leaves`](Self::leaves), it goes back to whoever is next; dropped later, the request counts.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<Gate>,
    /// `None` where nothing is counted.
    ticket: Option<u64>,
    sent: Micros,
    has_left: AtomicBool,
    /// For how long it was waited for; `None` when nobody had to.
    waited: Option<Duration>,
    is_settled: bool,
}

impl Place {
    pub(super) fn new(gate: Arc<Gate>, ticket: Option<u64>, now: Micros) -> Self {
        Self {
            gate,
            ticket,
            sent: now,
            has_left: AtomicBool::new(false),
            waited: None,
            is_settled: false,
        }
    }

    /// The request is sent now: from here on it counts, unless it is given back.
    pub(crate) fn leaves(&self) {
        self.has_left.store(true, Ordering::Relaxed);
    }

    /// It turned out that the request never left.
    pub(crate) fn give_back(self) {
        self.settle(What::GivenBack);
    }

    pub(crate) fn has_waited(&self) -> bool {
        self.waited.is_some()
    }

    pub(crate) fn waited(&self) -> Duration {
        self.waited.unwrap_or_default()
    }

    /// The same place, for whoever has waited so long besides.
    pub(super) fn having_waited(mut self, waited: Duration) -> Self {
        self.waited = Some(self.waited().saturating_add(waited));
        self
    }

    pub(super) fn sent(&self) -> Micros {
        self.sent
    }

    pub(super) fn is_of(&self, group: &str) -> bool {
        self.gate.group.eq_ignore_ascii_case(group)
    }

    pub(super) fn answered(self, reading: Reading) {
        let sent = self.sent;
        self.settle(What::Answered { sent, reading });
    }

    /// The request was another group's. Those who wait here for what its answer says go and wait there.
    pub(super) fn belonged_elsewhere(self) {
        if self.gate.group == UNKNOWN {
            self.gate.lock().window = Window::unlimited();
        }
        self.settle(What::GivenBack);
    }

    fn settle(mut self, what: What) {
        self.settle_as(what);
    }

    fn settle_as(&mut self, what: What) {
        if std::mem::replace(&mut self.is_settled, true) {
            return;
        }
        match (self.ticket, &what) {
            (Some(ticket), _) => self.gate.settle(ticket, what),
            // Nothing is counted here, but an answer may say that something is from now on.
            (None, What::Answered { .. }) => self.gate.settle(0, what),
            (None, _) => {}
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let what = if self.has_left.load(Ordering::Relaxed) {
            What::Lost
        } else {
            What::GivenBack
        };
        self.settle_as(what);
    }
}
