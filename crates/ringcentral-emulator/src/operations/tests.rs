use http::Method;

use super::{Found, TABLE, table};

#[test]
fn every_row_of_the_table_is_found_by_its_own_path() {
    let mut rows = 0;
    for line in TABLE.lines().skip(1) {
        let mut columns = line.split(',');
        let (method, template) = (
            columns.next().unwrap_or_default(),
            columns.next().unwrap_or_default(),
        );
        let method: Method = method.parse().expect("a method");
        let Found::Operation(operation, _) = table().find(&method, template) else {
            panic!("{method} {template} is not found");
        };
        assert_eq!((&operation.method, operation.template), (&method, template));
        rows += 1;
    }
    assert!(rows > 600, "{rows} rows");
}

/// Most operations are known only from the table, so a row that was changed by mistake must show here.
#[test]
fn each_group_has_as_many_operations_as_the_definitions_say() {
    for (group, count) in [
        ("Light", 191),
        ("Medium", 279),
        ("Heavy", 134),
        ("Auth", 6),
        ("NoThrottling", 7),
    ] {
        let rows = TABLE.lines().skip(1).filter(|line| {
            let operation = super::read_row(line).expect("a row");
            operation.group == group
        });
        assert_eq!(rows.count(), count, "{group}");
    }
}

