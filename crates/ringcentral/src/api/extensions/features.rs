//! What an account or an extension can do.

use crate::types::{open_enum, record};

open_enum! {
    /// Something that can be switched on.
    FeatureName {
        AccountFederation = "AccountFederation", Archiver = "Archiver",
        AutomaticCallRecordingMute = "AutomaticCallRecordingMute",
        AutomaticInboundCallRecording = "AutomaticInboundCallRecording",
        AutomaticOutboundCallRecording = "AutomaticOutboundCallRecording",
        BlockedMessageForwarding = "BlockedMessageForwarding", Calendar = "Calendar",
        CallerIdControl = "CallerIdControl", CallForwarding = "CallForwarding", CallPark = "CallPark",
        CallParkLocations = "CallParkLocations", CallSupervision = "CallSupervision", CallSwitch = "CallSwitch",
        CallQualitySurvey = "CallQualitySurvey", Conferencing = "Conferencing",
        ConferencingNumber = "ConferencingNumber", ConfigureDelegates = "ConfigureDelegates",
        DeveloperPortal = "DeveloperPortal", Dnd = "DND", DynamicConference = "DynamicConference",
        EmergencyAddressAutoUpdate = "EmergencyAddressAutoUpdate", EmergencyCalling = "EmergencyCalling",
        EncryptionAtRest = "EncryptionAtRest", ExternalDirectoryIntegration = "ExternalDirectoryIntegration",
        Fax = "Fax", FaxReceiving = "FaxReceiving", FreeSoftPhoneLines = "FreeSoftPhoneLines",
        HdVoice = "HDVoice", HipaaCompliance = "HipaaCompliance", Intercom = "Intercom",
        InternationalCalling = "InternationalCalling", InternationalSms = "InternationalSMS",
        LinkedSoftphoneLines = "LinkedSoftphoneLines", Mms = "MMS",
        MobileVoipEmergencyCalling = "MobileVoipEmergencyCalling",
        OnDemandCallRecording = "OnDemandCallRecording", Pager = "Pager", PagerReceiving = "PagerReceiving",
        Paging = "Paging", PasswordAuth = "PasswordAuth", PromoMessage = "PromoMessage", Reports = "Reports",
        Presence = "Presence", RcTeams = "RCTeams", RingOut = "RingOut", SalesForce = "SalesForce",
        SharedLines = "SharedLines", SingleExtensionUi = "SingleExtensionUI", SiteCodes = "SiteCodes",
        Sms = "SMS", SmsReceiving = "SMSReceiving", SoftPhoneUpdate = "SoftPhoneUpdate",
        TelephonySessions = "TelephonySessions", UserManagement = "UserManagement",
        VideoConferencing = "VideoConferencing", VoipCalling = "VoipCalling",
        VoipCallingOnMobile = "VoipCallingOnMobile", Voicemail = "Voicemail",
        VoicemailToText = "VoicemailToText", WebPhone = "WebPhone",
    }
}

record! {
    /// Whether something is switched on.
    pub struct ServiceFeature {
        /// What.
        pub feature_name: Option<FeatureName>,
        /// Whether.
        pub enabled: Option<bool>,
        /// Why not.
        pub reason: Option<String>,
    }
}
