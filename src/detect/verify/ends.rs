//! How the words of the catalogue end: most words of a text end otherwise and are told by that, before anything is looked up.

use super::key::{ends, GIVING};
use super::{mixed, short};
use crate::detect::catalogue::names::{
    ATTRIBUTES, COMMANDS, ID_THINGS, KEYS, KEY_ENDS, KEY_WORDS, OBJECTS, OTHER_THINGS, PAIRS, REQUESTS, SPELLED, THINGS,
};

/// What a word may be, by how it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// A key, or a word about a thing.
    pub key: bool,
    /// What has its name under `name`.
    pub thing: bool,
}

/// What the word that `text` ends with may be.
#[inline(always)]
pub fn ending(text: &[u8]) -> Ending {
    ends().of(text)
}

/// What keys may be: most stand in front of their value, and are asked about once more with that.
#[derive(Debug, Default)]
pub struct Endings {
    /// The number of the last one, and what it may be. That of the empty word is 0.
    last: (u64, Ending),
}

impl Endings {
    /// What a key may be.
    #[inline(always)]
    pub fn of(&mut self, key: &[u8]) -> Ending {
        let number = number(key);
        if number != self.last.0 {
            self.last = (number, ends().of_number(number));
        }
        self.last.1
    }
}

/// Whether a key may end with the two words that `text` ends with, of which the last has so many letters, without what stands
/// between them: `bucket name`.
pub fn ends_key(text: &[u8], last: usize) -> bool {
    let read = 8 * last as u32;
    let word = number(text) & !u64::MAX.checked_shr(read).unwrap_or(0);
    let front = number(&text[..text.len() - last - 1]).checked_shr(read).unwrap_or(0);
    ends().of_number(front | word).key
}

/// What the words of the catalogue, and their plurals, end in. Most words of a text end in something else and cost no more.
/// An end has a bit, which others may have too.
#[derive(Debug)]
pub struct Ends {
    /// Whether words have it. This is asked most, so it is kept small.
    any: [u64; 1024],
    /// Whether keys have it, and whether things have it.
    roles: [[u64; 2]; 1024],
}

impl Ends {
    const KEY: usize = 0;
    const THING: usize = 1;

    /// What the word that `text` ends with may be. Cheap, so that most colons and equals signs of a text cost no more.
    #[inline(always)]
    pub fn of(&self, text: &[u8]) -> Ending {
        self.of_number(number(text))
    }

    /// The same of its last eight bytes.
    #[inline(always)]
    fn of_number(&self, last: u64) -> Ending {
        let bit = end(last);
        let is_set = |words: u64| words >> (bit % 64) & 1 == 1;
        if !is_set(self.any[bit / 64]) || is_other_short_part(last) {
            return Ending { key: false, thing: false };
        }
        let [keys, things] = self.roles[bit / 64];
        Ending { key: is_set(keys), thing: is_set(things) }
    }

    /// Those of the catalogue.
    pub(super) fn of_catalogue() -> Ends {
        let keys = KEYS.iter().flat_map(|row| row.2).copied();
        let last_words = || KEY_ENDS.iter().chain(KEY_WORDS).map(|row| row.0);
        let keys = keys.chain(last_words()).chain(COMMANDS.iter().map(|row| row.1));
        let keys = keys.chain(ATTRIBUTES.iter().map(|row| row.0)).chain(PAIRS.iter().flat_map(|row| [row.0, row.1]));
        let keys = keys.chain(SPELLED.iter().map(|row| row.0));
        let keys = keys.chain(GIVING.iter().flat_map(|row| row.1).copied()).chain([PROMPT]);
        let things = THINGS.iter().chain(ID_THINGS).flat_map(|row| row.1).chain(OTHER_THINGS).copied();
        let things = things.chain(OBJECTS.iter().flat_map(|row| row.1).copied()).chain(REQUESTS.iter().copied());
        let mut ends = Ends { any: [0; 1024], roles: [[0; 2]; 1024] };
        keys.for_each(|word| ends.add(word.as_bytes(), Ends::KEY));
        things.for_each(|word| ends.add(word.as_bytes(), Ends::THING));
        last_words().filter(|word| word.len() < READ_LETTERS).for_each(|word| ends.add_behind_letters(word.as_bytes()));
        ends
    }

    /// Adds a word that may end another one, of which more is read than its own letters: `OrdersTable`.
    fn add_behind_letters(&mut self, word: &[u8]) {
        (b'a'..=b'z').for_each(|letter| self.add(&[&[letter], word].concat(), Ends::KEY));
    }

    fn add(&mut self, word: &[u8], role: usize) {
        let mut set = |end: usize| {
            self.any[end / 64] |= 1 << (end % 64);
            self.roles[end / 64][role] |= 1 << (end % 64);
        };
        for word in [word, &[word, b"s"].concat()] {
            // Wherever there is a separator in it, and whichever; but see `SHORT_PARTS`.
            set(end(number(&word[word.len().saturating_sub(2)..])));
            let plain: Vec<u8> = word.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
            (3..=8).filter(|length| *length <= plain.len()).for_each(|length| {
                set(end(number(&plain[plain.len() - length..])));
            });
            // The letter of an escape may stand in front of it (`\nQueue`).
            b"ntrbf".iter().for_each(|letter| set(end(number(&[&[*letter], &plain[..]].concat()))));
        }
    }
}

