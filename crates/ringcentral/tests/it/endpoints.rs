//! What each typed endpoint sends: method, path, query and body, in tables.

use std::pin::Pin;

use ringcentral::{
    ActiveCallsConference, CallDirection, CallLogView, CallTransport, CallType, CallerIdVisibility, Client,
    ContentDisposition, DeleteCalls, DndStatus, ExtensionStatus, ExtensionType, ExtensionUpdate, PaymentType,
    PhoneNumber, PhoneNumberStatus, PresenceStatus, PresenceUpdate, RecordingFilter, RingOutCall,
    SetupWizardState, UsageType,
};

use super::script::{Platform, answering, builder, clock, logged_in, ok, status};

mod messages;
mod not_sent;

type Call = Pin<Box<dyn Future<Output = ()>>>;

/// A call, whatever comes of it.
fn call<T: 'static>(request: impl IntoFuture<Output = T> + 'static) -> Call {
    Box::pin(async move {
        request.into_future().await;
    })
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

fn time() -> jiff::Timestamp {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

/// Makes each call of a table, and compares what was sent. `A` is the account, `E` the extension that is logged in, `D` the
/// dictionaries.
async fn each_sends<const N: usize>(calls: impl FnOnce(&Client) -> [(&'static str, Call); N]) {
    let platform = Platform::new(answering(|| status(404, "")));
    let client = logged_in(builder(&platform, &clock())).await;
    for (expected, request) in calls(&client) {
        let before = platform.asked().len();
        request.await;
        let asked = platform.asked();
        assert_eq!(asked.len(), before + 1, "{expected}");
        let asked = &asked[before];
        let place = asked.uri.trim_start_matches("http://localhost:1");
        let place = place
            .replace("/restapi/v1.0/account/~/extension/~", "E")
            .replace("/restapi/v1.0/account/~", "A")
            .replace("/restapi/v1.0/dictionary", "D");
        let sent = format!("{} {place} {}", asked.method, asked.body);
        assert_eq!(sent.trim_end(), expected);
        let needs_login = !["GET /restapi", "GET /restapi/v1.0"].contains(&expected);
        assert_eq!(asked.bearer.is_some(), needs_login, "{expected}");
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::too_many_lines, reason = "one row for each operation")]
async fn the_requests_about_accounts_calls_and_words() {
    each_sends(|client| {
        let (me, account, words) = (client.me(), client.account("~"), client.dictionary());
        let (from, to) = (number("+16505550101"), number("+14155550123"));
        [
        ("GET A", call(account.info())),
        ("GET A/service-info", call(account.service_info())),
        ("GET A/business-address", call(account.business_address())),
        ("GET A/extension", call(account.extensions().send())),
        (
            "GET A/extension?status=Enabled&status=Frozen&type=User&extensionNumber=101&email=ada%40example.com&page=2&perPage=10",
            call(
                account
                    .extensions()
                    .status(&ExtensionStatus::Enabled)
                    .status(&ExtensionStatus::Frozen)
                    .kind(&ExtensionType::User)
                    .extension_number(101)
                    .email("ada@example.com")
                    .page(2)
                    .per_page(10)
                    .send(),
            ),
        ),
        ("GET E", call(me.info())),
        (
            "GET /restapi/v1.0/account/9/extension/7",
            call(client.account("9").extension(7).info()),
        ),
        (
            r#"PUT E {"contact":{"firstName":"Ada","email":"ada@example.com"},"status":"Enabled","extensionNumber":"111","setupWizardState":"Completed"}"#,
            call(
                me.update(
                    &ExtensionUpdate::new()
                        .first_name("Ada")
                        .email("ada@example.com")
                        .status(ExtensionStatus::Enabled)
                        .extension_number("111")
                        .setup_wizard_state(SetupWizardState::Completed),
                ),
            ),
        ),
        ("PUT E {}", call(me.update(&ExtensionUpdate::new()))),
        (
            "GET E/phone-number?usageType=DirectNumber&status=Normal",
            call(
                me.phone_numbers()
                    .usage_type(&UsageType::DirectNumber)
                    .status(&PhoneNumberStatus::Normal)
                    .send(),
            ),
        ),
        (
            "GET A/phone-number?paymentType=Local&extensionStatus=Enabled",
            call(
                account
                    .phone_numbers()
                    .payment_type(&PaymentType::Local)
                    .extension_status(&ExtensionStatus::Enabled)
                    .send(),
            ),
        ),
        ("GET A/phone-number/401", call(account.phone_number(401))),
        (
            "GET E/call-log?dateFrom=2026-11-01T00%3A00%3A00Z&dateTo=2026-11-01T00%3A00%3A00Z&direction=Inbound&type=Voice\
             &view=Detailed&phoneNumber=14155550123&transport=VoIP&showBlocked=false&showDeleted=true&recordingType=All\
             &metadataCategory=a&telephonySessionId=s-1",
            call(
                me.call_log()
                    .date_from(time())
                    .date_to(time())
                    .direction(&CallDirection::Inbound)
                    .kind(&CallType::Voice)
                    .view(&CallLogView::Detailed)
                    .phone_number(&to)
                    .transport(&CallTransport::VoIp)
                    .show_blocked(false)
                    .show_deleted(true)
                    .recording(&RecordingFilter::All)
                    .metadata_category("a")
                    .telephony_session_id("s-1")
                    .send(),
            ),
        ),
        (
            "GET A/call-log?sessionId=52016834021",
            call(account.call_log().session_id("52016834021").send()),
        ),
        (
            "GET A/call-log?extensionNumber=101",
            call(account.call_log().extension_number(101).send()),
        ),
        (
            "GET E/call-log/AbC9xQ2Lm?view=Detailed",
            call(me.call_record("AbC9xQ2Lm").view(&CallLogView::Detailed)),
        ),
        ("GET A/call-log/a%2Fb", call(account.call_record("a/b"))),
        (
            "GET E/call-log/a%2Fb,c%2Cd?view=Detailed",
            call(me.calls_by_id(["a/b", "c,d"]).view(&CallLogView::Detailed)),
        ),
        ("GET A/call-log/AbC", call(account.calls_by_id(["AbC"]))),
        (
            "DELETE E/call-log",
            call(me.delete_calls(&DeleteCalls::everything())),
        ),
        (
            "DELETE E/call-log?dateTo=2026-11-01T00%3A00%3A00Z&dateFrom=2026-11-01T00%3A00%3A00Z&phoneNumber=14155550123\
             &extensionNumber=1&direction=Outbound&type=Fax",
            call(
                me.delete_calls(
                    &DeleteCalls::before(time())
                        .date_from(time())
                        .phone_number(&to)
                        .extension_number(1)
                        .direction(&CallDirection::Outbound)
                        .kind(&CallType::Fax),
                ),
            ),
        ),
        (
            "GET E/active-calls?conferenceType=Meetings",
            call(
                me.active_calls()
                    .conference_type(&ActiveCallsConference::Meetings)
                    .send(),
            ),
        ),
        ("GET A/active-calls", call(account.active_calls().send())),
        (
            "GET E/call-log-sync?syncType=FSync&recordCount=250",
            call(me.call_log_sync().send()),
        ),
        (
            "GET A/call-log-sync?syncType=FSync&recordCount=10",
            call(account.call_log_sync().record_count(10).send()),
        ),
        (
            "GET A/call-log-extract-sync?syncType=FSync&recordCount=250",
            call(account.call_log_extract_sync().send()),
        ),
        ("GET A/recording/8810021", call(account.recording("8810021"))),
        (
            "GET A/recording/8810021/content?contentDisposition=Attachment&contentDispositionFilename=a+b.mp3&a=b",
            call(
                account
                    .recording_content("8810021")
                    .content_disposition(&ContentDisposition::Attachment)
                    .content_disposition_filename("a b.mp3")
                    .with(|request| request.query("a", "b"))
                    .open(),
            ),
        ),
        ("GET E/presence", call(me.presence())),
        (
            "GET E/presence?detailedTelephonyState=true&sipData=true",
            call(me.presence().sip_data()),
        ),
        (
            "GET A/presence?detailedTelephonyState=true",
            call(account.presence().detailed_telephony_state().send()),
        ),
        (
            "GET A/extension/7,~,8/presence?detailedTelephonyState=true&sipData=true",
            call(account.presence_by_id(["7", "~", "8"]).sip_data()),
        ),
        (
            r#"PUT E/presence {"userStatus":"Busy","dndStatus":"TakeAllCalls","message":"back at two","allowSeeMyPresence":true,"callerIdVisibility":"None"}"#,
            call(
                me.update_presence(
                    &PresenceUpdate::new()
                        .user_status(PresenceStatus::Busy)
                        .dnd_status(DndStatus::TakeAllCalls)
                        .message("back at two")
                        .allow_see_my_presence(true)
                        .caller_id_visibility(CallerIdVisibility::Nobody),
                ),
            ),
        ),
        (
            r#"POST E/ring-out {"to":{"phoneNumber":"+14155550123"}}"#,
            call(me.ring_out(&RingOutCall::to(&to))),
        ),
        (
            r#"POST E/ring-out {"to":{"phoneNumber":"+14155550123"},"from":{"phoneNumber":"+16505550101"},"callerId":{"phoneNumber":"+16505550101"},"playPrompt":true,"country":{"id":"1"}}"#,
            call(
                me.ring_out(
                    &RingOutCall::to(&to)
                        .from(&from)
                        .caller_id(&from)
                        .play_prompt(true)
                        .country("1"),
                ),
            ),
        ),
        (
            r#"POST E/ring-out {"to":{"phoneNumber":"+14155550123"},"from":{"forwardingNumberId":"12"}}"#,
            call(me.ring_out(&RingOutCall::to(&to).from_forwarding_number("12"))),
        ),
        ("GET E/ring-out/12345", call(me.ring_out_status("12345"))),
        ("DELETE E/ring-out/12345", call(me.cancel_ring_out(12345))),
        ("GET E/authz-profile", call(me.authz_profile())),
        (
            "GET E/authz-profile/check?permissionId=ReadCallLog",
            call(me.check_permission("ReadCallLog")),
        ),
        ("DELETE E/profile-image", call(me.delete_profile_image())),
        ("GET D/country", call(words.countries().send())),
        ("GET D/country/1", call(words.country("1"))),
        (
            "GET D/state?countryId=1",
            call(words.states().country_id(1).send()),
        ),
        ("GET D/state/5", call(words.state("5"))),
        ("GET D/timezone", call(words.timezones().send())),
        ("GET D/timezone/58", call(words.timezone("58"))),
        ("GET D/language", call(words.languages().send())),
        ("GET D/language/1033", call(words.language("1033"))),
        (
            "GET D/location?stateId=5",
            call(words.locations().state_id(5).send()),
        ),
        ("GET D/fax-cover-page", call(words.fax_cover_pages().send())),
        ("GET /restapi", call(client.api_versions())),
        ("GET /restapi/v1.0", call(client.api_version())),
        ]
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_request_is_awaited_or_sent_and_every_option_is_in_reach() {
    let platform = Platform::new(answering(|| ok(r#"{"id":101}"#)));
    let client = logged_in(builder(&platform, &clock())).await;
    let awaited = client.me().info().await.unwrap();
    let sent = client.me().info().send().await.unwrap();
    assert_eq!(awaited, sent);
    let changed = client
        .me()
        .info()
        .with(|request| request.query("a", "b").without_login());
    assert!(format!("{changed:?}").starts_with("Request"));
    changed.await.unwrap();
    let last = platform.asked().pop().unwrap();
    assert!(
        last.uri.ends_with("/extension/~?a=b") && last.bearer.is_none(),
        "{last:?}"
    );
}
