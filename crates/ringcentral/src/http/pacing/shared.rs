//! Gates that processes share: the window is a small record in the token store, changed by compare-and-swap.
//!
//! Before a request goes, its place is in the record; so whatever another process has learned (a penalty above all) is
//! known here. The porter claims places for everybody who waits in one swap, and tells what became of requests in the
//! same swap, or in one of its own soon after. A process that dies leaves its places to be forgotten when no answer can
//! come any more.
//!
//! Order and priority are each process's own: a claim takes every place that is free for those who wait here, whoever waits
//! elsewhere. Whatever is claimed is used at once, so nothing is lost by it; smaller claims would be fairer, and each one
//! more is a visit to the store, which is what four processes spend their time on when a window opens.
//!
//! A store that keeps its own time counts by that, so that the clocks of hosts need not agree. One that fails makes no
//! call fail: each process then goes by what it knows itself.

use std::sync::Arc;
use std::time::Duration;

use super::gate::{Gate, Pause, State, UNKNOWN, pause_until};
use super::headers::Status;
use super::window::{Event, Micros, Opening, What, Window, micros};
use crate::entropy::{Entropy, fraction};
use crate::session::{StoreError, StoreErrorKind, TokenStore};

/// How long the store may take, and how long it is left alone when it failed.
const STORE_PATIENCE: Duration = Duration::from_secs(5);

/// How often a swap is tried again when other processes were faster.
const MOST_RACES: u32 = 100;

/// The most events that are kept for a store that is away.
const MOST_EVENTS: usize = 10_000;

/// What a gate needs in order to be shared.
#[derive(Debug)]
pub(super) struct Sharing {
    pub(super) store: Arc<dyn TokenStore>,
    /// Tickets of this process begin here, so that no other process has the same.
    pub(super) tickets_from: u64,
}

impl Sharing {
    pub(super) fn new(store: Arc<dyn TokenStore>, entropy: &dyn Entropy) -> Self {
        let mut random = [0; 4];
        entropy.fill(&mut random);
        Self {
            store,
            tickets_from: u64::from(u32::from_le_bytes(random)) << 32,
        }
    }
}

/// What a gate has to tell the others, and what it knows from them.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// What became of requests, by our clock, until the record has it.
    outbox: Vec<Event>,
    tell_at: Option<Micros>,
    /// When to look whether there are places for those who wait.
    claim_at: Option<Micros>,
    /// The record as it was last seen, and how far its clock is ahead of ours.
    view: Option<(Window, Micros)>,
    /// Until when the store is left alone.
    down_until: Option<Micros>,
    has_warned: bool,
}

impl Account {
    pub(super) fn view(&self) -> Option<(&Window, Micros)> {
        let (window, shift) = self.view.as_ref()?;
        Some((window, *shift))
    }

    fn length(&self) -> Option<Micros> {
        self.view.as_ref().and_then(|(window, _)| window.length())
    }

    /// How long news may wait for other news, and places for other places, so that one swap does for several.
    fn slack(&self) -> Micros {
        self.length()
            .map_or(5_000, |window| (window / 100).clamp(1_000, 100_000))
    }

    /// After how long to look again whether another process has got its answer.
    fn look_again(&self) -> Micros {
        self.length()
            .map_or(10_000, |window| (window / 50).clamp(10_000, 500_000))
    }
}

/// How a round went.
enum Round {
    Done,
    /// Another process changed the record in between.
    Raced,
}

impl Gate {
    /// How this gate is shared, if it is.
    pub(super) fn sharing(&self) -> Option<&Sharing> {
        let is_known = self.group != UNKNOWN;
        self.setting.sharing.as_ref().filter(|_| is_known)
    }

    /// Somebody has just joined the queue. Whether a porter has to be called.
    pub(super) fn somebody_came(&self, state: &mut State, now: Micros) -> bool {
        if self.sharing().is_some() && state.shared.claim_at.is_none() {
            state.shared.claim_at = Some(now);
            self.tell_porter();
        }
        state.needs_porter()
    }

    /// Keeps an event for the record. Whether a porter has to be called.
    pub(super) fn note(&self, state: &mut State, event: Event) -> bool {
        if self.sharing().is_none() || !is_worth_telling(&event) {
            return false;
        }
        let is_urgent = event.is_urgent(&state.window);
        let account = &mut state.shared;
        if account.outbox.len() >= MOST_EVENTS {
            account.outbox.remove(0);
        }
        account.outbox.push(event);
        let when = event.at + if is_urgent { 0 } else { account.slack() };
        if account.tell_at.is_none_or(|planned| when < planned) {
            account.tell_at = Some(when);
            self.tell_porter();
        }
        state.needs_porter()
    }

    /// The porter's work at a gate that is shared.
    pub(super) async fn share(self: &Arc<Self>, sharing: &Sharing) {
        let mut races = 0;
        loop {
            let now = self.now();
            let Some(due) = self.due(now) else {
                return;
            };
            match due {
                Due::At(then) if now < then => self.wait_for_news(Pause::For(pause_until(then, now))).await,
                Due::At(_) => match self.round(sharing).await {
                    Ok(Round::Done) => races = 0,
                    Ok(Round::Raced) if races < MOST_RACES => {
                        races += 1;
                        let longest = Duration::from_millis(1 << races.min(5));
                        let pause = longest.mul_f64(fraction(self.setting.entropy.as_ref()));
                        self.setting.clock.sleep(pause).await;
                    }
                    Ok(Round::Raced) => self.store_failed(&never_ours()),
                    Err(error) => self.store_failed(&error),
                },
                // By what we know ourselves, then.
                Due::StoreIsDownUntil(then) => {
                    let left_over = self.let_the_hasty_go(&mut self.lock(), now);
                    drop(left_over);
                    let Some(pause) = self.let_through() else {
                        return;
                    };
                    let down = pause_until(then, now);
                    self.wait_for_news(Pause::For(match pause {
                        Pause::For(pause) => pause.min(down),
                        Pause::UntilNews => down,
                    }))
                    .await;
                }
            }
        }
    }

