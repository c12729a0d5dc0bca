//! The tickets of the bench, and in wasm the functions that it times there.

#[cfg(target_arch = "wasm32")]
mod page;
pub mod stall;
