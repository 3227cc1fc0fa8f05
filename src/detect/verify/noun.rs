//! What people call resources, in front of a name and behind it: `the S3 bucket`, `Rolle`, `버킷`.

use super::end_map::EndMap;
use super::sieve::Sieve;
use super::{is_alphanumeric, lower, lower_case, run, short, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::introducing_nouns;
use crate::detect::catalogue::prose::{
    ASIAN_NAMING, ASIAN_NOUNS, AWS_NOUNS, EUROPEAN_NOUNS, NOUNS, PATH_NOUNS, SERVICES,
};
use foldhash::fast::FixedState;
use once_cell::sync::Lazy;
use std::collections::HashMap;

/// What a noun says of the name beside it.
#[derive(Clone, Copy, Debug)]
pub struct Noun {
    pub length: usize,
    pub kind: Kind,
    pub of: Of,
    pub words: Words,
}

/// What a noun is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// One word: a service, or a thing of everyday.
    One,
    /// A thing of everyday and what it is for: `state machine`.
    Phrase,
    /// A service and what of it: `SNS topic`.
    OfService,
}

/// Of what language a noun is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Of AWS, in English or in what others take from it.
    Aws,
    /// A word that is not only AWS's.
    English,
    /// Of a language in which the sentence goes on with other words.
    European,
    /// Of one in which a hyphenated word of Latin letters is no adjective.
    Asian,
}

/// The length of the shortest noun.
pub const SHORTEST: usize = "alb".len();
/// No noun is longer.
pub const LONGEST: usize = 40;

/// The nouns in front of a name.
static BY_END: Lazy<EndMap<Noun, SHORTEST>> = Lazy::new(|| nouns().collect());

/// Those for things whose names are paths, and what only a path tells.
static OF_PATHS: Lazy<EndMap<Noun, SHORTEST>> = Lazy::new(|| {
    let have_paths =
        nouns().filter(|(_, noun)| matches!(noun.kind, Kind::Ecr | Kind::LogGroup | Kind::Parameter | Kind::Secret));
    let others = PATH_NOUNS.iter().map(|(words, kind)| Noun::row(words, *kind, Of::English));
    have_paths.chain(others).collect()
});

/// The nouns in front of a name in lower case.
fn nouns() -> impl Iterator<Item = (String, Noun)> {
    // Without a word behind it what is English is said by that.
    let named = |words: &&str, naming: &&str| !words.is_ascii() || !naming.is_ascii();
    let asian = ASIAN_NOUNS.iter().flat_map(move |(words, kind)| {
        let naming = ASIAN_NAMING.iter().filter(move |naming| named(words, naming));
        naming.map(move |naming| Noun::row(&[*words, *naming].concat(), *kind, Of::Asian))
    });
    let europeans = EUROPEAN_NOUNS.iter().map(|(words, kind)| Noun::row(words, *kind, Of::European));
    europeans.chain(english()).chain(asian)
}

impl Noun {
    /// A row of a table of nouns in lower case.
    fn row(spelled: &str, kind: Kind, of: Of) -> (String, Noun) {
        let words = match spelled {
            _ if !spelled.contains(' ') => Words::One,
            _ if spelled.bytes().any(|b| b.is_ascii_uppercase()) => Words::OfService,
            _ => Words::Phrase,
        };
        (spelled.to_ascii_lowercase(), Noun { length: spelled.len(), kind, of, words })
    }
}

/// The English nouns in lower case.
fn english() -> impl Iterator<Item = (String, Noun)> {
    let aws = introducing_nouns().chain(AWS_NOUNS.iter().copied()).map(|(words, kind)| (words, kind, Of::Aws));
    let others = NOUNS.iter().map(|(words, kind)| (*words, *kind, Of::English));
    aws.chain(others).map(|(words, kind, of)| Noun::row(words, kind, of))
}

/// The same, for those behind a name.
static BY_WORDS: Lazy<HashMap<Box<[u8]>, Noun, FixedState>> =
    Lazy::new(|| english().map(|(words, noun)| (words.into_bytes().into(), noun)).collect());

/// The nouns of [`ASIAN_NOUNS`] by the letter that they begin with: of most texts none begins so.
static BY_LETTER: Lazy<HashMap<[u8; LETTER], Vec<Asian>, FixedState>> = Lazy::new(|| {
    let mut nouns: HashMap<_, Vec<_>, _> = HashMap::default();
    for noun in ASIAN_NOUNS {
        if let Some(letter) = noun.0.as_bytes().first_chunk() {
            nouns.entry(*letter).or_default().push(noun);
        }
    }
    nouns
});

/// A row of [`ASIAN_NOUNS`].
type Asian = &'static (&'static str, Kind);

/// The bytes of a letter of these languages.
const LETTER: usize = "가".len();

/// What the Asian noun that a text begins with names.
pub fn asian_at(text: &[u8]) -> Option<Kind> {
    let nouns = BY_LETTER.get(text.first_chunk()?)?;
    nouns.iter().find(|noun| text.starts_with(noun.0.as_bytes())).map(|noun| noun.1)
}

