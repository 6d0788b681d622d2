//! `emulate`: the local platform, until it is stopped or the command it was started for has ended.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ringcentral_emulator::{Emulator, EmulatorConfig, Seed, SeedError, StartError};
use serde_json::{Map, Value, json};

use crate::args::{EmulateArgs, OnOff};
use crate::failure::{Exit, Failure};
use crate::listen::StopSignals;
use crate::output::Output;
use crate::settings::{self, Lookup};

use self::env_file::EnvFile;

mod child;
mod env_file;

pub(super) async fn run(
    args: &EmulateArgs,
    output: &Output,
    environment: Lookup<'_>,
) -> Result<Exit, Failure> {
    let listen = args.listen.clone().unwrap_or_else(|| {
        // A test run takes whatever is free; a person wants to find it again.
        match (args.exec.is_empty(), args.host.is_some()) {
            (true, false) => "localhost:5001",
            (true, true) => "0.0.0.0:5001",
            (false, false) => "127.0.0.1:0",
            (false, true) => "0.0.0.0:0",
        }
        .to_owned()
    });
    let config = EmulatorConfig {
        listen,
        host: args.host.clone(),
        tls: authority(args, environment)?,
        rate_limits: args.rate_limits == OnOff::On,
        data: args.data.clone(),
        auto_approve: args.auto_approve.clone(),
        seed: args.seed.as_deref().map(seed).transpose()?.unwrap_or_default(),
        ..EmulatorConfig::default()
    };
    let mut stop_signals = StopSignals::listen()?;
    // Whoever waits for the file is not to find that of an emulator that is gone.
    let env_file = args.env_file.as_deref().map(EnvFile::take_away_old).transpose()?;
    let emulator = match (Emulator::start(config).await, &args.seed) {
        (Ok(emulator), _) => emulator,
        (Err(error), seed) => {
            if let Some(file) = &env_file {
                file.put_back_old();
            }
            return Err(match (error, seed) {
                (StartError::Seed(error), Some(path)) => bad_seed(path, &error),
                (error, _) => not_started(&error, "--listen"),
            });
        }
    };
    // Connections are accepted by now, so whoever waits for the file may come at once.
    let env_file = env_file
        .map(|file| file.write(&emulator.environment()))
        .transpose()?;
    let ended = serve(args, &emulator, &mut stop_signals, output).await;
    // Before the platform goes, so that nobody who reads it comes too late.
    if let Some(file) = env_file {
        file.remove(output);
    }
    emulator.stop().await;
    if args.exec.is_empty() && ended.is_ok() {
        output.note("Stopped");
    }
    ended
}

/// Until it is to stop, or the command has ended.
async fn serve(
    args: &EmulateArgs,
    emulator: &Emulator,
    stop_signals: &mut StopSignals,
    output: &Output,
) -> Result<Exit, Failure> {
    if emulator.is_exposed() {
        output.warn(
            "Other machines can reach this platform. Its control API opens only with the control token.",
        );
    }
    if !args.exec.is_empty() {
        // Standard output is the command's alone.
        if let Some(token) = emulator.control_token() {
            output.must_see(format!(
                "The control token is {token} (for the command: RC_EMULATOR_CONTROL_TOKEN)"
            ));
        }
        return child::run(&args.exec, emulator, output).await.map(Exit::Child);
    }
    announce(emulator, args, output)?;
    stop_signals.received().await;
    Ok(Exit::Done)
}

/// Starts it; `flag` is the one that chooses the address.
pub(super) async fn start(config: EmulatorConfig, flag: &str) -> Result<Emulator, Failure> {
    Emulator::start(config)
        .await
        .map_err(|error| not_started(&error, flag))
}

/// Reads a seed file.
fn seed(path: &Path) -> Result<Seed, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::configuration(format!("the seed {} cannot be read", path.display())).caused_by(&error)
    })?;
    Seed::parse(&text).map_err(|error| bad_seed(path, &error))
}

