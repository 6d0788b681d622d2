//! Commands that are killed or stopped in the middle of a refresh: the next one is logged in.

use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Home, Platform, http};

const REFRESHES: &str = "grantType=refresh_token";

/// A command that is asking the token endpoint for new tokens, and gets no answer yet.
async fn in_the_middle_of_a_refresh(platform: &Platform, home: &Home, delay: &str) -> Child {
    platform.control("clock", &json!({ "advance": "61m" })).await;
    let late = json!({
        "match": { "path": "/restapi/oauth/token", "grantType": "refresh_token" },
        "action": { "type": "delay", "delay": delay },
        "times": 1,
    });
    platform.control("faults", &late).await;
    let child = home.command(&["whoami"]).spawn().unwrap();
    let file = home.token_file();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !fs::read_to_string(&file).unwrap().contains("\"holder\"") {
        assert!(Instant::now() < deadline, "no refresh was begun");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child
}

#[tokio::test]
async fn a_command_that_is_killed_while_it_refreshes_loses_nothing() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let mut killed = in_the_middle_of_a_refresh(&platform, &home, "10m").await;
    killed.kill().unwrap();
    killed.wait().unwrap();

    // It may have died before or after its request was sent; nobody else is kept waiting for an answer.
    let faults = format!("{}/_emulator/faults", platform.url());
    http().delete(faults).send().await.unwrap();

    // Nobody waits for the lease of the dead, which lasts half a minute.
    let started = Instant::now();
    home.run(&["whoami"]).succeeded();
    assert!(
        started.elapsed() < Duration::from_secs(25),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    platform.control("clock", &json!({ "advance": "61m" })).await;
    // The platform rotates the tokens each time and the answer never arrives, until the command gives up.
    let lost = json!({
        "match": { "path": "/restapi/oauth/token", "grantType": "refresh_token" },
        "action": { "type": "drop-after" },
        "times": 4,
    });
    platform.control("faults", &lost).await;
    let stored = fs::read_to_string(home.token_file()).unwrap();
    assert_eq!(home.run(&["whoami"]).code, 6);
    let tokens = |text: &str| {
        text.lines()
            .filter(|line| line.contains("EMU-"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let kept = fs::read_to_string(home.token_file()).unwrap();
    assert_eq!(tokens(&kept), tokens(&stored), "the old tokens are kept");
    home.run(&["whoami"]).succeeded();
    let answered = platform.requests(REFRESHES).await;
    assert_eq!(answered.len(), 5, "{answered:?}");
}

#[tokio::test]
async fn a_command_that_was_stopped_adopts_what_others_refreshed() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let stopped = in_the_middle_of_a_refresh(&platform, &home, "200ms").await;
    signal(&stopped, "STOP");
    // It is alive, so its lease has to run out before the next command takes over.
    home.run(&["whoami"]).succeeded();
    let stored = fs::read_to_string(home.token_file()).unwrap();
    signal(&stopped, "CONT");
    let output = stopped.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        fs::read_to_string(home.token_file()).unwrap(),
        stored,
        "nothing newer was overwritten"
    );
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}
