//! Putting a request together, without input or output.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{self, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use url::form_urlencoded;

use super::{Call, Operation, Payload, Priority, RateLimitPolicy, Response};
use crate::client::Inner;
use crate::error::{Error, ErrorKind, Result};

/// A call of any endpoint: fill it, then [`send`](Self::send).
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// let answer = client
///     .get("/restapi/v1.0/account/~/extension")
///     .query("status", "Enabled")
///     .query("perPage", 250)
///     .send()
///     .await?;
/// let list: serde_json::Value = answer.json()?;
/// # Ok(()) }
/// ```
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    pub(super) client: Arc<Inner>,
    /// The first mistake made while filling it; it comes out when it is sent.
    pub(super) call: Result<Call>,
}

impl RequestBuilder {
    pub(crate) fn new(client: Arc<Inner>, method: Method, path: &str) -> Self {
        let call = client.server().resolve(path).map(|url| Call {
            idempotent: Operation::new(&method, url.path()).is_idempotent(),
            method,
            url,
            headers: HeaderMap::new(),
            payload: Payload::default(),
            with_login: true,
            rate_limit: None,
            priority: Priority::default(),
            timeout: None,
            total_timeout: None,
        });
        Self { client, call }
    }

    /// Adds a query parameter; the same name may be added again for a list.
    pub fn query(self, name: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        self.with(|call| {
            if name.eq_ignore_ascii_case("access_token") {
                let why = "nothing was sent: an access token does not belong into an address";
                return Err(Error::new(ErrorKind::Forbidden, why));
            }
            call.url.query_pairs_mut().append_pair(name, &value);
            Ok(())
        })
    }

    /// Adds several query parameters.
    pub fn query_pairs(self, pairs: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> Self {
        pairs.into_iter().fold(self, |request, (name, value)| {
            request.query(name.as_ref(), value.as_ref())
        })
    }

    /// Sets a header. `Authorization` is the session's own, and those that say where a request goes and ends are the
    /// connection's; they cannot be set.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|call| {
            let wrong = |what: &str| Error::new(ErrorKind::Usage, format!("{what}; nothing was sent"));
            let header = HeaderName::try_from(name).map_err(|_| wrong("that is not a header name"))?;
            if SET_BY_CLIENT.contains(&header) {
                return Err(wrong(&format!("the header {header} is set by the client")));
            }
            let value = HeaderValue::try_from(value).map_err(|_| {
                wrong(&format!(
                    "the value of header {header} has forbidden characters in it"
                ))
            })?;
            call.headers.insert(header, value);
            Ok(())
        })
    }

    /// A JSON body.
    pub fn json(self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).map_err(|error| {
            Error::new(ErrorKind::Usage, "the body cannot be written as JSON").with_source(error)
        });
        self.with(|call| {
            call.payload = Payload::Whole(Bytes::from(bytes?));
            call.headers
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Ok(())
        })
    }

    /// A form body.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body(body, "application/x-www-form-urlencoded")
    }

    /// Any body.
    pub fn body(self, body: impl Into<Bytes>, content_type: &str) -> Self {
        let mut request = self.header(CONTENT_TYPE.as_str(), content_type);
        if let Ok(call) = &mut request.call {
            call.payload = Payload::Whole(body.into());
        }
        request
    }

    /// Whether the request may be sent again after its answer was lost. By default everything may but POST and
    /// PATCH, with few exceptions: the searches that are a POST, say, and the second DELETE of a message, which destroys
    /// what the first one put aside.
    pub fn idempotent(self, idempotent: bool) -> Self {
        self.with(|call| {
            call.idempotent = idempotent;
            Ok(())
        })
    }

    /// How long to wait for the answer of one attempt, its connection included. While a large body is being sent, the time
    /// counts from its last movement.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|call| {
            call.timeout = Some(timeout);
            Ok(())
        })
    }

    /// How long the whole call may take: waiting for a login and a rate limit, every attempt, every pause.
    pub fn total_timeout(self, timeout: Duration) -> Self {
        self.with(|call| {
            call.total_timeout = Some(timeout);
            Ok(())
        })
    }

    /// What to do when the requests of the operation's group are used up; as the client was told, without it.
    pub fn rate_limit(self, policy: RateLimitPolicy) -> Self {
        self.with(|call| {
            call.rate_limit = Some(policy);
            Ok(())
        })
    }

    /// Who goes first when several requests wait for their group.
    pub fn priority(self, priority: Priority) -> Self {
        self.with(|call| {
            call.priority = priority;
            Ok(())
        })
    }

    /// The language of messages and names in the answer, such as `de-DE`; English (US) unless told otherwise.
    pub fn language(self, locale: &str) -> Self {
        self.header(http::header::ACCEPT_LANGUAGE.as_str(), locale)
    }

    /// Sends no token: for the few endpoints that need none, such as `/restapi`.
    pub fn without_login(self) -> Self {
        self.with(|call| {
            call.with_login = false;
            Ok(())
        })
    }

    /// Sends the request and waits for a successful answer, refreshing the login and repeating the request where
    /// that is safe. A DELETE that is repeated after a lost answer, and then finds nothing (404), has done its work: that is
    /// a success with the status 204.
    ///
    /// # Errors
    /// Whatever [`ErrorKind`] names: a mistake in the request, no login, a refusal of the platform, no answer.
    pub async fn send(self) -> Result<Response> {
        let call = self.call?;
        self.client.execute(&call).await
    }

    /// Sends the request and reads the answer. What must not be done twice has been done, even if nobody can read what the
    /// platform says of it.
    pub(crate) async fn read<T>(self, read: impl FnOnce(&Response) -> Result<T>) -> Result<T> {
        let may_be_repeated = self.call.as_ref().is_ok_and(|call| call.idempotent);
        read(&self.send().await?).map_err(|error| {
            if may_be_repeated {
                error
            } else {
                error.with_unknown_outcome()
            }
        })
    }

    /// With a mistake that was made while its path was put together.
    pub(crate) fn failed(self, error: Error) -> Self {
        self.with(|_| Err(error))
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Call) -> Result<()>) -> Self {
        if let Ok(call) = &mut self.call
            && let Err(error) = change(call)
        {
            self.call = Err(error);
        }
        self
    }
}

/// Headers that would lead a request elsewhere, or make two of it.
const SET_BY_CLIENT: [HeaderName; 9] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

impl fmt::Debug for Call {
    /// Method and path; query, headers and body are the caller's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("path", &self.url.path())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RequestBuilder {
    /// Method and path, or the mistake; what is in the request is the caller's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("RequestBuilder");
        match &self.call {
            Ok(call) => out.field("method", &call.method).field("path", &call.url.path()),
            Err(error) => out.field("error", error),
        };
        out.finish_non_exhaustive()
    }
}
