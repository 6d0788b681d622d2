use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::session::Freshness;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn reading(is_refresh: bool) -> Reading {
    Reading {
        sent_at: Timestamp::UNIX_EPOCH,
        login_kind: LoginKind::Jwt,
        jitter: 0.5,
        is_refresh,
    }
}

fn response(status: u16, body: impl Into<Bytes>) -> RawResponse {
    http::Response::builder()
        .status(status)
        .header("Retry-After", "7")
        .header("RCRequestId", "r-1")
        .body(body.into())
        .unwrap()
}

const GOOD: &str = r#"{"access_token":"canary-a","token_type":"bearer","expires_in":3600,"refresh_token":"canary-r",
    "refresh_token_expires_in":604800,"scope":"ReadAccounts SMS","owner_id":"101","endpoint_id":"e","session_id":"s"}"#;

#[test]
fn a_good_answer_becomes_a_set_with_absolute_expiries() {
    let set = read(&response(200, GOOD), reading(false), NOW).unwrap();
    let second = |s| Timestamp::from_second(s).unwrap();
    assert_eq!(set.info.expires_at, second(3_600));
    assert_eq!(set.info.refresh_expires_at, Some(second(604_800)));
    assert_eq!(set.info.refresh_at, second(2_880));
    assert_eq!(set.info.scope, ["ReadAccounts", "SMS"]);
    assert_eq!(set.info.owner_id.as_ref().map(ExtensionId::as_str), Some("101"));
    assert!(matches!(set.info.freshness(second(0)), Freshness::Fresh { .. }));
}

#[test]
fn odd_but_usable_answers() {
    let with = |from: &str, to: &str| {
        read(&response(200, GOOD.replace(from, to)), reading(false), NOW)
            .unwrap()
            .info
    };
    let day = Timestamp::from_second(86_400).unwrap();
    assert_eq!(
        with("3600", "\"3600\"").expires_at,
        Timestamp::from_second(3_600).unwrap()
    );
    assert_eq!(
        with("3600", "1e18").expires_at,
        day,
        "an absurd lifetime is cut down"
    );
    assert_eq!(with("\"101\"", "101").owner_id.unwrap().as_str(), "101");
    assert_eq!(
        with(r#""bearer""#, r#""Bearer""#).expires_at,
        with("x", "x").expires_at
    );
    assert_eq!(
        with(r#""refresh_token":"canary-r","#, "").refresh_expires_at,
        None
    );
}

#[test]
fn what_is_no_token_set_is_refused_without_being_quoted() {
    let table: Vec<String> = vec![
        GOOD.replace("3600", "0"),
        GOOD.replace("3600", "-1"),
        GOOD.replace("3600", "null"),
        GOOD.replace("3600", "{}"),
        GOOD.replace("604800", "-1"),
        GOOD.replace("canary-a", ""),
        GOOD.replace(r#""bearer""#, r#""mac""#),
        GOOD.replace(r#""token_type":"bearer","#, ""),
        GOOD.replace(r#""canary-a""#, "17"),
        GOOD[..GOOD.len() / 2].to_owned(),
        format!("{GOOD}{GOOD}"),
        String::new(),
        "<html>canary</html>".into(),
        "[]".into(),
        format!("{}{}", " ".repeat(300_000), GOOD),
    ];
    for body in table {
        let error = read(&response(200, body.clone()), reading(true), NOW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn only_invalid_grant_ends_a_login() {
    use ErrorKind::{Api, Decode, InvalidClient, LoginFailed, LoginRequired, RateLimited, Unavailable};
    let body =
        |error: &str, code: &str| format!(r#"{{"error":"{error}","errors":[{{"errorCode":"{code}"}}]}}"#);
    for (status, body, on_refresh, on_login) in [
        (400, body("invalid_grant", "OAU-213"), LoginRequired, LoginFailed),
        (401, body("invalid_grant", "OAU-140"), LoginRequired, LoginFailed),
        (
            400,
            body("invalid_client", "OAU-153"),
            InvalidClient,
            InvalidClient,
        ),
        (
            401,
            body("invalid_client", "OAU-146"),
            InvalidClient,
            InvalidClient,
        ),
        (
            400,
            body("unauthorized_client", "OAU-251"),
            InvalidClient,
            InvalidClient,
        ),
        (400, body("invalid_request", "OAU-250"), Api, LoginFailed),
        (400, String::new(), Api, LoginFailed),
        (401, String::new(), InvalidClient, LoginFailed),
        (403, "<html>".into(), Api, LoginFailed),
        (404, String::new(), Api, LoginFailed),
        (408, String::new(), Unavailable, Unavailable),
        (429, body("", "CMN-301"), RateLimited, RateLimited),
        (500, body("invalid_grant", "OAU-213"), Unavailable, Unavailable),
        (502, "<html>".into(), Unavailable, Unavailable),
        (503, String::new(), Unavailable, Unavailable),
        (302, String::new(), Decode, Decode),
        (204, String::new(), Decode, Decode),
    ] {
        let response = response(status, body.clone());
        for (is_refresh, expected) in [(true, on_refresh), (false, on_login)] {
            let error = read(&response, reading(is_refresh), NOW).unwrap_err();
            assert_eq!(
                error.kind(),
                expected,
                "HTTP {status} {body} refresh: {is_refresh}"
            );
            assert_eq!(error.request_id(), Some("r-1"));
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        }
    }
}

proptest! {
    #[test]
    fn reading_is_total(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&response(status, body), reading(true), NOW);
    }
}
