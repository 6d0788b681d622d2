//! What the worker says: one line of JSON each, written at once, so that a kill in the next moment loses none.

use std::io::{Write, stdout};

use serde_json::{Value, json};

/// Where the new login is.
pub(crate) fn login(id: Option<&str>) -> std::io::Result<()> {
    line(&json!({ "login": id }))
}

/// The store is open, and the calls may begin.
pub(crate) fn ready() -> std::io::Result<()> {
    line(&json!({ "ready": true }))
}

/// A step of a refresh is reached; `stopped` when it goes no further.
pub(crate) fn step(step: &str, stopped: bool) -> std::io::Result<()> {
    line(&json!({ "step": step, "stopped": stopped }))
}

/// All calls have ended.
pub(crate) fn end(succeeded: usize, failures: &[String]) -> std::io::Result<()> {
    line(&json!({ "succeeded": succeeded, "failures": failures }))
}

/// A file has been moved: how much that was, and the most memory that the process had before and after, in bytes.
pub(crate) fn transferred(bytes: u64, peak_before: u64, peak_after: u64) -> std::io::Result<()> {
    line(&json!({ "bytes": bytes, "peak_before": peak_before, "peak_after": peak_after }))
}

fn line(value: &Value) -> std::io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(format!("{value}\n").as_bytes())?;
    out.flush()
}
