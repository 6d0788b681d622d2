//! What a gate knows before any answer, and who goes in the moment in which it opens.

use futures_util::FutureExt;

use super::*;

#[tokio::test]
async fn a_newcomer_in_the_moment_of_opening_goes_behind_those_who_wait() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    let operation = call_log();
    let mut first = pin!(gates.pass(&operation, gates.usual()));
    assert!(!is_ready(first.as_mut()));
    settle().await;
    clock.advance(MINUTE);
    // The group is open, and the porter has had no turn since.
    let mut newcomer = pin!(gates.pass(&operation, gates.usual()));
    assert!(!is_ready(newcomer.as_mut()));
    settle().await;
    assert!(!is_ready(newcomer.as_mut()));
    assert!(is_ready(first.as_mut()));
}

#[tokio::test]
async fn a_group_that_is_not_throttled_lets_everybody_through_before_any_answer() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    let operation = get("/restapi");
    assert_eq!(operation.group(), Some("nothrottling"));
    let mut under_way = Vec::new();
    for n in 0..100 {
        let place = gates.pass(&operation, gates.usual()).now_or_never();
        under_way.push(place.unwrap_or_else(|| panic!("number {n} waits")).unwrap());
    }
}

#[tokio::test]
async fn an_answer_from_in_front_of_the_service_does_not_say_that_there_is_no_limit() {
    // What is in front of it names no limits, whether there are any or not.
    for status in [401, 500, 502, 503] {
        let clock = clock();
        let gates = gates(RateLimitPolicy::Wait, &clock);
        send(&gates, &call_log(), status, &HeaderMap::new())
            .await
            .unwrap();
        let callers = Callers::of(&gates);
        for name in ["1", "2", "3"] {
            callers.come(Priority::Interactive, name).await;
        }
        assert_eq!(callers.went(), "1", "{status}: one goes first still");
    }
}
