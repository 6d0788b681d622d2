//! Answers as the platform gives them, with every documented member and some that nobody knows.

pub(super) const ACCOUNT: &str = r#"{
 "id":900110022,"uri":"https://rc.example.com/restapi/v1.0/account/900110022","bsid":"900110022-0",
 "mainNumber":"+16505550100","partnerId":"p-1","cfid":"BEF0117A","newfangled":{"a":[1]},
 "operator":{"uri":"https://rc.example.com/restapi/v1.0/account/900110022/extension/900110077001","id":900110077001,
  "extensionNumber":"101","partnerId":"p-2"},
 "serviceInfo":{"uri":"https://rc.example.com/restapi/v1.0/account/900110022/service-info",
  "billingPlan":{"id":"8853","name":"Yearly","durationUnit":"Year","duration":1,"type":"TrialNoCC","includedPhoneLines":12},
  "brand":{"id":"1210","name":"RingCentral","homeCountry":{"id":"1","uri":"https://rc.example.com/country/1"}},
  "servicePlan":{"id":"6","name":"Office","edition":"Enterprise","freemiumProductType":"None"},
  "targetServicePlan":{"id":"7","name":"Office","edition":"Premium","freemiumProductType":"None"},
  "contractedCountry":{"id":"1","uri":"https://rc.example.com/country/1"},"uBrand":{"id":"1210","name":"RingCentral"}},
 "setupWizardState":"Completed",
 "signupInfo":{"tosAccepted":true,"signupState":["BillingEntered","CreditCardApproved"],"verificationReason":"Unknown",
  "marketingAccepted":false,"creationTime":"2020-01-01T00:00:00.000Z"},
 "status":"Disabled","statusInfo":{"reason":"SuspendedVoluntarily","comment":"on leave","till":"2027-01-01T00:00:00.000Z"},
 "regionalSettings":{
  "homeCountry":{"id":"1","uri":"https://rc.example.com/country/1","name":"United States","isoCode":"US","callingCode":"1"},
  "timezone":{"uri":"https://rc.example.com/timezone/58","id":"58","name":"US/Pacific","description":"Pacific","bias":"-480"},
  "language":{"id":"1033","localeCode":"en-US","name":"English"},
  "greetingLanguage":{"id":"1033","localeCode":"en-US","name":"English"},
  "formattingLocale":{"id":"1033","localeCode":"en-US","name":"English"},"timeFormat":"12h",
  "currency":{"id":1,"code":"USD","name":"US Dollar","symbol":"$","minorSymbol":"c"}},
 "federated":false,"outboundCallPrefix":9,
 "limits":{"freeSoftPhoneLinesPerExtension":10,"meetingSize":100,"cloudRecordingStorage":10240,
  "maxMonitoredExtensionsPerUser":100,"maxExtensionNumberLength":5,"siteCodeLength":0,"shortExtensionNumberLength":3}}"#;

pub(super) const SERVICE_INFO: &str = r#"{
 "uri":"https://rc.example.com/restapi/v1.0/account/900110022/service-info","servicePlanName":"Office",
 "brand":{"id":"1210","name":"RingCentral","newfangled":1},
 "serviceFeatures":[{"featureName":"SMS","enabled":true},{"featureName":"Telepathy","enabled":false,"reason":"too early"}],
 "limits":{"meetingSize":100},"newfangled":null}"#;

pub(super) const BUSINESS_ADDRESS: &str = r#"{
 "uri":"https://rc.example.com/restapi/v1.0/account/900110022/business-address","company":"Example Coffee Roasters",
 "email":"office@example.com","mainSiteName":"Main Site",
 "businessAddress":{"country":"United States","state":"CA","city":"Redwood City","street":"1 Example Street","zip":"94061"}}"#;

