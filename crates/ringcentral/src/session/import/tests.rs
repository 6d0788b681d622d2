use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::session::Freshness;

/// 2026-11-21T01:00:00Z
const ISSUED: i64 = 1_795_222_800;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn answer() -> Value {
    json!({
        "access_token": "canary-a", "token_type": "bearer", "expires_in": 3600,
        "refresh_token": "canary-r", "refresh_token_expires_in": 604_800,
        "scope": "ReadAccounts SMS", "owner_id": "101", "endpoint_id": "e", "session_id": "s",
    })
}

fn import(file: &Value, modified_at: Option<i64>) -> Result<TokenSet, ImportError> {
    TokenSet::import_json(file.to_string().as_bytes(), modified_at.map(at))
}

/// What the file tells and, when it tells nothing, its own time: issued, end of the access token, end of the login.
#[track_caller]
fn reads(
    file: &Value,
    modified_at: Option<i64>,
    issued: i64,
    life: i64,
    refresh_life: Option<i64>,
) -> TokenSet {
    let set = import(file, modified_at).unwrap_or_else(|error| panic!("{error}: {file}"));
    let info = set.info();
    let ends = refresh_life.map(|life| at(issued + life));
    assert_eq!(
        (info.issued_at, info.expires_at, info.refresh_expires_at),
        (at(issued), at(issued + life), ends),
        "{file}"
    );
    assert_eq!(info.login_kind, LoginKind::Imported);
    set
}

#[test]
fn each_form_of_the_time() {
    for timestamp in [
        json!(ISSUED * 1000),   // Date.now()
        json!(ISSUED),          // int(time.time())
        json!(1_795_222_800.0), // time.time()
        json!("1795222800000"),
        json!(" 1795222800 "),
        json!("1795222800.0"),
        json!("2026-11-21T01:00:00Z"), // new Date().toJSON()
        json!("2026-11-21T01:00:00.000Z"),
        json!("2026-11-21T02:00:00+01:00"),
    ] {
        let file = json!({ "tokens": answer(), "timestamp": timestamp });
        reads(&file, Some(7), ISSUED, 3600, Some(604_800));
    }
    // Nothing but the file's own time.
    reads(&answer(), Some(ISSUED), ISSUED, 3600, Some(604_800));
    reads(
        &json!({ "tokens": answer() }),
        Some(ISSUED),
        ISSUED,
        3600,
        Some(604_800),
    );
    reads(
        &json!({ "tokens": answer(), "timestamp": null }),
        Some(ISSUED),
        ISSUED,
        3600,
        Some(604_800),
    );
}

#[test]
fn a_fraction_of_a_second_is_kept() {
    let file = json!({ "tokens": answer(), "timestamp": 1_795_222_800.25 });
    let set = import(&file, None).unwrap();
    assert_eq!(set.info().issued_at.to_string(), "2026-11-21T01:00:00.25Z");
}

#[test]
fn what_the_javascript_sdk_stores() {
    let mut stored = answer();
    stored["expire_time"] = json!((ISSUED + 3600) * 1000);
    stored["refresh_token_expire_time"] = json!((ISSUED + 604_800) * 1000);
    stored["code_verifier"] = json!("");
    reads(&stored, None, ISSUED, 3600, Some(604_800));
    reads(&stored, Some(ISSUED + 99), ISSUED, 3600, Some(604_800));

    // After a 401 the access token is thrown away and its life said to be -1; the refresh token is still good.
    stored["access_token"] = json!("");
    stored["expires_in"] = json!("-1");
    let set = reads(&stored, None, ISSUED, 0, Some(604_800));
    assert_eq!(set.info().freshness(at(ISSUED)), Freshness::Expired);

    // Only absolute times.
    let stored = json!({
        "access_token": "a", "expire_time": (ISSUED + 600) * 1000,
        "refresh_token": "r", "refresh_token_expire_time": (ISSUED + 7_000) * 1000,
    });
    reads(&stored, Some(ISSUED), ISSUED, 600, Some(7_000));
    reads(&stored, None, ISSUED + 600, 0, Some(6_400));
}

#[test]
fn all_that_the_answer_says_is_kept() {
    let set = import(&json!({ "tokens": answer(), "timestamp": ISSUED }), None).unwrap();
    assert_eq!(set.access_token().expose_secret(), "canary-a");
    assert_eq!(set.refresh_token().unwrap().expose_secret(), "canary-r");
    let info = set.info();
    assert_eq!(info.owner_id.as_ref().map(ExtensionId::as_str), Some("101"));
    assert_eq!(info.scope, ["ReadAccounts", "SMS"]);
    assert_eq!(info.endpoint_id.as_deref(), Some("e"));
    assert_eq!(info.session_id.as_deref(), Some("s"));
    assert!(!format!("{set:?}").contains("canary"));
    assert!(matches!(info.freshness(at(ISSUED + 60)), Freshness::Fresh { .. }));
    assert!(matches!(
        info.freshness(at(ISSUED + 3_000)),
        Freshness::RefreshSoon { .. }
    ));
    assert_eq!(info.freshness(at(ISSUED + 3_600)), Freshness::Expired);
    assert_eq!(info.freshness(at(ISSUED + 604_800)), Freshness::Dead);
}

