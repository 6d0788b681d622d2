//! How long a session lasts, and what ends it.

use std::time::Duration;

use axum::http::Method;
use serde_json::Value;

use crate::world::World;

const HOUR: u64 = 3600;

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let world = World::start().await;
    for (idle, status) in [(8 * HOUR - 1, 200), (8 * HOUR + 1, 303)] {
        let mut browser = world.signed_in().await;
        world.clock.advance(Duration::from_secs(idle));
        browser.get("/login/done").await.expect(200);
        browser.get("/logout").await.expect(status);
    }
}

#[tokio::test]
async fn a_session_ends_after_a_week_however_much_it_is_used() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    for _ in 0..27 {
        world.clock.advance(Duration::from_secs(6 * HOUR));
        browser.get("/logout").await.expect(200);
    }
    world.clock.advance(Duration::from_secs(6 * HOUR - 1));
    browser.get("/logout").await.expect(200);
    world.clock.advance(Duration::from_secs(2));
    browser.get("/logout").await.expect(303);
}

#[tokio::test]
async fn an_access_token_that_runs_out_is_refreshed_and_nobody_notices() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    world.clock.advance(Duration::from_secs(HOUR + 60));
    world
        .control(Method::POST, "clock", serde_json::json!({ "advance": "61m" }))
        .await;
    browser.get("/test?api=extension").await.expect(200);
    browser.get("/test?api=extension").await.expect(200);
    let journal = world.journal("/restapi/oauth/token").await;
    assert_eq!(journal, ["POST 200 authorization_code", "POST 200 refresh_token"]);
}

#[tokio::test]
async fn a_login_that_ended_at_the_platform_leads_to_the_login_page_with_a_word() {
    let world = World::start().await;
    for page in ["/test", "/test?api=extension", "/"] {
        let mut browser = world.signed_in().await;
        world.control(Method::DELETE, "sessions", Value::Null).await;
        let there = browser.get(page).await.expect(303).location().to_owned();
        assert!(there.starts_with("/?notice=login-ended"), "{there}");
        let answer = browser
            .get(&there)
            .await
            .expect(200)
            .shows("Your login has ended at RingCentral");
        assert_eq!(
            answer.body.contains("return_to=%2Ftest%3Fapi%3Dextension"),
            page.contains("api")
        );
        assert!(browser.session_cookie().is_empty(), "the cookie is dropped");
        assert_eq!(world.sessions().await, 0);
    }
}

#[tokio::test]
async fn a_program_hears_that_the_login_has_ended() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    world.control(Method::DELETE, "sessions", Value::Null).await;
    let answer = browser.get_json("/test?api=extension").await.expect(401);
    assert_eq!(answer.json()["error"]["class"], "login_ended");
    let answer = browser.get_json("/test?api=extension").await.expect(401);
    assert_eq!(answer.json()["error"]["class"], "not_logged_in");
}
