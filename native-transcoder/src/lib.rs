//! Headwater's native node: takes a live stream, encodes its renditions and hands them out.
//!
//! | module | runs in | what |
//! |---|---|---|
//! | [`transcoder`] | the node | one [`transcoder::Transcoder`] a publisher: owns its worker process and replaces it |
//! | [`worker`] | the worker process | decode, scale, encode; the only code here that touches libav |
//!
//! libav never runs in the node itself: what strangers send is decoded in a process that may die.

pub mod transcoder;
pub mod worker;
