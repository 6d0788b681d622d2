//! Listening: one address, or both loopback addresses on one port.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs as _};

use tokio_rustls::TlsAcceptor;

use crate::emulator::StartError;

/// A socket that listens, in the clear or by TLS.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
}

/// Sockets that listen.
pub(crate) struct Bound {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) url: String,
}

impl Bound {
    /// The same, by TLS.
    pub(crate) fn secured(mut self, tls: &TlsAcceptor) -> Self {
        for listener in &mut self.listeners {
            listener.tls = Some(tls.clone());
        }
        if let Some(rest) = self.url.strip_prefix("http://") {
            self.url = format!("https://{rest}");
        }
        self
    }

    /// The same, under the name by which other machines know this one.
    pub(crate) fn named(mut self, host: &str) -> Self {
        let (scheme, _) = self.url.split_once(':').unwrap_or(("http", ""));
        let port = self.addresses[0].port();
        self.url = match host.parse() {
            Ok(IpAddr::V6(ip)) => format!("{scheme}://[{ip}]:{port}"),
            _ => format!("{scheme}://{host}:{port}"),
        };
        self
    }

    /// Whether other machines can reach it.
    pub(crate) fn is_exposed(&self) -> bool {
        self.addresses.iter().any(|address| !address.ip().is_loopback())
    }
}

/// How often to look for a port that is free on both loopback addresses.
const ATTEMPTS: u32 = 20;

/// Listens on `host:port`.
pub(crate) fn bind(listen: &str) -> Result<Bound, StartError> {
    let address_error = |source| StartError::Address {
        listen: listen.to_owned(),
        source,
    };
    let listeners = if let Some(("localhost", port)) = listen.rsplit_once(':') {
        let port = port
            .parse()
            .map_err(|_| address_error(io::Error::from(ErrorKind::InvalidInput)))?;
        both_loopbacks(port).map_err(|(address, error)| bind_error(address, error, listen))?
    } else {
        let address = listen
            .to_socket_addrs()
            .map_err(|source| match source.kind() {
                ErrorKind::InvalidInput => address_error(source),
                _ => listen_error(listen, source),
            })?
            .next()
            .ok_or_else(|| address_error(io::Error::from(ErrorKind::AddrNotAvailable)))?;
        vec![TcpListener::bind(address).map_err(|error| bind_error(address, error, listen))?]
    };
    let addresses: Vec<SocketAddr> = listeners
        .iter()
        .map(TcpListener::local_addr)
        .collect::<io::Result<_>>()
        .map_err(address_error)?;
    let url = url(listen, addresses[0]);
    let listeners = listeners
        .into_iter()
        .map(|socket| Listener { socket, tls: None })
        .collect();
    Ok(Bound {
        listeners,
        addresses,
        url,
    })
}

/// `127.0.0.1` and, where the machine has it, `::1`.
fn both_loopbacks(port: u16) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let first = TcpListener::bind(v4).map_err(|error| (v4, error))?;
        let taken = first.local_addr().map_err(|error| (v4, error))?.port();
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, taken));
        match TcpListener::bind(v6) {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                if port != 0 || attempt == ATTEMPTS {
                    return Err((v6, error));
                }
            }
            // No IPv6 on this machine: then nobody resolves localhost to it either.
            Err(_) => return Ok(vec![first]),
        }
    }
}

fn bind_error(address: SocketAddr, error: io::Error, listen: &str) -> StartError {
    if error.kind() == ErrorKind::AddrInUse {
        StartError::PortInUse { address }
    } else {
        listen_error(listen, error)
    }
}

fn listen_error(listen: &str, source: io::Error) -> StartError {
    StartError::Listen {
        listen: listen.to_owned(),
        source,
    }
}

fn url(listen: &str, address: SocketAddr) -> String {
    let port = address.port();
    if listen.starts_with("localhost:") {
        return format!("http://localhost:{port}");
    }
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("http://127.0.0.1:{port}"),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("http://[::1]:{port}"),
        _ => format!("http://{address}"),
    }
}
