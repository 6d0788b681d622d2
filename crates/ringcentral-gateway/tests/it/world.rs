//! An emulator, the web app in front of it, and browsers to use them with.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use ringcentral::{Clock, Entropy, ManualClock, OsEntropy, SystemClock};
use ringcentral_emulator::{Emulator, EmulatorConfig};
use ringcentral_gateway::{EnvironmentConfig, Gateway, GatewayConfig};
use ringcentral_vault::{Keyring, SessionsOf, Vault};
use serde_json::Value;
use tower::ServiceExt;
use url::Url;

pub(crate) const SECRET_OF_THE_APP: &str = "EMU-web-app-secret";

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) vault: Vault,
    pub(crate) clock: ManualClock,
    pub(crate) router: Router,
    http: reqwest::Client,
    /// Everything that the web app answered to anybody: heads and bodies.
    pub(crate) said: Arc<Mutex<String>>,
}

impl World {
    /// One environment, the full application.
    pub(crate) async fn start() -> Self {
        Self::with("http://localhost:5000", |environment| vec![environment]).await
    }

    /// `environments` makes the list from the usual one.
    pub(crate) async fn with(
        public_url: &str,
        environments: impl FnOnce(EnvironmentConfig) -> Vec<EnvironmentConfig>,
    ) -> Self {
        let emulator = Emulator::start(EmulatorConfig {
            rate_limits: false,
            auto_approve: Some("101".to_owned()),
            redirect_uris: vec![format!("{public_url}/oauth2callback")],
            ..EmulatorConfig::default()
        })
        .await
        .expect("the emulator starts");
        let clock = ManualClock::at(SystemClock.now());
        let (time, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
            (Arc::new(clock.clone()), Arc::new(OsEntropy));
        let keys = Keyring::generate(&OsEntropy);
        let vault = Vault::open("sqlite::memory:", keys, time.clone(), entropy.clone())
            .await
            .expect("the vault opens");
        let usual = EnvironmentConfig {
            name: "emulator".into(),
            label: "Local emulator".into(),
            server: emulator.url().into(),
            client_id: "EMU-web-app".into(),
            client_secret: Some(SECRET_OF_THE_APP.into()),
            redirect_uri: None,
            note: Some("Log in as one of the demo users.".into()),
        };
        let config = GatewayConfig {
            public_url: public_url.parse().expect("a URL"),
            environments: environments(usual),
        };
        let router = Gateway::new(config, vault.clone(), time, entropy)
            .expect("the settings are good")
            .router();
        Self {
            emulator,
            vault,
            clock,
            router,
            http: client(),
            said: Arc::default(),
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            http: self.http.clone(),
            cookies: BTreeMap::new(),
            said: Arc::clone(&self.said),
        }
    }

    /// A browser in which the default user is logged in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.log_in("emulator", None).await;
        browser
    }

    pub(crate) async fn sessions(&self) -> usize {
        self.vault
            .sessions()
            .list(SessionsOf::Everyone, 1000)
            .await
            .expect("a list")
            .len()
    }

    /// The emulator's journal, as `METHOD path grant`.
    pub(crate) async fn journal(&self, path: &str) -> Vec<String> {
        let url = format!("{}/_emulator/requests?path={path}", self.emulator.url());
        let text = self
            .http
            .get(url)
            .send()
            .await
            .expect("a journal")
            .text()
            .await
            .expect("text");
        let journal: Value = serde_json::from_str(&text).expect("JSON");
        let records = journal["records"].as_array().expect("records");
        let word = |record: &Value, name| record[name].as_str().unwrap_or_default().to_owned();
        records
            .iter()
            .map(|record| {
                format!(
                    "{} {} {}",
                    word(record, "method"),
                    record["status"],
                    word(record, "grantType")
                )
            })
            .collect()
    }

    pub(crate) async fn token_requests(&self) -> usize {
        self.journal("/restapi/oauth/token").await.len()
    }

    /// Asks something of the emulator's control API.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) {
        let url = format!("{}/_emulator/{path}", self.emulator.url());
        let request = self
            .http
            .request(method, url)
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "plays the browser in front of the emulator"
)]
fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()
        .expect("a client")
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().expect("text"))
            .collect()
    }

    /// The value of the hidden field of the page's forms.
    pub(crate) fn csrf(&self) -> String {
        let (_, rest) = self
            .body
            .split_once("name=\"csrf\" value=\"")
            .expect("a form of a session");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn shows(self, text: &str) -> Self {
        assert!(
            self.body.contains(text),
            "{text:?} is not on the page: {}",
            self.text()
        );
        self
    }

    /// What a person would read, for messages.
    fn text(&self) -> String {
        let main = self
            .body
            .split_once("<main")
            .map_or(self.body.as_str(), |(_, main)| main);
        let words = main
            .split('<')
            .filter_map(|part| part.split_once('>'))
            .map(|(_, text)| text.trim());
        let text = words
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" | ");
        if text.is_empty() { self.body.clone() } else { text }
    }
}

/// A browser: cookies, and no redirects that nobody asked for.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    http: reqwest::Client,
    pub(crate) cookies: BTreeMap<String, String>,
    said: Arc<Mutex<String>>,
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(
            self.request(Method::GET, path)
                .body(Body::empty())
                .expect("a request"),
        )
        .await
    }

    pub(crate) async fn get_json(&mut self, path: &str) -> Answer {
        let request = self
            .request(Method::GET, path)
            .header(header::ACCEPT, "application/json");
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, form, &[("origin", "http://localhost:5000")])
            .await
    }

    pub(crate) async fn post_with(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:5000");
        if self.cookies.is_empty() {
            return request;
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        request.header(header::COOKIE, cookies.join("; "))
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("a router always answers");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).expect("text"),
        };
        self.keep_cookies(&answer);
        let mut said = self.said.lock().expect("a lock");
        for (name, value) in &answer.headers {
            // The two places where a cookie and the platform's address belong are looked at on their own.
            if name != header::SET_COOKIE && name != header::LOCATION {
                let _ = writeln!(said, "{name}: {}", value.to_str().unwrap_or_default());
            }
        }
        said.push_str(&answer.body);
        drop(said);
        answer
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for cookie in answer.set_cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Begins a login and returns the platform's address.
    pub(crate) async fn begin(&mut self, path: &str) -> Url {
        self.get(path)
            .await
            .expect(303)
            .location()
            .parse()
            .expect("an absolute address")
    }

    /// What the platform sends the browser back to: path and query of the callback.
    pub(crate) async fn approve(&self, authorize: &Url) -> String {
        let answer = self
            .http
            .get(authorize.as_str())
            .send()
            .await
            .expect("the platform answers");
        let location = answer
            .headers()
            .get("location")
            .expect("back to the app")
            .to_str()
            .expect("text")
            .to_owned();
        let callback: Url = location.parse().expect("an address");
        callback[url::Position::BeforePath..].to_owned()
    }

    /// A whole login; what the callback answered.
    pub(crate) async fn log_in(&mut self, environment: &str, user: Option<&str>) -> Answer {
        let mut authorize = self.begin(&format!("/login?env={environment}")).await;
        if let Some(user) = user {
            authorize.query_pairs_mut().append_pair("login_hint", user);
        }
        let callback = self.approve(&authorize).await;
        self.get(&callback).await.expect(303)
    }

    pub(crate) fn session_cookie(&self) -> String {
        self.cookies.get("rc_session").cloned().unwrap_or_default()
    }
}
