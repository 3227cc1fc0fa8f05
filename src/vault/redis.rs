//! Mappings in Redis: the store that several gateways share.
//!
//! The keys are those of every existing installation (prefix `aws_masker:`):
//!
//! | key | value | expiry |
//! |---|---|---|
//! | `map:<token>` | the original | `mapping_ttl` |
//! | `rev:<base64 of the original>` | the token | `mapping_ttl` |
//! | `cnt:<counter>` | the last number given out | none |
//!
//! Who gets which token is decided in `assignment`, which does no I/O; this file carries its pipelines to the store.

mod assignment;

use super::{Vault, Wanted};
use crate::error::Result;
use crate::redis::Store;
use assignment::Assignment;
use std::time::Duration;

/// How long a store may take to answer a health check.
const HEALTH_LIMIT: Duration = Duration::from_millis(100);

/// Mappings in a Redis server or cluster. Thread-safe; any number of them, in any number of processes, may share one
/// Redis, also with the Lua plugin.
///
/// A call makes one round trip if all identifiers are known, and three if some are new or due for renewal, however many
/// there are. When two gateways number new identifiers in the same instant, the later one needs a fourth. Nothing is
/// read from replicas.
pub struct RedisVault {
    store: Store,
    ttl_seconds: u64,
}

impl RedisVault {
    /// Keeps mappings in `store` for `ttl` (whole seconds, at least one) after their last use. Use is recorded, by
    /// prolonging both keys, once a quarter of `ttl` has passed.
    pub fn new(store: Store, ttl: Duration) -> Self {
        RedisVault { store, ttl_seconds: ttl.as_secs().max(1) }
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Vault for RedisVault {
    /// Takes at most [`Store::deadline`] altogether, however many round trips it needs.
    fn tokens(&self, wanted: &[Wanted<'_>]) -> Result<Vec<String>> {
        let deadline = self.store.deadline();
        let mut assignment = Assignment::new(wanted, self.ttl_seconds);
        while let Some(pipeline) = assignment.next()? {
            let replies = self.store.run(&pipeline, deadline)?;
            assignment.absorb(replies)?;
        }
        Ok(assignment.into_tokens())
    }

    fn health(&self) -> Result<()> {
        self.store.ping(HEALTH_LIMIT)
    }
}
