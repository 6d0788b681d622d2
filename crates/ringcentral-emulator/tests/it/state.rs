//! Snapshots, seeds, exports: where the state comes from and goes back to.

use reqwest::Method;
use ringcentral_emulator::{Emulator, EmulatorConfig, Seed, StartError};
use serde_json::{Value, json};

use crate::support::Lab;

const EXAMPLE: &str = include_str!("../../../../docs/emulator/seed-example.toml");

fn config() -> EmulatorConfig {
    EmulatorConfig::new().rate_limits(false).auto_approve("101")
}

async fn say(lab: &Lab, text: &str) {
    lab.control(Method::POST, "messages", &json!({ "text": text }))
        .await;
}

/// The texts of the default user's newest messages.
async fn texts(lab: &Lab, token: &Value) -> Vec<String> {
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let path = "/restapi/v1.0/account/~/extension/~/message-store?perPage=3";
    let list = lab.get(path, &[("authorization", &bearer)]).await;
    assert_eq!(list.status, 200, "{}", list.text);
    let records = list.json()["records"].as_array().expect("a list").clone();
    records
        .iter()
        .filter_map(|record| record["subject"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn a_snapshot_brings_everything_back_as_often_as_wanted() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    say(&lab, "before").await;
    lab.control(Method::PATCH, "settings", &json!({"codeSeconds": 7}))
        .await;
    let time = lab.control(Method::GET, "clock", &Value::Null).await;
    let snapshot = lab
        .try_control(Method::POST, "snapshots", &json!({"name": "signed-in"}))
        .await;
    assert_eq!(snapshot.status, 201, "{}", snapshot.text);
    assert_eq!(
        (&snapshot.json()["name"], &snapshot.json()["time"]),
        (&json!("signed-in"), &time["now"])
    );
    for _ in 0..2 {
        say(&lab, "after").await;
        lab.control(Method::PATCH, "settings", &json!({"codeSeconds": 8}))
            .await;
        lab.control(Method::POST, "faults", &json!({"action": {"type": "malformed"}}))
            .await;
        lab.advance("2h").await;
        lab.control(Method::DELETE, "sessions", &Value::Null).await;
        lab.control(Method::POST, "snapshots/signed-in/restore", &Value::Null)
            .await;
        assert_eq!(lab.control(Method::GET, "clock", &Value::Null).await, time);
        assert_eq!(
            lab.api(&token).await.status,
            200,
            "the token lives as long as it did then"
        );
        assert_eq!(texts(&lab, &token).await[0], "before");
        let settings = lab.control(Method::GET, "settings", &Value::Null).await;
        assert_eq!(settings["codeSeconds"], 7);
        assert_eq!(
            lab.control(Method::GET, "faults", &Value::Null).await["records"],
            json!([])
        );
        lab.advance("59m").await;
        assert_eq!(lab.api(&token).await.status, 200);
        lab.advance("1m").await;
        assert_eq!(lab.api(&token).await.code(), "OAU-128");
    }
    // A reset knows nothing of snapshots, and leaves them.
    lab.control(Method::POST, "reset", &Value::Null).await;
    assert_eq!(lab.api(&token).await.code(), "OAU-213");
    lab.control(Method::POST, "snapshots/signed-in/restore", &Value::Null)
        .await;
    assert_eq!(lab.api(&token).await.status, 200);
    lab.control(Method::DELETE, "snapshots/signed-in", &Value::Null)
        .await;
    assert_eq!(
        lab.control(Method::GET, "snapshots", &Value::Null).await["records"],
        json!([])
    );
}

/// Credentials and id tokens stay good over a restart and a reset after it.
#[tokio::test]
async fn the_signing_keys_outlive_a_restart_and_a_reset() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = config().data(directory.path());
    let lab = Lab::with(config.clone()).await;
    let jwt = lab.env("RC_JWT").to_owned();
    let keys = lab.get("/restapi/oauth/jwks", &[]).await.json();
    lab.emulator.stop().await;

    // No environment is asked for, so nothing has needed the keys before the reset.
    let emulator = Emulator::start(config.clone()).await.expect("it starts");
    emulator.reset().expect("stored");
    emulator.stop().await;

    let lab = Lab::with(config).await;
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", jwt.as_str()),
    ];
    assert_eq!(lab.token(&form).await.code(), "");
    assert_eq!(lab.get("/restapi/oauth/jwks", &[]).await.json(), keys);
}

