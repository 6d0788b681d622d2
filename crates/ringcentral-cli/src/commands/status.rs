//! `status`: the login and the settings, without asking the platform.

use ringcentral::{LoginKind, TokenInfo, TokenStore as _};
use serde_json::{Value, json};

use self::diagnosis::{Diagnosis, State};
use self::holder::Holder;
use crate::context::{Context, local_time, local_time_to_the_second, now};
use crate::failure::Failure;
use crate::settings::{Setting, shown_server};

pub(super) mod diagnosis;
mod holder;

/// What the session notes when a refresh went well.
pub(super) const REFRESHED: &str = "refreshed";

pub(super) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    let diagnosis = Diagnosis::of(
        context.store()?.load().await?,
        context.settings.jwt.is_some(),
        now(),
    );
    if context.output.is_json() {
        as_json(&diagnosis, context)?;
    } else {
        as_text(&diagnosis, context)?;
    }
    if diagnosis.state.is_logged_in() {
        Ok(())
    } else {
        Err(login_needed(&diagnosis))
    }
}

/// Why somebody has to log in, for `status` and `doctor` alike.
pub(super) fn login_needed(diagnosis: &Diagnosis) -> Failure {
    let Some(info) = diagnosis.info() else {
        return Failure::login_needed();
    };
    let failure = Failure::login_needed();
    let failure = match (diagnosis.refused(), info.refresh_expires_at) {
        (Some(refresh), _) => failure.because(format!(
            "the platform ended the login at {}: {}",
            local_time(refresh.at),
            refresh.result
        )),
        (None, Some(end)) => failure.because(format!(
            "the login ended {}, unused for too long",
            local_time(end)
        )),
        (None, None) => failure.because(format!(
            "the access token ended {}, and the app gets no refresh token",
            local_time(info.expires_at)
        )),
    };
    match info.login_kind {
        LoginKind::Jwt => failure
            .advise("set RC_JWT: a login by JWT renews itself as long as that is set")
            .advise("ringcentral login --jwt"),
        _ => failure,
    }
}

fn as_json(diagnosis: &Diagnosis, context: &Context<'_>) -> Result<(), Failure> {
    let settings = &context.settings;
    context.output.json(&json!({
        "logged_in": diagnosis.state.is_logged_in(),
        "state": diagnosis.state.name(),
        "profile": settings.profile.as_str(),
        "server": shown_server(&settings.server.value),
        "client_id": context.client_id()?,
        "stored": context.slot()?.path(&settings.directories),
        "env_file": settings.env_file.exists.then_some(&settings.env_file.path),
        "login": diagnosis.info().map(|info| {
            let mut login = login_json(info);
            login["expires_in_seconds"] = json!(diagnosis.access_token_left().as_secs());
            login["renews_itself"] = json!(diagnosis.renews_itself);
            login
        }),
        "last_refresh": last_refresh_json(diagnosis),
        "lease": lease_json(diagnosis),
    }))
}

pub(super) fn last_refresh_json(diagnosis: &Diagnosis) -> Value {
    let stored = diagnosis.stored.as_ref();
    json!(stored.and_then(|stored| stored.last_refresh.as_ref()))
}

pub(super) fn lease_json(diagnosis: &Diagnosis) -> Value {
    let lease = diagnosis.stored.as_ref().and_then(|stored| stored.lease.as_ref());
    json!(lease.map(|lease| json!({
        "holder": lease.holder,
        "until": lease.until,
        "holder_state": Holder::of(lease).name(),
    })))
}

fn as_text(diagnosis: &Diagnosis, context: &Context<'_>) -> Result<(), Failure> {
    let (settings, output) = (&context.settings, context.output);
    let stored = context.slot()?.path(&settings.directories);
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
    if let Some(info) = diagnosis.info() {
        let owner = info.owner_id.as_ref().map_or("unknown", |id| id.as_str());
        output.field("user", &format!("extension ID {owner}"))?;
        output.words("scopes", &info.scope)?;
        for (name, words) in particulars(diagnosis) {
            output.field(name, &words)?;
        }
    }
    output.field("stored", &stored.display().to_string())
}

/// What the store knows of the login: which token from when until when, the last refresh, and who refreshes just now.
pub(super) fn particulars(diagnosis: &Diagnosis) -> Vec<(&'static str, String)> {
    let Some(info) = diagnosis.info() else {
        return Vec::new();
    };
    let mut particulars = vec![
        ("token", token(diagnosis, info)),
        ("login", login(diagnosis, info)),
        ("refresh", refresh(diagnosis)),
    ];
    if let Some(lease) = diagnosis.stored.as_ref().and_then(|stored| stored.lease.as_ref()) {
        let verb = if now() < lease.until { "until" } else { "ran out" };
        let until = local_time_to_the_second(lease.until);
        let words = format!("{}, {verb} {until}; {}", lease.holder, Holder::of(lease).words());
        particulars.push(("lease", words));
    }
    particulars
}

/// What the access token's age calls for, and the times behind it.
fn token(diagnosis: &Diagnosis, info: &TokenInfo) -> String {
    let verb = match diagnosis.state {
        State::Fresh | State::RefreshSoon => "until",
        _ => "it ended",
    };
    format!(
        "{}; {verb} {}, issued {}",
        diagnosis.words(),
        local_time(info.expires_at),
        local_time(info.issued_at)
    )
}

/// How the login was made and when it ends.
fn login(diagnosis: &Diagnosis, info: &TokenInfo) -> String {
    let made = match info.login_kind {
        LoginKind::AuthorizationCode => "with the browser",
        LoginKind::Jwt => "by JWT",
        LoginKind::Password => "with user name and password",
        LoginKind::Imported => "imported from another program's tokens",
        _ => "in a way that this version does not know",
    };
    let end = match (diagnosis.state, info.refresh_expires_at) {
        (State::Ended, _) => "ended, log in again".to_owned(),
        _ if diagnosis.renews_itself => "renews itself, as RC_JWT is set".to_owned(),
        (_, Some(end)) => format!("ends {} unless it is used before", local_time(end)),
        (_, None) => "ends with its token, for the app gets no refresh token".to_owned(),
    };
    let hint = match info.login_kind {
        LoginKind::Jwt if !diagnosis.renews_itself => "; it would renew itself if RC_JWT were set",
        _ => "",
    };
    format!("{made}; {end}{hint}")
}

/// How the last refresh went, and from when on another one may be tried.
fn refresh(diagnosis: &Diagnosis) -> String {
    let went = last_refresh(diagnosis);
    match diagnosis.penalty_end() {
        Some(end) => format!("{went}; none is taken before {}", local_time_to_the_second(end)),
        None => went,
    }
}

fn last_refresh(diagnosis: &Diagnosis) -> String {
    match diagnosis
        .stored
        .as_ref()
        .and_then(|stored| stored.last_refresh.as_ref())
    {
        None => "none since the login".to_owned(),
        Some(last) if last.result == REFRESHED => format!("the last at {} went well", local_time(last.at)),
        Some(last) => format!("the last at {} failed: {}", local_time(last.at), last.result),
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
            LoginKind::Imported => "imported",
            _ => "other",
        },
        "extension_id": info.owner_id,
        "scope": info.scope,
        "issued_at": info.issued_at,
        "expires_at": info.expires_at,
        "refresh_expires_at": info.refresh_expires_at,
    })
}
