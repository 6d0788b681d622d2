//! One gate: a window, a queue, and the task that lets the next ones through when their time has come.
//!
//! A request that need not wait takes its place and goes. Otherwise it joins the queue and one task, the *porter*, runs
//! for as long as somebody waits: it sleeps until the next place is free and gives it to whoever is next. So there is
//! one timer for each gate however many wait, and each place wakes one of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::headers::Reading;
use super::place::Place;
use super::queue::Queue;
use super::window::{Event, Micros, Opening, What, Window, time};
use super::{Ask, RateLimitPolicy, Setting, used_up};
use crate::error::Result;

/// What stands in the place of the name of a group that is not known.
pub(super) const UNKNOWN: &str = "?";

/// The gate of one group.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) group: String,
    pub(super) setting: Arc<Setting>,
    /// What is known before anything is learned: by whoever has no record to go by.
    pub(super) unlearned: Window,
    state: Mutex<State>,
    /// Wakes the porter: an opening may have come nearer.
    news: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// What this process knows by itself.
    pub(super) window: Window,
    pub(super) queue: Queue<Waiter>,
    /// How many in the queue do not wait for as long as it takes.
    impatient: usize,
    /// What the porter waits for.
    awaited: Option<Opening>,
    has_porter: bool,
    next_ticket: u64,
    pub(super) shared: super::shared::Account,
}

#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) ask: Ask,
    came: Micros,
    answer: oneshot::Sender<Verdict>,
}

/// What a waiter is told: its place, or how long it would have to wait.
type Verdict = Result<Place, Duration>;

impl Gate {
    pub(super) fn new(group: &str, window: Window, setting: &Arc<Setting>) -> Arc<Self> {
        Arc::new(Self {
            group: group.to_owned(),
            setting: Arc::clone(setting),
            unlearned: window.clone(),
            state: Mutex::new(State {
                window,
                ..State::default()
            }),
            news: Notify::new(),
        })
    }

    /// Waits for a place.
    pub(super) async fn enter(self: &Arc<Self>, mut ask: Ask, template: Option<&str>) -> Result<Place> {
        loop {
            let (leaving, came, mut verdict, needs_porter) = {
                let mut state = self.lock();
                let now = self.now();
                if self.sharing().is_none() {
                    if state.window.opening(now) == Opening::Now && state.queue.is_empty() {
                        return Ok(self.take(&mut state, now));
                    }
                    if ask.never_waits() && state.window.is_probing() {
                        return Ok(self.take_hastily(&mut state, now));
                    }
                }
                if let Some(wait) = state.refusal(&ask, now) {
                    return Err(used_up(&self.group, wait, self.setting.clock.now()));
                }
                let (answer, verdict) = oneshot::channel();
                state.impatient += usize::from(ask.is_impatient());
                let number = state.queue.join(
                    ask.priority,
                    Waiter {
                        ask,
                        came: now,
                        answer,
                    },
                );
                let needs_porter = self.somebody_came(&mut state, now);
                (Leaving { gate: self, number }, now, verdict, needs_porter)
            };
            self.call_porter_if(needs_porter);
            tracing::debug!(
                rc.rate_group = self.group,
                url.template = template,
                "waiting for the rate limit"
            );
            let told = match ask.patience() {
                None => verdict.await,
                Some(patience) => tokio::select! {
                    biased;
                    told = &mut verdict => told,
                    () = self.setting.clock.sleep(patience) => match self.out_of_patience(leaving.number, came) {
                        Some(told) => Ok(told),
                        // Its place is as good as here.
                        None => verdict.await,
                    },
                },
            };
            drop(leaving);
            match told {
                Ok(Ok(place)) => return Ok(place),
                Ok(Err(wait)) => return Err(used_up(&self.group, wait, self.setting.clock.now())),
                // The porter ended with the runtime that it ran in. This one runs.
                Err(_) => ask = ask.after(pause_until(self.now(), came)),
            }
        }
    }

    /// What becomes of a waiter that does not want to wait any longer; `None` when its turn has come.
    fn out_of_patience(self: &Arc<Self>, number: u64, came: Micros) -> Option<Verdict> {
        let mut state = self.lock();
        let now = self.now();
        let ahead = state.queue.ahead_of_waiter(number)?;
        let wait = state.wait_behind(ahead, now);
        if !wait.is_zero() {
            return Some(Err(wait));
        }
        state.is_probing().then(|| {
            let place = self.take_hastily(&mut state, now);
            Ok(place.having_waited(pause_until(now, came)))
        })
    }

