//! What the routes share: environments, vault, clock, and who is signed in.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use ringcentral::{Clock, Entropy};
use ringcentral_vault::{LoginId, Session, SessionId, Vault, VaultError};
use subtle::ConstantTimeEq;

use crate::config::{Environment, PublicOrigin};
use crate::cookies::Cookies;
use crate::explain;
use crate::html::words;
use crate::html::{Section, Viewer};
use crate::logins::{Login, Logins};
use crate::problem::{Failure, Problem, SignedOut};
use crate::security::Policy;

/// Cheap to clone; every request has one.
#[derive(Clone)]
pub(crate) struct AppState(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) origin: Arc<PublicOrigin>,
    pub(crate) environments: Vec<Arc<Environment>>,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) cookies: Cookies,
    logins: Logins,
}

impl AppState {
    pub(crate) fn new(
        origin: PublicOrigin,
        environments: Vec<Arc<Environment>>,
        vault: Vault,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let cookies = Cookies::new(origin.is_https());
        let origin = Arc::new(origin);
        Self(Arc::new(Shared {
            origin,
            environments,
            vault,
            clock,
            entropy,
            cookies,
            logins: Logins::default(),
        }))
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy {
            origin: Arc::clone(&self.origin),
            entropy: Arc::clone(&self.entropy),
        }
    }

    pub(crate) fn environment(&self, name: &str) -> Option<&Arc<Environment>> {
        self.environments
            .iter()
            .find(|environment| environment.name == name)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The client of this login, shared by all of its requests.
    pub(crate) fn login(&self, environment: &Environment, id: &LoginId) -> Arc<Login> {
        self.logins.get_or_make(id, || {
            Login::new(environment.client.with_token_store(self.vault.token_store(id)))
        })
    }

    pub(crate) fn forget_login(&self, id: &LoginId) {
        self.logins.forget(id);
    }

    /// Who this browser is signed in as, if anyone.
    pub(crate) async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Failure> {
        let Some(id) = self.cookies.session(headers) else {
            return Ok(None);
        };
        let Some(session) = self.vault.sessions().get(&id).await.map_err(storage)? else {
            return Ok(None);
        };
        // An environment that is no longer configured takes its sessions with it.
        let Some(environment) = self.environment(&session.environment).cloned() else {
            return Ok(None);
        };
        let login = self.login(&environment, &session.login);
        Ok(Some(SignedIn {
            id,
            session,
            environment,
            login,
        }))
    }

    /// Puts a failed platform call into words; a login that has ended ends the session with it.
    pub(crate) async fn failed(
        &self,
        who: &SignedIn,
        error: &ringcentral::Error,
        section: Section,
    ) -> Failure {
        if error.is_login_required() {
            tracing::info!(
                target: "ringcentral_gateway::audit",
                environment = who.environment.name,
                login = %who.session.login,
                "the login has ended at the platform, and its session with it"
            );
            self.forget_login(&who.session.login);
            return match self.vault.sessions().end(&who.id).await {
                Ok(_) => SignedOut::LoginEnded.into(),
                Err(error) => storage(error),
            };
        }
        tracing::warn!(%error, environment = who.environment.name, "a platform call failed");
        explain::problem(error).seen_by(who.viewer(), section).into()
    }
}

impl std::ops::Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl fmt::Debug for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppState")
            .field("origin", &self.origin)
            .field("environments", &self.environments)
            .finish_non_exhaustive()
    }
}

/// The browser's session and all that belongs to it.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) id: SessionId,
    pub(crate) session: Session,
    pub(crate) environment: Arc<Environment>,
    pub(crate) login: Arc<Login>,
}

impl SignedIn {
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer {
            name: self.session.user.name.clone(),
            initials: words::initials(&self.session.user.name),
            environment: self.environment.label.clone(),
            csrf: self.session.csrf.clone(),
        }
    }

    /// Whether a form was made for this session.
    ///
    /// # Errors
    /// A page that asks to try again.
    pub(crate) fn check_csrf(&self, sent: &str) -> Result<(), Failure> {
        if bool::from(sent.as_bytes().ct_eq(self.session.csrf.as_bytes())) {
            return Ok(());
        }
        let problem = Problem::new(
            StatusCode::FORBIDDEN,
            "csrf",
            "This form is out of date",
            "It was made for another session, so nothing was done.",
            "Open the page again and repeat what you wanted to do.",
        );
        Err(problem.seen_by(self.viewer(), Section::Elsewhere).into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    AppState: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let state = AppState::from_ref(state);
        state
            .signed_in(&parts.headers)
            .await?
            .ok_or_else(|| SignedOut::NoSession.into())
    }
}

/// The vault does not answer: nothing is lost, nothing can be done now. Logged here, once.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub(crate) fn storage(error: VaultError) -> Failure {
    tracing::error!(error = %error, "the vault failed");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "storage",
        "The server cannot reach its storage",
        "Logins and sessions are safe, but cannot be read for the moment.",
        "Try again in a moment. If it stays, tell whoever runs this server.",
    )
    .into()
}
