//! Reaching a Redis, Valkey or ElastiCache server.
//!
//! A [`Store`] takes a pipeline of commands and gives its replies, or says within a known time why not. It joins the
//! pool (how many calls at once), the sessions (which server gets which command), the connections (TLS, login,
//! deadlines) and the circuit breaker.

mod aws_credentials;
mod breaker;
mod cluster;
mod connection;
mod endpoint;
mod failure;
mod iam;
mod login;
mod pool;
mod sentinel;
mod session;
mod tls;
mod watch;
mod wire;

use crate::config::store::{RedisSettings, Topology};
use crate::error::Result;
use breaker::Breaker;
use connection::Opener;
use endpoint::Endpoint;
use failure::{Cause, Failure, Verdict};
use pool::Pool;
use redis::{Pipeline, Value};
use sentinel::Sentinels;
use session::{Servers, Session, Site};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A Redis server or cluster. Thread-safe; one serves all requests of a configuration. Connections are opened when
/// they are needed, so that one can be made while the server is down.
pub struct Store {
    shared: Arc<Shared>,
}

/// What calls and the watch share.
struct Shared {
    site: Site,
    pool: Pool,
    breaker: Breaker,
}

impl Store {
    /// The store that `settings` describe. Does no I/O to it.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` if a certificate, key or name for TLS cannot be used, or if certificates are to be verified and
    /// the system trusts none.
    pub fn new(settings: RedisSettings) -> Result<Store> {
        let seed = match &settings.topology {
            Topology::Sentinel(sentinel) => sentinel.nodes.first(),
            _ => None,
        };
        let (host, port) = seed.map_or((&settings.host, settings.port), |(host, port)| (host, *port));
        let seed = Endpoint::new(host, port);
        let servers = match &settings.topology {
            Topology::Single => Servers::One,
            Topology::Cluster => Servers::Cluster(cluster::Topology::new(seed.clone())),
            Topology::Sentinel(sentinel) => Servers::Sentinel(Box::new(Sentinels::new(&settings, sentinel)?)),
        };
        let site = Site {
            seed,
            opener: Opener::new(&settings)?,
            servers,
            round_trips: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            doubts: AtomicU64::new(0),
        };
        let pool = Pool::new(settings.pool_size, settings.keep_alive);
        Ok(Store { shared: Arc::new(Shared { site, pool, breaker: Breaker::default() }) })
    }

    /// When a call that begins now must have ended: the connect, send and read timeouts from now. Whoever needs several
    /// pipelines for one request takes one deadline for all of them.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.shared.site.opener.longest_call()
    }

    /// Runs a pipeline and gives one reply per command, in order. No reply is an error.
    ///
    /// **The pipeline may be executed twice**: when an idle connection turns out to be closed, it is sent again over a
    /// new one. So it may hold only commands whose repetition does no harm.
    ///
    /// With a cluster, the first argument of every command is its one key; commands for different keys go to their
    /// nodes at the same time and in no order among each other.
    ///
    /// Returns by `deadline` (a few milliseconds of work aside), and before it: waiting for a free place takes at most
    /// the pool timeout, opening a connection the connect timeout, the answers the send and the read timeout, however
    /// many commands there are. Blocks the calling thread; starts none but for looking up a host name and for watching a
    /// store whose circuit has opened.
    ///
    /// # Errors
    /// `AWS_MASKER_1001` (unreachable, too slow, no free place, circuit open), `AWS_MASKER_1002` (credentials refused),
    /// `AWS_MASKER_1003` (a command was refused; others of the pipeline may have been executed). The sentence names the
    /// server and the kind of failure: never a key, a value or a secret.
    pub fn run(&self, pipeline: &Pipeline, deadline: Instant) -> Result<Vec<Value>> {
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        let Shared { site, breaker, .. } = &*self.shared;
        let permit = breaker.enter(Instant::now()).map_err(|left| self.failure(Cause::CircuitOpen(left)))?;
        let outcome = self.at_a_place(deadline, |session, site| {
            let replies = session.run(site, pipeline, deadline)?;
            refuse_errors(site, replies)
        });
        match outcome.as_ref().map_or_else(|failure| failure.cause.verdict(), |_| Verdict::Answered) {
            Verdict::Answered => permit.succeed(),
            Verdict::Failed => {
                site.doubt();
                if let Some(opening) = permit.fail(Instant::now()) {
                    watch::start(&self.shared, opening);
                }
            }
            Verdict::NotAsked => drop(permit),
        }
        Ok(outcome?)
    }

    /// Whether every server of the store answers a PING within `limit`, connecting and waiting for a place included.
    /// Asks even while the circuit is open, and leaves it as it is.
    ///
    /// # Errors
    /// As [`Store::run`].
    pub fn ping(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        let outcome = self.at_a_place(deadline, |session, site| session.ping(site, deadline));
        Ok(outcome.map_err(|failure| match failure.cause {
            Cause::CallTimeout => Failure { cause: Cause::AnswerTimeout(limit), ..failure },
            _ => failure,
        })?)
    }

    /// Whether the circuit is open, so that calls are refused without asking the store.
    pub fn circuit_is_open(&self) -> bool {
        self.shared.breaker.is_open(Instant::now())
    }

    /// Round trips made to the store so far: each is one pipeline sent and answered, to one server or to several at the
    /// same time. Those that open a connection are not counted.
    pub fn round_trips(&self) -> u64 {
        self.shared.site.round_trips.load(Ordering::Relaxed)
    }

    /// Connections opened so far.
    pub fn connections_opened(&self) -> u64 {
        self.shared.site.connections.load(Ordering::Relaxed)
    }

    /// How often the store has given reason to doubt what is remembered of it: a connection was lost, a server changed
    /// its role, a call failed. Whoever remembers mappings forgets them when this changes.
    pub fn doubts(&self) -> u64 {
        self.shared.site.doubts.load(Ordering::Relaxed)
    }

    fn at_a_place<T>(
        &self,
        deadline: Instant,
        act: impl FnOnce(&mut Session, &Site) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let Shared { site, pool, .. } = &*self.shared;
        let patience = deadline.min(Instant::now() + site.opener.pool_timeout());
        let mut place = pool.place(patience).map_err(|cause| self.failure(cause))?;
        act(&mut place, site)
    }

    fn failure(&self, cause: Cause) -> Failure {
        Failure { at: self.shared.site.seed.clone(), cause }
    }
}

/// The replies, if none is an error. Refused credentials outweigh what else failed because of them.
fn refuse_errors(site: &Site, replies: Vec<Value>) -> std::result::Result<Vec<Value>, Failure> {
    let causes = replies.iter().filter_map(|reply| match reply {
        Value::ServerError(error) => Some(Cause::of_reply(error, false)),
        _ => None,
    });
    match causes.min_by_key(|cause| !matches!(cause, Cause::Credentials(_))) {
        None => Ok(replies),
        Some(cause) => {
            // The store is changing hands; which server is the primary now is worth asking.
            if let Cause::Command("CLUSTERDOWN" | "READONLY" | "MASTERDOWN" | "LOADING") = cause {
                site.servers.doubt();
                site.doubt();
            }
            Err(Failure { at: site.seed.clone(), cause })
        }
    }
}
