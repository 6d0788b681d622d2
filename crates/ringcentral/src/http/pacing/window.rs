//! One group of one login, as plain data: who may go when.
//!
//! The platform counts a request at a moment that we do not see, between its sending and its answer. So a request has a
//! *place* from the moment it goes, and keeps it for a window's length after its *answer*: whatever the latency, our
//! count of the last window is never less than the platform's.
//!
//! All times are microseconds of one clock, whichever it is: the process's own, or that of a store which processes
//! share. A clock that is set back makes nobody wait for its old time to come again.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::headers::{Reading, Status};

/// A time in microseconds.
pub(super) type Micros = i64;

/// What the platform asks for when a 429 names no time.
const UNNAMED_PENALTY: Duration = Duration::from_secs(30);

/// While a group's limit is not known, one request goes ahead and the others wait for what its answer teaches; if there
/// is none after so long, one more goes.
const PROBE_PATIENCE: Micros = 5_000_000;

/// A group's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    limit: Limit,
    closed: Option<Closed>,
    /// By when the requests of the last window were counted at the latest, oldest first.
    counted: VecDeque<Micros>,
    /// Requests without an answer, oldest first.
    under_way: Vec<UnderWay>,
}

/// How many requests a window takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Limit {
    /// No answer has said.
    #[default]
    Unknown,
    /// So many, as the last answer said; `assumed` until there is one.
    Counted {
        requests: u32,
        window: Micros,
        assumed: bool,
    },
    /// Any number: the platform counts nothing here.
    None,
    /// The platform counts, but not what passes here together: only a penalty closes this group.
    NotOurs,
}

/// A penalty. Its length bounds it on a clock that was set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Closed {
    until: Micros,
    length: Micros,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct UnderWay {
    ticket: u64,
    sent: Micros,
    /// Sent without the patience to wait for what another one's answer teaches; nobody waits for what this one's does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_hasty: bool,
    /// When whoever sent it is taken for dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Micros>,
}

/// When the next request may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    Now,
    At(Micros),
    /// After an answer to a request that is under way.
    AfterAnAnswer,
}

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) ticket: u64,
    pub(super) at: Micros,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Answered {
        sent: Micros,
        reading: Reading,
    },
    /// It may have been counted or not.
    Lost,
    /// It never left.
    GivenBack,
}

impl Event {
    /// The same event by a clock that is so much ahead.
    pub(super) fn shifted(mut self, by: Micros) -> Self {
        self.at += by;
        if let What::Answered { sent, .. } = &mut self.what {
            *sent += by;
        }
        self
    }

    /// Whether others should know at once: it closes the group, or says what its limit is.
    pub(super) fn is_urgent(&self, window: &Window) -> bool {
        match &self.what {
            What::Answered { reading, .. } => {
                reading.status == Status::Refused || window.limit == Limit::Unknown
            }
            What::Lost | What::GivenBack => window.limit == Limit::Unknown,
        }
    }
}

impl Window {
    /// A group whose limit is assumed before any answer.
    pub(super) fn assuming(requests: u32, window: Duration) -> Self {
        Self::with(Limit::Counted {
            requests: requests.max(1),
            window: micros(window),
            assumed: true,
        })
    }

    /// A group that only a penalty closes.
    pub(super) fn not_ours() -> Self {
        Self::with(Limit::NotOurs)
    }

    /// A group that the platform does not limit, as far as is known.
    pub(super) fn unlimited() -> Self {
        Self::with(Limit::None)
    }

    fn with(limit: Limit) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// When the next request may go.
    pub(super) fn opening(&mut self, now: Micros) -> Opening {
        self.pass_time(now);
        if let Some(closed) = self.closed {
            return Opening::At(closed.until);
        }
        match self.limit {
            Limit::None | Limit::NotOurs => Opening::Now,
            Limit::Unknown => match self.under_way.iter().rfind(|place| !place.is_hasty) {
                Some(probe) if now < probe.sent + PROBE_PATIENCE => Opening::At(probe.sent + PROBE_PATIENCE),
                _ => Opening::Now,
            },
            Limit::Counted { requests, window, .. } => {
                let first = self.first_within(now - window);
                let used = self.counted.len() - first + self.under_way.len();
                let Some(too_many) = used.checked_sub(requests as usize) else {
                    return Opening::Now;
                };
                match self.counted.get(first + too_many) {
                    Some(counted) => Opening::At(counted + window),
                    None => Opening::AfterAnAnswer,
                }
            }
        }
    }

    /// Whether an answer is all that the next request waits for.
    pub(super) fn is_probing(&self) -> bool {
        self.limit == Limit::Unknown && self.closed.is_none()
    }

    /// Whether places are counted here.
    pub(super) fn counts(&self) -> bool {
        matches!(self.limit, Limit::Unknown | Limit::Counted { .. })
    }

    /// How long the window is, where that is known.
    pub(super) fn length(&self) -> Option<Micros> {
        match self.limit {
            Limit::Counted { window, .. } => Some(window),
            _ => None,
        }
    }

    /// A request goes. `until` is when its sender is taken for dead.
    pub(super) fn take(&mut self, ticket: u64, now: Micros, until: Option<Micros>) {
        if self.counts() {
            self.under_way.push(UnderWay {
                ticket,
                sent: now,
                is_hasty: false,
                until,
            });
        }
    }

