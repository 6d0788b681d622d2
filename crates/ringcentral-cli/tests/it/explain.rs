//! Error codes, explained as a person reads it.

use crate::support::{Home, Platform, assert_session};

#[test]
fn a_code_is_explained_however_it_is_written() {
    let home = Home::new();
    assert_session!(home, home.run(&["explain", "CMN-408"]), @r#"
    exit 0
    --- stdout
    CMN-408 (HTTP 403)
    means      The user lacks a permission.
    cause      The user's role does not have the permission that the answer names. The application's
               permissions do not matter here.
    do         Ask the account's administrator to add the permission to the user's role. `ringcentral
               whoami` shows which user it is.
    "#);
    let first = home.run(&["explain", "CMN-408"]).stdout;
    for written in ["cmn-408", "CMN408", "cmn_408"] {
        assert_eq!(
            home.run(&["explain", written]).succeeded().stdout,
            first,
            "{written}"
        );
    }
    assert_session!(home, home.run(&["explain", "oau213", "sms-rc-413", "SMS-CAR-400"]), @r#"
    exit 0
    --- stdout
    OAU-213 (HTTP 400 or 401)
    means      The token is not known, or no longer.
    cause      It was used before (a refresh token is good once), was revoked, or fell out because the
               user logged in too often with this application.
    do         Log in again. If it comes back, look for a second program that refreshes the same login
               without sharing its store.

    SMS-RC-413
    means      The recipient does not want messages from this number.
    cause      The recipient has answered STOP.
    do         Take the number off the list. The recipient can come back by answering START.

    SMS-CAR-*
    means      The recipient's carrier refused the text message.
    cause      The phone is off for a long time, the number is no longer in use, or the carrier takes
               the text for spam.
    do         Check the number and change the text, then look the code up on the page of SMS errors in
               the developer guide.
    "#);
}

#[test]
fn a_code_that_nobody_knows_leads_to_its_neighbours() {
    let home = Home::new();
    assert_session!(home, home.run(&["explain", "CMN-409"]), @r#"
    exit 2
    --- stderr
    error: "CMN-409" is not in the catalogue of error codes
      near it: CMN-408, CMN-407, CMN-406
      try: ringcentral explain   (lists all that are)
      try: https://developers.ringcentral.com/guide/basics/errors   (the platform's own list)
    "#);
    assert_session!(home, home.run(&["explain", "CMN-102", "what is this"]), @r#"
    exit 2
    --- stdout
    CMN-102 (HTTP 404 or 400)
    means      What the request names does not exist, or not for this login.
    cause      The id is misspelled, belongs to another account, or the thing has been deleted.
    do         Look the id up again with the list next to it. `~` stands for one's own account and
               extension.
    --- stderr
    error: "what is this" is not in the catalogue of error codes
      try: ringcentral explain   (lists all that are)
      try: https://developers.ringcentral.com/guide/basics/errors   (the platform's own list)
    "#);
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
    assert_session!(home, home.run(&["api", "account/~/extension/~/message-store/1"]), @r#"
    exit 1
    --- stderr
    error: RingCentral refused the request (HTTP 404, CMN-102): Resource for parameter [messageId] is not found
      request [ID], profile "default"
      try: ringcentral explain CMN-102
    "#);
    let ran = home.run(&["api", "account/~/extension/~/message-store/1", "--json"]);
    assert_eq!(ran.error_json()["error"]["try"][0], "ringcentral explain CMN-102");
}
