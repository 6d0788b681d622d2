//! The token endpoint: one form in, one token set out.
//!
//! It talks to the transport directly and never through the pipeline: a token request must not wait for a token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request, Response};
use jiff::Timestamp;
use tracing::Instrument;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::authorization::{Grant, GrantKind};
use super::token::{self, Reading};
use crate::clock::{Clock, later, until};
use crate::config::{App, Server};
use crate::entropy::{Entropy, fraction};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{
    Body, Departure, Gates, LARGEST_ANSWER, Moved, Observation, Observer, PlatformClock, RawResponse,
    RetryBudget, RetryPolicy, Transport, TransportError, UNNAMED_PENALTY, spans, wait_for,
};
use crate::secret::Assertion;
use crate::session::{LoginKind, TokenSet};

const TOKEN: &str = "/restapi/oauth/token";
const REVOKE: &str = "/restapi/oauth/revoke";

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The rate group of the token endpoint, and what its limit is until an answer says otherwise: five requests a minute
/// by user and application.
const AUTH: &str = "auth";
const AUTH_LIMIT: u32 = 5;
const AUTH_WINDOW: Duration = Duration::from_secs(60);

/// The platform's token endpoint, for one application and one login. Cheap to clone.
#[derive(Clone)]
pub(crate) struct TokenEndpoint {
    pub(crate) app: Arc<App>,
    pub(crate) server: Arc<Server>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) retry: RetryPolicy,
    pub(crate) timeout: Duration,
    pub(crate) user_agent: HeaderValue,
    pub(crate) platform_clock: Arc<PlatformClock>,
    /// The Auth group's gate for logins whose user is not known yet: shared by the whole application.
    pub(crate) app_gates: Arc<Gates>,
    /// The same for this login's own refreshes: one user's penalty is no other user's.
    pub(crate) login_gates: Arc<Gates>,
    /// Retries that this platform may still be asked for, over all logins.
    pub(crate) retry_budget: Arc<RetryBudget>,
    pub(crate) observer: Observer,
}

type Form<'a> = Vec<(&'static str, &'a str)>;

impl TokenEndpoint {
    /// The same endpoint for the login behind these gates.
    pub(crate) fn for_another_login(&self, gates: &Gates) -> Self {
        Self {
            login_gates: Arc::new(Self::login_gates(gates)),
            ..self.clone()
        }
    }

    /// Gates that count the token requests of the login behind `gates` from the first one on, together with other processes
    /// if those do.
    pub(crate) fn login_gates(gates: &Gates) -> Gates {
        gates.beside().counting(AUTH, AUTH_LIMIT, AUTH_WINDOW)
    }

    /// Gates for logins whose user is not known yet: the platform counts each user by itself.
    pub(crate) fn app_gates(like: &Gates) -> Gates {
        like.without_knowledge().not_counting(AUTH)
    }

    /// Sends one request to the platform and reads the whole answer.
    pub(crate) async fn send(
        &self,
        mut request: Request<Body>,
        timeout: Duration,
    ) -> Result<Response<Body>, TransportError> {
        let (moved, departure) = (Moved::default(), Departure::of(&mut request));
        let whole = async {
            let answer = self.exchange_heads(request, &moved).await?;
            read(answer).await
        };
        wait_for(whole, &moved, &departure, timeout, self.clock()).await
    }

    /// Sends one request to the platform and reads the head of the answer; of a refusal, all of it.
    pub(crate) async fn open(
        &self,
        mut request: Request<Body>,
        timeout: Duration,
    ) -> Result<Response<Body>, TransportError> {
        let (moved, departure) = (Moved::default(), Departure::of(&mut request));
        let head = async {
            let answer = self.exchange_heads(request, &moved).await?;
            if answer.status().is_success() {
                Ok(answer)
            } else {
                read(answer).await
            }
        };
        wait_for(head, &moved, &departure, timeout, self.clock()).await
    }

