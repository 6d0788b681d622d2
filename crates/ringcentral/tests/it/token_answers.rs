//! Every kind of answer to a refresh: what the caller is told, and what is left in the store.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use ringcentral::{
    App, Client, ErrorKind, MemoryTokenStore, RateLimitPolicy, RetryPolicy, TokenSet, TokenStore,
    TransportErrorKind, Version,
};

use super::script::{Answer, Platform, builder, clock, ok, status, with_header};

/// A login whose access token ran out an hour ago.
const STORED: &str = r#"{"access_token":"canary-access","refresh_token":"canary-refresh","owner_id":"101",
    "scope":["ReadAccounts","SMS"],"issued_at":"2026-11-21T07:00:00Z","refresh_at":"2026-11-21T07:48:00Z",
    "expires_at":"2026-11-21T08:00:00Z","refresh_expires_at":"2026-11-28T07:00:00Z","endpoint_id":"e",
    "session_id":"s","login_kind":"AuthorizationCode"}"#;

async fn stored_login() -> (Arc<MemoryTokenStore>, Vec<u8>) {
    let store = Arc::new(MemoryTokenStore::new());
    let login = TokenSet::from_secret_json(STORED.as_bytes()).unwrap();
    store.put(&login).await.unwrap();
    (store, login.to_secret_json().to_vec())
}

struct Row {
    name: &'static str,
    answer: fn() -> Answer,
    kind: ErrorKind,
    says: &'static str,
    retry_after: Option<u64>,
    is_final: bool,
}

/// One that leaves the login as it is.
fn passing(name: &'static str, answer: fn() -> Answer, kind: ErrorKind, says: &'static str) -> Row {
    Row {
        name,
        answer,
        kind,
        says,
        retry_after: None,
        is_final: false,
    }
}

/// One that ends it.
fn last(name: &'static str, answer: fn() -> Answer, says: &'static str) -> Row {
    Row {
        is_final: true,
        ..passing(name, answer, ErrorKind::LoginRequired, says)
    }
}

impl Row {
    fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }
}

const NOT_TOKENS: &str = "the token endpoint answered with something that is not a token set (HTTP 200)";

