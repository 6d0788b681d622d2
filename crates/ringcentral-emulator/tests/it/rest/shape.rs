//! A small checker of JSON shapes: which members an object must and may have, and of which type they are.

use serde_json::Value;

/// Checks objects against tables of fields.
///
/// A row is a path (`records[].from`; empty is the body itself) and the fields of the objects there, as
/// `name:type` or, if required, `name!:type`. Types: `n` integer, `f` number, `s` string, `b` boolean, `d` date-time,
/// `o` object, `a` array. A member that no row names is an error: names are copied from the platform exactly.
pub(super) fn check(body: &Value, rows: &[(&str, &str)]) {
    for (path, fields) in rows {
        for (place, object) in at(body, path) {
            check_object(&place, object, fields);
        }
    }
}

fn check_object(place: &str, object: &Value, fields: &str) {
    let members = object
        .as_object()
        .unwrap_or_else(|| panic!("{place} is no object: {object}"));
    let mut known = Vec::new();
    for field in fields.split_whitespace() {
        let (name, kind) = field.split_once(':').expect("a field has a type");
        let (name, required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
        known.push(name);
        match members.get(name) {
            Some(value) => assert!(is(value, kind), "{place}.{name} is not of type {kind}: {value}"),
            None => assert!(!required, "{place}.{name} is missing: {object}"),
        }
    }
    for name in members.keys() {
        assert!(
            known.contains(&name.as_str()),
            "{place}.{name} is not a field of the platform: {object}"
        );
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "n" => value.is_i64(),
        "f" => value.is_number(),
        "s" => value.is_string(),
        "b" => value.is_boolean(),
        "o" => value.is_object(),
        "a" => value.is_array(),
        "d" => value.as_str().is_some_and(is_time),
        _ => panic!("unknown type {kind}"),
    }
}

/// UTC with milliseconds and `Z`.
fn is_time(text: &str) -> bool {
    text.len() == 24
        && text.ends_with('Z')
        && text.as_bytes()[19] == b'.'
        && text.parse::<jiff::Timestamp>().is_ok()
}

/// The values at a path; a part that is absent has none.
fn at<'v>(body: &'v Value, path: &str) -> Vec<(String, &'v Value)> {
    let mut found = vec![(String::new(), body)];
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (name, many) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        found = found
            .into_iter()
            .filter_map(|(place, value)| Some((format!("{place}.{name}"), value.get(name)?)))
            .flat_map(|(place, value)| match value.as_array() {
                Some(items) if many => items
                    .iter()
                    .enumerate()
                    .map(|(n, item)| (format!("{place}[{n}]"), item))
                    .collect(),
                _ => vec![(place, value)],
            })
            .collect();
    }
    found
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let body = serde_json::json!({
        "id": 1, "time": "2026-03-09T10:20:30.000Z", "list": [{ "a": "x" }, { "a": "y", "b": true }],
    });
    let fails = |rows: &'static [(&str, &str)]| {
        let body = body.clone();
        std::panic::catch_unwind(move || check(&body, rows)).is_err()
    };
    assert!(!fails(&[
        ("", "id!:n time:d list:a other:s"),
        ("list[]", "a!:s b:b"),
        ("nothing.here", "x!:s")
    ]));
    assert!(fails(&[("", "id!:s time:d list:a")]), "a wrong type");
    assert!(fails(&[("", "id!:n time:d")]), "an unknown member");
    assert!(fails(&[("", "id!:n time:d list:a more!:s")]), "a missing member");
    assert!(
        fails(&[("list[]", "a!:s b!:b")]),
        "a member missing in one item of several"
    );
}
