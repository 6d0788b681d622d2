//! The browser's login, with a browser made of an HTTP client: cookies, forms, and no script.

use std::collections::BTreeMap;
use std::net::TcpListener;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use url::Url;

use crate::support::{Home, Platform, Running, assert_session, http, login_ports};

/// Follows where the platform's pages lead, until they lead away from it.
struct Person<'a> {
    platform: &'a Platform,
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl<'a> Person<'a> {
    fn at(platform: &'a Platform) -> Self {
        Self {
            platform,
            client: http(),
            cookies: BTreeMap::new(),
        }
    }

    /// The page, or the address that the browser is sent to elsewhere.
    async fn visit(&mut self, url: &Url, form: Option<String>) -> Result<String, Url> {
        let (mut url, mut form) = (url.clone(), form);
        loop {
            let jar = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            let mut request = match form.take() {
                None => self.client.get(url.clone()),
                Some(body) => {
                    let kind = "application/x-www-form-urlencoded";
                    self.client
                        .post(url.clone())
                        .header("content-type", kind)
                        .body(body)
                }
            };
            request = request
                .header("accept", "text/html")
                .header(COOKIE, jar.collect::<Vec<_>>().join("; "));
            let answer = request.send().await.unwrap();
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let Some(location) = answer.headers().get(LOCATION) else {
                return Ok(answer.text().await.unwrap());
            };
            url = url.join(location.to_str().unwrap()).unwrap();
            if !url.as_str().starts_with(self.platform.url()) {
                return Err(url);
            }
        }
    }

    /// Signs in and decides; returns where the platform sends the browser.
    async fn log_in(&mut self, authorize: &Url, decision: &str) -> Url {
        let page = self.visit(authorize, None).await.unwrap();
        let (username, password) = (
            self.platform.value("RC_USERNAME"),
            self.platform.value("RC_PASSWORD"),
        );
        let form = encode(&[
            ("csrf", &csrf(&page)),
            ("username", username),
            ("password", password),
        ]);
        let page = self.visit(&self.action(&page), Some(form)).await.unwrap();
        let form = encode(&[("csrf", &csrf(&page)), ("decision", decision)]);
        self.visit(&self.action(&page), Some(form)).await.unwrap_err()
    }

    fn action(&self, page: &str) -> Url {
        let action = between(page, "action=\"", "\"")
            .replace("&amp;", "&")
            .replace("&#38;", "&");
        Url::parse(self.platform.url()).unwrap().join(&action).unwrap()
    }
}

fn csrf(page: &str) -> String {
    between(page, "name=\"csrf\" value=\"", "\"").to_owned()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let start = text
        .find(before)
        .unwrap_or_else(|| panic!("{before} is missing in {text}"))
        + before.len();
    &text[start..start + text[start..].find(after).unwrap()]
}

fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// Starts `login` and reads the address it prints.
fn begin(home: &Home, arguments: &[&str]) -> (Running, Url) {
    let mut login = Running::start(home.command(&[&["login"], arguments].concat()));
    let url = login.line(|line| line.starts_with("http://"));
    login.line(|line| line.starts_with("Waiting for it"));
    (login, Url::parse(&url).unwrap())
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[tokio::test]
async fn code_and_pkce_in_the_browser_is_the_default() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let (login, url) = begin(&home, &[]);
    assert_eq!(parameter(&url, "response_type"), "code");
    assert_eq!(parameter(&url, "code_challenge_method"), "S256");
    assert!(parameter(&url, "state").len() >= 22, "{url}");

    let back = Person::at(&platform).log_in(&url, "allow").await;
    assert!(
        back.as_str().starts_with(&parameter(&url, "redirect_uri")),
        "{back}"
    );
    let answer = http().get(back.clone()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    assert!(page.contains("You are logged in"), "{page}");
    for secret in [
        parameter(&back, "code"),
        parameter(&back, "state"),
        "http".to_owned(),
    ] {
        assert!(!page.contains(&secret), "{page}");
    }
    // The page is shown once the tokens are stored, so another command finds them at once.
    assert_eq!(home.run(&["status"]).code, 0);

    let ran = login.finish().succeeded();
    assert!(
        ran.stdout.starts_with("Logged in as Ada Quill, extension 101"),
        "{ran:?}"
    );
    assert_eq!(
        home.run(&["status", "--json"]).json()["login"]["kind"],
        "authorization_code"
    );
}

#[tokio::test]
async fn a_public_app_needs_no_secret() {
    let platform = Platform::start_with(&["--auto-approve", "102"]);
    let home = Home::new();
    let (id, server) = (platform.value("RC_PUBLIC_CLIENT_ID"), platform.url());
    home.write(".env", &format!("RC_SERVER_URL={server}\nRC_CLIENT_ID={id}\n"));
    let (login, url) = begin(&home, &[]);
    let back = Person::at(&platform).visit(&url, None).await.unwrap_err();
    http().get(back).send().await.unwrap();
    let ran = login.finish().succeeded();
    assert!(
        ran.stdout.starts_with("Logged in as Ben Osei, extension 102"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn wrong_answers_are_refused_and_do_not_end_the_wait() {
    let platform = Platform::start_with(&["--auto-approve", "101"]);
    let home = Home::with(&platform);
    let (login, url) = begin(&home, &[]);
    let back = Person::at(&platform).visit(&url, None).await.unwrap_err();

    let changed = |change: fn(&mut Url)| {
        let mut url = back.clone();
        change(&mut url);
        url
    };
    let wrong_state = changed(|url| url.set_query(Some("code=x&state=forged")));
    let no_state = changed(|url| url.set_query(Some("code=x")));
    let wrong_path = changed(|url| url.set_path("/other"));
    for forged in [wrong_state, no_state, wrong_path] {
        let status = http().get(forged.clone()).send().await.unwrap().status();
        assert!(status.is_client_error(), "{forged} {status}");
    }
    let foreign_host = http()
        .get(back.clone())
        .header("host", "evil.example.com")
        .send()
        .await
        .unwrap();
    assert!(foreign_host.status().is_client_error());
    let posted = http().post(back.clone()).send().await.unwrap();
    assert!(posted.status().is_client_error());
    assert!(
        platform.requests("path=/restapi/oauth/token").await.is_empty(),
        "no forged code was tried"
    );

    assert_eq!(http().get(back).send().await.unwrap().status(), 200);
    login.finish().succeeded();
}

#[tokio::test]
async fn declining_is_told_here_and_in_the_browser() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let (login, url) = begin(&home, &[]);
    let back = Person::at(&platform).log_in(&url, "deny").await;
    let page = http().get(back).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("The login did not work"), "{page}");
    let ran = login.finish();
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("access_denied"), "{ran:?}");
    assert_eq!(home.run(&["status"]).code, 4);
}

#[tokio::test]
async fn the_redirect_uri_of_the_settings_is_listened_on() {
    // A free port of the moment, and its URI registered nowhere: the platform refuses, and the message says what to do.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let platform = Platform::start();
    let home = Home::with(&platform);
    let uri = format!("http://127.0.0.1:{port}/mine");
    let mut command = home.command(&["login", "--timeout", "1s"]);
    command.env("RC_REDIRECT_URL", &uri);
    let mut login = Running::start(command);
    let url = Url::parse(&login.line(|line| line.starts_with("http://"))).unwrap();
    assert_eq!(parameter(&url, "redirect_uri"), uri);
    let ran = login.finish();
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stderr.contains(&format!("register {uri}")), "{ran:?}");
}

#[tokio::test]
async fn a_busy_port_falls_through_to_the_next() {
    let platform = Platform::start_with(&["--auto-approve", "101"]);
    let home = Home::with(&platform);
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://127.0.0.1:{}/callback", busy.local_addr().unwrap().port());
    let mut command = home.command(&["login"]);
    command.env("RC_REDIRECT_URL", &uri);
    let mut login = Running::start(command);
    let url = Url::parse(&login.line(|line| line.starts_with("http://"))).unwrap();
    assert!(
        parameter(&url, "redirect_uri").starts_with("http://127.0.0.1:892"),
        "{url}"
    );
    let back = Person::at(&platform).visit(&url, None).await.unwrap_err();
    http().get(back).send().await.unwrap();
    login.finish().succeeded();
}

