//! Commands that run until they are stopped.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing to set up and no account needed: the local platform has users and an
app of its own. When RC_CLIENT_ID and RC_SERVER_URL name an app of the real
platform, the login page offers that one too.")]
pub(crate) struct DevArgs {
    /// Where the login web app listens
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:5000")]
    pub(crate) listen: String,
    /// Where the local platform listens
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:5001")]
    pub(crate) emulator_listen: String,
    /// Do not open the browser
    #[arg(long)]
    pub(crate) no_open: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringcentral emulate                         on http://localhost:5001
  ringcentral emulate --env-file .env         and a program finds it in .env
  ringcentral emulate --exec npm test         on any free port; RC_SERVER_URL
                                              tells the tests which
  ringcentral emulate --data ./platform       keep everything for the next time
  ringcentral emulate --tls --exec pytest     by https; the tests trust its
                                              authority by RC_CA_FILE
  ringcentral emulate --host host.docker.internal
                                              for containers on this machine
  ringcentral emulate --seed seed.toml        with your own accounts, users and
                                              apps (docs/emulator/seed.md)

The env file and the command get RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET,
RC_REDIRECT_URL, RC_USERNAME, RC_EXTENSION, RC_PASSWORD, RC_JWT,
RC_PUBLIC_CLIENT_ID, RC_FROM and RC_TO, and RC_APP_CLIENT_ID,
RC_APP_CLIENT_SECRET and RC_USER_JWT, which newer samples read. They open
nothing but this platform. The env file is removed when it ends.
With --tls also RC_CA_FILE, and NODE_EXTRA_CA_CERTS, SSL_CERT_FILE,
REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, by which Node.js, Python and curl trust
that file.
With --host also RC_EMULATOR_CONTROL_TOKEN, which the control API asks for.

Ctrl-C, and other signals that ask for the end, go to the command of --exec
too; the platform runs on until it has ended. A second one ends it at once.")]
pub(crate) struct EmulateArgs {
    /// Where to listen; port 0 takes a free one [default: localhost:5001, with --exec 127.0.0.1:0]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// Let other machines in, which reach this one by this name; the control API then asks for a token
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Speak https, by a certificate authority that is made for it at the first use
    #[arg(long)]
    pub(crate) tls: bool,
    /// Write the settings that lead here to this file, once connections are accepted; it is removed at the end
    // Has the name of the option that other commands read settings from; this command reads none.
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// Keep the state in this directory, not in memory
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Begin with the accounts, users, apps, calls and messages that this file describes
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// Limit rates as the platform does
    #[arg(
        long,
        value_name = "ON|OFF",
        default_value = "on",
        hide_possible_values = true
    )]
    pub(crate) rate_limits: OnOff,
    /// Skip the login page: everyone who comes is this user, by extension number or user name
    #[arg(long, value_name = "USER")]
    pub(crate) auto_approve: Option<String>,
    /// Run this command against it, with the settings in its environment, and exit with its code
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true)]
    pub(crate) exec: Vec<std::ffi::OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnOff {
    On,
    Off,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Settings: RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET and RC_REDIRECT_URL,
from the environment or the env file.

Stored tokens are sealed with a key: RINGCENTRAL_VAULT_KEY (ID:BASE64 of 32
bytes), or the file that --vault-key-file names. For the default database one
is made at the first start. Keep it: without it everybody has to log in again.")]
pub(crate) struct ServeArgs {
    /// Where to listen
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:5000")]
    pub(crate) listen: String,
    /// The address under which browsers reach it, when a proxy stands in front
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// sqlite:///path/file.db or postgres://host/database [default: a file in the state directory]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// File with the key ring that seals the stored tokens [RINGCENTRAL_VAULT_KEY]
    #[arg(long, value_name = "FILE")]
    pub(crate) vault_key_file: Option<PathBuf>,
}
