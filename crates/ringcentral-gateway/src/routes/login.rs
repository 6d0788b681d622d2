//! The way to the platform's login page, and the last step of a login in a popup.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use ringcentral_vault::PendingLogin;
use serde::Deserialize;

use crate::explain;
use crate::html::{self, LoginDonePage};
use crate::problem::{Failure, Problem};
use crate::return_to::ReturnTo;
use crate::state::{AppState, storage};

#[derive(Debug, Deserialize)]
pub(crate) struct Start {
    env: Option<String>,
    #[serde(default)]
    popup: Option<String>,
    return_to: Option<String>,
}

/// `GET /login?env=NAME[&popup=1][&return_to=/test?…]`: state and PKCE verifier are made and kept, bound to this
/// browser, and the browser goes to the platform.
pub(crate) async fn start(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(query): Query<Start>,
) -> Result<Response, Failure> {
    let environment = match (&query.env, state.environments.as_slice()) {
        (Some(name), _) => state.environment(name).ok_or_else(no_such_environment)?,
        (None, [only]) => only,
        (None, _) => return Ok(Redirect::to("/").into_response()),
    };
    let popup = query.popup.as_deref() == Some("1");

    let mut request = environment
        .client
        .oauth()
        .authorize(environment.redirect_uri.as_str());
    if popup {
        request = request.display("popup");
    }
    let authorization = request
        .build()
        .map_err(|error| Failure::from(explain::problem(&error)))?;

    let browser = state.cookies.browser_or_new(&headers, state.entropy.as_ref());
    let pending = PendingLogin {
        environment: environment.name.clone(),
        return_to: ReturnTo::parse(query.return_to.as_deref().unwrap_or_default())
            .as_str()
            .to_owned(),
        popup,
        secret: authorization.pending.to_secret_bytes(),
    };
    let key = authorization.pending.state();
    state
        .vault
        .pending_logins()
        .put(key, browser.as_str(), &pending)
        .await
        .map_err(storage)?;

    let mut response = Redirect::to(authorization.url.as_str()).into_response();
    state.cookies.set_browser(&mut response, &browser);
    Ok(response)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Done {
    return_to: Option<String>,
}

/// `GET /login/done`: where a popup arrives; its script tells the page that opened it, and closes.
pub(crate) async fn done(Query(query): Query<Done>) -> Response {
    let next = ReturnTo::parse(query.return_to.as_deref().unwrap_or_default());
    html::page(
        StatusCode::OK,
        &LoginDonePage {
            next: next.as_str().to_owned(),
        },
    )
}

/// Where a finished login leads.
pub(crate) fn after(login: &PendingLogin) -> Redirect {
    let next = ReturnTo::parse(&login.return_to);
    if !login.popup {
        return Redirect::to(next.as_str());
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return_to", next.as_str())
        .finish();
    Redirect::to(&format!("/login/done?{query}"))
}

fn no_such_environment() -> Failure {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_environment",
        "There is no such place to log in to",
        "This server is not set up for the environment that the link names.",
        "Choose one of those on the login page.",
    )
    .calm()
    .into()
}
