//! `cargo xtask bench sdk`: what a call costs a program, by this SDK and by what else it could use.
//!
//! Every client makes the same GET of the same local platform, in turn and several times over, so that whatever else the
//! machine does meets all of them alike. Each tells its own processor time and leaves out its start.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use super::emulator;
use super::process::Emulator;
use super::report::{median, memory, table, time};
use crate::official_sdks;
use crate::programs::{self, Part};
use crate::report::{Steps, line};
use crate::run;
use crate::workspace::Workspace;

const HELP: &str = "\
What a call costs a program: this SDK beside reqwest, npm @ringcentral/sdk and PyPI ringcentral

Usage: cargo xtask bench sdk

  --program FILE   the local platform is this program, instead of one built from the checkout
  --rounds N       how often each client is measured; 5 without it
  --rust-only      leave out the SDKs of other languages
";

/// How many calls at once: a script, and a busy server.
const AT_ONCE: [u32; 2] = [1, 50];

/// One of the programs that are compared; all of them are measured against the first.
struct Client {
    name: &'static str,
    program: PathBuf,
    words: Vec<String>,
    environment: Vec<(&'static str, PathBuf)>,
    /// Slow clients make fewer calls, so that a round takes seconds.
    calls: u32,
}

/// What one run told.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    calls: u32,
    wall: Duration,
    processor: Duration,
    allocations: u64,
    bytes: u64,
}

/// Measures all of them.
pub(super) fn run(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    let Some(options) = Options::parse(args)? else {
        line(HELP);
        return Ok(());
    };
    let mut steps = Steps::new("bench", 4);
    let program = options.program(workspace)?;
    let emulator = steps.step("the local platform", || {
        Ok((Emulator::start(&program, &[])?, String::new()))
    })?;
    let clients = steps.step("clients", || {
        Ok((clients(workspace, options.rust_only)?, String::new()))
    })?;
    let mut text = String::new();
    steps.step("calls", || {
        for at_once in AT_ONCE {
            text.push_str(&compare(&clients, &emulator, at_once, options.rounds)?);
        }
        Ok(((), String::new()))
    })?;
    let per_call = allocations(workspace, &emulator)?;
    drop(emulator);
    let records = steps.step("a million records as one stream", || {
        Ok((million_records(workspace, &program)?, String::new()))
    })?;
    line(&format!("{text}\n{per_call}\n\n{records}"));
    Ok(())
}

/// Reads a call log of a million records, and says how much the process grew.
fn million_records(workspace: &Workspace, program: &Path) -> anyhow::Result<String> {
    let directory = workspace.target.join("bench");
    std::fs::create_dir_all(&directory)?;
    let seed = emulator::seed(&directory, "calls", &emulator::generate(emulator::MANY, 0))?;
    let emulator = Emulator::start(program, &["--seed", &seed])?;
    let client = Client {
        name: "records",
        program: workspace.target.join("release/ringcentral-test-load"),
        words: vec!["records".to_owned()],
        environment: Vec::new(),
        calls: 1,
    };
    let read = client.run(&emulator, 1)?;
    let row = vec![
        read.calls.to_string(),
        time(read.wall),
        time(read.processor),
        memory(read.allocations),
        memory(read.bytes),
    ];
    let heading = ["records read", "time", "processor", "peak memory before", "after"];
    Ok(table(&heading, &[row]))
}

fn clients(workspace: &Workspace, rust_only: bool) -> anyhow::Result<Vec<Client>> {
    let load = build_load(workspace, "")?;
    let ours = |name, client: &str| Client {
        name,
        program: load.clone(),
        words: vec![client.to_owned()],
        environment: Vec::new(),
        calls: 10_000,
    };
    let mut clients = vec![
        ours("reqwest, by hand", "reqwest"),
        ours("ringcentral (Rust)", "sdk"),
        ours("ringcentral (Rust), typed", "sdk-typed"),
    ];
    if rust_only {
        return Ok(clients);
    }
    programs::ensure(&[Part::Browser, Part::Postgres, Part::Keyring], true)?;
    official_sdks::node(workspace)?;
    official_sdks::python(workspace)?;
    let script = |path: &str| {
        workspace
            .root
            .join("tests/e2e/clients")
            .join(path)
            .display()
            .to_string()
    };
    clients.push(Client {
        name: "npm @ringcentral/sdk",
        program: "node".into(),
        words: vec![script("node/load.js")],
        environment: vec![("NODE_PATH", workspace.target.join("e2e/node/node_modules"))],
        calls: 2_000,
    });
    clients.push(Client {
        name: "PyPI ringcentral",
        program: workspace.target.join("e2e/python/bin/python"),
        words: vec![script("python/load.py")],
        environment: Vec::new(),
        calls: 500,
    });
    Ok(clients)
}

fn build_load(workspace: &Workspace, features: &str) -> anyhow::Result<PathBuf> {
    let words = format!("build --release --locked --package ringcentral-test-load {features}");
    run::inherit(&mut workspace.cargo(words.trim_end()))?;
    Ok(workspace.target.join("release/ringcentral-test-load"))
}

