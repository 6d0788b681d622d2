//! The browser's part of a login: authorization request, redirect, and the proof that they belong together.
//!
//! `Authorization` → (the user logs in) → `Redirect` → `Pending::accept` → `Grant`. A code can become a grant only
//! through `accept`, and `accept` compares `state`, so a foreign redirect cannot get past it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::config::{App, Server};
use crate::entropy::{Entropy, random_token};
use crate::error::{Answer, ApiBody, Error, ErrorKind, Result};
use crate::secret::{Assertion, AuthorizationCode, CodeVerifier, Password, SecretText};

/// Builds an authorization request. PKCE (S256) and `state` are always in it and cannot be switched off.
#[derive(Clone, Debug)]
#[must_use]
pub struct AuthorizationBuilder<'a> {
    pub(super) app: &'a App,
    pub(super) server: &'a Server,
    pub(super) entropy: &'a dyn Entropy,
    pub(super) redirect_uri: String,
    pub(super) parameters: Vec<(&'static str, String)>,
}

impl AuthorizationBuilder<'_> {
    /// How the login page shows itself: `page`, `popup`, `touch` or `mobile`.
    pub fn display(self, display: impl Into<String>) -> Self {
        self.with("display", display)
    }

    /// Which forms to show: `login`, `sso`, `consent`, or `none` to succeed silently or not at all.
    pub fn prompt(self, prompt: impl Into<String>) -> Self {
        self.with("prompt", prompt)
    }

    /// The brand of the login page, such as `1210` (RingCentral US).
    pub fn brand_id(self, brand_id: impl Into<String>) -> Self {
        self.with("brand_id", brand_id)
    }

    /// The languages of the login page, such as `de-DE en-US`.
    pub fn ui_locales(self, locales: impl Into<String>) -> Self {
        self.with("ui_locales", locales)
    }

    /// The permissions asked for, separated by blanks; the platform grants at most what the app is registered for.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.with("scope", scope)
    }

    /// Fills in the user name on the login page.
    pub fn login_hint(self, hint: impl Into<String>) -> Self {
        self.with("login_hint", hint)
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.retain(|(known, _)| *known != name);
        self.parameters.push((name, value.into()));
        self
    }

    /// Makes the address to send the browser to, and the secret half that stays here.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the redirect URI is not an absolute URL.
    pub fn build(self) -> Result<Authorization> {
        Url::parse(&self.redirect_uri).map_err(|error| {
            Error::new(ErrorKind::Config, "the redirect URI is not an absolute address").with_source(error)
        })?;
        let state = random_token(self.entropy);
        let verifier = random_token(self.entropy);
        let mut url = self.server.endpoint("/restapi/oauth/authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.app.client_id())
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge(&verifier))
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(&self.parameters);
        let pending = Pending {
            server: self.server.base().as_str().to_owned(),
            client_id: self.app.client_id().to_owned(),
            redirect_uri: self.redirect_uri,
            state: state.as_str().into(),
            verifier: verifier.as_str().into(),
        };
        Ok(Authorization { url, pending })
    }
}

/// RFC 7636, section 4.2: the S256 transformation.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// An authorization request, ready to be shown to a browser.
#[non_exhaustive]
pub struct Authorization {
    /// Where to send the browser.
    pub url: Url,
    /// What has to be kept, in secret, until the browser comes back.
    pub pending: Pending,
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query holds `state`.
        let address = self.url.as_str().split('?').next().unwrap_or_default();
        f.debug_struct("Authorization")
            .field("address", &address)
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}

/// The half of a login that waits for the browser: `state`, the PKCE verifier, and what the code will be good for.
///
/// ```
/// use ringcentral::{App, Client, Pending};
///
/// # fn main() -> ringcentral::Result<()> {
/// let client = Client::builder(App::public("my-client-id")).build()?;
/// let authorization = client.oauth().authorize("https://app.example.com/callback").build()?;
/// // A server keeps it until the browser comes back, sealed.
/// let kept = authorization.pending.to_secret_bytes();
/// let pending = Pending::from_secret_bytes(&kept)?;
/// assert_eq!(pending.redirect_uri(), "https://app.example.com/callback");
/// # Ok(()) }
/// ```
#[derive(Serialize, Deserialize)]
#[must_use]
pub struct Pending {
    server: String,
    client_id: String,
    redirect_uri: String,
    state: SecretText,
    verifier: SecretText,
}

