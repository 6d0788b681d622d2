//! `login`: the browser by default, a JWT credential or the retired password when asked.

use std::path::Path;
use std::time::Duration;

use ringcentral::loopback::Listener;
use ringcentral::{Authorization, Client, ErrorKind, ExtensionInfo, Grant, Redirect, TokenInfo};
use serde_json::json;
use url::Url;

use super::{input, status};
use crate::args::LoginArgs;
use crate::browser;
use crate::context::{Context, local_time};
use crate::emulated;
use crate::failure::{Exit, Failure};
use crate::output::{can_prompt, printable};
use crate::settings::{Origin, Settings, is_loopback, shown_server};

/// RingCentral compares redirect URIs to the letter, so the ports to fall back to are a short list to register.
const PORTS: std::ops::RangeInclusive<u16> = 8921..=8925;

pub(super) async fn run(args: &LoginArgs, context: &Context<'_>) -> Result<(), Failure> {
    let password = if args.password {
        Some(password_grant(context)?)
    } else {
        None
    };
    let client = context.client().await?;
    let info = if let Some(grant) = password {
        log_in(&client, grant).await?
    } else if let Some(source) = &args.jwt {
        log_in(&client, jwt_grant(source.as_deref(), context).await?).await?
    } else if args.no_browser {
        by_hand(&client, context).await?
    } else {
        in_browser(&client, args.timeout, context).await?
    };
    // The login has worked; an app that may not read the account is no reason to say otherwise.
    let who = client.me().info().await.ok();
    show(&client, who.as_ref(), &info, context, None)
}

async fn log_in(client: &Client, grant: Grant) -> Result<TokenInfo, Failure> {
    client.oauth().login(grant).await.map_err(explain)
}

/// The browser comes back to this machine by itself.
async fn in_browser(client: &Client, timeout: Duration, context: &Context<'_>) -> Result<TokenInfo, Failure> {
    let candidates = redirect_uris(context);
    let listener = Listener::bind(&candidates).await.map_err(|error| {
        Failure::from(error).advise("stop what listens there, or: ringcentral login --no-browser")
    })?;
    let redirect_uri = listener.redirect_uri().to_owned();
    let Authorization { url, pending, .. } = client.oauth().authorize(redirect_uri.as_str()).build()?;
    let output = context.output;
    let opened = browser::open(&url, context.environment);
    output.note(if opened {
        "Your browser opens this address:"
    } else {
        "Open this address in your browser:"
    });
    output.must_see(format!("\n  {url}\n"));
    output.note(format!(
        "Waiting for it to come back to {redirect_uri} (Ctrl-C to stop)"
    ));

    let answer = listener.redirect(pending.state(), timeout).await.map_err(|_| {
        Failure::new(Exit::Network, "the browser did not come back in time")
            .advise(format!(
                "if it showed an error, register {redirect_uri} for the app in the developer portal"
            ))
            .advise("ringcentral login --no-browser   (when the browser is on another machine)")
    })?;
    let login = async { client.oauth().login(pending.accept(answer.redirect)?).await };
    // Only now is it true, so only now is it shown.
    match login.await {
        Ok(info) => {
            answer
                .browser
                .show(
                    "You are logged in",
                    "You can close this tab and go back to the terminal.",
                )
                .await;
            Ok(info)
        }
        Err(error) => {
            answer
                .browser
                .show(
                    "The login did not work",
                    "The terminal says why. You can close this tab.",
                )
                .await;
            Err(explain(error))
        }
    }
}

/// The person carries the answer over: for SSH, containers, and redirect URIs that lead elsewhere.
async fn by_hand(client: &Client, context: &Context<'_>) -> Result<TokenInfo, Failure> {
    let redirect_uri = match &context.settings.redirect_url {
        Some(setting) => setting.value.clone(),
        None => redirect_uris(context).remove(0),
    };
    let Authorization { url, pending, .. } = client.oauth().authorize(redirect_uri.as_str()).build()?;
    let output = context.output;
    output.note("Open this address in any browser and log in:");
    output.must_see(format!("\n  {url}\n"));
    output.note(format!(
        "The browser ends up at {redirect_uri}?code=… (it need not load)."
    ));
    output.must_see("Paste that address here:");
    let pasted = input::line().await?;
    if pasted.is_empty() {
        return Err(Failure::usage("no address was pasted").advise("ringcentral login --no-browser"));
    }
    let redirect = Redirect::parse(&pasted).map_err(|error| {
        let failure = Failure::from(error).with_exit(Exit::Usage);
        failure.advise("start again, and paste the whole address that the browser ends up at")
    })?;
    let grant = pending.accept(redirect).map_err(explain)?;
    log_in(client, grant).await
}

fn redirect_uris(context: &Context<'_>) -> Vec<String> {
    let uris = RedirectUris::of(&context.settings);
    if let Some(elsewhere) = &uris.elsewhere {
        context.output.warn(format!(
            "{elsewhere} is not an address of this machine, so another one is used"
        ));
    }
    uris.candidates
}

/// Where the browser may come back to: what the settings name if that is this machine, then our own list.
pub(super) struct RedirectUris {
    pub(super) candidates: Vec<String>,
    /// What the settings name, when that is not this machine.
    pub(super) elsewhere: Option<String>,
}

