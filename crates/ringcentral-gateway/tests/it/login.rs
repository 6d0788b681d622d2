//! Logging in, all the way.

use std::collections::{BTreeMap, BTreeSet};

use side_by_side::all;

use crate::world::World;

mod side_by_side {
    use std::future::Future;

    /// Runs them side by side on this test's runtime.
    pub(super) async fn all<T: Send + 'static>(
        work: Vec<impl Future<Output = T> + Send + 'static>,
    ) -> Vec<T> {
        let tasks: Vec<_> = work.into_iter().map(tokio::spawn).collect();
        let mut done = Vec::new();
        for task in tasks {
            done.push(task.await.expect("a task that does not panic"));
        }
        done
    }
}

fn query(url: &url::Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_login_ends_on_the_signed_in_page() {
    let world = World::start().await;
    let mut browser = world.browser();
    browser
        .get("/")
        .await
        .expect(200)
        .shows("href=\"/login?env=emulator\"")
        .shows("Log in as one of the demo users.");

    let callback = browser.log_in("emulator", None).await;
    assert_eq!(callback.location(), "/test");
    assert_eq!(callback.header("cache-control"), "no-store");
    assert_eq!(callback.body, "");

    for page in ["/test", "/"] {
        browser
            .get(page)
            .await
            .expect(200)
            .shows("Hello, Ada")
            .shows("as extension 101");
    }
    assert_eq!(browser.get("/index").await.expect(303).location(), "/");
    assert_eq!(
        world.journal("/restapi/oauth/token").await,
        ["POST 200 authorization_code"]
    );
}

#[tokio::test]
async fn every_login_asks_with_a_fresh_state_and_challenge() {
    let world = World::start().await;
    let mut browser = world.browser();
    let mut seen = BTreeSet::new();
    for path in [
        "/login",
        "/login?env=emulator",
        "/login?env=emulator&popup=1",
        "/login?env=emulator&code_challenge_method=plain",
    ] {
        for _ in 0..25 {
            let url = browser.begin(path).await;
            let query = query(&url);
            assert_eq!(query["response_type"], "code");
            assert_eq!(query["code_challenge_method"], "S256");
            assert_eq!(query["redirect_uri"], "http://localhost:5000/oauth2callback");
            assert_eq!(
                query.get("display").map(String::as_str),
                path.contains("popup").then_some("popup")
            );
            for random in ["state", "code_challenge"] {
                assert!(query[random].len() >= 43, "{random}");
                assert!(seen.insert(query[random].clone()), "{random} came twice");
            }
        }
    }
}

#[tokio::test]
async fn a_login_in_a_popup_ends_in_a_page_that_tells_its_opener() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = browser
        .begin("/login?env=emulator&popup=1&return_to=%2Ftest%3Fapi%3Dextension")
        .await;
    let callback = browser.approve(&url).await;
    let done = browser.get(&callback).await.expect(303).location().to_owned();
    assert_eq!(done, "/login/done?return_to=%2Ftest%3Fapi%3Dextension");
    let page = browser
        .get(&done)
        .await
        .expect(200)
        .shows("data-next=\"/test?api=extension\"")
        .shows("/static/login-done.");
    assert!(!page.body.contains("csrf"));
}

#[tokio::test]
async fn twenty_logins_side_by_side_in_one_browser_all_succeed() {
    let world = World::start().await;
    let mut browser = world.browser();
    let mut started = Vec::new();
    for _ in 0..20 {
        started.push(browser.begin("/login?env=emulator").await);
    }
    started.reverse();
    let callbacks = all(started
        .into_iter()
        .map(|url| {
            let browser = browser.clone();
            async move { browser.approve(&url).await }
        })
        .collect())
    .await;
    let finished = all(callbacks
        .into_iter()
        .map(|callback| {
            let mut tab = browser.clone();
            async move {
                tab.get(&callback).await.expect(303);
                tab.session_cookie()
            }
        })
        .collect())
    .await;
    assert_eq!(
        finished.iter().collect::<BTreeSet<_>>().len(),
        20,
        "every login has a session of its own"
    );
    assert_eq!(world.sessions().await, 20);
}

#[tokio::test]
async fn a_double_callback_makes_one_session() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = browser.begin("/login?env=emulator").await;
    let callback = browser.approve(&url).await;
    let tries = all((0..8)
        .map(|_| {
            let (mut tab, callback) = (browser.clone(), callback.clone());
            async move { tab.get(&callback).await.status.as_u16() }
        })
        .collect())
    .await;
    assert_eq!(
        tries.iter().filter(|status| **status == 303).count(),
        1,
        "{tries:?}"
    );
    assert_eq!(
        tries.iter().filter(|status| **status == 400).count(),
        7,
        "{tries:?}"
    );
    assert_eq!((world.sessions().await, world.token_requests().await), (1, 1));
}

