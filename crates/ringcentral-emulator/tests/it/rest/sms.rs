//! Sending text messages.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, EXTENSION, World};

const FROM: &str = "+16505550101";

async fn send(world: &World, body: &Value) -> Answer {
    world
        .send_json(&world.ada, Method::POST, &format!("{EXTENSION}/sms"), body)
        .await
}

fn sms(to: &str, text: &str) -> Value {
    json!({ "from": { "phoneNumber": FROM }, "to": [{ "phoneNumber": to }], "text": text })
}

#[tokio::test]
async fn a_message_is_queued_then_sent_then_delivered() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let message = send(&world, &sms("+12125550147", "hello")).await.ok();
    for (field, value) in [
        ("type", "SMS"),
        ("direction", "Outbound"),
        ("messageStatus", "Queued"),
        ("readStatus", "Read"),
        ("availability", "Alive"),
        ("subject", "hello"),
    ] {
        assert_eq!(message[field], value, "{field}");
    }
    assert_eq!(message["attachments"][0]["type"], "Text");
    assert_eq!(
        message["conversation"]["id"],
        message["conversationId"].to_string()
    );
    let uri = message["uri"].as_str().unwrap();
    let status = async || world.get(uri).await.ok()["messageStatus"].clone();
    assert_eq!(status().await, "Queued");
    world.advance("1s").await;
    assert_eq!(status().await, "Sent");
    world.advance("2s").await;
    assert_eq!(status().await, "Delivered");
    assert!(world.get(uri).await.ok()["smsDeliveryTime"].is_string());
    let list = world
        .get(&format!("{EXTENSION}/message-store?perPage=1"))
        .await
        .ok();
    assert_eq!(list["records"][0]["id"], message["id"]);
    // The same two people go on in the same conversation.
    let next = send(&world, &sms("+12125550147", "and again")).await.ok();
    assert_eq!(next["conversationId"], message["conversationId"]);
    assert_ne!(next["id"], message["id"]);
}

#[tokio::test]
async fn a_colleague_receives_it() {
    let world = World::start().await;
    let sent = send(&world, &sms("+16505550102", "lunch?")).await.ok();
    let list = world
        .get_as(&world.ben, &format!("{EXTENSION}/message-store?perPage=1"))
        .await
        .ok();
    let received = &list["records"][0];
    assert_eq!(
        (
            &received["subject"],
            &received["direction"],
            &received["readStatus"],
            &received["messageStatus"]
        ),
        (
            &json!("lunch?"),
            &json!("Inbound"),
            &json!("Unread"),
            &json!("Received")
        )
    );
    assert_eq!(received["from"]["phoneNumber"], FROM);
    assert_ne!(received["id"], sent["id"]);
}

#[tokio::test]
async fn a_number_that_opted_out_cannot_be_reached() {
    let world = World::start().await;
    let sent = send(&world, &sms("+12125550199", "hello?")).await.ok();
    assert_eq!(sent["messageStatus"], "Queued");
    world.advance("5s").await;
    let failed = world.get(sent["uri"].as_str().unwrap()).await.ok();
    assert_eq!(
        (&failed["messageStatus"], &failed["deliveryErrorCode"]),
        (&json!("SendingFailed"), &json!("SMS-RC-413"))
    );
}

