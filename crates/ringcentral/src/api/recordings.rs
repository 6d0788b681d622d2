//! Recordings of calls.

use super::AccountApi;
use super::request::Request;
use super::segment;
use crate::types::{RecordingId, record};

record! {
    /// A recording of a call.
    pub struct Recording {
        /// Its id.
        pub id: RecordingId,
        /// Its address.
        pub uri: Option<String>,
        /// Where its sound is; the bearer token goes along only to the platform's own hosts.
        pub content_uri: String,
        /// Its media type, such as `audio/mpeg`.
        pub content_type: String,
        /// How long it is, in seconds.
        pub duration: u64,
    }
}

impl AccountApi {
    /// A recording. `GET …/recording/{recordingId}`; rate group Heavy; the app and the user need `ReadCallRecording`.
    pub fn recording(&self, id: impl Into<RecordingId>) -> Request<Recording> {
        let id = id.into();
        Request::json(
            self.client
                .get(&self.below(&format!("recording/{}", segment(id.as_str())))),
        )
    }
}
