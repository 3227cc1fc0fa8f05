//! The Redis vault against real servers: reaching them, keeping mappings in them, and what it does when they fail.

mod common;
mod faults;
mod iam;
mod keep;
mod reach;
mod slots;
#[path = "../support/mod.rs"]
mod support;
mod vault;
