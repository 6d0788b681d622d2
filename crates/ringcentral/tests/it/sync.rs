//! Keeping copies of the platform's logs: what is asked for, in which order, and when it begins anew.

use std::sync::Arc;

use futures_util::TryStreamExt;
use ringcentral::{
    Batch, BatchKind, CallLogView, Client, ErrorKind, Message, MessageType, StatusGroup, SyncToken,
    Synchronization,
};
use serde_json::{Value, json};

use super::script::{Answer, Asked, Platform, builder, clock, logged_in, ok, status, tokens};

/// A batch as the platform gives it.
fn batch(ids: &[u64], token: &str, more: &Value) -> Answer {
    let records: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    let mut body = json!({
        "uri": "x", "records": records,
        "syncInfo": { "syncType": "FSync", "syncToken": token, "syncTime": "2026-11-21T09:00:00.000Z" },
    });
    for (name, value) in more.as_object().unwrap() {
        body["syncInfo"][name] = value.clone();
    }
    ok(&body.to_string())
}

fn refused(code: &str) -> Answer {
    let body =
        json!({ "errorCode": code, "message": "m", "errors": [{ "errorCode": code, "message": "m" }] });
    status(400, &body.to_string())
}

/// A platform that answers with these, one after the other.
async fn platform(answers: Vec<Answer>) -> (Arc<Platform>, Client) {
    let mut answers = answers.into_iter();
    let platform = Platform::new(move |asked: &Asked| {
        if asked.uri.ends_with("/oauth/token") {
            tokens(1)
        } else {
            answers
                .next()
                .unwrap_or_else(|| panic!("one request too many: {}", asked.uri))
        }
    });
    let client = logged_in(builder(&platform, &clock())).await;
    (platform, client)
}

fn asked(platform: &Platform) -> Vec<String> {
    let asked = platform.asked();
    let queries = asked.iter().filter_map(|asked| asked.uri.split_once("-sync?"));
    queries.map(|(_, query)| query.to_owned()).collect()
}

/// The kind of each batch, its records and its token.
type Seen = (BatchKind, Vec<u64>, Option<String>);

async fn all(sync: Synchronization<Message>) -> Result<Vec<Seen>, ringcentral::Error> {
    let seen = |batch: Batch<Message>| {
        (
            batch.kind,
            batch.records.iter().map(|message| message.id.as_u64()).collect(),
            batch.sync_token.map(|token| token.as_str().to_owned()),
        )
    };
    sync.batches().map_ok(seen).try_collect().await
}

fn text(token: &str) -> String {
    token.to_owned()
}

const NO_MORE: &str = r#"{"olderRecordsExist":false}"#;
const OLDER: &str = r#"{"olderRecordsExist":true}"#;

fn older(exist: bool) -> Value {
    serde_json::from_str(if exist { OLDER } else { NO_MORE }).unwrap()
}

