//! The store from outside: what is kept, for whom, and through what.

mod crash;
mod disk;
mod failing;
mod fixture;
mod keeping;
mod redemption;
mod sums;
