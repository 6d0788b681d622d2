//! The keyring of each operating system, as three questions: read, write and delete the bytes under an id.
//!
//! None of them may block the runtime, and each can be dropped while it waits.

use std::error::Error as StdError;

#[cfg(all(unix, not(any(target_vendor = "apple", target_os = "android"))))]
#[path = "os/secret_service.rs"]
mod this;

#[cfg(any(target_os = "macos", windows))]
#[path = "os/native.rs"]
mod this;

#[cfg(not(any(
    target_os = "macos",
    windows,
    all(unix, not(any(target_vendor = "apple", target_os = "android")))
)))]
#[path = "os/none.rs"]
mod this;

pub(super) use this::{delete, read, write};

/// What the entries are found by, with their id.
const APPLICATION: &str = "ringcentral";

type Cause = Box<dyn StdError + Send + Sync>;

/// Why a keyring did not do as asked.
#[derive(Debug)]
#[cfg_attr(
    not(all(unix, not(any(target_vendor = "apple", target_os = "android")))),
    expect(dead_code, reason = "the Secret Service alone knows all of them")
)]
pub(super) enum KeyringError {
    /// There is none.
    Absent(Cause),
    /// It is locked, and nobody unlocked it when asked to.
    Locked,
    /// What it is given is gone when the session ends.
    Fleeting,
    /// It said something else.
    Failed(Cause),
}
