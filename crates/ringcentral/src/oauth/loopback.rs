//! The browser's way back to a program on the user's own machine (RFC 8252, section 7.3).
//!
//! RingCentral wants redirect URIs registered to the letter, port included, so a program registers a short list
//! and takes the first whose port is free.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::{Host, Url};

use super::authorization::Redirect;
use crate::error::{Error, ErrorKind, Result};

/// A browser request that is longer than this is not the redirect.
const LONGEST_REQUEST: usize = 32 * 1024;

/// A browser that says nothing for this long is not waited for.
const SILENCE: Duration = Duration::from_secs(10);

/// Listens for one redirect, on loopback only.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::loopback::Listener;
/// use std::time::Duration;
///
/// let listener = Listener::bind(&["http://127.0.0.1:8921/callback", "http://127.0.0.1:8922/callback"]).await?;
/// let authorization = client.oauth().authorize(listener.redirect_uri()).build()?;
/// println!("open {}", authorization.url);
/// let answer = listener.redirect(authorization.pending.state(), Duration::from_secs(300)).await?;
/// let grant = authorization.pending.accept(answer.redirect)?;
/// client.oauth().login(grant).await?;
/// answer.browser.show("You are logged in", "You can close this tab and go back to the terminal.").await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    redirect_uri: String,
    path: String,
    hosts: Vec<String>,
}

/// The redirect, and the browser that waits to be told how the login went.
#[derive(Debug)]
pub struct LoopbackAnswer {
    /// What the browser brought.
    pub redirect: Redirect,
    /// The browser.
    pub browser: Browser,
}

/// A browser whose redirect has been taken and that is still waiting for its page.
pub struct Browser(TcpStream);

impl Listener {
    /// Takes the first of these redirect URIs whose port is free. `localhost` listens on both loopback addresses.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when a URI is not `http://` on loopback with a port, or when every port is taken.
    pub async fn bind(redirect_uris: &[impl AsRef<str>]) -> Result<Self> {
        let mut taken = Vec::new();
        for uri in redirect_uris {
            let uri = uri.as_ref();
            let (addresses, url) = addresses(uri)?;
            match bind_all(&addresses).await {
                Ok(sockets) => {
                    let port = addresses[0].port();
                    let host = url.host_str().unwrap_or_default().to_owned();
                    return Ok(Self {
                        sockets,
                        redirect_uri: uri.to_owned(),
                        path: url.path().to_owned(),
                        hosts: vec![format!("{host}:{port}")],
                    });
                }
                Err(error) => taken.push((addresses[0].port(), error)),
            }
        }
        let ports = taken
            .iter()
            .map(|(port, _)| port.to_string())
            .collect::<Vec<_>>()
            .join(", ");
        let error = Error::new(
            ErrorKind::Config,
            format!("no port for the browser to come back to is free ({ports})"),
        );
        Err(match taken.pop() {
            Some((_, source)) => error.with_source(source),
            None => error,
        })
    }

