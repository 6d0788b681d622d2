//! What is shown when something cannot be done: as a page for a person, as JSON for a program.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use crate::html::{self, Action, Fact, ProblemPage, Section, Shell, Tone, Viewer};
use crate::return_to::ReturnTo;
use crate::security::RequestId;

/// A handler's way to say no.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    Problem(Box<Problem>),
    /// Nobody is logged in: the login page has the next step.
    SignedOut(SignedOut),
}

/// Why somebody has to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignedOut {
    /// There is no session, or it has run out.
    NoSession,
    /// The session is there, but the platform no longer knows the login behind it.
    LoginEnded,
}

/// One thing that went wrong, in words.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// The kind of problem, for programs.
    pub(crate) class: &'static str,
    pub(crate) tone: Tone,
    pub(crate) heading: String,
    pub(crate) what: String,
    /// The platform's own words, when they add something.
    pub(crate) quote: Option<String>,
    pub(crate) next: String,
    pub(crate) actions: Vec<Action>,
    pub(crate) platform: Option<PlatformAnswer>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) section: Section,
}

/// What the platform's support asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlatformAnswer {
    pub(crate) code: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<String>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        class: &'static str,
        heading: &str,
        what: &str,
        next: &str,
    ) -> Self {
        Self {
            status,
            class,
            tone: if status.is_server_error() {
                Tone::Bad
            } else {
                Tone::Warn
            },
            heading: heading.to_owned(),
            what: what.to_owned(),
            quote: None,
            next: next.to_owned(),
            actions: vec![Action {
                label: "Back to the start",
                href: "/".to_owned(),
                back: true,
            }],
            platform: None,
            retry_after: None,
            viewer: None,
            section: Section::Elsewhere,
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such page",
            "The address may have been mistyped, or the page has moved.",
            "Start over from the first page.",
        )
        .calm()
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something broke here",
            "This is our mistake, not yours. What you asked for was not finished.",
            "Try again. If it happens again, tell whoever runs this server, with the reference below.",
        )
    }

    pub(crate) fn calm(mut self) -> Self {
        self.tone = Tone::Calm;
        self
    }

    pub(crate) fn with_action(mut self, label: &'static str, href: impl Into<String>) -> Self {
        self.actions.insert(
            0,
            Action {
                label,
                href: href.into(),
                back: false,
            },
        );
        self
    }

    /// Keeps the signed-in frame around the message.
    pub(crate) fn seen_by(mut self, viewer: Viewer, section: Section) -> Self {
        self.viewer = Some(viewer);
        self.section = section;
        self
    }

    /// The words for a status that some layer below answered with.
    fn of_status(status: StatusCode) -> Self {
        let (class, heading, what, next) = match status {
            StatusCode::NOT_FOUND => return Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method_not_allowed",
                "This address cannot be used like that",
                "It exists, but not for this kind of request.",
                "Go back and use the links and buttons of the page.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => (
                "too_large",
                "That was too much",
                "The form held more than this page takes.",
                "Go back and send less.",
            ),
            status if status.is_client_error() => (
                "bad_request",
                "This request cannot be understood",
                "A part of it is missing or is not what belongs there.",
                "Go back and try again.",
            ),
            _ => {
                return Self {
                    status,
                    ..Self::internal()
                };
            }
        };
        Self::new(status, class, heading, what, next)
    }

    fn details(&self, reference: &RequestId) -> Vec<Fact> {
        let platform = self.platform.clone().unwrap_or_default();
        let mut facts = Vec::new();
        if let Some(code) = platform.code {
            facts.push(Fact::new("Code", code));
        }
        if let Some(status) = platform.status {
            facts.push(Fact::new("RingCentral answered", format!("HTTP {status}")));
        }
        if let Some(id) = platform.request_id {
            facts.push(Fact::new("RingCentral request id", id));
        }
        facts.push(Fact::new("Reference", reference.as_str()));
        facts
    }

    fn into_page(self, reference: &RequestId) -> Response {
        let details = self.details(reference);
        let shell = match self.viewer {
            Some(viewer) => Shell::signed_in(&self.heading, viewer, self.section),
            None => Shell::new(&self.heading),
        };
        let page = ProblemPage {
            shell,
            tone: self.tone,
            heading: self.heading,
            what: self.what,
            quote: self.quote,
            next: self.next,
            actions: self.actions,
            details,
        };
        html::page(self.status, &page)
    }

    fn into_json(self, reference: &RequestId) -> Response {
        let platform = self.platform.unwrap_or_default();
        let body = json!({ "error": {
            "class": self.class,
            "message": self.what,
            "next": self.next,
            "code": platform.code,
            "platformStatus": platform.status,
            "platformRequestId": platform.request_id,
            "reference": reference.as_str(),
        }});
        (self.status, Json(body)).into_response()
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<SignedOut> for Failure {
    fn from(why: SignedOut) -> Self {
        Self::SignedOut(why)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Problem(problem) => problem.status,
            Self::SignedOut(_) => StatusCode::UNAUTHORIZED,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        Failure::from(self).into_response()
    }
}

/// Whether the caller is a program rather than a person: it says so, or it asks for the raw answer.
pub(crate) fn wants_json(headers: &HeaderMap, query: Option<&str>) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let raw = query.is_some_and(|query| {
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "raw" && value == "1")
    });
    raw || (accept.contains("application/json") && !accept.contains("text/html"))
}

