//! What a name is: what it is made of and how long it is, and which words are none, since they are AWS's own or everybody's.
//!
//! Names have no shape: what introduces one says what it is of, and promises a form.

use super::context::Context;
use super::id::{characters, is_canonical_user, CANONICAL_USER_LENGTH};
use super::{ends_word, host, id, in_escape, is_in_sorted, key, lower_case, short, starts_word, these, KEY};
use crate::detect::catalogue::ids::Alphabet;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{
    begins_session_token, Form, COMMON, LOG_GROUPS, PUBLIC_BEGINNINGS, WORDS_OF_KINDS,
};
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use foldhash::fast::FixedState;
use memchr::memmem;
use once_cell::sync::Lazy;
use std::collections::HashSet;
use std::ops::Range;

/// What the names of queues and topics end with that keep the order. Source: SQS developer guide, "FIFO queues".
pub const FIFO: &[u8] = b".fifo";
/// No name of a resource is shorter, and nothing else that a key may promise.
pub const SHORTEST_NAME: usize = 3;
/// The longest name of a resource of any service (an SSM parameter).
pub const LONGEST_NAME: usize = 1011;
/// The shortest and the longest bucket name (S3 user guide, "Bucket naming rules").
pub const SHORTEST_BUCKET: usize = 3;
pub const LONGEST_BUCKET: usize = 63;
/// The length of an account id.
pub const ACCOUNT_LENGTH: usize = 12;
/// The length of a secret access key.
pub const SECRET_LENGTH: usize = 40;
/// The shortest session token; they have several hundred characters.
const SHORTEST_SESSION_TOKEN: usize = 100;
/// The longest that is looked for.
const LONGEST_SESSION_TOKEN: usize = 4095;
/// The longest id: the path of an organizational unit five levels deep.
const LONGEST_ID: usize = 450;

/// The account id that the whole of `digits` is, if its key promises one.
pub fn account(digits: &[u8], key: &[u8]) -> Option<Span> {
    whole(digits, key::promise(key)?).filter(|span| span.kind == Kind::Account)
}

/// Whether the whole of a value is an account id.
pub fn is_account(value: &[u8]) -> bool {
    value.len() == ACCOUNT_LENGTH && value.iter().all(u8::is_ascii_digit)
}

/// The whole of `value` as what its key promises.
pub fn whole(value: &[u8], (kind, form): (Kind, Form)) -> Option<Span> {
    if form == Form::Quoted && !fits(value, form) {
        return whole(value, (kind, Form::Name)).filter(|_| is_plain(value)).map(unlearned);
    }
    if form == Form::Object {
        let bucket = bucket_of(value, 0..value.len())?;
        return fits(&value[bucket.clone()], form).then(|| named(value, bucket, kind));
    }
    // RDS and AWS Backup say so of the snapshots that they take.
    let taken_by = [&b"rds:"[..], b"awsbackup:"].into_iter().find(|by| kind == Kind::Rds && value.starts_with(by));
    let start = taken_by.map_or(0, <[u8]>::len);
    let end = if kind == Kind::Lambda { without_alias(value) } else { value.len() };
    let is_one = length(value, start, form) == end - start && fits(&value[start..end], form);
    is_one.then(|| named(value, start..end, kind))
}

/// The value at `start` that is in quotes, or is all that its line has.
pub fn quoted(text: &[u8], start: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    quoted_at(text, start, promised, context).map(|found| found.named(text, promised.0))
}

/// The value at `start`, if it is what was promised.
pub fn value(text: &[u8], start: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    value_at(text, start, promised, context).map(|found| found.named(text, promised.0))
}

/// Where a value is that is what was promised.
#[derive(Clone, Debug)]
pub struct Value {
    pub range: Range<usize>,
    /// Whether it is masked where it stands and nowhere else.
    is_unlearned: bool,
}

impl Value {
    /// It as one of a kind.
    pub fn named(self, text: &[u8], kind: Kind) -> Span {
        let span = named(text, self.range, kind);
        if self.is_unlearned {
            unlearned(span)
        } else {
            span
        }
    }
}

/// Where the value at `start` is that is in quotes, or is all that its line has.
pub fn quoted_at(text: &[u8], start: usize, (kind, form): (Kind, Form), context: &mut Context<'_>) -> Option<Value> {
    let found = value_at(text, start, (kind, form), context);
    if found.is_some() || form != Form::Quoted {
        return found;
    }
    let name = value_at(text, start, (kind, Form::Name), context)?;
    is_plain(&text[name.range.clone()]).then_some(Value { is_unlearned: true, ..name })
}

