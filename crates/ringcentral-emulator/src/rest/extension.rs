//! Extensions: the people and the machines of the company.

mod update;

pub(super) use update::update;

use std::sync::LazyLock;

use rusqlite::Row;
use serde::Serialize;
use serde_json::{Value, json};

use super::account::{address, country, regional_settings};
use super::cells::Cells;
use super::filter::{Filter, words};
use super::paging::{Listing, Page};
use super::{Time, compact, profile_image};
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

/// In the order in which [`summary`] reads; then what only [`full`] does.
const COLUMNS: &str = "SELECT e.id, e.account_id, e.extension_number, e.type, e.status, e.hidden, e.is_admin, e.created_ms,
        e.name, e.first_name, e.last_name, e.email, e.job_title, e.department, e.mobile_phone, a.company,
        (SELECT p.phone_number FROM phone_numbers p WHERE p.extension_id = e.id ORDER BY p.id LIMIT 1) AS business_phone,
        e.setup_state
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

/// Everything about an extension.
fn full(call: &Call<'_>, row: &Row<'_>) -> rusqlite::Result<Full> {
    let summary = summary(call, row)?;
    let (number, user) = (summary.extension_number.clone(), summary.kind == "User");
    let account: i64 = row.get("account_id")?;
    Ok(Full {
        account: json!({ "id": account.to_string(), "uri": call.uri(&format!("/restapi/v1.0/account/{account}")) }),
        extension_numbers: number.into_iter().collect(),
        regional_settings: regional_settings(call),
        setup_wizard_state: row.get("setup_state")?,
        site_access: "Unlimited",
        user: user.then(|| OfUser {
            service_features: &SERVICE_FEATURES,
            departments: [],
            custom_fields: [],
        }),
        status_info: (summary.status == "Disabled").then(
            || json!({ "comment": "The account's administrator disabled it", "reason": "Voluntarily" }),
        ),
        summary,
    })
}

/// What a list shows of an extension. What is not known is left out.
fn summary(call: &Call<'_>, row: &Row<'_>) -> rusqlite::Result<Summary> {
    let mut cells = Cells::of(row);
    let (id, account): (i64, i64) = (cells.next()?, cells.next()?);
    let (extension_number, kind): (_, String) = (cells.next()?, cells.next()?);
    let (status, hidden, is_admin): (_, _, bool) = (cells.next()?, cells.next()?, cells.next()?);
    let created_ms = cells.next()?;
    let contact = contact(&mut cells)?;
    let path = format!("/restapi/v1.0/account/{account}/extension/{id}");
    Ok(Summary {
        id,
        uri: call.uri(&path),
        extension_number,
        name: contact.name.clone(),
        partner_id: format!("partner-{id}"),
        contact,
        sub_type: "Unknown",
        status,
        hidden,
        permissions: if is_admin { &ADMINISTRATOR } else { &EVERYBODY },
        profile_image: profile_image::link(call, id, &path)?,
        references: [Reference {
            reference: format!("directory-{id}"),
            kind: "CustomerDirectoryId",
        }],
        roles: (kind == "User").then(|| [role(call, account, is_admin)]),
        site: &SITE,
        cost_center: &COST_CENTER,
        call_queue_info: (kind == "Department").then_some(&*CALL_QUEUE),
        kind,
        assigned_country: country(call),
        creation_time: Time(created_ms),
    })
}

fn contact(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Contact> {
    let (name, first_name): (String, Option<String>) = (cells.next()?, cells.next()?);
    Ok(Contact {
        email_as_login_name: first_name.is_some(),
        first_name: first_name.unwrap_or_else(|| name.clone()),
        pronounced_name: PronouncedName {
            kind: "Default",
            text: name.clone(),
        },
        name,
        last_name: cells.next()?,
        email: cells.next()?,
        job_title: cells.next()?,
        department: cells.next()?,
        mobile_phone: cells.next()?,
        company: cells.next()?,
        business_phone: cells.next()?,
        business_address: address(),
    })
}

/// What is the same for everybody is made once.
static SERVICE_FEATURES: LazyLock<Value> = LazyLock::new(|| {
    FEATURES
        .iter()
        .map(|(name, enabled)| {
            let reason = (!enabled).then_some("AccountLimitation");
            compact(json!({ "featureName": name, "enabled": enabled, "reason": reason }))
        })
        .collect()
});
static ADMINISTRATOR: LazyLock<Value> = LazyLock::new(|| permissions(true));
static EVERYBODY: LazyLock<Value> = LazyLock::new(|| permissions(false));
static SITE: LazyLock<Value> =
    LazyLock::new(|| json!({ "id": "main-site", "name": "Main Site", "code": "0" }));
static COST_CENTER: LazyLock<Value> = LazyLock::new(|| json!({ "id": "1", "name": "Coffee" }));
static CALL_QUEUE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "slaGoal": 80,
        "slaThresholdSeconds": 30,
        "includeAbandonedCalls": true,
        "abandonedThresholdSeconds": 5,
    })
});

fn permissions(is_admin: bool) -> Value {
    json!({ "admin": { "enabled": is_admin }, "internationalCalling": { "enabled": false } })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Full {
    #[serde(flatten)]
    summary: Summary,
    account: Value,
    extension_numbers: Vec<String>,
    regional_settings: Value,
    setup_wizard_state: String,
    site_access: &'static str,
    #[serde(flatten)]
    user: Option<OfUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_info: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfUser {
    service_features: &'static Value,
    departments: [(); 0],
    custom_fields: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    id: i64,
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_number: Option<String>,
    name: String,
    partner_id: String,
    contact: Contact,
    #[serde(rename = "type")]
    kind: String,
    sub_type: &'static str,
    status: String,
    hidden: bool,
    permissions: &'static Value,
    profile_image: Value,
    references: [Reference; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<[Value; 1]>,
    site: &'static Value,
    cost_center: &'static Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_queue_info: Option<&'static Value>,
    assigned_country: Value,
    creation_time: Time,
}

#[derive(Serialize)]
struct Reference {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Contact {
    first_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    name: String,
    company: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    business_phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_phone: Option<String>,
    business_address: Value,
    email_as_login_name: bool,
    pronounced_name: PronouncedName,
}

#[derive(Serialize)]
struct PronouncedName {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
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
