//! The bearer goes to its own platform and nowhere else: each row is an address that somebody could be led to.
//!
//! The client talks to a transport that writes down all it is asked to send. What is refused leaves no trace there.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use ringcentral::{Client, ClientBuilder, ErrorKind, PRODUCTION};

use super::script::{Platform, answering, builder, clock, logged_in, ok, status, with_header};

/// Answers every call.
fn obliging() -> Arc<Platform> {
    Platform::new(super::script::obliging())
}

async fn production(platform: &Arc<Platform>) -> Client {
    logged_in(production_builder(platform)).await
}

fn production_builder(platform: &Arc<Platform>) -> ClientBuilder {
    builder(platform, &clock()).server(PRODUCTION)
}

/// Nothing was sent since `before` requests.
fn assert_silence(platform: &Platform, before: usize, row: &str) {
    let sent = &platform.asked()[before..];
    assert!(sent.is_empty(), "{row}: {sent:?}");
}

/// Addresses that a login of production must not be sent to, and how the refusal is called.
#[rustfmt::skip]
const FOREIGN: &[(&str, ErrorKind)] = {
    use ErrorKind::{Forbidden, Usage};
    &[
        // Names that look alike.
        ("https://platform.ringcentral.com.evil.example.com/restapi", Forbidden),
        ("https://evil.example.com/platform.ringcentral.com", Forbidden),
        ("https://evil.example.com/?u=https://platform.ringcentral.com", Forbidden),
        ("https://evil.example.com#@platform.ringcentral.com", Forbidden),
        ("https://evil.platform.ringcentral.com/restapi", Forbidden),
        ("https://ringcentral.com/restapi", Forbidden),
        ("https://platform-ringcentral.com/restapi", Forbidden),
        ("https://platform.ringcentral.co/restapi", Forbidden),
        ("https://platform.ringcentral.biz/restapi", Forbidden),
        ("https://platform.ringcentral.com./restapi", Forbidden),
        ("https://platform.ringcentral.com%2eevil.example.com/restapi", Forbidden),
        ("https://media.ringcentral.com.evil.example.com/restapi", Forbidden),
        ("https://media.ringcentral.biz/restapi", Forbidden),
        // Letters that look alike, and letters that are not there.
        ("https://plаtform.ringcentral.com/restapi", Forbidden),
        ("https://platform.ringсentral.com/restapi", Forbidden),
        ("https://platform.ringcentral.com\u{2024}evil.example.com/", Usage),
        ("https://platform.ringcentral.com\u{3002}evil.example.com/", Forbidden),
        ("https://xn--pltform-3fg.ringcentral.com/", Forbidden),
        ("https://evil.example.com\u{ff0f}.platform.ringcentral.com/", Usage),
        ("https://evil.example.com\u{2044}.platform.ringcentral.com/", Forbidden),
        ("https://platform.ring\u{0}central.com/", Usage),
        // Somebody in front of the host, or a host in front of somebody.
        ("https://platform.ringcentral.com@evil.example.com/restapi", Forbidden),
        ("https://platform.ringcentral.com:443@evil.example.com/restapi", Forbidden),
        ("https://platform.ringcentral.com\u{ff0f}@evil.example.com/", Forbidden),
        ("https://platform.ringcentral.com%40evil.example.com/", Usage),
        ("https://user@platform.ringcentral.com/restapi", Forbidden),
        ("https://:pw@platform.ringcentral.com/restapi", Forbidden),
        ("https://user:pw@media.ringcentral.com/restapi", Forbidden),
        // Another port or scheme.
        ("https://platform.ringcentral.com:8443/restapi", Forbidden),
        ("https://platform.ringcentral.com:80/restapi", Forbidden),
        ("https://platform.ringcentral.com:4430/restapi", Forbidden),
        ("http://platform.ringcentral.com/restapi", Forbidden),
        ("http://platform.ringcentral.com:443/restapi", Forbidden),
        ("HTTP://PLATFORM.RINGCENTRAL.COM/restapi", Forbidden),
        ("http://media.ringcentral.com/restapi", Forbidden),
        ("ws://platform.ringcentral.com/", Forbidden),
        ("wss://platform.ringcentral.com/", Forbidden),
        ("ftp://platform.ringcentral.com/", Forbidden),
        ("file:///etc/passwd", Forbidden),
        ("data:text/plain,hello", Forbidden),
        ("javascript:alert(1)", Forbidden),
        ("blob:https://platform.ringcentral.com/x", Forbidden),
        // Hosts disguised as paths.
        ("//evil.example.com/restapi", Forbidden),
        ("///evil.example.com/restapi", Usage),
        ("/\\evil.example.com/restapi", Forbidden),
        ("/\\/evil.example.com/restapi", Forbidden),
        ("/\t/evil.example.com/restapi", Forbidden),
        ("/\r\n/evil.example.com/restapi", Forbidden),
        ("//user@platform.ringcentral.com/restapi", Forbidden),
        ("https:/evil.example.com/", Forbidden),
        ("https:evil.example.com/", Forbidden),
        ("https:\\\\evil.example.com\\", Forbidden),
        ("\\\\evil.example.com/", Usage),
        ("evil.example.com/restapi", Usage),
        ("restapi/v1.0", Usage),
        ("?x", Usage),
        ("", Usage),
        // Addresses of machines.
        ("https://127.0.0.1/", Forbidden),
        ("https://0x7f.1/", Forbidden),
        ("https://2130706433/", Forbidden),
        ("https://[::1]/", Forbidden),
        ("https://169.254.169.254/latest/meta-data/", Forbidden),
        ("https://localhost/", Forbidden),
        // A token in the address ends up in logs.
        ("/restapi/v1.0?access_token=x", Forbidden),
        ("/restapi/v1.0?a=1&access_token", Forbidden),
        ("/restapi/v1.0?ACCESS_TOKEN=x", Forbidden),
        ("/restapi/v1.0?access%5Ftoken=x", Forbidden),
        ("/restapi/v1.0?%61%63cess_toke%6E=x", Forbidden),
        ("https://media.ringcentral.com/x?Access_Token=x", Forbidden),
    ]
};

