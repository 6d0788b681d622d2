//! Changing, deleting and synchronising messages.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, EXTENSION, World};

fn store(query: &str) -> String {
    format!("{EXTENSION}/message-store{query}")
}

async fn arrive(world: &World, text: &str) -> i64 {
    let arrived = world
        .control("messages", &json!({ "to": "101", "text": text }))
        .await;
    arrived["id"].as_i64().expect("an id")
}

async fn sync(world: &World, query: &str) -> Answer {
    world.get(&format!("{EXTENSION}/message-sync?{query}")).await
}

fn token(answer: &Value) -> &str {
    answer["syncInfo"]["syncToken"].as_str().expect("a token")
}

/// Ids and what is said of each message.
fn told(answer: &Value) -> Vec<(i64, String)> {
    answer["records"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| {
            let alive = record["availability"] == "Alive";
            let word = if alive {
                &record["readStatus"]
            } else {
                &record["availability"]
            };
            (
                record["id"].as_i64().expect("an id"),
                word.as_str().expect("a word").to_owned(),
            )
        })
        .collect()
}

#[tokio::test]
async fn several_are_changed_in_every_encoding() {
    let world = World::start().await;
    let (a, b) = (arrive(&world, "one").await, arrive(&world, "two").await);
    let compact = "application/vnd.ringcentral.multipart+json";
    let both = store(&format!("/{a},{b}"));
    let item = |status: &str| json!({ "body": { "readStatus": status } });
    let named =
        |id: i64, status: &str| json!({ "resourceId": id.to_string(), "body": { "readStatus": status } });
    let part = |status: &str| {
        format!("--b0\r\nContent-Type: application/json\r\n\r\n{{\"readStatus\":\"{status}\"}}\r\n")
    };
    for (path, kind, body, wanted) in [
        (
            &both,
            "application/json",
            json!({ "readStatus": "Read" }).to_string(),
            ["Read", "Read"],
        ),
        (
            &both,
            compact,
            json!([item("Unread"), item("Read")]).to_string(),
            ["Unread", "Read"],
        ),
        (
            &both,
            compact,
            json!([named(b, "Unread"), named(a, "Read")]).to_string(),
            ["Read", "Unread"],
        ),
        (
            &store("/*"),
            compact,
            json!([named(a, "Unread"), named(b, "Read")]).to_string(),
            ["Unread", "Read"],
        ),
        (
            &both,
            "multipart/mixed; boundary=b0",
            format!("{}{}--b0--\r\n", part("Read"), part("Unread")),
            ["Read", "Unread"],
        ),
    ] {
        for accept in ["application/json", compact] {
            let headers = [("content-type", kind), ("accept", accept)];
            let answer = world
                .send(&world.ada, Method::PUT, path, &headers, body.clone().into_bytes())
                .await;
            assert_eq!(answer.status, 207, "{body}");
            let answered = answer.parts();
            assert!(answered.iter().all(|(status, _)| *status == 200), "{body}");
            for (id, status) in [(a, wanted[0]), (b, wanted[1])] {
                let changed = answered.iter().find(|(_, message)| message["id"] == id).unwrap();
                assert_eq!(changed.1["readStatus"], status, "{body}");
                assert_eq!(
                    world.get(&store(&format!("/{id}"))).await.ok()["readStatus"],
                    status
                );
            }
        }
    }
    // What one of them lacks is that one's own error.
    let headers = [("content-type", compact), ("accept", compact)];
    let body = json!([item("Read")]).to_string().into_bytes();
    let answer = world.send(&world.ada, Method::PUT, &both, &headers, body).await;
    let codes: Vec<(u16, Value)> = answer
        .parts()
        .into_iter()
        .map(|(status, body)| (status, body["errorCode"].clone()))
        .collect();
    assert_eq!(codes, [(200, Value::Null), (400, json!("CMN-100"))]);
    for (path, body, wanted) in [
        (store("/*"), json!([item("Read")]), (400, "CMN-100", "resourceId")),
        (
            store("/*"),
            json!({ "readStatus": "Read" }),
            (400, "CMN-100", "resourceId"),
        ),
        (
            store(&format!("/{}", ["1"; 51].join(","))),
            json!({ "readStatus": "Read" }),
            (400, "CMN-106", ""),
        ),
        (
            store("/*"),
            Value::Array((0..1001).map(|id| named(id, "Read")).collect()),
            (400, "CMN-106", ""),
        ),
    ] {
        let (status, code, parameter) = world
            .send_json(&world.ada, Method::PUT, &path, &body)
            .await
            .refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{path}");
    }
}

