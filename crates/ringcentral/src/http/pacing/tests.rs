use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::{Method, StatusCode};

use super::*;
use crate::clock::ManualClock;
use crate::entropy::OsEntropy;
use crate::session::MemoryTokenStore;

const MINUTE: Duration = Duration::from_secs(60);

fn clock() -> ManualClock {
    ManualClock::at(jiff::Timestamp::UNIX_EPOCH)
}

fn gates(policy: RateLimitPolicy, clock: &ManualClock) -> Arc<Gates> {
    let clock = Arc::new(clock.clone());
    Arc::new(Gates::new(
        policy,
        MINUTE,
        clock,
        Arc::new(OsEntropy),
        Spawner::tokio(),
    ))
}

fn headers(group: &str, limit: u32, remaining: u32) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-rate-limit-group", group.parse().unwrap());
    headers.insert("x-rate-limit-limit", limit.into());
    headers.insert("x-rate-limit-remaining", remaining.into());
    headers.insert("x-rate-limit-window", 60.into());
    headers
}

fn get(path: &str) -> Operation {
    Operation::new(&Method::GET, path)
}

/// Of the group Heavy, by the documents.
fn call_log() -> Operation {
    get("/restapi/v1.0/account/~/extension/~/call-log")
}

async fn send(gates: &Gates, operation: &Operation, status: u16, headers: &HeaderMap) -> Result<()> {
    let place = gates.pass(operation, gates.usual()).await?;
    place.leaves();
    gates.learn(operation, place, StatusCode::from_u16(status).unwrap(), headers);
    Ok(())
}

fn retry_after(result: Result<()>) -> Option<u64> {
    let error = result.expect_err("it should have been refused");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    error.retry_after().map(|wait| wait.as_secs())
}

/// Lets every task run until none can go on.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn is_ready<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    matches!(future.poll(&mut context), Poll::Ready(_))
}

/// Tasks that ask for a place each and note their names in the order in which they get it. They keep it.
struct Callers {
    gates: Arc<Gates>,
    went: Arc<Mutex<Vec<String>>>,
    places: Arc<Mutex<Vec<Place>>>,
}

impl Callers {
    fn of(gates: &Arc<Gates>) -> Self {
        Self {
            gates: Arc::clone(gates),
            went: Arc::default(),
            places: Arc::default(),
        }
    }

    async fn come(&self, priority: Priority, name: &str) -> tokio::task::JoinHandle<()> {
        let (gates, went, places) = (
            Arc::clone(&self.gates),
            Arc::clone(&self.went),
            Arc::clone(&self.places),
        );
        let name = name.to_owned();
        let ask = Ask {
            priority,
            ..gates.usual()
        };
        let task = tokio::spawn(async move {
            let place = gates.pass(&call_log(), ask).await.unwrap();
            went.lock().unwrap().push(name);
            places.lock().unwrap().push(place);
        });
        settle().await;
        task
    }

    fn went(&self) -> String {
        self.went.lock().unwrap().join(" ")
    }

    /// Those who went are answered.
    async fn are_answered(&self, limit: u32, remaining: u32) {
        let places = std::mem::take(&mut *self.places.lock().unwrap());
        for place in places {
            place.leaves();
            self.gates.learn(
                &call_log(),
                place,
                StatusCode::OK,
                &headers("Heavy", limit, remaining),
            );
        }
        settle().await;
    }
}

#[tokio::test]
async fn a_used_up_window_is_waited_out_to_the_second() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::FailAtOnce, &clock);
    for remaining in [2, 1, 0] {
        send(&gates, &call_log(), 200, &headers("Heavy", 3, remaining))
            .await
            .unwrap();
    }
    let again = async || send(&gates, &call_log(), 200, &headers("Heavy", 3, 0)).await;
    assert_eq!(retry_after(again().await), Some(60));
    clock.advance(Duration::from_secs(59));
    assert_eq!(retry_after(again().await), Some(1));
    clock.advance(Duration::from_secs(1));
    again().await.unwrap();
}

#[tokio::test]
async fn the_error_names_the_group_and_says_that_nothing_was_sent() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::FailAtOnce, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    let error = gates.pass(&call_log(), gates.usual()).await.unwrap_err();
    assert_eq!(error.rate_group(), Some("heavy"));
    assert!(error.was_never_sent());
    assert_eq!(
        error.to_string(),
        "the requests of group heavy are used up for about 60 s; nothing was sent"
    );
}

