//! `cargo xtask bench emulator`: what a request costs the local platform, and whether that grows with its data.
//!
//! The same company is started twice, with a few calls and messages and with a million of each, and both are put under the
//! same load in turn, so that whatever else the machine does meets both alike.

mod cases;
mod standing;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use super::load::{CONNECTIONS, Run, Wrk};
use super::process::Emulator;
use super::report::{median, or_dash, table, time};
use crate::report::{Steps, line};
use crate::workspace::Workspace;
use cases::Case;

const HELP: &str = "\
What the local platform costs: processor time for each request, start, reset, memory

Usage: cargo xtask bench emulator

  --program FILE   measure this program instead of building it from the checkout
  --seconds N      how long each load runs; 1 without it
";

/// How often each load is repeated; the median counts.
const ROUNDS: usize = 3;
const FEW: u32 = 2_000;
pub(super) const MANY: u32 = 1_000_000;

/// Measures all of it.
pub(super) fn run(workspace: &Workspace, args: &[String]) -> anyhow::Result<()> {
    let Some(options) = Options::parse(args)? else {
        line(HELP);
        return Ok(());
    };
    let directory = workspace.target.join("bench");
    let mut steps = Steps::new("bench", 5);
    let program = steps.step("program and load generator", || {
        Ok((options.program(workspace)?, String::new()))
    })?;
    let wrk = Wrk::find(&directory)?;
    let few = seed(&directory, "few", &generate(FEW, FEW))?;
    let calls = seed(&directory, "calls", &generate(MANY, 0))?;
    let many = seed(&directory, "many", &generate(MANY, MANY))?;

    let built_in = steps.step("start and reset, built-in company", || {
        Ok((standing::built_in(&program)?, String::new()))
    })?;
    let million = steps.step("start, reset and pages, a million calls", || {
        Ok((standing::million(&program, &calls)?, String::new()))
    })?;
    let pair = steps.step("start of both states", || {
        Ok((
            [
                Emulator::start(&program, &["--seed", &few])?,
                Emulator::start(&program, &["--seed", &many])?,
            ],
            String::new(),
        ))
    })?;
    let rows = steps.step("load", || {
        Ok((load(&wrk, &pair, options.seconds)?, String::new()))
    })?;
    line(&format!(
        "\n{}\n{}\n{million}\n{}",
        per_request(&rows, options.seconds),
        built_in,
        about_the_machine(&pair[0])
    ));
    Ok(())
}

struct Options {
    program: Option<PathBuf>,
    seconds: u32,
}

impl Options {
    /// `None` if help was asked for.
    fn parse(args: &[String]) -> anyhow::Result<Option<Self>> {
        let mut options = Self {
            program: None,
            seconds: 1,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--program" => options.program = Some(value()?.into()),
                "--seconds" => {
                    options.seconds = value()?
                        .parse()
                        .ok()
                        .filter(|seconds| *seconds > 0)
                        .context("--seconds needs a whole number from 1")?;
                }
                "--help" | "-h" => return Ok(None),
                _ => bail!("{arg:?} is not an option of this bench\n\n{HELP}"),
            }
        }
        Ok(Some(options))
    }

    fn program(&self, workspace: &Workspace) -> anyhow::Result<PathBuf> {
        if let Some(program) = &self.program {
            return Ok(program.clone());
        }
        super::release_program(workspace)
    }
}

pub(super) fn generate(calls: u32, messages: u32) -> String {
    format!("calls = {calls}\nmessages = {messages}\n")
}

/// Writes a seed of the bench's own company; its path.
pub(super) fn seed(directory: &Path, name: &str, generated: &str) -> anyhow::Result<String> {
    let mut text = cases::COMPANY.to_owned();
    for extension in cases::EXTENSIONS {
        let _ = write!(
            text,
            "
[[accounts.users]]
extension = \"{extension}\"
first_name = \"Nora\"
last_name = \"Winter\"
email = \"{extension}@example.com\"
password = \"{}\"
number = \"+16505550{extension}\"
admin = {}
",
            cases::PASSWORD,
            extension == cases::EXTENSIONS[0]
        );
    }
    let _ = write!(text, "\n[accounts.generate]\n{generated}");
    let path = directory.join(format!("{name}.toml"));
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path.display().to_string())
}

/// A load and what it cost.
#[derive(Debug, Clone, Copy)]
struct Figure {
    run: Run,
    /// Of the emulator, in user and in system mode, for each request.
    processor: Option<Duration>,
    /// For what follows later, for each request: a message that is sent and delivered.
    afterwards: Option<Duration>,
}

/// One kind of request, with few rows and with many.
struct Row {
    case: Case,
    few: Vec<Figure>,
    many: Vec<Figure>,
}