    /// The redirect URI to name in the authorization request.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the browser. Requests that are not this login's redirect (another path, method, `Host` or
    /// `state`) are refused and do not end the wait.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] when nothing came in time.
    pub async fn redirect(self, state: &str, timeout: Duration) -> Result<LoopbackAnswer> {
        let wait = async {
            let (sender, mut streams) = mpsc::channel::<TcpStream>(16);
            let mut acceptors = JoinSet::new();
            for socket in self.sockets {
                let sender = sender.clone();
                acceptors.spawn(async move {
                    while let Ok((stream, _)) = socket.accept().await {
                        if sender.send(stream).await.is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let expected = Expected {
                path: self.path,
                hosts: self.hosts,
                state: state.to_owned(),
            };
            // Each connection is read on its own: one that is slow or silent does not hold up the right one.
            let mut readers = JoinSet::new();
            loop {
                tokio::select! {
                    Some(stream) = streams.recv() => {
                        let expected = expected.clone();
                        readers.spawn(async move { expected.read(stream).await });
                    }
                    Some(read) = readers.join_next() => {
                        if let Ok(Some(answer)) = read {
                            return answer;
                        }
                    }
                    else => std::future::pending().await,
                }
            }
        };
        tokio::time::timeout(timeout, wait).await.map_err(|elapsed| {
            Error::new(
                ErrorKind::Timeout,
                "the browser did not come back in time; start the login again",
            )
            .with_source(elapsed)
        })
    }
}

impl Browser {
    /// Shows a page and lets the browser go. Call it once the tokens are stored, so that the page never promises
    /// what is not yet true. A browser that has gone away is no error.
    pub async fn show(mut self, title: &str, text: &str) {
        let _ = respond(&mut self.0, "200 OK", &page(title, text)).await;
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser")
    }
}

/// What the redirect must look like.
#[derive(Clone)]
struct Expected {
    path: String,
    hosts: Vec<String>,
    state: String,
}

impl Expected {
    async fn read(&self, mut stream: TcpStream) -> Option<LoopbackAnswer> {
        let head = tokio::time::timeout(SILENCE, read_head(&mut stream))
            .await
            .ok()??;
        let refusal = match self.check(&head) {
            Ok(redirect) => {
                return Some(LoopbackAnswer {
                    redirect,
                    browser: Browser(stream),
                });
            }
            Err(refusal) => refusal,
        };
        let text =
            "This address waits for the answer to a login. This was not it, and nothing has been changed.";
        let _ = respond(&mut stream, refusal, &page("Not this login", text)).await;
        None
    }

    fn check(&self, head: &str) -> Result<Redirect, &'static str> {
        let mut lines = head.split("\r\n");
        let mut request_line = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (
            request_line.next().unwrap_or_default(),
            request_line.next().unwrap_or_default(),
        );
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != self.path {
            return Err("404 Not Found");
        }
        if method != "GET" {
            return Err("405 Method Not Allowed");
        }
        // Another name for this machine means that a foreign page is talking to us (DNS rebinding).
        let mut hosts = lines
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = hosts.next().map(|(_, value)| value.trim().to_ascii_lowercase());
        if hosts.next().is_some() || !host.is_some_and(|host| self.hosts.contains(&host)) {
            return Err("421 Misdirected Request");
        }
        let redirect = Redirect::parse(query).map_err(|_| "400 Bad Request")?;
        match redirect.state() {
            Some(state) if state == self.state => Ok(redirect),
            _ => Err("400 Bad Request"),
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut chunk = [0_u8; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 || head.len() + read > LONGEST_REQUEST {
            return None;
        }
        head.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(head).ok()
}

async fn respond(stream: &mut TcpStream, status: &str, body: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

fn page(title: &str, text: &str) -> String {
    let (title, text) = (escape(title), escape(text));
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>\
         :root{{color-scheme:light dark}}body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem}}\
         h1{{font-size:1.6rem;font-weight:650;margin:0 0 .4rem}}p{{opacity:.8;margin:0}}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn addresses(redirect_uri: &str) -> Result<(Vec<SocketAddr>, Url)> {
    let wrong = || {
        Error::new(
            ErrorKind::Config,
            "a redirect URI for a program on this machine is written like http://localhost:8921/callback",
        )
    };
    let url = Url::parse(redirect_uri).map_err(|error| wrong().with_source(error))?;
    let hosts: Vec<IpAddr> = match url.host() {
        Some(Host::Domain("localhost")) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        Some(Host::Ipv4(address)) if address.is_loopback() => vec![address.into()],
        Some(Host::Ipv6(address)) if address.is_loopback() => vec![address.into()],
        _ => return Err(wrong()),
    };
    match (url.scheme(), url.port()) {
        ("http", Some(port)) if url.query().is_none() && url.fragment().is_none() => Ok((
            hosts
                .into_iter()
                .map(|host| SocketAddr::new(host, port))
                .collect(),
            url,
        )),
        _ => Err(wrong()),
    }
}

/// All of them, but a machine without IPv6 is no reason to fail.
async fn bind_all(addresses: &[SocketAddr]) -> io::Result<Vec<TcpListener>> {
    let mut sockets = Vec::new();
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(socket) => sockets.push(socket),
            Err(error)
                if address.is_ipv6() && error.kind() != io::ErrorKind::AddrInUse && !sockets.is_empty() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sockets)
}
