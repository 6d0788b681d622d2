//! The sign-in pages, walked as a browser without script would.

use reqwest::Method;
use ringcentral_emulator::EmulatorConfig;

use crate::browser::{Browser, PAGE, attribute, login_link};
use crate::support::{Lab, REDIRECT, encode};

async fn lab() -> Lab {
    Lab::with(EmulatorConfig::default()).await
}

#[tokio::test]
async fn a_person_signs_in_allows_and_returns_to_the_app() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    assert_eq!((browser.page.status, browser.title()), (200, "Sign in"));
    assert!(browser.page.text.contains("Demo web app"));
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    assert_eq!(
        (browser.page.status, browser.title()),
        (200, "Allow Demo web app?")
    );
    assert!(
        browser
            .page
            .text
            .contains("<li>read your call log <code>ReadCallLog</code></li>")
    );
    browser.submit("/consent", &[("decision", "allow")]).await;
    assert_eq!(browser.page.status, 303);
    assert!(browser.page.header("location").starts_with(REDIRECT));
    assert_eq!(browser.page.location("state").as_deref(), Some("s t&a+te"));
    assert_eq!(browser.page.location("expires_in").as_deref(), Some("60"));
    let code = browser.page.location("code").expect("a code");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
    ];
    assert_eq!(lab.token(&form).await.status, 200);

    browser
        .go(&login_link(&[
            ("prompt", ""),
            ("display", ""),
            ("ui_options", ""),
        ]))
        .await;
    assert!(
        browser.page.location("code").is_some(),
        "the second time passes without a page"
    );
    browser.go(&login_link(&[("prompt", "none")])).await;
    assert!(browser.page.location("code").is_some());
    browser.go(&login_link(&[("prompt", "login")])).await;
    assert_eq!(browser.title(), "Sign in");
    browser
        .log_in("ben.osei@example.com", &password_of(&lab, "102"))
        .await;
    assert_eq!(
        browser.title(),
        "Allow Demo web app?",
        "consent is each user's own"
    );
    browser.go(&login_link(&[("prompt", "consent")])).await;
    assert!(browser.page.text.contains("Ben Osei"));
}

fn password_of(lab: &Lab, extension: &str) -> String {
    let user = lab
        .emulator
        .users()
        .into_iter()
        .find(|user| user.extension == extension)
        .expect("a user");
    user.password
}

#[tokio::test]
async fn a_demo_user_signs_in_with_one_click() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    let button = browser
        .page
        .text
        .split("name=\"user\" ")
        .nth(1)
        .map(|rest| attribute(rest, "value=\""));
    browser
        .submit("/login", &[("user", &button.expect("a button"))])
        .await;
    assert_eq!(browser.title(), "Allow Demo web app?");
    browser.submit("/consent", &[("decision", "deny")]).await;
    assert_eq!(browser.page.location("error").as_deref(), Some("access_denied"));
    assert_eq!(browser.page.location("state").as_deref(), Some("s t&a+te"));
    assert_eq!(browser.page.location("code"), None);
}

#[tokio::test]
async fn what_keeps_a_person_out_is_said_in_words() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    let (user, password) = (lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"));
    for (fields, words) in [
        (vec![("username", ""), ("password", "")], "phone number or e-mail"),
        (vec![("username", user), ("password", "")], "type your password"),
        (vec![("username", user), ("password", "wrong")], "is wrong"),
        (
            vec![("username", "nobody@example.com"), ("password", password)],
            "is wrong",
        ),
        (
            vec![("username", user), ("extension", "102"), ("password", password)],
            "is wrong",
        ),
        (vec![("user", "1")], "no such user"),
    ] {
        browser.submit("/login", &fields).await;
        assert_eq!(browser.page.status, 400, "{fields:?}");
        assert!(browser.alert().contains(words), "{fields:?}: {}", browser.alert());
        let wrote = fields
            .iter()
            .find(|(name, value)| *name == "username" && !value.is_empty());
        if let Some((_, name)) = wrote {
            assert!(
                browser.page.text.contains(&name.replace('+', "&#43;")) || browser.page.text.contains(name)
            );
        }
        assert!(
            !browser.page.text.contains("value=\"wrong\""),
            "a password is never written back"
        );
    }
}

