//! The verifiers: each looks at one candidate and says whether it is an identifier, and where it starts and ends.
//!
//! A verifier reads a bounded stretch of text around the candidate, so the cost of a scan grows with the text alone.

pub mod access_log;
pub mod address;
pub mod arn;
pub mod assigned;
pub mod cdk;
mod column;
pub mod console;
pub mod context;
pub mod credential;
pub mod csv;
pub mod digits;
pub mod element;
mod end_map;
pub mod ends;
mod fallback;
pub mod flag;
pub mod guess;
pub mod host;
pub mod id;
mod ini;
pub mod key;
pub mod known;
mod list;
pub mod message;
pub mod name;
mod noun;
pub mod path;
pub mod prose;
pub mod setter;
mod sieve;
pub mod table;
pub mod telling;
pub mod terraform;
pub mod text_output;
pub mod thing;
pub mod uri;
pub mod version;
mod word_map;
mod words;

use crate::body::form;
use crate::simd::AsciiSet;

/// What words are made of.
pub static ALPHANUMERIC: AsciiSet = AsciiSet::alphanumeric_and(b"");
/// What keys are made of.
pub static KEY: AsciiSet = AsciiSet::alphanumeric_and(b"_-");
/// What hyphenated words, flags and the types of resources in ARNs are made of.
pub static HYPHENATED: AsciiSet = AsciiSet::alphanumeric_and(b"-");
/// What host names, buckets and the keys of settings are made of.
pub static LABELS: AsciiSet = AsciiSet::alphanumeric_and(b".-_");

/// Whether an identifier may start at `at`: nothing that belongs to a word stands before it.
///
/// Words are ASCII: next to a letter of any other script an identifier may start, and after `_` too. The letter of a
/// JSON escape that is still in the text (`\n` of a log line in a string in a string, `\uac00`) belongs to no word, nor do
/// the digits of a percent-encoded mark (`%20`).
pub fn starts_word(text: &[u8], at: usize) -> bool {
    !text[..at].last().is_some_and(|b| is_alphanumeric(*b)) || ends_escape(&text[..at])
}

/// Whether the last letter or digit of a text is that of an escape.
#[inline(never)]
fn ends_escape(text: &[u8]) -> bool {
    match text {
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f'] => true,
        [.., b'\\', b'u', a, b, c, d] => [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit),
        [.., b'%', _, _] => form::escape(&text[text.len() - 3..]).is_some_and(|byte| !byte.is_ascii_alphanumeric()),
        _ => false,
    }
}

/// Whether the byte at `at` belongs to an escape: an odd number of backslashes stands before it.
pub fn in_escape(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// Where a word starts that was read back to `start`: behind the letter of the escape there, if it is one.
fn behind_escape(text: &[u8], start: usize) -> usize {
    start + usize::from(text[..start].ends_with(b"\\") && starts_word(text, start + 1))
}

/// Whether an identifier may end before `end`: no ASCII letter or digit follows.
pub fn ends_word(text: &[u8], end: usize) -> bool {
    !text.get(end).is_some_and(|b| is_alphanumeric(*b))
}

/// Whether the number that ends before `end` goes on behind a dot: a decimal, a longer dotted number. What starts there
/// may also be an IPv6 address, which is a thing of its own.
fn number_goes_on(text: &[u8], end: usize) -> bool {
    let is_dotted = matches!(text.get(end..), Some([b'.', digit, ..]) if digit.is_ascii_digit());
    let digits = || run(text, end + 1, 5, |b| b.is_ascii_hexdigit());
    is_dotted && text.get(end + 1 + digits()) != Some(&b':')
}

/// Whether a line begins behind a text, a line break that is still an escape among them.
fn begins_line(before: &[u8]) -> bool {
    matches!(before, [] | [.., b'\n'] | [.., b'\\', b'n'])
}

/// Whether a line ends before `end`.
fn ends_line(text: &[u8], end: usize) -> bool {
    matches!(text[end..], [] | [b'\n' | b'\r', ..] | [b'\\', b'n' | b'r', ..])
}

/// The last word of a name, where the words are told by their marks or capitals: `ip` of `nat_ip`, `IP` of `sourceIP`.
fn last_word(name: &[u8]) -> &[u8] {
    let tail = run_back(name, name.len(), name.len(), |b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let head = name.len() - tail;
    let capitals = run_back(name, head, head, |b| b.is_ascii_uppercase());
    &name[head - capitals..]
}

fn is_quote(b: u8) -> bool {
    QUOTE[usize::from(b)]
}

static QUOTE: [bool; 256] = these(b"\"'`\\");

/// White space and quotes at the start of a text, escaped line breaks among them.
fn between(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += match text[at..] {
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            [b, ..] if b.is_ascii_whitespace() || is_quote(b) => 1,
            _ => return at,
        };
    }
}

/// Whether a word is in a list of lower-case ones, in either case. Most differ in length from all of a short list.
fn is_listed(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|listed| word.eq_ignore_ascii_case(listed.as_bytes()))
}