    /// What the porter does next; `None` when there is nothing to do, which ends its work.
    fn due(&self, now: Micros) -> Option<Due> {
        let mut state = self.lock();
        let is_idle = state.queue.is_empty();
        let account = &mut state.shared;
        account.down_until = account.down_until.filter(|until| now < *until);
        if let Some(until) = account.down_until {
            return Some(Due::StoreIsDownUntil(until));
        }
        let claim_at = if is_idle {
            None
        } else {
            account.claim_at.or(Some(now))
        };
        let tell_at = account.tell_at.filter(|_| !account.outbox.is_empty());
        if is_idle {
            account.claim_at = None;
        }
        let due = claim_at.into_iter().chain(tell_at).min();
        if due.is_none() {
            state.end_of_shift();
        }
        due.map(Due::At)
    }

    /// Loads the record, tells it our news, claims places for those who wait, and writes it back.
    async fn round(self: &Arc<Self>, sharing: &Sharing) -> Result<Round, StoreError> {
        let (waiting, news) = {
            let state = self.lock();
            (state.queue.len(), state.shared.outbox.clone())
        };
        let before = self.now();
        let record = self.in_time(sharing.store.load_rate_window(&self.group)).await?;
        // A clock that counts milliseconds may be one behind: rather late than early.
        let shift = record
            .now
            .map_or(0, |now| super::window::time(now) - before + 1_000);
        let now = before + shift;

        // What cannot be read is begun anew.
        let old: Option<Window> = serde_json::from_slice(&record.bytes).ok();
        let mut window = old.clone().unwrap_or_else(|| self.unlearned.clone());
        for event in &news {
            window.happened(&event.shifted(shift));
        }
        let dead_at = now + micros(self.setting.timeout);
        let mut tickets = Vec::new();
        while tickets.len() < waiting && window.opening(now) == Opening::Now {
            let ticket = self.next_ticket(&mut self.lock());
            window.take(ticket, now, Some(dead_at));
            tickets.push(window.counts().then_some(ticket));
        }
        if old.as_ref() != Some(&window) {
            let bytes = serde_json::to_vec(&window).expect("numbers become JSON");
            let swap = sharing
                .store
                .swap_rate_window(&self.group, record.version, &bytes);
            if !self.in_time(swap).await? {
                return Ok(Round::Raced);
            }
        }
        self.give_out(tickets, news.len(), window, shift);
        Ok(Round::Done)
    }

    /// The record has our claim: gives the places to those who are next.
    fn give_out(self: &Arc<Self>, tickets: Vec<Option<u64>>, told: usize, mut window: Window, shift: Micros) {
        let mut left_over = Vec::new();
        let mut state = self.lock();
        let now = self.now();
        state.shared.outbox.drain(..told);
        state.shared.tell_at = None;
        for ticket in tickets {
            if let Some(ticket) = ticket {
                state.window.take(ticket, now, None);
            }
            let place = self.place(ticket, now);
            match state.next_waiter() {
                Some(waiter) => left_over.extend(waiter.goes(place)),
                // It went away meanwhile.
                None => left_over.push(Ok(place)),
            }
        }
        let opening = window.opening(now + shift);
        let is_probing = window.is_probing();
        state.shared.view = Some((window, shift));
        left_over.extend(self.let_the_hasty_go(&mut state, now));
        state.judge_again(now);
        let account = &mut state.shared;
        account.claim_at = Some(match opening {
            Opening::Now => now,
            Opening::At(then) if !is_probing => then - shift + account.slack(),
            _ => now + account.look_again(),
        });
        if !account.outbox.is_empty() {
            account.tell_at = Some(now + account.slack());
        }
        if state.queue.is_empty() {
            state.shared.claim_at = None;
        }
        drop(state);
        // Outside of the lock, as they go back.
        drop(left_over);
    }

    fn store_failed(&self, error: &StoreError) {
        let mut state = self.lock();
        let account = &mut state.shared;
        account.down_until = Some(self.now() + micros(STORE_PATIENCE));
        account.view = None;
        if !std::mem::replace(&mut account.has_warned, true) {
            tracing::warn!(
                rc.rate_group = self.group,
                error = error as &dyn std::error::Error,
                "the token store cannot share the rate limits between processes; this one goes by its own count"
            );
        }
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        tokio::select! {
            biased;
            answer = work => answer,
            () = self.setting.clock.sleep(STORE_PATIENCE) => Err(StoreError::new(
                StoreErrorKind::Unavailable,
                "the store did not answer in time",
            )),
        }
    }
}

/// What the porter does next.
enum Due {
    At(Micros),
    StoreIsDownUntil(Micros),
}

/// An answer that was not counted and names no limit is no news.
fn is_worth_telling(event: &Event) -> bool {
    match &event.what {
        What::Answered { reading, .. } => {
            event.ticket != 0 || reading.limit.is_some() || reading.status == Status::Refused
        }
        What::Lost | What::GivenBack => event.ticket != 0,
    }
}

fn never_ours() -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        "other processes were always faster to change the record",
    )
}
