//! Every typed endpoint of the SDK against an emulator in this process: the answer is read, and the effect is there.

use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use ringcentral::{
    AccountInfo, ApiVersions, App, AuthzProfile, Availability, BatchKind, Bulk, BusinessAddress,
    CallDirection, CallLogView, CallRecord, CallType, Client, ContentDisposition, Country, DeleteCalls,
    DeleteMessages, DndStatus, ErrorKind, ExtensionInfo, ExtensionStatus, ExtensionType, ExtensionUpdate,
    FaxCoverPage, Language, Location, Message, MessageChange, MessageDirection, MessageType, Page,
    PagerMessage, PermissionCheck, PhoneNumber, PhoneNumberInfo, Presence, PresenceStatus, PresenceUpdate,
    ReadStatus, Recording, RecordingFilter, Request, RingOut, RingOutCall, RingOutWord, ServiceInfo, State,
    SyncToken, TelephonyStatus, Timezone, UsageType,
};
use ringcentral_e2e::http;
use ringcentral_emulator::{Emulator, EmulatorConfig};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A platform of the test's own, and the default user's client of it.
struct Place {
    emulator: Emulator,
    client: Client,
    from: PhoneNumber,
    to: PhoneNumber,
}

impl Place {
    async fn new() -> anyhow::Result<Self> {
        let emulator = Emulator::start(EmulatorConfig::new().rate_limits(false)).await?;
        let environment = emulator.environment();
        let variable = |wanted: &str| {
            let found = environment.iter().find(|(name, _)| *name == wanted);
            found
                .map(|(_, value)| value.clone())
                .context("a variable is missing")
        };
        let app = App::confidential(variable("RC_CLIENT_ID")?, variable("RC_CLIENT_SECRET")?);
        Ok(Self {
            client: Client::builder(app)
                .server(emulator.url())
                .jwt(variable("RC_JWT")?)
                .build()?,
            from: PhoneNumber::parse(&variable("RC_FROM")?)?,
            to: PhoneNumber::parse(&variable("RC_TO")?)?,
            emulator,
        })
    }

    /// A month before the platform's present.
    fn month_ago(&self) -> Timestamp {
        self.emulator.now() - jiff::SignedDuration::from_hours(29 * 24)
    }

    async fn control(&self, path: &str, body: Value) -> anyhow::Result<()> {
        let url = format!("{}/_emulator/{path}", self.emulator.url());
        let answer = http::client()?.post(url).json(&body).send().await?;
        ensure!(answer.status().is_success(), "{path}: {}", answer.text().await?);
        Ok(())
    }
}

#[tokio::test]
async fn the_account_and_its_extensions() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let (account, me) = (place.client.account("~"), place.client.me());

    let info = account.info().await?;
    ensure!(info.main_number.is_some() && info.operator.is_some(), "{info:?}");
    let regional = info.regional_settings.context("regional settings")?;
    ensure!(
        regional.currency.is_some() && regional.home_country.is_some(),
        "{regional:?}"
    );
    let service = account.service_info().await?;
    ensure!(
        service.brand.is_some() && !service.service_features.is_empty(),
        "{service:?}"
    );
    ensure!(account.business_address().await?.business_address.is_some());

    let myself = me.info().await?;
    ensure!(
        myself
            .account
            .as_ref()
            .is_some_and(|account| account.id.as_ref() == Some(&info.id)),
        "{myself:?}"
    );
    let users: Vec<_> = account
        .extensions()
        .kind(&ExtensionType::User)
        .status(&ExtensionStatus::Enabled)
        .per_page(2)
        .items()
        .try_collect()
        .await?;
    ensure!(users.len() > 2 && users.iter().all(|user| user.kind == Some(ExtensionType::User)));
    ensure!(users.iter().any(|user| user.id == myself.id));
    ensure!(
        account
            .extensions()
            .limit(3)
            .items()
            .try_collect::<Vec<_>>()
            .await?
            .len()
            == 3
    );
    ensure!(
        account
            .extensions()
            .extension_number(102)
            .send()
            .await?
            .records
            .len()
            == 1
    );
    let other = users
        .iter()
        .find(|user| user.id != myself.id)
        .context("a colleague")?;
    ensure!(account.extension(&other.id).info().await?.id == other.id);

    let changed = me
        .update(&ExtensionUpdate::new().job_title("Head of Roasting"))
        .await?;
    ensure!(changed.contact.and_then(|contact| contact.job_title).as_deref() == Some("Head of Roasting"));
    let read = me.info().await?.contact.context("a contact")?;
    ensure!(read.job_title.as_deref() == Some("Head of Roasting"));

    let own: Vec<_> = me.phone_numbers().items().try_collect().await?;
    let sender = own
        .iter()
        .find(|number| number.phone_number.as_deref() == Some(place.from.as_str()))
        .context("the sender")?;
    ensure!(sender.can_send_sms(), "{sender:?}");
    let direct: Vec<_> = account
        .phone_numbers()
        .usage_type(&UsageType::DirectNumber)
        .items()
        .try_collect()
        .await?;
    ensure!(
        !direct.is_empty()
            && direct
                .iter()
                .all(|number| number.usage_type == Some(UsageType::DirectNumber))
    );
    ensure!(account.phone_number(direct[0].id).await?.phone_number == direct[0].phone_number);

    me.delete_profile_image().await?;
    ensure!(
        me.info()
            .await?
            .profile_image
            .context("its address")?
            .content_type
            .is_none()
    );
    Ok(())
}

