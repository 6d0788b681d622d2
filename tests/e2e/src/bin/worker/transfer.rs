//! Moving a file or a list of any size, and what memory that takes.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use ringcentral::{Client, PhoneNumber};

use crate::{report, variable};

#[derive(Args)]
pub(crate) struct Options {
    /// Downloads this address.
    #[arg(long, requires = "into", conflicts_with = "fax")]
    download: Option<String>,
    /// Where the download goes.
    #[arg(long)]
    into: Option<PathBuf>,
    /// Sends this file as a fax.
    #[arg(long)]
    fax: Option<PathBuf>,
    /// Reads the company's call log from this time on, a thousand records at a time.
    #[arg(long, conflicts_with_all = ["fax", "download"])]
    calls_from: Option<Timestamp>,
}

/// Makes one call first, so that everything that any program needs is there, and then moves the file.
pub(crate) async fn run(client: &Client, transfer: &Options) -> anyhow::Result<()> {
    client.me().info().await?;
    let before = peak_memory()?;
    let moved = match (&transfer.download, &transfer.into, &transfer.fax) {
        (Some(address), Some(path), _) => client.download(address).to_file(path).await?.length(),
        (_, _, Some(file)) => {
            let to = PhoneNumber::parse(&variable("RC_TO")?)?;
            client.me().fax().send_to(&to).file(file).send().await?;
            tokio::fs::metadata(file).await?.len()
        }
        _ => match transfer.calls_from {
            Some(from) => count_calls(client, from).await?,
            None => bail!("say --download, --fax or --calls-from"),
        },
    };
    Ok(report::transferred(moved, before, peak_memory()?)?)
}

async fn count_calls(client: &Client, from: Timestamp) -> anyhow::Result<u64> {
    let calls = client
        .account("~")
        .call_log()
        .date_from(from)
        .per_page(1_000)
        .items();
    calls
        .try_fold(0, async |count, _| Ok(count + 1))
        .await
        .map_err(Into::into)
}

/// The most memory that this process has had at any time, in bytes.
fn peak_memory() -> anyhow::Result<u64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("the system does not tell the memory")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    Ok(kib.context("there is no VmHWM in the status of the process")? * 1024)
}
