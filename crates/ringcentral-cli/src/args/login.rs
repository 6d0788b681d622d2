//! Logging in and out, tokens and profiles.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringcentral login                  the browser comes back to this machine
  ringcentral login --no-browser     paste the address you end up at (for SSH)
  ringcentral login --jwt            with the JWT credential in RC_JWT
  ringcentral login --jwt jwt.txt    with one in a file; - is standard input
  ringcentral login --password       RC_USERNAME, RC_EXTENSION, RC_PASSWORD
  ringcentral login --import FILE    go on with a tutorial's tokens

The redirect URI must be registered for the app in the developer portal. It is
RC_REDIRECT_URL when that is an address of this machine, and otherwise
http://127.0.0.1:8921/callback (8922 to 8925 when that port is taken).")]
pub(crate) struct LoginArgs {
    /// Print the address to open, and read the one the browser ends up at from standard input
    #[arg(long, conflicts_with_all = ["jwt", "password"])]
    pub(crate) no_browser: bool,
    /// Log in with a JWT credential: from FILE, from standard input (-), or from RC_JWT
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = false, conflicts_with = "password")]
    #[expect(
        clippy::option_option,
        reason = "absent, without a value and with one are three different wishes"
    )]
    pub(crate) jwt: Option<Option<String>>,
    /// Log in with user name and password (RC_USERNAME, RC_EXTENSION, RC_PASSWORD, or asked); the platform has
    /// retired this
    #[arg(long)]
    pub(crate) password: bool,
    /// Take over the login in a token file of the RingCentral tutorials or of the JavaScript SDK; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["jwt", "password", "no_browser"])]
    pub(crate) import: Option<PathBuf>,
    /// With --import: replace a login that still works
    #[arg(long, requires = "import")]
    pub(crate) force: bool,
    /// Stop waiting for the browser after this long
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = super::value::duration)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  curl -H \"Authorization: Bearer $(ringcentral token)\" \\
      https://platform.ringcentral.com/restapi/v1.0/account/~

The token is a secret: whoever has it is you, for as long as it is valid.")]
pub(crate) struct TokenArgs {
    /// Refresh the token unless it is valid for at least this long
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = super::value::duration)]
    pub(crate) min_ttl: Duration,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each check is ok, warn or FAIL. The exit code is 0 when nothing FAILs, and
otherwise that of the first check that does: 1 the platform refused, 3 settings
or files, 4 login needed, 6 network. Two or three requests are sent, and one
more for new tokens if the login needs them; none while the platform counts too
many. No secret is shown.")]
pub(crate) struct DoctorArgs {
    /// Take away other users' access to the program's own files and directories, where they have any
    #[arg(long)]
    pub(crate) fix: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List the profiles, and which have a login
    List,
    /// Show one profile's settings and logins
    Show(ProfileNameArgs),
    /// Add a profile to config.toml
    Add(ProfileAddArgs),
    /// Forget a profile: its logins, and its block in config.toml
    Remove(ProfileNameArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ProfileNameArgs {
    /// Name of the profile
    pub(crate) name: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  ringcentral profile add work --client-id YOUR_CLIENT_ID \\
      --set client_secret_file=~/.secrets/ringcentral
  ringcentral login --profile work

Settings of a profile: server, client_id, client_secret_file, redirect_url,
username, extension, jwt_file, from.")]
pub(crate) struct ProfileAddArgs {
    /// Name of the profile
    pub(crate) name: String,
    /// Another setting of the profile, like client_secret_file=~/work.secret; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = super::value::pair)]
    pub(crate) set: Vec<(String, String)>,
}
