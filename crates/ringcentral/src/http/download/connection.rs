//! One answer while it comes.

use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::stream::{BoxStream, StreamExt};

use crate::clock::Clock;
use crate::http::body::Body;
use crate::http::transport::{TransportError, TransportErrorKind};

/// A connection that brought so much has done its work: those that follow it are not counted with the ones before.
const GOOD: u64 = 64 * 1024;

/// The body of one answer.
pub(super) struct Connection {
    chunks: BoxStream<'static, Result<Bytes, TransportError>>,
    /// Bytes at its beginning that were handed out before.
    skip: u64,
    /// Bytes that it has brought beyond those.
    brought: u64,
    /// Bytes that it is to bring beyond those, where the answer says so.
    promised: Option<u64>,
    /// Whether it goes on with a download that was broken.
    pub(super) is_resumed: bool,
}

impl Connection {
    /// The answer to the first request.
    pub(super) fn first(body: Body) -> Self {
        Self {
            is_resumed: false,
            ..Self::from_start(body, 0)
        }
    }

    /// An answer that begins anew, of which the first `skip` bytes are known.
    pub(super) fn from_start(body: Body, skip: u64) -> Self {
        Self {
            chunks: body.into_stream(),
            skip,
            brought: 0,
            promised: None,
            is_resumed: true,
        }
    }

    /// An answer that goes on where the last one broke.
    pub(super) fn from_there(body: Body, promised: u64) -> Self {
        Self {
            promised: Some(promised),
            ..Self::from_start(body, 0)
        }
    }

    /// What comes next, if anything does within `timeout`.
    pub(super) async fn next(
        &mut self,
        clock: &dyn Clock,
        timeout: Duration,
    ) -> Result<Option<Bytes>, TransportError> {
        loop {
            let chunk = tokio::select! {
                biased;
                chunk = self.chunks.next() => chunk,
                () = clock.sleep(timeout) => return Err(TransportError::new(TransportErrorKind::Timeout)),
            };
            let Some(mut chunk) = chunk.transpose()? else {
                return Ok(None);
            };
            let known = usize::try_from(self.skip).map_or(chunk.len(), |skip| skip.min(chunk.len()));
            chunk.advance(known);
            self.skip -= known as u64;
            if !chunk.is_empty() {
                self.brought += chunk.len() as u64;
                return Ok(Some(chunk));
            }
        }
    }

    /// Whether it brought what it could be expected to.
    pub(super) fn was_good(&self) -> bool {
        self.brought >= GOOD || self.promised.is_some_and(|promised| self.brought >= promised)
    }
}
