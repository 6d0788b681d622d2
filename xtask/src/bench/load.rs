//! Load from `wrk`: as many requests as are answered within a time, over kept connections.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use super::http::Ask;
use crate::{programs, run};

/// How many connections are kept busy. Each has one request under way.
pub(super) const CONNECTIONS: usize = 4;

/// What one run came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub(super) requests: u32,
    pub(super) time: Duration,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
}

/// The load generator, and where its scripts are written.
pub(super) struct Wrk {
    program: PathBuf,
    script: PathBuf,
}

impl Wrk {
    /// Finds it, or installs it where that is allowed. `directory` is for its script.
    pub(super) fn find(directory: &Path) -> anyhow::Result<Self> {
        let program = match programs::in_path("wrk") {
            Some(program) => program,
            None => {
                programs::install(&["wrk"])
                    .ok()
                    .and_then(|()| programs::in_path("wrk"))
                    .context(
                        "the load comes from wrk, which is not installed\n    install it:  apt-get install wrk   (brew install wrk)",
                    )?
            }
        };
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        Ok(Self {
            program,
            script: directory.join("load.lua"),
        })
    }

    /// Asks the same again and again.
    pub(super) fn repeat(&self, address: SocketAddr, seconds: u32, ask: &Ask) -> anyhow::Result<Run> {
        self.play(address, seconds, &ask.path, &fixed(ask))
    }

    /// Asks with what the answer before gave: `ask`'s body ends with a value, and the next one is behind `key` in the
    /// answer. `values` are those to begin with, one more than there are connections.
    pub(super) fn chain(
        &self,
        address: SocketAddr,
        seconds: u32,
        ask: &Ask,
        key: &str,
        values: &[String],
    ) -> anyhow::Result<Run> {
        self.play(address, seconds, &ask.path, &chained(ask, key, values))
    }

    fn play(&self, address: SocketAddr, seconds: u32, path: &str, script: &str) -> anyhow::Result<Run> {
        fs::write(&self.script, format!("{script}{DONE}"))
            .with_context(|| format!("cannot write {}", self.script.display()))?;
        let printed = run::capture(
            Command::new(&self.program)
                .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
                .args(["--duration", &format!("{seconds}s"), "--script"])
                .arg(&self.script)
                .arg(format!("http://{address}{path}")),
        )?;
        read(&printed).with_context(|| format!("the load on {path}"))
    }
}

/// What wrk says at the end, in one line that is easy to read again. Times are microseconds.
const DONE: &str = r#"
function done(summary, latency)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"#;

fn fixed(ask: &Ask) -> String {
    let mut script = format!("wrk.method = {:?}\n", ask.method);
    for (name, value) in &ask.headers {
        let _ = writeln!(script, "wrk.headers[{name:?}] = [==[{value}]==]");
    }
    if !ask.body.is_empty() {
        let _ = writeln!(script, "wrk.body = [==[{}]==]", ask.body);
    }
    script
}

fn chained(ask: &Ask, key: &str, values: &[String]) -> String {
    let values = values
        .iter()
        .map(|value| format!("{value:?}"))
        .collect::<Vec<_>>();
    let body = &ask.body;
    let lua = Ask {
        body: String::new(),
        ..ask.clone()
    };
    format!(
        "{}local values = {{ {} }}
function request()
  return wrk.format(nil, nil, nil, [==[{body}]==] .. table.remove(values, 1))
end
function response(status, headers, body)
  table.insert(values, (string.match(body, '\"{key}\":\"([^\"]+)\"')))
end
",
        fixed(&lua),
        values.join(", ")
    )
}

/// Reads the line of [`DONE`]. A run with errors is none: it would measure refusals.
fn read(printed: &str) -> anyhow::Result<Run> {
    let line = printed
        .lines()
        .find_map(|line| line.strip_prefix("RESULT "))
        .with_context(|| format!("wrk printed no result: {printed}"))?;
    let numbers = line
        .split_whitespace()
        .map(str::parse::<u32>)
        .collect::<Result<Vec<_>, _>>()?;
    let [requests, time, p50, p99, refused, broken] = numbers[..] else {
        bail!("wrk printed another result: {line}");
    };
    if refused + broken > 0 || requests == 0 {
        bail!("{refused} of {requests} requests were refused, {broken} had no answer");
    }
    let micros = |number| Duration::from_micros(u64::from(number));
    Ok(Run {
        requests,
        time: micros(time),
        p50: micros(p50),
        p99: micros(p99),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_and_errors_are_none() {
        let run = read("Running\nRESULT 5000 1000000 40 90 0 0\n").unwrap();
        assert_eq!((run.requests, run.time), (5000, Duration::from_secs(1)));
        assert_eq!(
            (run.p50, run.p99),
            (Duration::from_micros(40), Duration::from_micros(90))
        );
        for bad in [
            "",
            "RESULT 5000 1000000 40 90 1 0",
            "RESULT 5000 1000000 40 90 0 1",
            "RESULT 0 1000000 0 0 0 0",
            "RESULT 1 2 3",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_script_says_what_is_asked() {
        let ask = Ask::post("/x", "text/plain", "say \"hi\"").header("Authorization", "Bearer t");
        let script = fixed(&ask);
        for part in [
            "wrk.method = \"POST\"",
            "wrk.headers[\"Authorization\"] = [==[Bearer t]==]",
            "wrk.body = [==[say \"hi\"]==]",
        ] {
            assert!(script.contains(part), "{script}");
        }
        let script = chained(&ask, "next", &["a".to_owned(), "b".to_owned()]);
        assert!(
            script.contains("{ \"a\", \"b\" }") && !script.contains("wrk.body"),
            "{script}"
        );
    }
}
