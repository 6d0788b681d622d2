//! A network between the vault and PostgreSQL that fails at the worst moment.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// When the connection that commits new tokens breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before the server hears of the commit.
    Request,
    /// After the server has committed, and before the vault hears of it.
    Answer,
}

/// Passes bytes on between the vault and a server, until it is told to cut.
pub(crate) struct Proxy {
    port: u16,
    planned: Arc<Mutex<Option<Cut>>>,
}

impl Proxy {
    /// In front of a server on this port.
    pub(crate) async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let planned = Arc::new(Mutex::new(None));
        let plan = Arc::clone(&planned);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(pass_on(client, server, Arc::clone(&plan)));
            }
        });
        Self { port, planned }
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The next commit of new tokens is cut off.
    pub(crate) fn plan(&self, cut: Cut) {
        *self.planned.lock().unwrap() = Some(cut);
    }

    pub(crate) fn has_cut(&self) -> bool {
        self.planned.lock().unwrap().is_none()
    }
}

/// One connection, until either side ends it or the plan does.
async fn pass_on(mut client: TcpStream, mut server: TcpStream, planned: Arc<Mutex<Option<Cut>>>) {
    let (mut asked, mut answered) = ([0; 16 * 1024], [0; 16 * 1024]);
    let mut commits = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let message = &asked[..length];
                // The statement's text comes first, and in the next message ("bind") its values.
                if commits && message[0] == b'B' {
                    let cut = planned.lock().unwrap().take();
                    if cut == Some(Cut::Answer) {
                        swallow_answer(&mut server, message).await;
                    }
                    return;
                }
                commits = planned.lock().unwrap().is_some()
                    && contains(message, b"UPDATE vault_logins SET sealed_tokens");
                if server.write_all(message).await.is_err() { return }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() { return }
            }
        }
    }
}

async fn swallow_answer(server: &mut TcpStream, message: &[u8]) {
    const READY: &[u8] = b"Z\0\0\0\x05I";
    server.write_all(message).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(READY) {
        assert!(server.read_buf(&mut answer).await.unwrap() > 0);
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
