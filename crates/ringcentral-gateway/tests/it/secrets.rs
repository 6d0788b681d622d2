//! No secret in any answer, on any page, in any log line.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use ringcentral::TokenStore;
use ringcentral_vault::SessionsOf;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::{Browser, SECRET_OF_THE_APP, World};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Listens to everything at the loudest level; whole, not per thread, so that spawned work is heard too.
    fn listen() -> Self {
        let log = Self::default();
        let filter =
            tracing_subscriber::EnvFilter::new("trace,hyper=info,h2=info,rustls=info,sqlx=info,mio=info");
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(log.clone())
            .with_ansi(false);
        tracing::subscriber::set_global_default(subscriber.finish()).expect("nothing else installs one");
        log
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("a lock")).into_owned()
    }
}

type Secrets = Vec<(&'static str, String)>;

/// A login that goes wrong, one that takes its place, one that takes that one's.
async fn log_in_thrice(browser: &mut Browser) -> Secrets {
    let mut secrets = Secrets::new();
    for round in 0..3 {
        let url = browser.begin("/login?env=emulator").await;
        let state = url
            .query_pairs()
            .find(|(name, _)| name == "state")
            .expect("a state")
            .1
            .into_owned();
        let callback = browser.approve(&url).await;
        let code = callback
            .split("code=")
            .nth(1)
            .and_then(|rest| rest.split('&').next())
            .expect("a code");
        secrets.push(("code", code.to_owned()));
        if round == 0 {
            browser
                .get(&format!("/oauth2callback?code=EMU-code-canary&state={state}"))
                .await;
            secrets.push(("code", "EMU-code-canary".to_owned()));
        } else {
            browser.get(&callback).await.expect(303);
            secrets.push(("session id", browser.session_cookie()));
        }
        browser.get(&callback).await.expect(400);
        secrets.push(("state", state));
        secrets.push(("browser id", browser.cookies["rc_browser"].clone()));
    }
    secrets
}

/// What the vault holds, opened.
async fn stored_tokens(world: &World) -> Secrets {
    let sessions = world
        .vault
        .sessions()
        .list(SessionsOf::Everyone, 10)
        .await
        .expect("a list");
    assert_eq!(sessions.len(), 1);
    let stored = world
        .vault
        .token_store(&sessions[0].login)
        .load()
        .await
        .expect("a token set")
        .expect("a login");
    let json = stored.tokens.to_secret_json();
    let tokens: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let token = |name: &str| ("token", tokens[name].as_str().expect("a token").to_owned());
    vec![token("access_token"), token("refresh_token")]
}

#[tokio::test]
async fn no_secret_leaves_its_place() {
    let log = Log::listen();
    let world = World::start().await;
    let mut browser = world.browser();
    let mut secrets = log_in_thrice(&mut browser).await;
    secrets.extend(stored_tokens(&world).await);
    secrets.push(("client secret", SECRET_OF_THE_APP.to_owned()));

    for page in [
        "/",
        "/test",
        "/test?api=extension",
        "/test?api=extension-call-log&range=30d",
        "/test?api=account-call-log&raw=1",
        "/logout",
        "/nowhere",
        "/test?api=nothing",
    ] {
        browser.get(page).await;
        browser.get_json(page).await;
    }
    let csrf = browser.get("/test").await.csrf();
    let sms = [
        ("csrf", csrf.as_str()),
        ("from", "+16505550999"),
        ("to", "+16505550123"),
        ("text", "x"),
    ];
    browser.post("/api/sms", &sms).await;
    world
        .control(Method::DELETE, "sessions", serde_json::Value::Null)
        .await;
    browser.get("/test?api=extension").await.expect(303);
    let mut again = world.signed_in().await;
    let csrf_again = again.get("/test").await.csrf();
    again.post("/logout", &[("csrf", &csrf_again)]).await.expect(303);

    let said = world.said.lock().expect("a lock").clone();
    let logged = log.text();
    assert!(
        logged.contains("logged in") && logged.contains("answered"),
        "the log was heard"
    );
    for (kind, secret) in secrets {
        assert!(secret.len() >= 10, "{kind} is worth looking for");
        assert!(!said.contains(&secret), "a {kind} was shown to a browser");
        assert!(!logged.contains(&secret), "a {kind} was logged");
    }
    assert!(!logged.contains(&csrf), "a CSRF token was logged");
}
