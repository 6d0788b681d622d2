//! As much of HTTP as one measured request at a time needs: a connection that is kept, and answers of a known length.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// What is asked, once or under load.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Ask {
    pub(super) fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub(super) fn post(path: &str, content_type: &str, body: impl Into<String>) -> Self {
        Self {
            method: "POST",
            path: path.to_owned(),
            headers: vec![("Content-Type", content_type.to_owned())],
            body: body.into(),
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A kept connection.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(2)))?;
        Ok(Self {
            stream: BufReader::new(stream),
            address,
        })
    }

    /// The body of the answer, which has to be a success.
    pub(super) fn send(&mut self, ask: &Ask) -> anyhow::Result<String> {
        let mut request = Vec::new();
        write!(
            request,
            "{} {} HTTP/1.1\r\nHost: {}\r\n",
            ask.method, ask.path, self.address
        )?;
        for (name, value) in &ask.headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        write!(request, "Content-Length: {}\r\n\r\n{}", ask.body.len(), ask.body)?;
        self.stream.get_mut().write_all(&request)?;
        let mut status = String::new();
        self.stream.read_line(&mut status)?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            self.stream.read_line(&mut header)?;
            let header = header.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().context("a length that is no number")?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let body = String::from_utf8(body).context("an answer that is no text")?;
        if status.split(' ').nth(1).is_none_or(|code| !code.starts_with('2')) {
            bail!(
                "{} {} was answered {} {body}",
                ask.method,
                ask.path,
                status.trim()
            );
        }
        Ok(body)
    }

    /// How long the answer took.
    pub(super) fn time(&mut self, ask: &Ask) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.send(ask)?;
        Ok(begun.elapsed())
    }
}

/// The text behind a key of a JSON document. Good for values that need no escape: tokens, numbers, addresses.
pub(super) fn text<'a>(json: &'a str, key: &str) -> anyhow::Result<&'a str> {
    let quoted = format!("\"{key}\":");
    json.split_once(&quoted)
        .map(|(_, rest)| rest.trim_start())
        .and_then(|rest| rest.strip_prefix('"'))
        .and_then(|rest| rest.split_once('"'))
        .map(|(value, _)| value)
        .with_context(|| format!("there is no {key} in {json}"))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn text_is_found_by_its_key() {
        let json = r#"{"url":"http://127.0.0.1:1","environment":{"RC_JWT": "EMU"},"count":3}"#;
        assert_eq!(text(json, "url").unwrap(), "http://127.0.0.1:1");
        assert_eq!(text(json, "RC_JWT").unwrap(), "EMU");
        for key in ["count", "RC", "nothing"] {
            assert!(text(json, key).is_err(), "{key}");
        }
    }
}
