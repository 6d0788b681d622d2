//! Starting, stopping, and what survives.

use std::io::ErrorKind;
use std::net::TcpListener;

use reqwest::Method;
use ringcentral_emulator::{Emulator, EmulatorConfig, StartError, write_env_file};
use serde_json::{Value, json};

use crate::support::Lab;

fn listening(on: &str) -> EmulatorConfig {
    EmulatorConfig {
        listen: on.to_owned(),
        ..EmulatorConfig::default()
    }
}

#[tokio::test]
async fn localhost_is_both_loopbacks_on_one_port() {
    let lab = Lab::with(listening("localhost:0")).await;
    let port = lab.emulator.address().port();
    assert_eq!(lab.emulator.url(), format!("http://localhost:{port}"));
    // Where a machine has no ::1 there is only one; the emulator's machine is this one.
    let mut hosts = vec!["127.0.0.1"];
    if TcpListener::bind("[::1]:0").is_ok() {
        hosts.push("::1");
    }
    assert!(
        hosts.len() == 2 || std::env::var_os("CI").is_none(),
        "this machine has no ::1, and so half of this is not tested: give it one (net.ipv6.conf.lo.disable_ipv6=0)"
    );
    for host in hosts {
        tokio::net::TcpStream::connect((host, port))
            .await
            .unwrap_or_else(|error| panic!("{host}: {error}"));
    }
}

#[tokio::test]
async fn a_port_in_use_is_its_own_error() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("bound").port();
    for host in ["127.0.0.1", "localhost"] {
        let error = Emulator::start(listening(&format!("{host}:{port}")))
            .await
            .expect_err("it is taken");
        let StartError::PortInUse { address } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(address.port(), port);
        assert!(error.to_string().contains("choose another port"), "{error}");
    }
    for listen in ["nonsense", "127.0.0.1", "localhost:http"] {
        let error = Emulator::start(listening(listen))
            .await
            .expect_err("it is no address");
        assert!(matches!(error, StartError::Address { .. }), "{listen}: {error:?}");
    }
    let error = Emulator::start(listening("192.0.2.1:0"))
        .await
        .expect_err("it is no address of ours");
    assert!(
        matches!(&error, StartError::Listen { source, .. } if source.kind() == ErrorKind::AddrNotAvailable),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_stopped_emulator_lets_its_port_go() {
    let emulator = Emulator::start(EmulatorConfig::default())
        .await
        .expect("it starts");
    let address = emulator.address();
    emulator.stop().await;
    let again = Emulator::start(listening(&address.to_string()))
        .await
        .expect("the port is free");
    drop(again);
}

#[tokio::test]
async fn an_unknown_user_to_approve_as_is_refused_with_the_choices() {
    let config = EmulatorConfig {
        auto_approve: Some("nobody".to_owned()),
        ..EmulatorConfig::default()
    };
    let error = Emulator::start(config).await.expect_err("there is no such user");
    assert!(error.to_string().contains("101 (Ada Quill)"), "{error}");
}

#[tokio::test]
async fn the_environment_is_complete_and_works() {
    let lab = Lab::new().await;
    let environment = lab.emulator.environment();
    let names: Vec<&str> = environment.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "RC_SERVER_URL",
            "RC_CLIENT_ID",
            "RC_CLIENT_SECRET",
            "RC_REDIRECT_URL",
            "RC_USERNAME",
            "RC_EXTENSION",
            "RC_PASSWORD",
            "RC_JWT",
            "RC_PUBLIC_CLIENT_ID",
            "RC_FROM",
            "RC_TO",
            "RC_APP_CLIENT_ID",
            "RC_APP_CLIENT_SECRET",
            "RC_USER_JWT",
        ]
    );
    for (name, other) in [
        ("RC_CLIENT_ID", "RC_APP_CLIENT_ID"),
        ("RC_CLIENT_SECRET", "RC_APP_CLIENT_SECRET"),
        ("RC_JWT", "RC_USER_JWT"),
    ] {
        let value = |wanted| environment.iter().find(|(name, _)| *name == wanted);
        assert_eq!(
            value(name).map(|(_, value)| value),
            value(other).map(|(_, value)| value)
        );
    }
    for (name, value) in &environment {
        assert!(!value.is_empty(), "{name}");
        assert!(
            value.starts_with("EMU-") || !name.contains("CLIENT"),
            "{name} is marked"
        );
    }
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("emulator.env");
    write_env_file(&file, &environment).expect("writable");
    let text = std::fs::read_to_string(&file).expect("readable");
    assert_eq!(text.lines().count(), names.len());
    assert!(text.contains(&format!("RC_SERVER_URL={}\n", lab.emulator.url())));
    assert!(lab.emulator.users().len() >= 2);
    assert_eq!(lab.emulator.users()[0].extension, lab.env("RC_EXTENSION"));
}

