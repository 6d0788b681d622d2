//! A report of the last week: how many calls ended how, and how long they lasted.
//!
//! ```text
//! cargo run -- emulate --exec cargo run -p ringcentral --example call_log_report
//! ```
//!
//! Settings: `RC_SERVER_URL`, `RC_CLIENT_ID`, `RC_CLIENT_SECRET`, `RC_JWT`, which `emulate` sets.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::collections::BTreeMap;

use anyhow::Context;
use futures_util::TryStreamExt;
use jiff::ToSpan;
use ringcentral::{App, Client, Clock, SystemClock};

#[derive(Default)]
struct Line {
    calls: u64,
    seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = App::confidential(setting("RC_CLIENT_ID")?, setting("RC_CLIENT_SECRET")?);
    let client = Client::builder(app)
        .server(setting("RC_SERVER_URL")?)
        .jwt(setting("RC_JWT")?)
        .build()?;

    let week_ago = SystemClock.now() - 168.hours();
    // Without a beginning, the platform answers with the last 24 hours only. Pages as large as it gives them, because
    // the call log allows ten requests a minute; the client paces itself if that is not enough.
    let mut calls = client.me().call_log().date_from(week_ago).per_page(1000).items();

    let mut report: BTreeMap<String, Line> = BTreeMap::new();
    while let Some(call) = calls.try_next().await? {
        let result = call
            .result
            .map_or("unknown".to_owned(), |result| result.to_string());
        let line = report.entry(format!("{} {result}", call.direction)).or_default();
        line.calls += 1;
        line.seconds += call.duration.unwrap_or_default();
    }

    println!("calls since {week_ago:.0}");
    for (name, line) in &report {
        println!("{name:<30} {:>6} {:>8} min", line.calls, line.seconds / 60);
    }
    println!(
        "{:<30} {:>6}",
        "all",
        report.values().map(|line| line.calls).sum::<u64>()
    );
    Ok(())
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
