//! Every JSON answer has the platform's names and types.

use reqwest::Method;
use serde_json::{Value, json};

use super::shape::check;
use super::{ACCOUNT, EXTENSION, World, values};

const PAGED: (&str, &str) = ("", "uri!:s records!:a paging!:o navigation!:o");
const PAGING: (&str, &str) = (
    "paging",
    "page:n perPage!:n pageStart:n pageEnd:n totalPages:n totalElements:n",
);
const NAVIGATION: (&str, &str) = ("navigation", "firstPage!:o previousPage:o nextPage:o lastPage:o");
const COUNTRY: &str = "id!:s uri!:s name!:s isoCode!:s callingCode!:s";
const LANGUAGE: &str = "id!:s localeCode!:s name!:s";
const TIMEZONE: &str = "uri!:s id!:s name!:s description:s bias!:s";
const CALL_PARTY: &str = "phoneNumber:s extensionNumber:s extensionId:s name:s location:s";

#[tokio::test]
async fn versions_need_no_token() {
    let world = World::start().await;
    let entry = "uri!:s versionString!:s releaseDate!:d uriString!:s";
    let list = world.get_as("", "/restapi").await.ok();
    check(
        &list,
        &[
            ("", "uri!:s apiVersions!:a serverVersion!:s serverRevision!:s"),
            ("apiVersions[]", entry),
        ],
    );
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
    check(
        &body,
        &[
            (
                "",
                "id!:n uri!:s bsid:s mainNumber!:s partnerId:s cfid:s operator!:o serviceInfo!:o setupWizardState!:s \
                 signupInfo:o status!:s statusInfo:o regionalSettings!:o federated:b outboundCallPrefix:n limits:o",
            ),
            ("operator", "uri!:s id!:n extensionNumber!:s partnerId:s"),
            (
                "serviceInfo",
                "uri!:s billingPlan:o brand!:o servicePlan:o targetServicePlan:o contractedCountry:o uBrand:o",
            ),
            (
                "serviceInfo.billingPlan",
                "id!:s name:s durationUnit:s duration:n type:s includedPhoneLines:n",
            ),
            ("serviceInfo.brand", "id!:s name!:s homeCountry!:o"),
            (
                "serviceInfo.servicePlan",
                "id:s name:s edition:s freemiumProductType:s",
            ),
            (
                "signupInfo",
                "tosAccepted:b signupState:a verificationReason:s marketingAccepted:b creationTime:d",
            ),
            (
                "regionalSettings",
                "homeCountry!:o timezone!:o language!:o greetingLanguage!:o formattingLocale!:o timeFormat!:s \
                 currency!:o",
            ),
            ("regionalSettings.homeCountry", COUNTRY),
            ("regionalSettings.timezone", TIMEZONE),
            ("regionalSettings.language", LANGUAGE),
            (
                "regionalSettings.currency",
                "id!:n code!:s name!:s symbol!:s minorSymbol!:s",
            ),
        ],
    );
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

const CONTACT: &str = "firstName:s lastName:s name:s company:s jobTitle:s email:s businessPhone:s mobilePhone:s \
     businessAddress:o emailAsLoginName:b pronouncedName:o department:s";

#[tokio::test]
async fn an_extension() {
    let world = World::start().await;
    let body = world.get(EXTENSION).await.ok();
    check(
        &body,
        &[
            (
                "",
                "id!:n uri!:s account!:o contact!:o extensionNumber!:s extensionNumbers:a name!:s partnerId:s \
                 permissions!:o profileImage!:o regionalSettings!:o serviceFeatures!:a setupWizardState!:s status!:s \
                 statusInfo:o type!:s subType:s hidden!:b roles:a references:a departments:a site:o costCenter:o \
                 customFields:a assignedCountry:o callQueueInfo:o creationTime:d siteAccess:s alertTimer:n",
            ),
            ("account", "id!:s uri!:s"),
            ("contact", CONTACT),
            (
                "contact.businessAddress",
                "country:s state:s city:s street:s zip:s",
            ),
            ("contact.pronouncedName", "type:s text:s prompt:o"),
            ("permissions", "admin!:o internationalCalling!:o"),
            ("permissions.admin", "enabled!:b"),
            (
                "profileImage",
                "uri!:s etag:s lastModified:d contentType:s scales:a",
            ),
            ("serviceFeatures[]", "featureName!:s enabled!:b reason:s"),
            (
                "regionalSettings",
                "homeCountry!:o timezone!:o language!:o greetingLanguage!:o formattingLocale!:o timeFormat!:s",
            ),
            ("regionalSettings.timezone", TIMEZONE),
            (
                "roles[]",
                "uri!:s id!:s autoAssigned:b displayName:s siteCompatible:b siteRestricted:b",
            ),
            ("references[]", "ref!:s type!:s refAccId:s"),
            ("site", "id:s uri:s name:s code:s"),
            ("costCenter", "id:s name:s"),
            ("assignedCountry", COUNTRY),
        ],
    );
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
    let record = "id!:n uri!:s contact!:o extensionNumber:s name!:s permissions!:o profileImage!:o references:a \
         partnerId:s status!:s type!:s subType:s callQueueInfo:o hidden!:b roles:a site:o assignedCountry:o \
         costCenter:o creationTime:d alertTimer:n";
    check(
        &body,
        &[
            PAGED,
            PAGING,
            NAVIGATION,
            ("records[]", record),
            ("records[].contact", CONTACT),
            (
                "records[].callQueueInfo",
                "slaGoal:n slaThresholdSeconds:n includeAbandonedCalls:b abandonedThresholdSeconds:n",
            ),
        ],
    );
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
    let common = "id!:n uri!:s phoneNumber!:s usageType!:s type!:s subType:s paymentType!:s status!:s country!:o \
         extension:o label:s location:s primary:b callerIdName:s contactCenterProvider:o";
    let of_extension = format!("{common} features!:a");
    let of_account = format!("{common} temporaryNumber:o vanityPattern:s activationStatus:s");
    let body = world.get(&format!("{EXTENSION}/phone-number")).await.ok();
    let nested = [
        PAGED,
        PAGING,
        NAVIGATION,
        ("records[].country", "id!:s uri!:s name!:s"),
        (
            "records[].extension",
            "id!:n uri!:s extensionNumber!:s partnerId:s type:s name:s",
        ),
    ];
    check(&body, &nested);
    check(&body, &[("records[]", &of_extension)]);
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
    check(&body, &nested);
    check(&body, &[("records[]", &of_account)]);
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
    let grant = [
        (
            "permission",
            "uri!:s id!:s siteCompatible:s readOnly:b assignable:b permissionsCapabilities:o",
        ),
        ("effectiveRole", "uri!:s id!:s domain:s"),
    ];
    let body = world.get(&profile).await.ok();
    check(
        &body,
        &[
            ("", "uri!:s permissions!:a"),
            ("permissions[]", "permission!:o effectiveRole!:o scopes!:a"),
        ],
    );
    for permission in body["permissions"].as_array().unwrap() {
        check(permission, &grant);
    }
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
        check(
            &body,
            &[
                ("", "uri!:s successful!:b details:o"),
                ("details", "permission!:o effectiveRole!:o scopes!:a"),
            ],
        );
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
    let record = "id!:s uri!:s sessionId!:s startTime!:d type!:s direction!:s action!:s result:s reason:s \
         reasonDescription:s duration:n durationMs:n telephonySessionId:s partyId:s sipUuidInfo:s internalType:s \
         transport:s from:o to:o extension:o recording:o message:o delegate:o delegationType:s billing:o \
         transferTarget:o transferee:o shortRecording:b deleted:b metadataCategories:a lastModifiedTime:d";
    let leg = "startTime!:d type!:s direction!:s action!:s result:s reason:s reasonDescription:s duration:n \
         durationMs:n telephonySessionId:s partyId:s sipUuidInfo:s internalType:s transport:s from:o to:o extension:o \
         recording:o message:o delegate:o delegationType:s billing:o transferTarget:o transferee:o shortRecording:b \
         legType!:s master:b";
    for path in [EXTENSION, ACCOUNT] {
        for view in ["Simple", "Detailed"] {
            let body = world
                .get(&format!(
                    "{path}/call-log?perPage=max&view={view}&dateFrom={from}"
                ))
                .await
                .ok();
            let with_legs = format!("{record} legs!:a");
            let fields = if view == "Detailed" {
                with_legs.as_str()
            } else {
                record
            };
            check(
                &body,
                &[
                    PAGED,
                    PAGING,
                    NAVIGATION,
                    ("records[]", fields),
                    ("records[].from", CALL_PARTY),
                    ("records[].to", CALL_PARTY),
                    ("records[].extension", "id!:n uri!:s"),
                    ("records[].recording", "id!:s uri!:s type!:s contentUri!:s"),
                    ("records[].message", "id!:s type!:s uri!:s"),
                    ("records[].billing", "costIncluded:f costPurchased:f"),
                    ("records[].legs[]", leg),
                    ("records[].legs[].extension", "id!:n uri!:s"),
                ],
            );
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
    let common = "id!:n uri!:s extensionId:s type!:s from!:o to!:a direction!:s availability!:s readStatus!:s \
         messageStatus!:s priority!:s creationTime!:d lastModifiedTime!:d attachments!:a";
    let own = [
        (
            "SMS",
            "subject!:s conversationId!:n conversation!:o smsDeliveryTime:d smsSendingAttemptsCount:n segmentCount:n deliveryErrorCode:s",
        ),
        (
            "Pager",
            "subject!:s conversationId!:n conversation!:o pgToDepartment:b",
        ),
        (
            "VoiceMail",
            "vmTranscriptionStatus!:s private:b owner:o forwarding:o",
        ),
        (
            "Fax",
            "faxPageCount!:n faxResolution!:s coverIndex:n coverPageText:s",
        ),
    ];
    for (kind, fields) in own {
        let path = format!("{EXTENSION}/message-store?messageType={kind}&dateFrom={from}");
        let token = if kind == "Pager" { &world.ben } else { &world.ada };
        let body = world.get_as(token, &path).await.ok();
        assert!(!body["records"].as_array().unwrap().is_empty(), "{kind}");
        let fields = format!("{common} {fields}");
        check(
            &body,
            &[
                PAGED,
                PAGING,
                NAVIGATION,
                ("records[]", &fields),
                ("records[].from", CALL_PARTY),
                (
                    "records[].to[]",
                    "phoneNumber:s extensionNumber:s extensionId:s name:s location:s target:b messageStatus:s \
                     faxErrorCode:s recipientId:s",
                ),
                ("records[].conversation", "id!:s uri!:s"),
                ("records[].owner", "extensionId!:s extensionType!:s name!:s"),
                (
                    "records[].attachments[]",
                    "id!:n uri!:s type!:s contentType!:s vmDuration:n fileName:s size:n height:n width:n",
                ),
            ],
        );
    }
}

#[tokio::test]
async fn a_recording_and_its_sound() {
    let world = World::start().await;
    let from = world.days_ago(31).await;
    let list = format!("{EXTENSION}/call-log?recordingType=All&perPage=1&dateFrom={from}");
    let call = world.get(&list).await.ok()["records"][0].clone();
    let info = world.get(call["recording"]["uri"].as_str().unwrap()).await.ok();
    check(
        &info,
        &[("", "id!:s uri:s contentUri!:s contentType!:s duration!:n")],
    );
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
    let named = world
        .get(&format!(
            "{content}?contentDisposition=Attachment&contentDispositionFilename=call.wav"
        ))
        .await;
    assert_eq!(
        named.header("content-disposition"),
        "attachment; filename=\"call.wav\""
    );
    // Another user's call is not for everybody's ears, and what does not exist is not found.
    assert_eq!(world.get_as(&world.ben, content).await.refused().1, "CMN-404");
    let missing = world.get(&format!("{ACCOUNT}/recording/1")).await;
    assert_eq!(missing.refused(), (404, "CMN-102".into(), "recordingId".into()));
}
