//! Helpers of the end-to-end tests: the built program, RingCentral's own SDKs, a real browser and a worker that can be
//! killed, each started for one test and ended with it.

pub mod browser;
pub mod dev;
pub mod emulator;
pub mod form;
pub mod http;
pub mod place;
pub mod process;
pub mod script;
pub mod store;
pub mod torture;
pub mod wait;
pub mod worker;

pub use browser::{Browser, ChromeDriver};
pub use dev::Dev;
pub use emulator::Emulator;
pub use process::Process;
pub use script::Script;
pub use store::{Login, Store, StoreKind};
pub use worker::Worker;
