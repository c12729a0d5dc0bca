//! Certificates from a CA, which is Pebble, the test CA of Let's Encrypt's makers.

mod node;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use native_transcoder::orchestrator::Config;
use native_transcoder::tls::Tls;
use native_transcoder::tls::acme::Acme;
use node::Node;
use rustls_acme::rustls::crypto::aws_lc_rs;
use rustls_acme::rustls::pki_types::pem::PemObject;
use rustls_acme::rustls::pki_types::{CertificateDer, ServerName};
use rustls_acme::rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};

/// What the certificates are for; Pebble is told that it is on loopback.
const DOMAIN: &str = "node.example";

/// Longer than an order takes on a loaded machine, the pauses after failures included.
const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// A folder of its own for each test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the target folder can be written");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where a CA is to be, and what it shows for itself.
struct Authority {
    folder: PathBuf,
    port: u16,
    management: u16,
    own: CertificateDer<'static>,
}

/// A CA that runs.
struct Pebble {
    children: [Child; 2],
    /// Vouches for what this one issues; each start makes another.
    root: CertificateDer<'static>,
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Authority {
    fn new(folder: &Folder) -> Self {
        let folder = folder.0.clone();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        std::fs::write(folder.join("ca.pem"), made.cert.pem()).expect("written");
        std::fs::write(folder.join("ca.key"), made.signing_key.serialize_pem()).expect("written");
        Self {
            folder,
            port: free_tcp(),
            management: free_tcp(),
            own: made.cert.der().clone(),
        }
    }

    /// What a node asks of it.
    fn acme(&self) -> Acme {
        Acme {
            domains: vec![DOMAIN.to_owned()],
            contacts: vec![format!("mailto:someone@{DOMAIN}")],
            directory: format!("https://localhost:{}/dir", self.port),
            cache: self.folder.join("cache"),
            root: Some(self.folder.join("ca.pem")),
        }
    }

    /// Starts it; it looks for whoever asks on `node`, as if that were port 443.
    async fn start(&self, node: u16) -> Pebble {
        let resolver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|socket| socket.local_addr())
            .expect("a free port");
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{}", self.port),
            "managementListenAddress": format!("127.0.0.1:{}", self.management),
            "certificate": self.folder.join("ca.pem"),
            "privateKey": self.folder.join("ca.key"),
            "httpPort": node,
            "tlsPort": node,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        let file = self.folder.join("pebble.json");
        std::fs::write(&file, config.to_string()).expect("written");
        let start = |program: &str, arguments: &[&str]| {
            Command::new(program)
                .args(arguments)
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_WFE_NONCEREJECT", "0")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("Pebble is installed: apt-get install pebble")
        };
        let (names, config) = (resolver.to_string(), file.to_string_lossy());
        let children = [
            start(
                "pebble-challtestsrv",
                &[
                    "-dns01",
                    &names,
                    "-defaultIPv6",
                    "",
                    "-http01",
                    "",
                    "-https01",
                    "",
                    "-tlsalpn01",
                    "",
                    "-management",
                    "",
                ],
            ),
            start("pebble", &["-config", &config, "-dnsserver", &names]),
        ];
        let management = SocketAddr::from((Ipv4Addr::LOCALHOST, self.management));
        let root = until("Pebble answers", || {
            let (_, pem) = get(management, "localhost", "/roots/0", &[&self.own]).ok()?;
            CertificateDer::from_pem_slice(&pem).ok()
        });
        let root = root.await;
        Pebble { children, root }
    }

