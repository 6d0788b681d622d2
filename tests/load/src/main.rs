//! Makes the same call many times, and prints one line: calls, wall time and processor time in nanoseconds, and, when built
//! with `allocations`, how many allocations of how many bytes.
//!
//! `ringcentral-test-load CLIENT CALLS AT_ONCE`, where the client is `reqwest`, `sdk` or `sdk-typed`; the platform is the one
//! of `RC_SERVER_URL`, the login that of `RC_JWT`. `ringcentral-test-load records 1 1` reads the company's call log as one
//! stream, and tells as its last two numbers the peak of its memory in bytes when it began and when it ended.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use ringcentral::{App, Client};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

const PATH: &str = "/restapi/v1.0/account/~/extension/~";

/// Connections, caches and allocators are filled before anything is measured.
const WARM_UP: usize = 500;

#[cfg(feature = "allocations")]
#[global_allocator]
static ALLOCATOR: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [client, calls, at_once] = arguments.as_slice() else {
        bail!("usage: ringcentral-test-load reqwest|sdk|sdk-typed CALLS AT_ONCE")
    };
    let (calls, at_once) = (calls.parse()?, at_once.parse()?);
    let sdk = Client::builder(App::confidential(
        variable("RC_CLIENT_ID")?,
        variable("RC_CLIENT_SECRET")?,
    ))
    .server(variable("RC_SERVER_URL")?)
    .jwt(variable("RC_JWT")?)
    .no_proxy()
    .build()?;
    match client.as_str() {
        "sdk" => measure(calls, at_once, || one_by_sdk(sdk.clone())).await,
        "sdk-typed" => measure(calls, at_once, || one_typed(sdk.clone())).await,
        "reqwest" => {
            let plain = Plain::new(&sdk).await?;
            measure(calls, at_once, || one_by_reqwest(plain.clone())).await
        }
        "records" => records(&sdk).await,
        other => bail!("{other:?} is no client"),
    }
}

/// Every record of the company's call log, a thousand at a time.
async fn records(client: &Client) -> anyhow::Result<()> {
    client.me().info().await?;
    let (before, began, used) = (peak_memory(), Instant::now(), processor_time()?);
    let long_ago = "2000-01-01T00:00:00Z".parse()?;
    let calls = client.account("~").call_log().date_from(long_ago).per_page(1_000);
    let records = calls
        .items()
        .try_fold(0_u64, async |count, _| Ok(count + 1))
        .await?;
    let processor = processor_time()?.saturating_sub(used);
    writeln!(
        std::io::stdout(),
        "{records} {} {} {before} {}",
        began.elapsed().as_nanos(),
        processor.as_nanos(),
        peak_memory()
    )?;
    Ok(())
}

/// The most memory that this process has had at any time, in bytes; nothing where the system does not tell as Linux does.
fn peak_memory() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return 0;
    };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}

async fn measure<F: Future<Output = anyhow::Result<()>> + Send + 'static>(
    calls: usize,
    at_once: usize,
    call: impl Fn() -> F,
) -> anyhow::Result<()> {
    run(WARM_UP.max(at_once * 4), at_once, &call).await?;
    let (allocations, bytes) = allocations();
    let (began, used) = (Instant::now(), processor_time()?);
    run(calls, at_once, &call).await?;
    let wall = began.elapsed();
    let processor = processor_time()?.saturating_sub(used);
    let after = self::allocations();
    writeln!(
        std::io::stdout(),
        "{calls} {} {} {} {}",
        wall.as_nanos(),
        processor.as_nanos(),
        after.0 - allocations,
        after.1 - bytes
    )?;
    Ok(())
}

/// One at a time in this task; many at once each in a task of its own, as a program would.
async fn run<F: Future<Output = anyhow::Result<()>> + Send + 'static>(
    calls: usize,
    at_once: usize,
    call: impl Fn() -> F,
) -> anyhow::Result<()> {
    if at_once == 1 {
        for _ in 0..calls {
            call().await?;
        }
        return Ok(());
    }
    stream::iter(0..calls)
        .map(|_| tokio::spawn(call()))
        .buffer_unordered(at_once)
        .map_err(anyhow::Error::from)
        .try_for_each(std::future::ready)
        .await
}

async fn one_by_sdk(client: Client) -> anyhow::Result<()> {
    let extension: Value = client.get(PATH).send().await?.json()?;
    anyhow::ensure!(extension["id"].is_number(), "an answer without an id");
    Ok(())
}

async fn one_typed(client: Client) -> anyhow::Result<()> {
    let extension = client.me().info().await?;
    anyhow::ensure!(!extension.id.as_str().is_empty(), "an answer without an id");
    Ok(())
}

/// What somebody would write who has a token and nothing else to think of.
#[derive(Clone)]
struct Plain {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Plain {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the program that is compared with"
    )]
    async fn new(sdk: &Client) -> anyhow::Result<Self> {
        sdk.get(PATH).send().await?;
        let stored = sdk.token_store().load().await?.context("no login")?;
        Ok(Self {
            client: reqwest::Client::builder().no_proxy().build()?,
            url: format!("{}{PATH}", variable("RC_SERVER_URL")?),
            token: stored.tokens.access_token().expose_secret().to_owned(),
        })
    }
}

async fn one_by_reqwest(plain: Plain) -> anyhow::Result<()> {
    let answer = plain
        .client
        .get(&plain.url)
        .bearer_auth(&plain.token)
        .send()
        .await?;
    let bytes = answer.error_for_status()?.bytes().await?;
    let extension: Value = serde_json::from_slice(&bytes)?;
    anyhow::ensure!(extension["id"].is_number(), "an answer without an id");
    Ok(())
}

/// Of all threads of this process, so far.
fn processor_time() -> anyhow::Result<Duration> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Ok(Duration::new(
        u64::try_from(time.tv_sec)?,
        u32::try_from(time.tv_nsec)?,
    ))
}

#[cfg(feature = "allocations")]
fn allocations() -> (usize, usize) {
    let stats = ALLOCATOR.stats();
    (stats.allocations + stats.reallocations, stats.bytes_allocated)
}

#[cfg(not(feature = "allocations"))]
fn allocations() -> (usize, usize) {
    (0, 0)
}
