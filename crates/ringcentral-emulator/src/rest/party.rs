//! One end of a call or a message, as its record shows it.

use serde::Serialize;

use super::IdText;
use super::cells::Cells;
use crate::arrive::call::Party;

/// Who is at one end. What is not known is left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct End {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_id: Option<IdText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

impl End {
    /// From the five columns that calls and messages have for each end.
    pub(super) fn of(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Self> {
        Ok(Self {
            phone_number: cells.next()?,
            extension_number: cells.next()?,
            extension_id: cells.next::<Option<i64>>()?.map(IdText),
            name: cells.next()?,
            location: cells.next()?,
        })
    }

    /// Whether it is this extension.
    pub(super) fn is_extension(&self, id: i64) -> bool {
        self.extension_id.is_some_and(|own| own.0 == id)
    }

    /// Of a call that is going on.
    pub(super) fn at(party: &Party) -> Self {
        Self {
            phone_number: party.phone_number.clone(),
            extension_number: party.extension_number.clone(),
            extension_id: party.extension_id.map(IdText),
            name: party.name.clone(),
            location: party.location.clone(),
        }
    }
}