#[tokio::test]
async fn two_users_stay_apart() {
    let world = World::start().await;
    let users = world.emulator.users();
    let (ada, ben) = (&users[0], &users[1]);
    let (mut first, mut second) = (world.browser(), world.browser());
    first.log_in("emulator", Some(&ada.username)).await;
    second.log_in("emulator", Some(&ben.username)).await;
    for _ in 0..2 {
        let adas = first.get("/test").await.expect(200).shows(&ada.name);
        let bens = second.get("/test").await.expect(200).shows(&ben.name);
        assert!(!adas.body.contains(&ben.name) && !bens.body.contains(&ada.name));
        assert_ne!(adas.csrf(), bens.csrf());
    }
    let adas = first
        .get("/test?api=extension-call-log&range=30d&raw=1")
        .await
        .expect(200)
        .body;
    let bens = second
        .get("/test?api=extension-call-log&range=30d&raw=1")
        .await
        .expect(200)
        .body;
    assert_ne!(adas, bens);
    assert_eq!(world.sessions().await, 2);
}

#[tokio::test]
async fn a_new_login_has_a_new_session_and_ends_the_old_one() {
    let world = World::start().await;
    let mut browser = world.browser();
    let planted = "A".repeat(43);
    browser.cookies.insert("rc_session".into(), planted.clone());
    browser.log_in("emulator", None).await;
    let first = browser.session_cookie();
    assert!(first != planted && first.len() >= 43);

    browser.log_in("emulator", None).await;
    let second = browser.session_cookie();
    assert_ne!(first, second);
    let mut old = world.browser();
    for dead in [planted, first] {
        old.cookies.insert("rc_session".into(), dead);
        old.get_json("/test?api=extension").await.expect(401);
    }
    browser.get("/test").await.expect(200);
    assert_eq!(world.sessions().await, 1);
}

#[tokio::test]
async fn a_return_address_is_a_page_of_this_app_or_nothing() {
    let world = World::start().await;
    for (asked, expected) in [
        (
            "/test?api=account-call-log&range=30d",
            "/test?api=account-call-log&range=30d",
        ),
        ("https://evil.example/", "/test"),
        ("//evil.example", "/test"),
        ("/\\evil.example", "/test"),
        ("/logout", "/test"),
        ("/test\n//evil.example", "/test"),
    ] {
        let mut browser = world.browser();
        let link: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("env", "emulator")
            .append_pair("return_to", asked)
            .finish();
        let url = browser.begin(&format!("/login?{link}")).await;
        let callback = browser.approve(&url).await;
        assert_eq!(
            browser.get(&callback).await.expect(303).location(),
            expected,
            "{asked:?}"
        );
        // The address is checked where it is read as well.
        let link = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", asked)
            .finish();
        let done = browser.get(&format!("/login/done?{link}")).await.expect(200);
        assert!(!done.body.contains("evil"), "{asked:?}");
    }
}

#[tokio::test]
async fn a_page_that_needs_a_login_is_where_the_login_leads() {
    let world = World::start().await;
    let mut browser = world.browser();
    let to_login = browser
        .get("/test?api=extension&page=1")
        .await
        .expect(303)
        .location()
        .to_owned();
    assert_eq!(to_login, "/?return_to=%2Ftest%3Fapi%3Dextension%26page%3D1");
    browser
        .get(&to_login)
        .await
        .expect(200)
        .shows("return_to=%2Ftest%3Fapi%3Dextension%26page%3D1");
}

#[tokio::test]
async fn an_environment_that_is_not_set_up_is_named_on_a_page() {
    let world = World::start().await;
    world
        .browser()
        .get("/login?env=nowhere")
        .await
        .expect(404)
        .shows("no such place to log in to");
}

#[tokio::test]
async fn a_code_goes_to_the_platform_that_gave_it() {
    let other = World::start().await;
    let url = other.emulator.url().to_owned();
    let world = World::with("http://localhost:5000", |usual| {
        let second = ringcentral_gateway::EnvironmentConfig {
            name: "second".into(),
            server: url,
            ..usual.clone()
        };
        vec![usual, second]
    })
    .await;
    let mut browser = world.browser();
    browser
        .get("/")
        .await
        .expect(200)
        .shows("/login?env=emulator")
        .shows("/login?env=second");
    assert_eq!(browser.get("/login").await.expect(303).location(), "/");
    browser.log_in("second", None).await;
    assert_eq!(
        (world.token_requests().await, other.token_requests().await),
        (0, 1)
    );
    browser.get("/test").await.expect(200);
}
