//! Texts as they are meant: without percent-encoding (`arn%3Aaws%3A…`) and HTML entities (`arn&#58;aws`).
//!
//! A text that has any of these is decoded and scanned like any other; what is found there stands in the text as it is written, and
//! that spelling is the identifier that is masked and restored.

use super::verify::{run_back, KEY};
use super::Span;
use crate::body::form;
use crate::simd::{self, AsciiSet};
use crate::token;
use std::ops::Range;

/// An encoding of a mark within an encoding (`%253A`) is followed so deep. One that is made of encodings otherwise (`%%33A`) is read
/// once more, since no program writes it.
const MAX_ENCODINGS: usize = 3;
/// The longest encoding that is understood: `&#x0003a;`.
const LONGEST_ENCODING: usize = 9;

/// Whether an encoding is in a text.
pub fn holds_encoding(text: &[u8]) -> bool {
    memchr::memchr2_iter(MARKS[0], MARKS[1], text).any(|mark| begins(&text[mark..]))
}

/// Whether a text begins with an encoding.
pub fn begins(text: &[u8]) -> bool {
    encoding(text).is_some()
}

/// What a text means. The memory for it is that of the text before, if that was short: most bodies with encodings have many.
#[derive(Debug, Default)]
pub struct Meant {
    pub text: Vec<u8>,
    /// Whether [`doubtful`] may give something in the text that was decoded.
    pub may_be_doubtful: bool,
    parts: Vec<Part>,
}

/// A part of a text that was decoded at once.
#[derive(Debug)]
struct Part {
    /// How long it is.
    length: usize,
    /// How much of what the text means it is.
    read: usize,
    /// Whether what it reads was encoded itself, and decoded once more.
    is_encoded: bool,
}

impl Meant {
    /// Decodes a text.
    pub fn read(&mut self, text: &[u8]) {
        self.text.clear();
        self.text.reserve(text.len());
        self.parts.clear();
        self.may_be_doubtful = false;
        let mut rest = text;
        while !rest.is_empty() {
            let part;
            (part, rest) = rest.split_at(part_end(rest));
            self.read_part(part, part.len() == text.len());
        }
        self.may_be_doubtful &= text.len() > SHORTEST;
    }

    /// Gives back the memory of a long text.
    pub fn give_back(&mut self) {
        if self.text.capacity() > PART {
            self.text = Vec::new();
            self.parts = Vec::new();
        }
    }

    fn read_part(&mut self, part: &[u8], is_whole: bool) {
        let start = self.text.len();
        let mut is_doubtful = false;
        let is_encoded = decode(part, &mut self.text, |mark, byte| {
            is_doubtful =
                is_doubtful || if is_whole { doubtful(part, mark, byte).is_some() } else { doubt(byte).is_some() };
        });
        self.may_be_doubtful |= is_doubtful;
        if is_encoded {
            let encoded = self.text.split_off(start);
            decode(&encoded, &mut self.text, |_, _| ());
        }
        self.parts.push(Part { length: part.len(), read: self.text.len() - start, is_encoded });
    }

    /// Moves spans of what the text means, which is this one, to where they stand in the text.
    pub fn lead_back(&self, text: &[u8], spans: &mut [Span]) {
        if spans.is_empty() {
            return;
        }
        let mut names: Vec<_> = spans.iter().filter_map(Span::name).collect();
        let ranges = spans.iter_mut().map(|span| &mut span.range).chain(names.iter_mut().map(|(name, _)| name));
        let mut places: Vec<_> = ranges.flat_map(|Range { start, end }| [start, end]).collect();
        // A name may begin in front of its span, if another one took that place.
        places.sort_unstable();
        let mut places = places.as_mut_slice();
        let (mut at, mut read) = (0, 0);
        for part in &self.parts {
            let end = read + part.read;
            let count = places.iter().take_while(|place| ***place <= end).count();
            let of_part;
            (of_part, places) = places.split_at_mut(count);
            if count > 0 {
                of_part.iter_mut().for_each(|place| **place -= read);
                let text = &text[at..at + part.length];
                if part.is_encoded {
                    let mut read = Vec::new();
                    decode(text, &mut read, |_, _| ());
                    lead_back(&read, of_part);
                }
                lead_back(text, of_part);
                of_part.iter_mut().for_each(|place| **place += at);
            }
            (at, read) = (at + part.length, end);
        }
        for (span, (name, kind)) in spans.iter_mut().filter(|span| span.has_name()).zip(names) {
            span.set_name(name, kind);
        }
    }
}

