//! What the tests of the store share: settings for a server, a vault on it, and what its refusals may not show.

pub use crate::support::settings::settings;
use aws_masker::config::store::{Credentials, RedisSettings};
use aws_masker::config::Secret;
use aws_masker::error::Error;
use aws_masker::redis::Store;
use aws_masker::vault::redis::RedisVault;
use aws_masker::vault::{Scope, Vault, Wanted};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use std::time::{Duration, Instant};

/// The life of a mapping in these tests: a week, as by default.
pub const TTL: Duration = Duration::from_secs(604_800);

pub fn vault_with(settings: RedisSettings) -> RedisVault {
    RedisVault::new(Store::new(settings).expect("a store needs no server"), TTL)
}

pub fn vault(port: u16) -> RedisVault {
    vault_with(settings(port))
}

pub fn ec2(original: &str) -> Wanted<'_> {
    Wanted { prefix: "AWS_EC2", counter: "ec2", original }
}

pub fn tokens(vault: &RedisVault, originals: &[&str]) -> Result<Vec<String>, Error> {
    let wanted: Vec<_> = originals.iter().map(|original| ec2(original)).collect();
    let tokens = vault.tokens(&Scope::Global, &wanted)?;
    Ok(tokens.iter().map(ToString::to_string).collect())
}

pub fn one(vault: &RedisVault, original: &str) -> String {
    tokens(vault, &[original]).expect("the store works").remove(0)
}

/// An original that no error may ever show.
pub const ORIGINAL: &str = "i-0123456789abcdef0";

/// The error that a request for [`ORIGINAL`] gets, checked to be free of it, and how long it took.
pub fn refusal(vault: &RedisVault) -> (Error, Duration) {
    let start = Instant::now();
    let error = tokens(vault, &[ORIGINAL]).expect_err("the store does not work");
    assert_discreet(&error);
    (error, start.elapsed())
}

/// What a loaded machine may add to any wait. Timeouts under test are either far below it or far above.
const SLACK: Duration = Duration::from_secs(1);

/// Something that has a limit of `limit` took `took`: not more than a busy machine explains.
pub fn assert_within(limit: Duration, took: Duration, what: &dyn std::fmt::Display) {
    assert!(took < limit + SLACK, "{took:?} instead of {limit:?}: {what}");
}

pub fn assert_discreet(error: &Error) {
    for text in [error.to_string(), format!("{error:?}"), error.body()] {
        for secret in [ORIGINAL, &STANDARD.encode(ORIGINAL), "aws_masker:rev", "aws_masker:map", "s3cret", "wr0ng"] {
            assert!(!text.contains(secret), "{text} shows {secret}");
        }
    }
}

pub fn rev(original: &str) -> String {
    format!("aws_masker:rev:{}", STANDARD.encode(original))
}

pub fn secret(text: &str) -> Credentials {
    Credentials::Password(Secret::from(text.to_string()))
}
