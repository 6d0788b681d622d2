//! The way to the platform, one step after the other, so that it is known which one does not work; and its clock.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use jiff::{SignedDuration, Timestamp};
use ringcentral::ErrorKind;
use tokio::net::{TcpStream, lookup_host};

use super::platform::Platform;
use super::report::Check;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::settings::{is_loopback, shown_server, variable};

/// How long each step below HTTP may take.
const STEP: Duration = Duration::from_secs(5);

/// From here on the two clocks are said to differ; the header counts whole seconds, and an answer takes its time.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

const ADDRESS: &str = "address";
const CLOCK: &str = "clock";

/// Name, connection, encryption, answer.
pub(super) async fn address(context: &Context<'_>, platform: &mut Platform) -> Check {
    let server = &context.settings.server.value;
    let shown = shown_server(server);
    let proxy = Proxy::for_server(context);
    let (host, port) = match &proxy {
        Some(proxy) => (proxy.host.clone(), proxy.port),
        None => (
            server.host_str().unwrap_or_default().to_owned(),
            server.port_or_known_default().unwrap_or(443),
        ),
    };
    let through = proxy
        .as_ref()
        .map_or_else(|| "no proxy is used".to_owned(), Proxy::words);
    let whose = if proxy.is_some() {
        "the proxy"
    } else {
        "the platform"
    };
    let facts = |check: Check| {
        check
            .fact("server", shown)
            .fact("proxy", proxy.as_ref().map(|proxy| proxy.shown.clone()))
    };
    let failed = |check: Check| {
        facts(
            check
                .detail(through.clone())
                .next("check RC_SERVER_URL, the network and, if there is one, the proxy"),
        )
    };

    let addresses = match resolve(&host, port).await {
        Ok(addresses) => addresses,
        Err(error) => {
            return failed(
                Check::fail(
                    ADDRESS,
                    Exit::Network,
                    format!("the name {host} cannot be resolved (DNS)"),
                )
                .detail(error.to_string()),
            );
        }
    };
    let reached = match connect(&addresses).await {
        Ok(address) => address,
        Err(error) => {
            let summary = format!("{whose} cannot be reached at {host}, port {port} (TCP)");
            return failed(Check::fail(ADDRESS, Exit::Network, summary).detail(reason(&error)));
        }
    };
    let client = match platform.stranger(context) {
        Ok(client) => client,
        Err(failure) => return facts(Check::failed(ADDRESS, &failure)),
    };
    // Public, and in no rate group.
    let answer = client.get("/restapi").without_login().send().await;
    let Some(seen) = platform.first_answer() else {
        let error = answer.expect_err("an answer would have been seen");
        return failed(no_answer(&error, server.scheme(), &reached));
    };
    platform.reached = true;
    let encrypted = if server.scheme() == "https" {
        ", TLS works"
    } else {
        ""
    };
    let versions = |answer: ringcentral::Response| {
        let body = answer.json::<serde_json::Value>();
        body.is_ok_and(|body| body["apiVersions"].is_array())
    };
    let check = match answer.map(versions) {
        Ok(true) => Check::ok(ADDRESS, format!("{shown} answers{encrypted}, {through}")),
        Err(error) if error.kind() == ErrorKind::RateLimited => {
            Check::warn(ADDRESS, error.to_string()).next("again in a minute")
        }
        Err(error) if error.kind() == ErrorKind::Unavailable => {
            Check::warn(ADDRESS, error.to_string()).next("again in a few minutes; the login is kept")
        }
        other => {
            platform.is_foreign = true;
            Check::warn(ADDRESS, format!("{shown} answers, but not as RingCentral does"))
                .details(other.err().map(|error| error.to_string()))
                .detail("another program may listen there, or a page of the network stands in between")
                .next(
                    "check RC_SERVER_URL; open it in a browser, in case the network wants a login of its own",
                )
        }
    };
    let milliseconds = seen.answered_at.duration_since(seen.sent_at).as_millis();
    facts(check)
        .detail(format!(
            "connected to {reached}, HTTP {} after {milliseconds} ms",
            seen.status.as_u16()
        ))
        .fact("http_status", seen.status.as_u16())
}

/// The connection was made, and no answer came over it.
fn no_answer(error: &ringcentral::Error, scheme: &str, reached: &SocketAddr) -> Check {
    let failure = Failure::from(error.clone());
    let tls = scheme == "https" && error.kind() == ErrorKind::Network && mentions_tls(error);
    let summary = match error.kind() {
        _ if tls => format!("the encryption (TLS) to {reached} does not come about"),
        ErrorKind::Timeout => format!("{reached} takes connections, and then says nothing (HTTP)"),
        _ => format!("{reached} takes connections, and no answer comes over them (HTTP)"),
    };
    let check = Check::fail(ADDRESS, Exit::Network, summary).details(failure.why().iter().cloned());
    if tls {
        check.detail(
            "the other side may not speak TLS on this port, or its certificate is not one that this machine trusts",
        )
    } else {
        check
    }
}

fn mentions_tls(error: &ringcentral::Error) -> bool {
    let mut cause = StdError::source(error);
    while let Some(error) = cause {
        let text = error.to_string().to_ascii_lowercase();
        let words = [
            "tls",
            "certificate",
            "handshake",
            "corrupt message",
            "invalidcontenttype",
            "alert",
        ];
        if words.iter().any(|word| text.contains(word)) {
            return true;
        }
        cause = error.source();
    }
    false
}