fn load(wrk: &Wrk, [few, many]: &[Emulator; 2], seconds: u32) -> anyhow::Result<Vec<Row>> {
    let mut rows: Vec<Row> = Case::ALL
        .into_iter()
        .map(|case| Row {
            case,
            few: Vec::new(),
            many: Vec::new(),
        })
        .collect();
    for _ in 0..ROUNDS {
        for emulator in [few, many] {
            cases::begin(emulator)?;
        }
        for row in &mut rows {
            row.few.push(measure(wrk, few, row.case, seconds)?);
            row.many.push(measure(wrk, many, row.case, seconds)?);
        }
    }
    Ok(rows)
}

fn measure(wrk: &Wrk, emulator: &Emulator, case: Case, seconds: u32) -> anyhow::Result<Figure> {
    let mut client = emulator.client()?;
    let load = case.load(emulator, &mut client)?;
    let before = emulator.processor_time();
    let run = load.play(wrk, emulator, seconds)?;
    let after = emulator.processor_time();
    let later = if case == Case::Sms {
        cases::deliver(&mut client)?;
        emulator.processor_time()
    } else {
        None
    };
    let spent =
        |from: Option<Duration>, to: Option<Duration>| Some(to?.checked_sub(from?)? / run.requests.max(1));
    Ok(Figure {
        run,
        processor: spent(before, after),
        afterwards: spent(after, later),
    })
}

fn per_request(rows: &[Row], seconds: u32) -> String {
    let mut lines = Vec::new();
    for row in rows {
        let [few, many] = [&row.few, &row.many].map(|figures| middle(figures, |figure| figure.processor));
        lines.push(
            [
                vec![row.case.name().to_owned()],
                cells(few, &row.few),
                cells(many, &row.many),
                vec![ratio(few, many)],
            ]
            .concat(),
        );
        let [few, many] = [&row.few, &row.many].map(|figures| middle(figures, |figure| figure.afterwards));
        if few.is_some() {
            let gap = || vec![String::new(); 3];
            lines.push(
                [
                    vec!["  and until it is delivered".to_owned(), or_dash(few.map(time))],
                    gap(),
                    vec![or_dash(many.map(time))],
                    gap(),
                    vec![ratio(few, many)],
                ]
                .concat(),
            );
        }
    }
    format!(
        "Per request: the emulator's own processor time (/proc/PID/stat, user and system, divided by the number of requests),
requests a second, and how long half and 99 of 100 of them took at most (wrk, {CONNECTIONS} kept connections, {seconds} s, median of
{ROUNDS} rounds). Rate limits are off; the clock stands still. Left with {FEW} calls and {FEW} messages, right with a million of each.

{}
",
        table(
            &[
                "request", "processor", "a second", "half", "99 %", "processor", "a second", "half", "99 %", "ratio"
            ],
            &lines
        )
    )
}

fn middle(figures: &[Figure], what: impl Fn(&Figure) -> Option<Duration>) -> Option<Duration> {
    median(figures.iter().filter_map(what).collect())
}

fn cells(processor: Option<Duration>, figures: &[Figure]) -> Vec<String> {
    let a_second =
        |figure: &Figure| f64::from(figure.run.requests) / figure.run.time.as_secs_f64().max(f64::EPSILON);
    vec![
        or_dash(processor.map(time)),
        or_dash(median(figures.iter().map(a_second).collect()).map(|number| format!("{number:.0}"))),
        or_dash(middle(figures, |figure| Some(figure.run.p50)).map(time)),
        or_dash(middle(figures, |figure| Some(figure.run.p99)).map(time)),
    ]
}

/// How many times as much the larger state takes.
fn ratio(few: Option<Duration>, many: Option<Duration>) -> String {
    or_dash(
        few.zip(many)
            .map(|(few, many)| format!("{:.2}", many.as_secs_f64() / few.as_secs_f64().max(f64::EPSILON))),
    )
}

fn about_the_machine(emulator: &Emulator) -> String {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let mut text = format!("Taken on {processors} processors");
    if !load.is_empty() {
        let _ = write!(text, ", with a load average of {load} at the end");
    }
    text.push('.');
    if emulator.processor_time().is_none() {
        text.push_str(
            " Processor time and memory stay empty: this system does not tell them by /proc, as Linux does.",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_known_or_refused() {
        let parse = |args: &[&str]| Options::parse(&args.iter().map(ToString::to_string).collect::<Vec<_>>());
        let options = parse(&["--program", "x", "--seconds", "2"]).unwrap().unwrap();
        assert_eq!((options.program, options.seconds), (Some("x".into()), 2));
        assert!(parse(&["--help"]).unwrap().is_none());
        for wrong in [&["--seconds", "0"][..], &["--seconds"], &["--fast"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_ratio_compares_the_two_states() {
        let micros = |number| Some(Duration::from_micros(number));
        assert_eq!(ratio(micros(40), micros(50)), "1.25");
        assert_eq!(ratio(None, micros(50)), "-");
    }
}
