//! The login, first as it is stored and then as the platform sees it; and the limits that it names.

use http::HeaderName;
use ringcentral::{ErrorKind, ExtensionInfo, TokenStore as _};

use super::platform::Platform;
use super::report::Check;
use crate::commands::status::diagnosis::{Diagnosis, State};
use crate::commands::status::{last_refresh_json, lease_json, login_json, login_needed, particulars};
use crate::context::{Context, local_time_to_the_second, now};
use crate::failure::{Exit, Failure};

const LOGIN: &str = "login";
const LIMITS: &str = "limits";

pub(super) async fn check(context: &Context<'_>, platform: &mut Platform) -> Check {
    let Ok(store) = context.store() else {
        return Check::warn(
            LOGIN,
            "not checked: without a client ID there is no login to look for",
        );
    };
    let profile = context.settings.profile.as_str();
    let Ok(stored) = store.load().await else {
        return Check::warn(LOGIN, "not checked: what is stored cannot be read");
    };
    let diagnosis = Diagnosis::of(stored, context.settings.jwt.is_some(), now());
    let facts = |check: Check| with_particulars(check, &diagnosis);
    if !diagnosis.state.is_logged_in() {
        return facts(Check::failed(
            LOGIN,
            &login_needed(&diagnosis).in_profile(profile),
        ));
    }
    let words = diagnosis.words();
    let stored = || Check::warn(LOGIN, format!("stored: {words}"));
    if let Some(silence) = platform.silence() {
        return facts(stored().detail(silence));
    }
    if let Some(end) = penalty_in_the_way(&diagnosis) {
        let end = local_time_to_the_second(end);
        let why = format!(
            "not checked: the login needs a new token, and after too many token requests the platform takes none \
             before {end}; one that comes earlier begins the wait anew"
        );
        return facts(stored().detail(why).next(format!("again after {end}")));
    }
    let client = match platform.client(context).await {
        Ok(client) => client,
        Err(failure) => return facts(Check::failed(LOGIN, &failure)),
    };
    let who = client.me().info().await;
    // A refresh may have been part of it.
    let current = store.load().await.ok().flatten();
    let after = Diagnosis::of(current, context.settings.jwt.is_some(), now());
    let facts = |check: Check| with_particulars(check, &after);
    match who {
        Ok(who) => {
            platform.took_token = true;
            let scope = after.info().map(|info| info.scope.clone()).unwrap_or_default();
            let check = facts(Check::ok(LOGIN, format!("{}; {}", name(&who), after.words())))
                .details(lines("scopes:", &scope))
                .fact("extension_id", who.id.as_str())
                .fact("extension_number", who.extension_number.clone())
                .fact("scope", scope);
            if after.renews_itself {
                check.detail("made by JWT: it renews itself as long as RC_JWT is set")
            } else {
                check
            }
        }
        Err(error) if error.kind() == ErrorKind::RateLimited => {
            facts(Check::warn(LOGIN, format!("stored: {words}; {error}")).next("again in a minute"))
        }
        // The platform knows the token and the app lacks a permission: that is for the app's page.
        Err(error) if error.status().is_some_and(|status| status.as_u16() == 403) => {
            platform.took_token = true;
            facts(
                Check::failed(LOGIN, &Failure::from(error))
                    .detail(format!("the login itself works: {words}")),
            )
        }
        Err(error) => facts(failed(error, profile, &words)),
    }
}

/// The same as `status` says of what is stored.
fn with_particulars(check: Check, diagnosis: &Diagnosis) -> Check {
    let details = particulars(diagnosis)
        .into_iter()
        .map(|(name, words)| format!("{name}: {words}"));
    check
        .details(details)
        .fact("state", diagnosis.state.name())
        .fact("login", serde_json::json!(diagnosis.info().map(login_json)))
        .fact("last_refresh", last_refresh_json(diagnosis))
        .fact("lease", lease_json(diagnosis))
}

/// A list of words, over as many lines as it takes.
fn lines(name: &str, words: &[String]) -> Vec<String> {
    let mut lines = vec![name.to_owned()];
    for word in words {
        let line = lines.last_mut().expect("there is a first line");
        if line.len() + word.len() > 88 {
            lines.push(format!("  {word}"));
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines
}

fn failed(error: ringcentral::Error, profile: &str, words: &str) -> Check {
    let failure = Failure::from(error).in_profile(profile);
    let check = Check::failed(LOGIN, &failure);
    match failure.exit() {
        Exit::LoginNeeded => check,
        _ => check.detail(format!("what is stored is kept: {words}")),
    }
}

fn name(who: &ExtensionInfo) -> String {
    let number = who
        .extension_number
        .as_deref()
        .map(|number| format!(", extension {number}"));
    format!(
        "{}{}",
        who.name.as_deref().unwrap_or("(no name)"),
        number.unwrap_or_default()
    )
}

/// The end of a penalty that any program has found, where a call would need a new token before it.
fn penalty_in_the_way(diagnosis: &Diagnosis) -> Option<jiff::Timestamp> {
    let needs_token = matches!(diagnosis.state, State::RefreshOnNextCall | State::LogsInAgain);
    diagnosis.penalty_end().filter(|_| needs_token)
}

/// What the platform says is left of the requests.
pub(super) fn limits(platform: &Platform) -> Check {
    let header = |name: &'static str| HeaderName::from_static(name);
    let group_header = header("x-rate-limit-group");
    let Some(answer) = platform.last_with(&group_header) else {
        return if platform.took_token {
            Check::ok(LIMITS, "the platform names none")
        } else {
            Check::warn(
                LIMITS,
                "not checked: the platform names them to a login that works",
            )
        };
    };
    let number = |name| {
        answer
            .header(&header(name))
            .and_then(|text| text.parse::<u64>().ok())
    };
    let group = answer
        .header(&group_header)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let (limit, remaining, window) = (
        number("x-rate-limit-limit"),
        number("x-rate-limit-remaining"),
        number("x-rate-limit-window"),
    );
    let shown = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let summary = format!(
        "group {group}: {} of {} requests left within {} s",
        shown(remaining),
        shown(limit),
        shown(window)
    );
    let check = if remaining == Some(0) {
        Check::warn(LIMITS, summary)
            .detail("the next request of this group would begin a penalty, so commands wait")
    } else {
        Check::ok(LIMITS, summary)
    };
    check
        .fact("group", group)
        .fact("limit", limit)
        .fact("remaining", remaining)
        .fact("window_seconds", window)
}
