//! Changing an extension.

use http::StatusCode;
use rusqlite::types::Value as Sql;
use rusqlite::{ErrorCode, params_from_iter};
use serde_json::Value;

use super::read;
use crate::call::Call;
use crate::reply::{ApiError, Reply};

/// The members of `contact` that are kept, and their columns.
const CONTACT: &[(&str, &str)] = &[
    ("firstName", "first_name"),
    ("lastName", "last_name"),
    ("email", "email"),
    ("jobTitle", "job_title"),
    ("department", "department"),
    ("mobilePhone", "mobile_phone"),
];

/// The longest text of a contact. The platform's limits are not documented; this is more than any name needs.
const LONGEST: usize = 256;

/// `PUT E`: who they are and how to reach them; their number and whether they may work is for administrators.
pub(in crate::rest) fn update(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let body = call
        .request
        .json()?
        .filter(Value::is_object)
        .ok_or_else(ApiError::unparseable)?;
    let mut changes: Vec<(&str, String)> = Vec::new();
    if !(body["contact"].is_null() || body["contact"].is_object()) {
        return Err(ApiError::invalid_parameter("contact", "an object"));
    }
    for (member, column) in CONTACT {
        match &body["contact"][member] {
            Value::Null => {}
            Value::String(text) if text.chars().count() <= LONGEST => changes.push((column, text.clone())),
            _ => {
                return Err(ApiError::invalid_parameter(
                    &format!("contact.{member}"),
                    &format!("a text of at most {LONGEST} characters"),
                ));
            }
        }
    }
    let statuses = &["Enabled", "Disabled", "Frozen", "NotActivated"];
    if let Some(status) = word(&body, "status", statuses)? {
        administrators_only(call)?;
        changes.push(("status", status));
    }
    if let Some(state) = word(
        &body,
        "setupWizardState",
        &["NotStarted", "Incomplete", "Completed"],
    )? {
        changes.push(("setup_state", state));
    }
    match &body["extensionNumber"] {
        Value::Null => {}
        Value::String(number)
            if (3..=6).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            administrators_only(call)?;
            changes.push(("extension_number", number.clone()));
        }
        _ => {
            return Err(ApiError::invalid_parameter(
                "extensionNumber",
                "three to six digits",
            ));
        }
    }
    store(call, extension, &changes)?;
    read(call)
}

fn store(call: &Call<'_>, extension: i64, changes: &[(&str, String)]) -> Result<(), ApiError> {
    if changes.is_empty() {
        return Ok(());
    }
    let columns: Vec<String> = changes
        .iter()
        .map(|(column, _)| format!("{column} = ?"))
        .collect();
    let values = changes
        .iter()
        .map(|(_, value)| Sql::Text(value.clone()))
        .chain([Sql::Integer(extension)]);
    let outcome = call
        .tx
        .prepare_cached(&format!(
            "UPDATE extensions SET {} WHERE id = ?",
            columns.join(", ")
        ))?
        .execute(params_from_iter(values));
    match outcome {
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::ConstraintViolation => {
            let error = ApiError::new(
                StatusCode::BAD_REQUEST,
                "CMN-406",
                "Another extension has this number",
            );
            return Err(error.detail("parameterName", "extensionNumber"));
        }
        other => other?,
    };
    call.tx
        .prepare_cached(
            "UPDATE extensions SET name = trim(first_name || ' ' || coalesce(last_name, ''))
             WHERE id = ?1 AND first_name IS NOT NULL",
        )?
        .execute([extension])?;
    Ok(())
}

fn administrators_only(call: &Call<'_>) -> Result<(), ApiError> {
    if call.caller.is_admin {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        "CMN-402",
        "Only an administrator may change this",
    ))
}

fn word(body: &Value, name: &str, allowed: &[&str]) -> Result<Option<String>, ApiError> {
    match &body[name] {
        Value::Null => Ok(None),
        value => allowed
            .iter()
            .find(|word| value == **word)
            .map(|word| Some((*word).to_owned()))
            .ok_or_else(|| ApiError::invalid_parameter(name, &format!("one of {}", allowed.join(", ")))),
    }
}
