//! The node under test: the real server in a process of its own, published to and watched by another WebRTC stack.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use headwater_protocol::key::SessionKey;
use headwater_protocol::signed::Signed;
use headwater_protocol::stream;
use headwater_protocol::token::Publish;
use headwater_test_client::whep::Viewer;
use headwater_test_client::whip::Publisher;
use headwater_test_client::{Codec, Error};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use crate::machine;

/// What a start may take; it is well under a second.
const READY: Duration = Duration::from_secs(20);
/// How long a token is good for, in milliseconds: longer than any bench runs.
const TOKEN: u64 = 3_600_000;

/// A running one. Dropping it kills it, and its workers go with it.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    url: String,
    udp: SocketAddr,
    /// Held open: a server whose output is gone could end over it.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Node {
    /// Starts it on free loopback ports, and waits until it listens.
    pub(crate) async fn start(preset: &str) -> Result<Self> {
        let mut child = Command::new(machine::headwater()?)
            .args(["orchestrator", "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"])
            .args(["--preset", preset])
            // Each killed worker is worth a line otherwise.
            .env("HEADWATER_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the server does not start")?;
        let output = child.stdout.take().context("the server has no output")?;
        let mut output = BufReader::new(output).lines();
        let ready = timeout(READY, output.next_line()).await;
        let Ok(Ok(Some(ready))) = ready else {
            bail!("the server does not say that it is ready, but {ready:?}");
        };
        let ready: serde_json::Value = serde_json::from_str(&ready)?;
        let url = ready["http"].as_str().context("its first line has no \"http\"")?;
        Ok(Self {
            child,
            url: url.to_owned(),
            udp: ready["udp"]
                .as_str()
                .context("its first line has no \"udp\"")?
                .parse()?,
            _output: output,
        })
    }

    /// Where it listens for HTTP, as a URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens for WebRTC.
    pub(crate) fn udp(&self) -> SocketAddr {
        self.udp
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the server has ended")
    }

    /// Publishes to the one stream that there is.
    pub(crate) async fn publisher(&self, codec: Codec) -> Result<Publisher> {
        let (key, stream) = (key()?, studio()?);
        let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let claims = Publish {
            stream: stream.clone(),
            ladder: None,
            not_before: now,
            expiry: now + TOKEN,
            watch: None,
        };
        let token = Signed::new(&key, claims);
        let endpoint = format!("{}/whip/{stream}", self.url);
        Ok(Publisher::connect(&endpoint, Some(token.text()), codec).await?)
    }

    /// Watches a rendition of it, as soon as the node has one. Something must be published meanwhile.
    pub(crate) async fn viewer(&self, rendition: &str) -> Result<Viewer> {
        self.watch(&format!("/{rendition}"), &Codec::ALL).await
    }

    /// Watches what it selects as it goes, the source until then; all of it in H.264, so that layers differ by size alone.
    pub(crate) async fn switcher(&self) -> Result<Viewer> {
        self.watch("", &[Codec::H264]).await
    }

    async fn watch(&self, rendition: &str, decodes: &[Codec]) -> Result<Viewer> {
        let endpoint = format!("{}/whep/{}{rendition}", self.url, studio()?);
        loop {
            match Viewer::decoding(decodes, &endpoint, None).await {
                Err(Error::Session(refused)) if refused.retry_after().is_some() => {
                    sleep(Duration::from_millis(50)).await;
                }
                connected => return connected.with_context(|| format!("no viewer at {endpoint}")),
            }
        }
    }
}

fn key() -> Result<SessionKey> {
    SessionKey::from_bytes(&[7; 32]).context("not a key")
}

fn studio() -> Result<stream::Id> {
    Ok(stream::Id::new(key()?.address(), "studio".parse()?))
}
