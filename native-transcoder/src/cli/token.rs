//! `headwater token`: a publish token for encoders that only know a fixed bearer token.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use headwater_protocol::hex;
use headwater_protocol::key::SessionKey;
use headwater_protocol::ladder::{Ladder, Profile};
use headwater_protocol::signed::Signed;
use headwater_protocol::stream::{Id, Name};
use headwater_protocol::token::{Publish, WatchHash};

/// Flags of `headwater token`.
#[derive(clap::Args)]
pub(super) struct Flags {
    /// The file that holds the publisher's key; made if it does not exist.
    #[arg(long)]
    key: PathBuf,
    /// The stream's name.
    #[arg(long)]
    name: String,
    /// The renditions to ask for, e.g. `P480p30fps16x9,P240p30fps16x9`.
    #[arg(long, value_delimiter = ',')]
    ladder: Option<Vec<Profile>>,
    /// How many days the token is good for.
    #[arg(long, default_value_t = 30)]
    days: u64,
    /// Viewers must show this token.
    #[arg(long)]
    watch_token: Option<String>,
}

/// Prints the paths to publish and watch at, and the token.
pub(super) fn run(flags: Flags) -> anyhow::Result<()> {
    let key = load_or_make(&flags.key)?;
    let name: Name = flags.name.parse()?;
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let claims = Publish {
        stream: Id::new(key.address(), name),
        ladder: flags.ladder.map(Ladder::new).transpose()?,
        not_before: now,
        expiry: now + flags.days * 24 * 3600 * 1000,
        watch: flags.watch_token.as_deref().map(WatchHash::of),
    };
    let stream = claims.stream.clone();
    let token = Signed::new(&key, claims);
    println!("publish  /whip/{stream}");
    println!("watch    /whep/{stream}/source");
    println!("token    {}", token.text());
    Ok(())
}

fn load_or_make(path: &Path) -> anyhow::Result<SessionKey> {
    if path.exists() {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let secret = hex::decode(text.trim()).and_then(|bytes| SessionKey::from_bytes(&bytes));
        return secret
            .with_context(|| format!("{} holds no key: it should be 0x and 64 digits", path.display()));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("no random generator")?;
    let Some(key) = SessionKey::from_bytes(&bytes) else {
        bail!("the generator drew no key; try again")
    };
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    writeln!(file, "{}", hex::encode(&bytes))?;
    Ok(key)
}
