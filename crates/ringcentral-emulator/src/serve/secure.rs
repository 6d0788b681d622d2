//! From a connection to one by TLS; and a word to whoever speaks plain http to an https port.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a client may take to say hello.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first byte of every TLS connection.
const HANDSHAKE: u8 = 0x16;

/// A request for which this is not the right port is read no further than this.
const HEAD_LIMIT: usize = 16 * 1024;

const PLAIN: &str = "This port speaks https: write https:// in front of its address. The certificate authority to trust \
                     is in the file that the emulator named at its start, RC_CA_FILE.\n";

/// The connection, once both sides have agreed; `None` if they have not.
pub(super) async fn handshake(tls: &TlsAcceptor, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
    let agreed = async {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Ok(None);
        }
        if first[0] != HANDSHAKE {
            return explain(stream).await.map(|()| None);
        }
        tls.accept(stream).await.map(Some)
    };
    match tokio::time::timeout(PATIENCE, agreed).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            // Mostly a client that does not trust the authority.
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}

async fn explain(mut stream: TcpStream) -> std::io::Result<()> {
    // The request is read first: to close on unread bytes would take the answer back.
    let mut head = Vec::new();
    while head.len() < HEAD_LIMIT && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{PLAIN}",
        PLAIN.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}
