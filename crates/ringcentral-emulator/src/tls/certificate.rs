//! The server's certificate, renewed while the server runs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use tokio_rustls::rustls::crypto::aws_lc_rs::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::authority::{Authority, date, limit, plus};
use super::{RealClock, TlsError};

const LIFE_DAYS: i32 = 30;

/// A certificate with less than this left is replaced at the next connection.
const RENEW_BEFORE_DAYS: i32 = 10;

/// Hands out the present certificate. Its key is never written anywhere.
pub(super) struct Certificates {
    authority: Authority,
    clock: RealClock,
    present: Mutex<Present>,
}

struct Present {
    key: Arc<CertifiedKey>,
    renew_on: Date,
}

impl Certificates {
    pub(super) fn new(authority: Authority, clock: RealClock) -> Result<Self, TlsError> {
        let present = Mutex::new(Present::make(&authority, date(clock()))?);
        Ok(Self {
            authority,
            clock,
            present,
        })
    }

    /// The certificate of this moment.
    pub(super) fn present(&self) -> Arc<CertifiedKey> {
        let today = date((self.clock)());
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if today >= present.renew_on {
            match Present::make(&self.authority, today) {
                Ok(renewed) => *present = renewed,
                Err(error) => tracing::warn!(?error, "the certificate cannot be renewed"),
            }
        }
        present.key.clone()
    }
}

impl Present {
    fn make(authority: &Authority, today: Date) -> Result<Self, TlsError> {
        let name = authority.names.last().expect("it speaks for something");
        let mut parameters =
            CertificateParams::new(authority.names.clone()).map_err(|_| TlsError::Name(name.clone()))?;
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters
            .distinguished_name
            .push(DnType::CommonName, "EMU local RingCentral emulator");
        limit(&mut parameters, plus(today, -1), plus(today, LIFE_DAYS));
        parameters.use_authority_key_identifier_extension = true;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &authority.issuer)?;
        let signing = any_supported_type(&PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .map_err(|error| TlsError::Files(std::io::Error::other(error)))?;
        Ok(Self {
            key: Arc::new(CertifiedKey::new(vec![certificate.into()], signing)),
            renew_on: plus(today, LIFE_DAYS - RENEW_BEFORE_DAYS),
        })
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.present())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}
