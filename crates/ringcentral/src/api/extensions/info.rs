//! What the platform says of an extension.

use jiff::Timestamp;

use super::super::account::PostalAddress;
use super::super::regional::{Country, RegionalSettings};
use super::{
    ExtensionStatus, ExtensionStatusReason, ExtensionSubType, ExtensionType, PronouncedNameType,
    ServiceFeature, SetupWizardState, SiteAccess,
};
use crate::types::{
    AccountId, CostCenterId, CustomFieldId, ExtensionId, PromptId, RoleId, SiteId, or_default, record,
};

record! {
    /// An extension, as the list and the single resource show it; the list leaves some of it out.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// use ringcentral::ExtensionInfo;
    ///
    /// let me: ExtensionInfo = client.me().info().await?;
    /// println!("{}, extension {:?}", me.name.as_deref().unwrap_or("nameless"), me.extension_number);
    /// if let Some(mail) = me.contact.and_then(|contact| contact.email) {
    ///     println!("mail goes to {mail}");
    /// }
    /// # Ok(()) }
    /// ```
    pub struct ExtensionInfo {
        /// Its id, for paths.
        pub id: ExtensionId,
        /// Its address.
        pub uri: Option<String>,
        /// The account that it belongs to; only in the single resource.
        pub account: Option<AccountRef>,
        /// Who is behind it.
        pub contact: Option<Contact>,
        /// Its short number, for people.
        pub extension_number: Option<String>,
        /// All of its short numbers.
        #[serde(default, deserialize_with = "or_default")]
        pub extension_numbers: Vec<String>,
        /// Its name.
        pub name: Option<String>,
        /// The id that a partner gave it.
        pub partner_id: Option<String>,
        /// What it may do.
        pub permissions: Option<ExtensionPermissions>,
        /// Its picture.
        pub profile_image: Option<ProfileImage>,
        /// Where it is and how it writes things; only in the single resource.
        pub regional_settings: Option<RegionalSettings>,
        /// What it can do; only in the single resource.
        #[serde(default, deserialize_with = "or_default")]
        pub service_features: Vec<ServiceFeature>,
        /// How far it is set up.
        pub setup_wizard_state: Option<SetupWizardState>,
        /// Whether it is in use.
        pub status: Option<ExtensionStatus>,
        /// Why it is not.
        pub status_info: Option<ExtensionStatusInfo>,
        /// What it is.
        #[serde(rename = "type")]
        pub kind: Option<ExtensionType>,
        /// What it is more closely.
        pub sub_type: Option<ExtensionSubType>,
        /// Whether it is left out of directories.
        pub hidden: Option<bool>,
        /// Its roles.
        #[serde(default, deserialize_with = "or_default")]
        pub roles: Vec<Role>,
        /// What other systems know it by.
        #[serde(default, deserialize_with = "or_default")]
        pub references: Vec<Reference>,
        /// The queues that it belongs to.
        #[serde(default, deserialize_with = "or_default")]
        pub departments: Vec<DepartmentRef>,
        /// Its site.
        pub site: Option<Site>,
        /// Who pays for it.
        pub cost_center: Option<CostCenter>,
        /// Fields of the company's own.
        #[serde(default, deserialize_with = "or_default")]
        pub custom_fields: Vec<CustomField>,
        /// Its country.
        pub assigned_country: Option<Country>,
        /// The aims of a queue.
        pub call_queue_info: Option<CallQueueInfo>,
        /// When it was made.
        pub creation_time: Option<Timestamp>,
        /// Whether it sees beyond its site.
        pub site_access: Option<SiteAccess>,
        /// After how many seconds a parked call comes back.
        pub alert_timer: Option<u64>,
    }
}

record! {
    /// The account of an extension.
    pub struct AccountRef {
        /// Its id.
        pub id: Option<AccountId>,
        /// Its address.
        pub uri: Option<String>,
    }
}

record! {
    /// An extension that something belongs to.
    pub struct ExtensionRef {
        /// Its id.
        pub id: Option<ExtensionId>,
        /// Its address.
        pub uri: Option<String>,
        /// Its short number.
        pub extension_number: Option<String>,
        /// The id that a partner gave it.
        pub partner_id: Option<String>,
        /// What it is.
        #[serde(rename = "type")]
        pub kind: Option<ExtensionType>,
        /// Its name.
        pub name: Option<String>,
    }
}