#[tokio::test]
async fn a_group_is_one_gate_for_all_its_operations_and_no_other_group_s() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::FailAtOnce, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    // Heavy as well, by the documents.
    let company = get("/restapi/v1.0/account/~/call-log");
    assert_eq!(
        retry_after(gates.pass(&company, gates.usual()).await.map(drop)),
        Some(60)
    );
    gates
        .pass(&get("/restapi/v1.0/account/~"), gates.usual())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_group_that_an_answer_names_is_the_operation_s() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::FailAtOnce, &clock);
    let (light, odd) = (get("/restapi/v1.0/account/~"), get("/odd/~"));
    for operation in [&light, &odd] {
        send(&gates, operation, 200, &headers("Exotic", 2, 0))
            .await
            .unwrap();
        clock.advance(Duration::from_secs(1));
        assert_eq!(
            retry_after(gates.pass(operation, gates.usual()).await.map(drop)),
            Some(59),
            "{operation:?}"
        );
        clock.advance(MINUTE);
    }
    // Its old group is as free as it was: nothing was counted there.
    let other = get("/restapi/v1.0/account/~/extension/~/message-store");
    assert_eq!(other.group(), light.group());
    gates.pass(&other, gates.usual()).await.unwrap();
}

#[tokio::test]
async fn those_who_waited_at_the_wrong_gate_move_to_the_right_one() {
    for path in ["/restapi/v1.0/account/~", "/odd/~"] {
        let clock = clock();
        let gates = gates(RateLimitPolicy::Wait, &clock);
        let operation = get(path);
        let probe = gates.pass(&operation, gates.usual()).await.unwrap();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let (gates, operation) = (Arc::clone(&gates), operation.clone());
                tokio::spawn(async move { gates.pass(&operation, gates.usual()).await.map(std::mem::forget) })
            })
            .collect();
        settle().await;
        let went = |waiting: &Vec<tokio::task::JoinHandle<_>>| {
            waiting.iter().filter(|task| task.is_finished()).count()
        };
        assert_eq!(went(&waiting), 0, "{path}");
        probe.leaves();
        gates.learn(&operation, probe, StatusCode::OK, &headers("Exotic", 3, 2));
        settle().await;
        assert_eq!(went(&waiting), 2, "{path}: two of three are left");
        clock.advance(MINUTE);
        settle().await;
        assert_eq!(went(&waiting), 3, "{path}");
    }
}

#[tokio::test]
async fn one_goes_first_and_the_others_wait_for_what_it_teaches() {
    let clock = clock();
    let callers = Callers::of(&gates(RateLimitPolicy::Wait, &clock));
    for name in ["1", "2", "3", "4", "5"] {
        callers.come(Priority::Interactive, name).await;
    }
    assert_eq!(callers.went(), "1");
    callers.are_answered(3, 2).await;
    assert_eq!(callers.went(), "1 2 3");
    clock.advance(MINUTE);
    settle().await;
    assert_eq!(
        callers.went(),
        "1 2 3 4",
        "the others are under way, whatever the time"
    );
}

#[tokio::test]
async fn when_the_first_dies_the_next_goes_first() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    let callers = Callers::of(&gates);
    for name in ["1", "2", "3"] {
        callers.come(Priority::Interactive, name).await;
    }
    // Cancelled before it was sent, then lost on the way.
    callers.places.lock().unwrap().clear();
    settle().await;
    assert_eq!(callers.went(), "1 2");
    let lost = callers.places.lock().unwrap().pop().unwrap();
    lost.leaves();
    drop(lost);
    settle().await;
    assert_eq!(callers.went(), "1 2 3");
}

#[tokio::test]
async fn a_platform_that_counts_nothing_holds_nobody_back() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::FailAtOnce, &clock);
    send(&gates, &call_log(), 200, &HeaderMap::new()).await.unwrap();
    let places: Vec<_> =
        futures_util::future::join_all((0..100).map(async |_| gates.pass(&call_log(), gates.usual()).await))
            .await;
    assert!(places.iter().all(Result::is_ok));
}

