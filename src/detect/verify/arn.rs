//! ARNs: `arn:partition:service:region:account-id:resource`.
//!
//! Source: IAM user guide, "Identify AWS resources with ARNs".

use super::name::of_log_group;
use super::word_map::WordMap;
use super::{run, starts_word, HYPHENATED};
use crate::detect::catalogue::arns::{Name, SERVICES, SPACED};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use crate::token;
use once_cell::sync::Lazy;
use std::ops::Range;

/// The longest field in front of the resource.
const LONGEST_FIELD: usize = 64;

/// The ARN whose `arn:` ends at `colon`.
pub fn arn(text: &[u8], colon: usize) -> Option<Span> {
    if text[..colon].last_chunk() != Some(b"arn") {
        return None;
    }
    let start = colon - b"arn".len();
    if !starts_word(text, start) {
        return None;
    }
    let fields = fields(text, colon + 1)?;
    let has_commas = matches!(&text[fields.service.clone()], b"iam" | b"sts");
    let end = resource_end(text, fields.resource, has_commas);
    let end = quoted_end(text, start, &fields, end).unwrap_or(end);
    if end == fields.resource {
        return None;
    }
    let service = &text[fields.service.clone()];
    // The path of Lambda's API behind a function.
    let is_invoked = service == b"lambda" && text[fields.resource..end].ends_with(INVOCATIONS);
    let end = end - if is_invoked { INVOCATIONS.len() } else { 0 };
    let (kind, place, kind_of_name) = classify(service, &text[fields.resource..end]);
    if names_nothing(text, &fields, end, place) {
        return None;
    }
    Some(match (name(text, fields.resource..end, place), kind_of_name) {
        (None, _) => Span::new(start..end, kind),
        (Some(name), Kind::LogGroup) => Span::named(start..end, kind, of_log_group(text, name)),
        (Some(name), _) => Span::named(start..end, kind, (name, kind_of_name)),
    })
}

/// The ARN that is the whole of a value, spaces and all: its key says that it is one, or its service gives such names.
pub fn whole(text: &[u8], key: &[u8]) -> Option<Span> {
    let fields = text.starts_with(b"arn:").then(|| fields(text, b"arn:".len())).flatten()?;
    let resource = &text[fields.resource..];
    let is_one = !resource.is_empty() && resource.len() <= LONGEST_SPACED && is_value(resource);
    let sure = says_arn(key) || is_spaced(text, &fields);
    let (kind, _, _) = classify(&text[fields.service], resource);
    (is_one && sure).then(|| Span::new(0..text.len(), kind))
}

const INVOCATIONS: &[u8] = b"/invocations";

/// The longest resource with spaces in it.
const LONGEST_SPACED: usize = 256;

/// Whether a key's value is an ARN and nothing else: `AlarmArn`, `resource_arn`.
fn says_arn(key: &[u8]) -> bool {
    let key = key.strip_suffix(b"s").unwrap_or(key);
    key.len() >= 3 && key[key.len() - 3..].eq_ignore_ascii_case(b"arn")
}

/// Whether a resource with spaces may have that byte: it is not the end of a string, a line or a list.
fn is_in_value(b: u8) -> bool {
    !b.is_ascii_control() && !matches!(b, b'"' | b'\'' | b'`' | b'\\' | b',' | b';' | b'<' | b'>')
}

/// Whether a text is one value as a person reads it. Only what is UTF-8 can be kept for restoring.
fn is_value(text: &[u8]) -> bool {
    text.iter().all(|b| is_in_value(*b)) && std::str::from_utf8(text).is_ok()
}

/// Whether names of that resource may have spaces.
fn is_spaced(text: &[u8], fields: &Fields) -> bool {
    let service = &text[fields.service.clone()];
    let mut rows = SPACED.iter().filter(|row| row.0.as_bytes() == service);
    rows.any(|row| text[fields.resource..].starts_with(row.1.as_bytes()))
}

/// Where an ARN in quotes ends that goes on behind a space: `"arn:…:alarm:High CPU"`.
fn quoted_end(text: &[u8], start: usize, fields: &Fields, end: usize) -> Option<usize> {
    let quote = text[..start].last().filter(|b| matches!(b, b'"' | b'\''))?;
    if text.get(end) != Some(&b' ') || !is_spaced(text, fields) {
        return None;
    }
    let length = run(text, end, LONGEST_SPACED, is_in_value);
    // In JSON inside a string the quote has a backslash in front of it.
    let escape = usize::from(text.get(end + length) == Some(&b'\\'));
    let is_quoted = text.get(end + length + escape) == Some(quote) && is_value(&text[end..end + length]);
    is_quoted.then_some(end + length)
}

