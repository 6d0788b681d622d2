use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::clock::ManualClock;

fn answer(status: u16, headers: &[(&str, &str)]) -> RawResponse {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::new()).unwrap()
}

fn heavy(remaining: &'static str) -> [(&'static str, &'static str); 4] {
    [
        ("X-Rate-Limit-Group", "Heavy"),
        ("X-Rate-Limit-Limit", "3"),
        ("X-Rate-Limit-Remaining", remaining),
        ("X-Rate-Limit-Window", "60"),
    ]
}

fn call_log() -> Operation {
    Operation::new(&Method::GET, "/restapi/v1.0/account/~/call-log")
}

fn clock() -> ManualClock {
    ManualClock::at(Timestamp::UNIX_EPOCH)
}

#[test]
fn operations_are_told_apart_by_template_and_not_by_id() {
    let op = |path| Operation::new(&Method::GET, path);
    assert_eq!(
        op("/restapi/v1.0/account/~/extension/101"),
        op("/restapi/v1.0/account/900110022/extension/~")
    );
    assert_ne!(
        op("/restapi/v1.0/account/~/extension"),
        op("/restapi/v1.0/account/~/call-log")
    );
    assert_ne!(
        op("/restapi/v1.0/x"),
        Operation::new(&Method::POST, "/restapi/v1.0/x")
    );
}

#[tokio::test]
async fn a_used_up_window_is_waited_out_to_the_second() {
    let clock = clock();
    let gates = Gates::new(RateLimitPolicy::FailAtOnce);
    gates.learn(&call_log(), &answer(200, &heavy("2")), clock.now());
    for _ in 0..3 {
        gates.pass(&call_log(), &clock).await.unwrap();
    }
    let error = gates.pass(&call_log(), &clock).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(60)))
    );
    clock.advance(Duration::from_secs(59));
    assert!(gates.pass(&call_log(), &clock).await.is_err());
    clock.advance(Duration::from_secs(1));
    gates.pass(&call_log(), &clock).await.unwrap();
}

#[tokio::test]
async fn a_penalty_closes_the_group_for_every_operation_of_it() {
    let clock = clock();
    let gates = Gates::new(RateLimitPolicy::WaitAtMost(Duration::from_secs(10)));
    let record = Operation::new(&Method::GET, "/restapi/v1.0/account/~/call-log/abc1");
    gates.learn(&record, &answer(200, &heavy("2")), clock.now());
    let mut refused = heavy("0").to_vec();
    refused.push(("Retry-After", "42"));
    gates.learn(&call_log(), &answer(429, &refused), clock.now());
    assert_eq!(
        gates.pass(&record, &clock).await.unwrap_err().retry_after(),
        Some(Duration::from_secs(60))
    );
    clock.advance(Duration::from_secs(60));
    gates.pass(&record, &clock).await.unwrap();
}

#[tokio::test]
async fn a_429_without_headers_is_a_penalty_of_half_a_minute() {
    let clock = clock();
    let gates = Gates::new(RateLimitPolicy::FailAtOnce);
    gates.learn(&call_log(), &answer(200, &heavy("2")), clock.now());
    gates.learn(&call_log(), &answer(429, &[]), clock.now());
    assert_eq!(
        gates.pass(&call_log(), &clock).await.unwrap_err().retry_after(),
        Some(Duration::from_secs(30))
    );
}

#[tokio::test]
async fn waiting_ends_when_the_window_does() {
    let clock = clock();
    let gates = Arc::new(Gates::new(RateLimitPolicy::Wait));
    gates.learn(&call_log(), &answer(429, &heavy("0")), clock.now());
    let waiting = tokio::spawn({
        let (gates, clock) = (Arc::clone(&gates), clock.clone());
        async move { gates.pass(&call_log(), &clock).await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    clock.advance(Duration::from_secs(60));
    waiting.await.unwrap().unwrap();
}
