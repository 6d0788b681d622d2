//! A real Chromium, driven through ChromeDriver as a person would use it.

mod devtools;
mod pictures;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;
use url::Url;

use crate::wait::{self, DEADLINE};
use crate::{Process, place};

/// As root and without a screen, asking nobody outside for anything. The screen that is not there is large enough for a
/// popup: without one, a click on its lower half would miss.
const SWITCHES: [&str; 9] = [
    "--headless=new",
    "--screen-info={1280x1024}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The driver; every browser of a test is started through one of these.
#[derive(Debug)]
pub struct ChromeDriver {
    port: u16,
    _process: Process,
}

impl ChromeDriver {
    /// Starts one on a port of its own choice.
    ///
    /// # Errors
    ///
    /// When it is not installed or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let mut process = Process::start(&place::in_path("chromedriver")?, &["--port=0"], &[])?;
        let stdout = process
            .child()
            .stdout
            .take()
            .context("ChromeDriver has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let port = timeout(DEADLINE, async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    return Ok(port.trim_end_matches('.').parse()?);
                }
            }
            bail!("ChromeDriver ended: {}", process.errors())
        })
        .await
        .context("ChromeDriver does not say its port")??;
        // It goes on writing; nobody reading would stop it in the end.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            port,
            _process: process,
        })
    }

    /// A new browser with a profile of its own, as everyone has it.
    ///
    /// # Errors
    ///
    /// When Chromium does not start.
    pub async fn browser(&self) -> anyhow::Result<Browser> {
        self.open(json!({})).await
    }

    /// A new browser that runs no script.
    ///
    /// # Errors
    ///
    /// When Chromium does not start.
    pub async fn browser_without_script(&self) -> anyhow::Result<Browser> {
        self.open(json!({ "profile.managed_default_content_settings.javascript": 2 }))
            .await
    }

    async fn open(&self, preferences: Value) -> anyhow::Result<Browser> {
        let profile = TempDir::new().context("cannot make a browser profile")?;
        let mut switches = SWITCHES.map(ToOwned::to_owned).to_vec();
        switches.push(format!("--user-data-dir={}", profile.path().display()));
        let options = json!({ "binary": chromium()?, "args": switches, "prefs": preferences });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let driver = format!("http://{}:{}", Ipv4Addr::LOCALHOST, self.port);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver)
            .await;
        let client = client.context("cannot start Chromium through ChromeDriver")?;
        let session = client.session_id().await?.context("the browser has no session")?;
        let browser = Browser {
            client,
            port: self.port,
            session,
            _profile: profile,
        };
        browser.size(pictures::DESKTOP).await?;
        Ok(browser)
    }
}

