//! Texts as they are meant: without percent-encoding (`arn%3Aaws%3A…`) and HTML entities (`arn&#58;aws`).
//!
//! A text that has any of these is decoded and scanned like any other; what is found there stands in the text as it is written, and
//! that spelling is the identifier that is masked and restored.

use super::verify::run_back;
use super::Span;
use crate::body::form;
use crate::simd::{self, AsciiSet};
use crate::token;
use std::ops::Range;

/// An encoding within an encoding (`%253A`) is followed so deep.
const MAX_ENCODINGS: usize = 3;
/// The longest encoding that is understood: `&#x0003a;`.
const LONGEST_ENCODING: usize = 9;

/// Whether an encoding is in a text.
pub fn holds_encoding(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'%', b'&', text).any(|mark| begins(&text[mark..]))
}

/// Whether a text begins with an encoding.
pub fn begins(text: &[u8]) -> bool {
    text.first().is_some_and(|b| is_mark(*b)) && once(text).is_some()
}

/// What a text means.
pub fn read(text: &[u8]) -> Vec<u8> {
    let mut read = Vec::with_capacity(text.len());
    let mut at = 0;
    loop {
        let mark = mark_from(text, at);
        read.extend_from_slice(&text[at..mark]);
        if mark == text.len() {
            return read;
        }
        let (byte, length) = byte(&text[mark..]);
        if length > 1 && byte.is_ascii_alphanumeric() {
            hide_token(&text[..mark], &mut read);
        }
        read.push(byte);
        at = mark + length;
    }
}

/// Moves spans of what a text means to where they stand in the text.
pub fn lead_back(text: &[u8], spans: &mut [Span]) {
    let mut places: Vec<_> = spans.iter_mut().flat_map(places).collect();
    // A name may begin in front of its span, if another one took that place.
    places.sort_unstable();
    let (mut at, mut read) = (0, 0);
    let mut mark = mark_from(text, 0);
    for place in places {
        while read < *place {
            let step = (mark - at).min(*place - read);
            (at, read) = (at + step, read + step);
            if read < *place {
                (at, read) = (at + byte(&text[at..]).1, read + 1);
                mark = mark_from(text, at);
            }
        }
        *place = at;
    }
}

/// Where a span and its name begin and end.
fn places(span: &mut Span) -> impl Iterator<Item = &mut usize> {
    let Span { range, name, .. } = span;
    let of_name = name.iter_mut().flat_map(|(name, _)| [&mut name.start, &mut name.end]);
    of_name.chain([&mut range.start, &mut range.end])
}

/// Where the next percent sign or ampersand stands from `at` on, or the text ends.
fn mark_from(text: &[u8], at: usize) -> usize {
    /// Within so many bytes it is faster seen byte by byte.
    const NEAR: usize = 16;
    let near = &text[at..text.len().min(at + NEAR)];
    match near.iter().position(|b| is_mark(*b)) {
        Some(mark) => at + mark,
        None => {
            let far = at + near.len();
            memchr::memchr2(b'%', b'&', &text[far..]).map_or(text.len(), |mark| far + mark)
        }
    }
}

/// Gives what may end in front of an encoding, if that is none, to `before`, and what may begin in it to `behind`; both are empty
/// mostly.
pub fn each_doubtful(text: &[u8], mut take: impl FnMut(Range<usize>, Range<usize>)) {
    let mut at = mark_from(text, 0);
    while at < text.len() {
        let (byte, length) = byte(&text[at..]);
        if length > 1 {
            take(before(text, at, byte), behind(text, at, byte));
        }
        at = mark_from(text, at + length);
    }
}

/// What may end in front of the encoding of a byte at `at` if that is none: `i-0…%41`. Where the byte ends a word as well there is
/// nothing.
fn before(text: &[u8], at: usize, byte: u8) -> Range<usize> {
    if !JOINED.has(byte) || run_back(text, at, SHORTEST, |b| BEFORE.has(b)) < SHORTEST {
        return at..at;
    }
    let start = at - simd::run_back(text, at, at, &BEFORE);
    match text[..start].last() {
        // What another encoding begins is looked at behind that.
        Some(b'%') => at..at,
        // Behind the key of a credential.
        Some(_) if at - start >= SHORTEST_GIVEN => start - 1..at,
        _ => start..at,
    }
}

