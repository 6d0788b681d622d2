//! What the pages show: plain values, already in words, so that the templates only place them.

pub(crate) mod icons;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::problem::Problem;

/// How a message feels; colours and icons follow from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Calm,
    Good,
    Warn,
    Bad,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Calm | Self::Good => "status",
            Self::Warn | Self::Bad => "alert",
        }
    }

    pub(crate) fn icon(self) -> &'static str {
        match self {
            Self::Calm => icons::INFO,
            Self::Good => icons::CHECK,
            Self::Warn | Self::Bad => icons::ALERT,
        }
    }

    pub(crate) fn icon_large(self) -> &'static str {
        match self {
            Self::Calm => icons::INFO_LARGE,
            Self::Good => icons::CHECK_LARGE,
            Self::Warn | Self::Bad => icons::ALERT_LARGE,
        }
    }
}

/// A message at the top of a page or a part of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notice {
    pub(crate) tone: Tone,
    pub(crate) heading: String,
    pub(crate) lines: Vec<String>,
    /// Codes and ids, for whoever helps.
    pub(crate) fine: Option<String>,
}

/// Who is looking at the page.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    pub(crate) name: String,
    pub(crate) initials: String,
    /// The environment's label.
    pub(crate) environment: String,
    pub(crate) csrf: String,
}

/// The pages of the signed-in browser, in the order of the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Extensions,
    MyCalls,
    CompanyCalls,
    #[default]
    Elsewhere,
}

pub(crate) struct NavLink {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    pub(crate) current: bool,
}

/// What surrounds every page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) section: Section,
}

impl Shell {
    pub(crate) fn new(title: &str) -> Self {
        Self {
            title: format!("{title} · RingCentral login"),
            ..Self::default()
        }
    }

    pub(crate) fn signed_in(title: &str, viewer: Viewer, section: Section) -> Self {
        Self {
            viewer: Some(viewer),
            section,
            ..Self::new(title)
        }
    }

    pub(crate) fn nav(&self) -> Vec<NavLink> {
        [
            (Section::Overview, "/test", "Overview"),
            (Section::Extensions, "/test?api=extension", "Extensions"),
            (Section::MyCalls, "/test?api=extension-call-log", "My calls"),
            (
                Section::CompanyCalls,
                "/test?api=account-call-log",
                "Company calls",
            ),
        ]
        .into_iter()
        .map(|(section, href, label)| NavLink {
            href,
            label,
            current: section == self.section,
        })
        .collect()
    }
}

pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) value: String,
}

impl Fact {
    pub(crate) fn new(label: &'static str, value: impl Into<String>) -> Self {
        Self {
            label,
            value: value.into(),
        }
    }
}

/// One environment to log in to.
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) host: String,
    pub(crate) note: Option<String>,
    pub(crate) href: String,
    /// The platform runs on this computer: nothing real happens there.
    pub(crate) local: bool,
}

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage {
    pub(crate) shell: Shell,
    pub(crate) notice: Option<Notice>,
    pub(crate) choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "login_done.html")]
pub(crate) struct LoginDonePage {
    pub(crate) next: String,
}

/// One of the platform calls to try.
pub(crate) struct Case {
    pub(crate) href: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) label: &'static str,
    pub(crate) about: &'static str,
    pub(crate) path: &'static str,
}

pub(crate) struct SenderNumber {
    pub(crate) value: String,
    pub(crate) shown: String,
}

/// The SMS form, with what was typed and what is wrong with it.
#[derive(Default)]
pub(crate) struct SmsForm {
    pub(crate) csrf: String,
    pub(crate) notice: Option<Notice>,
    pub(crate) numbers: Vec<SenderNumber>,
    pub(crate) from: String,
    pub(crate) from_wrong: Option<String>,
    pub(crate) to: String,
    pub(crate) to_wrong: Option<String>,
    pub(crate) text: String,
    pub(crate) text_wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "signed_in.html")]
pub(crate) struct SignedInPage {
    pub(crate) shell: Shell,
    pub(crate) first_name: String,
    pub(crate) initials: String,
    pub(crate) extension_number: Option<String>,
    pub(crate) notice: Option<Notice>,
    pub(crate) cases: Vec<Case>,
    pub(crate) sms: SmsForm,
    pub(crate) facts: Vec<Fact>,
}

/// The platform's answer as it came, one click away.
pub(crate) struct Raw {
    /// Path and query that were sent.
    pub(crate) request: String,
    pub(crate) request_id: Option<String>,
    /// This page as JSON.
    pub(crate) href: String,
    pub(crate) json: String,
}

pub(crate) struct Pager {
    pub(crate) shown: String,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

pub(crate) struct ExtensionRow {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) status_tone: Tone,
    pub(crate) email: Option<String>,
}

#[derive(Template)]
#[template(path = "extensions.html")]
pub(crate) struct ExtensionsPage {
    pub(crate) shell: Shell,
    pub(crate) rows: Vec<ExtensionRow>,
    pub(crate) pager: Pager,
    pub(crate) raw: Raw,
}

/// One end of a call.
#[derive(Default)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) number: Option<String>,
}

pub(crate) struct CallRow {
    pub(crate) datetime: String,
    pub(crate) day: String,
    pub(crate) time: String,
    pub(crate) direction: String,
    pub(crate) direction_class: &'static str,
    pub(crate) direction_icon: &'static str,
    pub(crate) from: Party,
    pub(crate) to: Party,
    pub(crate) duration: String,
    pub(crate) result: String,
    pub(crate) result_tone: Tone,
    pub(crate) kind: String,
    pub(crate) recorded: bool,
}

pub(crate) struct QuickChoice {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) current: bool,
}

/// The time that the call log is shown for.
pub(crate) struct DateFilter {
    pub(crate) api: &'static str,
    pub(crate) quick: Vec<QuickChoice>,
    pub(crate) date_from: String,
    pub(crate) date_to: String,
    pub(crate) today: String,
    /// The name of the time zone that days and times are in.
    pub(crate) zone: String,
}

#[derive(Template)]
#[template(path = "calls.html")]
pub(crate) struct CallsPage {
    pub(crate) shell: Shell,
    pub(crate) heading: &'static str,
    pub(crate) about: String,
    pub(crate) notice: Option<Notice>,
    pub(crate) filter: DateFilter,
    pub(crate) rows: Vec<CallRow>,
    pub(crate) pager: Pager,
    pub(crate) raw: Raw,
}

#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    /// Leads back to where a login began; a login popup closes instead.
    pub(crate) back: bool,
}

#[derive(Template)]
#[template(path = "problem.html")]
pub(crate) struct ProblemPage {
    pub(crate) shell: Shell,
    pub(crate) tone: Tone,
    pub(crate) heading: String,
    pub(crate) what: String,
    pub(crate) quote: Option<String>,
    pub(crate) next: String,
    pub(crate) actions: Vec<Action>,
    pub(crate) details: Vec<Fact>,
}

#[derive(Template)]
#[template(path = "logout.html")]
pub(crate) struct LogoutPage {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    pub(crate) csrf: String,
}

/// Answers with a page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Problem::internal().into_response()
        }
    }
}
