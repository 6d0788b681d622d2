//! Downloads the recordings of the last week's calls into a directory, without those that are there already.
//!
//! ```text
//! cargo run -- emulate --exec cargo run -p ringcentral --example download_recordings recordings
//! ```
//!
//! Settings: `RC_SERVER_URL`, `RC_CLIENT_ID`, `RC_CLIENT_SECRET`, `RC_JWT`, which `emulate` sets.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::path::PathBuf;

use anyhow::Context;
use futures_util::TryStreamExt;
use jiff::ToSpan;
use ringcentral::{App, Client, Clock, RecordingFilter, SystemClock};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let directory = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "recordings".to_owned()));
    std::fs::create_dir_all(&directory)?;
    let app = App::confidential(setting("RC_CLIENT_ID")?, setting("RC_CLIENT_SECRET")?);
    let client = Client::builder(app)
        .server(setting("RC_SERVER_URL")?)
        .jwt(setting("RC_JWT")?)
        .build()?;

    let week_ago = SystemClock.now() - 168.hours();
    let mut calls = client
        .me()
        .call_log()
        .date_from(week_ago)
        .recording(&RecordingFilter::All)
        .per_page(250)
        .items();
    while let Some(call) = calls.try_next().await? {
        let Some(recording) = call.recording else { continue };
        let Some(uri) = recording.content_uri else {
            continue;
        };
        let file = directory.join(format!("{}.mp3", recording.id));
        if file.exists() {
            println!("{} is here", file.display());
            continue;
        }
        // Streamed to disk. The file has its name once all of it is there, so whoever stops this can start it again.
        let saved = client.download(&uri).to_file(&file).await?;
        println!("{} {} bytes, {}", file.display(), saved.length(), call.start_time);
    }
    Ok(())
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
