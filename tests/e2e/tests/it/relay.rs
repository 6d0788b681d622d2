//! A network between a worker and the platform that keeps the answer to a refresh for itself.

use std::sync::Arc;

use anyhow::{Context, bail};
use ringcentral_e2e::{Emulator, wait};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

/// Passes everything on, both ways, but the platform's answer to a refresh. It ends when this is dropped.
pub(crate) struct Relay {
    url: String,
    kept: Arc<Notify>,
    _connections: JoinSet<()>,
}

impl Relay {
    /// Before this platform.
    pub(crate) async fn before(emulator: &Emulator) -> anyhow::Result<Self> {
        let platform: Url = emulator.variable("RC_SERVER_URL").parse()?;
        let port = platform.port().context("the platform has no port")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let kept = Arc::new(Notify::new());
        let mut connections = JoinSet::new();
        let note = Arc::clone(&kept);
        connections.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                open.spawn(pass_on(client, port, Arc::clone(&note)));
            }
        });
        Ok(Self {
            url,
            kept,
            _connections: connections,
        })
    }

    /// Where the worker finds the platform behind this.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the platform has answered a refresh.
    pub(crate) async fn has_an_answer(&self) -> anyhow::Result<()> {
        if timeout(wait::DEADLINE, self.kept.notified()).await.is_err() {
            bail!("the platform has answered no refresh");
        }
        Ok(())
    }
}

/// One connection. A connection that fails is closed, as it would be without us.
async fn pass_on(client: TcpStream, port: u16, kept: Arc<Notify>) {
    const REFRESH: &[u8] = b"grant_type=refresh_token";
    let Ok(platform) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let ((mut from_client, mut to_client), (mut from_platform, mut to_platform)) =
        (client.into_split(), platform.into_split());
    let mut sent = Vec::new();
    let (mut request, mut answer) = (vec![0; 4096], vec![0; 4096]);
    loop {
        tokio::select! {
            read = from_client.read(&mut request) => match read {
                Ok(length) if length > 0 => {
                    sent.extend_from_slice(&request[..length]);
                    if to_platform.write_all(&request[..length]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            read = from_platform.read(&mut answer) => match read {
                Ok(length) if length > 0 => {
                    if sent.windows(REFRESH.len()).any(|part| part == REFRESH) {
                        kept.notify_one();
                    } else if to_client.write_all(&answer[..length]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
}
