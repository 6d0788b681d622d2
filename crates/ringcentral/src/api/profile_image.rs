//! The picture of an extension. What is known of it is in [`ExtensionInfo::profile_image`](super::ExtensionInfo).

use super::ExtensionApi;
use super::request::Request;

impl ExtensionApi {
    /// Takes the picture away. `DELETE …/profile-image`; rate group Medium; the app needs `EditExtensions`, the user
    /// `EditUserInfo`.
    pub fn delete_profile_image(&self) -> Request<()> {
        Request::done(self.client.delete(&self.below("profile-image")))
    }
}
