//! The one error of this crate, and the questions it answers.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use crate::clock::later;

mod body;
mod catalogue;
mod detail;

pub(crate) use body::ApiBody;
pub use catalogue::Explanation;
pub use detail::{ErrorDetail, ErrorParameter};

/// What every fallible call here returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, coarsely: enough to decide what to do next.
///
/// ```no_run
/// use ringcentral::ErrorKind;
///
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let Err(error) = client.me().info().await else { return Ok(()) };
/// match error.kind() {
///     ErrorKind::LoginRequired => println!("log in again"),
///     ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Network | ErrorKind::Timeout => {
///         println!("nothing is wrong with the request: try later");
///     }
///     ErrorKind::OutcomeUnknown => println!("look whether it was done, before you repeat it"),
///     ErrorKind::Api => println!("refused as {:?}", error.code()),
///     // There may be more kinds one day.
///     _ => return Err(error),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was built with something unusable: a server address that is not one, a missing secret.
    Config,
    /// This call was made with something unusable; nothing was sent.
    Usage,
    /// There is no login, or it has ended for good. Log in again; see [`Error::is_login_required`].
    LoginRequired,
    /// The platform refused this attempt to log in: a wrong password, a reused code, a user who declined.
    LoginFailed,
    /// The redirect does not belong to this login: its `state` is missing or foreign. Nothing was sent.
    InvalidState,
    /// The platform's application settings refuse this client (a wrong secret, a grant that is not enabled).
    /// Stored logins are kept: mend the settings and go on.
    InvalidClient,
    /// The platform answered with an error; see [`Error::code`].
    Api,
    /// Nothing has changed (HTTP 304): what the caller has already is good. Comes only to a request that says what that
    /// is, by `If-None-Match` or `If-Modified-Since`.
    NotModified,
    /// Too many requests; see [`Error::retry_after`].
    RateLimited,
    /// The platform answers that it cannot serve just now (HTTP 5xx). Nothing is wrong with the request.
    Unavailable,
    /// The platform could not be reached, or the connection broke. Nothing was changed there.
    Network,
    /// No answer in time, and the request may be repeated.
    Timeout,
    /// The request was sent and its answer was lost, and it must not be repeated blindly (an SMS would go out
    /// twice). Look before you send it again.
    OutcomeUnknown,
    /// The answer was not what the platform documents.
    Decode,
    /// The token store could not do its work; the login that it holds is as it was.
    Store,
    /// A file on this machine could not be written; the message names it. Nothing is wrong with the request.
    File,
    /// The address is not one that the bearer token may go to. Nothing was sent.
    Forbidden,
}

