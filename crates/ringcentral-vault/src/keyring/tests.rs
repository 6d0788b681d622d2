use proptest::prelude::*;

use super::*;

const ONE: &str = "1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

#[test]
fn the_first_key_seals_and_all_are_found_by_id() {
    let keys = Keyring::parse(&format!("7:{}, {ONE}", "_".repeat(42) + "8")).expect("parses");
    assert_eq!(keys.ids().collect::<Vec<_>>(), [7, 1]);
    assert_eq!(keys.sealing().id, 7);
    assert_eq!(*keys.sealing().bytes, [0xff; 32]);
    assert_eq!(*keys.get(1).expect("held").bytes, [1; 32]);
    assert!(keys.get(2).is_none());
}

#[test]
fn a_generated_ring_survives_its_text_form() {
    let keys = Keyring::generate(&ringcentral::OsEntropy);
    let again = Keyring::parse(&keys.to_secret_text()).expect("parses");
    assert_eq!(again.sealing().bytes, keys.sealing().bytes);
    assert_ne!(*again.sealing().bytes, [0; 32]);
    assert_eq!(*Keyring::from_key(3, [9; 32]).sealing().bytes, [9; 32]);
}

#[test]
fn what_does_not_parse_is_refused_without_being_repeated() {
    for (text, message) in [
        ("", "key 1 of the key ring is not of the form id:base64"),
        ("canary", "key 1 of the key ring is not of the form id:base64"),
        ("canary:AQEB", "the id of key 1 of the key ring is not a number"),
        ("-1:AQEB", "the id of key 1 of the key ring is not a number"),
        (
            "4294967296:AQEB",
            "the id of key 1 of the key ring is not a number",
        ),
        ("1:", "key 1 of the key ring is not 32 bytes of base64"),
        ("5:canary", "key 5 of the key ring is not 32 bytes of base64"),
        (
            "1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
            "key 1 of the key ring is not 32 bytes of base64",
        ),
        (
            &format!("{ONE},"),
            "key 2 of the key ring is not of the form id:base64",
        ),
        (&format!("{ONE},{ONE}"), "key id 1 comes twice in the key ring"),
    ] {
        let error = Keyring::parse(text).expect_err(text);
        assert_eq!(error.kind(), VaultErrorKind::Config, "{text}");
        assert_eq!(error.to_string(), message, "{text}");
        assert!(!format!("{error:?}").contains("canary"));
    }
}

#[test]
fn debug_shows_ids_only() {
    let shown = format!("{:?}", Keyring::parse(ONE).expect("parses"));
    assert_eq!(shown, "Keyring { ids: [1], .. }");
}

proptest! {
    #[test]
    fn parse_is_total(text in "[0-9a-zA-Z+/=_:,\\- ]{0,160}|\\PC{0,80}") {
        if let Ok(keys) = Keyring::parse(&text) {
            prop_assert!(keys.ids().count() > 0);
        }
    }
}
