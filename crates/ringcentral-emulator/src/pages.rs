//! The pages, and the headers that every page has.

use askama::Template;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};

use crate::directory::UserRow;
use crate::oauth::authorize::words::{Moment, Told, Words};
use crate::reply::Reply;

/// No script, no frames, nothing from elsewhere. `form-action` is left out on purpose: browsers apply it to the redirect
/// that follows a form, and that one leads to the app.
const LOGIN_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'");

/// The inspector has a script of its own.
const INSPECTOR_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// The sign-in form.
#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage<'a> {
    pub(crate) words: &'static Words,
    pub(crate) display: &'static str,
    pub(crate) brand: Option<String>,
    pub(crate) only_single_sign_on: bool,
    pub(crate) single_sign_on: String,
    pub(crate) with_password: String,
    pub(crate) can_remember: bool,
    pub(crate) second_step_name: String,
    pub(crate) app: &'a str,
    /// The authorization request, for the form's address.
    pub(crate) query: &'a str,
    pub(crate) csrf: String,
    pub(crate) error: Option<Told>,
    /// The fields that the error is about, by their names.
    pub(crate) wrong: &'static [&'static str],
    pub(crate) username: &'a str,
    pub(crate) extension: &'a str,
    pub(crate) users: &'a [LoginUser],
    /// The user whose code is asked for.
    pub(crate) second_step: Option<&'a UserRow>,
    pub(crate) now: Moment,
}

impl LoginPage<'_> {
    /// A field's attributes that say what is wrong with it, and which texts tell more: the error, and its hint.
    fn marks(&self, field: &str, hint: &str) -> String {
        match (self.wrong.contains(&field), hint) {
            (true, "") => r#" aria-invalid="true" aria-describedby="error""#.to_owned(),
            (true, hint) => format!(r#" aria-invalid="true" aria-describedby="error {hint}""#),
            (false, "") => String::new(),
            (false, hint) => format!(r#" aria-describedby="{hint}""#),
        }
    }
}

/// A user who can be picked.
pub(crate) struct LoginUser {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) extension: String,
    pub(crate) phone_number: String,
    pub(crate) email: String,
    pub(crate) password: String,
    /// What is special; empty for an ordinary user.
    pub(crate) note: String,
}

impl From<UserRow> for LoginUser {
    fn from(user: UserRow) -> Self {
        let note = if user.locked {
            "locked".to_owned()
        } else if user.status != "Enabled" {
            user.status.clone()
        } else if user.mfa_code.is_some() {
            "needs a code".to_owned()
        } else if user.is_admin {
            "administrator".to_owned()
        } else {
            String::new()
        };
        Self {
            id: user.extension_id,
            name: user.name,
            extension: user.extension_number,
            phone_number: user.phone_number,
            email: user.email,
            password: user.password,
            note,
        }
    }
}

/// Allow or Deny.
#[derive(Template)]
#[template(path = "consent.html")]
pub(crate) struct ConsentPage<'a> {
    pub(crate) words: &'static Words,
    pub(crate) display: &'static str,
    pub(crate) title: String,
    pub(crate) user: &'a str,
    pub(crate) extension: &'a str,
    pub(crate) redirect_uri: &'a str,
    /// In words, and the platform's name.
    pub(crate) permissions: Vec<(&'a str, &'a str)>,
    pub(crate) query: &'a str,
    pub(crate) csrf: String,
    pub(crate) other_user: String,
}

/// A request that must not go back to the app.
#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage<'a> {
    pub(crate) title: &'a str,
    pub(crate) message: &'a str,
    pub(crate) code: &'a str,
    pub(crate) advice: &'a str,
}

/// A page of the sign-in flow.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Reply {
    with_policy(status, page, LOGIN_POLICY)
}

/// The inspector's page.
pub(crate) fn inspector(page: &impl Template) -> Reply {
    with_policy(StatusCode::OK, page, INSPECTOR_POLICY)
}

fn with_policy(status: StatusCode, page: &impl Template, policy: HeaderValue) -> Reply {
    let text = page.render().expect("our templates have no failing filters");
    let mut reply = Reply::html(status, text);
    reply.headers.insert(CONTENT_SECURITY_POLICY, policy);
    reply
        .headers
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
        .headers
        .insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    reply
        .headers
        .insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
        .headers
        .insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    reply
}
