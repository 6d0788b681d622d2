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

/// What recordings are, and how their files are called.
const ENDINGS: [(&str, &str); 3] = [("audio/mpeg", "mp3"), ("audio/wav", "wav"), ("", "bin")];

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
        let (Some(id), Some(uri)) = (&recording.id, &recording.content_uri) else {
            continue;
        };
        let named = |ending: &str| directory.join(format!("{id}.{ending}"));
        if ENDINGS.iter().any(|(_, ending)| named(ending).exists()) {
            println!("{id} is here");
            continue;
        }
        // Streamed to disk, and complete when it has its name. A connection that breaks on the way is replaced, and the
        // download goes on where it was.
        let unnamed = named("part");
        let saved = client.download(uri).overwrite(true).to_file(&unnamed).await?;
        let ending = ENDINGS
            .iter()
            .find(|(kind, _)| saved.content_type() == Some(kind))
            .map_or("bin", |(_, ending)| ending);
        std::fs::rename(&unnamed, named(ending))?;
        println!("{id}.{ending} {} bytes, {}", saved.length(), call.start_time);
    }
    Ok(())
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
