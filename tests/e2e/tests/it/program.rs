//! The program as a process: how it starts, what it says when it cannot, and how it ends.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, ensure};
use ringcentral_e2e::{Emulator, Process};

/// Every variable that the emulator promises to its clients.
const VARIABLES: [&str; 14] = [
    "RC_SERVER_URL",
    "RC_CLIENT_ID",
    "RC_CLIENT_SECRET",
    "RC_REDIRECT_URL",
    "RC_USERNAME",
    "RC_EXTENSION",
    "RC_PASSWORD",
    "RC_JWT",
    "RC_PUBLIC_CLIENT_ID",
    "RC_FROM",
    "RC_TO",
    "RC_APP_CLIENT_ID",
    "RC_APP_CLIENT_SECRET",
    "RC_USER_JWT",
];

#[tokio::test]
async fn the_env_file_is_complete_private_and_true() -> anyhow::Result<()> {
    let emulator = Emulator::start(&[]).await?;
    let file = emulator.process.home().join("emulator.env");
    let mode = std::fs::metadata(&file)?.permissions().mode() & 0o777;
    ensure!(mode == 0o600, "the mode is {mode:o}");
    for name in VARIABLES {
        ensure!(
            emulator
                .environment
                .get(name)
                .is_some_and(|value| !value.is_empty()),
            "{name} is missing"
        );
    }
    // It was written once connections were accepted, and the port is the real one.
    let status = emulator.control("GET", "status", None).await?;
    ensure!(
        status["version"].is_string() && status["now"].is_string(),
        "{status}"
    );
    Ok(())
}

#[tokio::test]
async fn a_port_in_use_is_named_with_what_to_do() -> anyhow::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    for command in ["emulate", "dev"] {
        let mut words = vec![command, "--listen", &address];
        if command == "dev" {
            words.extend(["--no-open", "--emulator-listen", "127.0.0.1:0"]);
        }
        let mut process = Process::ringcentral(&words)?;
        let status = process.end().await?;
        let said = process.errors();
        ensure!(status.code() == Some(3), "{command} ended with {status}: {said}");
        ensure!(
            said.contains(&address) && said.contains("--listen"),
            "{command} says: {said}"
        );
        ensure!(!said.contains("panicked"), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn an_interrupt_ends_it_cleanly() -> anyhow::Result<()> {
    for signal in ["INT", "TERM"] {
        let mut emulator = Emulator::start(&[]).await?;
        emulator.process.signal(signal).await?;
        let status = emulator.process.end().await?;
        let said = emulator.process.errors();
        ensure!(status.code().is_some(), "SIG{signal} killed it: {status}");
        ensure!(!said.contains("panicked") && !said.contains("error"), "{said}");
        let server: url::Url = emulator.variable("RC_SERVER_URL").parse()?;
        let port = server.port().context("the server has no port")?;
        ensure!(
            TcpListener::bind(("127.0.0.1", port)).is_ok(),
            "the port is still taken"
        );
    }
    Ok(())
}