#[tokio::test]
async fn they_go_in_the_order_in_which_they_came_and_the_background_now_and_then() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    let callers = Callers::of(&gates);
    callers.come(Priority::Background, "a").await;
    callers.come(Priority::Background, "b").await;
    for name in ["1", "2", "3", "4", "5"] {
        callers.come(Priority::Interactive, name).await;
    }
    for _ in 0..7 {
        clock.advance(MINUTE);
        settle().await;
        callers.are_answered(1, 0).await;
    }
    assert_eq!(callers.went(), "1 2 3 4 a 5 b");
}

#[tokio::test]
async fn whoever_goes_away_leaves_the_queue_and_its_place_to_the_next() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    let callers = Callers::of(&gates);
    let first = callers.come(Priority::Interactive, "1").await;
    callers.come(Priority::Interactive, "2").await;
    callers.come(Priority::Interactive, "3").await;
    first.abort();
    clock.advance(MINUTE);
    settle().await;
    assert_eq!(callers.went(), "2");
    // This one had its place and goes away before it sends.
    callers.places.lock().unwrap().clear();
    settle().await;
    assert_eq!(callers.went(), "2 3");
}

#[tokio::test]
async fn whoever_has_gone_away_is_not_waited_for() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    let callers = Callers::of(&gates);
    callers.come(Priority::Interactive, "1").await.abort();
    settle().await;
    let ask = Ask {
        policy: RateLimitPolicy::WaitAtMost(MINUTE),
        ..Ask::default()
    };
    let operation = call_log();
    let mut next = pin!(gates.pass(&operation, ask));
    assert!(!is_ready(next.as_mut()), "behind nobody it waits a minute");
    clock.advance(MINUTE);
    settle().await;
    assert!(is_ready(next.as_mut()));
}

#[tokio::test]
async fn a_place_given_to_somebody_who_has_just_gone_goes_on_to_the_next() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    let operation = call_log();
    let mut gone = Box::pin(gates.pass(&operation, gates.usual()));
    assert!(!is_ready(gone.as_mut()));
    let mut next = pin!(gates.pass(&operation, gates.usual()));
    assert!(!is_ready(next.as_mut()));
    clock.advance(MINUTE);
    // The porter gives the place, and nobody takes it.
    settle().await;
    assert!(!is_ready(next.as_mut()));
    drop(gone);
    settle().await;
    assert!(is_ready(next.as_mut()));
}

#[tokio::test]
async fn the_place_in_the_queue_decides_who_waits_and_who_is_refused() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    for remaining in [1, 0] {
        send(&gates, &call_log(), 200, &headers("Heavy", 2, remaining))
            .await
            .unwrap();
        clock.advance(Duration::from_secs(10));
    }
    // At 20 s: places come free in 40, 50, 100, 110 s.
    let ask = |seconds| Ask {
        policy: RateLimitPolicy::WaitAtMost(Duration::from_secs(seconds)),
        ..Ask::default()
    };
    let operation = call_log();
    let mut refused = pin!(gates.pass(&operation, ask(39)));
    assert!(is_ready(refused.as_mut()));
    let mut first = pin!(gates.pass(&operation, ask(40)));
    let mut second = pin!(gates.pass(&operation, ask(55)));
    assert!(!is_ready(first.as_mut()) && !is_ready(second.as_mut()));
    let third = gates.pass(&operation, ask(99)).await.map(drop);
    assert_eq!(retry_after(third), Some(100));
    let at_once = Ask {
        policy: RateLimitPolicy::FailAtOnce,
        ..Ask::default()
    };
    assert_eq!(
        retry_after(gates.pass(&operation, at_once).await.map(drop)),
        Some(100)
    );
    clock.advance(Duration::from_secs(40));
    settle().await;
    assert!(is_ready(first.as_mut()) && !is_ready(second.as_mut()));
}

