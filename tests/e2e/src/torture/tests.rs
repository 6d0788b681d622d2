use super::*;
use crate::torture::plan::Fate;

#[test]
fn a_seed_plans_the_same_rounds_again_and_another_one_others() {
    let plans = |seed| {
        let plan = |round| Plan::of(StoreKind::File, &mut Dice::new(seed, round));
        (1..=50).map(plan).collect::<Vec<_>>()
    };
    assert_eq!(plans(7), plans(7));
    assert_ne!(plans(7), plans(8));
}

#[test]
fn every_round_kills_and_only_a_file_has_the_steps_of_a_file() {
    for (kind, steps) in [(StoreKind::File, 9), (StoreKind::Sqlite, 5)] {
        let mut seen = std::collections::BTreeSet::new();
        for round in 1..=2_000 {
            let plan = Plan::of(kind, &mut Dice::new(1, round));
            assert!((1..=3).contains(&plan.fates.len()), "{plan}");
            assert!(plan.fates.iter().any(|fate| *fate != Fate::Spared), "{plan}");
            seen.extend(plan.fates.iter().filter_map(|fate| match fate {
                Fate::KilledAt(step) => Some(*step),
                _ => None,
            }));
        }
        assert_eq!(seen.len(), steps, "{kind}: {seen:?}");
    }
}

#[test]
fn the_table_counts_what_was_lost_and_where_workers_died() {
    let plan = Plan::of(StoreKind::File, &mut Dice::new(1, 1));
    let mut summary = Summary::default();
    summary.add(
        1,
        &plan,
        Outcome {
            killed: vec![None, Some("answered".to_owned())],
            refreshes: 3,
            took_effect: 2,
            healed: Some(Duration::from_millis(1_500)),
            ..Outcome::default()
        },
    );
    summary.add(
        2,
        &plan,
        Outcome {
            refreshes: 1,
            took_effect: 1,
            lost: Some("log in again".to_owned()),
            complaints: vec!["timeout".to_owned()],
            ..Outcome::default()
        },
    );
    let text = table(&[(StoreKind::File, summary.clone())]);
    let value = |name: &str| {
        let line = text.lines().find(|line| line.trim().starts_with(name));
        line.unwrap_or_else(|| panic!("{name} is not in\n{text}"))
            .split_whitespace()
            .last()
            .map(str::to_owned)
    };
    for (name, count) in [
        ("rounds ", "2"),
        ("workers killed", "2"),
        ("before a refresh", "1"),
        ("at or after `answered`", "1"),
        ("at or after `using`", "0"),
        ("refreshes asked", "4"),
        ("rounds healed by repeating", "1"),
        ("workers failed that nobody killed", "1"),
        ("logins lost", "1"),
    ] {
        assert_eq!(value(name).as_deref(), Some(count), "{name} in\n{text}");
    }
    assert!(text.contains("1.5 s") && text.contains("file"), "{text}");
    assert_eq!(summary.failures.len(), 2);
}
