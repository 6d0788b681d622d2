//! What the image of the `Containerfile` runs, run here: its command, and the check that tells whether it is well.

use std::path::Path;
use std::process::ExitStatus;

use anyhow::{Context, ensure};
use ringcentral_e2e::Process;

/// The words of an instruction, whose last line is a JSON list.
fn words(instruction: &str) -> anyhow::Result<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Containerfile");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = text.replace("\\\n", " ");
    let line = text
        .lines()
        .find(|line| line.split_whitespace().next() == Some(instruction))
        .with_context(|| format!("the Containerfile has no {instruction}"))?;
    let list = line
        .find('[')
        .with_context(|| format!("{instruction} is no list"))?;
    serde_json::from_str(&line[list..]).with_context(|| format!("{instruction} is not JSON"))
}

async fn check(port: &str) -> anyhow::Result<ExitStatus> {
    let command: Vec<String> = words("HEALTHCHECK")?
        .iter()
        .map(|word| word.replace("5001", port))
        .collect();
    let (program, arguments) = command.split_first().context("it names no program")?;
    let mut check = tokio::process::Command::new(program);
    let output = check.args(arguments).output().await.context("it cannot be run")?;
    Ok(output.status)
}

#[tokio::test]
async fn the_image_s_command_starts_the_emulator_and_its_health_check_tells() -> anyhow::Result<()> {
    ensure!(words("ENTRYPOINT")? == ["ringcentral"]);
    let command = words("CMD")?;
    ensure!(command.iter().any(|word| word.ends_with(":5001")), "{command:?}");
    let command: Vec<String> = command.iter().map(|word| word.replace(":5001", ":0")).collect();
    let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    arguments.extend(["--env-file", "emulator.env"]);
    let mut process = Process::ringcentral(&arguments)?;
    let settings = std::fs::read_to_string(process.file("emulator.env").await?)?;
    let port = settings
        .lines()
        .find_map(|line| line.strip_prefix("RC_SERVER_URL="))
        .and_then(|url| url.trim_matches('\'').strip_prefix("http://localhost:"))
        .context("other programs are to reach it by localhost")?;
    ensure!(check(port).await?.success(), "it runs: {}", process.errors());
    // What `docker stop` sends.
    process.signal("TERM").await?;
    let status = process.end().await?;
    ensure!(status.success(), "{status}: {}", process.errors());
    ensure!(!check(port).await?.success(), "it has ended");
    Ok(())
}