#[tokio::test]
async fn several_are_read_at_once_in_either_form() {
    let world = World::start().await;
    let (a, b) = (arrive(&world, "one").await, arrive(&world, "two").await);
    let path = store(&format!("/{a},0,{b}"));
    for accept in ["application/json", "application/vnd.ringcentral.multipart+json"] {
        let answer = world
            .send(&world.ada, Method::GET, &path, &[("accept", accept)], vec![])
            .await;
        let found: Vec<(u16, Value)> = answer
            .parts()
            .into_iter()
            .map(|(status, body)| (status, body["id"].clone()))
            .collect();
        assert_eq!(
            found,
            [(200, json!(a)), (404, Value::Null), (200, json!(b))],
            "{accept}"
        );
    }
    let fifty = store(&format!("/{}", vec![a.to_string(); 50].join(",")));
    assert_eq!(world.get(&fifty).await.status, 207);
}

#[tokio::test]
async fn a_deleted_message_comes_back_and_a_purged_one_does_not() {
    let world = World::start().await;
    let id = arrive(&world, "back again").await;
    let path = store(&format!("/{id}"));
    let change = async |body: Value| world.send_json(&world.ada, Method::PATCH, &path, &body).await;
    for (body, availability, read) in [
        (json!({ "readStatus": "Read" }), "Alive", "Read"),
        (json!({ "availability": "Deleted" }), "Deleted", "Read"),
        (
            json!({ "availability": "Alive", "readStatus": "Unread" }),
            "Alive",
            "Unread",
        ),
    ] {
        let message = change(body.clone()).await.ok();
        assert_eq!(
            (&message["availability"], &message["readStatus"]),
            (&json!(availability), &json!(read)),
            "{body}"
        );
    }
    // What came back does not go by itself.
    world.advance("240h").await;
    assert_eq!(world.get(&path).await.ok()["availability"], "Alive");
    // Five days begin anew with every deletion.
    for (availability, wait, then) in [
        ("Deleted", "72h", "Deleted"),
        ("Alive", "24h", "Alive"),
        ("Deleted", "119h", "Deleted"),
        ("Alive", "1h", "Alive"),
        ("Deleted", "120h", "Purged"),
    ] {
        change(json!({ "availability": availability })).await.ok();
        world.advance(wait).await;
        assert_eq!(world.get(&path).await.ok()["availability"], then, "after {wait}");
    }
    let id = arrive(&world, "once more").await;
    let path = store(&format!("/{id}"));
    let change = async |body: Value| world.send_json(&world.ada, Method::PATCH, &path, &body).await;
    assert_eq!(
        change(json!({ "availability": "Purged" })).await.ok()["availability"],
        "Purged"
    );
    for (body, wanted) in [
        (
            json!({ "availability": "Alive" }),
            (400, "MSG-324", "availability"),
        ),
        (json!({ "readStatus": "Read" }), (404, "CMN-102", "messageId")),
        (json!({}), (400, "CMN-100", "readStatus")),
        (
            json!({ "availability": "Lost" }),
            (400, "CMN-101", "availability"),
        ),
    ] {
        let (status, code, parameter) = change(body.clone()).await.refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{body}");
    }
}

/// Whether a message goes.
type Goes<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

