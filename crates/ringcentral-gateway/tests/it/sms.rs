//! The text message form.

use std::future::Future;

use crate::world::{Answer, World};

fn sender(page: &Answer) -> String {
    let (_, rest) = page
        .body
        .split_once("<option value=\"")
        .expect("a number to send from");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_message_is_sent_once_and_its_fate_shown() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let page = browser.get("/test").await.expect(200);
    let (csrf, from) = (page.csrf(), sender(&page));
    let form = [
        ("csrf", csrf.as_str()),
        ("from", &from),
        ("to", "+1 (650) 555-0123"),
        ("text", "Hello <b>you</b>"),
    ];
    let there = browser
        .post("/api/sms", &form)
        .await
        .expect(303)
        .location()
        .to_owned();
    assert!(there.starts_with("/test?sms="), "{there}");
    for _ in 0..2 {
        browser
            .get(&there)
            .await
            .expect(200)
            .shows("Message sent")
            .shows("+1 650 555 0123");
    }
    let sms = "/restapi/v1.0/account/~/extension/~/sms";
    assert_eq!(
        world.journal(sms).await.len(),
        1,
        "looking again does not send again"
    );
}

#[tokio::test]
async fn a_program_gets_the_platforms_answer() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let page = browser.get("/test").await.expect(200);
    let (csrf, from) = (page.csrf(), sender(&page));
    let form = [
        ("csrf", csrf.as_str()),
        ("from", &from),
        ("to", "+16505550123"),
        ("text", "Hello"),
    ];
    let headers = [
        ("origin", "http://localhost:5000"),
        ("accept", "application/json"),
    ];
    let message = browser
        .post_with("/api/sms", &form, &headers)
        .await
        .expect(200)
        .json();
    assert_eq!(message["type"], "SMS");
    let wrong = browser
        .post_with("/api/sms", &form[..3], &headers)
        .await
        .expect(422)
        .json();
    assert!(wrong["error"]["fields"]["text"].is_string());
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let page = browser.get("/test").await.expect(200);
    let (csrf, from) = (page.csrf(), sender(&page));
    let long = "é".repeat(1001);
    for (to, text, says) in [
        ("555", "typed text", "with the country code"),
        ("", "typed text", "with the country code"),
        ("+16505550123", "", "Write a message."),
        ("+16505550123", "  ", "Write a message."),
        ("+16505550123", long.as_str(), "That is 1001 characters"),
    ] {
        let form = [
            ("csrf", csrf.as_str()),
            ("from", &from),
            ("to", to),
            ("text", text),
        ];
        let answer = browser
            .post("/api/sms", &form)
            .await
            .expect(422)
            .shows(says)
            .shows("aria-invalid=\"true\"");
        assert!(answer.body.contains(text) && answer.body.contains(to));
    }
    let form = [
        ("csrf", csrf.as_str()),
        ("from", "+16505550999"),
        ("to", "+16505550123"),
        ("text", "typed text"),
    ];
    let answer = browser.post("/api/sms", &form).await;
    assert!(answer.status.is_client_error());
    answer
        .shows("The message was not sent")
        .shows("does not belong to your extension")
        .shows("MSG-")
        .shows("typed text");
}

#[tokio::test]
async fn a_message_needs_a_session_and_its_proof() {
    let world = World::start().await;
    world.browser().post("/api/sms", &[]).await.expect(303);
    let mut browser = world.signed_in().await;
    let from = sender(&browser.get("/test").await.expect(200));
    let form = [
        ("csrf", "guessed"),
        ("from", from.as_str()),
        ("to", "+16505550123"),
        ("text", "Hello"),
    ];
    browser.post("/api/sms", &form).await.expect(403);
    browser
        .post_with("/api/sms", &form, &[("sec-fetch-site", "cross-site")])
        .await
        .expect(403);
    assert!(
        world
            .journal("/restapi/v1.0/account/~/extension/~/sms")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn an_answer_that_got_lost_is_not_called_a_failure() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let page = browser.get("/test").await.expect(200);
    let (csrf, from) = (page.csrf(), sender(&page));
    let fault =
        serde_json::json!({ "match": { "path": "*/sms" }, "action": { "type": "drop-after" }, "times": 1 });
    world.control(axum::http::Method::POST, "faults", fault).await;
    let form = [
        ("csrf", csrf.as_str()),
        ("from", &from),
        ("to", "+16505550123"),
        ("text", "Hello"),
    ];
    browser
        .post("/api/sms", &form)
        .await
        .expect(504)
        .shows("It is not known whether the message was sent");
    assert_eq!(world.journal("*/sms").await.len(), 1, "and it was not sent again");
}

#[tokio::test]
async fn a_browser_that_goes_away_stops_nothing_half_way() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let page = browser.get("/test").await.expect(200);
    let (csrf, from) = (page.csrf(), sender(&page));
    let form = [
        ("csrf", csrf.as_str()),
        ("from", &from),
        ("to", "+16505550123"),
        ("text", "Hello"),
    ];
    {
        let mut request = std::pin::pin!(browser.post("/api/sms", &form));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(
            request.as_mut().poll(&mut context).is_pending(),
            "the request is under way"
        );
        // And now the tab is closed.
    }
    for _ in 0..500 {
        if world.journal("*/sms").await == ["POST 200 "] {
            return;
        }
    }
    panic!("the message was never sent");
}
