//! The two cookies, and nothing else that a browser keeps.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ringcentral::Entropy;
use ringcentral_vault::SessionId;

/// As long as a login that was begun may take.
const BROWSER_LIMIT: Duration = Duration::from_mins(10);
const BROWSER_BYTES: usize = 32;

/// Names and attributes, which depend on whether the app is reached by https.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    secure: bool,
}

/// What tells one browser from another while it logs in. Never printed.
#[derive(Clone)]
pub(crate) struct BrowserId(String);

impl BrowserId {
    fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; BROWSER_BYTES];
        entropy.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == BROWSER_BYTES).then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Cookies {
    pub(crate) fn new(secure: bool) -> Self {
        Self { secure }
    }

    fn session_name(self) -> &'static str {
        if self.secure {
            "__Host-rc_session"
        } else {
            "rc_session"
        }
    }

    fn browser_name(self) -> &'static str {
        if self.secure {
            "__Host-rc_browser"
        } else {
            "rc_browser"
        }
    }

    pub(crate) fn session(self, headers: &HeaderMap) -> Option<SessionId> {
        CookieJar::from_headers(headers)
            .get(self.session_name())
            .and_then(|cookie| SessionId::parse(cookie.value()))
    }

    pub(crate) fn browser(self, headers: &HeaderMap) -> Option<BrowserId> {
        CookieJar::from_headers(headers)
            .get(self.browser_name())
            .and_then(|cookie| BrowserId::parse(cookie.value()))
    }

    /// This browser's id: the one it has, so that logins in several tabs go on side by side, or a new one.
    pub(crate) fn browser_or_new(self, headers: &HeaderMap, entropy: &dyn Entropy) -> BrowserId {
        self.browser(headers)
            .unwrap_or_else(|| BrowserId::random(entropy))
    }

    pub(crate) fn set_browser(self, response: &mut Response, browser: &BrowserId) {
        self.set(response, self.browser_name(), browser.as_str(), BROWSER_LIMIT);
    }

    pub(crate) fn set_session(self, response: &mut Response, id: &SessionId, lasts: Duration) {
        self.set(response, self.session_name(), id.expose_secret(), lasts);
    }

    pub(crate) fn drop_session(self, response: &mut Response) {
        self.set(response, self.session_name(), "", Duration::ZERO);
    }

    fn set(self, response: &mut Response, name: &'static str, value: &str, lasts: Duration) {
        let seconds = i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX);
        let mut cookie = Cookie::new(name, value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(self.secure);
        // Written by hand: the cookie crate's own duration type is not one of our dependencies.
        let text = format!("{cookie}; Max-Age={seconds}");
        let mut value = HeaderValue::try_from(text).expect("names, base64url and digits are header text");
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
