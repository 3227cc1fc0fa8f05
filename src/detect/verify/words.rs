//! The words of one body: it repeats them, so what the catalogue says of the last ones is remembered.

use super::ends::number;
use super::key::{Said, LONGEST_KEY};
use super::{mixed, these};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// What the catalogue says of the words of one body, which repeats them: the last ones are remembered.
#[derive(Debug)]
pub struct Words {
    remembered: Vec<Remembered>,
    /// The index of a word by its [`Words::id`].
    indices: HashMap<u64, u8, FixedState>,
    /// The indices of the two keys that a text ended with last, by what it ends with: keys of one place do not drive each other out.
    places: [[u8; 2]; Words::PLACES],
}

impl Default for Words {
    fn default() -> Words {
        Words { remembered: Vec::new(), indices: HashMap::default(), places: [[Words::NONE; 2]; Words::PLACES] }
    }
}

/// What a word goes further back over.
static GOES_BACK: [bool; 256] = these(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

/// As many bytes as are compared at once.
const TAIL: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Remembered {
    word: [u8; LONGEST_KEY],
    length: usize,
    /// Its last eight bytes, by which most others differ.
    number: u64,
    /// Its last bytes as a number, and which bits of that are its own.
    tail: (u128, u128),
    /// Whether it was read as a key in front of its value.
    is_key: bool,
    said: Said,
}

/// The empty word, of which nothing is said.
impl Default for Remembered {
    fn default() -> Remembered {
        Remembered { word: [0; LONGEST_KEY], length: 0, number: 0, tail: (0, 0), is_key: false, said: Said::default() }
    }
}

impl Remembered {
    fn is(&self, word: &[u8]) -> bool {
        self.is_numbered(word, number(word))
    }

    /// The same of a word whose number is known.
    #[inline]
    fn is_numbered(&self, word: &[u8], number: u64) -> bool {
        let (length, is_short) = (word.len(), word.len() <= size_of::<u64>());
        self.length == length && self.number == number && (is_short || self.word[..length] == *word)
    }

    /// What stands in front of the word, if `text` ends with it. Most keys are short and compared as one number.
    fn before<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let (before, word) = text.split_at(text.len().checked_sub(self.length)?);
        let is_end = match text.last_chunk::<TAIL>() {
            Some(last) => {
                let (tail, mask) = self.tail;
                let front = self.length.saturating_sub(TAIL);
                (u128::from_le_bytes(*last) ^ tail) & mask == 0 && (front == 0 || word[..front] == self.word[..front])
            }
            None => self.is(word),
        };
        is_end.then_some(before)
    }

    /// Becomes another word, not longer than [`LONGEST_KEY`].
    fn read(&mut self, word: &[u8]) {
        self.word[..word.len()].copy_from_slice(word);
        let mut tail = [0; TAIL];
        let front = word.len().saturating_sub(TAIL);
        let own = word.len() - front;
        tail[TAIL - own..].copy_from_slice(&word[front..]);
        let others = 8 * (TAIL - own) as u32;
        self.tail = (u128::from_le_bytes(tail), u128::MAX.checked_shl(others).unwrap_or(0));
        (self.length, self.number) = (word.len(), number(word));
        (self.is_key, self.said) = (false, Said::of(word));
    }
}

impl Words {
    /// How many are remembered.
    const MOST: usize = 128;
    const PLACES: usize = 256;
    /// In a place that nothing is in.
    const NONE: u8 = u8::MAX;

    /// What the catalogue says of a word that is no key in front of a separator.
    pub fn said(&mut self, word: &[u8]) -> Said {
        if word.len() > LONGEST_KEY {
            return Said::default();
        }
        let index = self.remember(word);
        self.remembered[index].said
    }

    /// The key that `text` ends with and what the catalogue says of it. `start` gives where it starts, not further back than a key
    /// may; it is only asked about a key that is none of the last ones, or where what is in front may belong to it.
    pub fn key(&mut self, text: &[u8], least: usize, start: impl FnOnce() -> usize) -> (usize, Said) {
        // What is said is read in one place: a copy that comes from one of two is made of parts, which the processor waits for.
        let place = Words::place(number(text));
        let (start, index) = self.recent(text, place).filter(|recent| recent.0 >= least).unwrap_or_else(|| {
            let start = start();
            let index = self.remember(&text[start..]);
            self.remembered[index].is_key = true;
            self.places[place] = [index as u8, self.places[place][0]];
            (start, index)
        });
        (start, self.remembered[index].said)
    }