/// The same of a longer list, which is sorted and whose words are not longer than sixteen bytes.
fn is_in_sorted(word: &[u8], list: &[&str]) -> bool {
    lower(word, &mut [0; 16]).is_some_and(|lower| list.binary_search_by(|listed| listed.as_bytes().cmp(lower)).is_ok())
}

/// The bytes of a word shorter than eight as a number, the first one lowest. They are read two, four at once: a number that is
/// written byte by byte and read as a whole is waited for.
#[inline]
fn short(word: &[u8]) -> u64 {
    let length = word.len();
    debug_assert!(length < size_of::<u64>());
    match (word.first_chunk(), word.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4))
        }
        _ if length == 0 => 0,
        // Of three bytes the one in the middle is read on its own; of fewer one is read twice.
        _ => {
            let (middle, last) = (length / 2, length - 1);
            u64::from(word[0]) | u64::from(word[middle]) << (8 * middle) | u64::from(word[last]) << (8 * last)
        }
    }
}

/// A number whose bytes are characters, with the capitals among them in lower case.
#[inline(always)]
fn lower_case(characters: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    let low = characters & (EACH * 0x7f);
    // The highest bit of every byte whose lower seven are at least as much.
    let from = |least: u8| low + EACH * u64::from(0x80 - least);
    let capitals = from(b'A') & !from(b'Z' + 1) & !characters & (EACH * 0x80);
    characters | capitals >> 2
}

/// A number mixed by a multiplication with the golden ratio: its highest bits depend on all of its own.
#[inline(always)]
fn mixed(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A word in lower case; `None` if `buffer` is too short for it.
fn lower<'b>(word: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let lower = buffer.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    Some(lower)
}

/// `u8::is_ascii_alphanumeric` by a table: most candidates ask it more than once.
#[inline(always)]
pub fn is_alphanumeric(b: u8) -> bool {
    static TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let mut b = 0;
        while b < table.len() {
            table[b] = (b as u8).is_ascii_alphanumeric();
            b += 1;
        }
        table
    };
    TABLE[usize::from(b)]
}

/// A table of some bytes, for where they are asked about one by one.
pub const fn these(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

/// How many bytes from `at` on satisfy `is`, at most `most`.
#[inline(always)]
pub fn run(text: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    // Mostly none does.
    if !text.get(at).is_some_and(|b| is(*b)) {
        return 0;
    }
    longer_run(text, at, most, is)
}

fn longer_run(text: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    let from = at.min(text.len());
    let reach = &text[from..text.len().min(from.saturating_add(most))];
    reach.iter().position(|&b| !is(b)).unwrap_or(reach.len())
}

/// How many bytes before `at` satisfy `is`, at most `most`.
pub fn run_back(text: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    let reach = &text[at.saturating_sub(most)..at];
    reach.iter().rev().position(|&b| !is(b)).unwrap_or(reach.len())
}

/// How many bytes before `at` are neither of two marks, at most `most`.
pub fn back_to(text: &[u8], at: usize, most: usize, [one, other]: [u8; 2]) -> usize {
    let reach = &text[at.saturating_sub(most)..at];
    reach.len() - memchr::memrchr2(one, other, reach).map_or(0, |mark| mark + 1)
}

/// Whether a text is like another one of its length, in which a zero stands for any digit and an `a` for any letter.
fn is_like(text: &[u8], like: &[u8]) -> bool {
    let is = |(b, like): (&u8, &u8)| match like {
        b'0' => b.is_ascii_digit(),
        b'a' => b.is_ascii_alphabetic(),
        like => b == like,
    };
    text.iter().zip(like).all(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_are_numbers() {
        let word = b"abcdefg";
        for length in 0..=word.len() {
            let mut bytes = [0; 8];
            bytes[..length].copy_from_slice(&word[..length]);
            assert_eq!(short(&word[..length]), u64::from_le_bytes(bytes), "{length}");
        }
    }

    #[test]
    fn escapes_and_other_scripts_are_word_boundaries() {
        for (before, starts) in [
            ("", true),
            (" ", true),
            ("_", true),
            ("가", true),
            (r"\n", true),
            (r"\\t", true),
            (r"\uac00", true),
            ("%20", true),
            ("%ED%95%9C", true),
            ("%2d", true),
            ("%41", false),
            ("%2", false),
            ("100%", true),
            ("n", false),
            ("7", false),
            (r"\x", false),
        ] {
            assert_eq!(starts_word(format!("{before}i-0").as_bytes(), before.len()), starts, "{before:?}");
        }
    }
}
