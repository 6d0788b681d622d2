//! What the endpoints of messages send.

use ringcentral::{
    Availability, ContentDisposition, DeleteMessages, ExtensionType, MessageChange, MessageDirection,
    MessageType, PagerMessage, ReadStatus,
};

use super::{call, each_sends, number, time};

#[tokio::test(start_paused = true)]
#[expect(clippy::too_many_lines, reason = "one row for each operation")]
async fn the_requests_about_messages() {
    each_sends(|client| {
        let me = client.me();
        let (from, to) = (number("+16505550101"), number("+14155550123"));
        [
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
                    .date_from(time())
                    .date_to(time())
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
                    &DeleteMessages::before(time())
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
                    .date_to(time())
                    .send(),
            ),
        ),
        ]
    })
    .await;
}
