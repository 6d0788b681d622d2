//! Synchronising the call log.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ACCOUNT, Answer, EXTENSION, World};

async fn sync(world: &World, query: &str) -> Answer {
    world.get(&format!("{EXTENSION}/call-log-sync?{query}")).await
}

fn token(answer: &Value) -> &str {
    answer["syncInfo"]["syncToken"].as_str().expect("a token")
}

fn ids(answer: &Value) -> Vec<String> {
    answer["records"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| record["id"].as_str().expect("an id").to_owned())
        .collect()
}

async fn happen(world: &World, body: &Value) -> String {
    let call = world.control("calls", body).await;
    call["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_synchronisation_tells_what_has_changed_and_nothing_else() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    for path in [EXTENSION, ACCOUNT] {
        let (all, _) = world
            .walk(
                &world.ada,
                &format!("{path}/call-log?perPage=max&dateFrom={from}"),
            )
            .await;
        let get = async |query: String| world.get(&format!("{path}/call-log-sync?{query}")).await.ok();
        let full = get("syncType=FSync&recordCount=20".to_owned()).await;
        assert_eq!(full["records"], json!(all[..20]), "the newest, newest first");
        let next = async |last: &Value, more: &str| {
            get(format!("syncType=ISync&syncToken={}{more}", token(last))).await
        };
        let nothing = next(&full, "").await;
        assert_eq!(nothing["records"], json!([]));
        let a = happen(&world, &json!({ "to": "101", "duration": 5 })).await;
        world.advance("1m").await;
        let b = happen(&world, &json!({ "to": "101", "result": "Missed" })).await;
        assert_eq!(ids(&next(&nothing, "").await), [b.clone(), a.clone()]);
        // What is new comes first, and then older records, of which the client has none yet.
        let wider = next(&nothing, "&recordCount=10").await;
        let mut wanted = vec![b, a];
        wanted.extend(ids(&json!({ "records": all[20..30] })));
        assert_eq!(ids(&wider), wanted);
        let wider = next(&wider, "&recordCount=7").await;
        assert_eq!(wider["records"], json!(all[30..37]));
        // Each counts from where it was: the token says where.
        assert_eq!(next(&wider, "").await["records"], json!([]));
    }
}

#[tokio::test]
async fn a_call_that_goes_on_is_told_of_when_it_is_over() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let mut known = sync(&world, "recordCount=1").await.ok();
    let id = happen(&world, &json!({ "to": "101", "ring": 5, "duration": 10 })).await;
    for (wait, wanted) in [(0, false), (5, false), (9, false), (1, true), (1, false)] {
        world.advance(&format!("{wait}s")).await;
        known = sync(&world, &format!("syncType=ISync&syncToken={}", token(&known)))
            .await
            .ok();
        assert_eq!(!ids(&known).is_empty(), wanted, "after {wait} s more");
        if wanted {
            assert_eq!(ids(&known), std::slice::from_ref(&id));
        }
    }
}

/// Whether a record belongs to the frame.
type Keeps = fn(&Value) -> bool;