    /// The file with the certificate, once the node has kept it.
    async fn kept(&self) -> PathBuf {
        let whole = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            path.to_string_lossy().contains("cached_cert")
                && text.trim_end().ends_with("-----END CERTIFICATE-----")
        };
        let look = || {
            let mut files = std::fs::read_dir(self.folder.join("cache")).ok()?;
            files.find_map(|file| file.ok().map(|file| file.path()).filter(whole))
        };
        until("the node keeps its certificate", look).await
    }

    /// Puts one of 30 days, a day before its end, in the place of the one that was kept.
    async fn age(&self) -> CertificateDer<'static> {
        let day = Duration::from_secs(24 * 60 * 60);
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut about = rcgen::CertificateParams::new([DOMAIN.to_owned()]).expect("a name");
        let end = SystemTime::now() + day;
        (about.not_before, about.not_after) = ((end - 30 * day).into(), end.into());
        let old = about.self_signed(&key).expect("a certificate");
        let text = format!("{}{}", key.serialize_pem(), old.pem());
        std::fs::write(self.kept().await, text).expect("written");
        old.der().clone()
    }
}

fn free_tcp() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    found.unwrap_or_else(|_| panic!("{what}, within {PATIENCE:?}"))
}

/// The server's certificate and what it answers, if one of `roots` vouches for it.
fn get(
    server: SocketAddr,
    name: &'static str,
    path: &str,
    roots: &[&CertificateDer<'static>],
) -> io::Result<(CertificateDer<'static>, Vec<u8>)> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add((*root).clone()).map_err(io::Error::other)?;
    }
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(store)
        .with_no_client_auth();
    let name = ServerName::try_from(name).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut tcp = TcpStream::connect(server)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let mut tls = Stream::new(&mut connection, &mut tcp);
    write!(
        tls,
        "GET {path} HTTP/1.1\r\nhost: {DOMAIN}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer)?;
    let shown = connection.peer_certificates().and_then(<[_]>::first).cloned();
    Ok((shown.ok_or_else(|| io::Error::other("no certificate"))?, answer))
}

async fn node(acme: Acme) -> Node {
    Node::start_with(Config {
        tls: Some(Tls::Acme(acme)),
        ..Config::default()
    })
    .await
}

/// What the node shows to a client that believes these roots, once it does.
async fn shown(node: &Node, roots: &[&CertificateDer<'static>]) -> CertificateDer<'static> {
    let http = node.orchestrator.http();
    let look = || {
        let (shown, answer) = get(http, DOMAIN, "/status", roots).ok()?;
        assert!(
            answer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        Some(shown)
    };
    until("the node shows a certificate", look).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_had_from_a_ca_as_soon_as_it_can_be_reached_and_kept() {
    let folder = Folder::new("acme-issued");
    let authority = Authority::new(&folder);
    let first = node(authority.acme()).await;
    let http = first.orchestrator.http();
    assert_eq!(
        first.orchestrator.url(),
        format!("https://{DOMAIN}:{}", http.port())
    );
    assert!(
        get(http, DOMAIN, "/status", &[]).is_err(),
        "there is no certificate yet"
    );
    let ca = authority.start(http.port()).await;
    let issued = shown(&first, &[&ca.root]).await;
    assert!(
        get(http, DOMAIN, "/status", &[&authority.own]).is_err(),
        "others do not vouch for it"
    );
    authority.kept().await;
    first.orchestrator.stop().await;

    let root = ca.root.clone();
    drop(ca);
    let second = node(authority.acme()).await;
    assert_eq!(shown(&second, &[&root]).await, issued, "without any CA");
    second.orchestrator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_in_time_and_the_old_one_serves_until_then() {
    let folder = Folder::new("acme-renewed");
    let authority = Authority::new(&folder);
    let first = node(authority.acme()).await;
    let ca = authority.start(first.orchestrator.http().port()).await;
    shown(&first, &[&ca.root]).await;
    first.orchestrator.stop().await;
    drop(ca);

    let old = authority.age().await;
    let second = node(authority.acme()).await;
    assert_eq!(shown(&second, &[&old]).await, old, "the CA is out of reach");
    let ca = authority.start(second.orchestrator.http().port()).await;
    assert_ne!(shown(&second, &[&ca.root]).await, old);
    second.orchestrator.stop().await;
}
