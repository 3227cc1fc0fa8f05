//! Identifiers in percent-encoding (`arn%3Aaws%3A…`) and with HTML entities (`arn&#58;aws`).
//!
//! The word with the encoding in it is decoded and scanned like any text; what is found there stands in the word as it is
//! written, and that spelling is the identifier that is masked and restored.

use super::verify::key::LONGEST_KEY;
use super::verify::name::alphabet;
use super::verify::{address, assigned, run, run_back, KEY};
use crate::body::form;
use crate::detect::catalogue::names::Form;
use crate::simd::{self, AsciiSet};
use crate::token;
use std::ops::Range;

/// Longer words are looked at in parts, so that a scan takes linear time.
const LONGEST_WORD: usize = 1 << 16;
/// An encoding within an encoding (`%253A`) is followed so deep.
const MAX_ENCODINGS: usize = 3;

/// A decoded word and where its bytes stand in the text. It is read into again and again, so that short words cost no
/// allocation.
#[derive(Default)]
pub struct Word {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it reads.
    pub text: Vec<u8>,
    /// What was decoded to that.
    aside: Vec<u8>,
    /// Of each time that it was decoded, from the first.
    origins: [Origin; MAX_ENCODINGS],
    /// How often it was decoded.
    times: usize,
    /// How many bytes at its end are behind the last encoded character.
    plain_end: usize,
    /// Whether an identifier may be read in it that does not stand in the text as it is.
    reads_otherwise: bool,
    /// Whether something in it may be encoded or not.
    is_ambiguous: bool,
    /// Whether what it reads may be encoded once more: near behind an ampersand or a percent sign something was encoded.
    may_be_encoded: bool,
}

/// Where the bytes of a decoded text stood in what it was decoded from: of the first one, and of the one behind each encoded
/// character, where it stands and where it stood. Those behind it follow one another in both.
#[derive(Default)]
struct Origin(Vec<(usize, usize)>);

impl Origin {
    /// Where a byte stood. Behind the last one that is where the text ended.
    fn of(&self, at: usize) -> usize {
        let before = self.0.partition_point(|(place, _)| *place <= at);
        let (place, origin) = self.0[before - 1];
        origin + (at - place)
    }
}

impl Word {
    /// Reads the word at a range, which is one [`around`] an encoding.
    pub fn read(&mut self, text: &[u8], range: Range<usize>) {
        (self.times, self.plain_end, self.reads_otherwise, self.is_ambiguous) = (0, usize::MAX, false, false);
        self.decode(&text[..range.end], range.start);
        self.range = range;
        while self.times < MAX_ENCODINGS && self.may_be_encoded {
            if !memchr::memchr2_iter(b'%', b'&', &self.text).any(|mark| begins(&self.text[mark..])) {
                break;
            }
            self.reads_otherwise = true;
            let aside = std::mem::take(&mut self.aside);
            let text = std::mem::replace(&mut self.text, aside);
            self.decode(&text, 0);
            self.aside = text;
        }
    }

    /// Decodes the bytes of `text` from `start` on.
    fn decode(&mut self, text: &[u8], start: usize) {
        let origin = &mut self.origins[self.times].0;
        origin.clear();
        origin.push((0, start));
        // On its own, so that its length needs not be written and read for each byte.
        let mut read = std::mem::take(&mut self.text);
        read.clear();
        self.may_be_encoded = false;
        let (mut at, mut plain_from, mut mark) = (start, start, None);
        loop {
            // Words are short: where the next mark stands is faster seen byte by byte.
            let plain = text[at..].iter().position(|b| is_mark(*b)).unwrap_or(text.len() - at);
            read.extend_from_slice(&text[at..at + plain]);
            at += plain;
            let Some(&b) = text.get(at) else { break };
            let (byte, length) = match escape(&text[at..]) {
                None => (b, 1),
                Some((byte, length)) => {
                    if byte.is_ascii_alphanumeric() {
                        hide_token(&text[..at], &mut read);
                    }
                    // An ampersand stands between words, also where it is written as an entity.
                    self.reads_otherwise |= b != b'&' || byte != b'&';
                    self.is_ambiguous |= !byte.is_ascii_graphic();
                    plain_from = at + length;
                    origin.push((read.len() + 1, plain_from));
                    self.may_be_encoded |= mark.is_some_and(|mark| read.len() - mark < LONGEST_ENCODING);
                    (byte, length)
                }
            };
            mark = if is_mark(byte) { Some(read.len()) } else { mark };
            at += length;
            read.push(byte);
        }
        self.text = read;
        self.times += 1;
        self.plain_end = self.plain_end.min(at - plain_from);
    }

