//! Where this app is reached, and which RingCentral environments it logs people in to.

use std::sync::Arc;
use std::time::Duration;

use ringcentral::{App, Client, ClientSecret, Clock, Entropy, RateLimitPolicy, RetryPolicy};
use thiserror::Error;
use url::{Host, Url};

const CALLBACK_PATH: &str = "/oauth2callback";

/// A person waits for the page, so a full rate-limit group is told rather than waited for.
const LONGEST_WAIT_FOR_RATE_LIMITS: Duration = Duration::from_secs(5);

/// Repeating goes on for this long. An authorization code lives for a minute, so waiting out a penalty would lose it.
const LONGEST_REPEATING: Duration = Duration::from_secs(20);

/// How the login web app is set up.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// The address that people open, such as `http://localhost:5000`: https, or http on this computer.
    pub public_url: Url,
    /// The environments to log in to, in the order in which they are offered.
    pub environments: Vec<EnvironmentConfig>,
}

/// One platform and the application that is registered there.
#[derive(Clone, Debug)]
pub struct EnvironmentConfig {
    /// The name in links: `emulator`, `production`; lower-case letters, digits and dashes.
    pub name: String,
    /// The name on the page.
    pub label: String,
    /// The platform's address, such as `https://platform.ringcentral.com`.
    pub server: String,
    /// The application's client id.
    pub client_id: String,
    /// The application's secret; none for a public application.
    pub client_secret: Option<ClientSecret>,
    /// The redirect URI as it is registered; without one, `/oauth2callback` of the public URL.
    pub redirect_uri: Option<String>,
    /// A line for the people who log in here, such as whom to log in as.
    pub note: Option<String>,
}

/// A setting that the gateway cannot start with.
#[derive(Debug, Error)]
#[error("{setting} {problem}")]
pub struct ConfigError {
    setting: String,
    problem: String,
    #[source]
    source: Option<ringcentral::Error>,
}

impl ConfigError {
    fn new(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            setting: setting.into(),
            problem: problem.into(),
            source: None,
        }
    }

    /// The setting that is wrong, such as `public_url` or `environments.production.client_id`.
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

/// An environment that has been checked and can be used.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) note: Option<String>,
    /// Host and port of the platform, to show.
    pub(crate) host: String,
    /// The platform runs on this computer.
    pub(crate) local: bool,
    pub(crate) redirect_uri: String,
    /// A client without a login; every login gets its own from this one.
    pub(crate) client: Client,
}

/// The origins that are this app, seen from a browser.
#[derive(Clone, Debug)]
pub(crate) struct PublicOrigin {
    url: Url,
    accepted: Vec<String>,
}

impl PublicOrigin {
    pub(crate) fn new(url: &Url) -> Self {
        let mut accepted = vec![url.origin().ascii_serialization()];
        if is_loopback(url) {
            for host in ["localhost", "127.0.0.1", "[::1]"] {
                let mut alias = url.clone();
                if alias.set_host(Some(host)).is_ok() {
                    accepted.push(alias.origin().ascii_serialization());
                }
            }
        }
        Self {
            url: url.clone(),
            accepted,
        }
    }

