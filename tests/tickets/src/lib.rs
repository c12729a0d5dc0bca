//! The tickets of the bench, and in wasm the functions that it times there.

#[cfg(not(target_arch = "wasm32"))]
pub mod crowd;
#[cfg(target_arch = "wasm32")]
mod page;
pub mod stall;
