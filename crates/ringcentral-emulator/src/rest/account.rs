//! The company.

use serde::Serialize;
use serde_json::{Value, json};

use super::extension::FEATURES;
use super::{Link, compact, time};
use crate::call::Call;
use crate::reply::{ApiError, Reply};

/// `GET A`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    let account = call.account()?;
    let (main_number, operator_id, created_ms, operator_number): (String, i64, i64, Option<String>) = call
        .tx
        .prepare_cached(
            "SELECT a.main_number, a.operator_id, a.created_ms, e.extension_number
             FROM accounts a JOIN extensions e ON e.id = a.operator_id WHERE a.id = ?1",
        )?
        .query_row([account], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    let path = format!("/restapi/v1.0/account/{account}");
    let dollar = json!({ "id": 1, "code": "USD", "name": "US Dollar", "symbol": "$", "minorSymbol": "¢" });
    let regional = RegionalSettings {
        currency: Some(dollar),
        ..regional_settings(call)
    };
    Ok(Reply::json(&json!({
        "id": account,
        "uri": call.uri(&path),
        "bsid": format!("{account}-0"),
        "mainNumber": main_number,
        "partnerId": format!("partner-{account}"),
        "cfid": "BEF0117A",
        "operator": {
            "id": operator_id,
            "uri": call.uri(&format!("{path}/extension/{operator_id}")),
            "extensionNumber": operator_number,
            "partnerId": format!("partner-{operator_id}"),
        },
        "serviceInfo": service(call, &path),
        "setupWizardState": "Completed",
        "signupInfo": {
            "tosAccepted": true,
            "signupState": ["BillingEntered", "CreditCardApproved", "AccountConfirmed", "PhoneVerificationPassed"],
            "verificationReason": "Unknown",
            "marketingAccepted": false,
            "creationTime": time(created_ms),
        },
        "status": "Confirmed",
        "regionalSettings": regional,
        "federated": false,
        "outboundCallPrefix": 9,
        "limits": limits(),
    })))
}

/// `GET A/service-info`
pub(super) fn service_info(call: &Call<'_>) -> Result<Reply, ApiError> {
    let path = format!("/restapi/v1.0/account/{}", call.account()?);
    let mut info = service(call, &path);
    info["servicePlanName"] = info["servicePlan"]["name"].clone();
    info["serviceFeatures"] = FEATURES
        .iter()
        .map(|(name, enabled)| json!({ "featureName": name, "enabled": enabled }))
        .collect();
    info["limits"] = limits();
    Ok(Reply::json(&info))
}

/// `GET A/business-address`
pub(super) fn business_address(call: &Call<'_>) -> Result<Reply, ApiError> {
    let account = call.account()?;
    let (company, email): (String, Option<String>) = call
        .tx
        .prepare_cached(
            "SELECT a.company, e.email FROM accounts a LEFT JOIN extensions e ON e.id = a.operator_id WHERE a.id = ?1",
        )?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Reply::json(&compact(json!({
        "uri": call.uri(&format!("/restapi/v1.0/account/{account}/business-address")),
        "company": company,
        "email": email,
        "businessAddress": address(),
        "mainSiteName": "Main Site",
    }))))
}

/// Where the company is.
pub(super) fn address() -> Value {
    json!({
        "country": "United States",
        "state": "CA",
        "city": "Redwood City",
        "street": "1 Example Street",
        "zip": "94061",
    })
}

fn service(call: &Call<'_>, path: &str) -> Value {
    let plan = json!({
        "id": "6",
        "name": "Emulated plan",
        "edition": "Enterprise",
        "freemiumProductType": "None",
    });
    json!({
        "uri": call.uri(&format!("{path}/service-info")),
        "billingPlan": {
            "id": "8853",
            "name": "Yearly plan",
            "durationUnit": "Year",
            "duration": 1,
            "type": "Regular",
            "includedPhoneLines": 12,
        },
        "brand": { "id": "1210", "name": "RingCentral", "homeCountry": country_link(call) },
        "servicePlan": plan,
        "targetServicePlan": plan,
        "contractedCountry": country_link(call),
        "uBrand": { "id": "1210", "name": "RingCentral" },
    })
}

fn limits() -> Value {
    json!({
        "freeSoftPhoneLinesPerExtension": 10,
        "meetingSize": 100,
        "cloudRecordingStorage": 10_240,
        "maxMonitoredExtensionsPerUser": 100,
        "maxExtensionNumberLength": 5,
        "siteCodeLength": 0,
        "shortExtensionNumberLength": 3,
    })
}

fn country_link(call: &Call<'_>) -> Value {
    json!({ "id": "1", "uri": call.uri(COUNTRY) })
}

const COUNTRY: &str = "/restapi/v1.0/dictionary/country/1";

/// The United States, as an extension's assigned country.
pub(super) fn country<'a>(call: &Call<'a>) -> Country<'a> {
    Country {
        id: "1",
        uri: Link::to(call, COUNTRY),
        name: "United States",
        iso_code: "US",
        calling_code: None,
    }
}

/// The same in regional settings, which tell its calling code as well.
fn home_country<'a>(call: &Call<'a>) -> Country<'a> {
    Country {
        calling_code: Some("1"),
        ..country(call)
    }
}

/// Where the company is and how it writes things; users have the same without the currency.
pub(super) fn regional_settings<'a>(call: &Call<'a>) -> RegionalSettings<'a> {
    const ENGLISH: Language = Language {
        id: "1033",
        locale_code: "en-US",
        name: "English (United States)",
    };
    RegionalSettings {
        home_country: home_country(call),
        timezone: Timezone {
            id: "58",
            uri: Link::to(call, "/restapi/v1.0/dictionary/timezone/58"),
            name: "US/Pacific",
            description: "Pacific Time (US & Canada)",
            bias: "-480",
        },
        language: ENGLISH,
        greeting_language: ENGLISH,
        formatting_locale: ENGLISH,
        time_format: "12h",
        currency: None,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegionalSettings<'a> {
    home_country: Country<'a>,
    timezone: Timezone<'a>,
    language: Language,
    greeting_language: Language,
    formatting_locale: Language,
    time_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Country<'a> {
    id: &'static str,
    uri: Link<'a>,
    name: &'static str,
    iso_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    calling_code: Option<&'static str>,
}

#[derive(Serialize)]
struct Timezone<'a> {
    id: &'static str,
    uri: Link<'a>,
    name: &'static str,
    description: &'static str,
    bias: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Language {
    id: &'static str,
    locale_code: &'static str,
    name: &'static str,
}
