//! What is asked under load, and the company that it is asked of.

use anyhow::Context;

use crate::bench::http::{Ask, Client, text};
use crate::bench::load::{Run, Wrk};
use crate::bench::process::Emulator;

/// The seed of the bench's company, without its users.
pub(super) const COMPANY: &str = r#"
[[apps]]
client_id = "EMU-bench-app"
client_secret = "EMU-bench-secret"

[[accounts]]
company = "Example Books"
main_number = "+16505550100"
"#;

pub(super) const EXTENSIONS: [&str; 8] = ["101", "102", "103", "104", "105", "106", "107", "108"];
pub(super) const PASSWORD: &str = "Bench-101!";

/// `EMU-bench-app:EMU-bench-secret` in base64.
const BASIC: &str = "Basic RU1VLWJlbmNoLWFwcDpFTVUtYmVuY2gtc2VjcmV0";
const TOKEN: &str = "/restapi/oauth/token";
const FORM: &str = "application/x-www-form-urlencoded";
const EXTENSION: &str = "/restapi/v1.0/account/~/extension/~";

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Extension,
    /// A page of so many messages.
    Messages(u32),
    /// A page of so many calls.
    Calls(u32),
    Sms,
    Password,
    Jwt,
    Refresh,
}

/// A request that is made again and again, or one that needs what the one before it gave.
pub(super) enum Load {
    Repeated(Ask),
    Chained(Ask, Vec<String>),
}

impl Case {
    pub(super) const ALL: [Self; 9] = [
        Self::Extension,
        Self::Messages(10),
        Self::Messages(100),
        Self::Calls(10),
        Self::Calls(100),
        Self::Sms,
        Self::Password,
        Self::Jwt,
        Self::Refresh,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Extension => "GET extension",
            Self::Messages(10) => "GET message-store, a page of 10",
            Self::Messages(_) => "GET message-store, a page of 100",
            Self::Calls(10) => "GET call-log, a page of 10",
            Self::Calls(_) => "GET call-log, a page of 100",
            Self::Sms => "POST sms",
            Self::Password => "POST token, password",
            Self::Jwt => "POST token, JWT",
            Self::Refresh => "POST token, refresh",
        }
    }

    /// What is asked of this emulator, by somebody who has just logged in.
    pub(super) fn load(self, emulator: &Emulator, client: &mut Client) -> anyhow::Result<Load> {
        let ask = match self {
            Self::Extension => Ask::get(EXTENSION),
            Self::Messages(size) => list("message-store", size),
            Self::Calls(size) => list("call-log", size),
            Self::Sms => Ask::post(
                &format!("{EXTENSION}/sms"),
                "application/json",
                r#"{"from":{"phoneNumber":"+16505550101"},"to":[{"phoneNumber":"+12125550150"}],"text":"On my way!"}"#,
            ),
            Self::Password => return Ok(Load::Repeated(password(EXTENSIONS[1]))),
            Self::Jwt => {
                let jwt = emulator.variable("RC_JWT")?;
                let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
                return Ok(Load::Repeated(token(format!(
                    "grant_type={grant}&assertion={jwt}"
                ))));
            }
            Self::Refresh => {
                let tokens = EXTENSIONS.map(|extension| log_in(client, extension, "refresh_token"));
                let tokens = tokens.into_iter().collect::<anyhow::Result<_>>()?;
                return Ok(Load::Chained(
                    token("grant_type=refresh_token&refresh_token=".to_owned()),
                    tokens,
                ));
            }
        };
        let access = log_in(client, EXTENSIONS[0], "access_token")?;
        Ok(Load::Repeated(
            ask.header("Authorization", format!("Bearer {access}")),
        ))
    }
}

impl Load {
    pub(super) fn play(&self, wrk: &Wrk, emulator: &Emulator, seconds: u32) -> anyhow::Result<Run> {
        match self {
            Self::Repeated(ask) => wrk.repeat(emulator.address, seconds, ask),
            Self::Chained(ask, tokens) => wrk.chain(emulator.address, seconds, ask, "refresh_token", tokens),
        }
    }
}

/// A page of everything that there is.
pub(super) fn list(of: &str, size: u32) -> Ask {
    Ask::get(&format!("{EXTENSION}/{of}?dateFrom=2000-01-01&perPage={size}"))
}

fn token(form: String) -> Ask {
    Ask::post(TOKEN, FORM, form).header("Authorization", BASIC)
}

fn password(extension: &str) -> Ask {
    token(format!(
        "grant_type=password&username=%2B16505550{extension}&password={PASSWORD}"
    ))
}

/// What the token answer has under a name.
pub(super) fn log_in(client: &mut Client, extension: &str, name: &str) -> anyhow::Result<String> {
    let answer = client.send(&password(extension))?;
    text(&answer, name).map(str::to_owned).context("the login")
}

/// Back to the seed; then the clock stands still, so that nothing becomes due under load.
pub(super) fn begin(emulator: &Emulator) -> anyhow::Result<()> {
    let mut client = emulator.client()?;
    client.send(&Ask::post("/_emulator/reset", "application/json", ""))?;
    clock(&mut client, r#"{"freeze":true}"#)
}

/// A minute passes, in which every message is sent and delivered.
pub(super) fn deliver(client: &mut Client) -> anyhow::Result<()> {
    clock(client, r#"{"advance":"1m"}"#)
}

fn clock(client: &mut Client, change: &str) -> anyhow::Result<()> {
    client
        .send(&Ask::post("/_emulator/clock", "application/json", change))
        .map(drop)
}
