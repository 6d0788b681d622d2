//! Lists across pages.

use futures_util::TryStreamExt;
use ringcentral::{CallDirection, Client, Error, ErrorKind, ExtensionStatus, Page};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::script::{Answer, Asked, Platform, builder, clock, logged_in, ok, tokens};

const EXTENSIONS: &str = "http://localhost:1/restapi/v1.0/account/9/extension";

type Script = Box<dyn FnMut(&Asked) -> Answer + Send>;

/// A platform whose lists are told by their addresses.
async fn platform(mut pages: impl FnMut(&Asked) -> Answer + Send + 'static) -> (Arc<Platform>, Client) {
    let platform = Platform::new(move |asked| {
        if asked.uri.ends_with("/oauth/token") {
            tokens(1)
        } else {
            pages(asked)
        }
    });
    let client = logged_in(builder(&platform, &clock())).await;
    (platform, client)
}

/// A parameter of the request.
fn parameter(asked: &Asked, name: &str) -> Option<String> {
    let query = asked.uri.split_once('?')?.1;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// A page of a list of `total` extensions, as the platform gives it.
fn numbered(asked: &Asked, total: u64) -> Answer {
    let number = |name| parameter(asked, name).and_then(|text| text.parse::<u64>().ok());
    let (page, per_page) = (number("page").unwrap_or(1), number("perPage").unwrap_or(100));
    let (first, last) = ((page - 1) * per_page + 1, (page * per_page).min(total));
    let records: Vec<Value> = (first..=last)
        .map(|id| json!({ "id": id, "type": "Newfangled" }))
        .collect();
    let mut body =
        json!({ "records": records, "paging": { "page": page, "perPage": per_page }, "navigation": {} });
    if last < total {
        let uri = format!("{EXTENSIONS}?page={}&perPage={per_page}", page + 1);
        body["navigation"]["nextPage"] = json!({ "uri": uri });
    }
    ok(&body.to_string())
}

/// The parts of the addresses of the pages that were asked for.
fn asked(platform: &Platform, path: &str) -> Vec<String> {
    let asked = platform.asked();
    let pages = asked.iter().filter_map(|asked| asked.uri.split_once(path));
    pages.map(|(_, rest)| rest.to_owned()).collect()
}

#[tokio::test]
async fn every_record_of_every_page_comes_once_and_in_order() {
    let (platform, client) = platform(|asked| numbered(asked, 5)).await;
    let list = client
        .account("~")
        .extensions()
        .status(&ExtensionStatus::Enabled)
        .per_page(2);
    let ids: Vec<String> = list
        .items()
        .map_ok(|extension| extension.id.to_string())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
    assert_eq!(
        asked(&platform, "/extension?"),
        ["status=Enabled&perPage=2", "page=2&perPage=2", "page=3&perPage=2"]
    );
}

#[tokio::test]
async fn a_limit_asks_for_no_page_and_no_record_too_many() {
    // What there is, the limit, the page size that is asked for; what comes, and the requests for it.
    type Row = (u64, u64, Option<u64>, u64, &'static [&'static str]);
    let table: [Row; 9] = [
        (500, 0, None, 0, &[]),
        (500, 1, None, 1, &["perPage=1"]),
        (500, 100, None, 100, &[""]),
        (500, 150, None, 150, &["", "page=2&perPage=100"]),
        (500, 200, None, 200, &["", "page=2&perPage=100"]),
        (500, 3, Some(250), 3, &["perPage=3"]),
        (500, 300, Some(250), 300, &["perPage=250", "page=2&perPage=250"]),
        (5, 300, Some(250), 5, &["perPage=250"]),
        (0, 10, None, 0, &["perPage=10"]),
    ];
    for (total, limit, per_page, comes, requests) in table {
        let row = format!("{limit} of {total} by {per_page:?}");
        let (platform, client) = platform(move |asked| numbered(asked, total)).await;
        let list = client.account("~").extensions().limit(limit);
        let list = per_page.into_iter().fold(list, ringcentral::List::per_page);
        let found: Vec<_> = list.clone().items().try_collect().await.unwrap();
        assert_eq!(found.len() as u64, comes, "{row}");
        let addresses = asked(&platform, "/extension");
        let addresses: Vec<&str> = addresses
            .iter()
            .map(|rest| rest.trim_start_matches('?'))
            .collect();
        assert_eq!(addresses, requests, "{row}");
        let pages: Vec<Page<_>> = list.pages().try_collect().await.unwrap();
        assert_eq!(
            pages.iter().map(|page| page.records.len() as u64).sum::<u64>(),
            comes,
            "{row}"
        );
        assert_eq!(asked(&platform, "/extension").len(), 2 * requests.len(), "{row}");
    }
}

