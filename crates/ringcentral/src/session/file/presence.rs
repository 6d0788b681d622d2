//! Whether the holder of a lease is still alive.
//!
//! A holder keeps a lock on a file of its own for as long as it refreshes. The system takes the lock away from a
//! process that has died, however it died, and so the next one need not wait for the lease to run out. A holder that
//! is merely stopped keeps the lock; its lease runs out, and the fence keeps it from doing harm when it goes on.

use std::fs::{File, TryLockError};
use std::sync::{Mutex, PoisonError};

/// This process's sign of life.
#[derive(Debug, Default)]
pub(super) struct Presence(Mutex<Option<(u64, File)>>);

impl Presence {
    /// Locks the file, unless somebody who is alive has locked it.
    pub(super) fn lock(file: File) -> std::io::Result<Option<File>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Shows life for as long as the lease with this fence is held.
    pub(super) fn keep(&self, fence: u64, lock: Option<File>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lock {
            Some(lock) => *kept = Some((fence, lock)),
            // Still shown by an older lease of our own.
            None => kept.iter_mut().for_each(|(older, _)| *older = fence),
        }
    }

    /// The lease with this fence, or an older one, has ended.
    pub(super) fn end(&self, fence: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|(held, _)| *held <= fence) {
            *kept = None;
        }
    }
}
