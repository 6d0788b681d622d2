//! Pacing: nothing is sent that the platform would answer with 429.
//!
//! RingCentral counts by (user, application, group) in a sliding window, and starts its penalty anew with each request
//! that comes during one. So a login has one gate for each group, shared by everything that uses the login:
//!
//! - `operations.rs` says which group a request belongs to, before and after the first answer;
//! - `window.rs` is the state of a group as plain data: who may go when;
//! - `queue.rs` is the order of those who wait;
//! - `gate.rs` puts the two together with a clock, `shared.rs` with a store that processes share;
//! - `place.rs` is what a gate gives: the right to send one request;
//! - `headers.rs` reads what an answer says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::error::{Answer, Error, ErrorKind, Result};
use crate::session::{Spawner, TokenStore};

mod gate;
mod headers;
mod operations;
mod place;
mod queue;
mod shared;
mod window;

pub(crate) use headers::{rate_group, retry_after};
pub(crate) use operations::Operation;
pub(crate) use place::Place;

use gate::Gate;
use headers::Reading;
use shared::Sharing;
use window::Window;

/// What to do when a group's requests are used up.
///
/// What counts is how long the request would have to wait, given those that wait already. A request that is not willing
/// to fails at once with [`ErrorKind::RateLimited`], and nothing is sent.
///
/// While nothing is known of a group's limit, one request goes ahead and the others wait for what its answer teaches, but
/// for no longer than they are willing to: then they go as well.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use std::time::Duration;
///
/// use ringcentral::RateLimitPolicy;
///
/// let not_long = RateLimitPolicy::WaitAtMost(Duration::from_secs(2));
/// let me = client.me().info().with(|request| request.rate_limit(not_long)).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RateLimitPolicy {
    /// Wait for as long as it takes.
    #[default]
    Wait,
    /// Wait at most this long, over all attempts of a call. A penalty that comes up meanwhile may end the wait earlier.
    WaitAtMost(Duration),
    /// Never wait.
    FailAtOnce,
}

impl RateLimitPolicy {
    pub(crate) fn allows(self, wait: Duration) -> bool {
        match self {
            Self::Wait => true,
            Self::WaitAtMost(longest) => wait <= longest,
            Self::FailAtOnce => false,
        }
    }
}

/// Who goes first when several requests wait for their group.
///
/// Requests of one priority go in the order in which they came. While both kinds wait, four interactive ones go, then a
/// background one: that is slowed down, but never left waiting for ever. That is the order within one process; among those
/// that share their limits, places go to whoever asks the store for them first.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::Priority;
///
/// let calls = client.account("~").call_log();
/// let page = calls.with(|request| request.priority(Priority::Background)).send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// Somebody waits for the answer.
    #[default]
    Interactive,
    /// Nobody does: an export, a synchronization at night.
    Background,
}

/// How one request wants to be treated at its gate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) policy: RateLimitPolicy,
    pub(crate) priority: Priority,
}

impl Ask {
    /// What is left of its patience after a wait.
    pub(crate) fn after(self, waited: Duration) -> Self {
        let policy = match self.policy {
            RateLimitPolicy::WaitAtMost(longest) if waited < longest => {
                RateLimitPolicy::WaitAtMost(longest.saturating_sub(waited))
            }
            RateLimitPolicy::WaitAtMost(_) => RateLimitPolicy::FailAtOnce,
            other => other,
        };
        Self { policy, ..self }
    }
}

/// The most operations that the documents do not name whose groups are remembered.
const MOST_UNKNOWN: usize = 1_000;

/// The gates of one login.
#[derive(Debug)]
pub(crate) struct Gates {
    setting: Arc<Setting>,
    known: Mutex<Known>,
}

/// What all gates of a login have in common.
#[derive(Debug)]
pub(crate) struct Setting {
    policy: RateLimitPolicy,
    /// After how long no answer comes any more: the places of a process that died stay taken for so long.
    timeout: Duration,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    spawner: Spawner,
    sharing: Option<Sharing>,
}

