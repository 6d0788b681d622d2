//! Worlds beside the emulator's own: nothing of one is seen in another, and nothing of them stays.

use std::collections::HashSet;
use std::path::Path;

use reqwest::Method;
use ringcentral_emulator::{Emulator, EmulatorConfig, Seed, StartError};
use serde_json::{Value, json};

use crate::fields;
use crate::support::{Lab, client, encode};

const BOOKS: &str = r#"
    [[accounts]]
    company = "Example Books"
    main_number = "+12125550150"
    [[accounts.users]]
    extension = "101"
    first_name = "Nora"
    last_name = "Winter"
    password = "Books-101!"
    number = "+12125550151"
"#;

/// A world of the lab's emulator.
struct Place {
    url: String,
    jwt: String,
    client: reqwest::Client,
}

impl Place {
    async fn make(lab: &Lab, body: Value) -> Self {
        let world = lab.control(Method::POST, "worlds", &body).await;
        Self::of(&world)
    }

    fn of(world: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let authority = world["environment"]["RC_CA_FILE"].as_str().map(Path::new);
        Self {
            url: text(&world["url"]),
            jwt: text(&world["environment"]["RC_JWT"]),
            client: client(authority.into_iter()),
        }
    }

    async fn control(&self, method: Method, call: &str, body: &Value) -> Value {
        let request = self
            .client
            .request(method, format!("{}/_emulator/{call}", self.url))
            .header("content-type", "application/json")
            .body(if body.is_null() {
                String::new()
            } else {
                body.to_string()
            });
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{call}: {}", answer.status());
        let text = answer.text().await.expect("a body");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    async fn log_in(&self) -> String {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", self.jwt.as_str()),
        ];
        let request = self
            .client
            .post(format!("{}/restapi/oauth/token", self.url))
            .basic_auth("EMU-web-app", Some("EMU-web-app-secret"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(crate::support::encode(&form));
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.expect("a body");
        fields::check_answer(
            &Method::POST,
            "/restapi/oauth/token",
            status,
            &headers,
            text.as_bytes(),
        );
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        answer["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    }

    /// What a control call shows.
    async fn shown(&self, call: &str) -> String {
        let url = format!("{}/_emulator/{call}", self.url);
        let answer = self.client.get(url).send().await.expect("an answer");
        let text = answer.text().await.expect("a body");
        // A clock that runs moves on by itself.
        let lines = text.lines().filter(|line| !line.starts_with("start = "));
        lines.collect::<Vec<_>>().join("\n")
    }

    async fn account(&self, token: &str) -> u16 {
        let request = self
            .client
            .get(format!("{}/restapi/v1.0/account/~", self.url))
            .bearer_auth(token);
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.expect("a body");
        fields::check_answer(&Method::GET, "/restapi/v1.0/account/~", status, &headers, &body);
        status
    }
}

#[tokio::test]
async fn two_worlds_do_not_see_each_other_in_anything() {
    let lab = Lab::with(EmulatorConfig::new().rate_limits(false)).await;
    let one = Place::make(&lab, json!({"name": "one"})).await;
    let two = Place::make(&lab, json!({})).await;
    let own = Place {
        url: lab.emulator.url().to_owned(),
        jwt: lab.env("RC_JWT").to_owned(),
        client: one.client.clone(),
    };
    let token = one.log_in().await;
    assert_eq!(one.account(&token).await, 200);

    // What is done in one world, and where it would show.
    let changes = [
        (
            Method::POST,
            "clock",
            json!({"set": "2040-01-01T00:00:00Z", "freeze": true}),
            "clock",
        ),
        (Method::PATCH, "settings", json!({"codeSeconds": 3}), "settings"),
        (
            Method::POST,
            "faults",
            json!({"action": {"type": "malformed"}}),
            "faults",
        ),
        (
            Method::POST,
            "messages",
            json!({"text": "only here"}),
            "export?logins=false",
        ),
        (
            Method::POST,
            "calls",
            json!({"from": "+12125550147"}),
            "export?logins=false",
        ),
        (Method::POST, "snapshots", json!({"name": "mine"}), "snapshots"),
    ];
    for place in [&two, &own] {
        place
            .control(Method::POST, "clock", &json!({"freeze": true}))
            .await;
    }
    for (method, call, body, seen_in) in changes {
        let before = (two.shown(seen_in).await, own.shown(seen_in).await);
        let here = one.shown(seen_in).await;
        one.control(method, call, &body).await;
        assert_ne!(one.shown(seen_in).await, here, "{call} does something");
        assert_eq!(
            (two.shown(seen_in).await, own.shown(seen_in).await),
            before,
            "{call}"
        );
    }
    one.control(Method::DELETE, "faults", &Value::Null).await;
    for place in [&two, &own] {
        assert_eq!(
            place.account(&token).await,
            401,
            "a token opens its own world only"
        );
        let requests = place.control(Method::GET, "requests", &Value::Null).await;
        let seen: HashSet<&str> = requests["records"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|record| record["path"].as_str())
            .collect();
        assert!(!seen.contains("/restapi/oauth/token"), "{seen:?}");
        let sessions = place.control(Method::GET, "sessions", &Value::Null).await;
        assert_eq!(sessions["records"], json!([]));
    }
    // A reset of one leaves the others alone.
    let token_of_two = two.log_in().await;
    one.control(Method::POST, "reset", &Value::Null).await;
    assert_eq!(two.account(&token_of_two).await, 200);
    assert_eq!(
        one.control(Method::GET, "settings", &Value::Null).await["codeSeconds"],
        60
    );
}

#[tokio::test]
async fn worlds_are_reached_as_the_emulator_is() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = EmulatorConfig::new()
        .rate_limits(false)
        .auto_approve("101")
        .tls(directory.path().join("tls"));
    let lab = Lab::with(config).await;
    let world = lab.control(Method::POST, "worlds", &json!({})).await;
    let place = Place::of(&world);
    assert!(place.url.starts_with("https://127.0.0.1:"), "{}", place.url);
    for name in [
        "RC_CA_FILE",
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ] {
        assert_eq!(world["environment"][name], lab.env(name), "one authority: {name}");
    }
    assert_eq!(world["environment"]["RC_SERVER_URL"], place.url);
    assert!(
        place.shown("").await.contains("RC_CA_FILE"),
        "the inspector has it to copy"
    );
    let token = place.log_in().await;
    assert_eq!(place.account(&token).await, 200);
    let stranger = client(std::iter::empty()).get(&place.url).send().await;
    assert!(stranger.is_err(), "who does not trust the authority is refused");
    // Approved without a page, in the world as in the emulator.
    let query = encode(&[
        ("response_type", "code"),
        ("client_id", "EMU-web-app"),
        ("redirect_uri", crate::support::REDIRECT),
    ]);
    let url = format!("{}/restapi/oauth/authorize?{query}", place.url);
    let answer = place.client.get(url).send().await.expect("an answer");
    let location = answer.headers()["location"].to_str().expect("text");
    assert!(location.contains("code=EMU-"), "{location}");
}

#[tokio::test]
async fn worlds_that_other_machines_reach_ask_for_the_control_token() {
    let emulator = Emulator::start(EmulatorConfig::new().listen("0.0.0.0:0").host("127.0.0.1"))
        .await
        .expect("it starts");
    let token = emulator.control_token().expect("there is one").to_owned();
    let guard = emulator.world().await.expect("there is room");
    assert_eq!(guard.control_token(), Some(token.as_str()));
    let http = client(std::iter::empty());
    let request = http
        .post(format!("{}/_emulator/worlds", emulator.url()))
        .bearer_auth(&token)
        .header("content-type", "application/json")
        .body("{}");
    let answer = request
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    let made: Value = serde_json::from_str(&answer).expect("JSON");
    let url = made["url"].as_str().expect("text");
    for url in [url, guard.url()] {
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        let status = format!("{url}/_emulator/status");
        for (sent, expected) in [
            (None, 401),
            (Some("EMU-control-wrong"), 401),
            (Some(token.as_str()), 200),
        ] {
            let mut request = http.get(&status);
            if let Some(sent) = sent {
                request = request.bearer_auth(sent);
            }
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), expected, "{url} {sent:?}");
        }
        // The platform itself is open.
        let version = http
            .get(format!("{url}/restapi/v1.0"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(version.status(), 200);
    }
}

#[tokio::test]
async fn a_clock_lets_happen_what_is_due_in_its_own_world() {
    let lab = Lab::with(EmulatorConfig::new().rate_limits(false)).await;
    let one = Place::make(&lab, json!({})).await;
    let two = Place::make(&lab, json!({})).await;
    for place in [&one, &two] {
        place
            .control(Method::POST, "clock", &json!({"freeze": true}))
            .await;
        place
            .control(Method::POST, "calls", &json!({"ring": 20, "result": "Missed"}))
            .await;
    }
    let still = one
        .control(Method::POST, "clock", &json!({"advance": "19s"}))
        .await;
    assert_eq!(still["fired"], json!([]));
    let moved = one
        .control(Method::POST, "clock", &json!({"advance": "1s"}))
        .await;
    assert_eq!(moved["fired"].as_array().map(Vec::len), Some(1), "{moved}");
    assert_eq!(
        (&moved["fired"][0]["kind"], &moved["fired"][0]["time"]),
        (&json!("call"), &moved["now"])
    );
    let state = async |place: &Place| {
        let calls = place.control(Method::GET, "calls", &Value::Null).await;
        calls["records"][0]["state"].clone()
    };
    assert_eq!(
        (state(&one).await, state(&two).await),
        (json!("Ended"), json!("Ringing"))
    );
}

#[tokio::test]
async fn each_world_signs_with_a_key_of_its_own() {
    let lab = Lab::with(EmulatorConfig::new().rate_limits(false)).await;
    let one = Place::make(&lab, json!({})).await;
    let two = Place::make(&lab, json!({})).await;
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", one.jwt.as_str()),
    ];
    for (place, status) in [(&one, 200), (&two, 400)] {
        let answer = place
            .client
            .post(format!("{}/restapi/oauth/token", place.url))
            .basic_auth("EMU-web-app", Some("EMU-web-app-secret"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(crate::support::encode(&form))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn rate_limits_are_each_worlds_own() {
    let lab = Lab::with(EmulatorConfig::new()).await;
    let one = Place::make(&lab, json!({})).await;
    let two = Place::make(&lab, json!({})).await;
    let (first, second) = (one.log_in().await, two.log_in().await);
    let mut limited = false;
    for _ in 0..60 {
        limited |= one.account(&first).await == 429;
    }
    assert!(limited);
    assert_eq!(two.account(&second).await, 200);
}

#[tokio::test]
async fn a_world_may_have_another_seed() {
    let lab = Lab::with(EmulatorConfig::new().rate_limits(false)).await;
    let object = json!({ "accounts": [{
        "company": "Example Books",
        "main_number": "+12125550150",
        "users": [{ "extension": "102", "first_name": "N", "last_name": "W", "password": "p" }],
    }]});
    for (seed, extension) in [(json!(7), "101"), (json!(BOOKS), "101"), (object, "102")] {
        let world = lab
            .control(
                Method::POST,
                "worlds",
                &json!({"seed": seed, "autoApprove": extension}),
            )
            .await;
        assert_eq!(world["environment"]["RC_EXTENSION"], extension, "{world}");
        let place = Place::of(&world);
        assert_eq!(place.account(&place.log_in().await).await, 200);
        place.control(Method::POST, "reset", &Value::Null).await;
        assert_eq!(
            place.account(&place.log_in().await).await,
            200,
            "a reset keeps the seed"
        );
    }
    for (body, status, field) in [
        (json!({"seed": "colour = 1"}), 400, "colour"),
        (json!({"seed": {"accounts": [{}]}}), 400, "accounts[0]"),
        (json!({"seed": null}), 400, "seed"),
        (json!({"name": "a b"}), 400, "name"),
        (json!({"autoApprove": "nobody"}), 400, "autoApprove"),
        (json!({"autoApprove": 1}), 400, "autoApprove"),
        (json!({"colour": 1}), 400, "colour"),
        (json!([]), 400, "(body)"),
    ] {
        let answer = lab.try_control(Method::POST, "worlds", &body).await;
        assert_eq!(
            (answer.status, answer.json()["field"].as_str()),
            (status, Some(field)),
            "{body}: {}",
            answer.text
        );
    }
    let left = lab.control(Method::GET, "worlds", &Value::Null).await;
    assert_eq!(
        left["records"].as_array().map(Vec::len),
        Some(3),
        "what is refused is not made"
    );
}

#[tokio::test]
async fn a_world_that_is_deleted_leaves_nothing() {
    let lab = Lab::with(EmulatorConfig::new()).await;
    let world = lab
        .control(Method::POST, "worlds", &json!({"name": "short"}))
        .await;
    assert_eq!(
        lab.control(Method::GET, "worlds/short", &Value::Null).await["url"],
        world["url"]
    );
    let again = lab
        .try_control(Method::POST, "worlds", &json!({"name": "short"}))
        .await;
    assert_eq!(
        (again.status, again.json()["field"].as_str()),
        (409, Some("name")),
        "{}",
        again.text
    );
    // A client that keeps its connection does not hold the world.
    let place = Place::of(&world);
    place.log_in().await;
    lab.control(Method::DELETE, "worlds/short", &Value::Null).await;
    let address = place.url.trim_start_matches("http://");
    std::net::TcpListener::bind(address).expect("the port is free");
    assert!(place.client.get(&place.url).send().await.is_err());
    for method in [Method::GET, Method::DELETE] {
        let gone = lab.try_control(method, "worlds/short", &Value::Null).await;
        assert_eq!(
            (gone.status, gone.json()["field"].as_str()),
            (404, Some("name")),
            "{}",
            gone.text
        );
    }
    lab.control(Method::POST, "worlds", &json!({"name": "short"}))
        .await;
    let wrong = lab.try_control(Method::PATCH, "worlds", &json!({})).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, POST"));
}

#[tokio::test]
async fn only_the_emulators_own_address_makes_worlds() {
    let lab = Lab::with(EmulatorConfig::new()).await;
    let place = Place::make(&lab, json!({})).await;
    let answer = place
        .client
        .post(format!("{}/_emulator/worlds", place.url))
        .header("content-type", "application/json")
        .body("{}")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.expect("a body").contains("own address"));
    // And no web page does, whichever world it comes from.
    let foreign = [
        ("origin", place.url.as_str()),
        ("content-type", "application/json"),
    ];
    for (method, path) in [
        (Method::POST, "/_emulator/worlds"),
        (Method::DELETE, "/_emulator/worlds/world-1"),
        (Method::GET, "/_emulator/export"),
        (Method::POST, "/_emulator/import"),
        (Method::POST, "/_emulator/snapshots"),
    ] {
        let answer = lab.send(method, path, &foreign, "{}").await.expect("an answer");
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_hundred_worlds_at_once_and_a_limit_to_them() {
    let emulator = Emulator::start(EmulatorConfig::new().rate_limits(false))
        .await
        .expect("it starts");
    let mut worlds = Vec::new();
    for _ in 0..100 {
        worlds.push(emulator.world().await.expect("there is room"));
    }
    let urls: HashSet<&str> = worlds.iter().map(|world| world.url()).collect();
    assert_eq!(urls.len(), 100);
    let answers = futures_util::future::join_all(worlds.iter().map(async |world| {
        let environment = json!({ "url": world.url(), "environment": world.environment().into_iter().collect::<std::collections::HashMap<_, _>>() });
        let place = Place::of(&environment);
        let token = place.log_in().await;
        (place.account(&token).await, token)
    }))
    .await;
    assert!(answers.iter().all(|(status, _)| *status == 200));
    let tokens: HashSet<&String> = answers.iter().map(|(_, token)| token).collect();
    assert_eq!(tokens.len(), 100);
    while worlds.len() < 256 {
        worlds.push(emulator.world().await.expect("there is room"));
    }
    let error = emulator.world().await.expect_err("there is no room");
    assert!(
        matches!(error, StartError::TooManyWorlds { most: 256 }),
        "{error:?}"
    );
    assert!(error.to_string().contains("end one first"), "{error}");
    // Dropping a guard makes room.
    worlds.pop();
    let books = emulator
        .world_from(Seed::parse(BOOKS).expect("a seed"))
        .await
        .expect("there is room");
    assert_eq!(books.users()[0].name, "Nora Winter");
    let (address, name) = (books.address(), books.name().to_owned());
    assert_eq!(name, "world-257");
    emulator.stop().await;
    assert!(
        std::net::TcpListener::bind(address).is_ok(),
        "the emulator's end is the worlds' end"
    );
}
