//! `ringcentral dev`, as a newcomer would start it: the local platform and the login web app together.

use std::net::TcpListener;

use anyhow::Context;
use serde_json::Value;

use crate::{Process, http, wait};

/// A running pair of web app and platform.
#[derive(Debug)]
pub struct Dev {
    /// The process, for its end and its output.
    pub process: Process,
    /// The web app's address, `http://localhost:PORT`.
    pub url: String,
    /// The platform's address.
    pub platform: String,
    client: reqwest::Client,
}

impl Dev {
    /// Starts both on free ports and waits until they answer.
    ///
    /// # Errors
    ///
    /// When they do not start.
    pub async fn start() -> anyhow::Result<Self> {
        let (app, platform) = (
            format!("localhost:{}", free_port()?),
            format!("localhost:{}", free_port()?),
        );
        let words = [
            "dev",
            "--no-open",
            "--listen",
            &app,
            "--emulator-listen",
            &platform,
        ];
        let mut dev = Self {
            process: Process::ringcentral(&words)?,
            url: format!("http://{app}"),
            platform: format!("http://{platform}"),
            client: http::client()?,
        };
        let (ready, client) = (format!("{}/readyz", dev.url), dev.client.clone());
        wait::until("the web app is ready", || {
            let living = dev.process.must_live();
            let request = client.get(&ready).send();
            async {
                living?;
                Ok(request
                    .await
                    .ok()
                    .filter(|answer| answer.status().is_success())
                    .map(|_| ()))
            }
        })
        .await?;
        Ok(dev)
    }

    /// The platform's journal: how often it got this request and answered it with this status.
    ///
    /// # Errors
    ///
    /// When the control API refuses.
    pub async fn platform_saw(&self, method: &str, path: &str, status: u16) -> anyhow::Result<usize> {
        let journal = self
            .client
            .get(format!("{}/_emulator/requests", self.platform))
            .send()
            .await?;
        let journal: Value = journal.error_for_status()?.json().await?;
        let records = journal["records"]
            .as_array()
            .context("the journal has no records")?;
        let fits = |record: &&Value| {
            record["method"] == method && record["path"] == path && record["status"] == status
        };
        Ok(records.iter().filter(fits).count())
    }
}

/// A port that nobody uses now. Another program could take it before ours does; then the test says so.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("there is no free port")?;
    Ok(listener.local_addr()?.port())
}