impl Pending {
    /// Takes the redirect that the browser came back with. A login can be tried once: `self` is consumed.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] when the redirect belongs to another login, [`ErrorKind::LoginFailed`] when the
    /// platform or the user refused (see [`Error::oauth_error`]), or when no code came.
    pub fn accept(self, redirect: Redirect) -> Result<Grant> {
        let state = redirect.state().unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(self.state.as_str().as_bytes())) {
            let what = if redirect.state.is_none() {
                "has no `state`"
            } else {
                "has a `state` of another login"
            };
            return Err(Error::new(
                ErrorKind::InvalidState,
                format!("the redirect {what}, so it was not used"),
            ));
        }
        // RFC 9207, section 2.4: an issuer that is named must be the one that was asked.
        if let Some(issuer) = &redirect.issuer
            && issuer.trim_end_matches('/') != self.server.trim_end_matches('/')
        {
            return Err(Error::new(
                ErrorKind::InvalidState,
                "the redirect comes from another platform",
            ));
        }
        if let Some((error, description)) = redirect.error {
            let body = ApiBody::oauth(&error, description.as_deref());
            return Err(
                Error::new(ErrorKind::LoginFailed, "the login was refused").with_answer(Answer {
                    body,
                    ..Answer::default()
                }),
            );
        }
        let Some(code) = redirect.code else {
            return Err(Error::new(
                ErrorKind::LoginFailed,
                "the redirect carries no authorization code",
            ));
        };
        Ok(Grant(GrantKind::AuthorizationCode {
            server: self.server,
            client_id: self.client_id,
            code,
            redirect_uri: self.redirect_uri,
            verifier: CodeVerifier::from(self.verifier.as_str()),
        }))
    }

    /// The `state`: the key under which a server keeps this login. Anyone who knows it could finish the login, so
    /// it does not belong in a log.
    pub fn state(&self) -> &str {
        self.state.as_str()
    }

    /// The redirect URI that the request named.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// For a server that keeps pending logins between two requests: seal these bytes.
    ///
    /// # Panics
    /// Never in practice: it is text only.
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("text becomes JSON"))
    }

    /// Reads what [`to_secret_bytes`](Self::to_secret_bytes) wrote.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] for anything else; the error holds nothing of the bytes.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self> {
        // The parser's message may quote the bytes, so it goes no further.
        serde_json::from_slice(bytes)
            .map_err(|_| Error::new(ErrorKind::Decode, "the stored half of this login is damaged"))
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// What the browser came back with.
///
/// ```
/// use ringcentral::Redirect;
///
/// # fn main() -> ringcentral::Result<()> {
/// let redirect = Redirect::parse("https://app.example.com/callback?code=abc&state=xyz")?;
/// assert_eq!(redirect.state(), Some("xyz"));
/// # Ok(()) }
/// ```
pub struct Redirect {
    code: Option<AuthorizationCode>,
    state: Option<Zeroizing<String>>,
    issuer: Option<String>,
    error: Option<(String, Option<String>)>,
}

impl Redirect {
    /// Reads the address the browser was sent to: whole, or from its `?` on.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidState`] when it is too long, says a thing twice, or holds neither `code` nor `error`.
    pub fn parse(url_or_query: &str) -> Result<Self> {
        const LONGEST: usize = 16 * 1024;
        let wrong = |why: &str| Error::new(ErrorKind::InvalidState, format!("the redirect {why}"));
        if url_or_query.len() > LONGEST {
            return Err(wrong("is too long to be one"));
        }
        let text = url_or_query.trim();
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let mut redirect = Self {
            code: None,
            state: None,
            issuer: None,
            error: None,
        };
        let mut description = None;
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if !matches!(
                name.as_ref(),
                "code" | "state" | "iss" | "error" | "error_description"
            ) {
                continue;
            }
            if seen.contains(&name) {
                return Err(wrong("says the same thing twice"));
            }
            if !value.is_empty() {
                match name.as_ref() {
                    "code" => redirect.code = Some(AuthorizationCode::new(value)),
                    "state" => redirect.state = Some(Zeroizing::new(value.into_owned())),
                    "iss" => redirect.issuer = Some(value.into_owned()),
                    "error" => redirect.error = Some((value.into_owned(), None)),
                    _ => description = Some(value.into_owned()),
                }
            }
            seen.push(name);
        }
        if let Some((_, text)) = &mut redirect.error {
            *text = description;
        }
        if redirect.code.is_none() && redirect.error.is_none() {
            return Err(wrong("carries neither a code nor an error"));
        }
        Ok(redirect)
    }

    /// The `state` that came back: the key to look the pending login up by.
    pub fn state(&self) -> Option<&str> {
        self.state.as_ref().map(|state| state.as_str())
    }
}

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Something that the token endpoint gives a token set for.
///
/// ```no_run
/// use ringcentral::Grant;
///
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let login = client.oauth().login(Grant::jwt("my-jwt")).await?;
/// println!("logged in until {}", login.expires_at);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Grant(pub(super) GrantKind);

#[derive(Debug)]
pub(super) enum GrantKind {
    AuthorizationCode {
        server: String,
        client_id: String,
        code: AuthorizationCode,
        redirect_uri: String,
        verifier: CodeVerifier,
    },
    Jwt(Assertion),
    Password {
        username: String,
        extension: Option<String>,
        password: Password,
    },
}

impl Grant {
    /// A JWT credential from the developer console, for programs without a user in front of them.
    pub fn jwt(assertion: impl Into<Assertion>) -> Self {
        Self(GrantKind::Jwt(assertion.into()))
    }

    /// User name (or number), extension and password.
    ///
    /// **Retired by the platform** at the end of March 2024: RingCentral refuses it for most applications. It
    /// remains for the programs of the tutorials and for local platforms.
    pub fn password(
        username: impl Into<String>,
        extension: Option<String>,
        password: impl Into<Password>,
    ) -> Self {
        Self(GrantKind::Password {
            username: username.into(),
            extension,
            password: password.into(),
        })
    }
}

#[cfg(test)]
mod tests;
