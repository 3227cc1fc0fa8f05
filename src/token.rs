//! The grammar of tokens: `AWS_<KIND>_<n>`, n decimal with at least three digits; keyed numbers have all nineteen.
//!
//! Masking and restoring read text with the one function [`find`], so they can never disagree on what a token is: what
//! looks like a token in a client's own text is masked as an identifier of its own, and what restoring sees is ours.
//!
//! A token ends where its digits end: `AWS_EC2_0011` is not `AWS_EC2_001` followed by `1`, and `AWS_EC2_001_backup`
//! starts with `AWS_EC2_001`. Models that write Markdown escape the underscores (`AWS\_EC2\_001`); that is the same token,
//! also where JSON has doubled the backslash and nobody has undone it yet.

use crate::detect::catalogue::kinds::{Kind, Prefix};
use memchr::memmem;
use once_cell::sync::Lazy;
use std::borrow::Cow;
use std::ops::Range;

/// The fewest digits of a number.
const MIN_DIGITS: usize = 3;
/// More digits than a 64-bit counter can have are no number of ours.
const MAX_DIGITS: usize = 19;
/// How many keyed numbers there are: as many as [`MAX_DIGITS`] digits can write.
pub(crate) const KEYED_NUMBERS: u128 = 10u128.pow(MAX_DIGITS as u32);
/// No kind's prefix is longer than this, so that reading a token takes bounded time.
const LONGEST_PREFIX: usize = 48;
/// What every kind starts with.
const STEM: &[u8] = b"AWS";
static STEM_FINDER: Lazy<memmem::Finder<'static>> = Lazy::new(|| memmem::Finder::new(STEM));
/// One backslash in a JSON string in a JSON string in a JSON string.
const MOST_BACKSLASHES: usize = 8;
/// The most bytes a token of ours can have: a long prefix with six escaped underscores, and its number.
pub const LONGEST: usize = LONGEST_PREFIX + 6 * MOST_BACKSLASHES + 1 + MAX_DIGITS;

/// The token of number `n` in a kind, for example `("AWS_EC2", 1)` → `AWS_EC2_001`.
pub fn render(prefix: &str, n: u64) -> String {
    format!("{prefix}_{n:03}")
}

/// The token of a keyed number: always as long as a token of its kind can be.
pub fn render_keyed(prefix: &str, n: u64) -> String {
    format!("{prefix}_{n:0MAX_DIGITS$}")
}

/// A token in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'t> {
    /// Where it stands in the text.
    pub range: Range<usize>,
    /// Its plain form: without the backslashes that Markdown may have put before its underscores.
    pub token: Cow<'t, [u8]>,
}

/// Whether `text` may hold a token; if not, it need not be looked through.
pub fn may_be_in(text: &[u8]) -> bool {
    STEM_FINDER.find(text).is_some()
}

/// Where the first of what every token starts with stands at or after `from`; the text's length if there is none.
pub fn stem(text: &[u8], from: usize) -> usize {
    STEM_FINDER.find(&text[from..]).map_or(text.len(), |length| from + length)
}

/// The first token of any kind at or after `from`.
pub fn find(text: &[u8], from: usize) -> Option<Found<'_>> {
    find_before(text, from, text.len())
}

/// The first token of any kind that begins at or after `from` and before `end`.
pub fn find_before(text: &[u8], from: usize, end: usize) -> Option<Found<'_>> {
    let reach = text.len().min(end + STEM.len() - 1);
    let mut at = from;
    while at < reach {
        at += STEM_FINDER.find(&text[at..reach])?;
        if let Some(found) = parse(text, at) {
            return Some(found);
        }
        at += STEM.len();
    }
    None
}

