//! What went wrong, why, and what to do next; and the exit code that says it to a script.

use std::fmt;
use std::time::Duration;

use ringcentral::{ErrorKind, Explanation, StoreError, StoreErrorKind};
use serde_json::{Map, Value, json};

/// How the command ended, as scripts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    /// The platform said no.
    Refused,
    Usage,
    Configuration,
    LoginNeeded,
    RateLimited,
    Network,
    /// Some of the work is done and the message says how to go on.
    Partial,
    Interrupted,
    /// `emulate --exec`: the child's own code.
    Child(u8),
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::LoginNeeded => 4,
            Self::RateLimited => 5,
            Self::Network => 6,
            Self::Partial => 7,
            Self::Interrupted => 130,
            Self::Child(code) => code,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::Configuration => "configuration",
            Self::LoginNeeded => "login_needed",
            Self::RateLimited => "rate_limited",
            Self::Network => "network",
            Self::Partial => "partial",
            Self::Interrupted => "interrupted",
            Self::Child(_) => "child",
        }
    }
}

/// A failed command: one line each for what failed, why, and what to do next.
pub(crate) struct Failure(Box<Parts>);

#[derive(Debug)]
struct Parts {
    exit: Exit,
    what: String,
    why: Vec<String>,
    next: Vec<String>,
    profile: Option<String>,
    answer: Answer,
    quiet: bool,
}

/// What the platform's answer told, kept apart for `--json`.
#[derive(Debug, Default)]
struct Answer {
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    /// The code under which the catalogue has more to say.
    explained: Option<&'static str>,
}

