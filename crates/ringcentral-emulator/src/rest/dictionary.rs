//! Dictionaries: countries, states, time zones, languages, places, permissions and roles.

mod data;

use serde_json::{Value, json};

use self::data::{COUNTRIES, Country, LANGUAGES, LOCATIONS, Language, STATES, TIMEZONES};
use super::paging::{Listing, Page};
use crate::call::Call;
use crate::directory;
use crate::reply::{ApiError, Reply};

const ROOT: &str = "/restapi/v1.0/dictionary";

/// A whole dictionary, in pages.
pub(super) fn list(call: &Call<'_>, path: &str, records: Vec<Value>) -> Result<Reply, ApiError> {
    let page = Page::of(&call.request.query)?;
    let total = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let (records, more) = page.slice(records);
    Ok(Listing {
        call,
        path: path.to_owned(),
        page,
        pinned: Vec::new(),
    }
    .reply(records, more, Some(total)))
}

/// The entry that the path names.
fn entry(call: &Call<'_>, parameter: &'static str, records: Vec<Value>) -> Result<Reply, ApiError> {
    let id = call.request.params.get(parameter);
    records
        .into_iter()
        .find(|record| record["id"] == id)
        .map(|record| Reply::json(&record))
        .ok_or_else(|| ApiError::not_found(parameter))
}

fn countries(call: &Call<'_>) -> Result<Vec<Value>, ApiError> {
    let query = &call.request.query;
    let wanted = [
        ("loginAllowed", query.bool("loginAllowed")?),
        ("signupAllowed", query.bool("signupAllowed")?),
        ("numberSelling", query.bool("numberSelling")?),
        ("freeSoftphoneLine", query.bool("freeSoftphoneLine")?),
    ];
    let record = |country: &Country| {
        json!({
            "id": country.id.to_string(),
            "uri": call.uri(&format!("{ROOT}/country/{}", country.id)),
            "name": country.name,
            "isoCode": country.iso_code,
            "callingCode": country.calling_code,
            "emergencyCalling": country.at_home,
            "numberSelling": country.at_home,
            "loginAllowed": true,
            "signupAllowed": country.at_home,
            "freeSoftphoneLine": country.at_home,
            "localDialing": country.at_home,
        })
    };
    Ok(COUNTRIES
        .iter()
        .map(record)
        .filter(|record| {
            wanted
                .iter()
                .all(|(name, wanted)| wanted.is_none_or(|wanted| record[*name] == wanted))
        })
        .collect())
}

/// `GET dictionary/country`
pub(super) fn list_countries(call: &Call<'_>) -> Result<Reply, ApiError> {
    list(call, &format!("{ROOT}/country"), countries(call)?)
}

/// `GET dictionary/country/{countryId}`
pub(super) fn read_country(call: &Call<'_>) -> Result<Reply, ApiError> {
    entry(call, "countryId", countries(call)?)
}

fn states(call: &Call<'_>, country: Option<i64>) -> Vec<Value> {
    (1..)
        .zip(STATES)
        .filter(|(_, (of, ..))| country.is_none_or(|country| country == *of))
        .map(|(id, (country, iso_code, name))| {
            json!({
                "id": id.to_string(),
                "uri": call.uri(&format!("{ROOT}/state/{id}")),
                "country": {
                    "id": country.to_string(),
                    "uri": call.uri(&format!("{ROOT}/country/{country}")),
                },
                "isoCode": iso_code,
                "name": name,
            })
        })
        .collect()
}

/// `GET dictionary/state`: those of a country, or of all that have any.
pub(super) fn list_states(call: &Call<'_>) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    query.bool("withPhoneNumbers")?;
    let country = match (query.bool("allCountries")?, query.int("countryId")?) {
        (Some(true), _) => None,
        (_, Some(country)) => Some(country),
        (_, None) => Some(1),
    };
    list(call, &format!("{ROOT}/state"), states(call, country))
}

/// `GET dictionary/state/{stateId}`
pub(super) fn read_state(call: &Call<'_>) -> Result<Reply, ApiError> {
    entry(call, "stateId", states(call, None))
}

