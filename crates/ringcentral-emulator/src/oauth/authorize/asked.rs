//! An authorization request: which app asks, for what, and where the answer goes.

use std::fmt::Write as _;

use http::StatusCode;
use http::header::{CACHE_CONTROL, LOCATION};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{OptionalExtension as _, params};

use super::super::{OauthError, form, grants};
use crate::db::Transaction;
use crate::directory::{self, AppRow};
use crate::reply::Reply;
use crate::request::Query;

/// Everything but RFC 3986's unreserved characters is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Parameters that may come more than once.
const REPEATABLE: &[&str] = &["ui_options", "response_hint", "login_hint"];

/// An authorization request that may be answered at its redirect URI.
pub(super) struct Asked {
    pub(super) app: AppRow,
    pub(super) redirect_uri: String,
    /// Whether the request named it.
    pub(super) redirect_sent: bool,
    pub(super) scope: String,
    pub(super) challenge: Option<String>,
    pub(super) challenge_method: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) login_hint: Option<String>,
    /// The whole request as a query, for the pages' forms.
    pub(super) query: String,
    state: Option<String>,
    prompts: Vec<String>,
    parameters: Query,
}

/// Why a request is not taken.
pub(super) enum Refusal {
    /// Nothing may be sent to the redirect URI.
    Page(Box<OauthError>),
    /// The app is told.
    Redirect(Box<Reply>),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Page(Box::new(error.into()))
    }
}

impl Asked {
    /// Reads and checks a request. Empty parameters count as absent. `status` is that of a redirect back to the app.
    pub(super) fn read(
        tx: &Transaction<'_>,
        parameters: &Query,
        status: StatusCode,
    ) -> Result<Self, Refusal> {
        if let Some(key) = form::duplicate(parameters, REPEATABLE) {
            return Err(Refusal::Page(Box::new(form::duplicated(key))));
        }
        let brand = parameters.first("brand_id").or(parameters.first("brandId"));
        if brand.is_some_and(|brand| !brand.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(forbidden(
                "invalid_request",
                "OAU-101",
                "Parameter [brand_id] is invalid",
            ));
        }
        let app = match parameters.first("client_id") {
            Some(id) => directory::find_app(tx, id)?,
            None => {
                return Err(page(
                    "invalid_client",
                    "OAU-153",
                    "Parameter [client_id] is missing",
                ));
            }
        };
        let app =
            app.ok_or_else(|| forbidden("invalid_client", "OAU-153", "There is no app with this client_id"))?;
        let sent = parameters.first("redirect_uri");
        let registered = directory::redirect_uris(tx, &app.client_id)?;
        let redirect_uri = match (sent, registered.as_slice()) {
            (_, []) => {
                return Err(forbidden(
                    "invalid_client",
                    "OAU-113",
                    "No redirect URI is registered for this app",
                ));
            }
            (Some(uri), registered) if registered.iter().any(|known| known == uri) => uri.to_owned(),
            (Some(_), _) => {
                return Err(forbidden(
                    "invalid_grant",
                    "OAU-109",
                    "Redirect URIs do not match",
                ));
            }
            (None, [only]) => only.clone(),
            (None, _) => {
                return Err(forbidden(
                    "invalid_grant",
                    "OAU-109",
                    "Parameter [redirect_uri] is missing, and the app has several",
                ));
            }
        };
        let text = |key: &str| parameters.first(key).map(str::to_owned);
        let asked = Self {
            redirect_sent: sent.is_some(),
            scope: grants::scope(&app, parameters.first("scope")),
            challenge: text("code_challenge"),
            challenge_method: text("code_challenge_method"),
            nonce: text("nonce"),
            login_hint: text("login_hint"),
            query: encode(parameters.pairs()),
            state: text("state"),
            prompts: parameters
                .first("prompt")
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            parameters: parameters.clone(),
            app,
            redirect_uri,
        };
        match asked.flaw() {
            Some((error, description)) => {
                let refused = asked.refuse(error, description, status);
                Err(Refusal::Redirect(Box::new(refused)))
            }
            None => Ok(asked),
        }
    }

    /// What the app did wrong, if anything.
    fn flaw(&self) -> Option<(&'static str, &'static str)> {
        match self.parameters.first("response_type") {
            Some("code") => {}
            Some(_) => {
                return Some((
                    "unsupported_response_type",
                    "Only response_type=code is supported",
                ));
            }
            None => return Some(("invalid_request", "Parameter [response_type] is missing")),
        }
        if !self.app.allows_grant("authorization_code") {
            return Some((
                "unauthorized_client",
                "The app may not use the authorization code flow",
            ));
        }
        match (self.challenge_method.as_deref(), &self.challenge) {
            (Some("S256" | "plain") | None, Some(_)) | (None, None) => {}
            (Some(_), None) => {
                return Some((
                    "invalid_request",
                    "code_challenge_method was sent without a code_challenge",
                ));
            }
            _ => return Some(("invalid_request", "code_challenge_method must be S256 or plain")),
        }
        if self.app.client_secret.is_none() && self.challenge.is_none() {
            return Some((
                "invalid_request",
                "An app without a secret must send a code_challenge",
            ));
        }
        if self.prompts("none") && self.prompts.len() > 1 {
            return Some((
                "invalid_request",
                "prompt=none cannot be combined with another prompt",
            ));
        }
        None
    }