#[tokio::test]
async fn messages_are_deleted_by_filter() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let all = store(&format!(
        "?perPage=max&availability=Alive,Deleted,Purged&dateFrom={from}"
    ));
    let (before, _) = world.walk(&world.ada, &all).await;
    let conversations: Vec<Value> = before
        .iter()
        .filter(|m| m["type"] == "SMS")
        .map(|m| m["conversationId"].clone())
        .collect();
    let (first, last) = (&conversations[0], conversations.last().unwrap());
    assert_ne!(first, last);
    let middle = before[before.len() / 2]["creationTime"]
        .as_str()
        .unwrap()
        .to_owned();
    let until = middle.clone();
    for (query, goes, availability) in [
        (
            format!("?conversationId={first}&conversationId={last}"),
            Box::new(|m: &Value| m["conversationId"] == *first || m["conversationId"] == *last) as Goes<'_>,
            "Deleted",
        ),
        (
            "?type=Fax".to_owned(),
            Box::new(|m: &Value| m["type"] == "Fax"),
            "Deleted",
        ),
        (
            "?type=VoiceMail&purge=true".to_owned(),
            Box::new(|m: &Value| m["type"] == "VoiceMail"),
            "Purged",
        ),
        (
            format!("?dateTo={until}&type=All"),
            Box::new(move |m: &Value| m["creationTime"].as_str().is_some_and(|at| at <= middle.as_str())),
            "Deleted",
        ),
        (String::new(), Box::new(|_: &Value| true), "Deleted"),
    ] {
        let (present, _) = world.walk(&world.ada, &all).await;
        let deleted = world
            .send(&world.ada, Method::DELETE, &store(&query), &[], vec![])
            .await;
        assert_eq!(deleted.status, 204, "{query}");
        let (after, _) = world.walk(&world.ada, &all).await;
        for (before, after) in present.iter().zip(&after) {
            let wanted = if before["availability"] == "Alive" && goes(before) {
                availability
            } else {
                before["availability"].as_str().unwrap()
            };
            assert_eq!(after["availability"], wanted, "{query}: {before}");
        }
    }
    let (others, _) = world
        .walk(&world.ben, &store(&format!("?perPage=max&dateFrom={from}")))
        .await;
    assert!(!others.is_empty(), "another's messages stay");
    let many: Vec<String> = (0..101).map(|id| format!("conversationId={id}")).collect();
    for (query, code) in [
        ("type=SMS&conversationId=1".to_owned(), "MSG-390"),
        ("type=Telegram".to_owned(), "CMN-101"),
        ("conversationId=x".to_owned(), "CMN-101"),
        ("dateTo=never".to_owned(), "CMN-101"),
        (many.join("&"), "CMN-106"),
    ] {
        let answer = world
            .send(
                &world.ada,
                Method::DELETE,
                &store(&format!("?{query}")),
                &[],
                vec![],
            )
            .await;
        assert_eq!(answer.refused().1, code, "{query}");
    }
}

#[tokio::test]
async fn a_synchronisation_tells_what_has_changed_and_nothing_else() {
    let world = World::start().await;
    let full = sync(&world, "syncType=FSync").await.ok();
    let (listed, _) = world.walk(&world.ada, &store("")).await;
    assert_eq!(full["records"], json!(listed), "the last day, newest first");
    assert_eq!(full["syncInfo"]["syncType"], "FSync");
    assert_eq!(full["syncInfo"]["olderRecordsExist"], true);
    let next = async |last: &Value| {
        sync(&world, &format!("syncType=ISync&syncToken={}", token(last)))
            .await
            .ok()
    };
    let nothing = next(&full).await;
    assert_eq!(told(&nothing), []);
    assert_eq!(nothing["syncInfo"]["syncType"], "ISync");
    let (a, b, c) = (
        arrive(&world, "one").await,
        arrive(&world, "two").await,
        arrive(&world, "three").await,
    );
    let news = next(&nothing).await;
    assert_eq!(
        told(&news),
        [c, b, a].map(|id| (id, "Unread".to_owned())),
        "newest first"
    );
    assert_eq!(told(&next(&news).await), []);
    // The same token can be used again: the answer may have been lost.
    assert_eq!(told(&next(&nothing).await), told(&news));
    let read = json!({ "readStatus": "Read" });
    world
        .send_json(&world.ada, Method::PUT, &store(&format!("/{a}")), &read)
        .await
        .ok();
    for path in [format!("/{b}"), format!("/{c}?purge=true")] {
        world
            .send(&world.ada, Method::DELETE, &store(&path), &[], vec![])
            .await;
    }
    let changed = next(&news).await;
    assert_eq!(
        told(&changed),
        [
            (c, "Purged".to_owned()),
            (b, "Deleted".to_owned()),
            (a, "Read".to_owned())
        ]
    );
    // Deleted is purged after five days, and then gone; the client hears of both.
    world.advance("121h").await;
    let later = next(&changed).await;
    assert!(told(&later).contains(&(b, "Purged".to_owned())), "{later}");
    world.advance("121h").await;
    assert_eq!(world.get(&store(&format!("/{b}"))).await.status, 404);
    assert!(
        told(&next(&changed).await).contains(&(b, "Purged".to_owned())),
        "who was away for so long hears it, too"
    );
    assert_eq!(told(&next(&later).await), []);
    // A sending changes twice by itself.
    let last = next(&later).await;
    let body = json!({ "from": { "phoneNumber": "+16505550101" }, "to": [{ "phoneNumber": "+12125550147" }],
        "text": "hello" });
    let sent = world
        .send_json(&world.ada, Method::POST, &format!("{EXTENSION}/sms"), &body)
        .await
        .ok();
    let mut known = last;
    for (wait, status) in [("0s", "Queued"), ("1s", "Sent"), ("2s", "Delivered")] {
        world.advance(wait).await;
        known = next(&known).await;
        assert_eq!(
            (&known["records"][0]["id"], &known["records"][0]["messageStatus"]),
            (&sent["id"], &json!(status))
        );
    }
}

