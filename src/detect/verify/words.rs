//! The words of one body: it repeats them, so what the catalogue says of the last ones is remembered.

use super::ends::number;
use super::key::{Said, LONGEST_KEY};
use super::{mixed, these};

/// What the catalogue says of the words of one body, which repeats them: the last ones are remembered.
#[derive(Debug)]
pub struct Words {
    remembered: Vec<Remembered>,
    /// Which of them is in each place; there are as many words as places that were asked about.
    places: [u8; Words::PLACES],
    /// Which of the other places of a set was used last.
    turn: usize,
}

impl Default for Words {
    fn default() -> Words {
        Words { remembered: Vec::new(), places: [Words::NONE; Words::PLACES], turn: 0 }
    }
}

/// What a word goes further back over, or may.
static GOES_BACK: [bool; 256] = these(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-\\");

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
    /// How many are remembered, each in a place that it shares with others.
    const PLACES: usize = 128;
    /// In a place that nothing is in.
    const NONE: u8 = u8::MAX;

    /// What the catalogue says of a word that is no key in front of a separator.
    pub fn said(&mut self, word: &[u8]) -> Said {
        if word.len() > LONGEST_KEY {
            return Said::default();
        }
        // Longer ones that end alike are asked about together: `bucket name`, `the bucket name`.
        let number = number(word);
        let index = self.remember(Words::place(number ^ word.len() as u64), word, number);
        self.remembered[index].said
    }

    /// The key that `text` ends with and what the catalogue says of it. `start` gives where it starts, not further back than a key
    /// may; it is only asked about a key that is none of the last ones, or where what is in front may belong to it.
    pub fn key(&mut self, text: &[u8], least: usize, start: impl FnOnce() -> usize) -> (usize, Said) {
        // What is said is read in one place: a copy that comes from one of two is made of parts, which the processor waits for.
        let (start, index) = self.recent(text).filter(|recent| recent.0 >= least).unwrap_or_else(|| {
            let start = start();
            let word = &text[start..];
            let index = self.remember(Words::place(number(text)), word, number(word));
            self.remembered[index].is_key = true;
            (start, index)
        });
        (start, self.remembered[index].said)
    }

    /// Where the key starts that `text` ends with, and its index, if it is one of the last ones, and begins where no other
    /// reading of what is in front of it is possible.
    #[inline(always)]
    fn recent(&self, text: &[u8]) -> Option<(usize, usize)> {
        let index = usize::from(self.places[Words::place(number(text))]);
        let recent = self.remembered.get(index).filter(|recent| recent.is_key)?;
        let before = recent.before(text)?;
        let goes_back = match before {
            [.., b':'] => before.ends_with(b"::") && text.get(before.len()).is_some_and(u8::is_ascii_uppercase),
            [.., b] => GOES_BACK[usize::from(*b)],
            [] => false,
        };
        (!goes_back).then_some((before.len(), index))
    }

    /// The index of a word that is not longer than [`LONGEST_KEY`], which is in one of its places from now on.
    fn remember(&mut self, place: usize, word: &[u8], number: u64) -> usize {
        let is = |index: &usize| self.remembered.get(*index).is_some_and(|known| known.is_numbered(word, number));
        let known = Words::set(place).map(|place| usize::from(self.places[place])).into_iter().find(is);
        known.unwrap_or_else(|| {
            let index = self.make_room(place);
            self.remembered[index].read(word);
            index
        })
    }

    /// The index of a word in a place that may be forgotten. What was there goes to a free place of its set, or to that of one of
    /// the others in turn: so two words never keep driving each other out.
    fn make_room(&mut self, place: usize) -> usize {
        if self.places[place] != Words::NONE {
            let [_, others @ ..] = Words::set(place);
            let free = others.into_iter().find(|other| self.places[*other] == Words::NONE);
            self.turn = (self.turn + 1) % others.len();
            self.places.swap(place, free.unwrap_or(others[self.turn]));
        }
        let index = &mut self.places[place];
        if *index == Words::NONE {
            *index = self.remembered.len() as u8;
            self.remembered.push(Remembered::default());
        }
        usize::from(*index)
    }

    /// The places in which a word of that place may be. Words that end alike have the same.
    fn set(place: usize) -> [usize; 4] {
        [place, place ^ 1, place ^ 2, place ^ 3]
    }

    /// The place of what a text ends with by the [`number`] of that, mixed by a multiplication with the golden ratio.
    fn place(number: u64) -> usize {
        (mixed(number) >> 32) as usize % Words::PLACES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_set_are_remembered_together() {
        let mut words = Words::default();
        let of_a_set = |place: usize| {
            (0..).map(|n| format!("{n:08}")).filter(move |word| Words::place(number(word.as_bytes())) == place)
        };
        let four: Vec<String> = (0..4).filter_map(|place| of_a_set(place).next()).collect();
        for word in four.iter().cycle().take(40) {
            words.key(word.as_bytes(), 0, || 0);
        }
        assert_eq!(words.remembered.len(), four.len());
        assert!(four.iter().all(|word| words.remembered.iter().any(|known| known.is(word.as_bytes()))));
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
