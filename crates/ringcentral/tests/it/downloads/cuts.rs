//! A connection that breaks is replaced, and no byte is lost or doubled.

use std::time::Duration;

use proptest::prelude::*;
use ringcentral::{ErrorKind, RetryPolicy};

use super::host::{End, Host, all, answer, body, content, honest};
use crate::script::clock;

#[tokio::test(start_paused = true)]
async fn a_cut_at_any_byte_is_gone_on_with_where_it_was() {
    const LENGTH: usize = 24;
    for end in [End::Lost, End::Closed, End::Stalled] {
        for cut in 0..=LENGTH {
            let host = Host::new(move |asked, number| {
                let cut = if number == 1 { cut } else { LENGTH };
                honest(asked, &content(LENGTH), cut, 7, end)
            });
            let clock = clock();
            let bytes = all(&clock, &host.client(&clock).await).await.unwrap();
            assert_eq!(bytes, content(LENGTH), "{end:?} at {cut}");
            let asked = host.asked();
            assert_eq!(asked.len(), 1 + usize::from(cut < LENGTH), "{end:?} at {cut}");
            assert!(
                asked
                    .iter()
                    .all(|asked| asked.header("accept-encoding") == Some("identity"))
            );
            assert_eq!(asked[0].header("range"), None);
            if let Some(second) = asked.get(1) {
                let wanted = (cut > 0).then(|| format!("bytes={cut}-"));
                assert_eq!(second.header("range"), wanted.as_deref(), "{end:?} at {cut}");
            }
        }
    }
}

/// How a server answers to a range.
#[derive(Clone, Copy, Debug)]
enum Server {
    Ranges,
    /// It knows no ranges and begins anew, with the same `ETag`.
    Anew,
    /// It knows ranges, and does not say how long the whole is.
    NoLength,
}

fn served(
    server: Server,
    asked: &super::host::Asked,
    content: &[u8],
    cut: usize,
    chunk: usize,
    end: End,
) -> super::host::Answer {
    let (from, length) = (asked.from(), content.len());
    let to = cut.clamp(from, length);
    let end = if to == length { End::Good } else { end };
    match server {
        Server::Ranges => honest(asked, content, cut, chunk, end),
        Server::Anew => answer(200, &[("etag", "\"1\"".into())], body(content, 0, to, chunk, end)),
        Server::NoLength => {
            let body = body(content, from, to, chunk, end);
            if asked.header("range").is_none() {
                return answer(200, &[], body);
            }
            answer(
                206,
                &[("content-range", format!("bytes {from}-{}/*", length - 1))],
                body,
            )
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Wherever the first three connections break, and however the server goes on.
    #[test]
    fn whatever_the_cuts_the_bytes_are_equal(
        length in 1_usize..300_000,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), prop::bool::ANY), 0..4),
        chunk in 1_usize..70_000,
        server in prop::sample::select(vec![Server::Ranges, Server::Anew, Server::NoLength]),
    ) {
        let bytes = content(length);
        let wanted = bytes.clone();
        let host = Host::new(move |asked, number| {
            let (cut, end) = match cuts.get(number - 1) {
                // Where the length is not known, a polite end is the end.
                Some((cut, lost)) if *lost || matches!(server, Server::Ranges) => {
                    (cut.index(length), if *lost { End::Lost } else { End::Closed })
                }
                Some((cut, _)) => (cut.index(length), End::Stalled),
                None => (length, End::Good),
            };
            served(server, asked, &bytes, cut, chunk.max(length / 200), end)
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let arrived = runtime.block_on(async {
            let clock = clock();
            // So short that three stalls are within the time of the retry policy.
            let client = host.client_with(&clock, |builder| builder.timeout(Duration::from_secs(10))).await;
            all(&clock, &client).await
        });
        prop_assert!(arrived.unwrap() == wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn connections_that_bring_next_to_nothing_are_counted() {
    for (policy, connections) in [
        (RetryPolicy::standard(), 4),
        (RetryPolicy::standard().max_attempts(2), 2),
        (RetryPolicy::never(), 1),
    ] {
        let host = Host::new(|asked, number| honest(asked, &content(1_000), 10 * number, 100, End::Lost));
        let clock = clock();
        let client = host.client_with(&clock, |builder| builder.retry(policy)).await;
        let error = all(&clock, &client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(
            error.to_string(),
            format!("the download broke off after {} of 1000 bytes", 10 * connections)
        );
        assert_eq!(host.asked().len(), connections);
    }
}

/// A line that is bad for an hour is no reason to give up while it goes on.
#[tokio::test(start_paused = true)]
async fn connections_that_get_on_are_not_counted() {
    const STEP: usize = 64 * 1024;
    const LENGTH: usize = 60 * STEP;
    let bytes = content(LENGTH);
    let wanted = bytes.clone();
    let host = Host::new(move |asked, number| honest(asked, &bytes, STEP * number, 20_000, End::Lost));
    let clock = clock();
    let client = host.client(&clock).await;
    assert!(all(&clock, &client).await.unwrap() == wanted);
    assert_eq!(host.asked().len(), 60);
}

/// The budget that keeps a platform from being flooded is one for all downloads and calls of a client.
#[tokio::test(start_paused = true)]
async fn many_downloads_that_break_use_up_the_budget() {
    let host = Host::new(|asked, _| honest(asked, &content(1_000), 0, 100, End::Lost));
    let clock = clock();
    let client = host.client(&clock).await;
    for _ in 0..20 {
        all(&clock, &client).await.unwrap_err();
    }
    let before = host.asked().len();
    all(&clock, &client).await.unwrap_err();
    assert!(
        host.asked().len() - before < 4,
        "retries go on although none ever helps"
    );
}