#[tokio::test]
async fn a_page_is_asked_for_when_the_one_before_has_been_taken() {
    let (platform, client) = platform(|asked| numbered(asked, 6)).await;
    let mut items = client.account("~").extensions().per_page(2).items();
    assert_eq!(asked(&platform, "/extension").len(), 0);
    for (taken, pages) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)] {
        items.try_next().await.unwrap().unwrap();
        assert_eq!(
            asked(&platform, "/extension").len(),
            pages,
            "after {taken} records"
        );
    }
}

#[tokio::test]
async fn a_list_by_tokens_is_walked_with_its_filters() {
    let (platform, client) = platform(|asked| {
        let next = match parameter(asked, "pageToken").as_deref() {
            None => json!("t 2"),
            Some("t+2") => json!("t3"),
            Some(_) => json!(""),
        };
        ok(&json!({ "records": [{ "n": 1 }, { "n": 2 }], "navigation": { "nextPageToken": next, "prevPageToken": "p" } })
            .to_string())
    })
    .await;
    let list = client
        .list::<Value>("/team-messaging/v1/chats")
        .query("type", "Team");
    let records: Vec<Value> = list.clone().per_page(2).items().try_collect().await.unwrap();
    assert_eq!(records.len(), 6);
    let records: Vec<Value> = list.limit(3).items().try_collect().await.unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(
        asked(&platform, "/chats?"),
        [
            "type=Team&recordCount=2",
            "type=Team&recordCount=2&pageToken=t+2",
            "type=Team&recordCount=2&pageToken=t3",
            "type=Team&recordCount=3",
            "type=Team&recordCount=3&pageToken=t+2",
        ]
    );
}

#[tokio::test]
async fn options_reach_the_request_of_each_page() {
    let (platform, client) = platform(|asked| numbered(asked, 4)).await;
    let list = client.account("~").extensions().per_page(2);
    let list = list.with(|request| request.timeout(Duration::from_secs(5)).without_login());
    assert_eq!(list.items().try_collect::<Vec<_>>().await.unwrap().len(), 4);
    let bearers: Vec<_> = platform
        .asked()
        .into_iter()
        .skip(1)
        .map(|asked| asked.bearer)
        .collect();
    assert_eq!(bearers, [None, None]);
}

#[tokio::test]
async fn a_page_that_leads_elsewhere_is_not_followed() {
    let (platform, client) = platform(|_| {
        let uri = "https://evil.example.com/restapi/v1.0/account/9/extension?page=2";
        ok(&json!({ "records": [{ "id": 1 }], "navigation": { "nextPage": { "uri": uri } } }).to_string())
    })
    .await;
    let result: Result<Vec<_>, _> = client.account("~").extensions().items().try_collect().await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Forbidden);
    assert!(
        platform
            .asked()
            .iter()
            .all(|asked| asked.uri.starts_with("http://localhost:1/"))
    );
}

