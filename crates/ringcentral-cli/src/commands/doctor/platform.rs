//! The platform as the checks see it: every answer is noted, whatever it was, and none is asked for during a penalty.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{DATE, HeaderName, LOCATION, RETRY_AFTER};
use http::{HeaderMap, Request, Response, StatusCode};
use jiff::Timestamp;
use ringcentral::{
    App, Body, BoxFuture, Client, ClientBuilder, RateLimitPolicy, RetryPolicy, Transport, TransportError,
};

use crate::context::{Context, now};
use crate::failure::Failure;
use crate::settings::shown_server;

/// How long one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is known of the platform so far.
#[derive(Debug, Default)]
pub(super) struct Platform {
    answers: Arc<Mutex<Vec<Answer>>>,
    /// Whether its address can be reached; asking is useless otherwise.
    pub(super) reached: bool,
    /// Whether somebody else answers there; then no answer proves anything.
    pub(super) is_foreign: bool,
    /// Whether it has accepted a token of this app.
    pub(super) took_token: bool,
    /// What it thinks of the first redirect URI, when it was asked.
    pub(super) redirect_uri: Registered,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Registered {
    Yes,
    No,
    #[default]
    Unknown,
}

/// One answer: its head only, for its body is nobody's business here.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) sent_at: Timestamp,
    pub(super) answered_at: Timestamp,
    headers: HeaderMap,
}

impl Answer {
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    pub(super) fn date(&self) -> Option<&str> {
        self.header(&DATE)
    }

    pub(super) fn location(&self) -> Option<&str> {
        self.header(&LOCATION)
    }

    /// How long it asks to be left alone, when it has counted too many requests.
    pub(super) fn penalty(&self) -> Option<Duration> {
        let seconds = self.header(&RETRY_AFTER).and_then(|text| text.parse().ok());
        (self.status == StatusCode::TOO_MANY_REQUESTS).then(|| Duration::from_secs(seconds.unwrap_or(30)))
    }
}

impl Platform {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The client of the settings, for the login.
    pub(super) async fn client(&self, context: &Context<'_>) -> Result<Client, Failure> {
        self.watched(context.client_builder().await?)
    }

    /// A client that nobody is logged in with, and that never says which app it is.
    pub(super) fn stranger(&self, context: &Context<'_>) -> Result<Client, Failure> {
        let server = shown_server(&context.settings.server.value);
        self.watched(Client::builder(App::public("stranger")).server(server))
    }

    /// Not patient, and its answers are noted here.
    fn watched(&self, builder: ClientBuilder) -> Result<Client, Failure> {
        let transport = Arc::new(Watched {
            inner: <dyn Transport>::standard()?,
            answers: Arc::clone(&self.answers),
        });
        Ok(builder
            .transport(transport)
            .retry(RetryPolicy::never())
            .rate_limit(RateLimitPolicy::FailAtOnce)
            .timeout(PATIENCE)
            .build()?)
    }

    pub(super) fn first_answer(&self) -> Option<Answer> {
        self.with_answers(|answers| answers.first().cloned())
    }

    pub(super) fn last_answer(&self) -> Option<Answer> {
        self.with_answers(|answers| answers.last().cloned())
    }

    /// The last answer that tells how many requests are left.
    pub(super) fn last_with(&self, name: &HeaderName) -> Option<Answer> {
        self.with_answers(|answers| {
            let mut told = answers.iter().rev();
            told.find(|answer| answer.header(name).is_some()).cloned()
        })
    }

    /// Why nothing may be asked of the platform now.
    pub(super) fn silence(&self) -> Option<String> {
        if !self.reached {
            return Some("not checked: the platform cannot be reached".to_owned());
        }
        if self.is_foreign {
            return Some("not checked: what answers there is not RingCentral's API".to_owned());
        }
        let penalty = self.with_answers(|answers| answers.iter().find_map(Answer::penalty));
        penalty.map(|wait| {
            format!(
                "not checked: the platform counts too many requests, and each one now would prolong the wait ({} s)",
                wait.as_secs()
            )
        })
    }

    fn with_answers<R>(&self, read: impl FnOnce(&[Answer]) -> R) -> R {
        read(&self.answers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The transport of every command, with a note of each answer's head.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn Transport>,
    answers: Arc<Mutex<Vec<Answer>>>,
}

impl Transport for Watched {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let sent_at = now();
            let response = self.inner.send(request).await?;
            let answer = Answer {
                status: response.status(),
                sent_at,
                answered_at: now(),
                headers: response.headers().clone(),
            };
            self.answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(answer);
            Ok(response)
        })
    }
}
