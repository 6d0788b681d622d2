//! The end of a session: here at once, then at the platform.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use ringcentral_vault::{LoginId, SessionId};
use serde::Deserialize;

use crate::config::Environment;
use crate::html::{self, LogoutPage, Section, Shell};
use crate::problem::Failure;
use crate::security;
use crate::state::{AppState, SignedIn, storage};

/// How long the browser waits for the platform's word; the revocation itself goes on.
const PATIENCE: Duration = Duration::from_secs(4);

/// `GET /logout`: asks. A link on somebody else's page must not log anyone out.
pub(crate) async fn ask(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Failure> {
    let Some(who) = state.signed_in(&headers).await? else {
        return Ok(Redirect::to("/").into_response());
    };
    let page = LogoutPage {
        shell: Shell::signed_in("Log out", who.viewer(), Section::Elsewhere),
        name: who.session.user.name,
        csrf: who.session.csrf,
    };
    let mut response = html::page(StatusCode::OK, &page);
    security::allow_own_forms(&mut response);
    Ok(response)
}

#[derive(Deserialize)]
pub(crate) struct Proof {
    #[serde(default)]
    csrf: String,
}

/// `POST /logout`: the session ends first, whatever the platform says.
pub(crate) async fn act(
    State(state): State<AppState>,
    headers: HeaderMap,
    Form(proof): Form<Proof>,
) -> Result<Response, Failure> {
    let Some(who) = state.signed_in(&headers).await? else {
        return Ok(Redirect::to("/").into_response());
    };
    who.check_csrf(&proof.csrf)?;

    state.vault.sessions().end(&who.id).await.map_err(storage)?;
    let SignedIn {
        environment, session, ..
    } = who;
    let revocation = tokio::spawn({
        let state = state.clone();
        async move { give_back(&state, &environment, &session.login).await }
    });
    let revoked = matches!(tokio::time::timeout(PATIENCE, revocation).await, Ok(Ok(true)));

    let page = if revoked {
        "/?notice=logged-out"
    } else {
        "/?notice=logged-out-here"
    };
    let mut response = Redirect::to(page).into_response();
    state.cookies.drop_session(&mut response);
    Ok(response)
}

/// A new login in a browser takes the place of its old session, and of the login behind that.
pub(crate) async fn replace(state: &AppState, old: &SessionId) {
    let session = match state.vault.sessions().get(old).await {
        Ok(Some(session)) => session,
        Ok(None) => return,
        Err(error) => return tracing::error!(%error, "an old session could not be read"),
    };
    if let Err(error) = state.vault.sessions().end(old).await {
        return tracing::error!(%error, "an old session could not be ended");
    }
    if let Some(environment) = state.environment(&session.environment).cloned() {
        let state = state.clone();
        tokio::spawn(async move { give_back(&state, &environment, &session.login).await });
    }
}

/// Forgets a login here and revokes it at the platform. Whether the platform confirmed it.
pub(crate) async fn give_back(state: &AppState, environment: &Arc<Environment>, id: &LoginId) -> bool {
    let login = state.login(environment, id);
    state.forget_login(id);
    let outcome = login.client.oauth().logout().await;
    if let Err(error) = state.vault.remove_login(id).await {
        tracing::error!(%error, login = %id, "a login could not be removed from the vault");
    }
    match outcome {
        Ok(logout) if logout.revoked || !logout.was_logged_in => {
            tracing::info!(target: "ringcentral_gateway::audit", login = %id, revoked = logout.revoked, "logged out");
            true
        }
        Ok(logout) => {
            let error = logout.revoke_error.map(|error| error.to_string());
            tracing::warn!(target: "ringcentral_gateway::audit", login = %id, error, "logged out here, not revoked");
            false
        }
        Err(error) => {
            tracing::warn!(target: "ringcentral_gateway::audit", login = %id, %error, "logged out here, not revoked");
            false
        }
    }
}
