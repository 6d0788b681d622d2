//! Whoever reached the emulator by another name, in a container or through a proxy, gets links by that name.

use std::collections::{BTreeSet, VecDeque};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Lab, WEB_APP, basic, encode};

const NAME: &str = "emulator.example.com:81";

/// Every address in an answer.
fn addresses(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("http://") || text.starts_with("ws://") => {
            found.push(text.clone());
        }
        Value::Array(all) => all.iter().for_each(|one| addresses(one, found)),
        Value::Object(all) => all.values().for_each(|one| addresses(one, found)),
        _ => {}
    }
}

/// A path without its query, and with one id standing for all.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts = path.split('/').map(|part| {
        let is_id = part.starts_with(|c: char| c.is_ascii_digit()) || part == "~";
        if is_id { "1" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Lists, what they link to, and what that links to.
#[tokio::test]
async fn all_links_have_the_name_by_which_the_caller_came() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let headers = [("authorization", bearer.as_str()), ("host", NAME)];
    lab.control(Method::POST, "calls", &json!({ "to": "101" })).await;
    let all = lab.control(Method::GET, "operations", &Value::Null).await;
    let mut waiting: VecDeque<String> = all["records"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|operation| operation["emulated"] == true && operation["method"] == "GET")
        .map(|operation| operation["path"].as_str().expect("a path"))
        .map(|path| path.replace("{accountId}", "~").replace("{extensionId}", "~"))
        .map(|path| path.replace("{apiVersion}", "v1.0"))
        .filter(|path| !path.contains('{') && !path.ends_with("/authorize"))
        .map(|path| format!("{path}?syncType=FSync&view=Detailed&permissionId=ReadCallLog&countryId=1"))
        .collect();
    waiting.push_back("/.well-known/entry-points/initial".to_owned());
    waiting.push_back("/.well-known/entry-points/external".to_owned());
    let mut seen = BTreeSet::new();
    let mut linking = BTreeSet::new();
    while let Some(path) = waiting.pop_front() {
        if !seen.insert(shape(&path)) {
            continue;
        }
        let answer = lab.get(&path, &headers).await;
        let Ok(body) = serde_json::from_str(&answer.text) else {
            continue;
        };
        let mut links = Vec::new();
        addresses(&body, &mut links);
        for link in links {
            let (_, rest) = link.split_once("://").expect("a scheme");
            let Some(path) = rest.strip_prefix(NAME) else {
                panic!("{path} leads to {link}: {}", answer.text);
            };
            linking.insert(shape(path));
            if path.starts_with("/restapi/v1.0") && !path.ends_with("/content") {
                waiting.push_back(path.to_owned());
            }
        }
    }
    assert!(seen.len() >= 60 && linking.len() >= 40, "{seen:#?} {linking:#?}");
}

/// What is made or handed out says where it is, too.
#[tokio::test]
async fn what_is_made_is_at_the_callers_name() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let own = lab.emulator.address().to_string();
    let extension = "/restapi/v1.0/account/~/extension/~";
    let from = json!({ "phoneNumber": lab.env("RC_FROM") });
    let to = json!({ "phoneNumber": lab.env("RC_TO") });
    for (path, body, start) in [
        (
            format!("{extension}/sms"),
            json!({ "from": from, "to": [to], "text": "a" }),
            "http",
        ),
        (
            format!("{extension}/company-pager"),
            json!({ "to": [{ "extensionNumber": "102" }], "text": "a" }),
            "http",
        ),
        (
            format!("{extension}/ring-out"),
            json!({ "from": from, "to": to }),
            "http",
        ),
        (
            format!("{extension}/address-book/contact"),
            json!({ "firstName": "Nora" }),
            "http",
        ),
        ("/restapi/oauth/wstoken".to_owned(), json!({}), "ws"),
    ] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("host", NAME),
        ];
        let answer = lab
            .send(Method::POST, &path, &headers, body.to_string())
            .await
            .expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let uri = answer.json()["uri"].as_str().expect("an address").to_owned();
        assert!(uri.starts_with(&format!("{start}://{NAME}/")), "{path}: {uri}");
        assert!(!answer.text.contains(&own), "{path}: {}", answer.text);
    }
}

/// What is asked for by its ids in one request, and found or not, is where the caller is.
#[tokio::test]
async fn several_at_once_are_at_the_callers_name() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("host", NAME),
        ("accept", "multipart/mixed"),
    ];
    let me = "/restapi/v1.0/account/~/extension/~";
    let mine = lab.get(me, &headers).await.json();
    let first = async |list: &str| {
        let list = lab.get(list, &headers).await.json();
        let id = &list["records"][0]["id"];
        id.as_str().map_or_else(|| id.to_string(), str::to_owned)
    };
    let message = first(&format!("{me}/message-store?dateFrom=2020-01-01")).await;
    let call = first(&format!("{me}/call-log?dateFrom=2020-01-01")).await;
    for path in [
        format!("{me}/message-store/{message},1"),
        format!("{me}/call-log/{call},x"),
        format!("/restapi/v1.0/account/~/extension/{},1/presence", mine["id"]),
    ] {
        let answer = lab.get(&path, &headers).await;
        assert_eq!(answer.status, 207, "{path}: {}", answer.text);
        let own = format!("\"href\":\"http://{NAME}/restapi/v1.0/account/");
        assert_eq!(answer.text.matches(&own).count(), 2, "{path}: {}", answer.text);
        let links = answer.text.matches("http://").count();
        assert_eq!(
            answer.text.matches(&format!("http://{NAME}/")).count(),
            links,
            "{path}"
        );
    }
}

/// Whoever finds the platform by its entry points is sent on to the name that it came by.
#[tokio::test]
async fn a_redirect_names_the_callers_entry_points() {
    let lab = Lab::new().await;
    let link = encode(&[
        ("response_type", "code"),
        ("client_id", WEB_APP.0),
        ("redirect_uri", crate::support::REDIRECT),
        ("discovery", "true"),
    ]);
    let path = format!("/restapi/oauth/authorize?{link}");
    let answer = lab.get(&path, &[("host", NAME)]).await;
    for (name, path) in [
        ("token_uri", "/restapi/oauth/token"),
        ("discovery_uri", "/.well-known/entry-points/external"),
    ] {
        assert_eq!(answer.location(name), Some(format!("http://{NAME}{path}")));
    }
}

/// A client that checks the issuer compares it with the name that it knows.
#[tokio::test]
async fn an_id_token_is_issued_under_the_callers_name() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let lab = Lab::new().await;
    let code = lab.code(WEB_APP.0, &[("scope", "openid")]).await;
    let form = encode(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", crate::support::REDIRECT),
    ]);
    let headers = [
        ("authorization", &*basic(WEB_APP.0, WEB_APP.1)),
        ("content-type", "application/x-www-form-urlencoded"),
        ("host", NAME),
    ];
    let answer = lab
        .send(Method::POST, "/restapi/oauth/token", &headers, form)
        .await
        .expect("an answer")
        .json();
    let token = answer["id_token"].as_str().expect("an id token");
    let claims = token.split('.').nth(1).expect("claims");
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON");
    assert_eq!(claims["iss"], format!("http://{NAME}"));
}
