//! The call log: filters, pages, periods and rights.

use jiff::Timestamp;
use serde_json::{Value, json};

use reqwest::Method;

use super::{ACCOUNT, EXTENSION, World, values};

type Keeps = fn(&Value) -> bool;

fn time(record: &Value) -> Timestamp {
    record["startTime"]
        .as_str()
        .expect("a text")
        .parse()
        .expect("a time")
}

#[tokio::test]
async fn filters_let_pass_what_they_say() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let base = format!("{EXTENSION}/call-log?perPage=max&dateFrom={from}");
    let (all, _) = world.walk(&world.ada, &base).await;
    let other: Keeps =
        |r| r["from"]["phoneNumber"] == "+12125550147" || r["to"]["phoneNumber"] == "+12125550147";
    let ben: Keeps = |r| r["from"]["extensionId"] == "810000102" || r["to"]["extensionId"] == "810000102";
    let table: &[(&str, Keeps)] = &[
        ("direction=Inbound", |r| r["direction"] == "Inbound"),
        ("direction=outbound", |r| r["direction"] == "Outbound"),
        ("direction=Inbound&direction=Outbound", |_| true),
        ("direction=Inbound,Outbound", |_| true),
        ("direction=", |_| true),
        ("type=Fax", |r| r["type"] == "Fax"),
        ("type=Voice&type=Fax", |_| true),
        ("type=Fax&direction=Inbound", |r| {
            r["type"] == "Fax" && r["direction"] == "Inbound"
        }),
        ("transport=VoIP", |r| r["transport"] == "VoIP"),
        ("transport=PSTN&direction=Inbound", |r| {
            r["transport"] == "PSTN" && r["direction"] == "Inbound"
        }),
        ("recordingType=All", |r| r["recording"].is_object()),
        ("withRecording=true", |r| r["recording"].is_object()),
        ("withRecording=1", |r| r["recording"].is_object()),
        ("withRecording=false", |_| true),
        ("recordingType=Automatic", |r| {
            r["recording"]["type"] == "Automatic"
        }),
        ("recordingType=OnDemand", |r| r["recording"]["type"] == "OnDemand"),
        ("phoneNumber=12125550147", other),
        ("phoneNumber=%2B12125550147", other),
        ("phoneNumber=+12125550147", other),
        ("phoneNumber=14155550100", |_| false),
        ("extensionNumber=102", ben),
        ("extensionNumber=999", |_| false),
        ("showBlocked=false", |r| r["result"] != "Blocked"),
        ("metadataCategory=Any", |_| false),
        ("showDeleted=true", |_| true),
        ("unknownParameter=7", |_| true),
    ];
    for (query, keeps) in table {
        let (found, _) = world.walk(&world.ada, &format!("{base}&{query}")).await;
        let wanted: Vec<Value> = all.iter().filter(|record| keeps(record)).cloned().collect();
        assert_eq!(found, wanted, "{query}: {} of {}", found.len(), wanted.len());
        assert!(
            found.len() < all.len() || keeps(&json!({})) || found == all,
            "{query}"
        );
    }
    for query in [
        "phoneNumber=12125550147",
        "extensionNumber=102",
        "type=Fax",
        "recordingType=OnDemand",
        "transport=VoIP",
    ] {
        let (found, _) = world.walk(&world.ada, &format!("{base}&{query}")).await;
        assert!(
            !found.is_empty() && found.len() < all.len(),
            "{query} must be a filter with something to filter"
        );
    }
}

#[tokio::test]
async fn a_session_is_found_alone() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let (all, _) = world
        .walk(&world.ada, &format!("{EXTENSION}/call-log?dateFrom={from}"))
        .await;
    let old = all.last().unwrap();
    let session = old["sessionId"].as_str().unwrap();
    // No period is needed: a session is found however old it is.
    for query in [
        format!("sessionId={session}"),
        format!("sessionId={session}&view=Simple&page=1&perPage=10&direction="),
        format!(
            "telephonySessionId={}",
            old["telephonySessionId"].as_str().unwrap()
        ),
    ] {
        let body = world.get(&format!("{EXTENSION}/call-log?{query}")).await.ok();
        assert_eq!(body["records"], json!([old]), "{query}");
    }
    for other in [
        "direction=Inbound",
        "type=Voice",
        "phoneNumber=12125550147",
        "extensionNumber=102",
        "dateFrom=2026-01-01",
        "dateTo=2026-01-01",
        "transport=PSTN",
        "recordingType=All",
        "withRecording=true",
        "showBlocked=true",
        "telephonySessionId=s-1",
        "metadataCategory=x",
    ] {
        for path in [EXTENSION, ACCOUNT] {
            let answer = world
                .get(&format!("{path}/call-log?sessionId={session}&{other}"))
                .await;
            assert_eq!(
                answer.refused(),
                (400, "CLG-110".into(), "sessionId".into()),
                "{path} {other}"
            );
        }
    }
    let none = world.get(&format!("{EXTENSION}/call-log?sessionId=1")).await.ok();
    assert_eq!(none["records"], json!([]));
}

