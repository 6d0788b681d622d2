//! What each typed endpoint sends: method, path, query and body, in one table.

use std::pin::Pin;
use std::time::Duration;

use ringcentral::{
    ActiveCallsConference, Availability, CallDirection, CallLogView, CallTransport, CallType,
    CallerIdVisibility, ContentDisposition, DeleteCalls, DeleteMessages, DndStatus, ErrorKind,
    ExtensionStatus, ExtensionType, ExtensionUpdate, MessageChange, MessageDirection, MessageType,
    PagerMessage, PaymentType, PhoneNumber, PhoneNumberStatus, PresenceStatus, PresenceUpdate, ReadStatus,
    RecordingFilter, RingOutCall, SetupWizardState, TransportErrorKind, UsageType,
};

use super::script::{Platform, builder, clock, drive, logged_in, ok, status, tokens};

type Call = Pin<Box<dyn Future<Output = ()>>>;

/// Makes a call, of which no more is wanted than whether it was done.
type Make = fn(&ringcentral::ExtensionApi, jiff::Timestamp) -> Done;
type Done = Pin<Box<dyn Future<Output = ringcentral::Result<()>>>>;

fn done<T: 'static>(request: ringcentral::Request<T>) -> Done {
    Box::pin(async move { request.await.map(drop) })
}

