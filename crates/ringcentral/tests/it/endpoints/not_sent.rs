//! What is not sent: calls that name nothing or too much, and the second time of what must not be done twice.

use std::pin::Pin;
use std::time::Duration;

use ringcentral::{
    Client, DeleteCalls, DeleteMessages, ErrorKind, ExtensionApi, MessageChange, ReadStatus, Request,
    TransportErrorKind,
};

use super::{Call, time};
use crate::script::{Platform, answering, builder, clock, drive, logged_in, status, tokens};

/// Makes a call, of which no more is wanted than whether it was done.
type Make = fn(&ExtensionApi, jiff::Timestamp) -> Done;
type Done = Pin<Box<dyn Future<Output = ringcentral::Result<()>>>>;

fn done<T: 'static>(request: Request<T>) -> Done {
    Box::pin(async move { request.await.map(drop) })
}

#[tokio::test(start_paused = true)]
async fn what_names_no_resource_or_too_many_is_not_sent() {
    type Ask = fn(&Client, usize) -> Call;
    /// What the call said, where it was refused before it went.
    fn refused<T: 'static>(request: Request<T>) -> Call {
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
    let platform = Platform::new(answering(|| status(404, "")));
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
        let request = make(&client.me(), time());
        let result = drive(&clock, Duration::from_millis(500), request).await;
        assert_eq!(result.is_ok(), repeated, "{name}");
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{name}");
        }
        assert_eq!(platform.asked().len() - 1, 1 + usize::from(repeated), "{name}");
    }
}