#[tokio::test]
async fn a_refusal_marks_its_field_and_the_focus_is_where_typing_goes_on() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    let user = lab.env("RC_USERNAME");
    let title = |browser: &Browser<'_>| {
        let title = browser.page.text.split("<title>").nth(1).unwrap_or_default();
        title.split(':').next().unwrap_or_default().to_owned()
    };
    assert_eq!(title(&browser), "Sign in");
    for (fields, wrong, focus) in [
        (None, &[][..], "username"),
        (Some(vec![("username", "")]), &["username"], "username"),
        (Some(vec![("username", user)]), &["password"], "password"),
        (
            Some(vec![("username", user), ("password", "wrong")]),
            &["username", "password"],
            "password",
        ),
        // Nothing was typed that could be wrong.
        (Some(vec![("user", "1")]), &[], "username"),
    ] {
        if let Some(fields) = &fields {
            browser.submit("/login", fields).await;
            assert_eq!(title(&browser), "Error", "{fields:?}");
        }
        for name in ["username", "extension", "password"] {
            let tag = browser.field(name);
            let is_marked = tag.contains("aria-invalid=\"true\" aria-describedby=\"error\"");
            assert_eq!(is_marked, wrong.contains(&name), "{fields:?}: {tag}");
            assert_eq!(tag.contains(" autofocus"), name == focus, "{fields:?}: {tag}");
        }
    }
    browser.go(&login_link(&[("login_hint", user)])).await;
    assert!(
        browser.field("password").contains(" autofocus"),
        "the name is there"
    );
    browser.go(&login_link(&[("prompt", "sso")])).await;
    let tag = browser.field("username");
    assert!(tag.contains("autofocus aria-describedby=\"sso-hint\""), "{tag}");
    browser
        .submit("/login", &[("sso", "yes"), ("username", "")])
        .await;
    // The refusal is on the form that it came from.
    let tag = browser.field("username");
    assert!(tag.contains("aria-describedby=\"error sso-hint\""), "{tag}");
}

#[tokio::test]
async fn locked_users_stay_out_and_a_second_step_is_asked_for() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    let button = |page: &str, note: &str| {
        let entry = page
            .split("<li><button")
            .find(|entry| entry.contains(&format!("class=\"note\">{note}<")));
        attribute(
            entry.unwrap_or_else(|| panic!("a user who is {note}")),
            "value=\"",
        )
    };
    let locked = button(&browser.page.text, "locked");
    browser.submit("/login", &[("user", &locked)]).await;
    assert!(browser.alert().contains("locked"), "{}", browser.alert());
    let second_step = button(&browser.page.text, "needs a code");
    browser.submit("/login", &[("user", &second_step)]).await;
    assert!(browser.page.text.contains("Verification code"));
    browser
        .submit("/login", &[("user", &second_step), ("mfa_code", "wrong")])
        .await;
    assert!(browser.alert().contains("code is wrong"), "{}", browser.alert());
    assert!(
        browser.page.text.contains("Verification code"),
        "it may be tried again"
    );
    let code = browser
        .page
        .text
        .split("always <code>")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    let code = code.expect("the page tells the code").to_owned();
    browser
        .submit("/login", &[("user", &second_step), ("mfa_code", &code)])
        .await;
    assert_eq!(browser.title(), "Allow Demo web app?");
}

#[tokio::test]
async fn a_form_from_elsewhere_signs_nobody_in() {
    let lab = lab().await;
    let other = Browser::open(&lab, &login_link(&[])).await;
    let stolen = attribute(
        other.page.text.split("name=\"csrf\"").nth(1).expect("a field"),
        "value=\"",
    );
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    let target = login_link(&[]).replace("authorize?", "authorize/login?");
    let (user, password) = (
        lab.env("RC_USERNAME").to_owned(),
        lab.env("RC_PASSWORD").to_owned(),
    );
    let login = [("username", user.as_str()), ("password", password.as_str())];
    let unknown = Browser::open(&lab, "/restapi/oauth/authorize").await.cookies;
    for cookies in [browser.cookies.clone(), unknown] {
        for csrf in [None, Some(""), Some("x"), Some(&stolen)] {
            // Each time anew: the answer may have set one.
            browser.cookies.clone_from(&cookies);
            let proof = csrf.map(|csrf| ("csrf", csrf));
            let form: Vec<_> = proof.into_iter().chain(login).collect();
            browser.visit(Method::POST, &target, encode(&form)).await;
            assert_eq!(
                (browser.page.status, browser.title()),
                (400, "Sign in"),
                "{csrf:?}"
            );
            assert!(browser.alert().contains("not sent from the page"));
        }
    }
    browser.log_in(&user, &password).await;
    let before = browser.cookies.clone();
    assert_eq!(browser.title(), "Allow Demo web app?");
    let target = login_link(&[]).replace("authorize?", "authorize/consent?");
    for csrf in [None, Some(""), Some(&*stolen)] {
        let proof = csrf.map(|csrf| ("csrf", csrf));
        let form: Vec<_> = proof.into_iter().chain([("decision", "allow")]).collect();
        browser.visit(Method::POST, &target, encode(&form)).await;
        assert_eq!(browser.page.location("code"), None, "nor does it say Allow");
        assert_eq!(browser.cookies, before);
    }
    assert_ne!(browser.cookies, other.cookies);
}

