//! What came of all rounds of a store, and the table that a person reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::median;
use super::plan::{Plan, STEPS};
use super::round::Outcome;
use crate::store::StoreKind;

/// What came of the rounds so far.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many rounds have ended.
    pub rounds: usize,
    /// How many workers were killed in the middle of their work.
    pub kills: usize,
    /// The rounds that lost a login, or in which a worker that nobody killed failed, with what is known of them.
    pub failures: Vec<String>,
    /// How many logins were lost.
    pub lost: usize,
    /// How many refreshes the platform was asked for.
    pub refreshes: usize,
    /// In how many rounds the platform gave out the same tokens again, because its first answer was lost or not kept.
    pub repeated: usize,
    /// How many workers had ended before they could be killed.
    pub too_late: usize,
    killed_after: BTreeMap<Option<String>, usize>,
    heal: Vec<Duration>,
}

impl Summary {
    pub(super) fn add(&mut self, round: usize, plan: &Plan, outcome: Outcome) {
        self.rounds += 1;
        self.kills += outcome.killed.len();
        self.too_late += outcome.too_late;
        self.refreshes += outcome.refreshes;
        self.repeated += usize::from(outcome.took_effect > 1);
        self.heal.extend(outcome.healed);
        for step in outcome.killed {
            *self.killed_after.entry(step).or_default() += 1;
        }
        for complaint in outcome.complaints {
            self.failures.push(format!(
                "round {round}: a worker that nobody killed failed: {complaint} ({plan})"
            ));
        }
        if let Some(why) = outcome.lost {
            self.lost += 1;
            self.failures
                .push(format!("round {round}: the login was lost: {why} ({plan})"));
        }
    }

    fn killed_after(&self, step: Option<&str>) -> usize {
        self.killed_after
            .get(&step.map(str::to_owned))
            .copied()
            .unwrap_or(0)
    }
}

/// The results of all stores side by side.
pub fn table(results: &[(StoreKind, Summary)]) -> String {
    let row = |name: &str, values: Vec<String>| {
        let mut line = format!("{name:<36}");
        for value in values {
            let _ = write!(line, "{value:>10}");
        }
        line + "\n"
    };
    let each = |name: &str, value: &dyn Fn(&Summary) -> String| {
        row(name, results.iter().map(|(_, summary)| value(summary)).collect())
    };
    let count =
        |name: &str, value: &dyn Fn(&Summary) -> usize| each(name, &|summary| value(summary).to_string());
    let time = |name: &str, value: &dyn Fn(&Summary) -> Duration| {
        each(name, &|summary| format!("{:.1} s", value(summary).as_secs_f64()))
    };

    let mut rows = vec![
        row("", results.iter().map(|(kind, _)| kind.to_string()).collect()),
        count("rounds", &|summary| summary.rounds),
        count("workers killed", &|summary| summary.kills),
        count("  before a refresh of their own", &|summary| {
            summary.killed_after(None)
        }),
    ];
    rows.extend(STEPS.map(|step| {
        let name = format!("  at or after `{step}`");
        count(&name, &|summary| summary.killed_after(Some(step)))
    }));
    rows.extend([
        count("workers done before their kill", &|summary| summary.too_late),
        count("refreshes asked", &|summary| summary.refreshes),
        count("rounds healed by repeating", &|summary| summary.repeated),
        time("time to heal, median", &|summary| median(&summary.heal)),
        time("time to heal, worst", &|summary| {
            summary.heal.iter().max().copied().unwrap_or_default()
        }),
        count("workers failed that nobody killed", &|summary| {
            summary.failures.len() - summary.lost
        }),
        count("logins lost", &|summary| summary.lost),
    ]);
    rows.concat()
}
