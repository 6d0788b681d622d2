//! A platform in a few lines: a transport that refreshes tokens by RingCentral's rule, and can be held back.

use std::fmt;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use jiff::Timestamp;
use ringcentral::{App, Body, BoxFuture, Client, Clock, SystemClock, TokenStore, Transport, TransportError};
use tokio::sync::watch;

use super::{start, tokens};

/// Issues `token-1`, `token-2` and so on. Until the newest access token has been used, the refresh token before it
/// gives the same pair again.
#[derive(Clone)]
pub(crate) struct Platform(Arc<State>);

struct State {
    issued: Mutex<Issued>,
    asked: watch::Sender<Vec<String>>,
    answers: watch::Sender<bool>,
}

struct Issued {
    newest: u32,
    is_used: bool,
}

impl Platform {
    /// It has issued `token-1` so far, which has expired.
    pub(crate) fn new() -> Self {
        Self(Arc::new(State {
            issued: Mutex::new(Issued {
                newest: 1,
                is_used: true,
            }),
            asked: watch::Sender::default(),
            answers: watch::Sender::new(true),
        }))
    }

    /// The tokens that it has issued before the test.
    pub(crate) fn first_tokens() -> ringcentral::TokenSet {
        tokens("token-1")
    }

    /// A client of one program, with whatever store it has.
    pub(crate) fn client(&self, store: impl TokenStore) -> Client {
        Client::builder(App::confidential("client-id", "client-secret"))
            .server("http://localhost:1")
            .transport(Arc::new(self.clone()))
            .clock(Arc::new(AnHourLater::default()))
            .token_store(store)
            .build()
            .unwrap()
    }

    /// From now on, token requests take effect and are not answered.
    pub(crate) fn hold_answers(&self) {
        self.0.answers.send_replace(false);
    }

    /// Gives the answers that were held back, and all others.
    pub(crate) fn answer(&self) {
        self.0.answers.send_replace(true);
    }

    /// The refresh tokens that it was shown, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.asked.borrow().clone()
    }

    /// Waits until it was asked so often.
    pub(crate) async fn is_asked(&self, times: usize) {
        let mut asked = self.0.asked.subscribe();
        asked.wait_for(|asked| asked.len() >= times).await.unwrap();
    }

    fn refresh(&self, token: &str) -> Response<Body> {
        let mut issued = self.0.issued.lock().unwrap();
        let refresh_token = |n: u32| format!("refresh-of-token-{n}");
        if token == refresh_token(issued.newest) {
            issued.newest += 1;
            issued.is_used = false;
        } else if token != refresh_token(issued.newest - 1) || issued.is_used {
            return status(
                400,
                r#"{"error":"invalid_grant","error_description":"Token not found"}"#,
            );
        }
        let n = issued.newest;
        status(
            200,
            &format!(
                r#"{{"access_token":"token-{n}","token_type":"bearer","expires_in":3600,"owner_id":"101",
                "refresh_token":"refresh-of-token-{n}","refresh_token_expires_in":604800,"scope":"ReadAccounts"}}"#
            ),
        )
    }

    fn call(&self, bearer: &str) -> Response<Body> {
        let mut issued = self.0.issued.lock().unwrap();
        if bearer == format!("Bearer token-{}", issued.newest) {
            issued.is_used = true;
            status(200, "{}")
        } else {
            status(
                401,
                r#"{"errorCode":"OAU-129","message":"Access token corrupted"}"#,
            )
        }
    }
}

impl Transport for Platform {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            if !request.uri().path().ends_with("/oauth/token") {
                return Ok(self.call(request.headers()["authorization"].to_str().unwrap()));
            }
            let form = url::form_urlencoded::parse(request.body().as_bytes().unwrap()).into_owned();
            let token = form
                .filter(|(name, _)| name == "refresh_token")
                .map(|(_, value)| value);
            let token: String = token.collect();
            let answer = self.refresh(&token);
            self.0.asked.send_modify(|asked| asked.push(token));
            self.0
                .answers
                .subscribe()
                .wait_for(|answers| *answers)
                .await
                .unwrap();
            Ok(answer)
        })
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Platform")
    }
}

fn status(status: u16, body: &str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

/// A clock that runs, and began when the first tokens had just expired.
#[derive(Debug)]
struct AnHourLater {
    began: Timestamp,
}

impl Default for AnHourLater {
    fn default() -> Self {
        Self {
            began: SystemClock.now(),
        }
    }
}

impl Clock for AnHourLater {
    fn now(&self) -> Timestamp {
        let first_tokens_expired = start() + jiff::SignedDuration::from_secs(3_660);
        first_tokens_expired + SystemClock.now().duration_since(self.began)
    }

    fn sleep(&self, duration: std::time::Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}
