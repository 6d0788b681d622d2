//! Extensions, calls and messages, read as a person reads them.

use serde_json::json;

use crate::support::{Home, Platform, assert_session};

#[test]
fn extensions_are_listed_and_shown() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();

    assert_session!(home, home.run(&["extension", "list"]), @r#"
    exit 0
    --- stdout
    EXT  NAME             TYPE          STATUS        EMAIL                        ID
    101  Ada Quill        User          Enabled       ada.quill@example.com        810000101
    102  Ben Osei         User          Enabled       ben.osei@example.com         810000102
    103  Chloé Fontaine   User          Enabled       chloe.fontaine@example.com   810000103
    104  Dmitri Vale      User          Enabled       dmitri.vale@example.com      810000104
    105  Eve Tanaka       User          Enabled       eve.tanaka@example.com       810000105
    106  Farid Noor       User          Disabled      farid.noor@example.com       810000106
    107  Grace Lindqvist  User          NotActivated  grace.lindqvist@example.com  810000107
    108  Office Fax       FaxUser       Enabled                                    810000108
    201  Orders           Department    Enabled                                    810000201
    202  Support          Department    Enabled                                    810000202
    301  Main Menu        IvrMenu       Enabled                                    810000301
    401  After Hours      Voicemail     Enabled                                    810000401
    402  Opening Hours    Announcement  Enabled                                    810000402
    501  Lobby Phone      Limited       Enabled                                    810000501
    601  Roastery Site    Site          Enabled                                    810000601
         Unassigned       User          Unassigned                                 810000901
    "#);
    assert_session!(home, home.run(&["extension", "show"]), @r#"
    exit 0
    --- stdout
    name       Ada Quill
    extension  101
    type       User
    status     Enabled
    company    Example Coffee Roasters
    email      ada.quill@example.com
    phone      +16505550101
    id         810000101
    "#);
    let users = home
        .run(&["extension", "list", "--type", "Department", "--json"])
        .succeeded()
        .json();
    for extension in users.as_array().unwrap() {
        assert_eq!(extension["type"], "Department");
    }
    assert_session!(home, home.run(&["extension", "list", "--limit", "1"]), @r#"
    exit 0
    --- stdout
    EXT  NAME       TYPE  STATUS   EMAIL                  ID
    101  Ada Quill  User  Enabled  ada.quill@example.com  810000101
    "#);
    assert_session!(home, home.run(&["extension", "show", "1"]), @r#"
    exit 1
    --- stderr
    error: RingCentral refused the request (HTTP 404, CMN-102): Resource for parameter [extensionId] is not found
      request [ID], profile "default"
      try: ringcentral extension list   (the ID is its last column)
    "#);
}

#[test]
fn calls_and_messages_are_listed() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();

    let calls = home.run(&[
        "call-log",
        "list",
        "--account",
        "--from",
        "30d",
        "--limit",
        "150",
        "--json",
    ]);
    let calls = calls.succeeded().json();
    assert_eq!(
        calls.as_array().unwrap().len(),
        150,
        "more than a page, no more than the limit"
    );
    let inbound = home
        .run(&[
            "call-log",
            "list",
            "--from",
            "30d",
            "--direction",
            "inbound",
            "--json",
        ])
        .succeeded()
        .json();
    assert!(!inbound.as_array().unwrap().is_empty());
    for call in inbound.as_array().unwrap() {
        assert_eq!(call["direction"], "Inbound");
    }
    let table = home
        .run(&["call-log", "list", "--from", "30d", "--limit", "3"])
        .succeeded();
    assert_eq!(table.stdout.lines().count(), 4, "{table:?}");
    assert!(table.stdout.starts_with("START"), "{table:?}");
    assert!(table.stderr.contains("--limit"), "{table:?}");

    let messages = home
        .run(&["message", "list", "--from", "30d", "--type", "SMS", "--json"])
        .succeeded()
        .json();
    assert!(!messages.as_array().unwrap().is_empty());
    let none = home.run(&["call-log", "list", "--from", "2001-01-01", "--to", "2001-01-02"]);
    assert_session!(home, none, @r#"
    exit 0
    --- stderr
    No calls in that time
    "#);
    let none = home.run(&[
        "call-log",
        "list",
        "--from",
        "2001-01-01",
        "--to",
        "2001-01-02",
        "--json",
    ]);
    assert_eq!(none.json(), json!([]));
}

#[test]
fn a_text_is_sent_and_found_again() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let to = platform.value("RC_TO");
    let sent = home
        .run(&["sms", "send", "--to", to, "--text", "from the settings", "--json"])
        .succeeded()
        .json();
    assert_eq!(sent["from"]["phoneNumber"], platform.value("RC_FROM"));
    let from_pipe = home
        .run_with_input(&["sms", "send", "--to", to, "--text", "-"], "from a pipe\n")
        .succeeded();
    assert!(
        from_pipe
            .stdout
            .starts_with("Sent from +16505550101 to +16505550102"),
        "{from_pipe:?}"
    );
    let listed = home
        .run(&[
            "message",
            "list",
            "--type",
            "SMS",
            "--direction",
            "Outbound",
            "--json",
        ])
        .json();
    let texts: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["subject"].clone())
        .collect();
    assert!(
        texts.contains(&json!("from the settings")) && texts.contains(&json!("from a pipe")),
        "{texts:?}"
    );
}

#[test]
fn without_a_number_the_first_that_can_send_is_taken() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let ran = home.run_with(
        &["sms", "send", "--to", "+16505550102", "--text", "hi", "--json"],
        &[("RC_FROM", "")],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let without = std::fs::read_to_string(home.path(".env"))
        .unwrap()
        .replace("RC_FROM=", "RC_OTHER=");
    home.write(".env", &without);
    let ran = home
        .run(&["sms", "send", "--to", "+16505550102", "--text", "hi", "--json"])
        .succeeded();
    assert_eq!(ran.json()["from"]["phoneNumber"], platform.value("RC_FROM"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_sent() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    for arguments in [
        &["--to", "555-0102", "--text", "hi"][..],
        &["--to", "+16505550102", "--from", "nonsense", "--text", "hi"],
        &["--to", "+16505550102", "--text", ""],
        &["--to", "+16505550102", "--text", "-"],
    ] {
        let ran = home.run(&[&["sms", "send"], arguments].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("nothing was sent"), "{ran:?}");
    }
    assert!(platform.requests("method=POST&path=*/sms").await.is_empty());
    let ran = home.run(&[
        "sms",
        "send",
        "--from",
        "+16505550199",
        "--to",
        "+16505550102",
        "--text",
        "hi",
    ]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_session!(home, ran, @r#"
    exit 1
    --- stderr
    error: RingCentral refused the request (HTTP 403, MSG-304): Phone number doesn't belong to extension
      +16505550199 may not send texts for this extension
      request [ID], profile "default"
      try: ringcentral api account/~/extension/~/phone-number   (look for SmsSender)
    "#);
}

#[tokio::test]
async fn a_lost_answer_is_not_sent_again() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let fault = json!({ "match": { "method": "POST", "path": "*/sms" }, "action": { "type": "drop-after" }, "times": 1 });
    platform.control("faults", &fault).await;
    let ran = home.run(&["sms", "send", "--to", "+16505550102", "--text", "once"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stderr.contains("message list"), "{ran:?}");
    assert_eq!(platform.requests("method=POST&path=*/sms").await.len(), 1);
}

#[tokio::test]
async fn a_limit_that_lasts_too_long_exits_5() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let fault = json!({ "match": { "path": "*/extension/~" }, "action": { "type": "status", "status": 429, "retryAfter": 60 } });
    platform.control("faults", &fault).await;
    let ran = home.run(&["whoami", "--max-wait", "1s"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stderr.contains("--max-wait"), "{ran:?}");
    let ran = home.run(&["whoami", "--max-wait", "1s", "--json"]);
    assert_eq!(ran.error_json()["error"]["kind"], "rate_limited", "{ran:?}");
}

#[test]
fn a_permission_that_is_missing_is_told_with_the_request() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let app = [
        ("RC_CLIENT_ID", "EMU-limited-app"),
        ("RC_CLIENT_SECRET", "EMU-limited-app-secret"),
    ];
    home.run_with(&["login", "--password"], &app).succeeded();
    let ran = home.run_with(&["call-log", "list"], &app);
    assert_session!(home, ran, @r#"
    exit 1
    --- stderr
    error: RingCentral refused the request (HTTP 403, CMN-401): In order to call this API endpoint, application needs to have [ReadCallLog] permission
      request [ID], profile "default"
      try: give the app that permission in the developer portal, then log in again
    "#);
}