    /// Learns from the answer what time it is on the platform.
    async fn exchange_heads(
        &self,
        request: Request<Body>,
        moved: &Moved,
    ) -> Result<Response<Body>, TransportError> {
        let is_own = self.server.is_base(request.uri());
        let sent = self.clock.now();
        let answer = self.transport.send(request.map(|body| moved.watch(body))).await?;
        if is_own {
            self.platform_clock
                .learn(answer.headers(), sent, self.clock.now());
        }
        Ok(answer)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// Exchanges a grant for a first token set.
    pub(crate) async fn login(&self, grant: &Grant) -> Result<TokenSet> {
        match &grant.0 {
            GrantKind::AuthorizationCode {
                server,
                client_id,
                code,
                redirect_uri,
                verifier,
            } => {
                // A code of one platform or application is never shown to another (RFC 9700, section 4.4).
                if server != self.server.base().as_str() || client_id != self.app.client_id() {
                    return Err(Error::new(
                        ErrorKind::InvalidState,
                        "this authorization code was issued for another platform or application",
                    ));
                }
                let form = vec![
                    ("grant_type", "authorization_code"),
                    ("code", code.expose_secret()),
                    ("redirect_uri", redirect_uri),
                    ("code_verifier", verifier.expose_secret()),
                ];
                // A code is good once: after a lost answer, the same code again would be taken for theft.
                self.exchange(
                    form,
                    LoginKind::AuthorizationCode,
                    Repeat::IfRefusedOrUnsent,
                    false,
                )
                .await
            }
            GrantKind::Jwt(assertion) => self.jwt(assertion).await,
            GrantKind::Password {
                username,
                extension,
                password,
            } => {
                let mut form = vec![
                    ("grant_type", "password"),
                    ("username", username.as_str()),
                    ("password", password.expose_secret()),
                ];
                form.extend(extension.as_deref().map(|extension| ("extension", extension)));
                self.exchange(form, LoginKind::Password, Repeat::Always, false)
                    .await
            }
        }
    }

    pub(crate) async fn jwt(&self, assertion: &Assertion) -> Result<TokenSet> {
        let form = vec![
            ("grant_type", JWT_BEARER),
            ("assertion", assertion.expose_secret()),
        ];
        self.exchange(form, LoginKind::Jwt, Repeat::Always, false).await
    }

    /// Exchanges a refresh token. Repeating is safe: until the new pair is used, the platform answers the same
    /// refresh token with the same pair.
    pub(crate) async fn refresh(&self, old: &TokenSet) -> Result<TokenSet> {
        let Some(refresh_token) = old.refresh_token() else {
            return Err(Error::new(
                ErrorKind::LoginRequired,
                "the login has no refresh token",
            ));
        };
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose_secret()),
        ];
        form.extend(old.info().endpoint_id.as_deref().map(|id| ("endpoint_id", id)));
        let began = self.clock.now();
        let refreshed = self
            .exchange(form, old.info().login_kind, Repeat::Always, true)
            .await;
        self.observer.tell(&Observation::Refresh {
            error: refreshed.as_ref().err().map(Error::kind),
            took: until(began, self.clock.now()),
        });
        let mut new = refreshed?;
        // RFC 6749, section 6: without a new refresh token the old one goes on.
        if new.refresh_token.is_none() {
            new.refresh_token.clone_from(&old.refresh_token);
            new.info.refresh_expires_at = old.info.refresh_expires_at;
        }
        if new.info.owner_id.is_none() {
            new.info.owner_id.clone_from(&old.info.owner_id);
        }
        Ok(new)
    }

    /// Ends a session on the platform: every access and refresh token of it (RFC 7009).
    pub(crate) async fn revoke(&self, tokens: &TokenSet) -> Result<()> {
        let token = match tokens.refresh_token() {
            Some(token) => token.expose_secret(),
            None => tokens.access_token().expose_secret(),
        };
        let reading = self.reading(LoginKind::AuthorizationCode, false);
        self.attempt(REVOKE, &[("token", token)], 0, |answer| {
            let response = answer.map_err(TransportError::into_error)?;
            if response.status().is_success() {
                return Ok(());
            }
            let refused = token::read(&response, reading, self.clock.now()).err();
            Err(refused.unwrap_or_else(|| {
                Error::new(ErrorKind::Decode, "the platform answered the revocation oddly")
            }))
        })
        .await
    }

    async fn exchange(
        &self,
        form: Form<'_>,
        login_kind: LoginKind,
        repeat: Repeat,
        is_refresh: bool,
    ) -> Result<TokenSet> {
        let mut spent = Duration::ZERO;
        // A refresh and a JWT exchange are one user's; whose a code is turns out with the answer.
        let is_counted = is_refresh || login_kind == LoginKind::Jwt;
        let gates = if is_counted {
            &self.login_gates
        } else {
            &self.app_gates
        };
        let mut ask = gates.usual();
        let mut has_taken = false;
        let mut attempt = 1;
        loop {
            let place = gates.pass_group(AUTH, ask).await?;
            self.tell_wait(place.waited());
            ask = ask.after(place.waited());
            place.leaves();
            let reading = self.reading(login_kind, is_refresh);
            let began = self.clock.now();
            let read = |answer: Result<RawResponse, TransportError>| match answer {
                Ok(response) => {
                    gates.learn_group(place, response.status(), response.headers());
                    token::read(&response, reading, self.clock.now())
                }
                Err(error) if error.was_never_sent() => {
                    place.give_back();
                    Err(error.into_error())
                }
                Err(error) => Err(match repeat {
                    Repeat::Always => error.into_error(),
                    Repeat::IfRefusedOrUnsent => error.into_lost_login(),
                }),
            };
            let error = match self.attempt(TOKEN, &form, attempt - 1, read).await {
                Ok(mut tokens) => {
                    self.retry_budget.repay(has_taken);
                    tokens.info.platform_ahead = self.platform_clock.ahead().unwrap_or_default();
                    return Ok(tokens);
                }
                Err(error) if !repeat.is_safe_after(&error) => return Err(error),
                Err(error) => error,
            };
            spent += until(began, self.clock.now());
            let pause = self
                .retry
                .pause_for_token_error(&error, attempt, spent, self.entropy());
            let limited = error.kind() == ErrorKind::RateLimited;
            let pause = match pause {
                Some(pause) if limited && ask.policy.allows(pause) => pause,
                Some(pause) if !limited && self.retry_budget.take() => pause,
                _ => return Err(error),
            };
            self.observer.tell(&Observation::Retry {
                method: &Method::POST,
                route: TOKEN,
                error: error.kind(),
                pause,
            });
            if !limited {
                // A penalty is waited for at the gate, which it has closed.
                self.clock.sleep(pause).await;
                spent += pause;
            }
            has_taken = !limited;
            attempt += 1;
        }
    }

    /// Waits for the end of a penalty that another process has found, if that is how penalties are met here.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`] when not.
    pub(crate) async fn wait_out(&self, penalty: Duration) -> Result<()> {
        self.login_gates.may_wait(AUTH, penalty)?;
        self.clock.sleep(penalty).await;
        Ok(())
    }

    /// Until when the token endpoint takes no more requests of this login, if that is what an error says.
    pub(crate) fn end_of_penalty(&self, error: &Error) -> Option<Timestamp> {
        let is_penalty = error.kind() == ErrorKind::RateLimited;
        is_penalty.then(|| {
            error
                .retry_at()
                .unwrap_or_else(|| later(self.clock.now(), UNNAMED_PENALTY))
        })
    }

    fn reading(&self, login_kind: LoginKind, is_refresh: bool) -> Reading {
        Reading {
            sent_at: self.clock.now(),
            login_kind,
            jitter: fraction(self.entropy()),
            is_refresh,
        }
    }

    fn tell_wait(&self, waited: Duration) {
        if waited > Duration::from_millis(1) {
            let route = TOKEN;
            self.observer.tell(&Observation::RateLimitWait { route, waited });
        }
    }

    /// One request, and what is read of its answer, told to whoever keeps metrics.
    async fn attempt<T>(
        &self,
        path: &'static str,
        form: &[(&'static str, &str)],
        resend: u32,
        read: impl FnOnce(Result<RawResponse, TransportError>) -> Result<T>,
    ) -> Result<T> {
        let sent = self.clock.now();
        let answer = self.post(path, form, resend).await;
        let took = until(sent, self.clock.now());
        let status = answer.as_ref().ok().map(Response::status);
        if let Ok(answer) = &answer {
            self.observer.tell_quota(answer.headers());
        }
        let result = read(answer);
        self.observer.tell(&Observation::Attempt {
            method: &Method::POST,
            route: path,
            status,
            error: result.as_ref().err().map(Error::kind),
            took,
            resend,
        });
        result
    }

    async fn post(
        &self,
        path: &str,
        form: &[(&'static str, &str)],
        resend: u32,
    ) -> Result<RawResponse, TransportError> {
        let request = self.request(path, form);
        let span = spans::request(request.method(), path, self.server.base(), resend);
        let answer = self.send(request, self.timeout).instrument(span.clone()).await;
        spans::note_answer(&span, answer.as_ref());
        Ok(answer?.map(|body| body.as_bytes().cloned().unwrap_or_default()))
    }

    fn request(&self, path: &str, form: &[(&'static str, &str)]) -> Request<Body> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let mut request = Request::new(Body::default());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = crate::http::uri(&self.server.endpoint(path));
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        headers.insert(USER_AGENT, self.user_agent.clone());
        match self.app.client_secret() {
            Some(secret) => {
                headers.insert(AUTHORIZATION, basic(self.app.client_id(), secret.expose_secret()));
            }
            // A public application names itself in the body (RFC 6749, section 3.2.1).
            None => {
                body.append_pair("client_id", self.app.client_id());
            }
        }
        *request.body_mut() = Body::from(body.finish());
        request
    }
}

/// The answer with its body in memory.
async fn read(answer: Response<Body>) -> Result<Response<Body>, TransportError> {
    let (head, body) = answer.into_parts();
    let bytes = body.collect(LARGEST_ANSWER).await?;
    Ok(Response::from_parts(head, Body::from(bytes)))
}

/// RFC 6749, section 2.3.1. RingCentral's ids and secrets consist of letters, digits, `-`, `_` and `.`, which the
/// form encoding that the section asks for leaves as they are.
fn basic(client_id: &str, secret: &str) -> HeaderValue {
    let pair = Zeroizing::new(format!("{client_id}:{secret}"));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
        .expect("base64 is a valid header value");
    value.set_sensitive(true);
    value
}

/// When a token request may be sent again after an answer that never came.
#[derive(Clone, Copy)]
enum Repeat {
    Always,
    IfRefusedOrUnsent,
}

impl Repeat {
    fn is_safe_after(self, error: &Error) -> bool {
        match self {
            Self::Always => true,
            Self::IfRefusedOrUnsent => error.status().is_some() || error.was_never_sent(),
        }
    }
}

impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpoint")
            .field("app", &self.app)
            .finish_non_exhaustive()
    }
}