    /// How the page is shown: `page`, `popup` or `touch`. Whatever else is asked for is a page.
    pub(super) fn display(&self) -> &'static str {
        match self.parameters.first("display") {
            Some("popup") => "popup",
            Some("touch" | "mobile") => "touch",
            _ => "page",
        }
    }

    /// The brand, if it is not the platform's own.
    pub(super) fn brand(&self) -> Option<String> {
        let id = self
            .parameters
            .first("brand_id")
            .or(self.parameters.first("brandId"))
            .filter(|id| *id != "1210")?;
        let name = match id {
            "3420" => "AT&T",
            "6010" => "Avaya",
            "7710" => "BT",
            "2110" => "Rainbow",
            "7310" => "TELUS",
            "2020" => "Unify",
            "7010" => "Vodafone",
            "2210" => "Verizon",
            "4210" => "ecotel",
            "4710" => "1&1",
            "4810" => "Symphony",
            "4910" => "Frontier",
            _ => return Some(id.to_owned()),
        };
        Some(format!("{id} ({name})"))
    }

    /// Whether the request asks for this change of the page.
    pub(super) fn has_ui_option(&self, option: &str) -> bool {
        self.parameters
            .pairs()
            .filter(|(key, _)| *key == "ui_options")
            .any(|(_, value)| value.split([' ', ',']).any(|asked| asked == option))
    }

    /// Whether the client finds its way by discovery.
    pub(super) fn wants_discovery(&self) -> bool {
        self.parameters.first("discovery") == Some("true")
    }

    /// Whether the request asks for this prompt.
    pub(super) fn prompts(&self, prompt: &str) -> bool {
        self.prompts.iter().any(|asked| asked == prompt)
    }

    /// Back to the app with an error.
    pub(super) fn refuse(&self, error: &str, description: &str, status: StatusCode) -> Reply {
        self.redirect(&[("error", error), ("error_description", description)], status)
    }

    /// Back to the app, with `state` as it came.
    pub(super) fn redirect(&self, answer: &[(&str, &str)], status: StatusCode) -> Reply {
        let mut target = self.redirect_uri.clone();
        let state = self.state.as_deref().map(|state| ("state", state));
        let mut separator = if target.contains('?') { '&' } else { '?' };
        for (key, value) in answer.iter().copied().chain(state) {
            let _ = write!(target, "{separator}{key}={}", utf8_percent_encode(value, ENCODED));
            separator = '&';
        }
        Reply::empty(status)
            .with(LOCATION, &target)
            .with(CACHE_CONTROL, "no-store")
    }

    /// The request without `prompt=login`, for after the login.
    pub(super) fn query_without_login(&self) -> String {
        let left: Vec<&str> = self
            .prompts
            .iter()
            .map(String::as_str)
            .filter(|prompt| !matches!(*prompt, "login" | "sso"))
            .collect();
        self.query_with_prompt(&left.join(" "))
    }

    /// The request with `prompt=login`, for somebody else.
    pub(super) fn query_with_login(&self) -> String {
        self.query_with_form("login")
    }

    /// The request with this login form and no other.
    pub(super) fn query_with_form(&self, form: &str) -> String {
        if self.prompts("consent") {
            self.query_with_prompt(&format!("{form} consent"))
        } else {
            self.query_with_prompt(form)
        }
    }

    fn query_with_prompt(&self, prompt: &str) -> String {
        let prompt = Some(("prompt", prompt)).filter(|(_, prompt)| !prompt.is_empty());
        encode(
            self.parameters
                .pairs()
                .filter(|(key, _)| *key != "prompt")
                .chain(prompt),
        )
    }

    /// Whether the user has allowed this app before.
    pub(super) fn has_consent(&self, tx: &Transaction<'_>, extension_id: i64) -> rusqlite::Result<bool> {
        let found = tx
            .prepare_cached("SELECT 1 FROM consents WHERE extension_id = ?1 AND app_id = ?2")?
            .query_row(params![extension_id, self.app.client_id], |_| Ok(()))
            .optional()?;
        Ok(found.is_some())
    }

    /// Remembers that the user has allowed this app.
    pub(super) fn keep_consent(&self, tx: &Transaction<'_>, extension_id: i64) -> rusqlite::Result<()> {
        tx.prepare_cached("INSERT OR IGNORE INTO consents (extension_id, app_id) VALUES (?1, ?2)")?
            .execute(params![extension_id, self.app.client_id])?;
        Ok(())
    }
}

fn page(error: &'static str, code: &'static str, description: &str) -> Refusal {
    Refusal::Page(Box::new(OauthError::new(error, code, description)))
}

fn forbidden(error: &'static str, code: &'static str, description: &str) -> Refusal {
    Refusal::Page(Box::new(
        OauthError::new(error, code, description).with_status(StatusCode::FORBIDDEN),
    ))
}

/// A query of these pairs; empty values are left out.
pub(super) fn encode<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<String> = pairs
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| {
            format!(
                "{}={}",
                utf8_percent_encode(key, ENCODED),
                utf8_percent_encode(value, ENCODED)
            )
        })
        .collect();
    pairs.join("&")
}
