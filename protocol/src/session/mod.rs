//! Sessions: one connection between a page and an orchestrator, seen from either end.
//!
//! | end | machine | it decides |
//! |---|---|---|
//! | page | [`client::Client`] | when to offer, retry, wait for the stream to start, give up |
//! | server | [`registry::Registry`] | who may publish a name, who is replaced, when a stream has ended |

mod backoff;
pub mod client;
pub mod refusal;
pub mod registry;
