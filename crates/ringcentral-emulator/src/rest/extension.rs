//! Extensions: the people and the machines of the company.

mod update;

pub(super) use update::update;

use rusqlite::Row;
use serde_json::{Value, json};

use super::account::{address, country, regional_settings};
use super::filter::{Filter, words};
use super::paging::{Listing, Page};
use super::{compact, profile_image, time};
use crate::call::Call;
use crate::reply::{ApiError, Reply};

const STATUSES: &[&str] = &["Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned"];
const TYPES: &[&str] = &[
    "User",
    "Department",
    "Announcement",
    "Voicemail",
    "DigitalUser",
    "VirtualUser",
    "FaxUser",
    "PagingOnly",
    "SharedLinesGroup",
    "DelegatedLinesGroup",
    "GroupCallPickup",
    "IvrMenu",
    "ApplicationExtension",
    "ProxyAdmin",
    "RoomConnector",
    "ParkLocation",
    "Limited",
    "Bot",
    "Site",
    "Room",
    "FlexibleUser",
    "TieLine",
    "Unknown",
];

/// Service features, and whether a user of the demo company has them.
pub(super) const FEATURES: &[(&str, bool)] = &[
    ("SMS", true),
    ("SMSReceiving", true),
    ("MMS", true),
    ("Pager", true),
    ("PagerReceiving", true),
    ("Fax", true),
    ("FaxReceiving", true),
    ("Voicemail", true),
    ("VoicemailToText", true),
    ("VoipCalling", true),
    ("WebPhone", true),
    ("RingOut", true),
    ("Presence", true),
    ("CallForwarding", true),
    ("Conferencing", true),
    ("AutomaticInboundCallRecording", true),
    ("AutomaticOutboundCallRecording", true),
    ("OnDemandCallRecording", true),
    ("DeveloperPortal", true),
    ("TelephonySessions", true),
    ("UserManagement", true),
    ("VideoConferencing", true),
    ("InternationalCalling", false),
    ("InternationalSMS", false),
    ("HipaaCompliance", false),
];

const COLUMNS: &str = "SELECT e.*, a.company,
        (SELECT p.phone_number FROM phone_numbers p WHERE p.extension_id = e.id ORDER BY p.id LIMIT 1) AS business_phone
     FROM extensions e JOIN accounts a ON a.id = e.account_id";

/// `GET A/extension`
pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let account = call.account()?;
    let query = &call.request.query;
    let page = Page::of(query)?;
    let mut filter = Filter::default();
    filter.and("e.account_id = ?", [account]);
    if let Some(number) = query.first("extensionNumber") {
        filter.and("e.extension_number = ?", [number.trim().to_owned()]);
    }
    filter.any("e.email COLLATE NOCASE", words(query.all("email")));
    filter.any("e.type", words(query.any_of("type", TYPES)?));
    filter_status(&mut filter, &query.any_of("status", STATUSES)?);
    let total = call
        .tx
        .prepare_cached(&format!("SELECT count(*) FROM extensions e{}", filter.sql()))?
        .query_row(rusqlite::params_from_iter(filter.values(&[])), |row| row.get(0))?;
    let mut records = call
        .tx
        .prepare_cached(&format!(
            "{COLUMNS}{} ORDER BY e.id LIMIT ? OFFSET ?",
            filter.sql()
        ))?
        .query_map(rusqlite::params_from_iter(filter.values(&page.limits())), |row| {
            summary(call, row)
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let more = page.cut(&mut records);
    let path = format!("/restapi/v1.0/account/{account}/extension");
    Ok(Listing {
        call,
        path,
        page,
        pinned: Vec::new(),
    }
    .reply(records, more, Some(total)))
}

/// `Unassigned` means that there is no extension number.
fn filter_status(filter: &mut Filter, statuses: &[&str]) {
    if statuses.is_empty() {
        return;
    }
    let named: Vec<String> = statuses
        .iter()
        .filter(|s| **s != "Unassigned")
        .map(|s| (*s).to_owned())
        .collect();
    let mut alternatives = Vec::new();
    if !named.is_empty() {
        alternatives.push(format!("e.status IN ({})", vec!["?"; named.len()].join(", ")));
    }
    if named.len() < statuses.len() {
        alternatives.push("e.extension_number IS NULL".to_owned());
    }
    filter.and(&format!("({})", alternatives.join(" OR ")), named);
}

/// `GET E`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let id = call.extension()?;
    let extension = call
        .tx
        .prepare_cached(&format!("{COLUMNS} WHERE e.id = ?1"))?
        .query_row([id], |row| full(call, row))?;
    Ok(Reply::json(&extension))
}