#[tokio::test]
async fn a_frame_has_filters() {
    let world = World::start().await;
    // A frame goes back thirty days and no further, the list does.
    let from = world.days_ago(29).await;
    let (all, _) = world
        .walk(
            &world.ada,
            &format!("{EXTENSION}/call-log?perPage=max&view=Detailed&dateFrom={from}"),
        )
        .await;
    let missed: Keeps = |r| r["result"] == "Missed" && r["direction"] == "Inbound";
    for (filter, keeps, view) in [
        ("statusGroup=Missed", missed, "Simple"),
        ("statusGroup=All", |_: &Value| true, "Simple"),
        ("statusGroup=Missed&statusGroup=All", |_: &Value| true, "Simple"),
        (
            "recordingType=All",
            |r: &Value| r["recording"].is_object(),
            "Simple",
        ),
        (
            "recordingType=OnDemand",
            |r: &Value| r["recording"]["type"] == "OnDemand",
            "Simple",
        ),
        ("view=Detailed", |_: &Value| true, "Detailed"),
        ("metadataCategory=Any", |_: &Value| false, "Simple"),
    ] as [(&str, Keeps, &str); 7]
    {
        let wanted: Vec<&str> = all
            .iter()
            .filter(|record| keeps(record))
            .map(|record| record["id"].as_str().unwrap())
            .take(250)
            .collect();
        let full = sync(&world, &format!("recordCount=250&dateFrom={from}&{filter}"))
            .await
            .ok();
        assert_eq!(ids(&full), wanted, "{filter}");
        let legs = full["records"][0]["legs"].is_array();
        assert_eq!(legs, view == "Detailed", "{filter}");
        // The next request needs not repeat it.
        let answered = happen(&world, &json!({ "to": "101", "duration": 5 })).await;
        let missed_call = happen(&world, &json!({ "to": "101", "result": "Missed" })).await;
        let news = sync(&world, &format!("syncType=ISync&syncToken={}", token(&full)))
            .await
            .ok();
        let fits = |result: &str| keeps(&json!({ "result": result, "direction": "Inbound" }));
        let told = ids(&news);
        assert_eq!(told.contains(&answered), fits("Accepted"), "{filter}");
        assert_eq!(told.contains(&missed_call), fits("Missed"), "{filter}");
        break_off(&world, &[answered, missed_call]).await;
    }
    // A frame reaches back thirty days at most, whatever is asked for.
    let far = sync(&world, "recordCount=250&dateFrom=2001-01-01").await.ok();
    let near = sync(&world, "recordCount=250").await.ok();
    assert_eq!(ids(&far), ids(&near));
}

/// Removes what a step of the table has added, for the next.
async fn break_off(world: &World, calls: &[String]) {
    for id in calls {
        let record = world.get(&format!("{EXTENSION}/call-log/{id}")).await.ok();
        let at = record["startTime"].as_str().expect("a time");
        let path = format!("{EXTENSION}/call-log?dateFrom={at}");
        let deleted = world.send(&world.ada, Method::DELETE, &path, &[], vec![]).await;
        assert_eq!(deleted.status, 204);
    }
}

