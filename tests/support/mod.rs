//! What several test programs share. Each uses a part of it.
#![allow(dead_code)]

pub mod aws;
pub mod counting_proxy;
pub mod redis_server;
pub mod settings;