/// The layer that turns every refusal into words, whichever layer below it came from.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let json = wants_json(request.headers(), request.uri().query());
    let reference = request
        .extensions()
        .get::<RequestId>()
        .cloned()
        .unwrap_or_default();
    let here = ReturnTo::of_request(request.method(), request.uri());

    let mut response = next.run(request).await;
    let failure = response
        .extensions_mut()
        .remove::<Failure>()
        .or_else(|| bare_status(&response));
    let Some(failure) = failure else { return response };

    let mut rendered = match failure {
        Failure::Problem(problem) => {
            let retry_after = problem.retry_after;
            let mut rendered = if json {
                problem.into_json(&reference)
            } else {
                problem.into_page(&reference)
            };
            if let Some(seconds) = retry_after {
                rendered
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            rendered
        }
        Failure::SignedOut(why) if json => signed_out_json(why, &reference),
        Failure::SignedOut(why) => Redirect::to(&login_page(why, &here)).into_response(),
    };
    // Headers that the refusing handler set (a cookie to drop, the methods that are allowed) stay.
    for (name, value) in response.headers() {
        if *name == header::SET_COOKIE || *name == header::ALLOW {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    rendered
}

/// A refusal that came without words.
fn bare_status(response: &Response) -> Option<Failure> {
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let worded = content_type.is_some_and(|kind| !kind.starts_with("text/plain"));
    (refused && !worded && response.extensions().get::<PlainAnswer>().is_none())
        .then(|| Problem::of_status(status).into())
}

/// Marks a refusal that is meant to be as short as it is (health checks).
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainAnswer;

fn login_page(why: SignedOut, here: &ReturnTo) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if why == SignedOut::LoginEnded {
        query.append_pair("notice", "login-ended");
    }
    if !here.is_default() {
        query.append_pair("return_to", here.as_str());
    }
    let query = query.finish();
    if query.is_empty() {
        "/".to_owned()
    } else {
        format!("/?{query}")
    }
}

fn signed_out_json(why: SignedOut, reference: &RequestId) -> Response {
    let (class, message) = match why {
        SignedOut::NoSession => ("not_logged_in", "nobody is logged in in this browser"),
        SignedOut::LoginEnded => ("login_ended", "the login has ended at RingCentral"),
    };
    let body = json!({ "error": {
        "class": class,
        "message": message,
        "next": "log in again at /",
        "reference": reference.as_str(),
    }});
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}
