//! The worker program from its parent's side: a process that uses a login, and that can be killed at any step.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use tokio::io::AsyncBufReadExt as _;
use tokio::io::{AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::timeout;

use crate::store::{Login, Store};
use crate::{Emulator, Process, place};

/// A worker may have to wait for the lease of one that was killed (30 s), on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(100);

/// A running worker. It is killed when this is dropped.
#[derive(Debug)]
pub struct Worker {
    process: Process,
    /// Held here for as long as the worker lives: at its end the worker takes its parent for gone.
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    steps: Vec<String>,
}

/// What a worker says in one line.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Said {
    Step { step: String, stopped: bool },
    End(Report),
    Transferred(Transferred),
    Ready { ready: bool },
    // Last, as it lacks nothing in any other line.
    Login { login: Option<String> },
}

/// What moving a file took.
#[derive(Debug, Deserialize)]
pub struct Transferred {
    /// How large it is.
    pub bytes: u64,
    /// The most memory that the process had before, in bytes.
    pub peak_before: u64,
    /// The most memory that it had at all.
    pub peak_after: u64,
}

/// How a worker's calls went.
#[derive(Debug, Deserialize)]
pub struct Report {
    /// How many succeeded.
    pub succeeded: usize,
    /// Why each of the others did not.
    pub failures: Vec<String>,
    /// The steps of the refresh that it made, if it made one.
    #[serde(skip)]
    pub steps: Vec<String>,
}

/// Where a worker is after the next thing it said that matters.
#[derive(Debug)]
pub enum At {
    /// It stopped, or waits, at this step.
    Step(String),
    /// Its calls have ended.
    End(Report),
}

impl Worker {
    /// Logs in to the emulator, and keeps the login as number `number` of the store.
    ///
    /// # Errors
    ///
    /// When the login fails.
    pub async fn log_in(emulator: &Emulator, store: &Store, number: usize) -> anyhow::Result<Login> {
        let mut login = store.place(number);
        let mut worker = Self::run("login", emulator, &login, &[])?;
        match worker.said().await? {
            Said::Login { login: id } => login.id = id,
            other => bail!("the worker said {other:?} instead of where it logged in"),
        }
        let status = worker.process.end().await?;
        ensure!(
            status.success(),
            "the worker could not log in: {}",
            worker.process.errors()
        );
        Ok(login)
    }