#[tokio::test]
async fn rights_dictionaries_and_versions() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let profile = place.client.me().authz_profile().await?;
    ensure!(
        profile
            .permissions
            .iter()
            .any(|granted| !granted.scopes.is_empty())
    );
    let check = place.client.me().check_permission("ReadCallLog").await?;
    ensure!(check.successful && check.details.is_some(), "{check:?}");
    ensure!(
        !place
            .client
            .me()
            .check_permission("FlyToTheMoon")
            .await?
            .successful
    );

    let words = place.client.dictionary();
    let countries: Vec<_> = words.countries().per_page(3).items().try_collect().await?;
    let country = countries[0].id.as_ref().context("its id")?;
    ensure!(countries.len() > 3 && words.country(country).await? == countries[0]);
    let states: Vec<_> = words.states().country_id(country).items().try_collect().await?;
    let id = states[0].id.as_ref().context("its id")?;
    ensure!(words.state(id).await? == states[0]);
    let zones: Vec<_> = words.timezones().items().try_collect().await?;
    let id = zones[0].id.as_ref().context("its id")?;
    ensure!(words.timezone(id).await? == zones[0]);
    let languages: Vec<_> = words.languages().items().try_collect().await?;
    let id = languages[0].id.as_ref().context("its id")?;
    ensure!(words.language(id).await? == languages[0]);
    let places: Vec<_> = words.locations().limit(5).items().try_collect().await?;
    ensure!(places.len() == 5 && places[0].state.is_some());
    ensure!(!words.fax_cover_pages().send().await?.records.is_empty());

    ensure!(
        place.client.api_versions().await?.api_versions[0]
            .uri_string
            .as_deref()
            == Some("v1.0")
    );
    ensure!(place.client.api_version().await?.uri_string.as_deref() == Some("v1.0"));
    Ok(())
}

#[tokio::test]
async fn presence() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let me = place.client.me();
    let update = PresenceUpdate::new()
        .user_status(PresenceStatus::Busy)
        .dnd_status(DndStatus::DoNotAcceptAnyCalls)
        .message("back at two")
        .allow_see_my_presence(true);
    let changed = me.update_presence(&update).await?;
    let read = me.presence().await?;
    ensure!(read.user_status == Some(PresenceStatus::Busy) && read.user_status == changed.user_status);
    ensure!(read.dnd_status == Some(DndStatus::DoNotAcceptAnyCalls));
    ensure!(read.message.as_deref() == Some("back at two"));
    ensure!(read.telephony_status == Some(TelephonyStatus::NoCall) && read.active_calls.is_empty());
    let everybody: Vec<_> = place
        .client
        .account("~")
        .presence()
        .per_page(2)
        .items()
        .try_collect()
        .await?;
    let mine = everybody
        .iter()
        .find(|other| other.extension == read.extension)
        .context("my own")?;
    ensure!(everybody.len() > 2 && mine.user_status == read.user_status);
    Ok(())
}

