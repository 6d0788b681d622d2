use std::collections::HashSet;

use super::*;

/// Every code that the platform's documents name for what this crate does.
const NAMED: &str = "
    invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope access_denied
    login_required service_unavailable
    TokenInvalid TokenExpired InsufficientPermissions InvalidMultipartRequest
    OAU-101 OAU-102 OAU-105 OAU-106 OAU-108 OAU-109 OAU-110 OAU-111 OAU-112 OAU-113 OAU-116 OAU-117 OAU-119 OAU-120
    OAU-121 OAU-123 OAU-125 OAU-127 OAU-128 OAU-129 OAU-134 OAU-136 OAU-140 OAU-141 OAU-142 OAU-146 OAU-147 OAU-148
    OAU-149 OAU-150 OAU-151 OAU-153 OAU-163 OAU-164 OAU-165 OAU-167 OAU-168 OAU-210 OAU-211 OAU-213 OAU-232 OAU-236
    OAU-250 OAU-251 OAU-345 OAU-347
    AGW-401 AGW-402
    CMN-100 CMN-101 CMN-102 CMN-103 CMN-104 CMN-105 CMN-106 CMN-107 CMN-108 CMN-109 CMN-110 CMN-120 CMN-124 CMN-201
    CMN-202 CMN-203 CMN-301 CMN-302 CMN-303 CMN-304 CMN-310 CMN-401 CMN-402 CMN-403 CMN-404 CMN-405 CMN-406 CMN-407
    CMN-408 CMN-419 CMN-427
    BIL-101 BIL-103 ADG-122
    CLG-101 CLG-102 CLG-103 CLG-104 CLG-105 CLG-110
    MSG-240 MSG-241 MSG-242 MSG-243 MSG-245 MSG-246 MSG-247 MSG-290 MSG-304 MSG-305 MSG-309 MSG-310 MSG-314 MSG-316
    MSG-324 MSG-325 MSG-326 MSG-330 MSG-331 MSG-332 MSG-333 MSG-335 MSG-337 MSG-338 MSG-340 MSG-341 MSG-343 MSG-347
    MSG-348 MSG-349 MSG-350 MSG-351 MSG-352 MSG-365 MSG-367 MSG-380 MSG-381 MSG-384 MSG-390 MSG-397 MSG-403
    SMS-RC-413 SMS-RC-400 SMS-UP-400 SMS-CAR-400
    SUB-402 SUB-403 SUB-404 SUB-405 SUB-406 SUB-407 SUB-408 SUB-505 SUB-507 SUB-508 SUB-511 SUB-515 SUB-516 SUB-518
    SUB-520 SUB-521 SUB-522 SUB-523 SUB-524 SUB-525 SUB-527 SUB-528 SUB-530 SUB-531
    WSG-902 WSG-903 WSG-1005
";

#[test]
fn every_code_that_the_platform_names_is_explained() {
    let missing: Vec<&str> = NAMED
        .split_whitespace()
        .filter(|code| Explanation::of(code).is_none())
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn a_code_is_found_however_it_is_written() {
    for (written, code) in [
        ("CMN-408", "CMN-408"),
        ("cmn-408", "CMN-408"),
        ("CMN408", "CMN-408"),
        (" Cmn_408 ", "CMN-408"),
        ("InvalidGrant", "invalid_grant"),
        ("tokeninvalid", "TokenInvalid"),
        ("sms-rc-413", "SMS-RC-413"),
        ("SMS-RC-999", "SMS-RC-*"),
        ("SMSUP430", "SMS-UP-*"),
        ("SMS-CAR-4", "SMS-CAR-*"),
    ] {
        assert_eq!(
            Explanation::of(written).map(Explanation::code),
            Some(code),
            "{written}"
        );
    }
    for unknown in [
        "", "-", "*", "CMN-", "CMN-4080", "CMN-40", "SMS-", "SMS-XX-1", "408",
    ] {
        assert_eq!(Explanation::of(unknown), None, "{unknown}");
    }
}

#[test]
fn no_code_is_explained_twice_and_groups_stay_together() {
    let mut codes = HashSet::new();
    let mut groups = vec![""];
    for known in Explanation::all() {
        assert!(codes.insert(plain(known.code)), "{} twice", known.code);
        if groups.last() != Some(&known.group) {
            assert!(!groups.contains(&known.group), "{} is in two places", known.group);
            groups.push(known.group);
        }
    }
    assert!(codes.len() > 140, "{}", codes.len());
}

#[test]
fn the_texts_are_plain_sentences_that_end() {
    for known in Explanation::all() {
        let (code, texts) = (known.code, [known.meaning(), known.cause(), known.remedy()]);
        for text in texts {
            let begins_well = text.starts_with(|c: char| c.is_uppercase() || c == '`');
            assert!(begins_well && text.ends_with('.'), "{code}: {text}");
            assert!(text.is_ascii() && !text.contains("  "), "{code}: {text}");
            assert!(
                (12..=230).contains(&text.len()),
                "{code}: {} letters: {text}",
                text.len()
            );
        }
        assert!(known.meaning().len() <= 90, "{code}: one line of a list");
        assert_ne!(known.meaning(), known.cause(), "{code}");
        assert!(!known.group.is_empty(), "{code} stands in no group");
        assert!(
            known.statuses.iter().all(|status| (400..=599).contains(status)),
            "{code}"
        );
        // A remedy is something to do.
        let first = known.remedy().split([' ', ',']).next().unwrap();
        let verbs = [
            "Add",
            "Answer",
            "Ask",
            "Assign",
            "Begin",
            "Change",
            "Check",
            "Choose",
            "Compare",
            "Connect",
            "Copy",
            "Delete",
            "Enable",
            "Give",
            "Have",
            "Install",
            "Leave",
            "List",
            "Log",
            "Look",
            "Make",
            "Move",
            "On",
            "Open",
            "Put",
            "Read",
            "Refresh",
            "Register",
            "Remove",
            "Revoke",
            "Send",
            "Serve",
            "Split",
            "Start",
            "Subscribe",
            "Take",
            "Try",
            "Use",
            "Wait",
            "Write",
        ];
        assert!(verbs.contains(&first), "{code}: {first}");
    }
}

#[test]
fn a_damaged_catalogue_says_where() {
    for (text, place) in [
        ("CMN-1 | 400\nmeans: A.\ncause: B.", "CMN-1"),
        ("CMN-2 | many\nmeans: A.\ncause: B.\ndo: C.", "CMN-2"),
        ("CMN-3\n", "CMN-3"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(place), "{error}");
    }
    assert_eq!(parse("## Only a heading\n\n# and a remark").unwrap(), []);
}