#[derive(Debug, Default)]
struct Known {
    /// The gate of each operation that was ever asked for, as the table or the platform says.
    operations: HashMap<Operation, Arc<Gate>>,
    groups: HashMap<String, Arc<Gate>>,
    unknown: usize,
}

impl Gates {
    pub(crate) fn new(
        policy: RateLimitPolicy,
        timeout: Duration,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        spawner: Spawner,
    ) -> Self {
        Self::of(Setting {
            policy,
            timeout,
            clock,
            entropy,
            spawner,
            sharing: None,
        })
    }

    fn of(setting: Setting) -> Self {
        Self {
            setting: Arc::new(setting),
            known: Mutex::default(),
        }
    }

    /// Gates of the same setting for another login, not shared with other processes.
    pub(crate) fn without_knowledge(&self) -> Self {
        let Setting {
            policy,
            timeout,
            clock,
            entropy,
            spawner,
            sharing: _,
        } = self.setting.as_ref();
        Self::new(
            *policy,
            *timeout,
            Arc::clone(clock),
            Arc::clone(entropy),
            spawner.clone(),
        )
    }

    /// Gates of the same setting that all processes with this store pass.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the store cannot do it.
    pub(crate) fn shared_through(&self, store: &Arc<dyn TokenStore>) -> Result<Self> {
        if !store.keeps_rate_windows() {
            let what = format!(
                "the token store ({}) cannot share rate limits between processes; use another store, or leave that off",
                store.describe()
            );
            return Err(Error::new(ErrorKind::Config, what));
        }
        Ok(self.sharing_with(store))
    }

    fn sharing_with(&self, store: &Arc<dyn TokenStore>) -> Self {
        let Gates { setting, .. } = self.without_knowledge();
        let setting = Arc::into_inner(setting).expect("nobody else has it yet");
        let sharing = Some(Sharing::new(Arc::clone(store), setting.entropy.as_ref()));
        Self::of(Setting { sharing, ..setting })
    }

    /// Gates of the same setting and the same login that know nothing yet, shared as these are.
    pub(crate) fn beside(&self) -> Self {
        match &self.setting.sharing {
            None => self.without_knowledge(),
            Some(sharing) => self.sharing_with(&sharing.store),
        }
    }

