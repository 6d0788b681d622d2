//! Every operation that gives something, asked once in a company where there is something of everything. The answers are
//! held against the field tables like those of every test.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::{ACCOUNT, Answer, EXTENSION, World};
use crate::fields;

const FORM: &str = "application/x-www-form-urlencoded";

/// A body and its type.
type Body = (&'static str, Vec<u8>);

/// What stands for the ids in paths.
type Ids = BTreeMap<&'static str, String>;

fn json_body(body: &Value) -> Body {
    ("application/json", body.to_string().into_bytes())
}

/// JSON and a file.
fn multipart(body: &Value) -> Body {
    let text = format!(
        "--b0\r\nContent-Disposition: form-data; name=\"json\"; filename=\"request.json\"\r\n\
         Content-Type: application/json\r\n\r\n{body}\r\n--b0\r\nContent-Disposition: form-data; \
         name=\"attachment\"; filename=\"dot.gif\"\r\nContent-Type: image/gif\r\n\r\nGIF89a\r\n--b0--\r\n"
    );
    ("multipart/form-data; boundary=b0", text.into_bytes())
}

/// What an operation takes.
fn body(method: &Method, template: &str, jwt: &str) -> Body {
    let extension = "/restapi/v1.0/account/{accountId}/extension/{extensionId}";
    let numbers = json!({ "from": { "phoneNumber": "+16505550101" }, "to": [{ "phoneNumber": "+12125550147" }], "text": "hello" });
    let form = |pairs: &[(&str, &str)]| (FORM, crate::support::encode(pairs).into_bytes());
    if method == Method::GET {
        return ("application/json", Vec::new());
    }
    match template.strip_prefix(extension).unwrap_or(template) {
        "" => json_body(&json!({ "contact": { "jobTitle": "Keeper" } })),
        "/presence" => json_body(&json!({ "userStatus": "Available" })),
        "/sms" => json_body(&numbers),
        "/mms" => multipart(&numbers),
        "/fax" => multipart(&json!({ "to": [{ "phoneNumber": "+12125550147" }] })),
        "/company-pager" => json_body(
            &json!({ "from": { "extensionNumber": "101" }, "to": [{ "extensionNumber": "102" }], "text": "hello" }),
        ),
        "/ring-out" | "/ringout" => json_body(
            &json!({ "from": { "phoneNumber": "+16505550101" }, "to": { "phoneNumber": "+12125550147" } }),
        ),
        "/message-store/{messageId}" => json_body(&json!({ "readStatus": "Read" })),
        "/address-book/contact" | "/address-book/contact/{contactId}" => json_body(
            &json!({ "firstName": "Bo", "lastName": "Lind", "businessAddress": { "city": "Denver" } }),
        ),
        "/profile-image" => ("image/png", b"picture".to_vec()),
        "/restapi/oauth/token" => form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", jwt),
        ]),
        "/restapi/oauth/revoke" => form(&[("token", "EMU-at-unknown")]),
        "/restapi/oauth/authorize" => form(&[
            ("response_type", "code"),
            ("client_id", "EMU-web-app"),
            ("redirect_uri", crate::support::REDIRECT),
        ]),
        "/restapi/oauth/wstoken" => json_body(&json!({})),
        _ => panic!("{method} {template} is new here: what does it take?"),
    }
}

/// What is asked for beside the path, so that there is much to be seen.
fn query(template: &str, since: &str) -> String {
    let name = template.rsplit('/').next().unwrap_or_default();
    match name {
        "call-log" | "active-calls" => format!("?view=Detailed&perPage=max&dateFrom={since}"),
        "{callRecordId}" => "?view=Detailed".to_owned(),
        "message-store" => format!("?perPage=1000&dateFrom={since}"),
        "call-log-sync" | "call-log-extract-sync" | "message-sync" => {
            format!("?syncType=FSync&recordCount=250&dateFrom={since}")
        }
        "address-book-sync" => "?syncType=FSync".to_owned(),
        "presence" => "?detailedTelephonyState=true&sipData=true".to_owned(),
        "check" => "?permissionId=ReadCallLog".to_owned(),
        "authorize" => format!(
            "?response_type=code&client_id=EMU-web-app&redirect_uri={}",
            crate::support::encode(&[("", crate::support::REDIRECT)]).trim_start_matches('=')
        ),
        _ => String::new(),
    }
}