#[tokio::test]
async fn calls_that_are_going_on() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let (account, me) = (place.client.account("~"), place.client.me());
    place.emulator.freeze(true)?;

    let call = me
        .ring_out(&RingOutCall::to(&place.to).from(&place.from).play_prompt(false))
        .await?;
    let status = me.ring_out_status(&call.id).await?.status.context("a status")?;
    ensure!(status.call_status == Some(RingOutWord::InProgress), "{status:?}");
    me.cancel_ring_out(&call.id).await?;
    let status = me.ring_out_status(&call.id).await?.status.context("a status")?;
    ensure!(status.call_status != Some(RingOutWord::InProgress), "{status:?}");

    let call = me.ring_out(&RingOutCall::to(&place.to).from(&place.from)).await?;
    let mut connected = false;
    for _ in 0..30 {
        place.emulator.advance(Duration::from_secs(1))?;
        let status = me.ring_out_status(&call.id).await?.status.context("a status")?;
        connected |= status.call_status == Some(RingOutWord::Success);
        if connected {
            break;
        }
    }
    ensure!(connected, "nobody picked up");
    let live: Vec<CallRecord> = me
        .active_calls()
        .view(&CallLogView::Simple)
        .items()
        .try_collect()
        .await?;
    ensure!(!live.is_empty(), "no call is going on");
    ensure!(!account.active_calls().send().await?.records.is_empty());
    let presence = me.presence().sip_data().await?;
    ensure!(
        presence.telephony_status == Some(TelephonyStatus::CallConnected),
        "{presence:?}"
    );
    ensure!(
        presence.active_calls.iter().any(|call| call.sip_data.is_some()),
        "{presence:?}"
    );
    let simple = me.presence().await?;
    ensure!(simple.active_calls.is_empty());
    Ok(())
}

#[tokio::test]
async fn the_call_log() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let (account, me, since) = (place.client.account("~"), place.client.me(), place.month_ago());

    let mine: Vec<CallRecord> = me
        .call_log()
        .date_from(since)
        .per_page(20)
        .items()
        .try_collect()
        .await?;
    let all: Vec<CallRecord> = account
        .call_log()
        .date_from(since)
        .limit(150)
        .items()
        .try_collect()
        .await?;
    ensure!(
        mine.len() > 20 && all.len() == 150,
        "{} and {}",
        mine.len(),
        all.len()
    );
    ensure!(
        mine.is_sorted_by(|a, b| a.start_time >= b.start_time),
        "newest first"
    );
    let inbound = me
        .call_log()
        .date_from(since)
        .direction(&CallDirection::Inbound)
        .kind(&CallType::Voice);
    for call in inbound.limit(20).items().try_collect::<Vec<_>>().await? {
        ensure!(call.direction == CallDirection::Inbound && call.kind == CallType::Voice);
    }
    let one = me.call_record(&mine[0].id).await?;
    ensure!(one.id == mine[0].id && one.legs.is_empty());
    let detailed = me.call_record(&mine[0].id).view(&CallLogView::Detailed).await?;
    ensure!(!detailed.legs.is_empty(), "{detailed:?}");
    ensure!(account.call_record(&all[0].id).await?.session_id == all[0].session_id);
    let session = account
        .call_log()
        .session_id(&all[0].session_id)
        .send()
        .await?
        .records;
    ensure!(session.iter().all(|call| call.session_id == all[0].session_id) && !session.is_empty());
    let other = mine
        .iter()
        .find_map(|call| call.from.phone_number.as_deref())
        .context("a number")?;
    let with = me
        .call_log()
        .date_from(since)
        .phone_number(&PhoneNumber::parse(other)?)
        .send()
        .await?;
    ensure!(!with.records.is_empty());

    let recorded = account
        .call_log()
        .date_from(since)
        .recording(&RecordingFilter::All);
    let recorded: Vec<_> = recorded.limit(1).items().try_collect().await?;
    let link = recorded
        .first()
        .and_then(|call| call.recording.as_ref())
        .context("a recording")?;
    let id = link.id.as_ref().context("its id")?;
    let recording = account.recording(id).await?;
    let sound = account
        .recording_content(id)
        .content_disposition(&ContentDisposition::Attachment)
        .content_disposition_filename("monday.mp3")
        .with(|request| request.timeout(Duration::from_secs(10)));
    let mut sound = sound.open().await?;
    ensure!(sound.content_type() == Some(&*recording.content_type));
    ensure!(sound.file_name().as_deref() == Some("monday.mp3"));
    ensure!(sound.chunk().await?.is_some());
    ensure!(recording.id == *id && recording.duration > 0 && recording.content_type.starts_with("audio/"));

    me.delete_calls(&DeleteCalls::before(place.emulator.now()).direction(&CallDirection::Inbound))
        .await?;
    let left: Vec<CallRecord> = me.call_log().date_from(since).items().try_collect().await?;
    ensure!(!left.is_empty() && left.iter().all(|call| call.direction == CallDirection::Outbound));
    me.delete_calls(&DeleteCalls::everything()).await?;
    ensure!(me.call_log().date_from(since).send().await?.records.is_empty());
    let deleted = me
        .call_log()
        .date_from(since)
        .show_deleted(true)
        .send()
        .await?
        .records;
    ensure!(deleted.iter().any(|call| call.deleted == Some(true)));
    Ok(())
}

