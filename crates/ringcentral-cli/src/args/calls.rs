//! Commands that call the platform.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::value::{self, When};

#[derive(Debug, Args)]
#[command(
    override_usage = "ringcentral api [OPTIONS] [METHOD] <PATH>",
    after_help = "\
Examples:
  ringcentral api account/~/extension/~
  ringcentral api account/~/call-log -f dateFrom=2026-11-01 --paginate
  ringcentral api POST account/~/extension/~/sms -f text=hi \\
      -F 'from={\"phoneNumber\":\"+16505550101\"}' \\
      -F 'to=[{\"phoneNumber\":\"+16505550102\"}]'
  ringcentral api PUT account/~/extension/~/caller-id --input caller-id.json
  ringcentral api account/~/recording/401/content > recording.wav

A path without /restapi gets /restapi/v1.0. The login is sent to its own server
only."
)]
pub(crate) struct ApiArgs {
    /// GET, POST, PUT, PATCH or DELETE; left out it is GET, or POST when there is a body
    #[arg(value_name = "METHOD or PATH")]
    pub(crate) method_or_path: String,
    /// Path of the endpoint, or its whole address
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// A text: of the query, or of the JSON body of a POST, PUT or PATCH without --input; may be repeated
    #[arg(short = 'f', long = "field", value_name = "NAME=TEXT", value_parser = value::pair)]
    pub(crate) fields: Vec<(String, String)>,
    /// A JSON value of the JSON body; may be repeated
    #[arg(short = 'F', long = "json-field", value_name = "NAME=JSON", value_parser = value::json_pair, conflicts_with = "input")]
    pub(crate) json_fields: Vec<(String, serde_json::Value)>,
    /// A header of the request; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME:VALUE", value_parser = value::header)]
    pub(crate) headers: Vec<(http::HeaderName, String)>,
    /// Send the contents of this file as the body; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// Fetch all pages, not only the first
    #[arg(long)]
    pub(crate) paginate: bool,
    /// Print the records, one to a line
    #[arg(long)]
    pub(crate) ndjson: bool,
    /// Print the status and the headers of the answer too
    #[arg(short = 'i', long)]
    pub(crate) include: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExtensionCommand {
    /// List the extensions of the account
    List(ExtensionListArgs),
    /// Show one extension
    Show(ExtensionShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExtensionListArgs {
    /// Only those with this status, for example Enabled
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<String>,
    /// Only those of this type, for example User or Department
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// At most this many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct ExtensionShowArgs {
    /// ID of the extension; without one, your own
    #[arg(value_name = "ID", default_value = "~", hide_default_value = true)]
    pub(crate) id: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CallLogCommand {
    /// List calls, the latest first
    List(CallLogListArgs),
}

/// Whose records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Extension,
    Account,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringcentral call-log list --from 7d
  ringcentral call-log list --account --from 2026-11-01 --to 2026-12-01
  ringcentral call-log list --direction Inbound --limit 10 --json")]
pub(crate) struct CallLogListArgs {
    /// The whole account's calls, not only your own
    #[arg(long)]
    pub(crate) account: bool,
    /// Calls since then: a day, a time, or how long ago (36h, 7d)
    #[arg(long, value_name = "WHEN", default_value = "1d", value_parser = When::parse)]
    pub(crate) from: When,
    /// Calls before then
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    pub(crate) to: Option<When>,
    /// Only this direction
    #[arg(long, value_name = "DIRECTION", ignore_case = true)]
    pub(crate) direction: Option<DirectionArg>,
    /// Only this type of call: Voice or Fax
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
}

impl CallLogListArgs {
    pub(crate) fn owner(&self) -> Owner {
        if self.account {
            Owner::Account
        } else {
            Owner::Extension
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum DirectionArg {
    /// Received
    Inbound,
    /// Made
    Outbound,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SmsCommand {
    /// Send a text message
    Send(SmsSendArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringcentral sms send --to +16505550102 --text 'Your order is ready'
  ringcentral sms send --to +16505550102 --text - < message.txt")]
pub(crate) struct SmsSendArgs {
    /// Your number to send from; without it RC_FROM, or your first number that can send texts
    #[arg(long, value_name = "NUMBER")]
    pub(crate) from: Option<String>,
    /// Number to send to; may be repeated for a group
    #[arg(long, value_name = "NUMBER", required = true)]
    pub(crate) to: Vec<String>,
    /// The text; - reads it from standard input
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MessageCommand {
    /// List messages, the latest first
    List(MessageListArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MessageListArgs {
    /// Messages since then: a day, a time, or how long ago (36h, 7d)
    #[arg(long, value_name = "WHEN", default_value = "1d", value_parser = When::parse)]
    pub(crate) from: When,
    /// Only this direction
    #[arg(long, value_name = "DIRECTION", ignore_case = true)]
    pub(crate) direction: Option<DirectionArg>,
    /// Only this type: SMS, VoiceMail, Fax or Pager
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
}
