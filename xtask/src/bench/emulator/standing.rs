//! What it takes to be there: start, reset, memory; and the far pages of a long list.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::cases::{self, EXTENSIONS};
use crate::bench::http::{Ask, Client};
use crate::bench::process::Emulator;
use crate::bench::report::{median, memory, or_dash, table, time};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_mins(5);
const STARTS: usize = 10;
const RESETS: usize = 10;
const ASKED: usize = 30;
/// Of the pages: so many calls on each.
const SIZE: u32 = 100;

/// The built-in company, as everybody starts it.
pub(super) fn built_in(program: &Path) -> anyhow::Result<String> {
    let (mut answers, mut starts) = (Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..STARTS {
        drop(last.take());
        let started = start(program, &[])?;
        answers.push(started.answered);
        starts.push(started.ready);
        last = Some(started.emulator);
    }
    let emulator = last.expect("it was started more than once");
    let resident = emulator.memory("VmRSS");
    let resets = resets(&emulator, RESETS)?;
    Ok(format!(
        "The built-in company: from the start of the process to the first answer of somebody who tries every half millisecond
(median of {STARTS}), and until it has printed the settings of a client, with a signed JWT; what is resident then
(VmRSS); and a reset, from request to answer (median of {RESETS}).

{}
",
        table(
            &["", "first answer", "settings", "resident", "reset"],
            &[vec![
                "built-in company".to_owned(),
                time(middle(answers)),
                time(middle(starts)),
                or_dash(resident.map(memory)),
                time(middle(resets)),
            ]]
        )
    ))
}

/// A million calls: the same, and pages of the company's call log.
pub(super) fn million(program: &Path, seed: &str) -> anyhow::Result<String> {
    let Started {
        emulator,
        answered: took,
        ..
    } = start(program, &["--seed", seed])?;
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

/// An emulator, and how long it took from the start of its process.
struct Started {
    emulator: Emulator,
    /// Until somebody had an answer.
    answered: Duration,
    /// Until it had said that it is ready.
    ready: Duration,
}

fn start(program: &Path, options: &[&str]) -> anyhow::Result<Started> {
    // A port that was free a moment ago.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let begun = Instant::now();
    let mut answered = Duration::ZERO;
    let emulator = Emulator::start_at(program, options, address, || {
        while begun.elapsed() < PATIENCE {
            let Ok(mut client) = Client::connect(address) else {
                // Often enough for the figure, and seldom enough to leave the processor to what is measured.
                std::thread::park_timeout(Duration::from_micros(500));
                continue;
            };
            client.send(&Ask::get("/restapi"))?;
            answered = begun.elapsed();
            return Ok(());
        }
        bail!("nothing listens on {address} after {} s", PATIENCE.as_secs())
    })?;
    Ok(Started {
        emulator,
        answered,
        ready: begun.elapsed(),
    })
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
