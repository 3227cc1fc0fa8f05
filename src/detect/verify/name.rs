//! Names without a shape, found by the key, flag, URI scheme or path that introduces them.

use super::{run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{Form, COMMON, KEYS};
use crate::detect::Span;
use std::ops::Range;

/// The longest key worth looking up.
const LONGEST_KEY: usize = 40;
/// The longest name of a resource of any service (an SSM parameter).
const LONGEST_NAME: usize = 1011;
/// The shortest bucket name (S3 user guide, "Bucket naming rules").
const SHORTEST_BUCKET: usize = 3;
/// The shortest session token; they have several hundred characters.
const SHORTEST_SESSION_TOKEN: usize = 100;

/// What the value under `key` promises to be.
pub fn promise(key: &[u8]) -> Option<(Kind, Form)> {
    if key.len() > LONGEST_KEY {
        return None;
    }
    let mut plain = [0u8; LONGEST_KEY];
    let mut length = 0;
    for b in key.iter().filter(|b| b.is_ascii_alphanumeric()) {
        plain[length] = b.to_ascii_lowercase();
        length += 1;
    }
    let look_up = |key: &[u8]| {
        let row = KEYS.binary_search_by(|row| row.0.as_bytes().cmp(key)).ok()?;
        Some((KEYS[row].1, KEYS[row].2))
    };
    let plain = &plain[..length];
    look_up(plain).or_else(|| look_up(plain.strip_suffix(b"s")?))
}

/// The whole of `value` as the name that its key promises.
pub fn whole(value: &[u8], key: &[u8]) -> Option<Span> {
    let (kind, form) = promise(key)?;
    (length(value, 0, form) == value.len() && fits(value, form)).then(|| named(value, 0..value.len(), kind))
}

/// The value behind the `:` or `=` at `separator`, if the word before it is a key: `Bucket: x`, `bucket = "x"`,
/// `\"TableName\": \"x\"`, `--bucket=x`.
pub fn assigned(text: &[u8], separator: usize) -> Option<Span> {
    let space = |b: u8| b == b' ' || b == b'\t';
    let quote = |b: u8| matches!(b, b'"' | b'\'' | b'`' | b'\\');
    let before = separator - run_back(text, separator, 16, space);
    let before = before - run_back(text, before, 5, quote);
    let key_start =
        before - run_back(text, before, LONGEST_KEY, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let (kind, form) = promise(&text[key_start..before])?;
    let after = separator + 1 + run(text, separator + 1, 64, space);
    let quotes = run(text, after, 5, quote);
    let span = value(text, after + quotes, kind, form)?;
    let sure = quotes > 0 || form != Form::Name || text[key_start..before].starts_with(b"--");
    (sure || stands_alone(text, separator, &span)).then_some(span)
}

/// Whether an unquoted value is a name and not a variable, a type or the first word of a sentence: it has a hyphen or a
/// digit, or it is all that stands on the line behind a colon, as in YAML.
fn stands_alone(text: &[u8], separator: usize, span: &Span) -> bool {
    let value = &text[span.range.clone()];
    let shaped = value.iter().any(|b| *b == b'-' || b.is_ascii_digit());
    let to_line_end = text[separator] == b':' && matches!(text.get(span.range.end), None | Some(b'\n' | b'\r'));
    shaped || (to_line_end && !value.contains(&b'.'))
}

/// The value behind the flag whose two hyphens start at `hyphens`: `--bucket x`.
pub fn flagged(text: &[u8], hyphens: usize) -> Option<Span> {
    let key = hyphens + 2;
    let end = key + run(text, key, LONGEST_KEY, |b| b.is_ascii_alphanumeric() || b == b'-');
    if text.get(end) != Some(&b' ') {
        return None;
    }
    let (kind, form) = promise(&text[key..end])?;
    let after = end + run(text, end, 16, |b| b == b' ');
    let after = after + run(text, after, 1, |b| b == b'"' || b == b'\'');
    value(text, after, kind, form)
}

/// The bucket of the URI whose scheme ends at `colon`: `s3://bucket/key`.
pub fn s3_uri(text: &[u8], colon: usize) -> Option<Span> {
    let scheme = run_back(text, colon, 3, |b| b.is_ascii_alphanumeric());
    let start = colon - scheme;
    let known = matches!(&text[start..colon], b"s3" | b"s3a" | b"s3n");
    if !known || !text[colon..].starts_with(b"://") || !starts_word(text, start) {
        return None;
    }
    let from = colon + 3;
    let length = run(text, from, 63, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let length = text[from..from + length].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    (length >= SHORTEST_BUCKET).then(|| named(text, from..from + length, Kind::S3Bucket))
}

/// The log group whose path starts at `slash`: `/aws/lambda/orders`.
pub fn log_group(text: &[u8], slash: usize) -> Option<Span> {
    if !text[slash..].starts_with(b"/aws/")
        || (slash > 0 && text[slash - 1].is_ascii_alphanumeric() && !starts_word(text, slash))
    {
        return None;
    }
    let length = run(text, slash, 512, |b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'#'));
    let length = text[slash..slash + length].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let path = &text[slash..slash + length];
    // `/aws/` and a service alone name nothing.
    (path.iter().filter(|b| **b == b'/').count() >= 3).then(|| named(text, slash..slash + length, Kind::LogGroup))
}

fn value(text: &[u8], start: usize, kind: Kind, form: Form) -> Option<Span> {
    let end = start + length(text, start, form);
    // A name that goes on with a character names never have is something else: a path, a template, a sentence.
    let goes_on = match text[end..] {
        [] => false,
        [b':', next, ..] => !next.is_ascii_whitespace(),
        [next, ..] => !is_delimiter(next),
    };
    let range = trim(text, start..end);
    (!goes_on && fits(&text[range.clone()], form)).then(|| named(text, range, kind))
}

fn named(text: &[u8], range: Range<usize>, kind: Kind) -> Span {
    let kind = match kind {
        Kind::S3Bucket if says_logs(&text[range.clone()]) => Kind::S3LogsBucket,
        kind => kind,
    };
    let learnable = !matches!(kind, Kind::Account | Kind::SecretKey | Kind::SessionToken);
    Span { name: learnable.then(|| range.clone()), ..Span::new(range, kind) }
}

/// A bucket that says what it is for: `acme-logs`, `access-log-eu`.
fn says_logs(bucket: &[u8]) -> bool {
    bucket.split(|b| !b.is_ascii_alphanumeric()).any(|part| part == b"log" || part == b"logs")
}

/// How many bytes from `start` on could be a value of that form.
fn length(text: &[u8], start: usize, form: Form) -> usize {
    match form {
        Form::Name => run(text, start, LONGEST_NAME + 1, |b| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b'#' | b'+' | b'=' | b'@')
        }),
        Form::Account => run(text, start, 13, |b| b.is_ascii_digit()),
        Form::Secret | Form::SessionToken => {
            run(text, start, 4096, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
        }
    }
}

fn fits(value: &[u8], form: Form) -> bool {
    match form {
        Form::Name => {
            (3..=LONGEST_NAME).contains(&value.len())
                && value.iter().any(u8::is_ascii_alphabetic)
                && matches!(value[0], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'_')
                && !is_common(value)
        }
        Form::Account => value.len() == 12,
        Form::Secret => value.len() == 40,
        Form::SessionToken => value.len() >= SHORTEST_SESSION_TOKEN,
    }
}

/// Whether `value` is a word that such keys have everywhere.
pub fn is_common(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    COMMON.binary_search_by(|word| word.as_bytes().cmp(&lower)).is_ok()
}

fn is_delimiter(b: u8) -> bool {
    b.is_ascii_whitespace()
        || matches!(b, b'"' | b'\'' | b'`' | b',' | b';' | b')' | b']' | b'}' | b'|' | b'<' | b'\\' | b'&' | b':')
}

/// Without the full stop of the sentence around it.
fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    let dots = text[range.clone()].iter().rev().take_while(|b| matches!(b, b'.' | b'=')).count();
    let secret_padding = text[range.clone()].iter().rev().take_while(|b| **b == b'=').count();
    range.start..range.end - if secret_padding == dots { 0 } else { dots }
}
