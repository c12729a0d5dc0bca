//! The node under attack, and the stream that must not notice.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use headwater_protocol::ladder::Ladder;
use headwater_protocol::stream;
use headwater_test_client::film::{Config, Film, Player};
use headwater_test_client::frame::Kind;
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use headwater_test_client::{Codec, hostile};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{sleep, timeout};

use crate::node::{KEY, studio, token};

/// One attack at a time: two would be each other's.
static TURN: Mutex<()> = Mutex::const_new(());

/// A picture that takes longer than this from the publisher's socket to the viewer's is late. On an idle machine it takes
/// some 10 ms; a test machine may have other work.
const LATE: Duration = Duration::from_secs(1);

/// The share of pictures that must be on time.
const ON_TIME: f64 = 0.9;

/// What a node may hold after an attack above what it held before: allocators keep some of what they once had.
const KEPT: u64 = 16 << 10;

/// How long memory may take to come back: half-open sessions wait for 30 seconds.
const COMES_BACK: Duration = Duration::from_secs(60);

/// Where the node is.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) http: SocketAddr,
    pub(crate) udp: SocketAddr,
    /// What the stream's publisher goes by in ICE: whoever sees its packets knows that.
    pub(crate) neighbour: String,
}

/// A node in a process of its own, with one stream on it.
pub(crate) struct Scene {
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
    target: Target,
    publisher: Publisher,
    viewer: Viewer,
    player: Player<'static>,
    /// KiB that the node held before the attack.
    baseline: u64,
    _turn: MutexGuard<'static, ()>,
}

/// What became of the pictures sent during an attack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    sent: usize,
    on_time: usize,
}

impl Seen {
    pub(crate) fn is_fine(self) -> bool {
        self.sent > 20 && self.on_time as f64 >= self.sent as f64 * ON_TIME
    }
}

pub(crate) fn film() -> &'static Film {
    static FILM: OnceLock<Film> = OnceLock::new();
    FILM.get_or_init(|| Film::load(Config::default()).expect("ffmpeg encodes the film"))
}

impl Scene {
    /// Attacks a node; panics unless the stream beside it stays on time, and the node's memory comes back.
    pub(crate) async fn withstands<T, F>(attack: impl FnOnce(Target) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let mut scene = Self::start().await;
        let (result, seen) = scene.during(attack(scene.target.clone())).await;
        assert!(seen.is_fine(), "{seen:?}");
        scene.memory_returns().await;
        result
    }

    pub(crate) async fn start() -> Self {
        let turn = TURN.lock().await;
        let mut child = Command::new(env!("CARGO_BIN_EXE_headwater"))
            .args(["orchestrator", "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"])
            .args(["--preset", "ultrafast"])
            .env("HEADWATER_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the node starts");
        let mut output = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = output.next_line().await.expect("its output").expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&ready).expect("JSON");
        let text = |name: &str| ready[name].as_str().expect("an address").to_owned();
        let mut target = Target {
            url: text("http"),
            http: text("http").replace("http://", "").parse().expect("an address"),
            udp: text("udp").parse().expect("an address"),
            neighbour: String::new(),
        };
        // One small rung: the whole chain, at little cost.
        let ladder: Ladder =
            Ladder::new(vec!["P240p30fps16x9".parse().expect("a preset")]).expect("a ladder");
        let publisher = target.publisher(KEY, &studio(), Some(ladder), Codec::H264).await;
        let neighbour = hostile::ufrag(&publisher.answer).expect("an answer has one");
        target.neighbour = neighbour.to_owned();
        let mut player = Player::new(film()).silent();
        let endpoint = format!("{}/whep/{}/240p", target.url, studio());
        let viewer = loop {
            player
                .play(&publisher, Duration::from_millis(200))
                .await
                .expect("it plays");
            match Viewer::connect(&endpoint, None).await {
                Ok(viewer) => break viewer,
                Err(headwater_test_client::Error::Session(refused)) if refused.retry_after().is_some() => {}
                Err(error) => panic!("no viewer: {error}"),
            }
        };
        let mut scene = Self {
            child,
            _output: output,
            target,
            publisher,
            viewer,
            player,
            baseline: 0,
            _turn: turn,
        };
        // Warm: every connection stands, every buffer has been used.
        scene.during(async {}).await;
        scene.baseline = scene.resident();
        scene
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("the node runs")
    }

    /// Plays the film while `attack` runs, and a moment longer; says what arrived of it.
    pub(crate) async fn during<T: Send + 'static>(
        &mut self,
        attack: impl Future<Output = T> + Send + 'static,
    ) -> (T, Seen) {
        let before = self.player.log.iter().len();
        let over = std::sync::Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let attack = tokio::spawn(async move {
            let result = attack.await;
            ended.store(true, Ordering::Relaxed);
            result
        });
        let mut after = 0;
        while after < 8 {
            self.player
                .play(&self.publisher, Duration::from_millis(200))
                .await
                .expect("the stream goes on");
            after += usize::from(over.load(Ordering::Relaxed) || attack.is_finished());
        }
        let result = attack.await.expect("the attack ends");
        (result, self.look(before).await)
    }

    /// What arrived of the pictures after the first `before`.
    async fn look(&mut self, before: usize) -> Seen {
        let mut arrived = HashMap::new();
        while let Ok(Some(frame)) = timeout(Duration::from_millis(700), self.viewer.next()).await {
            if matches!(frame.kind, Kind::Video(_)) {
                arrived.insert(frame.rtp_time, frame.last_packet_at);
            }
        }
        let times: Vec<u32> = arrived.keys().copied().collect();
        let offset = self.player.log.offset(&times).unwrap_or_default();
        let sent: Vec<u32> = self
            .player
            .log
            .iter()
            .skip(before)
            .map(|(time, _)| time)
            .collect();
        let on_time = sent.iter().filter(|time| {
            let left = self.publisher.video_sent_at(**time);
            let came: Option<&Instant> = arrived.get(&time.wrapping_add(offset));
            left.zip(came)
                .is_some_and(|(left, came)| came.saturating_duration_since(left) < LATE)
        });
        Seen {
            sent: sent.len(),
            on_time: on_time.count(),
        }
    }

    /// KiB that the node itself holds; its workers are theirs.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the node runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kib.expect("Linux says so")
    }

    /// Waits until the attack has left nothing behind.
    async fn memory_returns(&self) {
        let deadline = Instant::now() + COMES_BACK;
        while self.resident() > self.baseline + KEPT {
            assert!(
                Instant::now() < deadline,
                "the node holds {} KiB, and held {} before",
                self.resident(),
                self.baseline
            );
            sleep(Duration::from_millis(200)).await;
        }
        println!("{} KiB before, {} KiB after", self.baseline, self.resident());
    }
}

impl Target {
    /// Publishes to `stream` with the key of `seed`.
    pub(crate) async fn publisher(
        &self,
        seed: u8,
        stream: &stream::Id,
        ladder: Option<Ladder>,
        codec: Codec,
    ) -> Publisher {
        let token = token(seed, stream, ladder, None);
        Publisher::connect(&format!("{}/whip/{stream}", self.url), Some(&token), codec)
            .await
            .expect("a publisher")
    }

    /// An attacker with a stream of its own.
    pub(crate) async fn attacker(&self, seed: u8, codec: Codec) -> Publisher {
        let stream = stream::Id::new(
            crate::node::key(seed).address(),
            "attack".parse().expect("a name"),
        );
        self.publisher(seed, &stream, None, codec).await
    }
}
