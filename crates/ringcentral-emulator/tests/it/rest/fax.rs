//! Faxes: how they are sent, by the second, and what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, EXTENSION, World};

const JSON: &str = "Content-Disposition: form-data; name=\"json\"; filename=\"request.json\"\r\n\
     Content-Type: application/json";

fn field(name: &str) -> String {
    format!("Content-Disposition: form-data; name=\"{name}\"")
}

fn file(name: &str, kind: &str) -> String {
    format!(
        "Content-Disposition: form-data; name=\"attachment\"; filename=\"{name}\"\r\nContent-Type: {kind}"
    )
}

async fn fax(world: &World, parts: &[(String, Vec<u8>)]) -> Answer {
    let mut body = Vec::new();
    for (headers, bytes) in parts {
        body.extend(format!("--b0\r\n{headers}\r\n\r\n").into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b0--\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=b0")];
    world
        .send(
            &world.ada,
            Method::POST,
            &format!("{EXTENSION}/fax"),
            &headers,
            body,
        )
        .await
}

fn json_part(body: &Value) -> (String, Vec<u8>) {
    (JSON.to_owned(), body.to_string().into_bytes())
}

fn page() -> (String, Vec<u8>) {
    (file("note.txt", "text/plain"), b"Good morning".to_vec())
}

/// A PDF of so many pages, as a voicemail of the emulator would not be.
async fn pdf(world: &World, pages: i64) -> Vec<u8> {
    let arrived = world
        .control("messages", &json!({ "type": "Fax", "pages": pages }))
        .await;
    world
        .get(arrived["attachments"][0]["uri"].as_str().expect("a document"))
        .await
        .bytes
}

#[tokio::test]
async fn a_fax_is_queued_until_its_call_is_over() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let document = pdf(&world, 3).await;
    let body =
        json!({ "to": [{ "phoneNumber": "+12125550147", "name": "Bo Lind" }], "faxResolution": "Low" });
    let parts = [
        json_part(&body),
        (file("order.pdf", "application/pdf"), document.clone()),
    ];
    let sent = fax(&world, &parts).await.ok();
    assert_eq!(
        (
            &sent["messageStatus"],
            &sent["faxPageCount"],
            &sent["faxResolution"],
            &sent["coverIndex"],
            &sent["to"][0]["name"],
            &sent["direction"]
        ),
        (
            &json!("Queued"),
            &json!(3),
            &json!("Low"),
            &json!(0),
            &json!("Bo Lind"),
            &json!("Outbound")
        )
    );
    assert!(sent["attachments"][0]["filename"].is_string());
    let content = world.get(sent["attachments"][0]["uri"].as_str().unwrap()).await;
    assert_eq!(
        (content.header("content-type"), &content.bytes),
        ("application/pdf", &document)
    );
    let uri = sent["uri"].as_str().unwrap();
    // One second in the queue, nine for the call, 21 for each page.
    for (wait, status) in [("72s", "Queued"), ("1s", "Sent")] {
        world.advance(wait).await;
        let message = world.get(uri).await.ok();
        assert_eq!(message["messageStatus"], status);
        assert_eq!(message["to"][0]["messageStatus"], status);
    }
    let log = format!("{EXTENSION}/call-log?type=Fax&perPage=1");
    let record = world.get(&log).await.ok()["records"][0].clone();
    assert_eq!(
        (
            &record["action"],
            &record["result"],
            &record["duration"],
            &record["message"]["id"]
        ),
        (
            &json!("Outgoing Fax"),
            &json!("Sent"),
            &json!(72),
            &json!(sent["id"].to_string())
        )
    );
}

#[tokio::test]
async fn numbers_with_a_part_to_play_end_as_the_table_says() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    for (number, error) in [
        ("+12125550191", "LineBusy"),
        ("+12125550192", "NoAnswer"),
        ("+12125550193", "CallDeclined"),
        ("+12125550194", "CallFailed"),
        ("+12125550195", "NoFaxMachine"),
        ("+12125550196", "InvalidNumber"),
        ("+12125550197", "InternalError"),
        ("+12125550198", "ProhibitedNumber"),
    ] {
        let to = json!({ "to": [{ "phoneNumber": number }, { "phoneNumber": "+12125550147" }] });
        let sent = fax(&world, &[json_part(&to), page()]).await.ok();
        let uri = sent["uri"].as_str().unwrap();
        for (wait, whole, first, second) in [
            ("20s", "Queued", "Queued", "Queued"),
            ("1s", "Queued", "SendingFailed", "Queued"),
            ("10s", "SendingFailed", "SendingFailed", "Sent"),
        ] {
            world.advance(wait).await;
            let message = world.get(uri).await.ok();
            let status = |at: usize| message["to"][at]["messageStatus"].as_str().unwrap();
            assert_eq!(
                (message["messageStatus"].as_str().unwrap(), status(0), status(1)),
                (whole, first, second),
                "{number} after {wait} more"
            );
            let failed = first == "SendingFailed";
            assert_eq!(
                message["to"][0]["faxErrorCode"],
                if failed { json!(error) } else { Value::Null },
                "{number}"
            );
            assert_eq!(message["to"][1]["faxErrorCode"], Value::Null);
        }
    }
}

