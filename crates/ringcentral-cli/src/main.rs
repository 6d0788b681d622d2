//! The `ringcentral` command: log in, call the API, run the login web app and the local platform.

mod args;
mod browser;
mod commands;
mod context;
mod emulated;
mod failure;
mod listen;
mod logging;
mod logins;
mod output;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// Half of what the servers allocate is SQLite's, whose calls it takes as well: docs/adr/0007-mimalloc.md.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(output::usage(&error).code()),
    };
    let output = Output::new(&cli.global);
    let exit = run(cli, &output).unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.exit()
    });
    ExitCode::from(exit.code())
}

fn run(cli: Cli, output: &Output) -> Result<Exit, Failure> {
    let environment = |name: &str| std::env::var_os(name);
    let names = || {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        names.collect::<Vec<_>>()
    };
    logging::start(&cli, &environment)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::configuration("the program cannot start its threads").caused_by(&error))?;
    let exit = runtime.block_on(commands::run(cli, output, &environment, &names));
    // Not the plain drop: somebody who is still to type something must not hold up the end.
    runtime.shutdown_background();
    exit
}
