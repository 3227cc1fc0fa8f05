//! Settings for a server on loopback, with time enough for a busy machine.

use aws_masker::config::store::{Credentials, RedisSettings, Tls, Topology};
use std::time::Duration;

/// Plain TCP, no credentials, eight connections.
pub fn settings(port: u16) -> RedisSettings {
    let second = Duration::from_secs(1);
    RedisSettings {
        host: "127.0.0.1".into(),
        port,
        database: 0,
        user: None,
        credentials: Credentials::None,
        tls: Tls::Off,
        topology: Topology::Single,
        connect_timeout: 5 * second,
        send_timeout: 5 * second,
        read_timeout: 5 * second,
        pool_timeout: 5 * second,
        keep_alive: 60 * second,
        max_age: 36_000 * second,
        pool_size: 8,
    }
}
