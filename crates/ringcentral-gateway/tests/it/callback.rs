//! The callback's checklist: what gets nobody in.

use std::time::Duration;

use crate::world::World;

#[tokio::test]
async fn a_callback_that_is_not_ours_asks_nothing_of_the_platform() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = browser.begin("/login?env=emulator").await;
    let good = browser.approve(&url).await;
    let state = url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .expect("a state")
        .1
        .into_owned();

    let foreign = "x".repeat(state.len());
    for bad in [
        "/oauth2callback".to_owned(),
        "/oauth2callback?code=EMU-code-1".to_owned(),
        "/oauth2callback?code=EMU-code-1&state=".to_owned(),
        format!("/oauth2callback?code=EMU-code-1&state={foreign}"),
        format!("/oauth2callback?code=EMU-code-1&state={state}&state={state}"),
        format!("/oauth2callback?state={state}"),
        format!("/oauth2callback?code=&state={state}"),
        "/oauth2callback?code=%FF%FE&state=%00".to_owned(),
        format!("/oauth2callback?code=a&state={}", "y".repeat(5000)),
    ] {
        let answer = browser.get(&bad).await.expect(400);
        assert!(answer.set_cookies().is_empty(), "{bad}");
        assert!(answer.body.contains("login page"), "{bad}: a way back");
    }
    assert_eq!((world.sessions().await, world.token_requests().await), (0, 0));
    // None of them used the login up.
    browser.get(&good).await.expect(303);
}

#[tokio::test]
async fn another_browser_cannot_finish_a_login_nor_spoil_it() {
    let world = World::start().await;
    let (mut ours, mut theirs) = (world.browser(), world.browser());
    let url = ours.begin("/login?env=emulator").await;
    theirs.begin("/login?env=emulator").await;
    let callback = ours.approve(&url).await;

    for stranger in [&mut theirs, &mut world.browser()] {
        stranger
            .get(&callback)
            .await
            .expect(400)
            .shows("did not begin here");
    }
    assert_eq!((world.sessions().await, world.token_requests().await), (0, 0));
    ours.get(&callback).await.expect(303);
}

#[tokio::test]
async fn a_callback_is_good_once() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = browser.begin("/login?env=emulator").await;
    let callback = browser.approve(&url).await;
    browser.get(&callback).await.expect(303);
    browser.get(&callback).await.expect(400).shows("only once");
    assert_eq!(world.token_requests().await, 1);
    browser.get("/test").await.expect(200);
}

#[tokio::test]
async fn a_login_may_take_ten_minutes() {
    let world = World::start().await;
    for (seconds, status) in [(599, 303), (601, 400)] {
        let mut browser = world.browser();
        let url = browser.begin("/login?env=emulator").await;
        let callback = browser.approve(&url).await;
        world.clock.advance(Duration::from_secs(seconds));
        browser.get(&callback).await.expect(status);
    }
    assert_eq!(world.token_requests().await, 1);
}

#[tokio::test]
async fn who_declines_is_told_calmly() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = browser.begin("/login?env=emulator").await;
    let state = url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .expect("a state")
        .1
        .into_owned();
    let declined = format!("/oauth2callback?error=access_denied&state={state}");
    browser
        .get(&declined)
        .await
        .expect(400)
        .shows("You declined")
        .shows("href=\"/login?env=emulator\"");
    assert_eq!((world.sessions().await, world.token_requests().await), (0, 0));
    // And that login is over.
    browser
        .get(&format!("/oauth2callback?code=late&state={state}"))
        .await
        .expect(400);
    assert_eq!(world.token_requests().await, 0);
}

#[tokio::test]
async fn an_error_of_the_platform_is_text() {
    let world = World::start().await;
    for error in [
        "access_denied",
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "login_required",
        "made_up",
        "<script>",
    ] {
        let mut browser = world.browser();
        let url = browser.begin("/login?env=emulator").await;
        let state = url
            .query_pairs()
            .find(|(name, _)| name == "state")
            .expect("a state")
            .1
            .into_owned();
        let query = |state: &str| {
            url::form_urlencoded::Serializer::new(String::new())
                .append_pair("error", error)
                .append_pair("error_description", "because <script>alert(1)</script> & \"so\"")
                .append_pair("state", state)
                .finish()
        };
        // A link that somebody made up has no words of its own on our page.
        let stray = browser
            .get(&format!("/oauth2callback?{}", query("made-up")))
            .await
            .expect(400);
        assert!(!stray.body.contains("because"), "{error}");

        let answer = browser
            .get(&format!("/oauth2callback?{}", query(&state)))
            .await
            .expect(400);
        assert!(
            answer.body.contains("because &#60;script&#62;alert(1)"),
            "{error}: {}",
            answer.body
        );
        assert!(
            !answer.body.contains("<script>") && answer.set_cookies().is_empty(),
            "{error}"
        );
    }
    assert_eq!((world.sessions().await, world.token_requests().await), (0, 0));
}

#[tokio::test]
async fn a_code_that_the_platform_refuses_is_explained() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = browser.begin("/login?env=emulator").await;
    let state = url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .expect("a state")
        .1
        .into_owned();
    let answer = browser
        .get(&format!("/oauth2callback?code=EMU-code-of-nobody&state={state}"))
        .await;
    assert!(answer.status.is_server_error() || answer.status.is_client_error());
    let answer = answer
        .shows("The login took too long")
        .shows("OAU-10")
        .shows("Log in again")
        .shows("Reference");
    assert!(!answer.body.contains("EMU-code-of-nobody"));
    assert_eq!(world.sessions().await, 0);
}

#[tokio::test]
async fn a_wrong_client_secret_is_told_as_a_matter_of_settings() {
    let world = World::with("http://localhost:5000", |mut environment| {
        environment.client_secret = Some("EMU-not-the-secret".into());
        vec![environment]
    })
    .await;
    let mut browser = world.browser();
    let url = browser.begin("/login?env=emulator").await;
    let callback = browser.approve(&url).await;
    let answer = browser
        .get(&callback)
        .await
        .expect(502)
        .shows("does not accept this application");
    assert!(!answer.body.contains("not-the-secret"));
    assert_eq!(world.sessions().await, 0);
}

#[tokio::test]
async fn too_many_logins_are_told_with_the_time_to_wait() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = browser.begin("/login?env=emulator").await;
    let callback = browser.approve(&url).await;
    let full = serde_json::json!({
        "match": { "path": "/restapi/oauth/token" },
        "action": { "type": "status", "status": 429, "retryAfter": 45 },
        "times": 1,
    });
    world.control(axum::http::Method::POST, "faults", full).await;
    let answer = browser
        .get(&callback)
        .await
        .expect(429)
        .shows("Too many requests for now")
        .shows("in 45 seconds");
    assert_eq!(answer.header("retry-after"), "45");
    assert_eq!((world.sessions().await, world.token_requests().await), (0, 1));
}
