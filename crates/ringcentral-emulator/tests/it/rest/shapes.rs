//! Account, extensions, numbers, rights and records: what they say. Names and types are checked for every answer.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ACCOUNT, EXTENSION, World, values};

#[tokio::test]
async fn versions_need_no_token() {
    let world = World::start().await;
    world.get_as("", "/restapi").await.ok();
    let one = world.get_as("", "/restapi/v1.0").await.ok();
    for name in ["uri", "versionString", "releaseDate", "uriString", "apiVersions"] {
        assert!(!one[name].is_null(), "{name}");
    }
    assert_eq!(world.get_as("", "/restapi/v9").await.refused().1, "CMN-102");
    assert_eq!(world.get_as("", "/restapi/v1.0/status").await.status, 200);
}

#[tokio::test]
async fn the_account() {
    let world = World::start().await;
    let body = world.get(ACCOUNT).await.ok();
    assert_eq!(body["mainNumber"], "+16505550100");
    assert_eq!(
        body["uri"],
        format!("{}/restapi/v1.0/account/{}", world.emulator.url(), body["id"])
    );
    let by_id = world
        .get(&format!("/restapi/v1.0/account/{}", body["id"]))
        .await
        .ok();
    assert_eq!(by_id, body);
}

#[tokio::test]
async fn an_extension() {
    let world = World::start().await;
    let body = world.get(EXTENSION).await.ok();
    assert_eq!(
        (&body["extensionNumber"], &body["permissions"]["admin"]["enabled"]),
        (&json!("101"), &json!(true))
    );
    assert_eq!(body["contact"]["businessPhone"], "+16505550101");
    // Anybody may look up a colleague; nobody else's company exists.
    let colleague = world.get_as(&world.ben, body["uri"].as_str().unwrap()).await.ok();
    assert_eq!(colleague["name"], body["name"]);
    for (path, parameter) in [
        ("/restapi/v1.0/account/~/extension/1", "extensionId"),
        ("/restapi/v1.0/account/~/extension/x", "extensionId"),
        ("/restapi/v1.0/account/1/extension/~", "accountId"),
    ] {
        assert_eq!(
            world.get(path).await.refused(),
            (404, "CMN-102".into(), parameter.into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn extensions() {
    let world = World::start().await;
    let list = format!("{ACCOUNT}/extension");
    let body = world.get(&list).await.ok();
    let all = body["records"].as_array().unwrap();
    assert!(all.len() >= 12 && body["paging"]["totalElements"] == all.len());
    for (query, pointer, wanted) in [
        ("extensionNumber=102", "/extensionNumber", &["102"][..]),
        ("extensionNumber=999", "/extensionNumber", &[]),
        ("email=ben.osei@example.com", "/extensionNumber", &["102"]),
        (
            "email=BEN.osei@example.com&email=ada.quill@example.com",
            "/extensionNumber",
            &["101", "102"],
        ),
        (
            "email=ben.osei@example.com,ada.quill@example.com",
            "/extensionNumber",
            &["101", "102"],
        ),
        ("type=Department", "/extensionNumber", &["201", "202"]),
        ("type=IvrMenu&type=Voicemail", "/extensionNumber", &["301", "401"]),
        ("status=Disabled", "/extensionNumber", &["106"]),
        (
            "status=Disabled,NotActivated",
            "/extensionNumber",
            &["106", "107"],
        ),
        ("status=Unassigned", "/status", &["Unassigned"]),
        (
            "status=Unassigned&status=Disabled",
            "/status",
            &["Disabled", "Unassigned"],
        ),
        ("status=&type=&extensionNumber=106", "/extensionNumber", &["106"]),
        (
            "type=User&status=Enabled&extensionNumber=106",
            "/extensionNumber",
            &[],
        ),
    ] {
        let (records, _) = world.walk(&world.ada, &format!("{list}?{query}")).await;
        assert_eq!(values(&records, pointer), wanted, "{query}");
    }
    for (query, parameter) in [
        ("status=Asleep", "status"),
        ("type=Robot", "type"),
        ("page=0", "page"),
    ] {
        let answer = world.get(&format!("{list}?{query}")).await;
        assert_eq!(
            answer.refused(),
            (400, "CMN-101".into(), parameter.into()),
            "{query}"
        );
    }
    let (walked, pages) = world.walk(&world.ada, &format!("{list}?perPage=3")).await;
    assert_eq!((&walked, pages), (all, all.len().div_ceil(3)));
}

#[tokio::test]
async fn phone_numbers() {
    let world = World::start().await;
    let body = world.get(&format!("{EXTENSION}/phone-number")).await.ok();
    let sms: Vec<&Value> = body["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|number| {
            number["features"]
                .as_array()
                .unwrap()
                .contains(&json!("SmsSender"))
        })
        .map(|number| &number["phoneNumber"])
        .collect();
    assert_eq!(sms, ["+16505550101"]);
    let body = world.get(&format!("{ACCOUNT}/phone-number")).await.ok();
    let first = &body["records"][0];
    assert_eq!(&world.get(first["uri"].as_str().unwrap()).await.ok(), first);
    for (path, query, wanted) in [
        (EXTENSION, "usageType=MainCompanyNumber", &["+16505550100"][..]),
        (
            EXTENSION,
            "usageType=MainCompanyNumber,CompanyNumber",
            &["+16505550100", "+16505550109"],
        ),
        (
            EXTENSION,
            "usageType=DirectNumber",
            &["+16505550101", "+16505550110", "+16505550111"],
        ),
        (EXTENSION, "status=Pending", &[]),
        (ACCOUNT, "usageType=CompanyFaxNumber", &["+16505550108"]),
        (
            ACCOUNT,
            "usageType=CompanyFaxNumber&usageType=MainCompanyNumber",
            &["+16505550100", "+16505550108"],
        ),
        (ACCOUNT, "paymentType=TollFree", &[]),
        (ACCOUNT, "extensionStatus=Disabled", &[]),
        (
            ACCOUNT,
            "extensionStatus=Enabled&usageType=CompanyFaxNumber&paymentType=Local&status=Normal",
            &["+16505550108"],
        ),
    ] {
        let (records, _) = world
            .walk(&world.ada, &format!("{path}/phone-number?{query}"))
            .await;
        assert_eq!(values(&records, "/phoneNumber"), wanted, "{path} {query}");
    }
    // The company's list is for administrators.
    let refused = world.get_as(&world.ben, &format!("{ACCOUNT}/phone-number")).await;
    assert_eq!(refused.refused().1, "CMN-408");
    assert_eq!(refused.json()["errorCode"], "InsufficientPermissions");
}

#[tokio::test]
async fn rights() {
    let world = World::start().await;
    let profile = format!("{EXTENSION}/authz-profile");
    let body = world.get(&profile).await.ok();
    assert!(body["permissions"].as_array().unwrap().len() > 20);
    for (token, wanted, successful) in [
        (&world.ada, "FullCompanyCallLog", true),
        (&world.ben, "FullCompanyCallLog", false),
        (&world.ben, "ReadCallLog", true),
        (&world.ben, "NoSuchThing", false),
    ] {
        let body = world
            .get_as(token, &format!("{profile}/check?permissionId={wanted}"))
            .await
            .ok();
        assert_eq!(body["successful"], successful, "{wanted}");
        assert_eq!(body["details"].is_object(), successful, "{wanted}");
    }
    let missing = world.get(&format!("{profile}/check?permissionId=")).await;
    assert_eq!(missing.refused(), (400, "CMN-100".into(), "permissionId".into()));
}

#[tokio::test]
async fn call_log_records() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    for path in [EXTENSION, ACCOUNT] {
        for view in ["Simple", "Detailed"] {
            let body = world
                .get(&format!(
                    "{path}/call-log?perPage=max&view={view}&dateFrom={from}"
                ))
                .await
                .ok();
            let records = body["records"].as_array().unwrap();
            assert!(records.len() > 100, "{path} {view}");
            if view == "Detailed" {
                assert!(records.iter().all(|record| record["legs"][0]["master"] == true));
                assert!(
                    records
                        .iter()
                        .any(|record| record["legs"].as_array().unwrap().len() > 1)
                );
            }
        }
    }
}

#[tokio::test]
async fn messages_of_every_kind() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    for kind in ["SMS", "Pager", "VoiceMail", "Fax"] {
        let path = format!("{EXTENSION}/message-store?messageType={kind}&dateFrom={from}");
        let token = if kind == "Pager" { &world.ben } else { &world.ada };
        let body = world.get_as(token, &path).await.ok();
        assert!(!body["records"].as_array().unwrap().is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_recording_and_its_sound() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let list = format!("{EXTENSION}/call-log?recordingType=All&perPage=1&dateFrom={from}");
    let call = world.get(&list).await.ok()["records"][0].clone();
    let info = world.get(call["recording"]["uri"].as_str().unwrap()).await.ok();
    assert_eq!(
        (&info["id"], &info["duration"]),
        (&call["recording"]["id"], &call["duration"])
    );
    let content = info["contentUri"].as_str().unwrap();
    assert_eq!(content, call["recording"]["contentUri"]);
    let sound = world.get(content).await;
    assert_eq!(
        (sound.status, sound.header("content-type")),
        (200, info["contentType"].as_str().unwrap())
    );
    assert_eq!(&sound.bytes[..4], b"RIFF");
    let part = world
        .send(
            &world.ada,
            Method::GET,
            content,
            &[("range", "bytes=0-3")],
            vec![],
        )
        .await;
    assert_eq!((part.status, part.bytes.as_slice()), (206, &b"RIFF"[..]));
    assert_eq!(
        part.header("content-range"),
        format!("bytes 0-3/{}", sound.bytes.len())
    );
    let beyond = world
        .send(
            &world.ada,
            Method::GET,
            content,
            &[("range", "bytes=99999999-")],
            vec![],
        )
        .await;
    assert_eq!(
        (beyond.status, beyond.json()["errorCode"].clone()),
        (416, json!("CMN-107"))
    );
    assert_eq!(
        beyond.header("content-range"),
        format!("bytes */{}", sound.bytes.len()),
        "a client that asked for too much learns how much there is"
    );
    for ignored in ["lines=0-3", "bytes=0-3,8-11"] {
        let whole = world
            .send(&world.ada, Method::GET, content, &[("range", ignored)], vec![])
            .await;
        assert_eq!(
            (whole.status, whole.bytes.len()),
            (200, sound.bytes.len()),
            "{ignored}"
        );
    }
    let named = world
        .get(&format!(
            "{content}?contentDisposition=Attachment&contentDispositionFilename=call.wav"
        ))
        .await;
    assert_eq!(
        named.header("content-disposition"),
        "attachment; filename=\"call.wav\""
    );
    let named = world
        .get(&format!("{content}?contentDispositionFilename=gru%C3%9F.wav"))
        .await;
    assert_eq!(
        named.header("content-disposition"),
        "attachment; filename=\"gru_.wav\"; filename*=UTF-8''gru%C3%9F%2Ewav"
    );
    // Another user's call is not for everybody's ears, and what does not exist is not found.
    assert_eq!(world.get_as(&world.ben, content).await.refused().1, "CMN-404");
    let missing = world.get(&format!("{ACCOUNT}/recording/1000000")).await;
    assert_eq!(missing.refused(), (404, "CMN-102".into(), "recordingId".into()));
}
