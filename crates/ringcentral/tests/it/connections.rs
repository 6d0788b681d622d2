//! How connections are made: proxies, certificates, a transport of one's own. Real sockets.

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use http::{Request, Response};
use ringcentral::{
    App, Body, BoxFuture, Client, ClientBuilder, Error, ErrorKind, ManualClock, Observation, RequestBuilder,
    RetryPolicy, Transport, TransportError,
};
use tokio::net::{TcpListener, TcpSocket};
use tokio::process::Command;

mod sockets;
use sockets::{Authority, Platform, Proxy, read};

use super::script::{clock, drive};

const PASSWORD: &str = "canary-password";

/// A name that leads nowhere but through a proxy.
const NAME: &str = "platform.example.com";

fn client(server: &str) -> ClientBuilder {
    Client::builder(App::confidential("client-id", "client-secret"))
        .server(server)
        .jwt("jwt")
        .retry(RetryPolicy::never())
}

/// A login and a call.
async fn call(client: &Client) -> Result<(), Error> {
    client.get("/restapi/v1.0/account/~?x=y").send().await.map(drop)
}

/// Everything that is printed of an error.
fn printed(error: &Error) -> String {
    let own = format!("{error} {error:?}");
    let causes = std::iter::successors(error.source(), |&error| error.source());
    let causes = causes.map(|error| format!(" / {error} {error:?}"));
    std::iter::once(own).chain(causes).collect()
}

