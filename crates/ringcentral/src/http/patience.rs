//! How long an attempt is waited for.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;

use super::body::Body;
use super::departure::Departure;
use super::transport::{TransportError, TransportErrorKind};
use crate::clock::Clock;

/// Counts the chunks of a body that have gone out, so that a large upload on a slow line is not taken for a stall.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved(Arc<AtomicU64>);

impl Moved {
    /// The same body, whose chunks are counted as they are taken.
    pub(crate) fn watch(&self, body: Body) -> Body {
        if body.as_bytes().is_some() {
            return body;
        }
        let (length, count) = (body.length(), Arc::clone(&self.0));
        let chunks = body.into_stream().inspect(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        Body::stream(chunks, length)
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The outcome of `attempt`, or a timeout once nothing has moved for `timeout`. What had no connection by then was never
/// sent, and is not sent later either.
pub(crate) async fn wait_for<T>(
    attempt: impl Future<Output = Result<T, TransportError>>,
    moved: &Moved,
    departure: &Departure,
    timeout: Duration,
    clock: &dyn Clock,
) -> Result<T, TransportError> {
    let mut attempt = pin!(attempt);
    loop {
        let seen = moved.count();
        tokio::select! {
            biased;
            outcome = &mut attempt => return outcome,
            () = clock.sleep(timeout) => {
                if moved.count() == seen {
                    return Err(late(departure));
                }
            }
        }
    }
}

fn late(departure: &Departure) -> TransportError {
    if departure.call_back() {
        TransportError::new(TransportErrorKind::Connect)
            .with_source("no connection in the time that an attempt has")
    } else {
        TransportError::new(TransportErrorKind::Timeout)
    }
}
