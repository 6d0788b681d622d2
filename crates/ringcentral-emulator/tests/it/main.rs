//! The emulator as its clients meet it: over HTTP, on a clock that the tests move.

mod authorize;
mod clients;
mod codes;
mod control;
mod faults;
mod lifecycle;
mod limits;
mod platform;
mod refresh;
mod rest;
mod sessions;
mod state;
mod support;
mod worlds;
