//! The SDK from outside, against a transport that answers as scripted, or a socket of its own.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod auth_limit;
#[cfg(feature = "blocking")]
mod blocking;
mod clocks;
mod connections;
mod downloads;
mod endpoints;
mod errors;
mod file_store;
mod final_word;
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyring_store;
mod leaks;
mod limits;
mod loopback;
mod message_store;
mod multipart;
mod observe;
mod pacing;
mod pages;
mod pipeline;
mod redaction;
mod repetition;
mod script;
mod session;
mod sms;
mod sync;
mod token_answers;
mod unsaved;
