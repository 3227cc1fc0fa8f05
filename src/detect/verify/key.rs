//! What the catalogue says of a word that may be a key.

use super::end_map::EndMap;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{
    Form, ATTRIBUTES, COMMANDS, EVERYBODYS, ID_THINGS, KEYS, KEY_ENDS, OBJECTS, OTHER_THINGS, PAIRS, REQUESTS, THINGS,
};
use foldhash::fast::FixedState;
use once_cell::sync::Lazy;
use std::collections::HashMap;
use std::ops::Range;

/// The longest key worth looking up.
pub const LONGEST_KEY: usize = 48;

/// The keys of the catalogue, ready to be asked.
struct Keys {
    /// By a key in lower case and without separators.
    by_plain: HashMap<&'static [u8], OfPlain, FixedState>,
    /// By a word as it is spelled.
    by_spelled: HashMap<&'static [u8], OfSpelled, FixedState>,
    by_end: EndMap<(Kind, Form), 6>,
    ends: Ends,
}

/// What is said of a key, however it is spelled.
#[derive(Clone, Copy, Default)]
struct OfPlain {
    promise: Option<(Kind, Form)>,
    /// The thing that it names in that thing's own block.
    names: Option<Kind>,
    is_everybodys: bool,
    /// Whether as a flag it may mean what its command says.
    is_flag: bool,
}

/// What is said of a word that is spelled so.
#[derive(Clone, Copy, Default)]
struct OfSpelled {
    gives: Option<Gives>,
    pair: Option<&'static (&'static str, &'static str)>,
    thing: Option<Option<Kind>>,
}

