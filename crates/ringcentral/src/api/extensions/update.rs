//! What can be changed in an extension.

use std::fmt;

use serde::Serialize;

use super::{ExtensionStatus, SetupWizardState};
use crate::api::changes;

/// What is to change in an extension; what is not named stays as it is.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::ExtensionUpdate;
///
/// let update = ExtensionUpdate::new().job_title("Head of Roasting").email("ada.quill@example.com");
/// let changed = client.me().update(&update).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionUpdate {
    #[serde(skip_serializing_if = "ContactUpdate::is_empty")]
    contact: ContactUpdate,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ExtensionStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setup_wizard_state: Option<SetupWizardState>,
}

#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContactUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
}

impl ContactUpdate {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ExtensionUpdate {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it is in use; for administrators.
    #[must_use]
    pub fn status(mut self, status: ExtensionStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// The short number; for administrators.
    #[must_use]
    pub fn extension_number(mut self, number: impl Into<String>) -> Self {
        self.extension_number = Some(number.into());
        self
    }

    /// How far it is set up.
    #[must_use]
    pub fn setup_wizard_state(mut self, state: SetupWizardState) -> Self {
        self.setup_wizard_state = Some(state);
        self
    }
}

impl fmt::Debug for ExtensionUpdate {
    /// By the names of what changes, without names, numbers and addresses of people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        changes::named(f, "ExtensionUpdate", self)
    }
}

/// The setters of the contact.
macro_rules! contact {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        impl ExtensionUpdate {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(mut self, value: impl Into<String>) -> Self {
                    self.contact.$name = Some(value.into());
                    self
                }
            )+
        }
    };
}
contact! {
    /// First name.
    first_name,
    /// Last name.
    last_name,
    /// Company.
    company,
    /// Job title.
    job_title,
    /// E-mail address.
    email,
    /// Mobile number.
    mobile_phone,
    /// Department.
    department,
}
