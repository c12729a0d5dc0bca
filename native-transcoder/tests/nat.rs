//! A node behind a NAT, with the client and a STUN server outside.
//!
//! The networks are the kernel's own, made for this one process and gone with it: the test runs itself once more under
//! `unshare`, where it is root of nothing else.

mod node;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use headwater_test_client::film::{Config as FilmConfig, Film, Player};
use headwater_test_client::frame::Kind;
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use headwater_test_client::{Codec, Error};
use node::{KEY, offer, studio, token};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};

/// Says that the networks are there.
const INSIDE: &str = "HEADWATER_TEST_NETWORKS";

/// The test's name, by which it calls itself.
const NAME: &str = "a_node_behind_a_nat_is_reached_by_what_a_stun_server_sees";

/// After so many seconds everything inside is ended from outside.
const LIMIT: &str = "150";

/// Longer than anything here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The node's network, 10.0.0.0/24, is known to nobody outside. What it did not begin is dropped, but for the HTTP ports,
/// which its operator has forwarded; the addresses outside are for documentation (RFC 5737).
const NETWORKS: &str = r#"
set -e
mount -t tmpfs none /run
ip netns add nat
ip netns add home
ip link add wan type veth peer name wan netns nat
ip -n nat link add lan type veth peer name lan netns home
ip address add 203.0.113.2/24 dev wan
ip -n nat address add 203.0.113.1/24 dev wan
ip -n nat address add 10.0.0.1/24 dev lan
ip -n home address add 10.0.0.2/24 dev lan
ip link set lo up
ip link set wan up
ip -n nat link set wan up
ip -n nat link set lan up
ip -n home link set lo up
ip -n home link set lan up
ip -n home route add default via 10.0.0.1
nsenter --net=/run/netns/nat sh -e <<'NAT'
echo 1 > /proc/sys/net/ipv4/ip_forward
nft -f - <<'RULES'
table ip nat {
  chain out { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
  chain in { type nat hook prerouting priority dstnat; iifname "wan" tcp dport { 8080, 8081 } dnat to 10.0.0.2; }
}
table ip guard {
  chain input { type filter hook input priority filter; policy drop; }
}
RULES
NAT
"#;

/// A program that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A node in the network behind the NAT, once it listens.
fn node(http: &str, flags: &[&str]) -> Running {
    let mut child = Command::new("nsenter")
        .args([
            "--net=/run/netns/home",
            env!("CARGO_BIN_EXE_headwater"),
            "orchestrator",
            "--http",
            http,
        ])
        .args(flags)
        .stdout(Stdio::piped())
        .spawn()
        .expect("nsenter is there: apt-get install util-linux");
    let mut ready = String::new();
    let stdout = child.stdout.as_mut().expect("piped");
    BufReader::new(stdout)
        .read_line(&mut ready)
        .expect("it says where it listens");
    assert!(ready.contains(http), "{ready:?}");
    Running(child)
}

fn stun() -> Running {
    let child = Command::new("turnserver")
        .args([
            "-n",
            "--no-cli",
            "--no-tls",
            "--no-dtls",
            "--stun-only",
            "--log-file=stdout",
        ])
        .args([
            "--listening-ip=203.0.113.2",
            "--listening-port=3478",
            "--pidfile=/run/stun.pid",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Running(child.expect("coturn is installed: apt-get install coturn"))
}

/// Asks for sessions until an answer has a line that is `wanted`.
async fn answer_with(endpoint: &str, wanted: impl Fn(&str) -> bool) -> String {
    let client = reqwest::Client::new();
    let mine = token(KEY, &studio(), None, None);
    let asking = async {
        loop {
            let posted = client
                .post(endpoint)
                .header(CONTENT_TYPE, "application/sdp")
                .header(AUTHORIZATION, format!("Bearer {mine}"))
                .body(offer("sendonly"));
            let answer = posted.send().await.expect("the port is forwarded");
            assert_eq!(answer.status(), 201);
            let session = answer.headers()[LOCATION].to_str().expect("a path").to_owned();
            let session = answer.url().join(&session).expect("a URL");
            let sdp = answer.text().await.expect("an answer");
            client.delete(session).send().await.expect("it ends");
            if let Some(line) = sdp.lines().find(|line| wanted(line)) {
                return line.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .expect("such an answer")
}

/// The client's half, outside.
async fn reach() {
    let (mine, whip) = (token(KEY, &studio(), None, None), format!("whip/{}", studio()));
    let _stun = stun();
    let lite = node("10.0.0.2:8081", &["--udp", "10.0.0.2:3479", "--tcp", "off"]);
    let refused = Publisher::connect(
        &format!("http://203.0.113.1:8081/{whip}"),
        Some(&mine),
        Codec::H264,
    )
    .await;
    assert!(
        matches!(refused, Err(Error::Unreachable(_))),
        "{refused:?}: is there a NAT?"
    );
    drop(lite);

    let full = [
        "--udp",
        "10.0.0.2:3478",
        "--tcp",
        "off",
        "--ice",
        "full",
        "--stun",
        "203.0.113.2:3478",
    ];
    let _full = node("10.0.0.2:8080", &full);
    let endpoint = format!("http://203.0.113.1:8080/{whip}");
    let candidate = answer_with(&endpoint, |line| line.contains(" typ srflx")).await;
    assert!(candidate.contains(" 203.0.113.1 "), "{candidate}");

    let publisher = Publisher::connect(&endpoint, Some(&mine), Codec::H264)
        .await
        .expect("through the NAT");
    let film = Film::load(FilmConfig::default()).expect("the film");
    let mut player = Player::new(&film);
    let watching = async {
        let endpoint = format!("http://203.0.113.1:8080/whep/{}/source", studio());
        let viewer = loop {
            match Viewer::connect(&endpoint, None).await {
                Ok(viewer) => break viewer,
                Err(Error::Session(refused)) if refused.retry_after().is_some() => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => panic!("no viewer: {error}"),
            }
        };
        let mut pictures = 0;
        while pictures < 50 {
            let frame = viewer.next().await.expect("the stream goes on");
            pictures += usize::from(matches!(frame.kind, Kind::Video(_)));
        }
    };
    tokio::select! {
        played = player.play(&publisher, PATIENCE) => panic!("the film ended first: {played:?}"),
        () = watching => {}
    }
}

#[test]
fn a_node_behind_a_nat_is_reached_by_what_a_stun_server_sees() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let unshare = [
        "unshare",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
    ];
    // Root may; others may where the kernel lets them be root of a space of their own, or where they may become root.
    let ways = [
        unshare.to_vec(),
        [&unshare[..], &["--user", "--map-root-user"]].concat(),
        [&["sudo", "-n"], &unshare[..]].concat(),
    ];
    let works = |way: &&Vec<&str>| {
        let tried = Command::new(way[0]).args(&way[1..]).arg("true").output();
        tried.is_ok_and(|output| output.status.success())
    };
    let way = ways.iter().find(works).expect(
        "no network of its own for this test: run it as root, or allow user namespaces (sysctl \
         kernel.apparmor_restrict_unprivileged_userns=0)",
    );
    let output = Command::new(way[0])
        .args(&way[1..])
        .args(["timeout", LIMIT, "env", &format!("{INSIDE}=1")])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", NAME, "--nocapture"])
        .output()
        .expect("it ran before");
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&said)
    );
}

/// What runs where the networks may be made.
fn inside() {
    let mut shell = Command::new("sh").stdin(Stdio::piped()).spawn().expect("a shell");
    let mut script = shell.stdin.take().expect("piped");
    script.write_all(NETWORKS.as_bytes()).expect("it reads");
    drop(script);
    let status = shell.wait().expect("it ends");
    assert!(status.success(), "no networks: apt-get install iproute2 nftables");
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(reach());
}
