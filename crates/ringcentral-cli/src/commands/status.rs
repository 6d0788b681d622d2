//! `status`: the login and the settings, without asking the platform.

use ringcentral::{Freshness, LoginKind, TokenInfo};
use serde_json::{Value, json};

use crate::context::{Context, local_time, now};
use crate::failure::Failure;
use crate::settings::{Setting, shown_server};

pub(super) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    let (settings, output) = (&context.settings, context.output);
    let client = context.client().await?;
    let info = client.oauth().status().await?;
    let stored = context.slot()?.path(&settings.directories);
    let alive = info
        .as_ref()
        .is_some_and(|info| info.freshness(now()) != Freshness::Dead);
    if output.is_json() {
        output.json(&json!({
            "logged_in": alive,
            "profile": settings.profile.as_str(),
            "server": shown_server(&settings.server.value),
            "client_id": context.client_id()?,
            "stored": stored,
            "env_file": settings.env_file.exists.then_some(&settings.env_file.path),
            "login": info.as_ref().map(login_json),
        }))?;
    } else {
        output.field("profile", settings.profile.as_str())?;
        output.field(
            "server",
            &with_origin(&settings.server, shown_server(&settings.server.value)),
        )?;
        if let Some(id) = &settings.client_id {
            output.field("app", &with_origin(id, &id.value))?;
        }
        let secret = settings
            .client_secret
            .as_ref()
            .map(|secret| with_origin(secret, "set"));
        output.field("secret", secret.as_deref().unwrap_or("none: a public app"))?;
        if let Some(info) = &info {
            let owner = info.owner_id.as_ref().map_or("unknown", |id| id.as_str());
            output.field("user", &format!("extension ID {owner}"))?;
            output.words("scopes", &info.scope)?;
            output.field("token", &info.freshness(now()).to_string())?;
            if let Some(end) = info.refresh_expires_at {
                output.field(
                    "login",
                    &format!("ends {} unless it is used before", local_time(end)),
                )?;
            }
        }
        output.field("stored", &stored.display().to_string())?;
    }
    if alive {
        Ok(())
    } else {
        Err(Failure::login_needed())
    }
}

fn with_origin<T>(setting: &Setting<T>, shown: &str) -> String {
    format!("{shown} ({})", setting.origin)
}

pub(super) fn login_json(info: &TokenInfo) -> Value {
    json!({
        "kind": match info.login_kind {
            LoginKind::AuthorizationCode => "authorization_code",
            LoginKind::Jwt => "jwt",
            LoginKind::Password => "password",
            _ => "other",
        },
        "extension_id": info.owner_id,
        "scope": info.scope,
        "issued_at": info.issued_at,
        "expires_at": info.expires_at,
        "refresh_expires_at": info.refresh_expires_at,
    })
}
