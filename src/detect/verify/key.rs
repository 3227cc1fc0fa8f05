//! What the catalogue says of a word that may be a key.

use super::end_map::EndMap;
use super::ends::{ending, Ends};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{
    Form, ATTRIBUTES, COMMANDS, EVERYBODYS, ID_THINGS, KEYS, KEY_ENDS, KEY_WORDS, OTHER_THINGS, PAIRS, SPELLED, THINGS,
};
use foldhash::fast::FixedState;
use once_cell::sync::Lazy;
use std::collections::HashMap;

/// The longest key worth looking up.
pub const LONGEST_KEY: usize = 48;

/// The shortest end of a key that says what it is.
pub const SHORTEST_END: usize = 5;

/// The keys of the catalogue, ready to be asked.
struct Keys {
    /// By a key in lower case and without separators.
    by_plain: HashMap<&'static [u8], OfPlain, FixedState>,
    /// By a word as it is spelled.
    by_spelled: HashMap<&'static [u8], OfSpelled, FixedState>,
    by_end: EndMap<(Kind, Form), SHORTEST_END>,
    /// The same of ends that are words, and how long these are.
    by_last_words: EndMap<(usize, (Kind, Form)), SHORTEST_END>,
    /// What flags mean to services, by a flag in lower case and without separators.
    by_flag: HashMap<&'static [u8], Vec<(&'static str, Kind)>, FixedState>,
    ends: Ends,
}

/// What is said of a key, however it is spelled.
#[derive(Clone, Copy, Default)]
struct OfPlain {
    promise: Option<(Kind, Form)>,
    /// The thing that it names in that thing's own block.
    names: Option<Kind>,
    is_everybodys: bool,
}

/// What is said of a word that is spelled so.
#[derive(Clone, Copy, Default)]
struct OfSpelled {
    promise: Option<(Kind, Form)>,
    gives: Option<Gives>,
    pair: Option<&'static (&'static str, &'static str)>,
    is_value: bool,
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
    let mut by_spelled: HashMap<_, OfSpelled, _> = HashMap::default();
    let mut spelled =
        |word: &'static str, say: &dyn Fn(&mut OfSpelled)| say(by_spelled.entry(word.as_bytes()).or_default());
    for (gives, words) in &GIVING {
        words.iter().for_each(|word| spelled(word, &|said| said.gives = Some(*gives)));
    }
    SPELLED.iter().for_each(|row| spelled(row.0, &|said| said.promise = Some((row.1, row.2))));
    PAIRS.iter().rev().for_each(|pair| spelled(pair.0, &|said| said.pair = Some(pair)));
    PAIRS.iter().for_each(|pair| spelled(pair.1, &|said| said.is_value = true));
    for (kind, words) in THINGS.iter().chain(ID_THINGS) {
        words.iter().for_each(|word| spelled(word, &|said| said.thing = Some(Some(*kind))));
    }
    OTHER_THINGS.iter().for_each(|word| spelled(word, &|said| said.thing = Some(None)));
    let by_end = KEY_ENDS.iter().map(|row| (row.0, (row.1, row.2))).collect();
    let by_last_words = KEY_WORDS.iter().map(|row| (row.0, (row.0.len(), (row.1, row.2)))).collect();
    let mut by_flag: HashMap<_, Vec<_>, _> = HashMap::default();
    COMMANDS.iter().for_each(|row| by_flag.entry(row.1.as_bytes()).or_default().push((row.0, row.2)));
    Keys { by_plain, by_spelled, by_end, by_last_words, by_flag, ends: Ends::of_catalogue() }
});

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
    /// The name of what it refers to.
    Reference,
}

/// The keys that do, as they are spelled.
pub(super) const GIVING: [(Gives, &[&str]); 6] = [
    (Gives::Name, &["name", "Name", "Names", "name_prefix"]),
    (Gives::Id, &["id", "Id"]),
    (Gives::Type, &["kind", "type", "Type"]),
    (Gives::Properties, &["attributes"]),
    (Gives::Source, &["eventSource"]),
    (Gives::Reference, &["key"]),
];

/// The ends of the catalogue's words, for who asks for many.
pub fn ends() -> &'static Ends {
    &ALL.ends
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

    /// What the key means as a flag to services, with a plural `s` or without.
    fn of_commands(&self) -> Option<&'static [(&'static str, Kind)]> {
        self.singulars().find_map(|flag| ALL.by_flag.get(flag)).map(Vec::as_slice)
    }

    /// What the end of the key promises, which is spelled so.
    fn promise_of_end(&self, spelled: &[u8]) -> Option<(Kind, Form)> {
        let key = self.singulars().last()?;
        let is_plural = key.len() < self.length;
        let of_words = || {
            let (length, promised) = ALL.by_last_words.get(key)?;
            begins_word(spelled, length + usize::from(is_plural)).then_some(*promised)
        };
        ALL.by_end.get(key).copied().or_else(of_words)
    }
}

