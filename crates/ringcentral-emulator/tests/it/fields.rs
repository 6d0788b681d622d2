//! The platform's field tables (`tests/data/fields.txt`), and the check that every JSON answer of every test goes through.

use std::sync::LazyLock;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use self::table::Table;

mod table;

/// What a fault makes of an answer; the one text that says JSON and is none.
const MALFORMED: &[u8] = b"{\"malformed\": tru";

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../data/fields.txt")));

/// Panics unless an answer is one that the platform could give. A JSON answer of an operation without a table is an error.
pub(crate) fn check_answer(method: &Method, path: &str, status: u16, headers: &HeaderMap, body: &[u8]) {
    if let Err(wrong) = judge(method, path, status, headers, body) {
        panic!(
            "{method} {path} {status}: {wrong}: {}",
            String::from_utf8_lossy(body)
        );
    }
}

/// Whether an operation has a table: `GET` and the path of a request, or its template.
pub(crate) fn has_table(method: &Method, path: &str) -> bool {
    TABLE.answer(&format!("{method} {}", short(path))).is_some()
}

fn judge(method: &Method, path: &str, status: u16, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = ["/restapi", "/.well-known"]
        .iter()
        .find_map(|root| path.find(root))
        .map(|at| &path[at..]);
    let Some(path) =
        path.filter(|_| *method != Method::OPTIONS && *method != Method::HEAD && body != MALFORMED)
    else {
        return Ok(());
    };
    let kind = headers
        .get(CONTENT_TYPE)
        .map_or("", |kind| kind.to_str().unwrap_or_default());
    if status == 207 {
        return parts(kind, body)?
            .iter()
            .try_for_each(|(status, body)| check_body(method, path, *status, body));
    }
    if kind.starts_with("application/json") && (status >= 400 || !is_content(path)) {
        let body = serde_json::from_slice(body).map_err(|error| format!("no JSON ({error})"))?;
        return check_body(method, path, status, &body);
    }
    let may_be_empty = matches!(status, 204 | 302 | 304) || path.ends_with("/oauth/revoke");
    if body.is_empty() && may_be_empty
        || is_content(path) && status < 400
        || path.contains("/oauth/authorize")
    {
        return Ok(());
    }
    Err(format!("it is {kind:?}"))
}

fn is_content(path: &str) -> bool {
    path.contains("/content") || path.ends_with("/profile-image")
}

/// The parts of a 207, in either form, with their statuses.
pub(crate) fn parts(kind: &str, body: &[u8]) -> Result<Vec<(u16, Value)>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "no text")?;
    let json = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| format!("no JSON ({error})"));
    let status = |value: &Value| {
        value["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or_default()
    };
    if kind.starts_with("application/vnd.ringcentral.multipart+json") {
        let items = json(text)?;
        TABLE.check("[BulkItem]", &items)?;
        let items = items.as_array().into_iter().flatten();
        return Ok(items.map(|item| (status(item), item["body"].clone())).collect());
    }
    let boundary = kind
        .strip_prefix("multipart/mixed; boundary=")
        .ok_or_else(|| format!("{kind:?} is no 207"))?;
    if boundary.contains('"') {
        return Err("clients take the boundary's quotes for a part of it".to_owned());
    }
    let mut bodies = Vec::new();
    for part in text
        .split(&format!("--{boundary}"))
        .filter(|part| part.contains("application/json"))
    {
        match part.split_once("\r\n\r\n") {
            Some((head, body)) if head.trim() == "Content-Type: application/json" => bodies.push(json(body)?),
            _ => return Err(format!("a part without the head that clients expect: {part}")),
        }
    }
    let summary = bodies.remove(0);
    TABLE.check("BulkSummary", &summary)?;
    let items = summary["response"].as_array().into_iter().flatten();
    let statuses: Vec<u16> = items.map(status).collect();
    if statuses.len() != bodies.len() {
        return Err("the summary and the parts differ in number".to_owned());
    }
    Ok(statuses.into_iter().zip(bodies).collect())
}

fn check_body(method: &Method, path: &str, status: u16, body: &Value) -> Result<(), String> {
    if status >= 400 {
        // What is too much or out of order is refused in front of the authorization server.
        let before = matches!(status, 413 | 429) || (status >= 500 && path.ends_with("/oauth/authorize"));
        let of_oauth = !before
            && [
                "token",
                "revoke",
                "authorize",
                "authorize/login",
                "authorize/consent",
            ]
            .iter()
            .any(|name| path.ends_with(&format!("/oauth/{name}")));
        if of_oauth {
            return TABLE.check("OauthError", body);
        }
        TABLE.check("Error", body)?;
        return repeats_the_first(body);
    }
    if status == 204 || (status == 200 && body.is_null()) {
        return Ok(());
    }
    let key = format!("{method} {}", short(path));
    let kind = TABLE
        .answer(&key)
        .ok_or_else(|| format!("{key} has no field table"))?;
    TABLE.check(kind, body)
}

