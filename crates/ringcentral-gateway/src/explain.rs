//! The platform's errors in words: what happened, and what to do next.

mod codes;

use axum::http::StatusCode;
use ringcentral::{Error, ErrorKind};

use crate::html::{Notice, Tone};
use crate::problem::{PlatformAnswer, Problem};
use codes::Words;

/// The platform's words are shown up to this many characters.
const LONGEST_QUOTE: usize = 300;

/// What a failed platform call looks like on a page of its own.
pub(crate) fn problem(error: &Error) -> Problem {
    let (heading, what, next) = words(error);
    let mut problem = Problem::new(status(error), class(error.kind()), heading, &what, next);
    problem.quote = error.message().map(quote);
    problem.platform = Some(PlatformAnswer {
        code: code(error).map(str::to_owned),
        status: error.status().map(|status| status.as_u16()),
        request_id: error.request_id().map(str::to_owned),
    });
    problem.retry_after = error.retry_after().map(|wait| wait.as_secs().max(1));
    problem
}

/// The same as a part of a page that otherwise works.
pub(crate) fn notice(error: &Error, heading: &str) -> Notice {
    let problem = problem(error);
    let mut fine: Vec<String> = Vec::new();
    let platform = problem.platform.unwrap_or_default();
    fine.extend(platform.code);
    fine.extend(platform.status.map(|status| format!("HTTP {status}")));
    fine.extend(platform.request_id.map(|id| format!("request id {id}")));
    let quote = problem.quote.map(|quote| format!("The answer said: “{quote}”"));
    Notice {
        tone: Tone::Bad,
        heading: heading.to_owned(),
        lines: [Some(problem.what), quote, Some(problem.next)]
            .into_iter()
            .flatten()
            .collect(),
        fine: (!fine.is_empty()).then(|| fine.join(" · ")),
    }
}

/// The platform's text, short enough for a page.
pub(crate) fn quote(text: &str) -> String {
    let mut quote: String = text
        .chars()
        .take(LONGEST_QUOTE)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(LONGEST_QUOTE).is_some() {
        quote.push('…');
    }
    quote
}

fn code(error: &Error) -> Option<&str> {
    error.code().or_else(|| error.oauth_error())
}

fn words(error: &Error) -> Words {
    code(error)
        .and_then(|code| codes::words(code, error))
        .unwrap_or_else(|| words_of_kind(error))
}

fn words_of_kind(error: &Error) -> Words {
    let server = error.status().is_some_and(|status| status.is_server_error());
    match error.kind() {
        ErrorKind::RateLimited => (
            codes::TOO_MANY,
            codes::fill(codes::ALLOWED_AGAIN, error),
            codes::NOTHING_IS_LOST,
        ),
        ErrorKind::Network => (
            "RingCentral cannot be reached",
            "The connection could not be made, or it broke.".to_owned(),
            "Your login is kept. Try again in a moment.",
        ),
        ErrorKind::Timeout => (
            "RingCentral did not answer in time",
            "We stopped waiting.".to_owned(),
            "Your login is kept. Try again in a moment.",
        ),
        ErrorKind::OutcomeUnknown => (
            "It is not known whether that was done",
            "The request was sent, and the answer got lost.".to_owned(),
            "Look in RingCentral whether it took effect before you try again; otherwise it may happen twice.",
        ),
        ErrorKind::Decode => (
            "The answer made no sense",
            "RingCentral answered with something other than what it documents.".to_owned(),
            "Try again. If it stays, tell whoever runs this server.",
        ),
        ErrorKind::Store => (
            "The server cannot reach its storage",
            "Your login is safe, but cannot be used for the moment.".to_owned(),
            "Try again in a moment.",
        ),
        ErrorKind::InvalidClient | ErrorKind::Config => (
            "RingCentral does not accept this application",
            "Its settings on this server are not those of the RingCentral developer console.".to_owned(),
            codes::COMPARE_SETTINGS,
        ),
        _ if server => (
            "RingCentral is in trouble",
            "It answered that something failed on its side.".to_owned(),
            "Your login is kept. Try again in a moment.",
        ),
        _ => (
            "RingCentral refused",
            "The request was understood and not allowed.".to_owned(),
            "Go back and try something else, or tell whoever runs this server.",
        ),
    }
}

fn class(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Network => "network",
        ErrorKind::Timeout => "timeout",
        ErrorKind::OutcomeUnknown => "outcome_unknown",
        ErrorKind::Decode => "decode",
        ErrorKind::Store => "storage",
        ErrorKind::InvalidClient | ErrorKind::Config => "configuration",
        ErrorKind::LoginFailed | ErrorKind::InvalidState => "login_failed",
        ErrorKind::LoginRequired => "login_ended",
        _ => "platform",
    }
}

/// A refusal keeps its status; a failure between us and the platform is a gateway's.
fn status(error: &Error) -> StatusCode {
    match error.kind() {
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Timeout | ErrorKind::OutcomeUnknown => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Store => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Api => match error.status() {
            Some(status) if status.is_client_error() && status != StatusCode::UNAUTHORIZED => status,
            Some(StatusCode::SERVICE_UNAVAILABLE) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_GATEWAY,
        },
        _ => StatusCode::BAD_GATEWAY,
    }
}
