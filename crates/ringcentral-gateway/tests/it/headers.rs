//! What holds for every answer, found by asking for all of them.

use axum::body::Body;
use axum::http::Method;

use crate::world::{Answer, Browser, World};

/// Every route with and without a session, and what goes wrong on them.
async fn crawl(browser: &mut Browser) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    let pages = [
        "/",
        "/?notice=login-ended",
        "/index",
        "/login?env=emulator",
        "/login?env=nowhere",
        "/login",
        "/login/done",
        "/test",
        "/test?api=extension",
        "/test?api=extension-call-log",
        "/test?api=account-call-log",
        "/test?api=nothing",
        "/test?api=extension&raw=1",
        "/test?api=extension&api=twice",
        "/oauth2callback",
        "/oauth2callback?code=a&state=b",
        "/oauth2callback?error=access_denied",
        "/logout",
        "/healthz",
        "/readyz",
        "/nowhere",
        "/static/nothing.css",
        "/api/sms",
        "/v1/anything",
        "/%2e%2e/%00",
        "/favicon.ico",
    ];
    for page in pages {
        answers.push((page.to_owned(), browser.get(page).await));
        let json = format!("{page} as JSON");
        answers.push((json, browser.get_json(page).await));
    }
    for path in ["/logout", "/api/sms", "/", "/test", "/nowhere"] {
        answers.push((
            format!("POST {path}"),
            browser.clone().post(path, &[("csrf", "wrong")]).await,
        ));
        let foreign = [("origin", "https://evil.example")];
        answers.push((
            format!("foreign POST {path}"),
            browser.post_with(path, &[], &foreign).await,
        ));
        let put = browser
            .request(Method::PUT, path)
            .body(Body::empty())
            .expect("a request");
        answers.push((format!("PUT {path}"), browser.send(put).await));
    }
    let large = browser
        .request(Method::POST, "/api/sms")
        .header("content-type", "application/x-www-form-urlencoded");
    let large = large.body(Body::from("a".repeat(100_000))).expect("a request");
    answers.push(("too large".to_owned(), browser.send(large).await));
    let login = browser.log_in("emulator", None).await;
    answers.push(("a login".to_owned(), login));
    let csrf = browser.get("/test").await.csrf();
    answers.push((
        "a logout".to_owned(),
        browser.post("/logout", &[("csrf", &csrf)]).await,
    ));
    answers
}