#[tokio::test]
async fn a_fax_to_a_colleague_arrives_there() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let document = pdf(&world, 2).await;
    let to = json!({ "to": [{ "phoneNumber": "+16505550102" }] });
    let parts = [
        json_part(&to),
        (file("order.pdf", "application/pdf"), document.clone()),
    ];
    let sent = fax(&world, &parts).await.ok();
    let list = format!("{EXTENSION}/message-store?messageType=Fax&perPage=1");
    let newest = async || world.get_as(&world.ben, &list).await.ok()["records"][0].clone();
    let before = newest().await;
    world.advance("51s").await;
    assert_eq!(newest().await, before, "it is still on the line");
    world.advance("1s").await;
    let received = newest().await;
    assert_eq!(
        (
            &received["direction"],
            &received["messageStatus"],
            &received["faxPageCount"],
            &received["from"]["phoneNumber"],
            &received["to"][0]["target"]
        ),
        (
            &json!("Inbound"),
            &json!("Received"),
            &json!(2),
            &sent["from"]["phoneNumber"],
            &json!(true)
        )
    );
    let uri = received["attachments"][0]["uri"].as_str().unwrap();
    assert_eq!(world.get_as(&world.ben, uri).await.bytes, document);
    let log = format!("{EXTENSION}/call-log?type=Fax&perPage=1");
    let call = world.get_as(&world.ben, &log).await.ok()["records"][0].clone();
    assert_eq!(
        (&call["action"], &call["result"], &call["message"]["id"]),
        (
            &json!("Incoming Fax"),
            &json!("Received"),
            &json!(received["id"].to_string())
        )
    );
}

#[tokio::test]
async fn a_form_says_the_same_as_json() {
    let world = World::start().await;
    let sent = fax(
        &world,
        &[
            (field("to"), b"+12125550147".to_vec()),
            (field("to"), b"(310) 555-0123".to_vec()),
            (field("faxResolution"), b"High".to_vec()),
            (field("coverIndex"), b"7".to_vec()),
            (field("coverPageText"), b"With regards".to_vec()),
            page(),
            (file("dot.png", "image/png"), b"1".to_vec()),
        ],
    )
    .await
    .ok();
    assert_eq!(
        (
            &sent["coverIndex"],
            &sent["coverPageText"],
            &sent["faxPageCount"],
            &sent["to"][1]["phoneNumber"]
        ),
        (
            &json!(7),
            &json!("With regards"),
            &json!(3),
            &json!("+13105550123")
        )
    );
    let (pages, _) = world
        .walk(&world.ada, "/restapi/v1.0/dictionary/fax-cover-page?perPage=5")
        .await;
    assert_eq!((pages.len(), &pages[0]["name"]), (14, &json!("None")));
}