/// What the value under `key` promises to be.
pub fn promise(key: &[u8]) -> Option<(Kind, Form)> {
    Said::of_key(key).promise(None)
}

/// The same where there is no doubt that it is a name.
pub fn sure_promise(key: &[u8]) -> Option<(Kind, Form)> {
    promise(key).map(|promised| match promised {
        (kind, Form::Telling | Form::Quoted) => (kind, Form::Name),
        promised => promised,
    })
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
    /// What it means as a flag to the services to which it means something else.
    by_command: Option<&'static [(&'static str, Kind)]>,
    /// What it gives of the thing it stands in.
    pub gives: Option<Gives>,
    /// The row of [`PAIRS`] whose first key it is.
    pub pair: Option<&'static (&'static str, &'static str)>,
    /// Whether it is the second key of one of them.
    pub is_value: bool,
    /// What has its name under `name`: `aws_sqs_queue`, `AWS::SQS::Queue`, `Buckets`; inside, `None` for a thing that is
    /// none of ours.
    pub thing: Option<Option<Kind>>,
}

impl Said {
    /// Nothing is said of a word that ends like none of the catalogue's, or is longer than [`LONGEST_KEY`].
    pub(super) fn of(word: &[u8]) -> Said {
        let ending = ending(word);
        let spelled = if ending.key || ending.thing { ALL.by_spelled.get(word) } else { None };
        let OfSpelled { promise, gives, pair, is_value, thing } = spelled.copied().unwrap_or_default();
        let said = Said::of_key(word);
        Said { promise: promise.or(said.promise), gives, pair, is_value, thing, ..said }
    }

    /// What is said of it whatever case and separators it is spelled with.
    fn of_key(word: &[u8]) -> Said {
        let plain = if ending(word).key { Plain::of(word) } else { None };
        let Some(plain) = plain else { return Said::default() };
        let [own, singular] = plain.said();
        let promise = own.promise.or(singular.promise).or_else(|| plain.promise_of_end(word));
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
            by_command: plain.of_commands(),
            ..Said::default()
        }
    }

    /// Whether what it promises may be something else in the block of a thing.
    pub fn hangs_on_thing(&self) -> bool {
        self.names.is_some() || matches!(self.promise, Some((_, Form::Cased)))
    }

    /// Whether as a flag it may mean something else, by the command it is given to.
    #[inline(always)]
    pub fn hangs_on_command(&self) -> bool {
        self.by_command.is_some()
    }

    /// What the CLI's `service` means by it as a flag.
    pub fn of_command(&self, service: &[u8]) -> Option<Kind> {
        self.by_command?.iter().find(|row| row.0.as_bytes() == service).map(|row| row.1)
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

/// Whether the last so many letters and digits of a key are words of their own: `queue_name` in `payrun_queue_name`.
fn begins_word(key: &[u8], letters: usize) -> bool {
    let mut of_letters = key.iter().enumerate().rev().filter(|(_, b)| b.is_ascii_alphanumeric());
    let Some((start, first)) = of_letters.nth(letters - 1) else { return false };
    let before = start.checked_sub(1).map(|before| key[before]);
    first.is_ascii_uppercase() && before.is_none_or(|before| !before.is_ascii_uppercase())
        || before.is_none_or(|before| !before.is_ascii_alphanumeric())
}

/// `UserName`, `userName`, `user-name`, `DBName`, but not `username`, `Username`, `user_name` or `USERNAME`.
fn has_inner_boundary(key: &[u8]) -> bool {
    let parts = |pair: &[u8]| (pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()) || pair[1] == b'-';
    let upper = |b: &u8| b.is_ascii_uppercase();
    let ends_short = |three: &[u8]| three[..2].iter().all(upper) && three[2].is_ascii_lowercase();
    key.windows(2).any(parts) || key.windows(3).any(ends_short)
}

/// `AWS_SECRET_KEY=…`, `BUCKET_NAME=…`: an environment variable, whose value needs no quotes.
pub fn is_environment(key: &[u8]) -> bool {
    key.len() > 3 && key.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::verify::ends::Ending;

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
            // Behind another byte no key is looked for.
            let mut words = ALL.by_plain.keys().chain(ALL.by_spelled.keys());
            assert!(words.all(|word| word.last().is_some_and(u8::is_ascii_alphanumeric)));
            // No key begins with a digit.
            assert!(ALL.by_plain.keys().all(|key| key[0].is_ascii_lowercase()));
        }
        for spelled in ["DBInstanceIdentifier", "db_instance_identifiers", "DB-INSTANCE-IDENTIFIER", "Table"] {
            assert!(ending(spelled.as_bytes()).key, "{spelled}");
        }
    }
}