/// Moves places in what a text reads, which are in order, to where they stand in the text. Those behind the last byte are where it ends.
fn lead_back(text: &[u8], places: &mut [&mut usize]) {
    let mut places = places.iter_mut().peekable();
    // How much longer the text is than what it reads, up to here.
    let mut longer = 0;
    each_encoding(text, |mark, _, length| {
        while let Some(place) = places.next_if(|place| ***place + longer <= mark) {
            **place += longer;
        }
        longer += length - 1;
    });
    places.for_each(|place| **place += longer);
}

/// How much of a text is decoded at once, so that little of what is between is kept, and little is read again to lead back what was found.
const PART: usize = 1 << 12;

/// Where the first part of a text ends: in a longer one where something stands that is in no encoding and no token, else in front of an encoding.
fn part_end(text: &[u8]) -> usize {
    if text.len() <= PART {
        return text.len();
    }
    let is_between = |b: &u8| !ENCODING.has(*b);
    let last = PART - MAX_ENCODINGS * LONGEST_ENCODING;
    let mark = || text[last..PART].iter().position(|b| is_mark(*b)).map(|mark| last + mark);
    text[..PART].iter().rposition(is_between).map(|between| between + 1).or_else(mark).unwrap_or(PART)
}

/// What encodings and tokens are made of.
static ENCODING: AsciiSet = AsciiSet::alphanumeric_and(b"%&#;_\\");

/// Adds what a text reads to what was read before, and gives each encoding's place and what it encodes to `meet`. Gives whether what it reads is
/// encoded once more.
fn decode(text: &[u8], read: &mut Vec<u8>, mut meet: impl FnMut(usize, u8)) -> bool {
    // What is in front of `from` has been read.
    let (mut from, mut is_encoded) = (0, false);
    // The mark in what was read with which what was decoded last may be an encoding.
    let mut open: Option<usize> = None;
    each_encoding(text, |mark, byte, length| {
        read.extend_from_slice(&text[from..mark]);
        from = mark + length;
        meet(mark, byte);
        if !is_encoded {
            is_encoded = open.is_some_and(|open| begins(&read[open..]));
            let may_go_on = !is_mark(byte) && ENCODING.has(byte);
            open = if may_go_on { last_mark(read) } else { None };
        }
        if byte.is_ascii_alphanumeric() && ends_in_digit(&text[..mark]) {
            hide_token(&text[..mark], read);
        }
        read.push(byte);
    });
    read.extend_from_slice(&text[from..]);
    is_encoded || open.is_some_and(|open| begins(&read[open..]))
}

/// Where the last mark stands behind which what a text ends with may be part of an encoding.
fn last_mark(text: &[u8]) -> Option<usize> {
    let near = text.len().saturating_sub(LONGEST_ENCODING - 1);
    text[near..].iter().rposition(|b| is_mark(*b)).map(|mark| near + mark)
}

/// Gives every encoding of a text to `take`, in order: where it begins, the byte that it encodes, and its length. None begins in
/// another one: but for its first byte an encoding has no mark in it.
#[inline]
pub fn each_encoding(text: &[u8], mut take: impl FnMut(usize, u8, usize)) {
    simd::each_of(text, &MARK, |mark| {
        if let Some((byte, length)) = encoding(&text[mark..]) {
            take(mark, byte, length);
        }
    });
}

/// What may end in front of the encoding of `byte` at `at` if that is none, or begin in it, from `at` on. Mostly there is nothing.
#[inline]
pub fn doubtful(text: &[u8], at: usize, byte: u8) -> Option<Range<usize>> {
    doubt(byte).and_then(|look| look(text, at))
}

/// Looks for what is doubtful about an encoding at a position.
type Look = fn(&[u8], usize) -> Option<Range<usize>>;

/// How to look for that about an encoding of a byte: of most marks nothing is doubtful.
#[inline(always)]
fn doubt(byte: u8) -> Option<Look> {
    match byte {
        _ if byte.is_ascii_alphanumeric() => Some(before),
        _ if !byte.is_ascii_graphic() => Some(behind),
        _ => None,
    }
}

