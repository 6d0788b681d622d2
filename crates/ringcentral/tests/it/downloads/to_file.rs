//! A file is there with all its bytes, or not at all.

use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use ringcentral::{ErrorKind, Progress, RetryPolicy};
use tokio::io::AsyncWrite;

use super::host::{CONTENT, End, Host, answer, body, content, honest};
use crate::file_store::mounts::{SmallDisk, with_own_mounts};
use crate::script::clock;

const LENGTH: usize = 300_000;

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn good() -> Arc<Host> {
    Host::new(|asked, _| honest(asked, &content(LENGTH), LENGTH, 9_999, End::Good))
}

fn broken() -> Arc<Host> {
    Host::new(|asked, _| honest(asked, &content(LENGTH), 200_000, 9_999, End::Lost))
}

#[tokio::test]
async fn what_has_not_changed_leaves_the_copy_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("call.wav");
    fs::write(&path, "the copy").unwrap();
    let host = Host::new(|asked, _| {
        assert_eq!(asked.header("if-none-match"), Some("\"1\""));
        answer(304, &[("etag", "\"1\"".into())], body(&[], 0, 0, 1, End::Good))
    });
    let clock = clock();
    let request = host.client(&clock).await.get(CONTENT);
    let download = request.header("if-none-match", "\"1\"").download();
    let error = download.overwrite(true).to_file(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotModified);
    assert_eq!(fs::read_to_string(&path).unwrap(), "the copy");
}

#[tokio::test]
async fn a_download_becomes_a_file_like_any_other() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("call.wav");
    let (host, clock) = (good(), clock());
    let saved = host
        .client(&clock)
        .await
        .download(CONTENT)
        .to_file(&path)
        .await
        .unwrap();
    assert_eq!(saved.length(), LENGTH as u64);
    assert_eq!(fs::read(&path).unwrap(), content(LENGTH));
    assert_eq!(names_in(directory.path()), ["call.wav"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let any = directory.path().join("any");
        fs::write(&any, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&any), "not a secret, so as any new file");
    }
}

#[tokio::test]
async fn a_file_that_is_there_stays_unless_it_may_go() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("call.wav");
    fs::write(&path, "mine").unwrap();
    let (host, clock) = (good(), clock());
    let client = host.client(&clock).await;
    let error = client.download(CONTENT).to_file(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("call.wav exists already"), "{error}");
    assert!(host.asked().is_empty(), "it was known before anything was sent");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    client
        .download(CONTENT)
        .overwrite(true)
        .to_file(&path)
        .await
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), content(LENGTH));
}

/// Somebody makes the file while the download is under way.
#[tokio::test]
async fn a_file_that_comes_meanwhile_stays_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("call.wav");
    let made = path.clone();
    let host = Host::new(move |asked, _| {
        fs::write(&made, "theirs").unwrap();
        honest(asked, &content(LENGTH), LENGTH, 9_999, End::Good)
    });
    let client = host.client(&clock()).await;
    let error = client.download(CONTENT).to_file(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
    assert_eq!(names_in(directory.path()), ["call.wav"]);
}

#[tokio::test]
async fn nothing_is_left_of_a_download_that_failed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("call.wav");
    for old in [None, Some("old")] {
        if let Some(old) = old {
            fs::write(&path, old).unwrap();
        }
        let client = broken()
            .client_with(&clock(), |builder| builder.retry(RetryPolicy::never()))
            .await;
        let download = client.download(CONTENT).overwrite(true);
        let error = download.to_file(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(names_in(directory.path()).len(), usize::from(old.is_some()));
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), old);
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_download_that_was_given_up() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("call.wav");
    let host = Host::new(|asked, _| honest(asked, &content(LENGTH), 200_000, 9_999, End::Stalled));
    let client = host.client(&clock()).await;
    let place = directory.path().to_owned();
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let download = client.download(CONTENT).on_progress(move |progress| {
        if progress.received > 190_000 {
            tell.take().map(|tell| tell.send(names_in(&place)));
        }
    });
    tokio::select! {
        _ = download.to_file(&path) => panic!("it cannot end"),
        names = told => assert_eq!(names.unwrap().len(), 1, "it has begun"),
    }
    assert!(names_in(directory.path()).is_empty());
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_refused_before_anything_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let host = good();
    let client = host.client(&clock()).await;
    for (path, said) in [
        (directory.path().to_owned(), "is a directory"),
        (directory.path().join("missing/call.wav"), "there is no directory"),
        (directory.path().join(".."), "is a directory"),
    ] {
        let error = client
            .download(CONTENT)
            .overwrite(true)
            .to_file(&path)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(said), "{error}");
    }
    assert!(host.asked().is_empty());
}

#[test]
fn a_full_disk_is_named_and_nothing_is_left() {
    let name = "downloads::to_file::a_full_disk_is_named_and_nothing_is_left";
    with_own_mounts(name, || {
        let disk = SmallDisk::mount();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let client = good().client(&clock()).await;
            let path = disk.path("call.wav");
            let error = client.download(CONTENT).to_file(&path).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::File);
            assert!(
                error
                    .to_string()
                    .contains("call.wav cannot be written: there is no room"),
                "{error}"
            );
            assert!(names_in(path.parent().unwrap()).is_empty());
        });
    });
}

#[tokio::test]
async fn progress_is_told_after_each_chunk() {
    for length in [None, Some(10_u64)] {
        let host = Host::new(move |_, _| {
            let headers: Vec<_> = length
                .iter()
                .map(|length| ("content-length", length.to_string()))
                .collect();
            answer(200, &headers, body(&content(10), 0, 10, 4, End::Good))
        });
        let told: Arc<Mutex<Vec<Progress>>> = Arc::default();
        let notes = Arc::clone(&told);
        let client = host.client(&clock()).await;
        client
            .download(CONTENT)
            .on_progress(move |progress| notes.lock().unwrap().push(progress))
            .to_writer(&mut Vec::new())
            .await
            .unwrap();
        let told: Vec<_> = told
            .lock()
            .unwrap()
            .iter()
            .map(|progress| (progress.received, progress.length))
            .collect();
        assert_eq!(told, [(4, length), (8, length), (10, length)]);
    }
}

/// A writer that takes nothing.
struct Full;

impl AsyncWrite for Full {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Err(std::io::ErrorKind::StorageFull.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_writer_that_fails_is_not_the_networks_fault() {
    let client = good().client(&clock()).await;
    let error = client.download(CONTENT).to_writer(&mut Full).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
    assert!(std::error::Error::source(&error).is_some());
}