    pub(crate) fn is(&self, origin: &str) -> bool {
        self.accepted.iter().any(|ours| ours == origin)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// A whole address when the browser came by another name of this computer (cookies and the callback belong to
    /// one name), else nothing in front.
    pub(crate) fn prefix_for(&self, host: Option<&str>) -> String {
        let origin = self.url.origin().ascii_serialization();
        let came_by = host.map(|host| format!("{}://{host}", self.url.scheme()));
        match came_by {
            Some(other) if other != origin && self.is(&other) => origin,
            _ => String::new(),
        }
    }

    fn callback(&self) -> String {
        format!("{}{CALLBACK_PATH}", self.url.origin().ascii_serialization())
    }
}

/// Checks everything before the first request.
pub(crate) fn check(
    config: GatewayConfig,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<(PublicOrigin, Vec<Arc<Environment>>), ConfigError> {
    let origin = check_public_url(&config.public_url)?;
    if config.environments.is_empty() {
        return Err(ConfigError::new(
            "environments",
            "is empty; name at least one environment to log in to",
        ));
    }
    let mut checked: Vec<Arc<Environment>> = Vec::new();
    for environment in config.environments {
        if checked.iter().any(|known| known.name == environment.name) {
            let setting = format!("environments.{}", environment.name);
            return Err(ConfigError::new(
                setting,
                "is there twice; every environment has its own name",
            ));
        }
        checked.push(Arc::new(check_environment(environment, &origin, clock, entropy)?));
    }
    Ok((origin, checked))
}

fn check_public_url(url: &Url) -> Result<PublicOrigin, ConfigError> {
    let wrong = |problem: &str| Err(ConfigError::new("public_url", problem));
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(url) => {}
        "http" => return wrong("must begin with https:// (http:// is for this computer only)"),
        _ => return wrong("must begin with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("holds a user name or password");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return wrong("must end after the host and port");
    }
    Ok(PublicOrigin::new(url))
}

fn check_environment(
    config: EnvironmentConfig,
    origin: &PublicOrigin,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Environment, ConfigError> {
    let name = config.name;
    let setting = |field: &str| format!("environments.{name}.{field}");
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 32 || !name.chars().all(plain) {
        let problem = "must be 1 to 32 lower-case letters, digits and dashes";
        return Err(ConfigError::new("environments.name", problem));
    }
    if config.label.trim().is_empty() {
        return Err(ConfigError::new(
            setting("label"),
            "is empty; it is the name on the login page",
        ));
    }
    if config.client_id.trim().is_empty() {
        return Err(ConfigError::new(
            setting("client_id"),
            "is empty; it is the client id of your application",
        ));
    }
    let redirect_uri = match config.redirect_uri {
        Some(uri) => {
            check_redirect_uri(uri, origin).map_err(|p| ConfigError::new(setting("redirect_uri"), p))?
        }
        None => origin.callback(),
    };

    let app = match config.client_secret {
        Some(secret) => App::confidential(config.client_id, secret),
        None => App::public(config.client_id),
    };
    let client = Client::builder(app)
        .server(&config.server)
        .clock(Arc::clone(clock))
        .entropy(Arc::clone(entropy))
        .retry(RetryPolicy::standard().within(LONGEST_REPEATING))
        .rate_limit(RateLimitPolicy::WaitAtMost(LONGEST_WAIT_FOR_RATE_LIMITS))
        .build()
        .map_err(|error| ConfigError {
            setting: format!("environments.{name}"),
            problem: "cannot be used".to_owned(),
            source: Some(error),
        })?;
    let server = client.server();
    let host = server.host_str().unwrap_or_default();
    Ok(Environment {
        label: config.label,
        note: config.note,
        host: server
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        local: is_loopback(server),
        redirect_uri,
        client,
        name,
    })
}

/// The platform sends the browser to exactly this address, so it has to be ours.
fn check_redirect_uri(uri: String, origin: &PublicOrigin) -> Result<String, String> {
    let ours = origin.callback();
    let Ok(url) = Url::parse(&uri) else {
        return Err(format!("is not a URL; it would be {ours}"));
    };
    if url.origin() != origin.url.origin() {
        return Err(format!(
            "leads to another address than public_url; it would be {ours}"
        ));
    }
    if url.path() != CALLBACK_PATH || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("must end in {CALLBACK_PATH}; it would be {ours}"));
    }
    Ok(uri)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringcentral::{OsEntropy, SystemClock};

    fn environment() -> EnvironmentConfig {
        EnvironmentConfig {
            name: "emulator".into(),
            label: "Emulator".into(),
            server: "http://localhost:5001".into(),
            client_id: "EMU-app".into(),
            client_secret: Some("canary".into()),
            redirect_uri: None,
            note: None,
        }
    }

    fn check_one(public_url: &str, environments: Vec<EnvironmentConfig>) -> Result<String, ConfigError> {
        let config = GatewayConfig {
            public_url: public_url.parse().expect("a URL"),
            environments,
        };
        let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
            (Arc::new(SystemClock), Arc::new(OsEntropy));
        check(config, &clock, &entropy).map(|(_, checked)| checked[0].redirect_uri.clone())
    }

    #[test]
    fn the_redirect_uri_follows_the_public_url() {
        let uri = check_one("http://localhost:5000", vec![environment()]).unwrap();
        assert_eq!(uri, "http://localhost:5000/oauth2callback");
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let with = |change: fn(&mut EnvironmentConfig)| {
            let mut changed = environment();
            change(&mut changed);
            vec![changed]
        };
        let url = "http://localhost:5000";
        for (public_url, environments, setting) in [
            ("http://login.example.com", with(|_| ()), "public_url"),
            ("ftp://localhost", with(|_| ()), "public_url"),
            ("https://login.example.com/app", with(|_| ()), "public_url"),
            ("https://user:pw@login.example.com", with(|_| ()), "public_url"),
            (url, vec![], "environments"),
            (url, vec![environment(), environment()], "environments.emulator"),
            (url, with(|e| e.name = "Prod uction".into()), "environments.name"),
            (url, with(|e| e.label = " ".into()), "environments.emulator.label"),
            (
                url,
                with(|e| e.client_id = String::new()),
                "environments.emulator.client_id",
            ),
            (
                url,
                with(|e| e.server = "http://platform.ringcentral.com".into()),
                "environments.emulator",
            ),
            (
                url,
                with(|e| e.redirect_uri = Some("/oauth2callback".into())),
                "environments.emulator.redirect_uri",
            ),
            (
                url,
                with(|e| e.redirect_uri = Some("http://127.0.0.1:5000/oauth2callback".into())),
                "environments.emulator.redirect_uri",
            ),
            (
                url,
                with(|e| e.redirect_uri = Some("http://localhost:5000/callback".into())),
                "environments.emulator.redirect_uri",
            ),
        ] {
            let error = check_one(public_url, environments).expect_err(setting);
            assert_eq!(error.setting(), setting);
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn links_lead_to_the_name_that_the_cookies_belong_to() {
        let origin = PublicOrigin::new(&"http://localhost:5000".parse().unwrap());
        assert_eq!(origin.prefix_for(Some("127.0.0.1:5000")), "http://localhost:5000");
        for same in [
            None,
            Some("localhost:5000"),
            Some("evil.example"),
            Some("127.0.0.1:81"),
        ] {
            assert_eq!(origin.prefix_for(same), "", "{same:?}");
        }
    }
}
