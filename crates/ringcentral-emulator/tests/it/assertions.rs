//! Apps that prove themselves by a signed assertion: `client_secret_jwt` and `private_key_jwt`.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use ringcentral_emulator::{EmulatorConfig, Seed};
use serde_json::{Value, json};

use crate::support::{Answer, Fields, LIMITED_APP, Lab, WEB_APP, basic};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Header and claims, signed by whatever the caller signs with. Each is known by a number of its own, as its users make it.
fn sign(alg: &str, claims: &Value, signature: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    static SIGNED: AtomicU64 = AtomicU64::new(1);
    let number = SIGNED.fetch_add(1, Ordering::Relaxed).to_string();
    let claims = match claims.get("jti") {
        None => with(claims, "jti", number.into()),
        Some(_) => claims.clone(),
    };
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": alg, "typ": "JWT"})), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(signature(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn by_secret(secret: &str, claims: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    sign("HS256", claims, |text| hmac::sign(&key, text).as_ref().to_vec())
}

/// What an app says of itself, good for a minute.
async fn claims(lab: &Lab, client_id: &str) -> Value {
    let clock = lab.control(Method::GET, "clock", &Value::Null).await;
    let now: jiff::Timestamp = clock["now"].as_str().expect("a time").parse().expect("a time");
    json!({
        "iss": client_id, "sub": client_id, "exp": now.as_second() + 60,
        "aud": format!("{}/restapi/oauth/token", lab.emulator.url()),
    })
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

async fn log_in(lab: &Lab, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", JWT),
        ("assertion", lab.env("RC_JWT")),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    form.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    form.extend(more);
    lab.token_as(None, &form).await
}

/// What it is, the assertion, further fields of the form, and the refusal's code.
type Row<'a> = (&'a str, String, Fields<'a>, &'a str);

async fn judge(lab: &Lab, rows: &[Row<'_>]) {
    for (what, assertion, more, code) in rows {
        let answer = log_in(lab, assertion, more).await;
        let status = if code.is_empty() { 200 } else { 401 };
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, *code),
            "{what}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn an_app_may_sign_with_its_secret() {
    let lab = Lab::new().await;
    let good = claims(&lab, WEB_APP.0).await;
    let signed = |claims: &Value| by_secret(WEB_APP.1, claims);
    let to = |audience: Value| signed(&with(&good, "aud", audience));
    let url = lab.emulator.url();
    let rows = [
        ("good", signed(&good), &[][..], ""),
        ("with client_id", signed(&good), &[("client_id", WEB_APP.0)], ""),
        ("for the issuer", to(json!(url)), &[], ""),
        ("for several", to(json!(["https://example.com", url])), &[], ""),
        (
            "for another server",
            to(json!("https://example.com")),
            &[],
            "OAU-146",
        ),
        (
            "for a longer name",
            to(json!(format!("{url}.example.com"))),
            &[],
            "OAU-146",
        ),
        ("for nobody", to(Value::Null), &[], "OAU-146"),
    ];
    judge(&lab, &rows).await;
}

#[tokio::test]
async fn an_assertion_that_proves_nothing_is_refused() {
    let lab = Lab::new().await;
    let good = claims(&lab, WEB_APP.0).await;
    let signed = |claims: &Value| by_secret(WEB_APP.1, claims);
    let without_end = with(&good, "exp", Value::Null);
    let of_another = with(&good, "iss", json!("EMU-other"));
    let (unknown, public) = (
        claims(&lab, "EMU-unknown").await,
        claims(&lab, "EMU-public-app").await,
    );
    let rows = [
        ("without end", signed(&without_end), &[][..], "OAU-146"),
        ("of another issuer", signed(&of_another), &[], "OAU-146"),
        ("by another secret", by_secret("EMU-wrong", &good), &[], "OAU-146"),
        ("unsigned", sign("none", &good, |_| Vec::new()), &[], "OAU-146"),
        ("no JWT", "a.b.c".to_owned(), &[], "OAU-146"),
        (
            "no JWT, named",
            "a.b.c".to_owned(),
            &[("client_id", WEB_APP.0)],
            "OAU-146",
        ),
        (
            "another client_id",
            signed(&good),
            &[("client_id", "EMU-limited-app")],
            "OAU-120",
        ),
        (
            "another type",
            signed(&good),
            &[("client_assertion_type", "x")],
            "OAU-146",
        ),
        ("an unknown app", signed(&unknown), &[], "OAU-153"),
        ("an app without secret", by_secret("", &public), &[], "OAU-146"),
    ];
    judge(&lab, &rows).await;
    let assertion = signed(&good);
    let both = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    let form = [
        &[("grant_type", JWT), ("assertion", lab.env("RC_JWT"))],
        &both[..],
    ]
    .concat();
    let answer = lab.token_as(Some(WEB_APP), &form).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (401, "OAU-120"),
        "one way at a time"
    );
}

