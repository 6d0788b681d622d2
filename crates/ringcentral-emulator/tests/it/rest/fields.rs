//! The field tables of the platform, by operation. Every JSON answer of every test of the REST operations goes through
//! here: names, types, and what must be there.

use reqwest::Method;
use serde_json::Value;

use super::Answer;
use super::shape::check;

const PAGED: (&str, &str) = ("", "uri!:s records!:a paging!:o navigation!:o");
const PAGING: (&str, &str) = (
    "paging",
    "page:n perPage!:n pageStart:n pageEnd:n totalPages:n totalElements:n",
);
const NAVIGATION: (&str, &str) = ("navigation", "firstPage!:o previousPage:o nextPage:o lastPage:o");
const COUNTRY: &str = "id!:s uri!:s name!:s isoCode!:s callingCode!:s";
const LANGUAGE: &str = "id!:s localeCode!:s name!:s";
const TIMEZONE: &str = "uri!:s id!:s name!:s description:s bias!:s";
const PARTY: &str = "phoneNumber:s extensionNumber:s extensionId:s name:s location:s";
const CONTACT: &str = "firstName:s lastName:s name:s company:s jobTitle:s email:s businessPhone:s mobilePhone:s \
     businessAddress:o emailAsLoginName:b pronouncedName:o department:s";
const ADDRESS: &str = "country:s state:s city:s street:s zip:s";
const SERVICE: &str =
    "uri!:s billingPlan:o brand!:o servicePlan:o targetServicePlan:o contractedCountry:o uBrand:o";
const ERROR: &str = "parameterName:s parameterValue:s permissionName:s parameterMaxItemCount:n";

/// Checks an answer against the table of its operation. A JSON answer of an operation without a table is an error.
pub(super) fn check_answer(method: &Method, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap_or_default();
    let path = path.find("/restapi").map_or("", |at| &path[at..]);
    let kind = answer.header("content-type");
    if path.is_empty() || path.starts_with("/restapi/oauth/") {
        return;
    }
    let place = format!("{method} {path}");
    match answer.status {
        204 | 304 => assert!(answer.bytes.is_empty(), "{place}"),
        207 => {
            for (status, body) in parts(answer) {
                check_body(method, path, status, &body);
            }
        }
        status if status >= 400 || (kind.starts_with("application/json") && !is_content(path)) => {
            assert!(kind.starts_with("application/json"), "{place} is {kind}");
            check_body(method, path, status, &answer.json());
        }
        _ => assert!(is_content(path), "{place} is {kind}"),
    }
}

fn is_content(path: &str) -> bool {
    path.contains("/content") || path.ends_with("/profile-image")
}

/// The parts of a 207, in either form, with their statuses.
pub(super) fn parts(answer: &Answer) -> Vec<(u16, Value)> {
    let status =
        |value: &Value| u16::try_from(value["status"].as_u64().expect("a status")).expect("a status");
    if answer
        .header("content-type")
        .starts_with("application/vnd.ringcentral.multipart+json")
    {
        let items = answer.json();
        check_each(&items, "resourceId!:s status!:n body:o");
        return items
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| (status(item), item["body"].clone()))
            .collect();
    }
    let kind = answer.header("content-type");
    let boundary = kind
        .strip_prefix("multipart/mixed; boundary=")
        .unwrap_or_else(|| panic!("{kind} is no 207"));
    assert!(
        !boundary.contains('"'),
        "clients take the quotes for a part of it"
    );
    let text = String::from_utf8(answer.bytes.clone()).expect("text");
    let mut bodies: Vec<Value> = text
        .split(&format!("--{boundary}"))
        .filter(|part| part.contains("application/json"))
        .map(|part| {
            let (head, body) = part.split_once("\r\n\r\n").expect("a head and a body");
            assert_eq!(head.trim(), "Content-Type: application/json");
            serde_json::from_str(body).expect("JSON")
        })
        .collect();
    let summary = bodies.remove(0);
    let items = summary["response"].as_array().expect("a summary").clone();
    check_each(&summary["response"], "href!:s status!:n responseDescription!:s");
    assert_eq!(items.len(), bodies.len(), "a part for each resource");
    items.iter().map(status).zip(bodies).collect()
}

fn check_each(items: &Value, fields: &str) {
    for item in items.as_array().expect("a list") {
        check(item, &[("", fields)]);
    }
}