#[tokio::test]
async fn copies_of_the_call_log() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let (account, me) = (place.client.account("~"), place.client.me());
    for sync in [
        me.call_log_sync().record_count(5),
        account.call_log_sync().record_count(5),
    ] {
        let first = sync.clone().send().await?;
        ensure!(first.kind == BatchKind::Full && first.records.len() == 5 && first.sync_time.is_some());
        let token = first.sync_token;
        place.control("calls", json!({ "result": "Missed" })).await?;
        let changes = sync.clone().resume(token.clone()).send().await?;
        ensure!(
            changes.kind == BatchKind::Changes && changes.records.len() == 1,
            "{changes:?}"
        );
        let older = sync.clone().resume(changes.sync_token).older(7).send().await?;
        ensure!(older.records.len() == 7, "{} older", older.records.len());
        ensure!(older.records.iter().all(|call| !first.records.contains(call)));

        let lost = sync.clone().resume(SyncToken::from("nonsense")).start_again(true);
        let kinds: Vec<_> = lost.batches().map_ok(|batch| batch.kind).try_collect().await?;
        ensure!(kinds == [BatchKind::Reset, BatchKind::Full], "{kinds:?}");
    }
    // A token of one log is none of another.
    let foreign = me.call_log_sync().send().await?.sync_token;
    ensure!(account.call_log_sync().resume(foreign).send().await?.kind == BatchKind::Reset);

    let extract = account
        .call_log_extract_sync()
        .date_from(place.month_ago())
        .record_count(100);
    let portions: Vec<_> = extract.clone().batches().try_collect().await?;
    let count: usize = portions.iter().map(|portion| portion.records.len()).sum();
    let listed: Vec<_> = account
        .call_log()
        .date_from(place.month_ago())
        .per_page(1000)
        .items()
        .try_collect()
        .await?;
    ensure!(
        portions.len() > 1 && count == listed.len(),
        "{count} of {}",
        listed.len()
    );
    let token = portions.last().and_then(|portion| portion.sync_token.clone());
    place.control("calls", json!({})).await?;
    let more: Vec<_> = extract.resume(token).batches().try_collect().await?;
    ensure!(more.iter().map(|portion| portion.records.len()).sum::<usize>() >= 1);
    Ok(())
}

