//! Those who do not wait for as long as it takes: behind a request that finds out the limit, behind answers that are late,
//! at one gate after the other.

use super::shared::{pass, two};
use super::*;

type Went = tokio::task::JoinHandle<Result<Place>>;

const NEVER: RateLimitPolicy = RateLimitPolicy::FailAtOnce;

fn at_most(seconds: u64) -> RateLimitPolicy {
    RateLimitPolicy::WaitAtMost(Duration::from_secs(seconds))
}

/// Somebody who comes now.
async fn comes(gates: &Arc<Gates>, policy: RateLimitPolicy) -> Went {
    let gates = Arc::clone(gates);
    let ask = Ask {
        policy,
        ..Ask::default()
    };
    let task = tokio::spawn(async move { gates.pass(&call_log(), ask).await });
    settle().await;
    task
}

async fn wait(clock: &ManualClock, seconds: u64) {
    clock.advance(Duration::from_secs(seconds));
    settle().await;
}

fn answered(gates: &Gates, place: Place, limit: u32, remaining: u32) {
    place.leaves();
    gates.learn(
        &call_log(),
        place,
        StatusCode::OK,
        &headers("Heavy", limit, remaining),
    );
}

#[tokio::test]
async fn they_do_not_wait_for_what_the_first_one_learns_but_are_counted() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    let first = gates.pass(&call_log(), gates.usual()).await.unwrap();
    let patient = comes(&gates, RateLimitPolicy::Wait).await;
    let (hasty, two_seconds) = (comes(&gates, NEVER).await, comes(&gates, at_most(2)).await);
    assert!(hasty.is_finished() && !two_seconds.is_finished() && !patient.is_finished());
    wait(&clock, 1).await;
    assert!(!two_seconds.is_finished());
    wait(&clock, 1).await;
    assert!(two_seconds.is_finished() && !patient.is_finished());
    let places = [hasty.await.unwrap().unwrap(), two_seconds.await.unwrap().unwrap()];
    // Three are under way, and one more may go.
    answered(&gates, first, 4, 3);
    settle().await;
    assert!(patient.is_finished());
    let refused = gates
        .pass(
            &call_log(),
            Ask {
                policy: NEVER,
                ..Ask::default()
            },
        )
        .await;
    assert_eq!(retry_after(refused.map(drop)), Some(60));
    drop(places);
}

#[tokio::test]
async fn the_patient_wait_for_the_first_one_and_not_for_those() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    let _first = gates.pass(&call_log(), gates.usual()).await.unwrap();
    let patient = comes(&gates, RateLimitPolicy::Wait).await;
    wait(&clock, 4).await;
    let _hasty = comes(&gates, NEVER).await;
    wait(&clock, 1).await;
    assert!(patient.is_finished(), "five seconds after the first one");
}

#[tokio::test]
async fn whoever_finds_nobody_ahead_finds_out_the_limit_whatever_its_patience() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    let first = comes(&gates, NEVER).await.await.unwrap().unwrap();
    let patient = comes(&gates, RateLimitPolicy::Wait).await;
    assert!(!patient.is_finished());
    answered(&gates, first, 2, 1);
    settle().await;
    assert!(patient.is_finished());
}

#[tokio::test]
async fn answers_that_are_late_prolong_no_wait() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    wait(&clock, 60).await;
    let slow = gates.pass(&call_log(), gates.usual()).await.unwrap();
    // If the answer came now, the next one could go in a minute.
    let (minute, longer) = (
        comes(&gates, at_most(60)).await,
        comes(&gates, at_most(180)).await,
    );
    wait(&clock, 50).await;
    answered(&gates, slow, 1, 0);
    settle().await;
    assert!(!minute.is_finished());
    wait(&clock, 9).await;
    assert!(!minute.is_finished());
    wait(&clock, 1).await;
    assert!(minute.is_finished() && !longer.is_finished());
    assert_eq!(retry_after(minute.await.unwrap().map(drop)), Some(50));
    wait(&clock, 50).await;
    assert!(longer.is_finished());
}

#[tokio::test]
async fn whoever_s_turn_comes_when_its_patience_ends_goes() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 2, 0))
        .await
        .unwrap();
    let waiting = [comes(&gates, at_most(60)).await, comes(&gates, at_most(60)).await];
    wait(&clock, 60).await;
    for task in waiting {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn patience_is_for_all_gates_together() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    let waiting = comes(&gates, at_most(70)).await;
    wait(&clock, 30).await;
    // The operation turns out to be of another group, which is used up until 90.
    let place = Gate::new("heavy", Window::default(), &gates.setting)
        .enter(Ask::default(), None)
        .await
        .unwrap();
    place.leaves();
    gates.learn(&call_log(), place, StatusCode::OK, &headers("Exotic", 1, 0));
    wait(&clock, 30).await;
    assert!(waiting.is_finished(), "for 30 s more it does not wait");
    assert_eq!(retry_after(waiting.await.unwrap().map(drop)), Some(30));
}

#[tokio::test]
async fn what_was_waited_is_told_with_the_place() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    let first = gates.pass(&call_log(), gates.usual()).await.unwrap();
    assert!(!first.has_waited());
    answered(&gates, first, 1, 0);
    let second = comes(&gates, RateLimitPolicy::Wait).await;
    wait(&clock, 60).await;
    let second = second.await.unwrap().unwrap();
    assert_eq!((second.has_waited(), second.waited()), (true, MINUTE));
}

#[tokio::test]
async fn nor_do_they_wait_for_what_another_process_learns() {
    let clock = clock();
    let [one, other] = two(RateLimitPolicy::Wait, &clock);
    let first = comes(&one, RateLimitPolicy::Wait).await;
    let (hasty, two_seconds) = (comes(&other, NEVER).await, comes(&other, at_most(2)).await);
    let patient = comes(&other, RateLimitPolicy::Wait).await;
    pass(&clock, Duration::from_millis(200)).await;
    assert!(first.is_finished() && hasty.is_finished());
    assert!(!two_seconds.is_finished() && !patient.is_finished());
    pass(&clock, Duration::from_secs(2)).await;
    assert!(two_seconds.is_finished() && !patient.is_finished());
    let places = [hasty, two_seconds].map(|task| async move { task.await.unwrap().unwrap() });
    for (place, remaining) in futures_util::future::join_all(places)
        .await
        .into_iter()
        .zip([2, 1])
    {
        answered(&other, place, 4, remaining);
    }
    pass(&clock, Duration::from_secs(1)).await;
    assert!(patient.is_finished());
    answered(&one, first.await.unwrap().unwrap(), 4, 3);
    pass(&clock, Duration::from_secs(1)).await;
    let refused = comes(&one, NEVER).await.await.unwrap();
    assert!(retry_after(refused.map(drop)).is_some(), "all four are counted");
}
