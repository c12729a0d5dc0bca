//! Headwater's native node: takes a live stream over WHIP, encodes its renditions, hands them out over WHEP.
//!
//! | module | what |
//! |---|---|
//! | [`orchestrator`] | the whole server: [`orchestrator::Orchestrator::start`] |
//! | [`http`] | WHIP, WHEP, manifests, pages |
//! | [`intake`] | what a publisher may send: size, frame rate, bitrate, changes |
//! | [`limit`] | what one source may cost |
//! | [`turn`] | credentials for relays |
//! | [`webrtc`] | one UDP port and all that runs over it |
//! | `stream` | who gets which frame; no I/O |
//! | [`transcoder`] | one worker process a publisher, replaced when it dies |
//! | [`worker`] | decode, scale, encode; runs in that process, the only code here that touches libav |
//!
//! libav never runs in the node itself: what strangers send is decoded in a process that may die.

pub mod http;
pub mod intake;
pub mod limit;
pub mod media;
pub mod orchestrator;
pub mod payment;
mod secret;
mod stream;
pub mod tls;
pub mod transcoder;
pub mod turn;
pub mod webrtc;
pub mod worker;