/// A run that takes a data directory up is never earlier than the one before it was.
#[tokio::test]
async fn the_clock_goes_on_over_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = config().data(directory.path());
    let start = async || Emulator::start(config.clone()).await.expect("it starts");
    let day = std::time::Duration::from_secs(86_400);
    let emulator = start().await;
    emulator.advance(day).expect("stored");
    let before = emulator.now();
    emulator.stop().await;
    let emulator = start().await;
    let running = emulator.now();
    assert!(before <= running && running < before + day, "{before} {running}");
    emulator.freeze(true).expect("stored");
    let frozen = emulator.now();
    emulator.stop().await;
    let emulator = start().await;
    assert_eq!(emulator.now(), frozen, "it still stands");
    emulator.freeze(false).expect("stored");
    assert!(frozen <= emulator.now());
}

#[tokio::test]
async fn snapshot_calls_that_make_no_sense_are_told_why() {
    let lab = Lab::new().await;
    lab.control(Method::POST, "snapshots", &json!({"name": "here"}))
        .await;
    for (method, call, body, status, field) in [
        (Method::POST, "snapshots", json!({}), 400, "name"),
        (Method::POST, "snapshots", json!({"name": 5}), 400, "name"),
        (Method::POST, "snapshots", json!({"name": ""}), 400, "name"),
        (Method::POST, "snapshots", json!({"name": "../x"}), 400, "name"),
        (Method::POST, "snapshots", json!({"name": ".x"}), 400, "name"),
        (
            Method::POST,
            "snapshots",
            json!({"name": "x", "of": 1}),
            400,
            "of",
        ),
        (Method::POST, "snapshots/gone/restore", Value::Null, 404, "name"),
        (Method::DELETE, "snapshots/gone", Value::Null, 404, "name"),
    ] {
        let answer = lab.try_control(method, call, &body).await;
        assert_eq!(
            (answer.status, answer.json()["field"].as_str()),
            (status, Some(field)),
            "{call} {body}: {}",
            answer.text
        );
        if status == 404 {
            assert_eq!(answer.json()["allowed"], json!(["here"]), "{}", answer.text);
        }
    }
    for at in 1..100 {
        lab.control(Method::POST, "snapshots", &json!({ "name": format!("s{at}") }))
            .await;
    }
    let one_more = lab
        .try_control(Method::POST, "snapshots", &json!({"name": "one-more"}))
        .await;
    assert_eq!(one_more.status, 409, "{}", one_more.text);
    assert!(one_more.text.contains("delete one first"), "{}", one_more.text);
    lab.control(Method::POST, "snapshots", &json!({"name": "s7"}))
        .await;
}

#[tokio::test]
async fn snapshots_in_a_data_directory_outlive_the_emulator() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = config().data(directory.path());
    let lab = Lab::with(config.clone()).await;
    let token = lab.log_in().await;
    lab.control(Method::POST, "snapshots", &json!({"name": "kept"}))
        .await;
    let before = lab.control(Method::GET, "snapshots", &Value::Null).await;
    lab.control(Method::DELETE, "sessions", &Value::Null).await;
    lab.emulator.stop().await;

    let lab = Lab::with(config).await;
    assert_eq!(lab.control(Method::GET, "snapshots", &Value::Null).await, before);
    assert_eq!(lab.api(&token).await.code(), "OAU-213");
    lab.control(Method::POST, "snapshots/kept/restore", &Value::Null)
        .await;
    assert_eq!(lab.api(&token).await.status, 200);
}

/// Neither the world nor another snapshot writes into a snapshot, in memory or in files.
#[tokio::test]
async fn a_snapshot_is_nobody_elses_data() {
    let directory = tempfile::tempdir().expect("a directory");
    for config in [config(), config().data(directory.path())] {
        let lab = Lab::with(config).await;
        let token = lab.log_in().await;
        for text in ["one", "two"] {
            say(&lab, text).await;
            lab.control(Method::POST, "snapshots", &json!({ "name": text }))
                .await;
        }
        for name in ["one", "two", "one", "one", "two"] {
            say(&lab, "later").await;
            lab.control(Method::POST, &format!("snapshots/{name}/restore"), &Value::Null)
                .await;
            assert_eq!(texts(&lab, &token).await[0], name);
        }
        lab.emulator.stop().await;
    }
}

