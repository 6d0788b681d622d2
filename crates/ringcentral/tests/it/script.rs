//! A platform in a few lines: a transport that answers as told and remembers what it was asked.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use ringcentral::{
    App, Body, BoxFuture, Client, ClientBuilder, Grant, ManualClock, Transport, TransportError,
    TransportErrorKind,
};

pub(crate) type Answer = Result<Response<Body>, TransportErrorKind>;

/// What was asked, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) bearer: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) body: String,
}

type Script = Box<dyn FnMut(&Asked) -> Answer + Send>;

pub(crate) struct Platform {
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
    token_latency: Duration,
    /// Requests to addresses that end like this are taken in and never answered.
    stalls_at: Option<&'static str>,
}

impl Platform {
    pub(crate) fn new(script: impl FnMut(&Asked) -> Answer + Send + 'static) -> Arc<Self> {
        Self::with_token_latency(Duration::ZERO, script)
    }

    pub(crate) fn with_token_latency(
        token_latency: Duration,
        script: impl FnMut(&Asked) -> Answer + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(Box::new(script)),
            asked: Mutex::default(),
            token_latency,
            stalls_at: None,
        })
    }

    /// Gives out tokens, and never answers what is asked of this path.
    pub(crate) fn stalling(path: &'static str) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(Box::new(obliging())),
            asked: Mutex::default(),
            token_latency: Duration::ZERO,
            stalls_at: Some(path),
        })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, path: &str, body: &str) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.uri.contains(path) && asked.body.contains(body))
            .count()
    }
}

impl Transport for Platform {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect(1 << 24).await?;
            let asked = Asked {
                method: head.method.to_string(),
                uri: head.uri.to_string(),
                bearer: head
                    .headers
                    .get("authorization")
                    .and_then(|value| value.to_str().ok())
                    .and_then(|value| value.strip_prefix("Bearer "))
                    .map(str::to_owned),
                language: head
                    .headers
                    .get("accept-language")
                    .and_then(|value| value.to_str().ok())
                    .map(str::to_owned),
                body: String::from_utf8_lossy(&body).into_owned(),
            };
            if asked.uri.ends_with("/oauth/token") {
                tokio::time::sleep(self.token_latency).await;
            }
            self.asked.lock().unwrap().push(asked.clone());
            if self.stalls_at.is_some_and(|path| asked.uri.ends_with(path)) {
                std::future::pending::<()>().await;
            }
            let answer = (self.script.lock().unwrap())(&asked);
            answer.map_err(TransportError::new)
        })
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Platform")
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an answer may also be none")]
pub(crate) fn status(status: u16, body: &str) -> Answer {
    Ok(Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("rcrequestid", "request-1")
        .body(Body::from(body.to_owned()))
        .unwrap())
}

pub(crate) fn ok(body: &str) -> Answer {
    status(200, body)
}

pub(crate) fn with_header(answer: Answer, name: &'static str, value: &'static str) -> Answer {
    answer.map(|mut response| {
        response.headers_mut().insert(name, value.parse().unwrap());
        response
    })
}

/// Gives out tokens one after the other, and answers every call.
pub(crate) fn obliging() -> impl FnMut(&Asked) -> Answer + Send {
    let mut issued = 0;
    move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            tokens(issued)
        } else {
            ok("{}")
        }
    }
}

/// Tokens, and for everything else what `answer` says.
pub(crate) fn answering(mut answer: impl FnMut() -> Answer + Send) -> impl FnMut(&Asked) -> Answer + Send {
    move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            tokens(1)
        } else {
            answer()
        }
    }
}

/// The `n`th token set of a login.
pub(crate) fn tokens(n: u32) -> Answer {
    ok(&format!(
        r#"{{"access_token":"access-{n}","token_type":"bearer","expires_in":3600,"refresh_token":"refresh-{n}",
            "refresh_token_expires_in":604800,"scope":"ReadAccounts","owner_id":"101","session_id":"s"}}"#
    ))
}

pub(crate) fn invalid_grant() -> Answer {
    status(
        400,
        r#"{"error":"invalid_grant","error_description":"Token not found","errors":[{"errorCode":"OAU-213","message":"Token not found"}]}"#,
    )
}

pub(crate) fn unauthorized() -> Answer {
    status(
        401,
        r#"{"errorCode":"TokenInvalid","errors":[{"errorCode":"OAU-129","message":"Access token corrupted"}]}"#,
    )
}

pub(crate) fn clock() -> ManualClock {
    ManualClock::at("2026-11-21T09:00:00Z".parse().unwrap())
}

pub(crate) fn builder(platform: &Arc<Platform>, clock: &ManualClock) -> ClientBuilder {
    Client::builder(App::confidential("client-id", "client-secret"))
        .server("http://localhost:1")
        .transport(Arc::clone(platform) as Arc<dyn Transport>)
        .clock(Arc::new(clock.clone()))
}

pub(crate) async fn logged_in(builder: ClientBuilder) -> Client {
    let client = builder.build().unwrap();
    client
        .oauth()
        .login(Grant::password("user", Some("101".into()), "password"))
        .await
        .unwrap();
    client
}

/// Lets tasks run and time pass until `done`, for waits that go by the manual clock.
pub(crate) async fn drive<T>(clock: &ManualClock, step: Duration, future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    // More steps than any test needs: what never comes is a failure, not a hang.
    for _ in 0..100_000 {
        tokio::select! {
            biased;
            output = &mut future => return output,
            () = async { for _ in 0..20 { tokio::task::yield_now().await } } => clock.advance(step),
        }
    }
    panic!("it did not happen in {:?} of the manual clock", step * 100_000);
}