/// What a list shows of an extension.
fn summary(call: &Call<'_>, row: &Row<'_>) -> rusqlite::Result<Value> {
    Ok(compact(base(call, row)?))
}

/// Everything about an extension.
fn full(call: &Call<'_>, row: &Row<'_>) -> rusqlite::Result<Value> {
    let mut extension = base(call, row)?;
    let account: i64 = row.get("account_id")?;
    let number: Option<String> = row.get("extension_number")?;
    let kind: String = row.get("type")?;
    extension["account"] =
        json!({ "id": account.to_string(), "uri": call.uri(&format!("/restapi/v1.0/account/{account}")) });
    extension["extensionNumbers"] = number.into_iter().collect();
    extension["regionalSettings"] = regional_settings(call);
    extension["setupWizardState"] = row.get::<_, String>("setup_state")?.into();
    extension["siteAccess"] = "Unlimited".into();
    if kind == "User" {
        extension["serviceFeatures"] = features();
        extension["departments"] = json!([]);
        extension["customFields"] = json!([]);
    }
    if row.get::<_, String>("status")? == "Disabled" {
        extension["statusInfo"] =
            json!({ "comment": "The account's administrator disabled it", "reason": "Voluntarily" });
    }
    Ok(compact(extension))
}

fn features() -> Value {
    FEATURES
        .iter()
        .map(|(name, enabled)| {
            let reason = (!enabled).then_some("AccountLimitation");
            json!({ "featureName": name, "enabled": enabled, "reason": reason })
        })
        .collect()
}

fn base(call: &Call<'_>, row: &Row<'_>) -> rusqlite::Result<Value> {
    let id: i64 = row.get("id")?;
    let account: i64 = row.get("account_id")?;
    let kind: String = row.get("type")?;
    let path = format!("/restapi/v1.0/account/{account}/extension/{id}");
    let is_admin: bool = row.get("is_admin")?;
    let user = kind == "User";
    let queue = (kind == "Department").then(|| {
        json!({
            "slaGoal": 80,
            "slaThresholdSeconds": 30,
            "includeAbandonedCalls": true,
            "abandonedThresholdSeconds": 5,
        })
    });
    Ok(json!({
        "id": id,
        "uri": call.uri(&path),
        "extensionNumber": row.get::<_, Option<String>>("extension_number")?,
        "name": row.get::<_, String>("name")?,
        "partnerId": format!("partner-{id}"),
        "contact": contact(row)?,
        "type": kind,
        "subType": "Unknown",
        "status": row.get::<_, String>("status")?,
        "hidden": row.get::<_, bool>("hidden")?,
        "permissions": {
            "admin": { "enabled": is_admin },
            "internationalCalling": { "enabled": false },
        },
        "profileImage": profile_image::link(call, id, &path)?,
        "references": [{ "ref": format!("directory-{id}"), "type": "CustomerDirectoryId" }],
        "roles": user.then(|| json!([role(call, account, is_admin)])),
        "site": { "id": "main-site", "name": "Main Site", "code": "0" },
        "costCenter": { "id": "1", "name": "Coffee" },
        "callQueueInfo": queue,
        "assignedCountry": country(call),
        "creationTime": time(row.get("created_ms")?),
    }))
}

fn contact(row: &Row<'_>) -> rusqlite::Result<Value> {
    let first_name: Option<String> = row.get("first_name")?;
    let name: String = row.get("name")?;
    let person = first_name.is_some();
    Ok(json!({
        "firstName": first_name.unwrap_or_else(|| name.clone()),
        "lastName": row.get::<_, Option<String>>("last_name")?,
        "name": name,
        "company": row.get::<_, String>("company")?,
        "jobTitle": row.get::<_, Option<String>>("job_title")?,
        "department": row.get::<_, Option<String>>("department")?,
        "email": row.get::<_, Option<String>>("email")?,
        "businessPhone": row.get::<_, Option<String>>("business_phone")?,
        "mobilePhone": row.get::<_, Option<String>>("mobile_phone")?,
        "businessAddress": address(),
        "emailAsLoginName": person,
        "pronouncedName": { "type": "Default", "text": name },
    }))
}

fn role(call: &Call<'_>, account: i64, is_admin: bool) -> Value {
    let (id, name) = if is_admin {
        ("1", "Super Admin")
    } else {
        ("4", "Standard (International)")
    };
    json!({
        "id": id,
        "uri": call.uri(&format!("/restapi/v1.0/account/{account}/user-role/{id}")),
        "displayName": name,
        "autoAssigned": false,
        "siteCompatible": true,
        "siteRestricted": false,
    })
}