    /// Where a range of the decoded text stands in the text.
    pub fn in_text(&self, range: Range<usize>) -> Range<usize> {
        let place = |at: usize| self.origins[..self.times].iter().rev().fold(at, |at, origin| origin.of(at));
        place(range.start)..place(range.end)
    }

    /// Whether an identifier may be read in it that does not stand in the text as it is.
    pub fn reads_otherwise(&self) -> bool {
        self.reads_otherwise
    }

    /// Whether something in it may be encoded or not: `LIKE '%123456789012%'` has no letter of another script.
    pub fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
    }

    /// What it reads in front of the separators at its end: these are looked at as they stand, with what follows the word.
    pub fn without_last_separators(&self) -> &[u8] {
        if let Some(before) = self.text.strip_suffix(GO_STRING).filter(|_| self.plain_end > GO_STRING.len()) {
            return before;
        }
        let length = self.text.len();
        let separators = run_back(&self.text, length, self.plain_end.min(LAST_SEPARATORS), is_separator);
        let (before, last) = self.text.split_at(length - separators);
        // Two colons may be the end of an address; one of them may have been encoded.
        let with_two = &self.text[..length - separators + 2.min(separators)];
        let is_of_address = with_two.ends_with(b"::") && address::may_end_ipv6(with_two);
        // Behind what is longer than a key they fill up base64.
        let is_base64 = || simd::run_back(before, before.len(), LONGEST_KEY + 1, alphabet(Form::Secret)) > LONGEST_KEY;
        let is_padding = matches!(last, b"=" | b"==") && is_base64();
        if is_of_address || is_padding {
            &self.text
        } else {
            before
        }
    }

    /// From where on the word is looked at as it stands, too: behind its last encoded character, the key, flag or key id at its end,
    /// which may introduce what follows the word. The digits of that character are looked at with what follows them.
    pub fn end_from(&self, text: &[u8]) -> usize {
        let word = &text[..self.range.end];
        let word = word.strip_suffix(GO_STRING).unwrap_or(word);
        let end =
            word.len() - run_back(text, word.len(), LAST_SEPARATORS, |b| is_separator(b) || matches!(b, b'[' | b'{'));
        let plain_from = self.range.end - self.plain_end;
        let end = end.max(plain_from);
        let key = run_back(text, end, end - plain_from, |b| KEY.has(b));
        let is_behind_digits = end - key == plain_from && text[plain_from - 1].is_ascii_hexdigit();
        end - key - if is_behind_digits { form::ESCAPE_LENGTH - 1 } else { 0 }
    }
}

/// What the value behind a key may be given to: `Bucket:aws.String("x")`. Its bracket is in no word.
const GO_STRING: &[u8] = assigned::GO_STRING.split_last().unwrap().1;

/// The longest encoding that is understood: `&#x0003a;`.
const LONGEST_ENCODING: usize = 9;

/// How many separators at the end of a word are looked at.
const LAST_SEPARATORS: usize = 8;

/// What may stand between a key at the end of a word and its value behind that.
fn is_separator(b: u8) -> bool {
    matches!(b, b':' | b'=' | b'\'' | b'"' | b'\\')
}

/// Makes another word of the token that a text and what was read of it end with, since its number goes on behind that
/// (`AWS_EC2_001%30`): what restoring takes for a token must not become another one here.
fn hide_token(text: &[u8], read: &mut [u8]) {
    if !text.last().is_some_and(u8::is_ascii_digit) {
        return;
    }
    let mut at = text.len() - simd::run_back(text, text.len(), token::LONGEST, &TOKEN);
    while let Some(token) = token::find(text, at) {
        at = token.range.end;
        if at == text.len() {
            let others = read.len().saturating_sub(token.range.len());
            read[others..].fill(b'x');
        }
    }
}

/// What tokens are made of.
static TOKEN: AsciiSet = AsciiSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_\\");