fn timezones(call: &Call<'_>) -> Vec<Value> {
    TIMEZONES
        .iter()
        .map(|(id, name, description, bias)| {
            json!({
                "id": id.to_string(),
                "uri": call.uri(&format!("{ROOT}/timezone/{id}")),
                "name": name,
                "description": description,
                "bias": bias.to_string(),
            })
        })
        .collect()
}

/// `GET dictionary/timezone`
pub(super) fn list_timezones(call: &Call<'_>) -> Result<Reply, ApiError> {
    list(call, &format!("{ROOT}/timezone"), timezones(call))
}

/// `GET dictionary/timezone/{timezoneId}`
pub(super) fn read_timezone(call: &Call<'_>) -> Result<Reply, ApiError> {
    entry(call, "timezoneId", timezones(call))
}

fn languages(call: &Call<'_>) -> Vec<Value> {
    let record = |language: &Language| {
        json!({
            "id": language.id.to_string(),
            "uri": call.uri(&format!("{ROOT}/language/{}", language.id)),
            "greeting": language.greeting,
            "formattingLocale": true,
            "localeCode": language.locale,
            "isoCode": language.locale.split('-').next(),
            "name": language.name,
            "ui": true,
        })
    };
    LANGUAGES.iter().map(record).collect()
}

/// `GET dictionary/language`
pub(super) fn list_languages(call: &Call<'_>) -> Result<Reply, ApiError> {
    list(call, &format!("{ROOT}/language"), languages(call))
}

/// `GET dictionary/language/{languageId}`
pub(super) fn read_language(call: &Call<'_>) -> Result<Reply, ApiError> {
    entry(call, "languageId", languages(call))
}

/// `GET dictionary/location`: cities and their area codes.
pub(super) fn list_locations(call: &Call<'_>) -> Result<Reply, ApiError> {
    let query = &call.request.query;
    let with_nxx = query.bool("withNxx")?.unwrap_or(false);
    let state = query.int("stateId")?;
    let by_city = query.one_of("orderBy", &["Npa", "City"])? != Some("Npa");
    let mut locations = LOCATIONS.to_vec();
    locations.sort_by_key(|(state, city, npa)| {
        if by_city {
            (*city, *npa, *state)
        } else {
            (*npa, *city, *state)
        }
    });
    let id_of = |iso_code: &str| {
        (1_i64..)
            .zip(STATES)
            .find(|(_, (country, code, _))| *country == 1 && *code == iso_code)
            .map_or(0, |(id, _)| id)
    };
    let records = locations
        .iter()
        .filter(|(code, ..)| state.is_none_or(|state| state == id_of(code)))
        .map(|(code, city, npa)| {
            let state = id_of(code);
            let mut record = json!({
                "uri": call.uri(&format!("{ROOT}/location")),
                "areaCode": npa,
                "city": city,
                "npa": npa,
                "state": { "id": state.to_string(), "uri": call.uri(&format!("{ROOT}/state/{state}")) },
            });
            if with_nxx {
                record["nxx"] = "555".into();
            }
            record
        })
        .collect();
    list(call, &format!("{ROOT}/location"), records)
}

fn permissions(call: &Call<'_>) -> Vec<Value> {
    directory::USER_PERMISSIONS
        .iter()
        .map(|id| {
            json!({
                "uri": call.uri(&format!("{ROOT}/permission/{id}")),
                "id": id,
                "displayName": spaced(id),
                "description": format!("{}: what the operations that name it ask for", spaced(id)),
                "assignable": true,
                "readOnly": id.starts_with("Read"),
                "siteCompatible": "Independent",
            })
        })
        .collect()
}

/// `ReadCallLog` as words: `Read Call Log`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        words.push(c);
        before = c;
    }
    words
}

/// `GET dictionary/permission`
pub(super) fn list_permissions(call: &Call<'_>) -> Result<Reply, ApiError> {
    list(call, &format!("{ROOT}/permission"), permissions(call))
}

/// `GET dictionary/permission/{permissionId}`
pub(super) fn read_permission(call: &Call<'_>) -> Result<Reply, ApiError> {
    entry(call, "permissionId", permissions(call))
}