pub(super) const EXTENSION: &str = r#"{
 "id":900110077001,"uri":"https://rc.example.com/restapi/v1.0/account/900110022/extension/900110077001",
 "account":{"id":"900110022","uri":"https://rc.example.com/restapi/v1.0/account/900110022"},
 "contact":{"firstName":"Ada","lastName":"Quill","name":"Ada Quill","company":"Example Coffee Roasters","jobTitle":"Owner",
  "email":"ada.quill@example.com","businessPhone":"+16505550101","mobilePhone":"+16505550102",
  "businessAddress":{"country":"United States","state":"CA","city":"Redwood City","street":"1 Example Street","zip":"94061"},
  "emailAsLoginName":true,"department":"Roasting",
  "pronouncedName":{"type":"Recorded","text":"Ada Quill","prompt":{"id":"1","contentUri":"https://rc.example.com/p",
   "contentType":"audio/mpeg"}}},
 "extensionNumber":"101","extensionNumbers":["101","1101"],"name":"Ada Quill","partnerId":"p-1",
 "permissions":{"admin":{"enabled":true},"internationalCalling":{"enabled":false}},
 "profileImage":{"uri":"https://rc.example.com/restapi/v1.0/account/900110022/extension/900110077001/profile-image",
  "etag":"abc","lastModified":"2026-03-09T18:10:00.000Z","contentType":"image/png",
  "scales":[{"uri":"https://rc.example.com/profile-image/90x90"}]},
 "regionalSettings":{"timezone":{"id":"58","name":"US/Pacific"},"timeFormat":"24h"},
 "serviceFeatures":[{"featureName":"Fax","enabled":true}],"setupWizardState":"Incomplete","status":"Frozen",
 "statusInfo":{"comment":"moved","reason":"Involuntarily"},"type":"DigitalUser","subType":"VideoPro","hidden":false,
 "roles":[{"uri":"https://rc.example.com/user-role/1","id":"1","autoAssigned":false,"displayName":"Super Admin",
  "siteCompatible":false,"siteRestricted":false}],
 "references":[{"ref":"12","type":"CustomerDirectoryId","refAccId":"34"}],
 "departments":[{"id":900110077201,"uri":"https://rc.example.com/e/201","extensionNumber":"201"}],
 "site":{"id":"main-site","uri":"https://rc.example.com/sites/main-site","name":"Main Site","code":"1"},
 "costCenter":{"id":"c-1","name":"Roastery"},"customFields":[{"id":"f-1","value":"blue","displayName":"Badge"}],
 "assignedCountry":{"id":"1","uri":"https://rc.example.com/country/1","isoCode":"US","name":"United States"},
 "callQueueInfo":{"slaGoal":80,"slaThresholdSeconds":30,"includeAbandonedCalls":true,"abandonedThresholdSeconds":5},
 "creationTime":"2020-01-01T00:00:00.000Z","siteAccess":"Unlimited","alertTimer":60,"newfangled":"?"}"#;

pub(super) const EXTENSION_NUMBER: &str = r#"{
 "id":401,"uri":"https://rc.example.com/phone-number/401","phoneNumber":"+16505550101","usageType":"DirectNumber",
 "type":"VoiceFax","subType":"Main","paymentType":"Local","status":"Normal",
 "country":{"id":"1","uri":"https://rc.example.com/country/1","name":"United States"},
 "extension":{"id":900110077001,"uri":"https://rc.example.com/e","extensionNumber":"101","partnerId":"p","type":"User",
  "name":"Ada Quill"},
 "label":"front desk","location":"Redwood City, CA","primary":true,"callerIdName":"EXAMPLE COFFEE",
 "contactCenterProvider":{"id":"7","name":"Example"},"features":["CallerId","SmsSender","A2PSmsSender","HologramSender"]}"#;

pub(super) const ACCOUNT_NUMBER: &str = r#"{
 "id":402,"phoneNumber":"+18005550102","usageType":"ELIN","type":"VoiceOnly","paymentType":"TollFree","status":"PortedIn",
 "temporaryNumber":{"id":"403","phoneNumber":"+16505550103"},"vanityPattern":"555COFFEE","activationStatus":"Installed"}"#;

pub(super) const CALL: &str = r#"{
 "id":"AbC9xQ2Lm","uri":"https://rc.example.com/restapi/v1.0/account/900110022/extension/900110077001/call-log/AbC9xQ2Lm?view=Simple",
 "sessionId":"52016834021","telephonySessionId":"s-7d1f0a2b","partyId":"p-7d1f0a2b-1","sipUuidInfo":"u-1",
 "startTime":"2026-03-09T18:04:11.000Z","duration":73,"durationMs":73125,"type":"Voice","direction":"Inbound",
 "action":"Phone Call","result":"Call connected","reason":"No Answer","reasonDescription":"nobody was there",
 "internalType":"Usual","transport":"PSTN",
 "from":{"phoneNumber":"+12125550147","name":"Bo Lind","location":"New York, NY","dialerPhoneNumber":"+12125550148"},
 "to":{"phoneNumber":"+16505550101","extensionNumber":"101","extensionId":"900110077001","name":"Ada Quill",
  "device":{"id":"17","uri":"https://rc.example.com/device/17"},"dialedPhoneNumber":"+16505550100"},
 "extension":{"id":900110077001,"uri":"https://rc.example.com/e"},
 "recording":{"id":"8810021","uri":"https://rc.example.com/recording/8810021","type":"Automatic",
  "contentUri":"https://rc.example.com/recording/8810021/content"},
 "message":{"id":"1801","type":"VoiceMail","uri":"https://rc.example.com/message-store/1801"},
 "delegate":{"id":"5","name":"Ben Osei"},"delegationType":"Coworker",
 "billing":{"costIncluded":0.0,"costPurchased":0.25},"transferTarget":{"telephonySessionId":"s-1"},
 "transferee":{"telephonySessionId":"s-2"},"shortRecording":true,"deleted":true,"metadataCategories":["a","b"],
 "lastModifiedTime":"2026-03-09T18:06:00.120Z","newfangled":[{}]}"#;

