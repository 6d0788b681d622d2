//! Which answers teach what.

use futures_util::FutureExt;

use super::*;

#[tokio::test]
async fn only_a_success_says_by_its_silence_that_there_is_no_limit() {
    for (status, goes) in [
        (200, 49),
        (204, 49),
        (206, 49),
        // Perhaps the service was not asked at all: one more finds out.
        (302, 1),
        (304, 1),
        (400, 1),
        (401, 1),
        (403, 1),
        (404, 1),
        (407, 1),
        (500, 1),
        (503, 1),
    ] {
        let clock = clock();
        let gates = gates(RateLimitPolicy::Wait, &clock);
        send(&gates, &call_log(), status, &HeaderMap::new())
            .await
            .unwrap();
        let operation = call_log();
        let mut callers: Vec<_> = (0..49)
            .map(|_| Box::pin(gates.pass(&operation, gates.usual())))
            .collect();
        let places: Vec<_> = callers
            .iter_mut()
            .filter_map(|caller| caller.as_mut().now_or_never())
            .collect();
        assert_eq!(places.len(), goes, "{status}");
    }
}

#[tokio::test]
async fn a_refusal_that_names_the_limit_is_believed() {
    let clock = clock();
    let gates = gates(RateLimitPolicy::FailAtOnce, &clock);
    send(&gates, &call_log(), 404, &headers("Heavy", 1, 0))
        .await
        .unwrap();
    let refused = gates.pass(&call_log(), gates.usual()).await.map(drop);
    assert_eq!(retry_after(refused), Some(60));
}
