//! How long a download is waited for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringcentral::{Clock, ErrorKind};

use super::host::{CONTENT, End, Host, content, honest};
use crate::script::{clock, drive};

const STEP: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_reader_may_take_its_time_and_the_platform_may_not() {
    let host = Host::new(|asked, _| honest(asked, &content(100), 50, 10, End::Stalled));
    let clock = clock();
    let client = host.client(&clock).await;
    let request = client.get(CONTENT).timeout(Duration::from_secs(20));
    let mut stream = request.download().open().await.unwrap();
    for _ in 0..5 {
        clock.advance(Duration::from_secs(3600));
        stream.chunk().await.unwrap().unwrap();
    }
    let began = clock.now();
    let error = drive(&clock, STEP, stream.chunk()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("stalled after 50 of 100"), "{error}");
    // Four stalls of twenty seconds, and pauses of less than four seconds together.
    let waited = clock.now().duration_since(began).as_secs();
    assert!((80..90).contains(&waited), "{waited} s");
}

#[tokio::test(start_paused = true)]
async fn the_total_time_is_for_all_of_it() {
    let host = Host::new(|asked, _| honest(asked, &content(100), 50, 10, End::Stalled));
    let clock = clock();
    let client = host.client(&clock).await;
    let request = client.get(CONTENT).total_timeout(Duration::from_secs(30));
    let began = clock.now();
    let mut bytes = Vec::new();
    let error = drive(&clock, STEP, request.download().to_writer(&mut bytes))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(clock.now().duration_since(began).as_secs(), 30);
    assert_eq!(bytes, content(50));
}

#[tokio::test(start_paused = true)]
async fn a_download_that_is_made_already_takes_every_option() {
    let host = Host::new(|asked, _| honest(asked, &content(100), 50, 10, End::Stalled));
    let clock = clock();
    let client = host.client(&clock).await;
    let told = Arc::new(Mutex::new(0));
    let listener = Arc::clone(&told);
    let download = client
        .account("~")
        .recording_content("7")
        .on_progress(move |progress| *listener.lock().unwrap() = progress.received)
        .with(|request| request.query("a", "b").total_timeout(Duration::from_secs(30)));
    let began = clock.now();
    let error = drive(&clock, STEP, download.to_writer(&mut Vec::new()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(clock.now().duration_since(began).as_secs(), 30);
    assert_eq!(*told.lock().unwrap(), 50, "the listener is still there");
    let asked = host.asked();
    assert!(asked[0].uri.ends_with("/content?a=b"), "{asked:?}");
    assert_eq!(asked[0].header("accept-encoding"), Some("identity"));

    let part = client.download(CONTENT);
    let part = part.with(|request| request.header("range", "bytes=5-"));
    assert_eq!(part.open().await.err().unwrap().kind(), ErrorKind::Usage);
    assert_eq!(host.asked().len(), asked.len());
}

#[tokio::test(start_paused = true)]
async fn no_pause_goes_on_beyond_the_total_time() {
    let host = Host::new(|asked, _| honest(asked, &content(100), 50, 10, End::Lost));
    let clock = clock();
    let client = host.client(&clock).await;
    // The shortest pause is a quarter of a second.
    let total = Duration::from_millis(200);
    let request = client.get(CONTENT).total_timeout(total);
    let mut stream = request.download().open().await.unwrap();
    let began = clock.now();
    let error = drive(&clock, Duration::from_millis(10), async {
        loop {
            if let Err(error) = stream.chunk().await {
                return error;
            }
        }
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("broke off after 50 of 100"), "{error}");
    assert!(clock.now().duration_since(began).unsigned_abs() < total);
    assert_eq!(host.asked().len(), 1);
}

/// The client's own total time bounds each request, not a download that may rightly take an hour.
#[tokio::test(start_paused = true)]
async fn the_clients_total_time_is_for_each_request() {
    let host = Host::new(|asked, _| honest(asked, &content(100), 100, 10, End::Good));
    let clock = clock();
    let client = host
        .client_with(&clock, |builder| builder.total_timeout(Duration::from_secs(30)))
        .await;
    let mut stream = client.download(CONTENT).open().await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.chunk().await.unwrap() {
        clock.advance(Duration::from_secs(20));
        bytes.extend_from_slice(&chunk);
    }
    assert_eq!(bytes, content(100));
}
