//! The life of a token pair, to the second.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{LIMITED_APP, Lab};

/// What a step of a story does, and what must come of it.
enum Step {
    /// The clock moves.
    Wait(&'static str),
    /// Pair n's refresh token is used: the pair it gives, or the refusal's code.
    Refresh(usize, Result<usize, &'static str>),
    /// Pair n's access token is used: empty, or the refusal's code.
    Call(usize, &'static str),
}
use Step::{Call, Refresh, Wait};

/// Pair 0 comes from a login; a pair seen for the first time must be a new one.
async fn play(name: &str, story: &[Step]) {
    let lab = Lab::new().await;
    let mut pairs: Vec<Value> = vec![lab.log_in().await];
    for (at, step) in story.iter().enumerate() {
        let place = format!("{name}, step {at}");
        match step {
            Wait(time) => lab.advance(time).await,
            Call(pair, code) => assert_eq!(lab.api(&pairs[*pair]).await.code(), *code, "{place}"),
            Refresh(pair, Err(code)) => {
                let answer = lab.refresh(&pairs[*pair]).await;
                assert_eq!((answer.status, answer.code().as_str()), (400, *code), "{place}");
                assert_eq!(answer.json()["error"], "invalid_grant", "{place}");
            }
            Refresh(pair, Ok(next)) => {
                let answer = lab.refresh(&pairs[*pair]).await;
                assert_eq!(answer.status, 200, "{place}: {}", answer.text);
                let given = answer.json();
                if let Some(known) = pairs.get(*next) {
                    assert_eq!(tokens(&given), tokens(known), "{place}: the same pair again");
                } else {
                    for old in &pairs {
                        assert_ne!(given["access_token"], old["access_token"], "{place}");
                        assert_ne!(given["refresh_token"], old["refresh_token"], "{place}");
                    }
                    pairs.push(given);
                }
            }
        }
    }
}

fn tokens(pair: &Value) -> (&Value, &Value) {
    (&pair["access_token"], &pair["refresh_token"])
}

#[tokio::test]
async fn a_refresh_token_is_used_once() {
    let story = [
        Call(0, ""),
        Refresh(0, Ok(1)),
        Refresh(1, Ok(2)),
        Refresh(0, Err("OAU-213")),
        Refresh(1, Ok(2)),
    ];
    play("single use", &story).await;
}

#[tokio::test]
async fn an_unused_pair_is_given_again_for_an_hour() {
    let story = [
        Refresh(0, Ok(1)),
        Wait("3600s"),
        Refresh(0, Ok(1)),
        Wait("1s"),
        Refresh(0, Err("OAU-213")),
    ];
    play("unused", &story).await;
    // The new refresh token is not touched by any of it.
    play(
        "unused, then on",
        &[
            Refresh(0, Ok(1)),
            Wait("3601s"),
            Refresh(0, Err("OAU-213")),
            Refresh(1, Ok(2)),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_used_pair_is_given_again_for_ten_seconds() {
    let story = [
        Refresh(0, Ok(1)),
        Wait("5m"),
        Call(1, ""),
        Wait("9s"),
        Refresh(0, Ok(1)),
        Wait("1s"),
        Refresh(0, Ok(1)),
        Wait("1s"),
        Refresh(0, Err("OAU-213")),
        Call(1, ""),
        Refresh(1, Ok(2)),
    ];
    play("used", &story).await;
}

#[tokio::test]
async fn further_use_does_not_lengthen_the_ten_seconds() {
    let story = [
        Refresh(0, Ok(1)),
        Call(1, ""),
        Wait("10s"),
        Call(1, ""),
        Wait("1s"),
        Refresh(0, Err("OAU-213")),
    ];
    play("used twice", &story).await;
}

#[tokio::test]
async fn the_old_access_token_dies_at_once_with_two_answers() {
    let story = [
        Call(0, ""),
        Refresh(0, Ok(1)),
        Call(0, "OAU-129"),
        Wait("10s"),
        Call(0, "OAU-129"),
        Wait("1s"),
        Call(0, "OAU-213"),
        Call(1, ""),
    ];
    play("superseded", &story).await;
}

#[tokio::test]
async fn tokens_expire_on_their_second() {
    play(
        "access",
        &[
            Wait("3599s"),
            Call(0, ""),
            Wait("1s"),
            Call(0, "OAU-128"),
            Refresh(0, Ok(1)),
        ],
    )
    .await;
    play(
        "refresh, just in time",
        &[Wait("604799s"), Refresh(0, Ok(1)), Call(1, "")],
    )
    .await;
    play(
        "refresh, too late",
        &[Wait("604800s"), Refresh(0, Err("OAU-210"))],
    )
    .await;
}

#[tokio::test]
async fn the_windows_are_settings() {
    let lab = Lab::new().await;
    let windows =
        json!({"refreshGraceUnusedSeconds": 3, "refreshGraceUsedSeconds": 1, "supersededTokenSeconds": 0});
    lab.control(Method::PATCH, "settings", &windows).await;
    let first = lab.log_in().await;
    assert_eq!(lab.refresh(&first).await.status, 200);
    lab.advance("1ms").await;
    assert_eq!(lab.api(&first).await.code(), "OAU-213");
    lab.advance("2999ms").await;
    assert_eq!(lab.refresh(&first).await.status, 200);
    lab.advance("1ms").await;
    assert_eq!(lab.refresh(&first).await.code(), "OAU-213");
}

#[tokio::test]
async fn lifetimes_are_clamped_and_never_refused() {
    let lab = Lab::new().await;
    for (access, refresh, granted) in [
        (None, None, (3600, 604_800)),
        (Some("1800"), Some("302400"), (1800, 302_400)),
        (Some("599"), None, (600, 604_800)),
        (Some("600"), None, (600, 604_800)),
        (Some("-1"), Some("604801"), (600, 604_800)),
        (Some("3601"), Some("1"), (3600, 1)),
        (Some("NaN"), Some("NaN"), (3600, 604_800)),
        (Some(""), Some("-5"), (3600, 604_800)),
    ] {
        let pair = lab.log_in().await;
        let token = pair["refresh_token"].as_str().expect("a refresh token");
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        form.extend(access.map(|ttl| ("access_token_ttl", ttl)));
        form.extend(refresh.map(|ttl| ("refresh_token_ttl", ttl)));
        let answer = lab.token(&form).await.json();
        let given = (&answer["expires_in"], &answer["refresh_token_expires_in"]);
        assert_eq!(
            given,
            (&json!(granted.0), &json!(granted.1)),
            "{access:?} {refresh:?}"
        );
    }
}

#[tokio::test]
async fn a_pair_given_again_says_what_is_left() {
    let lab = Lab::new().await;
    let first = lab.log_in().await;
    lab.refresh(&first).await;
    lab.advance("883s").await;
    let again = lab.refresh(&first).await.json();
    assert_eq!(again["expires_in"], 2717);
    assert_eq!(again["refresh_token_expires_in"], 603_917);
}

#[tokio::test]
async fn tokens_of_others_and_nobodys_are_refused() {
    let lab = Lab::new().await;
    let pair = lab.log_in().await;
    let token = pair["refresh_token"].as_str().expect("a refresh token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    assert_eq!(lab.token_as(Some(LIMITED_APP), &form).await.code(), "OAU-121");
    let unknown = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "EMU-rt-unknown"),
    ];
    assert_eq!(lab.token(&unknown).await.code(), "OAU-213");
    assert_eq!(lab.token(&[("grant_type", "refresh_token")]).await.status, 400);
    assert_eq!(lab.refresh(&pair).await.status, 200, "none of it did any harm");
}
