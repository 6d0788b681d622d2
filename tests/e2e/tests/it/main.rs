//! Everything together: the built program, RingCentral's own SDKs, a real browser, several processes.
//!
//! The names of the modules `node_sdk`, `python_sdk`, `in_browser` and `on_postgres` are what `cargo xtask test --without …` leaves out.

mod commits;
mod container;
mod endpoints;
mod examples;
mod in_browser;
mod killed;
mod media;
mod node_sdk;
mod one_refresh;
mod pacing;
mod program;
mod python_sdk;
mod recipes;
mod relay;
mod tour;
mod tutorials;
