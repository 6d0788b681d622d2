//! What the platform sends, as structs: members that it left out are left out again when they are written.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// Declares a struct that the platform fills in. Its members have the platform's names in snake case; what is unknown is
/// passed over.
macro_rules! record {
    (
        $(#[$doc:meta])*
        pub struct $name:ident { $($(#[$meta:meta])* pub $field:ident: $type:ty,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$meta])* #[serde(skip_serializing_if = "crate::types::Absent::is_absent")] pub $field: $type,)+
        }

        impl crate::types::Absent for $name {
            /// When all of its members do.
            fn is_absent(&self) -> bool {
                $(crate::types::Absent::is_absent(&self.$field))&&+
            }
        }
    };
}
pub(crate) use record;

/// Reads a member that need not be there: `null` says as little as its absence. Options do so by themselves; every other
/// member with a default is read by this.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Whether a member says nothing.
pub(crate) trait Absent {
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for String {}
impl Absent for Timestamp {}
impl Absent for bool {}
impl Absent for f64 {}
impl Absent for i64 {}
impl Absent for u64 {}
