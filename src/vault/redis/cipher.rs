//! Encryption at rest: what a dump of Redis does not show.
//!
//! Values are sealed with AES-256-GCM-SIV and bound to the key they stand under, so that a value moved elsewhere does not
//! open. Identifiers are looked up under a keyed hash instead of under themselves. Each configured key is split into one
//! key per purpose.
//!
//! The nonce is derived from what is sealed, so sealing is a function: the same mapping is always the same bytes, which
//! tells an onlooker nothing that the same token would not. The SIV mode is made for this (RFC 8452, section 9).

use crate::config::Key;
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use base64::Engine;
use ring::hmac;

/// What every sealed value starts with. No identifier does.
const SEALED: &str = "sealed:1:";
const NONCE: usize = 12;

/// The keys in use. The first seals, all open.
#[derive(Debug)]
pub(super) struct Cipher {
    keys: Vec<Split>,
}

/// One configured key, split by purpose.
struct Split {
    seal: Aes256GcmSiv,
    nonce: hmac::Key,
    lookup: hmac::Key,
    id: String,
}

impl std::fmt::Debug for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<key>")
    }
}

/// What a stored value turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// Sealed with the first key.
    Current(Vec<u8>),
    /// Sealed with another key, or not at all.
    Old(Vec<u8>),
    /// Sealed with a key that is not ours, or for another place.
    Closed,
}

impl Cipher {
    /// `None` if there are no keys: then nothing is encrypted.
    pub fn new(keys: &[Key]) -> Option<Cipher> {
        (!keys.is_empty()).then(|| Cipher { keys: keys.iter().map(Split::new).collect() })
    }

    /// Seals `original` for the place `key`.
    pub fn seal(&self, key: &str, original: &str) -> Vec<u8> {
        let split = &self.keys[0];
        let mut nonce = hmac::Context::with_key(&split.nonce);
        nonce.update(&(key.len() as u64).to_be_bytes());
        nonce.update(key.as_bytes());
        nonce.update(original.as_bytes());
        let nonce: [u8; NONCE] = std::array::from_fn(|i| nonce.clone().sign().as_ref()[i]);
        let payload = Payload { msg: original.as_bytes(), aad: key.as_bytes() };
        // Sealing fails only for texts of 64 GiB; an empty value never opens.
        let sealed = split.seal.encrypt(&Nonce::from(nonce), payload).unwrap_or_default();
        format!("{SEALED}{}", STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat())).into_bytes()
    }

    /// Opens what stands at the place `key`.
    pub fn open(&self, key: &str, stored: Vec<u8>) -> Opened {
        let Some(sealed) = stored.strip_prefix(SEALED.as_bytes()) else { return Opened::Old(stored) };
        let Ok(sealed) = STANDARD_NO_PAD.decode(sealed) else { return Opened::Closed };
        let Some((nonce, sealed)) = sealed.split_first_chunk::<NONCE>() else { return Opened::Closed };
        let nonce = Nonce::from(*nonce);
        let open = |split: &Split| split.seal.decrypt(&nonce, Payload { msg: sealed, aad: key.as_bytes() }).ok();
        match self.keys.iter().enumerate().find_map(|(i, split)| Some((i, open(split)?))) {
            Some((0, original)) => Opened::Current(original),
            Some((_, original)) => Opened::Old(original),
            None => Opened::Closed,
        }
    }

    /// Under which names `original` may be looked up, the one of the first key first.
    pub fn lookups<'c>(&'c self, scope: &'c str, original: &'c str) -> impl Iterator<Item = String> + 'c {
        self.keys.iter().map(move |split| {
            let mut hash = hmac::Context::with_key(&split.lookup);
            hash.update(&(scope.len() as u64).to_be_bytes());
            hash.update(scope.as_bytes());
            hash.update(original.as_bytes());
            URL_SAFE_NO_PAD.encode(hash.sign())
        })
    }

    /// The public name of the key that seals.
    pub fn id(&self) -> &str {
        &self.keys[0].id
    }

    /// Whether a key of that name is ours.
    pub fn knows(&self, id: &[u8]) -> bool {
        self.keys.iter().any(|split| split.id.as_bytes() == id)
    }
}

impl Split {
    fn new(key: &Key) -> Split {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
        let derive = |purpose: &str| hmac::sign(&root, format!("aws-masker {purpose}").as_bytes());
        let mac = |purpose| hmac::Key::new(hmac::HMAC_SHA256, derive(purpose).as_ref());
        let seal: [u8; 32] = std::array::from_fn(|i| derive("seal").as_ref()[i]);
        Split {
            seal: Aes256GcmSiv::new(&seal.into()),
            nonce: mac("nonce"),
            lookup: mac("lookup"),
            id: URL_SAFE_NO_PAD.encode(derive("id")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cipher(keys: &[u8]) -> Cipher {
        Cipher::new(&keys.iter().map(|b| Key::new([*b; 32])).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let old = cipher(&[1]).seal("map:T", "i-1");
        assert_eq!(cipher(&[1]).open("map:T", old.clone()), Opened::Current(b"i-1".to_vec()));
        assert_eq!(cipher(&[2, 1]).open("map:T", old.clone()), Opened::Old(b"i-1".to_vec()));
        assert_eq!(cipher(&[2]).open("map:T", old.clone()), Opened::Closed);
        assert_eq!(cipher(&[1]).open("map:U", old), Opened::Closed, "it is bound to its place");
        assert_eq!(cipher(&[1]).open("map:T", b"i-1".to_vec()), Opened::Old(b"i-1".to_vec()));
        for broken in ["sealed:1:", "sealed:1:!", "sealed:1:AAAA"] {
            assert_eq!(cipher(&[1]).open("map:T", broken.into()), Opened::Closed);
        }
        assert!(Cipher::new(&[]).is_none());
    }

    #[test]
    fn names_depend_on_key_and_scope() {
        let name = |keys: &[u8], scope: &str| cipher(keys).lookups(scope, "i-1").collect::<Vec<_>>();
        assert_eq!(name(&[2, 1], "")[1], name(&[1], "")[0]);
        assert_ne!(name(&[1], "")[0], name(&[2], "")[0]);
        assert_ne!(name(&[1], "")[0], name(&[1], "x")[0]);
        assert!(cipher(&[2, 1]).knows(cipher(&[1]).id().as_bytes()));
        assert!(!cipher(&[2]).knows(cipher(&[1]).id().as_bytes()));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_and_a_changed_bit_does_not(original in ".{0,80}", bit in any::<prop::sample::Index>()) {
            let cipher = cipher(&[7]);
            let sealed = cipher.seal("map:T", &original);
            prop_assert!(original.is_empty() || !sealed.windows(original.len()).any(|w| w == original.as_bytes()) || original.len() < 6);
            prop_assert_eq!(cipher.open("map:T", sealed.clone()), Opened::Current(original.into_bytes()));
            let mut raw = STANDARD_NO_PAD.decode(&sealed[SEALED.len()..]).unwrap();
            let bit = bit.index(raw.len() * 8);
            raw[bit / 8] ^= 1 << (bit % 8);
            let changed = format!("{SEALED}{}", STANDARD_NO_PAD.encode(raw)).into_bytes();
            prop_assert_eq!(cipher.open("map:T", changed), Opened::Closed);
        }
    }
}