/// What may begin in the encoding of a byte at `at` if that is none, since the byte is no printable character: `LIKE '%20231234…'`. Mostly
/// there is nothing.
fn behind(text: &[u8], at: usize, byte: u8) -> Range<usize> {
    if byte.is_ascii_graphic() || simd::run(text, at + 1, SHORTEST, &BEHIND) < SHORTEST {
        return at..at;
    }
    let end = at + 1 + simd::run(text, at + 1, text.len(), &BEHIND);
    // The byte that ends it may be the slash of a credential, or stand behind a key. No key begins in a space.
    let is_of_key = matches!(text.get(end), Some(b':' | b'='));
    at + 1..text.len().min(end + usize::from(!(is_of_key && byte.is_ascii_whitespace())))
}

/// No shorter word holds an identifier: `fc00::`.
const SHORTEST: usize = 6;
/// Nothing shorter is found by its key that is no name: an account id.
const SHORTEST_GIVEN: usize = 12;

/// What the words go on with that ids and hosts are.
static JOINED: AsciiSet = AsciiSet::alphanumeric_and(b".-_");
/// What hosts, ids and credentials are made of.
static BEFORE: AsciiSet = AsciiSet::alphanumeric_and(b".-_+/");
/// What hosts, ids, keys and credentials begin with, and what entities are made of.
static BEHIND: AsciiSet = AsciiSet::alphanumeric_and(b".-_+#;");

