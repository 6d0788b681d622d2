//! A process that is measured: started, asked what it used, ended.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;

use super::http::{Client, text};
use crate::run;

/// A running `ringcentral emulate`. Dropping it ends it.
pub(super) struct Emulator {
    child: Child,
    /// What it said when it accepted connections: its address, and the environment of a client.
    pub(super) ready: String,
    pub(super) address: SocketAddr,
    /// The length of the system's unit of processor time.
    tick: Option<Duration>,
}

impl Emulator {
    /// Starts it with further options. When this returns, it accepts connections.
    pub(super) fn start(program: &Path, options: &[&str]) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args([
                "emulate",
                "--json",
                "--listen",
                "127.0.0.1:0",
                "--rate-limits",
                "off",
            ])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let said = child.stdout.take().context("standard output was not kept")?;
        let mut ready = String::new();
        BufReader::new(said).read_line(&mut ready)?;
        let address = text(&ready, "url").and_then(|url| {
            url.trim_start_matches("http://")
                .parse()
                .with_context(|| format!("{url} is no address"))
        });
        let address = match address {
            Ok(address) => address,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error.context("the emulator did not start"));
            }
        };
        Ok(Self {
            child,
            ready,
            address,
            tick: tick(),
        })
    }

    pub(super) fn client(&self) -> anyhow::Result<Client> {
        Client::connect(self.address)
    }

    /// A variable of the environment that clients of this emulator are given.
    pub(super) fn variable(&self, name: &str) -> anyhow::Result<&str> {
        text(&self.ready, name)
    }

    /// The processor time that it has used so far; `None` where the system does not tell as Linux does.
    pub(super) fn processor_time(&self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        Some(self.tick? * ticks(&stat)?)
    }

    /// Memory in bytes, by the name that `/proc/PID/status` has for it: `VmRSS` now, `VmHWM` at most so far.
    pub(super) fn memory(&self, name: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        kilobytes(&status, name).map(|kilobytes| kilobytes * 1024)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tick() -> Option<Duration> {
    let a_second = run::capture(Command::new("getconf").arg("CLK_TCK")).ok()?;
    Some(Duration::from_secs(1) / a_second.parse().ok()?)
}

/// In user and in system mode together: the fields 14 and 15. The second, the program's name, may hold spaces.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u32>().ok();
    Some(next()? + next()?)
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_a_process_is_read() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 3 0 12";
        assert_eq!(ticks(stat), Some(175));
        assert_eq!(ticks("7 (a) S 1"), None);
        let status = "Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";
        assert_eq!(kilobytes(status, "VmRSS"), Some(1024));
        assert_eq!(kilobytes(status, "VmHWM"), Some(2048));
        assert_eq!(kilobytes(status, "VmSwap"), None);
    }
}
