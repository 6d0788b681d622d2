//! Downloads: recordings, faxes, pictures, handed on as they come, and gone on with after a break.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, RANGE};
use http::{Method, StatusCode};

use super::request::RequestBuilder;
use super::{Call, request_id};
use crate::client::{Client, Inner};
use crate::error::{Error, ErrorKind, Result};

mod connection;
mod file;
mod file_name;
mod resume;
mod same;

pub use file::Downloaded;

use connection::Connection;
use resume::Source;
use same::Identity;

/// A download that has not begun.
///
/// A connection that breaks is replaced, and the download goes on where it was (`Range`), as long as the platform still
/// has the same file; [`RetryPolicy`](crate::RetryPolicy) says how often in a row. What arrived is complete, or it is an
/// error.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client, content_uri: &str) -> ringcentral::Result<()> {
/// let saved = client.download(content_uri).to_file("call.wav").await?;
/// assert_eq!(saved.content_type(), Some("audio/wav"));
/// # Ok(()) }
/// ```
#[must_use = "a download does nothing until it is opened"]
pub struct Download {
    client: Arc<Inner>,
    call: Result<Call>,
    overwrite: bool,
    on_progress: Option<OnProgress>,
}

type OnProgress = Box<dyn FnMut(Progress) + Send>;

/// How far a download has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes that have arrived.
    pub received: u64,
    /// Bytes that it has in all, where the platform said so.
    pub length: Option<u64>,
}

/// A download that has begun: what the platform says about it, and its bytes as a [`Stream`].
///
/// It can be kept waiting for as long as its reader likes; the platform has to send something at least once in the
/// request's timeout.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client, content_uri: &str) -> ringcentral::Result<()> {
/// let mut sound = client.download(content_uri).open().await?;
/// while let Some(chunk) = sound.chunk().await? {
///     println!("{} more bytes", chunk.len());
/// }
/// # Ok(()) }
/// ```
#[must_use = "its bytes have not been read yet"]
pub struct DownloadStream {
    status: StatusCode,
    headers: HeaderMap,
    request_id: Option<String>,
    length: Option<u64>,
    received: u64,
    chunks: BoxStream<'static, Result<Bytes>>,
    on_progress: Option<OnProgress>,
}

impl Client {
    /// A download of what the platform linked to: a recording's `contentUri`, the `uri` of a message's attachment; or of
    /// a path such as `/restapi/v1.0/account/~/recording/123/content`.
    ///
    /// Addresses of other hosts are refused before anything is sent, because the bearer token would go there.
    pub fn download(&self, path_or_uri: &str) -> Download {
        self.get(path_or_uri).download()
    }
}

impl RequestBuilder {
    /// The answer as a download: handed on as it comes, never held whole. A [`timeout`](Self::timeout) counts from the
    /// last byte that came; a [`total_timeout`](Self::total_timeout) that is set here is for all of it.
    pub fn download(self) -> Download {
        let request = self.with(|call| {
            if call.method != Method::GET {
                return Err(Error::new(
                    ErrorKind::Usage,
                    "only the answer to a GET can be downloaded",
                ));
            }
            if call.headers.contains_key(RANGE) {
                return Err(Error::new(
                    ErrorKind::Usage,
                    "a download asks for ranges itself when it has to; send a request of your own for a part",
                ));
            }
            let headers = &mut call.headers;
            headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
            // Ranges count bytes as they travel, so they must travel as they are.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            Ok(())
        });
        Download {
            client: request.client,
            call: request.call,
            overwrite: false,
            on_progress: None,
        }
    }
}

impl Download {
    /// Whether [`to_file`](Self::to_file) may replace a file that is there already; no by default.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Reaches every option of the request: a timeout, a priority, one more query parameter. What a download needs stays as
    /// it is: a GET of the whole file.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client, content_uri: &str) -> ringcentral::Result<()> {
    /// use ringcentral::Priority;
    ///
    /// let download = client
    ///     .download(content_uri)
    ///     .with(|request| request.priority(Priority::Background));
    /// download.to_file("call.wav").await?;
    /// # Ok(()) }
    /// ```
    pub fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        let request = RequestBuilder {
            client: self.client,
            call: self.call,
        };
        let Self { client, call, .. } = change(request).download();
        Self {
            client,
            call,
            overwrite: self.overwrite,
            on_progress: self.on_progress,
        }
    }

    /// Tells `listener` after each chunk how far it has come.
    pub fn on_progress(mut self, listener: impl FnMut(Progress) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(listener));
        self
    }

    /// Sends the request and hands the download on once the head of the answer is there.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`]; [`ErrorKind::Forbidden`] for an address that the bearer token may not go to.
    pub async fn open(self) -> Result<DownloadStream> {
        let call = self.call?;
        let started = self.client.clock().now();
        let answer = self.client.open(&call).await?;
        if answer.status() == StatusCode::PARTIAL_CONTENT {
            return Err(Error::new(
                ErrorKind::Decode,
                "the platform sent a part of the file although all of it was asked for",
            ));
        }
        let request_id = request_id(&answer);
        let (head, body) = answer.into_parts();
        let identity = Identity::of(&head.headers, body.length())?;
        let length = identity.length();
        let connection = Connection::first(body);
        let source = Source::new(self.client, call, identity, connection, started);
        let chunks = stream::try_unfold(source, |mut source| async move {
            Ok(source.next().await?.map(|chunk| (chunk, source)))
        });
        Ok(DownloadStream {
            status: head.status,
            headers: head.headers,
            request_id,
            length,
            received: 0,
            chunks: chunks.boxed(),
            on_progress: self.on_progress,
        })
    }
}

impl DownloadStream {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The platform's id of this request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Its media type, such as `audio/mpeg`.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// How many bytes it has in all, where the platform said so.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The name that the platform gives the file: safe to use in a directory of yours, whatever was sent. It has no
    /// directories in it, does not begin with a dot and has no characters that any system forbids.
    pub fn file_name(&self) -> Option<String> {
        file_name::from_headers(&self.headers)
    }

    /// How many bytes have been handed out.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next chunk; `None` at the end, when everything has arrived.
    ///
    /// # Errors
    /// [`ErrorKind::Network`] or [`ErrorKind::Timeout`] when the connection broke more often in a row than
    /// [`RetryPolicy`](crate::RetryPolicy) allows; [`ErrorKind::Api`] when the platform refuses to go on, for instance
    /// because the file has changed meanwhile.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.next().await.transpose()
    }
}

impl Stream for DownloadStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let next = self.chunks.poll_next_unpin(context);
        if let Poll::Ready(Some(Ok(chunk))) = &next {
            self.received += chunk.len() as u64;
            let progress = Progress {
                received: self.received,
                length: self.length,
            };
            if let Some(listener) = &mut self.on_progress {
                listener(progress);
            }
        }
        next
    }
}

impl fmt::Debug for Download {
    /// As [`RequestBuilder`]'s: what is in the request is the caller's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("call", &self.call)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DownloadStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadStream")
            .field("status", &self.status)
            .field("received", &self.received)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
