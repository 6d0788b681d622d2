//! A started program: its output kept, its end certain.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, bail};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::wait::DEADLINE;
use crate::{place, wait};

/// A child with an empty environment and a home of its own. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    home: TempDir,
}

impl Process {
    /// Starts the program under test.
    ///
    /// # Errors
    ///
    /// When it is not built or cannot be started.
    pub fn ringcentral(args: &[&str]) -> anyhow::Result<Self> {
        Self::start(&place::program()?, args, &[])
    }

    /// Starts any program; its standard input stays open.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(program: &Path, args: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let home = TempDir::new().context("cannot make a home for a child")?;
        let log =
            std::fs::File::create(home.path().join("stderr")).context("cannot make a log for a child")?;
        let name = program
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let child = Command::new(program)
            .args(args)
            .env_clear()
            .env("PATH", place::variable("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .envs(environment.iter().copied())
            .current_dir(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self {
            child,
            name: format!("{name} {}", args.first().copied().unwrap_or_default()),
            home,
        })
    }

    /// The child's home and working directory, empty at the start but for its log.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// What it wrote to standard error so far.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.home.path().join("stderr")).unwrap_or_default()
    }

    /// The child itself, for its streams.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Fails when the child has ended, with what it said last.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn must_live(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("{} ended early ({status}): {}", self.name, self.errors().trim());
        }
        Ok(())
    }

    /// Waits until the child has written the file.
    ///
    /// # Errors
    ///
    /// When the child ends without it, or takes too long.
    pub async fn file(&mut self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.home.path().join(name);
        let what = format!("{} writes {name}", self.name);
        wait::until(&what, || {
            let answer = self.must_live().map(|()| path.exists().then(|| path.clone()));
            async { answer }
        })
        .await
    }

    /// Sends the signal that Ctrl-C sends.
    ///
    /// # Errors
    ///
    /// When it is not running any more.
    pub async fn interrupt(&self) -> anyhow::Result<()> {
        self.signal("INT").await
    }

    /// Sends a signal by its name.
    ///
    /// # Errors
    ///
    /// When it is not running any more.
    pub async fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let status = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(self.id()?.to_string())
            .status()
            .await?;
        if !status.success() {
            bail!("cannot send SIG{signal} to {}", self.name);
        }
        Ok(())
    }

    /// Its id.
    ///
    /// # Errors
    ///
    /// When it is not running any more.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.child
            .id()
            .with_context(|| format!("{} is not running", self.name))
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// When it takes too long.
    pub async fn end(&mut self) -> anyhow::Result<ExitStatus> {
        let Ok(status) = timeout(DEADLINE, self.child.wait()).await else {
            bail!("{} did not end: {}", self.name, self.errors().trim());
        };
        Ok(status?)
    }
}
