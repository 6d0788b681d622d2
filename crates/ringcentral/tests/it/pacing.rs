//! Nothing is sent that the platform would answer with 429: the client against a platform that counts.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use ringcentral::{
    Clock, ErrorKind, ManualClock, MemoryTokenStore, Priority, RateLimitPolicy, RetryPolicy,
    TransportErrorKind,
};

use super::script::{
    Answer, Asked, Platform, builder, clock, drive, logged_in, ok, status, tokens, with_header,
};
use super::session::FullDisk;

const LIMIT: usize = 40;
const WINDOW: Duration = Duration::from_secs(60);

/// A platform whose group Medium takes 40 requests in any minute, and closes for a minute when it gets more.
fn counting(clock: &ManualClock) -> impl FnMut(&Asked) -> Answer + Send + use<> {
    let (clock, counted) = (clock.clone(), Mutex::new(Vec::new()));
    move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        let (mut counted, now) = (counted.lock().unwrap(), clock.now());
        counted.retain(|at| now.duration_since(*at).unsigned_abs() < WINDOW);
        let answer = if counted.len() >= LIMIT {
            with_header(status(429, ""), "retry-after", "60")
        } else {
            counted.push(now);
            ok(r#"{"records":[]}"#)
        };
        let answer = with_header(answer, "x-rate-limit-group", "Medium");
        let answer = with_header(answer, "x-rate-limit-limit", "40");
        let answer = with_header(answer, "x-rate-limit-window", "60");
        let mut answer = answer?;
        answer
            .headers_mut()
            .insert("x-rate-limit-remaining", (LIMIT - counted.len()).into());
        Ok(answer)
    }
}