/// What such words are made of: everything that stands in URLs and ARNs, and the backslash of an escape, so that a word begins as
/// it does for every other verifier.
static WORD: AsciiSet = AsciiSet::alphanumeric_and(b"-_./:*?+=@#~!;${}[],\\%&");

/// What an encoding may begin with.
fn is_mark(b: u8) -> bool {
    matches!(b, b'%' | b'&')
}

/// The word around `at`, where an encoding [`begins`], not reaching back before `from`.
pub fn around(text: &[u8], at: usize, from: usize) -> Range<usize> {
    let start = at - simd::run_back(text, at, LONGEST_WORD.min(at - from), &WORD);
    let mut end = start + simd::run(text, start, LONGEST_WORD, &WORD);
    // Latin letters belong to a word (`user/Développeur`), those of other scripts follow it (`…를`).
    while matches!(text[end..], [0xc3..=0xc9, 0x80..=0xbf, ..]) && end < start + LONGEST_WORD {
        end += 2 + simd::run(text, end + 2, LONGEST_WORD, &WORD);
    }
    start..end
}

/// Up to where something may stand that begins in the encoding that the mark at `at` begins, if that is none
/// (`LIKE '%20231234…'`): the first byte behind it that is in no label. `None` behind a mark that leads to no such encoding, or where
/// too little stands.
pub fn reach(text: &[u8], at: usize) -> Option<usize> {
    let byte = form::escape(&text[at..]);
    let may_be_none = match text[at..] {
        [b'%', ..] => byte.is_none_or(|byte| is_mark(byte) || !byte.is_ascii_graphic()),
        [_, b'#' | b'%', ..] => true,
        _ => false,
    };
    if !may_be_none || run(text, at + 1, SHORTEST, |b| BEHIND_MARK.has(b)) < SHORTEST {
        return None;
    }
    let end = at + 1 + simd::run(text, at + 1, LONGEST_WORD, &BEHIND_MARK);
    // No key begins in a space.
    let is_behind_key =
        matches!(text.get(end), Some(b':' | b'=')) && byte.is_some_and(|byte| byte.is_ascii_whitespace());
    Some(end - usize::from(is_behind_key))
}

/// Whether a range of a text begins in an encoding and goes on as the other range does.
pub fn begins_in_encoding(text: &[u8], range: &Range<usize>, other: &Range<usize>) -> bool {
    let mark = range.start.checked_sub(1);
    let length = mark.and_then(|mark| escape(&text[mark..other.start])).map(|(_, length)| length);
    range.end <= other.end && mark.zip(length).is_some_and(|(mark, length)| mark + length == other.start)
}

/// No shorter word holds an identifier: `fc00::`.
pub const SHORTEST: usize = 6;

/// What hosts, ids, keys and credentials begin with, and what entities are made of.
static BEHIND_MARK: AsciiSet = AsciiSet::alphanumeric_and(b".-_+#;");

/// Whether a text begins with an encoding.
pub fn begins(text: &[u8]) -> bool {
    matches!(text, [mark, rest @ ..] if escape_behind(*mark, rest).is_some())
}

/// The byte that is written at the start of `text`, and the length of its spelling. What is encoded may begin another encoding:
/// `%253A`.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let [mark, rest @ ..] = text else { return None };
    let (mut byte, mut length) = escape_behind(*mark, rest)?;
    for _ in 1..MAX_ENCODINGS {
        if !is_mark(byte) {
            break;
        }
        let Some((next, more)) = escape_behind(byte, &rest[length..]) else { break };
        (byte, length) = (next, length + more);
    }
    Some((byte, 1 + length))
}

