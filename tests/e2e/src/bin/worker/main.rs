//! A small program on the SDK, for tests that run several of it at once, stop it and kill it.
//!
//! It finds its platform in the environment, as the tutorials' programs do, and its login in the store that it is told.
//! Everything it says is one line of JSON on standard output: each step of a refresh as it comes to it, and at the end
//! what succeeded and what failed.

mod login;
mod orders;
mod report;
mod steps;
mod transfer;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use ringcentral::{App, Client, TokenStore};
use tokio::task::JoinSet;

use orders::Orders;

/// Logs in, or makes calls with the login that is there.
#[derive(Parser)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes the first login, by the tutorials' user name and password.
    Login(Place),
    /// Makes calls, all tasks at once.
    Call {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        work: Work,
    },
    /// Moves a file, and says what memory that took.
    Transfer {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        transfer: transfer::Options,
    },
}

/// Where the login is kept.
#[derive(Args)]
struct Place {
    /// `file:PATH`, or the URL of a vault; its keys are in `RINGCENTRAL_E2E_KEYS`.
    #[arg(long)]
    store: String,
    /// The login's id in the vault.
    #[arg(long)]
    login: Option<String>,
    /// How long to wait, in milliseconds, before looking again whether another process has changed the vault.
    #[arg(long)]
    look_again: Option<u64>,
}

#[derive(Args)]
struct Work {
    #[arg(long, default_value_t = 1)]
    tasks: usize,
    /// Calls of each task.
    #[arg(long, default_value_t = 1)]
    calls: usize,
    /// The path that is called; the extension's own by default.
    #[arg(long, default_value = "/restapi/v1.0/account/~/extension/~")]
    path: String,
    /// Count requests together with all other workers of this login.
    #[arg(long)]
    share: bool,
    /// Say when the store is open, and make no call before a line comes on standard input.
    #[arg(long)]
    wait: bool,
    /// The step of a refresh at which to stop for ever.
    #[arg(long)]
    stop_at: Option<String>,
    /// The step of a refresh at which to wait for a line on standard input.
    #[arg(long)]
    pause_at: Option<String>,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<ExitCode> {
    match Command::parse().verb {
        Verb::Login(place) => {
            let (store, id) = login::new_place(&place).await?;
            login::log_in(&client(store, false)?).await?;
            report::login(id.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::Transfer { place, transfer } => {
            let client = client(login::known_place(&place).await?, false)?;
            transfer::run(&client, &transfer).await?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::Call { place, work } => {
            let orders = Orders::listen();
            steps::watch(work.stop_at.clone(), work.pause_at.clone(), orders.clone())?;
            let client = client(login::known_place(&place).await?, work.share)?;
            if work.wait {
                report::ready()?;
                tokio::task::spawn_blocking(move || orders.wait()).await?;
            }
            let (succeeded, failures) = call(&client, &work).await;
            report::end(succeeded, &failures)?;
            Ok(if failures.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

/// A client of the platform that the environment names.
fn client(store: Arc<dyn TokenStore>, share: bool) -> anyhow::Result<Client> {
    let app = App::confidential(variable("RC_CLIENT_ID")?, variable("RC_CLIENT_SECRET")?);
    let client = Client::builder(app)
        .server(variable("RC_SERVER_URL")?)
        .shared_token_store(store)
        .share_rate_limits(share)
        .timeout(Duration::from_secs(120));
    Ok(client.build()?)
}

/// How many calls succeeded, and why each of the others did not.
async fn call(client: &Client, work: &Work) -> (usize, Vec<String>) {
    let mut tasks = JoinSet::new();
    for task in 1..=work.tasks {
        let (client, calls, path) = (client.clone(), work.calls, work.path.clone());
        tasks.spawn(async move {
            let mut failures = Vec::new();
            for call in 1..=calls {
                if let Err(error) = client.get(&path).send().await {
                    let error = anyhow::Error::from(error);
                    failures.push(format!("task {task}, call {call}: {error:#}"));
                }
            }
            failures
        });
    }
    let failures: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    (work.tasks * work.calls - failures.len(), failures)
}

fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name)
        .with_context(|| format!("{name} is not set; a test sets it to what the emulator wrote"))
}
