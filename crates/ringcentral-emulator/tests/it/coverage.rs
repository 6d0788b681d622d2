//! The coverage page, against what the emulator really answers.

use reqwest::Method;

use crate::support::Lab;

/// Every operation of the page: method, path, and whether it is said to be emulated.
async fn said(lab: &Lab) -> Vec<(Method, String, bool)> {
    let page = lab.get("/_emulator/coverage.md", &[]).await.text;
    let (emulated, known) = page.split_once("## Known, and answered 501").expect("both parts");
    let of = |text: &str, is_emulated: bool| -> Vec<(Method, String, bool)> {
        text.lines()
            .filter_map(|line| line.split('`').nth(1)?.split_once(' '))
            .filter(|(_, path)| path.starts_with('/'))
            .map(|(method, path)| (method.parse().expect("a method"), path.to_owned(), is_emulated))
            .collect()
    };
    let mut all = of(emulated, true);
    all.extend(of(known, false));
    all
}

/// A path of this template, with what most operations take.
fn filled(template: &str) -> String {
    let parts = template.split('/').map(|part| match part {
        "{accountId}" | "{extensionId}" => "~",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn what_is_said_to_be_emulated_is_and_the_rest_answers_501() {
    let lab = Lab::new().await;
    let token = lab.log_in().await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let all = said(&lab).await;
    assert!(all.len() >= 617, "{} operations", all.len());
    for (method, template, is_emulated) in all {
        // This one would end the token that the others need.
        if template.ends_with("/oauth/revoke") {
            continue;
        }
        let path = filled(&template);
        let answer = lab
            .send(method.clone(), &path, &headers, "{}")
            .await
            .expect("an answer");
        let code = if answer.status >= 400 && answer.text.starts_with('{') {
            answer.code()
        } else {
            String::new()
        };
        if is_emulated {
            assert!(
                answer.status != 501 && code != "CMN-120",
                "{method} {template} is not emulated: {}",
                answer.text
            );
        } else {
            // Permissions come first, and the demo app has not all that there are.
            let expected = (answer.status, code.as_str());
            assert!(
                matches!(expected, (501, "CMN-202") | (403, "CMN-401")),
                "{method} {template}: {} {}",
                answer.status,
                answer.text
            );
            if answer.status == 501 {
                assert!(answer.text.contains(&template), "{}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn the_coverage_page_is_for_people_and_loads_nothing_from_elsewhere() {
    let lab = Lab::new().await;
    let page = lab.get("/_emulator/coverage", &[]).await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert!(
        page.text
            .contains("/restapi/v1.0/account/{accountId}/extension/{extensionId}/sms")
    );
    assert!(!page.text.contains("http://") && !page.text.contains("https://"));
    assert!(!page.text.contains("<script") && !page.text.contains(" style="));
}
