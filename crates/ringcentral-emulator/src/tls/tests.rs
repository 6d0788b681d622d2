use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::authority::Authority;
use super::certificate::Certificates;
use super::{Tls, TlsError, is_host};

const START: i64 = 1_800_000_000;

fn at(days: i64) -> Timestamp {
    Timestamp::from_second(START + days * 86_400).expect("small")
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Whether a client that trusts only `ca` accepts a certificate for `name` on a day.
fn accepts(ca: &Path, certificate: &CertificateDer<'_>, name: &str, day: i64) -> bool {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca).expect("a PEM file"))
        .expect("a certificate");
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()))
        .build()
        .expect("a verifier");
    let seconds = u64::try_from(at(day).as_second()).expect("after 1970");
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    verifier
        .verify_server_cert(certificate, &[], &name, &[], now)
        .is_ok()
}

#[test]
fn the_authority_is_made_once_and_its_key_is_private() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path().join("deep/tls");
    let open =
        |day| Authority::open(&place, names(&["localhost"]), at(day)).map(|authority| authority.ca_file);
    let ca = open(0).expect("made");
    let first = fs::read_to_string(&ca).expect("readable");
    assert!(first.starts_with("-----BEGIN CERTIFICATE-----\n"), "{first}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("exists").permissions().mode() & 0o777;
        assert_eq!(mode(&place.join("authority.json")), 0o600);
        assert_eq!(mode(&place), 0o700);
        assert_eq!(mode(&ca), 0o644);
    }
    // The same for four years; in its last one, a new one.
    for (day, same) in [(1, true), (1459, true), (1460, false)] {
        open(day).expect("opened");
        assert_eq!(
            fs::read_to_string(&ca).expect("readable") == first,
            same,
            "day {day}"
        );
    }
    fs::remove_file(&ca).expect("there");
    let second = fs::read_to_string(open(1461).expect("opened")).expect("it comes back");
    assert_ne!(second, first);
}

#[test]
fn an_authority_that_is_not_in_order_is_not_used() {
    let directory = tempfile::tempdir().expect("a directory");
    let open = || Authority::open(directory.path(), names(&["localhost"]), at(0)).map(|_| ());
    open().expect("made");
    let file = directory.path().join("authority.json");
    let whole = fs::read(&file).expect("readable");
    for text in [&whole[..whole.len() / 2], b"{}", b"", b"\xff\xfe"] {
        fs::write(&file, text).expect("writable");
        assert!(matches!(open(), Err(TlsError::Damaged(path)) if path == file));
    }
    let text = String::from_utf8(whole.clone()).expect("text");
    let at = text.find("\"key\": \"").expect("a key") + 12;
    fs::write(&file, format!("{}AAAA{}", &text[..at], &text[at + 4..])).expect("writable");
    assert!(matches!(open(), Err(TlsError::Damaged(_))));
    fs::write(&file, &whole).expect("writable");
    open().expect("as it was");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("ours");
        assert!(matches!(open(), Err(TlsError::Exposed(path)) if path == file));
    }
}

#[test]
fn a_certificate_is_good_for_the_loopback_names_and_for_its_days() {
    let directory = tempfile::tempdir().expect("a directory");
    let authority = Authority::open(
        directory.path(),
        names(&["localhost", "127.0.0.1", "::1", "emulator.test"]),
        at(0),
    )
    .expect("made");
    let ca = authority.ca_file.clone();
    let certificates = Certificates::new(authority, || at(0)).expect("made");
    let certificate = certificates.present().cert[0].clone();
    for (name, day, good) in [
        ("localhost", 0, true),
        ("127.0.0.1", 0, true),
        ("::1", 0, true),
        ("emulator.test", 0, true),
        ("localhost", 29, true),
        ("localhost", 31, false),
        ("localhost", -2, false),
        ("127.0.0.2", 0, false),
        ("platform.ringcentral.com", 0, false),
    ] {
        assert_eq!(accepts(&ca, &certificate, name, day), good, "{name} on day {day}");
    }
    let other = tempfile::tempdir().expect("a directory");
    let stranger = Authority::open(other.path(), names(&["localhost"]), at(0)).expect("made");
    assert!(!accepts(&stranger.ca_file, &certificate, "localhost", 0));
}

#[test]
fn a_stolen_authority_speaks_for_nobody_else() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut authority =
        Authority::open(directory.path(), names(&["localhost", "127.0.0.1"]), at(0)).expect("made");
    let ca = authority.ca_file.clone();
    for name in ["platform.ringcentral.com", "10.0.0.1"] {
        authority.names = names(&[name]);
        let certificates = Certificates::new(authority, || at(0)).expect("its key signs anything");
        let certificate = certificates.present().cert[0].clone();
        assert!(!accepts(&ca, &certificate, name, 0), "{name}");
        authority =
            Authority::open(directory.path(), names(&["localhost", "127.0.0.1"]), at(0)).expect("there");
    }
}

#[test]
fn a_certificate_near_its_end_is_replaced_while_the_server_runs() {
    use std::sync::atomic::{AtomicI64, Ordering};
    static DAY: AtomicI64 = AtomicI64::new(0);
    let directory = tempfile::tempdir().expect("a directory");
    let authority = Authority::open(directory.path(), names(&["localhost"]), at(0)).expect("made");
    let ca = authority.ca_file.clone();
    let certificates = Certificates::new(authority, || at(DAY.load(Ordering::SeqCst))).expect("made");
    let first = certificates.present().cert[0].clone();
    for (day, same) in [(1, true), (19, true), (20, false), (21, false)] {
        DAY.store(day, Ordering::SeqCst);
        let present = certificates.present().cert[0].clone();
        assert_eq!(present == first, same, "day {day}");
        assert!(accepts(&ca, &present, "localhost", day), "day {day}");
    }
    let second = certificates.present().cert[0].clone();
    DAY.store(39, Ordering::SeqCst);
    assert_eq!(
        certificates.present().cert[0],
        second,
        "renewed once, not at every connection"
    );
}

#[test]
fn another_host_has_an_authority_of_its_own() {
    let directory = tempfile::tempdir().expect("a directory");
    let open = |host| Tls::open(directory.path(), host, || at(0)).map(|tls| tls.ca_file);
    let own = open(None).expect("made");
    assert_eq!(open(Some("localhost")).expect("the same"), own);
    let other = open(Some("emulator.test")).expect("made");
    assert_eq!(other, directory.path().join("emulator.test/ca.pem"));
    assert_eq!(
        open(Some("2001:db8::1")).expect("made"),
        directory.path().join("2001_db8__1/ca.pem")
    );
    for wrong in [
        "",
        "two words",
        "../up",
        "http://a",
        "a:1",
        "*.test",
        "-a",
        "a..b",
    ] {
        assert!(
            matches!(open(Some(wrong)), Err(TlsError::Name(name)) if name == wrong),
            "{wrong}"
        );
        assert!(!is_host(wrong));
    }
}
