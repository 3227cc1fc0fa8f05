//! What the catalogue says of a word that may be a key.

use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{
    Form, ATTRIBUTES, COMMANDS, EVERYBODYS, ID_THINGS, KEYS, KEY_ENDS, OBJECTS, OTHER_THINGS, PAIRS, REQUESTS, THINGS,
};
use foldhash::fast::FixedState;
use once_cell::sync::Lazy;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The longest key worth looking up.
pub const LONGEST_KEY: usize = 48;

/// The keys of the catalogue, ready to be asked.
struct Keys {
    by_key: HashMap<&'static [u8], (Kind, Form), FixedState>,
    /// What has its name under `name`; `None` if that is nothing of ours.
    things: HashMap<&'static [u8], Option<Kind>, FixedState>,
    /// The flags that mean what their command says.
    flags: HashSet<&'static [u8], FixedState>,
    ends: Ends,
}

static ALL: Lazy<Keys> = Lazy::new(|| {
    let keys =
        || KEYS.iter().flat_map(|(kind, form, names)| names.iter().map(|name| (name.as_bytes(), (*kind, *form))));
    let of_ours = || THINGS.iter().chain(ID_THINGS);
    let ours = || of_ours().flat_map(|(kind, things)| things.iter().map(|thing| (thing.as_bytes(), Some(*kind))));
    let things = || ours().chain(OTHER_THINGS.iter().map(|thing| (thing.as_bytes(), None)));
    let others = KEY_ENDS.iter().map(|row| row.0).chain(COMMANDS.iter().map(|row| row.1));
    let others = others.chain(ATTRIBUTES.iter().map(|row| row.0));
    let others = others.chain(PAIRS.iter().flat_map(|row| [row.0, row.1]));
    let others = others.chain(ABOUT_THINGS.iter().copied()).map(str::as_bytes);
    let mut ends = Ends { pairs: [[0; 2]; 16], threes: [[0; 2]; 512], fours: [[0; 2]; 512] };
    keys().map(|row| row.0).chain(others).for_each(|word| ends.add(word, Ends::KEY));
    things().for_each(|row| ends.add(row.0, Ends::THING));
    let objects = OBJECTS.iter().flat_map(|row| row.1).chain(REQUESTS);
    objects.for_each(|word| ends.add(word.as_bytes(), Ends::THING));
    debug_assert!(things().all(|row| row.0.len() <= LONGEST_KEY));
    let flags = COMMANDS.iter().map(|row| row.1.as_bytes()).collect();
    Keys { by_key: keys().collect(), things: things().collect(), flags, ends }
});

/// What a word may be, by how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// A key, or a word about a thing.
    pub key: bool,
    /// What has its name under `name`.
    pub thing: bool,
}

/// What the words of the catalogue, and their plurals, end in. Most words of a text end in something else and cost no more.
/// Each table has two bits for an end: whether keys have it, and whether things have it.
struct Ends {
    /// The last two bytes, for words with a separator near their end.
    pairs: [[u64; 2]; 16],
    /// The last three, which are letters and digits.
    threes: [[u64; 2]; 512],
    /// The last four. There are more of these than bits, so that some share one.
    fours: [[u64; 2]; 512],
}

impl Ends {
    const KEY: usize = 0;
    const THING: usize = 1;

    #[inline(always)]
    fn of(&self, word: &[u8]) -> Ending {
        match word.last_chunk() {
            Some(last) if are_plain(last) => Ends::at(&self.fours, four(last)),
            _ => self.of_short(word),
        }
    }

    #[inline(never)]
    fn of_short(&self, word: &[u8]) -> Ending {
        match (word.last_chunk::<3>(), word.last_chunk::<2>()) {
            (Some(last), _) if are_plain(last) => Ends::at(&self.threes, letters(last)),
            (_, Some(last)) => Ends::at(&self.pairs, letters(last)),
            _ => Ending { key: false, thing: false },
        }
    }

