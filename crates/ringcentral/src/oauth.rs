//! Logging in and out (RFC 6749, 7009, 7523, 7636), as RingCentral speaks it.

use std::time::Duration;

use crate::client::Inner;
use crate::error::{Error, Result};
use crate::secret::{AccessToken, Assertion};
use crate::session::{TokenInfo, TokenSet, store_error};

mod authorization;
mod endpoint;
#[cfg(feature = "loopback")]
pub mod loopback;
mod token;

pub use authorization::{Authorization, AuthorizationBuilder, Grant, Pending, Redirect};
pub(crate) use endpoint::TokenEndpoint;

use authorization::GrantKind;

/// Logging in and out; from [`Client::oauth`](crate::Client::oauth).
///
/// ```no_run
/// # async fn example(client: ringcentral::Client, wait_for_the_browser: impl AsyncFnOnce(&url::Url) -> String) -> ringcentral::Result<()> {
/// use ringcentral::Redirect;
///
/// let authorization = client.oauth().authorize("http://localhost:5000/oauth2callback").build()?;
/// let address = wait_for_the_browser(&authorization.url).await;
/// let grant = authorization.pending.accept(Redirect::parse(&address)?)?;
/// let login = client.oauth().login(grant).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct OAuth<'a> {
    client: &'a Inner,
}

impl<'a> OAuth<'a> {
    pub(crate) fn new(client: &'a Inner) -> Self {
        Self { client }
    }

    /// Begins a login in a browser. `state` and a PKCE challenge are in it; the redirect URI must be one that the
    /// application has registered, to the letter.
    pub fn authorize(&self, redirect_uri: impl Into<String>) -> AuthorizationBuilder<'a> {
        let endpoint = self.client.session.endpoint();
        AuthorizationBuilder {
            app: &endpoint.app,
            server: &endpoint.server,
            entropy: endpoint.entropy(),
            redirect_uri: redirect_uri.into(),
            parameters: Vec::new(),
        }
    }

    /// Exchanges a grant for tokens and stores them; when this returns, the login survives a crash.
    ///
    /// # Errors
    /// [`LoginFailed`](crate::ErrorKind::LoginFailed) when the platform refuses the grant,
    /// [`InvalidClient`](crate::ErrorKind::InvalidClient) when it refuses the application,
    /// [`Store`](crate::ErrorKind::Store) when the tokens could not be stored; a login that was there before is
    /// kept in each case.
    pub async fn login(&self, grant: Grant) -> Result<TokenInfo> {
        let session = &self.client.session;
        let tokens = session.endpoint().login(&grant).await?;
        let assertion: Option<Assertion> = match grant.0 {
            GrantKind::Jwt(assertion) => Some(assertion),
            _ => None,
        };
        Ok(info(&session.adopt(tokens, assertion).await?.tokens))
    }

    /// Refreshes now, whether or not it is needed, and even when the platform has refused this login before. Callers
    /// at the same time share one refresh.
    ///
    /// # Errors
    /// [`LoginRequired`](crate::ErrorKind::LoginRequired) when the login has ended; any other error leaves it as
    /// it was.
    pub async fn refresh(&self) -> Result<TokenInfo> {
        let session = &self.client.session;
        let stored = session.store().load().await.map_err(store_error)?;
        let current = match stored {
            Some(stored) => session.refresh_anyway(stored.version).await?,
            None => session.authorize(None).await?,
        };
        Ok(info(&current.tokens))
    }

    /// An access token with at least `min_ttl` of life, for a program that makes its own requests.
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh).
    pub async fn access_token(&self, min_ttl: Duration) -> Result<AccessToken> {
        Ok(self
            .client
            .session
            .with_ttl(min_ttl)
            .await?
            .access_token()
            .clone())
    }

    /// What is known of the login, without asking the platform; `None` when nobody is logged in.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) when the store cannot be read.
    pub async fn status(&self) -> Result<Option<TokenInfo>> {
        let stored = self.client.session.store().load().await.map_err(store_error)?;
        Ok(stored.map(|stored| info(&stored.tokens)))
    }

    /// Logs out: forgets the login here first, then ends it on the platform.
    ///
    /// A platform that cannot be reached does not keep anyone logged in here; [`Logout::revoke_error`] says so.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) when the login could not be removed; then it was not revoked either.
    pub async fn logout(&self) -> Result<Logout> {
        let session = &self.client.session;
        let Some(stored) = session.forget().await? else {
            return Ok(Logout::default());
        };
        let revoke_error = session.endpoint().revoke(&stored.tokens).await.err();
        Ok(Logout {
            was_logged_in: true,
            revoked: revoke_error.is_none(),
            revoke_error,
        })
    }
}

fn info(tokens: &TokenSet) -> TokenInfo {
    tokens.info().clone()
}

/// How a logout went.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let logout = client.oauth().logout().await?;
/// if let Some(error) = logout.revoke_error {
///     println!("logged out here; the platform does not know it yet: {error}");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Logout {
    /// Whether there was a login to end.
    pub was_logged_in: bool,
    /// Whether the platform has confirmed the end.
    pub revoked: bool,
    /// Why it has not; the tokens then end by their own expiry.
    pub revoke_error: Option<Error>,
}

/// Reads an answer of the token endpoint, as if it had come at the beginning of time.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_token_answer(response: &crate::http::RawResponse, is_refresh: bool) -> Result<TokenSet> {
    let reading = token::Reading {
        sent_at: jiff::Timestamp::UNIX_EPOCH,
        login_kind: crate::session::LoginKind::Jwt,
        jitter: 0.5,
        is_refresh,
    };
    token::read(response, reading, jiff::Timestamp::UNIX_EPOCH)
}