fn has_header(head: &str, name: &str) -> bool {
    head.lines().any(|line| {
        let found = line.split_once(':').map(|(name, _)| name);
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}

#[tokio::test]
async fn by_http_the_proxy_passes_each_request_on() {
    let platform = Platform::by_http().await;
    let proxy = Proxy::to(platform.address).await;
    // Nobody listens there.
    let client = client("http://localhost:9")
        .proxy(proxy.with_password(PASSWORD))
        .build()
        .unwrap();
    call(&client).await.unwrap();
    let heads = proxy.heads.taken();
    assert!(
        heads[0].starts_with("POST http://localhost:9/restapi/oauth/token HTTP/1.1"),
        "{}",
        heads[0]
    );
    assert!(
        heads[1].starts_with("GET http://localhost:9/restapi/v1.0/account/~?x=y "),
        "{}",
        heads[1]
    );
    assert!(heads.iter().all(|head| has_header(head, "proxy-authorization")));
    let arrived = platform.heads.taken();
    assert_eq!(arrived.len(), 2);
    assert!(
        arrived
            .iter()
            .all(|head| !has_header(head, "proxy-authorization"))
    );
}

#[tokio::test]
async fn by_https_the_proxy_sees_a_name_and_nothing_else() {
    let authority = Authority::new();
    let platform = Platform::by_https(&authority, NAME).await;
    let proxy = Proxy::to(platform.address).await;
    let client = client(&format!("https://{NAME}"))
        .proxy(proxy.with_password(PASSWORD))
        .root_certificate(authority.pem.clone())
        .build()
        .unwrap();
    call(&client).await.unwrap();
    for head in proxy.heads.taken() {
        assert!(
            head.starts_with(&format!("CONNECT {NAME}:443 HTTP/1.1")),
            "{head}"
        );
        assert!(has_header(&head, "proxy-authorization"), "{head}");
        // The login's own secrets are inside the tunnel.
        assert!(!has_header(&head, "authorization"), "{head}");
    }
    let arrived = platform.heads.taken();
    assert_eq!(arrived.len(), 2);
    for head in arrived {
        assert!(has_header(&head, "authorization"), "{head}");
        assert!(!has_header(&head, "proxy-authorization"), "{head}");
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_no_answer_of_the_platform() {
    let authority = Authority::new();
    let platform = Platform::by_https(&authority, NAME).await;
    let proxy = Proxy::to(platform.address).await;
    let client = client(&format!("https://{NAME}"))
        .proxy(proxy.with_password("canary-wrong"))
        .root_certificate(authority.pem.clone())
        .build()
        .unwrap();
    let error = call(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(!printed(&error).contains("canary"), "{}", printed(&error));
    assert!(platform.heads.taken().is_empty());
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_by_nothing_secret() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = client("http://localhost:9")
        .proxy(format!("http://user:{PASSWORD}@{gone}"))
        .build()
        .unwrap();
    let error = call(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(!printed(&error).contains(PASSWORD), "{}", printed(&error));
}

#[test]
fn a_password_is_not_printed_with_the_settings() {
    let builder = client("http://localhost:9").proxy(format!("http://user:{PASSWORD}@127.0.0.1:9"));
    assert!(!format!("{builder:?}").contains(PASSWORD));
    assert!(!format!("{:?}", builder.build().unwrap()).contains(PASSWORD));
}

#[test]
fn a_setting_that_is_wrong_is_explained() {
    let proxy = "the address of the proxy is wrong; it is written like http://proxy.example.com:3128";
    let certificate = "the root certificate cannot be read; it is PEM text with BEGIN CERTIFICATE in it";
    let with_proxy = |address: &str| client("http://localhost:9").proxy(address);
    let with_root = |pem: &str| client("http://localhost:9").root_certificate(pem);
    let table = [
        (with_proxy(""), proxy),
        (with_proxy("canary"), proxy),
        (with_proxy("canary.example.com:3128"), proxy),
        (with_proxy("ftp://user:canary@proxy.example.com"), proxy),
        (with_proxy("http://user:canary@"), proxy),
        (with_proxy("http://user:canary@proxy.example.com:port"), proxy),
        (with_root(""), certificate),
        (with_root("canary"), certificate),
        (
            with_root("-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n"),
            certificate,
        ),
        (
            with_root("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            certificate,
        ),
    ];
    for (row, (builder, expected)) in table.into_iter().enumerate() {
        let error = builder.build().map(drop).expect_err(&format!("row {row}"));
        assert_eq!(error.kind(), ErrorKind::Config, "row {row}");
        assert_eq!(error.to_string(), expected, "row {row}");
        assert!(
            !printed(&error).contains("canary"),
            "row {row}: {}",
            printed(&error)
        );
    }
}

#[tokio::test]
async fn only_an_authority_that_is_trusted_is_believed() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let platform = Platform::by_https(&authority, "localhost").await;
    let server = format!("https://localhost:{}", platform.address.port());
    let direct = || client(&server).no_proxy();
    let both = format!("{}{}", stranger.pem, authority.pem);
    let table = [
        ("none", direct(), false),
        ("another", direct().root_certificate(stranger.pem.clone()), false),
        (
            "the right one",
            direct().root_certificate(authority.pem.clone()),
            true,
        ),
        ("one of two in one text", direct().root_certificate(both), true),
        (
            "one of two",
            direct()
                .root_certificate(stranger.pem.clone())
                .root_certificate(authority.pem.clone()),
            true,
        ),
    ];
    for (name, builder, trusted) in table {
        let before = platform.heads.taken().len();
        let result = call(&builder.build().unwrap())
            .await
            .map_err(|error| error.kind());
        let expected = if trusted { Ok(()) } else { Err(ErrorKind::Network) };
        assert_eq!(result, expected, "{name}");
        // Without trust, not even a client's secret is sent.
        let sent = platform.heads.taken().len() - before;
        assert_eq!(sent, if trusted { 2 } else { 0 }, "{name}");
    }
}

/// Where the child of the next test finds its platform.
const CHILD: &str = "RINGCENTRAL_TEST_PLATFORM";

/// In a process of its own, because the environment is.
#[tokio::test]
async fn the_environment_names_a_proxy_unless_the_program_does() {
    if let Ok(server) = std::env::var(CHILD) {
        let builder = match server.strip_prefix("directly ") {
            Some(server) => client(server).no_proxy(),
            None => client(&server),
        };
        return call(&builder.build().unwrap()).await.unwrap();
    }
    let platform = Platform::by_http().await;
    let server = format!("http://localhost:{}", platform.address.port());
    let directly = format!("directly {server}");
    let table: [(&str, &str, &[&str], bool); 6] = [
        ("nothing", &server, &[], false),
        ("a proxy", &server, &["HTTP_PROXY"], true),
        ("a proxy for everything", &server, &["ALL_PROXY"], true),
        ("one for other addresses", &server, &["HTTPS_PROXY"], false),
        ("an exception", &server, &["HTTP_PROXY", "NO_PROXY"], false),
        ("a program that wants none", &directly, &["HTTP_PROXY"], false),
    ];
    for (name, server, variables, through) in table {
        let proxy = Proxy::to(platform.address).await;
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.env_clear().env(CHILD, server).args([
            "connections::the_environment_names_a_proxy_unless_the_program_does",
            "--exact",
        ]);
        for variable in variables {
            let value = match *variable {
                "NO_PROXY" => "localhost".to_owned(),
                _ => proxy.with_password(PASSWORD),
            };
            child.env(variable, value);
        }
        let output = child.output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}: {said}");
        assert!(said.contains("1 passed"), "{name}: {said}");
        let passed = proxy.heads.taken().len();
        assert_eq!(passed, if through { 2 } else { 0 }, "{name}");
    }
}

/// Counts what goes by, as a program's own transport may.
#[derive(Debug)]
struct Counting {
    requests: AtomicU32,
    inner: Arc<dyn Transport>,
}

impl Transport for Counting {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        self.requests.fetch_add(1, SeqCst);
        self.inner.send(request)
    }
}

#[tokio::test]
async fn a_transport_of_ones_own_carries_everything() {
    let platform = Platform::by_http().await;
    let counting = Arc::new(Counting {
        requests: AtomicU32::new(0),
        inner: <dyn Transport>::standard().unwrap(),
    });
    let client = client(&format!("http://localhost:{}", platform.address.port()))
        .transport(Arc::clone(&counting) as Arc<dyn Transport>)
        .build()
        .unwrap();
    call(&client).await.unwrap();
    assert_eq!(counting.requests.load(SeqCst), 2, "the request for a token too");
    assert_eq!(platform.heads.taken().len(), 2);
}

#[tokio::test]
async fn what_found_nobody_there_was_not_sent_and_may_be_sent_again() {
    for method in ["GET", "POST"] {
        // The port is ours, and nobody listens.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let server = format!("http://{}", socket.local_addr().unwrap());
        let clock = ManualClock::at("2026-11-21T09:00:00Z".parse().unwrap());
        let (told, mut retries) = tokio::sync::mpsc::unbounded_channel();
        let call = |retry| {
            let told = told.clone();
            let client = client(&server)
                .no_proxy()
                .clock(Arc::new(clock.clone()))
                .retry(retry)
                .observe(move |observation| {
                    if let Observation::Retry { error, .. } = observation {
                        told.send(*error).unwrap();
                    }
                })
                .build()
                .unwrap();
            let request = client.request(method.parse().unwrap(), "/restapi/v1.0/x");
            request.without_login().send()
        };
        let error = call(RetryPolicy::never()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{method}");
        assert!(!error.is_outcome_unknown(), "{method}");

        let platform = async {
            assert_eq!(retries.recv().await, Some(ErrorKind::Network), "{method}");
            let platform = Platform::at(socket.listen(8).unwrap());
            clock.advance(Duration::from_secs(1));
            platform
        };
        let (answer, platform) = tokio::join!(call(RetryPolicy::standard()), platform);
        answer.unwrap();
        assert_eq!(platform.heads.taken().len(), 1, "{method}");
    }
}

/// The ways to say how long a call may take, and what a call that got no connection in that time has come to.
const PATIENCE: [(&str, SetTime, ErrorKind); 3] = [
    ("the client's", |request| request, ErrorKind::Network),
    (
        "the call's",
        |request| request.timeout(Duration::from_secs(3)),
        ErrorKind::Network,
    ),
    (
        "for all of it",
        |request| request.total_timeout(Duration::from_secs(3)),
        ErrorKind::Timeout,
    ),
];

type SetTime = fn(RequestBuilder) -> RequestBuilder;

/// A POST with and without a body.
fn posts(client: &Client) -> [(&'static str, RequestBuilder); 2] {
    let post = || client.post("/restapi/v1.0/x").without_login();
    [("with a body", post().json(&"hello")), ("without one", post())]
}

#[tokio::test]
async fn what_had_no_connection_when_its_time_was_over_was_not_sent() {
    // Both take a connection and never say a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let table: [(&str, ClientBuilder); 2] = [
        ("TLS", client(&format!("https://{address}")).no_proxy()),
        (
            "a proxy",
            client(&format!("https://{NAME}")).proxy(format!("http://{address}")),
        ),
    ];
    for (what_is_silent, builder) in table {
        let clock = clock();
        let client = builder
            .clock(Arc::new(clock.clone()))
            .timeout(Duration::from_secs(4))
            .build()
            .unwrap();
        for (whose, set_time, kind) in PATIENCE {
            for (name, request) in posts(&client) {
                let case = format!("{what_is_silent}, {whose} time, {name}");
                let call = set_time(request).send();
                let error = drive(&clock, Duration::from_secs(1), call).await.unwrap_err();
                assert!(!error.is_outcome_unknown(), "{case}: {error}");
                assert_eq!(error.kind(), kind, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn what_had_no_connection_in_time_is_tried_again() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (clock, attempts) = (clock(), Arc::new(AtomicU32::new(0)));
    let client = client(&format!("https://{}", silent.local_addr().unwrap()))
        .no_proxy()
        .clock(Arc::new(clock.clone()))
        .retry(RetryPolicy::standard())
        .observe({
            let attempts = Arc::clone(&attempts);
            move |observation| {
                if let Observation::Attempt { error, .. } = observation {
                    assert_eq!(*error, Some(ErrorKind::Network));
                    attempts.fetch_add(1, SeqCst);
                }
            }
        })
        .timeout(Duration::from_secs(4))
        .build()
        .unwrap();
    let call = client.post("/restapi/v1.0/x").without_login().send();
    let error = drive(&clock, Duration::from_secs(1), call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(attempts.load(SeqCst), 4);
}

#[tokio::test]
async fn what_was_sent_and_not_answered_in_time_may_have_taken_effect() {
    let platform = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = clock();
    let client = client(&format!("http://{}", platform.local_addr().unwrap()))
        .no_proxy()
        .clock(Arc::new(clock.clone()))
        .timeout(Duration::from_secs(4))
        .build()
        .unwrap();
    for (whose, set_time, _) in PATIENCE {
        for (name, request) in posts(&client) {
            let reads_and_says_nothing = async {
                let (mut stream, _) = platform.accept().await.unwrap();
                let (head, _) = read(&mut stream).await.unwrap();
                clock.advance(Duration::from_secs(5));
                (head, stream)
            };
            let (answer, (head, _stream)) = tokio::join!(set_time(request).send(), reads_and_says_nothing);
            let error = answer.unwrap_err();
            assert!(error.is_outcome_unknown(), "{whose} time, {name}: {error}");
            assert_eq!(
                has_header(&head, "content-length"),
                name == "with a body",
                "{head}"
            );
            assert!(!has_header(&head, "transfer-encoding"), "{head}");
        }
    }
}
