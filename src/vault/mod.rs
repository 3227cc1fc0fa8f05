//! Who has which token.
//!
//! A [`Vault`] gives every identifier its one token and keeps the pair for `mapping_ttl`. It never hands one token to
//! two identifiers. [`memory::MemoryVault`] keeps the pairs in this process, [`redis::RedisVault`] in a store that
//! several gateways share.

pub mod memory;
mod naming;
pub mod redis;

use crate::error::Result;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use std::sync::Arc;

/// An identifier that needs a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted<'a> {
    /// The token's kind, for example `AWS_EC2`.
    pub prefix: &'a str,
    /// The counter that numbers it, for example `ec2`. Kinds may share one.
    pub counter: &'a str,
    /// The identifier itself.
    pub original: &'a str,
}

/// Whose mappings a call is about. Scopes share nothing: neither names nor counters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everybody's.
    Global,
    /// One consumer's, by its id.
    Consumer(String),
    /// Those of requests without a consumer, where consumers have their own.
    Anonymous,
}

impl Scope {
    /// The scope's part of a key; no scope's is the beginning of another's, and a consumer's id cannot change it.
    fn path(&self) -> String {
        match self {
            Scope::Global => String::new(),
            Scope::Consumer(id) => format!("consumer:{}:", URL_SAFE_NO_PAD.encode(id)),
            Scope::Anonymous => "anonymous:".into(),
        }
    }
}

/// Gives identifiers their tokens. Thread-safe; one vault serves all requests of a configuration.
pub trait Vault: Send + Sync {
    /// The token of each wanted identifier in a scope, in the same order. Originals may repeat.
    ///
    /// An identifier that has a token keeps it; the others get a new one. When this returns `Ok`, every returned token
    /// resolves: a new one for `mapping_ttl`, a known one for at least three quarters of it, because use is recorded, by
    /// giving the mapping its whole life again, once a quarter of that has passed.
    ///
    /// # Errors
    /// `AWS_MASKER_1001` to `1003`; then no token may be used.
    fn tokens(&self, scope: &Scope, wanted: &[Wanted<'_>]) -> Result<Vec<Arc<str>>>;

    /// Whether the store behind the vault answers within its health limit.
    ///
    /// # Errors
    /// `AWS_MASKER_1001` to `1003`.
    fn health(&self) -> Result<()>;
}