#[tokio::test]
async fn the_json_may_be_a_part_of_a_multipart_body() {
    let world = World::start().await;
    let body = sms("+12125550147", "in parts").to_string();
    for (content_type, disposition) in [
        (
            "multipart/form-data; boundary=ad05fc42",
            "form-data; name=\"request.json\"; filename=\"request.json\"",
        ),
        (
            "multipart/form-data; boundary=ad05fc42",
            "form-data; name=\"files[]\"; filename=\"request.json\"",
        ),
        (
            "multipart/mixed; boundary=\"ad05fc42\"",
            "form-data; name=\"json\"; filename=\"request.json\"",
        ),
    ] {
        let parts = format!(
            "--ad05fc42\r\nContent-Type: application/json\r\nContent-Disposition: {disposition}\r\n\r\n{body}\r\n\
             --ad05fc42--\r\n"
        );
        let path = format!("{EXTENSION}/sms");
        let headers = [("content-type", content_type)];
        let answer = world
            .send(&world.ada, Method::POST, &path, &headers, parts.into_bytes())
            .await;
        assert_eq!(answer.ok()["subject"], "in parts", "{disposition}");
    }
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    for (body, code) in [
        (
            "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n",
            "CMN-100",
        ),
        (
            "--b\r\nContent-Type: application/json\r\n\r\n{\"text\"\r\n--b--\r\n",
            "CMN-103",
        ),
        ("nothing", "CMN-104"),
    ] {
        let path = format!("{EXTENSION}/sms");
        let answer = world
            .send(&world.ada, Method::POST, &path, &headers, body.into())
            .await;
        assert_eq!(answer.json()["errorCode"], code, "{body}");
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
async fn what_cannot_be_sent_is_refused() {
    let world = World::start().await;
    let with = |field: &str, value: Value| {
        let mut body = sms("+12125550147", "hello");
        body[field] = value;
        body
    };
    let number = |number: &str| json!({ "phoneNumber": number });
    let emoji = "☕".repeat(1000);
    for (what, body, status, code, parameter) in [
        (
            "no sender",
            with("from", Value::Null),
            400,
            "CMN-100",
            "from.phoneNumber",
        ),
        (
            "an empty sender",
            with("from", json!({})),
            400,
            "CMN-100",
            "from.phoneNumber",
        ),
        (
            "a sender that is no number",
            with("from", number("me")),
            400,
            "CMN-101",
            "from.phoneNumber",
        ),
        (
            "a colleague's number",
            with("from", number("+16505550102")),
            403,
            "MSG-304",
            "from.phoneNumber",
        ),
        (
            "a stranger's number",
            with("from", number("+12125550147")),
            403,
            "MSG-304",
            "from.phoneNumber",
        ),
        (
            "the company's number",
            with("from", number("+16505550100")),
            403,
            "MSG-304",
            "from.phoneNumber",
        ),
        (
            "a number without text messages",
            with("from", number("+16505550110")),
            403,
            "MSG-242",
            "from.phoneNumber",
        ),
        (
            "a fax number",
            with("from", number("+16505550111")),
            403,
            "MSG-241",
            "from.phoneNumber",
        ),
        ("no recipient", with("to", Value::Null), 400, "CMN-100", "to"),
        ("an empty list", with("to", json!([])), 400, "CMN-100", "to"),
        (
            "a recipient without number",
            with("to", json!([{}])),
            400,
            "CMN-100",
            "to.phoneNumber",
        ),
        (
            "a list of texts",
            with("to", json!("+12125550147")),
            400,
            "CMN-101",
            "to",
        ),
        (
            "a recipient that is no number",
            with("to", json!([number("you")])),
            400,
            "CMN-101",
            "to.phoneNumber",
        ),
        (
            "an extension",
            with("to", json!([{ "extensionNumber": "102" }])),
            400,
            "MSG-246",
            "to.extensionNumber",
        ),
        (
            "a short number",
            with("to", json!([number("102")])),
            400,
            "MSG-247",
            "to.phoneNumber",
        ),
        (
            "another country",
            with("to", json!([number("+442079460123")])),
            403,
            "MSG-240",
            "to.phoneNumber",
        ),
        (
            "eleven recipients",
            with("to", json!(vec![number("+12125550147"); 11])),
            400,
            "MSG-381",
            "to",
        ),
        ("no text", with("text", Value::Null), 400, "CMN-100", "text"),
        ("an empty text", with("text", json!("")), 400, "CMN-100", "text"),
        (
            "a text that is a number",
            with("text", json!(5)),
            400,
            "CMN-101",
            "text",
        ),
        (
            "1001 characters",
            with("text", json!("x".repeat(1001))),
            400,
            "CMN-101",
            "text",
        ),
        (
            "501 characters of two units",
            with("text", json!("😀".repeat(501))),
            400,
            "CMN-101",
            "text",
        ),
        (
            "two countries",
            with("country", json!({ "id": "1", "isoCode": "US" })),
            400,
            "MSG-365",
            "country",
        ),
    ] {
        let answer = send(&world, &body).await;
        assert_eq!(
            answer.refused(),
            (status, code.into(), parameter.into()),
            "{what}"
        );
    }
    // A refused message is nowhere to be found.
    let (found, _) = world
        .walk(&world.ada, &format!("{EXTENSION}/message-store?perPage=max"))
        .await;
    assert!(found.iter().all(|message| message["subject"] != "hello"));
    for (what, body) in [
        ("1000 characters", with("text", json!("x".repeat(1000)))),
        ("1000 units beyond ASCII", with("text", json!(emoji))),
        ("a country", with("country", json!({ "isoCode": "US" }))),
        ("one recipient without a list", with("to", number("+12125550147"))),
        (
            "numbers as people write them",
            with("to", json!([number("(212) 555-0147")])),
        ),
        (
            "ten recipients",
            with(
                "to",
                (0..10).map(|n| number(&format!("+1212555014{n}"))).collect(),
            ),
        ),
    ] {
        assert_eq!(send(&world, &body).await.status, 200, "{what}");
    }
    let path = format!("{EXTENSION}/sms");
    for (body, code) in [
        ("{", "CMN-103"),
        ("[]", "CMN-103"),
        ("", "CMN-100"),
        ("null", "CMN-100"),
    ] {
        let answer = world
            .send(&world.ada, Method::POST, &path, &[], body.into())
            .await;
        assert_eq!(
            (answer.status, answer.json()["errors"][0]["errorCode"].clone()),
            (400, json!(code)),
            "{body}"
        );
    }
}

/// Who a message or a call is for may be said by an extension's id, as text or as a number.
#[tokio::test]
async fn an_extension_id_says_who_it_is_for() {
    let world = World::start().await;
    let arrive = async |call: &str, body: Value| world.control(call, &body).await;
    for to in [
        json!("810000102"),
        json!(810_000_102),
        json!({"extensionId": 810_000_102}),
    ] {
        let message = arrive("messages", json!({"to": to, "text": "Hi"})).await;
        assert_eq!(message["to"][0]["phoneNumber"], "+16505550102", "{to}");
        let call = arrive("calls", json!({"to": to, "result": "Missed"})).await;
        assert_eq!(call["to"]["phoneNumber"], "+16505550102", "{to}: {call}");
    }
    // A phone number that happens to be digits alone is one.
    let message = arrive("messages", json!({"to": "16505550102", "text": "Hi"})).await;
    assert_eq!(message["to"][0]["phoneNumber"], "+16505550102");
    let message = arrive("messages", json!({"from": "4155550136", "text": "Hi"})).await;
    assert_eq!(message["from"]["phoneNumber"], "+14155550136");
    // A colleague may be the sender by id.
    let message = arrive("messages", json!({"from": "810000102", "text": "Hi"})).await;
    assert_eq!(message["from"]["phoneNumber"], "+16505550102", "{message}");
    let body = json!({"to": "810009999", "text": "Hi"});
    let nobody = world
        .send_json("", Method::POST, "/_emulator/messages", &body)
        .await;
    assert_eq!((nobody.status, &nobody.json()["field"]), (400, &json!("to")));
}