/// Addresses that are the platform's own, however they are written: where they lead.
#[rustfmt::skip]
const OWN: &[(&str, &str)] = &[
    ("/restapi/v1.0/account/~", "https://platform.ringcentral.com/restapi/v1.0/account/~"),
    ("https://platform.ringcentral.com/restapi", "https://platform.ringcentral.com/restapi"),
    ("https://PLATFORM.RingCentral.com:443/restapi", "https://platform.ringcentral.com/restapi"),
    ("https://media.ringcentral.com/restapi/v1.0/account/1/recording/2/content", "https://media.ringcentral.com/restapi/v1.0/account/1/recording/2/content"),
    ("https:\\\\platform.ringcentral.com\\restapi", "https://platform.ringcentral.com/restapi"),
    ("https://platform.ringcentral.com\\@evil.example.com/", "https://platform.ringcentral.com/@evil.example.com/"),
    ("https://platform\u{3002}ringcentral\u{3002}com/restapi", "https://platform.ringcentral.com/restapi"),
    ("https://\u{ff50}latform.ring\u{ad}central.com/restapi", "https://platform.ringcentral.com/restapi"),
    ("/x/..//evil.example.com/", "https://platform.ringcentral.com//evil.example.com/"),
    ("/restapi/v1.0?x=//evil.example.com&y=https://evil.example.com", "https://platform.ringcentral.com/restapi/v1.0?x=//evil.example.com&y=https://evil.example.com"),
    ("/restapi/v1.0#access_token=x", "https://platform.ringcentral.com/restapi/v1.0"),
    ("/restapi/v1.0\r\nHost: evil.example.com\r\n\r\n", "https://platform.ringcentral.com/restapi/v1.0Host:%20evil.example.com"),
    ("/restapi/v1.0?my_access_token=x", "https://platform.ringcentral.com/restapi/v1.0?my_access_token=x"),
];

#[tokio::test(start_paused = true)]
async fn the_foreign_host_table() {
    let platform = obliging();
    let client = production(&platform).await;
    let before = platform.asked().len();
    for (address, kind) in FOREIGN {
        for method in ["GET", "POST", "DELETE"] {
            let request = client.request(method.parse().unwrap(), address);
            let error = request.send().await.map(drop).expect_err(address);
            assert_eq!(error.kind(), *kind, "{address:?}: {error}");
            assert!(!error.to_string().contains("pw"), "{error}");
        }
        let error = client
            .get(address)
            .without_login()
            .send()
            .await
            .map(drop)
            .expect_err(address);
        assert_eq!(error.kind(), *kind, "without login: {address:?}");
        assert_silence(&platform, before, address);
    }
}