#[tokio::test]
async fn the_message_store() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let (me, since) = (place.client.me(), place.month_ago());

    let sent = me.sms().send_text(&place.from, "hello").to(&place.to).await?;
    ensure!(sent.kind == Some(MessageType::Sms) && sent.subject.as_deref() == Some("hello"));
    let found = me.message(sent.id).await?;
    ensure!(found.id == sent.id && found.to[0].phone_number.as_deref() == Some(place.to.as_str()));
    let conversation = sent.conversation_id.context("a conversation")?;
    let pager = me
        .send_pager(&PagerMessage::new("lunch?").to_extension_number("102"))
        .await?;
    ensure!(pager.kind == Some(MessageType::Pager) && pager.subject.as_deref() == Some("lunch?"));
    let reply = me
        .send_pager(&PagerMessage::new("now!").reply_on(pager.id))
        .await?;
    ensure!(reply.to == pager.to, "{reply:?}");

    let texts = me
        .messages()
        .message_type(&MessageType::Sms)
        .direction(&MessageDirection::Outbound);
    let texts: Vec<Message> = texts.phone_number(&place.to).items().try_collect().await?;
    ensure!(texts.iter().any(|message| message.id == sent.id));
    let of_conversation = me.messages().conversation_id(conversation).send().await?.records;
    ensure!(
        of_conversation
            .iter()
            .all(|message| message.conversation_id == Some(conversation))
    );
    for kind in [
        MessageType::Sms,
        MessageType::Fax,
        MessageType::VoiceMail,
        MessageType::Pager,
    ] {
        let list = me.messages().date_from(since).message_type(&kind).limit(5);
        for message in list.items().try_collect::<Vec<_>>().await? {
            ensure!(message.kind.as_ref() == Some(&kind), "{message:?}");
        }
    }
    let newest = me
        .messages()
        .date_from(since)
        .distinct_conversations()
        .items()
        .try_collect::<Vec<_>>()
        .await?;
    ensure!(!newest.is_empty());

    place
        .control("messages", json!({ "text": "Are you there?" }))
        .await?;
    let unread = me
        .messages()
        .read_status(&ReadStatus::Unread)
        .direction(&MessageDirection::Inbound);
    let unread = unread
        .limit(1)
        .items()
        .try_next()
        .await?
        .context("an unread message")?;
    let read = me.mark_message(unread.id, ReadStatus::Read).await?;
    ensure!(read.read_status == Some(ReadStatus::Read));
    me.delete_message(unread.id).await?;
    ensure!(me.message(unread.id).await?.availability == Some(Availability::Deleted));
    let change = MessageChange::new().restore().read_status(ReadStatus::Unread);
    let restored = me.change_message(unread.id, &change).await?;
    ensure!(restored.is_alive() && restored.read_status == Some(ReadStatus::Unread));
    me.purge_message(unread.id).await?;
    ensure!(me.message(unread.id).await?.availability == Some(Availability::Purged));

    me.delete_messages(&DeleteMessages::conversation(conversation))
        .await?;
    ensure!(me.message(sent.id).await?.availability == Some(Availability::Deleted));
    let deleted = me
        .messages()
        .availability(&Availability::Deleted)
        .items()
        .try_collect::<Vec<_>>()
        .await?;
    ensure!(deleted.iter().any(|message| message.id == sent.id));
    me.delete_messages(
        &DeleteMessages::before(place.emulator.now())
            .message_type(&MessageType::Pager)
            .purge(),
    )
    .await?;
    ensure!(me.message(pager.id).await?.availability == Some(Availability::Purged));
    me.delete_messages(&DeleteMessages::everything().every_type())
        .await?;
    ensure!(me.messages().date_from(since).send().await?.records.is_empty());
    me.delete_messages(&DeleteMessages::everything()).await?;
    ensure!(me.messages().date_from(since).send().await?.records.is_empty());
    Ok(())
}

#[tokio::test]
async fn texts_name_their_country_and_pager_messages_their_sender() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let me = place.client.me();
    let text = || me.sms().send_text(&place.from, "hello").to(&place.to);
    let (by_code, by_id) = (text().country("US").await?, text().country_id(1).await?);
    ensure!(by_code.conversation_id.is_some() && by_code.conversation_id == by_id.conversation_id);

    let myself = me.info().await?;
    let pager = PagerMessage::new("lunch?").to_extension_number("102");
    let plain = me.send_pager(&pager).await?;
    let named = me.send_pager(&pager.from_extension(&myself.id)).await?;
    ensure!(plain.from == named.from && named.from.extension_number == myself.extension_number);
    Ok(())
}

/// Asks once for the bulk answer in parts, which is what the platform usually gives, and once for it in one JSON list.
async fn in_both_encodings<T: DeserializeOwned + Send + 'static>(
    make: impl Fn() -> Request<Bulk<T>>,
) -> anyhow::Result<[Bulk<T>; 2]> {
    let in_parts = make().await?;
    let compact = "application/vnd.ringcentral.multipart+json";
    let as_list = make().with(|request| request.header("Accept", compact)).await?;
    Ok([in_parts, as_list])
}