#[tokio::test]
async fn a_frame_has_filters_and_grows_into_the_past() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let base = format!("?perPage=max&dateFrom={from}");
    for (filter, count) in [
        ("messageType=SMS", 5),
        ("messageType=Fax&messageType=VoiceMail", 3),
        ("direction=Inbound", 7),
        ("messageType=SMS&direction=Outbound", 4),
    ] {
        let (all, _) = world.walk(&world.ada, &store(&format!("{base}&{filter}"))).await;
        assert!(all.len() > 2 * count, "{filter}");
        let mut answer = sync(
            &world,
            &format!("syncType=FSync&{filter}&dateFrom={from}&recordCount={count}"),
        )
        .await
        .ok();
        let mut walked = answer["records"].as_array().unwrap().clone();
        assert_eq!(walked.len(), count, "{filter}");
        while answer["syncInfo"]["olderRecordsExist"] == true {
            // The token knows the filters.
            let query = format!("syncType=ISync&recordCount={count}&syncToken={}", token(&answer));
            answer = sync(&world, &query).await.ok();
            walked.extend(answer["records"].as_array().unwrap().iter().cloned());
            assert!(walked.len() <= all.len(), "{filter}");
        }
        assert_eq!(walked, all, "{filter}: to the oldest, in order, none twice");
    }
    // An earlier dateFrom does it in one step.
    let (all, _) = world.walk(&world.ada, &store(&base)).await;
    let day = sync(&world, "syncType=FSync").await.ok();
    let query = format!("syncType=ISync&dateFrom={from}&syncToken={}", token(&day));
    let rest = sync(&world, &query).await.ok();
    let mut walked = day["records"].as_array().unwrap().clone();
    walked.extend(rest["records"].as_array().unwrap().iter().cloned());
    assert_eq!(walked, all);
    assert_eq!(rest["syncInfo"]["olderRecordsExist"], false);
    // A message of another kind is no news for this frame, and neither is one outside of it.
    let faxes = sync(&world, "syncType=FSync&messageType=Fax").await.ok();
    arrive(&world, "not a fax").await;
    let none = sync(&world, &format!("syncType=ISync&syncToken={}", token(&faxes)))
        .await
        .ok();
    assert_eq!(told(&none), []);
    let closed = sync(
        &world,
        &format!("syncType=FSync&dateTo={}", world.days_ago(2).await),
    )
    .await
    .ok();
    arrive(&world, "too late").await;
    let none = sync(&world, &format!("syncType=ISync&syncToken={}", token(&closed)))
        .await
        .ok();
    assert_eq!(told(&none), []);
    let threads = sync(
        &world,
        &format!("syncType=FSync&distinctConversations=true&messageType=SMS&dateFrom={from}"),
    )
    .await
    .ok();
    let (listed, _) = world
        .walk(
            &world.ada,
            &store(&format!("{base}&distinctConversations=true&messageType=SMS")),
        )
        .await;
    assert_eq!(threads["records"], json!(listed));
}