fn check_body(method: &Method, path: &str, status: u16, body: &Value) {
    if status >= 400 {
        let fields = format!("errorCode!:s message!:s errors!:a {ERROR}");
        let inner = format!("errorCode!:s message!:s {ERROR}");
        return check(body, &[("", &fields), ("errors[]", &inner)]);
    }
    if status == 204 || (status == 200 && body.is_null()) {
        return;
    }
    let key = format!("{method} {}", short(path));
    let parts: Vec<&str> = key.split('/').collect();
    let fits = |template: &&(&str, Table)| {
        let wanted: Vec<&str> = template.0.split('/').collect();
        wanted.len() == parts.len()
            && wanted
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| *wanted == "{}" || wanted == part)
    };
    match ANSWERS.iter().find(fits) {
        Some((_, table)) => table(body),
        None => panic!("{key} has no field table: {body}"),
    }
}

/// `A` for an account, `E` for an extension, `D` for the dictionaries.
fn short(path: &str) -> String {
    let path = path.trim_end_matches('/');
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["restapi", "v1.0", "account", _, "extension", _, rest @ ..] => [&["E"], rest].concat().join("/"),
        ["restapi", "v1.0", "account", _, rest @ ..] => [&["A"], rest].concat().join("/"),
        ["restapi", "v1.0", "dictionary", rest @ ..] => [&["D"], rest].concat().join("/"),
        ["restapi", "v2", "accounts", _, rest @ ..] => [&["V2"], rest].concat().join("/"),
        _ => path.to_owned(),
    }
}

/// Checks one body.
type Table = fn(&Value);

/// Operation, table. `{}` stands for any id.
const ANSWERS: &[(&str, Table)] = &[
    ("GET /restapi", versions),
    ("GET /restapi/v1.0", version),
    ("GET /restapi/v1.0/status", |body| {
        check(body, &[("", "status!:s")]);
    }),
    ("GET /restapi/v1.0/client-info", |body| {
        check(body, &[("", "uri!:s client!:o")]);
    }),
    ("GET A", account),
    ("GET A/service-info", service_info),
    ("GET A/business-address", |body| {
        check(
            body,
            &[
                ("", "uri!:s businessAddress!:o company!:s email:s mainSiteName:s"),
                ("businessAddress", ADDRESS),
            ],
        );
    }),
    ("GET A/extension", extensions),
    ("GET E", extension),
    ("PUT E", extension),
    ("GET E/authz-profile", |body| {
        check(body, &[("", "uri!:s permissions!:a")]);
        grants(body, "permissions[]");
    }),
    ("GET E/authz-profile/check", |body| {
        check(body, &[("", "uri!:s successful!:b details:o")]);
        grants(body, "details");
    }),
    ("GET A/phone-number", |body| {
        list(body);
        phone_numbers(
            body,
            "records[]",
            "temporaryNumber:o vanityPattern:s activationStatus:s",
        );
    }),
    ("GET A/phone-number/{}", |body| {
        phone_numbers(body, "", "temporaryNumber:o vanityPattern:s activationStatus:s");
    }),
    ("GET E/phone-number", |body| {
        list(body);
        phone_numbers(body, "records[]", "features!:a");
    }),
    ("GET V2/phone-numbers", |body| {
        check(
            body,
            &[
                ("", "records!:a paging!:o"),
                PAGING,
                (
                    "records[]",
                    "id!:s phoneNumber!:s type!:s tollType!:s usageType!:s byocNumber:b mobileNumber:b \
                     hotDeskNumber:b contactCenterProvider:o activationStatus:s status!:s callerIdName:s \
                     extension:o providerId:s",
                ),
                ("records[].extension", "id!:s extensionNumber:s"),
            ],
        );
    }),
    ("GET A/call-log", call_log),
    ("GET E/call-log", call_log),
    ("GET A/active-calls", call_log),
    ("GET E/active-calls", call_log),
    ("GET A/call-log/{}", call_record),
    ("GET E/call-log/{}", call_record),
    ("GET A/call-log-sync", |body| call_sync(body, "")),
    ("GET E/call-log-sync", |body| call_sync(body, "")),
    ("GET A/call-log-extract-sync", |body| {
        call_sync(body, "newerRecordsExist!:b");
    }),
    ("GET A/recording/{}", |body| {
        check(
            body,
            &[("", "id!:s uri:s contentUri!:s contentType!:s duration!:n")],
        );
    }),
    ("POST E/ring-out", ring_out),
    ("GET E/ring-out/{}", ring_out),
    ("POST E/ringout", ring_out),
    ("GET E/ringout/{}", ring_out),
    ("GET E/presence", presence),
    ("PUT E/presence", presence),
    ("GET A/presence", |body| {
        list(body);
        body["records"]
            .as_array()
            .expect("a list")
            .iter()
            .for_each(presence);
    }),
    ("POST E/sms", message),
    ("POST E/mms", message),
    ("POST E/company-pager", message),
    ("POST E/fax", sent_fax),
    ("GET E/message-store", |body| {
        list(body);
        body["records"]
            .as_array()
            .expect("a list")
            .iter()
            .for_each(message);
    }),
    ("GET E/message-store/{}", message),
    ("PUT E/message-store/{}", message),
    ("PATCH E/message-store/{}", message),
    ("GET E/message-sync", message_sync),
    ("GET E/address-book/contact", |body| {
        list(body);
        body["records"]
            .as_array()
            .expect("a list")
            .iter()
            .for_each(contact);
    }),
    ("POST E/address-book/contact", contact),
    ("GET E/address-book/contact/{}", contact),
    ("PUT E/address-book/contact/{}", contact),
    ("PATCH E/address-book/contact/{}", contact),
    ("GET E/address-book-sync", |body| {
        check(
            body,
            &[
                ("", "uri!:s records!:a syncInfo!:o nextPageId:n nextPageUri:s"),
                (
                    "syncInfo",
                    "syncType!:s syncToken!:s syncTime!:d olderRecordsExist:b",
                ),
            ],
        );
        body["records"]
            .as_array()
            .expect("a list")
            .iter()
            .for_each(contact);
    }),
    ("GET E/forwarding-number", |body| {
        dictionary(body, FORWARDING_NUMBER);
    }),
    ("GET E/forwarding-number/{}", |body| {
        check(body, &[("", FORWARDING_NUMBER)]);
    }),
    ("GET D/country", |body| dictionary(body, COUNTRY_ENTRY)),
    ("GET D/country/{}", |body| check(body, &[("", COUNTRY_ENTRY)])),
    ("GET D/state", |body| {
        dictionary(body, STATE);
        check(body, &[("records[].country", "id!:s uri!:s")]);
    }),
    ("GET D/state/{}", |body| check(body, &[("", STATE)])),
    ("GET D/timezone", |body| dictionary(body, TIMEZONE)),
    ("GET D/timezone/{}", |body| check(body, &[("", TIMEZONE)])),
    ("GET D/language", |body| dictionary(body, LANGUAGE_ENTRY)),
    ("GET D/language/{}", |body| check(body, &[("", LANGUAGE_ENTRY)])),
    ("GET D/location", |body| {
        dictionary(body, "uri:s areaCode!:s city!:s npa:s nxx:s state!:o");
        check(body, &[("records[].state", "id!:s uri!:s")]);
    }),
    ("GET D/permission", |body| dictionary(body, PERMISSION)),
    ("GET D/permission/{}", |body| check(body, &[("", PERMISSION)])),
    ("GET D/fax-cover-page", |body| dictionary(body, "id!:s name!:s")),
];