/// Whether an ARN is nobody's: all in it are wildcards and variables but for its region and the resource's type
/// (`arn:aws:s3:::${Bucket}/*`), or it is an integration of Step Functions (`arn:aws:states:::lambda:invoke`).
fn names_nothing(text: &[u8], fields: &Fields, end: usize, place: Name) -> bool {
    let resource = &text[fields.resource..end];
    if text[fields.service.end..fields.resource] == *b":::" && text[fields.service.clone()] == *b"states" {
        return true;
    }
    let without_type = || {
        let word = simd::run(resource, 0, resource.len(), &HYPHENATED);
        let has_type = !matches!(place, Name::None | Name::First);
        let is_type = has_type && matches!(resource.get(word), Some(b'/' | b':')) && word + 1 < resource.len();
        &resource[if is_type { word + 1 } else { 0 }..]
    };
    is_open(&text[fields.account.clone()]) && (is_open(resource) || is_open(without_type()))
}

/// Whether a text is nothing but wildcards, variables and what separates them.
fn is_open(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(b) = rest.first() {
        let length = match b {
            b'$' => variable(rest).unwrap_or(0),
            b'*' | b'?' | b'/' | b':' | b'-' | b'_' | b'.' => 1,
            _ => 0,
        };
        if length == 0 {
            return false;
        }
        rest = &rest[length..];
    }
    true
}

struct Fields {
    service: Range<usize>,
    account: Range<usize>,
    resource: usize,
}

