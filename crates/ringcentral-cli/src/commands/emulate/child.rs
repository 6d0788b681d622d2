//! `emulate --exec`: a command against the platform, with its settings, and what becomes of signals meanwhile.

use std::ffi::OsString;
use std::future::Future;
use std::process::ExitStatus;
use std::time::Duration;

use ringcentral_emulator::Emulator;
#[cfg(not(unix))]
use tokio::process::Child;
use tokio::process::Command;

use crate::failure::Failure;
use crate::output::Output;

/// Settings that lead to an app and a user. Those of a real app must not reach the command, also where the platform has
/// none to put in their place, as an app without a secret.
const OF_A_REAL_APP: [&str; 10] = [
    "RC_CLIENT_ID",
    "RC_APP_CLIENT_ID",
    "RC_CLIENT_SECRET",
    "RC_APP_CLIENT_SECRET",
    "RC_USERNAME",
    "RC_EXTENSION",
    "RC_PASSWORD",
    "RC_JWT",
    "RC_USER_JWT",
    "RC_FROM",
];

/// How long a command that was asked to end may take over it.
const GRACE: Duration = Duration::from_secs(30);

/// Runs the command to its end. Its code, as a shell says it: 128 and the signal, when a signal ended it.
pub(super) async fn run(command: &[OsString], emulator: &Emulator, output: &Output) -> Result<u8, Failure> {
    let (program, arguments) = command.split_first().expect("clap wants at least one word");
    let mut signals = Signals::listen()?;
    let mut builder = Command::new(program);
    for name in OF_A_REAL_APP {
        builder.env_remove(name);
    }
    builder
        .args(arguments)
        .envs(emulator.environment())
        .kill_on_drop(true);
    let mut child = builder.spawn().map_err(|error| {
        Failure::configuration(format!("{} cannot be run", program.display()))
            .caused_by(&error)
            .advise("check the name, or give its whole path")
    })?;
    let status = tokio::select! {
        status = child.wait() => Some(status),
        signal = signals.next() => {
            signal.pass_on(&child);
            output.note("Waiting for the command to end");
            asked_to_end(child.wait(), &mut signals).await
        }
    };
    let status = match status {
        Some(status) => status,
        None => match child.kill().await {
            Ok(()) => child.wait().await,
            Err(error) => Err(error),
        },
    };
    status
        .map(code_of)
        .map_err(|error| Failure::configuration("the command cannot be waited for").caused_by(&error))
}

/// The end, if it comes by itself: before another signal, and in time.
async fn asked_to_end<T>(end: impl Future<Output = T>, signals: &mut Signals) -> Option<T> {
    tokio::select! {
        ended = tokio::time::timeout(GRACE, end) => ended.ok(),
        _ = signals.next() => None,
    }
}

fn code_of(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or(signal.map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

#[cfg(unix)]
use unix::Signals;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;

    use rustix::process::{Pid, Signal, getpgrp, kill_process};
    use rustix::termios::tcgetpgrp;
    use tokio::process::Child;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    use crate::failure::Failure;

    /// The signals that ask a program to end.
    pub(super) struct Signals {
        interrupt: Stream,
        quit: Stream,
        terminate: Stream,
        hang_up: Stream,
    }

    pub(super) struct Received(Signal);

    impl Signals {
        pub(super) fn listen() -> Result<Self, Failure> {
            let listen = |kind| {
                signal(kind).map_err(|error: io::Error| {
                    Failure::configuration("signals cannot be listened for").caused_by(&error)
                })
            };
            Ok(Self {
                interrupt: listen(SignalKind::interrupt())?,
                quit: listen(SignalKind::quit())?,
                terminate: listen(SignalKind::terminate())?,
                hang_up: listen(SignalKind::hangup())?,
            })
        }

        pub(super) async fn next(&mut self) -> Received {
            Received(tokio::select! {
                _ = self.interrupt.recv() => Signal::INT,
                _ = self.quit.recv() => Signal::QUIT,
                _ = self.terminate.recv() => Signal::TERM,
                _ = self.hang_up.recv() => Signal::HUP,
            })
        }
    }

    impl Received {
        /// Gives the command the signal too. What is typed on the terminal, the command has got from there already; to
        /// some programs a second Ctrl-C means something else than the first.
        pub(super) fn pass_on(&self, child: &Child) {
            if matches!(self.0, Signal::INT | Signal::QUIT) && is_in_foreground() {
                return;
            }
            let pid = child.id().and_then(|id| i32::try_from(id).ok());
            if let Some(pid) = pid.and_then(Pid::from_raw) {
                // It may have ended meanwhile.
                let _ = kill_process(pid, self.0);
            }
        }
    }

    /// Whether the terminal sends what is typed on it to this program's group, and so to the command in it.
    fn is_in_foreground() -> bool {
        File::open("/dev/tty")
            .ok()
            .and_then(|terminal| tcgetpgrp(terminal).ok())
            .is_some_and(|group| group == getpgrp())
    }
}

#[cfg(not(unix))]
struct Signals(crate::listen::StopSignals);

#[cfg(not(unix))]
struct Received;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self, Failure> {
        crate::listen::StopSignals::listen().map(Self)
    }

    async fn next(&mut self) -> Received {
        self.0.received().await;
        Received
    }
}

#[cfg(not(unix))]
impl Received {
    /// The console has told the command already.
    fn pass_on(&self, _: &Child) {}
}
