//! What one request's tokens stand for. The request carries it to its response; nothing else is asked there.

use crate::body::{reads_as_written, Writing};
use crate::error::{Code, Error, Result};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use once_cell::sync::OnceCell;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::ops::Range;

/// The characters every token starts with; they are never spelled with escapes, so a token can be searched for.
const STEM_LENGTH: usize = "AWS_".len();
/// About the length of a token and its original.
const USUAL_PAIR: usize = 40;

/// Tokens and their originals.
///
/// In JSON one identifier can be spelled in many ways (`role/x`, `role\/x`, `\u0072ole/x`, an account id as a number), and
/// an echo must come back byte for byte. A spelling other than the usual one is kept beside the original, and its token is
/// spelled unusually too: `AWS\u005fARN_001` reads as `AWS_ARN_001` for everybody but tells us which spelling to restore.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// Every token and what it stands for, pair behind pair: a request has hundreds, and one string is one allocation.
    text: String,
    pairs: Vec<Pair>,
    /// The places of the tokens.
    places: HashTable<u32>,
    hashing: RandomState,
    /// The spellings of originals, by their places. Few have any.
    spellings: BTreeMap<usize, Vec<Spelling>>,
    /// The places of the tokens in their alphabetical order, once somebody has asked for what continues a text.
    alphabetical: OnceCell<Vec<usize>>,
}

/// Where in the text a token stands. Right behind it is what it stands for, up to the next pair.
#[derive(Clone, Copy, Debug)]
struct Pair {
    start: usize,
    token_length: u32,
    /// Whether the original needs no escapes in a JSON string.
    plain: bool,
}

impl Pair {
    fn token(self) -> Range<usize> {
        self.start..self.start + self.token_length as usize
    }
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Mapping) -> bool {
        self.pairs.len() == other.pairs.len() && self.entries().all(|(token, entry)| other.entry(token) == Some(entry))
    }
}

impl Eq for Mapping {}

/// What one token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'m> {
    original: &'m str,
    plain: bool,
    spellings: &'m [Spelling],
}

impl<'m> Entry<'m> {
    /// The identifier.
    pub fn original(&self) -> &'m str {
        self.original
    }

    /// The identifier as it is usually written there.
    pub fn written(&self, writing: Writing) -> Cow<'m, [u8]> {
        match self.plain && !writing.form {
            true => Cow::Borrowed(self.original.as_bytes()),
            false => writing.encode(self.original.as_bytes()),
        }
    }

    /// The spelling kept under a number (from 1).
    pub fn spelling(&self, variant: usize) -> Option<&'m Spelling> {
        self.spellings.get(variant.checked_sub(1)?)
    }
}

/// A way an identifier was spelled in the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spelling {
    /// The bytes of the body.
    #[serde(rename = "r")]
    pub raw: String,
    /// Whether it was a JSON number, without quotes around it.
    #[serde(rename = "n", default, skip_serializing_if = "std::ops::Not::not")]
    pub number: bool,
}

impl Mapping {
    /// Reads what [`Mapping::to_json`] wrote.
    ///
    /// # Errors
    /// `AWS_MASKER_3001` if it is anything else.
    pub fn from_json(json: &[u8]) -> Result<Mapping> {
        // Checked whole, it need not be checked string by string.
        let text = std::str::from_utf8(json).map_err(|_| not_ours())?;
        let mut reader = serde_json::Deserializer::from_str(text);
        let mapping = Entries(Mapping::with_capacity(json.len() / USUAL_PAIR));
        let mapping = reader.deserialize_map(mapping).map_err(|_| not_ours())?;
        reader.end().map_err(|_| not_ours())?;
        Ok(mapping)
    }

    /// An empty mapping with room for so many tokens.
    fn with_capacity(count: usize) -> Mapping {
        Mapping {
            text: String::with_capacity(count * USUAL_PAIR),
            pairs: Vec::with_capacity(count),
            places: HashTable::with_capacity(count),
            ..Mapping::default()
        }
    }

