//! Gates that processes share, when their store is slow, away, or keeps another time.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::shared::pass;
use super::*;
use crate::BoxFuture;
use crate::session::{
    Claim, Commit, Lease, RateWindow, RefreshOutcome, StoreError, StoreErrorKind, Stored, TokenSet, Version,
};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Trouble {
    #[default]
    None,
    Fails,
    Hangs,
    /// Another process is always faster.
    Races,
}

/// A store whose answers take a turn to come, so that two processes may ask before either is answered.
#[derive(Debug, Default)]
struct Remote {
    memory: MemoryTokenStore,
    trouble: Mutex<Trouble>,
    clock: Option<ManualClock>,
    loads: AtomicUsize,
    /// Whether it keeps no windows, as a store that knows nothing of them.
    keeps_none: bool,
}

impl Remote {
    fn has(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
    }

    async fn answers<T>(&self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        tokio::task::yield_now().await;
        let trouble = *self.trouble.lock().unwrap();
        match trouble {
            Trouble::None | Trouble::Races => answer,
            Trouble::Fails => Err(StoreError::new(StoreErrorKind::Unavailable, "it is away")),
            Trouble::Hangs => std::future::pending().await,
        }
    }
}

impl Remote {
    async fn version(&self) -> u64 {
        self.memory.load_rate_window("heavy").await.unwrap().version
    }
}

impl TokenStore for Remote {
    fn load(&self) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        self.memory.load()
    }
    fn put<'a>(&'a self, login: &'a TokenSet) -> BoxFuture<'a, Result<Version, StoreError>> {
        self.memory.put(login)
    }
    fn claim<'a>(
        &'a self,
        seen: Version,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.memory.claim(seen, holder, now, until)
    }
    fn claim_vacant<'a>(
        &'a self,
        holder: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, StoreError>> {
        self.memory.claim_vacant(holder, now, until)
    }
    fn renew<'a>(&'a self, lease: &'a Lease, until: Timestamp) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.memory.renew(lease, until)
    }
    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        tokens: &'a TokenSet,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<Commit, StoreError>> {
        self.memory.commit(lease, tokens, outcome)
    }
    fn release<'a>(
        &'a self,
        lease: &'a Lease,
        outcome: &'a RefreshOutcome,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.memory.release(lease, outcome)
    }
    fn remove(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.memory.remove()
    }
    fn keeps_rate_windows(&self) -> bool {
        !self.keeps_none
    }
    fn load_rate_window<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<RateWindow, StoreError>> {
        Box::pin(async move {
            self.loads.fetch_add(1, Ordering::Relaxed);
            let mut window = self.memory.load_rate_window(group).await?;
            window.now = self.clock.as_ref().map(Clock::now);
            self.answers(Ok(window)).await
        })
    }
    fn swap_rate_window<'a>(
        &'a self,
        group: &'a str,
        seen: u64,
        bytes: &'a [u8],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let races = *self.trouble.lock().unwrap() == Trouble::Races;
            let swapped = !races && self.memory.swap_rate_window(group, seen, bytes).await?;
            self.answers(Ok(swapped)).await
        })
    }
    fn describe(&self) -> String {
        "remote".to_owned()
    }
}

/// Gates of a process with this clock.
fn process(store: &Arc<Remote>, policy: RateLimitPolicy, clock: &ManualClock) -> Arc<Gates> {
    let store: Arc<dyn TokenStore> = Arc::clone(store) as _;
    Arc::new(gates(policy, clock).shared_through(&store).unwrap())
}

fn sending(gates: &Arc<Gates>, remaining: u32) -> tokio::task::JoinHandle<Result<()>> {
    let gates = Arc::clone(gates);
    tokio::spawn(async move { send(&gates, &call_log(), 200, &headers("Heavy", 3, remaining)).await })
}

/// One request that is answered, and told.
async fn went(gates: &Arc<Gates>, clock: &ManualClock, remaining: u32) {
    let sent = sending(gates, remaining);
    pass(clock, Duration::from_millis(200)).await;
    assert!(sent.is_finished(), "it went without a wait");
    sent.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_place_that_two_claim_at_the_same_moment_is_one_s() {
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let [one, other] = [(); 2].map(|()| process(&store, RateLimitPolicy::Wait, &clock));
    went(&one, &clock, 2).await;
    let callers = [&one, &other, &one, &other].map(|gates| {
        let gates = Arc::clone(gates);
        tokio::spawn(async move { gates.pass(&call_log(), gates.usual()).await.map(std::mem::forget) })
    });
    pass(&clock, Duration::from_secs(1)).await;
    let went = callers.iter().filter(|caller| caller.is_finished()).count();
    assert_eq!(went, 2, "two of three were left");
}

#[tokio::test]
async fn what_one_process_tells_of_its_requests_is_not_taken_for_those_of_another() {
    let (clock, store) = (clock(), Arc::new(Remote::default()));
    let [one, other] = [(); 2].map(|()| process(&store, RateLimitPolicy::FailAtOnce, &clock));
    went(&one, &clock, 2).await;
    let _held = one.pass(&call_log(), one.usual()).await.unwrap();
    // As many as the other has had, and more; none of them leaves.
    for _ in 0..5 {
        drop(other.pass(&call_log(), other.usual()).await.unwrap());
        pass(&clock, Duration::from_millis(200)).await;
    }
    let _held_too = other.pass(&call_log(), other.usual()).await.unwrap();
    pass(&clock, Duration::from_millis(200)).await;
    let refused = other.pass(&call_log(), other.usual()).await.map(drop);
    assert!(
        retry_after(refused).is_some(),
        "one was counted, two are under way"
    );
}

#[tokio::test]
async fn hosts_whose_clocks_differ_count_by_the_store_s() {
    let ours = clock();
    let theirs = ManualClock::at(ours.now() + Duration::from_secs(3_600));
    let store = Arc::new(Remote {
        clock: Some(ours.clone()),
        ..Remote::default()
    });
    let one = process(&store, RateLimitPolicy::FailAtOnce, &ours);
    let other = process(&store, RateLimitPolicy::FailAtOnce, &theirs);
    for remaining in [2, 1, 0] {
        went(&one, &ours, remaining).await;
        theirs.advance(Duration::from_millis(200));
    }
    // It has seen nothing of that yet, so it comes to wait, and is sent away by what the record says.
    let refused = other.pass(&call_log(), other.usual()).await.map(drop);
    assert_eq!(retry_after(refused), Some(59));
    ours.advance(MINUTE);
    theirs.advance(MINUTE);
    went(&other, &theirs, 2).await;
}

#[tokio::test]
async fn a_store_in_trouble_costs_no_call() {
    for (trouble, patience) in [(Trouble::Fails, 0), (Trouble::Hangs, 5)] {
        let (clock, store) = (clock(), Arc::new(Remote::default()));
        let one = process(&store, RateLimitPolicy::Wait, &clock);
        went(&one, &clock, 2).await;
        store.has(trouble);
        let sent = [1, 0, 0].map(|remaining| sending(&one, remaining));
        settle().await;
        clock.advance(Duration::from_secs(patience));
        settle().await;
        // By its own count.
        let went = sent.iter().filter(|sent| sent.is_finished()).count();
        assert_eq!(went, 2, "{trouble:?}");
    }
}

mod away;
