//! The SDK from outside, against a transport that answers as scripted: nothing here opens a socket to the platform.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod file_store;
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyring_store;
mod loopback;
mod pages;
mod pipeline;
mod redaction;
mod script;
mod session;