#[tokio::test]
async fn a_client_assertion_ends_on_its_second() {
    let lab = Lab::new().await;
    let claims = claims(&lab, WEB_APP.0).await;
    let [first, second] = [0, 1].map(|_| by_secret(WEB_APP.1, &claims));
    lab.advance("59s").await;
    assert_eq!(log_in(&lab, &first, &[]).await.status, 200);
    lab.advance("1s").await;
    let answer = log_in(&lab, &second, &[]).await;
    assert_eq!(answer.code(), "OAU-146");
    assert!(answer.text.contains("expired"), "{}", answer.text);
}

/// By its `jti`, for as long as it is good; whoever signs none is known by what it signed.
#[tokio::test]
async fn a_client_assertion_is_good_once() {
    let lab = Lab::new().await;
    let good = claims(&lab, WEB_APP.0).await;
    let limited = claims(&lab, LIMITED_APP.0).await;
    let one = |claims: &Value, secret: &str, id: Value| by_secret(secret, &with(claims, "jti", id));
    let later = with(&good, "exp", json!(good["exp"].as_i64().expect("a second") + 60));
    let first = one(&good, WEB_APP.1, json!("a"));
    let nameless = one(&good, WEB_APP.1, Value::Null);
    let used = "used before";
    for (what, assertion, refusal) in [
        ("a new one", &first, ""),
        ("it again", &first, used),
        (
            "its id for a longer time",
            &one(&later, WEB_APP.1, json!("a")),
            used,
        ),
        ("another", &one(&good, WEB_APP.1, json!("b")), ""),
        (
            "its id, of another app",
            &one(&limited, LIMITED_APP.1, json!("a")),
            "",
        ),
        ("one without id", &nameless, ""),
        ("it again", &nameless, used),
        ("it again, written differently", &format!("{nameless} "), used),
        ("another without id", &one(&later, WEB_APP.1, Value::Null), ""),
    ] {
        let answer = log_in(&lab, assertion, &[]).await;
        assert_eq!(
            answer.status == 200,
            refusal.is_empty(),
            "{what}: {}",
            answer.text
        );
        assert!(answer.text.contains(refusal), "{what}: {}", answer.text);
    }
    // What it was used for does not matter.
    let form = [
        ("token", "EMU-at-unknown"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &first),
    ];
    let answer = lab.form("/restapi/oauth/revoke", None, &form).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "OAU-146"));
    // A refused grant has used it as well.
    let spent = one(&good, WEB_APP.1, json!("c"));
    let refused = log_in(&lab, &spent, &[("assertion", "no JWT")]).await;
    assert_eq!(refused.code(), "OAU-344");
    assert_eq!(log_in(&lab, &spent, &[]).await.code(), "OAU-146");
    // An id that has run out may come again: nothing is remembered for ever.
    lab.advance("59s").await;
    let again = one(&later, WEB_APP.1, json!("a"));
    assert_eq!(log_in(&lab, &again, &[]).await.code(), "OAU-146");
    lab.advance("1s").await;
    assert_eq!(log_in(&lab, &again, &[]).await.status, 200);
}

/// What was used, is used after a restart; a reset forgets it with everything else.
#[tokio::test]
async fn a_used_client_assertion_is_part_of_the_state() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = EmulatorConfig::new().rate_limits(false).data(directory.path());
    let lab = Lab::with(config.clone()).await;
    let good = with(&claims(&lab, WEB_APP.0).await, "aud", json!("http://localhost:1"));
    let assertion = by_secret(WEB_APP.1, &with(&good, "exp", json!(i64::from(u32::MAX))));
    let by_name = async |lab: &Lab| {
        let form = [
            ("grant_type", JWT),
            ("assertion", lab.env("RC_JWT")),
            ("client_assertion_type", TYPE),
            ("client_assertion", assertion.as_str()),
        ];
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("host", "localhost:1"),
        ];
        let body = crate::support::encode(&form);
        let answer = lab
            .send(Method::POST, "/restapi/oauth/token", &headers, body)
            .await;
        answer.expect("an answer").status
    };
    lab.control(Method::POST, "snapshots", &json!({"name": "unused"}))
        .await;
    assert_eq!(by_name(&lab).await, 200);
    lab.emulator.stop().await;
    let lab = Lab::with(config).await;
    assert_eq!(by_name(&lab).await, 401);
    lab.control(Method::POST, "snapshots/unused/restore", &Value::Null)
        .await;
    assert_eq!(by_name(&lab).await, 200);
    lab.control(Method::POST, "reset", &Value::Null).await;
    assert_eq!(by_name(&lab).await, 200);
}

