//! The emulator by https: for clients that trust its authority, and for those that do not.

use std::error::Error as _;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use ringcentral_emulator::{Emulator, EmulatorConfig, StartError};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Lab, REDIRECT, client, encode};

fn secured(directory: &Path) -> EmulatorConfig {
    EmulatorConfig {
        tls: Some(directory.join("tls")),
        rate_limits: false,
        auto_approve: Some("101".to_owned()),
        ..EmulatorConfig::default()
    }
}

/// Why a client does not get through, with all causes.
async fn refusal(client: &reqwest::Client, url: &str) -> String {
    let error = client.get(url).send().await.expect_err("it must not get through");
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn who_trusts_the_authority_gets_everything_by_https() {
    let directory = tempfile::tempdir().expect("a directory");
    let lab = Lab::with(secured(directory.path())).await;
    let origin = lab.emulator.url().to_owned();
    assert!(origin.starts_with("https://127.0.0.1:"), "{origin}");

    // Platform: token, call, links.
    let code = lab.code("EMU-web-app", &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
    ];
    let token = lab.token(&form).await.json();
    let account = lab.api(&token).await;
    let uri = account.json()["uri"].as_str().expect("a link").to_owned();
    assert!(uri.starts_with(&origin), "{uri}");
    let discovery = lab.get("/.well-known/openid-configuration", &[]).await.json();
    assert_eq!(discovery["issuer"], origin);
    assert_eq!(
        discovery["token_endpoint"],
        format!("{origin}/restapi/oauth/token")
    );

    // Login page: a cookie that stays on https. No HSTS, which would reach every other port of localhost.
    let login = [
        ("response_type", "code"),
        ("client_id", "EMU-web-app"),
        ("redirect_uri", REDIRECT),
        ("prompt", "login"),
    ];
    let person = Lab::with(EmulatorConfig {
        auto_approve: None,
        ..secured(directory.path())
    })
    .await;
    let page = person
        .get(&format!("/restapi/oauth/authorize?{}", encode(&login)), &[])
        .await;
    assert_eq!(page.status, 200);
    assert!(page.header("set-cookie").contains("; Secure"), "{page:?}");
    assert_eq!(page.header("strict-transport-security"), "");

    // Control API and inspector, which takes its own origin for its own.
    let own = [("origin", origin.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(lab.get("/_emulator/status", &own).await.status, 200);
    let plain = origin.replace("https:", "http:");
    let foreign = [("origin", plain.as_str())];
    assert_eq!(lab.get("/_emulator/status", &foreign).await.status, 403);
    assert!(lab.get("/_emulator/", &[]).await.text.contains(&origin));
    lab.control(Method::POST, "messages", &json!({"text": "by https"}))
        .await;
}

#[tokio::test]
async fn who_does_not_trust_the_authority_is_refused() {
    let (here, there) = (
        tempfile::tempdir().expect("a directory"),
        tempfile::tempdir().expect("a directory"),
    );
    let lab = Lab::with(secured(here.path())).await;
    let other = Lab::with(secured(there.path())).await;
    let url = format!("{}/restapi/v1.0", lab.emulator.url());
    for authorities in [vec![], vec![other.emulator.ca_file().expect("it has one")]] {
        let why = refusal(&client(authorities.into_iter()), &url).await;
        assert!(why.to_ascii_lowercase().contains("certificate"), "{why}");
    }
    // Nothing of it reached the platform.
    assert!(lab.journal("").await.is_empty());
    assert_eq!(lab.get("/restapi/v1.0", &[]).await.status, 200);
}

#[tokio::test]
async fn plain_http_to_an_https_port_is_told_so() {
    let directory = tempfile::tempdir().expect("a directory");
    let lab = Lab::with(secured(directory.path())).await;
    let plain = lab.emulator.url().replace("https:", "http:");
    let answer = client(std::iter::empty())
        .post(format!("{plain}/restapi/oauth/token"))
        .body("grant_type=none")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 400);
    let text = answer.text().await.expect("text");
    assert!(text.contains("https://") && text.contains("RC_CA_FILE"), "{text}");
    // One that says nothing, and one that talks nonsense, keep nobody waiting.
    let _silent = TcpStream::connect(lab.emulator.address())
        .await
        .expect("connected");
    let mut nonsense = TcpStream::connect(lab.emulator.address())
        .await
        .expect("connected");
    nonsense.write_all(b"\x16nonsense").await.expect("written");
    nonsense.shutdown().await.expect("no more to say");
    assert_eq!(lab.get("/restapi/v1.0", &[]).await.status, 200);
    let mut left = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), nonsense.read_to_end(&mut left)).await;
    assert!(ended.is_ok(), "the connection is closed");
    tokio::time::timeout(Duration::from_secs(5), lab.emulator.stop())
        .await
        .expect("a silent client does not hold up the end");
}

