//! What a request is to change, by the names of the members alone.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// Prints the members that a request names, without their values: those are somebody's.
pub(super) fn named(f: &mut fmt::Formatter<'_>, what: &str, update: &impl Serialize) -> fmt::Result {
    let mut names = Vec::new();
    collect(&mut names, "", &serde_json::to_value(update).unwrap_or_default());
    names.sort_unstable();
    f.debug_struct(what)
        .field("changes", &names)
        .finish_non_exhaustive()
}

fn collect(names: &mut Vec<String>, before: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = if before.is_empty() {
                    name.clone()
                } else {
                    format!("{before}.{name}")
                };
                collect(names, &name, value);
            }
        }
        _ => names.push(before.to_owned()),
    }
}
