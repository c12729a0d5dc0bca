//! The certificate that this node's DTLS connections show: one for all, so that an offer can name it.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use str0m::config::DtlsCert;

/// The certificate's file in a node's folder, and its key's; both DER.
const CERTIFICATE: &str = "dtls.crt";
const KEY: &str = "dtls.key";

/// A certificate with its key.
#[derive(Clone, Debug)]
pub struct Identity(DtlsCert);

impl Identity {
    /// A new one, for as long as the process runs.
    ///
    /// # Errors
    /// The random generator fails.
    pub fn fresh() -> io::Result<Self> {
        let made = str0m::crypto::from_feature_flags()
            .dtls_provider
            .generate_certificate();
        made.map(Self)
            .ok_or_else(|| io::Error::other("no certificate could be made for DTLS"))
    }

    /// The one in this folder, made at the first start: what publishers were told is still so after a restart.
    ///
    /// # Errors
    /// The folder can be neither read nor written.
    pub fn kept(folder: &Path) -> io::Result<Self> {
        let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
        match (fs::read(&certificate), fs::read(&key)) {
            (Ok(certificate), Ok(private_key)) => Ok(Self(DtlsCert {
                certificate,
                private_key,
            })),
            (Err(error), _) | (_, Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            // One of them alone is of a start that was cut off before anybody was told.
            _ => {
                let Self(made) = Self::fresh()?;
                write(&key, &made.private_key)?;
                write(&certificate, &made.certificate)?;
                Ok(Self(made))
            }
        }
    }

    /// SHA-256 of the certificate, as `a=fingerprint` has it (RFC 8122).
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, &self.0.certificate).as_ref());
        bytes
    }

    pub(super) fn certificate(&self) -> DtlsCert {
        self.0.clone()
    }
}

fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_certificate_and_other_folders_have_others() {
        let folder = |name: &str| {
            let folder =
                std::env::temp_dir().join(format!("headwater-identity-{}-{name}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            folder
        };
        let (one, other) = (folder("one"), folder("other"));
        let first = Identity::kept(&one).unwrap().fingerprint();
        assert_eq!(Identity::kept(&one).unwrap().fingerprint(), first);
        assert_ne!(Identity::kept(&other).unwrap().fingerprint(), first);
        fs::remove_file(one.join(KEY)).unwrap();
        assert_ne!(
            Identity::kept(&one).unwrap().fingerprint(),
            first,
            "a certificate without its key is of no use"
        );
        fs::remove_dir_all(one).unwrap();
        fs::remove_dir_all(other).unwrap();
    }
}