/// A call, whatever comes of it.
fn call<T: 'static>(request: impl IntoFuture<Output = T> + 'static) -> Call {
    Box::pin(async move {
        request.into_future().await;
    })
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

#[tokio::test(start_paused = true)]
#[expect(clippy::too_many_lines, reason = "one row for each operation")]
async fn the_request_of_every_endpoint() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            tokens(1)
        } else {
            status(404, "")
        }
    });
    let client = logged_in(builder(&platform, &clock())).await;
    let (me, account, words) = (client.me(), client.account("~"), client.dictionary());
    let (from, to) = (number("+16505550101"), number("+14155550123"));
    let time: jiff::Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    // `A` is the account, `E` the extension that is logged in, `D` the dictionaries.
    let table: Vec<(&str, Call)> = vec![
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
                    .date_from(time)
                    .date_to(time)
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
                    &DeleteCalls::before(time)
                        .date_from(time)
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
        (
            "GET E/message-store/5/content/6?contentDisposition=Inline",
            call(
                me.message_content(5, 6)
                    .content_disposition(&ContentDisposition::Inline)
                    .open(),
            ),
        ),
        (
            r#"POST E/sms {"from":{"phoneNumber":"+16505550101"},"text":"hello","to":[{"phoneNumber":"+14155550123"}]}"#,
            call(me.sms().send_text(&from, "hello").to(&to)),
        ),
        (
            r#"POST E/sms {"country":{"isoCode":"US"},"from":{"phoneNumber":"+16505550101"},"text":"hello","to":[{"phoneNumber":"+14155550123"},{"phoneNumber":"+16505550101"}]}"#,
            call(me.sms().send_text(&from, "hello").to(&to).to(&from).country("US")),
        ),
        (
            r#"POST E/sms {"country":{"id":"1"},"from":{"phoneNumber":"+16505550101"},"text":"hello","to":[{"phoneNumber":"+14155550123"}]}"#,
            call(
                me.sms()
                    .send_text(&from, "hello")
                    .to(&to)
                    .country("US")
                    .country_id(1),
            ),
        ),
        (
            r#"POST E/company-pager {"text":"lunch?","from":{"extensionNumber":"101"},"to":[{"extensionId":"7"},{"extensionNumber":"102"}],"replyOn":5}"#,
            call(
                me.send_pager(
                    &PagerMessage::new("lunch?")
                        .from_extension_number("101")
                        .to_extension(7)
                        .to_extension_number("102")
                        .reply_on(5),
                ),
            ),
        ),
        (
            r#"POST E/company-pager {"text":"lunch?","from":{"extensionId":"7"}}"#,
            call(me.send_pager(&PagerMessage::new("lunch?").from_extension(7))),
        ),
        (
            "GET E/message-store?dateFrom=2026-11-01T00%3A00%3A00Z&dateTo=2026-11-01T00%3A00%3A00Z&messageType=SMS\
             &messageType=Fax&direction=Inbound&availability=Deleted&readStatus=Unread&conversationId=77\
             &distinctConversations=true&phoneNumber=%2B14155550123&owner=Personal&ownerExtensionType=User",
            call(
                me.messages()
                    .date_from(time)
                    .date_to(time)
                    .message_type(&MessageType::Sms)
                    .message_type(&MessageType::Fax)
                    .direction(&MessageDirection::Inbound)
                    .availability(&Availability::Deleted)
                    .read_status(&ReadStatus::Unread)
                    .conversation_id(77)
                    .distinct_conversations()
                    .phone_number(&to)
                    .owner("Personal")
                    .owner_extension_type(&ExtensionType::User)
                    .send(),
            ),
        ),
        ("GET E/message-store/5", call(me.message(5))),
        ("GET E/message-store/5,6", call(me.messages_by_id([5, 6]))),
        ("GET E/message-store/5", call(me.messages_by_id([5]))),
        (
            r#"PUT E/message-store/5,6 {"readStatus":"Unread"}"#,
            call(me.mark_messages([5, 6], ReadStatus::Unread)),
        ),
        (
            r#"PUT E/message-store/5 {"readStatus":"Read"}"#,
            call(me.mark_message(5, ReadStatus::Read)),
        ),
        (
            r#"PATCH E/message-store/5 {"readStatus":"Unread","availability":"Alive"}"#,
            call(me.change_message(5, &MessageChange::new().read_status(ReadStatus::Unread).restore())),
        ),
        (
            r#"PATCH E/message-store/5,6 {"readStatus":"Unread","availability":"Alive"}"#,
            call(me.change_messages(
                [5, 6],
                &MessageChange::new().read_status(ReadStatus::Unread).restore(),
            )),
        ),
        ("DELETE E/message-store/5", call(me.delete_message(5))),
        (
            "DELETE E/message-store/5,6",
            call(me.delete_messages_by_id([5, 6])),
        ),
        (
            "DELETE E/message-store/5,6?type=Fax&purge=true",
            call(
                me.delete_messages_by_id([5, 6])
                    .message_type(&MessageType::Fax)
                    .purge(),
            ),
        ),
        (
            "DELETE E/message-store/5?conversationId=1&conversationId=2",
            call(
                me.delete_messages_by_id([5])
                    .conversation_id(1)
                    .conversation_id(2),
            ),
        ),
        (
            "DELETE E/message-store?type=All",
            call(me.delete_messages(&DeleteMessages::everything().every_type())),
        ),
        ("DELETE E/message-store/5?purge=true", call(me.purge_message(5))),
        (
            "DELETE E/message-store",
            call(me.delete_messages(&DeleteMessages::everything())),
        ),
        (
            "DELETE E/message-store?conversationId=1&conversationId=2",
            call(me.delete_messages(&DeleteMessages::conversation(1).and_conversation(2))),
        ),
        (
            "DELETE E/message-store?dateTo=2026-11-01T00%3A00%3A00Z&type=Fax&owner=Personal&purge=true",
            call(
                me.delete_messages(
                    &DeleteMessages::before(time)
                        .message_type(&MessageType::Fax)
                        .owner("Personal")
                        .purge(),
                ),
            ),
        ),
        (
            "GET E/message-sync?syncType=FSync&messageType=SMS&direction=Inbound&conversationId=1&distinctConversations=true\
             &owner=Personal&dateTo=2026-11-01T00%3A00%3A00Z",
            call(
                me.message_sync()
                    .message_type(&MessageType::Sms)
                    .direction(&MessageDirection::Inbound)
                    .conversation_id(1)
                    .distinct_conversations()
                    .owner("Personal")
                    .date_to(time)
                    .send(),
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
    ];
    for (expected, request) in table {
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
async fn what_names_no_resource_or_too_many_is_not_sent() {
    type Ask = fn(&ringcentral::Client, usize) -> Call;
    /// What the call said, where it was refused before it went.
    fn refused<T: 'static>(request: ringcentral::Request<T>) -> Call {
        Box::pin(async move {
            let error = request.await.err().expect("it is refused in any case");
            if error.kind() != ErrorKind::Api {
                assert_eq!(error.kind(), ErrorKind::Usage);
                assert!(error.to_string().ends_with("nothing was sent"), "{error}");
            }
        })
    }
    // The call with so many ids, and how many it takes.
    let table: [(&str, Ask, usize); 7] = [
        (
            "messages",
            |client, count| refused(client.me().messages_by_id(1..=count as u64)),
            50,
        ),
        (
            "marked messages",
            |client, count| refused(client.me().mark_messages(1..=count as u64, ReadStatus::Read)),
            50,
        ),
        (
            "changed messages",
            |client, count| {
                let change = MessageChange::new().restore();
                refused(client.me().change_messages(1..=count as u64, &change))
            },
            50,
        ),
        (
            "deleted messages",
            |client, count| refused(client.me().delete_messages_by_id(1..=count as u64)),
            50,
        ),
        (
            "calls",
            |client, count| refused(client.me().calls_by_id(vec!["a"; count])),
            50,
        ),
        (
            "the account's calls",
            |client, count| refused(client.account("~").calls_by_id(vec!["a"; count])),
            50,
        ),
        (
            "presence",
            |client, count| refused(client.account("~").presence_by_id(vec!["7"; count])),
            30,
        ),
    ];
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            tokens(1)
        } else {
            status(404, "")
        }
    });
    let client = logged_in(builder(&platform, &clock())).await;
    for (name, ask, most) in table {
        for (count, is_sent) in [(0, false), (1, true), (most, true), (most + 1, false)] {
            let before = platform.asked().len();
            ask(&client, count).await;
            let sent = platform.asked().len() - before;
            assert_eq!(sent, usize::from(is_sent), "{count} {name}");
        }
    }
    let before = platform.asked().len();
    refused(client.me().calls_by_id(["a", ""])).await;
    assert_eq!(platform.asked().len(), before, "an empty id");
}

