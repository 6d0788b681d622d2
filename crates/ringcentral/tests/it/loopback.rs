//! The listener that a browser comes back to: the right redirect ends the wait, and nothing else does.

use std::net::TcpListener as StdListener;
use std::time::Duration;

use ringcentral::ErrorKind;
use ringcentral::loopback::Listener;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const STATE: &str = "the-state-of-this-login";

fn free_uri() -> String {
    let port = StdListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    format!("http://127.0.0.1:{port}/callback")
}

async fn browse(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn forged_callbacks_are_refused_and_do_not_end_the_wait() {
    let uri = free_uri();
    let address = uri
        .trim_start_matches("http://")
        .trim_end_matches("/callback")
        .to_owned();
    let listener = Listener::bind(&[&uri]).await.unwrap();
    assert_eq!(listener.redirect_uri(), uri);
    let waiting = tokio::spawn(listener.redirect_for_test());

    let host = format!("Host: {address}");
    for (forged, status) in [
        (
            format!("GET /callback?code=c&state=wrong HTTP/1.1\r\n{host}\r\n\r\n"),
            "400",
        ),
        (format!("GET /callback?code=c HTTP/1.1\r\n{host}\r\n\r\n"), "400"),
        (format!("GET /callback HTTP/1.1\r\n{host}\r\n\r\n"), "400"),
        (
            format!("GET /other?code=c&state={STATE} HTTP/1.1\r\n{host}\r\n\r\n"),
            "404",
        ),
        (format!("GET /favicon.ico HTTP/1.1\r\n{host}\r\n\r\n"), "404"),
        (
            format!("POST /callback?code=c&state={STATE} HTTP/1.1\r\n{host}\r\n\r\n"),
            "405",
        ),
        (
            format!("GET /callback?code=c&state={STATE} HTTP/1.1\r\nHost: evil.example.com\r\n\r\n"),
            "421",
        ),
        (
            format!("GET /callback?code=c&state={STATE} HTTP/1.1\r\n\r\n"),
            "421",
        ),
        (
            format!("GET /callback?code=c&state={STATE} HTTP/1.1\r\n{host}\r\n{host}\r\n\r\n"),
            "421",
        ),
        ("nonsense\r\n\r\n".to_owned(), "404"),
    ] {
        let answer = browse(&address, &forged).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{forged}: {answer}"
        );
    }
    // A connection that never says anything holds nobody up.
    let _silent = TcpStream::connect(&address).await.unwrap();

    let right = format!("GET /callback?code=c&state={STATE}&expires_in=60 HTTP/1.1\r\n{host}\r\n\r\n");
    let page = browse(&address, &right).await;
    assert!(
        page.contains("You are logged in") && page.contains("&lt;terminal&gt;"),
        "{page}"
    );
    assert!(
        !page.contains(STATE) && !page.contains("http"),
        "no state, no outside asset: {page}"
    );
    waiting.await.unwrap();
    assert!(
        TcpStream::connect(&address).await.is_err(),
        "the listener is closed"
    );
}

trait RedirectForTest {
    async fn redirect_for_test(self);
}

impl RedirectForTest for Listener {
    async fn redirect_for_test(self) {
        let answer = self.redirect(STATE, Duration::from_secs(30)).await.unwrap();
        assert_eq!(answer.redirect.state(), Some(STATE));
        answer
            .browser
            .show("You are logged in", "Go back to the <terminal>.")
            .await;
    }
}

#[tokio::test]
async fn the_first_free_port_is_taken() {
    let (busy, free) = (free_uri(), free_uri());
    let _holder = Listener::bind(&[&busy]).await.unwrap();
    let listener = Listener::bind(&[&busy, &free]).await.unwrap();
    assert_eq!(listener.redirect_uri(), free);
    let error = Listener::bind(&[&busy]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error
            .to_string()
            .contains("no port for the browser to come back to is free"),
        "{error}"
    );
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    for bad in [
        "http://0.0.0.0:8921/callback",
        "http://example.com:8921/",
        "https://localhost:8921/",
        "http://localhost/",
        "x",
    ] {
        assert_eq!(
            Listener::bind(&[bad]).await.unwrap_err().kind(),
            ErrorKind::Config,
            "{bad}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_never_comes_is_a_timeout() {
    let listener = Listener::bind(&[free_uri()]).await.unwrap();
    let error = listener
        .redirect(STATE, Duration::from_secs(300))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}
