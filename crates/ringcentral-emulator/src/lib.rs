//! A local RingCentral platform: login pages, tokens, REST, rate limits, a clock that can be moved and faults that can
//! be ordered. Unmodified clients and SDKs of any language run against it; it needs no account and no network.
//!
//! ```no_run
//! # async fn example() -> Result<(), ringcentral_emulator::StartError> {
//! use ringcentral_emulator::{Emulator, EmulatorConfig};
//!
//! let emulator = Emulator::start(EmulatorConfig::default()).await?;
//! println!("point your client at {}", emulator.url());
//! emulator.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # In tests
//!
//! Each test can have a world for itself: its own address, data and clock. Dropping the handle ends it.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use ringcentral_emulator::{Emulator, EmulatorConfig, Seed};
//!
//! let seed = Seed::parse(&std::fs::read_to_string("seed.toml")?)?;
//! let config = EmulatorConfig::new()
//!     .seed(seed)
//!     .rate_limits(false)
//!     .starts_at("2026-11-02T09:00:00Z".parse()?);
//! let emulator = Emulator::start(config).await?;
//!
//! let world = emulator.world().await?;
//! world.snapshot("signed-in")?;
//! world.advance(Duration::from_secs(3600))?;
//! world.restore("signed-in")?;
//! # Ok(())
//! # }
//! ```
//!
//! The project is unofficial. Everything the emulator hands out is marked `EMU-` and worthless elsewhere.

mod access;
mod arrive;
mod call;
mod clock;
mod content;
mod control;
mod counts;
mod coverage;
mod db;
mod directory;
mod emulator;
mod env_file;
mod faults;
mod journal;
mod limits;
mod listen;
mod oauth;
mod operations;
mod origin;
mod pages;
mod platform;
mod private;
mod random;
mod reply;
mod request;
mod rest;
mod running;
mod seed;
mod serve;
mod settings;
mod snapshots;
mod stream;
mod tls;
mod wildcard;
mod world;
mod worlds;

pub use emulator::{DemoUser, Emulator, EmulatorConfig, StartError, WorldGuard};
pub use env_file::write_env_file;
pub use running::{RunningWorld, StateError};
pub use seed::{Seed, SeedError};

/// The documentation's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/emulator/rust.md")]
struct Recipe;
