//! What an app may do (app permissions) and what a person may do (user permissions).

use std::sync::LazyLock;

use rusqlite::OptionalExtension;

use crate::db::Transaction;

/// Every app permission there is; the demo apps have all of them.
pub(crate) const APP_PERMISSIONS: &[&str] = &[
    "A2PSMS",
    "Accounts",
    "Analytics",
    "CallControl",
    "Contacts",
    "DirectRingOut",
    "EditAccounts",
    "EditCallLog",
    "EditExtensions",
    "EditMessages",
    "EditPresence",
    "EditWebinars",
    "Faxes",
    "Glip",
    "GlipInternal",
    "InternalMessages",
    "Meetings",
    "ReadAccounts",
    "ReadAuditTrail",
    "ReadCallLog",
    "ReadCallRecording",
    "ReadContacts",
    "ReadMessages",
    "ReadPresence",
    "ReadWebinars",
    "RingOut",
    "RingSense",
    "RoleManagement",
    "SMS",
    "SubscriptionWebhook",
    "TeamMessaging",
    "TelephonySessions",
    "Video",
    "VoipCalling",
    "WebSocket",
    "WebSocketsSubscription",
];

/// The app permissions that hold another one: having `EditCallLog` is having `ReadCallLog`.
pub(crate) fn implied_by(permission: &str) -> &'static [&'static str] {
    match permission {
        "EditAccounts" => &["Accounts"],
        "EditExtensions" | "ReadAccounts" => &["EditAccounts", "Accounts"],
        "ReadCallLog" => &["EditCallLog", "ReadCallRecording"],
        "ReadContacts" => &["Contacts"],
        "ReadMessages" => &["EditMessages", "Faxes", "InternalMessages", "SMS"],
        "ReadPresence" => &["EditPresence"],
        "WebSocket" => &["WebSocketsSubscription"],
        "WebSocketsSubscription" => &["WebSocket"],
        _ => &[],
    }
}

/// What every user may do with what is theirs.
const STANDARD: &[&str] = &[
    "CallQueueToCallQueue",
    "EditBlockedNumbers",
    "EditCallLog",
    "EditCallerIDSettings",
    "EditMessages",
    "EditMessagesNotificationsSettings",
    "EditPersonalContacts",
    "EditPresenceStatus",
    "EditUserAnsweringRules",
    "EditUserCredentials",
    "EditUserForwardingFlipNumbers",
    "EditUserInfo",
    "Glip",
    "InternalSMS",
    "JoinLeaveCallQueue",
    "Meetings",
    "MeetingsRecordings",
    "OrganizeConference",
    "OutboundFaxes",
    "OutboundSMS",
    "ReadAssignedRoles",
    "ReadBlockedNumbers",
    "ReadCallLog",
    "ReadCallRecording",
    "ReadCallerIDSettings",
    "ReadCompanyInfo",
    "ReadExtensionGrant",
    "ReadExtensions",
    "ReadMessageContent",
    "ReadMessages",
    "ReadMessagesNotificationsSettings",
    "ReadPersonalContacts",
    "ReadPresenceStatus",
    "ReadServicePlanInfo",
    "ReadUserAnsweringRules",
    "ReadUserDevices",
    "ReadUserForwardingFlipNumbers",
    "ReadUserInfo",
    "ReadUserPhoneNumbers",
];

/// What only an administrator may do, beside [`STANDARD`].
const ADMIN: &[&str] = &[
    "AccountAdministration",
    "AddRemoveDevices",
    "AddRemoveUsers",
    "AutoReceptionist",
    "ConfigureEmergencyMaps",
    "CostCenterManagement",
    "EditAccountDevices",
    "EditAssignedRoles",
    "EditCallQueuePresence",
    "EditCompanyAnsweringRules",
    "EditCompanyCallRecordings",
    "EditCompanyDevices",
    "EditCompanyGreetings",
    "EditCompanyInfo",
    "EditCompanyPhoneNumbers",
    "EditExtensionInfo",
    "EditUserDevices",
    "EditUserRoles",
    "EmergencyFramework",
    "FullCompanyCallLog",
    "Groups",
    "ReadCompanyAnsweringRules",
    "ReadCompanyCallLog",
    "ReadCompanyDevices",
    "ReadCompanyGreetings",
    "ReadCompanyPhoneNumbers",
    "ReadSMSRegistration",
    "ReadUserRoles",
    "Roles",
    "Sites",
    "UserGroups",
    "Users",
];

/// Every user permission there is, in alphabetical order.
pub(crate) static USER_PERMISSIONS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut all = [STANDARD, ADMIN].concat();
    all.sort_unstable();
    all
});

/// The user permissions of an extension, in alphabetical order; none if it is unknown. Those that the seed names, or
/// those of an administrator or of everybody else.
pub(crate) fn user_permissions(
    tx: &Transaction<'_>,
    extension_id: i64,
) -> rusqlite::Result<Vec<&'static str>> {
    let found: Option<(bool, Option<String>)> = tx
        .prepare_cached("SELECT is_admin, permissions FROM extensions WHERE id = ?1")?
        .query_row([extension_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(match found {
        None => Vec::new(),
        Some((true, _)) => USER_PERMISSIONS.clone(),
        Some((false, Some(named))) => {
            let named: Vec<&str> = named.split_whitespace().collect();
            let all = USER_PERMISSIONS.iter().copied();
            all.filter(|permission| named.contains(permission)).collect()
        }
        Some((false, None)) => {
            let mut permissions = STANDARD.to_vec();
            permissions.sort_unstable();
            permissions
        }
    })
}