#[tokio::test]
async fn a_seed_is_what_clients_meet() {
    let seed = Seed::parse(EXAMPLE).expect("the example");
    let lab = Lab::with(config().seed(seed)).await;
    assert_eq!(
        lab.control(Method::GET, "clock", &Value::Null).await["now"]
            .as_str()
            .map(|now| &now[..16]),
        Some("2026-11-02T09:00")
    );
    assert_eq!(
        (
            lab.env("RC_CLIENT_ID"),
            lab.env("RC_PUBLIC_CLIENT_ID"),
            lab.env("RC_EXTENSION")
        ),
        ("EMU-shop", "EMU-shop-mobile", "101")
    );
    let shop = Some(("EMU-shop", "EMU-shop-secret"));
    let password = |username: &'static str, password: &'static str| {
        [
            ("grant_type", "password"),
            ("username", username),
            ("password", password),
        ]
    };
    // Who may log in, and as what.
    for (user, secret, code, main_number) in [
        ("ada@example.com", "Flowers-101!", "", "16505550100"),
        ("+16505550102", "Flowers-102!", "", "16505550100"),
        ("+16505550100*103", "Flowers-103!", "OAU-147", ""),
        ("+16505550100*105", "Flowers-105!", "OAU-141", ""),
        ("+16505550101", "wrong", "OAU-140", ""),
        ("fay@example.com", "Logistics-101!", "", "13035550100"),
        ("+13035550100*101", "Logistics-101!", "", "13035550100"),
    ] {
        let answer = lab.token_as(shop, &password(user, secret)).await;
        assert_eq!(answer.code(), code, "{user}: {}", answer.text);
        if code.is_empty() {
            assert_eq!(answer.json()["expires_in"], 1800, "the seed's setting");
            let account = lab.api(&answer.json()).await.json();
            let number = account["mainNumber"].as_str().unwrap_or_default();
            assert_eq!(number.trim_start_matches('+'), main_number, "{account}");
        }
    }
    // What a user may do is what the seed says.
    let bela = lab
        .token_as(shop, &password("+16505550102", "Flowers-102!"))
        .await
        .json();
    let bearer = format!("Bearer {}", bela["access_token"].as_str().expect("a token"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let sms = json!({
        "from": {"phoneNumber": "+16505550102"}, "to": [{"phoneNumber": "+12125550147"}], "text": "Hi",
    });
    let path = "/restapi/v1.0/account/~/extension/~/sms";
    let answer = lab
        .send(Method::POST, path, &headers, sms.to_string())
        .await
        .expect("an answer");
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "CMN-408"),
        "{}",
        answer.text
    );
    let log = lab
        .get(
            "/restapi/v1.0/account/~/extension/~/call-log?dateFrom=2026-10-01",
            &headers,
        )
        .await;
    let results: Vec<Value> = log.json()["records"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| record["result"].clone())
        .collect();
    assert_eq!(results, ["Call connected", "Voicemail"]);
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let lab = Lab::with(config().seed(Seed::parse(EXAMPLE).expect("the example"))).await;
    let log_in = async |user: &str, password: &str| {
        let form = [
            ("grant_type", "password"),
            ("username", user),
            ("password", password),
        ];
        let token = lab
            .token_as(Some(("EMU-shop", "EMU-shop-secret")), &form)
            .await
            .json();
        format!("Bearer {}", token["access_token"].as_str().expect("a token"))
    };
    let ada = log_in("ada@example.com", "Flowers-101!").await;
    let fay = log_in("fay@example.com", "Logistics-101!").await;
    let read = async |bearer: &str, path: &str| lab.get(path, &[("authorization", bearer)]).await;
    let flowers = read(&ada, "/restapi/v1.0/account/~/extension").await.json();
    let logistics = read(&fay, "/restapi/v1.0/account/~/extension").await.json();
    let count = |list: &Value| list["records"].as_array().map(Vec::len);
    assert_eq!((count(&flowers), count(&logistics)), (Some(6), Some(1)));
    let id = logistics["records"][0]["id"].to_string();
    for path in [
        format!("/restapi/v1.0/account/~/extension/{id}"),
        format!("/restapi/v1.0/account/~/extension/{id}/call-log"),
        format!("/restapi/v1.0/account/~/extension/{id}/message-store"),
    ] {
        assert_eq!(read(&fay, &path).await.status, 200, "{path}");
        assert_eq!(read(&ada, &path).await.status, 404, "{path}");
    }
    let year = "/restapi/v1.0/account/~/call-log?dateFrom=2025-10-01&perPage=1000";
    assert_eq!(count(&read(&fay, year).await.json()), Some(600));
    assert_eq!(count(&read(&ada, year).await.json()), Some(5));
}

