//! The longer lists of words of messages. The platform adds to them.

use crate::types::open_enum;

open_enum! {
    /// What something that belongs to a message is.
    AttachmentType {
        AudioRecording = "AudioRecording", AudioTranscription = "AudioTranscription", Text = "Text",
        SourceDocument = "SourceDocument", RenderedDocument = "RenderedDocument", MmsAttachment = "MmsAttachment",
    }
}

open_enum! {
    /// How fine a fax is.
    FaxResolution { High = "High", Low = "Low" }
}

open_enum! {
    /// How far a voice mail is written down.
    TranscriptionStatus {
        NotAvailable = "NotAvailable", InProgress = "InProgress", TimedOut = "TimedOut", Completed = "Completed",
        CompletedPartially = "CompletedPartially", Failed = "Failed",
    }
}

open_enum! {
    /// Why a fax did not arrive.
    FaxErrorCode {
        AllLinesInUse = "AllLinesInUse", Undefined = "Undefined", NoFaxSendPermission = "NoFaxSendPermission",
        NoInternationalPermission = "NoInternationalPermission", NoFaxMachine = "NoFaxMachine",
        NoAnswer = "NoAnswer", LineBusy = "LineBusy", CallerHungUp = "CallerHungUp",
        NotEnoughCredits = "NotEnoughCredits", SentPartially = "SentPartially",
        InternationalCallingDisabled = "InternationalCallingDisabled",
        DestinationCountryDisabled = "DestinationCountryDisabled", UnknownCountryCode = "UnknownCountryCode",
        NotAccepted = "NotAccepted", InvalidNumber = "InvalidNumber", CallDeclined = "CallDeclined",
        TooManyCallsPerLine = "TooManyCallsPerLine", CallFailed = "CallFailed",
        RenderingFailed = "RenderingFailed", TooManyPages = "TooManyPages", ReturnToDbQueue = "ReturnToDBQueue",
        NoCallTime = "NoCallTime", WrongNumber = "WrongNumber", ProhibitedNumber = "ProhibitedNumber",
        InternalError = "InternalError", FaxSendingProhibited = "FaxSendingProhibited",
        ThePhoneIsBlacklisted = "ThePhoneIsBlacklisted", UserNotFound = "UserNotFound",
        ConvertError = "ConvertError", DbGeneralError = "DBGeneralError",
        SkypeBillingFailed = "SkypeBillingFailed", AccountSuspended = "AccountSuspended",
        ProhibitedDestination = "ProhibitedDestination", InternationalDisabled = "InternationalDisabled",
    }
}