    /// Where the key starts that `text` ends with, and its index, if it is one of the last two of its place, and begins where no other
    /// reading of what is in front of it is possible.
    #[inline(always)]
    fn recent(&self, text: &[u8], place: usize) -> Option<(usize, usize)> {
        let [last, other] = self.places[place];
        let (index, before) = self.ended_by(text, last).or_else(|| self.ended_by(text, other))?;
        let goes_back = match before {
            [.., b':'] => before.ends_with(b"::") && text.get(before.len()).is_some_and(u8::is_ascii_uppercase),
            // The letter of an escape is no part of a key, in front of it or as its first.
            [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f'] => false,
            [.., b'\\'] => matches!(text.get(before.len()), Some(b'n' | b't' | b'r' | b'b' | b'f')),
            [.., b] => GOES_BACK[usize::from(*b)],
            [] => false,
        };
        (!goes_back).then_some((before.len(), index))
    }

    /// What stands in front of the key of that index, if `text` ends with it, and the index.
    #[inline(always)]
    fn ended_by<'t>(&self, text: &'t [u8], index: u8) -> Option<(usize, &'t [u8])> {
        let index = usize::from(index);
        let key = self.remembered.get(index).filter(|recent| recent.is_key)?;
        Some((index, key.before(text)?))
    }

    /// The index of a word that is not longer than [`LONGEST_KEY`], which is remembered from now on.
    fn remember(&mut self, word: &[u8]) -> usize {
        let number = number(word);
        let index = self.indices.get(&Words::id(word, number)).map(|index| usize::from(*index));
        match index {
            Some(index) if self.remembered[index].is_numbered(word, number) => index,
            _ => self.read(word, number, index),
        }
    }

    /// Reads a word in place of another one, or as one more. If there are too many, all are forgotten: so words never keep driving each
    /// other out.
    #[inline(never)]
    fn read(&mut self, word: &[u8], number: u64, index: Option<usize>) -> usize {
        if index.is_none() && self.remembered.len() == Words::MOST {
            *self = Words::default();
        }
        let index = index.unwrap_or_else(|| {
            self.remembered.push(Remembered::default());
            self.remembered.len() - 1
        });
        self.indices.insert(Words::id(word, number), index as u8);
        self.remembered[index].read(word);
        index
    }

    /// The [`number`] of a short word and its length as one number, the hash of a longer one.
    fn id(word: &[u8], number: u64) -> u64 {
        match word.len() {
            length @ 0..=8 => number ^ length as u64,
            _ => FixedState::default().hash_one(word),
        }
    }

    /// The place of what a text ends with by the [`number`] of that.
    fn place(number: u64) -> usize {
        (mixed(number) >> (u64::BITS - Words::PLACES.ilog2())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_words_as_there_is_room_for_are_remembered_together() {
        let mut words = Words::default();
        let known: Vec<String> = (0..Words::MOST).map(|n| format!("{n}")).collect();
        for word in known.iter().chain(&known) {
            words.key(word.as_bytes(), 0, || 0);
        }
        assert_eq!(words.remembered.len(), known.len());
        assert!(known.iter().zip(&words.remembered).all(|(word, known)| known.is(word.as_bytes())));
        // One more, and it is the only one.
        words.said(b"Bucket");
        assert_eq!(words.remembered.len(), 1);
    }

    #[test]
    fn words_that_end_alike_are_remembered_together() {
        let mut words = Words::default();
        let alike: [&[u8]; 3] = [b"p-p-0-role", b"j-p-0-role", b"a-0-p-0-role"];
        for word in alike.iter().chain(&alike) {
            words.said(word);
        }
        assert_eq!(words.remembered.len(), alike.len());
    }

    #[test]
    fn what_is_said_of_a_word_does_not_hang_on_others_that_end_alike() {
        let mut words = Words::default();
        for word in ["my_table_name", "a_table_name", "bytablename", "mytablename", "table_name", "cstable_name"] {
            for _ in 0..2 {
                let alone = Said::of(word.as_bytes()).promise(None);
                assert_eq!(words.said(word.as_bytes()).promise(None), alone, "{word}");
                assert_eq!(words.key(word.as_bytes(), 0, || 0).1.promise(None), alone, "{word}");
            }
        }
    }

    #[test]
    fn a_key_is_known_again_behind_a_backslash_that_is_not_its_own() {
        let mut words = Words::default();
        let mut asked_about = |text: &str, start| {
            let mut is_asked = false;
            let (found, _) = words.key(text.as_bytes(), 0, || {
                is_asked = true;
                start
            });
            assert_eq!(found, start, "{text}");
            is_asked
        };
        for (text, start) in
            [(r"some text\id", 10), (r"some tex\\id", 10), (r"some tex\nid", 10), (r"some text\tag", 11)]
        {
            asked_about(text, start);
            assert!(!asked_about(text, start), "{text}");
        }
    }

    #[test]
    fn a_word_is_found_in_front_of_its_separator() {
        let long = "AVeryLongKeyOfMoreThanSixteenLetters";
        for (text, word) in [("x\"Name", "Name"), ("Name", "Name"), ("some text, Table", "Table"), (long, long)] {
            let mut remembered = Remembered::default();
            remembered.read(word.as_bytes());
            let before = &text.as_bytes()[..text.len() - word.len()];
            assert_eq!(remembered.before(text.as_bytes()), Some(before), "{text}");
            let other = format!("{text}x");
            assert_eq!(remembered.before(other.as_bytes()), None, "{other}");
            assert_eq!(remembered.before(&word.as_bytes()[1..]), None, "{word}");
        }
        let mut remembered = Remembered::default();
        remembered.read(long.as_bytes());
        assert_eq!(remembered.before(long.replace("Very", "very").as_bytes()), None);
    }
}
