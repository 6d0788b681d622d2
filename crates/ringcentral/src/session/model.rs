//! The session core under a model checker: the lease and the single flight, as written, on a scheduler that tries out
//! thousands of orders.
//!
//! A *process* is a client with tasks of its own; all share one store. The platform keeps RingCentral's refresh rules:
//! a refresh ends the old access token, and the old refresh token gives the same new pair until that has been used.
//! In the calm world nothing fails and no time passes. In the hostile one answers get lost, the store fails before
//! or after it has written, time jumps past leases and expiries at any moment, and processes die wherever they are.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll};

use shuttle::future::{block_on, spawn, yield_now};
use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};

use super::Spawner;
use crate::BoxFuture;
use crate::{App, Client, Grant};

mod platform;
mod store;
mod time;

use platform::ModelPlatform;
use store::ModelStore;
use time::{ModelClock, NoEntropy};

/// Whether anything may go wrong.
#[derive(Clone, Debug, Default)]
struct World {
    hostile: Arc<AtomicBool>,
}

impl World {
    fn is_hostile(&self) -> bool {
        self.hostile.load(SeqCst)
    }

    fn turns(&self, hostile: bool) {
        self.hostile.store(hostile, SeqCst);
    }

    /// One time in `n`, and never in the calm world.
    fn strikes(&self, n: u32) -> bool {
        self.is_hostile() && thread_rng().gen_range(0..n) == 0
    }
}

/// What all processes have in common.
#[derive(Clone)]
struct Everything {
    world: World,
    clock: ModelClock,
    platform: Arc<ModelPlatform>,
    store: Arc<ModelStore>,
}

impl Everything {
    fn new() -> Self {
        let world = World::default();
        let clock = ModelClock::new(world.clone());
        let store = Arc::new(ModelStore::new(world.clone()));
        let platform = ModelPlatform::new(world.clone(), clock.clone(), Arc::clone(&store));
        Self {
            world,
            platform: Arc::new(platform),
            clock,
            store,
        }
    }

    fn process(&self) -> Process {
        self.process_with(None)
    }

    fn process_with(&self, assertion: Option<&str>) -> Process {
        let alive = Arc::new(AtomicBool::new(true));
        let spawner = Spawner::new({
            let alive = Arc::clone(&alive);
            move |task| drop(spawn(Mortal::new(task, &alive)))
        });
        let builder = Client::builder(App::public("model"));
        let builder = match assertion {
            Some(assertion) => builder.jwt(assertion),
            None => builder,
        };
        let client = builder
            .server("http://localhost:1")
            .transport(self.platform.clone())
            .clock(Arc::new(self.clock.clone()))
            .entropy(Arc::new(NoEntropy))
            .shared_token_store(self.store.clone())
            .spawner(spawner)
            .build()
            .unwrap();
        Process { client, alive }
    }
}

struct Process {
    client: Client,
    alive: Arc<AtomicBool>,
}

impl Process {
    /// A task of this process that calls the platform a few times, whatever comes of each; the last result is its answer.
    fn calls(&self, times: u32) -> shuttle::future::JoinHandle<Option<crate::Result<()>>> {
        let client = self.client.clone();
        let calls = Box::pin(async move {
            let mut last = Ok(());
            for _ in 0..times {
                last = client.get("/restapi/v1.0/account/~").send().await.map(drop);
            }
            last
        });
        spawn(Mortal::new(calls, &self.alive))
    }

    fn dies(&self) {
        self.alive.store(false, SeqCst);
    }
}

/// A task that ends where it stands when its process dies.
struct Mortal<T> {
    task: Option<BoxFuture<'static, T>>,
    alive: Arc<AtomicBool>,
}

impl<T> Mortal<T> {
    fn new(task: BoxFuture<'static, T>, alive: &Arc<AtomicBool>) -> Self {
        Self {
            task: Some(task),
            alive: Arc::clone(alive),
        }
    }
}

impl<T> Future for Mortal<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        if !self.alive.load(SeqCst) {
            self.task = None;
        }
        match &mut self.task {
            Some(task) => task.as_mut().poll(context).map(Some),
            None => Poll::Ready(None),
        }
    }
}

/// Runs a model under a scheduler, with room for the futures of the whole pipeline.
fn check(scheduler: impl Scheduler + 'static, model: impl Fn() + Send + Sync + 'static) {
    let mut config = shuttle::Config::new();
    config.stack_size = 512 * 1024;
    shuttle::Runner::new(scheduler, config).run(model);
}

async fn everything_logged_in() -> Everything {
    let everything = Everything::new();
    let login = Grant::password("user", None, "password");
    everything.process().client.oauth().login(login).await.unwrap();
    everything
}

/// Two processes with two callers each find the token expired.
fn one_refresh() {
    block_on(async {
        let everything = everything_logged_in().await;
        everything.clock.expire_tokens();
        let processes = [everything.process(), everything.process()];
        let calls: Vec<_> = processes
            .iter()
            .flat_map(|process| [process.calls(1), process.calls(1)])
            .collect();
        for call in calls {
            call.await.unwrap().expect("nobody dies").unwrap();
        }
        assert_eq!(everything.platform.refreshes(), 1);
    });
}

/// Two processes find an empty store and log in by themselves.
fn one_first_login() {
    block_on(async {
        let everything = Everything::new();
        let processes = [(); 2].map(|()| everything.process_with(Some("model.jwt.credential")));
        let calls: Vec<_> = processes
            .iter()
            .flat_map(|process| [process.calls(1), process.calls(1)])
            .collect();
        for call in calls {
            call.await.unwrap().expect("nobody dies").unwrap();
        }
        assert_eq!(everything.platform.logins(), 1);
    });
}

/// Whatever happened, the next one to come is logged in.
fn never_lost() {
    block_on(async {
        let everything = everything_logged_in().await;
        everything.clock.expire_tokens();
        everything.world.turns(true);
        let processes = [everything.process(), everything.process()];
        let calls: Vec<_> = processes
            .iter()
            .flat_map(|process| [process.calls(3), process.calls(3)])
            .collect();
        for _ in 0..thread_rng().gen_range(0..120) {
            yield_now().await;
        }
        processes[0].dies();
        for call in calls {
            // Each may fail in this world; none may spoil the login.
            let _ = call.await.unwrap();
        }
        processes[1].dies();
        everything.world.turns(false);
        everything.clock.expire_tokens();
        let next = everything.process();
        if let Err(error) = next.calls(1).await.unwrap().expect("it lives") {
            panic!("the login was lost: {error:?}");
        }
        assert!(everything.platform.holds(&everything.store.newest()));
    });
}

const ROUNDS: usize = 1_000;

#[test]
fn two_processes_make_one_refresh_in_every_order() {
    check(RandomScheduler::new(ROUNDS), one_refresh);
    check(PctScheduler::new(3, ROUNDS), one_refresh);
}

#[test]
fn two_processes_make_one_first_login_in_every_order() {
    check(RandomScheduler::new(ROUNDS), one_first_login);
    check(PctScheduler::new(3, ROUNDS), one_first_login);
}

#[test]
fn no_order_of_failures_and_deaths_loses_the_login() {
    check(RandomScheduler::new(2 * ROUNDS), never_lost);
    check(PctScheduler::new(3, ROUNDS), never_lost);
}
