//! Certificates: pages may use cameras only over HTTPS, localhost apart.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use axum_server::tls_rustls::RustlsConfig;
use tracing::{info, warn};

pub mod acme;

use acme::Acme;

/// Where the certificate comes from. Written `self-signed`, or `cert.pem,key.pem`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Made at start, for the advertised address and localhost. Browsers warn once.
    SelfSigned,
    /// PEM files, read again when they change.
    Files {
        /// Certificate chain.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
    /// From a CA, and renewed by itself.
    Acme(Acme),
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

/// How often files are looked at: renewals come weeks before the old certificate ends.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Loads or makes the certificate for a node that is reached at `address`.
pub(crate) async fn load(tls: &Tls, address: IpAddr) -> Result<RustlsConfig, Error> {
    match tls {
        Tls::Files { certificate, key } => {
            let config = RustlsConfig::from_pem_file(certificate, key)
                .await
                .map_err(|source| Error::Files {
                    certificate: certificate.clone(),
                    key: key.clone(),
                    source,
                })?;
            let files = [certificate.clone(), key.clone()];
            tokio::spawn(follow(config.clone(), files, LOOK_EVERY));
            Ok(config)
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
        Tls::Acme(acme) => Ok(acme::begin(acme)?),
    }
}

/// Loads the files again whenever a renewal has changed them; running connections keep what they began with.
async fn follow(config: RustlsConfig, files: [PathBuf; 2], every: Duration) {
    let mut known = modified(&files);
    loop {
        tokio::time::sleep(every).await;
        let now = modified(&files);
        if now == known {
            continue;
        }
        let [certificate, key] = &files;
        match config.reload_from_pem_file(certificate, key).await {
            Ok(()) => info!(certificate = %certificate.display(), "took the new certificate"),
            // Between the two writes of a renewal the key is another certificate's; the next look finds both.
            Err(error) => {
                warn!(%error, certificate = %certificate.display(), "cannot use the changed certificate yet")
            }
        }
        known = now;
    }
}

fn modified(files: &[PathBuf; 2]) -> [Option<SystemTime>; 2] {
    let mut times = [None; 2];
    for (time, file) in times.iter_mut().zip(files) {
        *time = std::fs::metadata(file).ok().and_then(|data| data.modified().ok());
    }
    times
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
    /// Asking a CA for one.
    #[error(transparent)]
    Acme(#[from] acme::Error),
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn write(files: &[PathBuf; 2]) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&files[0], made.cert.pem()).unwrap();
        std::fs::write(&files[1], made.signing_key.serialize_pem()).unwrap();
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
        let folder = std::env::temp_dir().join(format!("headwater-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = [folder.join("cert.pem"), folder.join("key.pem")];
        write(&files);
        let config = RustlsConfig::from_pem_file(&files[0], &files[1]).await.unwrap();
        let first = config.get_inner();
        let look = Duration::from_millis(5);
        let following = tokio::spawn(follow(config.clone(), files.clone(), look));

        std::fs::write(&files[0], "not a certificate").unwrap();
        tokio::time::sleep(20 * look).await;
        assert!(Arc::ptr_eq(&first, &config.get_inner()), "the old one is kept");

        let renewed = async {
            while Arc::ptr_eq(&first, &config.get_inner()) {
                write(&files);
                tokio::time::sleep(20 * look).await;
            }
        };
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, renewed)
            .await
            .expect("the new one is taken");
        following.abort();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
