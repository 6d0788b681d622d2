//! `api`: any endpoint, pages, bodies, and a token that stays at home.

use serde_json::{Value, json};

use crate::support::{Home, Platform, Ran, assert_session};

fn records(ran: &Ran) -> Vec<Value> {
    ran.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn logged_in(platform: &Platform) -> Home {
    let home = Home::with(platform);
    home.log_in();
    home
}

#[tokio::test]
async fn pages_become_one_list_or_a_stream_of_records() {
    let platform = Platform::start();
    let home = logged_in(&platform);
    let arguments = ["api", "account/~/extension", "-f", "perPage=4"];
    let first = home.run(&arguments).succeeded().json();
    assert_eq!(first["records"].as_array().unwrap().len(), 4);
    let total = first["paging"]["totalElements"].as_u64().unwrap();
    assert!(total > 4);

    let all = home
        .run(&[&arguments[..], &["--paginate"]].concat())
        .succeeded()
        .json();
    assert_eq!(all["records"].as_array().unwrap().len() as u64, total);
    let lines = home
        .run(&[&arguments[..], &["--paginate", "--ndjson"]].concat())
        .succeeded();
    assert_eq!(records(&lines), all["records"].as_array().unwrap().clone());
    let one_page = home.run(&[&arguments[..], &["--ndjson"]].concat()).succeeded();
    assert_eq!(records(&one_page).len(), 4);
    let pages = platform.requests("method=GET&path=*/extension").await;
    assert!(
        pages.len() as u64 >= 2 * total.div_ceil(4),
        "every page was fetched: {}",
        pages.len()
    );
}

#[tokio::test]
async fn what_is_printed_counts_when_a_later_page_fails() {
    let platform = Platform::start();
    let home = logged_in(&platform);
    // The first page passes, the second is refused.
    let arguments = [
        "api",
        "account/~/extension",
        "-f",
        "perPage=4",
        "--paginate",
        "--ndjson",
    ];
    let second = json!({ "match": { "path": "/restapi/v1.0/account/*/extension", "method": "GET" },
                         "action": { "type": "status", "status": 400 } });
    let first = home
        .run(&["api", "account/~/extension", "-f", "perPage=4"])
        .succeeded()
        .json();
    let next = first["navigation"]["nextPage"]["uri"]
        .as_str()
        .unwrap()
        .to_owned();
    // The platform's links name the account by its number, the first request by `~`: that tells them apart.
    assert!(!next.contains("/account/~/"), "{next}");
    let account = next.split("/account/").nth(1).unwrap().split('/').next().unwrap();
    let mut second = second;
    second["match"]["path"] = json!(format!("/restapi/v1.0/account/{account}/extension*"));
    platform.control("faults", &second).await;

    let ran = home.run(&arguments);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert_eq!(records(&ran).len(), 4);
    assert!(
        ran.stderr.contains("4 records are printed") && ran.stderr.contains("go on with: ringcentral api '"),
        "{ran:?}"
    );
    let whole = home.run(&["api", "account/~/extension", "-f", "perPage=4", "--paginate"]);
    assert_eq!(
        (whole.code, whole.stdout.as_str()),
        (1, ""),
        "half a document is none"
    );
}

#[tokio::test]
async fn methods_fields_bodies_and_headers() {
    let platform = Platform::start();
    let home = logged_in(&platform);
    let sms = "account/~/extension/~/sms";
    let fields = [
        "-F",
        "from={\"phoneNumber\":\"+16505550101\"}",
        "-F",
        "to=[{\"phoneNumber\":\"+16505550102\"}]",
        "-f",
        "text=by field",
    ];
    // -F makes it a POST, and then -f is a part of the body.
    let ran = home.run(&[&["api", sms][..], &fields].concat()).succeeded();
    assert_eq!(ran.json()["subject"], "by field");

    let body = json!({ "from": { "phoneNumber": "+16505550101" }, "to": [{ "phoneNumber": "+16505550102" }], "text": "by file" });
    home.write("body.json", &body.to_string());
    let ran = home
        .run(&["api", "POST", sms, "--input", "body.json"])
        .succeeded();
    assert_eq!(ran.json()["subject"], "by file");
    let ran = home
        .run_with_input(&["api", sms, "--input", "-"], &body.to_string())
        .succeeded();
    assert_eq!(ran.json()["subject"], "by file");

    let id = ran.json()["id"].to_string();
    let ran = home
        .run(&[
            "api",
            "DELETE",
            &format!("account/~/extension/~/message-store/{id}"),
        ])
        .succeeded();
    assert_eq!(ran.stdout, "");

    let ran = home
        .run(&["api", "-i", "account/~/extension/~", "-H", "Accept-Language: en"])
        .succeeded();
    assert!(ran.stdout.starts_with("HTTP 200 OK\n"), "{ran:?}");
    assert!(ran.stdout.contains("\nx-rate-limit-group: "), "{ran:?}");
    let body = ran.stdout.split("\n\n").nth(1).unwrap();
    assert!(serde_json::from_str::<Value>(body).is_ok());
}

#[tokio::test]
async fn the_token_does_not_leave_its_platform() {
    let platform = Platform::start();
    let home = logged_in(&platform);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let other = format!("http://{}/restapi/v1.0/account/~", listener.local_addr().unwrap());
    for address in [
        other.as_str(),
        "https://evil.example.com/restapi/v1.0/account/~",
        "//evil.example.com/restapi",
        &platform.url().replace("127.0.0.1", "127.0.0.1.evil.example.com"),
    ] {
        let ran = home.run(&["api", address]);
        assert_eq!(ran.code, 2, "{address} {ran:?}");
        assert!(ran.stderr.contains("nothing was sent"), "{ran:?}");
    }
    let asked = listener.accept().map_err(|error| error.kind());
    assert_eq!(
        asked.err(),
        Some(std::io::ErrorKind::WouldBlock),
        "the other server was asked"
    );
    let own = format!("{}/restapi/v1.0/account/~", platform.url());
    home.run(&["api", &own]).succeeded();
}

#[test]
fn refusals_are_told_with_code_and_request() {
    let platform = Platform::start();
    let home = logged_in(&platform);
    assert_session!(home, home.run(&["api", "account/~/extension/1"]), @r#"
    exit 1
    --- stderr
    error: RingCentral refused the request (HTTP 404, CMN-102): Resource for parameter [extensionId] is not found
      request [ID], profile "default"
      try: ringcentral explain CMN-102
    "#);
    let ran = home.run(&["api", "account/~/extension/1", "--json"]);
    let error = &ran.error_json()["error"];
    assert_eq!((ran.code, &error["status"]), (1, &json!(404)));
    assert!(
        error["code"]
            .as_str()
            .is_some_and(|code| code.starts_with("CMN-")),
        "{error}"
    );
    assert!(error["request_id"].is_string());
}

#[test]
fn mistakes_are_told_before_anything_is_sent() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_SERVER_URL=http://127.0.0.1:9\n");
    for (arguments, words) in [
        (&["POST"][..], "the path is missing"),
        (
            &["frobnicate", "account/~"],
            "the first of two arguments is the method",
        ),
        (&["POST", "x", "--paginate"], "GET only"),
        (&["GET", "x", "-F", "a=1"], "a GET has none"),
        (&["x", "-F", "a=b"], "not JSON"),
        (
            &["x", "-H", "Authorization: Bearer CANARY"],
            "the login puts its own",
        ),
        (&["x", "-f", "novalue"], "name=value"),
        (&["x", "--input", "a", "-F", "b=1"], "cannot be used with"),
    ] {
        let ran = home.run(&[&["api"], arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?} {ran:?}");
        assert!(ran.stderr.contains(words), "{arguments:?} {ran:?}");
    }
    let missing = home.run(&["api", "x", "--input", "no-such-file"]);
    assert_eq!(missing.code, 3);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let platform = Platform::start();
    let home = logged_in(&platform);
    let mut child = home
        .command(&[
            "api",
            "account/~/extension",
            "--paginate",
            "--ndjson",
            "-f",
            "perPage=2",
        ])
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}