const COUNTRY_ENTRY: &str = "id!:s uri!:s name!:s isoCode!:s callingCode!:s emergencyCalling:b numberSelling:b \
     loginAllowed:b signupAllowed:b freeSoftphoneLine:b localDialing:b";
const FORWARDING_NUMBER: &str =
    "id!:s uri!:s phoneNumber!:s label!:s features:a flipNumber:s device:o type!:s extension:o";
const STATE: &str = "id!:s uri!:s country!:o isoCode!:s name!:s";
const LANGUAGE_ENTRY: &str = "id!:s uri!:s greeting:b formattingLocale:b localeCode!:s isoCode:s name!:s ui:b \
     timeFormat:s dateFormat:s";
const PERMISSION: &str = "uri!:s id!:s displayName!:s description:s assignable:b readOnly:b siteCompatible:s \
     category:o includedPermissions:a";

fn list(body: &Value) {
    check(body, &[PAGED, PAGING, NAVIGATION]);
}

fn dictionary(body: &Value, entry: &str) {
    list(body);
    check(body, &[("records[]", entry)]);
}

fn versions(body: &Value) {
    check(
        body,
        &[
            ("", "uri!:s apiVersions!:a serverVersion!:s serverRevision!:s"),
            (
                "apiVersions[]",
                "uri!:s versionString!:s releaseDate!:d uriString!:s",
            ),
        ],
    );
}

