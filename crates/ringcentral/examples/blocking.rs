//! The same calls without async: who am I, and whom have I talked to?
//!
//! ```text
//! cargo run -- emulate --exec cargo run -p ringcentral --features blocking --example blocking
//! ```
//!
//! Settings: `RC_SERVER_URL`, `RC_CLIENT_ID`, `RC_CLIENT_SECRET`, `RC_JWT`, which `emulate` sets.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use anyhow::Context;
use jiff::ToSpan;
use ringcentral::blocking::{Wait, WaitEach};
use ringcentral::{App, Client, Clock, SystemClock};

fn main() -> anyhow::Result<()> {
    let client = Client::builder(App::confidential(
        setting("RC_CLIENT_ID")?,
        setting("RC_CLIENT_SECRET")?,
    ))
    .server(setting("RC_SERVER_URL")?)
    .jwt(setting("RC_JWT")?)
    .build()?;

    // `wait()` stands where `.await` would.
    let me = client.me().info().wait()?;
    println!(
        "I am {}, extension {}",
        me.name.unwrap_or_default(),
        me.extension_number.unwrap_or_default()
    );

    // A stream becomes an iterator; pages are asked for as they are needed.
    let week_ago = SystemClock.now() - 168.hours();
    let calls = client.me().call_log().date_from(week_ago).per_page(5).items();
    for call in calls.wait_each().take(10) {
        let call = call?;
        println!("{} {} -> {}", call.start_time, call.from.label(), call.to.label());
    }
    Ok(())
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
