use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use super::{Action, Faults, Ordered};

#[test]
fn a_fault_hits_what_it_matches_as_often_as_ordered() {
    let faults = Faults::default();
    faults
        .order(&json!({
            "match": {"method": "POST", "path": "/restapi/oauth/token", "grantType": "refresh_token"},
            "action": {"type": "status", "status": 503, "retryAfter": 2},
            "times": 2,
        }))
        .expect("a valid fault");
    let hit = |method, path, grant| faults.take(method, path, grant).action;
    assert_eq!(hit("GET", "/restapi/oauth/token", Some("refresh_token")), None);
    assert_eq!(hit("POST", "/restapi/oauth/token/", Some("refresh_token")), None);
    assert_eq!(hit("POST", "/restapi/oauth/token", Some("password")), None);
    let ordered = Action::Status {
        status: StatusCode::SERVICE_UNAVAILABLE,
        retry_after: Some(2),
    };
    for _ in 0..2 {
        assert_eq!(
            hit("POST", "/restapi/oauth/token", Some("refresh_token")),
            Some(ordered)
        );
    }
    assert_eq!(hit("POST", "/restapi/oauth/token", Some("refresh_token")), None);
    assert!(faults.is_empty(), "a spent fault is gone");
}

#[test]
fn delays_add_to_the_first_other_fault() {
    let faults = Faults::default();
    for action in [
        json!({"type": "delay", "delay": "20ms"}),
        json!({"type": "drop-after"}),
        json!({"type": "malformed"}),
        json!({"type": "delay", "delay": "1s"}),
    ] {
        faults
            .order(&json!({"action": action, "times": 1}))
            .expect("a valid fault");
    }
    let both = Ordered {
        delay: Some(Duration::from_millis(1020)),
        action: Some(Action::DropAfter),
    };
    assert_eq!(faults.take("GET", "/", None), both);
    assert_eq!(
        faults.take("GET", "/", None).action,
        Some(Action::Malformed),
        "it waited for its turn"
    );
}

#[test]
fn probability_follows_the_seed() {
    let run = |seed| {
        let faults = Faults::default();
        let order = json!({"action": {"type": "malformed"}, "probability": 0.5, "seed": seed});
        faults.order(&order).expect("a valid fault");
        (0..64)
            .map(|_| faults.take("GET", "/", None).action.is_some())
            .collect::<Vec<_>>()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
    let hits = run(7).into_iter().filter(|hit| *hit).count();
    assert!((16..48).contains(&hits), "{hits} of 64");
}

#[test]
fn a_bad_order_names_the_field() {
    let malformed = json!({"type": "malformed"});
    for (order, field) in [
        (json!([]), "(body)"),
        (json!({}), "action"),
        (json!({"action": {"type": "explode"}}), "action.type"),
        (json!({"action": {"type": "status"}}), "action.status"),
        (
            json!({"action": {"type": "status", "status": 99}}),
            "action.status",
        ),
        (
            json!({"action": {"type": "status", "status": 503, "retryAfter": "2"}}),
            "action.retryAfter",
        ),
        (
            json!({"action": {"type": "delay", "delay": "soon"}}),
            "action.delay",
        ),
        (json!({"action": {"type": "truncate"}}), "action.bytes"),
        (
            json!({"action": {"type": "malformed", "bytes": 4}}),
            "action.bytes",
        ),
        (json!({"action": malformed, "times": 0}), "times"),
        (json!({"action": malformed, "probability": 2}), "probability"),
        (json!({"action": malformed, "match": {"url": "/"}}), "match.url"),
        (json!({"action": malformed, "match": {"path": 1}}), "match.path"),
        (json!({"action": malformed, "count": 1}), "count"),
    ] {
        let refused = Faults::default().order(&order).expect_err("must be refused");
        assert_eq!(refused.field, field, "{order}");
    }
}