pub(super) const DETAILED_CALL: &str = r#"{
 "id":"AbC9xQ2Ln","uri":"x","sessionId":"52016834022","startTime":"2026-03-09T18:04:11.000Z","type":"Fax",
 "direction":"Outbound","action":"Outgoing Fax",
 "legs":[{"id":"AbC9xQ2Lo","uri":"y","sessionId":"52016834022","legType":"FaxSent","master":true,"startTime":"2026-03-09T18:04:11.000Z","duration":30,"durationMs":30001,
  "type":"Fax","internalType":"LongDistance","direction":"Outbound","action":"Outgoing Fax","result":"Fax Not Sent",
  "reason":"Fax Send Error","reasonDescription":"no carrier","transport":"VoIP","telephonySessionId":"s-1","partyId":"p-1",
  "sipUuidInfo":"u-1","from":{"extensionNumber":"101"},"to":{"phoneNumber":"+12125550147"},
  "extension":{"id":"900110077001"},"recording":{"id":"1"},"shortRecording":true,"message":{"id":"2","type":"Fax"},
  "delegate":{"id":"5"},"delegationType":"Assistant","billing":{"costIncluded":1.5},"transferTarget":{"telephonySessionId":"s"},
  "transferee":{"telephonySessionId":"s"},"deleted":true,"metadataCategories":["a"],
  "lastModifiedTime":"2026-03-09T18:06:00.120Z","newfangled":1}]}"#;

pub(super) const RECORDING: &str = r#"{"id":"8810021","uri":"https://rc.example.com/recording/8810021",
 "contentUri":"https://rc.example.com/recording/8810021/content","contentType":"audio/mpeg","duration":73}"#;

pub(super) const SMS: &str = r#"{
 "uri":"https://rc.example.com/message-store/1801","id":1801,"extensionId":"900110077001","type":"SMS",
 "from":{"phoneNumber":"+16505550101","name":"Ada Quill","location":"Redwood City, CA"},
 "to":[{"phoneNumber":"+12125550147","target":true,"messageStatus":"Queued","recipientId":"9"}],
 "subject":"hello","direction":"Outbound","availability":"Alive","readStatus":"Read","priority":"Normal",
 "messageStatus":"DeliveryFailed","smsSendingAttemptsCount":1,"segmentCount":1,"deliveryErrorCode":"SMS-RC-413",
 "smsDeliveryTime":"2026-03-09T18:10:05.000Z","conversationId":7700123,
 "conversation":{"id":"7700123","uri":"https://rc.example.com/conversation/7700123"},
 "attachments":[{"id":1801,"uri":"https://rc.example.com/message-store/1801/content/1801","type":"Text",
  "contentType":"text/plain"}],
 "creationTime":"2026-03-09T18:10:00.000Z","lastModifiedTime":"2026-03-09T18:10:00.120Z","newfangled":true}"#;

pub(super) const MMS: &str = r#"{"id":4611686018427387905,"type":"SMS","availability":"Alive",
 "attachments":[{"id":"4611686018427387906","type":"MmsAttachment","contentType":"image/png","fileName":"cup.png","size":512,
  "height":40,"width":60}]}"#;

pub(super) const FAX: &str = r#"{"id":1802,"type":"Fax","from":{"phoneNumber":"+16505550101"},
 "to":[{"phoneNumber":"+12125550147","messageStatus":"SendingFailed","faxErrorCode":"LineBusy","recipientId":"1"}],
 "faxPageCount":2,"faxResolution":"High","coverIndex":1,"coverPageText":"for you",
 "attachments":[{"id":1,"type":"RenderedDocument","fileName":"a.pdf"}]}"#;

pub(super) const SENT_FAX: &str = r#"{"id":1803,"type":"Fax","faxResolution":"Low",
 "attachments":[{"id":1,"type":"SourceDocument","filename":"a.pdf","size":9}]}"#;

pub(super) const VOICE_MAIL: &str = r#"{"id":1804,"type":"VoiceMail","from":{"extensionNumber":"102","extensionId":"900110077002"},
 "readStatus":"Unread","priority":"High","vmTranscriptionStatus":"CompletedPartially","private":true,
 "owner":{"extensionId":"900110077001","extensionType":"User","name":"Ada Quill"},"forwarding":{"mode":"x"},
 "attachments":[{"id":1,"type":"AudioRecording","contentType":"audio/mpeg","vmDuration":12},
  {"id":2,"type":"AudioTranscription","contentType":"text/plain"}]}"#;

