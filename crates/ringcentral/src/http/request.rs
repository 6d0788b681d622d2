//! Putting a request together, without input or output.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use serde::Serialize;
use url::{Url, form_urlencoded};

use super::{Call, Operation, Response};
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
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    client: Arc<Inner>,
    /// The first mistake made while filling it; it comes out when it is sent.
    call: Result<Call>,
}

impl RequestBuilder {
    pub(crate) fn new(client: Arc<Inner>, method: Method, path: &str) -> Self {
        let call = client.server().resolve(path).and_then(checked).map(|url| Call {
            idempotent: Operation::new(&method, url.path()).is_idempotent(),
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            with_login: true,
            timeout: None,
        });
        Self { client, call }
    }

    /// Adds a query parameter; the same name may be added again for a list.
    pub fn query(self, name: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        self.with(|call| {
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

    /// Sets a header. `Authorization` is the session's own and cannot be set.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|call| {
            let wrong = |what: &str| Error::new(ErrorKind::Usage, format!("{what}; nothing was sent"));
            let header = HeaderName::try_from(name).map_err(|_| wrong("that is not a header name"))?;
            if header == http::header::AUTHORIZATION || header == http::header::HOST {
                return Err(wrong("Authorization and Host are set by the client"));
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
            call.body = Bytes::from(bytes?);
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
            call.body = body.into();
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

    /// How long to wait for the answer of one attempt.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|call| {
            call.timeout = Some(timeout);
            Ok(())
        })
    }

    /// Sends no token: for the few endpoints that need none, such as `/restapi`.
    pub fn without_login(self) -> Self {
        self.with(|call| {
            call.with_login = false;
            Ok(())
        })
    }

    /// Sends the request and waits for a successful answer, refreshing the login and repeating the request where
    /// that is safe.
    ///
    /// # Errors
    /// Whatever [`ErrorKind`] names: a mistake in the request, no login, a refusal of the platform, no answer.
    pub async fn send(self) -> Result<Response> {
        let call = self.call?;
        self.client.execute(&call).await
    }

    fn with(mut self, change: impl FnOnce(&mut Call) -> Result<()>) -> Self {
        if let Ok(call) = &mut self.call
            && let Err(error) = change(call)
        {
            self.call = Err(error);
        }
        self
    }
}

/// What the URL standard lets through and HTTP does not.
fn checked(url: Url) -> Result<Url> {
    match Uri::try_from(url.as_str()) {
        Ok(_) => Ok(url),
        Err(error) => Err(Error::new(ErrorKind::Usage, "this address cannot be sent").with_source(error)),
    }
}
