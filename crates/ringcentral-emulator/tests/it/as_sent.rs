//! Requests as clients put them on the wire, byte by byte: those of clients that no test runs, because their language or
//! their version is not at hand.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fields;
use crate::support::{Answer, LIMITED_APP, Lab, PUBLIC_APP, REDIRECT, WEB_APP, basic, encode};

const ME: &str = "/restapi/v1.0/account/~/extension/~";
const FORM: &str = "application/x-www-form-urlencoded";

/// Sends a request whose head is exactly this, and reads until the connection ends.
async fn send(lab: &Lab, line: &str, headers: &str, body: &str) -> Answer {
    let mut request = format!("{line} HTTP/1.1\r\nHost: {}\r\n", lab.emulator.address());
    for header in headers.lines().map(str::trim).filter(|header| !header.is_empty()) {
        let _ = write!(request, "{header}\r\n");
    }
    let _ = write!(request, "Connection: close\r\n\r\n{body}");
    let mut stream = TcpStream::connect(lab.emulator.address())
        .await
        .expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("an answer in text");
    let (head, text) = answer.split_once("\r\n\r\n").expect("a head");
    let (status, lines) = head.split_once("\r\n").expect("headers");
    let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
    let headers: HeaderMap = lines
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        })
        .collect();
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let method: Method = method.parse().expect("a method");
    let status = status.expect("a status");
    fields::check_answer(&method, path, status, &headers, text.as_bytes());
    // Some clients stumble over a compressed answer, and none has asked for one that it cannot read.
    assert!(!headers.contains_key("content-encoding"), "{line}: {head}");
    Answer {
        status,
        headers,
        text: text.to_owned(),
    }
}

/// With the length that most clients tell.
async fn send_whole(lab: &Lab, line: &str, headers: &str, body: &str) -> Answer {
    let headers = format!("{headers}\nContent-Length: {}", body.len());
    send(lab, line, &headers, body).await
}

/// In chunks, as Node.js does for whoever tells no length.
async fn send_chunked(lab: &Lab, line: &str, headers: &str, body: &str) -> Answer {
    let middle = body.len() / 2;
    let chunk = |part: &str| format!("{:x}\r\n{part}\r\n", part.len());
    let body = [chunk(&body[..middle]), chunk(&body[middle..]), chunk("")].concat();
    send(
        lab,
        line,
        &format!("{headers}\nTransfer-Encoding: chunked"),
        &body,
    )
    .await
}

fn ok(answer: &Answer, what: &str) -> Value {
    assert_eq!(answer.status, 200, "{what}: {}", answer.text);
    assert!(
        answer.header("content-type").contains("application/json"),
        "{what}: some clients read nothing else"
    );
    answer.json()
}

fn text<'a>(token: &'a Value, name: &str) -> &'a str {
    token[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {token}"))
}

/// How the PHP SDK names itself.
const PHP: &str = "accept: application/json
    User-Agent: Example/1.0 Linux/6.1 PHP/8.2 RCPHPSDK/2.3.6
    RC-User-Agent: Example/1.0 Linux/6.1 PHP/8.2 RCPHPSDK/2.3.6";

const LIFETIMES: &str = "access_token_ttl=3600&refresh_token_ttl=604800";

