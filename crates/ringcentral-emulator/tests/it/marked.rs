//! Whatever the emulator hands out says whose it is, so that nobody takes it for the platform's.

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, login_link};
use crate::support::{Lab, PUBLIC_APP};

#[tokio::test]
async fn every_secret_that_is_handed_out_is_marked() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let socket = lab
        .send(
            Method::POST,
            "/restapi/oauth/wstoken",
            &[("authorization", &bearer)],
            "",
        )
        .await
        .expect("an answer")
        .json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let refreshed = lab.refresh(&token).await.json();
    let credential = lab.control(Method::POST, "jwts", &json!({})).await;
    let person = Lab::with(ringcentral_emulator::EmulatorConfig::default()).await;
    let browser = Browser::open(&person, &login_link(&[])).await;
    let open = ringcentral_emulator::Emulator::start(ringcentral_emulator::EmulatorConfig {
        host: Some("localhost".to_owned()),
        ..Default::default()
    })
    .await
    .expect("it starts");
    let mut secrets = vec![
        ("an access token", text(&token["access_token"])),
        ("a refresh token", text(&token["refresh_token"])),
        ("a refreshed access token", text(&refreshed["access_token"])),
        ("a WebSocket token", text(&socket["ws_access_token"])),
        ("a code", lab.code("EMU-web-app", &[]).await),
        ("a credential's id", text(&credential["id"])),
        ("a client id", lab.env("RC_CLIENT_ID").to_owned()),
        ("a client secret", lab.env("RC_CLIENT_SECRET").to_owned()),
        ("a public client id", PUBLIC_APP.to_owned()),
        (
            "a control token",
            open.control_token().expect("it is open").to_owned(),
        ),
    ];
    assert!(!browser.cookies.is_empty());
    secrets.extend(browser.cookies.into_values().map(|cookie| ("a cookie", cookie)));
    for (name, secret) in secrets {
        assert!(secret.starts_with("EMU-"), "{name}: {secret}");
    }
    // A JWT cannot begin so; its key and its id do.
    for keys in lab.get("/restapi/oauth/jwks", &[]).await.json()["keys"]
        .as_array()
        .expect("a list")
    {
        assert!(text(&keys["kid"]).starts_with("EMU-"), "{keys}");
    }
}

#[tokio::test]
async fn no_two_emulators_take_each_others_secrets() {
    let (one, other) = (Lab::new().await, Lab::new().await);
    let token = one.log_in().await;
    assert_eq!(other.api(&token).await.code(), "OAU-213");
    assert_eq!(other.refresh(&token).await.code(), "OAU-213");
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", one.env("RC_JWT")),
    ];
    assert_eq!(other.token(&form).await.code(), "OAU-345");
    let code = one.code("EMU-web-app", &[]).await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    assert_eq!(other.token(&form).await.code(), "OAU-106");
}

/// Where the state keeps what it hands out: in these columns of these tables.
const KEPT: [(&str, &str); 8] = [
    ("apps", "client_id"),
    ("apps", "client_secret"),
    ("browser_sessions", "id"),
    ("codes", "code"),
    ("revoked_jwts", "jti"),
    ("tokens", "access_token"),
    ("tokens", "refresh_token"),
    ("ws_tokens", "token"),
];

/// All values of such columns in a database's file, and the columns of that kind that `KEPT` does not know.
fn kept_in(file: &std::path::Path) -> Vec<(String, String)> {
    let database = rusqlite::Connection::open(file).expect("opened");
    let mut columns = database
        .prepare(
            "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table' AND columns.type = 'TEXT'",
        )
        .expect("prepared");
    let columns: Vec<(String, String)> = columns
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("columns")
        .map(|row| row.expect("a column"))
        .filter(|(table, column): &(String, String)| {
            KEPT.contains(&(table.as_str(), column.as_str()))
                || column.contains("token")
                || column.contains("secret")
                || column == "jti"
        })
        .collect();
    let mut values = Vec::new();
    for (table, column) in columns {
        let sql = format!("SELECT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
        let mut rows = database.prepare(&sql).expect("prepared");
        let rows = rows.query_map([], |row| row.get(0)).expect("rows");
        values.extend(rows.map(|value| (format!("{table}.{column}"), value.expect("text"))));
    }
    values
}

/// The same of an exported seed file: its apps, and the rows as they are stored.
fn kept_in_seed(text: &str) -> Vec<(String, String)> {
    let seed: toml::Table = text.parse().expect("TOML");
    KEPT.iter()
        .flat_map(|(table, column)| {
            let rows = seed.get(*table).or_else(|| seed["rows"].get(*table));
            let rows = rows.and_then(toml::Value::as_array).cloned().unwrap_or_default();
            rows.into_iter().filter_map(move |row| {
                let value = row.get(column)?.as_str()?.to_owned();
                Some((format!("{table}.{column}"), value))
            })
        })
        .collect()
}

#[tokio::test]
async fn what_is_kept_in_files_is_marked_too() {
    let directory = tempfile::tempdir().expect("a directory");
    let lab = Lab::with(
        ringcentral_emulator::EmulatorConfig::new()
            .rate_limits(false)
            .data(directory.path()),
    )
    .await;
    // Something in every one of those columns.
    let token = lab.refresh(&lab.log_in().await).await.json();
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let socket = lab
        .send(
            Method::POST,
            "/restapi/oauth/wstoken",
            &[("authorization", &bearer)],
            "",
        )
        .await
        .expect("an answer");
    assert_eq!(socket.status, 200, "{}", socket.text);
    let credential = lab.control(Method::POST, "jwts", &json!({})).await;
    let id = credential["id"].as_str().expect("an id");
    lab.control(Method::DELETE, &format!("jwts/{id}"), &Value::Null)
        .await;
    let mut browser = Browser::open(&lab, &login_link(&[])).await;
    browser
        .log_in(lab.env("RC_USERNAME"), lab.env("RC_PASSWORD"))
        .await;
    browser.submit("/consent", &[("decision", "allow")]).await;
    assert!(browser.page.location("code").is_some(), "{}", browser.page.text);
    lab.control(Method::POST, "snapshots", &json!({"name": "kept"}))
        .await;
    let export = lab.get("/_emulator/export", &[]).await.text;
    lab.emulator.stop().await;

    for (file, values) in [
        (
            "the database",
            kept_in(&directory.path().join("emulator.sqlite3")),
        ),
        (
            "a snapshot",
            kept_in(&directory.path().join("snapshots/kept.sqlite3")),
        ),
        ("an export", kept_in_seed(&export)),
    ] {
        for (table, column) in KEPT {
            let place = format!("{table}.{column}");
            assert!(
                values.iter().any(|(at, _)| *at == place),
                "{file} holds no {place}"
            );
        }
        for (place, value) in values {
            assert!(value.starts_with("EMU-"), "{place} in {file}: {value}");
        }
    }
}
