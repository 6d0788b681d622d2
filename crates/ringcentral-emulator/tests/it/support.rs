//! What the tests share: a running emulator, its clock, and a client that shows what it got.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use ringcentral_emulator::{Emulator, EmulatorConfig};
use serde_json::{Value, json};

use crate::fields;

pub(crate) const WEB_APP: (&str, &str) = ("EMU-web-app", "EMU-web-app-secret");
pub(crate) const LIMITED_APP: (&str, &str) = ("EMU-limited-app", "EMU-limited-app-secret");
pub(crate) const PUBLIC_APP: &str = "EMU-public-app";
pub(crate) const REDIRECT: &str = "http://localhost:5000/oauth2callback";

/// An emulator with a frozen clock, and a client without redirects.
pub(crate) struct Lab {
    pub(crate) emulator: Emulator,
    client: reqwest::Client,
    environment: HashMap<&'static str, String>,
}

/// Form fields, or headers.
pub(crate) type Fields<'a> = &'a [(&'a str, &'a str)];

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} is JSON: {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// The first entry's `errorCode`, of an OAuth or a REST refusal; empty for a success.
    pub(crate) fn code(&self) -> String {
        if self.status < 400 {
            return String::new();
        }
        self.json()["errors"][0]["errorCode"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// A query parameter of the `Location` header.
    pub(crate) fn location(&self, key: &str) -> Option<String> {
        let url: url::Url = self.header("location").parse().ok()?;
        url.query_pairs()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.into_owned())
    }
}

impl Lab {
    /// Without rate limits, and everything approved as extension 101.
    pub(crate) async fn new() -> Self {
        Self::with(EmulatorConfig {
            rate_limits: false,
            auto_approve: Some("101".to_owned()),
            ..EmulatorConfig::default()
        })
        .await
    }

    pub(crate) async fn with(config: EmulatorConfig) -> Self {
        let emulator = Emulator::start(config).await.expect("the emulator starts");
        let environment = emulator.environment().into_iter().collect();
        let lab = Self {
            client: client(emulator.ca_file().into_iter()),
            emulator,
            environment,
        };
        lab.control(Method::POST, "clock", &json!({"freeze": true})).await;
        lab
    }

    pub(crate) fn env(&self, name: &str) -> &str {
        &self.environment[name]
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.emulator.url()))
            .body(body);
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a header name");
            request = request.header(name, HeaderValue::from_str(value).expect("a header value"));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        fields::check_answer(&method, path, status, &headers, text.as_bytes());
        Ok(Answer {
            status,
            headers,
            text,
        })
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, "")
            .await
            .expect("an answer")
    }

    pub(crate) async fn api(&self, token: &Value) -> Answer {
        let token = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
        self.get("/restapi/v1.0/account/~", &[("authorization", &token)])
            .await
    }

    /// A control call that must succeed.
    pub(crate) async fn control(&self, method: Method, call: &str, body: &Value) -> Value {
        let answer = self.try_control(method, call, body).await;
        assert!(answer.status < 300, "{call}: {} {}", answer.status, answer.text);
        if answer.text.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }

    pub(crate) async fn try_control(&self, method: Method, call: &str, body: &Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let path = format!("/_emulator/{call}");
        self.send(method, &path, &[("content-type", "application/json")], body)
            .await
            .expect("an answer")
    }

    pub(crate) async fn advance(&self, by: &str) {
        self.control(Method::POST, "clock", &json!({"advance": by})).await;
    }

    /// The journal's records that fit a filter.
    pub(crate) async fn journal(&self, filter: &str) -> Vec<Value> {
        let answer = self
            .control(Method::GET, &format!("requests?{filter}"), &Value::Null)
            .await;
        answer["records"].as_array().expect("a list").clone()
    }

    /// A token request of the web app.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.token_as(Some(WEB_APP), form).await
    }

    /// A token request of an app, or of none.
    pub(crate) async fn token_as(&self, app: Option<(&str, &str)>, form: &[(&str, &str)]) -> Answer {
        self.form("/restapi/oauth/token", app, form).await
    }

    pub(crate) async fn form(&self, path: &str, app: Option<(&str, &str)>, form: &[(&str, &str)]) -> Answer {
        let authorization = app.map(|(id, secret)| basic(id, secret));
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
        self.send(Method::POST, path, &headers, encode(form))
            .await
            .expect("an answer")
    }

    /// A new session of the default user by JWT.
    pub(crate) async fn log_in(&self) -> Value {
        let answer = self.jwt().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn jwt(&self) -> Answer {
        self.token(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", self.env("RC_JWT")),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &Value) -> Answer {
        let refresh_token = token["refresh_token"].as_str().expect("a refresh token");
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
            .await
    }

    /// An authorization code, granted without pages.
    pub(crate) async fn code(&self, client_id: &str, more: &[(&str, &str)]) -> String {
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", REDIRECT),
        ];
        query.extend(more);
        let answer = self
            .get(&format!("/restapi/oauth/authorize?{}", encode(&query)), &[])
            .await;
        assert_eq!(answer.status, StatusCode::FOUND.as_u16(), "{}", answer.text);
        answer
            .location("code")
            .unwrap_or_else(|| panic!("a code in {}", answer.header("location")))
    }
}

/// The one client: it follows nothing, keeps no cookies, and trusts these authorities and no others.
#[expect(
    clippy::disallowed_methods,
    reason = "tests meet the emulator with a client of their own"
)]
pub(crate) fn client<'a>(authorities: impl Iterator<Item = &'a Path>) -> reqwest::Client {
    let certificates = authorities.map(|file| {
        let pem = std::fs::read(file).expect("the authority's file can be read");
        reqwest::Certificate::from_pem(&pem).expect("a PEM file")
    });
    reqwest::Client::builder()
        .tls_certs_only(certificates)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(20))
        .build()
        .expect("a client")
}

pub(crate) fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(pairs);
    text.finish()
}
