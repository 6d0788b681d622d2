//! Chunk after chunk, over as many connections as it takes and the retry policy allows.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderValue, IF_RANGE, RANGE};
use jiff::Timestamp;

use super::Connection;
use super::same::{Identity, changed};
use crate::client::Inner;
use crate::clock::{later, until};
use crate::error::{Error, ErrorKind, Result};
use crate::http::retry::Wish;
use crate::http::transport::{TransportError, TransportErrorKind};
use crate::http::{Call, Observation, Operation};

/// A download under way.
pub(super) struct Source {
    client: Arc<Inner>,
    call: Call,
    identity: Identity,
    connection: Connection,
    /// Bytes that have been handed out.
    received: u64,
    /// Connections in a row, this one included, that brought next to nothing; and when the first of them broke.
    attempt: u32,
    since: Option<Timestamp>,
    /// When the caller's own patience ends.
    deadline: Option<Timestamp>,
}

impl Source {
    pub(super) fn new(
        client: Arc<Inner>,
        call: Call,
        identity: Identity,
        connection: Connection,
        started: Timestamp,
    ) -> Self {
        Self {
            deadline: call.total_timeout.map(|total| later(started, total)),
            since: None,
            client,
            call,
            identity,
            connection,
            received: 0,
            attempt: 1,
        }
    }

    /// The next chunk, or `None` once all of it has been handed out.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            if self.identity.length() == Some(self.received) {
                return Ok(self.finish());
            }
            let patience = self.patience()?;
            let next = self.connection.next(self.client.clock(), patience).await;
            let broken = match next {
                Ok(Some(chunk)) => return self.hand_out(chunk).map(Some),
                Ok(None) if self.identity.length().is_none() => return Ok(self.finish()),
                // Less than was announced is not the end, however politely it comes.
                Ok(None) => TransportError::new(TransportErrorKind::Lost),
                Err(broken) => broken,
            };
            self.resume(broken).await?;
        }
    }

    fn hand_out(&mut self, chunk: Bytes) -> Result<Bytes> {
        let received = self.received + chunk.len() as u64;
        if self.identity.length().is_some_and(|length| received > length) {
            return Err(Error::new(
                ErrorKind::Decode,
                "the platform sent more bytes than it had announced",
            ));
        }
        self.received = received;
        Ok(chunk)
    }

    /// What the last resumption took of the budget comes back.
    fn finish(&self) -> Option<Bytes> {
        if self.connection.is_resumed {
            self.client.retry_budget().repay(true);
        }
        None
    }

    /// Waits as the policy says and asks for the rest.
    async fn resume(&mut self, broken: TransportError) -> Result<()> {
        let now = self.client.clock().now();
        if self.connection.was_good() {
            self.finish();
            (self.attempt, self.since) = (1, None);
        }
        let left = self.time_left()?;
        let error = self.broke_off(broken);
        let spent = until(*self.since.get_or_insert(now), now);
        let pause = self
            .client
            .retry
            .pause(Wish::Backoff, self.attempt, spent, self.client.entropy());
        let pause = match pause {
            Some(pause) if pause < left && self.client.retry_budget().take() => pause,
            _ => return Err(error),
        };
        self.client.observer().tell(&Observation::Retry {
            method: &self.call.method,
            route: Operation::new(&self.call.method, self.call.url.path()).route(),
            error: error.kind(),
            pause,
        });
        self.client.clock().sleep(pause).await;
        self.attempt += 1;
        self.connection = self.reopen().await?;
        Ok(())
    }

    async fn reopen(&mut self) -> Result<Connection> {
        let mut call = self.call.clone();
        call.total_timeout = match self.deadline {
            Some(_) => Some(self.time_left()?),
            None => None,
        };
        if self.received > 0 {
            let range = HeaderValue::try_from(format!("bytes={}-", self.received))
                .expect("digits may stand in a header");
            call.headers.insert(RANGE, range);
            if let Some(validator) = self.identity.if_range() {
                call.headers.insert(IF_RANGE, validator.clone());
            }
        }
        let answer = self.client.open(&call).await.map_err(|error| {
            if error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) {
                changed().with_source(error)
            } else {
                error
            }
        })?;
        self.identity.continued(answer, self.received)
    }

    /// How long to wait for the next chunk.
    fn patience(&self) -> Result<Duration> {
        let stall = self.call.timeout.unwrap_or(self.client.timeout());
        match self.deadline {
            Some(_) => Ok(stall.min(self.time_left()?)),
            None => Ok(stall),
        }
    }

    fn time_left(&self) -> Result<Duration> {
        let left = self.deadline.map_or(Duration::MAX, |deadline| {
            until(self.client.clock().now(), deadline)
        });
        if left.is_zero() {
            let what = format!("the time for the whole download ran out {}", self.progress());
            return Err(Error::new(ErrorKind::Timeout, what));
        }
        Ok(left)
    }

    fn broke_off(&self, broken: TransportError) -> Error {
        let (kind, what) = if broken.kind() == TransportErrorKind::Timeout {
            (ErrorKind::Timeout, "the download stalled")
        } else {
            (ErrorKind::Network, "the download broke off")
        };
        Error::new(kind, format!("{what} {}", self.progress())).with_source(broken)
    }

    fn progress(&self) -> String {
        match self.identity.length() {
            Some(length) => format!("after {} of {length} bytes", self.received),
            None => format!("after {} bytes", self.received),
        }
    }
}