/// Whether a range of a text begins in an encoding and goes on as the other range does.
pub fn begins_in_encoding(text: &[u8], range: &Range<usize>, other: &Range<usize>) -> bool {
    let mark = range.start.checked_sub(1).filter(|mark| *mark < other.start && is_mark(text[*mark]));
    let is_behind = |mark| mark + byte(&text[mark..other.start]).1 == other.start;
    range.end <= other.end && mark.is_some_and(is_behind)
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

/// What an encoding may begin with.
fn is_mark(b: u8) -> bool {
    matches!(b, b'%' | b'&')
}

/// The byte that is written at the start of a text, which is a percent sign or an ampersand, and the length of its spelling.
#[inline]
fn byte(text: &[u8]) -> (u8, usize) {
    match once(text) {
        Some(written) if !is_mark(written.0) => written,
        written => written_by_mark(text, written.unwrap_or((text[0], 1))),
    }
}

/// The same, where that is a mark once it has been decoded, whose spelling is so long: it may begin another encoding.
#[inline(never)]
fn written_by_mark(text: &[u8], (mark, length): (u8, usize)) -> (u8, usize) {
    let behind = &text[length..text.len().min(length + LONGEST_ENCODING - 1)];
    let may_go_on = behind.first().is_some_and(|b| ENCODING.has(*b) || is_mark(*b));
    // One that is written as it is was asked what its own encoding is.
    if may_go_on && (length > 1 || behind.iter().any(|b| is_mark(*b))) {
        decoded(text, MAX_ENCODINGS)
    } else {
        (mark, length)
    }
}

/// The byte that a text begins with, decoded so many times, and the length of its spelling. There is one.
fn decoded(text: &[u8], times: usize) -> (u8, usize) {
    if times == 0 || !is_mark(text[0]) {
        return (text[0], 1);
    }
    if times == 1 {
        return once(text).unwrap_or((text[0], 1));
    }
    let (mark, length) = decoded(text, times - 1);
    if !is_mark(mark) {
        return (mark, length);
    }
    let most = if mark == b'%' { form::ESCAPE_LENGTH } else { LONGEST_ENCODING } - 1;
    let behind = Behind::read(text, length, times - 1, most);
    behind.escape(mark, text).unwrap_or((mark, length))
}

/// The byte that the encoding stands for that a text begins with, and the length of that.
#[inline]
fn once(text: &[u8]) -> Option<(u8, usize)> {
    let (byte, behind) = escape_behind(text[0], &text[1..])?;
    (!is_of_token(text, behind)).then_some((byte, 1 + behind))
}

/// What stands behind a percent sign or an ampersand.
#[derive(Default)]
struct Behind {
    bytes: [u8; LONGEST_ENCODING - 1],
    /// Where the spelling of each ends.
    ends: [usize; LONGEST_ENCODING - 1],
    count: usize,
}

impl Behind {
    /// Reads `most` bytes of a text, decoded so many times, from `at` on, or as many as may be of an encoding.
    fn read(text: &[u8], mut at: usize, times: usize, most: usize) -> Behind {
        let mut behind = Behind::default();
        while behind.count < most && at < text.len() {
            let (byte, length) = decoded(&text[at..], times);
            if !ENCODING.has(byte) {
                break;
            }
            at += length;
            (behind.bytes[behind.count], behind.ends[behind.count]) = (byte, at);
            behind.count += 1;
        }
        behind
    }

    /// The byte that is written with the mark in front of it, and where the spelling of it ends in the text.
    fn escape(&self, mark: u8, text: &[u8]) -> Option<(u8, usize)> {
        let (byte, length) = escape_behind(mark, &self.bytes[..self.count])?;
        let end = self.ends[length - 1];
        (!is_of_token(text, end - 1)).then_some((byte, end))
    }
}

/// Whether what restoring takes for a token begins there: that is one, whatever is in front of it (`%2AWS_EC2_001`).
fn is_of_token(text: &[u8], at: usize) -> bool {
    matches!(text[at..], [b'A', b'W', ..]) && token::parse(text, at).is_some()
}

/// What an encoding goes on with.
static ENCODING: AsciiSet = AsciiSet::alphanumeric_and(b"#;");

/// The byte that is written by a percent sign or an ampersand and what stands behind it, and the length of that. An encoded
/// space or a letter of another script is no part of an identifier, but where one ends: `stop%20i-0abc…`.
#[inline]
fn escape_behind(mark: u8, rest: &[u8]) -> Option<(u8, usize)> {
    match (mark, rest) {
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
    use crate::detect::catalogue::kinds::Kind;
    use proptest::prelude::*;

    /// Where ranges of what is meant stand in the text.
    fn led_back(text: &[u8], ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut spans: Vec<_> = ranges.iter().map(|range| Span::new(range.clone(), Kind::Ec2)).collect();
        lead_back(text, &mut spans);
        spans.into_iter().map(|span| span.range).collect()
    }

    #[test]
    fn a_text_is_decoded_and_leads_back() {
        let text = b"x=(arn%3Aaws&#58;s3&#x3a;&colon;:b%2fk) y";
        assert_eq!(read(text), b"x=(arn:aws:s3:::b/k) y");
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
            assert_eq!(String::from_utf8_lossy(&read(text.as_bytes())), meant, "{text}");
        }
    }

    #[test]
    fn only_what_is_long_enough_is_looked_at_as_it_stands() {
        for (text, is_before, is_behind) in [
            ("x i-0abcdef12%41 y", "i-0abcdef12", ""),
            ("key=0123456789ab%41", "=0123456789ab", ""),
            ("x i-0%41", "", ""),
            ("%2Fi-0abcdef12%41", "", ""),
            ("LIKE '%20231234'", "", "20231234'"),
            ("LIKE '%20231234", "", "20231234"),
            ("x%20name: y", "", "20name"),
            ("x%13name: y", "", "13name:"),
            ("x%3Aname: y", "", ""),
            ("x%2513name: y", "", "2513name:"),
            ("x i-0abcdef12%3A41 y", "", ""),
            ("x%20y", "", ""),
        ] {
            let bytes = text.as_bytes();
            let mut found = Vec::new();
            each_doubtful(bytes, |before, behind| found.push((&text[before], &text[behind])));
            assert!(found.contains(&(is_before, is_behind)), "{text}");
        }
    }

    proptest! {
        /// Each byte of what is meant stands where it is written.
        #[test]
        fn every_byte_leads_back(text in r"(%[0-9a-f]{2}|%25|&#[0-9]{2};|&amp;|[%&#;a-f0-9]|x{1,30}){0,24}") {
            let text = text.as_bytes();
            let read = read(text);
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

        /// A text means what is left when all its encodings are decoded, and then those that come of that.
        #[test]
        fn encodings_are_read_one_after_the_other(text in r"(%[0-9a-f]{2}|%25|&#[0-9]{2};|&#37;|&amp;|[%&#;a-f0-9]|x){0,24}") {
            let once = |text: &[u8]| {
                let (mut read, mut at) = (Vec::new(), 0);
                while at < text.len() {
                    let (byte, length) = decoded(&text[at..], 1);
                    read.push(byte);
                    at += length;
                }
                read
            };
            let text = text.as_bytes();
            prop_assert_eq!(read(text), (0..MAX_ENCODINGS).fold(text.to_vec(), |text, _| once(&text)));
        }
    }
}