    fn at(table: &[[u64; 2]], bit: usize) -> Ending {
        let is_set = |words: u64| words >> (bit % 64) & 1 == 1;
        let [keys, things] = table[bit / 64];
        Ending { key: is_set(keys), thing: is_set(things) }
    }

    fn add(&mut self, word: &[u8], role: usize) {
        let set = |table: &mut [[u64; 2]], bit: usize| table[bit / 64][role] |= 1 << (bit % 64);
        for word in [word, &[word, b"s"].concat()] {
            word.last_chunk::<2>().into_iter().for_each(|last| set(&mut self.pairs, letters(last)));
            // A key may be spelled with separators, which are no part of these.
            let plain: Vec<u8> = word.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
            plain.last_chunk::<3>().into_iter().for_each(|last| set(&mut self.threes, letters(last)));
            plain.last_chunk().into_iter().for_each(|last| set(&mut self.fours, four(last)));
        }
    }
}

/// What is set in the code of a byte that is no letter or digit.
const OTHER: u8 = 32;

/// Five bits of every byte, which tell letters apart and not their case, and [`OTHER`].
static CODES: [u8; 256] = {
    let mut codes = [0; 256];
    let mut b = 0;
    while b < codes.len() {
        let other = if (b as u8).is_ascii_alphanumeric() { 0 } else { OTHER };
        codes[b] = b as u8 % 32 + other;
        b += 1;
    }
    codes
};

/// Whether all bytes are letters and digits.
fn are_plain<const COUNT: usize>(bytes: &[u8; COUNT]) -> bool {
    bytes.iter().fold(0, |codes, b| codes | CODES[usize::from(*b)]) & OTHER == 0
}

/// The bit of some bytes.
fn letters(last: &[u8]) -> usize {
    last.iter().fold(0, |bit, b| bit * 32 + usize::from(b % 32))
}

/// The bit of four bytes: five of each, mixed by a multiplication with the golden ratio.
fn four(last: &[u8; 4]) -> usize {
    (u32::from_le_bytes(*last) & 0x1f1f_1f1f).wrapping_mul(0x9e37_79b1) as usize >> 17
}

/// Other words that end a key worth reading: what gives a thing its name, id or type, and the prompt of `aws configure`.
const ABOUT_THINGS: &[&str] = &["name", "name_prefix", "family", "id", "type", "[None]", "eventsource"];

/// What the word that `text` ends with may be. Cheap, so that most colons and equals signs of a text cost no more.
#[inline(always)]
pub fn ending(text: &[u8]) -> Ending {
    ALL.ends.of(text)
}

/// A key in lower case and without separators.
struct Plain {
    bytes: [u8; LONGEST_KEY],
    length: usize,
}

impl Plain {
    /// `None` if it is too long for a key of the catalogue.
    fn of(key: &[u8]) -> Option<Plain> {
        if key.len() > LONGEST_KEY {
            return None;
        }
        let mut read = Plain { bytes: [0; LONGEST_KEY], length: 0 };
        for (place, b) in read.bytes.iter_mut().zip(plain(key)) {
            *place = b;
            read.length += 1;
        }
        Some(read)
    }

    /// The key, and the key without a plural `s`.
    fn singulars(&self) -> impl Iterator<Item = &[u8]> {
        let plain = &self.bytes[..self.length];
        [Some(plain), plain.strip_suffix(b"s")].into_iter().flatten()
    }

    fn is_everybodys(&self) -> bool {
        self.singulars().any(|key| EVERYBODYS.iter().any(|word| word.as_bytes() == key))
    }

    /// The thing of [`ATTRIBUTES`] that the key names.
    fn names(&self) -> Option<Kind> {
        ATTRIBUTES.iter().find(|row| row.0.as_bytes() == &self.bytes[..self.length]).map(|row| row.1)
    }

    fn promise(&self) -> Option<(Kind, Form)> {
        let known = self.singulars().find_map(|key| ALL.by_key.get(key));
        let singular = self.singulars().last()?;
        known.copied().or_else(|| {
            let end = KEY_ENDS.iter().find(|row| singular.ends_with(row.0.as_bytes()))?;
            Some((end.1, end.2))
        })
    }
}

