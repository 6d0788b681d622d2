//! The company's own data: services, dictionaries, changes of an extension, and which operations there are.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ACCOUNT, EXTENSION, World, values};

#[tokio::test]
async fn dictionaries_have_entries_that_can_be_read_one_by_one() {
    let world = World::start().await;
    for (name, id, member, value) in [
        ("country", "1", "isoCode", "US"),
        ("state", "5", "isoCode", "CA"),
        ("timezone", "58", "name", "US/Pacific"),
        ("language", "1033", "localeCode", "en-US"),
        ("permission", "ReadCallLog", "displayName", "Read Call Log"),
    ] {
        let path = format!("/restapi/v1.0/dictionary/{name}");
        let (all, pages) = world.walk(&world.ben, &format!("{path}?perPage=7")).await;
        assert_eq!(pages, all.len().div_ceil(7), "{name}");
        assert_eq!(values(&all, "/id").len(), all.len(), "{name}: no id twice");
        for entry in &all {
            let uri = entry["uri"].as_str().unwrap();
            assert_eq!(&world.get(uri).await.ok(), entry, "{name}");
        }
        let entry = world.get(&format!("{path}/{id}")).await.ok();
        assert_eq!(entry[member], value, "{name}");
        assert_eq!(
            world.get(&format!("{path}/none")).await.refused(),
            (404, "CMN-102".into(), format!("{name}Id")),
            "{name}"
        );
    }
    for (query, pointer, wanted) in [
        ("state?countryId=39&perPage=2", "/country/id", &["39"][..]),
        ("state", "/country/id", &["1"]),
        ("state?allCountries=true", "/country/id", &["1", "39"]),
        ("country?numberSelling=false", "/numberSelling", &["false"]),
        ("country?loginAllowed=false", "/id", &[]),
        ("location?stateId=33", "/city", &["New York"]),
        ("location?stateId=33&withNxx=true", "/nxx", &["555"]),
    ] {
        let (found, _) = world
            .walk(&world.ada, &format!("/restapi/v1.0/dictionary/{query}"))
            .await;
        assert_eq!(values(&found, pointer), wanted, "{query}");
    }
    for (order, pointer) in [("Npa", "/npa"), ("City", "/city")] {
        let path = format!("/restapi/v1.0/dictionary/location?orderBy={order}");
        let (found, _) = world.walk(&world.ada, &path).await;
        let in_order = found.windows(2).all(|pair| {
            pair[0].pointer(pointer).unwrap().as_str() <= pair[1].pointer(pointer).unwrap().as_str()
        });
        assert!(in_order, "{order}");
    }
    // What other answers link to is there.
    let account = world.get(ACCOUNT).await.ok();
    let profile = world.get(&format!("{EXTENSION}/authz-profile")).await.ok();
    for uri in [
        &account["serviceInfo"]["uri"],
        &account["serviceInfo"]["contractedCountry"]["uri"],
        &account["regionalSettings"]["timezone"]["uri"],
        &profile["permissions"][0]["permission"]["uri"],
    ] {
        world.get(uri.as_str().unwrap()).await.ok();
    }
}

#[tokio::test]
async fn services_and_addresses() {
    let world = World::start().await;
    let service = world.get(&format!("{ACCOUNT}/service-info")).await.ok();
    assert_eq!(service["brand"]["id"], "1210");
    let address = world.get(&format!("{ACCOUNT}/business-address")).await.ok();
    assert_eq!(address["company"], "Example Coffee Roasters");
}

#[tokio::test]
async fn the_newer_list_has_the_same_numbers() {
    let world = World::start().await;
    let (old, _) = world.walk(&world.ada, &format!("{ACCOUNT}/phone-number")).await;
    let path = "/restapi/v2/accounts/~/phone-numbers";
    let new = world.get(path).await.ok();
    let new = new["records"].as_array().unwrap();
    assert_eq!(values(new, "/phoneNumber"), values(&old, "/phoneNumber"));
    for (query, wanted) in [
        ("type=FaxOnly", 2),
        ("usageType=MainCompanyNumber", 1),
        ("tollType=TollFree", 0),
        ("tollType=Toll&type=FaxOnly", 2),
        ("phoneNumber=%2B16505550101", 1),
        ("phoneNumber=16505550101", 1),
        ("byocNumber=true", 0),
        ("extensionStatus=Disabled", 0),
        ("status=Normal&perPage=3", 3),
        ("perPage=3&page=99", 0),
    ] {
        let found = world.get(&format!("{path}?{query}")).await.ok();
        assert_eq!(found["records"].as_array().unwrap().len(), wanted, "{query}");
    }
    assert_eq!(world.get_as(&world.ben, path).await.refused().1, "CMN-408");
}

