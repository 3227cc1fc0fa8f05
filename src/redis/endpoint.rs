//! Where a server is: a host and a port, and how a host name becomes addresses in bounded time.

use super::failure::Cause;
use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

/// A server's host and port. Cheap to clone; prints as `host:port`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Endpoint {
    host: Arc<str>,
    port: u16,
}

/// The most lookups that run at once in this process. Only a resolver that hangs can make them pile up; then further
/// ones fail at once.
const MOST_LOOKUPS: usize = 16;
static LOOKUPS: AtomicUsize = AtomicUsize::new(0);

impl Endpoint {
    pub fn new(host: &str, port: u16) -> Self {
        Endpoint { host: host.trim_start_matches('[').trim_end_matches(']').into(), port }
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// `host:port` as a cluster writes it in a redirection; an empty host is the host that redirects.
    pub fn parse(text: &str, redirecting: &Endpoint) -> Option<Endpoint> {
        let (host, port) = text.rsplit_once(':')?;
        let host = if host.is_empty() { redirecting.host() } else { host };
        Some(Endpoint::new(host, port.parse().ok()?))
    }

    /// The addresses of the host, in the resolver's order.
    ///
    /// The system's resolver cannot be given a limit: with its servers unreachable it takes ten seconds and more. So a
    /// name is looked up on a thread of its own that is left behind when the `deadline` comes first.
    pub fn addresses(&self, deadline: Instant) -> Result<Vec<SocketAddr>, Cause> {
        if let Ok(ip) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, self.port)]);
        }
        if LOOKUPS.fetch_add(1, Ordering::Relaxed) >= MOST_LOOKUPS {
            LOOKUPS.fetch_sub(1, Ordering::Relaxed);
            return Err(Cause::SlowLookup);
        }
        let (done, answer) = mpsc::channel();
        let endpoint = self.clone();
        let lookup = move || {
            let found = (endpoint.host(), endpoint.port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
            LOOKUPS.fetch_sub(1, Ordering::Relaxed);
            // Nobody listens any more if the deadline came first.
            let _ = done.send(found);
        };
        if thread::Builder::new().name("aws-masker-dns".into()).spawn(lookup).is_err() {
            LOOKUPS.fetch_sub(1, Ordering::Relaxed);
            return Err(Cause::SlowLookup);
        }
        match answer.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
            Ok(_) => Err(Cause::UnknownHost),
            Err(_) => Err(Cause::SlowLookup),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[test]
    fn prints_as_host_and_port() {
        assert_eq!(Endpoint::new("redis.internal", 6379).to_string(), "redis.internal:6379");
        assert_eq!(Endpoint::new("[::1]", 1).to_string(), "[::1]:1");
    }

    #[test]
    fn reads_what_a_cluster_redirects_to() {
        let here = Endpoint::new("10.0.0.1", 7000);
        assert_eq!(Endpoint::parse("10.0.0.2:7001", &here), Some(Endpoint::new("10.0.0.2", 7001)));
        assert_eq!(Endpoint::parse(":7001", &here), Some(Endpoint::new("10.0.0.1", 7001)));
        assert_eq!(Endpoint::parse("fd00::2:7001", &here), Some(Endpoint::new("fd00::2", 7001)));
        assert_eq!(Endpoint::parse("nonsense", &here), None);
    }

    #[test]
    fn addresses_need_no_lookup_and_names_get_one() {
        let literal = Endpoint::new("127.0.0.1", 5).addresses(soon()).unwrap();
        assert_eq!(literal, ["127.0.0.1:5".parse().unwrap()]);
        let local = Endpoint::new("localhost", 5).addresses(soon()).unwrap();
        assert!(local.iter().all(|address| address.ip().is_loopback()));
    }
}
