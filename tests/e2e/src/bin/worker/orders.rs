//! What the parent says: a line on standard input means "go on", its end means that the parent is gone.

use std::io::stdin;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// The parent's lines, each good for one wait.
#[derive(Clone)]
pub(crate) struct Orders(Arc<Mutex<Receiver<()>>>);

impl Orders {
    /// Listens from here on.
    pub(crate) fn listen() -> Self {
        let (order, orders) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while stdin().read_line(&mut line).is_ok_and(|read| read > 0) {
                if order.send(()).is_err() {
                    return;
                }
            }
            leave();
        });
        Self(Arc::new(Mutex::new(orders)))
    }

    /// Blocks this thread until the next line.
    pub(crate) fn wait(&self) {
        let orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a sender the program is about to end.
        let _ = orders.recv();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "threads that stopped for ever end in no other way, and nobody is left to kill them"
)]
fn leave() {
    std::process::exit(1);
}
