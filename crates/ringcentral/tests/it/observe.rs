//! What a call looks like from outside: spans, events and observations, and that nobody's data is in them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringcentral::{
    Client, Error, ErrorKind, Observation, PhoneNumber, RateLimitPolicy, RetryPolicy, TransportErrorKind,
};
use tracing_subscriber::layer::SubscriberExt;

use super::script::{
    Answer, Asked, Platform, answering, builder, clock, drive, logged_in, ok, status, tokens, unauthorized,
    with_header,
};

mod capture;
use capture::{Capture, Seen};

const PATH: &str = "/restapi/v1.0/account/~/extension/62264425005/presence?detailed=canary-query";
const ROUTE: &str = "/restapi/v1.0/account/{accountId}/extension/{extensionId}/presence";

/// Everything that was seen of a call.
struct Watched {
    spans: Vec<Seen>,
    observations: Vec<String>,
    result: Result<(), Error>,
}

/// Makes one call, after a login that nobody watched.
async fn watch(method: &str, policy: RetryPolicy, answers: Vec<Answer>) -> Watched {
    let mut answers = answers.into_iter();
    let mut issued = 0;
    let platform = Platform::new(move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            tokens(issued)
        } else {
            answers.next().expect("the script has an answer for each request")
        }
    });
    let (clock, told) = (clock(), Arc::new(Mutex::new(Vec::new())));
    let listener = Arc::clone(&told);
    let builder = builder(&platform, &clock)
        .retry(policy)
        .observe(move |observation| listener.lock().unwrap().push(line(observation)));
    let client = logged_in(builder).await;
    told.lock().unwrap().clear();
    let capture = Capture::default();
    let _watching = tracing::subscriber::set_default(tracing_subscriber::registry().with(capture.clone()));
    let call = client.request(method.parse().unwrap(), PATH).send();
    let result = drive(&clock, Duration::from_millis(250), call).await.map(drop);
    let observations = told.lock().unwrap().clone();
    Watched {
        spans: capture.spans(),
        observations,
        result,
    }
}

/// An observation in one line; where the time depends on jitter, only that there is one.
fn line(observation: &Observation<'_>) -> String {
    match observation {
        Observation::Attempt {
            method,
            route,
            status,
            error,
            resend,
            ..
        } => {
            let route = route_is_known(route);
            let status = status.map_or("none".to_owned(), |status| status.as_u16().to_string());
            let error = error.map_or(String::new(), |error| format!(" {error:?}"));
            format!("attempt {method} {route} resend {resend}: {status}{error}")
        }
        Observation::Retry { error, pause, .. } if pause.as_secs() == 0 => format!("retry soon: {error:?}"),
        Observation::Retry { error, pause, .. } => format!("retry in {} s: {error:?}", pause.as_secs()),
        Observation::RateLimitWait { route, waited, .. } => {
            format!("waited {} s for {}", waited.as_secs(), route_is_known(route))
        }
        Observation::Quota {
            group,
            limit,
            remaining,
            ..
        } => format!("{group}: {remaining} of {limit}"),
        Observation::Refresh { error, .. } => format!("refresh: {error:?}"),
        other => panic!("what is {other:?}?"),
    }
}

fn route_is_known(route: &str) -> &'static str {
    if let Some(request) = route.strip_prefix("/restapi/oauth/") {
        return if request == "token" { "token" } else { "revoke" };
    }
    // POST is none of its operations: then nobody knows the names of ids.
    let nameless = "/restapi/v1.0/account/*/extension/*/presence";
    assert!([ROUTE, nameless].contains(&route), "{route}");
    "presence"
}

/// The spans of one call, one in each line.
fn lines(spans: &[Seen]) -> Vec<String> {
    spans
        .iter()
        .map(|span| {
            let fields = [
                "http.request.resend_count",
                "http.response.status_code",
                "error.type",
                "otel.status_code",
            ];
            let parent = span
                .parent
                .as_deref()
                .map_or(String::new(), |parent| format!("{parent} > "));
            let rest: Vec<_> = fields
                .iter()
                .filter_map(|name| span.fields.get(*name))
                .cloned()
                .collect();
            format!("{parent}{} {}", span.name, rest.join(" "))
                .trim_end()
                .to_owned()
        })
        .collect()
}

fn limited(answer: Answer, remaining: &'static str) -> Answer {
    let answer = with_header(answer, "x-rate-limit-group", "Medium");
    let answer = with_header(answer, "x-rate-limit-limit", "40");
    let answer = with_header(answer, "x-rate-limit-window", "60");
    with_header(answer, "x-rate-limit-remaining", remaining)
}

struct Row {
    name: &'static str,
    method: &'static str,
    policy: RetryPolicy,
    answers: Vec<Answer>,
    spans: &'static [&'static str],
    observations: &'static [&'static str],
}

