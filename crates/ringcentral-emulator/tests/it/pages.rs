//! The sign-in pages' looks and languages, and single sign-on.

use ringcentral_emulator::EmulatorConfig;

use crate::browser::{Browser, PAGE, login_link};
use crate::support::Lab;

async fn lab() -> Lab {
    Lab::with(EmulatorConfig::default()).await
}

#[tokio::test]
async fn the_page_speaks_the_language_that_was_asked_for() {
    let lab = lab().await;
    for (parameters, header, locale, words) in [
        (&[][..], "", "en-US", "Sign in"),
        (&[("ui_locales", "de-DE")], "", "de-DE", "Anmelden"),
        (&[("ui_locales", "fi-FI fr-CA")], "", "fr-FR", "Connexion"),
        (
            &[("ui_locales", "es-419"), ("localeId", "de-DE")],
            "",
            "es-ES",
            "Iniciar sesión",
        ),
        (&[("localeId", "de_DE")], "fr", "de-DE", "Anmelden"),
        (&[("ui_locales", "zh-CN")], "fr-FR,fr;q=0.9", "fr-FR", "Connexion"),
        (
            &[("ui_locales", "")],
            "it;q=1, es;q=0.5, de;q=0.7",
            "de-DE",
            "Anmelden",
        ),
        (&[("ui_locales", "zh-CN")], "*", "en-US", "Sign in"),
    ] {
        let link = login_link(parameters);
        let mut headers = vec![PAGE];
        if !header.is_empty() {
            headers.push(("accept-language", header));
        }
        let page = lab.get(&link, &headers).await;
        assert_eq!(page.header("content-language"), locale, "{parameters:?} {header}");
        assert!(
            page.text.contains(&format!("<html lang=\"{locale}\">")),
            "{parameters:?}"
        );
        assert!(
            page.text.contains(&format!("<h1>{words}</h1>")),
            "{parameters:?} {header}"
        );
    }
}

#[tokio::test]
async fn what_is_english_on_a_page_of_another_language_says_so() {
    let lab = lab().await;
    let link = login_link(&[("ui_locales", "fr-FR"), ("brand_id", "2210")]);
    let mut browser = Browser::open(&lab, &link).await;
    for words in ["Emulator</p>", "administrator</span>", "Brand 2210"] {
        let before = browser.page.text.split(words).next().unwrap_or_default();
        let tag = &before[before.rfind('<').expect("a tag")..];
        assert!(tag.contains("lang=\"en\""), "{words}: {tag}");
    }
    assert!(
        browser.page.text.contains("UTC</time>") && !browser.page.text.contains(".000Z<"),
        "the clock is told in words"
    );
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    let permissions = browser.page.text.split("class=\"permissions\"").nth(1);
    assert!(
        permissions
            .expect("a list")
            .trim_start()
            .split('>')
            .next()
            .is_some_and(|tag| tag.contains("lang=\"en\""))
    );
    let refused = lab
        .get("/restapi/oauth/authorize", &[PAGE, ("accept-language", "fr")])
        .await;
    assert_eq!(refused.header("content-language"), "en-US");
    assert!(refused.text.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn refusals_and_consent_keep_the_language() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[("ui_locales", "de-DE")])).await;
    browser.log_in(lab.env("RC_USERNAME"), "wrong").await;
    assert!(
        browser.alert().contains("Passwort ist falsch"),
        "{}",
        browser.alert()
    );
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    assert_eq!(browser.title(), "Demo web app zulassen?");
    assert!(
        browser
            .page
            .text
            .contains("Angemeldet als <strong>Ada Quill</strong>")
    );
}

