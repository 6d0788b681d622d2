//! What becomes of messages that were sent: by the second, by the recipient, with files.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, EXTENSION, World, values};

const FROM: &str = "+16505550101";

fn sms(to: &[&str], text: &str) -> Value {
    let to: Vec<Value> = to.iter().map(|to| json!({ "phoneNumber": to })).collect();
    json!({ "from": { "phoneNumber": FROM }, "to": to, "text": text })
}

async fn post(world: &World, name: &str, body: &Value) -> Answer {
    world
        .send_json(&world.ada, Method::POST, &format!("{EXTENSION}/{name}"), body)
        .await
}

/// One part: its headers, its bytes.
type Part<'a> = (&'a str, &'a [u8]);

async fn multipart(world: &World, name: &str, kind: &str, parts: &[Part<'_>]) -> Answer {
    let mut body = Vec::new();
    for (headers, bytes) in parts {
        body.extend(format!("--b0\r\n{headers}\r\n\r\n").into_bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b0--\r\n");
    let content_type = format!("{kind}; boundary=b0");
    let headers = [("content-type", content_type.as_str())];
    world
        .send(
            &world.ada,
            Method::POST,
            &format!("{EXTENSION}/{name}"),
            &headers,
            body,
        )
        .await
}

const JSON: &str = "Content-Disposition: form-data; name=\"json\"; filename=\"request.json\"\r\n\
     Content-Type: application/json";
const PNG: &str = "Content-Disposition: form-data; name=\"attachment\"; filename=\"dot.png\"\r\n\
     Content-Type: image/png";

/// A picture of the emulator's own making.
async fn picture(world: &World) -> Vec<u8> {
    let arrived = world
        .control("messages", &json!({ "to": "101", "attachments": 1 }))
        .await;
    let uri = arrived["attachments"][0]["uri"].as_str().expect("a picture");
    world.get(uri).await.bytes
}

/// A text and, with a picture beside it, the two ways in which the answer comes about.
#[tokio::test]
async fn sending_answers_what_reading_answers() {
    let world = World::start().await;
    let dot = picture(&world).await;
    let mut answers = Vec::new();
    for (to, text) in [
        (&["+12125550150"][..], "On my way!"),
        (&["+16505550102"], "To a colleague ☕"),
        (&["+12125550150", "+16505550102", "+13125550160"], "{to several}"),
    ] {
        answers.push(post(&world, "sms", &sms(to, text)).await);
    }
    let request = sms(&["+12125550150", "+16505550102"], "Look").to_string();
    let parts = [(JSON, request.as_bytes()), (PNG, &*dot)];
    answers.push(multipart(&world, "mms", "multipart/form-data", &parts).await);
    for sent in answers {
        let sent = sent.ok();
        let uri = sent["uri"].as_str().expect("a link");
        assert_eq!(world.get(uri).await.json(), sent);
        let text = &sent["attachments"][0];
        assert_eq!((&text["type"], &text["id"]), (&json!("Text"), &sent["id"]));
        let content = world.get(text["uri"].as_str().expect("a link")).await;
        assert_eq!(
            content.bytes,
            sent["subject"].as_str().expect("the text").as_bytes()
        );
        assert_eq!(content.header("content-type"), "text/plain; charset=utf-8");
    }
    // Without a text there is none to be had.
    let wordless =
        json!({ "from": { "phoneNumber": FROM }, "to": [{ "phoneNumber": "+12125550150" }] }).to_string();
    let parts = [(JSON, wordless.as_bytes()), (PNG, &*dot)];
    let sent = multipart(&world, "mms", "multipart/form-data", &parts).await.ok();
    assert_eq!(sent["attachments"][0]["type"], "MmsAttachment", "{sent}");
    let uri = format!("{}/content/{}", sent["uri"].as_str().expect("a link"), sent["id"]);
    assert_eq!(world.get(&uri).await.status, 404);
}

#[tokio::test]
async fn numbers_with_a_part_to_play_end_as_the_table_says() {
    // What it is after so many seconds.
    type Course = &'static [(u32, &'static str)];
    const GOOD: Course = &[
        (0, "Queued"),
        (1, "Sent"),
        (2, "Sent"),
        (3, "Delivered"),
        (99, "Delivered"),
    ];
    const LATE: Course = &[
        (0, "Queued"),
        (1, "Sent"),
        (2, "Sent"),
        (3, "DeliveryFailed"),
        (99, "DeliveryFailed"),
    ];
    const NEVER: Course = &[(0, "Queued"), (1, "SendingFailed"), (99, "SendingFailed")];
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let table: &[(&str, Course, Value)] = &[
        ("+12125550147", GOOD, Value::Null),
        (
            "+12125550190",
            &[
                (0, "Queued"),
                (60, "Queued"),
                (61, "Sent"),
                (62, "Sent"),
                (63, "Delivered"),
            ],
            Value::Null,
        ),
        (
            "+12125550191",
            &[(0, "Queued"), (1, "Sent"), (3600, "Sent")],
            Value::Null,
        ),
        ("+12125550192", LATE, json!("SMS-UP-410")),
        ("+12125550193", LATE, json!("SMS-CAR-411")),
        ("+13105550194", LATE, json!("SMS-CAR-430")),
        ("+12125550195", NEVER, json!("SMS-RC-410")),
        ("+12125550196", NEVER, json!("SMS-RC-430")),
        ("+12125550197", NEVER, json!("SMS-RC-500")),
        ("+12125550199", NEVER, json!("SMS-RC-413")),
    ];
    for (number, course, error) in table {
        let sent = post(&world, "sms", &sms(&[number], "hello")).await.ok();
        let uri = sent["uri"].as_str().unwrap();
        let mut now = 0;
        for (second, status) in *course {
            world.advance(&format!("{}s", second - now)).await;
            now = *second;
            let message = world.get(uri).await.ok();
            assert_eq!(message["messageStatus"], *status, "{number} after {second} s");
            let last = course.last().unwrap().1 == *status;
            assert_eq!(
                message["deliveryErrorCode"],
                if last { error.clone() } else { Value::Null },
                "{number}"
            );
            assert_eq!(
                message["smsDeliveryTime"].is_string(),
                *status == "Delivered",
                "{number}"
            );
        }
    }
    let refused = post(&world, "sms", &sms(&["+12125550198"], "hello")).await;
    assert_eq!(
        refused.refused(),
        (400, "MSG-243".into(), "to.phoneNumber".into())
    );
}

#[tokio::test]
async fn a_group_is_queued_while_one_waits_and_failed_if_one_failed() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let group = ["+12125550147", "+12125550190", "+12125550193"];
    let sent = post(&world, "sms", &sms(&group, "all of you")).await.ok();
    let uri = sent["uri"].as_str().unwrap();
    for (second, whole, each) in [
        (0, "Queued", ["Queued", "Queued", "Queued"]),
        (1, "Queued", ["Sent", "Queued", "Sent"]),
        (3, "Queued", ["Delivered", "Queued", "DeliveryFailed"]),
        (61, "DeliveryFailed", ["Delivered", "Sent", "DeliveryFailed"]),
        (63, "DeliveryFailed", ["Delivered", "Delivered", "DeliveryFailed"]),
    ] {
        let clock = world.get_as("", "/_emulator/clock").await.ok();
        let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
        let begun: jiff::Timestamp = sent["creationTime"].as_str().unwrap().parse().unwrap();
        let wait = second - now.duration_since(begun).as_secs();
        world.advance(&format!("{wait}s")).await;
        let message = world.get(uri).await.ok();
        let to = message["to"].as_array().unwrap();
        let found: Vec<&str> = to
            .iter()
            .map(|to| to["messageStatus"].as_str().unwrap())
            .collect();
        assert_eq!(
            (message["messageStatus"].as_str().unwrap(), found.as_slice()),
            (whole, &each[..]),
            "after {second} s"
        );
    }
    // The same people in another order are the same conversation, fewer are another.
    let again = post(
        &world,
        "sms",
        &sms(&["+12125550193", "+12125550147", "+12125550190"], "again"),
    )
    .await
    .ok();
    assert_eq!(again["conversationId"], sent["conversationId"]);
    let fewer = post(&world, "sms", &sms(&group[..2], "fewer")).await.ok();
    assert_ne!(fewer["conversationId"], sent["conversationId"]);
}