    /// The mapping as UTF-8 JSON, for [`Mapping::from_json`].
    ///
    /// # Errors
    /// `AWS_MASKER_6002`; strings in a map always serialise, so this is for the caller's completeness.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|_| Error::new(Code::Json, "The mapping of the request could not be written as JSON."))
    }

    /// Whether no token is in it.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The mapping of so many tokens to their originals, each in the place in which it comes.
    ///
    /// # Errors
    /// `AWS_MASKER_1003` if two of the tokens are the same.
    pub fn of<'o, T: AsRef<str>>(pairs: impl ExactSizeIterator<Item = (T, &'o str)>) -> Result<Mapping> {
        let mut mapping = Mapping::with_capacity(pairs.len());
        for (next, (token, original)) in pairs.enumerate() {
            if mapping.place(token.as_ref(), original) != Some(next) {
                return Err(given_twice());
            }
        }
        Ok(mapping)
    }

    /// The token in a place, if its original needs no escapes in a JSON string.
    pub fn token_of_plain(&self, place: usize) -> Option<&[u8]> {
        let pair = self.pairs.get(place).filter(|pair| pair.plain)?;
        self.text.as_bytes().get(pair.token())
    }

    /// The token in a place and what it stands for.
    pub fn at(&self, place: usize) -> Option<(&str, Entry<'_>)> {
        Some((&self.text[self.pairs.get(place)?.token()], self.entry_at(place)?))
    }

    fn entry_at(&self, place: usize) -> Option<Entry<'_>> {
        let pair = self.pairs.get(place)?;
        let end = self.pairs.get(place + 1).map_or(self.text.len(), |next| next.start);
        let original = &self.text[pair.token().end..end];
        let spellings = self.spellings.get(&place).map_or(&[][..], Vec::as_slice);
        Some(Entry { original, plain: pair.plain, spellings })
    }

    /// Adds a token and gives its place.
    ///
    /// # Errors
    /// `AWS_MASKER_1003` if the token already stands for something else.
    pub fn insert(&mut self, token: &str, original: &str) -> Result<usize> {
        let place = self.place(token, original).ok_or_else(given_twice)?;
        match self.entry_at(place).is_some_and(|entry| entry.original == original) {
            true => Ok(place),
            false => Err(given_twice()),
        }
    }

    /// The place of a token, which may stand for something else if it is there already. `None`: it has no room for it.
    fn place(&mut self, token: &str, original: &str) -> Option<usize> {
        let hash = self.hashing.hash_one(token.as_bytes());
        if let Some(place) = self.find(token.as_bytes(), hash) {
            return Some(place);
        }
        let place = u32::try_from(self.pairs.len()).ok()?;
        let token_length = u32::try_from(token.len()).ok()?;
        self.pairs.push(Pair { start: self.text.len(), token_length, plain: reads_as_written(original.as_bytes()) });
        self.text.push_str(token);
        self.text.push_str(original);
        let (text, pairs, hashing) = (self.text.as_bytes(), &self.pairs, &self.hashing);
        self.places.insert_unique(hash, place, |place| hashing.hash_one(&text[pairs[*place as usize].token()]));
        self.alphabetical.take();
        Some(place as usize)
    }

    fn find(&self, token: &[u8], hash: u64) -> Option<usize> {
        let is_it = |place: &u32| self.text.as_bytes()[self.pairs[*place as usize].token()] == *token;
        self.places.find(hash, is_it).map(|place| *place as usize)
    }

    /// Adds all of another mapping.
    ///
    /// # Errors
    /// As [`Mapping::insert`].
    pub fn merge(&mut self, other: &Mapping) -> Result<()> {
        for (token, entry) in other.entries() {
            let place = self.insert(token, entry.original)?;
            for spelling in entry.spellings {
                self.variant(place, spelling.clone())?;
            }
        }
        Ok(())
    }

    /// What a token stands for.
    pub fn entry(&self, token: impl AsRef<[u8]>) -> Option<Entry<'_>> {
        let token = token.as_ref();
        self.entry_at(self.find(token, self.hashing.hash_one(token))?)
    }

    /// Every token and what it stands for, by its place.
    fn entries(&self) -> impl Iterator<Item = (&str, Entry<'_>)> {
        (0..self.pairs.len()).filter_map(|place| self.at(place))
    }

    /// Every token, by its place.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.entries().map(|(token, _)| token)
    }

    /// Whether a token of the mapping starts with `text`.
    pub fn continues(&self, text: &str) -> bool {
        let token = |place: &usize| &self.text[self.pairs[*place].token()];
        let alphabetical = self.alphabetical.get_or_init(|| {
            let mut places: Vec<usize> = (0..self.pairs.len()).collect();
            places.sort_unstable_by_key(token);
            places
        });
        let first = alphabetical.partition_point(|place| token(place) < text);
        alphabetical.get(first).is_some_and(|place| token(place).starts_with(text))
    }

    /// Whether any original is written differently inside a JSON string.
    pub fn needs_escapes(&self) -> bool {
        !self.pairs.iter().all(|pair| pair.plain)
    }

    /// The number (from 1) under which a spelling of the original in a place is kept.
    ///
    /// # Errors
    /// `AWS_MASKER_2003` if there are more spellings than a token can tell apart.
    pub fn variant(&mut self, place: usize, spelling: Spelling) -> Result<usize> {
        let too_many = || Error::new(Code::BodyNotPrepared, "One identifier is spelled in too many ways in one body.");
        let (token, _) = self.at(place).ok_or_else(too_many)?;
        let distinct = 1usize << token.len().saturating_sub(STEM_LENGTH).min(usize::BITS as usize - 1);
        let spellings = self.spellings.entry(place).or_default();
        let known = spellings.iter().position(|other| *other == spelling);
        let index = known.unwrap_or(spellings.len());
        if known.is_none() {
            spellings.push(spelling);
        }
        if index + 1 < distinct {
            Ok(index + 1)
        } else {
            Err(too_many())
        }
    }
}