#[tokio::test]
async fn an_extension_is_changed_by_who_may() {
    let world = World::start().await;
    let of = |id: i64| format!("{ACCOUNT}/extension/{id}");
    let (ada, ben) = (of(810_000_101), of(810_000_102));
    let put =
        async |token: &str, path: &str, body: &Value| world.send_json(token, Method::PUT, path, body).await;
    let body = json!({ "contact": { "firstName": "Benjamin", "jobTitle": "Chief Roaster",
        "mobilePhone": "+14155550199" } });
    let changed = put(&world.ben, EXTENSION, &body).await.ok();
    assert_eq!(
        (
            &changed["name"],
            &changed["contact"]["jobTitle"],
            &changed["contact"]["lastName"]
        ),
        (&json!("Benjamin Osei"), &json!("Chief Roaster"), &json!("Osei"))
    );
    assert_eq!(world.get(&ben).await.ok(), changed);
    for (token, path, body, wanted) in [
        (&world.ben, &ada, body.clone(), (403, "CMN-404", "")),
        (
            &world.ben,
            &ben,
            json!({ "status": "Disabled" }),
            (403, "CMN-402", ""),
        ),
        (
            &world.ben,
            &ben,
            json!({ "extensionNumber": "199" }),
            (403, "CMN-402", ""),
        ),
        (
            &world.ada,
            &ben,
            json!({ "extensionNumber": "101" }),
            (400, "CMN-406", "extensionNumber"),
        ),
        (
            &world.ada,
            &ben,
            json!({ "extensionNumber": "1" }),
            (400, "CMN-101", "extensionNumber"),
        ),
        (
            &world.ada,
            &ben,
            json!({ "status": "Gone" }),
            (400, "CMN-101", "status"),
        ),
        (
            &world.ada,
            &ben,
            json!({ "contact": { "email": 5 } }),
            (400, "CMN-101", "contact.email"),
        ),
        (
            &world.ada,
            &ben,
            json!({ "contact": 5 }),
            (400, "CMN-101", "contact"),
        ),
        (
            &world.ada,
            &ben,
            json!({ "contact": { "firstName": "ä".repeat(257) } }),
            (400, "CMN-101", "contact.firstName"),
        ),
    ] {
        let (status, code, parameter) = put(token, path, &body).await.refused();
        assert_eq!((status, code.as_str(), parameter.as_str()), wanted, "{body}");
    }
    let long = json!({ "contact": { "lastName": "ä".repeat(256) } });
    put(&world.ben, &ben, &long).await.ok();
    let moved = put(
        &world.ada,
        &ben,
        &json!({ "extensionNumber": "199", "status": "Frozen" }),
    )
    .await
    .ok();
    assert_eq!(
        (&moved["extensionNumber"], &moved["status"]),
        (&json!("199"), &json!("Frozen"))
    );
}