#[tokio::test]
async fn pictures_go_with_a_text_or_alone_in_any_multipart() {
    let world = World::start().await;
    let picture = picture(&world).await;
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
    let text = sms(&["+16505550102"], "look").to_string();
    let mut alone = sms(&["+16505550102"], "");
    alone.as_object_mut().unwrap().remove("text");
    let alone = alone.to_string();
    let mixed = "Content-Type: image/png\r\nContent-Disposition: attachment; filename=\"dot.png\"";
    for (name, kind, parts, types) in [
        (
            "sms",
            "multipart/form-data",
            vec![(JSON, text.as_bytes()), (PNG, &picture)],
            &["Text", "MmsAttachment"][..],
        ),
        (
            "mms",
            "multipart/mixed",
            vec![
                ("Content-Type: application/json", text.as_bytes()),
                (mixed, &picture),
            ],
            &["Text", "MmsAttachment"],
        ),
        (
            "mms",
            "multipart/form-data",
            vec![
                (PNG, picture.as_slice()),
                (JSON, alone.as_bytes()),
                (PNG, &picture),
            ],
            &["MmsAttachment", "MmsAttachment"],
        ),
        (
            "mms",
            "multipart/form-data",
            vec![(JSON, text.as_bytes())],
            &["Text"],
        ),
    ] {
        let sent = multipart(&world, name, kind, &parts).await.ok();
        let found = sent["attachments"].as_array().unwrap();
        let found_types: Vec<&str> = found.iter().map(|a| a["type"].as_str().unwrap()).collect();
        assert_eq!(found_types, types, "{name} {kind}");
        for attachment in found.iter().filter(|a| a["type"] == "MmsAttachment") {
            assert_eq!(
                (
                    &attachment["contentType"],
                    &attachment["fileName"],
                    &attachment["size"],
                    &attachment["width"]
                ),
                (
                    &json!("image/png"),
                    &json!("dot.png"),
                    &json!(picture.len()),
                    &json!(16)
                )
            );
            let content = world.get(attachment["uri"].as_str().unwrap()).await;
            assert_eq!(
                (content.header("content-type"), &content.bytes),
                ("image/png", &picture)
            );
        }
        // The colleague has the same files.
        let list = format!("{EXTENSION}/message-store?perPage=1");
        let received = world.get_as(&world.ben, &list).await.ok()["records"][0].clone();
        assert_eq!(
            (
                &received["direction"],
                received["attachments"].as_array().unwrap().len()
            ),
            (&json!("Inbound"), types.len())
        );
        let newest = &received["attachments"][types.len() - 1];
        let content = world.get_as(&world.ben, newest["uri"].as_str().unwrap()).await;
        if types.len() > 1 {
            assert_eq!(content.bytes, picture);
        }
    }
}