/// Sources disagree on its form, so it has the members of both.
fn version(body: &Value) {
    check(
        body,
        &[(
            "",
            "uri!:s versionString!:s releaseDate!:d uriString!:s apiVersions!:a serverVersion!:s serverRevision!:s",
        )],
    );
}

fn account(body: &Value) {
    check(
        body,
        &[
            (
                "",
                "id!:n uri!:s bsid:s mainNumber!:s partnerId:s cfid:s operator!:o serviceInfo!:o setupWizardState!:s \
                 signupInfo:o status!:s statusInfo:o regionalSettings!:o federated:b outboundCallPrefix:n limits:o",
            ),
            ("operator", "uri!:s id!:n extensionNumber!:s partnerId:s"),
            ("serviceInfo", SERVICE),
            (
                "signupInfo",
                "tosAccepted:b signupState:a verificationReason:s marketingAccepted:b creationTime:d",
            ),
            (
                "regionalSettings",
                "homeCountry!:o timezone!:o language!:o greetingLanguage!:o formattingLocale!:o timeFormat!:s \
                 currency!:o",
            ),
            (
                "regionalSettings.currency",
                "id!:n code!:s name!:s symbol!:s minorSymbol!:s",
            ),
        ],
    );
    service(&body["serviceInfo"]);
    regional(&body["regionalSettings"]);
}

fn service_info(body: &Value) {
    let fields = format!("{SERVICE} servicePlanName:s serviceFeatures:a limits:o package:o");
    check(
        body,
        &[
            ("", &fields),
            ("serviceFeatures[]", "featureName!:s enabled!:b"),
            (
                "limits",
                "freeSoftPhoneLinesPerExtension:n meetingSize:n cloudRecordingStorage:n \
                 maxMonitoredExtensionsPerUser:n maxExtensionNumberLength:n siteCodeLength:n \
                 shortExtensionNumberLength:n",
            ),
        ],
    );
    service(body);
}

fn service(body: &Value) {
    let plan = "id:s name:s edition:s freemiumProductType:s";
    check(
        body,
        &[
            (
                "billingPlan",
                "id!:s name:s durationUnit:s duration:n type:s includedPhoneLines:n",
            ),
            ("brand", "id!:s name!:s homeCountry!:o"),
            ("servicePlan", plan),
            ("targetServicePlan", plan),
            ("contractedCountry", "id!:s uri!:s"),
            ("uBrand", "id!:s name!:s"),
        ],
    );
}

fn regional(body: &Value) {
    check(
        body,
        &[
            ("homeCountry", COUNTRY),
            ("timezone", TIMEZONE),
            ("language", LANGUAGE),
            ("greetingLanguage", LANGUAGE),
            ("formattingLocale", LANGUAGE),
        ],
    );
}

fn extension(body: &Value) {
    check(
        body,
        &[
            (
                "",
                "id!:n uri!:s account!:o contact!:o extensionNumber!:s extensionNumbers:a name!:s partnerId:s \
                 permissions!:o profileImage!:o regionalSettings!:o serviceFeatures:a setupWizardState!:s status!:s \
                 statusInfo:o type!:s subType:s hidden!:b roles:a references:a departments:a site:o costCenter:o \
                 customFields:a assignedCountry:o callQueueInfo:o creationTime:d siteAccess:s alertTimer:n",
            ),
            ("account", "id!:s uri!:s"),
            ("contact", CONTACT),
            ("contact.businessAddress", ADDRESS),
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
            (
                "roles[]",
                "uri!:s id!:s autoAssigned:b displayName:s siteCompatible:b siteRestricted:b",
            ),
            ("references[]", "ref!:s type!:s refAccId:s"),
            ("site", "id:s uri:s name:s code:s"),
            ("costCenter", "id:s name:s"),
            ("assignedCountry", COUNTRY),
            ("statusInfo", "comment:s reason:s"),
        ],
    );
    regional(&body["regionalSettings"]);
}

fn extensions(body: &Value) {
    list(body);
    check(
        body,
        &[
            (
                "records[]",
                "id!:n uri!:s contact!:o extensionNumber:s name!:s permissions!:o profileImage!:o references:a \
                 partnerId:s status!:s type!:s subType:s callQueueInfo:o hidden!:b roles:a site:o assignedCountry:o \
                 costCenter:o creationTime:d alertTimer:n",
            ),
            ("records[].contact", CONTACT),
            (
                "records[].callQueueInfo",
                "slaGoal:n slaThresholdSeconds:n includeAbandonedCalls:b abandonedThresholdSeconds:n",
            ),
        ],
    );
}

