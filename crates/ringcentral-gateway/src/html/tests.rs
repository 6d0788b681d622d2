//! Every page, rendered from made-up values: what must hold for all of them, and copies to look at.
//!
//! `PAGES_DIR=some/dir cargo test -p ringcentral-gateway pages` also writes them there as HTML files.

use super::*;

fn viewer() -> Viewer {
    Viewer {
        name: "Ada Quill".into(),
        initials: "AQ".into(),
        environment: "Local emulator".into(),
        csrf: "csrf-of-the-session".into(),
    }
}

fn choices() -> Vec<Choice> {
    vec![
        Choice {
            label: "Local emulator".into(),
            host: "localhost:5001".into(),
            note: Some("Log in as ada.quill@example.com with the password that the emulator printed.".into()),
            href: "/login?env=emulator".into(),
            local: true,
        },
        Choice {
            label: "Production".into(),
            host: "platform.ringcentral.com".into(),
            note: None,
            href: "/login?env=production".into(),
            local: false,
        },
    ]
}

fn raw(api: &str) -> Raw {
    Raw {
        request: format!("/restapi/v1.0/account/~/{api}?page=1&perPage=25"),
        request_id: Some("4f1e7a52-9c3c-11f0-8de9-0242ac120002".into()),
        href: format!("/test?api={api}&raw=1"),
        json: "{\n  \"records\": [\n    {\n      \"name\": \"<b>Ada</b> Quill\"\n    }\n  ]\n}".into(),
    }
}

fn sms() -> SmsForm {
    SmsForm {
        csrf: "csrf-of-the-session".into(),
        numbers: vec![
            SenderNumber {
                value: "+16505550101".into(),
                shown: "+1 650 555 0101".into(),
            },
            SenderNumber {
                value: "+16505550102".into(),
                shown: "+1 650 555 0102".into(),
            },
        ],
        from: "+16505550102".into(),
        ..SmsForm::default()
    }
}

fn signed_in(notice: Option<Notice>, sms: SmsForm) -> SignedInPage {
    SignedInPage {
        shell: Shell::signed_in("Overview", viewer(), Section::Overview),
        first_name: "Ada".into(),
        initials: "AQ".into(),
        extension_number: Some("101".into()),
        notice,
        cases: crate::routes::pages::cases(),
        sms,
        facts: vec![
            Fact::new("Name", "Ada Quill"),
            Fact::new("E-mail", "ada.quill@example.com"),
            Fact::new("Logged in at", "Local emulator, localhost:5001"),
            Fact::new(
                "This session ends",
                "Fri 27 Nov 2026, or after 8 hours without use",
            ),
        ],
    }
}

fn call(index: u32) -> CallRow {
    let missed = index % 4 == 1;
    let outbound = index % 3 == 2;
    CallRow {
        datetime: "2026-11-20T14:05:11Z".into(),
        day: "Fri 20 Nov 2026".into(),
        time: format!("{:02}:{:02}", 14 - index % 8, (index * 17) % 60),
        direction: if outbound { "Outbound" } else { "Inbound" }.into(),
        direction_class: if missed {
            "missed"
        } else if outbound {
            "out"
        } else {
            "in"
        },
        direction_icon: if missed {
            icons::MISSED
        } else if outbound {
            icons::OUTBOUND
        } else {
            icons::INBOUND
        },
        from: Party {
            name: "Bo Lind".into(),
            number: Some("+1 212 555 0147".into()),
        },
        to: if index.is_multiple_of(5) {
            Party {
                name: "+1 650 555 0101".into(),
                number: None,
            }
        } else {
            Party {
                name: "Ada Quill".into(),
                number: Some("+1 650 555 0101".into()),
            }
        },
        duration: if missed {
            "–".into()
        } else {
            words::duration(u64::from(index) * 97 + 13)
        },
        result: if missed { "Missed" } else { "Accepted" }.into(),
        result_tone: if missed { Tone::Bad } else { Tone::Good },
        kind: "Voice".into(),
        recorded: index.is_multiple_of(4),
    }
}

fn calls(rows: Vec<CallRow>) -> CallsPage {
    let quick = |label, current| QuickChoice {
        label,
        href: "/test?api=extension-call-log&range=7d".into(),
        current,
    };
    CallsPage {
        shell: Shell::signed_in("My calls", viewer(), Section::MyCalls),
        heading: "My calls",
        about: "Calls to and from your own extension, newest first.".into(),
        notice: None,
        filter: DateFilter {
            api: "extension-call-log",
            quick: vec![
                quick("Today", false),
                quick("Last 7 days", true),
                quick("Last 30 days", false),
            ],
            date_from: "2026-11-14".into(),
            date_to: "2026-11-20".into(),
            today: "2026-11-20".into(),
            zone: "US/Pacific".into(),
        },
        rows,
        pager: Pager {
            shown: "Page 2 of 9, 214 calls".into(),
            previous: Some("/test?page=1".into()),
            next: Some("/test?page=3".into()),
        },
        raw: raw("call-log"),
    }
}

fn problem(viewer: Option<Viewer>, tone: Tone) -> ProblemPage {
    ProblemPage {
        shell: Shell {
            viewer,
            ..Shell::new("Not allowed")
        },
        tone,
        heading: "You may not see the company’s calls".into(),
        what: "Your RingCentral user does not have the permission FullCompanyCallLog.".into(),
        quote: Some(
            "In order to call this API endpoint, user needs to have <script>alert(1)</script>".into(),
        ),
        next: "An administrator of your company can grant it. Your own calls are open to you.".into(),
        actions: vec![
            Action {
                label: "See my calls",
                href: "/test?api=extension-call-log".into(),
                back: false,
            },
            Action {
                label: "Back to the start",
                href: "/".into(),
                back: true,
            },
        ],
        details: vec![
            Fact::new("Code", "CMN-408"),
            Fact::new("RingCentral answered", "HTTP 403"),
            Fact::new("RingCentral request id", "4f1e7a52-9c3c-11f0-8de9-0242ac120002"),
            Fact::new("Reference", "9f86d081884c7d65"),
        ],
    }
}

