//! Which server is the primary, as sentinels know it.

use super::connection::Opener;
use super::endpoint::Endpoint;
use super::failure::{Cause, Failure};
use crate::config::store::{RedisSettings, SentinelSettings};
use crate::error::Result;
use redis::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The sentinels and the primary they last named. Shared by all connections of a store.
pub(crate) struct Sentinels {
    nodes: Vec<Endpoint>,
    master: String,
    opener: Opener,
    primary: Mutex<Option<Endpoint>>,
}

impl Sentinels {
    /// # Errors
    /// As [`Opener::for_sentinels`].
    pub fn new(settings: &RedisSettings, sentinel: &SentinelSettings) -> Result<Sentinels> {
        Ok(Sentinels {
            nodes: sentinel.nodes.iter().map(|(host, port)| Endpoint::new(host, *port)).collect(),
            master: sentinel.master.clone(),
            opener: Opener::for_sentinels(settings, sentinel)?,
            primary: Mutex::new(None),
        })
    }

    /// The primary: the known one, or what the first sentinel that answers says.
    ///
    /// # Errors
    /// Why the first sentinel did not say it, if none does.
    pub fn primary(&self, deadline: Instant) -> std::result::Result<Endpoint, Failure> {
        if let Some(primary) = self.lock().clone() {
            return Ok(primary);
        }
        let mut first_failure = None;
        for (i, sentinel) in self.nodes.iter().enumerate() {
            // One that does not answer must leave time to ask the next.
            let left = deadline.saturating_duration_since(Instant::now());
            let share = left / (self.nodes.len() - i) as u32;
            match self.ask(sentinel, Instant::now() + share) {
                Ok(primary) => {
                    *self.lock() = Some(primary.clone());
                    return Ok(primary);
                }
                Err(cause) => first_failure = first_failure.or(Some(Failure { at: sentinel.clone(), cause })),
            }
        }
        Err(first_failure.unwrap_or(Failure { at: Endpoint::new("", 0), cause: Cause::NoPrimary }))
    }

    /// The primary failed or is none any more: the next call asks again.
    pub fn doubt(&self) {
        *self.lock() = None;
    }

    fn ask(&self, sentinel: &Endpoint, deadline: Instant) -> std::result::Result<Endpoint, Cause> {
        let mut connection = self.opener.open(sentinel, deadline)?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("get-master-addr-by-name").arg(&self.master);
        self.opener.send(&mut connection, &question.get_packed_command(), deadline)?;
        match connection.receive(self.opener.receive_by(deadline))? {
            Value::Array(address) => read_address(&address, sentinel).ok_or(Cause::Protocol),
            Value::Nil => Err(Cause::NoPrimary),
            Value::ServerError(error) => Err(match Cause::of_reply(&error, false) {
                Cause::Command("ERR") => Cause::NotASentinel,
                cause => cause,
            }),
            _ => Err(Cause::Protocol),
        }
    }

    /// A panic elsewhere cannot leave this half written, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Option<Endpoint>> {
        self.primary.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_address(address: &[Value], told_by: &Endpoint) -> Option<Endpoint> {
    let [Value::BulkString(host), Value::BulkString(port)] = address else { return None };
    Endpoint::parse(&format!("{}:{}", std::str::from_utf8(host).ok()?, std::str::from_utf8(port).ok()?), told_by)
}
