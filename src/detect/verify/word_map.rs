//! Tables of the catalogue by word.

use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::hash::Hash;

/// What the catalogue says of each of some words. Most words that a text asks about are short: they are hashed and compared
/// as one number.
#[derive(Debug)]
pub struct WordMap<V> {
    short: HashMap<u64, V, FixedState>,
    long: HashMap<&'static [u8], V, FixedState>,
}

impl<V> WordMap<V> {
    /// What is said of a word.
    #[inline]
    pub fn get(&self, word: &[u8]) -> Option<&V> {
        match number(word) {
            Some(number) => self.short.get(&number),
            None => self.long.get(word),
        }
    }
}

impl<V> Default for WordMap<V> {
    fn default() -> Self {
        WordMap { short: HashMap::default(), long: HashMap::default() }
    }
}

impl<V: Default> WordMap<V> {
    /// The place for what is said of a word.
    pub fn entry(&mut self, word: &'static str) -> &mut V {
        fn place<K: Eq + Hash, V: Default>(map: &mut HashMap<K, V, FixedState>, key: K) -> &mut V {
            map.entry(key).or_default()
        }
        match number(word.as_bytes()) {
            Some(number) => place(&mut self.short, number),
            None => place(&mut self.long, word.as_bytes()),
        }
    }
}

/// A word of up to seven bytes as a number of its own: its bytes behind a one.
#[inline]
fn number(word: &[u8]) -> Option<u64> {
    (word.len() < 8).then(|| word.iter().fold(1, |number, b| number << 8 | u64::from(*b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_own_entry() {
        let words = ["", "\0", "\0\0", "i", "\0i", "instance", "subnet", "sub-net", "subnet-cidr-assoc", "subnets"];
        let mut map = WordMap::default();
        for (at, word) in words.into_iter().enumerate() {
            *map.entry(word) = Some(at);
        }
        for (at, word) in words.into_iter().enumerate() {
            assert_eq!(map.get(word.as_bytes()), Some(&Some(at)));
        }
        assert_eq!((map.get(b"subne"), map.get(b"subnet-cidr")), (None, None));
    }
}