fn bad_seed(path: &Path, error: &SeedError) -> Failure {
    let line = error
        .line()
        .map_or_else(String::new, |line| format!(", line {line}"));
    let key = if error.key().is_empty() {
        String::new()
    } else {
        format!(": {}", error.key())
    };
    Failure::configuration(format!("{}{line}{key}", path.display())).because(error.message())
}

fn not_started(error: &StartError, flag: &str) -> Failure {
    match error {
        StartError::PortInUse { address } => {
            Failure::configuration(format!("port {} is in use", address.port()))
                .because(format!("something else listens on {address}"))
                .advise(format!(
                    "stop it, or choose another port: {flag} localhost:{}",
                    address.port().saturating_add(10)
                ))
        }
        StartError::Exposed { address } => Failure::usage(format!("{address} is open to other machines"))
            .because(
                "the platform lets in only this machine, unless it is told by which name others reach it",
            )
            .advise(format!("{flag} localhost:{}, or --host NAME", address.port())),
        StartError::Host { host } => Failure::usage(format!("--host {host} is not a name or an IP address"))
            .advise("--host emulator.example.com   (without http:// and without a port)"),
        StartError::Listen { listen, source } => {
            let why = match source.kind() {
                ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
                _ => source.to_string(),
            };
            Failure::configuration(format!("cannot listen on {listen}"))
                .because(why)
                .advise(format!("{flag} localhost:5001"))
        }
        StartError::Address { .. } => {
            Failure::usage(error.to_string()).advise(format!("{flag} localhost:5001"))
        }
        _ => {
            let failure = Failure::configuration(error.to_string());
            match std::error::Error::source(error) {
                Some(source) => failure.caused_by(source),
                None => failure,
            }
        }
    }
}

/// Where the certificate authority is kept: with the other state, if that is kept.
fn authority(args: &EmulateArgs, environment: Lookup<'_>) -> Result<Option<PathBuf>, Failure> {
    if !args.tls {
        return Ok(None);
    }
    let directory = match &args.data {
        Some(data) => data.join("tls"),
        None => settings::directories(environment)?.state.join("emulator-tls"),
    };
    // Other programs are told by an absolute path, wherever they run.
    std::path::absolute(&directory).map(Some).map_err(|error| {
        Failure::configuration(format!("{} cannot be used", directory.display())).caused_by(&error)
    })
}

fn announce(emulator: &Emulator, args: &EmulateArgs, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        let environment: Map<String, Value> = emulator
            .environment()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        return output.json(&json!({
            "url": emulator.url(),
            "inspector": format!("{}/_emulator/", emulator.url()),
            "control_token": emulator.control_token(),
            "ca_file": emulator.ca_file(),
            "env_file": args.env_file,
            "environment": environment,
        }));
    }
    output.line(format!("The local platform runs at {}", emulator.url()))?;
    output.field("inspector", &format!("{}/_emulator/", emulator.url()))?;
    if let Some(token) = emulator.control_token() {
        output.field("control", &format!("token {token}"))?;
    }
    if let Some(file) = emulator.ca_file() {
        output.field("authority", &format!("{} (for clients to trust)", file.display()))?;
    }
    let environment = emulator.environment();
    let variable = |wanted: &str| {
        environment
            .iter()
            .find(|(name, _)| *name == wanted)
            .map_or("", |(_, value)| value)
    };
    output.field(
        "app",
        &format!("{} {}", variable("RC_CLIENT_ID"), variable("RC_CLIENT_SECRET")),
    )?;
    for user in emulator.users().iter().take(2) {
        let who = format!("{} ({}), extension {}", user.username, user.name, user.extension);
        output.field("user", &format!("{who}, password {}", user.password))?;
    }
    match &args.env_file {
        Some(path) => output.field(
            "settings",
            &format!("{} (RC_SERVER_URL and the others)", path.display()),
        )?,
        None => output.note("Settings for a program under test: --env-file FILE, or --exec COMMAND"),
    }
    output.note("Ctrl-C stops it");
    Ok(())
}
