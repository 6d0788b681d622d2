//! The command as a person or a script meets it: the built program, a clean environment, the local platform.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod api;
mod bad_input;
mod browser;
mod calls;
mod crashes;
mod disk;
mod doctor;
mod durable;
mod emulate;
mod explain;
mod help;
mod import;
mod login;
mod profiles;
mod secrets;
mod serving;
mod status;
mod support;
mod tutorials;
