//! One file for each command; here only which one it is.

mod api;
mod call_log;
mod dev;
mod docs;
mod doctor;
mod emulate;
mod explain;
mod extension;
mod import;
mod input;
mod login;
mod logout;
mod message;
mod profile;
mod serve;
mod sms;
mod status;
mod token;
mod vault_key;
mod whoami;

use crate::args::{CallLogCommand, Cli, Command, ExtensionCommand, Global, MessageCommand, SmsCommand};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::listen::StopSignals;
use crate::output::Output;
use crate::settings::{Lookup, Names};

pub(crate) async fn run(
    cli: Cli,
    output: &Output,
    environment: Lookup<'_>,
    names: Names<'_>,
) -> Result<Exit, Failure> {
    let Cli { global, command } = cli;
    match command {
        // These end when they are asked to, which is no interruption.
        Command::Dev(args) => dev::run(&args, &Context::new(&global, output, environment)?).await,
        Command::Emulate(args) => emulate::run(&args, output, environment).await,
        Command::Serve(args) => serve::run(&args, &Context::new(&global, output, environment)?).await,

        Command::Completions { shell } => docs::completions(shell, output),
        Command::Docs { page } => docs::page(page, output),
        Command::Explain { codes } => explain::run(&codes, output),
        // The plain Ctrl-C ends it: while a password is typed, only that gives the terminal its echo back.
        Command::Login(args) if args.password => {
            call(&global, Command::Login(args), output, environment, names).await
        }
        command => {
            let mut stop_signals = StopSignals::listen()?;
            tokio::select! {
                done = call(&global, command, output, environment, names) => done,
                () = stop_signals.received() => Err(Failure::silent(Exit::Interrupted)),
            }
        }
    }
}

/// The commands that are done after a call or two.
async fn call(
    global: &Global,
    command: Command,
    output: &Output,
    environment: Lookup<'_>,
    names: Names<'_>,
) -> Result<Exit, Failure> {
    match &command {
        Command::Profile(command) => return profile::run(command, global, output, environment).await,
        Command::Doctor(args) => return doctor::run(args, global, output, environment, names).await,
        _ => {}
    }
    let context = Context::new(global, output, environment)?;
    let done = match command {
        Command::Login(args) => match &args.import {
            Some(file) => import::run(file, args.force, &context).await,
            None => login::run(&args, &context).await,
        },
        Command::Logout => logout::run(&context).await,
        Command::Status => status::run(&context).await,
        Command::Whoami => whoami::run(&context).await,
        Command::Token(args) => token::run(&args, &context).await,
        Command::Api(args) => api::run(&args, &context).await,
        Command::Extension(ExtensionCommand::List(args)) => extension::list(&args, &context).await,
        Command::Extension(ExtensionCommand::Show(args)) => extension::show(&args, &context).await,
        Command::CallLog(CallLogCommand::List(args)) => call_log::list(&args, &context).await,
        Command::Sms(SmsCommand::Send(args)) => sms::send(&args, &context).await,
        Command::Message(MessageCommand::List(args)) => message::list(&args, &context).await,
        Command::Dev(_)
        | Command::Emulate(_)
        | Command::Serve(_)
        | Command::Doctor(_)
        | Command::Profile(_)
        | Command::Completions { .. }
        | Command::Explain { .. }
        | Command::Docs { .. } => unreachable!("answered before"),
    };
    done.map(|()| Exit::Done)
        .map_err(|failure| failure.in_profile(context.settings.profile.as_str()))
}