/// Whether a text may end with a noun. Most do not.
#[inline(always)]
pub fn may_end(text: &[u8]) -> bool {
    BY_END.may_be_lower(text)
}

/// The same of those for something whose name is a path.
#[inline(always)]
pub fn may_end_before_path(text: &[u8]) -> bool {
    OF_PATHS.may_be_lower(text)
}

/// The noun that a text ends with.
pub fn ending(text: &[u8]) -> Option<Noun> {
    ending_in(&BY_END, text)
}

/// The noun that a text ends with, for something whose name is a path.
pub fn ending_of_path(text: &[u8]) -> Option<Noun> {
    ending_in(&OF_PATHS, text)
}

/// The noun of some that a text ends with.
fn ending_in(nouns: &EndMap<Noun, SHORTEST>, text: &[u8]) -> Option<Noun> {
    let noun = nouns.get_lower(text)?;
    let start = text.len() - noun.length;
    match text[..start].last() {
        _ if noun.of == Of::Asian => Some(*noun),
        // Germans join it with its service: `SNS-Topic`.
        Some(b'-') => {
            ends_service(&text[..start - 1]).then_some(Noun { of: Of::European, words: Words::OfService, ..*noun })
        }
        // Variables: `END_STREAM: x-y`.
        Some(b'_' | b'.' | b'/') => None,
        _ => starts_word(text, start).then_some(*noun),
    }
}

/// Whether a text ends with a service that Germans join with a noun by a hyphen.
pub fn ends_service(text: &[u8]) -> bool {
    SERVICES.iter().any(|service| text.ends_with(service.as_bytes()))
}

/// Whether a text may begin with an English noun. Most do not.
#[inline(always)]
pub fn may_begin(text: &[u8]) -> bool {
    text.first_chunk().is_some_and(|first| BEGINNINGS.may_have(beginning(first)))
}

/// The beginnings of these nouns.
static BEGINNINGS: Lazy<Sieve> =
    Lazy::new(|| english().filter_map(|(words, _)| words.as_bytes().first_chunk().map(beginning)).collect());

/// What a noun begins with as a number, in either case.
#[inline(always)]
fn beginning(first: &[u8; SHORTEST]) -> u64 {
    lower_case(short(first))
}

/// The English noun that a text begins with.
pub fn at(text: &[u8]) -> Option<Noun> {
    let mut buffer = [0; LONGEST];
    let lower = lower(&text[..text.len().min(LONGEST)], &mut buffer)?;
    let (mut end, mut found) = (0, None);
    for _ in 0..MOST_WORDS {
        end += run(text, end, LONGEST, is_alphanumeric);
        let goes_on = matches!(text.get(end), Some(b'-' | b'_' | b'/' | b'(' | b'=' | b'"' | b'[' | b'\\' | b'>'));
        let Some(words) = lower.get(..end).filter(|_| !goes_on) else { break };
        found = BY_WORDS.get(words).copied().or(found);
        if text.get(end) != Some(&b' ') {
            break;
        }
        end += 1;
    }
    found
}

/// The most words that a noun is.
const MOST_WORDS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::catalogue::names::INTRODUCTIONS;

    #[test]
    fn no_noun_is_said_by_another_one() {
        let nouns: Vec<_> = english().collect();
        for (place, (words, noun)) in nouns.iter().enumerate() {
            let said_by = |(other_place, (others, other)): (usize, &(String, Noun))| {
                let is_same = (other.kind, other.of, other.words) == (noun.kind, noun.of, noun.words);
                place != other_place && is_same && words.ends_with(others)
            };
            let is_of_terraform = place < INTRODUCTIONS.len();
            assert!(is_of_terraform || !nouns.iter().enumerate().any(said_by), "{words}");
        }
    }

    #[test]
    fn no_noun_is_longer_or_shorter() {
        let asian = ASIAN_NOUNS.iter().flat_map(|row| ASIAN_NAMING.iter().map(|naming| row.0.len() + naming.len()));
        let lengths = || english().map(|row| row.0.len()).chain(EUROPEAN_NOUNS.iter().map(|row| row.0.len()));
        assert!(lengths().chain(asian).max() <= Some(LONGEST));
        assert_eq!(lengths().min(), Some(SHORTEST));
        let words = |words: &str| words.split(' ').count();
        assert!(AWS_NOUNS.iter().chain(NOUNS).all(|row| words(row.0) <= MOST_WORDS));
    }

    #[test]
    fn every_noun_is_found_by_its_beginning() {
        assert!(ASIAN_NOUNS.iter().filter(|row| !row.0.is_ascii()).all(|row| asian_at(row.0.as_bytes()).is_some()));
        let short = english().filter(|row| row.0.split(' ').count() <= MOST_WORDS);
        assert!(short.map(|row| row.0).all(|words| may_begin(words.as_bytes()) && at(words.as_bytes()).is_some()));
    }
}