#[tokio::test(start_paused = true)]
async fn five_hundred_calls_of_fifty_tasks_are_never_refused_and_wait_no_longer_than_they_must() {
    let clock = clock();
    let platform = Platform::new(counting(&clock));
    // Whatever is refused fails.
    let client = logged_in(builder(&platform, &clock).retry(ringcentral::RetryPolicy::never())).await;
    let began = clock.now();
    let tasks = (0..50).map(async |_| {
        for _ in 0..10 {
            client.account("~").extensions().send().await.unwrap();
        }
    });
    drive(&clock, Duration::from_secs(1), join_all(tasks)).await;
    // 500 are twelve and a half times 40: the last ones go after twelve windows.
    assert_eq!(clock.now().duration_since(began).unsigned_abs(), 12 * WINDOW);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_dies_in_the_queue_is_not_sent() {
    let mut issued = 0;
    // One request in 70 minutes; tokens live for an hour.
    let platform = Platform::new(move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            return tokens(issued);
        }
        let answer = with_header(ok("{}"), "x-rate-limit-group", "Medium");
        let answer = with_header(answer, "x-rate-limit-limit", "1");
        with_header(answer, "x-rate-limit-window", "4200")
    });
    let clock = clock();
    let client = logged_in(builder(&platform, &clock).refresh_ahead(false)).await;
    for _ in 0..2 {
        let call = client.get("/restapi/v1.0/account/~/extension").send();
        drive(&clock, Duration::from_secs(60), call).await.unwrap();
    }
    let asked = platform.asked();
    let bearers: Vec<_> = asked.iter().filter_map(|asked| asked.bearer.as_deref()).collect();
    assert_eq!(bearers, ["access-1", "access-2"]);
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_at_the_gate_leaves_all_retries() {
    type Failure = (&'static str, fn() -> Answer);
    let failures: [Failure; 2] = [
        ("no connection", || Err(ringcentral::TransportErrorKind::Connect)),
        ("429", || with_header(status(429, ""), "retry-after", "60")),
    ];
    for (name, failure) in failures {
        let mut calls = 0;
        // One request in ten minutes; the second one fails once.
        let platform = Platform::new(move |asked| {
            if asked.uri.ends_with("/oauth/token") {
                return tokens(1);
            }
            calls += 1;
            if calls == 2 {
                return failure();
            }
            let answer = with_header(ok("{}"), "x-rate-limit-group", "Medium");
            let answer = with_header(answer, "x-rate-limit-limit", "1");
            with_header(answer, "x-rate-limit-window", "600")
        });
        let clock = clock();
        let client = logged_in(builder(&platform, &clock)).await;
        for _ in 0..2 {
            let call = client.get("/restapi/v1.0/account/~/extension").send();
            let answer = drive(&clock, Duration::from_secs(10), call).await;
            assert!(answer.is_ok(), "{name}: {answer:?}");
        }
        assert_eq!(platform.count("/extension", ""), 3, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_clients_that_share_a_store_are_never_refused_either() {
    let clock = clock();
    let platform = Platform::new(counting(&clock));
    let store = Arc::new(MemoryTokenStore::new());
    let client = || {
        builder(&platform, &clock)
            .shared_token_store(store.clone())
            .share_rate_limits(true)
            .retry(ringcentral::RetryPolicy::never())
    };
    let clients = [logged_in(client()).await, client().build().unwrap()];
    let began = clock.now();
    let tasks = (0..20).map(async |n| {
        for _ in 0..10 {
            clients[n % 2].account("~").extensions().send().await.unwrap();
        }
    });
    drive(&clock, Duration::from_millis(100), join_all(tasks)).await;
    let took = clock.now().duration_since(began).unsigned_abs();
    assert!(
        (4 * WINDOW..4 * WINDOW + Duration::from_secs(10)).contains(&took),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_is_not_willing_to_wait_is_told_for_how_long_and_sends_nothing() {
    let clock = clock();
    let platform = Platform::new(counting(&clock));
    let client = logged_in(builder(&platform, &clock).rate_limit(RateLimitPolicy::FailAtOnce)).await;
    for _ in 0..LIMIT {
        client.account("~").extensions().send().await.unwrap();
    }
    clock.advance(Duration::from_secs(18));
    let error = client.account("~").extensions().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.rate_group(), Some("medium"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(42)));
    assert_eq!(platform.count("/extension", ""), LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_left_leaves_its_place_to_others() {
    let clock = clock();
    let mut counting = counting(&clock);
    let mut calls = 0;
    let platform = Platform::new(move |asked| {
        calls += usize::from(!asked.uri.ends_with("/oauth/token"));
        // Every second one finds no connection, once the limit is known.
        if calls > 1 && calls.is_multiple_of(2) {
            return Err(ringcentral::TransportErrorKind::Connect);
        }
        counting(asked)
    });
    let client = logged_in(
        builder(&platform, &clock)
            .rate_limit(RateLimitPolicy::FailAtOnce)
            .retry(ringcentral::RetryPolicy::never()),
    )
    .await;
    let mut answered = 0;
    for _ in 0..2 * LIMIT - 1 {
        answered += usize::from(client.account("~").extensions().send().await.is_ok());
    }
    assert_eq!(answered, LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_answer_is_lost_keeps_its_place() {
    let clock = clock();
    let mut counting = counting(&clock);
    let mut calls = 0;
    let platform = Platform::new(move |asked| {
        let answer = counting(asked);
        calls += usize::from(!asked.uri.ends_with("/oauth/token"));
        // The platform has counted the last one, and no later answer tells.
        if calls == LIMIT {
            return Err(TransportErrorKind::Lost);
        }
        answer
    });
    let client = logged_in(
        builder(&platform, &clock)
            .rate_limit(RateLimitPolicy::FailAtOnce)
            .retry(RetryPolicy::never()),
    )
    .await;
    let mut answered = 0;
    for _ in 0..=LIMIT {
        answered += usize::from(client.account("~").extensions().send().await.is_ok());
    }
    assert_eq!(answered, LIMIT - 1);
    assert_eq!(platform.count("/extension", ""), LIMIT);
}

/// A platform that takes one call a minute.
fn one_a_minute() -> Arc<Platform> {
    Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        let answer = with_header(ok("{}"), "x-rate-limit-group", "Medium");
        let answer = with_header(answer, "x-rate-limit-limit", "1");
        let answer = with_header(answer, "x-rate-limit-remaining", "0");
        with_header(answer, "x-rate-limit-window", "60")
    })
}

const PATH: &str = "/restapi/v1.0/account/~/extension";

#[tokio::test(start_paused = true)]
async fn a_call_may_say_for_itself_whether_it_waits() {
    let table = [
        (RateLimitPolicy::Wait, RateLimitPolicy::FailAtOnce, false),
        (RateLimitPolicy::FailAtOnce, RateLimitPolicy::Wait, true),
    ];
    for (client_s, call_s, waits) in table {
        let (platform, clock) = (one_a_minute(), clock());
        let client = logged_in(builder(&platform, &clock).rate_limit(client_s)).await;
        client.get(PATH).send().await.unwrap();
        let call = client.get(PATH).rate_limit(call_s).send();
        let result = drive(&clock, Duration::from_secs(1), call).await;
        assert_eq!(result.is_ok(), waits, "{call_s:?}");
        assert_eq!(platform.count(PATH, ""), 1 + usize::from(waits), "{call_s:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_for_the_background_lets_others_go_first() {
    let (platform, clock) = (one_a_minute(), clock());
    let client = logged_in(builder(&platform, &clock)).await;
    let call = |name| client.get(PATH).query("call", name);
    call("first").send().await.unwrap();
    let night = Box::pin(call("night").priority(Priority::Background).send());
    let person = Box::pin(call("person").send());
    let (night, person) = drive(&clock, Duration::from_secs(1), async {
        tokio::join!(night, person)
    })
    .await;
    night.and(person).unwrap();
    let asked = platform.asked();
    let order: Vec<_> = asked
        .iter()
        .filter_map(|asked| asked.uri.split_once("call="))
        .map(|(_, name)| name)
        .collect();
    assert_eq!(order, ["first", "person", "night"]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_share_is_a_mistake_of_the_settings() {
    let clock = clock();
    let platform = Platform::new(counting(&clock));
    let store = || FullDisk(MemoryTokenStore::new(), AtomicU32::new(0));
    let builder = || builder(&platform, &clock).token_store(store());
    builder().build().unwrap();
    let error = builder().share_rate_limits(true).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("cannot share rate limits"), "{error}");
}