fn grants(body: &Value, place: &str) {
    let permission = format!("{place}.permission");
    let role = format!("{place}.effectiveRole");
    check(
        body,
        &[
            (place, "permission!:o effectiveRole!:o scopes!:a"),
            (
                &permission,
                "uri!:s id!:s siteCompatible:s readOnly:b assignable:b permissionsCapabilities:o",
            ),
            (&role, "uri!:s id!:s domain:s"),
        ],
    );
}

fn phone_numbers(body: &Value, place: &str, more: &str) {
    let fields = format!(
        "id!:n uri!:s phoneNumber!:s usageType!:s type!:s subType:s paymentType!:s status!:s country!:o extension:o \
         label:s location:s primary:b callerIdName:s contactCenterProvider:o {more}"
    );
    let inner = |name: &str| {
        if place.is_empty() {
            name.to_owned()
        } else {
            format!("{place}.{name}")
        }
    };
    check(
        body,
        &[
            (place, &fields),
            (&inner("country"), "id!:s uri!:s name!:s"),
            (
                &inner("extension"),
                "id!:n uri!:s extensionNumber!:s partnerId:s type:s name:s",
            ),
        ],
    );
}

fn call_log(body: &Value) {
    list(body);
    body["records"]
        .as_array()
        .expect("a list")
        .iter()
        .for_each(call_record);
}

fn call_sync(body: &Value, more: &str) {
    let info = format!("syncType!:s syncToken!:s syncTime!:d {more}");
    check(
        body,
        &[("", "uri!:s records!:a syncInfo!:o"), ("syncInfo", &info)],
    );
    body["records"]
        .as_array()
        .expect("a list")
        .iter()
        .for_each(call_record);
}

fn call_record(body: &Value) {
    let common = "startTime!:d type!:s direction!:s action!:s result:s reason:s reasonDescription:s duration:n \
         durationMs:n telephonySessionId:s partyId:s sipUuidInfo:s internalType:s transport:s from:o to:o extension:o \
         recording:o message:o delegate:o delegationType:s billing:o transferTarget:o transferee:o shortRecording:b";
    let record = format!(
        "id!:s uri!:s sessionId!:s deleted:b metadataCategories:a lastModifiedTime:d legs:a {common}"
    );
    let leg = format!("legType!:s master:b {common}");
    let recording = "id!:s uri!:s type!:s contentUri!:s";
    check(
        body,
        &[
            ("", &record),
            ("from", PARTY),
            ("to", PARTY),
            ("extension", "id!:n uri!:s"),
            ("recording", recording),
            ("message", "id!:s type!:s uri!:s"),
            ("billing", "costIncluded:f costPurchased:f"),
            ("legs[]", &leg),
            ("legs[].from", PARTY),
            ("legs[].to", PARTY),
            ("legs[].extension", "id!:n uri!:s"),
            ("legs[].recording", recording),
        ],
    );
}

fn ring_out(body: &Value) {
    check(
        body,
        &[
            ("", "id!:s uri!:s status!:o"),
            ("status", "callStatus!:s callerStatus!:s calleeStatus!:s"),
        ],
    );
}

fn presence(body: &Value) {
    check(
        body,
        &[
            (
                "",
                "uri!:s extension!:o presenceStatus!:s userStatus!:s telephonyStatus!:s dndStatus!:s \
                 dndStatusPersonal:s acceptCallQueueCalls:b meetingStatus:s message:s allowSeeMyPresence:b \
                 callerIdVisibility:s ringOnMonitoredCall:b pickUpCallsOnHold:b cxTelephonyStatus:s \
                 aggregatedTelephonyStatus:s activeCalls:a",
            ),
            ("extension", "id!:n uri!:s extensionNumber!:s"),
            (
                "activeCalls[]",
                "id!:s direction!:s queueCall:b from!:s fromName:s to!:s toName:s startTime!:d telephonyStatus!:s \
                 sessionId!:s telephonySessionId!:s partyId!:s onBehalfOf:s terminationType:s sipData:o callInfo:o \
                 appearanceInfo:o",
            ),
            (
                "activeCalls[].sipData",
                "callId:s toTag:s fromTag:s remoteUri:s localUri:s rcSessionId:s",
            ),
        ],
    );
}

/// A message, whose members depend on what it is.
fn message(body: &Value) {
    if body["availability"] == "Purged" {
        let fields = "id!:n uri!:s extensionId:s type:s availability!:s lastModifiedTime:d";
        return check(body, &[("", fields)]);
    }
    let (id, name) = ("extensionId!:s", "fileName:s");
    message_as(body, id, name);
}

