//! The names of a list behind a key: `"TableNames": ["x", "y"]`, or the lines of one in YAML.

use super::context::Context;
use super::key::LONGEST_KEY;
use super::name::{self, value};
use super::table::line_break;
use super::{between, ends_line, is_quote, run, run_back, KEY};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::token;

/// The most names of a list that are looked at.
pub const LONGEST_LIST: usize = 256;

/// The names of a list whose bracket is open before `at`.
pub fn list(text: &[u8], mut at: usize, promised: (Kind, Form), context: &mut Context<'_>, out: &mut Vec<Span>) {
    for _ in 0..LONGEST_LIST {
        at += between(&text[at..]);
        let Some(span) = value(text, at, promised, context) else { return };
        // `buckets: [Vec<Bucket>; 8]`
        let is_type = text.get(span.range.end) == Some(&b'<');
        if is_type {
            return;
        }
        // Where something else was masked the list has ended before, and does again.
        if token::find(&text[span.range.clone()], 0).is_some() {
            return;
        }
        at = span.range.end;
        out.push(span);
        at += run(text, at, 8, is_quote);
        if text.get(at) != Some(&b',') {
            return;
        }
        at += 1;
    }
}

/// The values of a YAML mapping that begins behind the line of the key at `key`, which ends before `at`: of CodeBuild's
/// `parameter-store`, of Loki's `bucketNames`.
pub fn entries(
    text: &[u8],
    key: usize,
    mut at: usize,
    promised: (Kind, Form),
    context: &mut Context<'_>,
    out: &mut Vec<Span>,
) {
    let own = run_back(text, key, LONGEST_INDENTATION, |b| b == b' ');
    let mut column = None;
    for _ in 0..LONGEST_LIST {
        let line = at + line_break(&text[at..]);
        let start = line + run(text, line, LONGEST_INDENTATION, |b| b == b' ');
        let colon = start + run(text, start, LONGEST_KEY, |b| KEY.has(b));
        let is_next = line > at && start - line > own && column.is_none_or(|column| column == start - line);
        if !is_next || colon == start || !text[colon..].starts_with(b": ") {
            return;
        }
        column = Some(start - line);
        let value_start = colon + 2 + run(text, colon + 2, 4, is_quote);
        let length = context.length(text, value_start, promised.1);
        // What is behind a colon is the key in a secret: `SENTRY: shop/sentry:dsn`.
        let end = value_start + length;
        let found = name::fits(&text[value_start..end], promised.1).then_some(value_start..end);
        at = end + run(text, end, LONGEST_VALUE, |b| b != b'\n' && b != b'\\');
        out.extend(found.map(|range| name::named(text, range, promised.0)));
    }
}

/// The longest indentation that is looked at, and the longest rest of a line.
const LONGEST_INDENTATION: usize = 64;
const LONGEST_VALUE: usize = 1024;

/// The items of a YAML list that begins behind the line that ends before `at`.
pub fn items(text: &[u8], mut at: usize, promised: (Kind, Form), context: &mut Context<'_>, out: &mut Vec<Span>) {
    for _ in 0..LONGEST_LIST {
        let line = at + line_break(&text[at..]);
        let dash = line + run(text, line, 64, |b| b == b' ');
        if line == at || !text[dash..].starts_with(b"- ") {
            return;
        }
        let start = dash + 2;
        let quotes = run(text, start, 4, is_quote);
        let Some(span) = value(text, start + quotes, promised, context) else { return };
        at = span.range.end + run(text, span.range.end, quotes, is_quote);
        if !ends_line(text, at) || token::find(&text[span.range.clone()], 0).is_some() {
            return;
        }
        out.push(span);
    }
}
