//! A client program in another language: it prints one line of JSON for each step, and is told what it waits for.

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::ChildStdout;
use tokio::time::timeout;

use crate::wait::DEADLINE;
use crate::{Process, place};

/// A started client.
#[derive(Debug)]
pub struct Script {
    process: Process,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// A program under `clients/node`, with the npm packages beside it.
    ///
    /// # Errors
    ///
    /// When Node.js or the packages are missing.
    pub fn node(words: &[&str], variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let modules = place::node_modules()?;
        let modules = modules
            .to_str()
            .context("the target directory's name is no text")?;
        let environment = [variables, &[("NODE_PATH", modules)]].concat();
        Self::start(&place::in_path("node")?, "node", words, &environment)
    }

    /// A program under `clients/python`, with the virtual environment's packages.
    ///
    /// # Errors
    ///
    /// When Python or the packages are missing.
    pub fn python(words: &[&str], variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let environment = [variables, &[("PYTHONDONTWRITEBYTECODE", "1")]].concat();
        Self::start(&place::python()?, "python", words, &environment)
    }

    fn start(
        interpreter: &std::path::Path,
        language: &str,
        words: &[&str],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let [script, words @ ..] = words else {
            bail!("no script is named")
        };
        let script = place::clients().join(language).join(script);
        let script = script.to_str().context("the checkout's name is no text")?;
        let mut process = Process::start(interpreter, &[&[script], words].concat(), environment)?;
        let stdout = process
            .child()
            .stdout
            .take()
            .context("the client has no output")?;
        Ok(Self {
            process,
            lines: BufReader::new(stdout).lines(),
        })
    }

    /// What the client prints next, which has to be this step.
    ///
    /// # Errors
    ///
    /// When it prints something else, ends, or says nothing for too long.
    pub async fn step(&mut self, name: &str) -> anyhow::Result<Value> {
        let Ok(line) = timeout(DEADLINE, self.lines.next_line()).await else {
            bail!("the client never came to {name:?}: {}", self.process.errors());
        };
        let Some(line) = line? else {
            bail!("the client ended before {name:?}: {}", self.process.errors());
        };
        let facts: Value = serde_json::from_str(&line).with_context(|| format!("not a step: {line}"))?;
        if facts["step"] != name {
            bail!("the client is at {line} instead of {name:?}");
        }
        Ok(facts)
    }

    /// Tells the client one line.
    ///
    /// # Errors
    ///
    /// When it does not listen.
    pub async fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        let stdin = self
            .process
            .child()
            .stdin
            .as_mut()
            .context("the client has no input")?;
        stdin.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(stdin.flush().await?)
    }

    /// Waits for its good end.
    ///
    /// # Errors
    ///
    /// When it failed.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        let status = self.process.end().await?;
        if !status.success() {
            bail!("the client failed ({status}): {}", self.process.errors());
        }
        Ok(())
    }
}
