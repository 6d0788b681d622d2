//! The message store: filters, reading marks, deletion and contents.

use reqwest::Method;
use serde_json::{Value, json};

use super::{EXTENSION, World, values};

type Keeps = Box<dyn Fn(&Value) -> bool>;

fn store(query: &str) -> String {
    format!("{EXTENSION}/message-store{query}")
}

#[tokio::test]
async fn filters_let_pass_what_they_say() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let base = store(&format!("?perPage=max&dateFrom={from}"));
    let (all, _) = world.walk(&world.ada, &base).await;
    let conversation = all.iter().find(|m| m["type"] == "SMS").unwrap()["conversationId"]
        .as_i64()
        .unwrap();
    // Who wrote depends on the hour at which the seed's month ends.
    let number = all
        .iter()
        .filter(|message| message["direction"] == "Inbound")
        .find_map(|message| message["from"]["phoneNumber"].as_str())
        .expect("somebody wrote")
        .to_owned();
    let digits = number.trim_start_matches('+').to_owned();
    let (writer, same) = (number.clone(), number.clone());
    let table: Vec<(String, Keeps)> = vec![
        ("messageType=SMS".into(), Box::new(|m| m["type"] == "SMS")),
        (
            "messageType=Fax&messageType=VoiceMail".into(),
            Box::new(|m| m["type"] == "Fax" || m["type"] == "VoiceMail"),
        ),
        (
            "messageType=fax,voicemail".into(),
            Box::new(|m| m["type"] == "Fax" || m["type"] == "VoiceMail"),
        ),
        (
            "direction=Outbound".into(),
            Box::new(|m| m["direction"] == "Outbound"),
        ),
        (
            "readStatus=Unread".into(),
            Box::new(|m| m["readStatus"] == "Unread"),
        ),
        ("readStatus=Unread,Read".into(), Box::new(|_| true)),
        ("availability=Alive".into(), Box::new(|_| true)),
        ("availability=Deleted".into(), Box::new(|_| false)),
        (
            format!("conversationId={conversation}"),
            Box::new(move |m| m["conversationId"] == conversation),
        ),
        ("conversationId=1".into(), Box::new(|_| false)),
        (
            format!("phoneNumber={digits}"),
            Box::new(move |m| concerns(m, &writer)),
        ),
        (
            format!("phoneNumber={number}"),
            Box::new(move |m| concerns(m, &same)),
        ),
        ("owner=Personal".into(), Box::new(|_| true)),
        ("ownerExtensionType=User".into(), Box::new(|_| true)),
        ("ownerExtensionType=Department".into(), Box::new(|_| false)),
        ("messageType=&direction=".into(), Box::new(|_| true)),
    ];
    for (query, keeps) in &table {
        let (found, _) = world.walk(&world.ada, &format!("{base}&{query}")).await;
        let wanted: Vec<Value> = all.iter().filter(|message| keeps(message)).cloned().collect();
        assert_eq!(found, wanted, "{query}");
    }
    for query in [
        "messageType=Fax",
        "readStatus=Unread",
        "direction=Outbound",
        &format!("phoneNumber={digits}"),
    ] {
        let (found, _) = world.walk(&world.ada, &format!("{base}&{query}")).await;
        assert!(
            !found.is_empty() && found.len() < all.len(),
            "{query} must be a filter with something to filter"
        );
    }
    let (threads, _) = world
        .walk(
            &world.ada,
            &format!("{base}&messageType=SMS&distinctConversations=true"),
        )
        .await;
    let mut newest: Vec<Value> = Vec::new();
    for message in all.iter().filter(|m| m["type"] == "SMS") {
        if !newest
            .iter()
            .any(|seen| seen["conversationId"] == message["conversationId"])
        {
            newest.push(message.clone());
        }
    }
    assert_eq!(threads, newest, "the newest message of each conversation");
    let (of_ben, _) = world.walk(&world.ada, &format!("{base}&owner=810000102")).await;
    assert_eq!(values(&of_ben, "/extensionId"), ["810000102"]);
    assert_eq!(
        world
            .get_as(&world.ben, &format!("{base}&owner=810000101"))
            .await
            .refused()
            .1,
        "CMN-404"
    );
}

fn concerns(message: &Value, number: &str) -> bool {
    message["from"]["phoneNumber"] == number
        || message["to"]
            .as_array()
            .expect("a list")
            .iter()
            .any(|to| to["phoneNumber"] == number)
}