/// Each login and refresh names both lifetimes; a code with a verifier comes together with Basic.
#[tokio::test]
async fn the_php_sdk_logs_in_refreshes_and_logs_out() {
    let lab = Lab::new().await;
    let by = |(id, secret): (&str, &str)| {
        format!(
            "content-type: {FORM}\nAuthorization: {}\n{PHP}",
            basic(id, secret)
        )
    };
    let app = by(WEB_APP);
    let verifier = "a-verifier-of-forty-three-letters-or-a-bit-more";
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let link = encode(&[
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("client_id", WEB_APP.0),
        ("state", "a b"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let back = send(&lab, &format!("GET /restapi/oauth/authorize?{link}"), PHP, "").await;
    assert_eq!(back.location("state").as_deref(), Some("a b"));
    let code = back.location("code").expect("a code");
    let redirect = encode(&[("redirect_uri", REDIRECT)]);
    let number = encode(&[("username", lab.env("RC_USERNAME"))]);
    let password = encode(&[("password", lab.env("RC_PASSWORD"))]);
    let endpoint = "POST /restapi/oauth/token";
    let mut token = Value::Null;
    for (what, form) in [
        (
            "a code",
            format!(
                "grant_type=authorization_code&code={code}&{redirect}&{LIFETIMES}&code_verifier={verifier}"
            ),
        ),
        (
            "a password",
            format!("grant_type=password&{number}&extension=101&{password}&{LIFETIMES}"),
        ),
        (
            "a JWT",
            format!(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}&{LIFETIMES}",
                lab.env("RC_JWT")
            ),
        ),
    ] {
        token = ok(&send_whole(&lab, endpoint, &app, &form).await, what);
        assert_eq!(token["expires_in"], 3600, "{what}: a number");
        assert_eq!(token["refresh_token_expires_in"], 604_800, "{what}: a number");
    }
    let refresh = format!(
        "grant_type=refresh_token&refresh_token={}&{LIFETIMES}",
        text(&token, "refresh_token")
    );
    let token = ok(&send_whole(&lab, endpoint, &app, &refresh).await, "a refresh");
    let bearer = format!(
        "content-type: application/json\nAuthorization: bearer {}\n{PHP}",
        text(&token, "access_token")
    );
    // Values are percent-encoded, colons too; true is 1, false is nothing.
    let list = format!(
        "GET {ME}/call-log?dateFrom=2018-12-01T00%3A00%3A00.000Z&showBlocked=1&showDeleted=&perPage=2"
    );
    let calls = ok(&send(&lab, &list, &bearer, "").await, "a list");
    assert_eq!(calls["records"].as_array().map(Vec::len), Some(2));
    let form = format!("token={}", text(&token, "access_token"));
    let out = send_whole(&lab, "POST /restapi/oauth/revoke", &app, &form).await;
    assert_eq!((out.status, out.text.as_str()), (200, ""));
    let after = send(&lab, &format!("GET {ME}"), &bearer, "").await;
    assert_eq!((after.status, after.code().as_str()), (401, "OAU-213"));
    // An app without a secret has an empty one here.
    let link = link.replace(WEB_APP.0, PUBLIC_APP);
    let back = send(&lab, &format!("GET /restapi/oauth/authorize?{link}"), PHP, "").await;
    let code = back.location("code").expect("a code");
    let form =
        format!("grant_type=authorization_code&code={code}&{redirect}&{LIFETIMES}&code_verifier={verifier}");
    ok(
        &send_whole(&lab, endpoint, &by((PUBLIC_APP, "")), &form).await,
        "no secret",
    );
    // Whoever has no refresh tokens gets none, whatever it asks for.
    let form = format!("grant_type=password&{number}&extension=101&{password}&{LIFETIMES}");
    ok(
        &send_whole(&lab, endpoint, &by(LIMITED_APP), &form).await,
        "another app",
    );
}

/// Its forms with files carry an empty `Expect`, and each part its length.
#[tokio::test]
async fn the_php_sdk_sends_a_picture() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let headers = format!(
        "Expect:\ncontent-type: multipart/form-data; boundary=d41d8cd98f00b204\nAuthorization: bearer {}\n{PHP}",
        text(&token, "access_token")
    );
    let json = format!(
        r#"{{"from":{{"phoneNumber":"{}"}},"to":[{{"phoneNumber":"{}"}}],"text":"look"}}"#,
        lab.env("RC_FROM"),
        lab.env("RC_TO")
    );
    let part = |name: &str, file: &str, kind: &str, body: &str| {
        format!(
            "--d41d8cd98f00b204\r\nContent-Type: {kind}\r\nContent-Disposition: form-data; name=\"{name}\"; \
             filename=\"{file}\"\r\nContent-Length: {}\r\n\r\n{body}\r\n",
            body.len()
        )
    };
    let body = [
        part("json", "request.json", "application/json", &json),
        part("dot.gif", "dot.gif", "image/gif", "GIF89a"),
        "--d41d8cd98f00b204--\r\n".to_owned(),
    ]
    .concat();
    let sent = ok(
        &send_whole(&lab, &format!("POST {ME}/mms"), &headers, &body).await,
        "MMS",
    );
    assert_eq!(sent["subject"], "look");
    let kinds: Vec<&Value> = sent["attachments"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|attachment| &attachment["contentType"])
        .collect();
    assert_eq!(kinds, ["text/plain", "image/gif"]);
}

/// `@rc-ex/core` 0.9: Basic and `client_id` at once, a password with `extension`, and a text message in one part of a form
/// without a length.
#[tokio::test]
async fn the_older_typed_client_sends_a_text_in_chunks() {
    const BOUNDARY: &str = "ad05fc42-a66d-4a94-b807-f1c91136c17b";
    let lab = Lab::new().await;
    let agent = "X-User-Agent: Unknown/0.0.1 ringcentral-extensible/core/0.9.3";
    let app = format!(
        "Content-Type: {FORM}\n{agent}\nAuthorization: {}",
        basic(WEB_APP.0, WEB_APP.1)
    );
    let form = encode(&[
        ("grant_type", "password"),
        ("username", lab.env("RC_USERNAME")),
        ("extension", lab.env("RC_EXTENSION")),
        ("password", lab.env("RC_PASSWORD")),
        ("client_id", WEB_APP.0),
    ]);
    let token = ok(
        &send_whole(&lab, "POST /restapi/oauth/token", &app, &form).await,
        "a password",
    );
    let bearer = format!("{agent}\nAuthorization: Bearer {}", text(&token, "access_token"));
    let json = format!(
        r#"{{"from":{{"phoneNumber":"{}"}},"to":[{{"phoneNumber":"{}"}}],"text":"in chunks"}}"#,
        lab.env("RC_FROM"),
        lab.env("RC_TO")
    );
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files[]\"; filename=\"request.json\"\r\n\
         Content-Type: application/json\r\n\r\n{json}\r\n--{BOUNDARY}--\r\n"
    );
    let headers = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\n{bearer}");
    let sent = ok(
        &send_chunked(&lab, &format!("POST {ME}/sms"), &headers, &body).await,
        "SMS",
    );
    assert_eq!(sent["subject"], "in chunks");
    // A POST without anything is labelled a form; the upgrade's address gets its query from the client.
    let empty = format!("Content-Type: {FORM}\n{bearer}");
    let socket = ok(
        &send_whole(&lab, "POST /restapi/oauth/wstoken", &empty, "").await,
        "wstoken",
    );
    assert!(!text(&socket, "uri").contains('?'), "{socket}");
    let form = encode(&[("token", text(&token, "access_token")), ("client_id", WEB_APP.0)]);
    let out = send_whole(&lab, "POST /restapi/oauth/revoke", &app, &form).await;
    assert_eq!((out.status, out.text.as_str()), (200, ""));
}