    /// A request goes although the limit is not known and another one has gone ahead to find it out.
    pub(super) fn take_hastily(&mut self, ticket: u64, now: Micros) {
        self.under_way.push(UnderWay {
            ticket,
            sent: now,
            is_hasty: true,
            until: None,
        });
    }

    /// Takes in what became of a request. Whether the limit or a penalty changed by it.
    pub(super) fn happened(&mut self, event: &Event) -> bool {
        let had = self.under_way.len();
        self.under_way.retain(|place| place.ticket != event.ticket);
        let was_taken = self.under_way.len() < had;
        match &event.what {
            What::GivenBack => false,
            What::Lost => {
                if was_taken && self.length().is_some() {
                    self.count(event.at, 1);
                }
                false
            }
            What::Answered { sent, reading } => self.answered(event.at, *sent, reading),
        }
    }

    fn answered(&mut self, now: Micros, sent: Micros, reading: &Reading) -> bool {
        let before = (self.limit, self.closed);
        self.learn_limit(reading);
        if reading.status == Status::Refused {
            let penalty = micros(reading.retry_after.unwrap_or(UNNAMED_PENALTY));
            if self.closed.is_none_or(|closed| closed.until < now + penalty) {
                self.closed = Some(Closed {
                    until: now + penalty,
                    length: penalty,
                });
            }
        } else if let Limit::Counted { requests, window, .. } = self.limit {
            self.count(now, 1);
            if let Some(remaining) = reading.remaining {
                // Somebody else uses the login: what the platform counted beyond ours, and ours since before the request
                // went, is theirs.
                let used = requests.saturating_sub(remaining) as usize;
                let ours = self.counted.len() - self.first_within(sent - window) + self.under_way.len();
                self.count(now, used.saturating_sub(ours));
            }
        }
        before != (self.limit, self.closed)
    }

    fn learn_limit(&mut self, reading: &Reading) {
        match (self.limit, reading.limit, reading.window) {
            (Limit::NotOurs, ..) => {}
            (_, Some(limit), Some(window)) => {
                self.limit = Limit::Counted {
                    requests: limit.max(1),
                    window: micros(window),
                    assumed: false,
                };
            }
            // An answer of the service that names no limit: there is none.
            (Limit::Unknown | Limit::Counted { assumed: true, .. }, ..)
                if reading.status == Status::Served =>
            {
                self.limit = Limit::None;
                self.counted.clear();
                self.under_way.clear();
            }
            _ => {}
        }
    }

    /// How long the request behind `ahead` others would have to wait, if nobody else came and every answer were here.
    /// Nothing is known before the first answer: no time at all, then.
    pub(super) fn wait_behind(&self, ahead: usize, now: Micros) -> Duration {
        let closed = self.closed.map_or(now, |closed| closed.until.max(now));
        let opens = match self.limit {
            Limit::Counted { requests, window, .. } => {
                let requests = requests as usize;
                let first = self.first_within(now - window);
                let used = self.counted.len() - first + self.under_way.len();
                let rounds = i64::try_from(ahead / requests).unwrap_or(i64::MAX);
                // Which of the requests that are counted now has to leave the window before.
                let leaves = (ahead % requests + used).checked_sub(requests);
                let opens = leaves.map_or(now, |n| {
                    self.counted
                        .get(first + n)
                        .map_or(now + window, |counted| counted + window)
                });
                opens.max(closed).saturating_add(rounds.saturating_mul(window))
            }
            _ => closed,
        };
        Duration::from_micros(u64::try_from(opens - now).unwrap_or(0))
    }

    /// The index of the first request that was counted after `begin`.
    fn first_within(&self, begin: Micros) -> usize {
        self.counted.partition_point(|counted| *counted <= begin)
    }

    fn count(&mut self, at: Micros, times: usize) {
        let place = self.counted.partition_point(|counted| *counted <= at);
        for _ in 0..times {
            self.counted.insert(place, at);
        }
    }

    fn pass_time(&mut self, now: Micros) {
        if let Some(closed) = &mut self.closed {
            closed.until = closed.until.min(now + closed.length);
        }
        self.closed = self.closed.filter(|closed| now < closed.until);
        for counted in self
            .counted
            .iter_mut()
            .rev()
            .take_while(|counted| **counted > now)
        {
            *counted = now;
        }
        for place in &mut self.under_way {
            place.sent = place.sent.min(now);
        }
        let window = self.length().unwrap_or_default();
        self.under_way.retain(|place| {
            place
                .until
                .is_none_or(|until| now < until.max(place.sent + window))
        });
        // An answer that is still to come says what was counted since before its request went.
        let oldest = self.under_way.first().map_or(now, |place| place.sent);
        let forgotten = self.first_within(oldest - window);
        self.counted.drain(..forgotten);
    }
}

pub(super) fn micros(duration: Duration) -> Micros {
    // Half the range, so that no sum of a time and a duration overflows.
    i64::try_from(duration.as_micros())
        .unwrap_or(i64::MAX)
        .min(i64::MAX / 4)
}

pub(super) fn time(at: Timestamp) -> Micros {
    at.as_microsecond()
}

#[cfg(test)]
mod tests;