#[tokio::test]
async fn wrong_values_name_their_parameter() {
    let world = World::start().await;
    for (query, parameter) in [
        ("direction=Up", "direction"),
        ("direction=Inbound,Up", "direction"),
        ("type=Telex", "type"),
        ("transport=Air", "transport"),
        ("view=Full", "view"),
        ("showBlocked=maybe", "showBlocked"),
        ("showDeleted=2", "showDeleted"),
        ("withRecording=yes", "withRecording"),
        ("recordingType=Some", "recordingType"),
        ("dateFrom=yesterday", "dateFrom"),
        ("dateTo=2026-13-01", "dateTo"),
        ("dateFrom=2026-03-02&dateTo=2026-03-01", "dateFrom"),
        ("phoneNumber=abc", "phoneNumber"),
        ("phoneNumber=12125550147&extensionNumber=102", "phoneNumber"),
        ("page=0", "page"),
        ("page=one", "page"),
        ("perPage=0", "perPage"),
        ("perPage=-5", "perPage"),
    ] {
        let answer = world.get(&format!("{EXTENSION}/call-log?{query}")).await;
        assert_eq!(
            answer.refused(),
            (400, "CMN-101".into(), parameter.into()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn the_period_is_the_last_day_unless_given() {
    let world = World::start().await;
    let log = format!("{EXTENSION}/call-log");
    let (all, _) = world
        .walk(
            &world.ada,
            &format!("{log}?dateFrom={}", world.days_ago(31).await),
        )
        .await;
    let (last_day, _) = world.walk(&world.ada, &log).await;
    let day_ago: Timestamp = world.days_ago(1).await.parse().unwrap();
    assert!(last_day.len() >= 3 && last_day.len() < all.len());
    assert!(last_day.iter().all(|record| time(record) >= day_ago));
    // A bare question mark and empty values change nothing.
    for query in ["?", "?dateFrom=&dateTo=&page=&perPage="] {
        assert_eq!(
            world.walk(&world.ada, &format!("{log}{query}")).await.0,
            last_day,
            "{query}"
        );
    }
    // dateTo alone: the day that ends then. Offsets and short forms are times, too.
    let middle = time(&all[all.len() / 2]);
    let day: Vec<&Value> = all
        .iter()
        .filter(|record| {
            let at = time(record);
            at <= middle && at >= middle - jiff::SignedDuration::from_hours(24)
        })
        .collect();
    for form in [
        middle.to_string(),
        middle.to_string().replace('Z', "%2B00:00"),
        middle.to_string().replace('Z', "+00:00"),
    ] {
        let (found, _) = world.walk(&world.ada, &format!("{log}?dateTo={form}")).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), day, "{form}");
    }
    let year = middle.strftime("%Y").to_string();
    let (found, _) = world
        .walk(&world.ada, &format!("{log}?dateFrom={year}&perPage=max"))
        .await;
    assert!(
        found
            .iter()
            .all(|record| record["startTime"].as_str().unwrap() >= year.as_str())
    );
}

#[tokio::test]
async fn a_walk_sees_every_record_once_and_in_order_whatever_arrives_meanwhile() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    for path in [EXTENSION, ACCOUNT] {
        let log = format!("{path}/call-log?dateFrom={from}&direction=Inbound,Outbound&view=Simple");
        let whole = world.get(&format!("{log}&perPage=max")).await.ok();
        let all = whole["records"].as_array().unwrap();
        assert_eq!(whole["paging"]["perPage"], 1000);
        assert!(
            all.windows(2).all(|pair| time(&pair[0]) >= time(&pair[1])),
            "newest first"
        );
        assert_eq!(values(all, "/id").len(), all.len(), "no id twice");
        let mut walked = Vec::new();
        let mut next = format!("{log}&perPage=37");
        for page in 0.. {
            let body = world.get(&next).await.ok();
            let records = body["records"].as_array().unwrap();
            let start = page * 37;
            assert_eq!(body["paging"]["page"], page + 1);
            assert_eq!(body["paging"]["pageStart"], start);
            assert_eq!(
                body["paging"]["pageEnd"],
                start + i64::try_from(records.len()).unwrap() - 1
            );
            assert_eq!(body["navigation"]["previousPage"].is_object(), page > 0);
            walked.extend(records.iter().cloned());
            // A call that happens during the walk belongs to the next one.
            world.advance("2s").await;
            world
                .control(
                    "calls",
                    &json!({ "from": "+13105550123", "to": "101", "duration": 1 }),
                )
                .await;
            let Some(uri) = body["navigation"]["nextPage"]["uri"].as_str() else {
                break;
            };
            assert!(
                uri.starts_with(world.emulator.url()) && uri.contains("view=Simple"),
                "{uri}"
            );
            next = uri.to_owned();
        }
        assert_eq!(values(&walked, "/id").len(), walked.len());
        assert_eq!(walked.len(), all.len());
        assert_eq!(&walked, all);
    }
}

#[tokio::test]
async fn pages_beyond_the_end_are_empty() {
    let world = World::start().await;
    let body = world.get(&format!("{EXTENSION}/call-log?page=400")).await.ok();
    assert_eq!(body["records"], json!([]));
    assert!(body["navigation"]["nextPage"].is_null() && body["paging"]["pageStart"].is_null());
    for (size, effective) in [("5000", 1000), ("max", 1000), ("7", 7), ("", 100)] {
        let body = world
            .get(&format!("{EXTENSION}/call-log?perPage={size}"))
            .await
            .ok();
        assert_eq!(body["paging"]["perPage"], effective, "{size}");
    }
}

#[tokio::test]
async fn links_name_the_host_that_the_caller_used_and_no_token() {
    let world = World::start().await;
    let port = world.emulator.address().port();
    let path = format!("{EXTENSION}/call-log?perPage=1&access_token=secret-{port}");
    let host = format!("localhost:{port}");
    let answer = world
        .send(
            &world.ada,
            reqwest::Method::GET,
            &path,
            &[("host", &host)],
            vec![],
        )
        .await;
    let body = answer.ok();
    let uri = body["navigation"]["nextPage"]["uri"].as_str().unwrap();
    assert!(
        uri.starts_with(&format!(
            "http://{host}/restapi/v1.0/account/810000001/extension/810000101/call-log?"
        )),
        "{uri}"
    );
    assert!(
        body["records"][0]["uri"]
            .as_str()
            .unwrap()
            .starts_with(&format!("http://{host}/"))
    );
    assert!(!body.to_string().contains("secret-"));
}

#[tokio::test]
async fn one_record_and_several() {
    let world = World::start().await;
    for path in [EXTENSION, ACCOUNT] {
        let list = world.get(&format!("{path}/call-log?perPage=2")).await.ok();
        let (first, second) = (&list["records"][0], &list["records"][1]);
        assert_eq!(&world.get(first["uri"].as_str().unwrap()).await.ok(), first);
        let id = |record: &Value| record["id"].as_str().unwrap().to_owned();
        let detailed = world
            .get(&format!("{path}/call-log/{}?view=Detailed", id(first)))
            .await
            .ok();
        assert!(detailed["legs"].is_array());
        let missing = world.get(&format!("{path}/call-log/nothing")).await;
        assert_eq!(missing.refused(), (404, "CMN-102".into(), "callRecordId".into()));
        let bulk = format!("{path}/call-log/{},nothing,{}", id(first), id(second));
        let answer = world.get(&bulk).await;
        assert_eq!(answer.status, 207);
        let boundary = answer
            .header("content-type")
            .strip_prefix("multipart/mixed; boundary=")
            .unwrap()
            .to_owned();
        let text = String::from_utf8(answer.bytes).unwrap();
        let parts: Vec<Value> = text
            .split(&format!("--{boundary}"))
            .filter_map(|part| serde_json::from_str(part.split_once("\r\n\r\n")?.1.trim()).ok())
            .collect();
        assert_eq!(parts.len(), 4);
        let statuses: Vec<&Value> = parts[0]["response"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| &entry["status"])
            .collect();
        assert_eq!(statuses, [200, 404, 200]);
        assert_eq!(
            (&parts[1], &parts[2]["errorCode"], &parts[3]),
            (first, &json!("CMN-102"), second)
        );
        let accept = [("accept", "application/vnd.ringcentral.multipart+json")];
        let array = world
            .send(&world.ada, reqwest::Method::GET, &bulk, &accept, vec![])
            .await;
        assert_eq!(array.status, 207);
        let array = array.json();
        assert_eq!(
            (&array[0]["resourceId"], &array[0]["body"]),
            (&first["id"], first)
        );
        let many = vec!["x"; 51].join(",");
        assert_eq!(
            world.get(&format!("{path}/call-log/{many}")).await.refused().1,
            "CMN-106"
        );
    }
}

#[tokio::test]
async fn whose_log_it_is() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let query = format!("call-log?perPage=max&dateFrom={from}");
    let (ada, _) = world.walk(&world.ada, &format!("{EXTENSION}/{query}")).await;
    let (ben, _) = world.walk(&world.ben, &format!("{EXTENSION}/{query}")).await;
    let (company, _) = world.walk(&world.ada, &format!("{ACCOUNT}/{query}")).await;
    assert_eq!(values(&ada, "/extension/id"), ["810000101"]);
    assert_eq!(values(&ben, "/extension/id"), ["810000102"]);
    assert!(company.len() > ada.len() + ben.len());
    // The company's log needs a permission that normal users do not have.
    for path in [
        "call-log".to_owned(),
        format!("call-log/{}", company[0]["id"].as_str().unwrap()),
    ] {
        let refused = world.get_as(&world.ben, &format!("{ACCOUNT}/{path}")).await;
        assert_eq!(refused.refused(), (403, "CMN-408".into(), String::new()));
        let body = refused.json();
        assert_eq!(body["errorCode"], "InsufficientPermissions");
        assert_eq!(body["permissionName"], "FullCompanyCallLog");
    }
    // A colleague's log is for the administrator only.
    let of = |id: i64| format!("/restapi/v1.0/account/~/extension/{id}/call-log");
    assert_eq!(
        world.get_as(&world.ben, &of(810_000_101)).await.refused().1,
        "CMN-404"
    );
    let (seen, _) = world
        .walk(
            &world.ada,
            &format!("{}?perPage=max&dateFrom={from}", of(810_000_102)),
        )
        .await;
    assert_eq!(values(&seen, "/id"), values(&ben, "/id"));
}