/// Where the value at `start` is, if it is what was promised.
pub fn value_at(text: &[u8], start: usize, (kind, form): (Kind, Form), context: &mut Context<'_>) -> Option<Value> {
    value_in(text, start..start + context.length(text, start, form), (kind, form))
}

/// Where the value is that all at a range is that one of that form may be made of, if it is what was promised.
pub fn value_in(text: &[u8], range: Range<usize>, (kind, form): (Kind, Form)) -> Option<Value> {
    if goes_on(text, range.end, (kind, form)) {
        return None;
    }
    let range = trim(text, range);
    let range = if form == Form::Object { bucket_of(text, range)? } else { range };
    fits(&text[range.clone()], form).then_some(Value { range, is_unlearned: false })
}

/// Whether what ends before `end` goes on with a character that names never have, and so is something else than was promised: a
/// path, a template, a sentence.
#[inline(always)]
pub fn goes_on(text: &[u8], end: usize, (kind, form): (Kind, Form)) -> bool {
    match text[end..] {
        [] => false,
        [b':', ..] if kind == Kind::Lambda && ends_alias(text, end + 1) => false,
        [b':', next, ..] => !next.is_ascii_whitespace() && !next.is_ascii_digit(),
        // The full stop of a sentence: a name has it in it, credentials have none.
        [b'.', ..] if is_credential(form) => !ends_word(text, end + 1),
        [next, ..] => !is_delimiter(next),
    }
}

/// Whether all that stands at `start` is the alias or version of a function: `orders:PROD`, `orders:$LATEST`.
fn ends_alias(text: &[u8], start: usize) -> bool {
    let length = alias(text, start);
    length > 0 && text.get(start + length).is_none_or(|b| is_delimiter(*b) && *b != b':')
}

/// Where a function's name ends in front of its alias or version: `orders:PROD`.
fn without_alias(value: &[u8]) -> usize {
    let is_alias = |colon: &usize| {
        let length = alias(value, colon + 1);
        length > 0 && colon + 1 + length == value.len()
    };
    memchr::memchr(b':', value).filter(is_alias).unwrap_or(value.len())
}

/// The length of the alias or version at `start`.
fn alias(text: &[u8], start: usize) -> usize {
    simd::run(text, start, 128, &ALIAS)
}

/// What the aliases and versions of functions are made of.
static ALIAS: AsciiSet = AsciiSet::alphanumeric_and(b"-_$");

/// Where the bucket stands in a text at a range that is one and the key of an object: `acme/key`, `/acme/key`.
fn bucket_of(text: &[u8], object: Range<usize>) -> Option<Range<usize>> {
    let start = object.start + usize::from(text[object.clone()].starts_with(b"/"));
    let length = memchr::memchr(b'/', &text[start..object.end])?;
    Some(start..start + length)
}

pub fn named(text: &[u8], range: Range<usize>, kind: Kind) -> Span {
    let kind = match kind {
        Kind::S3Bucket if says_logs(&text[range.clone()]) => Kind::S3LogsBucket,
        kind => kind,
    };
    match kind {
        Kind::Account if range.len() == ACCOUNT_LENGTH => Span::new(range, kind),
        Kind::SecretKey | Kind::SessionToken => Span::new(range, kind),
        Kind::LogGroup => Span::named(range.clone(), kind, of_log_group(text, range)),
        _ => Span::named(range.clone(), kind, (range, kind)),
    }
}

/// The name of the queue or topic that ends in [`FIFO`], which begins at `dot`: with a hyphen or in quotes, since programs have fields that are
/// called so.
pub fn of_fifo(text: &[u8], dot: usize) -> Option<Span> {
    let end = dot + FIFO.len();
    let goes_on = matches!(text.get(end..), Some([b'.' | b'-' | b'_', next, ..]) if next.is_ascii_alphanumeric());
    if !text[dot..].starts_with(FIFO) || !ends_word(text, end) || goes_on {
        return None;
    }
    let start = dot - simd::run_back(text, dot, LONGEST_QUEUE, &KEY);
    let start = if in_escape(text, start) { start + 1 } else { start };
    let before = text[..start].last();
    let is_quote = |b: Option<&u8>| matches!(b, Some(b'"' | b'\''));
    let is_in_quotes = is_quote(before) && is_quote(text.get(end));
    let is_part = matches!(before, Some(b'.' | b'/' | b'*' | b'}')) || !starts_word(text, start);
    let is_name = start < dot && (is_in_quotes || text[start..dot].contains(&b'-'));
    (is_name && !is_part).then(|| named(text, start..end, Kind::Sqs))
}