static ALL: Lazy<Keys> = Lazy::new(|| {
    let mut by_plain: HashMap<_, OfPlain, _> = HashMap::default();
    let mut plain = |word: &'static str, say: &dyn Fn(&mut OfPlain)| say(by_plain.entry(word.as_bytes()).or_default());
    for (kind, form, names) in KEYS {
        names.iter().for_each(|name| plain(name, &|said| said.promise = Some((*kind, *form))));
    }
    ATTRIBUTES.iter().rev().for_each(|row| plain(row.0, &|said| said.names = Some(row.1)));
    EVERYBODYS.iter().for_each(|word| plain(word, &|said| said.is_everybodys = true));
    COMMANDS.iter().for_each(|row| plain(row.1, &|said| said.is_flag = true));
    let mut by_spelled: HashMap<_, OfSpelled, _> = HashMap::default();
    let mut spelled =
        |word: &'static str, say: &dyn Fn(&mut OfSpelled)| say(by_spelled.entry(word.as_bytes()).or_default());
    for (gives, words) in &GIVING {
        words.iter().for_each(|word| spelled(word, &|said| said.gives = Some(*gives)));
    }
    PAIRS.iter().rev().for_each(|pair| spelled(pair.0, &|said| said.pair = Some(pair)));
    for (kind, words) in THINGS.iter().chain(ID_THINGS) {
        words.iter().for_each(|word| spelled(word, &|said| said.thing = Some(Some(*kind))));
    }
    OTHER_THINGS.iter().for_each(|word| spelled(word, &|said| said.thing = Some(None)));
    let by_end = KEY_ENDS.iter().map(|row| (row.0, (row.1, row.2))).collect();
    Keys { by_plain, by_spelled, by_end, ends: Ends::of_catalogue() }
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
        let bit = end(number(text));
        let is_set = |words: u64| words >> (bit % 64) & 1 == 1;
        if !is_set(self.any[bit / 64]) {
            return Ending { key: false, thing: false };
        }
        let [keys, things] = self.roles[bit / 64];
        Ending { key: is_set(keys), thing: is_set(things) }
    }

    /// Those of the catalogue.
    fn of_catalogue() -> Ends {
        let keys = KEYS.iter().flat_map(|row| row.2).copied();
        let keys = keys.chain(KEY_ENDS.iter().map(|row| row.0)).chain(COMMANDS.iter().map(|row| row.1));
        let keys = keys.chain(ATTRIBUTES.iter().map(|row| row.0)).chain(PAIRS.iter().flat_map(|row| [row.0, row.1]));
        let keys = keys.chain(GIVING.iter().flat_map(|row| row.1).copied()).chain([PROMPT]);
        let things = THINGS.iter().chain(ID_THINGS).flat_map(|row| row.1).chain(OTHER_THINGS).copied();
        let things = things.chain(OBJECTS.iter().flat_map(|row| row.1).copied()).chain(REQUESTS.iter().copied());
        let mut ends = Ends { any: [0; 1024], roles: [[0; 2]; 1024] };
        keys.for_each(|word| ends.add(word.as_bytes(), Ends::KEY));
        things.for_each(|word| ends.add(word.as_bytes(), Ends::THING));
        ends
    }

    fn add(&mut self, word: &[u8], role: usize) {
        let mut set = |end: usize| {
            self.any[end / 64] |= 1 << (end % 64);
            self.roles[end / 64][role] |= 1 << (end % 64);
        };
        for word in [word, &[word, b"s"].concat()] {
            // Wherever there is a separator in it, and whichever.
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

/// The last eight bytes of a word as a number, the last one highest; zeros in front of a shorter one.
#[inline]
fn number(word: &[u8]) -> u64 {
    match word.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => word.iter().fold(0, |number, b| number >> 8 | u64::from(*b) << 56),
    }
}

/// The bit of the end of a word: of its last six bytes if these are letters, else of as many as are. It is made of five bits of
/// each, which tell letters apart and not their case, mixed by a multiplication with the golden ratio. Those of six have a half
/// of the bits to themselves.
#[inline(always)]
fn end(last: u64) -> usize {
    let others = !letters(last) & (EACH << 7);
    let (read, half) = READ[others.leading_zeros() as usize / 8];
    let codes = last & read & (EACH * 0x1f);
    (codes.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 49) as usize | half
}

/// What of a word's last bytes is read, by how many of them are letters, and which half of the bits that has.
const READ: [(u64, usize); 9] = {
    let (two, three, four, six) = ((of_last(2), 0), (of_last(3), 0), (of_last(4), 0), (of_last(6), 1 << 15));
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

/// What a key gives of the thing that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Its name.
    Name,
    /// Its id.
    Id,
    /// Its type.
    Type,
    /// What else it has.
    Properties,
    /// The service of an event of CloudTrail.
    Source,
}

/// The keys that do, as they are spelled.
const GIVING: [(Gives, &[&str]); 5] = [
    (Gives::Name, &["name", "Name", "Names", "name_prefix"]),
    (Gives::Id, &["id", "Id"]),
    (Gives::Type, &["type", "Type"]),
    (Gives::Properties, &["attributes"]),
    (Gives::Source, &["eventSource"]),
];

/// What the prompt of `aws configure` ends with.
const PROMPT: &str = "[None]";

/// The ends of the catalogue's words, for who asks for many.
pub fn ends() -> &'static Ends {
    &ALL.ends
}

/// What the word that `text` ends with may be.
#[inline(always)]
pub fn ending(text: &[u8]) -> Ending {
    ends().of(text)
}

/// A key in lower case and without separators.
struct Plain {
    /// One more than the longest has: a mark is written, too, and then written over.
    bytes: [u8; LONGEST_KEY + 1],
    length: usize,
}

impl Plain {
    /// `None` if it is too long for a key of the catalogue.
    fn of(key: &[u8]) -> Option<Plain> {
        if key.len() > LONGEST_KEY {
            return None;
        }
        let mut read = Plain { bytes: [0; LONGEST_KEY + 1], length: 0 };
        for b in key {
            let lower = LOWER[usize::from(*b)];
            read.bytes[read.length] = lower;
            read.length += usize::from(lower != 0);
        }
        Some(read)
    }

    /// The key, and the key without a plural `s`.
    fn singulars(&self) -> impl Iterator<Item = &[u8]> {
        let plain = &self.bytes[..self.length];
        [Some(plain), plain.strip_suffix(b"s")].into_iter().flatten()
    }

    /// What the catalogue says of the key itself, and of the key without a plural `s`.
    fn said(&self) -> [OfPlain; 2] {
        let of = |key: Option<&[u8]>| key.and_then(|key| ALL.by_plain.get(key)).copied().unwrap_or_default();
        let plain = &self.bytes[..self.length];
        [of(Some(plain)), of(plain.strip_suffix(b"s"))]
    }

    /// What the end of the key promises.
    fn promise_of_end(&self) -> Option<(Kind, Form)> {
        ALL.by_end.get(self.singulars().last()?).copied()
    }
}

/// What the value under `key` promises to be.
pub fn promise(key: &[u8]) -> Option<(Kind, Form)> {
    Said::of_key(key).promise(None)
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
    /// What it gives of the thing it stands in.
    pub gives: Option<Gives>,
    /// The row of [`PAIRS`] whose first key it is.
    pub pair: Option<&'static (&'static str, &'static str)>,
    /// What has its name under `name`: `aws_sqs_queue`, `AWS::SQS::Queue`, `Buckets`; inside, `None` for a thing that is
    /// none of ours.
    pub thing: Option<Option<Kind>>,
}

impl Said {
    /// Nothing is said of a word that ends like none of the catalogue's, or is longer than [`LONGEST_KEY`].
    fn of(word: &[u8]) -> Said {
        let ending = ending(word);
        let spelled = if ending.key || ending.thing { ALL.by_spelled.get(word) } else { None };
        let OfSpelled { gives, pair, thing } = spelled.copied().unwrap_or_default();
        Said { gives, pair, thing, ..Said::of_key(word) }
    }

    /// What is said of it whatever case and separators it is spelled with.
    fn of_key(word: &[u8]) -> Said {
        let plain = if ending(word).key { Plain::of(word) } else { None };
        let Some(plain) = plain else { return Said::default() };
        let [own, singular] = plain.said();
        let promise = own.promise.or(singular.promise).or_else(|| plain.promise_of_end());
        let is_cased = matches!(promise, Some((_, Form::Cased)));
        Said {
            promise,
            names: own.names,
            has_inner_boundary: is_cased && has_inner_boundary(word),
            is_two_words: is_cased
                && !word.starts_with(b"_")
                && word.contains(&b'_')
                && !own.is_everybodys
                && !singular.is_everybodys,
            by_command: own.is_flag || singular.is_flag,
            ..Said::default()
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
    /// Which of the other places of a set was used last.
    turn: usize,
}

impl Default for Words {
    fn default() -> Words {
        Words { remembered: Vec::new(), places: [Words::NONE; Words::PLACES], turn: 0 }
    }
}

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
        let before = recent.before(text)?;
        let goes_back = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'\\');
        (!before.last().is_some_and(goes_back)).then_some((before.len(), recent.said))
    }

    /// What the catalogue says of a word, which is in one of its places from now on.
    fn remember(&mut self, place: usize, word: &[u8], is_key: bool) -> Said {
        if word.len() > LONGEST_KEY {
            return Said::default();
        }
        let number = number(word);
        let is = |index: &usize| self.remembered.get(*index).is_some_and(|known| known.is_numbered(word, number));
        let known = Words::set(place).map(|place| usize::from(self.places[place])).into_iter().find(is);
        let index = known.unwrap_or_else(|| self.make_room(place));
        let remembered = &mut self.remembered[index];
        if known.is_none() {
            remembered.read(word);
        }
        remembered.is_key |= is_key;
        remembered.said
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

    /// The places in which a word of that place may be. Words that end alike have the same, as a key that is read in a text
    /// and in a decoded word of it.
    fn set(place: usize) -> [usize; 4] {
        [place, place ^ 1, place ^ 2, place ^ 3]
    }

    /// The place of what a text ends with: its last eight bytes, mixed by a multiplication with the golden ratio.
    fn place(text: &[u8]) -> usize {
        (number(text).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % Words::PLACES
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
    word.iter().map(|b| LOWER[usize::from(*b)]).filter(|lower| *lower != 0)
}

/// Each letter and digit in lower case; 0 for what is neither.
static LOWER: [u8; 256] = {
    let mut lower = [0; 256];
    let mut b = 0;
    while b < lower.len() {
        if (b as u8).is_ascii_alphanumeric() {
            lower[b] = (b as u8).to_ascii_lowercase();
        }
        b += 1;
    }
    lower
};

/// What the CLI's `service` means by the flag `key`.
pub fn command(key: &[u8], service: &[u8]) -> Option<Kind> {
    let key = Plain::of(key)?;
    let is = |flag: &str| key.singulars().any(|key| key == flag.as_bytes());
    COMMANDS.iter().find(|row| row.0.as_bytes() == service && is(row.1)).map(|row| row.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_every_word_is_known_wherever_it_stands() {
        for before in ["", " ", "\"", "--", r"\n", r"\\t", "한", "a.long.path/"] {
            let ending = |word: &[u8]| ending(&[before.as_bytes(), word].concat());
            assert!(ALL.by_plain.keys().all(|key| ending(key).key), "{before:?}");
            let is = |said: &OfSpelled, ending: Ending| match said.thing {
                Some(_) => ending.thing,
                None => ending.key,
            };
            assert!(ALL.by_spelled.iter().all(|(word, said)| is(said, ending(word))), "{before:?}");
            assert!(ALL.by_spelled.keys().all(|word| word.len() <= LONGEST_KEY));
        }
        for spelled in ["DBInstanceIdentifier", "db_instance_identifiers", "DB-INSTANCE-IDENTIFIER", "Table"] {
            assert!(ending(spelled.as_bytes()).key, "{spelled}");
        }
    }

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
    fn letters_of_a_number_are_those_of_its_bytes() {
        for b in 0..=u8::MAX {
            let bytes = [b, b'a', b, b'Z', b'[', b, b'9', b];
            let expected = bytes.map(|b| u8::from(b.is_ascii_alphabetic()) << 7);
            assert_eq!(letters(u64::from_le_bytes(bytes)) & (EACH << 7), u64::from_le_bytes(expected), "{b}");
        }
    }

    #[test]
    fn words_of_one_set_are_remembered_together() {
        let mut words = Words::default();
        let of_a_set =
            |place: usize| (0..).map(|n| format!("{n:08}")).filter(move |word| Words::place(word.as_bytes()) == place);
        let four: Vec<String> = (0..4).filter_map(|place| of_a_set(place).next()).collect();
        for word in four.iter().cycle().take(40) {
            words.said(word.as_bytes());
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
