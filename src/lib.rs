//! The engine of aws-masker.

pub mod config;
pub mod detect;
pub mod error;
pub mod redis;
pub mod token;
pub mod vault;
