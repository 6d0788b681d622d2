//! The tests' own HTTP client, and a visitor who uses pages as a browser without script would.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, redirect};
use url::Url;

use crate::form::Form;

/// A client that follows no redirect and uses no proxy.
///
/// # Errors
///
/// When TLS cannot be set up.
#[expect(
    clippy::disallowed_methods,
    reason = "these tests look at the servers from outside, without the SDK"
)]
pub fn client() -> anyhow::Result<Client> {
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        // The emulator closes a connection that was idle for half a minute, maybe in the moment of the next request.
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(60));
    builder.build().context("cannot make an HTTP client")
}

/// A person at a browser: keeps cookies, reads pages, fills in forms.
#[derive(Debug)]
pub struct Visitor {
    client: Client,
    cookies: BTreeMap<String, String>,
}

/// Where a request led.
#[derive(Debug)]
pub enum Visited {
    /// A page, with where it is.
    Page(Url, String),
    /// A redirect to somewhere.
    Redirect(Url),
}

impl Visitor {
    /// With an empty cookie jar.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            client: client()?,
            cookies: BTreeMap::new(),
        })
    }

    /// Opens an address.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that is neither a page nor a redirect.
    pub async fn open(&mut self, url: &Url) -> anyhow::Result<Visited> {
        let request = self.client.get(url.clone()).header(COOKIE, self.cookie_header());
        let response = request
            .send()
            .await
            .with_context(|| format!("cannot open {}", bare(url)))?;
        self.visited(url, response).await
    }

    /// Sends a form.
    ///
    /// # Errors
    ///
    /// As for [`Visitor::open`].
    pub async fn submit(&mut self, form: &Form) -> anyhow::Result<Visited> {
        let request = if form.method == "post" {
            self.client.post(form.action.clone()).form(&form.fields)
        } else {
            let mut action = form.action.clone();
            action.query_pairs_mut().clear().extend_pairs(&form.fields);
            self.client.get(action)
        };
        let response = request.header(COOKIE, self.cookie_header()).send().await;
        self.visited(
            &form.action,
            response.with_context(|| format!("cannot send a form to {}", bare(&form.action)))?,
        )
        .await
    }

    /// Goes through the platform's login: opens the address, types the credentials, agrees, and returns where the
    /// browser was sent back to.
    ///
    /// # Errors
    ///
    /// When a page is not what a person would expect there.
    pub async fn log_in(
        &mut self,
        authorize: &Url,
        redirect_uri: &str,
        user: &[(&str, &str)],
    ) -> anyhow::Result<Url> {
        let mut at = self.open(authorize).await?;
        // Login, consent and their redirects: a flow that takes longer goes in circles.
        for _ in 0..8 {
            at = match at {
                Visited::Redirect(to) if to.as_str().starts_with(redirect_uri) => return Ok(to),
                Visited::Redirect(to) => self.open(&to).await?,
                Visited::Page(url, html) => {
                    let form = match Form::with_field(&url, &html, "password") {
                        Some(mut form) => {
                            for (name, value) in user {
                                form.fill(name, value)
                                    .with_context(|| format!("on the page {}", bare(&url)))?;
                            }
                            form
                        }
                        None => Form::with_button(&url, &html, &["allow", "authorize", "authorise"])
                            .with_context(|| {
                                format!("no form to log in or to agree on {}: {html}", bare(&url))
                            })?,
                    };
                    self.submit(&form).await?
                }
            };
        }
        bail!("the login goes in circles")
    }

    async fn visited(&mut self, url: &Url, response: Response) -> anyhow::Result<Visited> {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies
                    .insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        let status = response.status();
        if let Some(location) = response.headers().get(LOCATION) {
            return Ok(Visited::Redirect(url.join(location.to_str()?)?));
        }
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{} answered {status}: {text}", bare(url));
        }
        Ok(Visited::Page(url.clone(), text))
    }

    fn cookie_header(&self) -> String {
        self.cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// The address without its query, which may hold a code.
fn bare(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
