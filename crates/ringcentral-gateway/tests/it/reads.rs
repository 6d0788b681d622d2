//! The platform calls of the test page.

use jiff::Timestamp;
use ringcentral::Clock;

use crate::world::{Browser, World};

/// When the oldest call of this range was, on the last of its pages.
async fn oldest(browser: &mut Browser, api: &str, range: &str) -> Timestamp {
    let mut page = 1;
    loop {
        let answer = browser
            .get(&format!("/test?api={api}&range={range}&page={page}&raw=1"))
            .await
            .expect(200)
            .json();
        if answer["navigation"]["nextPage"].is_object() {
            page += 1;
            continue;
        }
        let last = answer["records"]
            .as_array()
            .and_then(|records| records.last())
            .expect("a call");
        return last["startTime"]
            .as_str()
            .expect("a time")
            .parse()
            .expect("a time");
    }
}

#[tokio::test]
async fn extensions_are_a_table_with_their_json_beside_it() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let page = browser.get("/test?api=extension").await.expect(200);
    for text in [
        "Ada Quill",
        "Call queue",
        "Enabled",
        "Raw JSON",
        "/restapi/v1.0/account/~/extension?page=1",
        "extensions<",
    ] {
        assert!(page.body.contains(text), "{text}");
    }
    let by_query = browser.get("/test?api=extension&raw=1").await.expect(200);
    let by_header = browser.get_json("/test?api=extension").await.expect(200);
    for answer in [by_query, by_header] {
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(
            answer.json()["records"]
                .as_array()
                .is_some_and(|records| records.len() > 5)
        );
    }
}

#[tokio::test]
async fn call_logs_are_shown_for_the_days_that_are_asked_for() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    for api in ["extension-call-log", "account-call-log"] {
        let month = browser
            .get(&format!("/test?api={api}&range=30d"))
            .await
            .expect(200);
        for text in [
            "Inbound",
            "Outbound",
            "name=\"dateFrom\"",
            "Today",
            "Last 30 days",
            "aria-current=\"true\"",
        ] {
            assert!(month.body.contains(text), "{api}: {text}");
        }
        let (all, week) = (
            oldest(&mut browser, api, "30d").await,
            oldest(&mut browser, api, "7d").await,
        );
        let days_ago = |at: Timestamp| world.clock.now().duration_since(at).as_hours() / 24;
        assert!((8..31).contains(&days_ago(all)), "{api}: {all}");
        assert!(days_ago(week) < 7, "{api}: {week}");
    }
    // The tutorials' own spelling, and a day that was long ago.
    let none = browser
        .get("/test?api=account-call-log&fromDate=2001-01-01&toDate=2001-01-02")
        .await
        .expect(200);
    none.shows("No calls in this time").shows("value=\"2001-01-01\"");
    browser
        .get("/test?api=account-call-log&dateFrom=soon")
        .await
        .expect(200)
        .shows("That is not a date");
}

#[tokio::test]
async fn long_lists_have_pages() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let first = browser
        .get("/test?api=account-call-log&range=30d")
        .await
        .expect(200)
        .shows(">Page 1<");
    assert!(!first.body.contains("rel=\"prev\""));
    let first = first.shows("href=\"/test?api=account-call-log&#38;range=30d&#38;page=2\"");
    let second = browser
        .get("/test?api=account-call-log&range=30d&page=2")
        .await
        .expect(200);
    let second = second
        .shows(">Page 2<")
        .shows("rel=\"prev\" href=\"/test?api=account-call-log&#38;range=30d\"");
    assert_ne!(first.body, second.body);
    for odd in ["0", "-1", "x", "", "99999999999999999999"] {
        let answer = browser.get(&format!("/test?api=extension&page={odd}")).await;
        assert!(answer.status.as_u16() < 500, "{odd}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_unknown_call_is_answered_with_those_that_there_are() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    browser
        .get("/test?api=everything")
        .await
        .expect(404)
        .shows("extension-call-log");
    browser.get("/test?api=").await.expect(200).shows("Hello, Ada");
}

#[tokio::test]
async fn a_missing_permission_is_explained_with_its_name_and_the_numbers_to_quote() {
    let world = World::with("http://localhost:5000", |mut environment| {
        environment.client_id = "EMU-limited-app".into();
        environment.client_secret = Some("EMU-limited-app-secret".into());
        vec![environment]
    })
    .await;
    let mut browser = world.signed_in().await;
    browser.get("/test?api=extension").await.expect(200);

    let answer = browser.get("/test?api=account-call-log").await.expect(403);
    let answer = answer
        .shows("lacks a permission")
        .shows("ReadCallLog")
        .shows("CMN-401")
        .shows("HTTP 403");
    let answer = answer.shows("RingCentral request id").shows("Ada Quill");
    assert!(
        answer.body.contains(answer.header("x-request-id")),
        "the page shows the reference of the log"
    );

    let answer = browser
        .get_json("/test?api=account-call-log")
        .await
        .expect(403)
        .json();
    assert_eq!(answer["error"]["code"], "CMN-401");
    assert_eq!(answer["error"]["platformStatus"], 403);
    assert!(answer["error"]["platformRequestId"].is_string());
}

#[tokio::test]
async fn too_many_requests_are_told_with_the_time_to_wait() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let limits = serde_json::json!({ "rateLimits": { "enabled": true, "heavy": { "limit": 1 } } });
    world.control(axum::http::Method::PATCH, "settings", limits).await;
    let mut last = browser.get("/test?api=account-call-log").await;
    for _ in 0..3 {
        last = browser.get("/test?api=account-call-log").await;
    }
    let last = last
        .expect(429)
        .shows("Too many requests for now")
        .shows("allows the next request in");
    assert!(
        last.header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| (1..=120).contains(&seconds))
    );
}
