//! Certificates: pages may use cameras only over HTTPS, localhost apart.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use axum_server::tls_rustls::RustlsConfig;

/// Where the certificate comes from. Written `self-signed`, or `cert.pem,key.pem`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Made at start, for the advertised address and localhost. Browsers warn once.
    SelfSigned,
    /// PEM files.
    Files {
        /// Certificate chain.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
}

impl FromStr for Tls {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.split_once(',')) {
            ("self-signed", _) => Ok(Self::SelfSigned),
            (_, Some((certificate, key))) => Ok(Self::Files {
                certificate: certificate.into(),
                key: key.into(),
            }),
            _ => Err("write self-signed, or cert.pem,key.pem"),
        }
    }
}

/// Loads or makes the certificate for a node that is reached at `address`.
pub(crate) async fn load(tls: &Tls, address: IpAddr) -> Result<RustlsConfig, Error> {
    match tls {
        Tls::Files { certificate, key } => {
            RustlsConfig::from_pem_file(certificate, key)
                .await
                .map_err(|source| Error::Files {
                    certificate: certificate.clone(),
                    key: key.clone(),
                    source,
                })
        }
        Tls::SelfSigned => {
            let names = vec![
                address.to_string(),
                "127.0.0.1".to_owned(),
                "localhost".to_owned(),
            ];
            let made = rcgen::generate_simple_self_signed(names).map_err(Error::Make)?;
            let (certificate, key) = (
                made.cert.pem().into_bytes(),
                made.signing_key.serialize_pem().into_bytes(),
            );
            RustlsConfig::from_pem(certificate, key).await.map_err(Error::Use)
        }
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The files.
    #[error("cannot use {} with {}; both are PEM, and the key belongs to the certificate", certificate.display(), key.display())]
    Files {
        /// Certificate chain.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Making one.
    #[error("cannot make a certificate: {0}")]
    Make(rcgen::Error),
    /// Using what was made.
    #[error("cannot use the certificate just made: {0}")]
    Use(std::io::Error),
}
