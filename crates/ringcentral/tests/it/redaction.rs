//! No secret in anything that can be printed: unique canaries through every failing path, every public type, and the
//! log at its most talkative.

use std::error::Error as _;
use std::fmt::{self, Debug, Write as _};
use std::sync::{Arc, Mutex};

use ringcentral::{
    AccessToken, App, Assertion, AuthorizationCode, Client, ClientSecret, CodeVerifier, DeleteCalls,
    DeleteMessages, ErrorKind, ExtensionUpdate, Grant, MemoryTokenStore, Multipart, PagerMessage, Part,
    Password, PhoneNumber, PresenceUpdate, Redirect, RefreshToken, RetryPolicy, RingOutCall, TokenSet,
    TokenStore, TransportError, TransportErrorKind,
};
use tracing::field::{Field, Visit};
use tracing::span;

use super::script::{Answer, Platform, builder, clock, logged_in, ok, status, tokens};

const CANARIES: [&str; 7] = [
    "client-secret",
    "canary-password",
    "canary-jwt",
    "canary-code",
    "canary-token",
    "canary-verifier",
    "canary-body",
];

fn assert_clean(what: &str, printed: &str) {
    for canary in CANARIES {
        assert!(!printed.contains(canary), "{what} shows {canary}: {printed}");
    }
}

fn assert_prints_clean(what: &str, value: &dyn Debug) {
    assert_clean(what, &format!("{value:?} {value:#?}"));
}

