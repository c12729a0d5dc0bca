//! Certificates from a CA, by ACME (RFC 8555), proven on the HTTPS port itself (TLS-ALPN-01, RFC 8737).

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use futures_core::Stream;
use rustls_acme::acme::{ACME_TLS_ALPN_NAME, LETS_ENCRYPT_PRODUCTION_DIRECTORY};
use rustls_acme::caches::DirCache;
use rustls_acme::rustls::crypto::aws_lc_rs;
use rustls_acme::rustls::pki_types::pem::PemObject;
use rustls_acme::rustls::pki_types::{CertificateDer, DnsName, pem};
use rustls_acme::rustls::server::{ClientHello, ResolvesServerCert};
use rustls_acme::rustls::sign::CertifiedKey;
use rustls_acme::rustls::{self, ClientConfig, RootCertStore, ServerConfig};
use rustls_acme::{AcmeConfig, EventError, EventOk, ResolvesServerCertAcme, is_tls_alpn_challenge};
use tracing::{debug, info, warn};

/// Whom to ask when nobody else is named: Let's Encrypt.
pub const DIRECTORY: &str = LETS_ENCRYPT_PRODUCTION_DIRECTORY;

/// The asking starts afresh once a day. A request to the CA has no time limit of its own, and the pauses after failures
/// double up to 18 hours; neither may last until the certificate ends, of which a third is left when renewals begin.
const AFRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// Which certificate to ask for, and whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acme {
    /// The names to be in it. The CA must reach this node at port 443 of each.
    pub domains: Vec<String>,
    /// Where the CA may write to, as `mailto:` URLs.
    pub contacts: Vec<String>,
    /// The CA: the `https:` URL of its directory (RFC 8555 §7.1.1).
    pub directory: String,
    /// The folder, this node's alone, that keeps the account's key and the certificate with its key.
    pub cache: PathBuf,
    /// PEM file with the roots that vouch for the CA's own server, where that is not one of the public web.
    pub root: Option<PathBuf>,
}

/// Begins to ask for a certificate; until there is one, TLS handshakes fail.
///
/// # Errors
/// [`Error`]: what is asked for makes no sense, or the cache cannot be used.
pub(super) fn begin(acme: &Acme) -> Result<RustlsConfig, Error> {
    check(acme)?;
    private_folder(&acme.cache)?;
    let client = acme.root.as_deref().map(client).transpose()?;
    let certificates = Arc::new(Certificates::default());
    let mut server = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(Error::Versions)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(&certificates) as _);
    server.alpn_protocols = [b"h2", &b"http/1.1"[..], ACME_TLS_ALPN_NAME]
        .map(<[u8]>::to_vec)
        .into();
    tokio::spawn(keep(acme.clone(), client, certificates));
    Ok(RustlsConfig::from_config(Arc::new(server)))
}

fn check(acme: &Acme) -> Result<(), Error> {
    let proven = |domain: &String| domain.contains('.') && DnsName::try_from(domain.as_str()).is_ok();
    if let Some(domain) = acme.domains.iter().find(|domain| !proven(domain)) {
        return Err(Error::Domain(domain.clone()));
    }
    if acme.domains.is_empty() {
        return Err(Error::NoDomain);
    }
    let mail = |contact: &String| contact.starts_with("mailto:") && contact.contains('@');
    match acme.contacts.iter().find(|contact| !mail(contact)) {
        Some(contact) => return Err(Error::Contact(contact.clone())),
        None if acme.contacts.is_empty() => return Err(Error::NoContact),
        None => {}
    }
    if !acme.directory.starts_with("https://") {
        return Err(Error::Directory(acme.directory.clone()));
    }
    Ok(())
}

/// Makes the folder, or sees that nobody else reads the keys in it and that this node may write there.
fn private_folder(folder: &Path) -> Result<(), Error> {
    let because = |source| Error::Cache {
        folder: folder.to_owned(),
        source,
    };
    let mut made = DirBuilder::new();
    made.recursive(true).mode(0o700).create(folder).map_err(because)?;
    let mode = folder.metadata().map_err(because)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Error::Exposed(folder.to_owned()));
    }
    let probe = folder.join(".writable");
    std::fs::write(&probe, "")
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(because)
}

/// A client that believes these roots alone.
fn client(file: &Path) -> Result<Arc<ClientConfig>, Error> {
    let because = |source| Error::Root {
        file: file.to_owned(),
        source,
    };
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(file).map_err(because)? {
        let added = roots.add(root.map_err(because)?);
        added.map_err(|_| because(pem::Error::NoItemsFound))?;
    }
    if roots.is_empty() {
        return Err(because(pem::Error::NoItemsFound));
    }
    let client = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(Error::Versions)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(client))
}

/// Asks for the certificate, and for the next when two thirds of its time are over.
async fn keep(acme: Acme, client: Option<Arc<ClientConfig>>, certificates: Arc<Certificates>) {
    loop {
        let config = match &client {
            Some(client) => AcmeConfig::new_with_client_config(&acme.domains, Arc::clone(client)),
            None => AcmeConfig::new(&acme.domains),
        };
        let mut state = config
            .contact(&acme.contacts)
            .directory(&acme.directory)
            .cache(DirCache::new(acme.cache.clone()))
            .state();
        let resolver = state.resolver();
        certificates.change(|held| held.asking = Some(Arc::clone(&resolver)));
        let asking = async {
            while let Some(event) = std::future::poll_fn(|cx| Pin::new(&mut state).poll_next(cx)).await {
                let served = match &event {
                    Ok(EventOk::DeployedCachedCert | EventOk::DeployedNewCert) => {
                        certificates.change(|held| held.serving.replace(Arc::clone(&resolver)))
                    }
                    _ => certificates.change(|held| held.serving.clone()),
                };
                tell(&acme, event, served.is_some());
            }
        };
        drop(tokio::time::timeout(AFRESH, asking).await);
    }
}

