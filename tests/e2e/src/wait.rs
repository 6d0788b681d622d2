//! Waiting for something to become true, with a deadline instead of a guess.

use std::time::Duration;

use anyhow::bail;
use tokio::time::{Instant, sleep};

/// Long enough for a loaded machine; a test that reaches it has failed.
pub const DEADLINE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Asks again and again until there is an answer.
///
/// # Errors
///
/// At the deadline, naming what was waited for; or at once, when asking itself fails.
pub async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Option<T>>>,
{
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            bail!("waited {} s in vain: {what}", DEADLINE.as_secs());
        }
        sleep(PAUSE).await;
    }
}
