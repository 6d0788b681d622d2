//! How long a call may take, and how much it may ask of a platform that is going down.

use std::time::Duration;

use ringcentral::{Clock, ErrorKind, RetryPolicy, TransportErrorKind};

use super::script::{Answer, Platform, answering, builder, clock, drive, logged_in, ok, status, with_header};

const STEP: Duration = Duration::from_millis(250);

/// More attempts than any time here has room for.
fn patient() -> RetryPolicy {
    RetryPolicy::standard()
        .max_attempts(100)
        .within(Duration::from_secs(3_600))
}

#[tokio::test(start_paused = true)]
async fn the_whole_call_has_a_time_of_its_own() {
    type Row = (&'static str, fn() -> Answer, u64, ErrorKind);
    // What the platform does, and after how many seconds a GET is given up and with what.
    let table: [Row; 4] = [
        (
            "a 503 that never ends",
            || with_header(status(503, ""), "retry-after", "4"),
            10,
            ErrorKind::Timeout,
        ),
        (
            "a penalty longer than that",
            || with_header(status(429, ""), "retry-after", "60"),
            10,
            ErrorKind::Timeout,
        ),
        (
            "no connection",
            || Err(TransportErrorKind::Connect),
            10,
            ErrorKind::Timeout,
        ),
        ("a refusal", || status(400, "{}"), 0, ErrorKind::Api),
    ];
    for (name, answer, after, kind) in table {
        let (platform, clock) = (Platform::new(answering(answer)), clock());
        let client = logged_in(builder(&platform, &clock).retry(patient())).await;
        let began = clock.now();
        let call = client
            .get("/restapi/v1.0/x")
            .total_timeout(Duration::from_secs(10))
            .send();
        let error = drive(&clock, STEP, call).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}");
        assert_eq!(
            clock.now().duration_since(began).as_secs().unsigned_abs(),
            after,
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_client_sets_the_time_for_every_call() {
    let (platform, clock) = (
        Platform::new(answering(|| Err(TransportErrorKind::Connect))),
        clock(),
    );
    let builder = builder(&platform, &clock)
        .retry(patient())
        .total_timeout(Duration::from_secs(5));
    let client = logged_in(builder).await;
    let began = clock.now();
    let error = drive(&clock, STEP, client.get("/restapi/v1.0/x").send())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(clock.now().duration_since(began).as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_post_that_is_out_when_the_time_ends_has_an_unknown_outcome() {
    for (method, kind) in [("GET", ErrorKind::Timeout), ("POST", ErrorKind::OutcomeUnknown)] {
        let (platform, clock) = (Platform::stalling("/x"), clock());
        let client = logged_in(builder(&platform, &clock)).await;
        let call = client
            .request(method.parse().unwrap(), "/restapi/v1.0/x")
            .total_timeout(Duration::from_secs(5))
            .send();
        let error = drive(&clock, STEP, call).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{method}");
        assert_eq!(platform.count("/x", ""), 1, "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_whose_time_ends_while_it_waits_has_not_taken_effect() {
    type Row = (&'static str, fn() -> Answer);
    let waits: [Row; 2] = [
        ("for the end of a penalty", || {
            with_header(status(429, ""), "retry-after", "60")
        }),
        ("for the next attempt", || Err(TransportErrorKind::Connect)),
    ];
    for (name, answer) in waits {
        let (platform, clock) = (Platform::new(answering(answer)), clock());
        let client = logged_in(builder(&platform, &clock).retry(patient())).await;
        let call = client
            .post("/restapi/v1.0/x")
            .total_timeout(Duration::from_secs(10))
            .send();
        let error = drive(&clock, STEP, call).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_is_going_down_is_not_flooded() {
    let (platform, clock) = (Platform::new(answering(|| status(503, ""))), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    for _ in 0..100 {
        let error = drive(&clock, STEP, client.get("/restapi/v1.0/x").send())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    assert_eq!(
        platform.count("/x", ""),
        100 + 20,
        "a hundred calls, and twenty retries for all of them"
    );
}

#[tokio::test(start_paused = true)]
async fn while_most_calls_succeed_there_is_always_a_retry() {
    let mut n = 0;
    let every_fourth_fails_once = move || {
        n += 1;
        if n % 5 == 4 { status(503, "") } else { ok("{}") }
    };
    let (platform, clock) = (Platform::new(answering(every_fourth_fails_once)), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    for call in 0..400 {
        let answer = drive(&clock, STEP, client.get("/restapi/v1.0/x").send()).await;
        assert!(answer.is_ok(), "call {call}: {answer:?}");
    }
    assert_eq!(platform.count("/x", ""), 400 + 100);
}
