//! The page of rules names tests that exist, and leaves none of the authorization server's out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The files whose tests are all about rules of the authorization server.
const ABOUT_RULES: &[&str] = &[
    "assertions",
    "authorize",
    "clients",
    "codes",
    "credentials",
    "limits",
    "lockout",
    "marked",
    "openid",
    "operations",
    "pages",
    "refresh",
    "secure",
    "sessions",
    "states",
];

/// `file::function` of every test in this directory.
fn tests() -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(directory).expect("the tests' directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("readable");
        let mut is_test = false;
        for line in text.lines() {
            if line == "#[tokio::test]" || line == "#[test]" {
                is_test = true;
            } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
                let name = rest.split('(').next().unwrap_or_default();
                found.insert(format!("{file}::{name}"));
                is_test = false;
            }
        }
    }
    found
}

/// The rules, each with the tests that its row names.
fn rules() -> BTreeMap<String, Vec<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/emulator/rules.md");
    let text = std::fs::read_to_string(page).expect("the page of rules");
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| ") && *line != "| rule | tests |");
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [rule, tests] = cells[..] else {
            panic!("a rule and its tests: {row}")
        };
        let tests = tests
            .split(", ")
            .map(|test| test.trim_matches('`').to_owned())
            .collect();
        (rule.to_owned(), tests)
    })
    .collect()
}

#[test]
fn every_rule_has_tests_that_exist() {
    let (tests, rules) = (tests(), rules());
    assert!(rules.len() > 40, "{} rules were read", rules.len());
    for (rule, named) in &rules {
        for test in named {
            assert!(
                tests.contains(test),
                "there is no test {test}, which holds this rule: {rule}"
            );
        }
    }
}

#[test]
fn every_test_of_the_authorization_server_holds_a_rule() {
    let named: BTreeSet<String> = rules().into_values().flatten().collect();
    for test in tests() {
        let file = test.split("::").next().unwrap_or_default();
        assert!(
            !ABOUT_RULES.contains(&file) || named.contains(&test),
            "{test} stands in no row of docs/emulator/rules.md"
        );
    }
}
