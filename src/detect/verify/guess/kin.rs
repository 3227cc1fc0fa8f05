//! Names that begin as another one of the same body does: where `acme-orders` is a bucket, `acme-orders-2` and `acme-billing-api` are somebody's,
//! too.

use super::word::{has_own_parts, is_command, is_key, may_be_one};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::likely::TOOLS;
use crate::detect::verify::prose::{is_adjective, is_numbered, LONGEST_PLAIN};
use crate::detect::verify::{is_in_sorted, is_quote, name, run, telling};
use crate::simd::{self, AsciiSet};
use std::ops::Range;

/// Whether a text begins with the first part of a name.
#[inline(always)]
pub fn may_be(name: &[u8], text: &[u8]) -> bool {
    let part = run(name, 0, LONGEST_FAMILY, |b| b.is_ascii_lowercase() || b.is_ascii_digit());
    part >= SHORTEST_FAMILY && name.get(part) == Some(&b'-') && text.starts_with(&name[..=part])
}

/// Whether a word begins as a name does, with a first part that others' things do not begin with.
pub fn is_family(name: &[u8], word: &[u8]) -> bool {
    let first = name.split(|b| *b == b'-').next().unwrap_or_default();
    may_be(name, word)
        && first[0].is_ascii_lowercase()
        && has_own_parts(first, 1)
        && !telling::says_environment(first)
        && !name::is_common(first)
        && !is_in_sorted(first, TOOLS)
}

/// The shortest first part that says whose a name is.
const SHORTEST_FAMILY: usize = 3;
/// The longest one.
const LONGEST_FAMILY: usize = 32;

/// The word at `at`, which begins as a name does, if it may be one itself.
pub fn at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let begins = |b: &u8| is_quote(*b) || b.is_ascii_whitespace() || !b.is_ascii() || b"([,=:|*>".contains(b);
    let end = at + simd::run(text, at, LONGEST_PLAIN, &MADE_OF);
    let word = &text[at..end];
    let is_apart = text[..at].last().is_none_or(begins) && telling::ends(text, end) && !goes_on(text, end);
    let parts = word.split(|b| *b == b'-').count();
    let says_enough = || has_own_parts(word, 2) || parts > 2 || is_numbered(word, 1);
    let is_one = is_apart
        && may_be_one(word)
        && says_enough()
        && !is_adjective(word)
        && !word.ends_with(b"ing")
        && !is_pod(word)
        && !is_key(text, end)
        && !is_command(text, &(at..end));
    is_one.then_some(at..end)
}

/// Whether a word ends as the pods of a deployment of Kubernetes do: `acme-api-6c9d8b7f5d-x2kqp`. They come and go, and the name in front
/// of that is Kubernetes' own.
fn is_pod(word: &[u8]) -> bool {
    let mut parts = word.rsplit(|b| *b == b'-');
    let (random, hash) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    random.len() == 5
        && (8..=10).contains(&hash.len())
        && hash.iter().all(|b| b.is_ascii_alphanumeric())
        && hash.iter().any(u8::is_ascii_digit)
}

/// Whether a word goes on behind a colon: as an image does.
fn goes_on(text: &[u8], end: usize) -> bool {
    matches!(text[end..], [b':', next, ..] if next.is_ascii_alphanumeric())
}

/// What kin are made of.
static MADE_OF: AsciiSet = AsciiSet::of(b"abcdefghijklmnopqrstuvwxyz0123456789-");

/// What the kin of a name is: the same, if only their last parts differ, or else what its own parts say.
pub fn kind(word: &[u8], of: &[u8], kind: Kind) -> Kind {
    let stem = |name: &'_ [u8]| memchr::memrchr(b'-', name).unwrap_or(name.len());
    let is_alike = word.starts_with(of) || of[..stem(of)] == word[..stem(word)] || word[..stem(word)] == *of;
    match telling::kind_said(word) {
        _ if is_alike && word.split(|b| *b == b'-').count() > 2 => kind,
        said => said.unwrap_or(Kind::Resource),
    }
}

/// How many bytes two words begin with in common.
pub fn in_common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use crate::detect::catalogue::kinds::Kind;
    use crate::{Config, Masker};

    /// What is found in a text beside the bucket in front of it.
    fn kin(text: &str) -> Vec<(Kind, String)> {
        let masker = Masker::new(&Config { use_redis: false, ..Config::default() }).unwrap();
        let body = format!("s3://zor-flux-blax/x\n{text}");
        let mut all: Vec<_> = masker
            .detect("text/plain", body.as_bytes())
            .unwrap()
            .into_iter()
            .map(|one| (one.kind, one.original))
            .collect();
        assert_eq!(all.remove(0), (Kind::S3Bucket, "zor-flux-blax".into()), "{text}");
        all
    }

    #[test]
    fn what_begins_as_a_name_does_is_one() {
        for (kind, name, text) in [
            (Kind::Resource, "zor-waxing-api", "then zor-waxing-api fails"),
            (Kind::S3Bucket, "zor-flux-wax", "then zor-flux-wax, which"),
            (Kind::S3Bucket, "zor-flux-blax-2", "\"zor-flux-blax-2\""),
            (Kind::Resource, "zor-node2", "on zor-node2, which"),
            (Kind::Sqs, "zor-wax-queue", "[zor-wax-queue]"),
        ] {
            assert_eq!(kin(text), [(kind, name.to_string())], "{text}");
        }
    }

    #[test]
    fn other_words_that_begin_so_are_left() {
        for text in [
            "zor-based, zor-related, zor-like, a zor-and-wax thing, zor-wax.yaml, ./zor-wax-blue, zor-wax-img:2.1, zor-wax-6c9d8b7f5d-x2kqp",
            "zorflux, zor_wax_blue, Zor-Wax-Blue, --zor-wax-blue, x-zor-wax-blue, {\"zor-wax-blue\": 1}",
        ] {
            assert_eq!(kin(text), [], "{text}");
        }
    }

    #[test]
    fn no_kin_are_looked_for_without_heuristics() {
        let config = Config { name_heuristics: false, use_redis: false, ..Config::default() };
        let found = Masker::new(&config).unwrap().detect("text/plain", b"s3://zor-flux-blax/x zor-flux-wax-2").unwrap();
        assert_eq!(found.len(), 1);
    }
}
