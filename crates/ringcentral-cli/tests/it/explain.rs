//! Error codes, explained as a person reads it.

use crate::support::{Home, Platform, assert_session};

#[test]
fn a_code_is_explained_however_it_is_written() {
    let home = Home::new();
    assert_session!(home, home.run(&["explain", "CMN-408"]), @"");
    let first = home.run(&["explain", "CMN-408"]).stdout;
    for written in ["cmn-408", "CMN408", "cmn_408"] {
        assert_eq!(
            home.run(&["explain", written]).succeeded().stdout,
            first,
            "{written}"
        );
    }
    assert_session!(home, home.run(&["explain", "oau213", "sms-rc-413", "SMS-CAR-400"]), @"");
}

#[test]
fn a_code_that_nobody_knows_leads_to_its_neighbours() {
    let home = Home::new();
    assert_session!(home, home.run(&["explain", "CMN-409"]), @"");
    assert_session!(home, home.run(&["explain", "CMN-102", "what is this"]), @"");
    let ran = home.run(&["explain", "nonsense", "--json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_eq!(ran.error_json()["error"]["kind"], "usage");
}

#[test]
fn without_a_code_all_are_listed_in_groups() {
    let home = Home::new();
    let ran = home.run(&["explain"]).succeeded();
    assert!(
        ran.stdout.starts_with("OAuth errors of the token endpoint"),
        "{ran:?}"
    );
    for line in [
        "\n\nPermissions and plans\n  CMN-401",
        "\n  CMN-408                    The user lacks a permission.\n",
        "\n  SMS-UP-*  ",
    ] {
        assert!(ran.stdout.contains(line), "{line:?} is missing: {}", ran.stdout);
    }
    let widest = ran.stdout.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 120, "{widest}");

    let all = home.run(&["explain", "--json"]).succeeded().json();
    assert!(all.as_array().unwrap().len() > 140);
    let one = home.run(&["explain", "CMN-102", "--json"]).succeeded().json();
    assert_eq!(one[0]["code"], "CMN-102");
    assert_eq!(one[0]["status"], serde_json::json!([404, 400]));
    for name in ["group", "means", "cause", "do"] {
        assert!(one[0][name].is_string(), "{name}");
    }
}

#[test]
fn a_refusal_points_to_its_explanation() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    assert_session!(home, home.run(&["api", "account/~/extension/~/message-store/1"]), @"");
    let ran = home.run(&["api", "account/~/extension/~/message-store/1", "--json"]);
    assert_eq!(ran.error_json()["error"]["try"][0], "ringcentral explain CMN-102");
}
