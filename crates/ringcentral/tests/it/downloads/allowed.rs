//! The bearer token goes to the platform and to its media host: everything else is refused before a byte leaves.

use ringcentral::{Body, ErrorKind, PRODUCTION};

use super::host::{End, Host, answer, body, content};
use crate::script::clock;

#[tokio::test(start_paused = true)]
async fn where_a_content_uri_may_point() {
    let table: [(&str, Option<ErrorKind>); 17] = [
        (
            "https://media.ringcentral.com/restapi/v1.0/account/1/recording/2/content",
            None,
        ),
        (
            "https://platform.ringcentral.com/restapi/v1.0/account/1/recording/2/content",
            None,
        ),
        ("https://media.ringcentral.com:443/restapi/x", None),
        ("https://MEDIA.ringcentral.com/restapi/x", None),
        ("/restapi/v1.0/account/1/recording/2/content", None),
        (
            "http://media.ringcentral.com/restapi/x",
            Some(ErrorKind::Forbidden),
        ),
        (
            "http://media.ringcentral.com:443/restapi/x",
            Some(ErrorKind::Forbidden),
        ),
        (
            "https://media.ringcentral.com:8443/restapi/x",
            Some(ErrorKind::Forbidden),
        ),
        (
            "https://media.ringcentral.com.example.com/restapi/x",
            Some(ErrorKind::Forbidden),
        ),
        (
            "https://media-ringcentral.com/restapi/x",
            Some(ErrorKind::Forbidden),
        ),
        (
            "https://other.media.ringcentral.com/restapi/x",
            Some(ErrorKind::Forbidden),
        ),
        (
            "https://media.ringcentral.com@example.com/restapi/x",
            Some(ErrorKind::Forbidden),
        ),
        (
            "https://user:password@media.ringcentral.com/restapi/x",
            Some(ErrorKind::Forbidden),
        ),
        (
            "https://media.ringcentral.com/restapi/x?access_token=abc",
            Some(ErrorKind::Forbidden),
        ),
        ("//example.com/restapi/x", Some(ErrorKind::Forbidden)),
        ("/\\example.com/restapi/x", Some(ErrorKind::Forbidden)),
        ("media.ringcentral.com/restapi/x", Some(ErrorKind::Usage)),
    ];
    for (uri, refused) in table {
        let host = Host::new(|_, _| answer(200, &[], body(&content(9), 0, 9, 9, End::Good)));
        let clock = clock();
        let client = host
            .client_with(&clock, |builder| builder.server(PRODUCTION))
            .await;
        let result = client.download(uri).to_writer(&mut Vec::new()).await;
        assert_eq!(
            result.map(drop).map_err(|error| error.kind()).err(),
            refused,
            "{uri}"
        );
        assert_eq!(host.asked().len(), usize::from(refused.is_none()), "{uri}");
    }
}

/// Neither at the beginning nor when it goes on.
#[tokio::test(start_paused = true)]
async fn the_media_host_cannot_send_the_bearer_on() {
    for status in [301, 302, 303, 307, 308] {
        let host = Host::new(move |_, _| {
            let elsewhere = ("location", "https://example.com/".to_owned());
            answer(status, &[elsewhere], Body::default())
        });
        let clock = clock();
        let client = host
            .client_with(&clock, |builder| builder.server(PRODUCTION))
            .await;
        let uri = "https://media.ringcentral.com/restapi/v1.0/account/1/recording/2/content";
        let error = client.download(uri).open().await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api);
        assert!(error.to_string().contains("redirect"), "{error}");
        let asked: Vec<_> = host.asked().into_iter().map(|asked| asked.uri).collect();
        assert_eq!(asked, [uri]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_download_is_refused_before_it_is_sent() {
    let host = Host::new(|_, _| answer(200, &[], Body::default()));
    let clock = clock();
    let client = host.client(&clock).await;
    let requests = [
        client.post("/restapi/x"),
        client.delete("/restapi/x"),
        client.get("/restapi/x").header("Range", "bytes=5-"),
    ];
    for request in requests {
        let error = request.download().open().await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
    assert!(host.asked().is_empty());
}
