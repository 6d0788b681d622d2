//! What the user may do.

use super::ExtensionApi;
use super::request::Request;
use crate::types::{PermissionId, RoleId, open_enum, or_default, record};

record! {
    /// Everything that the user may do.
    pub struct AuthzProfile {
        /// Its address.
        pub uri: Option<String>,
        /// One permission after the other.
        #[serde(default, deserialize_with = "or_default")]
        pub permissions: Vec<GrantedPermission>,
    }
}

record! {
    /// A permission that the user has, and where it comes from.
    pub struct GrantedPermission {
        /// The permission.
        pub permission: Option<Permission>,
        /// The role that gives it.
        pub effective_role: Option<EffectiveRole>,
        /// Whose data it reaches.
        #[serde(default, deserialize_with = "or_default")]
        pub scopes: Vec<PermissionScope>,
    }
}

record! {
    /// A permission, such as `ReadCallLog`.
    pub struct Permission {
        /// Its address.
        pub uri: Option<String>,
        /// Its name.
        pub id: Option<PermissionId>,
        /// Whether it can be limited to a site.
        pub site_compatible: Option<String>,
        /// Whether it only reads.
        pub read_only: Option<bool>,
        /// Whether it can be given to a role.
        pub assignable: Option<bool>,
        /// What else the platform says of it.
        pub permissions_capabilities: Option<serde_json::Value>,
    }
}

record! {
    /// The role that gives a permission.
    pub struct EffectiveRole {
        /// Its address.
        pub uri: Option<String>,
        /// Its id.
        pub id: Option<RoleId>,
        /// Where it counts.
        pub domain: Option<String>,
    }
}

open_enum! {
    /// Whose data a permission reaches.
    PermissionScope {
        Account = "Account", AllExtensions = "AllExtensions", Federation = "Federation",
        NonUserExtensions = "NonUserExtensions", RoleBased = "RoleBased", Itself = "Self",
        UserExtensions = "UserExtensions",
    }
}

record! {
    /// Whether the user has a permission.
    pub struct PermissionCheck {
        /// Its address.
        pub uri: Option<String>,
        /// Whether.
        pub successful: bool,
        /// Where it comes from, if so.
        pub details: Option<GrantedPermission>,
    }
}

impl ExtensionApi {
    /// Everything that the user may do. `GET …/authz-profile`; rate group Medium; no permission needed.
    pub fn authz_profile(&self) -> Request<AuthzProfile> {
        Request::json(self.client.get(&self.below("authz-profile")))
    }

    /// Whether the user has a permission, such as `ReadCallLog`. `GET …/authz-profile/check`; rate group Light; no
    /// permission needed.
    pub fn check_permission(&self, permission: &str) -> Request<PermissionCheck> {
        let request = self.client.get(&self.below("authz-profile/check"));
        Request::json(request.query("permissionId", permission))
    }
}
