//! The way back from the platform: a checklist, and a session at its end.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ringcentral::{Error, ErrorKind, Grant, Pending, Redirect};
use ringcentral_vault::{LoginId, PendingLogin, Session, SessionId, SessionUser};
use std::sync::Arc;
use std::time::Duration;
use url::form_urlencoded;

use crate::config::Environment;
use crate::cookies::BrowserId;
use crate::explain;
use crate::problem::{Failure, Problem};
use crate::routes::{login, logout};
use crate::state::{AppState, storage};

/// `GET /oauth2callback`
///
/// Once the code is on its way, the login is finished even if the browser goes away meanwhile: a code is good only
/// once, and tokens without a session would be of no use to anyone.
pub(crate) async fn finish(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let browser = state.cookies.browser(&headers);
    let old_session = state.cookies.session(&headers);

    let pending = take_pending(&state, &query, browser.as_ref()).await?;
    let environment = state
        .environment(&pending.environment)
        .cloned()
        .ok_or_else(not_ours)?;
    let grant = accept(&pending, &query)?;

    let after = login::after(&pending);
    let work = sign_in(state.clone(), environment, grant, old_session);
    let (id, session) = match tokio::spawn(work).await {
        Ok(done) => done?,
        Err(_) => return Err(Problem::internal().into()),
    };

    let mut response = after.into_response();
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    let lasts = Duration::try_from(session.expires_at.duration_since(state.now())).unwrap_or_default();
    state.cookies.set_session(&mut response, &id, lasts);
    Ok(response)
}

/// Whose callback is this? Taken once, by the browser that began it.
async fn take_pending(
    state: &AppState,
    query: &str,
    browser: Option<&BrowserId>,
) -> Result<PendingLogin, Failure> {
    let parameter = |name| {
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
        let first = values
            .next()
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty());
        // What is said twice is said by somebody else.
        first.filter(|_| values.next().is_none())
    };
    let refused = parameter("error");
    // A provider's error without a login of ours is only words in a link, so none of them are repeated.
    let stray = || {
        refused
            .as_deref()
            .map_or_else(not_ours, |error| refusal(error, None, None).into())
    };
    let key = parameter("state").ok_or_else(stray)?;
    if refused.is_none() && parameter("code").is_none() {
        return Err(no_code().into());
    }
    let Some(browser) = browser else {
        return Err(stray());
    };
    let taken = state
        .vault
        .pending_logins()
        .take(&key, browser.as_str())
        .await
        .map_err(storage)?;
    taken.ok_or_else(stray)
}

/// The state compared, the provider's error heard, the code made into a grant.
fn accept(pending: &PendingLogin, query: &str) -> Result<Grant, Failure> {
    let again = || login_link(&pending.environment);
    let redirect = Redirect::parse(query).map_err(|_| not_ours())?;
    let waiting = Pending::from_secret_bytes(&pending.secret).map_err(|_| Problem::internal())?;
    waiting.accept(redirect).map_err(|error| match error.kind() {
        ErrorKind::InvalidState => not_ours(),
        _ => refusal(
            error.oauth_error().unwrap_or_default(),
            error.message(),
            Some(again()),
        )
        .into(),
    })
}

/// The code exchanged, the tokens sealed, a new session in place of the old one.
async fn sign_in(
    state: AppState,
    environment: Arc<Environment>,
    grant: Grant,
    old_session: Option<SessionId>,
) -> Result<(SessionId, Session), Failure> {
    let id = state.vault.new_login(&environment.name).await.map_err(storage)?;
    match sign_in_as(&state, &environment, grant, &id).await {
        Ok(session) => {
            if let Some(old) = old_session {
                logout::replace(&state, &old).await;
            }
            Ok(session)
        }
        Err(failure) => {
            // Nothing of a login that failed is kept; tokens it may have got are given back.
            logout::give_back(&state, &environment, &id).await;
            Err(failure)
        }
    }
}

async fn sign_in_as(
    state: &AppState,
    environment: &Arc<Environment>,
    grant: Grant,
    id: &LoginId,
) -> Result<(SessionId, Session), Failure> {
    let login = state.login(environment, id);
    let token = login
        .client
        .oauth()
        .login(grant)
        .await
        .map_err(|error| exchange_failed(environment, &error))?;

    let owner = token.owner_id.map(|owner| owner.to_string());
    let user = match login.profile().await {
        Ok(profile) => SessionUser {
            extension_id: owner.unwrap_or_else(|| profile.extension_id.clone()),
            account_id: profile.account_id.clone(),
            name: profile
                .name
                .clone()
                .unwrap_or_else(|| "RingCentral user".to_owned()),
        },
        // An application without ReadAccounts can log people in all the same.
        Err(error) => {
            tracing::info!(%error, "the profile of a new login could not be read");
            SessionUser {
                extension_id: owner.unwrap_or_default(),
                account_id: String::new(),
                name: "RingCentral user".to_owned(),
            }
        }
    };
    let created = state
        .vault
        .sessions()
        .create(id, &environment.name, &user)
        .await
        .map_err(storage)?;
    tracing::info!(
        target: "ringcentral_gateway::audit",
        environment = environment.name,
        login = %id,
        extension = user.extension_id,
        "logged in"
    );
    Ok(created)
}

fn exchange_failed(environment: &Environment, error: &Error) -> Failure {
    tracing::warn!(
        target: "ringcentral_gateway::audit",
        environment = environment.name,
        %error,
        "a login failed at the token endpoint"
    );
    explain::problem(error)
        .with_action("Log in again", login_link(&environment.name))
        .into()
}

fn login_link(environment: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("env", environment)
        .finish();
    format!("/login?{query}")
}

/// The platform sent the browser back without a code, and said why.
fn refusal(error: &str, description: Option<&str>, again: Option<String>) -> Problem {
    let (heading, what, next) = match error {
        "access_denied" => (
            "You declined, and that is fine",
            "You are not logged in, and this app got no access to anything.",
            "You can log in whenever you like.",
        ),
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => (
            "You are not logged in yet",
            "RingCentral needs you to log in or to agree on its own page.",
            "Start again and follow its page to the end.",
        ),
        "temporarily_unavailable" | "server_error" => (
            "RingCentral cannot log you in now",
            "It reports a problem on its own side.",
            "Wait a little and try again.",
        ),
        "unauthorized_client" | "invalid_request" | "invalid_scope" | "unsupported_response_type" => (
            "RingCentral did not accept the request",
            "This server’s settings do not match the application that is registered at RingCentral.",
            "Tell whoever runs this server; the reference below helps.",
        ),
        _ => (
            "RingCentral did not log you in",
            "It sent you back without a login.",
            "Try again. If it happens again, tell whoever runs this server.",
        ),
    };
    let mut problem = Problem::new(StatusCode::BAD_REQUEST, "login_refused", heading, what, next);
    if error == "access_denied" {
        problem = problem.calm();
    }
    problem.quote = description.map(explain::quote);
    match again {
        Some(link) => problem.with_action("Log in", link),
        None => problem,
    }
}

/// Missing, foreign, used or too old: it does not matter which, and an attacker is not told.
fn not_ours() -> Failure {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unknown_login",
        "This login did not begin here, or not just now",
        "A login has to be finished in the browser that began it, within ten minutes, and only once. Nothing was done \
         with this one.",
        "Start again from the login page. If somebody sent you this link, close it.",
    )
    .into()
}

fn no_code() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "no_code",
        "RingCentral sent no code",
        "The address that your browser came back with is incomplete, so nobody was logged in.",
        "Start again from the login page.",
    )
}
