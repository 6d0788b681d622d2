//! The log: on standard error, and quiet unless asked.

use tracing_subscriber::EnvFilter;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::settings::{Lookup, variable};

pub(crate) fn start(cli: &Cli, environment: Lookup<'_>) -> Result<(), Failure> {
    let wanted = environment(variable::LOG.name)
        .and_then(|text| text.into_string().ok())
        .filter(|text| !text.is_empty());
    let serves = matches!(cli.command, Command::Serve(_));
    let directives = match (cli.global.verbose, wanted) {
        (0, Some(directives)) => directives,
        (0, None) if serves => "warn,ringcentral=info,ringcentral_gateway=info".to_owned(),
        (0, None) => "error".to_owned(),
        (1, _) => "warn,ringcentral=debug,ringcentral_gateway=debug,ringcentral_emulator=debug".to_owned(),
        (_, _) => "info,ringcentral=trace,ringcentral_gateway=trace,ringcentral_emulator=trace".to_owned(),
    };
    let filter = EnvFilter::builder().parse(directives).map_err(|error| {
        Failure::configuration(format!("{} in the environment is not usable", variable::LOG.name))
            .caused_by(&error)
            .advise("write it like ringcentral=debug")
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if cli.global.json {
        log.json().init();
    } else {
        log.with_target(false).init();
    }
    Ok(())
}