#[rustfmt::skip]
fn refusals() -> Vec<Row> {
    use ErrorKind::{Api, Decode, InvalidClient, Network, RateLimited, Timeout, Unavailable};
    vec![
        // The platform's final word.
        last("refresh token unknown", || status(400, r#"{"error":"invalid_grant","error_description":"Token not found","errors":[{"errorCode":"OAU-213"}]}"#), "the login has ended (HTTP 400, OAU-213): Token not found"),
        last("refresh token expired", || status(400, r#"{"error":"invalid_grant","error_description":"Token expired","errors":[{"errorCode":"OAU-210"}]}"#), "the login has ended (HTTP 400, OAU-210): Token expired"),
        last("refresh token revoked", || status(400, r#"{"error":"invalid_grant","error_description":"Token revoked","errors":[{"errorCode":"OAU-211"}]}"#), "the login has ended (HTTP 400, OAU-211): Token revoked"),
        last("invalid_grant and nothing else", || status(400, r#"{"error":"invalid_grant"}"#), "the login has ended (HTTP 400, invalid_grant)"),
        last("invalid_grant by another status", || status(403, r#"{"error":"invalid_grant"}"#), "the login has ended (HTTP 403, invalid_grant)"),
        // The application is refused: a setting is wrong, no login has ended.
        passing("wrong secret", || status(401, r#"{"error":"invalid_client","errors":[{"errorCode":"OAU-146","message":"m"}]}"#), InvalidClient, "the platform does not accept this application; check its client secret (HTTP 401, OAU-146): m"),
        passing("unknown client id", || status(400, r#"{"error":"invalid_client","errors":[{"errorCode":"OAU-153"}]}"#), InvalidClient, "the platform does not accept this application; check its client id, and that it belongs to this server (HTTP 400, OAU-153)"),
        passing("another application's token", || status(400, r#"{"error":"invalid_grant","errors":[{"errorCode":"OAU-121"}]}"#), InvalidClient, "the platform does not accept this application; check its client id, and that it belongs to this server (HTTP 400, OAU-121)"),
        passing("invalid_client and nothing else", || status(401, r#"{"error":"invalid_client"}"#), InvalidClient, "the platform does not accept this application; check its client id and client secret (HTTP 401, invalid_client)"),
        passing("401 without a word", || status(401, ""), InvalidClient, "the platform does not accept this application; check its client id and client secret (HTTP 401)"),
        passing("grant not enabled", || status(400, r#"{"error":"unauthorized_client","errors":[{"errorCode":"OAU-251"}]}"#), InvalidClient, "the application may not log in this way; enable this grant in its settings, or use another one (HTTP 400, OAU-251)"),
        passing("application blocked", || status(400, r#"{"error":"invalid_client","errors":[{"errorCode":"OAU-127"}]}"#), InvalidClient, "the platform has blocked this application, or restricted its account; ask its owner (HTTP 400, OAU-127)"),
        // Refused for other reasons: nothing says that the refresh token is dead.
        passing("invalid_request", || status(400, r#"{"error":"invalid_request","error_description":"Duplicated","errors":[{"errorCode":"OAU-111"}]}"#), Api, "the refresh was refused (HTTP 400, OAU-111): Duplicated"),
        passing("user disabled", || status(401, r#"{"errors":[{"errorCode":"OAU-141","message":"m"}]}"#), Api, "the refresh was refused (HTTP 401, OAU-141): m"),
        passing("invalid_scope", || status(400, r#"{"error":"invalid_scope"}"#), Api, "the refresh was refused (HTTP 400, invalid_scope)"),
        passing("400 in HTML", || status(400, "<html>Bad Request</html>"), Api, "the refresh was refused (HTTP 400)"),
        passing("404", || status(404, r#"{"errorCode":"CMN-102"}"#), Api, "the refresh was refused (HTTP 404, CMN-102)"),
        // Not now.
        passing("429 that names a time", || with_header(status(429, r#"{"errorCode":"CMN-301","message":"Request rate exceeded"}"#), "retry-after", "17"), RateLimited, "too many token requests (HTTP 429, CMN-301): Request rate exceeded").retry_after(17),
        passing("429 that names a date", || with_header(with_header(status(429, ""), "date", "Sat, 21 Nov 2026 09:00:00 GMT"), "retry-after", "Sat, 21 Nov 2026 09:01:30 GMT"), RateLimited, "too many token requests (HTTP 429)").retry_after(90),
        passing("429 that names no time", || status(429, ""), RateLimited, "too many token requests (HTTP 429)"),
        passing("500", || status(500, ""), Unavailable, "the token endpoint cannot serve just now (HTTP 500)"),
        passing("502 in HTML", || status(502, "<html><body>Bad Gateway</body></html>"), Unavailable, "the token endpoint cannot serve just now (HTTP 502)"),
        passing("503 that names a time", || with_header(status(503, r#"{"error":"service_unavailable"}"#), "retry-after", "2"), Unavailable, "the token endpoint cannot serve just now (HTTP 503, service_unavailable)").retry_after(2),
        passing("504", || status(504, ""), Unavailable, "the token endpoint cannot serve just now (HTTP 504)"),
        passing("500 that says invalid_grant", || status(500, r#"{"error":"invalid_grant"}"#), Unavailable, "the token endpoint cannot serve just now (HTTP 500, invalid_grant)"),
        // Something else than tokens.
        passing("redirect", || with_header(status(302, ""), "location", "https://login.example.com/"), Decode, "the token endpoint answered with a redirect, which was not followed (HTTP 302)"),
        passing("200 in HTML", || ok("<html>Welcome to the hotel's network</html>"), Decode, NOT_TOKENS),
        passing("200 and empty", || ok(""), Decode, NOT_TOKENS),
        passing("204", || status(204, ""), Decode, "the token endpoint answered in an unexpected way (HTTP 204)"),
        passing("truncated", || ok(r#"{"access_token":"canary-new","token_type":"bear"#), Decode, NOT_TOKENS),
        passing("oversized", || ok(&new_tokens("\"endpoint_id\":\"e\"", &format!("\"endpoint_id\":\"{}\"", "e".repeat(300_000)))), Decode, NOT_TOKENS),
        passing("an array", || ok("[]"), Decode, NOT_TOKENS),
        passing("access token missing", || ok(&new_tokens("\"access_token\":\"canary-new\",", "")), Decode, NOT_TOKENS),
        passing("access token empty", || ok(&new_tokens("canary-new\"", "\"")), Decode, NOT_TOKENS),
        passing("access token a number", || ok(&new_tokens("\"canary-new\"", "7")), Decode, NOT_TOKENS),
        passing("token type missing", || ok(&new_tokens("\"token_type\":\"bearer\",", "")), Decode, NOT_TOKENS),
        passing("token type of another kind", || ok(&new_tokens("\"bearer\"", "\"mac\"")), Decode, NOT_TOKENS),
        passing("lifetime missing", || ok(&new_tokens("\"expires_in\":3600,", "")), Decode, NOT_TOKENS),
        passing("lifetime negative", || ok(&new_tokens("3600", "-3600")), Decode, NOT_TOKENS),
        passing("lifetime zero", || ok(&new_tokens("3600", "0")), Decode, NOT_TOKENS),
        passing("lifetime in words", || ok(&new_tokens("3600", "\"an hour\"")), Decode, NOT_TOKENS),
        passing("refresh lifetime negative", || ok(&new_tokens("604800", "-1")), Decode, NOT_TOKENS),
        passing("refresh token a list", || ok(&new_tokens("\"refresh-new\"", "[]")), Decode, NOT_TOKENS),
        // No answer.
        passing("no connection", || Err(TransportErrorKind::Connect), Network, "the platform cannot be reached"),
        passing("answer lost", || Err(TransportErrorKind::Lost), Network, "the connection broke before the answer came"),
        passing("no answer in time", || Err(TransportErrorKind::Timeout), Timeout, "the platform did not answer in time"),
        passing("answer without end", || Err(TransportErrorKind::TooLarge), Decode, "the answer is too large"),
    ]
}

/// A good answer with one thing changed.
fn new_tokens(from: &str, to: &str) -> String {
    let good = r#"{"access_token":"canary-new","token_type":"bearer","expires_in":3600,"refresh_token":"refresh-new",
        "refresh_token_expires_in":604800,"scope":"ReadAccounts SMS","owner_id":"101","endpoint_id":"e","session_id":"s"}"#;
    assert!(good.contains(from), "{from}");
    good.replace(from, to)
}

#[tokio::test(start_paused = true)]
async fn what_each_refusal_leaves_behind() {
    for row in refusals() {
        let name = row.name;
        let (store, before) = stored_login().await;
        let platform = Platform::new(move |_| (row.answer)());
        let client = builder(&platform, &clock())
            .shared_token_store(store.clone())
            .retry(RetryPolicy::never())
            .rate_limit(RateLimitPolicy::FailAtOnce)
            .build()
            .unwrap();
        let error = client.get("/restapi/v1.0/account/~").send().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (row.kind, row.says),
            "{name}"
        );
        let seconds = error.retry_after().map(|time| time.as_secs());
        assert_eq!(seconds, row.retry_after, "{name}: when to try again");
        assert!(!format!("{error:?}").contains("canary"), "{name}: {error:?}");
        assert_eq!(platform.asked().len(), 1, "{name}: the refresh, and nothing else");

        let stored = store.load().await.unwrap().expect("the record is kept");
        assert_eq!(
            *stored.tokens.to_secret_json(),
            before,
            "{name}: the stored bytes"
        );
        assert_eq!(stored.version, Version(1), "{name}");
        assert_eq!(stored.lease, None, "{name}: the lease is given back");
        let note = stored.last_refresh.expect("it is noted");
        assert_eq!(
            (note.is_final, note.result.as_str()),
            (row.is_final, row.says),
            "{name}"
        );
    }
}

#[rustfmt::skip]
#[tokio::test(start_paused = true)]
async fn what_is_stored_of_odd_but_good_answers() {
    type Check = fn(&TokenSet) -> String;
    let expiry: Check = |set| set.info().expires_at.to_string();
    let refresh_expiry: Check = |set| set.info().refresh_expires_at.unwrap().to_string();
    let refresh_token: Check = |set| set.refresh_token().unwrap().expose_secret().to_owned();
    let scope: Check = |set| set.info().scope.join(" ");
    let owner: Check = |set| set.info().owner_id.clone().unwrap().to_string();
    for (name, from, to, check, expected) in [
        ("as documented", "bearer", "bearer", expiry, "2026-11-21T10:00:00Z"),
        ("lifetime as text", "3600", "\"3600\"", expiry, "2026-11-21T10:00:00Z"),
        ("lifetime with a fraction", "3600", "3600.0", expiry, "2026-11-21T10:00:00Z"),
        ("lifetime absurd", "3600", "1e300", expiry, "2026-11-22T09:00:00Z"),
        ("refresh lifetime absurd", "604800", "99999999999999", refresh_expiry, "2027-11-22T09:00:00Z"),
        ("token type in capitals", "\"bearer\"", "\"Bearer\"", expiry, "2026-11-21T10:00:00Z"),
        ("no new refresh token", "\"refresh_token\":\"refresh-new\",", "", refresh_token, "canary-refresh"),
        ("the old one's expiry with it", "\"refresh_token\":\"refresh-new\",", "", refresh_expiry, "2026-11-28T07:00:00Z"),
        ("fewer permissions", "ReadAccounts SMS", "ReadAccounts", scope, "ReadAccounts"),
        // The application was given more. The pair is good and the old one is spent: refusing it would lose the login.
        ("more permissions", "ReadAccounts SMS", "ReadAccounts SMS Faxes", scope, "ReadAccounts SMS Faxes"),
        ("owner missing", "\"owner_id\":\"101\",", "", owner, "101"),
        ("owner a number", "\"101\"", "101", owner, "101"),
        ("unknown fields", "\"scope\"", "\"new\":[{}],\"scope\"", scope, "ReadAccounts SMS"),
    ] {
        let (store, _) = stored_login().await;
        let answer = new_tokens(from, to);
        let platform = Platform::new(move |_| ok(&answer));
        let client = builder(&platform, &clock()).shared_token_store(store.clone()).build().unwrap();
        client.get("/restapi/v1.0/account/~").send().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let stored = store.load().await.unwrap().unwrap();
        assert_eq!(stored.tokens.access_token().expose_secret(), "canary-new", "{name}");
        assert_eq!(check(&stored.tokens), expected, "{name}");
        assert_eq!(platform.asked().last().unwrap().bearer.as_deref(), Some("canary-new"), "{name}");
    }
}

/// What a server does with a connection.
type Treatment = fn(TcpStream);

/// A server that treats every connection in one way, and the address of its platform.
fn server(treatment: Treatment) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(treatment));
    port
}

fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains("canary-refresh") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(n) => seen.extend_from_slice(&buffer[..n]),
        }
    }
}

fn answer_with(mut stream: TcpStream, answer: &str) {
    read_request(&mut stream);
    let _ = stream.write_all(answer.as_bytes());
}

#[rustfmt::skip]
#[tokio::test]
async fn real_connections_that_break() {
    let rows: [(&str, &str, Treatment, ErrorKind, &str); 6] = [
        ("TLS is wanted and not spoken", "https", |stream| drop(stream), ErrorKind::Network, "the platform cannot be reached"),
        // Whether the request was on its way by then is a race.
        ("closed before the request", "http", |stream| drop(stream), ErrorKind::Network, "the platform cannot be reached|the connection broke before the answer came"),
        ("closed after the request", "http", |mut stream| read_request(&mut stream), ErrorKind::Network, "the connection broke before the answer came"),
        ("closed in the middle of the answer", "http", |stream| answer_with(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"access_token\":\"canary-new\""), ErrorKind::Network, "the connection broke before the answer came"),
        ("not HTTP", "http", |stream| answer_with(stream, "220 mail.example.com ESMTP\r\n"), ErrorKind::Network, "the connection broke before the answer came"),
        ("redirected to another host", "http", |stream| answer_with(stream, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/restapi/oauth/token\r\nContent-Length: 0\r\n\r\n"), ErrorKind::Decode, "the token endpoint answered with a redirect, which was not followed (HTTP 307)"),
    ];
    for (name, scheme, treatment, kind, says) in rows {
        let (store, before) = stored_login().await;
        let client = Client::builder(App::public("client-id"))
            .server(format!("{scheme}://localhost:{}", server(treatment)))
            .shared_token_store(store.clone())
            .retry(RetryPolicy::never())
            .build()
            .unwrap();
        let error = client.oauth().refresh().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error:?}");
        assert!(says.split('|').any(|says| error.to_string() == says), "{name}: {error:?}");
        let stored = store.load().await.unwrap().unwrap();
        assert_eq!(*stored.tokens.to_secret_json(), before, "{name}: the stored bytes");
        assert!(!stored.last_refresh.unwrap().is_final, "{name}");
    }
    nobody_listens().await;
    nobody_answers().await;
}

async fn nobody_listens() {
    let (store, before) = stored_login().await;
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let client = Client::builder(App::public("client-id"))
        .server(format!("http://127.0.0.1:{free}"))
        .shared_token_store(store.clone())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let error = client.oauth().refresh().await.unwrap_err();
    assert_eq!(error.to_string(), "the platform cannot be reached");
    assert_eq!(
        *store.load().await.unwrap().unwrap().tokens.to_secret_json(),
        before
    );
}

async fn nobody_answers() {
    let (store, before) = stored_login().await;
    let (clock, platform) = (clock(), TcpListener::bind("127.0.0.1:0").unwrap());
    let client = Client::builder(App::public("client-id"))
        .server(format!("http://{}", platform.local_addr().unwrap()))
        .shared_token_store(store.clone())
        .retry(RetryPolicy::never())
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    let reads_and_says_nothing = tokio::task::spawn_blocking(move || {
        let (mut stream, _) = platform.accept().unwrap();
        read_request(&mut stream);
        clock.advance(Duration::from_secs(61));
        stream
    });
    let error = client.oauth().refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert_eq!(error.to_string(), "the platform did not answer in time");
    let stored = store.load().await.unwrap().unwrap();
    assert_eq!(*stored.tokens.to_secret_json(), before);
    drop(reads_and_says_nothing.await.unwrap());
}
