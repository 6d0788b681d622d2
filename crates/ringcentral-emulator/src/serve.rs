//! From bytes to a request and back: connections, bodies, faults, headers, journal.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, HeaderName, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::body::Outgoing;
use crate::faults::{self, Action, Ordered};
use crate::journal::{self, Note, Record};
use crate::reply::{ApiError, Reply};
use crate::request::{Params, Query, Request};
use crate::world::World;
use crate::{control, oauth, platform, random};

mod body;
mod cors;
mod secure;
mod thread;

pub(crate) use thread::start;

/// The largest body taken; the platform's largest upload is 50 MB.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// How long a connection may take to finish its request when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// Accepts connections until told to stop.
async fn accept(
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    world: Arc<World>,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(connection(stream, tls.clone(), world.clone(), stop.clone()));
            }
            Err(error) => {
                // Out of file descriptors, most likely: others must end before a new one can begin.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, world: Arc<World>, stop: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let Ok(local) = stream.local_addr() else { return };
    let Some(tls) = tls else {
        return converse(stream, &format!("http://{local}"), &world, &stop).await;
    };
    let secured = tokio::select! {
        () = stop.cancelled() => None,
        secured = secure::handshake(&tls, stream) => secured,
    };
    if let Some(stream) = secured {
        converse(stream, &format!("https://{local}"), &world, &stop).await;
    }
}

/// Answers the requests of a connection until either side has had enough.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    origin: &str,
    world: &World,
    stop: &CancellationToken,
) {
    let service = service_fn(|request| respond(world, origin, request));
    let mut builder = http1::Builder::new();
    // The date of every answer is the world's: see `finish`.
    builder.timer(TokioTimer::new()).auto_date_header(false);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(GRACE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = result {
        tracing::trace!(%error, "a connection ended early");
    }
}

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault was ordered: the connection is closed without an answer")]
struct Dropped;

async fn respond(
    world: &World,
    own: &str,
    incoming: hyper::Request<Incoming>,
) -> Result<Response<Outgoing>, Dropped> {
    let (parts, body) = incoming.into_parts();
    let bytes = match read(body).await {
        Ok(bytes) => bytes,
        Err(reply) => return Ok(finish(world, reply, None)),
    };
    let host = parts
        .headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok());
    let (scheme, _) = own.split_once(':').unwrap_or((own, ""));
    let origin = match host {
        Some(host) if !host.is_empty() => format!("{scheme}://{host}"),
        _ => own.to_owned(),
    };
    let sent_path = parts.uri.path();
    let trimmed = sent_path.trim_end_matches('/');
    let query = parts.uri.query().unwrap_or_default();
    let mut request = Request {
        method: parts.method,
        path: if trimmed.is_empty() {
            "/".to_owned()
        } else {
            trimmed.to_owned()
        },
        params: Params::default(),
        query: Query::parse(query),
        headers: parts.headers,
        body: bytes,
        origin,
    };
    match request.path.as_str() {
        path if path.starts_with("/_emulator/") || path == "/_emulator" => {
            Ok(finish(world, control::respond(world, &request).await, None))
        }
        "/" => Ok(finish(
            world,
            Reply::empty(StatusCode::FOUND).with(LOCATION, "/_emulator/"),
            None,
        )),
        "/favicon.ico" => Ok(finish(world, Reply::no_content(), None)),
        _ if request.method == Method::OPTIONS => Ok(finish(world, cors::preflight(&request), None)),
        _ => platform_request(world, &mut request, sent_path, query).await,
    }
}

/// A request to the platform, with whatever was ordered to go wrong.
async fn platform_request(
    world: &World,
    request: &mut Request,
    path: &str,
    query: &str,
) -> Result<Response<Outgoing>, Dropped> {
    let mut note = Note {
        grant_type: grant_type(request),
        ..Note::default()
    };
    // A tunnelled method is the one that is meant, to faults and in the journal.
    let method = platform::method(request).unwrap_or(Method::POST);
    let ordered = if world.faults.is_empty() {
        Ordered::default()
    } else {
        world
            .faults
            .take(method.as_str(), path, note.grant_type.as_deref())
    };
    let record = |status: Option<StatusCode>, note: Note| {
        let fault = ordered
            .action
            .or(ordered.delay.map(Action::Delay))
            .map(Action::name);
        world.journal.add(Record {
            time: world.now(),
            method: method.as_str().to_owned(),
            path: path.to_owned(),
            query: journal::without_secrets(query),
            status: status.map(|status| status.as_u16()),
            fault,
            note,
        });
    };
    if let Some(delay) = ordered.delay {
        tokio::time::sleep(delay).await;
    }
    if ordered.action == Some(Action::DropBefore) {
        record(None, note);
        return Err(Dropped);
    }
    let mut reply = match ordered.action {
        Some(Action::Status { status, retry_after }) => {
            let quota = platform::used_up_quota(world, request);
            faults::status_reply(path, status, retry_after, quota)
        }
        _ => platform::answer(world, request, &mut note),
    };
    let is_lost = match ordered.action {
        Some(Action::DropAfter) => true,
        // What is empty breaks off before it begins.
        Some(Action::Truncate(_)) => reply.body.len() == 0,
        _ => false,
    };
    if is_lost {
        record(None, note);
        return Err(Dropped);
    }
    if ordered.action == Some(Action::Malformed) {
        reply = faults::malformed_reply();
    }
    let cut = match ordered.action {
        Some(Action::Truncate(bytes)) => {
            let most = usize::try_from(reply.body.len() - 1).unwrap_or(usize::MAX);
            Some(bytes.min(most))
        }
        _ => None,
    };
    record(Some(reply.status), note);
    common_headers(request, &mut reply.headers);
    Ok(finish(world, reply, cut))
}

/// The whole body, or the answer to one that is too large or broke off.
async fn read(body: Incoming) -> Result<Bytes, Reply> {
    use hyper::body::Body as _;
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let error = ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "CMN-104",
                "The request body is too large",
            );
            Err(error.into_reply())
        }
        Err(_) => {
            let error = ApiError::new(
                StatusCode::BAD_REQUEST,
                "CMN-104",
                "The request body cannot be read",
            );
            Err(error.into_reply())
        }
    }
}

/// What a token request asks by; faults and journal are told by it.
fn grant_type(request: &Request) -> Option<String> {
    if request.path != "/restapi/oauth/token" || request.body.len() > oauth::form::LIMIT {
        return None;
    }
    let text = std::str::from_utf8(&request.body).ok()?;
    Query::first_in(text, "grant_type")
}

/// Headers of every answer of the platform.
fn common_headers(request: &Request, headers: &mut HeaderMap) {
    const REQUEST_ID: HeaderName = HeaderName::from_static("rcrequestid");
    if let Ok(id) = HeaderValue::from_str(&random::uuid()) {
        headers.insert(REQUEST_ID, id);
    }
    headers
        .entry(http::header::CONTENT_LANGUAGE)
        .or_insert(HeaderValue::from_static("en-US"));
    cors::allow(request, headers);
}

/// The answer, dated by the emulator's clock and not by the machine's: clients take the server's time from here.
fn finish(world: &World, reply: Reply, cut: Option<usize>) -> Response<Outgoing> {
    let length = reply.body.len();
    let mut response = Response::new(Outgoing::new(reply.body, cut));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&world.now());
    if let Some(date) = date.ok().and_then(|date| HeaderValue::try_from(date).ok()) {
        response.headers_mut().insert(DATE, date);
    }
    if cut.is_some() {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response
}
