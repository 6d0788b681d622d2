//! What WebDriver has no word for: commands of the `DevTools` protocol, through ChromeDriver's own endpoint.

use anyhow::Context;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::Browser;

#[derive(Debug)]
struct Command {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (
            Method::POST,
            Some(json!({ "cmd": self.name, "params": self.parameters }).to_string()),
        )
    }
}

impl Browser {
    /// One command of the `DevTools` protocol.
    ///
    /// # Errors
    ///
    /// When the browser refuses it.
    pub async fn devtools(&self, name: &'static str, parameters: Value) -> anyhow::Result<Value> {
        let answer = self.client.issue_cmd(Command { name, parameters }).await;
        answer.with_context(|| format!("the browser refuses {name}"))
    }

    /// From the next page on, no script can open a window, as in a browser that blocks popups.
    ///
    /// # Errors
    ///
    /// When the browser is gone.
    pub async fn block_popups(&self) -> anyhow::Result<()> {
        let source = "window.open = () => null";
        self.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": source }),
        )
        .await
        .map(|_| ())
    }
}