/// The byte that is written by a percent sign or an ampersand and what stands behind it, and the length of that. An encoded
/// space or a letter of another script is no part of an identifier, but where one ends: `stop%20i-0abc…`.
#[inline]
fn escape_behind(mark: u8, rest: &[u8]) -> Option<(u8, usize)> {
    match (mark, rest) {
        // What restoring takes for a token, whatever is in front of it, is one: `%2AWS_EC2_001`.
        (b'%', [_, b'A', b'W', ..]) if token::parse(rest, 1).is_some() => None,
        (b'%', [high, low, ..]) => form::escape(&[mark, *high, *low]).map(|byte| (byte, form::ESCAPE_LENGTH - 1)),
        (b'&', [b'#', b'x' | b'X', rest @ ..]) => entity(rest, 16, 2),
        (b'&', [b'#', rest @ ..]) => entity(rest, 10, 1),
        // What their names begin with.
        (b'&', [b'a' | b'c' | b'e' | b'q' | b's', ..]) => {
            let named = [("amp;", b'&'), ("colon;", b':'), ("sol;", b'/'), ("equals;", b'='), ("quot;", b'"')];
            named.iter().find(|(name, _)| rest.starts_with(name.as_bytes())).map(|(name, byte)| (*byte, name.len()))
        }
        _ => None,
    }
}

fn entity(digits: &[u8], radix: u32, before: usize) -> Option<(u8, usize)> {
    let length = digits.iter().take(6).position(|b| *b == b';').filter(|length| *length > 0)?;
    let add = |code, b: &u8| Some(code * radix + char::from(*b).to_digit(radix)?);
    let code = digits[..length].iter().try_fold(0, add)?;
    let byte = u8::try_from(code).ok().filter(u8::is_ascii_graphic)?;
    Some((byte, before + length + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_cut_in_an_encoding_ends_there() {
        for unit in ["%2530", "%253A", "%25253A", "&#37;3A", "%25&#58;", "%3A=", "%3A::"] {
            for before in 0..unit.len() {
                let text = "x".repeat(before) + &unit.repeat(LONGEST_WORD / unit.len() + 2);
                let mut word = Word::default();
                let start = text.find(['%', '&']).unwrap();
                word.read(text.as_bytes(), around(text.as_bytes(), start, 0));
                assert!(word.text.starts_with(word.without_last_separators()), "{unit}");
            }
        }
    }

    #[test]
    fn separators_at_the_end_of_a_word_are_looked_at_as_they_stand() {
        for (text, read) in
            [("%3AType:", ":Type"), ("a%3D\\\"", "a="), ("x%3A", "x:"), ("fc00%3A1::", "fc00:1::"), ("a%2Fb", "a/b")]
        {
            let mut word = Word::default();
            word.read(text.as_bytes(), around(text.as_bytes(), text.find('%').unwrap(), 0));
            assert_eq!(word.without_last_separators(), read.as_bytes(), "{text}");
        }
    }

    #[test]
    fn a_word_that_ends_in_an_encoding_leads_back_however_often_it_was_encoded() {
        for text in [&b"name%253Aprod%2F"[..], b"a%2526x%2F", b"x%25%33%41%2D", b"x&amp;#58;&#x2f;"] {
            let mut word = Word::default();
            let start = text.iter().position(|b| matches!(b, b'%' | b'&')).unwrap();
            word.read(text, around(text, start, 0));
            assert_eq!(word.in_text(0..word.text.len()), 0..text.len(), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_word_is_decoded_and_leads_back() {
        let text = b"x=(arn%3Aaws&#58;s3&#x3a;&colon;:b%2fk) y";
        let mut word = Word::default();
        word.read(text, around(text, 6, 0));
        assert_eq!(word.text, b"arn:aws:s3:::b/k");
        assert_eq!(&text[word.in_text(0..4)], b"arn%3A");
        assert_eq!(&text[word.in_text(13..16)], b"b%2fk");
        for text in ["% of", "& b", "&#+58;b", "&#;b", "%2AWS_EC2_001", "%", "&", "", "x%3A"] {
            assert!(!begins(text.as_bytes()), "{text}");
        }
        assert!(begins(b"%2AWS_EC2") && begins(b"%3A") && begins(b"&#58;"));
        let text = b"x%3AAWS_EC2_001%30:AWS_VPC_001";
        word.read(text, around(text, 1, 0));
        assert_eq!(word.text, b"x:xxxxxxxxxxx0:AWS_VPC_001");
        let text = b"x arn%253Aaws%25252Fy;z";
        word.read(text, around(text, 5, 0));
        assert_eq!(word.text, b"arn:aws/y;z");
        assert_eq!(&text[word.in_text(3..8)], b"%253Aaws%25252F");
        assert_eq!((word.in_text(9..11), word.end_from(text)), (21..23, 22));
    }
}