impl RedirectUris {
    pub(super) fn of(settings: &Settings) -> Self {
        let usable = |uri: &String| {
            Url::parse(uri)
                .is_ok_and(|url| url.scheme() == "http" && is_loopback(&url) && url.port().is_some())
        };
        let own = settings
            .redirect_url
            .as_ref()
            .map(|setting| setting.value.clone());
        let (own, elsewhere) = match own {
            Some(own) if usable(&own) => (Some(own), None),
            elsewhere => (None, elsewhere),
        };
        let list = PORTS.map(|port| format!("http://127.0.0.1:{port}/callback"));
        Self {
            candidates: own.into_iter().chain(list).collect(),
            elsewhere,
        }
    }
}

async fn jwt_grant(source: Option<&str>, context: &Context<'_>) -> Result<Grant, Failure> {
    if let Some(path) = source {
        let jwt = input::secret(Path::new(path)).await?;
        let origin = if path == "-" { "standard input" } else { path };
        emulated::refuse_jwt_for_ringcentral(&context.settings, &jwt, origin)?;
        return Ok(Grant::jwt(jwt.as_str()));
    }
    match &context.settings.jwt {
        Some(jwt) => Ok(Grant::jwt(jwt.value.expose().trim())),
        None => Err(
            Failure::configuration("there is no JWT credential to log in with")
                .because("RC_JWT is neither in the environment nor in the env file")
                .advise("set RC_JWT, or name a file: ringcentral login --jwt FILE"),
        ),
    }
}

fn password_grant(context: &Context<'_>) -> Result<Grant, Failure> {
    let (settings, output) = (&context.settings, context.output);
    output.warn(
        "RingCentral has retired logins with user name and password; most apps are refused. See login --help",
    );
    let missing = |what: &str, variable: &str| {
        Failure::configuration(format!("there is no {what} to log in with"))
            .because(format!(
                "{variable} is neither in the environment nor in the env file, and nobody can be asked"
            ))
            .advise(format!("set {variable}, or run this in a terminal"))
    };
    let username = match &settings.username {
        Some(username) => username.value.clone(),
        None if can_prompt() => {
            output.must_see("User name (phone number or e-mail address):");
            input::line_now()?.to_string()
        }
        None => return Err(missing("user name", "RC_USERNAME")),
    };
    let extension = settings
        .extension
        .as_ref()
        .map(|extension| extension.value.clone());
    let password = match &settings.password {
        Some(password) => password.value.expose().to_owned(),
        None if can_prompt() => {
            output.must_see(format!("Password of {username}:"));
            rpassword::read_password()
                .map_err(|error| Failure::configuration("the password cannot be read").caused_by(&error))?
        }
        None => return Err(missing("password", "RC_PASSWORD")),
    };
    Ok(Grant::password(username, extension, password))
}

/// What is particular to logging in.
fn explain(error: ringcentral::Error) -> Failure {
    match error.kind() {
        ErrorKind::LoginFailed if error.oauth_error() == Some("access_denied") => {
            Failure::from(error).advise("ringcentral login   (and allow it this time)")
        }
        ErrorKind::LoginFailed => Failure::from(error)
            .advise("check the user's settings (RC_USERNAME, RC_EXTENSION, RC_PASSWORD, RC_JWT), or: ringcentral login"),
        ErrorKind::InvalidState => {
            Failure::from(error).advise("start again, and paste the address that this login ends up at")
        }
        _ => Failure::from(error),
    }
}

/// Who, what it may do, how long, and where it is kept. `imported` says what the tokens were imported from.
pub(super) fn show(
    client: &Client,
    who: Option<&ExtensionInfo>,
    info: &TokenInfo,
    context: &Context<'_>,
    imported: Option<serde_json::Value>,
) -> Result<(), Failure> {
    let (settings, output) = (&context.settings, context.output);
    let stored = context.slot()?.path(&settings.directories);
    if output.is_json() {
        let mut shown = json!({
            "logged_in": true,
            "profile": settings.profile.as_str(),
            "name": who.and_then(|who| who.name.clone()),
            "extension_number": who.and_then(|who| who.extension_number.clone()),
            "login": status::login_json(info),
            "stored": stored,
        });
        if let Some(imported) = imported {
            shown["imported"] = imported;
        }
        return output.json(&shown);
    }
    output.line(format!("Logged in as {}", printable(&name(who, info))))?;
    output.words("scopes", &info.scope)?;
    output.field(
        "token",
        &format!("until {}{}", local_time(info.expires_at), renewal(info)),
    )?;
    output.field(
        "stored",
        &format!("{}, profile \"{}\"", stored.display(), settings.profile.as_str()),
    )?;
    if !matches!(settings.server.origin, Origin::Default) {
        output.field(
            "server",
            &format!("{} ({})", shown_server(client.server()), settings.server.origin),
        )?;
    }
    Ok(())
}

fn renewal(info: &TokenInfo) -> String {
    match info.refresh_expires_at {
        Some(end) => format!(
            ", refreshed by itself; without any use the login ends {}",
            local_time(end)
        ),
        None => ", then a new login is needed (the app gets no refresh token)".to_owned(),
    }
}

/// As much as is known.
fn name(who: Option<&ExtensionInfo>, info: &TokenInfo) -> String {
    let owner = || {
        info.owner_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let Some(who) = who else {
        return format!("extension ID {}", owner());
    };
    let name = who.name.clone().unwrap_or_else(owner);
    let number = who
        .extension_number
        .as_ref()
        .map_or(String::new(), |number| format!(", extension {number}"));
    let account = who
        .account
        .as_ref()
        .and_then(|account| account.id.as_ref())
        .map_or(String::new(), |id| format!(", account {id}"));
    format!("{name}{number}{account}")
}