#[tokio::test]
async fn files_that_cannot_be_sent_are_refused() {
    let world = World::start().await;
    let body = sms(&["+12125550147"], "look").to_string();
    let part = |kind: &str| {
        format!("Content-Disposition: form-data; name=\"a\"; filename=\"a\"\r\nContent-Type: {kind}")
    };
    let (png, exe, pdf) = (
        part("image/png"),
        part("application/x-msdownload"),
        part("application/pdf"),
    );
    let half = vec![b'x'; 750_000];
    let over = vec![b'x'; 1_500_001];
    let json = (JSON, body.as_bytes());
    let small: &[u8] = b"1";
    for (what, parts, wanted) in [
        (
            "ten files",
            vec![json; 1]
                .into_iter()
                .chain(vec![(png.as_str(), small); 10])
                .collect(),
            None,
        ),
        (
            "eleven files",
            [json]
                .into_iter()
                .chain(vec![(png.as_str(), small); 11])
                .collect(),
            Some((400, "MSG-347")),
        ),
        (
            "1 500 000 bytes",
            vec![json, (png.as_str(), &half[..]), (png.as_str(), &half[..])],
            None,
        ),
        (
            "a byte more",
            vec![
                json,
                (png.as_str(), &half[..]),
                (png.as_str(), &half[..]),
                (png.as_str(), small),
            ],
            Some((400, "MSG-338")),
        ),
        (
            "one that is too large",
            vec![json, (png.as_str(), &over[..])],
            Some((400, "MSG-337")),
        ),
        (
            "an empty one",
            vec![json, (png.as_str(), &b""[..])],
            Some((400, "MSG-349")),
        ),
        (
            "a program",
            vec![json, (exe.as_str(), small)],
            Some((415, "MSG-348")),
        ),
        (
            "a document",
            vec![json, (pdf.as_str(), small)],
            Some((415, "MSG-348")),
        ),
    ] as [(&str, Vec<Part<'_>>, Option<(u16, &str)>); 8]
    {
        let answer = multipart(&world, "mms", "multipart/form-data", &parts).await;
        match wanted {
            None => assert_eq!(answer.status, 200, "{what}"),
            Some((status, code)) => assert_eq!(
                answer.refused(),
                (status, code.into(), "attachment".into()),
                "{what}"
            ),
        }
    }
    // A number that sends texts, but no pictures.
    let chloe = world.log_in("103").await;
    let body = json!({ "from": { "phoneNumber": "+16505550113" }, "to": [{ "phoneNumber": "+12125550147" }],
        "text": "look" });
    let path = format!("{EXTENSION}/sms");
    assert_eq!(
        world.send_json(&chloe, Method::POST, &path, &body).await.status,
        200
    );
    let parts = format!(
        "--b0\r\n{JSON}\r\n\r\n{body}\r\n--b0\r\n{}\r\n\r\n1\r\n--b0--\r\n",
        part("image/png")
    );
    let headers = [("content-type", "multipart/form-data; boundary=b0")];
    let refused = world
        .send(&chloe, Method::POST, &path, &headers, parts.into_bytes())
        .await;
    assert_eq!(
        refused.refused(),
        (403, "MSG-380".into(), "from.phoneNumber".into())
    );
}

#[tokio::test]
async fn texts_have_a_limit_of_their_own() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let limits =
        json!({ "rateLimits": { "enabled": true, "medium": { "limit": 1000 }, "light": { "limit": 1000 } } });
    let changed = world
        .send_json("", Method::PATCH, "/_emulator/settings", &limits)
        .await;
    assert_eq!(changed.status, 200);
    for nth in 1..=40 {
        let answer = post(&world, "sms", &sms(&["+12125550147"], "hello")).await;
        assert_eq!(answer.status, 200, "number {nth}");
    }
    let refused = post(&world, "sms", &sms(&["+12125550147"], "hello")).await;
    assert_eq!(
        (
            refused.refused().1.as_str(),
            refused.status,
            refused.header("retry-after")
        ),
        ("MSG-305", 429, "60")
    );
    world.advance("59s").await;
    let refused = post(&world, "sms", &sms(&["+12125550147"], "hello")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    // Pictures are counted apart.
    let picture = picture(&world).await;
    let body = sms(&["+12125550147"], "look").to_string();
    let parts = [(JSON, body.as_bytes()), (PNG, picture.as_slice())];
    assert_eq!(
        multipart(&world, "mms", "multipart/form-data", &parts)
            .await
            .status,
        200
    );
    world.advance("1s").await;
    let answer = post(&world, "sms", &sms(&["+12125550147"], "hello")).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn pager_messages_lie_in_both_stores() {
    let world = World::start().await;
    let body = json!({ "from": { "extensionNumber": "101" }, "to": [{ "extensionNumber": "102" }], "text": "lunch?" });
    let sent = post(&world, "company-pager", &body).await.ok();
    assert_eq!(
        (
            &sent["type"],
            &sent["messageStatus"],
            &sent["from"]["extensionNumber"],
            &sent["to"][0]["extensionNumber"],
            &sent["pgToDepartment"]
        ),
        (
            &json!("Pager"),
            &json!("Sent"),
            &json!("101"),
            &json!("102"),
            &json!(false)
        )
    );
    let list = format!("{EXTENSION}/message-store?messageType=Pager&perPage=1");
    let received = world.get_as(&world.ben, &list).await.ok()["records"][0].clone();
    assert_eq!(
        (
            &received["subject"],
            &received["direction"],
            &received["readStatus"]
        ),
        (&json!("lunch?"), &json!("Inbound"), &json!("Unread"))
    );
    // Ben answers without saying whom.
    let reply = json!({ "replyOn": received["id"], "text": "yes" });
    let path = format!("{EXTENSION}/company-pager");
    let answer = world
        .send_json(&world.ben, Method::POST, &path, &reply)
        .await
        .ok();
    assert_eq!(answer["to"][0]["extensionId"], "810000101");
    assert_eq!(answer["conversationId"], received["conversationId"]);
    let queue = json!({ "to": [{ "extensionNumber": "201" }], "text": "all of you" });
    let sent = post(&world, "company-pager", &queue).await.ok();
    assert_eq!(sent["pgToDepartment"], true);
    let with = |field: &str, value: Value| {
        let mut changed = body.clone();
        changed[field] = value;
        changed
    };
    for (what, body, wanted) in [
        ("no text", with("text", Value::Null), (400, "CMN-100", "text")),
        (
            "too long",
            with("text", json!("x".repeat(1025))),
            (400, "CMN-101", "text"),
        ),
        ("nobody", with("to", json!([])), (400, "MSG-316", "to")),
        (
            "a stranger",
            with("to", json!([{ "extensionNumber": "999" }])),
            (404, "CMN-102", "to.extensionNumber"),
        ),
        (
            "a menu",
            with("to", json!([{ "extensionNumber": "301" }])),
            (403, "MSG-314", "to"),
        ),
        (
            "one who has left",
            with("to", json!([{ "extensionNumber": "106" }])),
            (403, "MSG-314", "to"),
        ),
        (
            "id and number of two people",
            with(
                "to",
                json!([{ "extensionNumber": "102", "extensionId": "810000103" }]),
            ),
            (400, "MSG-335", ""),
        ),
        (
            "another sender",
            with("from", json!({ "extensionNumber": "102" })),
            (400, "MSG-331", "from.extensionNumber"),
        ),
        (
            "another sender's id",
            with("from", json!({ "extensionId": "810000102" })),
            (400, "MSG-332", "from.extensionId"),
        ),
        (
            "an unknown message",
            with("replyOn", json!(1)),
            (404, "CMN-102", "replyOn"),
        ),
    ] {
        let (status, code, parameter) = post(&world, "company-pager", &body).await.refused();
        let parameter = if wanted.2.is_empty() {
            ""
        } else {
            parameter.as_str()
        };
        assert_eq!((status, code.as_str(), parameter), wanted, "{what}");
    }
}

#[tokio::test]
async fn who_may_not_send_is_refused() {
    let world = World::start().await;
    let (records, _) = world
        .walk(&world.ada, &format!("{EXTENSION}/message-store?perPage=max"))
        .await;
    for path in ["sms", "mms", "company-pager", "fax", "ring-out"] {
        let other = format!("/restapi/v1.0/account/~/extension/810000101/{path}");
        let answer = world
            .send_json(&world.ben, Method::POST, &other, &sms(&["+12125550147"], "x"))
            .await;
        assert_eq!(answer.refused().1, "CMN-404", "{path}");
    }
    let (after, _) = world
        .walk(&world.ada, &format!("{EXTENSION}/message-store?perPage=max"))
        .await;
    assert_eq!(values(&records, "/id"), values(&after, "/id"));
}
