//! Who has which token.
//!
//! A [`Vault`] gives every identifier its one token and keeps the pair for `mapping_ttl`. It never hands one token to
//! two identifiers. [`memory::MemoryVault`] keeps the pairs in this process, [`redis::RedisVault`] in a store that
//! several gateways share.

pub mod memory;
pub mod redis;

use crate::error::Result;

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

/// Gives identifiers their tokens. Thread-safe; one vault serves all requests of a configuration.
pub trait Vault: Send + Sync {
    /// The token of each wanted identifier, in the same order. Originals may repeat.
    ///
    /// An identifier that has a token keeps it and its life starts anew; the others get the next number of their
    /// counter. When this returns `Ok`, every returned token resolves for `mapping_ttl`.
    ///
    /// # Errors
    /// `AWS_MASKER_1001` to `1003`; then no token may be used.
    fn tokens(&self, wanted: &[Wanted<'_>]) -> Result<Vec<String>>;

    /// Whether the store behind the vault answers within its health limit.
    ///
    /// # Errors
    /// `AWS_MASKER_1001` to `1003`.
    fn health(&self) -> Result<()>;
}