/// Whether the letters that a text ends with are two or three and none of [`SHORT_PARTS`]. The letter of an escape may stand in
/// front of two (`\nid`).
#[inline(always)]
fn is_other_short_part(last: u64) -> bool {
    let others = !letters(last) & (EACH << 7);
    let lower = last | EACH << 5;
    let (three, before) = ((lower >> 40) as u32, (lower >> 32) as u8);
    match others.leading_zeros() / 8 {
        2 => !SHORT_PARTS.contains(&(three & !0xff)),
        3 => before != b'\\' | 0x20 && !SHORT_PARTS.contains(&three),
        _ => false,
    }
}

/// The last parts of keys and things that have two or three letters, behind a mark or a digit: `Bucket ID`, `source_db`,
/// `The secret key is`, `aws_alb`. As many as are compared at once.
const SHORT_PARTS: [u32; 16] = [
    part(b"\0db"),
    part(b"\0id"),
    part(b"\0is"),
    part(b"\0lb"),
    part(b"\0of"),
    part(b"alb"),
    part(b"api"),
    part(b"asg"),
    part(b"dbs"),
    part(b"elb"),
    part(b"ids"),
    part(b"job"),
    part(b"key"),
    part(b"lbs"),
    part(b"ref"),
    part(b"ref"),
];

/// Such a part as a number, the last letter highest.
const fn part(letters: &[u8; 3]) -> u32 {
    u32::from_le_bytes([letters[0], letters[1], letters[2], 0])
}

/// What the prompt of `aws configure` ends with.
const PROMPT: &str = "[None]";

/// The last eight bytes of a word as a number, the last one highest; zeros in front of a shorter one.
#[inline]
pub(super) fn number(word: &[u8]) -> u64 {
    match word.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None if word.is_empty() => 0,
        None => short(word) << (8 * (size_of::<u64>() - word.len())),
    }
}

/// The bit of the end of a word: of its last six bytes if these are letters, else of as many as are. It is made of the bits of
/// each that tell characters apart and not the case of letters, mixed by a multiplication with the golden ratio. Those of six have
/// a half of the bits to themselves.
#[inline(always)]
fn end(last: u64) -> usize {
    let others = !letters(last) & (EACH << 7);
    let (read, half) = READ[others.leading_zeros() as usize / 8];
    let codes = last & read & (EACH * 0x5f);
    (mixed(codes) >> 49) as usize | half
}

/// No more letters of a word are read.
const READ_LETTERS: usize = 6;

/// What of a word's last bytes is read, by how many of them are letters, and which half of the bits that has.
const READ: [(u64, usize); 9] = {
    let (two, three, four, six) =
        ((of_last(2), 0), (of_last(3), 0), (of_last(4), 0), (of_last(READ_LETTERS as u32), 1 << 15));
    [two, two, two, three, four, four, six, six, six]
};

/// The bits of the last bytes of a number.
const fn of_last(count: u32) -> u64 {
    u64::MAX << (64 - 8 * count)
}

/// One in each byte of a number.
const EACH: u64 = 0x0101_0101_0101_0101;

/// Which bytes of a number are ASCII letters, as the highest bit of each.
fn letters(bytes: u64) -> u64 {
    // The highest bit of every byte whose lower five are at least as much: 1 for A, 26 for Z.
    let from = |least: u8| (bytes & (EACH * 0x1f)) + EACH * u64::from(0x80 - least);
    from(1) & !from(27) & (bytes << 1) & !bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_words_end_otherwise() {
        let known = include_str!("../../../README.md").split_ascii_whitespace().filter(|word| {
            let ending = ending(word.as_bytes());
            ending.key || ending.thing
        });
        let words = include_str!("../../../README.md").split_ascii_whitespace().count();
        assert!(known.count() * 10 < words);
    }

    #[test]
    fn a_key_may_be_the_same_whenever_it_is_asked_about() {
        let mut endings = Endings::default();
        for key in ["", "Bucket", "Bucket", "x", "Bucket", "TheQueueUrl", "AQueueUrl", "db", "a_db", ""] {
            assert_eq!(endings.of(key.as_bytes()), ending(key.as_bytes()), "{key}");
        }
    }

    #[test]
    fn letters_of_a_number_are_those_of_its_bytes() {
        for b in 0..=u8::MAX {
            let bytes = [b, b'a', b, b'Z', b'[', b, b'9', b];
            let expected = bytes.map(|b| u8::from(b.is_ascii_alphabetic()) << 7);
            assert_eq!(letters(u64::from_le_bytes(bytes)) & (EACH << 7), u64::from_le_bytes(expected), "{b}");
        }
    }
}