/// What may end in front of the encoding of a letter or digit at `at` if that is none: `i-0…%41`.
fn before(text: &[u8], at: usize) -> Option<Range<usize>> {
    let length = simd::run_back(text, at, at, &BEFORE);
    if length < SHORTEST_BEFORE {
        return None;
    }
    let start = at - length;
    match text[..start].last() {
        // What another encoding begins is looked at behind that.
        Some(b'%') => None,
        // Behind the key of a credential.
        Some(_) if at - start >= SHORTEST_GIVEN => Some(start - 1..at),
        _ => Some(start..at),
    }
}

/// What may begin in the encoding of a byte at `at` if that is none, since the byte is no printable character: `LIKE '%20231234…'`.
fn behind(text: &[u8], at: usize) -> Option<Range<usize>> {
    // A flag begins there and not in the encoding: `list%20--bucket`.
    if text[at..].get(form::ESCAPE_LENGTH..).is_some_and(|behind| behind.starts_with(b"--")) {
        return None;
    }
    let length = simd::run(text, at + 1, text.len(), &BEHIND);
    if length < SHORTEST {
        return None;
    }
    let end = at + 1 + length;
    // The byte that ends it may be the slash of a credential, or stand behind a key. No key begins with a digit; one that begins
    // further on is meant, too.
    let is_behind_key = matches!(text.get(end), Some(b':' | b'=' | b'|'));
    let begins_key = || text[at + 1].is_ascii_alphabetic() && simd::run(text, at + 1, length, &KEY) == length;
    Some(at..end + usize::from(!is_behind_key || begins_key()))
}

/// No shorter word holds an identifier: `fc00::`.
const SHORTEST: usize = 6;
/// None that ends in front of a letter: `1.2.3.4`.
const SHORTEST_BEFORE: usize = 7;
/// Nothing shorter is found by its key that is no name: an account id.
const SHORTEST_GIVEN: usize = 12;

/// What hosts, ids and credentials are made of.
static BEFORE: AsciiSet = AsciiSet::alphanumeric_and(b".-_+/");
/// What hosts, ids, keys and credentials begin with, and what entities are made of.
static BEHIND: AsciiSet = AsciiSet::alphanumeric_and(b".-_+#;");

/// Whether a range of a text begins in an encoding and goes on as the other range does.
pub fn begins_in_encoding(text: &[u8], range: &Range<usize>, other: &Range<usize>) -> bool {
    let mark = range.start.checked_sub(1).filter(|mark| *mark < other.start && is_mark(text[*mark]));
    let is_behind = |mark| encoding(&text[mark..other.start]).is_some_and(|(_, length)| mark + length == other.start);
    range.end <= other.end && mark.is_some_and(is_behind)
}

fn ends_in_digit(text: &[u8]) -> bool {
    text.last().is_some_and(u8::is_ascii_digit)
}

/// Makes another word of the token that a text and what was read of it end with, since its number goes on behind that
/// (`AWS_EC2_001%30`): what restoring takes for a token must not become another one here.
#[inline(never)]
fn hide_token(text: &[u8], read: &mut [u8]) {
    let digits = run_back(text, text.len(), token::LONGEST, |b| b.is_ascii_digit());
    if !text[..text.len() - digits].ends_with(b"_") {
        return;
    }
    let run = text.len() - simd::run_back(text, text.len(), token::LONGEST, &TOKEN);
    let ends_text = |at: &usize| token::parse(text, *at).is_some_and(|token| token.range.end == text.len());
    if let Some(token) = (run..text.len()).find(ends_text) {
        let others = read.len().saturating_sub(text.len() - token);
        read[others..].fill(b'x');
    }
}

/// What tokens are made of.
static TOKEN: AsciiSet = AsciiSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_\\");

/// What an encoding may begin with.
const MARKS: [u8; 2] = *b"%&";
static MARK: AsciiSet = AsciiSet::of(&MARKS);

fn is_mark(b: u8) -> bool {
    MARKS.contains(&b)
}

/// The byte that is encoded at the start of a text, and the length of its encoding. What is encoded may begin another encoding: `%253A`.
#[inline(always)]
fn encoding(text: &[u8]) -> Option<(u8, usize)> {
    let (mark, rest) = text.split_first()?;
    let (byte, behind) = escape_behind(*mark, rest)?;
    Some(if is_mark(byte) { encoded_mark(text, byte, 1 + behind) } else { (byte, 1 + behind) })
}