#[tokio::test]
async fn an_export_can_be_imported_elsewhere() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    say(&lab, "moved").await;
    let file = lab.get("/_emulator/export", &[]).await;
    assert_eq!(
        (file.status, file.header("content-type")),
        (200, "application/toml; charset=utf-8")
    );
    let elsewhere = Lab::new().await;
    let import = async |content_type: &str, text: String| {
        elsewhere
            .send(
                Method::POST,
                "/_emulator/import",
                &[("content-type", content_type)],
                text,
            )
            .await
            .expect("an answer")
    };
    assert_eq!(import("application/toml", file.text.clone()).await.status, 200);
    assert_eq!(elsewhere.api(&token).await.status, 200, "the token came along");
    assert_eq!(texts(&elsewhere, &token).await[0], "moved");
    elsewhere.control(Method::DELETE, "sessions", &Value::Null).await;
    elsewhere.control(Method::POST, "reset", &Value::Null).await;
    assert_eq!(
        elsewhere.api(&token).await.status,
        200,
        "a reset goes back to what was imported"
    );

    let without = lab.get("/_emulator/export?logins=false", &[]).await;
    assert!(!without.text.contains("EMU-at-") && without.text.contains("moved"));
    for (content_type, text, field) in [
        ("application/toml", "colour = 1".to_owned(), "colour"),
        ("application/toml", "\n\nnonsense".to_owned(), "(body)"),
        (
            "application/toml",
            "[rows]\ncalls = [{ seq = 1 }]".to_owned(),
            "rows.calls[0]",
        ),
        ("text/plain", file.text.clone(), "(body)"),
        ("application/json", "{}".to_owned(), "(body)"),
    ] {
        let answer = import(content_type, text).await;
        assert_eq!(
            (answer.status, answer.json()["field"].as_str()),
            (400, Some(field)),
            "{}",
            answer.text
        );
    }
    assert_eq!(
        elsewhere.api(&token).await.status,
        200,
        "what is refused changes nothing"
    );
    for call in ["export?login=false", "export?logins=no"] {
        assert_eq!(
            lab.try_control(Method::GET, call, &Value::Null).await.status,
            400,
            "{call}"
        );
    }
}

#[tokio::test]
async fn a_far_page_is_the_same_list() {
    let text = r#"
        start = "2026-11-02T09:00:00Z"
        frozen = true
        [[accounts]]
        company = "Example Logistics"
        main_number = "+13035550100"
        [[accounts.users]]
        extension = "101"
        first_name = "Fay"
        last_name = "Young"
        password = "Logistics-101!"
        number = "+13035550101"
        admin = true
        [[accounts.users]]
        extension = "102"
        first_name = "Gus"
        last_name = "Zell"
        password = "Logistics-102!"
        number = "+13035550102"
        [accounts.generate]
        calls = 700
        messages = 500
        days = 9
    "#;
    let lab = Lab::with(config().seed(Seed::parse(text).expect("a seed"))).await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let headers = [("authorization", bearer.as_str())];
    let ids = |page: &Value| -> Vec<Value> {
        let records = page["records"].as_array().expect("a list");
        records.iter().map(|record| record["id"].clone()).collect()
    };
    for (path, least) in [
        ("account/~/call-log?dateFrom=2026-10-01", 700),
        ("account/~/extension/~/call-log?dateFrom=2026-10-01", 200),
        (
            "account/~/call-log?dateFrom=2026-10-26T10:11:12Z&dateTo=2026-10-31T20:21:22Z",
            300,
        ),
        ("account/~/call-log?dateFrom=2026-10-01&direction=Inbound", 200),
        (
            "account/~/call-log?dateFrom=2026-10-01&direction=Outbound&type=Voice",
            200,
        ),
        ("account/~/call-log?dateFrom=2026-10-01&type=Fax", 0),
        ("account/~/call-log?dateFrom=2026-10-01&recordingType=All", 20),
        ("account/~/extension/~/message-store?dateFrom=2026-10-01", 100),
        (
            "account/~/extension/~/message-store?dateFrom=2026-10-27&direction=Inbound&readStatus=Read",
            30,
        ),
        (
            "account/~/extension/~/message-store?dateFrom=2026-10-01&readStatus=Unread",
            0,
        ),
        (
            "account/~/extension/~/message-store?dateFrom=2026-10-01&distinctConversations=true",
            20,
        ),
    ] {
        let path = format!("/restapi/v1.0/{path}");
        let whole = lab.get(&format!("{path}&perPage=1000"), &headers).await.json();
        let all = ids(&whole);
        assert!(all.len() >= least, "{path}: {}", all.len());
        let mut walked = Vec::new();
        for number in 1.. {
            let page = lab
                .get(&format!("{path}&perPage=37&page={number}"), &headers)
                .await
                .json();
            if let Some(total) = page["paging"]["totalElements"].as_u64() {
                assert_eq!(usize::try_from(total).ok(), Some(all.len()), "{path}");
            }
            walked.extend(ids(&page));
            if page["navigation"]["nextPage"].is_null() {
                break;
            }
        }
        assert_eq!(walked, all, "{path}");
        let beyond = lab.get(&format!("{path}&perPage=37&page=90"), &headers).await;
        assert_eq!((beyond.status, ids(&beyond.json())), (200, Vec::new()), "{path}");
    }
}