#[tokio::test(start_paused = true)]
async fn what_is_repeated_after_a_lost_answer_and_what_is_not() {
    let time: jiff::Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    // The call, and whether it is sent again.
    let table: [(&str, Make, bool); 11] = [
        // What is deleted a second time is purged.
        ("delete a message", |me, _| done(me.delete_message(5)), false),
        ("purge a message", |me, _| done(me.purge_message(5)), true),
        (
            "delete several messages",
            |me, _| done(me.delete_messages_by_id([5, 6])),
            false,
        ),
        (
            "purge several messages",
            |me, _| done(me.delete_messages_by_id([5, 6]).purge()),
            true,
        ),
        (
            "change several messages",
            |me, _| done(me.change_messages([5, 6], &MessageChange::new().restore())),
            true,
        ),
        (
            "delete all messages",
            |me, _| done(me.delete_messages(&DeleteMessages::everything())),
            false,
        ),
        (
            "delete messages until",
            |me, time| done(me.delete_messages(&DeleteMessages::before(time))),
            false,
        ),
        (
            "purge messages until",
            |me, time| done(me.delete_messages(&DeleteMessages::before(time).purge())),
            true,
        ),
        (
            "delete all calls",
            |me, _| done(me.delete_calls(&DeleteCalls::everything())),
            false,
        ),
        (
            "delete calls until",
            |me, time| done(me.delete_calls(&DeleteCalls::before(time))),
            true,
        ),
        ("cancel a call", |me, _| done(me.cancel_ring_out("1")), true),
    ];
    for (name, make, repeated) in table {
        let mut calls = 0;
        let platform = Platform::new(move |asked| {
            if asked.uri.ends_with("/oauth/token") {
                return tokens(1);
            }
            calls += 1;
            if calls == 1 {
                Err(TransportErrorKind::Lost)
            } else {
                status(204, "")
            }
        });
        let clock = clock();
        let client = logged_in(builder(&platform, &clock)).await;
        let request = make(&client.me(), time);
        let result = drive(&clock, Duration::from_millis(500), request).await;
        assert_eq!(result.is_ok(), repeated, "{name}");
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{name}");
        }
        assert_eq!(platform.asked().len() - 1, 1 + usize::from(repeated), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_awaited_or_sent_and_every_option_is_in_reach() {
    let platform = Platform::new(|asked| {
        if asked.uri.ends_with("/oauth/token") {
            tokens(1)
        } else {
            ok(r#"{"id":101}"#)
        }
    });
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
