//! How long a repetition is waited for, what it may cost, and what it comes to.

use std::time::Duration;

use ringcentral::{
    Client, Clock, Error, ErrorKind, Grant, ManualClock, Part, PhoneNumber, RateLimitPolicy, RetryPolicy,
    RingOutCall, TransportErrorKind,
};

use super::script::{
    Answer, Platform, answering, builder, clock, drive, logged_in, ok, status, tokens, unauthorized,
    with_header,
};

const PATH: &str = "/restapi/v1.0/account/~/x";

/// These answers one after the other, then success.
fn in_turn(answers: Vec<Answer>) -> impl FnMut() -> Answer + Send {
    let mut answers = answers.into_iter();
    move || answers.next().unwrap_or_else(|| ok("{}"))
}

async fn seconds<T>(clock: &ManualClock, future: impl Future<Output = T>) -> (T, i64) {
    let began = clock.now();
    let output = drive(clock, Duration::from_secs(1), future).await;
    (output, clock.now().duration_since(began).as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_penalty_is_waited_out_however_long_it_is() {
    for (named, length) in [("119", 119), ("180", 180), ("300", 300)] {
        let refused = with_header(status(429, ""), "retry-after", named);
        let (platform, clock) = (Platform::new(answering(in_turn(vec![refused]))), clock());
        let client = logged_in(builder(&platform, &clock)).await;
        let (answer, waited) = seconds(&clock, client.get(PATH).send()).await;
        assert!(answer.is_ok(), "{named}: {answer:?}");
        assert_eq!(waited, length);
    }
}

#[tokio::test(start_paused = true)]
async fn a_penalty_of_the_token_endpoint_is_waited_out_as_well() {
    let mut answers = vec![with_header(status(429, ""), "retry-after", "300"), tokens(1)].into_iter();
    let (platform, clock) = (Platform::new(move |_| answers.next().unwrap()), clock());
    let client = builder(&platform, &clock).build().unwrap();
    let (oauth, login) = (client.oauth(), Grant::password("user", None, "password"));
    let (login, waited) = seconds(&clock, oauth.login(login)).await;
    assert!(login.is_ok(), "{login:?}");
    assert_eq!(waited, 300);
}

#[tokio::test(start_paused = true)]
async fn an_end_of_the_penalty_that_is_named_as_a_date_is_waited_for() {
    // The clock stands at nine; the platform's may differ.
    let table = [
        ("Sat, 21 Nov 2026 09:00:17 GMT", None),
        ("Saturday, 21-Nov-26 09:00:17 GMT", None),
        ("Sat Nov 21 09:00:17 2026", None),
        (
            "Sat, 21 Nov 2026 11:00:17 GMT",
            Some("Sat, 21 Nov 2026 11:00:00 GMT"),
        ),
        (
            "Saturday, 21-Nov-26 11:00:17 GMT",
            Some("Saturday, 21-Nov-26 11:00:00 GMT"),
        ),
    ];
    for failure in [429, 503] {
        for (named, date) in table {
            let refused = with_header(status(failure, ""), "retry-after", named);
            let refused = match date {
                Some(date) => with_header(refused, "date", date),
                None => refused,
            };
            let (platform, clock) = (Platform::new(answering(in_turn(vec![refused]))), clock());
            let client = logged_in(builder(&platform, &clock)).await;
            let (answer, waited) = seconds(&clock, client.get(PATH).send()).await;
            assert!(answer.is_ok(), "{failure} {named}: {answer:?}");
            assert_eq!(waited, 17, "{failure} {named}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_401_about_the_token_costs_a_refresh() {
    type Row = (&'static str, fn() -> Answer, usize);
    let refusals: [Row; 8] = [
        ("an outdated token", unauthorized, 1),
        ("no header", || status(401, r#"{"errorCode":"AGW-401"}"#), 1),
        (
            "another token error",
            || status(401, r#"{"errorCode":"OAU-213"}"#),
            1,
        ),
        (
            "a word alone",
            || status(401, r#"{"errorCode":"TokenExpired"}"#),
            1,
        ),
        (
            "a token without a user",
            || status(401, r#"{"errorCode":"CMN-405"}"#),
            0,
        ),
        (
            "a malformed header",
            || status(401, r#"{"errorCode":"AGW-402"}"#),
            0,
        ),
        (
            "a proxy",
            || status(401, "<html>OAU-129: sign in to the proxy</html>"),
            0,
        ),
        ("nothing", || status(401, ""), 0),
    ];
    for (name, refusal, refreshes) in refusals {
        let platform = Platform::new(answering(refusal));
        let client = logged_in(builder(&platform, &clock())).await;
        let error = client.get(PATH).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api, "{name}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(401), "{name}");
        let asked = platform.count("/oauth/token", "grant_type=refresh_token");
        assert_eq!(asked, refreshes, "{name}");
        assert_eq!(platform.count(PATH, ""), 1 + refreshes, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_is_going_down_is_not_flooded() {
    let (platform, clock) = (Platform::new(|_| status(503, "")), clock());
    let client = builder(&platform, &clock).build().unwrap();
    for _ in 0..50 {
        let (oauth, login) = (client.oauth(), Grant::password("user", None, "password"));
        let error = drive(&clock, Duration::from_secs(1), oauth.login(login))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    assert_eq!(
        platform.count("/oauth/token", ""),
        50 + 20,
        "fifty logins, and twenty retries for all of them"
    );
}

#[tokio::test(start_paused = true)]
async fn a_login_that_succeeds_in_the_end_gives_back_what_its_retry_took() {
    let mut n = 0;
    let platform = Platform::new(move |_| {
        n += 1;
        if n % 2 == 1 { status(503, "") } else { tokens(1) }
    });
    let clock = clock();
    let client = builder(&platform, &clock).build().unwrap();
    for _ in 0..50 {
        let (oauth, login) = (client.oauth(), Grant::password("user", None, "password"));
        let login = drive(&clock, Duration::from_secs(1), oauth.login(login)).await;
        assert!(login.is_ok(), "{login:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waited_for_a_penalty_gives_back_no_more_than_any_other() {
    // What exhausts the budget; ten calls that are refused once; what it is worth then.
    let refused = || with_header(status(429, ""), "retry-after", "1");
    let mut answers = (0..40).map(|_| status(503, "")).collect::<Vec<_>>();
    answers.extend((0..10).flat_map(|_| [refused(), ok("{}")]));
    answers.extend((0..100).map(|_| status(503, "")));
    let (platform, clock) = (Platform::new(answering(in_turn(answers))), clock());
    let client = logged_in(builder(&platform, &clock).retry(RetryPolicy::standard().max_attempts(2))).await;
    let call = async || drive(&clock, Duration::from_secs(1), client.get(PATH).send()).await;
    for _ in 0..20 {
        assert!(call().await.is_err());
    }
    for _ in 0..10 {
        assert!(call().await.is_ok());
    }
    let before = platform.count(PATH, "");
    assert_eq!(before, 60);
    for _ in 0..10 {
        assert!(call().await.is_err());
    }
    assert_eq!(
        platform.count(PATH, "") - before,
        10 + 1,
        "ten successes are one retry"
    );
}

async fn sends(client: &Client) -> Vec<(&'static str, Error)> {
    let (from, to) = (
        PhoneNumber::parse("+16505550101").unwrap(),
        PhoneNumber::parse("+14155550123").unwrap(),
    );
    let me = client.me();
    let picture = Part::bytes("attachment", "a.png", "PNG!");
    vec![
        (
            "sms",
            me.sms()
                .send_text(&from, "hello")
                .to(&to)
                .send()
                .await
                .unwrap_err(),
        ),
        (
            "mms",
            me.mms()
                .send_from(&from)
                .to(&to)
                .attach(picture)
                .send()
                .await
                .unwrap_err(),
        ),
        ("fax", me.fax().resend(7).send().await.unwrap_err()),
        ("call", me.ring_out(&RingOutCall::to(&to)).await.unwrap_err()),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_was_done_and_answered_unreadably_is_not_to_be_done_again() {
    for body in ["<html>done</html>", r#"{"id":[]}"#, ""] {
        let platform = Platform::new(answering(|| ok(body)));
        let client = logged_in(builder(&platform, &clock())).await;
        for (name, error) in sends(&client).await {
            assert_eq!(error.kind(), ErrorKind::Decode, "{name} {body}");
            assert!(error.is_outcome_unknown(), "{name} {body}");
        }
        // Nothing comes of reading twice.
        let error = client.me().info().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(!error.is_outcome_unknown());
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_lost_delete_has_deleted_is_deleted() {
    let gone = || status(404, r#"{"errorCode":"CMN-102"}"#);
    let lost = || Err(TransportErrorKind::Lost);
    let table: [(&str, &str, Vec<Answer>, bool); 8] = [
        ("its answer was lost", "DELETE", vec![lost(), gone()], true),
        (
            "it took too long",
            "DELETE",
            vec![Err(TransportErrorKind::Timeout), gone()],
            true,
        ),
        ("503", "DELETE", vec![status(503, ""), gone()], true),
        (
            "lost, and then refused for a while",
            "DELETE",
            vec![lost(), with_header(status(429, ""), "retry-after", "1"), gone()],
            true,
        ),
        ("it was never there", "DELETE", vec![gone()], false),
        (
            "it never left",
            "DELETE",
            vec![Err(TransportErrorKind::Connect), gone()],
            false,
        ),
        (
            "it was refused for a while",
            "DELETE",
            vec![with_header(status(429, ""), "retry-after", "1"), gone()],
            false,
        ),
        ("what is read is not gone", "GET", vec![lost(), gone()], false),
    ];
    for (name, method, answers, is_done) in table {
        let (platform, clock) = (Platform::new(answering(in_turn(answers))), clock());
        let client = logged_in(builder(&platform, &clock)).await;
        let call = client.request(method.parse().unwrap(), PATH).send();
        let answer = drive(&clock, Duration::from_secs(1), call).await;
        let said = answer.map(|answer| (answer.status().as_u16(), answer.request_id().map(str::to_owned)));
        match said {
            Ok(said) => assert_eq!((said, is_done), ((204, Some("request-1".into())), true), "{name}"),
            Err(error) => assert!(!is_done, "{name}: {error:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_has_the_time_that_its_call_gives_it() {
    for (method, kind) in [("GET", ErrorKind::Timeout), ("POST", ErrorKind::OutcomeUnknown)] {
        // The client's own is a minute.
        for (of_the_call, length) in [(Some(5), 5), (Some(90), 90), (None, 60)] {
            let (platform, clock) = (Platform::stalling("/x"), clock());
            let client = logged_in(builder(&platform, &clock).retry(RetryPolicy::never())).await;
            let mut call = client.request(method.parse().unwrap(), PATH);
            if let Some(seconds) = of_the_call {
                call = call.timeout(Duration::from_secs(seconds));
            }
            let (answer, waited) = seconds(&clock, call.send()).await;
            assert_eq!(answer.unwrap_err().kind(), kind, "{method}");
            assert_eq!(waited, length, "{method}");
            assert_eq!(platform.count("/x", ""), 1, "{method}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_call_is_willing_to_wait_is_for_all_of_its_attempts() {
    // Penalties of 40 s, one after the other.
    let refused = || with_header(status(429, ""), "retry-after", "40");
    for (patience, length, requests) in [(39, 0, 1), (79, 40, 2), (80, 80, 3), (200, 120, 4)] {
        let (platform, clock) = (Platform::new(answering(refused)), clock());
        let client = logged_in(builder(&platform, &clock)).await;
        let policy = RateLimitPolicy::WaitAtMost(Duration::from_secs(patience));
        let (answer, waited) = seconds(&clock, client.get(PATH).rate_limit(policy).send()).await;
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::RateLimited, "{patience}");
        assert_eq!(waited, length, "{patience}");
        assert_eq!(platform.count(PATH, ""), requests, "{patience}");
    }
}

#[tokio::test(start_paused = true)]
async fn behind_a_first_call_that_stalls_nobody_waits_for_longer_than_it_wants_to() {
    use RateLimitPolicy::{FailAtOnce, Wait, WaitAtMost};
    let table = [
        (FailAtOnce, 0),
        (WaitAtMost(Duration::from_secs(2)), 2),
        // One more goes after five seconds.
        (WaitAtMost(Duration::from_secs(20)), 5),
        (Wait, 5),
    ];
    for (policy, length) in table {
        let (platform, clock) = (Platform::stalling("call=first"), clock());
        let client = logged_in(builder(&platform, &clock)).await;
        let mut first = std::pin::pin!(client.get(PATH).query("call", "first").send());
        let second = client.get(PATH).query("call", "second").rate_limit(policy);
        let (answer, waited) = seconds(&clock, async {
            tokio::select! {
                biased;
                _ = &mut first => panic!("it stalls"),
                answer = second.send() => answer,
            }
        })
        .await;
        assert!(answer.is_ok(), "{policy:?}: {answer:?}");
        assert_eq!(waited, length, "{policy:?}");
    }
}
