//! Listening for the login web app, and stopping when asked to.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::failure::Failure;

/// How long requests under way may take once the end is asked for.
const GRACE: Duration = Duration::from_secs(10);

/// Sockets that listen, and the address under which a browser on this machine reaches them.
pub(crate) struct Bound {
    listeners: Vec<TcpListener>,
    pub(crate) url: Url,
}

/// `localhost` means both loopback addresses: which of them a browser tries first is its own business.
pub(crate) async fn bind(listen: &str, flag: &'static str) -> Result<Bound, Failure> {
    let (host, port) = split(listen).ok_or_else(|| {
        Failure::usage(format!("{flag} {listen} is not an address")).advise(format!("{flag} localhost:5000"))
    })?;
    let failed = |error: &io::Error| failure(listen, host, port, flag, error);
    if host == "localhost" {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(|error| failed(&error))?;
        let port = first.local_addr().map_err(|error| failed(&error))?.port();
        let second = match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(second) => Some(second),
            Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(failed(&error)),
            // This machine has no IPv6.
            Err(_) => None,
        };
        let listeners = [first].into_iter().chain(second).collect();
        return Ok(Bound {
            listeners,
            url: url("localhost", port),
        });
    }
    let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> = lookup_host((unbracketed, port))
        .await
        .map_err(|error| failed(&error))?
        .collect();
    let listener = TcpListener::bind(addresses.as_slice())
        .await
        .map_err(|error| failed(&error))?;
    let address = listener.local_addr().map_err(|error| failed(&error))?;
    let shown = match address {
        _ if address.ip().is_unspecified() => "localhost".to_owned(),
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    };
    Ok(Bound {
        url: url(&shown, address.port()),
        listeners: vec![listener],
    })
}

fn split(listen: &str) -> Option<(&str, u16)> {
    let (host, port) = listen.rsplit_once(':')?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let plausible = !host.is_empty() && (bracketed || !host.contains([':', '/', '@']));
    plausible.then_some((host, port.parse().ok()?))
}

fn url(host: &str, port: u16) -> Url {
    Url::parse(&format!("http://{host}:{port}")).expect("an address that was bound is a URL's host")
}

fn failure(listen: &str, host: &str, port: u16, flag: &str, error: &io::Error) -> Failure {
    if error.kind() == ErrorKind::AddrInUse {
        return Failure::configuration(format!("port {port} is in use"))
            .because(format!("something else listens on {listen}"))
            .advise(format!(
                "stop it, or choose another port: {flag} {host}:{}",
                port.saturating_add(10)
            ));
    }
    Failure::configuration(format!("cannot listen on {listen}"))
        .caused_by(error)
        .advise(format!(
            "choose an address of this machine: {flag} localhost:{port}"
        ))
}

impl Bound {
    /// Serves until the end is asked for, then lets the requests under way finish.
    pub(crate) async fn serve(self, router: Router, mut stop_signals: StopSignals) -> Result<(), Failure> {
        let (stop, stopped) = watch::channel(false);
        let mut servers = JoinSet::new();
        for listener in self.listeners {
            let (router, mut stopped) = (router.clone(), stopped.clone());
            servers.spawn(async move {
                let until = async move {
                    // An error means that the sender is gone, which is an end as well.
                    let _ = stopped.wait_for(|stop| *stop).await;
                };
                axum::serve(listener, router).with_graceful_shutdown(until).await
            });
        }
        drop(stopped);
        stop_signals.received().await;
        let _ = stop.send(true);
        let all = async {
            while let Some(ended) = servers.join_next().await {
                if let Ok(Err(error)) = ended {
                    return Err(Failure::configuration("the server stopped").caused_by(&error));
                }
            }
            Ok(())
        };
        // Connections that are still open after the grace period are cut.
        tokio::time::timeout(GRACE, all).await.unwrap_or(Ok(()))
    }
}

/// The end, as somebody asks for it: Ctrl-C, or the polite signal of a service manager.
///
/// Both are listened for from the moment it is made, so make it before anyone is told how to stop the program.
pub(crate) struct StopSignals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl StopSignals {
    pub(crate) fn listen() -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let failed =
                |error: io::Error| Failure::configuration("signals cannot be listened for").caused_by(&error);
            Ok(Self {
                interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
                terminate: signal(SignalKind::terminate()).map_err(failed)?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    pub(crate) async fn received(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(split("localhost:5000"), Some(("localhost", 5000)));
        assert_eq!(split("127.0.0.1:0"), Some(("127.0.0.1", 0)));
        assert_eq!(split("[::1]:80"), Some(("[::1]", 80)));
        for wrong in [
            "",
            "localhost",
            ":80",
            "localhost:",
            "localhost:99999",
            "::1:80",
            "http://localhost:80",
            "a@b:1",
        ] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_port_in_use_is_named_with_the_flag() {
        let bound = bind("localhost:0", "--listen").await.unwrap();
        let port = bound.url.port().unwrap();
        let failure = bind(&format!("localhost:{port}"), "--listen")
            .await
            .err()
            .unwrap();
        assert_eq!(failure.what(), format!("port {port} is in use"));
        assert!(
            failure.lines().last().unwrap().contains("--listen localhost:"),
            "{:?}",
            failure.lines()
        );
    }
}