fn answered() -> Vec<Row> {
    let standard = RetryPolicy::standard();
    vec![
        Row {
            name: "success",
            method: "GET",
            policy: standard,
            answers: vec![limited(ok("{}"), "39")],
            spans: &[
                "ringcentral.operation 200",
                "ringcentral.operation > http.request 200",
            ],
            observations: &["medium: 39 of 40", "attempt GET presence resend 0: 200"],
        },
        Row {
            name: "a refusal",
            method: "GET",
            policy: standard,
            answers: vec![status(404, r#"{"errorCode":"CMN-102"}"#)],
            spans: &[
                "ringcentral.operation 404 Api ERROR",
                "ringcentral.operation > http.request 404 404 ERROR",
            ],
            observations: &["attempt GET presence resend 0: 404 Api"],
        },
        Row {
            name: "503, then success",
            method: "GET",
            policy: standard,
            answers: vec![status(503, ""), ok("{}")],
            spans: &[
                "ringcentral.operation 200",
                "ringcentral.operation > http.request 503 503 ERROR",
                "ringcentral.operation > http.request 1 200",
            ],
            observations: &[
                "attempt GET presence resend 0: 503 Unavailable",
                "retry soon: Unavailable",
                "attempt GET presence resend 1: 200",
            ],
        },
        Row {
            name: "429 with a time, then success",
            method: "POST",
            policy: standard,
            answers: vec![
                with_header(status(429, ""), "retry-after", "7"),
                limited(ok("{}"), "39"),
            ],
            spans: &[
                "ringcentral.operation 200",
                "ringcentral.operation > http.request 429 429 ERROR",
                "ringcentral.operation > http.request 1 200",
            ],
            observations: &[
                "attempt POST presence resend 0: 429 RateLimited",
                "retry in 7 s: RateLimited",
                "waited 7 s for presence",
                "medium: 39 of 40",
                "attempt POST presence resend 1: 200",
            ],
        },
        Row {
            name: "401, a refresh, then success",
            method: "POST",
            policy: standard,
            answers: vec![unauthorized(), ok("{}")],
            spans: &[
                "ringcentral.operation 200",
                "ringcentral.operation > http.request 401 401 ERROR",
                // The refresh: it is everybody's, so no operation's child.
                "http.request 200",
                "ringcentral.operation > http.request 1 200",
            ],
            observations: &[
                "attempt POST presence resend 0: 401 Api",
                "attempt POST token resend 0: 200",
                "refresh: None",
                "attempt POST presence resend 1: 200",
            ],
        },
    ]
}

fn unanswered() -> Vec<Row> {
    let standard = RetryPolicy::standard();
    vec![
        Row {
            name: "no connection",
            method: "GET",
            policy: RetryPolicy::never(),
            answers: vec![Err(TransportErrorKind::Connect)],
            spans: &[
                "ringcentral.operation Network ERROR",
                "ringcentral.operation > http.request Network ERROR",
            ],
            observations: &["attempt GET presence resend 0: none Network"],
        },
        Row {
            name: "a lost answer to what may be repeated",
            method: "GET",
            policy: standard,
            answers: vec![Err(TransportErrorKind::Lost), ok("{}")],
            spans: &[
                "ringcentral.operation 200",
                "ringcentral.operation > http.request Network ERROR",
                "ringcentral.operation > http.request 1 200",
            ],
            observations: &[
                "attempt GET presence resend 0: none Network",
                "retry soon: Network",
                "attempt GET presence resend 1: 200",
            ],
        },
        Row {
            name: "a lost answer to what may not",
            method: "POST",
            policy: standard,
            answers: vec![Err(TransportErrorKind::Timeout)],
            spans: &[
                "ringcentral.operation OutcomeUnknown ERROR",
                "ringcentral.operation > http.request Timeout ERROR",
            ],
            observations: &["attempt POST presence resend 0: none OutcomeUnknown"],
        },
    ]
}

#[tokio::test(start_paused = true)]
async fn the_table_of_spans_and_observations() {
    for row in answered().into_iter().chain(unanswered()) {
        let seen = watch(row.method, row.policy, row.answers).await;
        assert_eq!(lines(&seen.spans), row.spans, "{}", row.name);
        assert_eq!(seen.observations, row.observations, "{}", row.name);
        let failed = row.spans[0].ends_with("ERROR");
        assert_eq!(seen.result.is_err(), failed, "{}", row.name);
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_not_changed_is_no_error_of_a_span() {
    let seen = watch("GET", RetryPolicy::standard(), vec![status(304, "")]).await;
    assert_eq!(
        lines(&seen.spans),
        [
            "ringcentral.operation 304",
            "ringcentral.operation > http.request 304"
        ]
    );
    assert_eq!(seen.result.unwrap_err().kind(), ErrorKind::NotModified);
}

#[tokio::test(start_paused = true)]
async fn every_field_has_the_name_that_opentelemetry_gives_it() {
    let answers = vec![status(503, ""), ok("{}")];
    let seen = watch("GET", RetryPolicy::standard(), answers).await;
    let fields = |n: usize| {
        let fields = seen.spans[n].fields.iter();
        fields
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
    };
    let (named, template) = (format!("otel.name=GET {ROUTE}"), format!("url.template={ROUTE}"));
    assert_eq!(
        fields(0),
        [
            "http.request.method=GET",
            "http.response.status_code=200",
            &named,
            &template
        ]
    );
    let request = [
        "http.request.method=GET",
        "http.response.status_code=503",
        "otel.kind=client",
        &named,
        "otel.status_code=ERROR",
        "rc.request_id=request-1",
        "server.address=localhost",
        "server.port=1",
        &template,
    ];
    assert_eq!(fields(1), [&["error.type=503"][..], &request].concat());
    let again: Vec<_> = seen.spans[2]
        .fields
        .get("http.request.resend_count")
        .into_iter()
        .collect();
    assert_eq!(again, ["1"]);
    let levels: Vec<_> = seen.spans.iter().map(|span| span.level).collect();
    assert_eq!(
        levels,
        [tracing::Level::INFO, tracing::Level::DEBUG, tracing::Level::DEBUG]
    );
}

/// A platform that counts token requests, with an answer for each.
fn counting(answers: Vec<Answer>) -> Arc<Platform> {
    let mut answers = answers.into_iter();
    Platform::new(move |_| {
        let answer = with_header(
            answers.next().expect("one for each"),
            "x-rate-limit-group",
            "Auth",
        );
        let answer = with_header(answer, "x-rate-limit-limit", "5");
        let answer = with_header(answer, "x-rate-limit-window", "60");
        with_header(answer, "x-rate-limit-remaining", "3")
    })
}

#[tokio::test(start_paused = true)]
async fn requests_for_tokens_are_told_like_all_others() {
    let platform = counting(vec![
        status(503, ""),
        tokens(1),
        Err(TransportErrorKind::Lost),
        tokens(2),
        status(503, ""),
    ]);
    let (clock, told) = (clock(), Arc::new(Mutex::new(Vec::new())));
    let listener = Arc::clone(&told);
    let builder = builder(&platform, &clock)
        .observe(move |observation| listener.lock().unwrap().push(line(observation)));
    let capture = Capture::default();
    let _watching = tracing::subscriber::set_default(tracing_subscriber::registry().with(capture.clone()));
    let all = async {
        let client = logged_in(builder).await;
        client.oauth().refresh().await.unwrap();
        client.oauth().logout().await.unwrap()
    };
    let logout = drive(&clock, Duration::from_millis(250), all).await;
    assert!(logout.revoke_error.is_some());
    assert_eq!(
        *told.lock().unwrap(),
        [
            "auth: 3 of 5",
            "attempt POST token resend 0: 503 Unavailable",
            "retry soon: Unavailable",
            "auth: 3 of 5",
            "attempt POST token resend 1: 200",
            "attempt POST token resend 0: none Network",
            "retry soon: Network",
            "auth: 3 of 5",
            "attempt POST token resend 1: 200",
            "refresh: None",
            "auth: 3 of 5",
            "attempt POST revoke resend 0: 503 Unavailable",
        ]
    );
    assert_eq!(
        lines(&capture.spans()),
        [
            "http.request 503 503 ERROR",
            "http.request 1 200",
            "http.request Network ERROR",
            "http.request 1 200",
            "http.request 503 503 ERROR",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_waits_for_its_rate_limit_is_told() {
    let platform = counting((1..=7).map(tokens).collect());
    let (clock, told) = (clock(), Arc::new(Mutex::new(Vec::new())));
    let listener = Arc::clone(&told);
    let builder = builder(&platform, &clock)
        .observe(move |observation| listener.lock().unwrap().push(line(observation)));
    let client = logged_in(builder).await;
    let refreshes = async {
        for _ in 0..6 {
            client.oauth().refresh().await.unwrap();
        }
    };
    drive(&clock, Duration::from_secs(1), refreshes).await;
    let told = told.lock().unwrap();
    let waits: Vec<_> = told.iter().filter(|line| line.starts_with("waited")).collect();
    assert_eq!(waits, ["waited 60 s for token"]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_rate_limit_is_told() {
    let platform = Platform::new(answering(|| limited(ok("{}"), "0")));
    let (clock, told) = (clock(), Arc::new(Mutex::new(Vec::new())));
    let listener = Arc::clone(&told);
    let builder = builder(&platform, &clock)
        .rate_limit(RateLimitPolicy::Wait)
        .observe(move |observation| listener.lock().unwrap().push(line(observation)));
    let client = logged_in(builder).await;
    for _ in 0..2 {
        let call = client.get(PATH).send();
        drive(&clock, Duration::from_secs(1), call).await.unwrap();
    }
    let told = told.lock().unwrap();
    assert!(told.contains(&"waited 60 s for presence".to_owned()), "{told:?}");
}

/// What belongs to somebody, each unlike anything that the crate itself would say.
const CANARIES: [&str; 13] = [
    "access-",
    "refresh-",
    "canary",
    "62264425005",
    "6505550199",
    "4155550123",
    "client-secret",
    "%2B",
    "jwt-of-",
    "Basic ",
    "Bearer ",
    "detailed=",
    "hello",
];

/// A platform whose every answer is somebody's, refusals included.
fn indiscreet() -> impl FnMut(&Asked) -> Answer + Send {
    let (mut issued, mut calls) = (0, 0);
    move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            issued += 1;
            return match issued {
                1 | 2 => tokens(issued),
                3 => status(503, "canary-unavailable"),
                _ => status(
                    400,
                    r#"{"error":"invalid_grant","error_description":"canary-description of +16505550199",
                        "errors":[{"errorCode":"OAU-213","message":"canary-message"}]}"#,
                ),
            };
        }
        calls += 1;
        match calls % 7 {
            1 => limited(ok(r#"{"records":[{"id":"canary"}],"canary":true}"#), "30"),
            2 => unauthorized(),
            3 => with_header(limited(status(429, "canary"), "0"), "retry-after", "2"),
            4 => status(
                400,
                r#"{"errorCode":"CMN-101","message":"Parameter [to] value [+16505550199] canary"}"#,
            ),
            5 => Err(TransportErrorKind::Lost),
            6 => status(503, "<html>canary</html>"),
            _ => ok(r#"{"id":"canary-id"}"#),
        }
    }
}

async fn use_everything(client: &Client) {
    let (from, to) = (
        PhoneNumber::parse("+16505550199").unwrap(),
        PhoneNumber::parse("+14155550123").unwrap(),
    );
    for _ in 0..7 {
        let _ = client
            .me()
            .sms()
            .send_text(&from, "hello canary")
            .to(&to)
            .send()
            .await;
        let _ = client.get(PATH).query("phoneNumber", "+16505550199").send().await;
        let _ = client.get("/scim/v2/Users/canary@example.com").send().await;
        let _ = client.get("/x/canary").send().await;
        let _ = client.get("/canary/restapi").send().await;
        let call = "/restapi/v1.0/account/~/extension/~/call-log/canary";
        let _ = client.request(http::Method::HEAD, call).send().await;
        let _ = client
            .get("/restapi/v1.0/number/+16505550199/x")
            .header("x-canary", "canary")
            .send()
            .await;
        let _ = client.account("62264425005").call_log().send().await;
        let _ = client.get("https://canary.example.com/62264425005").send().await;
        let _ = client
            .post("/restapi/v1.0/x")
            .form(&[("canary", "canary")])
            .send()
            .await;
    }
    let _ = client.oauth().refresh().await;
    let _ = client.oauth().refresh().await;
    let _ = client.get(PATH).send().await;
    let _ = client.oauth().logout().await;
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_somebodys_is_in_a_span_an_event_or_an_observation() {
    let (platform, clock) = (Platform::new(indiscreet()), clock());
    let capture = Capture::default();
    let _watching = tracing::subscriber::set_default(tracing_subscriber::registry().with(capture.clone()));
    let listener = capture.clone();
    let builder = builder(&platform, &clock)
        .jwt("jwt-of-somebody")
        .observe(move |observation| listener.note(format!("{observation:?}")));
    let client = logged_in(builder).await;
    drive(&clock, Duration::from_secs(1), use_everything(&client)).await;
    let printed = capture.everything();
    for canary in CANARIES {
        let found: Vec<_> = printed.iter().filter(|line| line.contains(canary)).collect();
        assert!(found.is_empty(), "{canary} in {found:#?}");
    }
    // All of it was watched: each kind of thing that is said, at the level of least importance too.
    for said in [
        "Attempt",
        "Retry",
        "RateLimitWait",
        "Quota",
        "Refresh",
        "http.request",
        "ringcentral.operation",
        "step: committed",
        "could not be refreshed",
        "waiting for the rate limit",
    ] {
        assert!(
            printed.iter().any(|line| line.contains(said)),
            "nothing said {said:?}"
        );
    }
}