/// At most this many lines are printed, so that the advice is never scrolled away.
const MOST_LINES: usize = 5;

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            exit,
            what: what.into(),
            why: Vec::new(),
            next: Vec::new(),
            profile: None,
            answer: Answer::default(),
            quiet: false,
        }))
    }

    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    pub(crate) fn configuration(what: impl Into<String>) -> Self {
        Self::new(Exit::Configuration, what)
    }

    /// Nobody is logged in, for the command that found out by looking rather than by being refused.
    pub(crate) fn login_needed() -> Self {
        Self::new(Exit::LoginNeeded, "nobody is logged in")
    }

    /// Ends the command with this exit code without a message: everything was said already.
    pub(crate) fn silent(exit: Exit) -> Self {
        let mut failure = Self::new(exit, String::new());
        failure.0.quiet = true;
        failure
    }

    pub(crate) fn because(mut self, why: impl Into<String>) -> Self {
        self.0.why.push(why.into());
        self
    }

    /// The error's own message and those of its causes.
    pub(crate) fn caused_by(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let line = error.to_string();
            if !line.is_empty() && !self.0.why.iter().any(|said| said.contains(&line)) {
                self.0.why.push(line);
            }
            cause = error.source();
        }
        self
    }

    pub(crate) fn advise(mut self, next: impl Into<String>) -> Self {
        self.0.next.push(next.into());
        self
    }

    pub(crate) fn with_exit(mut self, exit: Exit) -> Self {
        self.0.exit = exit;
        self
    }

    pub(crate) fn in_profile(mut self, profile: &str) -> Self {
        self.0.profile = Some(profile.to_owned());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.0.quiet
    }

    pub(crate) fn what(&self) -> &str {
        &self.0.what
    }

    /// The platform's id of the request that it refused.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.0.answer.request_id.as_deref()
    }

    pub(crate) fn why(&self) -> &[String] {
        &self.0.why
    }

    /// The lines below the first: why, where it happened, and what to do next.
    pub(crate) fn lines(&self) -> Vec<String> {
        let next = self.advice();
        let about = self.about();
        let room = MOST_LINES.saturating_sub(1 + next.len() + usize::from(about.is_some()));
        let mut lines: Vec<String> = self.0.why.iter().take(room.max(1)).cloned().collect();
        lines.extend(about);
        lines.extend(next.into_iter().map(|next| format!("try: {next}")));
        lines
    }

    /// The request and the profile, when there was a request.
    fn about(&self) -> Option<String> {
        let request = self
            .0
            .answer
            .request_id
            .as_ref()
            .map(|id| format!("request {id}"));
        match (&self.0.profile, self.0.exit) {
            (Some(profile), Exit::Refused | Exit::RateLimited | Exit::LoginNeeded) => {
                let profile = format!("profile \"{profile}\"");
                Some(request.map_or(profile.clone(), |request| format!("{request}, {profile}")))
            }
            _ => request,
        }
    }

    pub(crate) fn advice(&self) -> Vec<String> {
        let mut next = self.0.next.clone();
        if next.is_empty() && self.0.exit == Exit::LoginNeeded {
            next.push(match self.0.profile.as_deref() {
                None | Some(crate::settings::DEFAULT_PROFILE) => "ringcentral login".to_owned(),
                Some(profile) => format!("ringcentral login --profile {profile}"),
            });
        }
        if let (true, Some(code)) = (next.is_empty(), self.0.answer.explained) {
            next.push(format!("ringcentral explain {code}"));
        }
        next
    }

    /// The same as an object, for `--json`.
    pub(crate) fn to_json(&self) -> Value {
        let answer = &self.0.answer;
        let mut error = Map::new();
        error.insert("kind".to_owned(), json!(self.0.exit.name()));
        error.insert("message".to_owned(), json!(self.0.what));
        error.insert("details".to_owned(), json!(self.0.why));
        error.insert("try".to_owned(), json!(self.advice()));
        error.insert("exit_code".to_owned(), json!(self.0.exit.code()));
        let mut optional = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                error.insert(name.to_owned(), value);
            }
        };
        optional("status", answer.status.map(Value::from));
        optional("code", answer.code.clone().map(Value::from));
        optional("request_id", answer.request_id.clone().map(Value::from));
        optional(
            "retry_after_seconds",
            answer.retry_after.map(|wait| json!(wait.as_secs())),
        );
        optional("profile", self.0.profile.clone().map(Value::from));
        json!({ "error": error })
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<ringcentral::Error> for Failure {
    fn from(error: ringcentral::Error) -> Self {
        let exit = exit_of(error.kind());
        let store = store_error_kind(&error);
        let what = if store.is_some() {
            "the stored login cannot be used".to_owned()
        } else {
            error.to_string()
        };
        let mut failure = Self::new(exit, what);
        failure.0.answer = Answer {
            status: error.status().map(|status| status.as_u16()),
            code: error.code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            retry_after: error.retry_after(),
            explained: error.explanation().map(Explanation::code),
        };
        if let Some(cause) = std::error::Error::source(&error) {
            failure = failure.caused_by(cause);
        }
        match store {
            Some(kind) => advise_on_store(failure, kind),
            None => advise_on(failure, &error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = Self::configuration("the stored login cannot be used").caused_by(&error);
        advise_on_store(failure, error.kind())
    }
}

pub(crate) fn store_error_kind(error: &ringcentral::Error) -> Option<StoreErrorKind> {
    std::error::Error::source(error)?
        .downcast_ref::<StoreError>()
        .map(StoreError::kind)
}

fn advise_on_store(failure: Failure, kind: StoreErrorKind) -> Failure {
    match kind {
        StoreErrorKind::Corrupt => failure.advise("log in again, which puts the damaged file aside"),
        StoreErrorKind::Foreign => failure.advise("move that file away, then: ringcentral login"),
        StoreErrorKind::Insecure => failure.advise(
            "ringcentral doctor --fix   (makes the files private), or move them away and log in again",
        ),
        StoreErrorKind::Full => failure.advise("make room on the disk; the login is kept"),
        _ => failure.advise("ringcentral doctor   (looks at the file and its directory)"),
    }
}

fn exit_of(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::Config | ErrorKind::Store | ErrorKind::InvalidClient => Exit::Configuration,
        ErrorKind::Usage | ErrorKind::Forbidden => Exit::Usage,
        ErrorKind::LoginRequired => Exit::LoginNeeded,
        ErrorKind::RateLimited => Exit::RateLimited,
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::OutcomeUnknown => Exit::Network,
        _ => Exit::Refused,
    }
}

/// Advice that depends only on the kind of error; a command adds its own where it knows more.
fn advise_on(failure: Failure, error: &ringcentral::Error) -> Failure {
    match error.kind() {
        ErrorKind::InvalidClient => {
            failure.advise("check RC_CLIENT_ID and RC_CLIENT_SECRET, and that they belong to RC_SERVER_URL")
        }
        ErrorKind::Api if error.code() == Some("CMN-401") => {
            failure.advise("give the app that permission in the developer portal, then log in again")
        }
        ErrorKind::Api if error.code() == Some("CMN-408") => {
            failure.advise("ask the account's administrator for that permission")
        }
        ErrorKind::RateLimited => match error.retry_after() {
            Some(wait) => failure.advise(format!(
                "again in {} s, or allow a longer --max-wait",
                wait.as_secs().max(1)
            )),
            None => failure.advise("again in a minute, or allow a longer --max-wait"),
        },
        ErrorKind::Unavailable => failure.advise("again in a few minutes; the login is kept"),
        ErrorKind::OutcomeUnknown => {
            failure.advise("look whether it was done before you repeat it: no answer came back")
        }
        ErrorKind::Network | ErrorKind::Timeout => {
            failure.advise("ringcentral doctor   (checks the way to the platform step by step)")
        }
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_five_lines_and_the_advice_is_kept() {
        let mut failure = Failure::configuration("it failed").advise("something else");
        for number in 0..9 {
            failure = failure.because(format!("reason {number}"));
        }
        let lines = failure.lines();
        assert_eq!(lines.len() + 1, MOST_LINES);
        assert_eq!(lines.last().map(String::as_str), Some("try: something else"));
    }

    #[test]
    fn login_needed_names_the_profile_to_log_in_to() {
        let default = Failure::login_needed().in_profile("default");
        assert!(default.lines().contains(&"try: ringcentral login".to_owned()));
        let work = Failure::login_needed().in_profile("work");
        assert!(
            work.lines()
                .contains(&"try: ringcentral login --profile work".to_owned())
        );
    }

    #[test]
    fn a_cause_is_said_once() {
        let inner = std::io::Error::other("the disk is full");
        let failure = Failure::configuration("cannot store")
            .caused_by(&inner)
            .caused_by(&inner);
        assert_eq!(failure.lines(), ["the disk is full"]);
    }

    #[test]
    fn the_json_form_carries_the_exit_code() {
        let value = Failure::login_needed().in_profile("work").to_json();
        assert_eq!(value["error"]["exit_code"], 4);
        assert_eq!(value["error"]["kind"], "login_needed");
        assert_eq!(value["error"]["try"][0], "ringcentral login --profile work");
    }
}