#[tokio::test]
async fn without_a_browser_the_address_is_pasted() {
    use std::io::Write as _;
    use std::process::Stdio;
    let platform = Platform::start_with(&["--auto-approve", "101"]);
    let home = Home::with(&platform);
    for (change, code) in [("", 0), ("&state=forged", 1), ("garbage", 2)] {
        let mut command = home.command(&["login", "--no-browser"]);
        command.stdin(Stdio::piped());
        let mut login = Running::start(command);
        let url = Url::parse(&login.line(|line| line.starts_with("http://"))).unwrap();
        let back = Person::at(&platform).visit(&url, None).await.unwrap_err();
        let pasted = match change {
            "" => back.to_string(),
            "garbage" => "garbage".to_owned(),
            _ => format!(
                "{}?code={}{change}",
                parameter(&url, "redirect_uri"),
                parameter(&back, "code")
            ),
        };
        writeln!(login.child.stdin.take().unwrap(), "{pasted}").unwrap();
        let ran = login.finish();
        assert_eq!(ran.code, code, "{change} {ran:?}");
        let secret = parameter(&back, "code");
        assert!(
            !ran.stdout.contains(&secret) && !ran.stderr.contains(&secret),
            "{ran:?}"
        );
    }
}

#[test]
fn nothing_pasted_is_told() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\n");
    let ran = home.run(&["login", "--no-browser"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no address was pasted"), "{ran:?}");
}

#[test]
fn control_c_while_waiting_exits_130_and_stores_nothing() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_SERVER_URL=http://127.0.0.1:9\n");
    let (login, _) = begin(&home, &[]);
    login.signal("INT");
    let ran = login.finish();
    assert_eq!(ran.code, 130, "{ran:?}");
    assert_eq!(home.run(&["status"]).code, 4);
}

#[test]
fn only_this_machine_can_bring_the_answer() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_SERVER_URL=http://127.0.0.1:9\n");
    let (login, url) = begin(&home, &[]);
    let port = Url::parse(&parameter(&url, "redirect_uri"))
        .unwrap()
        .port()
        .unwrap();
    let listening: Vec<_> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .flat_map(|table| {
            std::fs::read_to_string(table)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|line| line.contains(&format!(":{port:04X} 0")) && line.contains(" 0A "))
        .collect();
    assert!(!listening.is_empty());
    for line in listening {
        let local = line.split_whitespace().nth(1).unwrap().to_owned();
        assert!(
            local.starts_with("0100007F:") || local.starts_with("00000000000000000000000001000000:"),
            "{line}"
        );
    }
    login.signal("INT");
    login.finish();
}

#[test]
fn the_address_is_shown_even_when_told_to_be_quiet() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_SERVER_URL=http://127.0.0.1:9\n");
    let _ports = login_ports();
    let ran = home.run(&["login", "--quiet", "--timeout", "0s"]);
    assert_eq!(ran.code, 6);
    assert!(
        ran.stderr.contains("http://127.0.0.1:9/restapi/oauth/authorize?"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("Waiting"), "{ran:?}");
    assert_eq!(ran.stdout, "");
}

#[test]
fn waiting_in_vain_is_told() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_SERVER_URL=https://platform.example.com\nRC_REDIRECT_URL=https://app.example.com/back\n");
    let _ports = login_ports();
    let mut ran = home.run(&["login", "--timeout", "0s"]);
    let address = ran
        .stderr
        .lines()
        .position(|line| line.contains("/oauth/authorize?"))
        .unwrap();
    let lines: Vec<_> = ran
        .stderr
        .lines()
        .enumerate()
        .filter(|(n, _)| *n != address)
        .collect();
    ran.stderr = lines.iter().map(|(_, line)| *line).collect::<Vec<_>>().join("\n");
    assert_session!(home, ran, @r#"
    exit 6
    --- stderr
    warning: https://app.example.com/back is not an address of this machine, so another one is used
    Open this address in your browser:


    Waiting for it to come back to http://127.0.0.1:[PORT]/callback (Ctrl-C to stop)
    error: the browser did not come back in time
      try: if it showed an error, register http://127.0.0.1:[PORT]/callback for the app in the developer portal
      try: ringcentral login --no-browser   (when the browser is on another machine)
    "#);
}
