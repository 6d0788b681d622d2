//! Extensions: the people and the machines of the company.

mod update;

pub(super) use update::update;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::account::{Country, RegionalSettings, address, country, regional_settings};
use super::cells::Cells;
use super::filter::{Filter, words};
use super::paging::{Listing, Page};
use super::profile_image::ProfileImage;
use super::{Fixed, IdText, Link, Time, compact, fixed};
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
        (SELECT p.phone_number FROM phone_numbers p WHERE p.extension_id = e.id ORDER BY p.id LIMIT 1),
        i.content_type, i.modified_ms, i.etag, e.setup_state
     FROM extensions e JOIN accounts a ON a.id = e.account_id LEFT JOIN profile_images i ON i.extension_id = e.id";

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
            summary(call, &mut Cells::of(row))
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
        .query_row([id], |row| full(call, &mut Cells::of(row)))?;
    Ok(Reply::json(&extension))
}

/// Everything about an extension.
fn full<'a>(call: &Call<'a>, cells: &mut Cells<'_, '_>) -> rusqlite::Result<Full<'a>> {
    let summary = summary(call, cells)?;
    let (number, user) = (summary.extension_number.clone(), summary.kind == "User");
    // An extension of another account than the caller's does not exist for the caller.
    let account = call.caller.account_id;
    Ok(Full {
        account: Account {
            id: IdText(account),
            uri: Link::to(call, format!("/restapi/v1.0/account/{account}")),
        },
        extension_numbers: number.into_iter().collect(),
        regional_settings: regional_settings(call),
        setup_wizard_state: cells.next()?,
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
fn summary<'a>(call: &Call<'a>, cells: &mut Cells<'_, '_>) -> rusqlite::Result<Summary<'a>> {
    let (id, account): (i64, i64) = (cells.next()?, cells.next()?);
    let (extension_number, kind): (_, String) = (cells.next()?, cells.next()?);
    let (status, hidden, is_admin): (_, _, bool) = (cells.next()?, cells.next()?, cells.next()?);
    let created_ms = cells.next()?;
    let contact = contact(cells)?;
    let path = format!("/restapi/v1.0/account/{account}/extension/{id}");
    Ok(Summary {
        id,
        profile_image: ProfileImage::of(call, &path, cells)?,
        uri: Link::to(call, path),
        extension_number,
        name: contact.name.clone(),
        partner_id: format!("partner-{id}"),
        contact,
        sub_type: "Unknown",
        status,
        hidden,
        permissions: if is_admin { &ADMINISTRATOR } else { &EVERYBODY },
        references: [Reference {
            reference: format!("directory-{id}"),
            kind: "CustomerDirectoryId",
        }],
        roles: (kind == "User").then(|| [role(call, account, is_admin)]),
        site: &SITE,
        cost_center: &COST_CENTER,
        call_queue_info: (kind == "Department").then_some(&**CALL_QUEUE),
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
        business_address: &ADDRESS,
    })
}

/// What is the same for everybody is made once.
static SERVICE_FEATURES: Fixed = Fixed::new(|| {
    let features: Value = FEATURES
        .iter()
        .map(|(name, enabled)| {
            let reason = (!enabled).then_some("AccountLimitation");
            compact(json!({ "featureName": name, "enabled": enabled, "reason": reason }))
        })
        .collect();
    fixed(&features)
});
static ADDRESS: Fixed = Fixed::new(|| fixed(&address()));
static ADMINISTRATOR: Fixed = Fixed::new(|| permissions(true));
static EVERYBODY: Fixed = Fixed::new(|| permissions(false));
static SITE: Fixed = Fixed::new(|| fixed(&json!({ "id": "main-site", "name": "Main Site", "code": "0" })));
static COST_CENTER: Fixed = Fixed::new(|| fixed(&json!({ "id": "1", "name": "Coffee" })));
static CALL_QUEUE: Fixed = Fixed::new(|| {
    fixed(&json!({
        "slaGoal": 80,
        "slaThresholdSeconds": 30,
        "includeAbandonedCalls": true,
        "abandonedThresholdSeconds": 5,
    }))
});

fn permissions(is_admin: bool) -> Box<RawValue> {
    fixed(&json!({ "admin": { "enabled": is_admin }, "internationalCalling": { "enabled": false } }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Full<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    account: Account<'a>,
    extension_numbers: Vec<String>,
    regional_settings: RegionalSettings<'a>,
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
    service_features: &'static RawValue,
    departments: [(); 0],
    custom_fields: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    id: i64,
    uri: Link<'a>,
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
    permissions: &'static RawValue,
    profile_image: ProfileImage<'a>,
    references: [Reference; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<[Role<'a>; 1]>,
    site: &'static RawValue,
    cost_center: &'static RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_queue_info: Option<&'static RawValue>,
    assigned_country: Country<'a>,
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
    business_address: &'static RawValue,
    email_as_login_name: bool,
    pronounced_name: PronouncedName,
}

#[derive(Serialize)]
struct PronouncedName {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Account<'a> {
    id: IdText,
    uri: Link<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Role<'a> {
    id: &'static str,
    uri: Link<'a>,
    display_name: &'static str,
    auto_assigned: bool,
    site_compatible: bool,
    site_restricted: bool,
}

fn role<'a>(call: &Call<'a>, account: i64, is_admin: bool) -> Role<'a> {
    let (id, display_name) = if is_admin {
        ("1", "Super Admin")
    } else {
        ("4", "Standard (International)")
    };
    Role {
        id,
        uri: Link::to(call, format!("/restapi/v1.0/account/{account}/user-role/{id}")),
        display_name,
        auto_assigned: false,
        site_compatible: true,
        site_restricted: false,
    }
}