#[tokio::test]
async fn every_form_carries_the_proof_that_it_is_ours() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    for (password, title, forms) in [
        // By password, and by a click on somebody.
        (None, "Sign in", 2),
        (Some("wrong"), "Sign in", 2),
        (Some(lab.env("RC_PASSWORD")), "Allow Demo web app?", 1),
    ] {
        if let Some(password) = password {
            browser.log_in(lab.env("RC_USERNAME"), password).await;
        }
        assert_eq!(browser.title(), title);
        let page = &browser.page.text;
        let proofs: Vec<&str> = page
            .split("<form ")
            .skip(1)
            .filter_map(|form| form.split("</form>").next()?.split("name=\"csrf\"").nth(1))
            .collect();
        assert_eq!(
            (page.matches("<form ").count(), proofs.len()),
            (forms, forms),
            "{page}"
        );
        for proof in proofs {
            assert!(attribute(proof, "value=\"").len() >= 43, "{proof}");
        }
    }
}

#[tokio::test]
async fn a_login_changes_the_cookie() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    let before = browser.cookies.clone();
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    assert_eq!(browser.cookies.len(), 1);
    assert_ne!(browser.cookies, before);
    let mut planted = Browser {
        lab: &lab,
        cookies: before,
        page: lab.get("/restapi", &[]).await,
    };
    planted.go(&login_link(&[])).await;
    assert_eq!(
        planted.title(),
        "Sign in",
        "an id planted before the login is nobody's"
    );
    lab.advance("7d").await;
    browser.go(&login_link(&[])).await;
    assert_eq!(browser.title(), "Sign in", "after a week the login is over");
}

#[tokio::test]
async fn what_the_app_does_wrong_goes_back_to_it() {
    let lab = lab().await;
    for (more, error) in [
        (vec![("prompt", "none")], "login_required"),
        (vec![("prompt", "none login")], "invalid_request"),
        (
            vec![("code_challenge", "x"), ("code_challenge_method", "S512")],
            "invalid_request",
        ),
        (vec![("code_challenge_method", "S256")], "invalid_request"),
    ] {
        let answer = lab.get(&login_link(&more), &[PAGE]).await;
        assert_eq!(answer.status, 302, "{more:?}");
        assert_eq!(answer.location("error").as_deref(), Some(error), "{more:?}");
        assert!(answer.location("error_description").is_some(), "{more:?}");
        assert_eq!(answer.location("state").as_deref(), Some("s t&a+te"), "{more:?}");
    }
    for (kind, error) in [("token", "unsupported_response_type"), ("", "invalid_request")] {
        let link = login_link(&[]).replace("response_type=code", &format!("response_type={kind}"));
        assert_eq!(
            lab.get(&link, &[PAGE]).await.location("error").as_deref(),
            Some(error),
            "{kind}"
        );
    }
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    browser.go(&login_link(&[("prompt", "none")])).await;
    assert_eq!(
        browser.page.location("error").as_deref(),
        Some("consent_required")
    );
}