/// The error of every operation in this crate: cheap to clone, one pointer wide, and never a secret in it.
///
/// `Display` says one thing; the cause, when there is one, is behind [`source`](StdError::source).
///
/// ```no_run
/// use ringcentral::ErrorKind;
///
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// match client.me().info().await {
///     Ok(me) => println!("{}", me.id),
///     Err(error) if error.is_login_required() => println!("log in again"),
///     Err(error) if error.kind() == ErrorKind::RateLimited => println!("try again in {:?}", error.retry_after()),
///     Err(error) if error.code() == Some("CMN-408") => println!("ask for the permission {:?}", error.permission()),
///     Err(error) => println!("{error}; its request was {:?}", error.request_id()),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    context: String,
    answer: Option<Box<Answer>>,
    retry_after: Option<Duration>,
    retry_at: Option<Timestamp>,
    never_sent: bool,
    outcome_unknown: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What the platform said, without the bytes it said it in.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<StatusCode>,
    pub(crate) body: ApiBody,
    pub(crate) request_id: Option<String>,
    pub(crate) rate_group: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, context: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            context: context.into(),
            answer: None,
            retry_after: None,
            retry_at: None,
            never_sent: false,
            outcome_unknown: kind == ErrorKind::OutcomeUnknown,
            source: None,
        }))
    }

    /// `source` must be free of secrets: it is printed by whoever prints the chain.
    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.changed(|inner| inner.source = Some(source.into()))
    }

    pub(crate) fn with_cause(self, cause: Option<Box<dyn StdError + Send + Sync>>) -> Self {
        self.changed(|inner| inner.source = cause)
    }

    /// Marks a request that cannot have taken effect, because no connection was made.
    pub(crate) fn with_nothing_sent(self) -> Self {
        self.changed(|inner| inner.never_sent = true)
    }

    /// Marks a refusal that may have come after the effect.
    pub(crate) fn with_unknown_outcome(self) -> Self {
        self.changed(|inner| inner.outcome_unknown = true)
    }

    pub(crate) fn was_never_sent(&self) -> bool {
        self.0.never_sent
    }

    pub(crate) fn with_answer(self, answer: Answer) -> Self {
        self.changed(|inner| inner.answer = Some(Box::new(answer)))
    }

    /// How long to wait, counted from `now`.
    pub(crate) fn with_retry_after(self, retry_after: Option<Duration>, now: Timestamp) -> Self {
        self.changed(|inner| {
            inner.retry_after = retry_after;
            inner.retry_at = retry_after.map(|wait| later(now, wait));
        })
    }

    /// What an answer without success means; each part of a bulk answer is one, too.
    pub(crate) fn refused(status: StatusCode, answer: Answer) -> Self {
        let (kind, what) = match status {
            StatusCode::TOO_MANY_REQUESTS => (ErrorKind::RateLimited, "RingCentral counts too many requests"),
            status if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
                (ErrorKind::Unavailable, "RingCentral cannot serve this just now")
            }
            StatusCode::NOT_MODIFIED => (ErrorKind::NotModified, "nothing has changed since"),
            // Redirects are not followed: the bearer would go wherever they point.
            status if status.is_redirection() => (ErrorKind::Api, "RingCentral answered with a redirect"),
            _ => (ErrorKind::Api, "RingCentral refused the request"),
        };
        Self::new(kind, what).with_answer(Answer {
            status: Some(status),
            ..answer
        })
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::into_inner(self.0).expect("an error is completed before it is shared");
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// What went wrong, coarsely.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the platform's answer, if it answered.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().and_then(|answer| answer.status)
    }

    /// The platform's own code, such as `CMN-408` or `OAU-140`: the part of an error that is stable.
    pub fn code(&self) -> Option<&str> {
        self.answered().and_then(|body| body.code.as_deref())
    }

    /// The outer code of a classic answer, when it is another than [`code`](Self::code): a word such as
    /// `InsufficientPermissions` or `TokenInvalid`.
    pub fn symbol(&self) -> Option<&str> {
        self.answered().and_then(|body| body.symbol.as_deref())
    }

    /// The OAuth error of a token answer or a login redirect, such as `invalid_grant` (RFC 6749, section 5.2).
    pub fn oauth_error(&self) -> Option<&str> {
        self.answered().and_then(|body| body.oauth_error.as_deref())
    }

    /// The platform's words; they may be in the user's language.
    pub fn message(&self) -> Option<&str> {
        self.answered().and_then(|body| body.message.as_deref())
    }

    /// The parameter that the platform objects to.
    pub fn parameter(&self) -> Option<&str> {
        self.answered().and_then(|body| body.parameter.as_deref())
    }

    /// Everything that the platform objects to; one answer may name several errors, each with its own parameters.
    /// [`code`](Self::code) and [`message`](Self::message) are those of the one that says most.
    pub fn details(&self) -> &[ErrorDetail] {
        self.answered().map_or(&[], |body| &body.details)
    }

    /// What the code means, its likely cause, and what to do; `None` when it is not in the catalogue.
    ///
    /// ```no_run
    /// # fn example(error: &ringcentral::Error) {
    /// if let Some(known) = error.explanation() {
    ///     println!("{}: {}", known.code(), known.remedy());
    /// }
    /// # }
    /// ```
    pub fn explanation(&self) -> Option<&'static Explanation> {
        [self.code(), self.oauth_error(), self.symbol()]
            .into_iter()
            .flatten()
            .find_map(Explanation::of)
    }

    /// The answer's body as it came, up to 64 KiB of it, for what this crate does not read. Answers of the token
    /// endpoint are not kept.
    ///
    /// It may hold what belongs to the user, so neither `Display` nor `Debug` shows it.
    pub fn body(&self) -> Option<&[u8]> {
        self.answered()
            .map(|body| body.raw.as_ref())
            .filter(|body| !body.is_empty())
    }

    /// The permission that is missing, of the application (`CMN-401`) or of the user (`CMN-408`).
    pub fn permission(&self) -> Option<&str> {
        self.answered().and_then(|body| body.permission.as_deref())
    }

    /// The platform's id of this request (`RCRequestId`), to quote to its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0
            .answer
            .as_ref()
            .and_then(|answer| answer.request_id.as_deref())
    }

    /// The rate-limit group that the request counted against.
    pub fn rate_group(&self) -> Option<&str> {
        self.0
            .answer
            .as_ref()
            .and_then(|answer| answer.rate_group.as_deref())
    }

    /// How long to wait before another try, when the platform said so or the client's own gate knows.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// When another try is welcome, by the client's clock: [`retry_after`](Self::retry_after), counted from when the
    /// answer came.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.0.retry_at
    }

    /// Whether somebody has to log in again before anything can succeed.
    ///
    /// # Troubleshooting
    /// The refresh token ran out (seven days without use), or the session was ended: by a logout elsewhere, a
    /// changed password, an administrator, or a sixth login of the same user with the same application.
    pub fn is_login_required(&self) -> bool {
        self.0.kind == ErrorKind::LoginRequired
    }

    /// Whether a request that must not be repeated blindly may have taken effect although this is an error: the answer was
    /// lost or could not be read, or something on the platform broke (HTTP 5xx) while it worked on it.
    ///
    /// # Troubleshooting
    /// Look for the effect (the message store shows a sent SMS) before sending again.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    fn answered(&self) -> Option<&ApiBody> {
        self.0.answer.as_ref().map(|answer| &answer.body)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.context)?;
        let Some(answer) = &self.0.answer else {
            return Ok(());
        };
        let status = answer.status.map(|status| format!("HTTP {}", status.as_u16()));
        let code = answer.body.code.as_deref().or(answer.body.oauth_error.as_deref());
        match (status, code) {
            (Some(status), Some(code)) => write!(f, " ({status}, {code})")?,
            (Some(only), None) => write!(f, " ({only})")?,
            (None, Some(only)) => write!(f, " ({only})")?,
            (None, None) => {}
        }
        match &answer.body.message {
            Some(message) => write!(f, ": {}", message.trim_end_matches('.')),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind).field("context", &self.0.context);
        if let Some(answer) = &self.0.answer {
            out.field("answer", answer);
        }
        if let Some(retry_after) = &self.0.retry_after {
            out.field("retry_after", retry_after);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