/// What is there came, in the order in which it was asked for; what is not was refused by itself.
fn came_but_the_last<T>(bulk: &Bulk<T>, ids: &[String]) -> anyhow::Result<()> {
    let found: Vec<_> = bulk.items().iter().filter_map(|item| item.id.clone()).collect();
    ensure!(found == ids, "{found:?} instead of {ids:?}");
    let refused: Vec<_> = bulk.failed().collect();
    let [(id, error)] = refused.as_slice() else {
        anyhow::bail!("{} were refused", refused.len());
    };
    ensure!(*id == ids.last().map(String::as_str));
    ensure!(
        error.kind() == ErrorKind::Api && error.status().is_some_and(|status| status == 404),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn several_resources_at_once() -> anyhow::Result<()> {
    const NOBODYS: &str = "999999999999";
    let place = Place::new().await?;
    let (account, me, since) = (place.client.account("~"), place.client.me(), place.month_ago());
    let with_one_more = |ids: Vec<String>| [ids, vec![NOBODYS.to_owned()]].concat();

    let list = me.messages().date_from(since).limit(2).items();
    let messages: Vec<Message> = list.try_collect().await?;
    let mut ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    ensure!(ids.len() == 2, "the seed has messages");
    ids.push(NOBODYS.parse::<u64>()?.into());
    let names: Vec<_> = ids.iter().map(ToString::to_string).collect();
    for bulk in in_both_encodings(|| me.messages_by_id(&ids)).await? {
        came_but_the_last(&bulk, &names)?;
        for message in &messages {
            let found = bulk.get(&message.id.to_string()).context("it was asked for")?;
            ensure!(found.as_ref().is_ok_and(|found| found == message), "{found:?}");
        }
    }
    for status in [ReadStatus::Unread, ReadStatus::Read] {
        for bulk in in_both_encodings(|| me.mark_messages(&ids, status.clone())).await? {
            came_but_the_last(&bulk, &names)?;
        }
        for id in &ids[..2] {
            ensure!(me.message(id).await?.read_status.as_ref() == Some(&status));
        }
    }
    let deleted = me.delete_messages_by_id(&ids).await?;
    came_but_the_last(&deleted, &names)?;
    for message in me.messages_by_id(&ids[..2]).await?.into_all()? {
        ensure!(message.availability == Some(Availability::Deleted), "{message:?}");
    }
    let back = MessageChange::new().restore();
    for bulk in in_both_encodings(|| me.change_messages(&ids, &back)).await? {
        came_but_the_last(&bulk, &names)?;
        ensure!(
            bulk.items()[..2]
                .iter()
                .all(|item| item.result.as_ref().is_ok_and(Message::is_alive))
        );
    }
    let (kind, mut other) = (messages[0].kind.clone().context("its kind")?, MessageType::Fax);
    if kind == other {
        other = MessageType::Sms;
    }
    let nothing = me.delete_messages_by_id(&ids[..1]).message_type(&other).await;
    ensure!(nothing.is_err_and(|error| error.status().is_some_and(|status| status == 404)));
    let purge = || me.delete_messages_by_id(&ids[..1]).message_type(&kind).purge();
    ensure!(purge().await?.items().is_empty());
    ensure!(me.message(ids[0]).await?.availability == Some(Availability::Purged));
    let of_nobody = me.delete_messages_by_id(&ids[..2]).conversation_id(1).await?;
    ensure!(of_nobody.failed().count() == 2, "{of_nobody:?}");

    ensure!(me.messages_by_id(&ids[..1]).await?.into_all()? == [me.message(ids[0]).await?]);
    let alone = me.messages_by_id(&ids[2..]).await.err().context("nobody's")?;
    ensure!(alone.status().is_some_and(|status| status == 404), "{alone:?}");

    let list = me.call_log().date_from(since).limit(2).items();
    let calls: Vec<CallRecord> = list.try_collect().await?;
    ensure!(calls.len() == 2, "the seed has calls");
    let names = with_one_more(calls.iter().map(|call| call.id.to_string()).collect());
    let ids = || names.iter().map(String::as_str);
    let of_account = in_both_encodings(|| account.calls_by_id(ids())).await?;
    for bulk in in_both_encodings(|| me.calls_by_id(ids()))
        .await?
        .iter()
        .chain(&of_account)
    {
        came_but_the_last(bulk, &names)?;
        let first = bulk.items()[0].result.as_ref().ok().context("it is there")?;
        ensure!(first.session_id == calls[0].session_id && first.legs.is_empty());
    }
    let detailed = me.calls_by_id(ids()).view(&CallLogView::Detailed).await?;
    let first = detailed.items()[0].result.as_ref().ok().context("it is there")?;
    ensure!(!first.legs.is_empty(), "{first:?}");

    let list = account.extensions().kind(&ExtensionType::User).limit(2).items();
    let users: Vec<ExtensionInfo> = list.try_collect().await?;
    let names = with_one_more(users.iter().map(|user| user.id.to_string()).collect());
    let ids = || names.iter().map(String::as_str);
    for bulk in in_both_encodings(|| account.presence_by_id(ids()).detailed_telephony_state()).await? {
        came_but_the_last(&bulk, &names)?;
    }
    let alone = account.presence_by_id([&users[0].id]).await?;
    ensure!(alone.get(&names[0]).is_some_and(Result::is_ok), "{alone:?}");
    Ok(())
}

#[tokio::test]
async fn copies_of_the_message_store() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let me = place.client.me();
    let since = place.month_ago();
    let listed: Vec<Message> = me
        .messages()
        .date_from(since)
        .per_page(1000)
        .items()
        .try_collect()
        .await?;
    let sync = me.message_sync();

    let frame = sync.clone().date_from(since).record_count(10);
    let batches: Vec<_> = frame.batches().try_collect().await?;
    let mut ids: Vec<_> = batches
        .iter()
        .flat_map(|batch| &batch.records)
        .map(|message| message.id)
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    ensure!(
        count == ids.len() && count == listed.len(),
        "{count} came, {} are there",
        listed.len()
    );

    let token = batches.last().and_then(|batch| batch.sync_token.clone());
    let sent = me.sms().send_text(&place.from, "news").to(&place.to).await?;
    me.delete_message(listed[0].id).await?;
    let changes: Vec<_> = sync.clone().resume(token).batches().try_collect().await?;
    let records: Vec<_> = changes.iter().flat_map(|batch| &batch.records).collect();
    ensure!(
        records
            .iter()
            .any(|message| message.id == sent.id && message.is_alive())
    );
    ensure!(
        records
            .iter()
            .any(|message| message.id == listed[0].id && !message.is_alive())
    );
    ensure!(records.len() == 2, "{records:?}");

    let everything: Vec<_> = sync
        .clone()
        .record_count(20)
        .whole_history()
        .batches()
        .try_collect()
        .await?;
    let all: usize = everything.iter().map(|batch| batch.records.len()).sum();
    ensure!(all >= listed.len(), "{all} of {}", listed.len());
    ensure!(everything.last().and_then(|batch| batch.older_records_exist) == Some(false));

    let lost = sync.resume(SyncToken::from("nonsense"));
    let kinds: Vec<_> = lost.batches().map_ok(|batch| batch.kind).try_collect().await?;
    ensure!(kinds == [BatchKind::Reset]);
    Ok(())
}

#[tokio::test]
async fn a_text_whose_answer_is_lost_is_found_in_the_store() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let me = place.client.me();
    let sms = || me.sms().send_text(&place.from, "only once").to(&place.to);
    let lose = json!({ "match": { "method": "POST", "path": "*/sms" }, "action": { "type": "drop-after" }, "times": 1 });
    let equal = async || {
        let list = me
            .messages()
            .message_type(&MessageType::Sms)
            .direction(&MessageDirection::Outbound);
        let all: Vec<Message> = list.items().try_collect().await?;
        anyhow::Ok(
            all.into_iter()
                .filter(|message| message.subject.as_deref() == Some("only once"))
                .count(),
        )
    };
    me.info().await?;

    place.control("faults", lose.clone()).await?;
    let error = sms().send().await.expect_err("its answer is lost");
    ensure!(error.is_outcome_unknown(), "{error}");
    ensure!(equal().await? == 1);

    // The same text once more, on purpose: the one before is not taken for it.
    place.control("faults", lose).await?;
    let found = sms().check_store(true).send().await?;
    ensure!(found.subject.as_deref() == Some("only once"), "{found:?}");
    ensure!(equal().await? == 2);

    let gone = json!({ "match": { "method": "POST", "path": "*/sms" }, "action": { "type": "truncate", "bytes": 40 }, "times": 1 });
    place.control("faults", gone).await?;
    let found = sms().check_store(true).send().await?;
    ensure!(equal().await? == 3 && me.message(found.id).await?.id == found.id);
    Ok(())
}