#[tokio::test]
async fn every_answer_is_safe_to_show() {
    let world = World::start().await;
    for mut browser in [world.browser(), world.signed_in().await] {
        for (what, answer) in crawl(&mut browser).await {
            let policy = answer.header("content-security-policy");
            for part in [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
            ] {
                assert!(policy.contains(part), "{what}: {part}");
            }
            assert!(!policy.contains("unsafe"), "{what}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
            assert!(
                matches!(answer.header("referrer-policy"), "no-referrer" | "same-origin"),
                "{what}"
            );
            assert_eq!(answer.header("x-request-id").len(), 16, "{what}");
            assert!(answer.header("access-control-allow-origin").is_empty(), "{what}");
            assert!(
                answer.header("strict-transport-security").is_empty(),
                "{what}: not on http"
            );
            let asset = what.starts_with("/favicon") && answer.status.is_success();
            assert_eq!(answer.header("cache-control") == "no-store", !asset, "{what}");
            if answer.status.is_client_error() && !answer.body.is_empty() {
                let kind = answer.header("content-type");
                let worded = kind.starts_with("text/html") || kind == "application/json";
                assert!(worded, "{what} is answered in {kind}: {}", answer.body);
            }
            assert!(!answer.status.is_server_error(), "{what}: {}", answer.body);
            if answer.status.is_redirection() {
                assert_eq!(answer.status, 303, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn every_cookie_is_kept_from_scripts_and_other_sites() {
    for (url, prefix) in [
        ("http://localhost:5000", "rc_"),
        ("https://login.example.com", "__Host-rc_"),
    ] {
        let world = World::with(url, |environment| vec![environment]).await;
        let mut browser = world.browser();
        let started = browser.get("/login?env=emulator").await.expect(303);
        let callback = browser
            .approve(&started.location().parse().expect("an address"))
            .await;
        let finished = browser.get(&callback).await.expect(303);
        let csrf = browser.get("/test").await.expect(200).csrf();
        let ended = browser
            .post_with("/logout", &[("csrf", &csrf)], &[("origin", url)])
            .await
            .expect(303);

        let mut names = Vec::new();
        for answer in [started, finished, ended] {
            let cookies = answer.set_cookies();
            assert_eq!(cookies.len(), 1);
            let mut parts = cookies[0].split("; ");
            let (name, value) = parts.next().expect("a pair").split_once('=').expect("a pair");
            let attributes: Vec<&str> = parts.collect();
            for needed in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(attributes.contains(&needed), "{name}: {needed} of {attributes:?}");
            }
            assert_eq!(attributes.contains(&"Secure"), url.starts_with("https"), "{name}");
            assert!(
                !attributes.iter().any(|attribute| attribute.starts_with("Domain")),
                "{name}"
            );
            assert!(
                attributes
                    .iter()
                    .any(|attribute| attribute.starts_with("Max-Age=")),
                "{name}"
            );
            assert!(name.starts_with(prefix) && value.len() < 100, "{name}");
            names.push(name.to_owned());
        }
        let expected = [
            format!("{prefix}browser"),
            format!("{prefix}session"),
            format!("{prefix}session"),
        ];
        assert_eq!(names, expected);
        if url.starts_with("https") {
            assert!(
                !browser
                    .get("/")
                    .await
                    .header("strict-transport-security")
                    .is_empty()
            );
        }
    }
}

#[tokio::test]
async fn assets_are_found_by_their_content_and_kept() {
    let world = World::start().await;
    let mut browser = world.browser();
    let page = browser.get("/").await.expect(200);
    let mut found = 0;
    for part in page.body.split('"').filter(|part| part.starts_with("/static/")) {
        let asset = browser.get(part).await.expect(200);
        assert_eq!(
            asset.header("cache-control"),
            "public, max-age=31536000, immutable",
            "{part}"
        );
        assert!(
            !asset.body.is_empty() && !asset.body.contains("http://localhost"),
            "{part}"
        );
        found += 1;
    }
    assert_eq!(found, 4, "style, mark and two scripts");
    for gone in [
        "/static/style.css",
        "/static/style.000000000000.css",
        "/static/..%2fsrc%2flib.rs",
    ] {
        browser.get(gone).await.expect(404).shows("There is no such page");
    }
}

#[tokio::test]
async fn health_says_nothing_but_the_status() {
    let world = World::start().await;
    let mut browser = world.browser();
    assert_eq!(browser.get("/healthz").await.expect(200).body, "ok\n");
    assert_eq!(browser.get("/readyz").await.expect(200).body, "ready\n");
    world.vault.close().await;
    assert_eq!(browser.get("/healthz").await.expect(200).body, "ok\n");
    assert_eq!(browser.get("/readyz").await.expect(503).body, "not ready\n");
    let mut someone = world.browser();
    someone.cookies.insert("rc_session".into(), "A".repeat(43));
    someone
        .get("/test")
        .await
        .expect(503)
        .shows("cannot reach its storage");
    someone
        .get("/login?env=emulator")
        .await
        .expect(503)
        .shows("cannot reach its storage");
}

#[tokio::test]
async fn another_name_of_this_computer_is_led_to_the_right_one() {
    let world = World::start().await;
    let mut browser = world.browser();
    let by_ip = axum::http::Request::builder()
        .uri("/")
        .header("host", "127.0.0.1:5000")
        .body(Body::empty());
    let page = browser.send(by_ip.expect("a request")).await;
    page.shows("href=\"http://localhost:5000/login?env=emulator\"");
}