#[tokio::test(start_paused = true)]
async fn the_platforms_own_addresses_lead_to_it() {
    let platform = obliging();
    let client = production(&platform).await;
    for (address, expected) in OWN {
        client
            .get(address)
            .send()
            .await
            .unwrap_or_else(|error| panic!("{address:?}: {error}"));
        let asked = platform.asked().pop().unwrap();
        assert_eq!(asked.uri, *expected, "{address:?}");
        assert_eq!(asked.bearer.as_deref(), Some("access-1"), "{address:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn media_hosts_are_productions_and_others_only_when_trusted() {
    const MEDIA: &str = "https://media.ringcentral.com/x";
    for server in [
        "https://platform.ringcentral.biz",
        "http://localhost:5001",
        "https://platform.devtest.ringcentral.com",
    ] {
        let platform = obliging();
        let client = logged_in(builder(&platform, &clock()).server(server)).await;
        let before = platform.asked().len();
        for foreign in [MEDIA, PRODUCTION] {
            assert_eq!(
                client.get(foreign).send().await.unwrap_err().kind(),
                ErrorKind::Forbidden,
                "{server}"
            );
        }
        assert_silence(&platform, before, server);
    }

    let platform = obliging();
    let trusting = production_builder(&platform).trust_origin("https://recordings.example.com:8443");
    let client = logged_in(trusting).await;
    let before = platform.asked().len();
    for foreign in [
        "https://recordings.example.com/1",
        "https://recordings.example.com:443/1",
        "http://recordings.example.com:8443/1",
        "https://eu.recordings.example.com:8443/1",
        "https://recordings.example.com.evil.example.com:8443/1",
        "https://example.com:8443/1",
        "https://user@recordings.example.com:8443/1",
        "https://recordings.example.com:8443/1?access_token=x",
    ] {
        let error = client.get(foreign).send().await.map(drop).expect_err(foreign);
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{foreign}");
        assert_silence(&platform, before, foreign);
    }
    for own in ["https://recordings.example.com:8443/1", MEDIA, PRODUCTION] {
        client
            .get(own)
            .send()
            .await
            .unwrap_or_else(|error| panic!("{own}: {error}"));
    }
    for unusable in [
        "http://recordings.example.com",
        "recordings.example.com",
        "https://user:canary@recordings.example.com",
        "https://recordings.example.com/path",
        "https://recordings.example.com?x",
        "ftp://recordings.example.com",
        "",
    ] {
        let error = production_builder(&platform)
            .trust_origin(unusable)
            .build()
            .map(drop)
            .expect_err(unusable);
        assert_eq!(error.kind(), ErrorKind::Config, "{unusable}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_redirect_is_followed() {
    for code in [300, 301, 302, 303, 305, 307, 308] {
        for location in [
            "https://evil.example.com/canary",
            "//evil.example.com/canary",
            "http://platform.ringcentral.com/canary",
            "https://platform.ringcentral.com/restapi/v1.0/canary",
            "/restapi/v1.0/canary",
            "",
        ] {
            let platform = Platform::new(answering(move || {
                with_header(status(code, ""), "location", location)
            }));
            let client = production(&platform).await;
            for method in ["GET", "POST"] {
                let before = platform.asked().len();
                let request = client.request(method.parse().unwrap(), "/restapi/v1.0/account/~");
                let error = request.send().await.unwrap_err();
                let says = format!("RingCentral answered with a redirect (HTTP {code})");
                assert_eq!(
                    (error.kind(), error.to_string()),
                    (ErrorKind::Api, says),
                    "{method} {location}"
                );
                assert_eq!(platform.asked().len(), before + 1, "{method} {code} {location}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_page_leads_elsewhere() {
    for (next, kind) in FOREIGN {
        let page = serde_json::json!({"records": [{"id": 1}], "navigation": {"nextPage": {"uri": next}}});
        let page = page.to_string();
        let platform = Platform::new(answering(move || ok(&page)));
        let client = production(&platform).await;
        // A page that leads to itself has no end.
        let items = client.account("~").extensions().items().take(3);
        let error = items.try_collect::<Vec<_>>().await.expect_err(next);
        assert_eq!(error.kind(), *kind, "{next:?}");
        assert_eq!(
            platform.asked().len(),
            2,
            "the login and the first page: {next:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_can_be_smuggled_in_beside_the_address() {
    let platform = obliging();
    let client = production(&platform).await;
    let before = platform.asked().len();
    // The session's own headers, those that say where a request ends, and line breaks.
    for (name, value) in [
        ("Authorization", "Bearer mine"),
        ("aUTHORIZATION", "Bearer mine"),
        ("Proxy-Authorization", "Basic mine"),
        ("Host", "evil.example.com"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "x-rate-limit-group"),
        ("Upgrade", "h2c"),
        ("X", "a\r\nAuthorization: Bearer mine"),
        ("X", "a\nb"),
        ("X", "a\0b"),
        ("X\r\nHost", "evil.example.com"),
        ("X Y", "a"),
        ("X:", "a"),
        ("", "a"),
    ] {
        let error = client
            .get("/x")
            .header(name, value)
            .send()
            .await
            .map(drop)
            .expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Usage, "{name:?}: {value:?}");
        assert!(!error.to_string().contains("mine"), "{error}");
        assert_silence(&platform, before, name);
    }
    for name in ["access_token", "Access_Token"] {
        let error = client
            .get("/x")
            .query(name, "mine")
            .send()
            .await
            .map(drop)
            .expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{name}");
        let error = client
            .get("/x")
            .query_pairs([("a", "b"), (name, "mine")])
            .send()
            .await
            .map(drop)
            .expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{name}");
        assert_silence(&platform, before, name);
    }
    let injected = production_builder(&platform).user_agent("App/1.0\r\nAuthorization: Bearer mine");
    assert_eq!(injected.build().unwrap_err().kind(), ErrorKind::Config);
}
