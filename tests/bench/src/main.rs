//! Headwater's numbers.
fn main() {}
