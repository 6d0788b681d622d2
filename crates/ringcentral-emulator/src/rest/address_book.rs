//! A user's own contacts.

mod fields;
mod sync;

use rusqlite::{OptionalExtension, Row, params, params_from_iter};
use serde_json::{Map, Value, json};

use super::filter::Filter;
use super::paging::{Listing, Page};
use crate::call::Call;
use crate::directory::e164;
use crate::reply::{ApiError, Reply};
use crate::stream::{self, Kind, Whose};
use fields::PHONES;

pub(super) use sync::sync;

fn path(call: &Call<'_>, extension: i64) -> String {
    format!(
        "/restapi/v1.0/account/{}/extension/{extension}/address-book/contact",
        call.caller.account_id
    )
}

/// A contact's JSON. Of one that was deleted only that is left.
fn record(call: &Call<'_>, row: &Row<'_>) -> rusqlite::Result<Value> {
    let id: i64 = row.get("id")?;
    let extension: i64 = row.get("extension_id")?;
    let deleted: bool = row.get("deleted")?;
    let body: String = row.get("body")?;
    let mut contact: Map<String, Value> = if deleted {
        Map::new()
    } else {
        serde_json::from_str(&body).unwrap_or_default()
    };
    contact.insert("id".to_owned(), id.into());
    contact.insert(
        "uri".to_owned(),
        call.uri(&format!("{}/{id}", path(call, extension))).into(),
    );
    contact.insert(
        "availability".to_owned(),
        if deleted { "Deleted" } else { "Alive" }.into(),
    );
    Ok(contact.into())
}

fn find(call: &Call<'_>, extension: i64) -> Result<Value, ApiError> {
    let id = call.request.params.id("contactId")?;
    call.tx
        .prepare_cached("SELECT * FROM contacts WHERE id = ?1 AND extension_id = ?2 AND deleted = 0")?
        .query_row([id, extension], |row| record(call, row))
        .optional()?
        .ok_or_else(|| ApiError::not_found("contactId"))
}

/// `GET E/address-book/contact`
pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let query = &call.request.query;
    let page = Page::of(query)?;
    let mut filter = Filter::default();
    filter.and("extension_id = ?", [extension]);
    filter.and_plain("deleted = 0");
    if let Some(start) = query.first("startsWith") {
        // Compared as text, so that what stands for "any" in patterns stands for itself here.
        filter.and(
            "(lower(substr(first_name, 1, length(?))) = lower(?) OR lower(substr(last_name, 1, length(?))) = lower(?))",
            vec![start.to_owned(); 4],
        );
    }
    let numbers: Vec<String> = query
        .all("phoneNumber")
        .into_iter()
        .map(|number| {
            e164(number).ok_or_else(|| {
                ApiError::invalid_parameter("phoneNumber", "a phone number such as +16505550100")
            })
        })
        .collect::<Result<_, _>>()?;
    if !numbers.is_empty() {
        let members: Vec<String> = PHONES.iter().map(|name| format!("'{name}'")).collect();
        filter.and(
            &format!(
                "EXISTS (SELECT 1 FROM json_each(body) m WHERE m.key IN ({}) AND m.value IN ({}))",
                members.join(", "),
                vec!["?"; numbers.len()].join(", ")
            ),
            numbers,
        );
    }
    let order: Vec<&str> = query
        .any_of("sortBy", &["FirstName", "LastName", "Company"])?
        .into_iter()
        .map(|name| match name {
            "FirstName" => "first_name COLLATE NOCASE",
            "LastName" => "last_name COLLATE NOCASE",
            _ => "company COLLATE NOCASE",
        })
        .chain(["id"])
        .collect();
    let total = call
        .tx
        .prepare_cached(&format!("SELECT count(*) FROM contacts{}", filter.sql()))?
        .query_row(params_from_iter(filter.values(&[])), |row| row.get(0))?;
    let mut records = call
        .tx
        .prepare_cached(&format!(
            "SELECT * FROM contacts{} ORDER BY {} LIMIT ? OFFSET ?",
            filter.sql(),
            order.join(", ")
        ))?
        .query_map(params_from_iter(filter.values(&page.limits())), |row| {
            record(call, row)
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let more = page.cut(&mut records);
    Ok(Listing {
        call,
        path: path(call, extension),
        page,
        pinned: Vec::new(),
    }
    .reply(records, more, Some(total)))
}

/// `GET E/address-book/contact/{id}`
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ApiError> {
    Ok(Reply::json(&find(call, call.own_extension()?)?))
}

/// `POST E/address-book/contact`
pub(super) fn create(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let contact = fields::read(&body(call)?)?;
    call.tx
        .prepare_cached("INSERT INTO contacts (extension_id, body) VALUES (?1, '{}')")?
        .execute([extension])?;
    let id = call.tx.last_insert_rowid();
    store(call, extension, id, &contact)
}

/// `PUT E/address-book/contact/{id}`: what is not named is gone.
pub(super) fn replace(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    find(call, extension)?;
    let contact = fields::read(&body(call)?)?;
    store(call, extension, call.request.params.id("contactId")?, &contact)
}

/// `PATCH E/address-book/contact/{id}`: what is not named stays; `null` removes.
pub(super) fn patch(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let Value::Object(mut contact) = find(call, extension)? else {
        return Err(ApiError::internal());
    };
    let body = body(call)?;
    contact.extend(fields::read(&body)?);
    contact.retain(|name, _| {
        !["id", "uri", "availability"].contains(&name.as_str()) && !body.get(name).is_some_and(Value::is_null)
    });
    store(call, extension, call.request.params.id("contactId")?, &contact)
}

/// `DELETE E/address-book/contact/{id}`
pub(super) fn delete(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    find(call, extension)?;
    let id = call.request.params.id("contactId")?;
    call.tx
        .prepare_cached("UPDATE contacts SET deleted = 1, body = '{}' WHERE id = ?1")?
        .execute([id])?;
    tell(call, extension, id, "Deleted")?;
    Ok(Reply::no_content())
}

fn body(call: &Call<'_>) -> Result<Value, ApiError> {
    call.request
        .json()?
        .filter(Value::is_object)
        .ok_or_else(ApiError::unparseable)
}

fn store(call: &Call<'_>, extension: i64, id: i64, contact: &Map<String, Value>) -> Result<Reply, ApiError> {
    let text = |name: &str| contact.get(name).and_then(Value::as_str).unwrap_or_default();
    call.tx
        .prepare_cached(
            "UPDATE contacts SET first_name = ?2, last_name = ?3, company = ?4, body = ?5 WHERE id = ?1",
        )?
        .execute(params![
            id,
            text("firstName"),
            text("lastName"),
            text("company"),
            json!(contact).to_string()
        ])?;
    tell(call, extension, id, "Alive")?;
    let stored = call
        .tx
        .prepare_cached("SELECT * FROM contacts WHERE id = ?1")?
        .query_row([id], |row| record(call, row))?;
    Ok(Reply::json(&stored))
}

fn tell(call: &Call<'_>, extension: i64, id: i64, availability: &str) -> Result<(), ApiError> {
    let whose = Whose {
        account: call.caller.account_id,
        extension,
    };
    let detail = json!({ "availability": availability });
    let now_ms = call.now.as_millisecond();
    Ok(stream::note(
        call.tx,
        now_ms,
        whose,
        Kind::Contact,
        &id.to_string(),
        &detail,
    )?)
}
