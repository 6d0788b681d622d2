//! What can be written about a contact.

use serde_json::{Map, Value};

use crate::directory::e164;
use crate::reply::ApiError;

/// Members that are texts.
const TEXTS: &[&str] = &[
    "firstName",
    "lastName",
    "middleName",
    "nickName",
    "company",
    "jobTitle",
    "email",
    "email2",
    "email3",
    "birthday",
    "webPage",
    "notes",
    "ringtoneIndex",
    "appInfo",
];
/// Members that are phone numbers.
pub(super) const PHONES: &[&str] = &[
    "homePhone",
    "homePhone2",
    "businessPhone",
    "businessPhone2",
    "mobilePhone",
    "businessFax",
    "companyPhone",
    "assistantPhone",
    "carPhone",
    "otherPhone",
    "otherFax",
    "callbackPhone",
];
/// Members that are addresses, and what these are made of.
const ADDRESSES: &[&str] = &["homeAddress", "businessAddress", "otherAddress"];
const ADDRESS: &[&str] = &["street", "city", "country", "state", "zip"];

/// The known members of a contact; numbers are kept in one form, unknown members are left out.
pub(super) fn read(body: &Value) -> Result<Map<String, Value>, ApiError> {
    let mut contact = Map::new();
    for name in TEXTS {
        match &body[name] {
            Value::Null => {}
            text @ Value::String(_) => {
                contact.insert((*name).to_owned(), text.clone());
            }
            _ => return Err(ApiError::invalid_parameter(name, "a text")),
        }
    }
    for name in PHONES {
        match &body[name] {
            Value::Null => {}
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => {
                let number = e164(text).unwrap_or_else(|| text.clone());
                contact.insert((*name).to_owned(), number.into());
            }
            _ => return Err(ApiError::invalid_parameter(name, "a phone number")),
        }
    }
    for name in ADDRESSES {
        let Value::Object(given) = &body[name] else {
            if body[name].is_null() {
                continue;
            }
            return Err(ApiError::invalid_parameter(name, "an address"));
        };
        let mut address = Map::new();
        for part in ADDRESS {
            match given.get(*part) {
                None | Some(Value::Null) => {}
                Some(text @ Value::String(_)) => {
                    address.insert((*part).to_owned(), text.clone());
                }
                Some(_) => return Err(ApiError::invalid_parameter(&format!("{name}.{part}"), "a text")),
            }
        }
        contact.insert((*name).to_owned(), address.into());
    }
    Ok(contact)
}