    /// Lets those go that never wait, while it is an answer's teaching that everybody waits for. The result is to be dropped
    /// outside of the lock.
    pub(super) fn let_the_hasty_go(self: &Arc<Self>, state: &mut State, now: Micros) -> Vec<Verdict> {
        if state.impatient == 0 || !state.is_probing() {
            return Vec::new();
        }
        let hasty = state.queue.dismiss(|waiter, _| !waiter.ask.never_waits());
        state.impatient -= hasty.len();
        hasty
            .into_iter()
            .filter_map(|(waiter, _)| waiter.goes(self.take_hastily(state, now)))
            .collect()
    }

    /// Takes in an answer to a request that had its place at another gate.
    pub(super) fn learn_of_a_stranger(self: &Arc<Self>, sent: Micros, reading: Reading) {
        let ticket = self.next_ticket(&mut self.lock());
        self.settle(ticket, What::Answered { sent, reading });
    }

    pub(super) fn now(&self) -> Micros {
        time(self.setting.clock.now())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn next_ticket(&self, state: &mut State) -> u64 {
        state.next_ticket += 1;
        self.sharing().map_or(0, |sharing| sharing.tickets_from) + state.next_ticket
    }

    fn take(self: &Arc<Self>, state: &mut State, now: Micros) -> Place {
        let ticket = self.next_ticket(state);
        state.window.take(ticket, now, None);
        let is_counted = state.window.counts();
        self.place(is_counted.then_some(ticket), now)
    }

    /// A place beside the request that finds out the limit. Where processes share the gate, the record hears of it with the
    /// answer.
    fn take_hastily(self: &Arc<Self>, state: &mut State, now: Micros) -> Place {
        let ticket = self.next_ticket(state);
        state.window.take_hastily(ticket, now);
        self.place(Some(ticket), now)
    }

    pub(super) fn place(self: &Arc<Self>, ticket: Option<u64>, now: Micros) -> Place {
        Place::new(Arc::clone(self), ticket, now)
    }

    /// Starts a porter. Not under the lock: wherever a task is started, another one may go on.
    fn call_porter_if(self: &Arc<Self>, is_needed: bool) {
        if is_needed {
            let shift = Shift {
                gate: Arc::clone(self),
                is_over: false,
            };
            self.setting.spawner.spawn(shift.work());
        }
    }

    /// The porter's work: lets through whoever may go, until nobody waits.
    async fn work(self: &Arc<Self>) {
        loop {
            let Some(pause) = self.let_through() else {
                return;
            };
            self.wait_for_news(pause).await;
        }
    }

    /// Lets through whoever may go, and says what to wait for then; `None` when nobody waits, which ends the porter's
    /// work.
    pub(super) fn let_through(self: &Arc<Self>) -> Option<Pause> {
        loop {
            // Places that nobody takes go back outside of the lock.
            let left_over;
            {
                let mut state = self.lock();
                let now = self.now();
                let opening = state.window.opening(now);
                if state.queue.is_empty() {
                    state.end_of_shift();
                    return None;
                }
                state.awaited = Some(opening);
                match opening {
                    Opening::Now => {
                        let waiter = state.next_waiter().expect("somebody waits");
                        let place = self.take(&mut state, now);
                        left_over = waiter.goes(place);
                    }
                    Opening::At(then) => return Some(Pause::For(pause_until(then, now))),
                    Opening::AfterAnAnswer => return Some(Pause::UntilNews),
                }
            }
            drop(left_over);
        }
    }

    pub(super) async fn wait_for_news(&self, pause: Pause) {
        match pause {
            Pause::For(pause) => {
                tokio::select! {
                    biased;
                    () = self.news.notified() => {}
                    () = self.setting.clock.sleep(pause) => {}
                }
            }
            Pause::UntilNews => self.news.notified().await,
        }
    }

    pub(super) fn tell_porter(&self) {
        self.news.notify_one();
    }

    pub(super) fn settle(self: &Arc<Self>, ticket: u64, what: What) {
        let mut state = self.lock();
        let event = Event {
            ticket,
            at: self.now(),
            what,
        };
        let needs_porter = self.note(&mut state, event);
        let has_changed = state.window.happened(&event);
        if has_changed {
            state.judge_again(event.at);
        }
        // Only if it makes a difference: answers come by the thousand.
        let opening = state.window.opening(event.at);
        if !state.queue.is_empty() && state.awaited != Some(opening) {
            self.tell_porter();
        }
        drop(state);
        self.call_porter_if(needs_porter);
    }
}

impl State {
    /// Whether a porter has to be called; it is as good as here, then.
    pub(super) fn needs_porter(&mut self) -> bool {
        !std::mem::replace(&mut self.has_porter, true)
    }

