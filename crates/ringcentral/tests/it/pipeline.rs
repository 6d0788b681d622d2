//! What may be sent again, and what must not: the table of the retry rules.

use std::time::Duration;

use ringcentral::{ErrorKind, PhoneNumber, RateLimitPolicy, RetryPolicy, TransportErrorKind};

use super::script::{Answer, Platform, builder, clock, drive, logged_in, ok, status, tokens, with_header};

/// The first answer as scripted, then success.
fn once(first: fn() -> Answer) -> impl FnMut(&super::script::Asked) -> Answer + Send {
    let mut calls = 0;
    move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        calls += 1;
        if calls == 1 { first() } else { ok("{}") }
    }
}

#[tokio::test(start_paused = true)]
async fn the_retry_table() {
    use ErrorKind::{Api, Decode, OutcomeUnknown, Unavailable, Usage};
    type Row = (
        &'static str,
        fn() -> Answer,
        Result<(), ErrorKind>,
        Result<(), ErrorKind>,
    );
    // What happened, and what becomes of a GET and of a POST.
    let table: [Row; 14] = [
        (
            "no connection",
            || Err(TransportErrorKind::Connect),
            Ok(()),
            Ok(()),
        ),
        (
            "answer lost",
            || Err(TransportErrorKind::Lost),
            Ok(()),
            Err(OutcomeUnknown),
        ),
        (
            "no answer in time",
            || Err(TransportErrorKind::Timeout),
            Ok(()),
            Err(OutcomeUnknown),
        ),
        (
            "429 with a time",
            || with_header(status(429, ""), "retry-after", "5"),
            Ok(()),
            Ok(()),
        ),
        ("429 without", || status(429, ""), Ok(()), Ok(())),
        (
            "503 with a time",
            || with_header(status(503, ""), "retry-after", "5"),
            Ok(()),
            Err(Unavailable),
        ),
        ("503 without", || status(503, ""), Ok(()), Err(Unavailable)),
        ("500", || status(500, ""), Ok(()), Err(Unavailable)),
        (
            "502",
            || status(502, "<html>Bad Gateway</html>"),
            Ok(()),
            Err(Unavailable),
        ),
        ("504", || status(504, ""), Ok(()), Err(Unavailable)),
        (
            "an answer without end",
            || Err(TransportErrorKind::TooLarge),
            Err(Decode),
            Err(OutcomeUnknown),
        ),
        (
            "a file that shrank on the way",
            || Err(TransportErrorKind::Upload),
            Err(Usage),
            Err(Usage),
        ),
        (
            "400",
            || status(400, r#"{"errorCode":"CMN-101"}"#),
            Err(Api),
            Err(Api),
        ),
        (
            "501",
            || status(501, r#"{"errorCode":"CMN-202"}"#),
            Err(Api),
            Err(Api),
        ),
    ];
    for (name, failure, get, post) in table {
        for (method, expected) in [
            ("GET", get),
            ("PUT", get),
            ("DELETE", get),
            ("POST", post),
            ("PATCH", post),
        ] {
            let (platform, clock) = (Platform::new(once(failure)), clock());
            let client = logged_in(builder(&platform, &clock)).await;
            let request = client.request(method.parse().unwrap(), "/restapi/v1.0/account/~/x");
            let result = drive(&clock, Duration::from_millis(500), request.send()).await;
            // What may have happened in spite of a failure, and may not be done twice, is said to be unknown.
            let open = matches!(expected, Err(OutcomeUnknown | Unavailable));
            let said = result.as_ref().is_err_and(ringcentral::Error::is_outcome_unknown);
            assert_eq!(said, open, "{method}, {name}");
            assert_eq!(
                result.map(drop).map_err(|error| error.kind()),
                expected,
                "{method}, {name}"
            );
            let sent = platform.count("/x", "");
            assert_eq!(sent, 1 + usize::from(expected.is_ok()), "{method}, {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_declared_idempotent_is_repeated() {
    let (platform, clock) = (Platform::new(once(|| Err(TransportErrorKind::Lost))), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    let request = client.post("/restapi/v1.0/account/~/x").idempotent(true);
    drive(&clock, Duration::from_millis(500), request.send())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_out_before_the_next_attempt() {
    let (platform, clock) = (
        Platform::new(once(|| with_header(status(429, ""), "retry-after", "17"))),
        clock(),
    );
    let client = logged_in(builder(&platform, &clock)).await;
    let started = ringcentral::Clock::now(&clock);
    drive(
        &clock,
        Duration::from_secs(1),
        client.get("/restapi/v1.0/account/~/x").send(),
    )
    .await
    .unwrap();
    let waited = ringcentral::Clock::now(&clock).duration_since(started);
    assert_eq!(waited.as_secs(), 17);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_bounded() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/token") {
            tokens(1)
        } else {
            status(503, "")
        }
    });
    let clock = clock();
    let client = logged_in(builder(&platform, &clock).retry(RetryPolicy::standard().max_attempts(3))).await;
    let request = client.get("/restapi/v1.0/account/~/x");
    let error = drive(&clock, Duration::from_millis(500), request.send())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(platform.count("/x", ""), 3);
}

#[tokio::test(start_paused = true)]
async fn a_lost_sms_is_reported_and_not_sent_twice() {
    let (platform, clock) = (Platform::new(once(|| Err(TransportErrorKind::Lost))), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    let (from, to) = (
        PhoneNumber::parse("+16505550101").unwrap(),
        PhoneNumber::parse("+14155550123").unwrap(),
    );
    let error = client
        .me()
        .sms()
        .send_text(&from, "hello")
        .to(&to)
        .send()
        .await
        .unwrap_err();
    assert!(error.is_outcome_unknown());
    assert_eq!(
        platform.count("/sms", r#""to":[{"phoneNumber":"+14155550123"}]"#),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_answers_the_next_question() {
    let (platform, clock) = (
        Platform::new(once(|| {
            let body = r#"{"errorCode":"InsufficientPermissions","message":"m","errors":[{"errorCode":"CMN-408",
                "message":"In order to call this API endpoint, user needs to have [ReadCallLog] permission.","permissionName":"ReadCallLog"}]}"#;
            with_header(status(403, body), "x-rate-limit-group", "Heavy")
        })),
        clock(),
    );
    let client = logged_in(builder(&platform, &clock)).await;
    let error = client.account("~").call_log().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    assert_eq!(error.code(), Some("CMN-408"));
    assert_eq!(error.permission(), Some("ReadCallLog"));
    assert_eq!(error.request_id(), Some("request-1"));
    assert_eq!(error.rate_group(), Some("heavy"));
    assert!(
        error
            .to_string()
            .starts_with("RingCentral refused the request (HTTP 403, CMN-408): In order"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_where_the_bearer_does_not_belong() {
    let (platform, clock) = (Platform::new(once(|| ok("{}"))), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    let before = platform.asked().len();
    for foreign in [
        "https://localhost:1/x",
        "http://localhost:2/x",
        "http://localhost.example.com:1/x",
        "http://user@localhost:1/x",
        "//example.com/x",
        "/x?access_token=abc",
    ] {
        let error = client.get(foreign).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{foreign}");
    }
    for header in ["Authorization", "host"] {
        let error = client
            .get("/x")
            .header(header, "Bearer mine")
            .send()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{header}");
    }
    assert_eq!(
        client
            .get("/x")
            .header("X", "a\nb")
            .send()
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Usage
    );
    assert_eq!(platform.asked().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_closed_gate_fails_at_once_when_asked_to() {
    let (platform, clock) = (
        Platform::new(|asked| {
            if asked.uri.ends_with("/oauth/token") {
                return tokens(1);
            }
            let refused = with_header(status(429, ""), "x-rate-limit-group", "light");
            with_header(refused, "retry-after", "60")
        }),
        clock(),
    );
    let client = logged_in(builder(&platform, &clock).rate_limit(RateLimitPolicy::FailAtOnce)).await;
    // The platform's own refusal comes first, then ours.
    for status in [Some(429), None, None] {
        let error = client.me().info().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
        assert_eq!(error.status().map(|status| status.as_u16()), status);
    }
    assert_eq!(
        platform.count("/extension/", ""),
        1,
        "nothing was sent into the penalty"
    );
}

#[tokio::test(start_paused = true)]
async fn without_login_no_token_is_sent() {
    let platform = Platform::new(|_| ok("{}"));
    let client = builder(&platform, &clock()).build().unwrap();
    client.get("/restapi").without_login().send().await.unwrap();
    assert_eq!(platform.asked()[0].bearer, None);
    assert!(
        client
            .get("/restapi")
            .send()
            .await
            .unwrap_err()
            .is_login_required()
    );
}

#[tokio::test(start_paused = true)]
async fn the_language_of_an_answer_is_asked_for() {
    let platform = Platform::new(once(|| ok("{}")));
    let client = logged_in(builder(&platform, &clock())).await;
    client.get("/restapi/v1.0/x").send().await.unwrap();
    client
        .get("/restapi/v1.0/x")
        .language("fr-CA")
        .send()
        .await
        .unwrap();
    client
        .me()
        .authz_profile()
        .with(|request| request.language("de-DE"))
        .await
        .unwrap();
    let asked = platform.asked();
    let languages: Vec<_> = asked
        .iter()
        .skip(1)
        .map(|asked| asked.language.as_deref())
        .collect();
    assert_eq!(languages, [None, Some("fr-CA"), Some("de-DE")]);
}
