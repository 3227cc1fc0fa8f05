//! Names that tell by their own words that they are names, or by the word in front of them: `prod-orders-db`, `dev-redis`,
//! `s3.Bucket("orders-raw")`.

use super::end_map::EndMap;
use super::name::{named, FIFO};
use super::prose;
use super::word_map::WordMap;
use super::{back_to, behind_escape, ends_word, run_back, starts_word, these, ALPHANUMERIC, HYPHENATED};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{ENVIRONMENTS, FIELD, INTRODUCTIONS, PLAIN_ENVIRONMENTS, PLAIN_THINGS, TELLING};
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use once_cell::sync::Lazy;
use std::ops::Range;

/// What a segment of a hyphenated name tells.
#[derive(Clone, Copy, Debug, Default)]
struct Segment {
    environment: bool,
    kind: Option<Kind>,
    /// Whether it is a word of the field, which says nothing of whose the thing is.
    field: bool,
    /// Whether a name of this and another such word is plain English.
    plain: bool,
}

/// The shortest environment and the shortest word of a kind, with a hyphen between.
const SHORTEST_TOLD: usize = 5;

/// What the tables of the catalogue say, by segment.
static SEGMENTS: Lazy<WordMap<Segment>> = Lazy::new(|| {
    let mut segments: WordMap<Segment> = WordMap::default();
    ENVIRONMENTS.iter().for_each(|word| segments.entry(word).environment = true);
    TELLING.iter().for_each(|(word, kind)| segments.entry(word).kind = Some(*kind));
    FIELD.iter().for_each(|word| segments.entry(word).field = true);
    PLAIN_ENVIRONMENTS.iter().chain(PLAIN_THINGS).for_each(|word| segments.entry(word).plain = true);
    segments
});

/// Whether a segment of a name is an environment: `prod`.
pub fn says_environment(segment: &[u8]) -> bool {
    SEGMENTS.get(segment).is_some_and(|told| told.environment)
}

/// The kind that a segment of a name tells.
pub fn kind_said(name: &[u8]) -> Option<Kind> {
    name.split(|b| *b == b'-').rev().find_map(|segment| SEGMENTS.get(segment)?.kind)
}

/// What their segments are made of.
static SEGMENT: [bool; 256] = these(b"abcdefghijklmnopqrstuvwxyz0123456789");

/// What such names are made of.
static TOLD: AsciiSet = AsciiSet::of(b"abcdefghijklmnopqrstuvwxyz0123456789-");

/// The hyphenated name whose first hyphen is at `hyphen`, if a whole segment of it tells its kind and another, or the
/// number of them, that it is a name: `prod-orders-db`, `acme-logs-bucket`, `dev-redis`. Gives how far the word was read, so that
/// its other hyphens need not be asked about.
pub fn telling(text: &[u8], hyphen: usize, told: &mut usize) -> Option<Span> {
    let start = behind_escape(text, hyphen - run_back(text, hyphen, 24, |b| SEGMENT[usize::from(b)]));
    let is_capital = |b: Option<&u8>| b.is_some_and(u8::is_ascii_uppercase);
    if is_capital(text[..start].last()) {
        return of_capitals(text, hyphen, told);
    }
    if start == hyphen || text[..start].last().is_some_and(belongs_before) || !starts_word(text, start) {
        return None;
    }
    let end = hyphen + simd::run(text, hyphen, 64, &TOLD);
    if is_capital(text.get(end)) {
        return of_capitals(text, hyphen, told);
    }
    let name = &text[start..end];
    let end = end + if text[end..].starts_with(FIFO) { FIFO.len() } else { 0 };
    *told = end;
    if !ends(text, end) {
        return None;
    }
    if name.len() < SHORTEST_TOLD {
        return introduced(text, start..end);
    }
    let mut segments = 0;
    let mut kind = None;
    let (mut environment, mut plain, mut own) = (false, true, false);
    for segment in name.split(|b| *b == b'-') {
        segments += 1;
        let Some(told) = SEGMENTS.get(segment) else {
            (plain, own) = (false, true);
            continue;
        };
        environment |= told.environment;
        plain &= told.plain;
        own |= !told.field && told.kind.is_none();
        kind = told.kind.or(kind);
    }
    let Some(kind) = kind else { return introduced(text, start..end) };
    let names = match environment {
        true => !(plain && segments == 2),
        false => own && segments >= 3 && ends_in_kind(name),
    };
    introduced(text, start..end).or_else(|| names.then(|| named(text, start..end, kind)))
}

