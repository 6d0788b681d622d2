//! `emulate --data`: killed at random moments under load, it loses nothing that it has answered.

use std::collections::VecDeque;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{Home, Platform, assert_session, http};

/// Something that a client was told.
#[derive(Debug, Clone)]
enum Told {
    Token { access: String, refresh: String },
    Refreshed { access: String },
    Message { id: u64, bearer: String },
}

/// The program on a directory, with what its clients need.
struct Emulated {
    platform: Platform,
}

impl Emulated {
    fn on(directory: &std::path::Path) -> Self {
        let directory = directory.display().to_string();
        Self {
            platform: Platform::start_with(&["--data", &directory, "--rate-limits", "off"]),
        }
    }

    fn client(&self) -> Client {
        let value = |name| self.platform.value(name).trim_matches('\'').to_owned();
        Client {
            http: http(),
            url: self.platform.url().to_owned(),
            jwt: value("RC_JWT"),
            from: value("RC_FROM"),
            to: value("RC_TO"),
        }
    }
}

#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    url: String,
    jwt: String,
    from: String,
    to: String,
}

impl Client {
    /// A token request; `None` if there was no answer.
    async fn token(&self, form: &[(&str, &str)]) -> Option<(String, String)> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let answer: Value = self
            .http
            .post(format!("{}/restapi/oauth/token", self.url))
            .basic_auth("EMU-web-app", Some("EMU-web-app-secret"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .ok()?
            .bytes()
            .await
            .ok()
            .and_then(|body| serde_json::from_slice(&body).ok())?;
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        Some((text("access_token")?, text("refresh_token")?))
    }

    async fn sms(&self, bearer: &str, text: &str) -> Option<u64> {
        let body = json!({
            "from": { "phoneNumber": self.from }, "to": [{ "phoneNumber": self.to }], "text": text,
        });
        let answer = self
            .http
            .post(format!("{}/restapi/v1.0/account/~/extension/~/sms", self.url))
            .bearer_auth(bearer)
            .header("content-type", "application/json")
            .body(body.to_string());
        let body = answer.send().await.ok()?.bytes().await.ok()?;
        serde_json::from_slice::<Value>(&body).ok()?["id"].as_u64()
    }

    /// Logs in, refreshes and writes until there are no answers any more, and reports every answer.
    async fn load(self, report: mpsc::UnboundedSender<Told>) {
        let jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        for round in 0_u32.. {
            let login = [("grant_type", jwt_bearer), ("assertion", self.jwt.as_str())];
            let Some((mut access, refresh)) = self.token(&login).await else {
                return;
            };
            if round % 3 == 2 {
                // Its refresh may be lost on the way, so the first pair is no promise any more.
                let form = [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", refresh.as_str()),
                ];
                let Some((newer, _)) = self.token(&form).await else {
                    return;
                };
                access.clone_from(&newer);
                let _ = report.send(Told::Refreshed { access: newer });
            } else {
                let _ = report.send(Told::Token {
                    access: access.clone(),
                    refresh,
                });
            }
            for nth in 0..3 {
                let Some(id) = self.sms(&access, &format!("round {round}, message {nth}")).await else {
                    return;
                };
                let bearer = access.clone();
                let _ = report.send(Told::Message { id, bearer });
            }
        }
    }

    async fn get(&self, path: &str, bearer: &str) -> u16 {
        let request = self.http.get(format!("{}/restapi/v1.0/{path}", self.url));
        request
            .bearer_auth(bearer)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    async fn still_knows(&self, told: &Told) {
        let found = match told {
            Told::Token { access, .. } | Told::Refreshed { access } => self.get("account/~", access).await,
            Told::Message { id, bearer } => {
                let path = format!("account/~/extension/~/message-store/{id}");
                self.get(&path, bearer).await
            }
        };
        assert_eq!(found, 200, "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_outlives_a_kill_at_any_moment() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("state");
    let mut emulated = Emulated::on(&data);
    let settings = format!("{}/_emulator/settings", emulated.platform.url());
    let patch = http()
        .patch(settings)
        .header("content-type", "application/json")
        .body("{\"sessionsPerUser\": 100000}");
    assert!(patch.send().await.unwrap().status().is_success());
    let mut known: VecDeque<Told> = VecDeque::new();
    // How many answers there are before each kill: a small generator, so that a failure can be repeated.
    let mut dice: u64 = 0x5eed;
    for round in 0..6 {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let answers = 10 + (dice >> 33) % 120;
        let client = emulated.client();
        let (report, mut reports) = mpsc::unbounded_channel();
        let tasks: Vec<_> = (0..4)
            .map(|_| tokio::spawn(client.clone().load(report.clone())))
            .collect();
        drop(report);
        for _ in 0..answers {
            known.push_back(reports.recv().await.expect("it answers until it is killed"));
        }
        // Dropping it kills it with signal 9, in the middle of whatever the four are asking for.
        drop(emulated);
        while let Some(told) = reports.recv().await {
            known.push_back(told);
        }
        for task in tasks {
            task.await.unwrap();
        }
        emulated = Emulated::on(&data);
        let client = emulated.client();
        for told in &known {
            client.still_knows(told).await;
        }
        assert!(known.len() as u64 >= 10 * (round + 1));
    }
    // A refresh token that was given works, too.
    let client = emulated.client();
    let Some(Told::Token { refresh, .. }) = known.iter().find(|told| matches!(told, Told::Token { .. }))
    else {
        panic!("there were logins")
    };
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    assert!(client.token(&form).await.is_some());
}

#[tokio::test]
async fn what_was_set_outlives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("state");
    let emulated = Emulated::on(&data);
    for (call, body) in [
        ("clock", json!({ "set": "2040-01-01T00:00:00Z", "freeze": true })),
        ("snapshots", json!({ "name": "there" })),
        ("faults", json!({ "action": { "type": "malformed" } })),
        ("worlds", json!({ "name": "beside" })),
    ] {
        emulated.platform.control(call, &body).await;
    }
    drop(emulated);
    let emulated = Emulated::on(&data);
    let see = async |call: &str| -> Value {
        let url = format!("{}/_emulator/{call}", emulated.platform.url());
        let text = http().get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(
        see("clock").await,
        json!({ "now": "2040-01-01T00:00:00.000Z", "frozen": true })
    );
    assert_eq!(see("snapshots").await["records"][0]["name"], "there");
    // docs/emulator/state.md says that these are not kept.
    for call in ["faults", "worlds", "requests"] {
        assert_eq!(see(call).await["records"], json!([]), "{call}");
    }
}

#[test]
fn a_directory_in_use_is_refused_in_words() {
    let home = Home::new();
    let data = home.path("state");
    let _first = Emulated::on(&data);
    let ran = home.run(&["emulate", "--listen", "127.0.0.1:0", "--data", "state"]);
    assert_session!(home, ran, @"
    exit 3
    --- stderr
    error: cannot use the data directory state: another emulator is using it; stop that one, or choose another directory
    ");
}

#[test]
fn a_seed_is_read_or_its_mistake_is_told() {
    let home = Home::new();
    home.write(
        "seed.toml",
        "[[accounts]]\ncompany = \"Example Books\"\nmain_number = \"+12125550150\"\n\
         [[accounts.users]]\nextension = \"107\"\nfirst_name = \"Nora\"\nlast_name = \"Winter\"\npassword = \"Books\"\n",
    );
    let ran = home.run(&[
        "emulate",
        "--seed",
        "seed.toml",
        "--exec",
        "sh",
        "-c",
        "echo $RC_EXTENSION $RC_USERNAME $RC_CLIENT_ID",
    ]);
    assert_eq!(ran.succeeded().stdout, "107 +12125550150 EMU-web-app\n");
    home.write(
        "bad.toml",
        "[[accounts]]\ncompany = \"Example Books\"\nmain_number = \"12\"\n",
    );
    assert_session!(home, home.run(&["emulate", "--seed", "bad.toml"]), @"
    exit 3
    --- stderr
    error: bad.toml, line 3: accounts[0].main_number
      must be a phone number such as +16505550100
    ");
    home.write("rows.toml", "[rows]\ncalls = [{ seq = 1 }]\n");
    assert_session!(home, home.run(&["emulate", "--seed", "rows.toml"]), @"
    exit 3
    --- stderr
    error: rows.toml: rows.calls[0]
      NOT NULL constraint failed: calls.session
    ");
    assert_session!(home, home.run(&["emulate", "--seed", "none.toml"]), @"
    exit 3
    --- stderr
    error: the seed none.toml cannot be read
      No such file or directory (os error 2)
    ");
}
