//! Which versions of the API there are. Nobody has to be logged in for that.

use jiff::Timestamp;

use super::request::Request;
use crate::client::Client;
use crate::types::{or_default, record};

record! {
    /// A version of the API.
    pub struct ApiVersion {
        /// Its address.
        pub uri: Option<String>,
        /// Its number.
        pub version_string: Option<String>,
        /// When it came out.
        pub release_date: Option<Timestamp>,
        /// How paths name it: `v1.0`.
        pub uri_string: Option<String>,
    }
}

record! {
    /// The versions of the API, and of the server.
    pub struct ApiVersions {
        /// The address of this list.
        pub uri: Option<String>,
        /// The versions.
        #[serde(default, deserialize_with = "or_default")]
        pub api_versions: Vec<ApiVersion>,
        /// The server's version.
        pub server_version: Option<String>,
        /// The server's revision.
        pub server_revision: Option<String>,
    }
}

impl Client {
    /// The versions of the API. `GET /restapi`; not rate limited, no login needed.
    pub fn api_versions(&self) -> Request<ApiVersions> {
        Request::json(self.get("/restapi").without_login())
    }

    /// The version that this library speaks. `GET /restapi/v1.0`; not rate limited, no login needed.
    pub fn api_version(&self) -> Request<ApiVersion> {
        Request::json(self.get("/restapi/v1.0").without_login())
    }
}