/// Calls, messages, contacts and what goes on at this moment; and the ids of one of each.
async fn furnish(world: &World) -> Ids {
    world.control("clock", &json!({ "freeze": true })).await;
    for arrival in [
        json!({ "text": "Good morning" }),
        json!({ "type": "Fax" }),
        json!({ "type": "VoiceMail" }),
    ] {
        world.control("messages", &arrival).await;
    }
    world
        .control("calls", &json!({ "to": "101", "ring": 5, "duration": 500 }))
        .await;
    world.advance("6s").await;
    let (path, png) = (
        format!("{EXTENSION}/profile-image"),
        [("content-type", "image/png")],
    );
    world
        .send(&world.ada, Method::PUT, &path, &png, b"picture".to_vec())
        .await;
    let first = async |path: String, pointer: &str| -> String {
        let body = world.get(&path).await.ok();
        let value = body
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{path} has no {pointer}: {body}"));
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    let since = world.days_ago(31).await;
    let mut ids: Ids = [("accountId", "~"), ("extensionId", "~"), ("apiVersion", "v1.0")]
        .map(|(name, id)| (name, id.to_owned()))
        .into();
    let message = format!("{EXTENSION}/message-store?messageType=Fax&dateFrom={since}");
    for (name, path, pointer) in [
        (
            "callRecordId",
            format!("{EXTENSION}/call-log?dateFrom={since}"),
            "/records/0/id",
        ),
        (
            "recordingId",
            format!("{EXTENSION}/call-log?recordingType=All&dateFrom={since}"),
            "/records/0/recording/id",
        ),
        ("messageId", message.clone(), "/records/0/id"),
        ("attachmentId", message, "/records/0/attachments/0/id"),
        (
            "phoneNumberId",
            format!("{ACCOUNT}/phone-number"),
            "/records/0/id",
        ),
        (
            "forwardingNumberId",
            format!("{EXTENSION}/forwarding-number"),
            "/records/0/id",
        ),
        (
            "countryId",
            "/restapi/v1.0/dictionary/country".to_owned(),
            "/records/0/id",
        ),
        (
            "stateId",
            "/restapi/v1.0/dictionary/state?countryId=1".to_owned(),
            "/records/0/id",
        ),
        (
            "timezoneId",
            "/restapi/v1.0/dictionary/timezone".to_owned(),
            "/records/0/id",
        ),
        (
            "languageId",
            "/restapi/v1.0/dictionary/language".to_owned(),
            "/records/0/id",
        ),
        (
            "permissionId",
            "/restapi/v1.0/dictionary/permission".to_owned(),
            "/records/0/id",
        ),
    ] {
        ids.insert(name, first(path, pointer).await);
    }
    for (name, path) in [("contactId", "address-book/contact"), ("ringoutId", "ring-out")] {
        let template = format!("/restapi/v1.0/account/{{accountId}}/extension/{{extensionId}}/{path}");
        let (_, body) = body(&Method::POST, &template, "");
        let body = serde_json::from_slice(&body).expect("JSON");
        let made = world
            .send_json(&world.ada, Method::POST, &format!("{EXTENSION}/{path}"), &body)
            .await
            .ok();
        ids.insert(
            name,
            made["id"]
                .as_str()
                .map_or_else(|| made["id"].to_string(), str::to_owned),
        );
    }
    ids
}

async fn ask(world: &World, method: &Method, template: &str, path: &str, jwt: &str) -> Answer {
    let (kind, body) = body(method, template, jwt);
    let basic = crate::support::basic("EMU-web-app", "EMU-web-app-secret");
    let mut headers = vec![("content-type", kind)];
    let by_app = ["/token", "/revoke"].iter().any(|end| template.ends_with(end));
    if by_app {
        headers.push(("authorization", &basic));
    }
    let token = if by_app { "" } else { world.ada.as_str() };
    world.send(token, method.clone(), path, &headers, body).await
}

#[tokio::test]
async fn every_operation_answers_as_its_table_says() {
    let world = World::start().await;
    let ids = furnish(&world).await;
    let since = world.days_ago(31).await;
    let environment: BTreeMap<_, _> = world.emulator.environment().into_iter().collect();
    let operations = world.get_as("", "/_emulator/operations").await.ok();
    let operations = operations["records"].as_array().expect("a list").clone();
    let mut walked = 0;
    for operation in operations
        .iter()
        .filter(|operation| operation["emulated"] == true)
    {
        let (method, template) = (&operation["method"], operation["path"].as_str().expect("a path"));
        let method: Method = method.as_str().expect("a method").parse().expect("a method");
        if method == Method::DELETE {
            continue;
        }
        let parts = template.split('/').map(|part| {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            name.map_or(part, |name| {
                ids.get(name).unwrap_or_else(|| panic!("an id for {template}"))
            })
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let asked = format!("{path}{}", query(template, &since));
        let answer = ask(&world, &method, template, &asked, &environment["RC_JWT"]).await;
        assert!(
            answer.status < 300,
            "{method} {asked}: {}",
            String::from_utf8_lossy(&answer.bytes)
        );
        if answer.header("content-type").starts_with("application/json") {
            assert!(
                fields::has_table(&method, &path),
                "{method} {template} has no field table"
            );
            let records = &answer.json()["records"];
            assert_ne!(
                *records,
                json!([]),
                "{method} {asked} lists nothing, so nothing is shown"
            );
        }
        walked += 1;
    }
    assert!(walked >= 75, "{walked} operations");
}