pub(super) const PAGER: &str = r#"{"id":1805,"type":"Pager","from":{"extensionNumber":"101"},"to":[{"extensionNumber":"201"}],
 "subject":"lunch?","pgToDepartment":true}"#;

pub(super) const DELETED_MESSAGE: &str =
    r#"{"id":1806,"uri":"https://rc.example.com/message-store/1806","availability":"Purged"}"#;

pub(super) const PRESENCE: &str = r#"{
 "uri":"https://rc.example.com/presence","extension":{"id":900110077001,"uri":"https://rc.example.com/e","extensionNumber":"101"},
 "presenceStatus":"Busy","userStatus":"Available","telephonyStatus":"CallConnected","dndStatus":"TakeDepartmentCallsOnly",
 "dndStatusPersonal":"DoNotAcceptAnyCalls","acceptCallQueueCalls":true,"meetingStatus":"Disconnected","message":"back at two",
 "allowSeeMyPresence":true,"callerIdVisibility":"None","ringOnMonitoredCall":false,"pickUpCallsOnHold":false,
 "cxTelephonyStatus":"NoCall","aggregatedTelephonyStatus":"CallConnected",
 "activeCalls":[{"id":"1","direction":"Inbound","queueCall":false,"from":"+12125550147","fromName":"Bo Lind","to":"101",
  "toName":"Ada Quill","startTime":"2026-03-09T18:04:11.000Z","telephonyStatus":"OnHold","sessionId":"2",
  "telephonySessionId":"s-1","partyId":"p-1","onBehalfOf":"3","terminationType":"final",
  "sipData":{"callId":"a","toTag":"b","fromTag":"c","remoteUri":"sip:a@example.com","localUri":"sip:b@example.com",
   "rcSessionId":"d"},
  "callInfo":{"primary":{"type":"QueueName","value":"Orders"},"additional":{"type":"x","value":"y"}},
  "appearanceInfo":{"a":1}}],"newfangled":0}"#;

pub(super) const RING_OUT: &str = r#"{"id":12345,"uri":"https://rc.example.com/ring-out/12345",
 "status":{"callStatus":"InProgress","callerStatus":"NosuchUser","calleeStatus":"Levitating"}}"#;

pub(super) const AUTHZ_PROFILE: &str = r#"{"uri":"https://rc.example.com/authz-profile","permissions":[{
 "permission":{"uri":"https://rc.example.com/permission/ReadCallLog","id":"ReadCallLog","siteCompatible":"Independent",
  "readOnly":true,"assignable":true,"permissionsCapabilities":{"enabled":true}},
 "effectiveRole":{"uri":"https://rc.example.com/user-role/1","id":"1","domain":"Account"},"scopes":["Self","RoleBased","Moon"]}]}"#;

pub(super) const PERMISSION_CHECK: &str = r#"{"uri":"https://rc.example.com/authz-profile/check","successful":true,
 "details":{"permission":{"id":"ReadCallLog"},"effectiveRole":{"id":"1"},"scopes":["Account"]}}"#;

pub(super) const COUNTRY: &str = r#"{"id":"1","uri":"https://rc.example.com/country/1","name":"United States","isoCode":"US",
 "callingCode":"1","emergencyCalling":true,"numberSelling":true,"loginAllowed":true,"signupAllowed":true,
 "freeSoftphoneLine":true,"localDialing":true}"#;

pub(super) const STATE: &str = r#"{"id":"5","uri":"https://rc.example.com/state/5","country":{"id":"1","uri":"u"},"isoCode":"CA",
 "name":"California"}"#;

pub(super) const TIMEZONE: &str = r#"{"id":"58","uri":"https://rc.example.com/timezone/58","name":"US/Pacific","description":"Pacific","bias":"-480"}"#;

pub(super) const LANGUAGE: &str = r#"{"id":"1033","uri":"https://rc.example.com/language/1033","greeting":true,
 "formattingLocale":true,"localeCode":"en-US","isoCode":"en","name":"English (United States)","ui":true}"#;

pub(super) const LOCATION: &str = r#"{"uri":"https://rc.example.com/location","areaCode":"650","city":"Redwood City","npa":"650",
 "nxx":"555","state":{"id":"5","uri":"https://rc.example.com/state/5"}}"#;

pub(super) const FAX_COVER_PAGE: &str = r#"{"id":"0","name":"None"}"#;

pub(super) const API_VERSION: &str = r#"{"uri":"https://rc.example.com/restapi/v1.0","versionString":"1.0.60",
 "releaseDate":"2026-03-01T00:00:00.000Z","uriString":"v1.0"}"#;

pub(super) const API_VERSIONS: &str = r#"{"uri":"https://rc.example.com/restapi","apiVersions":[{"uriString":"v1.0"}],
 "serverVersion":"1.0.60","serverRevision":"abc"}"#;