/// What partitions and services are made of.
static WORD: AsciiSet = AsciiSet::alphanumeric_and(b"-*").without(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
/// What regions and accounts are made of.
static SCOPE: AsciiSet = AsciiSet::alphanumeric_and(b"-*?._");

/// Partition, service, region and account in front of the resource. Templates have variables (`${AWS::Partition}`) there.
fn fields(text: &[u8], partition: usize) -> Option<Fields> {
    let known = matches!(text[partition..], [b'a', b'w', b's', ..] | [b'*' | b'$', ..]);
    let partition = known.then(|| field(text, partition, &WORD)).flatten()?;
    let service = field(text, partition.end + 1, &WORD)?;
    let region = field(text, service.end + 1, &SCOPE)?;
    let account = field(text, region.end + 1, &SCOPE)?;
    // Only tokens and made-up ARNs have an underscore there.
    let may_be_masked = text[region.start..account.end].contains(&b'_');
    let masked = || is_masked(&text[region.clone()]) || is_masked(&text[account.clone()]);
    let is_none = service.is_empty() || may_be_masked && masked();
    (!is_none).then(|| Fields { service, resource: account.end + 1, account })
}

/// Whether a region or an account is the token of something else: what stood there was never an ARN.
fn is_masked(field: &[u8]) -> bool {
    let account = Kind::Account.info().prefix;
    token::find(field, 0).is_some_and(|found| !found.token.starts_with(account.as_bytes()))
}

/// A field from `start` to its colon: characters of its alphabet and variables.
fn field(text: &[u8], start: usize, alphabet: &AsciiSet) -> Option<Range<usize>> {
    let mut end = start;
    while end - start <= LONGEST_FIELD {
        end += run(text, end, LONGEST_FIELD, |b| alphabet.has(b));
        match text.get(end)? {
            b':' => return Some(start..end),
            b'$' => end += variable(&text[end..])?,
            _ => return None,
        }
    }
    None
}

/// What a resource may have anywhere.
static PLAIN: AsciiSet = AsciiSet::alphanumeric_and(b"-_./:*?+=@#~!");

/// Where the resource part ends: at white space, a quote, a bracket or another delimiter, without the punctuation of the
/// sentence around it.
fn resource_end(text: &[u8], start: usize, has_commas: bool) -> usize {
    let mut at = start;
    loop {
        at += simd::run(text, at, text.len(), &PLAIN);
        at += match text[at..] {
            // PHP and old JavaScript write `\/` for `/`; here it is JSON inside a text that is no JSON as a whole.
            [b'\\', b'/', ..] => 2,
            // IAM names may hold a comma; a list of ARNs has one between them, also where one is masked already.
            [b',', next, ..]
                if has_commas
                    && next.is_ascii_alphanumeric()
                    && !begins_another(text, at + 1)
                    && !begins_cell(text, at + 1) =>
            {
                1
            }
            // A policy variable (`${aws:username}`) and the version of a Lambda log stream.
            [b'$', b'{', ..] => match variable(&text[at..]) {
                Some(length) => length,
                None => break,
            },
            // Latin letters, which belong to the word (`user/Développeur`); those of other scripts follow it (`…를`).
            [0xc3, 0x80..=0x96 | 0x98..=0xb6 | 0xb8..=0xbf, ..] | [0xc4..=0xc9, 0x80..=0xbf, ..] => 2,
            [b'$', ..] if text[at..].starts_with(b"$LATEST") => b"$LATEST".len(),
            [b'[', ..] if text[at..].starts_with(b"[$LATEST]") => b"[$LATEST]".len(),
            _ => break,
        };
    }
    let resource = &text[start..at];
    // The random characters of a secret, as policies write them.
    if resource.ends_with(b"-??????") {
        return at;
    }
    let tail = resource
        .iter()
        .rev()
        .take_while(|b| matches!(b, b'.' | b',' | b':' | b'!' | b'?' | b'=' | b'#' | b'~'))
        .count();
    let end = at - tail;
    // Markdown emphasis around the ARN; a resource never ends in two stars unless a separator is before them.
    match &text[start..end] {
        [.., separator, b'*', b'*'] if !matches!(separator, b'/' | b':') => end - 2,
        _ => end,
    }
}

/// Whether another ARN or the token of one starts at `at`.
fn begins_another(text: &[u8], at: usize) -> bool {
    text[at..].starts_with(b"arn:") || token::parse(text, at).is_some()
}

/// Whether a number, a date or an account begins at `at`, as in the next cell of a line of comma-separated values.
fn begins_cell(text: &[u8], at: usize) -> bool {
    let number = run(text, at, 20, |b| b.is_ascii_digit());
    number > 0 && !text.get(at + number).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
}

/// The length of a `${…}` at the start of `text`.
fn variable(text: &[u8]) -> Option<usize> {
    let length =
        run(text, 2, 64, |b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_' | b'.' | b'/' | b'[' | b']'));
    (text.get(2 + length) == Some(&b'}')).then_some(length + 3)
}

/// [`SERVICES`] by service.
static BY_SERVICE: Lazy<WordMap<Vec<Row>>> = Lazy::new(|| {
    let mut rows: WordMap<Vec<Row>> = WordMap::default();
    for (service, resource, kind, name, kind_of_name) in SERVICES {
        rows.entry(service).push((resource.as_bytes(), (*kind, *name, *kind_of_name)));
    }
    rows
});

/// A type of resource, empty for any, and what that is.
type Row = (&'static [u8], (Kind, Name, Kind));

fn classify(service: &[u8], resource: &[u8]) -> (Kind, Name, Kind) {
    let rows = BY_SERVICE.get(service).map_or(&[][..], Vec::as_slice);
    let kind_of_resource = &resource[..run(resource, 0, 64, |b| HYPHENATED.has(b))];
    let row = rows.iter().find(|row| row.0.is_empty() || row.0 == kind_of_resource);
    row.map_or((Kind::Arn, Name::None, Kind::Arn), |row| row.1)
}

/// The resource's own name inside the resource part.
fn name(text: &[u8], resource: Range<usize>, place: Name) -> Option<Range<usize>> {
    let separator = |b: &u8| matches!(b, b'/' | b':');
    let segment_end =
        |from: usize| text[from..resource.end].iter().position(separator).map_or(resource.end, |length| from + length);
    let first = segment_end(resource.start);
    let range = match place {
        Name::None => return None,
        Name::First => resource.start..first,
        Name::AfterType if first < resource.end => first + 1..segment_end(first + 1),
        Name::Second if first < resource.end => {
            let second = segment_end(first + 1);
            if matches!(&text[first + 1..second], b"app" | b"net" | b"gwy") && second < resource.end {
                second + 1..segment_end(second + 1)
            } else {
                first + 1..second
            }
        }
        Name::Last if first < resource.end => {
            let last = text[resource.clone()].iter().rposition(separator)?;
            resource.start + last + 1..resource.end
        }
        Name::Path if first < resource.end => {
            let colon = text[first + 1..resource.end].iter().position(|b| *b == b':');
            first + 1..colon.map_or(resource.end, |length| first + 1 + length)
        }
        Name::Rooted if first < resource.end => first..resource.end,
        Name::Secret if first < resource.end => {
            let random = text[first + 1..resource.end].iter().rposition(|b| *b == b'-');
            match random {
                Some(hyphen) if resource.end - (first + 1 + hyphen) == 7 => first + 1..first + 1 + hyphen,
                _ => first + 1..resource.end,
            }
        }
        Name::AfterType | Name::Second | Name::Last | Name::Path | Name::Rooted | Name::Secret => return None,
    };
    Some(range)
}