#[tokio::test]
async fn a_picture_is_set_cached_and_removed() {
    let world = World::start().await;
    let path = format!("{EXTENSION}/profile-image");
    let nothing = world.get(&path).await;
    assert_eq!(nothing.refused(), (404, "CMN-102".into(), "profileImage".into()));
    assert!(world.get(EXTENSION).await.ok()["profileImage"]["etag"].is_null());
    let parts = "--b0\r\nContent-Disposition: form-data; name=\"image\"; filename=\"me.png\"\r\n\
         Content-Type: image/png\r\n\r\npicture\r\n--b0--\r\n";
    for (method, kind, body, wanted) in [
        (Method::POST, "multipart/form-data; boundary=b0", parts, "picture"),
        (Method::PUT, "image/jpeg", "another", "another"),
    ] {
        let headers = [("content-type", kind)];
        let stored = world.send(&world.ada, method, &path, &headers, body.into()).await;
        assert_eq!(stored.status, 204, "{kind}");
        let picture = world
            .get_as(&world.ben, &path.replace("extension/~", "extension/810000101"))
            .await;
        assert_eq!(
            (picture.status, picture.bytes.as_slice()),
            (200, wanted.as_bytes())
        );
        let of_extension = world.get(EXTENSION).await.ok()["profileImage"].clone();
        assert_eq!(
            of_extension["etag"]
                .as_str()
                .map(|tag| format!("\"{tag}\""))
                .as_deref(),
            Some(picture.header("etag"))
        );
        let again = [("if-none-match", picture.header("etag"))];
        let cached = world.send(&world.ada, Method::GET, &path, &again, vec![]).await;
        assert_eq!(cached.status, 304, "{kind}");
        let other = [("if-none-match", "\"else\"")];
        let fresh = world.send(&world.ada, Method::GET, &path, &other, vec![]).await;
        assert_eq!(fresh.status, 200, "{kind}");
    }
    for (kind, status, code) in [("text/plain", 415, "CMN-101"), ("image/png", 400, "CMN-100")] {
        let headers = [("content-type", kind)];
        let refused = world.send(&world.ada, Method::PUT, &path, &headers, vec![]).await;
        assert_eq!(refused.refused(), (status, code.into(), "image".into()), "{kind}");
    }
    let removed = world.send(&world.ada, Method::DELETE, &path, &[], vec![]).await;
    assert_eq!(removed.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
}

#[tokio::test]
async fn ring_out_may_begin_at_any_phone_of_the_user() {
    let world = World::start().await;
    let (phones, _) = world
        .walk(&world.ada, &format!("{EXTENSION}/forwarding-number"))
        .await;
    assert_eq!(values(&phones, "/type"), ["Mobile", "PhoneLine"]);
    for phone in &phones {
        assert_eq!(&world.get(phone["uri"].as_str().unwrap()).await.ok(), phone);
        let body =
            json!({ "from": { "forwardingNumberId": phone["id"] }, "to": { "phoneNumber": "+12125550147" } });
        let path = format!("{EXTENSION}/ring-out");
        world.send_json(&world.ada, Method::POST, &path, &body).await.ok();
        let list = format!("{EXTENSION}/active-calls?perPage=1");
        let call = world.get(&list).await.ok()["records"][0].clone();
        assert_eq!(call["from"]["phoneNumber"], phone["phoneNumber"]);
    }
    let unknown = json!({ "from": { "forwardingNumberId": "1" }, "to": { "phoneNumber": "+12125550147" } });
    let refused = world
        .send_json(
            &world.ada,
            Method::POST,
            &format!("{EXTENSION}/ring-out"),
            &unknown,
        )
        .await;
    assert_eq!(
        refused.refused(),
        (404, "CMN-102".into(), "from.forwardingNumberId".into())
    );
    let missing = world.get(&format!("{EXTENSION}/forwarding-number/1")).await;
    assert_eq!(missing.refused().1, "CMN-102");
}

#[tokio::test]
async fn every_operation_is_known_and_answers_what_the_list_says() {
    let world = World::start().await;
    let list = world.get_as("", "/_emulator/operations").await.ok();
    let operations = list["records"].as_array().unwrap();
    assert!(operations.len() >= 617, "{}", operations.len());
    assert!(
        values(operations, "/id").len() > operations.len() * 9 / 10,
        "the names tell them apart"
    );
    let emulated = operations
        .iter()
        .filter(|operation| operation["emulated"] == true);
    assert!(emulated.count() > 60);
    for (operation, method, path) in callable(operations) {
        let text = |name: &str| operation[name].as_str().unwrap();
        let answer = world.send(&world.ada, method, &path, &[], vec![]).await;
        if operation["emulated"] == true {
            assert_ne!(answer.status, 501, "{operation}");
        } else {
            assert_eq!(answer.status, 501, "{operation}");
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(
                message.contains(text("id")) && message.contains(text("path")),
                "{message}"
            );
        }
    }
}

/// The operations that take a bearer token, with a path that names the caller and ids that nobody has.
fn callable(operations: &[Value]) -> Vec<(&Value, Method, String)> {
    operations
        .iter()
        .filter_map(|operation| {
            let path = operation["path"].as_str()?.replace("{apiVersion}", "v1.0");
            if path.contains("/oauth/") || path.starts_with("/.well-known") {
                return None;
            }
            let mut filled = String::new();
            for part in path.split('/').skip(1) {
                filled.push('/');
                filled.push_str(match part {
                    "{accountId}" | "{extensionId}" => "~",
                    part if part.starts_with('{') => "1",
                    part => part,
                });
            }
            Some((operation, operation["method"].as_str()?.parse().ok()?, filled))
        })
        .collect()
}

#[tokio::test]
async fn every_operation_asks_for_its_permissions_and_counts_in_its_group() {
    let world = World::start().await;
    let list = world.get_as("", "/_emulator/operations").await.ok();
    let operations = list["records"].as_array().unwrap();
    let (id, secret) = crate::support::LIMITED_APP;
    let limited = world.log_in_by(id, secret, "101").await;
    let profile = world
        .get_as(&world.ben, &format!("{EXTENSION}/authz-profile"))
        .await
        .ok();
    let of_ben = values(profile["permissions"].as_array().unwrap(), "/permission/id");
    let many = json!({ "limit": 100_000 });
    let limits = json!({ "rateLimits": { "enabled": true, "light": many, "medium": many, "heavy": many,
        "auth": many } });
    let changed = world
        .send_json("", Method::PATCH, "/_emulator/settings", &limits)
        .await;
    assert_eq!(changed.status, 200);
    let mut refused = [0, 0];
    for (operation, method, path) in callable(operations) {
        let text = |name: &str| operation[name].as_str().unwrap();
        let open = ["/restapi", "/restapi/{apiVersion}", "/restapi/v1.0/status"].contains(&text("path"));
        let by_app = !["", "ReadAccounts"].contains(&text("appPermission"))
            && !text("appPermission")
                .split(" OR ")
                .any(|one| one == "ReadAccounts");
        let by_user = !text("userPermission").is_empty()
            && !text("userPermission")
                .split(" OR ")
                .any(|one| of_ben.iter().any(|own| own == one));
        for (nth, (token, asked, code, permission)) in [
            (&limited, by_app, "CMN-401", "appPermission"),
            (&world.ben, by_user, "CMN-408", "userPermission"),
        ]
        .into_iter()
        .enumerate()
        {
            let answer = world.send(token, method.clone(), &path, &[], vec![]).await;
            if asked && !open {
                assert_eq!(answer.refused().1, code, "{operation}");
                assert_eq!(
                    answer.json()["permissionName"],
                    operation[permission],
                    "{operation}"
                );
                refused[nth] += 1;
            // The whole company's calls ask for more than their operations say.
            } else if answer.status == 403 && answer.json()["permissionName"] != "ReadCompanyCallLog" {
                assert_ne!(answer.refused().1, code, "{operation}");
            }
            let group = match text("group") {
                "NoThrottling" => String::new(),
                _ if open => String::new(),
                group => group.to_ascii_lowercase(),
            };
            assert_eq!(answer.header("x-rate-limit-group"), group, "{operation}");
        }
    }
    assert!(refused[0] > 200 && refused[1] > 50, "{refused:?}");
}

#[tokio::test]
async fn what_happens_is_told_in_order() {
    let world = World::start().await;
    world.control("clock", &json!({ "freeze": true })).await;
    let events = async |after: &Value| {
        world
            .get_as("", &format!("/_emulator/events?after={after}"))
            .await
            .ok()["records"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(
        events(&json!(0)).await,
        Vec::<Value>::new(),
        "the seed is not news"
    );
    world
        .control("messages", &json!({ "to": "102", "text": "Hi" }))
        .await;
    world
        .control("calls", &json!({ "to": "101", "ring": 2, "duration": 3 }))
        .await;
    world.advance("5s").await;
    let told = events(&json!(0)).await;
    let line = |event: &Value| {
        let detail = &event["detail"];
        let said = ["state", "telephonyStatus", "messageStatus"]
            .iter()
            .find_map(|name| detail[*name].as_str());
        format!(
            "{} {} {}",
            event["extensionId"],
            event["kind"].as_str().unwrap(),
            said.unwrap_or_default()
        )
    };
    assert_eq!(
        told.iter().map(line).collect::<Vec<_>>(),
        [
            "810000102 message-changed Received",
            "810000101 call-changed Ringing",
            "810000101 presence-changed Ringing",
            "810000101 call-changed CallConnected",
            "810000101 presence-changed CallConnected",
            "810000101 call-changed Logged",
            "810000101 call-changed Ended",
            "810000101 presence-changed NoCall",
        ]
    );
    let times: Vec<&Value> = told.iter().map(|event| &event["time"]).collect();
    assert!(times.windows(2).all(|pair| pair[0].as_str() <= pair[1].as_str()));
    assert_eq!(events(&told[5]["seq"]).await, told[6..]);
}
