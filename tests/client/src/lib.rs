//! A WHIP publisher and a WHEP viewer on the `webrtc` crate, for tests and benches.
//!
//! The server under test is built on another WebRTC stack, so whatever passes here was understood by two
//! independent implementations. Everything takes URLs: the server may run in process, beside, or elsewhere.
//!
//! - [`whip::Publisher`] sends a film or any other access units, and speaks on the `control` channel.
//! - [`whep::Viewer`] receives a rendition frame by frame, each with the times its packets arrived at the socket.
//! - [`film`] hands out the access units and Opus packets of the fixture film, and plays them in real time.
//! - [`hostile`] makes datagrams that no honest client sends.
//! - [`vision`] turns received access units back into pictures and compares them.
//!
//! Times are taken at the socket (see [`wire::Tap`]), so that what this client needs to encrypt, decrypt and
//! schedule is not counted as the server's.

pub mod codec;
mod feedback;
pub mod film;
pub mod frame;
pub mod hostile;
#[cfg(test)]
mod loopback;
mod peer;
mod restart;
pub mod session;
pub mod vision;
pub mod whep;
pub mod whip;
pub mod wire;

pub use codec::Codec;
pub use peer::{Error, State, Transport};
