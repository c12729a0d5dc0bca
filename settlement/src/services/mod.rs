//! What a node does for the network once a round, each with a key of its own: [`rounds`] begins rounds that are due,
//! [`rewards`] claims the orchestrator's. [`rounds::wanted`] and [`rewards::wanted`] decide, [`Keeper`] carries out.

pub mod rewards;
pub mod rounds;

mod errand;
mod keeper;

pub use keeper::{Keeper, Rewarding};
