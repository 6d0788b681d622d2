//! What shall happen in one round: a pure function of the dice.

use std::fmt;

use serde_json::{Value, json};

use super::dice::Dice;
use crate::store::StoreKind;

/// One round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// How long the platform takes to answer a refresh, in milliseconds.
    pub(super) latency: u32,
    /// What else goes wrong there.
    pub(super) trouble: Option<Trouble>,
    /// What becomes of each worker; at least one is killed.
    pub(super) fates: Vec<Fate>,
    /// Whether a worker that is to be killed at a step waits for the leases of those that died before, to come to it.
    pub(super) in_a_row: bool,
}

/// Some refreshes of a round go wrong: never so many that a worker has to give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: TroubleKind,
    pub(super) times: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TroubleKind {
    /// The platform answers 503 and does nothing.
    Unavailable,
    /// The platform does nothing and closes the connection.
    DropBefore,
    /// The platform makes new tokens and closes the connection.
    DropAfter,
    /// The platform makes new tokens and breaks off in the middle of its answer.
    Truncate,
}

/// What becomes of a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    Spared,
    /// It stops at this step, if it comes to it, and is killed there.
    KilledAt(&'static str),
    /// It is killed after this part of the time that a refresh takes.
    KilledAfter(f64),
}

/// The steps of a refresh as the worker tells them, in order.
pub(super) const STEPS: [&str; 9] = [
    "claimed",
    "asking",
    "answered",
    "writing",
    "written",
    "synced",
    "renamed",
    "committed",
    "using",
];

/// Those of them that only a file has.
const OF_A_FILE: [&str; 4] = ["writing", "written", "synced", "renamed"];

/// A refresh that is watched to its end takes a little longer than the middle one.
const BEYOND: f64 = 1.1;

impl Plan {
    pub(super) fn of(kind: StoreKind, dice: &mut Dice) -> Self {
        let latency = dice.below(60);
        let trouble = dice.one_in(4).then(|| Trouble {
            kind: dice.pick(&TroubleKind::ALL),
            times: 1 + u64::from(dice.below(2)),
        });
        let workers = 1 + dice.below(3);
        let fates = (0..workers).map(|worker| {
            if worker > 0 && dice.one_in(2) {
                return Fate::Spared;
            }
            if dice.one_in(2) {
                return Fate::KilledAfter(dice.fraction() * BEYOND);
            }
            let steps: Vec<&str> = STEPS
                .into_iter()
                .filter(|step| kind == StoreKind::File || !OF_A_FILE.contains(step))
                .collect();
            Fate::KilledAt(dice.pick(&steps))
        });
        Self {
            latency,
            trouble,
            fates: fates.collect(),
            in_a_row: dice.one_in(8),
        }
    }
}

impl TroubleKind {
    const ALL: [Self; 4] = [
        Self::Unavailable,
        Self::DropBefore,
        Self::DropAfter,
        Self::Truncate,
    ];

    /// As the emulator is told.
    pub(super) fn order(self) -> Value {
        match self {
            Self::Unavailable => json!({ "type": "status", "status": 503 }),
            Self::DropBefore => json!({ "type": "drop-before" }),
            Self::DropAfter => json!({ "type": "drop-after" }),
            Self::Truncate => json!({ "type": "truncate", "bytes": 40 }),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "latency {} ms", self.latency)?;
        if let Some(Trouble { kind, times }) = self.trouble {
            write!(f, ", {times} \u{d7} {kind:?}")?;
        }
        for fate in &self.fates {
            match fate {
                Fate::Spared => f.write_str(", one worker spared")?,
                Fate::KilledAt(step) => write!(f, ", one killed at {step}")?,
                Fate::KilledAfter(part) => write!(f, ", one killed after {part:.2} of a refresh")?,
            }
        }
        if self.in_a_row {
            f.write_str(", in a row")?;
        }
        Ok(())
    }
}
