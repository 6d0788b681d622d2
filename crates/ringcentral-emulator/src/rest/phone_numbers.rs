//! The company's phone numbers, and those that an extension may use.

use rusqlite::{OptionalExtension, Row};
use serde_json::{Value, json};

use super::compact;
use super::filter::{Filter, words};
use super::paging::{Listing, Page};
use crate::call::Call;
use crate::directory::e164;
use crate::reply::{ApiError, Reply};

const USAGE_TYPES: &[&str] = &[
    "MainCompanyNumber",
    "AdditionalCompanyNumber",
    "CompanyNumber",
    "DirectNumber",
    "CompanyFaxNumber",
    "FmcBusinessMobileNumber",
    "InventoryFmcBusinessMobileNumber",
    "ForwardedNumber",
    "ForwardedCompanyNumber",
    "ContactCenterNumber",
    "ConferencingNumber",
    "MeetingsNumber",
    "NumberPool",
    "BusinessMobileNumber",
    "ELIN",
    "PartnerBusinessMobileNumber",
    "NumberPoolPartnerBusinessMobileNumber",
    "NumberStorage",
    "IntegrationNumber",
    "InventoryMobileNumber",
];
const PAYMENT_TYPES: &[&str] = &[
    "External",
    "TollFree",
    "Local",
    "BusinessMobileNumberProvider",
    "ExternalNumberProvider",
    "ExternalNumberProviderTollFree",
    "Mobile",
];
const STATUSES: &[&str] = &["Normal", "Pending", "PortedIn", "Temporary", "Unknown"];
const EXTENSION_STATUSES: &[&str] = &["Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned"];

const COLUMNS: &str = "SELECT p.*, a.company, e.extension_number, e.type AS extension_type, e.name AS extension_name
     FROM phone_numbers p JOIN accounts a ON a.id = p.account_id LEFT JOIN extensions e ON e.id = p.extension_id";

/// Which form of the record is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Account,
    Extension,
}

/// `GET A/phone-number`
pub(super) fn of_account(call: &Call<'_>) -> Result<Reply, ApiError> {
    let account = call.account()?;
    let query = &call.request.query;
    let mut filter = Filter::default();
    filter.and("p.account_id = ?", [account]);
    filter.any(
        "p.payment_type",
        words(query.one_of("paymentType", PAYMENT_TYPES)?.into_iter().collect()),
    );
    filter.any(
        "e.status",
        words(
            query
                .one_of("extensionStatus", EXTENSION_STATUSES)?
                .into_iter()
                .collect(),
        ),
    );
    list(
        call,
        filter,
        Form::Account,
        format!("/restapi/v1.0/account/{account}/phone-number"),
    )
}

/// `GET E/phone-number`: the extension's own numbers, and the company's that it may show as caller id.
pub(super) fn of_extension(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let account = call.account()?;
    let mut filter = Filter::default();
    filter.and(
        "(p.extension_id = ? OR (p.extension_id IS NULL AND p.account_id = ?))",
        [extension, account],
    );
    let path = format!("/restapi/v1.0/account/{account}/extension/{extension}/phone-number");
    list(call, filter, Form::Extension, path)
}

/// `GET /restapi/v2/accounts/{accountId}/phone-numbers`: the same numbers in the newer form, without links.
pub(super) fn of_account_v2(call: &Call<'_>) -> Result<Reply, ApiError> {
    let account = call.account()?;
    let query = &call.request.query;
    let page = Page::of(query)?;
    let mut filter = Filter::default();
    filter.and("p.account_id = ?", [account]);
    filter.any(
        "p.type",
        words(query.any_of("type", &["VoiceFax", "VoiceOnly", "FaxOnly"])?),
    );
    filter.any("p.usage_type", words(query.any_of("usageType", USAGE_TYPES)?));
    filter.any(
        "p.status",
        words(query.one_of("status", STATUSES)?.into_iter().collect()),
    );
    filter.any(
        "e.status",
        words(
            query
                .one_of("extensionStatus", EXTENSION_STATUSES)?
                .into_iter()
                .collect(),
        ),
    );
    match query.one_of("tollType", &["Toll", "TollFree"])? {
        Some("TollFree") => filter.and_plain("p.payment_type = 'TollFree'"),
        Some(_) => filter.and_plain("p.payment_type <> 'TollFree'"),
        None => {}
    }
    if let Some(number) = query.phone("phoneNumber") {
        filter.and("p.phone_number = ?", [e164(&number).unwrap_or(number)]);
    }
    for name in ["byocNumber", "mobileNumber"] {
        // None of the emulator's numbers is either.
        if query.bool(name)? == Some(true) {
            filter.and_plain("0");
        }
    }
    let records = call
        .tx
        .prepare_cached(&format!("{COLUMNS}{} ORDER BY p.id", filter.sql()))?
        .query_map(rusqlite::params_from_iter(filter.values(&[])), record_v2)?
        .collect::<Result<Vec<_>, _>>()?;
    let total = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let (records, _) = page.slice(records);
    Ok(Reply::json(&json!({
        "records": records,
        "paging": {
            "page": page.number,
            "perPage": page.size,
            "totalPages": (total + page.size - 1) / page.size,
            "totalElements": total,
        },
    })))
}