/// What the value under `key` promises to be.
pub fn promise(key: &[u8]) -> Option<(Kind, Form)> {
    Said::of(key).promise(None)
}

/// What the catalogue says of a word.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said {
    promise: Option<(Kind, Form)>,
    /// The thing that it names in that thing's own block.
    names: Option<Kind>,
    /// Whether it is spelled as keys of several words are.
    has_inner_boundary: bool,
    /// Whether it is two words, and not everybody's.
    is_two_words: bool,
    /// Whether as a flag it may mean something else, by the command it is given to.
    pub by_command: bool,
    /// What has its name under `name`: `aws_sqs_queue`, `AWS::SQS::Queue`, `Buckets`; inside, `None` for a thing that is
    /// none of ours.
    pub thing: Option<Option<Kind>>,
}

impl Said {
    /// Nothing is said of a word that ends like none of the catalogue's, or is longer than [`LONGEST_KEY`].
    fn of(word: &[u8]) -> Said {
        let ending = ALL.ends.of(word);
        let plain = if ending.key { Plain::of(word) } else { None };
        let promise = plain.as_ref().and_then(Plain::promise);
        Said {
            promise,
            names: plain.as_ref().and_then(Plain::names),
            has_inner_boundary: promise.is_some() && has_inner_boundary(word),
            is_two_words: !word.starts_with(b"_")
                && word.contains(&b'_')
                && plain.as_ref().is_some_and(|plain| !plain.is_everybodys()),
            by_command: plain.is_some_and(|plain| plain.singulars().any(|flag| ALL.flags.contains(flag))),
            thing: if ending.thing { ALL.things.get(word).copied() } else { None },
        }
    }

    /// What the value under the word promises to be, in the block of a thing. There a key that says the thing's kind needs
    /// no more to be believed.
    pub fn promise(&self, thing: Option<Kind>) -> Option<(Kind, Form)> {
        if let Some(kind) = thing.filter(|_| thing == self.names) {
            return Some((kind, Form::Name));
        }
        match self.promise? {
            (kind, Form::Cased) if self.has_inner_boundary || thing == Some(kind) => Some((kind, Form::Name)),
            (kind, Form::Cased) if self.is_two_words => Some((kind, Form::Quoted)),
            (kind, Form::Cased) => Some((kind, Form::Telling)),
            promised => Some(promised),
        }
    }
}

/// What the catalogue says of the words of one body, which repeats them: the last ones are remembered.
#[derive(Debug)]
pub struct Words {
    remembered: Vec<Remembered>,
    /// Which of them is in each place; there are as many words as places that were asked about.
    places: [u8; Words::PLACES],
}

impl Default for Words {
    fn default() -> Words {
        Words { remembered: Vec::new(), places: [Words::NONE; Words::PLACES] }
    }
}

#[derive(Clone, Copy, Debug)]
struct Remembered {
    word: [u8; LONGEST_KEY],
    length: usize,
    /// Whether it was read as a key in front of its value.
    is_key: bool,
    said: Said,
}

/// The empty word, of which nothing is said.
impl Default for Remembered {
    fn default() -> Remembered {
        Remembered { word: [0; LONGEST_KEY], length: 0, is_key: false, said: Said::default() }
    }
}

impl Remembered {
    fn is(&self, word: &[u8]) -> bool {
        self.word[..self.length] == *word
    }

    /// Becomes another word, not longer than [`LONGEST_KEY`].
    fn read(&mut self, word: &[u8]) {
        self.word[..word.len()].copy_from_slice(word);
        (self.length, self.is_key, self.said) = (word.len(), false, Said::of(word));
    }
}

impl Words {
    /// How many are remembered, each in a place that it shares with others.
    const PLACES: usize = 128;
    /// In a place that nothing is in.
    const NONE: u8 = u8::MAX;