/// What a token stands for in the mapping's JSON: the original, or an object where it has spellings.
struct Stored<'j> {
    original: Cow<'j, str>,
    spellings: Cow<'j, [Spelling]>,
}

/// That object. Every token may have one: a request may be under way when a server is replaced that wrote it so.
#[derive(Serialize, Deserialize)]
struct Spelled<'j> {
    #[serde(rename = "o", borrow)]
    original: Cow<'j, str>,
    #[serde(rename = "s", default)]
    spellings: Cow<'j, [Spelling]>,
}

/// A token in the mapping's JSON.
#[derive(Deserialize)]
struct Token<'j>(#[serde(borrow)] Cow<'j, str>);

impl Serialize for Stored<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match (&*self.original, &*self.spellings) {
            (original, []) => serializer.serialize_str(original),
            (original, spellings) => {
                Spelled { original: original.into(), spellings: spellings.into() }.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Stored<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Stored<'de>, D::Error> {
        deserializer.deserialize_any(OriginalOrSpelled)
    }
}

/// Reads what a token stands for.
struct OriginalOrSpelled;

impl<'de> Visitor<'de> for OriginalOrSpelled {
    type Value = Stored<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an original, or one with its spellings")
    }

    fn visit_borrowed_str<E>(self, original: &'de str) -> std::result::Result<Stored<'de>, E> {
        Ok(Stored { original: original.into(), spellings: Cow::default() })
    }

    fn visit_str<E>(self, original: &str) -> std::result::Result<Stored<'de>, E> {
        Ok(Stored { original: Cow::Owned(original.into()), spellings: Cow::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> std::result::Result<Stored<'de>, A::Error> {
        let Spelled { original, spellings } = Spelled::deserialize(MapAccessDeserializer::new(fields))?;
        Ok(Stored { original, spellings })
    }
}

impl Serialize for Mapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries().map(|(token, entry)| {
            (token, Stored { original: entry.original.into(), spellings: entry.spellings.into() })
        }))
    }
}

/// Reads the entries of a mapping's JSON into a mapping.
struct Entries(Mapping);