record! {
    /// Who is behind an extension.
    #[derive(Default)]
    pub struct Contact {
        /// First name.
        pub first_name: Option<String>,
        /// Last name.
        pub last_name: Option<String>,
        /// The whole name, of what is no person.
        pub name: Option<String>,
        /// Company.
        pub company: Option<String>,
        /// Job title.
        pub job_title: Option<String>,
        /// E-mail address.
        pub email: Option<String>,
        /// Direct number.
        pub business_phone: Option<String>,
        /// Mobile number.
        pub mobile_phone: Option<String>,
        /// Postal address.
        pub business_address: Option<PostalAddress>,
        /// Whether one logs in with the e-mail address.
        pub email_as_login_name: Option<bool>,
        /// How the name is spoken.
        pub pronounced_name: Option<PronouncedName>,
        /// Department.
        pub department: Option<String>,
    }
}

record! {
    /// How a name is spoken.
    pub struct PronouncedName {
        /// By whom.
        #[serde(rename = "type")]
        pub kind: Option<PronouncedNameType>,
        /// What is read out.
        pub text: Option<String>,
        /// The recording.
        pub prompt: Option<Prompt>,
    }
}

record! {
    /// A recording of a name.
    pub struct Prompt {
        /// Its id.
        pub id: Option<PromptId>,
        /// Where its sound is.
        pub content_uri: Option<String>,
        /// Its media type.
        pub content_type: Option<String>,
    }
}

record! {
    /// What an extension may do.
    pub struct ExtensionPermissions {
        /// Whether it administers the account.
        pub admin: Option<Enabled>,
        /// Whether it may call abroad.
        pub international_calling: Option<Enabled>,
    }
}

record! {
    /// Whether something is switched on.
    pub struct Enabled {
        /// Whether.
        pub enabled: Option<bool>,
    }
}

record! {
    /// The picture of an extension. Its address is there even if the picture is not.
    pub struct ProfileImage {
        /// Its address.
        pub uri: String,
        /// Changes when the picture does.
        pub etag: Option<String>,
        /// When it was changed.
        pub last_modified: Option<Timestamp>,
        /// Its media type; none, when there is no picture.
        pub content_type: Option<String>,
        /// The same in other sizes.
        #[serde(default, deserialize_with = "or_default")]
        pub scales: Vec<ImageLink>,
    }
}

record! {
    /// A picture in another size.
    pub struct ImageLink {
        /// Its address.
        pub uri: Option<String>,
    }
}

record! {
    /// Why an extension is not in use.
    pub struct ExtensionStatusInfo {
        /// In words.
        pub comment: Option<String>,
        /// The reason.
        pub reason: Option<ExtensionStatusReason>,
    }
}

record! {
    /// A role of an extension.
    pub struct Role {
        /// Its address.
        pub uri: Option<String>,
        /// Its id.
        pub id: Option<RoleId>,
        /// Whether new users get it.
        pub auto_assigned: Option<bool>,
        /// Its name.
        pub display_name: Option<String>,
        /// Whether it can be limited to a site.
        pub site_compatible: Option<bool>,
        /// Whether it is limited to a site.
        pub site_restricted: Option<bool>,
    }
}

record! {
    /// What another system knows an extension by.
    pub struct Reference {
        /// The id there.
        #[serde(rename = "ref")]
        pub reference: Option<String>,
        /// Which system, such as `PartnerId` or `CustomerDirectoryId`.
        #[serde(rename = "type")]
        pub kind: Option<String>,
        /// The account there.
        pub ref_acc_id: Option<String>,
    }
}

record! {
    /// A queue that an extension belongs to.
    pub struct DepartmentRef {
        /// Its id.
        pub id: Option<ExtensionId>,
        /// Its address.
        pub uri: Option<String>,
        /// Its short number.
        pub extension_number: Option<String>,
    }
}

record! {
    /// A site.
    pub struct Site {
        /// Its id.
        pub id: Option<SiteId>,
        /// Its address.
        pub uri: Option<String>,
        /// Its name.
        pub name: Option<String>,
        /// What comes before its short numbers.
        pub code: Option<String>,
    }
}

record! {
    /// What the costs of an extension are booked on.
    pub struct CostCenter {
        /// Its id.
        pub id: Option<CostCenterId>,
        /// Its name.
        pub name: Option<String>,
    }
}

record! {
    /// A field of the company's own.
    pub struct CustomField {
        /// Its id.
        pub id: Option<CustomFieldId>,
        /// What is in it.
        pub value: Option<String>,
        /// Its name.
        pub display_name: Option<String>,
    }
}

record! {
    /// The aims of a queue.
    pub struct CallQueueInfo {
        /// How many of a hundred calls are to be answered in time.
        pub sla_goal: Option<u64>,
        /// What in time means, in seconds.
        pub sla_threshold_seconds: Option<u64>,
        /// Whether calls count that were given up.
        pub include_abandoned_calls: Option<bool>,
        /// After how many seconds they do.
        pub abandoned_threshold_seconds: Option<u64>,
    }
}