/// The answer to a fax has no extension, and names files otherwise.
fn sent_fax(body: &Value) {
    message_as(body, "", "filename:s");
}

fn message_as(body: &Value, id: &str, name: &str) {
    let own = match body["type"].as_str().expect("a type") {
        "SMS" => {
            "subject!:s conversationId!:n conversation!:o smsDeliveryTime:d smsSendingAttemptsCount:n \
             segmentCount:n deliveryErrorCode:s"
        }
        "Pager" => "subject!:s conversationId!:n conversation!:o pgToDepartment!:b",
        "VoiceMail" => "vmTranscriptionStatus!:s private:b owner:o forwarding:o",
        "Fax" => "faxPageCount!:n faxResolution!:s coverIndex:n coverPageText:s",
        other => panic!("{other} is no type of message"),
    };
    let fields = format!(
        "id!:n uri!:s {id} type!:s from!:o to!:a direction!:s availability!:s readStatus!:s messageStatus!:s \
         priority!:s creationTime!:d lastModifiedTime!:d attachments!:a {own}"
    );
    let attachment =
        format!("id!:n uri!:s type!:s contentType!:s vmDuration:n {name} size:n height:n width:n");
    check(
        body,
        &[
            ("", &fields),
            ("from", PARTY),
            (
                "to[]",
                "phoneNumber:s extensionNumber:s extensionId:s name:s location:s target:b messageStatus:s \
                 faxErrorCode:s recipientId:s",
            ),
            ("conversation", "id!:s uri!:s"),
            ("owner", "extensionId!:s extensionType!:s name!:s"),
            ("attachments[]", &attachment),
        ],
    );
}

/// Of what was deleted, a synchronisation says only that.
fn message_sync(body: &Value) {
    check(
        body,
        &[
            ("", "uri!:s records!:a syncInfo!:o"),
            (
                "syncInfo",
                "syncType!:s syncToken!:s syncTime!:d olderRecordsExist!:b",
            ),
        ],
    );
    for record in body["records"].as_array().expect("a list") {
        if record["availability"] == "Alive" {
            message(record);
        } else {
            check(record, &[("", "id!:n uri!:s availability!:s")]);
        }
    }
}

fn contact(body: &Value) {
    check(
        body,
        &[
            (
                "",
                "uri!:s availability:s id!:n firstName:s lastName:s middleName:s nickName:s company:s jobTitle:s \
                 email:s email2:s email3:s birthday:s webPage:s notes:s homePhone:s homePhone2:s businessPhone:s \
                 businessPhone2:s mobilePhone:s businessFax:s companyPhone:s assistantPhone:s carPhone:s \
                 otherPhone:s otherFax:s callbackPhone:s businessAddress:o homeAddress:o otherAddress:o \
                 ringtoneIndex:s appInfo:s",
            ),
            ("businessAddress", ADDRESS),
            ("homeAddress", ADDRESS),
            ("otherAddress", ADDRESS),
        ],
    );
}

#[test]
fn an_answer_that_is_not_as_the_platform_gives_it_is_seen() {
    let fails = |method: Method, path: &'static str, status, body: &Value| {
        let answer = Answer {
            status,
            headers: [(
                reqwest::header::CONTENT_TYPE,
                reqwest::header::HeaderValue::from_static("application/json"),
            )]
            .into_iter()
            .collect(),
            bytes: body.to_string().into_bytes(),
        };
        std::panic::catch_unwind(move || check_answer(&method, path, &answer)).is_err()
    };
    let ring_out = serde_json::json!({ "id": "1", "uri": "x",
        "status": { "callStatus": "Success", "callerStatus": "Success", "calleeStatus": "Success" } });
    let path = "/restapi/v1.0/account/~/extension/~/ring-out/1?x=y";
    assert!(!fails(Method::GET, path, 200, &ring_out));
    let mut other = ring_out.clone();
    other["id"] = 1.into();
    assert!(fails(Method::GET, path, 200, &other), "a number for a text");
    other["id"] = "1".into();
    other["colour"] = "red".into();
    assert!(fails(Method::GET, path, 200, &other), "an unknown member");
    assert!(
        fails(Method::GET, path, 404, &ring_out),
        "an error in no error's shape"
    );
    assert!(
        fails(Method::GET, "/restapi/v1.0/account/~/unheard-of", 200, &ring_out),
        "an operation without a table"
    );
}
