//! Helpers of the end-to-end tests: the built program, RingCentral's own SDKs and a real browser, each started for one
//! test and ended with it.

pub mod browser;
pub mod dev;
pub mod emulator;
pub mod form;
pub mod http;
pub mod place;
pub mod process;
pub mod script;
pub mod wait;

pub use browser::{Browser, ChromeDriver};
pub use dev::Dev;
pub use emulator::Emulator;
pub use process::Process;
pub use script::Script;
