//! Lists across pages.

use futures_util::TryStreamExt;
use ringcentral::{CallDirection, ErrorKind, ExtensionStatus};

use super::script::{Platform, builder, clock, logged_in, ok, tokens};

fn extension_page(page: u32, next: &str) -> String {
    format!(
        r#"{{"records":[{{"id":{page}1,"name":"a","status":"Enabled","type":"User"}},{{"id":{page}2,"type":"Newfangled"}}],
            "paging":{{"page":{page},"perPage":2}},"navigation":{{{next}}}}}"#
    )
}

#[tokio::test]
async fn every_record_of_every_page_comes_once_and_in_order() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        let link = |n| {
            format!(r#""nextPage":{{"uri":"http://localhost:1/restapi/v1.0/account/9/extension?page={n}"}}"#)
        };
        match asked.uri.rsplit_once("page=").map(|(_, n)| n) {
            Some("2") => ok(&extension_page(2, &link(3))),
            Some("3") => ok(&extension_page(3, "")),
            _ => ok(&extension_page(1, &link(2))),
        }
    });
    let client = logged_in(builder(&platform, &clock())).await;
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
    assert_eq!(ids, ["11", "12", "21", "22", "31", "32"]);
    assert!(
        platform.asked()[1]
            .uri
            .ends_with("/restapi/v1.0/account/~/extension?status=Enabled&perPage=2")
    );
}

#[tokio::test]
async fn a_page_that_leads_elsewhere_is_not_followed() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        ok(&extension_page(
            1,
            r#""nextPage":{"uri":"https://evil.example.com/restapi/v1.0/account/9/extension?page=2"}"#,
        ))
    });
    let client = logged_in(builder(&platform, &clock())).await;
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
async fn a_record_with_less_than_usual_is_still_read() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            return tokens(1);
        }
        ok(
            r#"{"records":[{"id":"a","sessionId":"1","startTime":"2026-03-09T18:04:11.000Z","type":"Voice",
            "direction":"Sideways","from":{"phoneNumber":"+12125550147"}}]}"#,
        )
    });
    let client = logged_in(builder(&platform, &clock())).await;
    let call = client.me().call_log().send().await.unwrap().records.remove(0);
    assert_eq!(call.direction, CallDirection::Unknown("Sideways".into()));
    assert_eq!((call.from.label(), call.to.label()), ("+12125550147", "unknown"));
}