#[tokio::test]
async fn what_must_not_be_sent_anywhere_is_shown() {
    let lab = lab().await;
    for (query, status, code) in [
        ("", 400, "OAU-153"),
        ("client_id=EMU-unknown", 403, "OAU-153"),
        ("client_id=EMU-web-app", 403, "OAU-109"),
        (
            "client_id=EMU-web-app&redirect_uri=http%3A%2F%2Fexample.com%2F",
            403,
            "OAU-109",
        ),
        ("client_id=EMU-web-app&client_id=EMU-web-app", 400, "OAU-111"),
    ] {
        let path = format!("/restapi/oauth/authorize?response_type=code&{query}");
        let page = lab.get(&path, &[PAGE]).await;
        assert_eq!(page.status, status, "{query}");
        assert!(
            page.header("content-type").starts_with("text/html") && page.text.contains(code),
            "{query}"
        );
        let json = lab.get(&path, &[("accept", "*/*")]).await;
        assert_eq!((json.status, json.code().as_str()), (status, code), "{query}");
        for answer in [page, json] {
            assert_eq!(answer.header("location"), "", "{query}");
        }
    }
    let evil = "client_id=EMU-web-app&redirect_uri=%3Cscript%3E&x=1&x=%3Cscript%3E2";
    let page = lab
        .get(&format!("/restapi/oauth/authorize?{evil}"), &[PAGE])
        .await;
    assert!(!page.text.contains("<script>"));
}

#[tokio::test]
async fn the_request_may_come_as_a_form() {
    let lab = lab().await;
    let query = login_link(&[]).split_off("/restapi/oauth/authorize?".len());
    let mut browser = Browser::open(&lab, "/restapi/oauth/jwks").await;
    browser
        .visit(Method::POST, "/restapi/oauth/authorize", query)
        .await;
    assert_eq!((browser.page.status, browser.title()), (200, "Sign in"));
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    assert_eq!(browser.title(), "Allow Demo web app?");
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_cannot_be_framed() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    let mut pages = vec![std::mem::take(&mut browser.page.text)];
    let policy = browser.page.header("content-security-policy").to_owned();
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert!(
        !policy.contains("form-action"),
        "it would stop the redirect to the app: {policy}"
    );
    assert_eq!(browser.page.header("cache-control"), "no-store");
    assert_eq!(browser.page.header("referrer-policy"), "no-referrer");
    browser.go(&login_link(&[])).await;
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    pages.push(browser.page.text.clone());
    browser.go("/restapi/oauth/authorize").await;
    pages.push(browser.page.text.clone());
    for page in pages {
        assert!(page.contains("<html lang=\"en") && page.contains("name=\"viewport\""));
        for (at, _) in page.match_indices("src=\"").chain(page.match_indices("href=\"")) {
            let target = attribute(&page[at..], "=\"");
            assert!(target.starts_with('/') && !target.starts_with("//"), "{target}");
        }
        assert!(!page.contains("<script") && !page.contains(" style=") && !page.contains("<style"));
    }
    let style = lab.get("/_emulator/style.css", &[]).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}

/// The addresses that forms go to stay in the browser's bar after a mistake, and people reload them.
#[tokio::test]
async fn the_address_of_a_form_leads_back_to_the_sign_in() {
    let lab = lab().await;
    let start = login_link(&[("prompt", "login")]);
    let query = start.split_once('?').expect("a query").1;
    let mut browser = Browser::open(&lab, &start).await;
    browser
        .submit("/login", &[("username", "nobody"), ("password", "x")])
        .await;
    for step in ["login", "consent"] {
        let path = format!("/restapi/oauth/authorize/{step}?{query}");
        for method in [reqwest::Method::GET, reqwest::Method::HEAD] {
            assert_eq!(
                lab.send(method, &path, &[], "").await.expect("an answer").status,
                302
            );
        }
        browser.go(&path).await;
        assert_eq!((browser.page.status, browser.title()), (200, "Sign in"), "{step}");
    }
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    browser.submit("/consent", &[("decision", "allow")]).await;
    assert_eq!(
        browser.page.location("state").as_deref(),
        Some("s t&a+te"),
        "the request came along whole"
    );
}

/// A redirect that answers a form must become a GET, whatever it says.
#[tokio::test]
async fn a_no_is_sent_back_as_a_yes_is() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    browser.submit("/consent", &[("decision", "deny")]).await;
    assert_eq!(browser.page.status, 303);
    assert_eq!(browser.page.location("error").as_deref(), Some("access_denied"));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let form = encode(&[
        ("client_id", "EMU-web-app"),
        ("redirect_uri", REDIRECT),
        ("response_type", "x"),
    ]);
    let flawed = lab
        .send(reqwest::Method::POST, "/restapi/oauth/authorize", &headers, form)
        .await
        .expect("an answer");
    assert_eq!(flawed.status, 303);
    assert_eq!(
        flawed.location("error").as_deref(),
        Some("unsupported_response_type")
    );
}