#[tokio::test]
async fn display_brand_and_options_change_the_page() {
    let lab = lab().await;
    for (parameters, there, missing) in [
        (&[][..], "class=\"sign-in page\"", "Brand"),
        (&[("display", "page")], "class=\"sign-in page\"", "Brand"),
        (&[("display", "popup")], "class=\"sign-in popup\"", "sign-in page"),
        (&[("display", "touch")], "class=\"sign-in touch\"", "sign-in page"),
        (
            &[("display", "mobile")],
            "class=\"sign-in touch\"",
            "sign-in page",
        ),
        (&[("display", "")], "class=\"sign-in page\"", "Brand"),
        (&[("display", "hologram")], "class=\"sign-in page\"", "Brand"),
        (&[("brand_id", "2210")], "Brand 2210 (Verizon)", "Brand 1210"),
        (&[("brandId", "4310")], "Brand 4310", "Brand 1210"),
        (&[("brand_id", "1210")], "Sign in", "Brand"),
        (&[("brand_id", "")], "Sign in", "Brand"),
        (&[("ui_options", "hide_logo")], "name=\"remember\"", "Brand"),
        (
            &[("ui_options", "hide_logo"), ("ui_options", "hide_remember_me")],
            "Sign in",
            "name=\"remember\"",
        ),
    ] {
        let page = lab.get(&login_link(parameters), &[PAGE]).await;
        assert_eq!(page.status, 200, "{parameters:?}");
        assert!(page.text.contains(there), "{parameters:?}: {there}");
        assert!(!page.text.contains(missing), "{parameters:?}: {missing}");
    }
    for brand in ["ringcentral", "12 10", "-1"] {
        let page = lab.get(&login_link(&[("brand_id", brand)]), &[]).await;
        assert_eq!((page.status, page.code().as_str()), (403, "OAU-101"), "{brand}");
        assert_eq!(page.header("location"), "");
    }
}

#[tokio::test]
async fn prompts_choose_the_form() {
    let lab = lab().await;
    for (prompt, password, single_sign_on) in [
        ("", true, false),
        ("login", true, false),
        ("login sso", true, false),
        ("sso", false, true),
        ("consent", true, false),
    ] {
        let page = lab.get(&login_link(&[("prompt", prompt)]), &[PAGE]).await.text;
        assert_eq!(page.contains("name=\"password\""), password, "{prompt}");
        assert_eq!(page.contains("name=\"sso\""), single_sign_on, "{prompt}");
    }
}

#[tokio::test]
async fn single_sign_on_asks_for_no_password_and_lets_in_no_locked_user() {
    let lab = lab().await;
    let mut browser = Browser::open(&lab, &login_link(&[("prompt", "sso")])).await;
    browser
        .submit("/login", &[("sso", "yes"), ("username", "nobody@example.com")])
        .await;
    assert!(browser.alert().contains("no such user"), "{}", browser.alert());
    browser
        .submit("/login", &[("sso", "yes"), ("username", "ada.quill@example.com")])
        .await;
    assert_eq!(browser.title(), "Allow Demo web app?");
    // Whoever is known and has allowed the app is not asked again.
    browser.submit("/consent", &[("decision", "allow")]).await;
    browser.go(&login_link(&[("prompt", "none")])).await;
    assert!(browser.page.location("code").is_some());
    browser.go(&login_link(&[("prompt", "login")])).await;
    assert_eq!(browser.title(), "Sign in", "prompt=login asks everybody");
    browser.go(&login_link(&[("prompt", "consent")])).await;
    assert_eq!(
        browser.title(),
        "Allow Demo web app?",
        "prompt=consent asks again"
    );
}

/// A colour's luminance, after the Web Content Accessibility Guidelines.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour");
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[tokio::test]
async fn colours_stand_out_in_both_schemes() {
    let lab = lab().await;
    let style = lab.get("/_emulator/style.css", &[]).await.text;
    let schemes: Vec<&str> = style
        .split(":root {")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect();
    assert_eq!(schemes.len(), 2, "light and dark");
    for scheme in schemes {
        let colour = |name: &str| {
            let rest = scheme.split(&format!("--{name}: ")).nth(1).expect("a colour");
            luminance(rest.split(';').next().unwrap_or_default())
        };
        let written = ["text", "soft", "accent", "alert", "good", "warn"];
        let plain = written
            .iter()
            .flat_map(|text| ["page", "card", "field"].map(|ground| (*text, ground)));
        let special = [
            ("on-accent", "accent"),
            ("accent", "accent-soft"),
            ("alert", "alert-soft"),
        ];
        for (text, ground) in plain.chain(special) {
            let (one, other) = (colour(text), colour(ground));
            let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
        }
    }
    // A browser's own colour for placeholders keeps no promise.
    assert!(style.contains("::placeholder { color: var(--soft); opacity: 1; }"));
}