/// Reads an answer as the type and writes it again: what the emulator said and the type does not have is an error, so the two
/// readings of the platform's documents are compared.
async fn kept<T: Serialize + DeserializeOwned>(place: &Place, path: &str) -> anyhow::Result<()> {
    let raw: Value = place.client.get(path).send().await?.json()?;
    let read: T = serde_json::from_value(raw.clone()).with_context(|| format!("{path}: {raw}"))?;
    let (sent, kept) = (plain(raw), plain(serde_json::to_value(&read)?));
    ensure!(sent == kept, "{path}\n   sent: {sent}\n   kept: {kept}");
    Ok(())
}

/// Without what means nothing, or belongs to the list and not to its records: the list's own address, empty members, whether
/// an id is a number, milliseconds.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let is_list = members.contains_key("records");
            members
                .into_iter()
                .filter(|(name, _)| !(is_list && name == "uri"))
                .map(|(name, value)| (name, plain(value)))
                .filter(|(_, value)| {
                    let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty)
                        || value.as_array().is_some_and(Vec::is_empty);
                    !value.is_null() && !is_empty
                })
                .collect()
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Number(number) => Value::String(number.to_string()),
        Value::String(text) => Value::String(text.parse::<Timestamp>().map_or(text, |time| time.to_string())),
        other => other,
    }
}

