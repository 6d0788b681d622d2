//! The fields of an arrival's JSON body, each checked where it is read.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::Value;

use super::call::Party;
use crate::clock;
use crate::control::BadControl;
use crate::directory::e164;
use crate::request::parse_time;

pub(super) struct Fields<'a>(pub(super) &'a Value);

impl Fields<'_> {
    /// One of the listed words.
    pub(super) fn word<'w>(
        &self,
        name: &'static str,
        allowed: &[&'w str],
    ) -> Result<Option<&'w str>, BadControl> {
        let value = &self.0[name];
        if value.is_null() {
            return Ok(None);
        }
        let word = value.as_str().unwrap_or_default();
        match allowed.iter().find(|known| known.eq_ignore_ascii_case(word)) {
            Some(known) => Ok(Some(known)),
            None => Err(BadControl::new(name, "is not one of the allowed values")
                .allowed(allowed.iter().map(|word| (*word).to_owned()).collect())),
        }
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, BadControl> {
        match &self.0[name] {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            _ => Err(BadControl::new(name, "must be a text")),
        }
    }

    pub(super) fn number(
        &self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, BadControl> {
        match &self.0[name] {
            Value::Null => Ok(None),
            value => match value.as_i64() {
                Some(number) if range.contains(&number) => Ok(Some(number)),
                _ => {
                    let rule = format!("must be a whole number from {} to {}", range.start(), range.end());
                    Err(BadControl::new(name, &rule))
                }
            },
        }
    }

    pub(super) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, BadControl> {
        match &self.0[name] {
            Value::Null => Ok(None),
            value => match value
                .as_str()
                .and_then(parse_time)
                .filter(|time| clock::is_within(*time))
            {
                Some(time) => Ok(Some(time)),
                None => Err(BadControl::new(
                    name,
                    "must be a time such as 2026-03-09T10:20:30Z",
                )),
            },
        }
    }

    /// `true` is an automatic recording.
    pub(super) fn recording(&self, name: &'static str) -> Result<Option<String>, BadControl> {
        match &self.0[name] {
            Value::Bool(false) => Ok(None),
            Value::Bool(true) => Ok(Some("Automatic".to_owned())),
            _ => Ok(self.word(name, &["Automatic", "OnDemand"])?.map(str::to_owned)),
        }
    }

    /// A party: its number as text, or an object with `phoneNumber` or `extensionNumber`, `name` and `location`.
    /// What is too short for a phone number is an extension number. Digits alone that could be a phone number may be an
    /// extension id as well, and are both here.
    pub(super) fn party(&self, name: &'static str) -> Result<Option<Party>, BadControl> {
        let value = &self.0[name];
        let bad = || {
            BadControl::new(
                name,
                "must be a phone number such as +16505550101, an extension number or an extension id",
            )
        };
        let (number, object) = match value {
            Value::Null => return Ok(None),
            Value::String(number) => (number.clone(), None),
            Value::Number(number) => (number.to_string(), None),
            Value::Object(object) => {
                let number = ["phoneNumber", "extensionNumber", "extensionId"]
                    .into_iter()
                    .find_map(|key| object.get(key))
                    .ok_or_else(bad)?;
                let number = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
                (number, Some(object))
            }
            _ => return Err(bad()),
        };
        let text = |key: &str| {
            object
                .and_then(|object| object.get(key)?.as_str())
                .map(str::to_owned)
        };
        let is_extension = object.is_some_and(|object| !object.contains_key("phoneNumber"))
            || (number.len() < 8 && number.chars().all(|c| c.is_ascii_digit()) && !number.is_empty());
        let mut party = Party {
            name: text("name"),
            location: text("location"),
            ..Party::default()
        };
        if is_extension {
            party.extension_number = Some(number);
        } else {
            party.phone_number = Some(e164(&number).ok_or_else(bad)?);
            party.extension_id = number.parse().ok().filter(|_| !number.starts_with('+'));
        }
        Ok(Some(party))
    }
}