#[tokio::test]
async fn a_data_directory_keeps_sessions_clock_settings_and_key() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = EmulatorConfig {
        data: Some(directory.path().join("state")),
        rate_limits: false,
        auto_approve: Some("101".to_owned()),
        ..EmulatorConfig::default()
    };
    let lab = Lab::with(config.clone()).await;
    let (token, assertion) = (lab.log_in().await, lab.env("RC_JWT").to_owned());
    lab.control(Method::PATCH, "settings", &json!({"codeSeconds": 7}))
        .await;
    lab.control(Method::POST, "clock", &json!({"set": "2040-01-01T00:00:00Z"}))
        .await;
    lab.control(Method::POST, "messages", &json!({"text": "kept over the night"}))
        .await;

    let error = Emulator::start(config.clone())
        .await
        .expect_err("one emulator for each directory");
    assert!(
        matches!(error, StartError::Data { .. }) && error.to_string().contains("another emulator"),
        "{error}"
    );
    lab.emulator.stop().await;

    let lab = Lab::with(config).await;
    let status = lab.control(Method::GET, "status", &Value::Null).await;
    assert_eq!(
        (&status["now"], &status["settings"]["codeSeconds"]),
        (&json!("2040-01-01T00:00:00.000Z"), &json!(7))
    );
    assert_eq!(
        lab.refresh(&token).await.code(),
        "OAU-210",
        "the session is known, and long over"
    );
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion.as_str()),
    ];
    assert_eq!(lab.token(&form).await.status, 200, "the old JWT is still good");
    assert!(
        lab.get("/_emulator/", &[])
            .await
            .text
            .contains("kept over the night")
    );
}

/// The files as they lie there while the emulator still runs are what is left of one that was killed.
#[tokio::test]
async fn what_was_answered_is_in_the_files_already() {
    let (running, left) = (
        tempfile::tempdir().expect("one"),
        tempfile::tempdir().expect("two"),
    );
    let config = EmulatorConfig::new().rate_limits(false).auto_approve("101");
    let lab = Lab::with(config.clone().data(running.path())).await;
    let token = lab.log_in().await;
    lab.control(Method::PATCH, "settings", &json!({"codeSeconds": 7}))
        .await;
    lab.advance("10m").await;
    lab.control(Method::POST, "messages", &json!({"text": "just before the end"}))
        .await;
    let now = lab.control(Method::GET, "clock", &Value::Null).await;
    for file in std::fs::read_dir(running.path()).expect("a directory") {
        let file = file.expect("an entry");
        if file.file_type().expect("a kind").is_file() {
            std::fs::copy(file.path(), left.path().join(file.file_name())).expect("copied");
        }
    }

    let lab = Lab::with(config.data(left.path())).await;
    assert_eq!(lab.control(Method::GET, "clock", &Value::Null).await, now);
    let settings = lab.control(Method::GET, "settings", &Value::Null).await;
    assert_eq!(settings["codeSeconds"], 7);
    assert_eq!(lab.api(&token).await.status, 200, "the session is there");
    let page = lab.get("/_emulator/", &[]).await;
    assert!(page.text.contains("just before the end"));
}

#[tokio::test]
async fn other_machines_are_let_in_only_by_name() {
    let error = Emulator::start(listening("0.0.0.0:0"))
        .await
        .expect_err("nobody said that they may come");
    assert!(
        matches!(error, StartError::Exposed { .. }) && error.to_string().contains("loopback"),
        "{error}"
    );
    for host in ["", "http://emulator.test", "emulator.test:80", "a b", "*.test"] {
        let error = Emulator::start(open_to(host, "127.0.0.1:0"))
            .await
            .expect_err("it is no host");
        assert!(matches!(error, StartError::Host { .. }), "{host}: {error:?}");
    }
    for (host, listen, url) in [
        ("emulator.test", "0.0.0.0:0", "http://emulator.test:PORT"),
        ("emulator.test", "127.0.0.1:0", "http://emulator.test:PORT"),
        ("192.0.2.7", "0.0.0.0:0", "http://192.0.2.7:PORT"),
        ("2001:db8::7", "127.0.0.1:0", "http://[2001:db8::7]:PORT"),
        ("localhost", "localhost:0", "http://localhost:PORT"),
    ] {
        let emulator = Emulator::start(open_to(host, listen)).await.expect("it starts");
        let url = url.replace("PORT", &emulator.address().port().to_string());
        assert_eq!(emulator.url(), url);
        assert!(emulator.environment().contains(&("RC_SERVER_URL", url)));
    }
}

