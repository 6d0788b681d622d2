use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn name_of(disposition: &str) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_bytes(disposition.as_bytes()).unwrap(),
    );
    from_headers(&headers)
}

#[test]
fn names_as_they_are_sent() {
    for (disposition, name) in [
        ("attachment; filename=\"call.wav\"", Some("call.wav")),
        ("inline; filename=call.wav", Some("call.wav")),
        ("attachment;filename=call.wav;size=3", Some("call.wav")),
        ("attachment; size=3; FILENAME=\"a b.pdf\"", Some("a b.pdf")),
        ("attachment; filename=\"a \\\"b\\\" c.pdf\"", Some("a _b_ c.pdf")),
        ("attachment; filename=\"Übersicht.pdf\"", Some("Übersicht.pdf")),
        (
            "attachment; filename*=UTF-8''na%C3%AFve%20file.pdf",
            Some("naïve file.pdf"),
        ),
        (
            "attachment; filename=\"old.pdf\"; filename*=UTF-8'en'new.pdf",
            Some("new.pdf"),
        ),
        ("attachment; filename*=ISO-8859-1''na%EFve.pdf", Some("naïve.pdf")),
        (
            "attachment; filename*=UTF-8''%FF; filename=good.pdf",
            Some("good.pdf"),
        ),
        (
            "attachment; filename*=KOI8-R''x; filename=good.pdf",
            Some("good.pdf"),
        ),
        ("attachment; filename=\"a;b.pdf\"", Some("a;b.pdf")),
        ("attachment; filename=\"never closed", Some("never closed")),
        ("attachment", None),
        ("inline; filename=", None),
        ("inline; filename=\"\"", None),
    ] {
        assert_eq!(name_of(disposition).as_deref(), name, "{disposition}");
    }
}

#[test]
fn no_name_leaves_the_directory_or_does_harm() {
    for (sent, name) in [
        ("../../etc/passwd", Some("passwd")),
        ("C:\\Windows\\system.ini", Some("system.ini")),
        ("..\\..\\up.txt", Some("up.txt")),
        ("/", None),
        ("..", None),
        ("a/..", None),
        (".bashrc", Some("bashrc")),
        (". . hidden", Some("hidden")),
        ("trailing. . ", Some("trailing")),
        ("CON", Some("_CON")),
        ("nul.txt", Some("_nul.txt")),
        ("com1.tar.gz", Some("_com1.tar.gz")),
        ("company.txt", Some("company.txt")),
        ("com0", Some("com0")),
        ("a:b*c?.pdf", Some("a_b_c_.pdf")),
        ("a\u{202e}fdp.exe", Some("afdp.exe")),
    ] {
        assert_eq!(safe(sent).as_deref(), name, "{sent}");
    }
}

#[test]
fn a_long_name_keeps_its_extension() {
    let name = safe(&format!("{}.pdf", "ü".repeat(300))).unwrap();
    assert!(name.len() <= LONGEST && name.ends_with("ü.pdf"), "{name}");
    let name = safe(&format!("a.{}", "x".repeat(300))).unwrap();
    assert_eq!(name.len(), LONGEST);
}

proptest! {
    #[test]
    fn any_header_gives_a_safe_name_or_none(disposition in "[^\\x00-\\x1f\\x7f]*") {
        if let Some(name) = name_of(&disposition) {
            prop_assert!(!name.is_empty() && name.len() <= LONGEST + 1);
            prop_assert!(!name.contains(['/', '\\', ':']) && !name.starts_with('.'));
            prop_assert!(!name.chars().any(char::is_control));
            prop_assert_eq!(std::path::Path::new(&name).file_name().unwrap().to_str(), Some(name.as_str()));
        }
    }

    #[test]
    fn a_name_that_is_safe_stays_as_it_is(name in "[a-z0-9äé_-]{1,30}(\\.[a-z]{1,4})?") {
        let stem = name.split('.').next().unwrap();
        prop_assume!(!is_a_device(stem));
        prop_assert_eq!(safe(&name), Some(name));
    }
}
