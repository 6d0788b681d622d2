//! One client for every login, however many requests use it, so that they share its rate gates and its refreshes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use ringcentral::{Client, Error};
use ringcentral_vault::LoginId;
use serde_json::Value;
use tokio::sync::OnceCell;

/// Enough for every user of an evening; a login that was dropped here is only made ready again.
const MOST: usize = 4096;

/// A login in use.
pub(crate) struct Login {
    pub(crate) client: Client,
    profile: OnceCell<Profile>,
}

/// Who it is that logged in, as the platform tells it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) account_id: String,
    pub(crate) extension_id: String,
    pub(crate) extension_number: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    /// The name of the user's time zone, when this computer knows it.
    pub(crate) zone: Option<String>,
}

impl Profile {
    pub(crate) fn time_zone(&self) -> (TimeZone, String) {
        let known = self
            .zone
            .as_deref()
            .and_then(|name| Some((TimeZone::get(name).ok()?, name.to_owned())));
        known.unwrap_or((TimeZone::UTC, "UTC".to_owned()))
    }

    fn read(extension: &Value) -> Self {
        let text = |pointer| extension.pointer(pointer).and_then(text_of);
        Self {
            account_id: text("/account/id").unwrap_or_default(),
            extension_id: text("/id").unwrap_or_default(),
            extension_number: text("/extensionNumber"),
            name: text("/name"),
            email: text("/contact/email"),
            zone: text("/regionalSettings/timezone/name"),
        }
    }
}

/// Text, or the digits of a number; nothing for what is empty.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Login {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            profile: OnceCell::new(),
        }
    }

    /// Asked of the platform once.
    ///
    /// # Errors
    /// When the platform did not answer; the next call asks again.
    pub(crate) async fn profile(&self) -> Result<&Profile, Error> {
        self.profile
            .get_or_try_init(|| async {
                let answer = self
                    .client
                    .get("/restapi/v1.0/account/~/extension/~")
                    .send()
                    .await?;
                Ok(Profile::read(&answer.json()?))
            })
            .await
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// The logins in use, the longest unused of which make room.
#[derive(Debug, Default)]
pub(crate) struct Logins(Mutex<Used>);

#[derive(Debug, Default)]
struct Used {
    uses: u64,
    logins: HashMap<LoginId, (u64, Arc<Login>)>,
}

impl Logins {
    pub(crate) fn get_or_make(&self, id: &LoginId, make: impl FnOnce() -> Login) -> Arc<Login> {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.uses += 1;
        let now = used.uses;
        if let Some((last, login)) = used.logins.get_mut(id) {
            *last = now;
            return Arc::clone(login);
        }
        if used.logins.len() >= MOST {
            let oldest = used
                .logins
                .iter()
                .min_by_key(|(_, (last, _))| *last)
                .map(|(id, _)| id.clone());
            oldest.and_then(|oldest| used.logins.remove(&oldest));
        }
        let login = Arc::new(make());
        used.logins.insert(id.clone(), (now, Arc::clone(&login)));
        login
    }

    pub(crate) fn forget(&self, id: &LoginId) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .logins
            .remove(id);
    }
}