#[tokio::test]
async fn tokens_that_are_no_good_ask_for_a_full_synchronisation() {
    let world = World::start().await;
    let full = sync(&world, "syncType=FSync").await.ok();
    let of_ben = world
        .get_as(&world.ben, &format!("{EXTENSION}/message-sync?syncType=FSync"))
        .await
        .ok();
    let calls = world
        .get(&format!("{EXTENSION}/call-log-sync?syncType=FSync&recordCount=5"))
        .await
        .ok();
    for (what, foreign) in [
        ("malformed", "abc"),
        ("another's", token(&of_ben)),
        ("the call log's", token(&calls)),
    ] {
        let answer = sync(&world, &format!("syncType=ISync&syncToken={foreign}")).await;
        assert_eq!(
            answer.refused(),
            (400, "MSG-333".into(), "syncToken".into()),
            "{what}"
        );
    }
    for (query, wanted) in [
        ("syncType=ISync", (400, "CMN-100", "syncToken")),
        ("syncType=HSync", (400, "CMN-101", "syncType")),
        ("recordCount=0", (400, "CMN-101", "recordCount")),
        ("recordCount=1001", (400, "CMN-101", "recordCount")),
        (
            "dateFrom=2026-03-02&dateTo=2026-03-01",
            (400, "CMN-101", "dateFrom"),
        ),
        ("messageType=Letter", (400, "CMN-101", "messageType")),
    ] {
        let (status, code, parameter) = sync(&world, query).await.refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{query}");
    }
    // 250 changes are told, one more are too many.
    for nth in 0..251 {
        arrive(&world, &nth.to_string()).await;
        if nth < 249 {
            continue;
        }
        let answer = sync(&world, &format!("syncType=ISync&syncToken={}", token(&full))).await;
        if nth == 249 {
            assert_eq!(answer.ok()["records"].as_array().unwrap().len(), 250);
        } else {
            assert_eq!(answer.refused().1, "MSG-333");
        }
    }
    // After a reset nothing is known of what the token knows.
    let full = sync(&world, "syncType=FSync").await.ok();
    world.control("reset", &json!({})).await;
    let ada = world.log_in("101").await;
    let path = format!(
        "{EXTENSION}/message-sync?syncType=ISync&syncToken={}",
        token(&full)
    );
    assert_eq!(world.get_as(&ada, &path).await.refused().1, "MSG-333");
}

/// Five days in the bin, five days as a name, and then nothing.
#[tokio::test]
async fn what_is_deleted_is_purged_and_then_gone_to_the_second() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let path = store(&format!("/{}", arrive(&world, "gone").await));
    let availability = async || {
        let answer = world.get(&path).await;
        let body = answer.json();
        body["availability"]
            .as_str()
            .map_or_else(|| answer.refused().1, str::to_owned)
    };
    let deleted = world.send(&world.ada, Method::DELETE, &path, &[], vec![]).await;
    assert_eq!(deleted.status, 204);
    for (wait, wanted) in [
        ("431999s", "Deleted"),
        ("1s", "Purged"),
        ("431999s", "Purged"),
        ("1s", "CMN-102"),
    ] {
        world.advance(wait).await;
        assert_eq!(availability().await, wanted, "after {wait}");
    }
    // What is purged by the user's own wish goes as late, counted from then.
    let path = store(&format!("/{}", arrive(&world, "purged").await));
    for (deletion, wait, status) in [
        (Some(""), "100s", 200),
        (Some("?purge=true"), "431999s", 200),
        (None, "1s", 404),
    ] {
        if let Some(query) = deletion {
            world
                .send(&world.ada, Method::DELETE, &format!("{path}{query}"), &[], vec![])
                .await;
        }
        world.advance(wait).await;
        assert_eq!(world.get(&path).await.status, status, "after {wait}");
    }
}