#[tokio::test]
async fn it_begins_with_everything_and_goes_on_from_a_token_that_was_stored() {
    let (platform, client) = platform(vec![
        batch(&[2, 1], "t1", &older(false)),
        batch(&[3], "t2", &older(false)),
    ])
    .await;
    let sync = client.me().message_sync().message_type(&MessageType::Sms);
    let first = sync.clone().send().await.unwrap();
    assert_eq!(first.kind, BatchKind::Full);
    assert_eq!(first.sync_time, Some("2026-11-21T09:00:00Z".parse().unwrap()));
    let stored = serde_json::to_string(&first.sync_token).unwrap();
    assert_eq!(stored, r#""t1""#);

    let token: Option<SyncToken> = serde_json::from_str(&stored).unwrap();
    assert_eq!(
        all(sync.resume(token)).await.unwrap(),
        [(BatchKind::Changes, vec![3], Some(text("t2")))]
    );
    assert_eq!(
        asked(&platform),
        ["syncType=FSync&messageType=SMS", "syncType=ISync&syncToken=t1"]
    );
}

#[tokio::test]
async fn every_code_of_a_refused_token_is_a_reset_and_nothing_else_is() {
    for (code, is_reset) in [
        ("MSG-333", true),
        ("CLG-101", true),
        ("CLG-102", true),
        ("CLG-103", true),
        ("CLG-104", true),
        ("CLG-105", true),
        ("CLG-110", false),
        ("CMN-101", false),
    ] {
        let (_, client) = platform(vec![refused(code), refused(code)]).await;
        let sync = client.me().message_sync();
        let result = sync.clone().resume(SyncToken::from("old")).send().await;
        match result {
            Ok(batch) => {
                assert!(is_reset, "{code}");
                assert_eq!(
                    (batch.kind, batch.sync_token, batch.records.len()),
                    (BatchKind::Reset, None, 0),
                    "{code}"
                );
            }
            Err(error) => assert!(!is_reset, "{code}: {error}"),
        }
        // What is refused without a token is not the token's fault.
        assert_eq!(sync.send().await.unwrap_err().code(), Some(code));
    }
}

#[tokio::test]
async fn after_a_reset_it_begins_anew_only_if_it_may() {
    for start_again in [false, true] {
        let (platform, client) = platform(vec![refused("MSG-333"), batch(&[1], "t1", &older(false))]).await;
        let sync = client
            .me()
            .message_sync()
            .resume(SyncToken::from("old"))
            .start_again(start_again);
        let mut expected = vec![(BatchKind::Reset, vec![], None)];
        if start_again {
            expected.push((BatchKind::Full, vec![1], Some(text("t1"))));
        }
        assert_eq!(all(sync).await.unwrap(), expected);
        assert_eq!(asked(&platform).len(), expected.len());
    }
}

#[tokio::test]
async fn older_records_come_as_far_as_they_were_asked_for() {
    let sent = || {
        vec![
            batch(&[9, 8], "t1", &older(true)),
            batch(&[7, 6], "t2", &older(true)),
            batch(&[], "t3", &older(true)),
        ]
    };
    // The platform's usual frame: what is older than that was not asked for.
    let (platform, client) = platform(sent()).await;
    assert_eq!(all(client.me().message_sync()).await.unwrap().len(), 1);
    assert_eq!(asked(&platform), ["syncType=FSync"]);

    // From a time on: until there is nothing more of that time, although older messages exist.
    let (platform, client) = self::platform(sent()).await;
    let sync = client
        .me()
        .message_sync()
        .date_from("2026-11-01T00:00:00Z".parse().unwrap());
    assert_eq!(all(sync).await.unwrap().len(), 3);
    assert_eq!(
        asked(&platform),
        [
            "syncType=FSync&dateFrom=2026-11-01T00%3A00%3A00Z",
            "syncType=ISync&syncToken=t1&dateFrom=2026-11-01T00%3A00%3A00Z",
            "syncType=ISync&syncToken=t2&dateFrom=2026-11-01T00%3A00%3A00Z",
        ]
    );

    // Everything there is.
    let (platform, client) = self::platform(vec![
        batch(&[9, 8], "t1", &older(true)),
        batch(&[7, 6], "t2", &older(true)),
        batch(&[5], "t3", &older(false)),
    ])
    .await;
    let sync = client.me().message_sync().whole_history().record_count(2);
    let seen = all(sync).await.unwrap();
    assert_eq!(
        seen.iter()
            .flat_map(|(_, ids, _)| ids)
            .copied()
            .collect::<Vec<_>>(),
        [9, 8, 7, 6, 5]
    );
    assert_eq!(
        asked(&platform),
        [
            "syncType=FSync&recordCount=2",
            "syncType=ISync&syncToken=t1&recordCount=2",
            "syncType=ISync&syncToken=t2&recordCount=2",
        ]
    );

    // Some more, once.
    let (platform, client) = self::platform(vec![batch(&[4], "t5", &older(true))]).await;
    let sync = client.me().message_sync().resume(SyncToken::from("t4")).older(10);
    assert_eq!(
        all(sync).await.unwrap(),
        [(BatchKind::Changes, vec![4], Some(text("t5")))]
    );
    assert_eq!(asked(&platform), ["syncType=ISync&syncToken=t4&recordCount=10"]);
}

#[tokio::test]
async fn newer_records_are_followed_to_the_end() {
    let newer = |exist: bool| json!({ "newerRecordsExist": exist });
    let (platform, client) = platform(vec![
        batch(&[], "t1", &newer(true)),
        batch(&[], "t2", &newer(true)),
        batch(&[], "t3", &newer(false)),
    ])
    .await;
    let sync = client.account("~").call_log_extract_sync().record_count(1000);
    let batches: Vec<_> = sync.batches().try_collect().await.unwrap();
    assert_eq!(batches.last().unwrap().sync_token, Some(SyncToken::from("t3")));
    assert_eq!(
        asked(&platform),
        [
            "syncType=FSync&recordCount=1000",
            "syncType=ISync&syncToken=t1",
            "syncType=ISync&syncToken=t2"
        ]
    );
}

#[tokio::test]
async fn what_is_newer_is_followed_before_what_is_older() {
    let more = |newer: bool, older: bool| json!({ "newerRecordsExist": newer, "olderRecordsExist": older });
    let (platform, client) = platform(vec![
        batch(&[5], "t1", &more(true, true)),
        batch(&[7, 6], "t2", &more(true, true)),
        batch(&[8], "t3", &more(false, true)),
        batch(&[4, 3], "t4", &more(false, false)),
    ])
    .await;
    let sync = client.me().message_sync().whole_history().record_count(2);
    assert_eq!(all(sync).await.unwrap().len(), 4);
    // How many older ones are wanted is said when there is nothing newer any more: changes would take their places.
    assert_eq!(
        asked(&platform),
        [
            "syncType=FSync&recordCount=2",
            "syncType=ISync&syncToken=t1",
            "syncType=ISync&syncToken=t2",
            "syncType=ISync&syncToken=t3&recordCount=2",
        ]
    );
}

#[tokio::test]
async fn a_stream_that_was_dropped_goes_on_from_its_last_token() {
    let (platform, client) = platform(vec![
        batch(&[9], "t1", &older(true)),
        batch(&[8], "t2", &older(true)),
        batch(&[7], "t3", &older(false)),
    ])
    .await;
    let sync = client.me().message_sync().whole_history();
    let mut first = sync.clone().batches();
    first.try_next().await.unwrap();
    let token = first.try_next().await.unwrap().unwrap().sync_token;
    drop(first);
    assert_eq!(
        asked(&platform).len(),
        2,
        "a batch is asked for when the one before has been taken"
    );
    // Older ones exist still, which the first batch says: so it goes on to them.
    assert_eq!(
        all(sync.resume(token)).await.unwrap(),
        [(BatchKind::Changes, vec![7], Some(text("t3")))]
    );
    assert_eq!(asked(&platform)[2], "syncType=ISync&syncToken=t2");
}

#[tokio::test]
async fn a_platform_that_promises_more_and_stands_still_is_an_error() {
    let (_, client) = platform(vec![
        batch(&[2], "t1", &json!({ "newerRecordsExist": true })),
        batch(&[1], "t2", &json!({ "newerRecordsExist": true })),
        batch(&[1], "t2", &json!({ "newerRecordsExist": true })),
    ])
    .await;
    let error = all(client.me().message_sync()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("in a circle"), "{error}");
}

#[tokio::test]
async fn a_call_log_is_told_how_many_records_to_begin_with() {
    let (platform, client) = platform(vec![batch(&[], "t1", &json!({})), batch(&[], "t2", &json!({}))]).await;
    let sync = client
        .me()
        .call_log_sync()
        .view(&CallLogView::Detailed)
        .status_group(&StatusGroup::Missed);
    let sync = sync
        .show_deleted(true)
        .date_from("2026-11-01T00:00:00Z".parse().unwrap());
    let first = sync.clone().send().await.unwrap();
    sync.resume(first.sync_token).older(5).send().await.unwrap();
    assert_eq!(
        asked(&platform),
        [
            "syncType=FSync&view=Detailed&statusGroup=Missed&showDeleted=true&recordCount=250\
             &dateFrom=2026-11-01T00%3A00%3A00Z",
            "syncType=ISync&syncToken=t1&recordCount=5",
        ]
    );
}