    /// Gates of the same setting for another login, shared through its store if these are shared.
    pub(crate) fn for_another_login(&self, store: &Arc<dyn TokenStore>) -> Self {
        if self.setting.sharing.is_none() {
            return self.without_knowledge();
        }
        self.shared_through(store).unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the rate limits of this login are not shared"
            );
            self.without_knowledge()
        })
    }

    /// Counts this group from the first request on, by a limit that is known before any answer.
    pub(crate) fn counting(self, group: &str, limit: u32, window: Duration) -> Self {
        self.with_group(group, Window::assuming(limit, window))
    }

    /// For a gate that many users pass while the platform counts each by itself: only a penalty closes it.
    pub(crate) fn not_counting(self, group: &str) -> Self {
        self.with_group(group, Window::not_ours())
    }

    fn with_group(self, group: &str, window: Window) -> Self {
        let gate = Gate::new(group, window, &self.setting);
        self.lock().groups.insert(group.to_owned(), gate);
        self
    }

    /// How requests are treated that want nothing in particular.
    pub(crate) fn usual(&self) -> Ask {
        Ask {
            policy: self.setting.policy,
            priority: Priority::default(),
        }
    }

    /// Whether whoever wants nothing in particular waits so long.
    pub(crate) fn may_wait(&self, group: &str, wait: Duration) -> Result<()> {
        if self.setting.policy.allows(wait) {
            return Ok(());
        }
        Err(used_up(group, wait, self.setting.clock.now()))
    }

    /// Waits until `operation` may be sent, and takes a place for it.
    pub(crate) async fn pass(&self, operation: &Operation, ask: Ask) -> Result<Place> {
        let mut elsewhere: Option<Duration> = None;
        loop {
            let gate = self.gate_of(operation);
            let left = elsewhere.map_or(ask, |waited| ask.after(waited));
            let place = gate.enter(left, Some(operation.route())).await?;
            let place = match elsewhere {
                None => place,
                Some(waited) => place.having_waited(waited),
            };
            // While it waited, an answer may have said that the operation belongs elsewhere.
            if !place.has_waited() || Arc::ptr_eq(&gate, &self.gate_of(operation)) {
                return Ok(place);
            }
            elsewhere = Some(place.waited());
        }
    }

    /// The same for a group whose name is known.
    pub(crate) async fn pass_group(&self, group: &str, ask: Ask) -> Result<Place> {
        let gate = self.lock().group(group, &self.setting);
        gate.enter(ask, None).await
    }

    /// Takes in what the answer to `operation` says about limits. The group that it names is the operation's from now on.
    pub(crate) fn learn(&self, operation: &Operation, place: Place, status: StatusCode, headers: &HeaderMap) {
        let reading = Reading::of(status, headers, || self.setting.clock.now());
        match headers::group(headers) {
            Some(group) if !place.is_of(group) => {
                let gate = {
                    let mut known = self.lock();
                    let gate = known.group(&group.to_ascii_lowercase(), &self.setting);
                    known.operations.insert(operation.clone(), Arc::clone(&gate));
                    gate
                };
                gate.learn_of_a_stranger(place.sent(), reading);
                place.belonged_elsewhere();
            }
            _ => place.answered(reading),
        }
    }

    /// The same for a group that was passed by its name.
    pub(crate) fn learn_group(&self, place: Place, status: StatusCode, headers: &HeaderMap) {
        place.answered(Reading::of(status, headers, || self.setting.clock.now()));
    }

    fn gate_of(&self, operation: &Operation) -> Arc<Gate> {
        let mut known = self.lock();
        if let Some(gate) = known.operations.get(operation) {
            return Arc::clone(gate);
        }
        let gate = if let Some(group) = operation.group() {
            known.group(group, &self.setting)
        } else {
            // A gate of its own until its group is known.
            known.forget_unknown_if_too_many();
            Gate::new(gate::UNKNOWN, Window::default(), &self.setting)
        };
        known.operations.insert(operation.clone(), Arc::clone(&gate));
        gate
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn group(&mut self, group: &str, setting: &Arc<Setting>) -> Arc<Gate> {
        if let Some(gate) = self.groups.get(group) {
            return Arc::clone(gate);
        }
        let window = match group {
            "nothrottling" => Window::unlimited(),
            _ => Window::default(),
        };
        let gate = Gate::new(group, window, setting);
        self.groups.insert(group.to_owned(), Arc::clone(&gate));
        gate
    }

    /// Paths that look like no operation may be any number.
    fn forget_unknown_if_too_many(&mut self) {
        self.unknown += 1;
        if self.unknown > MOST_UNKNOWN {
            self.operations.retain(|operation, _| operation.group().is_some());
            self.unknown = 1;
        }
    }
}

/// The error for a request that is not willing to wait so long.
fn used_up(group: &str, wait: Duration, now: Timestamp) -> Error {
    let seconds = wait.as_millis().div_ceil(1_000);
    let group = Some(group).filter(|group| *group != gate::UNKNOWN);
    let whose = group.map_or_else(
        || "this operation's group".to_owned(),
        |group| format!("group {group}"),
    );
    let what = format!("the requests of {whose} are used up for about {seconds} s; nothing was sent");
    Error::new(ErrorKind::RateLimited, what)
        .with_retry_after(Some(wait), now)
        .with_answer(Answer {
            rate_group: group.map(str::to_owned),
            ..Answer::default()
        })
        .with_nothing_sent()
}

#[cfg(test)]
mod tests;
