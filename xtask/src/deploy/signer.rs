//! Who deploys. Keys never stand on a command line, where everybody on the machine could read them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::foundry;
use crate::repo::Repo;

/// The deployer.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Signer {
    /// The deployer's address. A dry run needs nothing else; --unlocked needs it; elsewhere it saves a question.
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,

    /// An encrypted key, as `cast wallet new FOLDER` makes it; its password is asked for.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ledger", "unlocked"])]
    keystore: Option<PathBuf>,

    /// Where the keystore's password is.
    #[arg(long, value_name = "FILE", requires = "keystore")]
    password_file: Option<PathBuf>,

    /// A key on a Ledger, which asks for each transaction.
    #[arg(long, conflicts_with = "unlocked")]
    ledger: bool,

    /// The node signs for --from itself, as anvil does.
    #[arg(long, requires = "from")]
    unlocked: bool,
}

impl Signer {
    /// Whom the node signs for.
    pub(crate) fn unlocked(from: &str) -> Self {
        Self {
            from: Some(from.to_owned()),
            unlocked: true,
            ..Self::default()
        }
    }

    /// The deployer's address.
    pub(super) fn address(&self, repo: &Repo) -> Result<String> {
        if let Some(from) = &self.from {
            return Ok(from.clone());
        }
        let mut cast = foundry::command(repo, "cast")?;
        cast.args(["wallet", "address"]);
        if !self.name(repo, &mut cast) {
            bail!(
                "nobody to deploy: --keystore FILE, --ledger, or --unlocked --from ADDRESS (a dry run: --from ADDRESS)"
            );
        }
        let output = cast
            .stdin(Stdio::inherit())
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start cast")?;
        if !output.status.success() {
            bail!("the key cannot be read: is this the keystore and its password, or the Ledger unlocked?");
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Tells forge whom to sign as.
    pub(super) fn sign(&self, repo: &Repo, forge: &mut Command) -> Result<()> {
        if self.unlocked {
            forge.arg("--unlocked");
        } else if !self.name(repo, forge) {
            bail!("sending needs a key: --keystore FILE, --ledger, or --unlocked where the node has it");
        }
        Ok(())
    }

    /// Whether somebody has to be asked while signing.
    pub(super) const fn asks(&self) -> bool {
        self.ledger || (self.keystore.is_some() && self.password_file.is_none())
    }

    /// The flags that `cast` and `forge` share.
    fn name(&self, repo: &Repo, command: &mut Command) -> bool {
        if let Some(file) = &self.keystore {
            command.arg("--keystore").arg(repo.typed(file));
            if let Some(file) = &self.password_file {
                command.arg("--password-file").arg(repo.typed(file));
            }
        } else if self.ledger {
            command.arg("--ledger");
        }
        self.keystore.is_some() || self.ledger
    }
}
