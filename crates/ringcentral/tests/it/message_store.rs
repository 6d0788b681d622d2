//! Deleting and changing several messages at once: what the answers mean.

use ringcentral::{Availability, Client, ErrorKind, MessageChange};

use super::script::{Answer, Platform, answering, builder, clock, logged_in, status, with_header};

/// A client whose every call is answered like this.
async fn answered(answer: impl Fn() -> Answer + Send + 'static) -> Client {
    let platform = Platform::new(answering(answer));
    logged_in(builder(&platform, &clock())).await
}

const NOT_FOUND: &str =
    r#"{"errorCode":"CMN-102","message":"Resource is not found","errors":[{"errorCode":"CMN-102"}]}"#;

/// One message deleted and one not found, as one JSON list.
fn as_list() -> Answer {
    let items = format!(
        r#"[{{"resourceId":"5","status":204,"body":null}},{{"resourceId":"6","status":404,"body":{NOT_FOUND}}}]"#
    );
    let content_type = "application/vnd.ringcentral.multipart+json";
    with_header(status(207, &items), "content-type", content_type)
}

/// The same in parts, of which one that says nothing is left out.
fn in_parts() -> Answer {
    let summary =
        r#"{"response":[{"href":"/message-store/5","status":204},{"href":"/message-store/6","status":404}]}"#;
    let part = |body| format!("--B\r\nContent-Type: application/json\r\n\r\n{body}\r\n");
    let body = format!("{}{}--B--\r\n", part(summary), part(NOT_FOUND));
    with_header(status(207, &body), "content-type", "multipart/mixed;boundary=B")
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_succeeds_throughout_has_nothing_to_say() {
    let client = answered(|| status(204, "")).await;
    let deleted = client.me().delete_messages_by_id([5, 6]).await.unwrap();
    assert!(deleted.items().is_empty());
    assert_eq!(deleted.failed().count(), 0);
    assert!(deleted.into_all().is_ok());
}

#[tokio::test(start_paused = true)]
async fn each_message_is_deleted_or_refused_by_itself() {
    for answer in [as_list, in_parts] {
        let client = answered(answer).await;
        let deleted = client.me().delete_messages_by_id([5, 6]).await.unwrap();
        assert_eq!(deleted.items().len(), 2);
        assert!(deleted.get("5").is_some_and(Result::is_ok), "{deleted:?}");
        let refused: Vec<_> = deleted.failed().collect();
        let [(Some("6"), error)] = refused.as_slice() else {
            panic!("{deleted:?}");
        };
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!(error.code(), Some("CMN-102"));
        assert!(deleted.into_all().is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn the_refusal_of_a_single_one_is_the_error_of_the_call() {
    let client = answered(|| status(404, NOT_FOUND)).await;
    let error = client.me().delete_messages_by_id([6]).await.unwrap_err();
    assert_eq!(error.code(), Some("CMN-102"));
}

#[tokio::test(start_paused = true)]
async fn each_message_is_changed_or_refused_by_itself() {
    let client = answered(|| {
        let items = format!(
            r#"[{{"resourceId":"5","status":200,"body":{{"id":5,"availability":"Alive"}}}},
                {{"resourceId":"6","status":404,"body":{NOT_FOUND}}}]"#
        );
        status(207, &items)
    })
    .await;
    let change = MessageChange::new().restore();
    let changed = client.me().change_messages([5, 6], &change).await.unwrap();
    let message = changed.get("5").unwrap().as_ref().unwrap();
    assert_eq!(message.availability, Some(Availability::Alive));
    assert!(changed.get("6").is_some_and(Result::is_err));
}
