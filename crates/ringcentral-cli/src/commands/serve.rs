//! `serve`: the login web app and token service, on settings and a database that stay.

use std::sync::Arc;

use ringcentral::{ClientSecret, Clock, Entropy, OsEntropy, SystemClock};
use ringcentral_gateway::{EnvironmentConfig, Gateway, GatewayConfig};
use ringcentral_vault::{Keyring, Vault};
use serde_json::json;
use url::Url;

use super::vault_key;
use crate::args::ServeArgs;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::listen::{self, StopSignals};
use crate::settings::{DEFAULT_SERVER, Settings, shown_server};

pub(super) async fn run(args: &ServeArgs, context: &Context<'_>) -> Result<Exit, Failure> {
    let (settings, output) = (&context.settings, context.output);
    let client_id = context.client_id()?.to_owned();
    let public_url = args.public_url.as_deref().map(parse_public_url).transpose()?;
    let storage = vault_key::choose(args, settings)?;
    let stop_signals = StopSignals::listen()?;
    let bound = listen::bind(&args.listen, "--listen").await?;
    let public_url = public_url
        .or_else(|| redirect_origin(settings))
        .unwrap_or_else(|| bound.url.clone());
    let config = GatewayConfig {
        public_url: public_url.clone(),
        environments: vec![platform(
            settings,
            client_id,
            settings.redirect_url.as_ref().map(|url| url.value.clone()),
        )],
    };
    let gateway = gateway(config, &storage.database, storage.keys).await?;

    if output.is_json() {
        output.json(&json!({
            "url": shown_server(&public_url),
            "listen": shown_server(&bound.url),
            "server": shown_server(&settings.server.value),
            "database": storage.shown,
        }))?;
    } else {
        output.line(format!("The login web app runs at {}", shown_server(&public_url)))?;
        output.field("platform", shown_server(&settings.server.value))?;
        output.field("database", &storage.shown)?;
        if public_url != bound.url {
            output.field("listens", shown_server(&bound.url))?;
        }
        output.note("Ctrl-C stops it");
    }
    bound.serve(gateway.router(), stop_signals).await?;
    output.note("Stopped");
    Ok(Exit::Done)
}

fn parse_public_url(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).ok().filter(|url| url.host().is_some());
    url.ok_or_else(|| {
        Failure::usage("--public-url is not an address").advise("--public-url https://login.example.com")
    })
}

/// Where the registered redirect URI leads is where browsers reach this app.
fn redirect_origin(settings: &Settings) -> Option<Url> {
    let url = Url::parse(&settings.redirect_url.as_ref()?.value).ok()?;
    Url::parse(&url.origin().ascii_serialization()).ok()
}

/// The platform of the settings as an environment to log in to.
pub(super) fn platform(
    settings: &Settings,
    client_id: String,
    redirect_uri: Option<String>,
) -> EnvironmentConfig {
    let server = shown_server(&settings.server.value);
    let (name, label) = match server {
        DEFAULT_SERVER => ("production", "RingCentral"),
        _ if server.contains("devtest") => ("sandbox", "RingCentral sandbox"),
        _ => (
            "platform",
            settings.server.value.host_str().unwrap_or("RingCentral"),
        ),
    };
    EnvironmentConfig {
        name: name.to_owned(),
        label: label.to_owned(),
        server: server.to_owned(),
        client_id,
        client_secret: settings
            .client_secret
            .as_ref()
            .map(|secret| ClientSecret::from(secret.value.expose().trim())),
        redirect_uri,
        note: None,
    }
}

pub(super) async fn gateway(
    config: GatewayConfig,
    database: &str,
    keys: Keyring,
) -> Result<Gateway, Failure> {
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock), Arc::new(OsEntropy));
    let vault = Vault::open(database, keys, Arc::clone(&clock), Arc::clone(&entropy))
        .await
        .map_err(|error| {
            let failure = Failure::configuration("the database of stored logins cannot be used");
            failure
                .caused_by(&error)
                .advise("check --database and the key ring")
        })?;
    Gateway::new(config, vault, clock, entropy).map_err(|error| {
        let failure = Failure::configuration(format!("the login web app cannot start: {error}"));
        let failure = match std::error::Error::source(&error) {
            Some(source) => failure.caused_by(source),
            None => failure,
        };
        match error.setting() {
            "public_url" => failure.advise("--public-url https://login.example.com"),
            setting if setting.ends_with("redirect_uri") => {
                failure.advise("set RC_REDIRECT_URL to the address above, and register it for the app")
            }
            _ => failure.advise("check RC_SERVER_URL, RC_CLIENT_ID and RC_CLIENT_SECRET"),
        }
    })
}
