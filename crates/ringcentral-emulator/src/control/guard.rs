//! Who may use the control API: programs and people on this machine, and no web page.

use std::net::IpAddr;

use http::StatusCode;
use http::header::{LOCATION, SET_COOKIE};
use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::reply::Reply;
use crate::request::Request;
use crate::world::World;

const COOKIE: &str = "ringcentral_emulator_control";

/// What to answer instead, if a request may not pass.
///
/// A page elsewhere can make a browser send requests here. Such a request shows itself by its `Origin`, by
/// `Sec-Fetch-Site`, or, if its author pointed a name of his own at this machine, by its `Host`.
pub(super) fn answer_instead(world: &World, request: &Request) -> Option<Reply> {
    let host = request.header("host").unwrap_or_default();
    let needs_token = world.access.control_token();
    if needs_token.is_none() && !is_loopback(host) {
        return Some(refuse(
            "the Host header names another machine: use localhost or 127.0.0.1",
        ));
    }
    if request
        .header("origin")
        .is_some_and(|origin| origin != request.origin)
    {
        return Some(refuse("the request comes from a page of another origin"));
    }
    let navigates =
        request.header("sec-fetch-mode") == Some("navigate") && request.method == http::Method::GET;
    match request.header("sec-fetch-site") {
        None | Some("same-origin" | "none") => {}
        // A link from a page on another port of this machine, such as the app under test.
        Some("same-site") if navigates => {}
        Some(_) => {
            return Some(refuse(
                "the request comes from a page of another site: type the address into the address bar",
            ));
        }
    }
    needs_token.and_then(|token| check_token(request, token))
}

/// Asks for the control token.
fn check_token(request: &Request, token: &str) -> Option<Reply> {
    let is_right = |sent: &str| bool::from(sent.as_bytes().ct_eq(token.as_bytes()));
    let bearer = request
        .header("authorization")
        .and_then(|header| header.split_once(' '))
        .is_some_and(|(scheme, sent)| scheme.eq_ignore_ascii_case("bearer") && is_right(sent.trim()));
    let cookie = request
        .header("cookie")
        .unwrap_or_default()
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .any(|(name, sent)| name == COOKIE && is_right(sent));
    if bearer || cookie {
        return None;
    }
    // From the address it moves into a cookie, and out of sight.
    if request.path == "/_emulator" && request.query.first("token").is_some_and(is_right) {
        let secure = if request.is_secure() { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={token}; Path=/_emulator; HttpOnly; SameSite=Strict{secure}");
        let reply = Reply::empty(StatusCode::SEE_OTHER)
            .with(LOCATION, "/_emulator/")
            .with(SET_COOKIE, &cookie);
        return Some(reply);
    }
    let error = "the emulator can be reached from other machines, so its control API needs the control token that was \
                 printed at its start: Authorization: Bearer TOKEN, or once /_emulator/?token=TOKEN in a browser";
    Some(Reply::json_with(
        StatusCode::UNAUTHORIZED,
        &json!({"error": error}),
    ))
}

fn refuse(why: &str) -> Reply {
    Reply::json_with(
        StatusCode::FORBIDDEN,
        &json!({"error": format!("the control API refused: {why}")}),
    )
}

/// Whether a `Host` value names this machine's loopback.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    };
    let name = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_loopback_names_are_ours() {
        for host in [
            "localhost",
            "localhost:5000",
            "LOCALHOST:1",
            "127.0.0.1:80",
            "127.9.9.9",
            "[::1]",
            "[::1]:9",
            "a.localhost:1",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com:80",
            "10.0.0.1",
            "[::2]:9",
            "xlocalhost",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
