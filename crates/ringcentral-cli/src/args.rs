//! The command line: clap types only. No argument takes a secret, because arguments are seen by other users of a
//! machine and kept in a shell's history.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help texts, where backticks would show"
)]

mod calls;
mod login;
mod serving;
mod value;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::calls::{
    ApiArgs, CallLogCommand, CallLogListArgs, DirectionArg, ExtensionCommand, ExtensionListArgs,
    ExtensionShowArgs, MessageCommand, MessageListArgs, Owner, SmsCommand, SmsSendArgs,
};
pub(crate) use self::login::{DoctorArgs, LoginArgs, ProfileAddArgs, ProfileCommand, TokenArgs};
pub(crate) use self::serving::{DevArgs, EmulateArgs, OnOff, ServeArgs};

const EXAMPLES: &str = "\
Examples:
  ringcentral dev                              try it out, without an account
  ringcentral login                            log in with the browser
  ringcentral api account/~/extension/~        call any endpoint
  ringcentral call-log list --from 7d --json   the calls of the last week
  ringcentral emulate --exec npm test          test against the local platform

Settings are looked for in the flags, the environment, `.env` (the RC_* names
of the RingCentral tutorials) and config.toml, in this order. Secrets are never
taken from flags: RC_CLIENT_SECRET, RC_JWT and RC_PASSWORD stand in the
environment or in the env file.

Exit codes: 0 done, 1 the platform refused, 2 usage, 3 configuration, 4 login
needed, 5 rate limited, 6 network, 7 partly done, 130 interrupted.

An unofficial tool; it is not made or endorsed by RingCentral.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  ringcentral explain CMN-408
  ringcentral explain cmn102 invalid_grant --json
  ringcentral explain | less";

/// Log in to RingCentral, stay logged in, and call it from the command line
#[derive(Debug, Parser)]
#[command(name = "ringcentral", version, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options for every command")]
pub(crate) struct Global {
    /// Keep this login apart from others under a name of yours [RINGCENTRAL_PROFILE]
    #[arg(long, short = 'p', global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Read settings from this file instead of .env [ENVIRONMENT=sandbox|production picks one too]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// Address of the platform [RC_SERVER_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Client ID of the app [RC_CLIENT_ID]
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Wait at most this long when the platform limits the rate, for example 90s or 5m
    #[arg(long, global = true, value_name = "TIME", default_value = "5m", value_parser = value::duration)]
    pub(crate) max_wait: Duration,
    /// Print JSON, errors included
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but data and errors
    #[arg(long, short = 'q', global = true)]
    pub(crate) quiet: bool,
    /// Log what happens to standard error; twice for more [RINGCENTRAL_LOG]
    #[arg(long, short = 'v', global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Use colours [NO_COLOR, CLICOLOR, CLICOLOR_FORCE]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in, with the browser unless told otherwise
    Login(LoginArgs),
    /// Forget the login and revoke its tokens
    Logout,
    /// Show the login and the settings, without asking the platform
    Status,
    /// Check everything a login depends on, and say what to do about what is wrong
    Doctor(DoctorArgs),
    /// Ask the platform who is logged in
    Whoami,
    /// Print a valid access token, refreshed when needed
    Token(TokenArgs),
    /// List and change profiles
    #[command(subcommand)]
    Profile(ProfileCommand),

    /// Call any endpoint of the platform
    Api(ApiArgs),
    /// Users, call queues and other extensions of the account
    #[command(subcommand)]
    Extension(ExtensionCommand),
    /// Calls made and received
    #[command(subcommand)]
    CallLog(CallLogCommand),
    /// Text messages
    #[command(subcommand)]
    Sms(SmsCommand),
    /// Messages of all kinds: texts, voicemail, faxes
    #[command(subcommand)]
    Message(MessageCommand),

    /// What an error code means, and what to do about it
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain {
        /// Codes of the platform, such as CMN-408, invalid_grant or SMS-RC-413; without one, all are listed
        #[arg(value_name = "CODE")]
        codes: Vec<String>,
    },

    /// Try it out: the local platform and the login web app together
    Dev(DevArgs),
    /// Run the local platform, for tests in any language
    Emulate(EmulateArgs),
    /// Run the login web app and token service
    Serve(ServeArgs),

    /// Print the completion script of a shell
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
    /// Print a page of the documentation that is made from the program
    #[command(hide = true)]
    Docs {
        /// Page to print
        page: DocsPage,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocsPage {
    /// Every environment variable: docs/environment.md
    Environment,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn every_command(command: &clap::Command, seen: &mut Vec<clap::Command>) {
        seen.push(command.clone());
        for sub in command.get_subcommands() {
            every_command(sub, seen);
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_flag_takes_a_secret() {
        let mut commands = Vec::new();
        every_command(&Cli::command(), &mut commands);
        for command in commands {
            for argument in command
                .get_arguments()
                .filter(|argument| argument.get_action().takes_values())
            {
                let name = argument.get_id().as_str().to_lowercase();
                let secret = ["secret", "password", "token", "assertion", "passphrase"];
                assert!(
                    !secret.iter().any(|word| name.contains(word)),
                    "{} {name}",
                    command.get_name()
                );
            }
        }
    }

    #[test]
    fn texts_below_the_options_fit_a_narrow_terminal() {
        let mut commands = Vec::new();
        every_command(&Cli::command(), &mut commands);
        for text in commands.iter().filter_map(clap::Command::get_after_help) {
            for line in text.to_string().lines() {
                assert!(line.chars().count() < 80, "{line}");
            }
        }
    }

    #[test]
    fn every_command_and_every_argument_says_what_it_is() {
        let mut commands = Vec::new();
        every_command(&Cli::command(), &mut commands);
        for command in commands {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
        }
    }
}
