//! Where the session's own tasks run.

use std::fmt;
use std::sync::Arc;

use crate::BoxFuture;

/// Starts a task that goes on when whoever started it goes away.
///
/// An argument like the clock: a model checker runs the same code on its own scheduler.
#[derive(Clone)]
pub(crate) struct Spawner(Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>);

impl Spawner {
    /// Tasks of the tokio runtime that is current when they are started.
    pub(crate) fn tokio() -> Self {
        Self::new(|task| drop(tokio::spawn(task)))
    }

    pub(crate) fn new(start: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(start))
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        (self.0)(Box::pin(task));
    }
}

impl fmt::Debug for Spawner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spawner")
    }
}