#[tokio::test]
async fn calls_are_deleted_by_filter_and_stay_visible_on_request() {
    let world = World::start().await;
    let log = format!("{EXTENSION}/call-log");
    let every = format!("{log}?perPage=max&dateFrom={}", world.days_ago(31).await);
    let (all, _) = world.walk(&world.ada, &every).await;
    let delete = async |query: &str| {
        world
            .send(&world.ada, Method::DELETE, &format!("{log}{query}"), &[], vec![])
            .await
    };
    assert_eq!(
        delete("?type=Telex").await.refused(),
        (400, "CMN-101".into(), "type".into())
    );
    assert_eq!(delete("?type=Fax&direction=Inbound").await.status, 204);
    let (left, _) = world.walk(&world.ada, &every).await;
    let gone = |r: &Value| r["type"] == "Fax" && r["direction"] == "Inbound";
    assert!(left.len() < all.len() && !left.iter().any(gone));
    assert_eq!(left.len(), all.iter().filter(|r| !gone(r)).count());
    let (shown, _) = world.walk(&world.ada, &format!("{every}&showDeleted=true")).await;
    assert_eq!(values(&shown, "/id"), values(&all, "/id"));
    assert!(shown.iter().all(|r| (r["deleted"] == true) == gone(r)));
    let oldest = left.last().unwrap();
    assert_eq!(
        delete(&format!("?dateTo={}", oldest["startTime"].as_str().unwrap()))
            .await
            .status,
        204
    );
    assert_eq!(world.walk(&world.ada, &every).await.0, left[..left.len() - 1]);
    assert_eq!(delete("").await.status, 204);
    assert_eq!(world.walk(&world.ada, &every).await.0, Vec::<Value>::new());
    assert!(
        !world.walk(&world.ben, &every).await.0.is_empty(),
        "another's log stays"
    );
}