/// A tutorial in Node.js: both its bodies go in chunks, the form with a charset.
#[tokio::test]
async fn bodies_without_a_length_are_read() {
    let lab = Lab::new().await;
    let app = format!(
        "Content-Type: {FORM}; charset=UTF-8\nAuthorization: {}",
        basic(WEB_APP.0, WEB_APP.1)
    );
    let form = encode(&[
        ("grant_type", "password"),
        ("username", lab.env("RC_USERNAME")),
        ("password", lab.env("RC_PASSWORD")),
    ]);
    let token = ok(
        &send_chunked(&lab, "POST /restapi/oauth/token", &app, &form).await,
        "a password",
    );
    let headers = format!(
        "Content-Type: application/json\nAccept: application/json\nAuthorization: Bearer {}",
        text(&token, "access_token")
    );
    let json = format!(
        r#"{{"from":{{"phoneNumber":"{}"}},"to":[{{"phoneNumber":"{}"}}],"text":"in chunks"}}"#,
        lab.env("RC_FROM"),
        lab.env("RC_TO")
    );
    let sent = ok(
        &send_chunked(&lab, &format!("POST {ME}/sms"), &headers, &json).await,
        "SMS",
    );
    assert_eq!(sent["subject"], "in chunks");
}

/// A bare `?`, JSON announced on a GET that has none, and whatever compression a client can read.
#[tokio::test]
async fn reads_come_with_all_sorts_of_heads() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let token = text(&token, "access_token");
    for (scheme, encodings) in [
        ("bearer", "Accept-Encoding: gzip,deflate"),
        ("bearer", "Accept-Encoding: identity"),
        ("Bearer", "Accept-Encoding: gzip, compress, deflate, br"),
        ("Bearer", ""),
        ("BEARER", ""),
    ] {
        let headers = format!("Content-Type: application/json\n{encodings}\nAuthorization: {scheme} {token}");
        let list = send(&lab, &format!("GET {ME}/call-log?"), &headers, "").await;
        assert_ne!(ok(&list, scheme)["records"], Value::Null);
        let length = list.header("content-length").parse();
        assert_eq!(length, Ok(list.text.len()), "{scheme} {encodings}");
    }
}

/// The JavaScript SDK's login link names everything, and most of it is empty. What was empty does not come back.
#[tokio::test]
async fn a_link_with_empty_parameters_is_a_link_without_them() {
    let lab = Lab::new().await;
    let redirect = encode(&[("redirect_uri", REDIRECT)]);
    let link = format!(
        "GET /restapi/oauth/authorize?response_type=code&{redirect}&client_id={}&state=&brand_id=&display=&prompt=\
         &ui_options=&ui_options=&ui_locales=&localeId=",
        WEB_APP.0
    );
    let back = send(&lab, &link, "", "").await;
    assert_eq!(back.status, 302, "{}", back.text);
    let back: url::Url = back.header("location").parse().expect("an address");
    let names: Vec<_> = back.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["code", "expires_in"]);
}

/// An app that keeps its tokens in a cookie has 4,096 bytes for both, the scopes and a signature.
#[tokio::test]
async fn both_tokens_and_the_scopes_fit_into_a_cookie() {
    let lab = Lab::new().await;
    let answer = lab.jwt().await;
    let in_base64 = answer.text.len().div_ceil(3) * 4;
    assert!(in_base64 < 3500, "{in_base64} bytes of tokens");
}

/// Cookies know no ports: an app on the same host keeps its session under a name of its own, and the login page neither
/// reads nor replaces it.
#[tokio::test]
async fn cookies_of_an_app_on_the_same_host_are_left_alone() {
    let lab = Lab::with(ringcentral_emulator::EmulatorConfig::new().rate_limits(false)).await;
    let link = encode(&[
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("client_id", WEB_APP.0),
    ]);
    let theirs = "Accept: text/html\nCookie: session=theirs; connect.sid=s%3Atheirs";
    let page = send(&lab, &format!("GET /restapi/oauth/authorize?{link}"), theirs, "").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let set: Vec<_> = page.headers.get_all("set-cookie").iter().collect();
    assert_eq!(set.len(), 1, "{set:?}");
    let set = set[0].to_str().expect("text");
    assert!(set.starts_with("ringcentral_emulator_login=EMU-"), "{set}");
}
