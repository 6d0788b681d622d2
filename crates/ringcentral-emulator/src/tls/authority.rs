//! The certificate authority: one file that only its owner can read, and beside it what clients are to trust.

use std::fs::{self, File};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, GeneralSubtree, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use serde::{Deserialize, Serialize};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::TlsError;
use crate::{env_file, private, random};

/// Five years.
const LIFE_DAYS: i32 = 5 * 365;

/// An authority with less than a year to live is replaced: its last certificates must be good for a long run.
const RENEW_BEFORE_DAYS: i32 = 365;

/// What is stored. No `Debug`: it holds the key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    name: String,
    names: Vec<String>,
    valid_until: Date,
    certificate: String,
    key: String,
}

/// An authority that can make certificates.
pub(super) struct Authority {
    pub(super) issuer: Issuer<'static, KeyPair>,
    /// The names and addresses that it speaks for.
    pub(super) names: Vec<String>,
    pub(super) ca_file: PathBuf,
}

impl Authority {
    /// The authority in `directory`; a new one if there is none, or none that is good for much longer.
    pub(super) fn open(directory: &Path, names: Vec<String>, now: Timestamp) -> Result<Self, TlsError> {
        private::directory(directory)?;
        // Two that start at once must not make two.
        let lock = File::create(directory.join("lock"))?;
        lock.lock()?;
        let today = date(now);
        let path = directory.join("authority.json");
        let stored = match read(&path)? {
            Some(stored) if stored.names == names && stored.valid_until > plus(today, RENEW_BEFORE_DAYS) => {
                stored
            }
            _ => {
                let stored = Stored::make(names, today)?;
                let text = serde_json::to_string_pretty(&stored).expect("text and a date");
                env_file::replace(&path, text.as_bytes(), 0o600)?;
                stored
            }
        };
        let damaged = || TlsError::Damaged(path.clone());
        let certificate = STANDARD.decode(&stored.certificate).map_err(|_| damaged())?;
        let key = STANDARD.decode(&stored.key).map_err(|_| damaged())?;
        let key = KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(key.as_slice()),
            &PKCS_ECDSA_P256_SHA256,
        )
        .map_err(|_| damaged())?;
        let ca_file = directory.join("ca.pem");
        let pem = pem(&certificate);
        if fs::read_to_string(&ca_file).ok().as_deref() != Some(&pem) {
            env_file::replace(&ca_file, pem.as_bytes(), 0o644)?;
        }
        Ok(Self {
            issuer: Issuer::new(
                parameters(&stored.name, &stored.names, today, stored.valid_until),
                key,
            ),
            names: stored.names,
            ca_file,
        })
    }
}

impl Stored {
    fn make(names: Vec<String>, today: Date) -> Result<Self, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        // A number in the name, so that nobody takes one authority for another.
        let number = u32::from_be_bytes(random::bytes());
        let name = format!("EMU local RingCentral emulator, for tests only {number:08x}");
        let valid_until = plus(today, LIFE_DAYS);
        let certificate = parameters(&name, &names, today, valid_until).self_signed(&key)?;
        Ok(Self {
            name,
            names,
            valid_until,
            certificate: STANDARD.encode(certificate.der()),
            key: STANDARD.encode(key.serialize_der()),
        })
    }
}

/// An authority that may sign certificates for `names` and for nothing else: whoever trusts it gives little away, even if
/// its key is stolen.
fn parameters(name: &str, names: &[String], today: Date, valid_until: Date) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    // From yesterday: a client's clock may be behind.
    limit(&mut parameters, plus(today, -1), valid_until);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let permitted = names.iter().map(|name| match name.parse::<IpAddr>() {
        Ok(address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
        }
        Err(_) => GeneralSubtree::DnsName(name.clone()),
    });
    parameters.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted.collect(),
        excluded_subtrees: Vec::new(),
    });
    parameters
}

fn read(path: &Path) -> Result<Option<Stored>, TlsError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            return Err(TlsError::Damaged(path.to_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            return Err(TlsError::Exposed(path.to_owned()));
        }
    }
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|_| TlsError::Damaged(path.to_owned()))
}

pub(super) fn date(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

pub(super) fn plus(date: Date, days: i32) -> Date {
    date.saturating_add(days.days())
}

/// Sets from the beginning of which day until the beginning of which day a certificate is good.
pub(super) fn limit(parameters: &mut CertificateParams, from: Date, until: Date) {
    let day = |date: Date| {
        let part = |number: i8| u8::try_from(number).expect("months and days are positive");
        rcgen::date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    parameters.not_before = day(from);
    parameters.not_after = day(until);
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}
