//! A platform and a proxy with sockets of their own.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// The heads of requests, as they came.
#[derive(Clone, Default)]
pub(super) struct Heads(Arc<Mutex<Vec<String>>>);

impl Heads {
    pub(super) fn taken(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn push(&self, head: &str) {
        self.0.lock().unwrap().push(head.to_owned());
    }
}

/// A platform that gives out tokens and answers everything else with nothing.
pub(super) struct Platform {
    pub(super) address: SocketAddr,
    pub(super) heads: Heads,
}

impl Platform {
    pub(super) async fn by_http() -> Self {
        Self::start(None).await
    }

    pub(super) async fn by_https(authority: &Authority, name: &str) -> Self {
        Self::start(Some(authority.acceptor(name))).await
    }

    /// By HTTP, at a socket that somebody else has made.
    pub(super) fn at(listener: TcpListener) -> Self {
        Self::answering(listener, None)
    }

    async fn start(tls: Option<TlsAcceptor>) -> Self {
        Self::answering(TcpListener::bind("127.0.0.1:0").await.unwrap(), tls)
    }

    fn answering(listener: TcpListener, tls: Option<TlsAcceptor>) -> Self {
        let (address, heads) = (listener.local_addr().unwrap(), Heads::default());
        let kept = heads.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, tls) = (kept.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => answer(stream, &kept).await,
                        Some(tls) => answer(tls.accept(stream).await?, &kept).await,
                    }
                });
            }
        });
        Self { address, heads }
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, heads: &Heads) -> io::Result<()> {
    let (head, _) = read(&mut stream).await?;
    heads.push(&head);
    let body = if head.contains("/restapi/oauth/token") {
        r#"{"access_token":"access","token_type":"bearer","expires_in":3600}"#
    } else {
        "{}"
    };
    let length = body.len();
    let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

/// A proxy that knows one user, and where every name leads to.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    pub(super) heads: Heads,
}

impl Proxy {
    /// Everything leads to `upstream`, whatever its name is.
    pub(super) async fn to(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, heads) = (listener.local_addr().unwrap(), Heads::default());
        let kept = heads.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move { pass_on(stream, upstream, &kept).await });
            }
        });
        Self { address, heads }
    }

    pub(super) fn with_password(&self, password: &str) -> String {
        format!("http://user:{password}@{}", self.address)
    }
}

async fn pass_on(mut client: TcpStream, upstream: SocketAddr, heads: &Heads) -> io::Result<()> {
    let (head, body) = read(&mut client).await?;
    heads.push(&head);
    let user = format!("basic {}", STANDARD.encode("user:canary-password"));
    let is_user = head.lines().any(|line| {
        let line = line.to_ascii_lowercase();
        line.strip_prefix("proxy-authorization: ") == Some(&user.to_ascii_lowercase())
    });
    if !is_user {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
        return client.write_all(refusal.as_bytes()).await;
    }
    let mut server = TcpStream::connect(upstream).await?;
    if head.starts_with("CONNECT ") {
        client
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .await?;
    } else {
        // What is between client and proxy is nobody else's business (RFC 9110, section 7.6.1).
        let kept: Vec<_> = head
            .split("\r\n")
            .filter(|line| !line.to_ascii_lowercase().starts_with("proxy-"))
            .collect();
        server.write_all(kept.join("\r\n").as_bytes()).await?;
        server.write_all(&body).await?;
    }
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// The head, and the part of the body that came with it.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<(String, Vec<u8>)> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), body));
        }
        match stream.read(&mut chunk).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// A certificate authority that no system knows.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) pem: String,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters
            .distinguished_name
            .push(DnType::CommonName, "authority of a test");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(certificate.der())
        );
        Self {
            issuer: Issuer::new(parameters, key),
            pem,
        }
    }

    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        // Such a long life as the default's is one that some verifiers refuse.
        parameters.not_before = rcgen::date_time_ymd(2025, 1, 1);
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.into()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