/// The longest name of a queue. Source: SQS developer guide, "Amazon SQS queue quotas".
const LONGEST_QUEUE: usize = 80;

/// The resource that a log group is of, by its path; the path itself if it says none: `/aws/lambda/orders` is of a function.
pub fn of_log_group(text: &[u8], path: Range<usize>) -> (Range<usize>, Kind) {
    of_path(text, path, LOG_GROUPS, "/")
}

/// The same of a path that is written with other slashes, as the beginnings of [`LOG_GROUPS`] are here.
pub fn of_path<F: AsRef<str>>(
    text: &[u8],
    path: Range<usize>,
    log_groups: &[(F, Kind)],
    slash: &str,
) -> (Range<usize>, Kind) {
    let whole = &text[path.clone()];
    let front = |row: &&(F, Kind)| whole.starts_with(row.0.as_ref().as_bytes());
    let Some((front, kind)) = log_groups.iter().find(front) else { return (path, Kind::LogGroup) };
    let front = front.as_ref().len();
    let length = memmem::find(&whole[front..], slash.as_bytes()).unwrap_or(whole.len() - front);
    (path.start + front..path.start + front + length, *kind)
}

/// A bucket that says what it is for: `acme-logs`, `access-log-eu`.
fn says_logs(bucket: &[u8]) -> bool {
    let bucket = &bucket[..bucket.len().min(LONGEST_BUCKET)];
    memchr::memchr_iter(b'g', bucket).any(|g| {
        let rest = bucket[g + 1..].strip_prefix(b"s").unwrap_or(&bucket[g + 1..]);
        bucket[..g].strip_suffix(b"lo").is_some_and(|front| ends_part(front.last()) && ends_part(rest.first()))
    })
}

/// Whether a part of a name ends at a byte, or where there is none.
fn ends_part(b: Option<&u8>) -> bool {
    !b.is_some_and(u8::is_ascii_alphanumeric)
}

/// How many bytes from `start` on could be a value of that form; one more than it can have where it goes on.
pub fn length(text: &[u8], start: usize, form: Form) -> usize {
    simd::run(text, start, longest(form) + 1, alphabet(form))
}

/// Whether values of a form are credentials.
pub fn is_credential(form: Form) -> bool {
    matches!(form, Form::Secret | Form::SessionToken | Form::StsToken)
}

/// The longest value of a form.
pub fn longest(form: Form) -> usize {
    made_of(form).1
}

/// What values of a form are made of.
pub fn alphabet(form: Form) -> &'static AsciiSet {
    made_of(form).0
}

/// What values of a form are made of, and the longest of them.
#[inline]
fn made_of(form: Form) -> (&'static AsciiSet, usize) {
    match form {
        Form::Name
        | Form::Telling
        | Form::Cased
        | Form::Likely
        | Form::Quoted
        | Form::Path
        | Form::Object
        | Form::KmsKey => (&NAME, LONGEST_NAME),
        Form::Id => (&ID, LONGEST_ID),
        Form::Account | Form::CanonicalUser => (characters(Alphabet::Hex), CANONICAL_USER_LENGTH),
        Form::Secret => (&CREDENTIAL, SECRET_LENGTH),
        Form::SessionToken | Form::StsToken => (&CREDENTIAL, LONGEST_SESSION_TOKEN),
    }
}

pub static NAME: AsciiSet = AsciiSet::alphanumeric_and(b"-/._+=@#");
static ID: AsciiSet = AsciiSet::alphanumeric_and(b"-/*");
static CREDENTIAL: AsciiSet = AsciiSet::alphanumeric_and(b"+/=");

/// Whether names are made of such bytes.
pub fn is_named(b: u8) -> bool {
    NAME.has(b)
}

pub fn fits(value: &[u8], form: Form) -> bool {
    let is_name = || {
        (SHORTEST_NAME..=LONGEST_NAME).contains(&value.len())
            && value.iter().any(u8::is_ascii_alphabetic)
            && matches!(value[0], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'_' | b'.')
            && !is_common(value)
            && !is_public(value)
    };
    match form {
        Form::Name => is_name(),
        Form::Likely => false,
        Form::Telling | Form::Cased | Form::Quoted => {
            value.contains(&b'-') && value.iter().any(u8::is_ascii_lowercase) && is_plain(value) && is_name()
        }
        Form::Object => is_name() && !value.contains(&b'/'),
        Form::Path => value.contains(&b'/') && is_name(),
        Form::Account => is_account(value) || is_canonical_user(value),
        Form::CanonicalUser => is_canonical_user(value),
        Form::KmsKey => {
            let is_alias = || value.starts_with(b"alias/") && value.len() > b"alias/".len() && !is_public(value);
            is_uuid(value) || value.starts_with(b"mrk-") || is_alias()
        }
        Form::Id => id::is_id(value),
        Form::Secret => {
            value.len() == SECRET_LENGTH
                && value.iter().any(u8::is_ascii_digit)
                && value.iter().any(u8::is_ascii_uppercase)
        }
        Form::SessionToken => value.len() >= SHORTEST_SESSION_TOKEN,
        Form::StsToken => value.len() >= SHORTEST_SESSION_TOKEN && begins_session_token(value),
    }
}

