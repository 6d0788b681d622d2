//! Who is at the two ends of what arrives.

use rusqlite::OptionalExtension;

use super::call::Party;
use super::fields::Fields;
use super::{Arrival, broken};
use crate::control::BadControl;
use crate::db::Transaction;
use crate::directory;

/// An extension of the company as one end of what arrives.
pub(super) struct Owner {
    pub(super) account_id: i64,
    pub(super) extension_id: i64,
    pub(super) extension_number: String,
    pub(super) party: Party,
}

impl Owner {
    /// As colleagues see it: by its extension.
    pub(super) fn colleague(&self) -> Party {
        Party {
            phone_number: None,
            extension_number: Some(self.extension_number.clone()),
            ..self.party.clone()
        }
    }
}

/// The extension, of one account or of any, that a field names, by a phone number, an extension number or an extension id.
pub(super) fn owner(
    arrival: &Arrival<'_>,
    fields: &Fields<'_>,
    field: &'static str,
    within: Option<i64>,
) -> Result<Owner, BadControl> {
    let wanted = match fields.party(field)? {
        Some(wanted) => wanted,
        None => Party {
            phone_number: directory::defaults(arrival.tx).map_err(broken)?.from,
            ..Party::default()
        },
    };
    let mut found = find(arrival.tx, &wanted, within)?;
    if let (None, Some(id)) = (&found, wanted.extension_id) {
        let by_id = Party {
            extension_number: Some(id.to_string()),
            ..Party::default()
        };
        found = find(arrival.tx, &by_id, within)?;
    }
    found.ok_or_else(|| {
        BadControl::new(
            field,
            "is not a phone number, an extension number or an extension id of the company",
        )
    })
}

/// The extension with this phone number, or with this extension number or id.
fn find(tx: &Transaction<'_>, wanted: &Party, within: Option<i64>) -> Result<Option<Owner>, BadControl> {
    tx.prepare_cached(
        "SELECT e.account_id, e.id, e.name, p.phone_number, e.extension_number
             FROM extensions e LEFT JOIN phone_numbers p
               ON p.extension_id = e.id AND (p.phone_number = ?1 OR ?1 IS NULL)
             WHERE ((?1 IS NOT NULL AND p.phone_number = ?1)
                 OR (?1 IS NULL AND (e.extension_number = ?2 OR e.id = CAST(?2 AS INTEGER))))
               AND (?3 IS NULL OR e.account_id = ?3)
             ORDER BY p.id LIMIT 1",
    )
    .and_then(|mut statement| {
        statement
            .query_row((&wanted.phone_number, &wanted.extension_number, within), |row| {
                let phone_number: Option<String> = row.get(3)?;
                let extension_number: Option<String> = row.get(4)?;
                Ok(Owner {
                    account_id: row.get(0)?,
                    extension_id: row.get(1)?,
                    extension_number: extension_number.clone().unwrap_or_default(),
                    party: Party {
                        extension_number: if phone_number.is_none() {
                            extension_number
                        } else {
                            None
                        },
                        phone_number,
                        extension_id: row.get(1)?,
                        name: row.get(2)?,
                        location: None,
                    },
                })
            })
            .optional()
    })
    .map_err(broken)
}

/// The party at the other end: anybody, also a colleague.
pub(super) fn other(
    arrival: &Arrival<'_>,
    fields: &Fields<'_>,
    field: &'static str,
    account: i64,
) -> Result<Party, BadControl> {
    let Some(wanted) = fields.party(field)? else {
        return Ok(Party {
            phone_number: Some("+12125550147".to_owned()),
            name: Some("Bo Lind".to_owned()),
            location: Some("New York, NY".to_owned()),
            ..Party::default()
        });
    };
    let Some(number) = &wanted.phone_number else {
        return Ok(owner(arrival, fields, field, Some(account))?.party);
    };
    let known = outside(arrival.tx, account, number).map_err(broken)?;
    if known.extension_id.is_none()
        && wanted.extension_id.is_some()
        && let Ok(colleague) = owner(arrival, fields, field, Some(account))
    {
        return Ok(colleague.party);
    }
    Ok(Party {
        name: wanted.name.or(known.name),
        location: wanted.location,
        ..known
    })
}

/// A line of one of the companies.
pub(crate) struct Line {
    pub(crate) account_id: i64,
    pub(crate) extension_id: i64,
    name: String,
}

/// Whose line a number is, in whatever company.
pub(crate) fn line(tx: &Transaction<'_>, number: &str) -> rusqlite::Result<Option<Line>> {
    tx.prepare_cached(
        "SELECT e.account_id, e.id, e.name FROM phone_numbers p JOIN extensions e ON e.id = p.extension_id
         WHERE p.phone_number = ?1",
    )?
    .query_row([number], |row| {
        Ok(Line {
            account_id: row.get(0)?,
            extension_id: row.get(1)?,
            name: row.get(2)?,
        })
    })
    .optional()
}

/// A number as a company knows it: its own people by name. `line` is whose it is.
pub(crate) fn known_to(account: i64, number: &str, line: Option<&Line>) -> Party {
    let colleague = line.filter(|line| line.account_id == account);
    Party {
        phone_number: Some(number.to_owned()),
        extension_id: colleague.map(|line| line.extension_id),
        name: colleague.map(|line| line.name.clone()),
        ..Party::default()
    }
}

/// The same, looked up.
pub(crate) fn outside(tx: &Transaction<'_>, account: i64, number: &str) -> rusqlite::Result<Party> {
    Ok(known_to(account, number, line(tx, number)?.as_ref()))
}