#[tokio::test]
async fn wrong_values_name_their_parameter() {
    let world = World::start().await;
    for (query, parameter) in [
        ("messageType=Letter", "messageType"),
        ("direction=Up", "direction"),
        ("readStatus=Maybe", "readStatus"),
        ("availability=Gone", "availability"),
        ("conversationId=abc", "conversationId"),
        ("distinctConversations=perhaps", "distinctConversations"),
        ("phoneNumber=abc", "phoneNumber"),
        ("owner=Everybody", "owner"),
        ("dateFrom=never", "dateFrom"),
        ("dateTo=2026-02-30", "dateTo"),
        ("page=0", "page"),
        ("perPage=0", "perPage"),
    ] {
        let answer = world.get(&store(&format!("?{query}"))).await;
        assert_eq!(
            answer.refused(),
            (400, "CMN-101".into(), parameter.into()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_walk_sees_every_message_once_and_in_order() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let whole = world
        .get(&store(&format!("?perPage=max&dateFrom={from}")))
        .await
        .ok();
    let all = whole["records"].as_array().unwrap();
    let (walked, pages) = world
        .walk(&world.ada, &store(&format!("?perPage=9&dateFrom={from}")))
        .await;
    assert_eq!(&walked, all);
    assert_eq!(pages, all.len().div_ceil(9));
    assert_eq!(values(all, "/id").len(), all.len());
    let time = |m: &Value| m["creationTime"].as_str().unwrap().to_owned();
    assert!(
        all.windows(2).all(|pair| time(&pair[0]) >= time(&pair[1])),
        "newest first"
    );
    let first = world
        .get(&store(&format!("?perPage=9&dateFrom={from}")))
        .await
        .ok();
    assert_eq!(
        (&first["paging"]["totalElements"], &first["paging"]["totalPages"]),
        (&json!(all.len()), &json!(pages))
    );
    let last = world
        .get(first["navigation"]["lastPage"]["uri"].as_str().unwrap())
        .await
        .ok();
    assert_eq!(last["records"].as_array().unwrap().last(), all.last());
    // The period is the last day unless given.
    let (recent, _) = world.walk(&world.ada, &store("")).await;
    let day_ago = world.days_ago(1).await;
    assert!(!recent.is_empty() && recent.len() < all.len());
    assert!(recent.iter().all(|m| time(m) >= day_ago));
}

#[tokio::test]
async fn messages_are_marked_as_read_and_unread() {
    let world = World::start().await;
    let arrived = world
        .control("messages", &json!({ "to": "101", "text": "Hello" }))
        .await;
    let path = store(&format!("/{}", arrived["id"]));
    assert_eq!(world.get(&path).await.ok()["readStatus"], "Unread");
    for status in ["Read", "Unread"] {
        let answer = world
            .send_json(&world.ada, Method::PUT, &path, &json!({ "readStatus": status }))
            .await
            .ok();
        assert_eq!(answer["readStatus"], status);
        assert_eq!(world.get(&path).await.ok(), answer);
    }
    for (body, wanted) in [
        (json!({}), (400, "CMN-100", "readStatus")),
        (json!({ "readStatus": "Seen" }), (400, "CMN-101", "readStatus")),
        (json!({ "readStatus": 1 }), (400, "CMN-101", "readStatus")),
    ] {
        let (status, code, parameter) = world
            .send_json(&world.ada, Method::PUT, &path, &body)
            .await
            .refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{body}");
    }
    let garbage = world
        .send(&world.ada, Method::PUT, &path, &[], b"{".to_vec())
        .await;
    assert_eq!(
        (garbage.status, garbage.json()["errorCode"].clone()),
        (400, json!("CMN-103"))
    );
    let body = json!({ "readStatus": "Read" });
    let both = store(&format!("/{},0", arrived["id"]));
    let answer = world.send_json(&world.ada, Method::PUT, &both, &body).await;
    assert_eq!(answer.status, 207);
    for (token, path) in [
        (&world.ada, store("/1000000")),
        (&world.ada, store("/x")),
        (&world.ben, path),
    ] {
        let answer = world.send_json(token, Method::PUT, &path, &body).await;
        assert_eq!(
            answer.refused(),
            (404, "CMN-102".into(), "messageId".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_message_is_deleted_then_purged_then_gone() {
    let world = World::start().await;
    let arrived = world
        .control("messages", &json!({ "to": "101", "text": "Soon gone" }))
        .await;
    let path = store(&format!("/{}", arrived["id"]));
    let delete = async |query: &str| {
        world
            .send(&world.ada, Method::DELETE, &format!("{path}{query}"), &[], vec![])
            .await
            .status
    };
    let listed = async |availability: &str| {
        let list = store(&format!("?messageType=SMS&perPage=max{availability}"));
        let (records, _) = world.walk(&world.ada, &list).await;
        records.iter().any(|message| message["id"] == arrived["id"])
    };
    assert_eq!(
        (listed("").await, listed("&availability=Deleted").await),
        (true, false)
    );
    assert_eq!(delete("").await, 204);
    assert_eq!(world.get(&path).await.ok()["availability"], "Deleted");
    assert_eq!(
        (listed("").await, listed("&availability=Alive,Deleted").await),
        (false, true)
    );
    assert_eq!(delete("").await, 204);
    let purged = world.get(&path).await.ok();
    assert_eq!(
        (&purged["availability"], &purged["subject"]),
        (&json!("Purged"), &Value::Null)
    );
    let content = world
        .get(arrived["attachments"][0]["uri"].as_str().unwrap())
        .await;
    assert_eq!(content.status, 404);
    world.advance("121h").await;
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(delete("").await, 404);
    // At once, by purge; by itself, after five days.
    let second = world
        .control("messages", &json!({ "to": "101", "text": "At once" }))
        .await;
    let path = store(&format!("/{}", second["id"]));
    assert_eq!(
        world
            .send(
                &world.ada,
                Method::DELETE,
                &format!("{path}?purge=1"),
                &[],
                vec![]
            )
            .await
            .status,
        204
    );
    assert_eq!(world.get(&path).await.ok()["availability"], "Purged");
    let third = world
        .control("messages", &json!({ "to": "101", "text": "By itself" }))
        .await;
    let path = store(&format!("/{}", third["id"]));
    assert_eq!(
        world
            .send(&world.ada, Method::DELETE, &path, &[], vec![])
            .await
            .status,
        204
    );
    world.advance("119h").await;
    assert_eq!(world.get(&path).await.ok()["availability"], "Deleted");
    world.advance("2h").await;
    assert_eq!(world.get(&path).await.ok()["availability"], "Purged");
    let both = world
        .send(
            &world.ada,
            Method::DELETE,
            &store("/1000000?type=SMS&conversationId=2"),
            &[],
            vec![],
        )
        .await;
    assert_eq!(
        (both.status, both.json()["errorCode"].clone()),
        (400, json!("MSG-390"))
    );
}

#[tokio::test]
async fn several_messages_are_deleted_at_once() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for text in ["one", "two"] {
        ids.push(
            world
                .control("messages", &json!({ "to": "101", "text": text }))
                .await["id"]
                .to_string(),
        );
    }
    let all = store(&format!("/{}", ids.join(",")));
    assert_eq!(world.get(&all).await.status, 207);
    assert_eq!(
        world
            .send(&world.ada, Method::DELETE, &all, &[], vec![])
            .await
            .status,
        204
    );
    for id in &ids {
        assert_eq!(
            world.get(&store(&format!("/{id}"))).await.ok()["availability"],
            "Deleted"
        );
    }
    let some = world
        .send(
            &world.ada,
            Method::DELETE,
            &store(&format!("/{},1000000", ids[0])),
            &[],
            vec![],
        )
        .await;
    assert_eq!(some.status, 207);
}

#[tokio::test]
async fn contents_are_what_their_type_says() {
    let world = World::start().await;
    for (arrival, kind, content_type, starts) in [
        (json!({ "text": "Grüße ☕" }), "Text", "text/plain", "Grüße ☕"),
        (
            json!({ "type": "VoiceMail", "text": "Call me", "duration": 9 }),
            "AudioRecording",
            "audio/x-wav",
            "RIFF",
        ),
        (
            json!({ "type": "Fax", "pages": 2 }),
            "RenderedDocument",
            "application/pdf",
            "%PDF-1.4",
        ),
    ] {
        let message = world.control("messages", &arrival).await;
        let attachment = &message["attachments"][0];
        assert_eq!(
            (&attachment["type"], &attachment["contentType"]),
            (&json!(kind), &json!(content_type))
        );
        let uri = attachment["uri"].as_str().unwrap();
        let content = world.get(uri).await;
        assert_eq!(content.status, 200, "{kind}");
        assert!(content.header("content-type").starts_with(content_type), "{kind}");
        assert!(content.bytes.starts_with(starts.as_bytes()), "{kind}");
        let last = content.bytes.len() - 1;
        let range = format!("bytes={last}-");
        let part = world
            .send(&world.ada, Method::GET, uri, &[("range", &range)], vec![])
            .await;
        assert_eq!((part.status, part.bytes.len()), (206, 1), "{kind}");
        assert_eq!(
            world.get_as(&world.ben, uri).await.refused().1,
            "CMN-404",
            "another's {kind}"
        );
    }
    let message = world
        .control("messages", &json!({ "type": "VoiceMail", "text": "Call me" }))
        .await;
    let transcript = &message["attachments"][1];
    assert_eq!(transcript["type"], "AudioTranscription");
    assert_eq!(
        world.get(transcript["uri"].as_str().unwrap()).await.bytes,
        b"Call me"
    );
    let missing = world.get(&store(&format!("/{}/content/5", message["id"]))).await;
    assert_eq!(missing.refused(), (404, "CMN-102".into(), "attachmentId".into()));
}

/// Commas alone name nothing.
#[tokio::test]
async fn a_list_of_no_ids_is_not_found() {
    let world = World::start().await;
    for ids in [",", ",,", ",%20,"] {
        for (method, path, parameter) in [
            (Method::GET, store(&format!("/{ids}")), "messageId"),
            (Method::DELETE, store(&format!("/{ids}")), "messageId"),
            (Method::PUT, store(&format!("/{ids}")), "messageId"),
            (Method::GET, format!("{EXTENSION}/call-log/{ids}"), "callRecordId"),
            (
                Method::GET,
                format!("/restapi/v1.0/account/~/extension/{ids}/presence"),
                "extensionId",
            ),
        ] {
            let answer = world
                .send_json(&world.ada, method.clone(), &path, &json!({"readStatus": "Read"}))
                .await;
            assert_eq!(
                answer.refused(),
                (404, "CMN-102".into(), parameter.into()),
                "{method} {path}"
            );
        }
    }
}
