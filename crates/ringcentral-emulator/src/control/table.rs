//! Which control calls there are, for whoever asks for another one.

use http::StatusCode;
use http::header::ALLOW;
use serde_json::json;

use crate::reply::Reply;

/// Every control call, for the 404 and the 405; `ID` and `NAME` stand for any.
const CALLS: &[(&str, &[&str])] = &[
    ("", &["GET"]),
    ("status", &["GET"]),
    ("reset", &["POST"]),
    ("clock", &["GET", "POST"]),
    ("settings", &["GET", "PATCH"]),
    ("faults", &["GET", "POST", "DELETE"]),
    ("requests", &["GET", "DELETE"]),
    ("sessions", &["GET", "DELETE"]),
    ("coverage", &["GET"]),
    ("coverage.md", &["GET"]),
    ("jwts", &["POST"]),
    ("lockouts", &["GET", "DELETE"]),
    ("messages", &["POST"]),
    ("calls", &["GET", "POST"]),
    ("events", &["GET"]),
    ("operations", &["GET"]),
    ("snapshots", &["GET", "POST"]),
    ("worlds", &["GET", "POST"]),
    ("export", &["GET"]),
    ("import", &["POST"]),
    ("faults/ID", &["DELETE"]),
    ("sessions/ID", &["DELETE"]),
    ("jwts/ID", &["DELETE"]),
    ("lockouts/ID", &["DELETE"]),
    ("calls/ID", &["POST"]),
    ("snapshots/NAME", &["DELETE"]),
    ("snapshots/NAME/restore", &["POST"]),
    ("worlds/NAME", &["GET", "DELETE"]),
];

/// Whether a path has a call's form.
fn is_like(path: &str, call: &str) -> bool {
    let (path, call): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), call.split('/').collect());
    path.len() == call.len()
        && path
            .iter()
            .zip(&call)
            .all(|(part, known)| part == known || (matches!(*known, "ID" | "NAME") && !part.is_empty()))
}

/// The answer to a path or a method that there is not.
pub(super) fn no_such_call(path: &str) -> Reply {
    if let Some((known, methods)) = CALLS.iter().find(|(known, _)| is_like(path, known)) {
        let error =
            json!({"error": format!("/_emulator/{known} does not take this method"), "allowed": methods});
        return Reply::json_with(StatusCode::METHOD_NOT_ALLOWED, &error).with(ALLOW, &methods.join(", "));
    }
    let known: Vec<String> = CALLS
        .iter()
        .map(|(name, _)| format!("/_emulator/{name}"))
        .collect();
    let error = json!({"error": "there is no such control call", "allowed": known});
    Reply::json_with(StatusCode::NOT_FOUND, &error)
}