/// `8-4-4-4-12` hexadecimal digits.
pub fn is_uuid(value: &[u8]) -> bool {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    // Few words that begin like one have all of these.
    value.len() == 36
        && HYPHENS.iter().all(|at| value[*at] == b'-')
        && value.iter().enumerate().all(|(at, b)| HYPHENS.contains(&at) || b.is_ascii_hexdigit())
}

/// Whether `value` is a name of AWS's own, or the host of something that its host names better.
fn is_public(value: &[u8]) -> bool {
    PUBLIC_BEGINNINGS.iter().any(|beginning| value.starts_with(beginning.as_bytes())) || host::is_host(value)
}

/// [`COMMON`], to be asked: each word as a number.
static COMMON_WORDS: Lazy<HashSet<u128, FixedState>> =
    Lazy::new(|| COMMON.iter().filter_map(|word| packed(word.as_bytes())).collect());

/// Whether `value` is a word that such keys have everywhere.
pub fn is_common(value: &[u8]) -> bool {
    packed(value).is_some_and(|packed| COMMON_WORDS.contains(&packed))
}

/// A word in lower case as a number of its own; `None` if it is too long for that, and for any of [`COMMON`].
fn packed(word: &[u8]) -> Option<u128> {
    match (word.first_chunk(), word.last_chunk()) {
        _ if word.len() > size_of::<u128>() => None,
        (Some(first), Some(last)) => {
            let [first, last] = [first, last].map(|bytes| u128::from(lower_case(u64::from_le_bytes(*bytes))));
            Some(first | last << (8 * (word.len() - size_of::<u64>())))
        }
        _ => Some(u128::from(lower_case(short(word)))),
    }
}

/// Whether `value` is the word for a kind of things, which may be anything elsewhere.
pub fn is_word_of_kind(value: &[u8]) -> bool {
    is_in_sorted(value, WORDS_OF_KINDS)
}

/// Whether a name is one word, as code quotes it: no path, no address.
pub fn is_plain(value: &[u8]) -> bool {
    let word = value.strip_suffix(FIFO).unwrap_or(value);
    word.first().is_some_and(u8::is_ascii_alphanumeric) && !word.iter().any(|b| b"=/.#".contains(b))
}

/// A name that is masked where it stands and nowhere else, since it may be a word of everyday.
pub fn unlearned(span: Span) -> Span {
    Span { name: None, ..span }
}

fn is_delimiter(b: u8) -> bool {
    DELIMITER[usize::from(b)] || !b.is_ascii()
}

/// The ASCII characters that may stand behind a value.
static DELIMITER: [bool; 256] = these(b"\t\n\x0c\r \"'`,;)]}|<\\&:");

/// Without the full stop of the sentence around it.
#[inline(always)]
fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    match text[range.clone()].last() {
        Some(b'.' | b'=') => without_end(text, range),
        _ => range,
    }
}

fn without_end(text: &[u8], range: Range<usize>) -> Range<usize> {
    let dots = text[range.clone()].iter().rev().take_while(|b| matches!(b, b'.' | b'=')).count();
    let secret_padding = text[range.clone()].iter().rev().take_while(|b| **b == b'=').count();
    range.start..range.end - if secret_padding == dots { 0 } else { dots }
}

#[cfg(test)]
mod tests {
    use super::super::lower;
    use super::*;

    #[test]
    fn words_are_numbers_in_lower_case() {
        for b in 0..=u8::MAX {
            for length in 0..=17 {
                let word: Vec<u8> = (0..length).map(|at: u8| b.wrapping_add(at)).collect();
                let mut bytes = [0; 16];
                let lower = lower(&word, &mut bytes).is_some();
                assert_eq!(packed(&word), lower.then_some(u128::from_le_bytes(bytes)), "{word:?}");
            }
        }
    }
}
