//! A media host in a few lines: it answers each request as scripted, and its answers can break anywhere.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{HeaderMap, Request, Response, StatusCode};
use ringcentral::{
    App, Body, BoxFuture, Client, ClientBuilder, Grant, ManualClock, Transport, TransportError,
    TransportErrorKind,
};

use crate::script;

pub(super) const CONTENT: &str = "/restapi/v1.0/account/~/recording/7/content";

/// What was asked of the media host; token requests are not among it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The byte that a range begins with.
    pub(super) fn from(&self) -> usize {
        self.header("range").map_or(0, |range| {
            let range = range.strip_prefix("bytes=").unwrap();
            range.strip_suffix('-').unwrap().parse().unwrap()
        })
    }
}

pub(super) type Answer = Result<Response<Body>, TransportErrorKind>;
type Script = Box<dyn FnMut(&Asked, usize) -> Answer + Send>;

pub(super) struct Host {
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
    logins: Mutex<u32>,
}

impl Host {
    /// `script` gets each request with its number, from 1.
    pub(super) fn new(script: impl FnMut(&Asked, usize) -> Answer + Send + 'static) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(Box::new(script)),
            asked: Mutex::default(),
            logins: Mutex::default(),
        })
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// A client of it with a login.
    pub(super) async fn client(self: &Arc<Self>, clock: &ManualClock) -> Client {
        self.client_with(clock, |builder| builder).await
    }

    pub(super) async fn client_with(
        self: &Arc<Self>,
        clock: &ManualClock,
        change: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Client {
        let builder = Client::builder(App::confidential("client-id", "client-secret"))
            .server("http://localhost:1")
            .transport(Arc::clone(self) as Arc<dyn Transport>)
            .clock(Arc::new(clock.clone()));
        let client = change(builder).build().unwrap();
        client
            .oauth()
            .login(Grant::password("user", None, "password"))
            .await
            .unwrap();
        client
    }
}

impl Transport for Host {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let (head, _) = request.into_parts();
            if head.uri.path().ends_with("/oauth/token") {
                let mut logins = self.logins.lock().unwrap();
                *logins += 1;
                return script::tokens(*logins).map_err(TransportError::new);
            }
            let asked = Asked {
                uri: head.uri.to_string(),
                headers: head.headers,
            };
            let mut all = self.asked.lock().unwrap();
            all.push(asked.clone());
            (self.script.lock().unwrap())(&asked, all.len()).map_err(TransportError::new)
        })
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Host")
    }
}

/// How an answer's body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Good,
    /// As when the connection is reset.
    Lost,
    /// As when it is closed, however politely.
    Closed,
    /// Nothing comes any more.
    Stalled,
}

/// The bytes `from..to` of `content` in chunks, and how it goes on from there.
pub(super) fn body(content: &[u8], from: usize, to: usize, chunk: usize, end: End) -> Body {
    let chunks: Vec<_> = content[from..to.max(from)]
        .chunks(chunk.max(1))
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
        .collect();
    let chunks = stream::iter(chunks);
    match end {
        End::Good | End::Closed => Body::stream(chunks, None),
        End::Lost => Body::stream(
            chunks.chain(stream::iter([Err(TransportError::new(TransportErrorKind::Lost))])),
            None,
        ),
        End::Stalled => Body::stream(chunks.chain(stream::pending()), None),
    }
}

/// An answer with headers.
#[expect(clippy::unnecessary_wraps, reason = "an answer may also be none")]
pub(super) fn answer(status: u16, headers: &[(&'static str, String)], body: Body) -> Answer {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    Ok(response)
}

/// What an honest server answers to the request, which breaks after byte `cut` of the content.
pub(super) fn honest(asked: &Asked, content: &[u8], cut: usize, chunk: usize, end: End) -> Answer {
    let (from, length) = (asked.from(), content.len());
    let to = cut.clamp(from, length);
    let end = if to == length { End::Good } else { end };
    let body = body(content, from, to, chunk, end);
    let size = ("content-length", (length - from).to_string());
    if asked.header("range").is_none() {
        return answer(200, &[size], body);
    }
    let range = format!("bytes {from}-{}/{length}", length - 1);
    answer(206, &[size, ("content-range", range)], body)
}

/// Some bytes that differ from their neighbours.
pub(super) fn content(length: usize) -> Vec<u8> {
    (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

/// Drives a download to its end in steps that no stall outlasts.
pub(super) async fn all(clock: &ManualClock, client: &Client) -> ringcentral::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let download = client.download(CONTENT).to_writer(&mut bytes);
    script::drive(clock, Duration::from_secs(1), download).await?;
    Ok(bytes)
}
