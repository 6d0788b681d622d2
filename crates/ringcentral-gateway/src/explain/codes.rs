//! The table of known codes. A code that is not here is explained by the kind of its error.

use ringcentral::Error;

use crate::html::words;

/// `{permission}` and `{parameter}` stand for what the answer names, `{wait}` for how long it asks to wait.
struct Row {
    codes: &'static [&'static str],
    heading: &'static str,
    what: &'static str,
    next: &'static str,
}

const fn row(
    codes: &'static [&'static str],
    heading: &'static str,
    what: &'static str,
    next: &'static str,
) -> Row {
    Row {
        codes,
        heading,
        what,
        next,
    }
}

pub(super) const ASK_AN_ADMINISTRATOR: &str = "Ask an administrator of your company.";
pub(super) const COMPARE_SETTINGS: &str = "Whoever runs this server compares its settings with the application in the RingCentral developer console.";
pub(super) const TOO_MANY: &str = "Too many requests for now";
pub(super) const ALLOWED_AGAIN: &str = "RingCentral allows the next request in {wait}.";
pub(super) const NOTHING_IS_LOST: &str =
    "Nothing is lost. RingCentral counts requests per minute; asking earlier only makes the wait longer.";

const CODES: &[Row] = &[
    row(
        &["CMN-100", "CMN-101", "CMN-103", "CMN-104"],
        "RingCentral did not accept the request",
        "A value{parameter} is missing or not allowed.",
        "Change it and try again.",
    ),
    row(
        &["CMN-102", "CMN-120"],
        "RingCentral does not have that",
        "What was asked for does not exist, or not for you.",
        "It may have been deleted meanwhile. Go back and choose again.",
    ),
    row(
        &["CMN-109", "CMN-427"],
        "This feature is not part of your plan",
        "Your RingCentral account or extension does not have it.",
        "An administrator of your company can tell what the plan holds.",
    ),
    row(
        &["CMN-201", "MSG-290"],
        "RingCentral is busy",
        "It cannot answer for the moment.",
        "Wait a little and try again.",
    ),
    row(
        &["CMN-301", "CMN-302", "CMN-303", "CMN-304", "CMN-310", "MSG-305"],
        TOO_MANY,
        ALLOWED_AGAIN,
        NOTHING_IS_LOST,
    ),
    row(
        &["CMN-401"],
        "The application lacks a permission",
        "This application is not registered for the permission{permission}.",
        "Whoever manages the application adds it in the RingCentral developer console; then log out and log in again.",
    ),
    row(
        &["CMN-402"],
        "This is for administrators",
        "Your RingCentral user is not an administrator.",
        ASK_AN_ADMINISTRATOR,
    ),
    row(
        &["CMN-403", "CMN-404"],
        "You may not do this",
        "It belongs to another extension, or your kind of extension does not have it.",
        ASK_AN_ADMINISTRATOR,
    ),
    row(
        &["CMN-408", "CMN-419"],
        "You may not do this",
        "Your RingCentral user does not have the permission{permission}.",
        "An administrator of your company can grant it.",
    ),
    row(
        &["MSG-240"],
        "This number cannot be reached",
        "Messages to that country are not enabled for you.",
        "Choose a number in your own country, or ask your administrator for international messages.",
    ),
    row(
        &["MSG-241", "MSG-242", "MSG-367"],
        "This number cannot send messages",
        "The number in From does not have the SMS feature.",
        "Choose another number of yours.",
    ),
    row(
        &["MSG-245", "MSG-304", "MSG-331", "MSG-332"],
        "That is not your number",
        "The number in From does not belong to your extension.",
        "Choose one of your own numbers.",
    ),
    row(
        &["MSG-243", "MSG-246", "MSG-247", "MSG-316", "MSG-335"],
        "This recipient is not possible",
        "A text message cannot go to the number in To.",
        "Write a full phone number with its country code.",
    ),
    row(
        &["MSG-384", "BIL-103"],
        "Your plan does not cover this message",
        "The account’s limit for messages has been reached, or its plan has none.",
        ASK_AN_ADMINISTRATOR,
    ),
    row(
        &["OAU-109", "OAU-113"],
        "The redirect URI is not registered",
        "RingCentral sends people back only to addresses that are registered with the application.",
        "Whoever manages the application registers this server’s callback address, exactly as it is spelled, in the \
         RingCentral developer console.",
    ),
    row(
        &["OAU-106", "OAU-108", "OAU-110"],
        "The login took too long",
        "RingCentral no longer accepts the code that your browser brought back.",
        "Log in once more; that is all it takes.",
    ),
    row(
        &["OAU-105", "OAU-163"],
        "This extension cannot log in",
        "Its type is not one for people: a queue or a menu, for example.",
        "Log in with your own extension.",
    ),
    row(
        &["OAU-112", "OAU-125", "OAU-251", "unauthorized_client"],
        "The application may not log people in",
        "The authorization code flow is not enabled for it.",
        COMPARE_SETTINGS,
    ),
    row(
        &[
            "OAU-120",
            "OAU-121",
            "OAU-123",
            "OAU-127",
            "OAU-146",
            "OAU-153",
            "invalid_client",
        ],
        "RingCentral does not accept this application",
        "Its client id or secret is wrong, or it has been blocked.",
        COMPARE_SETTINGS,
    ),
    row(
        &["OAU-136", "OAU-141", "OAU-142", "OAU-167", "OAU-232", "OAU-236"],
        "This RingCentral user cannot log in",
        "The user or the account is disabled or not yet set up.",
        ASK_AN_ADMINISTRATOR,
    ),
    row(
        &["OAU-147", "OAU-148"],
        "This RingCentral user is locked",
        "There were too many failed attempts to log in.",
        "Wait a while, or ask an administrator of your company.",
    ),
];

/// Heading, what happened, what to do next.
pub(super) type Words = (&'static str, String, &'static str);

pub(super) fn words(code: &str, error: &Error) -> Option<Words> {
    let row = CODES.iter().find(|row| row.codes.contains(&code))?;
    Some((row.heading, fill(row.what, error), row.next))
}

pub(super) fn fill(text: &str, error: &Error) -> String {
    let wait = error.retry_after().map_or(60, |wait| wait.as_secs().max(1));
    text.replace(
        "{permission}",
        &error
            .permission()
            .map(|name| format!(" {name}"))
            .unwrap_or_default(),
    )
    .replace(
        "{parameter}",
        &error
            .parameter()
            .map(|name| format!(" of {name}"))
            .unwrap_or_default(),
    )
    .replace("{wait}", &words::wait(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_once() {
        let mut all: Vec<&str> = CODES.iter().flat_map(|row| row.codes.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(
            CODES
                .iter()
                .all(|row| row.what.ends_with('.') && row.next.ends_with('.'))
        );
    }
}