    /// What the catalogue says of a word that is no key in front of a separator.
    pub fn said(&mut self, word: &[u8]) -> Said {
        self.remember(Words::place(word), word, false)
    }

    /// What the catalogue says of the key at `key`.
    pub fn said_of_key(&mut self, text: &[u8], key: Range<usize>) -> Said {
        self.remember(Words::place(&text[..key.end]), &text[key], true)
    }

    /// The key that `text` ends with and what the catalogue says of it, if it is one of the last ones, and begins where no
    /// other reading of what is in front of it is possible.
    pub fn recent(&self, text: &[u8]) -> Option<(usize, Said)> {
        let recent =
            self.remembered.get(usize::from(self.places[Words::place(text)])).filter(|recent| recent.is_key)?;
        let before = text.strip_suffix(&recent.word[..recent.length])?;
        let goes_back = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'\\');
        (!before.last().is_some_and(goes_back)).then_some((before.len(), recent.said))
    }

    /// What the catalogue says of a word, which is in one of its places from now on.
    fn remember(&mut self, place: usize, word: &[u8], is_key: bool) -> Said {
        if word.len() > LONGEST_KEY {
            return Said::default();
        }
        let known = Words::set(place).map(|place| usize::from(self.places[place]));
        let known = known.into_iter().find(|index| self.remembered.get(*index).is_some_and(|known| known.is(word)));
        let index = known.unwrap_or_else(|| self.make_room(place));
        let remembered = &mut self.remembered[index];
        if known.is_none() {
            remembered.read(word);
        }
        remembered.is_key |= is_key;
        remembered.said
    }

    /// The index of a word in a place that may be forgotten. What was there goes to the next place of its set.
    fn make_room(&mut self, place: usize) -> usize {
        let [first, others @ ..] = Words::set(place);
        others.into_iter().for_each(|other| self.places.swap(first, other));
        let index = &mut self.places[place];
        if *index == Words::NONE {
            *index = self.remembered.len() as u8;
            self.remembered.push(Remembered::default());
        }
        usize::from(*index)
    }

    /// The places in which a word of that place may be. Words that end alike have the same, as a key that is read in a text
    /// and in a decoded word of it.
    fn set(place: usize) -> [usize; 4] {
        [place, place ^ 1, place ^ 2, place ^ 3]
    }

    /// The place of what a text ends with: its last eight bytes, mixed by a multiplication with the golden ratio.
    fn place(text: &[u8]) -> usize {
        let last = text
            .last_chunk()
            .map_or_else(|| u64::from(text.last().copied().unwrap_or(0)), |last| u64::from_le_bytes(*last));
        (last.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % Words::PLACES
    }
}

/// `UserName`, `userName`, `user-name`, `DBName`, but not `username`, `Username`, `user_name` or `USERNAME`.
fn has_inner_boundary(key: &[u8]) -> bool {
    let parts = |pair: &[u8]| (pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()) || pair[1] == b'-';
    let upper = |b: &u8| b.is_ascii_uppercase();
    let ends_short = |three: &[u8]| three[..2].iter().all(upper) && three[2].is_ascii_lowercase();
    key.windows(2).any(parts) || key.windows(3).any(ends_short)
}

/// Whether a value only says its key again: `table_name=table_name`, `"Bucket": "bucket"`.
pub fn same(value: &[u8], key: &[u8]) -> bool {
    value.len() <= LONGEST_KEY && plain(value).eq(plain(key))
}

/// The letters and digits of a word, in lower case.
fn plain(word: &[u8]) -> impl Iterator<Item = u8> + '_ {
    word.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase)
}

/// What the CLI's `service` means by the flag `key`.
pub fn command(key: &[u8], service: &[u8]) -> Option<Kind> {
    let key = Plain::of(key)?;
    let is = |flag: &str| key.singulars().any(|key| key == flag.as_bytes());
    COMMANDS.iter().find(|row| row.0.as_bytes() == service && is(row.1)).map(|row| row.2)
}
