//! Tokens that the platform has given and the store could not take: the disk is full, the database is away.
//!
//! They are not used, because what is not stored may be gone after a crash. They are not thrown away either: the old
//! refresh token gives the same pair again for an hour at most, and a store may be away for longer than that.

use std::sync::Arc;
use std::time::Duration;

use super::store::{Lease, RefreshOutcome};
use super::token_set::TokenSet;
use super::{Session, lock, step, store_error};
use crate::error::Result;

/// The first pause before storing is tried again, and the longest one.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A commit that has to be made up for.
#[derive(Debug)]
pub(super) struct Unsaved {
    lease: Lease,
    tokens: TokenSet,
    outcome: RefreshOutcome,
}

impl Unsaved {
    pub(super) fn new(lease: Lease, tokens: TokenSet, outcome: RefreshOutcome) -> Self {
        Self {
            lease,
            tokens,
            outcome,
        }
    }
}

impl Session {
    /// Keeps tokens in memory and goes on trying to store them, whether or not anybody calls.
    pub(super) fn keep_unsaved(self: &Arc<Self>, unsaved: Unsaved) {
        lock(&self.memory).unsaved = Some(unsaved);
        let session = Arc::clone(self);
        self.spawner.spawn(async move {
            let mut pause = PAUSES.0;
            loop {
                session.endpoint.clock().sleep(pause).await;
                if session.save_unsaved().await.is_ok() {
                    return;
                }
                pause = (pause * 2).min(PAUSES.1);
            }
        });
    }

    /// Stores what could not be stored before, if there is such a thing. The lease decides as ever: somebody else may
    /// have taken over meanwhile, and then theirs is what counts.
    pub(super) async fn save_unsaved(&self) -> Result<()> {
        let (unsaved, epoch) = {
            let mut memory = lock(&self.memory);
            (memory.unsaved.take(), memory.epoch)
        };
        let Some(unsaved) = unsaved else {
            return Ok(());
        };
        match self
            .store
            .commit(&unsaved.lease, &unsaved.tokens, &unsaved.outcome)
            .await
        {
            Ok(_) => {
                step("committed");
                Ok(())
            }
            Err(error) => {
                let mut memory = lock(&self.memory);
                if memory.epoch == epoch && memory.unsaved.is_none() {
                    memory.unsaved = Some(unsaved);
                }
                Err(store_error(error))
            }
        }
    }
}