    /// Starts a worker that makes calls; `options` are the program's own.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(emulator: &Emulator, login: &Login, options: &[&str]) -> anyhow::Result<Self> {
        Self::run("call", emulator, login, options)
    }

    /// Starts a worker that finds the emulator at another address.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_behind(
        url: &str,
        emulator: &Emulator,
        login: &Login,
        options: &[&str],
    ) -> anyhow::Result<Self> {
        Self::run_with("call", emulator, login, options, &[("RC_SERVER_URL", url)])
    }

    /// Makes one call in a worker of its own, which has to succeed.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn succeed(emulator: &Emulator, login: &Login) -> anyhow::Result<Report> {
        Self::start(emulator, login, &[])?.success().await
    }

    /// Moves a file in a worker of its own, which has to succeed; `options` are the program's own.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn transfer(
        emulator: &Emulator,
        login: &Login,
        options: &[&str],
    ) -> anyhow::Result<Transferred> {
        match Self::run("transfer", emulator, login, options)?.said().await? {
            Said::Transferred(transferred) => Ok(transferred),
            other => bail!("the worker said {other:?} instead of what it moved"),
        }
    }

    fn run(verb: &str, emulator: &Emulator, login: &Login, options: &[&str]) -> anyhow::Result<Self> {
        Self::run_with(verb, emulator, login, options, &[])
    }

    fn run_with(
        verb: &str,
        emulator: &Emulator,
        login: &Login,
        options: &[&str],
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let mut arguments = vec![verb, "--store", &login.store];
        if let Some(id) = &login.id {
            arguments.extend(["--login", id]);
        }
        arguments.extend(options);
        let mut environment = emulator.variables();
        environment.push(("RINGCENTRAL_E2E_KEYS", &login.keys));
        environment.extend(variables);
        let mut process = Process::start(&place::worker()?, &arguments, &environment)?;
        let stdout = process
            .child()
            .stdout
            .take()
            .context("the worker has no output")?;
        let orders = process.child().stdin.take().context("the worker has no input")?;
        Ok(Self {
            process,
            orders,
            lines: BufReader::new(stdout).lines(),
            steps: Vec::new(),
        })
    }

    /// Waits until a worker that was started with `--wait` has its store open.
    ///
    /// # Errors
    ///
    /// When it does not come so far.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        match self.said().await? {
            Said::Ready { ready: true } => Ok(()),
            other => bail!("the worker said {other:?} instead of being ready"),
        }
    }

    /// Tells a worker that waits to go on.
    ///
    /// # Errors
    ///
    /// When it does not listen.
    pub async fn go_on(&mut self) -> anyhow::Result<()> {
        self.orders.write_all(b"\n").await?;
        Ok(self.orders.flush().await?)
    }

    /// Waits until it stops at a step or its calls have ended.
    ///
    /// # Errors
    ///
    /// When it ends in another way, or does neither for too long.
    pub async fn stops_or_ends(&mut self) -> anyhow::Result<At> {
        loop {
            match self.said().await? {
                Said::Step { step, stopped } => {
                    self.steps.push(step.clone());
                    if stopped {
                        return Ok(At::Step(step));
                    }
                }
                Said::End(report) => {
                    let steps = std::mem::take(&mut self.steps);
                    return Ok(At::End(Report { steps, ..report }));
                }
                other => bail!("the worker said {other:?} in the middle of its calls"),
            }
        }
    }

    /// Waits until it stops at this step.
    ///
    /// # Errors
    ///
    /// When it comes to its end before.
    pub async fn stops_at(&mut self, step: &str) -> anyhow::Result<()> {
        match self.stops_or_ends().await? {
            At::Step(at) if at == step => Ok(()),
            other => bail!("the worker did not stop at {step}: {other:?}"),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// When it ends without a report, or not for too long.
    pub async fn report(mut self) -> anyhow::Result<Report> {
        match self.stops_or_ends().await? {
            At::Step(step) => bail!("the worker stopped at {step}"),
            At::End(report) => Ok(report),
        }
    }

    /// Waits for its end, which has to be good.
    ///
    /// # Errors
    ///
    /// When a call failed.
    pub async fn success(mut self) -> anyhow::Result<Report> {
        let At::End(report) = self.stops_or_ends().await? else {
            bail!("the worker stopped on its way");
        };
        ensure!(
            report.failures.is_empty(),
            "{} of its calls failed: {}",
            report.failures.len(),
            report.failures.join("\n")
        );
        let status = self.process.end().await?;
        ensure!(status.success(), "the worker ended with {status}");
        Ok(report)
    }

    /// Kills it, as `kill -9` does, and tells the steps that it had come to.
    ///
    /// # Errors
    ///
    /// When it cannot be waited for.
    pub async fn kill(mut self) -> anyhow::Result<Killed> {
        self.process.child().kill().await?;
        let mut ended = false;
        // What it wrote is still in the pipe.
        while let Some(line) = self.lines.next_line().await? {
            match serde_json::from_str(&line) {
                Ok(Said::Step { step, .. }) => self.steps.push(step),
                Ok(Said::End(_)) => ended = true,
                // The kill may have cut a line in two.
                _ => {}
            }
        }
        Ok(Killed {
            steps: self.steps,
            ended,
        })
    }

    /// Sends a signal by its name.
    ///
    /// # Errors
    ///
    /// When it is not running any more.
    pub async fn signal(&self, signal: &str) -> anyhow::Result<()> {
        self.process.signal(signal).await
    }

    /// The process id.
    ///
    /// # Errors
    ///
    /// When it is not running any more.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.process.id()
    }

    async fn said(&mut self) -> anyhow::Result<Said> {
        let Ok(line) = timeout(PATIENCE, self.lines.next_line()).await else {
            bail!("the worker says nothing: {}", self.process.errors());
        };
        let Some(line) = line? else {
            bail!("the worker ended too early: {}", self.process.errors());
        };
        serde_json::from_str(&line).with_context(|| format!("the worker said {line}"))
    }
}

/// How far a killed worker had come.
#[derive(Debug)]
pub struct Killed {
    /// The steps of its refresh, in order.
    pub steps: Vec<String>,
    /// Whether it had ended by itself before.
    pub ended: bool,
}
