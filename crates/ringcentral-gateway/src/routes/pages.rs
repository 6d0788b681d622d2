//! The first page: the login page, or the signed-in page for a browser that has a session.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;

use crate::explain;
use crate::html::{
    self, Case, Choice, Fact, LoginPage, Notice, Section, Shell, SignedInPage, SmsForm, Tone, icons, words,
};
use crate::problem::Failure;
use crate::return_to::ReturnTo;
use crate::routes::sms;
use crate::security;
use crate::state::{AppState, SignedIn};

#[derive(Debug, Deserialize)]
pub(crate) struct Home {
    notice: Option<String>,
    return_to: Option<String>,
}

/// `GET /`
pub(crate) async fn home(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(query): Query<Home>,
) -> Result<Response, Failure> {
    match state.signed_in(&headers).await? {
        Some(who) => signed_in(&state, &who, StatusCode::OK, None, None).await,
        None => Ok(login(&state, &headers, &query)),
    }
}

fn login(state: &AppState, headers: &HeaderMap, query: &Home) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let prefix = state.origin.prefix_for(host);
    let return_to = ReturnTo::parse(query.return_to.as_deref().unwrap_or_default());
    let choices = state.environments.iter().map(|environment| {
        let mut link = url::form_urlencoded::Serializer::new(String::new());
        link.append_pair("env", &environment.name);
        if !return_to.is_default() {
            link.append_pair("return_to", return_to.as_str());
        }
        Choice {
            label: environment.label.clone(),
            host: environment.host.clone(),
            note: environment.note.clone(),
            href: format!("{prefix}/login?{}", link.finish()),
            local: environment.local,
        }
    });
    let page = LoginPage {
        shell: Shell::new("Log in"),
        notice: query.notice.as_deref().and_then(notice_named),
        choices: choices.collect(),
    };
    let mut response = html::page(StatusCode::OK, &page);
    if state.cookies.session(headers).is_some() {
        // A cookie whose session is over.
        state.cookies.drop_session(&mut response);
    }
    response
}

/// The notices that a redirect can ask for: names, never text.
fn notice_named(name: &str) -> Option<Notice> {
    let (tone, heading, line) = match name {
        "login-ended" => (
            Tone::Warn,
            "Your login has ended at RingCentral",
            "It was ended elsewhere, or not used for a week. Log in again to go on where you were.",
        ),
        "logged-out" => (
            Tone::Good,
            "You are logged out",
            "Your session has ended, and your access has been revoked at RingCentral.",
        ),
        "logged-out-here" => (
            Tone::Warn,
            "You are logged out here",
            "Your session has ended and its tokens are deleted. RingCentral has not confirmed the end of the access \
             yet; by itself it ends within an hour.",
        ),
        _ => return None,
    };
    Some(Notice {
        tone,
        heading: heading.to_owned(),
        lines: vec![line.to_owned()],
        fine: None,
    })
}

/// The signed-in page, with what has just happened if anything has.
pub(crate) async fn signed_in(
    state: &AppState,
    who: &SignedIn,
    status: StatusCode,
    notice: Option<Notice>,
    typed: Option<SmsForm>,
) -> Result<Response, Failure> {
    let (profile, numbers) = tokio::join!(who.login.profile(), sms::sender_numbers(&who.login));

    let mut form = typed.unwrap_or_default();
    form.csrf.clone_from(&who.session.csrf);
    match numbers {
        Ok(numbers) => form.numbers = numbers,
        Err(error) if error.is_login_required() => {
            return Err(state.failed(who, &error, Section::Overview).await);
        }
        Err(error) => form.notice = Some(explain::notice(&error, "Your numbers could not be read")),
    }
    if form.numbers.is_empty() && form.notice.is_none() {
        form.notice = Some(Notice {
            heading: "None of your numbers can send text messages".to_owned(),
            lines: vec![
                "An administrator of your company can give you one that has the SMS feature.".to_owned(),
            ],
            ..Notice::default()
        });
    }
    let profile = match profile {
        Ok(profile) => profile.clone(),
        Err(error) if error.is_login_required() => {
            return Err(state.failed(who, &error, Section::Overview).await);
        }
        Err(_) => crate::logins::Profile::default(),
    };

    let name = who.session.user.name.clone();
    let (zone, zone_name) = profile.time_zone();
    let mut facts = vec![Fact::new("Name", name.clone())];
    facts.extend(profile.email.map(|email| Fact::new("E-mail", email)));
    facts.push(Fact::new(
        "Logged in at",
        format!("{}, {}", who.environment.label, who.environment.host),
    ));
    facts.push(Fact::new("Time zone", zone_name));
    let ends = who.session.expires_at;
    facts.push(Fact::new(
        "This session ends",
        format!(
            "{} at {}, or earlier when it is not used",
            words::day(ends, &zone),
            words::time(ends, &zone)
        ),
    ));
    let page = SignedInPage {
        shell: Shell::signed_in("Overview", who.viewer(), Section::Overview),
        first_name: name.split_whitespace().next().unwrap_or(&name).to_owned(),
        initials: words::initials(&name),
        extension_number: profile.extension_number,
        notice,
        cases: cases(),
        sms: form,
        facts,
    };
    let mut response = html::page(status, &page);
    security::allow_own_forms(&mut response);
    Ok(response)
}

/// The three reads, as the signed-in page offers them.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            href: "/test?api=extension",
            icon: icons::PEOPLE,
            label: "Extensions",
            about: "People, queues and menus of your company.",
            path: "/account/~/extension",
        },
        Case {
            href: "/test?api=extension-call-log",
            icon: icons::PHONE,
            label: "My calls",
            about: "Calls to and from your own extension.",
            path: "/account/~/extension/~/call-log",
        },
        Case {
            href: "/test?api=account-call-log",
            icon: icons::BUILDING,
            label: "Company calls",
            about: "Every call of the company, if you may see them.",
            path: "/account/~/call-log",
        },
    ]
}