#[test]
fn odd_but_usable_files() {
    let with = |name: &str, value: Value| {
        let mut tokens = answer();
        tokens[name] = value;
        json!({ "tokens": tokens, "timestamp": ISSUED })
    };
    reads(
        &with("expires_in", json!("3600")),
        None,
        ISSUED,
        3600,
        Some(604_800),
    );
    reads(
        &with("expires_in", json!(1e18)),
        None,
        ISSUED,
        86_400,
        Some(604_800),
    );
    reads(&with("expires_in", Value::Null), None, ISSUED, 0, Some(604_800));
    reads(
        &with("token_type", json!("Bearer")),
        None,
        ISSUED,
        3600,
        Some(604_800),
    );
    reads(
        &with("token_type", Value::Null),
        None,
        ISSUED,
        3600,
        Some(604_800),
    );
    reads(&with("refresh_token", Value::Null), None, ISSUED, 3600, None);
    reads(&with("refresh_token", json!("")), None, ISSUED, 3600, None);
    reads(
        &with("refresh_token_expires_in", Value::Null),
        None,
        ISSUED,
        3600,
        Some(366 * 86_400),
    );
    let numeric = import(&with("owner_id", json!(101)), None).unwrap();
    assert_eq!(
        numeric.info().owner_id.as_ref().map(ExtensionId::as_str),
        Some("101")
    );

    let marked = [&b"\xef\xbb\xbf"[..], answer().to_string().as_bytes()].concat();
    assert!(
        TokenSet::import_json(&marked, Some(at(ISSUED))).is_ok(),
        "a byte order mark"
    );
}

#[test]
fn what_is_no_token_file_is_told_apart_and_not_quoted() {
    use ImportError::{BadTime, NoTime, NoTokens, NotJson};
    let with = |name: &str, value: Value| {
        let mut tokens = answer();
        tokens[name] = value;
        json!({ "tokens": tokens, "timestamp": ISSUED }).to_string()
    };
    let at = |timestamp: Value| json!({ "tokens": answer(), "timestamp": timestamp }).to_string();
    let whole = answer().to_string();
    for (file, expected) in [
        (String::new(), NotJson),
        ("canary".to_owned(), NotJson),
        (whole[..whole.len() / 2].to_owned(), NotJson),
        (format!("{whole}canary"), NotJson),
        (format!("{whole}{}", " ".repeat(LARGEST)), NotJson),
        ("[".repeat(100_000), NoTokens),
        (format!("{{\"x\":{}", "[".repeat(100_000)), NotJson),
        ("null".to_owned(), NoTokens),
        ("[]".to_owned(), NoTokens),
        ("{}".to_owned(), NoTokens),
        ("\"canary\"".to_owned(), NoTokens),
        (
            json!({ "tokens": "canary", "timestamp": 1 }).to_string(),
            NoTokens,
        ),
        (json!({ "tokens": {}, "timestamp": 1 }).to_string(), NoTokens),
        (
            json!({ "error": "invalid_grant", "error_description": "canary" }).to_string(),
            NoTokens,
        ),
        (with("access_token", json!(17)), NoTokens),
        (with("token_type", json!("mac-canary")), NoTokens),
        (
            json!({ "access_token": "", "refresh_token": "" }).to_string(),
            NoTokens,
        ),
        (with("expires_in", json!("canary")), BadTime),
        (with("expires_in", json!({})), BadTime),
        (with("refresh_token_expires_in", json!("canary")), BadTime),
        (with("expire_time", json!("canary")), BadTime),
        (with("refresh_token_expire_time", json!([])), BadTime),
        (at(json!("canary")), BadTime),
        (at(json!("")), BadTime),
        (at(json!(0)), BadTime),
        (at(json!(-1)), BadTime),
        (at(json!(1e300)), BadTime),
        (at(json!("NaN")), BadTime),
        (at(json!("inf")), BadTime),
        (at(json!({})), BadTime),
        (at(json!(true)), BadTime),
        (whole, NoTime),
        (json!({ "tokens": answer() }).to_string(), NoTime),
    ] {
        let error = TokenSet::import_json(file.as_bytes(), None).unwrap_err();
        let start: String = file.chars().take(80).collect();
        assert_eq!(error, expected, "{start}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        prop_oneof![Just("bearer"), Just("3600"), Just("1795222800000"), Just("-1")].prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 16, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(Value::from)
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = TokenSet::import_json(&bytes, Some(at(ISSUED)));
    }

    #[test]
    fn any_member_may_be_anything(
        name in prop::sample::select(vec![
            "access_token", "token_type", "expires_in", "expire_time", "refresh_token", "refresh_token_expires_in",
            "refresh_token_expire_time", "scope", "owner_id", "endpoint_id", "session_id",
        ]),
        value in anything(),
        timestamp in anything(),
        wrapped: bool,
    ) {
        let mut tokens = answer();
        tokens[name] = value;
        let file = if wrapped { json!({ "tokens": tokens, "timestamp": timestamp }) } else { tokens };
        match import(&file, Some(ISSUED)) {
            Ok(set) => {
                let info = set.info();
                prop_assert!(info.issued_at <= info.refresh_at && info.refresh_at <= info.expires_at);
                prop_assert!(until(info.issued_at, info.expires_at) <= LONGEST_ACCESS);
                let ends = info.refresh_expires_at.unwrap_or(info.issued_at);
                prop_assert!(until(info.issued_at, ends) <= LONGEST_REFRESH);
                // What was read can be stored and read again.
                prop_assert!(TokenSet::from_secret_json(&set.to_secret_json()).is_ok());
            }
            Err(error) => {
                let said = format!("{error} {error:?}");
                prop_assert!(!said.contains("canary"));
            }
        }
    }

    #[test]
    fn seconds_and_milliseconds_mean_the_same(second in 1_000_000_000_i64..4_000_000_000) {
        let tokens = answer();
        let first = import(&json!({ "tokens": tokens, "timestamp": second }), None).unwrap();
        let second = import(&json!({ "tokens": tokens, "timestamp": second * 1000 }), None).unwrap();
        prop_assert_eq!(first.info(), second.info());
    }
}
