//! `ringcentral emulate`, as anyone would start it, and its control API.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Process, http};

/// A running emulator with the variables that it wrote for its clients.
#[derive(Debug)]
pub struct Emulator {
    /// The process, for its end and its output.
    pub process: Process,
    /// The variables of its env file.
    pub environment: BTreeMap<String, String>,
    client: reqwest::Client,
}

impl Emulator {
    /// Starts one on a free port and waits until it accepts connections.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(args: &[&str]) -> anyhow::Result<Self> {
        let always = ["emulate", "--listen", "127.0.0.1:0", "--env-file", "emulator.env"];
        let mut process = Process::ringcentral(&[&always[..], args].concat())?;
        let file = process.file("emulator.env").await?;
        let text = std::fs::read_to_string(file).context("cannot read the env file")?;
        Ok(Self {
            process,
            environment: parse(&text)?,
            client: http::client()?,
        })
    }

    /// One variable of the env file.
    ///
    /// # Panics
    ///
    /// When the emulator did not write it: then the test has failed.
    pub fn variable(&self, name: &str) -> &str {
        self.environment
            .get(name)
            .unwrap_or_else(|| panic!("the env file has no {name}"))
    }

    /// All variables, as for a child's environment.
    pub fn variables(&self) -> Vec<(&str, &str)> {
        self.environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// Asks the control API.
    ///
    /// # Errors
    ///
    /// When it refuses.
    pub async fn control(&self, method: &str, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let url = format!("{}/_emulator/{path}", self.variable("RC_SERVER_URL"));
        let mut request = self.client.request(method.parse()?, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{method} /_emulator/{path} answered {status}: {text}");
        }
        Ok(if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        })
    }

    /// Moves the platform's clock so far that every access token has run out.
    ///
    /// # Errors
    ///
    /// When the control API refuses.
    pub async fn expire_access_tokens(&self) -> anyhow::Result<()> {
        self.advance("61m").await
    }

    /// Moves the platform's clock so far that a refresh token is good no more if the tokens that it was exchanged for
    /// have been used. If they have not, there is still nearly an hour.
    ///
    /// # Errors
    ///
    /// When the control API refuses.
    pub async fn outlast_grace_after_use(&self) -> anyhow::Result<()> {
        self.advance("11s").await
    }

    async fn advance(&self, time: &str) -> anyhow::Result<()> {
        self.control("POST", "clock", Some(json!({ "advance": time })))
            .await?;
        Ok(())
    }

    /// Orders something to go wrong with the next `times` refreshes.
    ///
    /// # Errors
    ///
    /// When the control API refuses.
    pub async fn disturb_refreshes(&self, action: Value, times: Option<u64>) -> anyhow::Result<()> {
        let mut fault = json!({ "match": { "grantType": "refresh_token" }, "action": action });
        if let Some(times) = times {
            fault["times"] = json!(times);
        }
        self.control("POST", "faults", Some(fault)).await?;
        Ok(())
    }

    /// Takes back everything that was ordered to go wrong.
    ///
    /// # Errors
    ///
    /// When the control API refuses.
    pub async fn calm(&self) -> anyhow::Result<()> {
        self.control("DELETE", "faults", None).await?;
        Ok(())
    }

    /// The refreshes that the platform was asked for, oldest first. One that waits because of a `delay` fault is not
    /// among them.
    ///
    /// # Errors
    ///
    /// When the control API refuses.
    pub async fn refreshes(&self) -> anyhow::Result<Vec<Refresh>> {
        let journal = self
            .control("GET", "requests?grantType=refresh_token", None)
            .await?;
        let records = journal["records"].clone();
        serde_json::from_value(records).context("the journal has no records")
    }

    /// The journal, oldest first, as `METHOD path status` and the grant type where there is one.
    ///
    /// # Errors
    ///
    /// When the control API refuses.
    pub async fn journal(&self) -> anyhow::Result<Vec<String>> {
        let journal = self.control("GET", "requests", None).await?;
        let records = journal["records"]
            .as_array()
            .context("the journal has no records")?;
        let word = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned)
        };
        Ok(records
            .iter()
            .map(|record| {
                let line = format!(
                    "{} {} {}",
                    word(&record["method"]),
                    word(&record["path"]),
                    word(&record["status"])
                );
                record["grantType"]
                    .as_str()
                    .map_or_else(|| line.clone(), |grant| format!("{line} {grant}"))
            })
            .collect())
    }
}

/// A refresh as the journal tells it.
#[derive(Clone, Debug, Deserialize)]
pub struct Refresh {
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What was ordered to go wrong with it.
    pub fault: Option<String>,
}

impl Refresh {
    /// Whether the platform gave out tokens for it, even if they never arrived.
    pub fn took_effect(&self) -> bool {
        self.status == Some(200) || self.fault.as_deref() == Some("drop-after")
    }
}

/// `NAME=value` lines, with or without quotes; comments and empty lines say nothing.
fn parse(text: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line
                .split_once('=')
                .with_context(|| format!("{line:?} is no variable"))?;
            Ok((name.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
        })
        .collect()
}
