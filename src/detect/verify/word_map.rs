//! Tables of the catalogue by word.

use super::{lower, lower_case, short};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::hash::Hash;

/// What the catalogue says of each of some words. Most words that a text asks about are short: they are hashed and compared
/// as one number.
#[derive(Debug)]
pub struct WordMap<V> {
    short: HashMap<u64, V, FixedState>,
    long: HashMap<&'static [u8], V, FixedState>,
    /// How long the words are that begin with a byte: a bit for each length.
    lengths: [u32; 256],
}

impl<V> WordMap<V> {
    /// What is said of a word. Most that a text has are none of these, and told by their length.
    #[inline]
    pub fn get(&self, word: &[u8]) -> Option<&V> {
        let may_be = self.lengths[usize::from(first(word))] & length(word) != 0;
        if may_be {
            self.get_last(word, word.len())
        } else {
            None
        }
    }

    /// What is said of a word in either case, where all words are in lower case and none is longer than [`LONGEST_LOWER`].
    pub fn get_lower(&self, word: &[u8]) -> Option<&V> {
        let first = first(word).to_ascii_lowercase();
        if self.lengths[usize::from(first)] & length(word) == 0 {
            return None;
        }
        if word.len() < LONG {
            return self.short.get(&lower_case(number(word)));
        }
        self.long.get(lower(word, &mut [0; LONGEST_LOWER])?)
    }

    /// What is said of the word that the last `length` bytes of a text are. Asked so, a short word is not read byte by byte.
    #[inline]
    pub fn get_last(&self, text: &[u8], length: usize) -> Option<&V> {
        let word = &text[text.len() - length..];
        if length >= LONG {
            return self.long.get(word);
        }
        let number = match text.last_chunk() {
            Some(last) => shifted(u64::from_be_bytes(*last) & !(u64::MAX << (8 * length)), length),
            None => number(word),
        };
        self.short.get(&number)
    }
}

impl<V> Default for WordMap<V> {
    fn default() -> Self {
        WordMap { short: HashMap::default(), long: HashMap::default(), lengths: [0; 256] }
    }
}

impl<V: Default> WordMap<V> {
    /// The place for what is said of a word.
    pub fn entry(&mut self, word: &'static str) -> &mut V {
        fn place<K: Eq + Hash, V: Default>(map: &mut HashMap<K, V, FixedState>, key: K) -> &mut V {
            map.entry(key).or_default()
        }
        self.lengths[usize::from(first(word.as_bytes()))] |= length(word.as_bytes());
        match word.len() {
            LONG.. => place(&mut self.long, word.as_bytes()),
            _ => place(&mut self.short, number(word.as_bytes())),
        }
    }
}

/// A list, of whose words nothing more is said.
impl FromIterator<&'static str> for WordMap<()> {
    fn from_iter<I: IntoIterator<Item = &'static str>>(words: I) -> Self {
        let mut map = WordMap::default();
        words.into_iter().for_each(|word| *map.entry(word) = ());
        map
    }
}

/// The byte that a word begins with. No length but that of the empty word has the bit of that.
#[inline]
fn first(word: &[u8]) -> u8 {
    word.first().copied().unwrap_or_default()
}

/// The bit of a word's length. Words that are too long for one of their own share the last.
#[inline]
fn length(word: &[u8]) -> u32 {
    1 << word.len().min(31)
}

/// How long a word is that is no number.
const LONG: usize = 8;

/// The longest word that is looked for in either case.
const LONGEST_LOWER: usize = 32;

/// A shorter word as a number of its own: its bytes behind a one.
#[inline]
fn number(word: &[u8]) -> u64 {
    let bytes = if word.is_empty() { 0 } else { short(word).swap_bytes() >> (8 * (LONG - word.len())) };
    shifted(bytes, word.len())
}

/// That number of the bytes of a word.
#[inline]
fn shifted(bytes: u64, length: usize) -> u64 {
    bytes | 1 << (8 * length)
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
            for before in ["", "-", "sub", "some longer text, "] {
                assert_eq!(map.get_last(format!("{before}{word}").as_bytes(), word.len()), Some(&Some(at)), "{before}");
            }
        }
        assert_eq!((map.get(b"subne"), map.get(b"subnet-cidr")), (None, None));
        for (at, word) in words.into_iter().enumerate() {
            assert_eq!(map.get_lower(word.to_uppercase().as_bytes()), Some(&Some(at)));
        }
        assert_eq!(map.get_lower(b"SUBNE"), None);
    }
}