#[tokio::test(start_paused = true)]
async fn no_error_of_a_login_shows_a_secret() {
    let answers: [fn() -> Answer; 7] = [
        || Err(TransportErrorKind::Timeout),
        || status(400, r#"{"error":"invalid_grant"}"#),
        || status(401, r#"{"error":"invalid_client"}"#),
        // A page that quotes what it was sent.
        || {
            status(
                400,
                r#"{"error":"invalid_request","errors":[{"errorCode":"CMN-101","parameterName":"assertion","parameterValue":"canary-jwt"},
                    {"errorCode":"CMN-101","parameters":[{"parameterName":"password","parameterValue":"canary-password"}]}]}"#,
            )
        },
        || ok(r#"{"access_token":"canary-token"}"#),
        || ok(r#"{"access_token":"canary-token","token_type":"bearer","expires_in":"canary-token"}"#),
        || ok("canary-token"),
    ];
    for answer in answers {
        for n in 0..3 {
            let platform = Platform::new(move |_| answer());
            let clock = clock();
            let client = builder(&platform, &clock)
                .retry(RetryPolicy::never())
                .build()
                .unwrap();
            let grant = match n {
                0 => Grant::password("user", None, "canary-password"),
                1 => Grant::jwt("canary-jwt"),
                _ => {
                    let pending = client
                        .oauth()
                        .authorize("http://localhost:5000/x")
                        .build()
                        .unwrap()
                        .pending;
                    let answer = format!("?code=canary-code&state={}", pending.state());
                    pending.accept(Redirect::parse(&answer).unwrap()).unwrap()
                }
            };
            assert_prints_clean("a grant", &grant);
            let error = client.oauth().login(grant).await.unwrap_err();
            assert_clean(
                "an error",
                &format!("{error} {error:?} {:?} {:?}", error.source(), error.details()),
            );
            assert_eq!(error.body(), None, "a token answer is not kept");
            assert_clean("a client", &format!("{client:?} {:?}", client.oauth()));
        }
    }
}

#[test]
fn no_setting_shows_a_secret() {
    let builder = Client::builder(App::confidential("id", "client-secret"))
        .jwt("canary-jwt")
        .server("nonsense");
    assert_prints_clean("a builder", &builder);
    let error = builder.build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_clean("its error", &format!("{error} {error:?}"));
}

#[test]
fn no_secret_shows_itself() {
    let secrets: [&dyn Debug; 8] = [
        &AccessToken::new("canary-token"),
        &RefreshToken::new("canary-token"),
        &ClientSecret::new("client-secret"),
        &AuthorizationCode::new("canary-code"),
        &CodeVerifier::new("canary-verifier"),
        &Assertion::new("canary-jwt"),
        &Password::new("canary-password"),
        &App::confidential("id", "client-secret"),
    ];
    for secret in secrets {
        assert_prints_clean("a secret", secret);
    }
}

#[tokio::test]
async fn no_login_shows_its_tokens() {
    let login = br#"{"access_token":"canary-token-1","refresh_token":"canary-token-2","owner_id":"101","scope":[],
        "issued_at":"2026-11-21T07:00:00Z","refresh_at":"2026-11-21T07:48:00Z","expires_at":"2026-11-21T08:00:00Z",
        "refresh_expires_at":"2026-11-28T07:00:00Z","session_id":"s","login_kind":"AuthorizationCode"}"#;
    let login = TokenSet::from_secret_json(login).unwrap();
    assert_prints_clean("a token set", &login);
    assert_prints_clean("what is known of it", login.info());
    let store = MemoryTokenStore::new();
    let version = store.put(&login).await.unwrap();
    assert_prints_clean("a stored login", &store.load().await.unwrap());
    let now = login.info().issued_at;
    let claim = store
        .claim(version, "me", now, login.info().expires_at)
        .await
        .unwrap();
    assert_prints_clean("a claim", &claim);
    let late = store
        .claim(ringcentral::Version(7), "me", now, now)
        .await
        .unwrap();
    assert_prints_clean("a claim that comes too late", &late);
    assert_clean("a store", &format!("{store:?} {}", store.describe()));
    for damaged in [
        "{\"access_token\":\"canary-token\"",
        "[\"canary-token\"]",
        "canary-token",
    ] {
        let error = TokenSet::from_secret_json(damaged.as_bytes()).unwrap_err();
        assert_clean(
            "an unreadable login",
            &format!("{error} {error:?} {:?}", error.source()),
        );
    }
}

#[test]
fn no_browser_login_shows_its_secrets() {
    let client = builder(&Platform::new(|_| ok("{}")), &clock()).build().unwrap();
    let oauth = client.oauth();
    let unbuilt = oauth.authorize("http://localhost:5000/x");
    let authorization = oauth.authorize("http://localhost:5000/x").build().unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&authorization.pending.to_secret_bytes()).unwrap();
    let secret = |name: &str| kept[name].as_str().unwrap().to_owned();
    let printed = format!("{unbuilt:?} {authorization:?} {:#?}", authorization.pending);
    for name in ["state", "verifier"] {
        assert!(!printed.contains(&secret(name)), "{name}: {printed}");
    }
    assert!(
        printed.contains("http://localhost:1/restapi/oauth/authorize"),
        "{printed}"
    );
    let error = ringcentral::Pending::from_secret_bytes(b"{\"state\":\"canary-code\"}").unwrap_err();
    assert_clean("an unreadable half", &format!("{error} {error:?}"));

    let redirect = Redirect::parse("?code=canary-code&state=canary-token").unwrap();
    assert_prints_clean("a redirect", &redirect);
    let error = authorization.pending.accept(redirect).unwrap_err();
    assert_clean("a foreign redirect", &format!("{error} {error:?}"));
    for odd in [
        "?state=canary-token",
        "?code=canary-code&code=canary-code",
        "canary-code",
        "http://[",
    ] {
        let error = Redirect::parse(odd).unwrap_err();
        assert_clean(
            "an odd redirect",
            &format!("{error} {error:?} {:?}", error.source()),
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_request_and_no_answer_shows_what_is_in_it() {
    let platform = Platform::new(|asked| match asked.uri.rsplit('/').next() {
        Some("token") => tokens(1),
        Some("refused") => status(
            400,
            r#"{"errorCode":"CMN-101","parameterName":"to","parameterValue":"canary-body"}"#,
        ),
        Some("odd") => ok(r#"{"id":"canary-body"}"#),
        _ => ok(r#"{"ws_access_token":"canary-token"}"#),
    });
    let client = logged_in(builder(&platform, &clock())).await;
    let request = client
        .post("/restapi/oauth/wstoken")
        .query("phone", "canary-body")
        .header("x-mine", "canary-body")
        .json(&serde_json::json!({"text": "canary-body"}));
    assert_prints_clean("a request", &request);
    let answer = request.send().await.unwrap();
    assert_prints_clean("an answer", &answer);
    assert!(format!("{answer:?}").contains("200"), "{answer:?}");

    let refused = client.get("/refused").send().await.unwrap_err();
    assert!(
        std::str::from_utf8(refused.body().unwrap())
            .unwrap()
            .contains("canary-body")
    );
    let odd = client
        .get("/odd")
        .send()
        .await
        .unwrap()
        .json::<Vec<u8>>()
        .unwrap_err();
    for error in [
        refused,
        odd,
        client.get("//canary-body@x").send().await.unwrap_err(),
    ] {
        assert_clean("an error", &format!("{error} {error:?} {error:#?}"));
    }
    let lost = TransportError::new(TransportErrorKind::Lost);
    assert_prints_clean("a transport's error", &lost);
}

#[tokio::test]
async fn nothing_that_is_about_to_go_out_shows_what_is_in_it() {
    let client = builder(&Platform::new(|_| ok("{}")), &clock()).build().unwrap();
    let (me, text) = (client.me(), "canary-body");
    let number = PhoneNumber::parse("+14155550123").unwrap();
    let file = "/home/canary-password/canary-jwt.pdf";
    let request = || {
        client
            .get("/restapi/v1.0/x")
            .query("q", text)
            .header("x-mine", text)
    };
    // What it is, and something that its Debug does say.
    let table: [(Box<dyn Debug>, &str); 17] = [
        (Box::new(request()), "/restapi/v1.0/x"),
        (
            Box::new(request().body(text, "text/plain").download()),
            "/restapi/v1.0/x",
        ),
        (
            Box::new(client.download("/restapi/v1.0/x?q=canary-body")),
            "/restapi/v1.0/x",
        ),
        (
            Box::new(me.sms().send_text(&number, text).to(&number)),
            "recipients: 1",
        ),
        (
            Box::new(me.mms().send_from(&number).to(&number).text(text).file(file)),
            "attachments: 1",
        ),
        (
            Box::new(
                me.fax()
                    .send_to(&number)
                    .to_named(&number, text)
                    .file(file)
                    .cover_page_text(text),
            ),
            "recipients: 2",
        ),
        (Box::new(me.fax().resend(7).to(&number)), "recipients: 1"),
        (
            Box::new(PagerMessage::new(text).to_extension_number("4155550123")),
            "recipients: 1",
        ),
        (
            Box::new(
                RingOutCall::to(&number)
                    .from(&number)
                    .caller_id(&number)
                    .play_prompt(true),
            ),
            "play_prompt: Some(true)",
        ),
        (
            Box::new(me.send_pager(&PagerMessage::new(text).to_extension_number("4155550123"))),
            "company-pager",
        ),
        (
            Box::new(Part::text("note", text)),
            r#"name: "note", content: 11 bytes"#,
        ),
        (
            Box::new(Part::bytes("attachment", "canary-body.pdf", text)),
            r#"name: "attachment", content: 11 bytes"#,
        ),
        (
            Box::new(Multipart::new().part(Part::file("attachment", file).file_name("canary-body.pdf"))),
            "content: a file",
        ),
        (
            Box::new(
                DeleteCalls::everything()
                    .phone_number(&number)
                    .extension_number("4155550123"),
            ),
            r#"["phoneNumber", "extensionNumber"]"#,
        ),
        (
            Box::new(DeleteMessages::everything().owner("4155550123").purge()),
            r#"["owner"], purge: true"#,
        ),
        (
            Box::new(
                ExtensionUpdate::new()
                    .first_name(text)
                    .mobile_phone(number.as_str())
                    .extension_number("4155550123"),
            ),
            r#"["contact.firstName", "contact.mobilePhone", "extensionNumber"]"#,
        ),
        (
            Box::new(PresenceUpdate::new().message(text).accept_call_queue_calls(true)),
            r#"["acceptCallQueueCalls", "message"]"#,
        ),
    ];
    for (value, said) in table {
        let printed = format!("{value:?}");
        assert!(printed.contains(said), "{printed}");
        assert_prints_clean("what goes out", &*value);
        assert!(!printed.contains("4155550123"), "a number: {printed}");
    }
}

/// Everything that is logged, at any level, with every field.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), "{field}={value:?} ").unwrap();
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_holds_neither_secrets_nor_bodies() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let mut issued = 0;
    let platform = Platform::new(move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            return match issued {
                1 => ok(
                    r#"{"access_token":"canary-token-1","token_type":"bearer","expires_in":3600,"refresh_token":"canary-token-2"}"#,
                ),
                2 => status(503, "canary-body"),
                _ => status(400, r#"{"error":"invalid_grant","request":"canary-body"}"#),
            };
        }
        status(
            401,
            r#"{"errorCode":"TokenInvalid","parameterName":"to","parameterValue":"canary-body"}"#,
        )
    });
    let clock = clock();
    let client = builder(&platform, &clock)
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    client.oauth().login(Grant::jwt("canary-jwt")).await.unwrap();
    for _ in 0..3 {
        let request = client
            .post("/restapi/v1.0/x")
            .query("to", "canary-body")
            .body("canary-body", "text/plain");
        request.send().await.unwrap_err();
    }
    client.oauth().logout().await.unwrap();
    drop(guard);
    let log = log.0.lock().unwrap().clone();
    assert!(log.contains("http.request.method=POST"), "{log}");
    assert_clean("the log", &log);
}
