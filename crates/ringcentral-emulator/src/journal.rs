//! The journal: what was asked and how it was answered, without secrets.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::clock;
use crate::wildcard;

/// Records beyond this push the oldest out.
const CAPACITY: usize = 100_000;

/// The longest text of a record, in bytes. What is longer is cut off, so that the whole journal has an end in memory, too.
const LONGEST: usize = 1024;

/// Query parameters whose values are left out.
const SECRET: &[&str] = &[
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "id_token_hint",
    "nonce",
    "password",
    "refresh_token",
    "request",
    "state",
    "token",
    "ws_access_token",
];

/// A bounded record of platform requests.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<Record>>);

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) time: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Absent if no answer was given.
    pub(crate) status: Option<u16>,
    pub(crate) fault: Option<&'static str>,
    pub(crate) note: Note,
}

/// What is learned about a request on its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Note {
    pub(crate) grant_type: Option<String>,
    pub(crate) app_id: Option<String>,
    pub(crate) extension_id: Option<i64>,
    pub(crate) rate_group: Option<&'static str>,
}

/// A record as the control API gives it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View {
    pub(crate) time: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) status: Option<u16>,
    pub(crate) grant_type: Option<String>,
    pub(crate) app_id: Option<String>,
    pub(crate) extension_id: Option<String>,
    pub(crate) rate_group: Option<String>,
    pub(crate) fault: Option<&'static str>,
}

/// Which records to give.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) path: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) grant_type: Option<String>,
}

impl Journal {
    /// Adds a record.
    pub(crate) fn add(&self, mut record: Record) {
        for text in [&mut record.method, &mut record.path, &mut record.query] {
            shorten(text);
        }
        if let Some(text) = &mut record.note.grant_type {
            shorten(text);
        }
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() == CAPACITY {
            records.pop_front();
        }
        records.push_back(record);
    }

    /// The records that fit, oldest first.
    pub(crate) fn list(&self, filter: &Filter) -> Vec<View> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records
            .iter()
            .filter(|record| filter.fits(record))
            .map(Record::view)
            .collect()
    }

    /// The newest `count` records, newest first.
    pub(crate) fn latest(&self, count: usize) -> Vec<View> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().rev().take(count).map(Record::view).collect()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Filter {
    fn fits(&self, record: &Record) -> bool {
        self.path
            .as_ref()
            .is_none_or(|pattern| wildcard::matches(pattern, &record.path))
            && self
                .method
                .as_ref()
                .is_none_or(|method| method.eq_ignore_ascii_case(&record.method))
            && (self.grant_type.is_none() || self.grant_type == record.note.grant_type)
    }
}

impl Record {
    fn view(&self) -> View {
        View {
            time: clock::format(self.time),
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            status: self.status,
            grant_type: self.note.grant_type.clone(),
            app_id: self.note.app_id.clone(),
            extension_id: self.note.extension_id.map(|id| id.to_string()),
            rate_group: self.note.rate_group.map(str::to_lowercase),
            fault: self.fault,
        }
    }
}

/// Cuts off what is too long, and marks the place.
fn shorten(text: &mut String) {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
        text.shrink_to_fit();
    }
}

/// A query as it was sent, with the values of secret parameters left out.
pub(crate) fn without_secrets(query: &str) -> String {
    let is_secret = |pair: &str| {
        pair.split_once('=')
            .is_some_and(|(key, value)| !value.is_empty() && secret_name(key))
    };
    if !query.split('&').any(is_secret) {
        return query.to_owned();
    }
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((key, _)) if is_secret(pair) => format!("{key}=-"),
            _ => pair.to_owned(),
        })
        .collect();
    pairs.join("&")
}

fn secret_name(key: &str) -> bool {
    SECRET
        .iter()
        .any(|name| crate::request::decode(key).eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, shorten, without_secrets};

    #[test]
    fn secret_values_are_left_out_of_the_query() {
        for (sent, kept) in [
            ("", ""),
            ("perPage=2&view=Detailed", "perPage=2&view=Detailed"),
            ("access_token=EMU-at-x&a=1", "access_token=-&a=1"),
            ("Access%5FToken=x", "Access%5FToken=-"),
            ("state=&code=c&expires_in=60", "state=&code=-&expires_in=60"),
            (
                "client_assertion=a.b.c&client_id=x",
                "client_assertion=-&client_id=x",
            ),
            ("id_token_hint=a.b.c&request=d.e.f", "id_token_hint=-&request=-"),
            ("request_uri=x&requests=2", "request_uri=x&requests=2"),
        ] {
            assert_eq!(without_secrets(sent), kept, "{sent}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_off_between_letters() {
        for (sent, kept) in [
            (String::new(), String::new()),
            ("a".repeat(LONGEST), "a".repeat(LONGEST)),
            ("a".repeat(LONGEST + 1), "a".repeat(LONGEST) + "…"),
            // The letter of two bytes lies across the border.
            ("a".repeat(LONGEST - 1) + "ää", "a".repeat(LONGEST - 1) + "…"),
        ] {
            let mut text = sent;
            shorten(&mut text);
            assert_eq!(text, kept);
        }
    }

    #[test]
    fn each_secret_is_known_by_its_name() {
        for (name, is_secret) in [
            ("access_token", true),
            ("assertion", true),
            ("client_secret", true),
            ("code", true),
            ("code_challenge", true),
            ("code_verifier", true),
            ("nonce", true),
            ("password", true),
            ("refresh_token", true),
            ("state", true),
            ("token", true),
            ("ws_access_token", true),
            // What a reader of the journal wants to see.
            ("client_id", false),
            ("redirect_uri", false),
            ("code_challenge_method", false),
            ("syncToken", false),
            ("stateId", false),
        ] {
            let kept = if is_secret { "-" } else { "x" };
            assert_eq!(without_secrets(&format!("{name}=x")), format!("{name}={kept}"));
        }
    }
}
