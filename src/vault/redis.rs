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
//! A consumer's own mappings have `consumer:<id>:` or `anonymous:` between the prefix and these. Encrypted mappings have
//! a sealed original in `map` and a keyed hash in the name of `rev`; then `aws_masker:key` says which key sealed last.
//!
//! Who gets which token is decided in `assignment`, which does no I/O; this file carries its pipelines to the store.

mod assignment;
mod cache;
mod cipher;
mod terms;

use super::naming::Naming;
use super::{Scope, Vault, Wanted};
use crate::config::Key;
use crate::error::{Code, Error, Result};
use crate::redis::Store;
use crate::token;
use assignment::{Assignment, Named};
use cache::Cache;
use cipher::Cipher;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use terms::Terms;

/// How long a store may take to answer a health check.
const HEALTH_LIMIT: Duration = Duration::from_millis(100);

/// Mappings in a Redis server or cluster. Thread-safe; any number of them, in any number of processes, may share one
/// Redis, also with the Lua plugin.
///
/// A call makes no round trip if all identifiers are remembered, one if all are known, and three if some are new or due
/// for renewal, however many there are. When two gateways number new identifiers in the same instant, the later one needs
/// a fourth. Nothing is read from replicas.
pub struct RedisVault {
    store: Store,
    ttl_seconds: u64,
    naming: Naming,
    cipher: Option<Arc<Cipher>>,
    cache: Option<Cache>,
}

impl RedisVault {
    /// Keeps mappings in `store` for `ttl` (whole seconds, at least one) after their last use. Use is recorded, by
    /// prolonging both keys, once a quarter of `ttl` has passed.
    pub fn new(store: Store, ttl: Duration) -> Self {
        let ttl_seconds = ttl.as_secs().max(1);
        RedisVault { store, ttl_seconds, naming: Naming::Sequential, cipher: None, cache: None }
    }

    /// Remembers up to `mappings` of them in this process, each for a minute at most and never longer than Redis
    /// guarantees it.
    pub fn remembering(self, mappings: usize) -> Self {
        RedisVault { cache: Some(Cache::new(mappings)), ..self }
    }

    /// Numbers new tokens by `key` instead of by counters.
    pub fn keyed(self, key: &Key) -> Self {
        RedisVault { naming: Naming::new(Some(key)), ..self }
    }

    /// Encrypts mappings at rest with the first of `keys`; reads those of the others, and unencrypted ones. What is used
    /// is rewritten. Without keys nothing is encrypted.
    pub fn encrypted(self, keys: &[Key]) -> Self {
        RedisVault { cipher: Cipher::new(keys).map(Arc::new), ..self }
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Asks Redis. Takes at most [`Store::deadline`] altogether, however many round trips it needs.
    fn assign(&self, scope: &Scope, wanted: &[Wanted<'_>]) -> Result<Vec<Named>> {
        let deadline = self.store.deadline();
        let terms = Terms::new(self.ttl_seconds, self.naming.clone(), self.cipher.clone(), scope);
        let mut assignment = Assignment::new(wanted, &terms);
        while let Some(pipeline) = assignment.next()? {
            let replies = self.store.run(&pipeline, deadline)?;
            assignment.absorb(replies)?;
        }
        let named = assignment.into_named();
        match named.iter().all(|named| is_readable(&named.token)) {
            true => Ok(named),
            false => {
                Err(Error::new(Code::StoreCommand, "The store holds a token of a form this version does not know."))
            }
        }
    }

    /// Asks Redis for what is not remembered. `None` if asking gave reason to doubt the rest, or if the rest contradicts
    /// what Redis says: then Redis may have lost mappings, and all of it is to be asked for.
    fn complete(&self, cache: &Cache, scope: &Scope, wanted: &[Wanted<'_>]) -> Result<Option<Vec<Arc<str>>>> {
        // Both taken before asking: what happens meanwhile counts against what is learnt.
        let (doubts, now) = (self.store.doubts(), Instant::now());
        let remembered = cache.look(scope, wanted, doubts, now);
        let missing: Vec<Wanted<'_>> =
            wanted.iter().zip(&remembered).filter(|(_, token)| token.is_none()).map(|(want, _)| want.clone()).collect();
        if missing.is_empty() {
            return Ok(Some(remembered.into_iter().flatten().collect()));
        }
        let named = self.assign(scope, &missing)?;
        cache.learn(scope, missing.iter().zip(&named), doubts, now);
        let mut named = named.into_iter().map(|named| named.token);
        let tokens: Vec<Arc<str>> = remembered.into_iter().filter_map(|token| token.or_else(|| named.next())).collect();
        let mut meaning = HashMap::with_capacity(tokens.len());
        let one_meaning = wanted
            .iter()
            .zip(&tokens)
            .all(|(want, token)| *meaning.entry(&**token).or_insert(want.original) == want.original);
        let is_believable = missing.len() == wanted.len() || one_meaning && self.store.doubts() == doubts;
        Ok(is_believable.then_some(tokens))
    }
}

/// Whether restoring will recognise the token: another program may have written it to a shared store.
fn is_readable(text: &str) -> bool {
    token::parse(text.as_bytes(), 0)
        .is_some_and(|found| found.range == (0..text.len()) && *found.token == *text.as_bytes())
}

impl Vault for RedisVault {
    fn tokens(&self, scope: &Scope, wanted: &[Wanted<'_>]) -> Result<Vec<Arc<str>>> {
        if let Some(cache) = &self.cache {
            if let Some(tokens) = self.complete(cache, scope, wanted)? {
                return Ok(tokens);
            }
            cache.forget();
        }
        Ok(self.assign(scope, wanted)?.into_iter().map(|named| named.token).collect())
    }

    fn health(&self) -> Result<()> {
        self.store.ping(HEALTH_LIMIT)
    }
}