fn compare(clients: &[Client], emulator: &Emulator, at_once: u32, rounds: usize) -> anyhow::Result<String> {
    let mut costs = vec![Vec::new(); clients.len()];
    for _ in 0..rounds {
        for (client, costs) in clients.iter().zip(&mut costs) {
            costs.push(client.run(emulator, at_once)?);
        }
    }
    let processor = |at: usize| median(costs[at].iter().map(Cost::processor_per_call).collect());
    let wall = |at: usize| median(costs[at].iter().map(Cost::wall_per_call).collect());
    let ratios = |at: usize| {
        // Of the runs of one round: they met the same machine.
        let pairs = costs[at].iter().zip(&costs[0]);
        median(
            pairs
                .map(|(own, first)| own.processor_per_call() / first.processor_per_call())
                .collect(),
        )
    };
    let mut rows = Vec::new();
    for (at, client) in clients.iter().enumerate() {
        let (Some(processor), Some(wall), Some(ratio)) = (processor(at), wall(at), ratios(at)) else {
            bail!("nothing was measured")
        };
        rows.push(vec![
            client.name.to_owned(),
            time(Duration::from_secs_f64(processor * 1_000.0)),
            format!("{:.0}", 1.0 / wall),
            format!("{ratio:.2}"),
        ]);
    }
    let heading = [
        &*format!("{at_once} at once"),
        "processor, 1,000 calls",
        "calls/s",
        "processor, ratio",
    ];
    Ok(format!("\n{}\n", table(&heading, &rows)))
}

/// How often each Rust client asks for memory; counted in a build of its own, because counting takes time.
fn allocations(workspace: &Workspace, emulator: &Emulator) -> anyhow::Result<String> {
    let program = build_load(workspace, "--features allocations")?;
    let mut rows = Vec::new();
    for name in ["reqwest", "sdk", "sdk-typed"] {
        let client = Client {
            name,
            program: program.clone(),
            words: vec![name.to_owned()],
            environment: Vec::new(),
            calls: 2_000,
        };
        let cost = client.run(emulator, 1)?;
        let calls = u64::from(cost.calls);
        rows.push(vec![
            name.to_owned(),
            (cost.allocations / calls).to_string(),
            (cost.bytes / calls).to_string(),
        ]);
    }
    Ok(table(&["memory", "allocations a call", "bytes a call"], &rows))
}

impl Client {
    fn run(&self, emulator: &Emulator, at_once: u32) -> anyhow::Result<Cost> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.words)
            .args([self.calls.to_string(), at_once.to_string()])
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        for name in ["RC_SERVER_URL", "RC_CLIENT_ID", "RC_CLIENT_SECRET", "RC_JWT"] {
            command.env(name, emulator.variable(name)?);
        }
        let said = run::capture(&mut command).with_context(|| format!("{} failed", self.name))?;
        Cost::read(&said).with_context(|| format!("{} said {said:?}", self.name))
    }
}

impl Cost {
    fn read(said: &str) -> anyhow::Result<Self> {
        let numbers = said
            .split_whitespace()
            .map(str::parse::<u64>)
            .collect::<Result<Vec<_>, _>>()?;
        let [calls, wall, processor, allocations, bytes] = numbers[..] else {
            bail!("five numbers are expected")
        };
        ensure!(calls > 0, "no call was made");
        Ok(Self {
            calls: u32::try_from(calls)?,
            wall: Duration::from_nanos(wall),
            processor: Duration::from_nanos(processor),
            allocations,
            bytes,
        })
    }

    fn processor_per_call(&self) -> f64 {
        self.processor.as_secs_f64() / f64::from(self.calls)
    }

    fn wall_per_call(&self) -> f64 {
        self.wall.as_secs_f64() / f64::from(self.calls)
    }
}

struct Options {
    program: Option<PathBuf>,
    rounds: usize,
    rust_only: bool,
}

impl Options {
    /// `None` if help was asked for.
    fn parse(args: &[String]) -> anyhow::Result<Option<Self>> {
        let mut options = Self {
            program: None,
            rounds: 5,
            rust_only: false,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--program" => options.program = Some(value()?.into()),
                "--rounds" => {
                    options.rounds = value()?
                        .parse()
                        .ok()
                        .filter(|rounds| *rounds > 0)
                        .context("--rounds needs a whole number from 1")?;
                }
                "--rust-only" => options.rust_only = true,
                "--help" | "-h" => return Ok(None),
                _ => bail!("{arg:?} is not an option of this bench\n\n{HELP}"),
            }
        }
        Ok(Some(options))
    }

    fn program(&self, workspace: &Workspace) -> anyhow::Result<PathBuf> {
        match &self.program {
            Some(program) => Ok(program.clone()),
            None => super::release_program(workspace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_is_read() {
        let cost = Cost::read("1000 2000000000 500000000 42000 9\n").unwrap();
        assert_eq!(cost.calls, 1_000);
        assert!((cost.wall_per_call() - 0.002).abs() < 1e-9);
        assert!((cost.processor_per_call() - 0.000_5).abs() < 1e-9);
        for wrong in ["", "1 2 3 4", "0 1 1 0 0", "a b c d e", "1 2 3 4 5 6"] {
            assert!(Cost::read(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}
