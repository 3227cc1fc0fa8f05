//! What one request's tokens stand for. The request carries it to its response; nothing else is asked there.

use crate::body::{encode, Writing};
use crate::error::{Code, Error, Result};
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use once_cell::sync::OnceCell;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The characters every token starts with; they are never spelled with escapes, so a token can be searched for.
const STEM_LENGTH: usize = "AWS_".len();

/// Tokens and their originals.
///
/// In JSON one identifier can be spelled in many ways (`role/x`, `role\/x`, `\u0072ole/x`, an account id as a number), and
/// an echo must come back byte for byte. A spelling other than the usual one is kept beside the original, and its token is
/// spelled unusually too: `AWS\u005fARN_001` reads as `AWS_ARN_001` for everybody but tells us which spelling to restore.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping {
    entries: IndexMap<String, Entry, RandomState>,
    /// The places of the tokens in their alphabetical order, once somebody has asked for what continues a text.
    #[serde(skip)]
    alphabetical: OnceCell<Vec<usize>>,
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Mapping) -> bool {
        self.entries == other.entries
    }
}

impl Eq for Mapping {}

/// What one token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    #[serde(rename = "o")]
    original: String,
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    spellings: Vec<Spelling>,
}

impl Entry {
    /// The identifier.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The spelling kept under a number (from 1).
    pub fn spelling(&self, variant: usize) -> Option<&Spelling> {
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
        serde_json::from_slice(json).map_err(|_| {
            Error::new(
                Code::UnmaskingFailed,
                "The mapping of the request cannot be read; it is not one this version wrote.",
            )
        })
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
        self.entries.is_empty()
    }

    /// The mapping of so many tokens to their originals, each in the place in which it comes.
    ///
    /// # Errors
    /// `AWS_MASKER_1003` if two of the tokens are the same.
    pub fn of<'o>(pairs: impl ExactSizeIterator<Item = (String, &'o str)>) -> Result<Mapping> {
        let count = pairs.len();
        let entry = |original: &str| Entry { original: original.to_string(), spellings: Vec::new() };
        let entries: IndexMap<_, _, _> = pairs.map(|(token, original)| (token, entry(original))).collect();
        if entries.len() < count {
            return Err(given_twice());
        }
        Ok(Mapping { entries, alphabetical: OnceCell::new() })
    }

    /// The token in a place and what it stands for.
    pub fn at(&self, place: usize) -> Option<(&str, &Entry)> {
        self.entries.get_index(place).map(|(token, entry)| (token.as_str(), entry))
    }

    /// Adds a token and gives its place.
    ///
    /// # Errors
    /// `AWS_MASKER_1003` if the token already stands for something else.
    pub fn insert(&mut self, token: &str, original: &str) -> Result<usize> {
        self.alphabetical.take();
        let entry = self.entries.entry(token.to_string());
        let place = entry.index();
        let entry = entry.or_insert_with(|| Entry { original: original.to_string(), spellings: Vec::new() });
        match entry.original == original {
            true => Ok(place),
            false => Err(given_twice()),
        }
    }

    /// Adds all of another mapping.
    ///
    /// # Errors
    /// As [`Mapping::insert`].
    pub fn merge(&mut self, other: Mapping) -> Result<()> {
        for (token, entry) in other.entries {
            let place = self.insert(&token, &entry.original)?;
            for spelling in entry.spellings {
                self.variant(place, spelling)?;
            }
        }
        Ok(())
    }

    /// What a token stands for.
    pub fn entry(&self, token: &str) -> Option<&Entry> {
        self.entries.get(token)
    }

    /// Every token, by its place.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Whether a token of the mapping starts with `text`.
    pub fn continues(&self, text: &str) -> bool {
        let token = |place: &usize| self.at(*place).map_or("", |(token, _)| token);
        let alphabetical = self.alphabetical.get_or_init(|| {
            let mut places: Vec<usize> = (0..self.entries.len()).collect();
            places.sort_unstable_by_key(token);
            places
        });
        let first = alphabetical.partition_point(|place| token(place) < text);
        alphabetical.get(first).is_some_and(|place| token(place).starts_with(text))
    }

    /// Whether any original is written differently inside a JSON string.
    pub fn needs_escapes(&self) -> bool {
        let plain = |original: &str| matches!(encode(original.as_bytes(), 1), Cow::Borrowed(_));
        !self.entries.values().all(|entry| plain(&entry.original))
    }

    /// The number (from 1) under which a spelling of the original in a place is kept.
    ///
    /// # Errors
    /// `AWS_MASKER_2003` if there are more spellings than a token can tell apart.
    pub fn variant(&mut self, place: usize, spelling: Spelling) -> Result<usize> {
        let too_many = || Error::new(Code::BodyNotPrepared, "One identifier is spelled in too many ways in one body.");
        let (token, entry) = self.entries.get_index_mut(place).ok_or_else(too_many)?;
        let spellings = &mut entry.spellings;
        let known = spellings.iter().position(|other| *other == spelling);
        let index = known.unwrap_or(spellings.len());
        if known.is_none() {
            spellings.push(spelling);
        }
        let distinct = 1usize << (token.len() - STEM_LENGTH).min(usize::BITS as usize - 1);
        if index + 1 < distinct {
            Ok(index + 1)
        } else {
            Err(too_many())
        }
    }
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
pub fn variant_of(raw: &[u8], token: &str, writing: Writing) -> usize {
    if raw.len() == token.len() || !writing.has_escapes() {
        return 0;
    }
    let mut variant = 0;
    let mut at = 0;
    for (j, c) in token.bytes().enumerate() {
        if raw.get(at) == Some(&c) {
            at += 1;
            continue;
        }
        let escape = writing.escape(c);
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
    use proptest::prelude::*;

    #[test]
    fn a_token_never_stands_for_two_things() {
        let mut mapping = Mapping::default();
        mapping.insert("AWS_EC2_001", "i-0abc1234").unwrap();
        mapping.insert("AWS_EC2_001", "i-0abc1234").unwrap();
        let error = mapping.insert("AWS_EC2_001", "i-0abc9999").unwrap_err();
        assert_eq!(error.code(), Code::StoreCommand);
        assert!(!error.to_string().contains("i-0abc"));
    }

    #[test]
    fn a_mapping_survives_its_json() {
        let mut mapping = Mapping::default();
        mapping.insert("AWS_ACCOUNT_001", "123456789012").unwrap();
        mapping.variant(0, Spelling { raw: "123456789012".into(), number: true }).unwrap();
        assert_eq!(Mapping::from_json(mapping.to_json().unwrap().as_bytes()).unwrap(), mapping);
        for broken in [&b""[..], b"{", b"[]", b"{\"AWS_EC2_001\":1}", b"\xff"] {
            assert_eq!(Mapping::from_json(broken).unwrap_err().code(), Code::UnmaskingFailed);
        }
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
        fn a_spelling_tells_its_variant(n in 0u64..100_000, variant in 0usize..128, level in 1usize..4, form: bool) {
            let token = crate::token::render("AWS_EC2", n);
            let writing = Writing { level, form };
            prop_assert_eq!(variant_of(spell(&token, variant, writing).as_bytes(), &token, writing), variant);
        }
    }
}