/// One browser with one profile. It is closed when this is dropped.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Opens an address as if typed.
    ///
    /// # Errors
    ///
    /// When nothing answers there.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        self.client
            .goto(url)
            .await
            .with_context(|| format!("the browser cannot open {url}"))
    }

    /// The address of the page.
    ///
    /// # Errors
    ///
    /// When the browser is gone.
    pub async fn address(&self) -> anyhow::Result<Url> {
        Ok(self.client.current_url().await?)
    }

    /// The text that a person sees on the page.
    ///
    /// # Errors
    ///
    /// When there is no page.
    pub async fn text(&self) -> anyhow::Result<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }

    /// Waits until the page says this.
    ///
    /// # Errors
    ///
    /// When it never does; the error holds what the page says instead.
    pub async fn see(&self, words: &str) -> anyhow::Result<String> {
        let seen = wait::until(&format!("a page says {words:?}"), || async {
            // Between two pages there may be none.
            Ok(self.text().await.ok().filter(|text| text.contains(words)))
        })
        .await;
        match seen {
            Ok(text) => Ok(text),
            Err(error) => {
                let last = self.text().await.unwrap_or_default();
                let address = self
                    .address()
                    .await
                    .map(|url| url.to_string())
                    .unwrap_or_default();
                Err(error.context(format!("{address} says: {last}")))
            }
        }
    }

    /// Clicks what the CSS selector finds first, once it is there.
    ///
    /// # Errors
    ///
    /// When it never appears or cannot be clicked.
    pub async fn click(&self, selector: &str) -> anyhow::Result<()> {
        self.when_there(Locator::Css(selector))
            .await?
            .click()
            .await
            .with_context(|| format!("cannot click {selector}"))
    }

    /// Clicks the link or button that says exactly this.
    ///
    /// # Errors
    ///
    /// When it never appears or cannot be clicked.
    pub async fn press(&self, words: &str) -> anyhow::Result<()> {
        let path = format!("//*[self::a or self::button][normalize-space()='{words}']");
        self.when_there(Locator::XPath(&path))
            .await?
            .click()
            .await
            .with_context(|| format!("cannot press {words:?}"))
    }

    /// Types into a field, in place of what is in it.
    ///
    /// # Errors
    ///
    /// When there is no such field.
    pub async fn fill(&self, selector: &str, text: &str) -> anyhow::Result<()> {
        let field = self.when_there(Locator::Css(selector)).await?;
        field
            .clear()
            .await
            .with_context(|| format!("cannot clear {selector}"))?;
        field
            .send_keys(text)
            .await
            .with_context(|| format!("cannot type into {selector}"))
    }

    /// Presses keys (a character each, or WebDriver's numbers for the others) where the focus is.
    ///
    /// # Errors
    ///
    /// When nothing has the focus that takes keys.
    pub async fn keys(&self, keys: &str) -> anyhow::Result<()> {
        let focused = self.client.active_element().await?;
        focused.send_keys(keys).await.context("cannot press keys")
    }

    /// How many elements the selector finds now.
    ///
    /// # Errors
    ///
    /// When the browser is gone.
    pub async fn count(&self, selector: &str) -> anyhow::Result<usize> {
        Ok(self.client.find_all(Locator::Css(selector)).await?.len())
    }

    /// Runs a script in the page.
    ///
    /// # Errors
    ///
    /// When it throws.
    pub async fn script(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Everything the browser would send or show of itself: the names and values of all cookies.
    ///
    /// # Errors
    ///
    /// When the browser is gone.
    pub async fn cookies(&self) -> anyhow::Result<Vec<(String, String)>> {
        let cookies = self.client.get_all_cookies().await?;
        Ok(cookies
            .iter()
            .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
            .collect())
    }

    /// Waits until there are that many windows, and goes to another one than before if there is one.
    ///
    /// # Errors
    ///
    /// When there never are.
    pub async fn windows(&self, count: usize) -> anyhow::Result<()> {
        let before = self.client.window().await.ok();
        let windows = wait::until(&format!("there are {count} windows"), || async {
            Ok(self
                .client
                .windows()
                .await
                .ok()
                .filter(|windows| windows.len() == count))
        })
        .await?;
        let other = windows
            .iter()
            .find(|window| Some(*window) != before.as_ref())
            .or(windows.first());
        Ok(self
            .client
            .switch_to_window(other.context("no window is left")?.clone())
            .await?)
    }

    async fn when_there(&self, what: Locator<'_>) -> anyhow::Result<fantoccini::elements::Element> {
        let found = self.client.wait().at_most(DEADLINE).for_element(what).await;
        match found {
            Ok(element) => Ok(element),
            Err(error) => {
                let address = self
                    .address()
                    .await
                    .map(|url| url.to_string())
                    .unwrap_or_default();
                let text = self.text().await.unwrap_or_default();
                Err(error).with_context(|| format!("there is no {what:?} on {address}, which says: {text}"))
            }
        }
    }
}

/// ChromeDriver closes Chromium only when asked, so it is asked even when the test has failed.
impl Drop for Browser {
    fn drop(&mut self) {
        let request = format!(
            "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
            self.session
        );
        if let Ok(mut driver) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
            let _ = driver.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = driver
                .write_all(request.as_bytes())
                .and_then(|()| driver.read(&mut [0; 64]).map(|_| ()));
        }
    }
}

fn chromium() -> anyhow::Result<PathBuf> {
    let found = NAMES.into_iter().find_map(|name| place::in_path(name).ok());
    found.context("Chromium is not installed; `cargo xtask test` says how to get it")
}
