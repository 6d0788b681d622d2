//! What was found: one check at a time for a person, one document for a program.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::failure::{Exit, Failure};
use crate::output::Output;

/// A check that takes longer says what it is about.
const SLOW: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    Warn,
    /// With the exit code that a command would have failed with.
    Fail(Exit),
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail(_) => "FAIL",
        }
    }
}

/// One check: what was found, what is to know about it, and what to do next.
#[derive(Debug)]
pub(super) struct Check {
    name: &'static str,
    status: Status,
    summary: String,
    details: Vec<String>,
    next: Vec<String>,
    facts: Map<String, Value>,
}

impl Check {
    fn new(name: &'static str, status: Status, summary: impl Into<String>) -> Self {
        Self {
            name,
            status,
            summary: summary.into(),
            details: Vec::new(),
            next: Vec::new(),
            facts: Map::new(),
        }
    }

    pub(super) fn ok(name: &'static str, summary: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, summary)
    }

    pub(super) fn warn(name: &'static str, summary: impl Into<String>) -> Self {
        Self::new(name, Status::Warn, summary)
    }

    pub(super) fn fail(name: &'static str, exit: Exit, summary: impl Into<String>) -> Self {
        Self::new(name, Status::Fail(exit), summary)
    }

    /// A check that failed as a command would have: its words, its advice, its exit code.
    pub(super) fn failed(name: &'static str, failure: &Failure) -> Self {
        let mut check = Self::fail(name, failure.exit(), failure.what());
        check.details.extend_from_slice(failure.why());
        check
            .details
            .extend(failure.request_id().map(|id| format!("request {id}")));
        check.next = failure.advice();
        check
    }

    pub(super) fn but_warn_only(mut self) -> Self {
        self.status = Status::Warn;
        self
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    pub(super) fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    pub(super) fn next(mut self, next: impl Into<String>) -> Self {
        self.next.push(next.into());
        self
    }

    /// A value that only a program wants.
    pub(super) fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    fn to_json(&self) -> Value {
        let mut check = self.facts.clone();
        check.insert("name".to_owned(), json!(self.name));
        check.insert(
            "status".to_owned(),
            json!(self.status.word().to_ascii_lowercase()),
        );
        check.insert("summary".to_owned(), json!(self.summary));
        check.insert("details".to_owned(), json!(self.details));
        check.insert("try".to_owned(), json!(self.next));
        Value::Object(check)
    }
}

/// The checks so far.
pub(super) struct Report<'a> {
    output: &'a Output,
    checks: Vec<Check>,
}

impl<'a> Report<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self {
            output,
            checks: Vec::new(),
        }
    }

    /// Says what was found at once, unless it is to be one document.
    pub(super) fn add(&mut self, check: Check) -> Result<(), Failure> {
        if !self.output.is_json() {
            self.output
                .finding(check.status.word(), check.name, &check.summary)?;
            for line in &check.details {
                self.output.below_finding(line)?;
            }
            for next in &check.next {
                self.output.below_finding(&format!("try: {next}"))?;
            }
        }
        self.checks.push(check);
        Ok(())
    }

    /// Tells a person who waits at a terminal what for.
    pub(super) async fn watch<T>(&self, what: &str, check: impl Future<Output = T>) -> T {
        let mut check = std::pin::pin!(check);
        tokio::select! {
            biased;
            done = check.as_mut() => return done,
            () = tokio::time::sleep(SLOW) => {}
        }
        if !self.output.is_json() && io::stderr().is_terminal() {
            self.output.note(format!("checking {what} …"));
        }
        check.await
    }

    /// The exit code is that of the first check that failed.
    pub(super) fn finish(self) -> Result<Exit, Failure> {
        let exit = self.checks.iter().find_map(|check| match check.status {
            Status::Fail(exit) => Some(exit),
            _ => None,
        });
        let exit = exit.unwrap_or(Exit::Done);
        if self.output.is_json() {
            self.output.json(&json!({
                "healthy": exit == Exit::Done,
                "exit_code": exit.code(),
                "checks": self.checks.iter().map(Check::to_json).collect::<Vec<_>>(),
            }))?;
        }
        Ok(exit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::Parser as _;

    fn exit_of(checks: Vec<Check>) -> Exit {
        let cli = Cli::try_parse_from(["ringcentral", "doctor"]).unwrap();
        let output = Output::new(&cli.global);
        let mut report = Report::new(&output);
        report.checks = checks;
        report.finish().unwrap()
    }

    #[test]
    fn the_first_failure_decides_the_exit_code() {
        let ok = || Check::ok("a", "");
        let warn = || Check::warn("b", "");
        let login = || Check::fail("c", Exit::LoginNeeded, "");
        let network = || Check::fail("d", Exit::Network, "");
        assert_eq!(exit_of(vec![]), Exit::Done);
        assert_eq!(exit_of(vec![ok(), warn()]), Exit::Done);
        assert_eq!(exit_of(vec![ok(), login(), network()]), Exit::LoginNeeded);
        assert_eq!(exit_of(vec![warn(), network(), login()]), Exit::Network);
    }
}