impl<'de> Visitor<'de> for Entries {
    type Value = Mapping;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("tokens and what they stand for")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Mapping, A::Error> {
        let mut mapping = self.0;
        while let Some((Token(token), stored)) = entries.next_entry::<Token<'de>, Stored<'de>>()? {
            let place = mapping.pairs.len();
            if mapping.place(&token, &stored.original) != Some(place) {
                return Err(A::Error::custom("a token stands for two identifiers"));
            }
            if !stored.spellings.is_empty() {
                mapping.spellings.insert(place, stored.spellings.into_owned());
            }
        }
        Ok(mapping)
    }
}

fn not_ours() -> Error {
    Error::new(Code::UnmaskingFailed, "The mapping of the request cannot be read; it is not one this version wrote.")
}

fn given_twice() -> Error {
    Error::new(
        Code::StoreCommand,
        "The store gave one token to two identifiers; its counters were lost. Retry the request.",
    )
}

/// `token` as it is written there, telling `variant`: bit j set, character j behind `AWS_` is written with an escape
/// (`\u00xx`, `%XX`).
pub fn spell(token: &str, variant: usize, writing: Writing) -> Cow<'_, str> {
    if variant == 0 {
        return Cow::Borrowed(token);
    }
    let mut spelled = String::with_capacity(token.len() + 8);
    for (at, c) in token.bytes().enumerate() {
        if at >= STEM_LENGTH && variant >> (at - STEM_LENGTH) & 1 == 1 {
            spelled.push_str(&writing.escape(c));
        } else {
            spelled.push(char::from(c));
        }
    }
    Cow::Owned(spelled)
}

