//! The REST operations, over HTTP, as a client sees them.

mod call_log;
mod call_sync;
mod calls;
mod changing;
mod company;
mod contacts;
mod fax;
mod messages;
mod sending;
mod shapes;
mod sms;
mod walk;

use reqwest::{Method, StatusCode};
use ringcentral_emulator::{Emulator, EmulatorConfig};
use serde_json::{Value, json};

use crate::fields;

pub(crate) const ACCOUNT: &str = "/restapi/v1.0/account/~";
pub(crate) const EXTENSION: &str = "/restapi/v1.0/account/~/extension/~";

/// An emulator and the tokens of two of its users.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    http: reqwest::Client,
    /// The administrator, extension 101.
    pub(crate) ada: String,
    /// A user, extension 102.
    pub(crate) ben: String,
}

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The body of a 200.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// The parts of a 207, with their statuses.
    pub(crate) fn parts(&self) -> Vec<(u16, Value)> {
        fields::parts(self.header("content-type"), &self.bytes).expect("a 207 as clients read it")
    }

    /// Status, code and parameter of a refusal, whose details must stand at both levels.
    pub(crate) fn refused(&self) -> (u16, String, String) {
        let body = self.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let first = &body["errors"][0];
        assert_eq!(first["parameterName"], body["parameterName"], "{body}");
        assert_eq!(first["permissionName"], body["permissionName"], "{body}");
        assert!(
            body["message"].is_string() && first["message"].is_string(),
            "{body}"
        );
        (
            self.status,
            text(&first["errorCode"]),
            text(&first["parameterName"]),
        )
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| {
            value.to_str().expect("the emulator answers as it should")
        })
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        let config = EmulatorConfig {
            rate_limits: false,
            ..EmulatorConfig::default()
        };
        let emulator = Emulator::start(config)
            .await
            .expect("the emulator answers as it should");
        #[expect(clippy::disallowed_methods, reason = "a test is its own client")]
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("the emulator answers as it should");
        let mut world = Self {
            emulator,
            http,
            ada: String::new(),
            ben: String::new(),
        };
        // Some tests move the clock by days.
        let year = json!({ "accessTokenSeconds": 366 * 86_400 });
        let answer = world
            .send_json("", Method::PATCH, "/_emulator/settings", &year)
            .await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
        world.ada = world.log_in("101").await;
        world.ben = world.log_in("102").await;
        world
    }

    pub(crate) async fn log_in(&self, extension: &str) -> String {
        let (id, secret) = crate::support::WEB_APP;
        self.log_in_by(id, secret, extension).await
    }

    /// The token of a user in some app.
    pub(crate) async fn log_in_by(&self, client_id: &str, secret: &str, extension: &str) -> String {
        let user = self
            .emulator
            .users()
            .into_iter()
            .find(|user| user.extension == extension)
            .expect("the emulator answers as it should");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "password")
            .append_pair("username", &user.username)
            .append_pair("extension", extension)
            .append_pair("password", &user.password);
        let answer = self
            .http
            .post(format!("{}/restapi/oauth/token", self.emulator.url()))
            .basic_auth(client_id, Some(secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish())
            .send()
            .await
            .expect("the emulator answers as it should");
        assert_eq!(answer.status(), StatusCode::OK);
        let body: Value =
            serde_json::from_slice(&answer.bytes().await.expect("the emulator answers as it should"))
                .expect("the emulator answers as it should");
        body["access_token"]
            .as_str()
            .expect("the emulator answers as it should")
            .to_owned()
    }

    /// A request as a user. `path` may be a whole address, as in the links of an answer.
    pub(crate) async fn send(
        &self,
        token: &str,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.emulator.url())
        };
        let mut request = self.http.request(method.clone(), url).body(body);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("the emulator answers as it should");
        let answer = Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            bytes: answer
                .bytes()
                .await
                .expect("the emulator answers as it should")
                .to_vec(),
        };
        fields::check_answer(&method, path, answer.status, &answer.headers, &answer.bytes);
        answer
    }

    /// GET as the administrator.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(&self.ada, path).await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.send(token, Method::GET, path, &[], Vec::new()).await
    }

    pub(crate) async fn send_json(&self, token: &str, method: Method, path: &str, body: &Value) -> Answer {
        self.send(
            token,
            method,
            path,
            &[("content-type", "application/json")],
            body.to_string().into_bytes(),
        )
        .await
    }

    /// A call of the emulator's control API.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> Value {
        self.send_json("", Method::POST, &format!("/_emulator/{path}"), body)
            .await
            .ok()
    }

    /// Moves the emulator's clock on.
    pub(crate) async fn advance(&self, by: &str) {
        self.control("clock", &json!({ "advance": by })).await;
    }

    /// The emulator's time, `days` ago.
    pub(crate) async fn days_ago(&self, days: i64) -> String {
        let clock = self.get_as("", "/_emulator/clock").await.ok();
        let now: jiff::Timestamp = clock["now"]
            .as_str()
            .expect("the emulator answers as it should")
            .parse()
            .expect("the emulator answers as it should");
        (now - jiff::SignedDuration::from_hours(24 * days))
            .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
            .to_string()
    }

    /// Every record of a list, following `nextPage`, and how many pages that took.
    pub(crate) async fn walk(&self, token: &str, first: &str) -> (Vec<Value>, usize) {
        let mut records = Vec::new();
        let mut next = Some(first.to_owned());
        let mut pages = 0;
        while let Some(path) = next {
            let page = self.get_as(token, &path).await.ok();
            records.extend(
                page["records"]
                    .as_array()
                    .expect("the emulator answers as it should")
                    .iter()
                    .cloned(),
            );
            next = page["navigation"]["nextPage"]["uri"].as_str().map(str::to_owned);
            pages += 1;
            assert!(pages < 1000, "the walk does not end");
        }
        (records, pages)
    }
}

/// The distinct texts of one field of the records.
pub(crate) fn values(records: &[Value], pointer: &str) -> Vec<String> {
    let mut values: Vec<String> = records
        .iter()
        .map(|record| {
            let value = record.pointer(pointer).cloned().unwrap_or_default();
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect();
    values.sort();
    values.dedup();
    values
}
