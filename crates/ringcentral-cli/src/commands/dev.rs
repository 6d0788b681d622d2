//! `dev`: the local platform and the login web app in one process, with nothing to set up.

use ringcentral::{ClientSecret, OsEntropy};
use ringcentral_emulator::{Emulator, EmulatorConfig};
use ringcentral_gateway::{EnvironmentConfig, GatewayConfig};
use ringcentral_vault::Keyring;
use serde_json::json;

use super::{emulate, serve};
use crate::args::DevArgs;
use crate::browser;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::listen::{self, StopSignals};
use crate::settings::shown_server;

pub(super) async fn run(args: &DevArgs, context: &Context<'_>) -> Result<Exit, Failure> {
    let output = context.output;
    let stop_signals = StopSignals::listen()?;
    let bound = listen::bind(&args.listen, "--listen").await?;
    let url = bound.url.clone();
    let emulator = emulate::start(
        EmulatorConfig {
            listen: args.emulator_listen.clone(),
            redirect_uris: vec![format!("{}/oauth2callback", shown_server(&url))],
            ..EmulatorConfig::default()
        },
        "--emulator-listen",
    )
    .await?;

    let mut environments = vec![local_platform(&emulator)];
    environments.extend(real_platform(context)?);
    let offers: Vec<_> = environments
        .iter()
        .map(|environment| environment.label.clone())
        .collect();
    let config = GatewayConfig {
        public_url: url.clone(),
        environments,
    };
    let gateway = serve::gateway(config, "sqlite::memory:", Keyring::generate(&OsEntropy)).await?;

    let users = emulator.users();
    if output.is_json() {
        let users: Vec<_> = users
            .iter()
            .map(|user| {
                json!({
                    "name": user.name,
                    "username": user.username,
                    "extension": user.extension,
                    "password": user.password,
                })
            })
            .collect();
        output.json(&json!({
            "url": shown_server(&url),
            "emulator": emulator.url(),
            "inspector": format!("{}/_emulator/", emulator.url()),
            "environments": offers,
            "users": users,
        }))?;
    } else {
        output.line(format!("The login web app runs at {}", shown_server(&url)))?;
        output.field("platform", emulator.url())?;
        output.field("inspector", &format!("{}/_emulator/", emulator.url()))?;
        for user in users.iter().take(2) {
            output.field(
                "log in as",
                &format!("{} ({}), password {}", user.username, user.name, user.password),
            )?;
        }
        if offers.len() > 1 {
            output.field("also", &format!("{} (from your settings)", offers[1]))?;
        }
        output.note("Everything is local and gone when it stops; Ctrl-C stops it");
    }
    if !args.no_open {
        browser::open(&url, context.environment);
    }
    bound.serve(gateway.router(), stop_signals).await?;
    emulator.stop().await;
    output.note("Stopped");
    Ok(Exit::Done)
}

fn local_platform(emulator: &Emulator) -> EnvironmentConfig {
    let environment = emulator.environment();
    let variable = |wanted: &str| {
        environment
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let note = emulator
        .users()
        .first()
        .map(|user| format!("Log in as {} with the password {}", user.username, user.password));
    EnvironmentConfig {
        name: "emulator".to_owned(),
        label: "Local platform".to_owned(),
        server: emulator.url().to_owned(),
        client_id: variable("RC_CLIENT_ID"),
        client_secret: Some(ClientSecret::from(variable("RC_CLIENT_SECRET"))),
        redirect_uri: None,
        note,
    }
}

/// An app of the platform, when the settings name one.
fn real_platform(context: &Context<'_>) -> Result<Option<EnvironmentConfig>, Failure> {
    let settings = &context.settings;
    let local = crate::settings::is_loopback(&settings.server.value);
    if settings.client_id.is_none() || local {
        return Ok(None);
    }
    let mut environment = serve::platform(settings, context.client_id()?.to_owned(), None);
    environment.note = Some("Your own app, from your settings".to_owned());
    Ok(Some(environment))
}