/// The first token at or after `from`, and what `meaning` says of it.
///
/// It is what [`find`] gives. Most tokens are ours, plainly written and followed by something else, so that `meaning` is
/// asked about the whole word first: where that means something it is a token, and its grammar need not be looked at.
pub fn find_meaning<'t, M>(
    text: &'t [u8],
    from: usize,
    meaning: impl Fn(&[u8]) -> Option<M>,
) -> Option<(Found<'t>, Option<M>)> {
    let start = from + STEM_FINDER.find(text.get(from..)?)?;
    let length = count(text, start, LONGEST, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let word = &text[start..start + length];
    if let Some(meant) = meaning(word) {
        return Some((Found { range: start..start + length, token: Cow::Borrowed(word) }, Some(meant)));
    }
    let found = find(text, start)?;
    let meant = meaning(&found.token);
    Some((found, meant))
}

/// The token that starts at `start`, if one does.
///
/// The longest kind wins, so a kind whose name continues another's (`AWS_CUSTOM`, `AWS_CUSTOM_HOST`) stays apart.
pub fn parse(text: &[u8], start: usize) -> Option<Found<'_>> {
    // Most that begins so is no token, and seen to be none here.
    let goes_on = |rest: &[u8]| matches!(rest.first(), Some(b'_' | b'\\'));
    if !text[start..].strip_prefix(STEM).is_some_and(goes_on) {
        return None;
    }
    let mut words = Words { bytes: [0; LONGEST_PREFIX], length: 0 };
    words.push(STEM);
    let mut best = None;
    let mut known = Prefix::Begun;
    let mut at = start + STEM.len();
    while let Some(after) = underscore(text, at) {
        let digits = count(text, after, MAX_DIGITS + 1, |b| b.is_ascii_digit());
        if known == Prefix::Whole && (MIN_DIGITS..=MAX_DIGITS).contains(&digits) {
            best = Some((words.length, after, after + digits));
        }
        let word =
            digits + count(text, after + digits, LONGEST_PREFIX, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
        // No kind has a word of digits alone.
        if word == digits || words.length + 1 + word > LONGEST_PREFIX {
            break;
        }
        words.push(b"_");
        words.push(&text[after..after + word]);
        known = Kind::prefix(words.read());
        if known == Prefix::None {
            break;
        }
        at = after + word;
    }
    let (kind, number, end) = best?;
    let written = &text[start..end];
    let token = match written.len() == kind + 1 + (end - number) {
        true => Cow::Borrowed(written),
        false => Cow::Owned([&words.read()[..kind], b"_", &text[number..end]].concat()),
    };
    Some(Found { range: start..end, token })
}

/// Whether a text is a token, of a kind that this version knows or of one that it does not.
pub fn has_form(text: &str) -> bool {
    let Some((prefix, number)) = text.rsplit_once('_') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    (MIN_DIGITS..=MAX_DIGITS).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && prefix.len() <= LONGEST_PREFIX
        && prefix.strip_prefix("AWS_").is_some_and(|words| words.split('_').all(is_word))
}

/// The words of a token in front of its number, without the backslashes.
struct Words {
    bytes: [u8; LONGEST_PREFIX],
    length: usize,
}

impl Words {
    fn push(&mut self, more: &[u8]) {
        self.bytes[self.length..self.length + more.len()].copy_from_slice(more);
        self.length += more.len();
    }

    fn read(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The position after an underscore at `at`, which Markdown may have escaped.
fn underscore(text: &[u8], at: usize) -> Option<usize> {
    let backslashes = count(text, at, MOST_BACKSLASHES, |b| b == b'\\');
    (text.get(at + backslashes) == Some(&b'_')).then_some(at + backslashes + 1)
}

fn count(text: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let reach = &rest[..rest.len().min(most)];
    reach.iter().position(|&b| !is(b)).unwrap_or(reach.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all_of(text: &[u8]) -> Vec<Found<'_>> {
        let mut at = 0;
        let next = || find(text, at).inspect(|token| at = token.range.end);
        std::iter::from_fn(next).collect()
    }

    fn all(text: &str) -> Vec<(String, String)> {
        let plain = |token: Cow<'_, [u8]>| String::from_utf8(token.into_owned()).unwrap();
        let shown = |token: Found<'_>| (text[token.range].to_string(), plain(token.token));
        all_of(text.as_bytes()).into_iter().map(shown).collect()
    }

    fn plain(text: &str) -> Vec<String> {
        all(text).into_iter().map(|(_, token)| token).collect()
    }

    #[test]
    fn renders_at_least_three_digits() {
        assert_eq!(render("AWS_EC2", 1), "AWS_EC2_001");
        assert_eq!(render("AWS_EC2", 1234), "AWS_EC2_1234");
    }

    #[test]
    fn finds_whole_tokens_only() {
        assert_eq!(plain("AWS_EC2_001"), ["AWS_EC2_001"]);
        assert_eq!(plain("AWS_EC2_0011"), ["AWS_EC2_0011"]);
        assert_eq!(plain("(AWS_EC2_001,AWS_EC2_002)"), ["AWS_EC2_001", "AWS_EC2_002"]);
        assert_eq!(plain("backup_AWS_EC2_001_20240101"), ["AWS_EC2_001"]);
        assert_eq!(plain("AWS_EC2_AWS_EC2_001"), ["AWS_EC2_001"]);
        assert!(plain("AWS_EC2_01 AWS_LAMBDA_001 AWS_MOON_001 aws_ec2_001 AWS_EC2_ AWS_EC2 AWS").is_empty());
    }

    #[test]
    fn the_longest_kind_wins() {
        assert_eq!(plain("AWS_CUSTOM_HOST_001"), ["AWS_CUSTOM_HOST_001"]);
        assert_eq!(plain("AWS_CUSTOM_701"), ["AWS_CUSTOM_701"]);
        assert_eq!(plain("AWS_CUSTOM_701_002"), ["AWS_CUSTOM_701"]);
        assert!(plain("AWS_CUSTOM_A1_001").is_empty());
    }

    #[test]
    fn markdown_escapes_belong_to_the_token() {
        for escaped in [r"AWS\_EC2\_001", r"AWS\\_EC2\\_001", r"AWS\\\\_EC2_001"] {
            assert_eq!(all(&format!("**{escaped}**")), [(escaped.to_string(), "AWS_EC2_001".to_string())]);
        }
    }

    #[test]
    fn the_form_is_that_of_every_kind() {
        for text in ["AWS_EC2_001", "AWS_MOON_BASE_2_0123", "AWS_EC2_1234567890123456789"] {
            assert!(has_form(text), "{text}");
        }
        for text in
            ["AWS_001", "AWS_EC2_01", "AWS__001", "AWS_ec2_001", "AWS_EC2_12345678901234567890", "XAWS_EC2_001", ""]
        {
            assert!(!has_form(text), "{text}");
        }
    }

    #[test]
    fn a_number_no_counter_can_reach_is_no_token() {
        assert!(plain("AWS_EC2_12345678901234567890").is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// A token is read the same whether its meaning is known or not.
        #[test]
        fn a_meaning_does_not_change_where_tokens_stand(
            text in r"(AWS|_|\\\\?_|EC2|CUSTOM|HOST|S3_BUCKET|[0-9]{1,4}|[A-Z0-9]| |é){0,14}",
            known in prop::collection::hash_set(r"AWS_(EC2|CUSTOM|CUSTOM_HOST|S3_BUCKET)_[0-9]{3,4}", 0..8),
        ) {
            let text = text.as_bytes();
            let half = all_of(text).into_iter().map(|found| found.token.into_owned()).step_by(2);
            let known: std::collections::HashSet<Vec<u8>> = known.into_iter().map(String::into_bytes).chain(half).collect();
            let meaning = |token: &[u8]| known.get(token).cloned();
            let mut at = 0;
            while let Some((found, meant)) = find_meaning(text, at, meaning) {
                let plain = find(text, at);
                prop_assert_eq!(Some(&found), plain.as_ref());
                prop_assert_eq!(meant, meaning(&found.token));
                at = found.range.end;
            }
            prop_assert_eq!(find(text, at), None);
        }
    }
}
