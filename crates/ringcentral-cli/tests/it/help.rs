//! Help and usage, as text that somebody reads.

use crate::support::{Home, assert_session};

#[test]
fn help_is_data_and_exits_0() {
    let home = Home::new();
    let ran = home.run(&["--help"]).succeeded();
    assert_eq!(ran.stderr, "");
    for word in [
        "login",
        "call-log",
        "emulate",
        "Examples:",
        "Exit codes:",
        "RC_JWT",
    ] {
        assert!(ran.stdout.contains(word), "{word} is missing: {}", ran.stdout);
    }
}

#[test]
fn every_command_has_help_of_a_readable_width() {
    let home = Home::new();
    for command in [
        &["login"][..],
        &["logout"],
        &["status"],
        &["doctor"],
        &["whoami"],
        &["explain"],
        &["token"],
        &["api"],
        &["extension", "list"],
        &["extension", "show"],
        &["call-log", "list"],
        &["sms", "send"],
        &["message", "list"],
        &["profile", "add"],
        &["dev"],
        &["emulate"],
        &["serve"],
        &["completions"],
    ] {
        let ran = home.run(&[command, &["--help"]].concat()).succeeded();
        let widest = ran
            .stdout
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0);
        assert!(widest <= 120, "{command:?} is {widest} wide:\n{}", ran.stdout);
    }
}

#[test]
fn help_does_not_show_values_of_the_environment() {
    let ran = Home::new().run_with(
        &["login", "--help"],
        &[("RC_CLIENT_SECRET", "CANARY"), ("RC_CLIENT_ID", "CANARY")],
    );
    assert!(!format!("{ran:?}").contains("CANARY"));
}

#[test]
fn wrong_usage_exits_2_with_advice_and_no_data() {
    let home = Home::new();
    let ran = home.run(&["sms", "send", "--text", "hi"]);
    assert_session!(home, ran, @r#"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --to <NUMBER>

    Usage: ringcentral sms send --to <NUMBER> --text <TEXT>

    For more information, try '--help'.
    "#);
    assert_eq!(home.run(&[]).code, 2);
    assert_eq!(home.run(&["no-such-command"]).code, 2);
    for arguments in [
        &["login", "--jwt", "x", "--password"][..],
        &["login", "--import", "x", "--password"],
        &["login", "--import", "x", "--jwt"],
        &["login", "--import", "x", "--no-browser"],
        &["login", "--import"],
        &["login", "--force"],
        &["doctor", "--force"],
    ] {
        assert_eq!(home.run(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn wrong_usage_with_json_is_an_object() {
    let ran = Home::new().run(&["--json", "no-such-command"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_eq!(ran.error_json()["error"]["kind"], "usage");
}

#[test]
fn completions_are_scripts() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = home.run(&["completions", shell]).succeeded();
        assert!(ran.stdout.contains("call-log"), "{shell}");
    }
}

#[test]
fn the_page_of_environment_variables_comes_from_the_program() {
    let ran = Home::new().run(&["docs", "environment"]).succeeded();
    assert_eq!(
        ran.stdout,
        include_str!("../../../../docs/environment.md"),
        "write it anew: ringcentral docs environment > docs/environment.md"
    );
    assert!(ran.stdout.starts_with("# Environment variables\n"));
    assert!(
        ran.stdout.contains("| `RC_JWT` | secret, env file |"),
        "{}",
        ran.stdout
    );
}

#[test]
fn neither_settings_nor_a_home_are_needed_for_help() {
    let home = Home::new();
    let mut command = home.command(&["--version"]);
    let output = command.env_remove("HOME").output().unwrap();
    assert!(output.status.success());
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let home = Home::new();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let ran = home.run_with(&[&["profile", "show", "nobody"], arguments].concat(), variables);
        ran.stderr.contains('\u{1b}')
    };
    assert!(!run(&[], &[]), "a pipe is not a terminal");
    assert!(run(&["--color", "always"], &[]));
    assert!(
        run(&["--color", "always"], &[("NO_COLOR", "1")]),
        "the flag is nearer"
    );
    assert!(run(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!run(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!run(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}
