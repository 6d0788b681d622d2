//! What belongs to messages, calls and extensions but is no JSON: sounds, documents, pictures.

use super::request::Request;
use super::{AccountApi, ExtensionApi, segment};
use crate::http::{Download, Multipart, Part};
use crate::types::{AttachmentId, MessageId, RecordingId, open_enum};

open_enum! {
    /// The size of an extension's picture, in pixels.
    ImageSize { Small = "90x90", Medium = "195x195", Large = "584x584" }
}

open_enum! {
    /// What a browser is to do with a file.
    ContentDisposition { Inline = "Inline", Attachment = "Attachment" }
}

/// What the platform is asked to say of a file; [`DownloadStream::file_name`](crate::DownloadStream::file_name) reads it.
impl Download {
    /// Whether the file is to be shown or to be kept: `contentDisposition`.
    pub fn content_disposition(self, disposition: &ContentDisposition) -> Self {
        self.with(|request| request.query("contentDisposition", disposition))
    }

    /// The name that the file is to have: `contentDispositionFilename`.
    pub fn content_disposition_filename(self, name: impl ToString) -> Self {
        self.with(|request| request.query("contentDispositionFilename", name))
    }
}

impl AccountApi {
    /// The sound of a call's recording. `GET …/recording/{recordingId}/content`; rate group Heavy; needs
    /// `ReadCallRecording`.
    ///
    /// A record of the call log says by `content_uri` where the sound is, in production on a host of its own:
    /// [`Client::download`](crate::Client::download) takes that as it is.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// use std::time::Duration;
    ///
    /// let sound = client
    ///     .account("~")
    ///     .recording_content("8810021")
    ///     .content_disposition_filename("monday.mp3")
    ///     .with(|request| request.timeout(Duration::from_secs(10)));
    /// sound.to_file("monday.mp3").await?;
    /// # Ok(()) }
    /// ```
    pub fn recording_content(&self, recording_id: impl Into<RecordingId>) -> Download {
        let id = segment(recording_id.into().as_str());
        self.client
            .download(&format!("{}/recording/{id}/content", self.path))
    }
}

impl ExtensionApi {
    /// What belongs to a message: the pages of a fax, a voicemail's sound, a picture.
    /// `GET …/message-store/{messageId}/content/{attachmentId}`; rate group Medium; needs `ReadMessages`, the user
    /// `ReadMessageContent`.
    pub fn message_content(
        &self,
        message_id: impl Into<MessageId>,
        attachment_id: impl Into<AttachmentId>,
    ) -> Download {
        let (message, attachment) = (message_id.into(), attachment_id.into());
        self.client.download(&format!(
            "{}/message-store/{message}/content/{attachment}",
            self.path
        ))
    }

    /// The picture. `GET …/profile-image`; rate group Medium; needs `ReadAccounts`, the user `ReadExtensions`.
    pub fn profile_image(&self) -> Download {
        self.client.download(&self.profile_image_path())
    }

    /// The picture in another size. `GET …/profile-image/{scaleSize}`; rate group Medium; needs `ReadAccounts`.
    pub fn scaled_profile_image(&self, size: &ImageSize) -> Download {
        let size = segment(size.as_str());
        self.client
            .download(&format!("{}/{size}", self.profile_image_path()))
    }

    /// Sets the picture: PNG, JPEG, GIF, BMP or TIFF. `PUT …/profile-image`; rate group Heavy; needs `EditExtensions`,
    /// the user `EditUserInfo`.
    ///
    /// ```no_run
    /// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
    /// client.me().set_profile_image(ringcentral::Part::file("image", "me.png")).await?;
    /// # Ok(()) }
    /// ```
    pub fn set_profile_image(&self, image: Part) -> Request<()> {
        let request = self.client.put(&self.profile_image_path());
        Request::done(request.multipart(Multipart::new().part(image)))
    }

    /// Adds a picture where there is none. `POST …/profile-image`; rate group and permissions as for
    /// [`set_profile_image`](Self::set_profile_image), which does as well and may be repeated.
    pub fn create_profile_image(&self, image: Part) -> Request<()> {
        let request = self.client.post(&self.profile_image_path());
        Request::done(request.multipart(Multipart::new().part(image)))
    }

    fn profile_image_path(&self) -> String {
        format!("{}/profile-image", self.path)
    }
}
