//! Building what runs: the workspace for its tests, the server, the light node, its package, the pages.

mod glue;
mod light_node;
mod package;
mod server;
mod stamp;
mod workspace;

use anyhow::Result;

pub(crate) use light_node::glue_folder;
pub(crate) use server::server;
pub(crate) use stamp::Stamp;
pub(crate) use workspace::{Group, lint, unwarned};

use crate::repo::Repo;
use crate::step::Steps;

/// The light node and the package around it, as far as they exist.
pub(crate) fn package(repo: &Repo, steps: &mut Steps) -> Result<()> {
    light_node::build(repo, steps)?;
    package::build(repo, steps, &package::PACKAGE)
}

/// The package, and the pages on it.
pub(crate) fn pages(repo: &Repo, steps: &mut Steps) -> Result<()> {
    package(repo, steps)?;
    package::build(repo, steps, &package::PAGES)
}