#[tokio::test]
async fn a_penalty_sends_away_those_who_did_not_want_to_wait_so_long() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    for remaining in [1, 0] {
        send(&gates, &call_log(), 200, &headers("Heavy", 2, remaining))
            .await
            .unwrap();
    }
    clock.advance(Duration::from_secs(30));
    let patient = tokio::spawn({
        let gates = Arc::clone(&gates);
        async move { gates.pass(&call_log(), gates.usual()).await.map(drop) }
    });
    let hasty = tokio::spawn({
        let gates = Arc::clone(&gates);
        let policy = RateLimitPolicy::WaitAtMost(Duration::from_secs(60));
        async move {
            gates
                .pass(
                    &call_log(),
                    Ask {
                        policy,
                        ..Ask::default()
                    },
                )
                .await
                .map(drop)
        }
    });
    settle().await;
    clock.advance(Duration::from_secs(10));
    settle().await;
    assert!(!patient.is_finished() && !hasty.is_finished());
    // Somebody else's request of this group is refused.
    let mut refused = HeaderMap::new();
    refused.insert("x-rate-limit-group", "heavy".parse().unwrap());
    refused.insert("retry-after", "60".parse().unwrap());
    let light = get("/restapi/v1.0/account/~");
    send(&gates, &light, 429, &refused).await.unwrap();
    settle().await;
    assert!(!patient.is_finished());
    assert_eq!(retry_after(hasty.await.unwrap()), Some(60));
    clock.advance(Duration::from_secs(60));
    patient.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_429_without_headers_closes_its_group_for_half_a_minute() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::FailAtOnce, &clock);
    send(&gates, &call_log(), 200, &HeaderMap::new()).await.unwrap();
    send(&gates, &call_log(), 429, &HeaderMap::new()).await.unwrap();
    assert_eq!(
        retry_after(gates.pass(&call_log(), gates.usual()).await.map(drop)),
        Some(30)
    );
    clock.advance(Duration::from_secs(30));
    gates.pass(&call_log(), gates.usual()).await.unwrap();
}

#[tokio::test]
async fn ten_thousand_who_wait_are_one_timer_and_each_place_wakes_one() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    send(&gates, &call_log(), 200, &headers("Heavy", 2, 1))
        .await
        .unwrap();
    send(&gates, &call_log(), 200, &headers("Heavy", 2, 0))
        .await
        .unwrap();
    let went = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let woken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let tasks: Vec<_> = (0..10_000)
        .map(|_| {
            let (gates, went, woken) = (Arc::clone(&gates), Arc::clone(&went), Arc::clone(&woken));
            tokio::spawn(async move {
                let operation = call_log();
                let mut pass = Box::pin(gates.pass(&operation, gates.usual()));
                let place = std::future::poll_fn(|context| {
                    woken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    pass.as_mut().poll(context)
                })
                .await
                .unwrap();
                went.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                place.leaves();
                gates.learn(&operation, place, StatusCode::OK, &headers("Heavy", 2, 0));
            })
        })
        .collect();
    // So many take more than one look.
    for _ in 0..10 {
        settle().await;
    }
    for minute in 0..100 {
        settle().await;
        assert_eq!(went.load(std::sync::atomic::Ordering::Relaxed), 2 * minute);
        clock.advance(MINUTE);
    }
    settle().await;
    // Each once when it came, and those who went once more.
    assert_eq!(woken.load(std::sync::atomic::Ordering::Relaxed), 10_000 + 200);
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

/// Each runtime has a thread only while it is asked for something, so the one that ends is the one with the porter.
#[test]
fn a_runtime_that_ends_leaves_those_who_wait_elsewhere_to_another_porter() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::Wait, &clock);
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (first, second) = (runtime(), runtime());
    first
        .block_on(send(&gates, &call_log(), 200, &headers("Heavy", 1, 0)))
        .unwrap();
    let waits = |runtime: &tokio::runtime::Runtime| {
        let gates = Arc::clone(&gates);
        let waiting = runtime.spawn(async move { gates.pass(&call_log(), gates.usual()).await.map(drop) });
        runtime.block_on(settle());
        assert!(!waiting.is_finished());
        waiting
    };
    let gone = waits(&first);
    let waiting = waits(&second);
    drop(first);
    assert!(second.block_on(gone).unwrap_err().is_cancelled());
    clock.advance(MINUTE);
    second.block_on(settle());
    assert!(waiting.is_finished(), "nobody lets it through any more");
    second.block_on(waiting).unwrap().unwrap();
}

mod impatient;
mod learning;
mod moments;
mod trouble;

mod shared {
    use super::*;