/// What the first of an error's `errors` tells stands at the top as well, and nothing else does.
fn repeats_the_first(error: &Value) -> Result<(), String> {
    let details = |value: &Value, code: &Value| {
        let mut details = value.as_object().cloned().unwrap_or_default();
        details.remove("errors");
        let own = details.remove("errorCode");
        // A word may stand for the code.
        let same = own.is_some_and(|own| own == *code || own.as_str().is_some_and(|own| !own.contains('-')));
        (details, same)
    };
    let first = &error["errors"][0];
    let code = &first["errorCode"];
    if details(error, code) == details(first, code) {
        Ok(())
    } else {
        Err("its top differs from the first of its errors".to_owned())
    }
}

/// `A` for an account, `E` for an extension, `D` for the dictionaries.
fn short(path: &str) -> String {
    let path = path.trim_end_matches('/');
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["restapi", "v1.0", "account", _, "extension", _, rest @ ..] => [&["E"], rest].concat().join("/"),
        ["restapi", "v1.0", "account", _, rest @ ..] => [&["A"], rest].concat().join("/"),
        ["restapi", "v1.0", "dictionary", rest @ ..] => [&["D"], rest].concat().join("/"),
        ["restapi", "v2", "accounts", _, rest @ ..] => [&["V2"], rest].concat().join("/"),
        _ => path.to_owned(),
    }
}

#[test]
fn an_answer_that_is_not_as_the_platform_gives_it_is_seen() {
    let headers: HeaderMap = [(
        CONTENT_TYPE,
        reqwest::header::HeaderValue::from_static("application/json"),
    )]
    .into_iter()
    .collect();
    let fails = |path: &str, status, body: &Value| {
        judge(&Method::GET, path, status, &headers, body.to_string().as_bytes()).is_err()
    };
    let ring_out = serde_json::json!({ "id": "1", "uri": "x",
        "status": { "callStatus": "Success", "callerStatus": "Success", "calleeStatus": "Success" } });
    let path = "http://127.0.0.1:1/restapi/v1.0/account/~/extension/~/ring-out/1?x=y";
    assert!(!fails(path, 200, &ring_out));
    let changed = |pointer: &str, name: &str, value: Option<Value>| {
        let mut body = ring_out.clone();
        let object = body
            .pointer_mut(pointer)
            .and_then(Value::as_object_mut)
            .expect("an object");
        match value {
            Some(value) => drop(object.insert(name.to_owned(), value)),
            None => drop(object.remove(name)),
        }
        body
    };
    for (what, body) in [
        ("a number for a text", changed("", "id", Some(1.into()))),
        ("an unknown member", changed("", "colour", Some("red".into()))),
        (
            "an unknown member within",
            changed("/status", "colour", Some("red".into())),
        ),
        ("a missing member", changed("", "uri", None)),
        (
            "an unknown word",
            changed("/status", "callStatus", Some("Maybe".into())),
        ),
        (
            "a text for an object",
            changed("", "status", Some("Success".into())),
        ),
    ] {
        assert!(fails(path, 200, &body), "{what}");
    }
    assert!(fails(path, 404, &ring_out), "an error in no error's shape");
    assert!(
        fails("/restapi/v1.0/account/~/unheard-of", 200, &ring_out),
        "an operation without a table"
    );
    let missing = |top: Value| {
        let mut error = serde_json::json!({ "message": "x", "parameterName": "y", "errors": [
            { "errorCode": "CMN-101", "message": "x", "parameterName": "y" }] });
        error
            .as_object_mut()
            .expect("an object")
            .extend(top.as_object().cloned().expect("an object"));
        error
    };
    for (top, is_wrong) in [
        (serde_json::json!({ "errorCode": "CMN-101" }), false),
        (serde_json::json!({ "errorCode": "TokenInvalid" }), false),
        (serde_json::json!({ "errorCode": "CMN-102" }), true),
        (serde_json::json!({ "errorCode": "Trouble" }), true),
        (
            serde_json::json!({ "errorCode": "CMN-101", "message": "z" }),
            true,
        ),
        (
            serde_json::json!({ "errorCode": "CMN-101", "parameterName": "z" }),
            true,
        ),
        (
            serde_json::json!({ "errorCode": "CMN-101", "parameterValue": "z" }),
            true,
        ),
        (
            serde_json::json!({ "errorCode": "CMN-101", "errors": [{ "errorCode": "TokenInvalid", "message": "x" }] }),
            true,
        ),
        (serde_json::json!({ "errorCode": "CMN-101", "errors": [] }), true),
    ] {
        assert_eq!(fails(path, 400, &missing(top.clone())), is_wrong, "{top}");
    }
    assert!(fails(
        "/restapi/oauth/token",
        400,
        &serde_json::json!({"errorCode": "CMN-101", "message": "x", "errors": []})
    ));
}