/// `served`: whether clients got a certificate before this.
fn tell(acme: &Acme, event: Result<EventOk, EventError<io::Error, io::Error>>, served: bool) {
    let (domains, cache) = (&acme.domains, acme.cache.display());
    match event {
        Ok(EventOk::DeployedCachedCert) if !served => info!(?domains, "serving the certificate in the cache"),
        Ok(EventOk::DeployedNewCert) if served => info!(?domains, "the CA renewed the certificate"),
        Ok(EventOk::DeployedNewCert) => info!(?domains, "the CA issued a certificate"),
        Ok(event) => debug!(?event, "certificate"),
        Err(EventError::Order(error)) => warn!(
            %error, ?domains, directory = acme.directory, served,
            "no new certificate, asking again in a while; this node must reach the CA's directory, and the CA this node \
             at port 443 of each domain"
        ),
        Err(EventError::CertCacheStore(error) | EventError::AccountCacheStore(error)) => warn!(
            %error, %cache,
            "cannot keep what the CA gave: make room or mend the rights, or each start asks anew, which CAs limit"
        ),
        Err(error) => warn!(%error, %cache, "cannot use what the cache has, and asking the CA anew"),
    }
}

/// What handshakes get. While asking starts afresh, the former certificate is served on.
#[derive(Debug, Default)]
struct Certificates(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// Answers the CA.
    asking: Option<Arc<ResolvesServerCertAcme>>,
    /// Has a certificate for everybody else.
    serving: Option<Arc<ResolvesServerCertAcme>>,
}

impl Certificates {
    fn change<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let is_challenge = is_tls_alpn_challenge(&hello);
        let resolver = self.change(|held| {
            if is_challenge {
                held.asking.clone()
            } else {
                held.serving.clone()
            }
        });
        resolver?.resolve(hello)
    }
}

/// Why no certificate is asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No name to certify.
    #[error("a certificate is for at least one domain; name it with --acme-domain")]
    NoDomain,
    /// A name that this challenge cannot prove.
    #[error("{0:?} is no domain that a certificate can be had for; write a full DNS name without wildcard")]
    Domain(String),
    /// Nobody to write to.
    #[error("the CA wants somebody to write to; add --acme-contact mailto:you@example.org")]
    NoContact,
    /// Nowhere that a CA writes to.
    #[error("{0:?} is no contact; write it as mailto:you@example.org")]
    Contact(String),
    /// No CA.
    #[error("{0:?} is no ACME directory; write its https: URL")]
    Directory(String),
    /// The cache.
    #[error("cannot use {} for keys and certificates; choose a folder that this user may write with --acme-cache", folder.display())]
    Cache {
        /// What was asked for.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others could read the keys.
    #[error("{} is open to other users, and keys are kept there; take their rights away with chmod 700", .0.display())]
    Exposed(PathBuf),
    /// The roots.
    #[error("{} has no usable root certificate; --acme-root wants PEM", file.display())]
    Root {
        /// What was asked for.
        file: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// The TLS library.
    #[error("TLS cannot be set up: {0}")]
    Versions(rustls::Error),
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    fn acme() -> Acme {
        Acme {
            domains: vec!["node.example".to_owned()],
            contacts: vec!["mailto:someone@node.example".to_owned()],
            directory: DIRECTORY.to_owned(),
            cache: PathBuf::from("/nonexistent"),
            root: None,
        }
    }

    #[test]
    fn what_no_ca_could_certify_is_refused_with_the_remedy() {
        type Change = fn(&mut Acme);
        assert!(check(&acme()).is_ok());
        let refused = |change: Change| {
            let mut acme = acme();
            change(&mut acme);
            check(&acme).unwrap_err().to_string()
        };
        let cases: [(Change, &str); 7] = [
            (|acme| acme.domains.clear(), "--acme-domain"),
            (|acme| acme.domains[0] = "*.node.example".to_owned(), "wildcard"),
            (|acme| acme.domains[0] = "localhost".to_owned(), "full DNS name"),
            (
                |acme| acme.domains[0] = "https://node.example".to_owned(),
                "full DNS name",
            ),
            (|acme| acme.contacts.clear(), "--acme-contact"),
            (|acme| acme.contacts[0] = "someone".to_owned(), "mailto:"),
            (|acme| acme.directory = "http://ca.example".to_owned(), "https:"),
        ];
        for (change, remedy) in cases {
            let said = refused(change);
            assert!(said.contains(remedy), "{said}");
        }
    }

    #[test]
    fn keys_are_kept_where_nobody_else_reads_them() {
        let base = std::env::temp_dir().join(format!("headwater-acme-{}", std::process::id()));
        let folder = base.join("cache");
        private_folder(&folder).unwrap();
        let mode = |folder: &Path| folder.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        private_folder(&folder).unwrap();
        std::fs::set_permissions(&folder, Permissions::from_mode(0o750)).unwrap();
        assert!(matches!(private_folder(&folder), Err(Error::Exposed(_))));
        std::fs::remove_dir_all(&base).unwrap();
        std::fs::write(&base, "a file").unwrap();
        assert!(matches!(private_folder(&base), Err(Error::Cache { .. })));
        assert!(matches!(client(&base), Err(Error::Root { .. })), "no PEM in it");
        std::fs::remove_file(&base).unwrap();
        assert!(matches!(client(&base), Err(Error::Root { .. })), "not there");
    }
}
