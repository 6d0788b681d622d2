//! The long lists of words of the call log. The platform adds to them.

use crate::types::open_enum;

open_enum! {
    /// What was done.
    CallAction {
        AcceptCall = "Accept Call", BargeInCall = "Barge In Call", CallPark = "Call Park",
        CallReturn = "Call Return", CallOutCallMe = "CallOut-CallMe", CallingCard = "Calling Card",
        ConferenceCall = "Conference Call", E911Update = "E911 Update", Emergency = "Emergency",
        ExternalApplication = "External Application", FindMe = "FindMe", FollowMe = "FollowMe",
        FreeSpdl = "FreeSPDL", Hunting = "Hunting", IncomingFax = "Incoming Fax", Monitoring = "Monitoring",
        Move = "Move", OutgoingFax = "Outgoing Fax", Paging = "Paging", ParkLocation = "Park Location",
        PhoneCall = "Phone Call", PhoneLogin = "Phone Login", Pickup = "Pickup", RcMeetings = "RC Meetings",
        RingDirectly = "Ring Directly", RingMe = "RingMe", RingOutMobile = "RingOut Mobile",
        RingOutPc = "RingOut PC", RingOutWeb = "RingOut Web", SipForwarding = "Sip Forwarding",
        Support = "Support", TextRelay = "Text Relay", Transfer = "Transfer", VoipCall = "VoIP Call",
        VoiceChatCall = "VoiceChat Call",
    }
}

open_enum! {
    /// How a call ended.
    CallResult {
        Number911 = "911", Number933 = "933", Abandoned = "Abandoned", Accepted = "Accepted",
        AnsweredNotAccepted = "Answered Not Accepted", AnsweredElsewhere = "Answered Elsewhere",
        Blocked = "Blocked", Busy = "Busy", CallFailed = "Call Failed", CallFailure = "Call Failure",
        CallConnected = "Call connected", CallbackRequested = "Callback requested",
        CarrierIsNotActive = "Carrier is not active", Declined = "Declined",
        EdgeTrunkMisconfigured = "EDGE trunk misconfigured", FaxNotSent = "Fax Not Sent",
        FaxPartiallySent = "Fax Partially Sent", FaxPoorLine = "Fax Poor Line",
        FaxReceiptError = "Fax Receipt Error", FaxOnDemand = "Fax on Demand", HangUp = "Hang Up",
        IpPhoneOffline = "IP Phone Offline", InProgress = "In Progress", InternalError = "Internal Error",
        InternationalDisabled = "International Disabled", InternationalRestricted = "International Restricted",
        Missed = "Missed", NoAnswer = "No Answer", NoCallingCredit = "No Calling Credit",
        NotAllowed = "Not Allowed", PartialReceive = "Partial Receive", PhoneLogin = "Phone Login",
        ReceiveError = "Receive Error", Received = "Received", Rejected = "Rejected", Reply = "Reply",
        RestrictedNumber = "Restricted Number", SendError = "Send Error", Sent = "Sent",
        SentToVoicemail = "Sent to Voicemail", Stopped = "Stopped", SuspendedAccount = "Suspended account",
        Voicemail = "Voicemail", WrongNumber = "Wrong Number",
    }
}

open_enum! {
    /// Why a call ended as it did.
    CallReason {
        Accepted = "Accepted", BadNumber = "Bad Number", CallLoop = "Call Loop",
        CallsNotAccepted = "Calls Not Accepted", CarrierIsNotActive = "Carrier is not active",
        Connected = "Connected", Customer611Restricted = "Customer 611 Restricted",
        EdgeTrunkMisconfigured = "EDGE trunk misconfigured",
        EmergencyAddressNotDefined = "Emergency Address not defined", FailedTryAgain = "Failed Try Again",
        FaxNotReceived = "Fax Not Received", FaxNotSent = "Fax Not Sent",
        FaxPartiallySent = "Fax Partially Sent", FaxPoorLine = "Fax Poor Line",
        FaxPrepareError = "Fax Prepare Error", FaxSaveError = "Fax Save Error", FaxSendError = "Fax Send Error",
        HangUp = "Hang Up", Info411Restricted = "Info 411 Restricted",
        InternalCallError = "Internal Call Error", InternalError = "Internal Error",
        InternationalDisabled = "International Disabled", InternationalRestricted = "International Restricted",
        LineBusy = "Line Busy", MaxCallLimit = "Max Call Limit", NoAnswer = "No Answer", NoCredit = "No Credit",
        NoDigitalLine = "No Digital Line", NotAnswered = "Not Answered", NumberBlocked = "Number Blocked",
        NumberDisabled = "Number Disabled", NumberNotAllowed = "Number Not Allowed",
        ReceiveError = "Receive Error", ResourceError = "Resource Error",
        RestrictedNumber = "Restricted Number", Stopped = "Stopped", TooManyCalls = "Too Many Calls",
        WrongNumber = "Wrong Number",
    }
}

open_enum! {
    /// What a leg of a call is.
    LegType {
        Accept = "Accept", CallBack = "CallBack", CallMeCallOut = "CallMeCallOut", CallPark = "CallPark",
        CallingCard = "CallingCard", ConferenceCall = "ConferenceCall",
        ExtensionToExtension = "ExtensionToExtension", FaxSent = "FaxSent", FindMe = "FindMe",
        FollowMe = "FollowMe", Hunting = "Hunting", ImsCall = "ImsCall", IvaCall = "IvaCall",
        JoinCall = "JoinCall", MeetingsCall = "MeetingsCall", MobileApp = "MobileApp",
        Monitoring = "Monitoring", MoveToConference = "MoveToConference", OutgoingFreeSpDl = "OutgoingFreeSpDl",
        PagingServer = "PagingServer", ParkLocation = "ParkLocation", Pickup = "Pickup",
        PstnToSip = "PstnToSip", RingDirectly = "RingDirectly", RingMe = "RingMe",
        RingOutClientToCaller = "RingOutClientToCaller",
        RingOutClientToSubscriber = "RingOutClientToSubscriber",
        RingOutDeviceToCaller = "RingOutDeviceToCaller",
        RingOutDeviceToSubscriber = "RingOutDeviceToSubscriber",
        RingOutOneLegToCaller = "RingOutOneLegToCaller", RingOutWebToCaller = "RingOutWebToCaller",
        RingOutWebToSubscriber = "RingOutWebToSubscriber", ServiceMinus2 = "ServiceMinus2",
        ServiceMinus3 = "ServiceMinus3", SilentMonitoring = "SilentMonitoring", SipForwarding = "SipForwarding",
        SipToPstnMetered = "SipToPstnMetered", SipToPstnUnmetered = "SipToPstnUnmetered", TestCall = "TestCall",
        TextRelay = "TextRelay", TransferCall = "TransferCall", VoiceChat = "VoiceChat",
    }
}

open_enum! {
    /// What a call is for billing.
    InternalType {
        Local = "Local", LongDistance = "LongDistance", International = "International", Sip = "Sip",
        RingMe = "RingMe", RingOut = "RingOut", Usual = "Usual", TollFreeNumber = "TollFreeNumber",
        VerificationNumber = "VerificationNumber", Vma = "Vma", LocalNumber = "LocalNumber",
        ImsOutgoing = "ImsOutgoing", ImsIncoming = "ImsIncoming",
    }
}