fn open_to(host: &str, listen: &str) -> EmulatorConfig {
    EmulatorConfig {
        host: Some(host.to_owned()),
        ..listening(listen)
    }
}

#[tokio::test]
async fn open_to_other_machines_the_control_api_asks_for_its_token() {
    for listen in ["0.0.0.0:0", "127.0.0.1:0"] {
        let emulator = Emulator::start(open_to("emulator.test", listen))
            .await
            .expect("it starts");
        let token = emulator.control_token().expect("a token").to_owned();
        assert!(token.starts_with("EMU-control-"), "{token}");
        let outside = Outside(emulator);
        assert_eq!(outside.status("", "").await, 401);
        for (header, value, status) in [
            ("authorization", "Bearer EMU-control-wrong".to_owned(), 401),
            ("authorization", format!("Bearer {token}"), 200),
            ("authorization", format!("bearer {token}"), 200),
            ("authorization", format!("Basic {token}"), 401),
            (
                "cookie",
                format!("a=b; ringcentral_emulator_control={token}"),
                200,
            ),
            (
                "cookie",
                "ringcentral_emulator_control=EMU-control-wrong".to_owned(),
                401,
            ),
        ] {
            assert_eq!(
                outside.status(header, &value).await,
                status,
                "{listen} {header} {value}"
            );
        }
    }
    assert_eq!(Lab::new().await.emulator.control_token(), None);
}

#[tokio::test]
async fn no_token_of_the_platform_opens_the_control_api() {
    let lab = Lab::with(EmulatorConfig {
        rate_limits: false,
        ..EmulatorConfig::default()
    })
    .await;
    let token = lab.log_in().await;
    let outside = Emulator::start(open_to("localhost", "127.0.0.1:0"))
        .await
        .expect("it starts");
    let control = outside.control_token().expect("a token").to_owned();
    let (jwt, outside) = (outside.environment(), Outside(outside));
    let jwt = &jwt.iter().find(|(name, _)| *name == "RC_JWT").expect("a JWT").1;
    let own = outside.log_in(jwt).await;
    for sent in [
        own["access_token"].as_str(),
        own["refresh_token"].as_str(),
        token["access_token"].as_str(),
        Some(jwt.as_str()),
        Some("EMU-web-app-secret"),
    ] {
        let sent = sent.expect("a token");
        assert_eq!(
            outside.status("authorization", &format!("Bearer {sent}")).await,
            401,
            "{sent}"
        );
    }
    assert_eq!(
        outside
            .status("authorization", &format!("Bearer {control}"))
            .await,
        200
    );
    // Nor the other way round.
    let (status, _) = outside
        .get(
            "/restapi/v1.0/account/~",
            "authorization",
            &format!("Bearer {control}"),
        )
        .await;
    assert_eq!(status, 401);
}

/// A client on another machine, as far as headers can tell.
struct Outside(Emulator);

impl Outside {
    fn client() -> reqwest::Client {
        crate::support::client(std::iter::empty())
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.0.address().port())
    }

    async fn get(&self, path: &str, header: &str, value: &str) -> (u16, String) {
        let mut request = Self::client().get(self.url(path));
        if !header.is_empty() {
            request = request.header(header, value);
        }
        let answer = request.send().await.expect("an answer");
        (
            answer.status().as_u16(),
            answer.text().await.expect("the whole answer"),
        )
    }

    async fn status(&self, header: &str, value: &str) -> u16 {
        self.get("/_emulator/status", header, value).await.0
    }

    async fn log_in(&self, jwt: &str) -> Value {
        let form = crate::support::encode(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", jwt),
        ]);
        let (id, secret) = crate::support::WEB_APP;
        let answer = Self::client()
            .post(self.url("/restapi/oauth/token"))
            .header("authorization", crate::support::basic(id, secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .expect("an answer");
        serde_json::from_str(&answer.text().await.expect("the whole answer")).expect("JSON")
    }
}