#[test]
fn every_handler_belongs_to_an_operation_of_the_table() {
    let unknown: Vec<_> = crate::rest::handlers()
        .iter()
        .filter(|(method, template, _)| {
            !["/restapi/v1.0/status", "/restapi/v1.0/client-info"].contains(template)
                && !TABLE
                    .lines()
                    .any(|line| line.starts_with(&format!("{method},{template},")))
        })
        .map(|(method, template, _)| format!("{method} {template}"))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn placeholders_are_decoded_and_methods_told_apart() {
    let Found::Operation(operation, params) =
        table().find(&Method::GET, "/restapi/v1.0/account/%7E/extension/101")
    else {
        panic!("an extension can be read");
    };
    assert_eq!(operation.group, "Light");
    assert_eq!((params.get("accountId"), params.get("extensionId")), ("~", "101"));
    assert!(
        matches!(table().find(&Method::PATCH, "/restapi"), Found::WrongMethod(methods) if methods == [Method::GET])
    );
    assert!(matches!(
        table().find(&Method::GET, "/restapi/v1.0/nothing"),
        Found::Nothing
    ));
}

/// How many operations each family of the newer definitions has in each group: two rows that changed places show here.
#[test]
fn each_family_has_as_many_operations_in_each_group_as_the_definitions_say() {
    const EXTENSIONS: &str = "/restapi/v1.0/account/{accountId}/extension";
    let of_extension = |path: &str| {
        path.strip_prefix(EXTENSIONS)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    for (family, light, medium, heavy) in [
        (EXTENSIONS, 32, 48, 23),
        ("/restapi/v1.0/account/", 66, 75, 49),
        ("/restapi/v1.0/client-info", 0, 0, 1),
        ("/restapi/v1.0/dictionary", 18, 2, 0),
        ("/restapi/v1.0/subscription", 3, 3, 0),
        ("/restapi/v2", 9, 23, 8),
        ("/scim", 8, 0, 4),
        ("/team-messaging/v1", 11, 51, 4),
        ("/webinar", 3, 3, 35),
        ("/rcvideo", 5, 7, 1),
        ("/ai/ringsense", 2, 0, 0),
        ("/analytics/calls", 2, 0, 0),
    ] {
        // What is an extension's does not count as its account's.
        let is_of_family = |path: &str| {
            if family == EXTENSIONS {
                of_extension(path)
            } else {
                path.starts_with(family) && !of_extension(path)
            }
        };
        let rows = TABLE
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect::<Vec<_>>());
        let groups: Vec<&str> = rows
            .filter(|columns| is_of_family(columns[1]))
            .map(|columns| columns[2])
            .collect();
        let count = |group: &str| groups.iter().filter(|known| **known == group).count();
        assert_eq!(
            (count("Light"), count("Medium"), count("Heavy")),
            (light, medium, heavy),
            "{family}"
        );
    }
}

/// Group, permission of the app, permission of the user, as the platform's pages on these endpoints tell them.
const CORE: &str = "
GET A · Light · ReadAccounts · ReadCompanyInfo
GET A/service-info · Light · ReadAccounts
GET A/business-address · Light
GET A/extension · Medium · ReadAccounts · ReadExtensions
GET E · Light · ReadAccounts · ReadExtensions
PUT E · Medium · EditExtensions · EditUserInfo OR EditUserCredentials
GET E/call-log · Heavy · ReadCallLog · ReadCallLog
DELETE E/call-log · Heavy · EditCallLog · EditCallLog
GET A/call-log · Heavy · ReadCallLog · FullCompanyCallLog
GET E/call-log/{callRecordId} · Heavy · ReadCallLog · ReadCallLog
GET A/call-log/{callRecordId} · Heavy · ReadCallLog · FullCompanyCallLog
GET E/call-log-sync · Heavy
GET A/call-log-sync · Heavy
GET A/call-log-extract-sync · Heavy
GET E/active-calls · Heavy · ReadCallLog · ReadCallLog
GET A/active-calls · Heavy · ReadCallLog · ReadCallLog
GET A/recording/{recordingId} · Heavy · ReadCallRecording
GET A/recording/{recordingId}/content · Heavy · ReadCallRecording
POST E/sms · Medium · SMS · OutboundSMS
POST E/mms · Medium · SMS · OutboundSMS
POST E/company-pager · Medium · InternalMessages · InternalSMS
POST E/fax · Heavy · Faxes · OutboundFaxes
GET /restapi/v1.0/dictionary/fax-cover-page · Light
GET E/message-store · Light · ReadMessages · ReadMessages
DELETE E/message-store · Medium · EditMessages · EditMessages
GET E/message-store/{messageId} · Light · ReadMessages · ReadMessages
PUT E/message-store/{messageId} · Medium · EditMessages · EditMessages
PATCH E/message-store/{messageId} · Medium · EditMessages · EditMessages
DELETE E/message-store/{messageId} · Medium · EditMessages · EditMessages
GET E/message-store/{messageId}/content/{attachmentId} · Medium · ReadMessages · ReadMessageContent
GET E/message-sync · Light · ReadMessages · ReadMessages
GET E/phone-number · Light · ReadAccounts · ReadUserPhoneNumbers
GET A/phone-number · Heavy · ReadAccounts · ReadCompanyPhoneNumbers
GET A/phone-number/{phoneNumberId} · Light
GET /restapi/v2/accounts/{accountId}/phone-numbers · Heavy
GET E/presence · Light · ReadPresence · ReadPresenceStatus
PUT E/presence · Medium · EditPresence
GET A/presence · Heavy
POST E/ring-out · Heavy · RingOut
GET E/ring-out/{ringoutId} · Light · RingOut
DELETE E/ring-out/{ringoutId} · Heavy · RingOut
POST /restapi/v1.0/subscription · Medium
GET /restapi/v1.0/subscription · Light
GET /restapi/v1.0/subscription/{subscriptionId} · Light
PUT /restapi/v1.0/subscription/{subscriptionId} · Medium
POST /restapi/v1.0/subscription/{subscriptionId}/renew · Light
DELETE /restapi/v1.0/subscription/{subscriptionId} · Medium
GET E/authz-profile · Medium ·  ·
GET E/authz-profile/check · Light
POST /restapi/v1.0/client-info/sip-provision · Heavy
POST /restapi/oauth/wstoken · Auth
GET /restapi/oauth/userinfo · Auth
GET /restapi · NoThrottling
GET /restapi/{apiVersion} · NoThrottling
GET /restapi/oauth/jwks · NoThrottling
GET /.well-known/openid-configuration · NoThrottling";

#[test]
fn the_core_endpoints_have_the_groups_and_permissions_of_their_pages() {
    let operations = table().list();
    for line in CORE.trim().lines() {
        let mut columns = line.split('·').map(str::trim);
        let (method, path) = columns
            .next()
            .and_then(|text| text.split_once(' '))
            .expect("an operation");
        let template = match path.split_once('/') {
            Some(("A", rest)) => format!("/restapi/v1.0/account/{{accountId}}/{rest}"),
            Some(("E", rest)) => {
                format!("/restapi/v1.0/account/{{accountId}}/extension/{{extensionId}}/{rest}")
            }
            None if path == "A" => "/restapi/v1.0/account/{accountId}".to_owned(),
            None => "/restapi/v1.0/account/{accountId}/extension/{extensionId}".to_owned(),
            Some(_) => path.to_owned(),
        };
        let operation = operations
            .iter()
            .find(|operation| operation.method.as_str() == method && operation.template == template)
            .unwrap_or_else(|| panic!("{line}: it is not in the table"));
        let own = [
            operation.group,
            operation.app_permission,
            operation.user_permission,
        ];
        // What a page leaves out is not known from it.
        for (said, own) in columns.zip(own) {
            assert_eq!(said, own, "{line}");
        }
    }
}