#[tokio::test]
async fn the_types_have_every_member_that_the_emulator_sends() -> anyhow::Result<()> {
    let place = Place::new().await?;
    let me = place.client.me();
    me.sms().send_text(&place.from, "hello").to(&place.to).await?;
    me.send_pager(&PagerMessage::new("lunch?").to_extension_number("102"))
        .await?;
    for message in [
        json!({ "type": "VoiceMail" }),
        json!({ "type": "Fax" }),
        json!({ "text": "hello" }),
    ] {
        place.control("messages", message).await?;
    }
    place.emulator.freeze(true)?;
    let call = me.ring_out(&RingOutCall::to(&place.to).from(&place.from)).await?;
    place.emulator.advance(Duration::from_secs(10))?;

    let account = "/restapi/v1.0/account/~";
    let extension = "/restapi/v1.0/account/~/extension/~";
    let words = "/restapi/v1.0/dictionary";
    let since = format!("dateFrom={}&perPage=250", place.month_ago());
    kept::<AccountInfo>(&place, account).await?;
    kept::<ServiceInfo>(&place, &format!("{account}/service-info")).await?;
    kept::<BusinessAddress>(&place, &format!("{account}/business-address")).await?;
    kept::<Page<ExtensionInfo>>(&place, &format!("{account}/extension")).await?;
    kept::<ExtensionInfo>(&place, extension).await?;
    kept::<Page<PhoneNumberInfo>>(&place, &format!("{account}/phone-number")).await?;
    kept::<Page<PhoneNumberInfo>>(&place, &format!("{extension}/phone-number")).await?;
    for view in ["Simple", "Detailed"] {
        kept::<Page<CallRecord>>(&place, &format!("{account}/call-log?view={view}&{since}")).await?;
        kept::<Page<CallRecord>>(&place, &format!("{extension}/active-calls?view={view}")).await?;
    }
    kept::<Page<Message>>(&place, &format!("{extension}/message-store?{since}")).await?;
    let telephony = "detailedTelephonyState=true&sipData=true";
    kept::<Presence>(&place, &format!("{extension}/presence?{telephony}")).await?;
    kept::<Page<Presence>>(&place, &format!("{account}/presence?{telephony}")).await?;
    kept::<RingOut>(&place, &format!("{extension}/ring-out/{}", call.id)).await?;
    kept::<AuthzProfile>(&place, &format!("{extension}/authz-profile")).await?;
    kept::<PermissionCheck>(
        &place,
        &format!("{extension}/authz-profile/check?permissionId=ReadCallLog"),
    )
    .await?;
    kept::<Page<Country>>(&place, &format!("{words}/country")).await?;
    kept::<Page<State>>(&place, &format!("{words}/state")).await?;
    kept::<Page<Timezone>>(&place, &format!("{words}/timezone")).await?;
    kept::<Page<Language>>(&place, &format!("{words}/language")).await?;
    kept::<Page<Location>>(&place, &format!("{words}/location?withNxx=true")).await?;
    kept::<Page<FaxCoverPage>>(&place, &format!("{words}/fax-cover-page")).await?;
    kept::<ApiVersions>(&place, "/restapi").await?;
    let recorded = place
        .client
        .account("~")
        .call_log()
        .date_from(place.month_ago())
        .recording(&RecordingFilter::All);
    let recorded = recorded
        .limit(1)
        .items()
        .try_next()
        .await?
        .and_then(|call| call.recording?.id)
        .context("a recording")?;
    kept::<Recording>(&place, &format!("{account}/recording/{recorded}")).await
}