#[tokio::test]
async fn the_certificate_is_good_for_every_loopback_name_and_the_host() {
    let directory = tempfile::tempdir().expect("a directory");
    let emulator = Emulator::start(EmulatorConfig {
        listen: "localhost:0".to_owned(),
        host: Some("emulator.test".to_owned()),
        ..secured(directory.path())
    })
    .await
    .expect("it starts");
    let address = emulator.address();
    let ca = emulator.ca_file().expect("a file");
    assert_eq!(ca, directory.path().join("tls/emulator.test/ca.pem"));
    let pem = std::fs::read(ca).expect("readable");
    #[expect(
        clippy::disallowed_methods,
        reason = "this client resolves names as it is told"
    )]
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).expect("a PEM file")])
        .resolve("emulator.test", address)
        .resolve("other.test", address)
        .build()
        .expect("a client");
    for name in ["emulator.test", "localhost", "127.0.0.1"] {
        let url = format!("https://{name}:{}/restapi/v1.0", address.port());
        let status = client
            .get(&url)
            .send()
            .await
            .map(|answer| answer.status().as_u16());
        assert_eq!(status.ok(), Some(200), "{url}");
    }
    let url = format!("https://other.test:{}/restapi/v1.0", address.port());
    assert!(
        refusal(&client, &url)
            .await
            .to_ascii_lowercase()
            .contains("certificate")
    );
}

#[tokio::test]
async fn the_authority_survives_and_the_environment_names_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = Lab::with(secured(directory.path())).await;
    let file = first.emulator.ca_file().expect("a file").to_owned();
    let pem = std::fs::read_to_string(&file).expect("readable");
    for name in [
        "RC_CA_FILE",
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ] {
        assert_eq!(Path::new(first.env(name)), file, "{name}");
    }
    first.emulator.stop().await;
    let second = Lab::with(secured(directory.path())).await;
    assert_eq!(std::fs::read_to_string(&file).expect("readable"), pem);
    assert_eq!(second.emulator.ca_file(), Some(file.as_path()));

    std::fs::write(directory.path().join("tls/authority.json"), "{").expect("writable");
    let error = Emulator::start(secured(directory.path()))
        .await
        .expect_err("damaged");
    assert!(
        matches!(error, StartError::Tls { .. })
            && error.to_string().contains("authority.json is damaged: remove it"),
        "{error}"
    );
    let file = directory.path().join("a file");
    std::fs::write(&file, "").expect("writable");
    let nowhere = EmulatorConfig {
        tls: Some(file.join("tls")),
        ..EmulatorConfig::default()
    };
    let error = Emulator::start(nowhere).await.expect_err("no directory");
    assert!(
        error
            .to_string()
            .contains("a file/tls must be a directory that can be written"),
        "{error}"
    );
    let plain = Emulator::start(EmulatorConfig::default())
        .await
        .expect("it starts");
    assert_eq!(plain.ca_file(), None);
    assert!(plain.url().starts_with("http:"));
}
