//! The terms on which the mappings of one scope are kept: under which keys, for how long, sealed or not, how numbered.

use super::cipher::{Cipher, Opened};
use crate::vault::naming::Naming;
use crate::vault::{Scope, Wanted};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use std::sync::Arc;

/// What every key starts with.
const PREFIX: &str = "aws_masker:";

/// The terms of one scope.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Seconds that a key lives.
    pub ttl: u64,
    /// How new tokens are numbered.
    pub naming: Naming,
    cipher: Option<Arc<Cipher>>,
    /// The scope's part of each key.
    scope: String,
}

/// What a map key holds, as one identifier sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// This identifier, as it would be written today.
    Ours,
    /// This identifier, written openly or with an older key.
    OursInOldForm,
    /// Something else, or nothing.
    NotOurs,
}

impl Terms {
    pub fn new(ttl: u64, naming: Naming, cipher: Option<Arc<Cipher>>, scope: &Scope) -> Terms {
        Terms { ttl, naming, cipher, scope: scope.path() }
    }

    /// The key of a token's original.
    pub fn map(&self, token: &str) -> String {
        format!("{PREFIX}{}map:{token}", self.scope)
    }

    /// The keys that may name an original's token: the one that is written first, then those that others may have
    /// written before.
    pub fn revs(&self, original: &str) -> Vec<String> {
        let rev = |name: String| format!("{PREFIX}{}rev:{name}", self.scope);
        let sealed = self.cipher.iter().flat_map(|cipher| cipher.lookups(&self.scope, original));
        sealed.chain([STANDARD.encode(original)]).map(rev).collect()
    }

    /// The key of a counter.
    pub fn counter(&self, name: &str) -> String {
        format!("{PREFIX}{}cnt:{name}", self.scope)
    }

    /// The keyed number of an identifier; `None` if a counter gives it.
    pub fn number(&self, want: &Wanted<'_>, attempt: u32) -> Option<u64> {
        self.naming.number(&self.scope, want, attempt)
    }

    /// What is written into a token's map key.
    pub fn seal(&self, token: &str, original: &str) -> Vec<u8> {
        match &self.cipher {
            None => original.into(),
            Some(cipher) => cipher.seal(&self.map(token), original),
        }
    }

    /// What a token's map key holds.
    pub fn held(&self, token: &str, stored: Option<Vec<u8>>, original: &str) -> Held {
        let opened = match (&self.cipher, stored) {
            (_, None) => return Held::NotOurs,
            (None, Some(stored)) => Opened::Current(stored),
            (Some(cipher), Some(stored)) => cipher.open(&self.map(token), stored),
        };
        match opened {
            Opened::Current(text) if text == original.as_bytes() => Held::Ours,
            Opened::Old(text) if text == original.as_bytes() => Held::OursInOldForm,
            _ => Held::NotOurs,
        }
    }

    /// The keys that seal, if they do; and the key of Redis that says which one sealed last, in any scope.
    pub fn sealing(&self) -> Option<(&Cipher, &'static str)> {
        const KEY: &str = "aws_masker:key";
        self.cipher.as_deref().map(|cipher| (cipher, KEY))
    }
}
