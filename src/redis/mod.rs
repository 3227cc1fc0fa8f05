//! Reaching a Redis, Valkey or ElastiCache server.
//!
//! A [`Store`] takes a pipeline of commands and gives its replies, or says within a known time why not. It joins the
//! pool (how many calls at once), the sessions (which server gets which command), the connections (TLS, login,
//! deadlines) and the circuit breaker.

mod breaker;
mod cluster;
mod connection;
mod endpoint;
mod failure;
mod pool;
mod session;
mod tls;
mod wire;

use crate::config::RedisSettings;
use crate::error::Result;
use breaker::Breaker;
use cluster::Topology;
use connection::Opener;
use endpoint::Endpoint;
use failure::{Cause, Failure, Verdict};
use pool::Pool;
use redis::{Pipeline, Value};
use session::{Session, Site};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A Redis server or cluster. Thread-safe; one serves all requests of a configuration. Connections are opened when
/// they are needed, so that one can be made while the server is down.
pub struct Store {
    site: Site,
    pool: Pool,
    breaker: Breaker,
}

impl Store {
    /// The store that `settings` describe. Does no I/O to it.
    ///
    /// # Errors
    /// `AWS_MASKER_4001` if TLS is to verify certificates and the system trusts none.
    pub fn new(settings: RedisSettings) -> Result<Store> {
        Ok(Store {
            site: Site {
                seed: Endpoint::new(&settings.host, settings.port),
                opener: Opener::new(&settings)?,
                topology: settings.cluster.then(Topology::default),
                round_trips: AtomicU64::new(0),
                connections: AtomicU64::new(0),
            },
            pool: Pool::new(settings.pool_size, settings.keep_alive),
            breaker: Breaker::default(),
        })
    }

    /// When a call that begins now must have ended: the connect, send and read timeouts from now. Whoever needs several
    /// pipelines for one request takes one deadline for all of them.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.site.opener.longest_call()
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
    /// the connect timeout, opening a connection the same, the answers the send and the read timeout, however many
    /// commands there are. Blocks the calling thread; starts none but for looking up a host name.
    ///
    /// # Errors
    /// `AWS_MASKER_1001` (unreachable, too slow, no free place, circuit open), `AWS_MASKER_1002` (credentials refused),
    /// `AWS_MASKER_1003` (a command was refused; others of the pipeline may have been executed). The sentence names the
    /// server and the kind of failure: never a key, a value or a secret.
    pub fn run(&self, pipeline: &Pipeline, deadline: Instant) -> Result<Vec<Value>> {
        if pipeline.is_empty() {
            return Ok(Vec::new());
        }
        let permit = self.breaker.enter(Instant::now()).map_err(|left| self.failure(Cause::CircuitOpen(left)))?;
        let outcome = self.at_a_place(deadline, |session, site| {
            let replies = session.run(site, pipeline, deadline)?;
            refuse_errors(site, replies)
        });
        match outcome.as_ref().map_or_else(|failure| failure.cause.verdict(), |_| Verdict::Answered) {
            Verdict::Answered => permit.succeed(),
            Verdict::Failed => permit.fail(Instant::now()),
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
        self.breaker.is_open(Instant::now())
    }

    /// Round trips made to the store so far: each is one pipeline sent and answered, to one server or to several at the
    /// same time. Those that open a connection are not counted.
    pub fn round_trips(&self) -> u64 {
        self.site.round_trips.load(Ordering::Relaxed)
    }

    /// Connections opened so far.
    pub fn connections_opened(&self) -> u64 {
        self.site.connections.load(Ordering::Relaxed)
    }

    fn at_a_place<T>(
        &self,
        deadline: Instant,
        act: impl FnOnce(&mut Session, &Site) -> std::result::Result<T, Failure>,
    ) -> std::result::Result<T, Failure> {
        let patience = deadline.min(Instant::now() + self.site.opener.connect_timeout());
        let mut place = self.pool.place(patience).map_err(|cause| self.failure(cause))?;
        act(&mut place, &self.site)
    }

    fn failure(&self, cause: Cause) -> Failure {
        Failure { at: self.site.seed.clone(), cause }
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
            // The cluster is changing hands; where its slots are now is worth asking.
            if let (Cause::Command("CLUSTERDOWN" | "READONLY" | "MASTERDOWN"), Some(topology)) = (cause, &site.topology)
            {
                topology.doubt();
            }
            Err(Failure { at: site.seed.clone(), cause })
        }
    }
}