/// The same of a text that begins with so long an encoding of a mark.
#[inline(never)]
fn encoded_mark(text: &[u8], mut byte: u8, mut length: usize) -> (u8, usize) {
    for _ in 1..MAX_ENCODINGS {
        if !is_mark(byte) {
            break;
        }
        let Some((next, more)) = escape_behind(byte, &text[length..]) else { break };
        (byte, length) = (next, length + more);
    }
    (byte, length)
}

/// The byte that is written by a percent sign or an ampersand and what stands behind it, and the length of that. An encoded
/// space or a letter of another script is no part of an identifier, but where one ends: `stop%20i-0abc…`.
#[inline(always)]
fn escape_behind(mark: u8, rest: &[u8]) -> Option<(u8, usize)> {
    match mark {
        b'%' => percent_behind(rest),
        b'&' => entity_behind(rest),
        _ => None,
    }
}

#[inline(always)]
fn percent_behind(rest: &[u8]) -> Option<(u8, usize)> {
    let [high, low, behind @ ..] = rest else { return None };
    let byte = form::escape(&[b'%', *high, *low])?;
    // What restoring takes for a token, whatever is in front of it, is one: `%2AWS_EC2_001`.
    let is_token = *low == b'A' && behind.first() == Some(&b'W') && token::parse(rest, 1).is_some();
    (!is_token).then_some((byte, form::ESCAPE_LENGTH - 1))
}

#[inline(never)]
fn entity_behind(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'#', b'x' | b'X', rest @ ..] => numbered(rest, 16, 2),
        [b'#', rest @ ..] => numbered(rest, 10, 1),
        // What their names begin with.
        [b'a' | b'c' | b'e' | b'q' | b's', ..] => {
            let named = [("amp;", b'&'), ("colon;", b':'), ("sol;", b'/'), ("equals;", b'='), ("quot;", b'"')];
            named.iter().find(|(name, _)| rest.starts_with(name.as_bytes())).map(|(name, byte)| (*byte, name.len()))
        }
        _ => None,
    }
}