#[tokio::test]
async fn a_list_that_goes_in_a_circle_ends_with_an_error_that_says_so() {
    let page = |number: Option<u64>, next: &str| {
        let paging = number.map_or(json!({}), |number| json!({ "page": number }));
        let uri = format!("{EXTENSIONS}?page={next}");
        ok(&json!({ "records": [{ "id": 1 }], "paging": paging, "navigation": { "nextPage": { "uri": uri } } })
            .to_string())
    };
    // A new address each time.
    let mut asked_for = 0;
    let table: [(&str, Script, usize); 5] = [
        (
            "a page that comes under ever other addresses",
            Box::new(move |_| {
                asked_for += 1;
                assert!(asked_for < 20, "it goes on and on");
                page(Some(1), &format!("1&n={asked_for}"))
            }),
            2,
        ),
        (
            "a page that links to itself",
            Box::new(move |_| page(Some(1), "1")),
            2,
        ),
        ("the same without a number", Box::new(move |_| page(None, "1")), 2),
        (
            "two pages that link to each other",
            Box::new(move |asked| match parameter(asked, "page").as_deref() {
                Some("2") => page(None, "1"),
                _ => page(None, "2"),
            }),
            5,
        ),
        (
            "a token that leads to itself",
            Box::new(|_| ok(r#"{"records":[{"id":1}],"navigation":{"nextPageToken":"t"}}"#)),
            2,
        ),
    ];
    for (name, script, most) in table {
        let (platform, client) = platform(script).await;
        let list = client.account("~").extensions();
        let pages = list.clone().pages().map_ok(drop).try_collect::<Vec<_>>().await;
        let items = list.items().map_ok(drop).try_collect::<Vec<_>>();
        for walked in [pages, items.await] {
            let error: Error = walked.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{name}");
            assert!(error.to_string().contains("in a circle"), "{name}: {error}");
        }
        let requests = asked(&platform, "/extension").len();
        assert!(requests <= 2 * most, "{name}: {requests} requests");
    }
}

#[tokio::test]
async fn whatever_a_list_leaves_out_it_is_read() {
    // The body, and how many records are in it; nothing, when it is no list.
    let table = [
        (r#"{"records":[]}"#, Some(0)),
        (r#"{"records":[{"a":1}]}"#, Some(1)),
        (
            r#"{"records":[{"a":1}],"paging":null,"navigation":null}"#,
            Some(1),
        ),
        (
            r#"{"records":[{"a":1}],"paging":{},"navigation":{"nextPage":null}}"#,
            Some(1),
        ),
        (r#"{"paging":{"perPage":100}}"#, Some(0)),
        (r#"{"uri":"x","navigation":{"firstPage":{"uri":"y"}}}"#, Some(0)),
        ("{}", None),
        (r#"{"id":1}"#, None),
        ("[]", None),
        (r#"{"records":{}}"#, None),
        ("", None),
    ];
    for (body, records) in table {
        let (_, client) = platform(move |_| ok(body)).await;
        let found = client
            .list::<Value>("/restapi/v1.0/x")
            .items()
            .try_collect::<Vec<_>>()
            .await;
        match (found, records) {
            (Ok(found), Some(records)) => assert_eq!(found.len(), records, "{body}"),
            (Err(error), None) => assert_eq!(error.kind(), ErrorKind::Decode, "{body}"),
            (found, _) => panic!("{body}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn a_record_with_less_than_usual_is_still_read() {
    let (_, client) = platform(|_| {
        ok(r#"{"records":[{"id":"a","uri":"b","sessionId":"1","startTime":"2026-03-09T18:04:11.000Z","type":"Voice",
            "direction":"Sideways","action":"Phone Call","from":{"phoneNumber":"+12125550147"}}]}"#)
    })
    .await;
    let call = client.me().call_log().send().await.unwrap().records.remove(0);
    assert_eq!(call.direction, CallDirection::Unknown("Sideways".into()));
    assert_eq!((call.from.label(), call.to.label()), ("+12125550147", "unknown"));
}

/// How many records are in memory, and how many were at most.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// A record that is counted for as long as it is in memory.
struct Counted;

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        let alive = ALIVE.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(alive, Ordering::SeqCst);
        Ok(Self)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn however_long_a_list_is_one_page_of_it_is_in_memory() {
    let (_, client) = platform(|asked| numbered(asked, 10_000)).await;
    let mut items = client
        .list::<Counted>("/restapi/v1.0/account/9/extension")
        .per_page(50)
        .items();
    let mut count = 0;
    while let Some(record) = items.try_next().await.unwrap() {
        count += 1;
        drop(record);
    }
    assert_eq!((count, ALIVE.load(Ordering::SeqCst)), (10_000, 0));
    assert_eq!(MOST.load(Ordering::SeqCst), 50);
}