fn every_page() -> Vec<(&'static str, String)> {
    let notice = |tone, heading: &str| Notice {
        tone,
        heading: heading.into(),
        lines: vec![
            "The platform has ended it, or it was not used for a week. Log in again to go on.".into(),
        ],
        fine: Some("MSG-245 · HTTP 400 · request id 4f1e7a52-9c3c-11f0".into()),
    };
    let login = |notice| LoginPage {
        shell: Shell::new("Log in"),
        notice,
        choices: choices(),
    };
    let wrong = SmsForm {
        notice: Some(notice(Tone::Bad, "The message was not sent")),
        to: "555".into(),
        to_wrong: Some("Write it with the country code, such as +1 650 555 0123.".into()),
        text_wrong: Some("Write a message.".into()),
        ..sms()
    };
    let kinds = ["User", "User", "Call queue", "Ivr menu", "Voicemail only", "User"];
    let extensions = ExtensionsPage {
        shell: Shell::signed_in("Extensions", viewer(), Section::Extensions),
        rows: kinds
            .iter()
            .enumerate()
            .map(|(index, kind)| ExtensionRow {
                number: (101 + index).to_string(),
                name: format!("Person {index}"),
                kind: (*kind).into(),
                status: if index == 5 { "Disabled" } else { "Enabled" }.into(),
                status_tone: if index == 5 { Tone::Calm } else { Tone::Good },
                email: (index < 2).then(|| format!("person.{index}@example.com")),
            })
            .collect(),
        pager: Pager {
            shown: "6 extensions".into(),
            previous: None,
            next: None,
        },
        raw: raw("extension"),
    };
    let render = |template: Result<String, askama::Error>| template.expect("every page renders");
    vec![
        ("login", render(login(None).render())),
        (
            "login-notice",
            render(login(Some(notice(Tone::Warn, "Your login has ended"))).render()),
        ),
        (
            "login-done",
            render(
                LoginDonePage {
                    next: "/test?a=1&b=2".into(),
                }
                .render(),
            ),
        ),
        ("signed-in", render(signed_in(None, sms()).render())),
        (
            "signed-in-sent",
            render(signed_in(Some(notice(Tone::Good, "Message sent")), sms()).render()),
        ),
        ("signed-in-wrong", render(signed_in(None, wrong).render())),
        ("extensions", render(extensions.render())),
        ("calls", render(calls((0..9).map(call).collect()).render())),
        ("calls-empty", render(calls(Vec::new()).render())),
        ("problem", render(problem(None, Tone::Calm).render())),
        (
            "problem-signed-in",
            render(problem(Some(viewer()), Tone::Warn).render()),
        ),
        (
            "logout",
            render(
                LogoutPage {
                    shell: Shell::new("Log out"),
                    name: "Ada Quill".into(),
                    csrf: "csrf".into(),
                }
                .render(),
            ),
        ),
    ]
}

#[test]
fn pages_hold_nothing_inline_and_nothing_from_outside() {
    for (name, html) in every_page() {
        for forbidden in [
            "<style",
            " style=",
            " onclick",
            " onload",
            "javascript:",
            "=\"http",
            "=\"//",
            "<script>",
            "@import",
        ] {
            assert!(!html.contains(forbidden), "{name} contains {forbidden}");
        }
        assert_eq!(
            html.matches("<script").count(),
            html.matches("<script defer src=\"/static/").count(),
            "{name}"
        );
    }
}

#[test]
fn pages_are_usable_without_eyes_or_mouse() {
    for (name, html) in every_page() {
        assert_eq!(html.matches("<h1").count(), 1, "{name} has one first heading");
        assert!(
            html.contains("<html lang=\"en\">")
                && html.contains("<title>")
                && html.contains("name=\"viewport\"")
        );
        assert!(html.contains("id=\"main\""), "{name}");
        for field in html
            .split("<input ")
            .skip(1)
            .chain(html.split("<select ").skip(1))
            .chain(html.split("<textarea ").skip(1))
        {
            let tag = field.split('>').next().unwrap_or_default();
            if tag.contains("type=\"hidden\"") {
                continue;
            }
            let id = tag
                .split("id=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .expect("a field has an id");
            assert!(
                html.contains(&format!("<label for=\"{id}\"")),
                "{name}: {id} has a label"
            );
        }
        for icon in html.split("<svg").skip(1) {
            assert!(
                icon.contains("aria-hidden=\"true\""),
                "{name}: icons are silent, the words speak"
            );
        }
    }
}

#[test]
fn what_the_platform_says_is_text_and_never_markup() {
    let pages = every_page();
    let find = |name| {
        &pages
            .iter()
            .find(|(page, _)| *page == name)
            .expect("a page of this name")
            .1
    };
    assert!(find("problem").contains("&#60;script&#62;alert(1)"));
    assert!(find("calls").contains("&#60;b&#62;Ada"));
}

#[test]
fn pages_to_look_at() {
    let Some(dir) = std::env::var_os("PAGES_DIR").map(std::path::PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(dir.join("static")).unwrap();
    for (name, html) in every_page() {
        std::fs::write(dir.join(format!("{name}.html")), html).unwrap();
    }
    for (url, body) in crate::assets::all() {
        std::fs::write(dir.join(url.trim_start_matches('/')), body).unwrap();
    }
}