fn pem(der: &[u8]) -> String {
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        STANDARD.encode(der)
    )
}

#[tokio::test]
async fn an_app_may_sign_with_a_key_that_it_has_registered() {
    let random = SystemRandom::new();
    let rsa = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key");
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).expect("a key");
    let rsa_public = AsDer::<PublicKeyX509Der<'_>>::as_der(rsa.public_key()).expect("written");
    let ec_public = AsDer::<PublicKeyX509Der<'_>>::as_der(ec.public_key()).expect("written");
    let seed = format!(
        "[[apps]]\nclient_id = \"EMU-rsa\"\npublic_key = {:?}\n[[apps]]\nclient_id = \"EMU-ec\"\npublic_key = {:?}\n",
        pem(rsa_public.as_ref()),
        pem(ec_public.as_ref())
    );
    let config = EmulatorConfig::new()
        .rate_limits(false)
        .seed(Seed::parse(&seed).expect("a good seed"));
    let lab = Lab::with(config).await;
    let by_rsa = |claims: &Value| {
        sign("RS256", claims, |text| {
            let mut signature = vec![0; rsa.public_modulus_len()];
            rsa.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature)
                .expect("signed");
            signature
        })
    };
    let by_ec = |claims: &Value| {
        sign("ES256", claims, |text| {
            ec.sign(&random, text).expect("signed").as_ref().to_vec()
        })
    };
    let (of_rsa, of_ec) = (claims(&lab, "EMU-rsa").await, claims(&lab, "EMU-ec").await);
    for (what, assertion, status) in [
        ("RSA", by_rsa(&of_rsa), 200),
        ("EC", by_ec(&of_ec), 200),
        ("the other's key", by_rsa(&of_ec), 401),
        ("the other's key", by_ec(&of_rsa), 401),
        (
            "a public key is no secret",
            by_secret(&pem(rsa_public.as_ref()), &of_rsa),
            401,
        ),
    ] {
        let answer = log_in(&lab, &assertion, &[]).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
    }
    // Whoever has a key is not public: its name alone proves nothing.
    let form = [
        ("grant_type", JWT),
        ("assertion", lab.env("RC_JWT")),
        ("client_id", "EMU-ec"),
    ];
    assert_eq!(lab.token_as(None, &form).await.code(), "OAU-123");
    let header = basic("EMU-ec", "");
    let answer = lab
        .send(
            Method::POST,
            "/restapi/oauth/token",
            &[
                ("content-type", "application/x-www-form-urlencoded"),
                ("authorization", &header),
            ],
            crate::support::encode(&form),
        )
        .await
        .expect("an answer");
    assert_eq!(answer.code(), "OAU-123");
    // An export keeps the key, and revoking takes the same proof.
    let export = lab.get("/_emulator/export", &[]).await.text;
    assert!(export.contains("-----BEGIN PUBLIC KEY-----"), "{export}");
    let token = log_in(&lab, &by_ec(&of_ec), &[]).await.json();
    let form = [
        ("token", token["access_token"].as_str().expect("a token")),
        ("client_assertion_type", TYPE),
        ("client_assertion", &by_ec(&of_ec)),
    ];
    assert_eq!(lab.form("/restapi/oauth/revoke", None, &form).await.status, 200);
    assert_eq!(lab.api(&token).await.code(), "OAU-213");
}

#[test]
fn a_key_that_is_none_is_refused_with_its_line() {
    let error =
        Seed::parse("[[apps]]\nclient_id = \"EMU-a\"\npublic_key = \"key\"\n").expect_err("it is no key");
    assert!(
        error.to_string().contains("apps[0].public_key") && error.to_string().contains("PEM"),
        "{error}"
    );
}
