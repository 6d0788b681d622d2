//! A small web server whose users log in with their browser: authorization code and PKCE.
//!
//! ```text
//! cargo run -- emulate --exec cargo run -p ringcentral --example login_server
//! ```
//!
//! Then open what it prints. Settings: `RC_SERVER_URL`, `RC_CLIENT_ID`, `RC_CLIENT_SECRET`, `RC_REDIRECT_URL`, which
//! `emulate` sets. It listens on the redirect's own port; `LISTEN` names another address.
//!
//! Logins are in memory here. `ringcentral serve` is the whole of this, with logins that survive a restart.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use axum::extract::{RawQuery, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, serve};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ringcentral::{App, Client, Entropy, MemoryTokenStore, OsEntropy, Pending};
use tokio::net::TcpListener;

#[derive(Clone)]
struct Site {
    /// Nobody's login: the application, the platform and the connections that all logins share.
    client: Client,
    redirect_uri: Arc<str>,
    /// Logins that have begun, by their `state`.
    pending: Arc<Mutex<HashMap<String, Pending>>>,
    /// The users who are logged in, by the session in their cookie.
    users: Arc<Mutex<HashMap<String, Client>>>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = App::confidential(setting("RC_CLIENT_ID")?, setting("RC_CLIENT_SECRET")?);
    let redirect_uri: url::Url = setting("RC_REDIRECT_URL")?.parse()?;
    let port = redirect_uri
        .port_or_known_default()
        .context("RC_REDIRECT_URL has no port")?;
    let listen = setting("LISTEN").unwrap_or_else(|_| format!("localhost:{port}"));
    let site = Site {
        client: Client::builder(app).server(setting("RC_SERVER_URL")?).build()?,
        redirect_uri: redirect_uri.as_str().into(),
        pending: Arc::default(),
        users: Arc::default(),
    };
    let routes = Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/oauth2callback", get(callback))
        .route("/logout", post(logout))
        .with_state(site);
    let listener = TcpListener::bind(listen).await?;
    println!("open http://{}/", listener.local_addr()?);
    serve(listener, routes).await?;
    Ok(())
}

async fn home(State(site): State<Site>, headers: HeaderMap) -> Result<Html<String>, Failure> {
    let user = cookie(&headers, "session").and_then(|session| lock(&site.users).get(&session).cloned());
    let Some(client) = user else {
        return Ok(Html("<a href=\"/login\">Log in</a>".to_owned()));
    };
    // Refreshed by itself, however long ago the login was.
    let me = client.me().info().await?;
    let name = me
        .name
        .unwrap_or_default()
        .replace('&', "&amp;")
        .replace('<', "&lt;");
    Ok(Html(format!(
        "Hello, {name}. <form method=\"post\" action=\"/logout\"><button>Log out</button></form>"
    )))
}

async fn login(State(site): State<Site>) -> Result<Response, Failure> {
    // `state` and a PKCE challenge are in the address; what proves them stays here.
    let authorization = site.client.oauth().authorize(&*site.redirect_uri).build()?;
    let state = authorization.pending.state().to_owned();
    // The cookie binds the login to this browser: nobody can make somebody else finish theirs.
    let cookie = format!("login={state}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600");
    lock(&site.pending).insert(state, authorization.pending);
    Ok(([(SET_COOKIE, cookie)], Redirect::to(authorization.url.as_str())).into_response())
}

async fn callback(
    State(site): State<Site>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    // Taken, so that a second redirect finds nothing.
    let pending = cookie(&headers, "login").and_then(|state| lock(&site.pending).remove(&state));
    let Some(pending) = pending else {
        return Err(Failure(
            StatusCode::BAD_REQUEST,
            "no login was begun in this browser".to_owned(),
        ));
    };
    // Compares `state`: a redirect of another login does not get past this line.
    let grant = pending.accept(ringcentral::Redirect::parse(&query.unwrap_or_default())?)?;
    let user = site.client.with_token_store(MemoryTokenStore::new());
    user.oauth().login(grant).await?;
    // A new session for a new login; what the browser had before is worth nothing.
    let session = random();
    let cookie = format!("session={session}; HttpOnly; SameSite=Lax; Path=/");
    lock(&site.users).insert(session, user);
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

async fn logout(State(site): State<Site>, headers: HeaderMap) -> Result<Redirect, Failure> {
    let user = cookie(&headers, "session").and_then(|session| lock(&site.users).remove(&session));
    if let Some(user) = user {
        // Forgotten here first; then the platform is told.
        user.oauth().logout().await?;
    }
    Ok(Redirect::to("/"))
}

struct Failure(StatusCode, String);

impl From<ringcentral::Error> for Failure {
    fn from(error: ringcentral::Error) -> Self {
        Self(StatusCode::BAD_GATEWAY, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|pairs| pairs.split("; "))
        .filter_map(|pair| pair.split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// 256 bits that nobody can guess.
fn random() -> String {
    let mut bytes = [0; 32];
    OsEntropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn setting(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}
