//! Every shape that a refusal comes in, through a real client: what each question to the error is answered.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use ringcentral::{Error, ErrorKind, Explanation, RateLimitPolicy, RetryPolicy};

use super::script::{Platform, answering, builder, clock, logged_in, tokens};

/// What came, and what is to be answered. What a row leaves out is nothing.
struct Row {
    name: &'static str,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: Vec<u8>,
    kind: ErrorKind,
    says: &'static str,
    code: Option<&'static str>,
    symbol: Option<&'static str>,
    oauth_error: Option<&'static str>,
    message: Option<&'static str>,
    parameter: Option<&'static str>,
    permission: Option<&'static str>,
    details: usize,
    request_id: Option<&'static str>,
    group: Option<&'static str>,
    retry_after: Option<u64>,
    explained: Option<&'static str>,
}

fn row(name: &'static str, status: u16, body: impl Into<Vec<u8>>, says: &'static str) -> Row {
    Row {
        name,
        status,
        headers: &[],
        body: body.into(),
        kind: ErrorKind::Api,
        says,
        code: None,
        symbol: None,
        oauth_error: None,
        message: None,
        parameter: None,
        permission: None,
        details: 0,
        request_id: None,
        group: None,
        retry_after: None,
        explained: None,
    }
}

/// A row with an explained code and a message.
fn told(
    name: &'static str,
    status: u16,
    body: &'static str,
    code: &'static str,
    message: &'static str,
    says: &'static str,
) -> Row {
    Row {
        code: Some(code),
        message: Some(message),
        details: 1,
        explained: Some(code),
        ..row(name, status, body, says)
    }
}

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    use ErrorKind::{RateLimited, Unavailable};
    vec![
        // The shapes of the platform's services.
        Row { parameter: Some("messageId"), ..told("classic", 404, r#"{"errorCode":"CMN-102","message":"Resource for parameter [messageId] is not found","errors":[{"errorCode":"CMN-102","message":"Resource for parameter [messageId] is not found","parameterName":"messageId"}],"parameterName":"messageId"}"#,
            "CMN-102", "Resource for parameter [messageId] is not found", "RingCentral refused the request (HTTP 404, CMN-102): Resource for parameter [messageId] is not found") },
        Row { symbol: Some("InsufficientPermissions"), permission: Some("ReadCallLog"), ..told("classic with a word outside", 403, r#"{"errorCode":"InsufficientPermissions","message":"outer","errors":[{"errorCode":"CMN-408","message":"In order to call this API endpoint, user needs to have [ReadCallLog] permission.","permissionName":"ReadCallLog"}],"permissionName":"ReadCallLog"}"#,
            "CMN-408", "In order to call this API endpoint, user needs to have [ReadCallLog] permission.", "RingCentral refused the request (HTTP 403, CMN-408): In order to call this API endpoint, user needs to have [ReadCallLog] permission") },
        Row { parameter: Some("dateFrom"), details: 2, ..told("classic with two errors", 400, r#"{"errorCode":"CMN-101","message":"first","errors":[{"errorCode":"CMN-101","message":"first","parameterName":"dateFrom"},{"errorCode":"CMN-101","message":"second","parameterName":"dateTo"}]}"#,
            "CMN-101", "first", "RingCentral refused the request (HTTP 400, CMN-101): first") },
        Row { parameter: Some("from"), ..told("newer service", 400, r#"{"errors":[{"errorCode":"MSG-245","message":"m","parameterName":"from","parameterValue":"+16505550100"}]}"#,
            "MSG-245", "m", "RingCentral refused the request (HTTP 400, MSG-245): m") },
        told("directory", 404, r#"{"errors":[{"errorCode":"ADG-122","message":"no such entry"}]}"#,
            "ADG-122", "no such entry", "RingCentral refused the request (HTTP 404, ADG-122): no such entry"),
        told("analytics", 400, r#"{"errorCode":"CMN-101","message":"bad","errors":[{"errorCode":"CMN-101","message":"bad"}]}"#,
            "CMN-101", "bad", "RingCentral refused the request (HTTP 400, CMN-101): bad"),
        Row { explained: None, ..told("SCIM", 409, r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"taken"}"#,
            "uniqueness", "taken", "RingCentral refused the request (HTTP 409, uniqueness): taken") },
        Row { kind: RateLimited, group: Some("heavy"), retry_after: Some(42),
            headers: &[("retry-after", "42"), ("x-rate-limit-group", "Heavy"), ("x-rate-limit-limit", "10"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-window", "60")],
            ..told("gateway", 429, r#"{"errorCode":"CMN-301","message":"Request rate exceeded"}"#, "CMN-301", "Request rate exceeded", "RingCentral counts too many requests (HTTP 429, CMN-301): Request rate exceeded") },
        Row { oauth_error: Some("invalid_client"), parameter: Some("client_id"), ..told("OAuth", 400, r#"{"error":"invalid_client","error_description":"unknown","errors":[{"errorCode":"OAU-153","message":"unknown","parameters":[{"parameterName":"client_id","parameterValue":"x"}]}]}"#,
            "OAU-153", "unknown", "RingCentral refused the request (HTTP 400, OAU-153): unknown") },
        Row { oauth_error: Some("invalid_scope"), message: Some("no"), explained: Some("invalid_scope"), ..row("OAuth without a code", 400, r#"{"error":"invalid_scope","error_description":"no"}"#, "RingCentral refused the request (HTTP 400, invalid_scope): no") },
        Row { code: Some("NewWord"), details: 1, ..row("a word that nobody knows", 400, r#"{"errorCode":"NewWord"}"#, "RingCentral refused the request (HTTP 400, NewWord)") },
        Row { code: Some("SUB-999"), symbol: Some("TokenInvalid"), details: 1, explained: Some("TokenInvalid"), ..row("an unknown code in a known word", 403, r#"{"errorCode":"TokenInvalid","errors":[{"errorCode":"SUB-999"}]}"#, "RingCentral refused the request (HTTP 403, SUB-999)") },
        // What is not one of them.
        row("nothing", 404, "", "RingCentral refused the request (HTTP 404)"),
        Row { kind: Unavailable, ..row("HTML", 502, "<html><h1>Bad Gateway</h1></html>", "RingCentral cannot serve this just now (HTTP 502)") },
        row("HTML of a proxy", 407, "<html>Who are you?</html>", "RingCentral refused the request (HTTP 407)"),
        row("cut off", 400, r#"{"errorCode":"CMN-101","mess"#, "RingCentral refused the request (HTTP 400)"),
        row("a list", 400, r#"[{"errorCode":"CMN-101"}]"#, "RingCentral refused the request (HTTP 400)"),
        row("wrong types", 400, r#"{"errorCode":{"a":1},"message":7,"errors":{"0":{}}}"#, "RingCentral refused the request (HTTP 400)"),
        row("UTF-16", 400, "{\"errorCode\":\"CMN-101\"}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "RingCentral refused the request (HTTP 400)"),
        Row { body: b"{\"errorCode\":\"CMN-101\",\"message\":\"caf\xe9\"}".to_vec(), ..told("Latin-1", 400, "", "CMN-101", "caf\u{fffd}", "RingCentral refused the request (HTTP 400, CMN-101): caf\u{fffd}") },
        Row { body: b"\xef\xbb\xbf{\"errorCode\":\"CMN-101\",\"message\":\"m\"}".to_vec(), ..told("UTF-8 with a mark", 400, "", "CMN-101", "m", "RingCentral refused the request (HTTP 400, CMN-101): m") },
        row("huge", 400, vec![b' '; 2_000_000], "RingCentral refused the request (HTTP 400)"),
        row("deep", 400, vec![b'['; 200_000], "RingCentral refused the request (HTTP 400)"),
        told("control characters", 400, "{\"errorCode\":\"CMN-101\",\"message\":\"a\\nb\\u001b[2J\"}", "CMN-101", "a b [2J", "RingCentral refused the request (HTTP 400, CMN-101): a b [2J"),
        // The status alone.
        Row { kind: Unavailable, retry_after: Some(7), headers: &[("retry-after", "7")], oauth_error: Some("service_unavailable"), explained: Some("service_unavailable"), ..row("503 that names a time", 503, r#"{"error":"service_unavailable"}"#, "RingCentral cannot serve this just now (HTTP 503, service_unavailable)") },
        Row { kind: RateLimited, retry_after: Some(90), headers: &[("date", "Sat, 21 Nov 2026 09:00:00 GMT"), ("retry-after", "Sat, 21 Nov 2026 09:01:30 GMT")], ..row("429 that names a date", 429, "", "RingCentral counts too many requests (HTTP 429)") },
        Row { kind: RateLimited, headers: &[("retry-after", "soon")], ..row("429 that names nothing", 429, "", "RingCentral counts too many requests (HTTP 429)") },
        Row { kind: Unavailable, ..told("500", 500, r#"{"errorCode":"CMN-203","message":"m"}"#, "CMN-203", "m", "RingCentral cannot serve this just now (HTTP 500, CMN-203): m") },
        told("501 does not pass", 501, r#"{"errorCode":"CMN-202","message":"m"}"#, "CMN-202", "m", "RingCentral refused the request (HTTP 501, CMN-202): m"),
        row("redirect", 302, "", "RingCentral answered with a redirect (HTTP 302)"),
        Row { kind: ErrorKind::NotModified, ..row("not modified", 304, "", "nothing has changed since (HTTP 304)") },
        row("a status of nobody's", 599, "", "RingCentral cannot serve this just now (HTTP 599)").unavailable(),
        Row { request_id: Some("r-7"), headers: &[("RCRequestId", "r-7")], ..row("request id", 404, "", "RingCentral refused the request (HTTP 404)") },
        Row { headers: &[("RCRequestId", "caf\u{e9}")], ..row("request id that is not text", 404, "", "RingCentral refused the request (HTTP 404)") },
    ]
}

impl Row {
    fn unavailable(self) -> Self {
        Self {
            kind: ErrorKind::Unavailable,
            ..self
        }
    }
}

async fn error_of(status: u16, headers: &[(&'static str, &'static str)], body: Vec<u8>) -> Error {
    let mut answer = Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let answer = answer.body(Bytes::from(body)).unwrap();
    let platform = Platform::new(answering(move || Ok(answer.clone().map(ringcentral::Body::from))));
    let builder = builder(&platform, &clock())
        .retry(RetryPolicy::never())
        .rate_limit(RateLimitPolicy::FailAtOnce);
    let client = logged_in(builder).await;
    client.get("/restapi/v1.0/account/~").send().await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn the_error_table() {
    for row in rows() {
        let name = row.name;
        let error = error_of(row.status, row.headers, row.body.clone()).await;
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (row.kind, row.says),
            "{name}"
        );
        assert_eq!(
            error.status().map(|status| status.as_u16()),
            Some(row.status),
            "{name}"
        );
        assert_eq!(error.code(), row.code, "{name}: code");
        assert_eq!(error.symbol(), row.symbol, "{name}: symbol");
        assert_eq!(error.oauth_error(), row.oauth_error, "{name}: OAuth error");
        assert_eq!(error.message(), row.message, "{name}: message");
        assert_eq!(error.parameter(), row.parameter, "{name}: parameter");
        assert_eq!(error.permission(), row.permission, "{name}: permission");
        assert_eq!(error.details().len(), row.details, "{name}: details");
        assert_eq!(error.request_id(), row.request_id, "{name}: request id");
        assert_eq!(error.rate_group(), row.group, "{name}: group");
        assert_eq!(
            error.explanation().map(Explanation::code),
            row.explained,
            "{name}: explanation"
        );
        let wait = row.retry_after.map(Duration::from_secs);
        assert_eq!(error.retry_after(), wait, "{name}: how long to wait");
        let answered = ringcentral::Clock::now(&clock());
        let at = wait.map(|wait| answered.saturating_add(wait).unwrap());
        assert_eq!(error.retry_at(), at, "{name}: when to try again");
        assert!(
            !error.is_login_required() && !error.is_outcome_unknown(),
            "{name}"
        );
        let kept = &row.body[..row.body.len().min(64 * 1024)];
        assert_eq!(
            error.body(),
            Some(kept).filter(|body| !body.is_empty()),
            "{name}: the body"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_inner_error_is_told() {
    let body = r#"{"errorCode":"CMN-101","message":"first","errors":[
        {"errorCode":"CMN-101","message":"first","parameterName":"to","parameterValue":"+14155550123"},
        {"errorCode":"CMN-106","message":"second","parameterName":"to","parameterMaxItemCount":10,"parameterRange":"1-10"}]}"#;
    let error = error_of(400, &[], body.into()).await;
    let [first, second] = error.details() else {
        panic!("{error:?}")
    };
    assert_eq!(first.parameters[0].value.as_deref(), Some("+14155550123"));
    assert_eq!(second.code.as_deref(), Some("CMN-106"));
    assert_eq!(
        (second.max_items, second.range.as_deref()),
        (Some(10), Some("1-10"))
    );
    assert!(
        !format!("{error:?} {error}").contains("4155550123"),
        "what the caller sent is the caller's"
    );
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_is_closed_here_says_when_it_opens() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        let answer = Response::builder()
            .status(429)
            .header("x-rate-limit-group", "light")
            .header("retry-after", "60");
        Ok(answer.body(ringcentral::Body::default()).unwrap())
    });
    let clock = clock();
    let client = logged_in(builder(&platform, &clock).rate_limit(RateLimitPolicy::FailAtOnce)).await;
    let penalty = client.me().info().await.unwrap_err().retry_at().unwrap();
    clock.advance(Duration::from_secs(20));
    let error = client.me().info().await.unwrap_err();
    assert_eq!(
        (error.status(), error.retry_after()),
        (None, Some(Duration::from_secs(40)))
    );
    assert_eq!(error.retry_at(), Some(penalty));
}