/// The variant that the spelling `raw` of `token` tells; 0 if it is the usual spelling or none of ours.
pub fn variant_of(raw: &[u8], token: &[u8], writing: Writing) -> usize {
    if raw.len() == token.len() || !writing.has_escapes() {
        return 0;
    }
    let mut variant = 0;
    let mut at = 0;
    for (j, c) in token.iter().enumerate() {
        if raw.get(at) == Some(c) {
            at += 1;
            continue;
        }
        let escape = writing.escape(*c);
        if j < STEM_LENGTH || !raw.get(at..).is_some_and(|rest| rest.starts_with(escape.as_bytes())) {
            return 0;
        }
        variant |= 1 << (j - STEM_LENGTH);
        at += escape.len();
    }
    if at == raw.len() {
        variant
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::encode;
    use proptest::prelude::*;

    #[test]
    fn a_token_never_stands_for_two_things() {
        let mut mapping = Mapping::default();
        mapping.insert("AWS_EC2_001", "i-0abc1234").unwrap();
        mapping.insert("AWS_EC2_001", "i-0abc1234").unwrap();
        let error = mapping.insert("AWS_EC2_001", "i-0abc9999").unwrap_err();
        assert_eq!(error.code(), Code::StoreCommand);
        assert!(!error.to_string().contains("i-0abc"));
        let twice = ["AWS_EC2_001", "AWS_EC2_001"].into_iter().zip(["i-0abc1234", "i-0abc9999"]);
        assert_eq!(Mapping::of(twice).unwrap_err().code(), Code::StoreCommand);
    }

    #[test]
    fn a_mapping_says_what_was_put_into_it() {
        let pairs: Vec<(String, String)> = (0..300).map(|n| (format!("AWS_EC2_{n:03}"), format!("i-{n}\"é"))).collect();
        let mapping = Mapping::of(pairs.iter().map(|(token, original)| (token, original.as_str()))).unwrap();
        let mut other = Mapping::default();
        for (token, original) in pairs.iter().rev() {
            other.insert(token, original).unwrap();
        }
        assert!(mapping == other && Mapping::from_json(other.to_json().unwrap().as_bytes()).unwrap() == mapping);
        for (place, (token, original)) in pairs.iter().enumerate() {
            assert_eq!(mapping.at(place).unwrap().0, token);
            assert_eq!(mapping.entry(token).unwrap().original(), original);
        }
        assert!(mapping.at(300).is_none() && mapping.entry("AWS_EC2_300").is_none());
        other.variant(0, Spelling { raw: "x".into(), number: false }).unwrap();
        assert_ne!(mapping, other);
    }

    #[test]
    fn a_mapping_survives_its_json() {
        let mut mapping = Mapping::default();
        mapping.insert("AWS_ACCOUNT_001", "123456789012").unwrap();
        mapping.variant(0, Spelling { raw: "123456789012".into(), number: true }).unwrap();
        assert_eq!(Mapping::from_json(mapping.to_json().unwrap().as_bytes()).unwrap(), mapping);
        for broken in [
            &b""[..],
            b"{",
            b"[]",
            b"{}x",
            b"{\"AWS_EC2_001\":1}",
            b"{\"AWS_EC2_001\":null}",
            b"{\"AWS_EC2_001\":{}}",
            b"\xff",
            br#"{"AWS_EC2_001":"i-1","AWS_EC2_001":{"o":"i-2"}}"#,
        ] {
            assert_eq!(Mapping::from_json(broken).unwrap_err().code(), Code::UnmaskingFailed);
        }
    }

    #[test]
    fn an_original_alone_is_an_original_without_spellings() {
        let short = Mapping::from_json(br#"{"AWS_EC2_001":"i-1","AWS_X_001":"a\"b"}"#).unwrap();
        let long = Mapping::from_json(br#"{"AWS_EC2_001":{"o":"i-1"},"AWS_X_001":{"o":"a\"b","s":[]}}"#).unwrap();
        assert_eq!(short, long);
        assert_eq!(long.to_json().unwrap(), r#"{"AWS_EC2_001":"i-1","AWS_X_001":"a\"b"}"#);
        assert!(long.needs_escapes());
    }

    #[test]
    fn spellings_are_kept_once_and_bounded() {
        let mut mapping = Mapping::default();
        mapping.insert("AWS_X_001", "x").unwrap();
        let spelling = |n: usize| Spelling { raw: n.to_string(), number: false };
        for n in 1..32 {
            assert_eq!(mapping.variant(0, spelling(n)).unwrap(), n);
            assert_eq!(mapping.variant(0, spelling(n)).unwrap(), n);
        }
        assert_eq!(mapping.variant(0, spelling(32)).unwrap_err().code(), Code::BodyNotPrepared);
        // No token of ours; a mapping that somebody else wrote may have it.
        let place = mapping.insert("A", "y").unwrap();
        assert_eq!(mapping.variant(place, spelling(1)).unwrap_err().code(), Code::BodyNotPrepared);
    }

    #[test]
    fn continues_knows_every_prefix() {
        let mut mapping = Mapping::default();
        mapping.insert("AWS_EC2_001", "x").unwrap();
        mapping.insert("AWS_VPC_010", "y").unwrap();
        for (text, expected) in [
            ("", true),
            ("A", true),
            ("AWS_V", true),
            ("AWS_VPC_010", true),
            ("AWS_VPC_0101", false),
            ("B", false),
            ("AWS_F", false),
        ] {
            assert_eq!(mapping.continues(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_original_is_written_as_its_place_demands(original in "\\PC*[\"\\\\\n%&+ ]{0,2}\\PC*", level in 0usize..4, form: bool) {
            let mut mapping = Mapping::default();
            mapping.insert("AWS_X_001", &original).unwrap();
            let read = Mapping::from_json(mapping.to_json().unwrap().as_bytes()).unwrap();
            let writing = Writing { level, form };
            let entry = read.entry("AWS_X_001").unwrap();
            prop_assert_eq!(entry.written(writing), writing.encode(original.as_bytes()));
            prop_assert_eq!(read.needs_escapes(), encode(original.as_bytes(), 1) != original.as_bytes());
            prop_assert_eq!(read.token_of_plain(0).is_some(), !read.needs_escapes());
        }

        #[test]
        fn a_spelling_tells_its_variant(n in 0u64..100_000, variant in 0usize..128, level in 1usize..4, form: bool) {
            let token = crate::token::render("AWS_EC2", n);
            let writing = Writing { level, form };
            prop_assert_eq!(variant_of(spell(&token, variant, writing).as_bytes(), token.as_bytes(), writing), variant);
        }
    }
}