#[tokio::test]
async fn a_seed_that_cannot_be_planted_starts_nothing() {
    let seed = Seed::parse("[rows]\ncalls = [{ seq = 1 }]").expect("it can be read");
    let error = Emulator::start(config().seed(seed))
        .await
        .expect_err("it cannot be planted");
    assert!(matches!(error, StartError::Seed(_)), "{error:?}");
    let error = Emulator::start(
        config()
            .auto_approve("102")
            .seed(Seed::parse(EXAMPLE).expect("the example")),
    )
    .await
    .map(|emulator| emulator.users().len());
    assert_eq!(error.ok(), Some(3), "those who may log in at once");
}

#[tokio::test]
async fn the_handle_does_what_the_control_api_does() {
    let start = "2030-01-01T00:00:00Z".parse().expect("a time");
    let emulator = Emulator::start(config().starts_at(start))
        .await
        .expect("it starts");
    emulator.freeze(true).expect("stored");
    let began = emulator.now();
    assert_eq!(began.duration_since(start).as_secs(), 0);
    emulator.snapshot("first").expect("taken");
    emulator
        .advance(std::time::Duration::from_secs(3600))
        .expect("stored");
    assert_eq!(emulator.now().duration_since(began).as_secs(), 3600);
    emulator.restore("first").expect("it is there");
    assert_eq!(emulator.now(), began);
    assert!(emulator.restore("second").is_err() && emulator.snapshot("a/b").is_err());
    assert!(emulator.export().expect("small").contains("Ada"));
    emulator.reset().expect("stored");
    assert_eq!(emulator.now().duration_since(start).as_secs(), 0);
}

const WITHOUT_101: &str = r#"
[[accounts]]
company = "Example Books"
main_number = "+12125550150"

[[accounts.users]]
extension = "EXT"
first_name = "Nora"
last_name = "Winter"
password = "Books-101!"
number = "+12125550151"
"#;

/// Everything is approved as 101; data without that user would bring the pages back without a word.
#[tokio::test]
async fn a_seed_without_the_user_to_approve_as_is_refused() {
    let lab = Lab::new().await;
    let import = async |extension: &str| {
        let text = WITHOUT_101.replace("EXT", extension);
        lab.send(
            Method::POST,
            "/_emulator/import",
            &[("content-type", "application/toml")],
            text,
        )
        .await
        .expect("an answer")
    };
    let refused = import("102").await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let error = refused.json()["error"].as_str().expect("words").to_owned();
    assert!(
        error.contains("no user 101") && error.contains("102 (Nora Winter)"),
        "{error}"
    );
    lab.code("EMU-web-app", &[]).await;
    // The same extension of another company is somebody else, and is approved as such.
    let imported = import("101").await;
    assert_eq!(imported.status, 200, "{}", imported.text);
    let code = lab.code("EMU-web-app", &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", crate::support::REDIRECT),
    ];
    let token = lab.token(&form).await.json();
    let authorization = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let user = lab
        .get(
            "/restapi/v1.0/account/~/extension/~",
            &[("authorization", &authorization)],
        )
        .await;
    assert_eq!(user.json()["name"], "Nora Winter");
}

/// Keys and tokens are in these files.
#[cfg(unix)]
#[tokio::test]
async fn a_data_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = tempfile::tempdir().expect("a directory");
    let data = place.path().join("data");
    let emulator = Emulator::start(config().data(&data)).await.expect("it starts");
    emulator.snapshot("kept").expect("a snapshot");
    emulator
        .advance(std::time::Duration::from_secs(1))
        .expect("something is written");
    let mut seen = 0;
    let mut directories = vec![data];
    while let Some(directory) = directories.pop() {
        let mode = |path: &std::path::Path| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700, "{}", directory.display());
        for entry in std::fs::read_dir(&directory).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 3, "{seen} files: the database, its log and the snapshot");
}
