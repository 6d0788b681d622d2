//! What it takes to be there: start, reset, memory; and the far pages of a long list.

use std::path::Path;
use std::time::{Duration, Instant};

use super::cases::{self, EXTENSIONS};
use crate::bench::http::Ask;
use crate::bench::process::Emulator;
use crate::bench::report::{median, memory, or_dash, table, time};

const STARTS: usize = 10;
const RESETS: usize = 10;
const ASKED: usize = 30;
/// Of the pages: so many calls on each.
const SIZE: u32 = 100;

/// The built-in company, as everybody starts it.
pub(super) fn built_in(program: &Path) -> anyhow::Result<String> {
    let mut starts = Vec::new();
    let mut last = None;
    for _ in 0..STARTS {
        drop(last.take());
        let (emulator, took) = start(program, &[])?;
        starts.push(took);
        last = Some(emulator);
    }
    let emulator = last.expect("it was started more than once");
    let resident = emulator.memory("VmRSS");
    let resets = resets(&emulator, RESETS)?;
    Ok(format!(
        "The built-in company: from the start of the process to its first answer (median of {STARTS}), what is resident then
(VmRSS), and a reset, from request to answer (median of {RESETS}).

{}
",
        table(
            &["", "start", "resident", "reset"],
            &[vec![
                "built-in company".to_owned(),
                time(middle(starts)),
                or_dash(resident.map(memory)),
                time(middle(resets)),
            ]]
        )
    ))
}

/// A million calls: the same, and pages of the company's call log.
pub(super) fn million(program: &Path, seed: &str) -> anyhow::Result<String> {
    let (emulator, took) = start(program, &["--seed", seed])?;
    let (resident, most) = (emulator.memory("VmRSS"), emulator.memory("VmHWM"));
    let pages = pages(&emulator)?;
    let resets = resets(&emulator, 3)?;
    Ok(format!(
        "A million calls: the same (one start, median of 3 resets), the most that was resident while starting (VmHWM), and pages of {SIZE}
of the company's call log, from request to answer (median of {ASKED}, one connection).

{}

{}
",
        table(
            &["", "start", "resident", "at most", "reset"],
            &[vec![
                "a million calls".to_owned(),
                time(took),
                or_dash(resident.map(memory)),
                or_dash(most.map(memory)),
                time(middle(resets)),
            ]]
        ),
        table(&["page", "took"], &pages)
    ))
}

fn start(program: &Path, options: &[&str]) -> anyhow::Result<(Emulator, Duration)> {
    let begun = Instant::now();
    let emulator = Emulator::start(program, options)?;
    emulator.client()?.send(&Ask::get("/restapi"))?;
    Ok((emulator, begun.elapsed()))
}

fn resets(emulator: &Emulator, count: usize) -> anyhow::Result<Vec<Duration>> {
    let mut client = emulator.client()?;
    let reset = Ask::post("/_emulator/reset", "application/json", "");
    (0..count).map(|_| client.time(&reset)).collect()
}

fn pages(emulator: &Emulator) -> anyhow::Result<Vec<Vec<String>>> {
    let mut client = emulator.client()?;
    let access = cases::log_in(&mut client, EXTENSIONS[0], "access_token")?;
    let last = super::MANY / SIZE;
    let pages = [
        ("the first".to_owned(), "page=1".to_owned()),
        ("the 1,000th".to_owned(), "page=1000".to_owned()),
        (format!("the last ({last})"), format!("page={last}")),
        (
            "the first with a phone number".to_owned(),
            "phoneNumber=%2B12125550150".to_owned(),
        ),
        (
            "the first of recorded calls".to_owned(),
            "recordingType=All".to_owned(),
        ),
        (
            "the 100th of recorded calls".to_owned(),
            "recordingType=All&page=100".to_owned(),
        ),
    ];
    let mut rows = Vec::new();
    for (name, query) in pages {
        let path = format!("/restapi/v1.0/account/~/call-log?dateFrom=2000-01-01&perPage={SIZE}&{query}");
        let ask = Ask::get(&path).header("Authorization", format!("Bearer {access}"));
        let mut took = Vec::new();
        let begun = Instant::now();
        // A page that is slow is asked for less often.
        while took.len() < ASKED && (took.is_empty() || begun.elapsed() < Duration::from_secs(3)) {
            took.push(client.time(&ask)?);
        }
        rows.push(vec![name, time(middle(took))]);
    }
    Ok(rows)
}

fn middle(times: Vec<Duration>) -> Duration {
    median(times).unwrap_or_default()
}
