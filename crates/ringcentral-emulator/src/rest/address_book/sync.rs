//! `GET E/address-book-sync`: all contacts in pages, and then only what has changed.

use rusqlite::params;
use serde_json::Value;

use super::super::sync::{self, Asked, Log, Token, Unusable};
use super::record;
use crate::call::Call;
use crate::reply::{ApiError, Reply};
use crate::stream::{self, Kind};

const MOST: i64 = 250;

fn refuse(_: Unusable) -> ApiError {
    ApiError::invalid_parameter("syncToken", "one of an earlier synchronization; begin with FSync")
}

/// `GET E/address-book-sync`
pub(in crate::rest) fn sync(call: &Call<'_>) -> Result<Reply, ApiError> {
    let extension = call.own_extension()?;
    let path = format!(
        "/restapi/v1.0/account/{}/extension/{extension}/address-book-sync",
        call.account()?
    );
    let size = match call.request.query.int("perPage")? {
        Some(size) if size < 1 => return Err(ApiError::invalid_parameter("perPage", "a number from 1")),
        size => size.unwrap_or(MOST).min(MOST),
    };
    match sync::asked(call, Log::Contacts, extension, refuse)? {
        Asked::Full => full(call, extension, &path, size),
        Asked::Changes(token) => changes(call, extension, &path, token),
    }
}

/// A page id is the id of the last contact of the page before.
fn full(call: &Call<'_>, extension: i64, path: &str, size: i64) -> Result<Reply, ApiError> {
    let after = call.request.query.int("pageId")?.unwrap_or(0);
    let mut rows = call
        .tx
        .prepare_cached(
            "SELECT * FROM contacts WHERE extension_id = ?1 AND deleted = 0 AND id > ?2 ORDER BY id LIMIT ?3",
        )?
        .query_map(params![extension, after, size + 1], |row| record(call, row))?
        .collect::<rusqlite::Result<Vec<Value>>>()?;
    let wanted = usize::try_from(size).unwrap_or(usize::MAX);
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let next = rows
        .last()
        .filter(|_| more)
        .and_then(|contact| contact["id"].as_i64());
    let token = Token::new(call, (Log::Contacts, extension), 0, None, &[])?;
    let mut body = sync::body(call, path, rows, &token, true);
    if let Some(next) = next {
        body["nextPageId"] = next.into();
        body["nextPageUri"] = call
            .uri(&format!("{path}?syncType=FSync&perPage={size}&pageId={next}"))
            .into();
    }
    Ok(Reply::json(&body))
}

fn changes(call: &Call<'_>, extension: i64, path: &str, mut token: Token) -> Result<Reply, ApiError> {
    let owner = [("extension_id", extension)];
    let mut records = Vec::new();
    for id in sync::changes(call, Kind::Contact, &owner, &token, refuse)? {
        let id: i64 = id.parse().unwrap_or(-1);
        let contact = call
            .tx
            .prepare_cached("SELECT * FROM contacts WHERE id = ?1")?
            .query_row([id], |row| record(call, row))?;
        records.push(contact);
    }
    token.known = stream::newest(call.tx)?;
    Ok(Reply::json(&sync::body(call, path, records, &token, false)))
}
