//! A typed call that has not been sent.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::BoxFuture;
use crate::bulk::Bulk;
use crate::error::Result;
use crate::http::{RequestBuilder, Response};

/// A call that has not been sent, and how to read its answer: await it, or [`send`](Self::send) it.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use std::time::Duration;
///
/// let me = client.me().info().await?;
/// let soon = client.me().info().with(|request| request.timeout(Duration::from_secs(5))).await?;
/// assert_eq!(me.id, soon.id);
/// # Ok(()) }
/// ```
#[must_use = "a request does nothing until it is awaited"]
pub struct Request<T> {
    request: RequestBuilder,
    read: fn(&Response) -> Result<T>,
}

impl<T> Request<T> {
    /// A call whose answer is read as JSON.
    pub(crate) fn json(request: RequestBuilder) -> Self
    where
        T: DeserializeOwned,
    {
        Self {
            request,
            read: Response::json,
        }
    }

    /// Reaches every option of the request: a timeout, a header, one more query parameter.
    pub fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self {
            request: change(self.request),
            read: self.read,
        }
    }

    /// Sends it and reads the answer.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`]; and [`ErrorKind::Decode`](crate::ErrorKind::Decode) when the answer is not what the
    /// platform documents.
    pub async fn send(self) -> Result<T> {
        self.request.read(self.read).await
    }
}

impl<T: DeserializeOwned> Request<Bulk<T>> {
    /// A call of several resources at once.
    pub(crate) fn bulk(request: RequestBuilder) -> Self {
        Self {
            request,
            read: Response::bulk,
        }
    }
}

impl Request<()> {
    /// A call whose answer says no more than that it was done.
    pub(crate) fn done(request: RequestBuilder) -> Self {
        Self {
            request,
            read: |_| Ok(()),
        }
    }
}

impl<T: 'static> IntoFuture for Request<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'static, Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Request").field(&self.request).finish()
    }
}