#[tokio::test]
async fn deleted_records_are_told_on_request() {
    let world = World::start().await;
    let full = sync(&world, "recordCount=50").await.ok();
    let faxes: Vec<String> = full["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|record| record["type"] == "Fax")
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(!faxes.is_empty());
    let path = format!("{EXTENSION}/call-log?type=Fax");
    let deleted = world.send(&world.ada, Method::DELETE, &path, &[], vec![]).await;
    assert_eq!(deleted.status, 204);
    let next = format!("syncType=ISync&syncToken={}", token(&full));
    assert_eq!(ids(&sync(&world, &next).await.ok()), Vec::<String>::new());
    let shown = sync(&world, &format!("{next}&showDeleted=true")).await.ok();
    assert_eq!(ids(&shown), faxes);
    assert!(
        shown["records"]
            .as_array()
            .unwrap()
            .iter()
            .all(|record| record["deleted"] == true)
    );
}

#[tokio::test]
async fn a_recording_is_deleted_and_its_call_stays() {
    let world = World::start().await;
    let call = world
        .control("calls", &json!({ "to": "101", "duration": 5, "recording": true }))
        .await;
    let full = sync(&world, "recordCount=1").await.ok();
    assert_eq!(full["records"][0]["id"], call["id"]);
    let delete = async |body: Value| {
        world
            .send_json(
                &world.ada,
                Method::DELETE,
                &format!("{ACCOUNT}/call-recordings"),
                &body,
            )
            .await
    };
    let id = &call["recording"]["id"];
    assert_eq!(delete(json!({ "records": [id] })).await.status, 204);
    let uri = call["recording"]["uri"].as_str().unwrap();
    assert_eq!(world.get(uri).await.refused().1, "CMN-102");
    let changed = sync(&world, &format!("syncType=ISync&syncToken={}", token(&full)))
        .await
        .ok();
    assert_eq!(changed["records"][0]["id"], call["id"]);
    assert!(changed["records"][0]["recording"].is_null());
    for (body, wanted) in [
        (json!({}), (400, "CMN-100", "records")),
        (json!({ "records": [] }), (400, "CMN-100", "records")),
        (json!({ "records": ["x"] }), (400, "CMN-101", "records")),
        (json!({ "records": [id] }), (404, "CMN-102", "recordingId")),
    ] {
        let (status, code, parameter) = delete(body.clone()).await.refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{body}");
    }
}

#[tokio::test]
async fn the_whole_log_is_extracted_in_portions() {
    let world = World::start().await;
    let from = world.days_ago(30).await;
    let (all, _) = world
        .walk(
            &world.ada,
            &format!("{ACCOUNT}/call-log?perPage=max&dateFrom={from}"),
        )
        .await;
    let get = async |query: String| {
        world
            .get(&format!("{ACCOUNT}/call-log-extract-sync?{query}"))
            .await
            .ok()
    };
    let mut answer = get(format!("syncType=FSync&recordCount=60&dateFrom={from}")).await;
    let mut walked = ids(&answer);
    while answer["syncInfo"]["newerRecordsExist"] == true {
        assert_eq!(ids(&answer).len(), 60);
        answer = get(format!(
            "syncType=ISync&recordCount=60&syncToken={}",
            token(&answer)
        ))
        .await;
        walked.extend(ids(&answer));
    }
    let mut wanted = ids(&json!({ "records": all }));
    walked.sort();
    wanted.sort();
    assert_eq!(walked, wanted, "every record once");
    // Later there is what has happened since.
    let id = happen(&world, &json!({ "to": "102", "duration": 5 })).await;
    let news = get(format!("syncType=ISync&syncToken={}", token(&answer))).await;
    assert_eq!(ids(&news), std::slice::from_ref(&id));
    // Without a date it begins an hour ago.
    let hour = get("syncType=FSync".to_owned()).await;
    assert!(ids(&hour).contains(&id) && ids(&hour).len() < wanted.len());
}

#[tokio::test]
async fn tokens_that_are_no_good_ask_for_a_full_synchronisation() {
    let world = World::start().await;
    let full = sync(&world, "recordCount=5").await.ok();
    let whole = world
        .get(&format!("{ACCOUNT}/call-log-sync?recordCount=5"))
        .await
        .ok();
    for (foreign, code) in [("abc", "CLG-101"), (token(&whole), "CLG-102")] {
        let answer = sync(&world, &format!("syncType=ISync&syncToken={foreign}")).await;
        assert_eq!(answer.refused(), (400, code.into(), "syncToken".into()));
    }
    for (query, wanted) in [
        ("", (400, "CMN-100", "recordCount")),
        ("syncType=FSync", (400, "CMN-100", "recordCount")),
        ("recordCount=0", (400, "CMN-101", "recordCount")),
        ("recordCount=251", (400, "CMN-101", "recordCount")),
        ("syncType=ISync", (400, "CMN-100", "syncToken")),
        ("recordCount=5&statusGroup=Lost", (400, "CMN-101", "statusGroup")),
    ] {
        let (status, code, parameter) = sync(&world, query).await.refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{query}");
    }
    let next = format!("syncType=ISync&syncToken={}", token(&full));
    for nth in 1..=251 {
        happen(&world, &json!({ "to": "101", "duration": 1 })).await;
        if nth == 250 {
            assert_eq!(ids(&sync(&world, &next).await.ok()).len(), 250);
        }
    }
    assert_eq!(sync(&world, &next).await.refused().1, "CLG-104");
    world.control("reset", &json!({})).await;
    let ada = world.log_in("101").await;
    let answer = world
        .get_as(&ada, &format!("{EXTENSION}/call-log-sync?{next}"))
        .await;
    assert_eq!(answer.refused().1, "CLG-103");
}
