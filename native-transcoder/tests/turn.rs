//! TURN credentials as a node hands them out, judged by coturn.

mod node;

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use native_transcoder::orchestrator::Config;
use native_transcoder::turn::Turn;
use node::{KEY, Node, offer, studio, token};
use reqwest::Method;

const SECRET: &[u8] = b"a secret that node and server share";

/// Longer than coturn takes to start on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Debian's coturn on a free loopback port.
struct Coturn {
    child: Child,
    port: u16,
}

impl Drop for Coturn {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Coturn {
    fn start() -> Self {
        let port = UdpSocket::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a free port")
            .port();
        let secret = String::from_utf8_lossy(SECRET);
        let folder = env!("CARGO_TARGET_TMPDIR");
        let child = Command::new("turnserver")
            .args(["-n", "--no-cli", "--no-tls", "--no-dtls", "--use-auth-secret"])
            .args([
                "--listening-ip=127.0.0.1",
                "--relay-ip=127.0.0.1",
                "--allow-loopback-peers",
            ])
            .args(["--realm=node.example", "--log-file=stdout"])
            .arg(format!("--static-auth-secret={secret}"))
            .arg(format!("--listening-port={port}"))
            .arg(format!("--pidfile={folder}/coturn-{port}.pid"))
            .arg(format!("--userdb={folder}/coturn-{port}.db"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("coturn is installed: apt-get install coturn");
        Self { child, port }
    }

    /// Whether coturn's own client gets an allocation, and packets through it.
    fn admits(&self, username: &str, password: &str) -> bool {
        let output = Command::new("turnutils_uclient")
            .args(["-y", "-c", "-n", "2", "-m", "1", "-u", username, "-w", password])
            .args(["-p", &self.port.to_string(), "127.0.0.1"])
            .output()
            .expect("coturn's client is installed with it");
        let said = String::from_utf8_lossy(&output.stdout);
        output.status.success() && said.contains("Total lost packets 0")
    }
}

#[tokio::test]
async fn coturn_admits_those_to_whom_the_node_gave_credentials_and_nobody_else() {
    let coturn = Coturn::start();
    let url = format!("turn:127.0.0.1:{}?transport=udp", coturn.port);
    let node = Node::start_with(Config {
        turn: Some(Turn::new(vec![url.clone()], SECRET)),
        ..Config::default()
    })
    .await;
    let path = format!("/whip/{}", studio());
    let options = node.request(Method::OPTIONS, &path, &[], "").await;
    assert_eq!(options.header("link"), "", "preflights mint nothing");
    let refused = node.offer(&path, Some("wrong"), offer("sendonly")).await;
    assert_eq!((refused.status.as_u16(), refused.header("link")), (401, ""));

    let mine = token(KEY, &studio(), None, None);
    let made = node.offer(&path, Some(&mine), offer("sendonly")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let link = made.header("link");
    assert!(
        link.starts_with(&format!("<{url}>; rel=\"ice-server\"; ")),
        "{link}"
    );
    assert!(link.ends_with("credential-type=\"password\""), "{link}");
    let value = |name: &str| {
        let (_, rest) = link
            .split_once(&format!("; {name}=\""))
            .expect("the parameter is there");
        rest.split('"').next().expect("quoted").to_owned()
    };
    let (username, password) = (value("username"), value("credential"));

    let started = Instant::now();
    while !coturn.admits(&username, &password) {
        assert!(started.elapsed() < PATIENCE, "coturn does not admit {username}");
    }
    assert!(!coturn.admits(&username, "another"), "the password counts");
    assert!(
        !coturn.admits("1:expired", &password),
        "and the name that it is for"
    );
    node.orchestrator.stop().await;
}
