//! A browser without script, at the sign-in pages.

use std::collections::BTreeMap;

use reqwest::Method;

use crate::support::{Answer, Lab, REDIRECT, WEB_APP, encode};

pub(crate) const PAGE: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// A browser: a cookie jar and the page it looks at.
pub(crate) struct Browser<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) page: Answer,
}

impl<'a> Browser<'a> {
    pub(crate) async fn open(lab: &'a Lab, path: &str) -> Self {
        let page = Answer {
            status: 0,
            headers: reqwest::header::HeaderMap::new(),
            text: String::new(),
        };
        let mut browser = Self {
            lab,
            cookies: BTreeMap::new(),
            page,
        };
        browser.go(path).await;
        browser
    }

    pub(crate) async fn go(&mut self, path: &str) {
        self.visit(Method::GET, path, String::new()).await;
    }

    /// Follows redirects within the emulator; one that leads away stays in `page`.
    pub(crate) async fn visit(&mut self, method: Method, path: &str, body: String) {
        let (mut method, mut path, mut body) = (method, path.to_owned(), body);
        loop {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let cookies = cookies.join("; ");
            let mut headers = vec![PAGE, ("content-type", "application/x-www-form-urlencoded")];
            if !cookies.is_empty() {
                headers.push(("cookie", &cookies));
            }
            self.page = self
                .lab
                .send(method, &path, &headers, body)
                .await
                .expect("an answer");
            for cookie in self.page.headers.get_all("set-cookie") {
                let cookie = cookie.to_str().expect("text");
                assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
                let (name, value) = cookie
                    .split(';')
                    .next()
                    .and_then(|pair| pair.split_once('='))
                    .expect("a pair");
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let target = self.page.header("location");
            if !target.starts_with('/') {
                return;
            }
            (method, path, body) = (Method::GET, target.to_owned(), String::new());
        }
    }

    /// Sends the page's first form whose action holds `action`.
    pub(crate) async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) {
        let form = self
            .page
            .text
            .split("<form ")
            .skip(1)
            .find(|form| form.contains(action))
            .unwrap_or_else(|| panic!("a form for {action} in {}", self.page.text));
        let target = attribute(form, "action=\"");
        let mut sent = vec![(
            "csrf",
            attribute(
                form.split("name=\"csrf\"").nth(1).expect("a csrf field"),
                "value=\"",
            ),
        )];
        sent.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.visit(Method::POST, &target, encode(&sent)).await;
    }

    pub(crate) async fn log_in(&mut self, username: &str, password: &str) {
        self.submit("/login", &[("username", username), ("password", password)])
            .await;
    }

    /// The alert's text, without the tags in it.
    pub(crate) fn alert(&self) -> String {
        let rest = self.page.text.split("role=\"alert\"").nth(1).unwrap_or_default();
        let alert = rest.split("</p>").next().unwrap_or_default();
        let pieces = alert.split('<').filter_map(|piece| piece.split_once('>'));
        pieces.map(|(_, text)| text).collect()
    }

    /// The tag of the field with this name.
    pub(crate) fn field(&self, name: &str) -> &str {
        let tag = self.page.text.split("<input ").skip(1);
        tag.filter_map(|rest| rest.split('>').next())
            .find(|tag| tag.contains(&format!("name=\"{name}\"")))
            .unwrap_or_default()
    }

    pub(crate) fn title(&self) -> &str {
        self.page
            .text
            .split("<h1>")
            .nth(1)
            .and_then(|rest| rest.split("</h1>").next())
            .unwrap_or_default()
    }
}

pub(crate) fn attribute(text: &str, opening: &str) -> String {
    let value = text
        .split(opening)
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("an attribute");
    value.replace("&#38;", "&").replace("&amp;", "&")
}

pub(crate) fn login_link(more: &[(&str, &str)]) -> String {
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", WEB_APP.0),
        ("redirect_uri", REDIRECT),
        ("state", "s t&a+te"),
    ];
    query.extend(more);
    format!("/restapi/oauth/authorize?{}", encode(&query))
}