#[tokio::test]
async fn a_fax_may_wait_for_its_time_be_cancelled_and_be_sent_again() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let tomorrow = world.days_ago(-1).await;
    let later = json!({ "to": { "phoneNumber": "+12125550147" }, "sendTime": tomorrow });
    let first = fax(&world, &[json_part(&later), page()]).await.ok();
    let second = fax(&world, &[json_part(&later), page()]).await.ok();
    let of = |fax: &Value| fax["uri"].as_str().unwrap().to_owned();
    let again = async |body: Value| {
        world
            .send_json(&world.ada, Method::POST, &format!("{EXTENSION}/fax"), &body)
            .await
    };
    // It cannot be sent again before it was sent at all.
    let early = again(json!({ "originalMessageId": first["id"] })).await;
    assert_eq!(
        early.refused(),
        (406, "MSG-343".into(), "originalMessageId".into())
    );
    let deleted = world
        .send(&world.ada, Method::DELETE, &of(&second), &[], vec![])
        .await;
    assert_eq!(deleted.status, 204);
    for (wait, status) in [("24h", "Queued"), ("30s", "Queued"), ("1s", "Sent")] {
        world.advance(wait).await;
        assert_eq!(
            world.get(&of(&first)).await.ok()["messageStatus"],
            status,
            "after {wait} more"
        );
    }
    let cancelled = world.get(&of(&second)).await.ok();
    assert_eq!(
        (&cancelled["messageStatus"], &cancelled["availability"]),
        (&json!("Queued"), &json!("Deleted"))
    );
    let third = again(json!({ "originalMessageId": first["id"], "to": [{ "phoneNumber": "+13105550123" }] }))
        .await
        .ok();
    assert_eq!(
        (&third["messageStatus"], &third["to"][0]["phoneNumber"]),
        (&json!("Queued"), &json!("+13105550123"))
    );
    for (body, wanted) in [
        (json!({}), (400, "CMN-100", "originalMessageId")),
        (
            json!({ "originalMessageId": 1 }),
            (404, "CMN-102", "originalMessageId"),
        ),
        (
            json!({ "originalMessageId": first["id"], "sendTime": "soon" }),
            (400, "CMN-101", "sendTime"),
        ),
    ] {
        let (status, code, parameter) = again(body.clone()).await.refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{body}");
    }
}

#[tokio::test]
async fn what_cannot_be_faxed_is_refused() {
    let world = World::start().await;
    let to = json!({ "to": [{ "phoneNumber": "+12125550147" }] });
    let with = |field: &str, value: Value| {
        let mut body = to.clone();
        body[field] = value;
        vec![json_part(&body), page()]
    };
    let lines = "line\n".repeat(60 * 200);
    for (what, parts, wanted) in [
        ("nobody", vec![page()], (400, "CMN-100", "to")),
        ("an empty list", with("to", json!([])), (400, "CMN-100", "to")),
        (
            "no number",
            with("to", json!([{ "name": "Bo" }])),
            (400, "CMN-100", "to.phoneNumber"),
        ),
        (
            "a number that is none",
            with("to", json!([{ "phoneNumber": "Bo" }])),
            (400, "CMN-101", "to.phoneNumber"),
        ),
        (
            "another country",
            with("to", json!([{ "phoneNumber": "+442079460123" }])),
            (403, "MSG-309", "to.phoneNumber"),
        ),
        (
            "a resolution between",
            with("faxResolution", json!("Medium")),
            (400, "CMN-101", "faxResolution"),
        ),
        (
            "a cover too many",
            with("coverIndex", json!(14)),
            (400, "CMN-101", "coverIndex"),
        ),
        (
            "a novel on the cover",
            with("coverPageText", json!("x".repeat(1025))),
            (400, "CMN-101", "coverPageText"),
        ),
        (
            "no time",
            with("sendTime", json!("soon")),
            (400, "CMN-101", "sendTime"),
        ),
        (
            "a time at the end of the calendar",
            with("sendTime", json!("9999-12-30T22:00:00Z")),
            (400, "CMN-101", "sendTime"),
        ),
        ("nothing", vec![json_part(&to)], (400, "MSG-350", "attachment")),
        (
            "an empty file",
            vec![json_part(&to), (file("a.txt", "text/plain"), vec![])],
            (400, "MSG-349", "attachment"),
        ),
        (
            "a song",
            vec![json_part(&to), (file("a.mp3", "audio/mpeg"), b"1".to_vec())],
            (415, "MSG-348", "attachment"),
        ),
        (
            "201 pages",
            vec![json_part(&to), (file("a.txt", "text/plain"), lines.into_bytes())],
            (400, "MSG-351", "attachment"),
        ),
    ] {
        let (status, code, parameter) = fax(&world, &parts).await.refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{what}");
    }
}