fn record_v2(row: &Row<'_>) -> rusqlite::Result<Value> {
    let extension: Option<i64> = row.get("extension_id")?;
    let number: Option<String> = row.get("extension_number")?;
    let payment: String = row.get("payment_type")?;
    Ok(compact(json!({
        "id": row.get::<_, i64>("id")?.to_string(),
        "phoneNumber": row.get::<_, String>("phone_number")?,
        "type": row.get::<_, String>("type")?,
        "tollType": if payment == "TollFree" { "TollFree" } else { "Toll" },
        "usageType": row.get::<_, String>("usage_type")?,
        "byocNumber": false,
        "mobileNumber": false,
        "hotDeskNumber": false,
        "activationStatus": "Active",
        "status": row.get::<_, String>("status")?,
        "callerIdName": row.get::<_, String>("company")?,
        "extension": extension.map(|id| json!({ "id": id.to_string(), "extensionNumber": number })),
    })))
}

/// `GET A/phone-number/{id}`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let account = call.account()?;
    let id = call.request.params.id("phoneNumberId")?;
    let number = call
        .tx
        .prepare_cached(&format!("{COLUMNS} WHERE p.id = ?1 AND p.account_id = ?2"))?
        .query_row([id, account], |row| record(call, row, Form::Account))
        .optional()?
        .ok_or_else(|| ApiError::not_found("phoneNumberId"))?;
    Ok(Reply::json(&number))
}

fn list(call: &Call<'_>, mut filter: Filter, form: Form, path: String) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let page = Page::of(query)?;
    filter.any("p.usage_type", words(query.any_of("usageType", USAGE_TYPES)?));
    filter.any(
        "p.status",
        words(query.one_of("status", STATUSES)?.into_iter().collect()),
    );
    let records = call
        .tx
        .prepare_cached(&format!("{COLUMNS}{} ORDER BY p.id", filter.sql()))?
        .query_map(rusqlite::params_from_iter(filter.values(&[])), |row| {
            record(call, row, form)
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let total = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let (records, more) = page.slice(records);
    Ok(Listing {
        call,
        path,
        page,
        pinned: Vec::new(),
    }
    .reply(records, more, Some(total)))
}

fn record(call: &Call<'_>, row: &Row<'_>, form: Form) -> rusqlite::Result<Value> {
    let id: i64 = row.get("id")?;
    let account: i64 = row.get("account_id")?;
    let path = format!("/restapi/v1.0/account/{account}");
    let extension: Option<i64> = row.get("extension_id")?;
    let extension = match extension {
        Some(id) => Some(json!({
            "id": id,
            "uri": call.uri(&format!("{path}/extension/{id}")),
            "extensionNumber": row.get::<_, Option<String>>("extension_number")?,
            "partnerId": format!("partner-{id}"),
            "type": row.get::<_, Option<String>>("extension_type")?,
            "name": row.get::<_, Option<String>>("extension_name")?,
        })),
        None => None,
    };
    let features: String = row.get("features")?;
    let features = (form == Form::Extension).then(|| features.split_whitespace().collect::<Vec<_>>());
    Ok(compact(json!({
        "id": id,
        "uri": call.uri(&format!("{path}/phone-number/{id}")),
        "phoneNumber": row.get::<_, String>("phone_number")?,
        "usageType": row.get::<_, String>("usage_type")?,
        "type": row.get::<_, String>("type")?,
        "paymentType": row.get::<_, String>("payment_type")?,
        "status": row.get::<_, String>("status")?,
        "country": {
            "id": "1",
            "uri": call.uri("/restapi/v1.0/dictionary/country/1"),
            "name": "United States",
        },
        "extension": extension,
        "label": row.get::<_, Option<String>>("label")?,
        "location": row.get::<_, Option<String>>("location")?,
        "primary": row.get::<_, bool>("primary_number")?,
        "callerIdName": row.get::<_, String>("company")?,
        "features": features,
    })))
}