fn numbered(digits: &[u8], radix: u32, before: usize) -> Option<(u8, usize)> {
    let length = digits.iter().take(6).position(|b| *b == b';').filter(|length| *length > 0)?;
    let add = |code, b: &u8| Some(code * radix + char::from(*b).to_digit(radix)?);
    let code = digits[..length].iter().try_fold(0, add)?;
    let byte = u8::try_from(code).ok().filter(u8::is_ascii_graphic)?;
    Some((byte, before + length + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::catalogue::kinds::Kind;
    use proptest::prelude::*;

    /// Where ranges of what is meant stand in the text.
    fn led_back(text: &[u8], ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut spans: Vec<_> = ranges.iter().map(|range| Span::new(range.clone(), Kind::Ec2)).collect();
        read(text).lead_back(text, &mut spans);
        spans.into_iter().map(|span| span.range).collect()
    }

    fn read(text: &[u8]) -> Meant {
        let mut meant = Meant::default();
        meant.read(text);
        meant
    }

    #[test]
    fn a_text_is_decoded_and_leads_back() {
        let text = b"x=(arn%3Aaws&#58;s3&#x3a;&colon;:b%2fk) y";
        assert_eq!(read(text).text, b"x=(arn:aws:s3:::b/k) y");
        let found: Vec<_> = led_back(text, &[3..7, 16..19]).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, [&b"arn%3A"[..], b"b%2fk"]);
        for text in ["% of", "& b", "&#+58;b", "&#;b", "%2AWS_EC2_001", "%", "&", "", "x%3A", "%%3A"] {
            assert!(!begins(text.as_bytes()), "{text}");
        }
        assert!(begins(b"%2AWS_EC2") && begins(b"%3A") && begins(b"&#58;"));
    }

    #[test]
    fn an_encoding_within_another_is_read() {
        for (text, meant) in [
            ("arn%253Aaws%25252Fy;z", "arn:aws/y;z"),
            ("x%2525253Ay", "x%3Ay"),
            ("x%%33Ay", "x:y"),
            ("x%25%33%41y", "x:y"),
            ("x&#37;3Ay&amp;#58;z&amp;amp;#x3a;", "x:y:z:"),
            ("x%3AAWS_EC2_001%30:AWS_VPC_001", "x:xxxxxxxxxxx0:AWS_VPC_001"),
            ("x%252AWS_EC2_001", "x%2AWS_EC2_001"),
            ("100%25 of %", "100% of %"),
        ] {
            assert_eq!(String::from_utf8_lossy(&read(text.as_bytes()).text), meant, "{text}");
        }
    }

    #[test]
    fn only_what_is_long_enough_is_looked_at_as_it_stands() {
        for (text, doubtful_part) in [
            ("x i-0abcdef12%41 y", "i-0abcdef12"),
            ("key=0123456789ab%41", "=0123456789ab"),
            ("x i-0%41", ""),
            ("%2Fi-0abcdef12%41", ""),
            ("LIKE '%20231234'", "%20231234'"),
            ("LIKE '%20231234", "%20231234"),
            ("x%20name: y", "%20name"),
            ("x%13name: y", "%13name"),
            ("x%acname: y", "%acname:"),
            ("x%acname| y", "%acname|"),
            ("x%ac.name: y", "%ac.name"),
            ("x%13name| y", "%13name"),
            ("x%3Aname: y", ""),
            ("x%2513name: y", "%2513name"),
            ("x i-0abcdef12%3A41 y", ""),
            ("x%20y", ""),
        ] {
            let at = text.rfind('%').unwrap();
            let (byte, _) = encoding(&text.as_bytes()[at..]).unwrap();
            let part = doubtful(text.as_bytes(), at, byte).unwrap_or(at..at);
            assert_eq!(&text[part.start..part.end.min(text.len())], doubtful_part, "{text}");
        }
    }

    #[test]
    fn what_stands_in_parts_leads_back() {
        for (unit, meant) in [("x%20i-0abc%3Ay %%33A", "x i-0abc:y :"), ("%3Ax%2Dy&#58;", ":x-y:"), ("x%2Fx", "x/x")] {
            let text = unit.repeat(3 * PART / unit.len());
            let read = read(text.as_bytes()).text;
            assert!(read.starts_with(meant.as_bytes()));
            let last = read.len() - meant.len()..read.len();
            assert_eq!(led_back(text.as_bytes(), &[last])[0], text.len() - unit.len()..text.len());
        }
    }

    #[test]
    fn no_token_is_cut() {
        let unit = "AWS_EC2_001%30 ";
        for before in 0..unit.len() {
            let read = read(("x".repeat(before) + &unit.repeat(3 * PART / unit.len())).as_bytes()).text;
            assert!(!String::from_utf8_lossy(&read).contains("AWS_"), "behind {before}");
        }
    }

    #[test]
    fn no_encoding_is_cut() {
        for unit in ["%41", "&#65;", "%2541", "&amp;#65;"] {
            for before in 0..unit.len() {
                let text = "x".repeat(before) + &unit.repeat(3 * PART / unit.len());
                let read = read(text.as_bytes()).text;
                assert!(read[before..].iter().all(|b| *b == b'A'), "{unit} behind {before}");
            }
        }
    }

    const ENCODED: &str = r"(%[0-9a-f]{2}|%25|&#[0-9]{2};|&amp;|[%&#;a-f0-9]|x{1,30}){0,24}";

    proptest! {
        /// Nothing is left of the text that was read before.
        #[test]
        fn what_was_read_before_does_not_matter(before in ENCODED, text in ENCODED) {
            let (mut after, own) = (read(before.as_bytes()), read(text.as_bytes()));
            after.read(text.as_bytes());
            prop_assert_eq!(format!("{after:?}"), format!("{own:?}"));
        }

        /// Each byte of what is meant stands where it is written.
        #[test]
        fn every_byte_leads_back(text in ENCODED) {
            let text = text.as_bytes();
            let read = read(text).text;
            let bytes: Vec<_> = (0..read.len()).map(|at| at..at + 1).collect();
            let mut end = 0;
            for (at, range) in led_back(text, &bytes).into_iter().enumerate() {
                prop_assert_eq!(range.start, end);
                let written = &text[range.clone()];
                prop_assert!(written == &read[at..at + 1] || written.len() > 1, "{:?}", String::from_utf8_lossy(written));
                end = range.end;
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