    /// Gates of two processes with one store.
    pub(super) fn two(policy: RateLimitPolicy, clock: &ManualClock) -> [Arc<Gates>; 2] {
        let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new());
        [(); 2].map(|()| Arc::new(gates(policy, clock).shared_through(&store).unwrap()))
    }

    /// Time passes in small steps, for what is told "soon after".
    pub(super) async fn pass(clock: &ManualClock, time: Duration) {
        for _ in 0..20 {
            settle().await;
            clock.advance(time / 20);
        }
        settle().await;
    }

    async fn went(gates: &Arc<Gates>, clock: &ManualClock, remaining: u32) {
        send(gates, &call_log(), 200, &headers("Heavy", 3, remaining))
            .await
            .unwrap();
        pass(clock, Duration::from_millis(200)).await;
    }

    #[tokio::test]
    async fn what_one_process_has_used_the_other_has_not() {
        let clock = clock();
        let [one, other] = two(RateLimitPolicy::FailAtOnce, &clock);
        went(&one, &clock, 2).await;
        went(&other, &clock, 1).await;
        went(&one, &clock, 0).await;
        for gates in [&one, &other] {
            let wait = retry_after(gates.pass(&call_log(), gates.usual()).await.map(drop));
            assert_eq!(wait, Some(59));
        }
        clock.advance(MINUTE);
        went(&other, &clock, 2).await;
    }

    #[tokio::test]
    async fn a_penalty_that_one_learns_closes_the_group_for_all() {
        let clock = clock();
        let [one, other] = two(RateLimitPolicy::FailAtOnce, &clock);
        went(&other, &clock, 2).await;
        let mut refused = headers("Heavy", 3, 0);
        refused.insert("retry-after", 42.into());
        send(&one, &call_log(), 429, &refused).await.unwrap();
        settle().await;
        assert_eq!(
            retry_after(other.pass(&call_log(), other.usual()).await.map(drop)),
            Some(42)
        );
        clock.advance(Duration::from_secs(43));
        went(&other, &clock, 2).await;
    }

    #[tokio::test]
    async fn one_of_all_processes_goes_first() {
        let clock = clock();
        let [one, other] = two(RateLimitPolicy::Wait, &clock);
        let (mine, theirs) = (Callers::of(&one), Callers::of(&other));
        mine.come(Priority::Interactive, "1").await;
        theirs.come(Priority::Interactive, "2").await;
        theirs.come(Priority::Interactive, "3").await;
        pass(&clock, Duration::from_secs(1)).await;
        assert_eq!((mine.went(), theirs.went()), ("1".into(), String::new()));
        mine.are_answered(3, 2).await;
        pass(&clock, Duration::from_secs(1)).await;
        assert_eq!(theirs.went(), "2 3");
    }

    #[tokio::test]
    async fn the_places_of_a_process_that_died_come_back() {
        let clock = clock();
        let [one, other] = two(RateLimitPolicy::Wait, &clock);
        went(&one, &clock, 2).await;
        let mine = Callers::of(&one);
        mine.come(Priority::Interactive, "1").await;
        mine.come(Priority::Interactive, "2").await;
        assert_eq!(mine.went(), "1 2");
        // It dies: nobody hears of its places again.
        std::mem::take(&mut *mine.places.lock().unwrap())
            .into_iter()
            .for_each(std::mem::forget);
        let theirs = Callers::of(&other);
        for name in ["3", "4", "5"] {
            theirs.come(Priority::Interactive, name).await;
        }
        pass(&clock, Duration::from_secs(50)).await;
        assert_eq!(theirs.went(), "");
        pass(&clock, Duration::from_secs(15)).await;
        assert_eq!(theirs.went(), "3 4 5");
    }

    #[tokio::test]
    async fn many_that_wait_are_one_visit_to_the_store() {
        let clock = clock();
        let [one, _] = two(RateLimitPolicy::Wait, &clock);
        went(&one, &clock, 2).await;
        let store = Arc::clone(&one.setting.sharing.as_ref().unwrap().store);
        let before = store.load_rate_window("heavy").await.unwrap().version;
        let places =
            futures_util::future::join_all((0..2).map(async |_| one.pass(&call_log(), one.usual()).await))
                .await;
        assert!(places.iter().all(Result::is_ok));
        let after = store.load_rate_window("heavy").await.unwrap().version;
        assert_eq!(after - before, 1);
    }
}