/// The name with capitals whose first hyphen is at `hyphen`, if something introduces it: the role `Finance-ReadOnly`.
#[inline(never)]
fn of_capitals(text: &[u8], hyphen: usize, told: &mut usize) -> Option<Span> {
    let start = behind_escape(text, hyphen - simd::run_back(text, hyphen, 64, &ALPHANUMERIC));
    let end = hyphen + simd::run(text, hyphen, 64, &HYPHENATED);
    *told = end;
    let is_one = start < hyphen && !text[..start].last().is_some_and(belongs_before) && starts_word(text, start);
    if is_one && ends(text, end) {
        introduced(text, start..end)
    } else {
        None
    }
}

/// Whether what follows a byte belongs to something longer: a path, a package, an address, a variable, a longer name.
fn belongs_before(b: &u8) -> bool {
    matches!(b, b'/' | b'.' | b'@' | b'-' | b'_' | b'$' | b'{' | b'#' | b'=' | b'<' | b'%' | b'+' | b'~' | b'&')
}

/// Whether a hyphenated word may end there and is not the beginning of such a thing.
pub fn ends(text: &[u8], end: usize) -> bool {
    let inner_dot = text.get(end) == Some(&b'.') && text.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
    ends_word(text, end)
        && text[end - 1] != b'-'
        && !matches!(text.get(end), Some(b'-' | b'/' | b'@' | b'_' | b'(' | b'=' | b'%' | b'+' | b'~'))
        && !inner_dot
}

/// Whether the last segment of a name is a word that says what it is even where no environment is said.
fn ends_in_kind(name: &[u8]) -> bool {
    let last = name.rsplit(|b| *b == b'-').next().unwrap_or_default();
    matches!(last, b"bucket" | b"db" | b"queue" | b"dlq" | b"rds" | b"lambda" | b"sqs" | b"sns")
}

/// The hyphenated name at `range` behind what introduces a name.
fn introduced(text: &[u8], range: Range<usize>) -> Option<Span> {
    let kind = by_code(text, &range).or_else(|| prose::introduced(text, &range))?;
    Some(named(text, range, kind))
}

/// What the name at `range` is of that stands in quotes or brackets behind what introduces a name: `s3.Bucket("orders-raw")`,
/// or in an event of ECS: `(service acme-api) has reached a steady state`.
fn by_code(text: &[u8], range: &Range<usize>) -> Option<Kind> {
    if text.get(range.end) == Some(&b')') && text[..range.start].ends_with(b"(service ") {
        return Some(Kind::Ecs);
    }
    let opening = text[..range.start].last().filter(|b| matches!(b, b'"' | b'\'' | b'('))?;
    let closing = if *opening == b'(' { b')' } else { *opening };
    if text.get(range.end) != Some(&closing) {
        return None;
    }
    let head = &text[..range.start - 1];
    if head.ends_with(b",") || head.ends_with(b", ") {
        return of_construct(head).then_some(Kind::S3Bucket);
    }
    introduction(head)
}

/// What is introduced by the words that a text ends with.
pub fn introduction(text: &[u8]) -> Option<Kind> {
    INTRODUCED.get(text).copied()
}

static INTRODUCED: Lazy<EndMap<Kind, 4>> = Lazy::new(|| INTRODUCTIONS.iter().copied().collect());

/// Whether the arguments before the last one are those of a construct that is given a bucket: `fromBucketName(this, 'X', 'acme')`.
fn of_construct(head: &[u8]) -> bool {
    let opening = head.len() - back_to(head, head.len(), LONGEST_ARGUMENTS, [b'(', b'\n']);
    head[..opening].ends_with(b"fromBucketName(") || head[..opening].ends_with(b"from_bucket_name(")
}

/// The longest arguments before a name that are looked at.
const LONGEST_ARGUMENTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_hyphen_of_a_word_is_the_first_one_of_a_name() {
        let parts = ["prod", "db", "-", "/", "x-y", "9", "\\n"];
        for number in 0..parts.len().pow(6) {
            let text: String = (0..6).map(|at| parts[number / parts.len().pow(at) % parts.len()]).collect();
            let hyphens: Vec<usize> = memchr::memchr_iter(b'-', text.as_bytes()).collect();
            for (at, first) in hyphens.iter().enumerate() {
                let mut told = 0;
                telling(text.as_bytes(), *first, &mut told);
                let others = hyphens[at + 1..].iter().take_while(|other| **other <= told);
                others.for_each(|other| assert_eq!(telling(text.as_bytes(), *other, &mut 0), None, "{text}"));
            }
        }
    }

    #[test]
    fn no_shorter_name_tells_what_it_is() {
        let shortest = |words: &mut dyn Iterator<Item = &str>| words.map(str::len).min().unwrap();
        let kind = shortest(&mut TELLING.iter().map(|row| row.0));
        assert_eq!(SHORTEST_TOLD, kind + 1 + shortest(&mut ENVIRONMENTS.iter().copied()).min(kind));
    }
}