    pub(super) fn end_of_shift(&mut self) {
        self.awaited = None;
        self.has_porter = false;
    }

    pub(super) fn next_waiter(&mut self) -> Option<Waiter> {
        let waiter = self.queue.next()?;
        self.impatient -= usize::from(waiter.ask.is_impatient());
        Some(waiter)
    }

    /// How long somebody who comes now would have to wait, if that is longer than it wants to.
    fn refusal(&self, ask: &Ask, now: Micros) -> Option<Duration> {
        if !ask.is_impatient() {
            return None;
        }
        let wait = self.wait_behind(self.queue.ahead_of(ask.priority), now);
        (!ask.accepts(wait, Duration::ZERO)).then_some(wait)
    }

    /// Sends away those who have to wait for longer than they want to, by what is known now.
    pub(super) fn judge_again(&mut self, now: Micros) {
        if self.impatient == 0 {
            return;
        }
        let mut queue = std::mem::take(&mut self.queue);
        let leaving = queue.dismiss(|waiter, ahead| {
            let waited = pause_until(now, waiter.came);
            waiter.ask.accepts(self.wait_behind(ahead, now), waited)
        });
        self.queue = queue;
        self.impatient -= leaving.len();
        for (waiter, ahead) in leaving {
            let wait = self.wait_behind(ahead, now);
            // Whoever has gone away need not be told.
            let _ = waiter.answer.send(Err(wait));
        }
    }

    /// Whether nothing but an answer is waited for, by what is known now.
    fn is_probing(&self) -> bool {
        match self.shared.view() {
            Some((window, _)) => window.is_probing(),
            None => self.window.is_probing(),
        }
    }

    fn wait_behind(&self, ahead: usize, now: Micros) -> Duration {
        match self.shared.view() {
            Some((window, shift)) => window.wait_behind(ahead, now + shift),
            None => self.window.wait_behind(ahead, now),
        }
    }
}

impl Waiter {
    pub(super) fn goes(self, place: Place) -> Option<Verdict> {
        let waited = pause_until(place.sent(), self.came);
        self.answer.send(Ok(place.having_waited(waited))).err()
    }
}

impl Ask {
    fn is_impatient(&self) -> bool {
        self.policy != RateLimitPolicy::Wait
    }

    fn never_waits(&self) -> bool {
        self.policy == RateLimitPolicy::FailAtOnce
    }

    /// After how long a waiter wants to know what became of it.
    fn patience(&self) -> Option<Duration> {
        match self.policy {
            RateLimitPolicy::WaitAtMost(longest) => Some(longest),
            RateLimitPolicy::Wait | RateLimitPolicy::FailAtOnce => None,
        }
    }

    fn accepts(&self, wait: Duration, waited: Duration) -> bool {
        wait.is_zero() || self.policy.allows(wait.saturating_add(waited))
    }
}

/// From `now` until `then`; zero when that has passed.
pub(super) fn pause_until(then: Micros, now: Micros) -> Duration {
    Duration::from_micros(u64::try_from(then - now).unwrap_or(0))
}

/// What a porter waits for; news end either.
pub(super) enum Pause {
    For(Duration),
    UntilNews,
}

/// A waiter that goes away leaves the queue.
struct Leaving<'a> {
    gate: &'a Arc<Gate>,
    number: u64,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        if let Some(waiter) = state.queue.leave(self.number) {
            state.impatient -= usize::from(waiter.ask.is_impatient());
            if state.queue.is_empty() {
                self.gate.tell_porter();
            }
        }
    }
}

/// The porter while it works. When its runtime ends it in the middle, those who wait call another one.
struct Shift {
    gate: Arc<Gate>,
    is_over: bool,
}

impl Shift {
    async fn work(mut self) {
        match self.gate.sharing() {
            Some(sharing) => self.gate.share(sharing).await,
            None => self.gate.work().await,
        }
        self.is_over = true;
    }
}

impl Drop for Shift {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut state = self.gate.lock();
        state.end_of_shift();
        state.impatient = 0;
        // Each waiter sees that its answer will not come.
        drop(std::mem::take(&mut state.queue));
    }
}

#[cfg(test)]
mod tests;
