//! The store from outside: what is kept, for whom, and through what.

mod crash;
mod disk;
mod fixture;
mod full;
mod keeping;
mod redemption;
