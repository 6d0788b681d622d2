//! What a process does while the store that it shares is away, and what it does of it afterwards.

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context as LayerContext, SubscriberExt};

use super::*;

/// For how long a store that failed is left alone.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// Counts warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
        if *event.metadata().level() == Level::WARN {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test]
async fn a_store_that_fails_again_and_again_is_warned_of_once() {
    let warnings = Warnings::default();
    let _watching = tracing::subscriber::set_default(tracing_subscriber::registry().with(warnings.clone()));
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let one = process(&store, RateLimitPolicy::Wait, &clock);
    went(&one, &clock, 2).await;
    store.has(Trouble::Fails);
    for _ in 0..3 {
        let asked = store.loads.load(Ordering::Relaxed);
        went(&one, &clock, 2).await;
        assert!(store.loads.load(Ordering::Relaxed) > asked, "it failed once more");
        clock.advance(MINUTE);
    }
    assert_eq!(warnings.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_store_that_failed_is_left_alone_for_a_while() {
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let one = process(&store, RateLimitPolicy::Wait, &clock);
    went(&one, &clock, 2).await;
    store.has(Trouble::Fails);
    let before = store.loads.load(Ordering::Relaxed);
    let asked = || store.loads.load(Ordering::Relaxed) - before;
    for _ in 0..4 {
        let sent = sending(&one, 2);
        settle().await;
        sent.abort();
        clock.advance(Duration::from_secs(1));
        settle().await;
    }
    assert_eq!(asked(), 1);
    clock.advance(LEFT_ALONE);
    settle().await;
    let _sent = sending(&one, 2);
    settle().await;
    assert_eq!(asked(), 2);
}

#[tokio::test]
async fn what_happened_while_the_store_was_away_is_told_with_the_next_that_happens() {
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let [one, other] = [(); 2].map(|()| process(&store, RateLimitPolicy::FailAtOnce, &clock));
    store.has(Trouble::Fails);
    for _ in 0..2 {
        went(&one, &clock, 2).await;
        clock.advance(LEFT_ALONE);
    }
    store.has(Trouble::None);
    went(&one, &clock, 2).await;
    let refused = other.pass(&call_log(), other.usual()).await.map(drop);
    assert!(retry_after(refused).is_some(), "all three were used");
}

#[tokio::test]
async fn a_record_that_nobody_can_read_is_begun_anew() {
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let [one, other] = [(); 2].map(|()| process(&store, RateLimitPolicy::FailAtOnce, &clock));
    went(&one, &clock, 2).await;
    let version = store.version().await;
    for (version, damaged) in [
        (version, &b"{\"limit\":"[..]),
        (version + 1, b"\xff"),
        (version + 2, b""),
    ] {
        assert!(
            store
                .memory
                .swap_rate_window("heavy", version, damaged)
                .await
                .unwrap()
        );
    }
    for remaining in [2, 1, 0] {
        went(&one, &clock, remaining).await;
    }
    let refused = other.pass(&call_log(), other.usual()).await.map(drop);
    assert!(retry_after(refused).is_some(), "the other one can read it again");
}

#[tokio::test]
async fn a_call_does_not_wait_for_ever_for_its_turn_to_change_the_record() {
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let one = process(&store, RateLimitPolicy::Wait, &clock);
    went(&one, &clock, 2).await;
    store.has(Trouble::Races);
    let sent = sending(&one, 1);
    for _ in 0..500 {
        settle().await;
        clock.advance(Duration::from_millis(10));
    }
    settle().await;
    assert!(sent.is_finished(), "by its own count, then");
}

#[tokio::test]
async fn waiting_changes_nothing_in_the_record() {
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let [one, other] = [(); 2].map(|()| process(&store, RateLimitPolicy::Wait, &clock));
    let first = Callers::of(&one);
    first.come(Priority::Interactive, "1").await;
    // The other process looks again and again whether there is an answer.
    let next = Callers::of(&other);
    next.come(Priority::Interactive, "2").await;
    let (before, looked) = (store.version().await, store.loads.load(Ordering::Relaxed));
    pass(&clock, Duration::from_secs(4)).await;
    assert!(store.loads.load(Ordering::Relaxed) > looked + 10);
    assert_eq!((next.went(), store.version().await), (String::new(), before));
}

#[tokio::test]
async fn a_place_that_was_claimed_for_somebody_who_went_away_meanwhile_comes_back() {
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let one = process(&store, RateLimitPolicy::Wait, &clock);
    went(&one, &clock, 2).await;
    let operation = call_log();
    let mut gone = Box::pin(one.pass(&operation, one.usual()));
    let before = store.version().await;
    assert!(!is_ready(gone.as_mut()));
    // The place is in the record, and the store's answer is on its way.
    while store.version().await == before {
        tokio::task::yield_now().await;
    }
    drop(gone);
    pass(&clock, Duration::from_millis(200)).await;
    let others = [1, 0].map(|remaining| sending(&one, remaining));
    pass(&clock, Duration::from_millis(200)).await;
    assert!(
        others.iter().all(tokio::task::JoinHandle::is_finished),
        "both places that are left are theirs"
    );
}

/// All that the limit allows goes through these gates.
async fn used_up(gates: &Arc<Gates>, clock: &ManualClock) {
    for remaining in [2, 1, 0] {
        went(gates, clock, remaining).await;
    }
    let refused = gates.pass(&call_log(), gates.usual()).await.map(drop);
    assert!(retry_after(refused).is_some());
}

#[tokio::test]
async fn another_login_shares_its_limits_through_its_own_store() {
    let (clock, mine, theirs) = (clock(), Arc::new(Remote::default()), Arc::new(Remote::default()));
    let one = process(&mine, RateLimitPolicy::FailAtOnce, &clock);
    let store: Arc<dyn TokenStore> = Arc::clone(&theirs) as _;
    let another = Arc::new(one.for_another_login(&store));
    let elsewhere = process(&theirs, RateLimitPolicy::FailAtOnce, &clock);
    used_up(&another, &clock).await;
    let refused = elsewhere.pass(&call_log(), elsewhere.usual()).await.map(drop);
    assert!(
        retry_after(refused).is_some(),
        "it is the same login in another process"
    );
    went(&one, &clock, 2).await;
}

#[tokio::test]
async fn another_login_shares_nothing_where_nothing_is_shared_or_can_be() {
    let clock = clock();
    let alone = gates(RateLimitPolicy::FailAtOnce, &clock);
    let shared = process(&Arc::default(), RateLimitPolicy::FailAtOnce, &clock);
    let can: Arc<dyn TokenStore> = Arc::new(Remote::default());
    let cannot: Arc<dyn TokenStore> = Arc::new(Remote {
        keeps_none: true,
        ..Remote::default()
    });
    for (like, store) in [(&alone, &can), (&shared, &cannot)] {
        let [one, other] = [(); 2].map(|()| Arc::new(like.for_another_login(store)));
        used_up(&one, &clock).await;
        went(&other, &clock, 2).await;
    }
}
