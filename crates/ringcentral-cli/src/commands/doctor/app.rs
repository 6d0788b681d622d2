//! The app: whether the platform knows it, and where a browser may come back to.
//!
//! A token of the app that the platform accepts proves that it knows the app, and then nothing more is asked. Otherwise
//! the authorize page is asked for once, as any browser does at the beginning of a login, and told to show no form: no
//! user is involved, so no user's requests are used up. The token endpoint would tell about the secret too, but only
//! for a request that counts against the five a minute; so nothing is claimed about the secret.

use http::StatusCode;
use ringcentral::loopback::Listener;

use super::platform::{Platform, Registered};
use super::report::Check;
use crate::commands::login::RedirectUris;
use crate::context::Context;
use crate::failure::{Exit, Failure};

const APP: &str = "app";
const REDIRECT: &str = "redirect";

pub(super) async fn check(context: &Context<'_>, platform: &mut Platform) -> Check {
    let Ok(id) = context.client_id() else {
        return Check::warn(APP, "not checked: no app is set");
    };
    if platform.took_token {
        return Check::ok(APP, format!("{id}: known, as the platform takes its tokens"));
    }
    if let Some(silence) = platform.silence() {
        return Check::warn(APP, format!("{id}: {silence}"));
    }
    let client = match platform.client(context).await {
        Ok(client) => client,
        Err(failure) => return Check::failed(APP, &failure),
    };
    let redirect_uri = RedirectUris::of(&context.settings).candidates.remove(0);
    // Made for its parameters; nobody will come back with its `state`.
    let authorization = match client
        .oauth()
        .authorize(redirect_uri.as_str())
        .prompt("none")
        .build()
    {
        Ok(authorization) => authorization,
        Err(error) => return Check::failed(APP, &Failure::from(error)),
    };
    let answer = client
        .get(authorization.url.as_str())
        .without_login()
        .send()
        .await;
    let Err(error) = answer else {
        // A login page: the platform took the app and its redirect URI.
        platform.redirect_uri = Registered::Yes;
        return known(context, id);
    };
    let status = error.status();
    let back = platform
        .last_answer()
        .and_then(|answer| answer.location().map(str::to_owned))
        .is_some_and(|location| location.starts_with(&redirect_uri));
    match (status, error.code(), error.oauth_error()) {
        (Some(status), _, _) if status.is_redirection() => {
            if back {
                platform.redirect_uri = Registered::Yes;
            }
            known(context, id)
        }
        // The app is known, but not with this address.
        (_, Some("OAU-109" | "OAU-113"), _) => {
            platform.redirect_uri = Registered::No;
            known(context, id)
        }
        (_, Some("OAU-112" | "OAU-251"), _) | (_, _, Some("unauthorized_client")) => {
            Check::warn(APP, format!("{id}: known, but may not log users in with the browser"))
                .detail(error.to_string())
                .next("enable the grant \"authorization code\" on the app's page in the developer portal")
        }
        (_, _, Some("invalid_client")) => {
            Check::fail(APP, Exit::Configuration, format!("{id}: the platform does not know this app"))
                .detail(error.to_string())
                .next("compare RC_CLIENT_ID with the app's page in the developer portal, and RC_SERVER_URL with the platform that the app is on")
        }
        (Some(StatusCode::TOO_MANY_REQUESTS), _, _) => {
            Check::warn(APP, format!("{id}: not checked: {error}")).next("again in a minute")
        }
        _ => Check::warn(APP, format!("{id}: whether the platform knows it did not come out")).detail(error.to_string()),
    }
}

fn known(context: &Context<'_>, id: &str) -> Check {
    let check = Check::ok(APP, format!("{id}: known to the platform"));
    if context.settings.client_secret.is_some() {
        check.detail("whether the secret is right comes out at the next login or refresh")
    } else {
        check
    }
}

/// Which ports `login` can listen on, and whether the platform sends browsers there.
pub(super) async fn redirect(context: &Context<'_>, platform: &Platform) -> Check {
    let uris = RedirectUris::of(&context.settings);
    let mut free = Vec::new();
    let mut taken = Vec::new();
    for uri in &uris.candidates {
        match Listener::bind(&[uri]).await {
            Ok(_) => free.push(uri.clone()),
            Err(error) => {
                let why = std::error::Error::source(&error).map(ToString::to_string);
                taken.push(format!(
                    "{uri} is taken: {}",
                    why.unwrap_or_else(|| error.to_string())
                ));
            }
        }
    }
    let facts = |check: Check| check.fact("free", free.clone());
    let by_hand = "ringcentral login --no-browser   (needs no port)";
    // Somebody who is logged in, or can log in otherwise, does not need one now.
    let settings = &context.settings;
    let needless = platform.took_token || settings.jwt.is_some() || settings.password.is_some();
    let Some(first) = free.first() else {
        let check = Check::fail(
            REDIRECT,
            Exit::Configuration,
            "no port for the browser to come back to is free",
        )
        .details(taken)
        .next("stop what listens there")
        .next(by_hand);
        return facts(if needless { check.but_warn_only() } else { check });
    };
    if platform.redirect_uri == Registered::No {
        let asked = &uris.candidates[0];
        let check = Check::fail(
            REDIRECT,
            Exit::Configuration,
            format!("{asked} is not registered for the app"),
        )
        .next("register it on the app's page in the developer portal, to the letter")
        .next("or name one that is registered in RC_REDIRECT_URL");
        return facts(if needless { check.but_warn_only() } else { check });
    }
    let registered = match platform.redirect_uri {
        Registered::Yes if *first == uris.candidates[0] => ", and it is registered for the app",
        _ => "",
    };
    if let Some(elsewhere) = uris.elsewhere {
        return facts(
            Check::warn(REDIRECT, format!("{elsewhere} is not an address of this machine"))
                .detail(format!(
                    "`login` listens at {first} instead, which has to be registered for the app too"
                ))
                .next(by_hand),
        );
    }
    if taken.is_empty() || *first == uris.candidates[0] {
        return facts(Check::ok(REDIRECT, format!("{first} is free{registered}")).details(taken));
    }
    facts(
        Check::warn(
            REDIRECT,
            format!("`login` would listen at {first}, its next choice"),
        )
        .details(taken)
        .detail("that one has to be registered for the app too"),
    )
}
