//! The lock of the session core: the standard one, and in this crate's own unit tests the model checker's, which
//! tries out other orders at each use of it.

#[cfg(not(test))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(test)]
pub(crate) use shuttle::sync::{Mutex, MutexGuard};