async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<_> = within(lookup_host((host, port))).await?.collect();
    if found.is_empty() {
        return Err(io::Error::from(io::ErrorKind::AddrNotAvailable));
    }
    Ok(found)
}

/// The first address that takes a connection.
async fn connect(addresses: &[SocketAddr]) -> io::Result<SocketAddr> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match within(TcpStream::connect(address)).await {
            Ok(_) => return Ok(*address),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn within<T>(step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match tokio::time::timeout(STEP, step).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there (connection refused)".to_owned(),
        io::ErrorKind::TimedOut => format!(
            "no answer within {} s; a firewall may be in between",
            STEP.as_secs()
        ),
        _ => error.to_string(),
    }
}

/// The proxy that requests to the platform go through.
struct Proxy {
    /// Without the password that may be in it.
    shown: String,
    host: String,
    port: u16,
    variable: &'static str,
}

impl Proxy {
    /// Asks the same code that the HTTP client asks.
    fn for_server(context: &Context<'_>) -> Option<Self> {
        let server = &context.settings.server.value;
        let uri: Uri = server.as_str().parse().ok()?;
        let proxy = Matcher::from_system().intercept(&uri)?;
        let uri = proxy.uri();
        let host = uri.host()?.to_owned();
        let scheme = uri.scheme_str().unwrap_or("http");
        let port = uri.port_u16().unwrap_or(match scheme {
            "https" => 443,
            "http" => 80,
            _ => 1080,
        });
        let own = if server.scheme() == "https" {
            &variable::HTTPS_PROXY
        } else {
            &variable::HTTP_PROXY
        };
        let is_set = |name: &&str| (context.environment)(name).is_some_and(|value| !value.is_empty());
        let variable = own.names().chain(variable::ALL_PROXY.names()).find(is_set);
        Some(Self {
            shown: format!("{scheme}://{host}:{port}"),
            host,
            port,
            variable: variable.unwrap_or("the system's settings"),
        })
    }

    fn words(&self) -> String {
        format!("through the proxy {} ({})", self.shown, self.variable)
    }
}

/// This machine's clock against the platform's.
pub(super) fn clock(context: &Context<'_>, platform: &Platform) -> Check {
    let Some(answer) = platform.first_answer() else {
        return Check::warn(CLOCK, "not checked: the platform has not said what time it is");
    };
    let date = answer.date().and_then(parse_date);
    let Some(date) = date else {
        return Check::warn(CLOCK, "not checked: the answer does not say what time it is");
    };
    let ahead = platform_ahead(date, answer.sent_at, answer.answered_at);
    let check = if ahead.abs() < SKEW {
        Check::ok(CLOCK, "this machine's clock agrees with the platform's")
    } else {
        let (size, direction) = (
            readable(ahead.abs()),
            if ahead.is_negative() { "ahead of" } else { "behind" },
        );
        let check = Check::warn(CLOCK, format!("this machine's clock is {size} {direction} the platform's"))
            .detail("logins cope with that: a token that the platform calls expired is refreshed, whatever the clock says");
        if is_loopback(&context.settings.server.value) {
            check.detail("the clock of a local platform may have been moved on purpose")
        } else {
            check.next("set the clock by the network (NTP): timedatectl set-ntp true")
        }
    };
    check.fact("platform_ahead_seconds", whole_seconds(ahead))
}

/// The header names a whole second, and was written at some time between question and answer.
fn platform_ahead(date: Timestamp, sent_at: Timestamp, answered_at: Timestamp) -> SignedDuration {
    let took = answered_at.duration_since(sent_at);
    let middle = sent_at
        .duration_since(Timestamp::UNIX_EPOCH)
        .saturating_add(took / 2);
    let named = date
        .duration_since(Timestamp::UNIX_EPOCH)
        .saturating_add(SignedDuration::from_millis(500));
    named.saturating_sub(middle)
}

/// RFC 9110, section 5.6.7.
fn parse_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp())
}

fn whole_seconds(duration: SignedDuration) -> i64 {
    let half = SignedDuration::from_millis(if duration.is_negative() { -500 } else { 500 });
    duration.saturating_add(half).as_secs()
}

fn readable(duration: SignedDuration) -> String {
    let seconds = whole_seconds(duration);
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_platform_is_ahead_when_its_time_is_later() {
        let date = parse_date("Sat, 21 Nov 2026 09:01:11 GMT").unwrap();
        for (sent, answered, milliseconds) in [
            ("2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z", 71_500),
            ("2026-11-21T09:01:11Z", "2026-11-21T09:01:12Z", 0),
            ("2026-11-21T09:02:00Z", "2026-11-21T09:02:02Z", -49_500),
        ] {
            let ahead = platform_ahead(date, at(sent), at(answered));
            assert_eq!(ahead.as_millis(), milliseconds, "{sent}");
        }
    }

    #[test]
    fn any_header_is_a_date_or_none() {
        assert!(parse_date("Sat, 21 Nov 2026 09:01:11 GMT").is_some());
        for text in [
            "",
            "yesterday",
            "2026-11-21T09:01:11Z",
            "Sat, 99 Nov 2026 09:01:11 GMT",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_difference_reads_well() {
        for (seconds, text) in [
            (5, "5 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_200, "2 h"),
            (200_000, "2 days"),
        ] {
            assert_eq!(readable(SignedDuration::from_secs(seconds)), text);
        }
    }
}
