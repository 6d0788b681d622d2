//! Everything together: the built program, RingCentral's own SDKs, a real browser.
//!
//! The names of the modules `node_sdk`, `python_sdk` and `in_browser` are what `cargo xtask test --without …` leaves out.

mod in_browser;
mod node_sdk;
mod program;
mod python_sdk;
mod recipes;
mod tour;
mod tutorials;
