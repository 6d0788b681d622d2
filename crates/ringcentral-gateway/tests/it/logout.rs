//! Logging out: who may, what ends, and in which order.

use crate::world::World;

#[tokio::test]
async fn logging_out_ends_the_session_and_revokes_the_login() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let cookie = browser.session_cookie();
    let csrf = browser.get("/test").await.expect(200).csrf();

    let answer = browser.post("/logout", &[("csrf", &csrf)]).await.expect(303);
    assert_eq!(answer.location(), "/?notice=logged-out");
    assert_eq!(world.journal("/restapi/oauth/revoke").await, ["POST 200 "]);
    browser
        .get(answer.location())
        .await
        .expect(200)
        .shows("You are logged out");

    let mut old = world.browser();
    old.cookies.insert("rc_session".into(), cookie);
    old.get_json("/test?api=extension").await.expect(401);
    assert_eq!(world.sessions().await, 0);
}

#[tokio::test]
async fn a_get_only_asks() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let page = browser
        .get("/logout")
        .await
        .expect(200)
        .shows("Log out?")
        .shows("method=\"post\"");
    assert_eq!(world.sessions().await, 1);
    browser
        .post("/logout", &[("csrf", &page.csrf())])
        .await
        .expect(303);
    assert_eq!(browser.get("/logout").await.expect(303).location(), "/");
    assert_eq!(browser.post("/logout", &[]).await.expect(303).location(), "/");
}

#[tokio::test]
async fn nobody_else_can_log_a_user_out() {
    let world = World::start().await;
    let mut browser = world.signed_in().await;
    let mut other = world.signed_in().await;
    let own = browser.get("/test").await.csrf();
    let foreign = other.get("/test").await.csrf();
    let here = [
        ("origin", "http://localhost:5000"),
        ("sec-fetch-site", "same-origin"),
    ];

    browser
        .post_with("/logout", &[], &here)
        .await
        .expect(403)
        .shows("out of date");
    for wrong in ["", "x", &foreign, &own[1..], &format!("{own}x")] {
        browser
            .post_with("/logout", &[("csrf", wrong)], &here)
            .await
            .expect(403);
    }
    for headers in [
        [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ],
        [
            ("origin", "http://localhost:5001"),
            ("sec-fetch-site", "same-site"),
        ],
        [("origin", "null"), ("sec-fetch-site", "same-origin")],
        [
            ("origin", "http://localhost:5000"),
            ("sec-fetch-site", "cross-site"),
        ],
        [
            ("origin", "http://localhost:5000.evil.example"),
            ("sec-fetch-site", "same-origin"),
        ],
    ] {
        browser
            .post_with("/logout", &[("csrf", &own)], &headers)
            .await
            .expect(403)
            .shows("another site");
    }
    assert_eq!(world.sessions().await, 2);
    assert!(world.journal("/restapi/oauth/revoke").await.is_empty());
    browser
        .post_with("/logout", &[("csrf", &own)], &here)
        .await
        .expect(303);
    assert_eq!(world.sessions().await, 1);
}

#[tokio::test]
async fn a_platform_that_is_gone_does_not_keep_anyone_logged_in() {
    let mut world = World::start().await;
    let mut browser = world.signed_in().await;
    let csrf = browser.get("/test").await.csrf();
    let elsewhere = World::start().await.emulator;
    std::mem::replace(&mut world.emulator, elsewhere).stop().await;

    let answer = browser.post("/logout", &[("csrf", &csrf)]).await.expect(303);
    assert_eq!(answer.location(), "/?notice=logged-out-here");
    browser
        .get(answer.location())
        .await
        .expect(200)
        .shows("You are logged out here");
    assert_eq!(world.sessions().await, 0);
}
