//! Values under keys that others have, too: `queue: orderPlacedQueue`.

use super::word::{has_parts, is_dotted, may_be_one, may_be_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::verify::name::{self, named};
use crate::detect::verify::{ends_line, key, LABELS};
use crate::detect::Span;
use crate::simd;
use std::ops::Range;

/// What the whole of a value is whose key promises what it does not look like: `"table": "orders_v2"`. See [`is_called_so`].
pub fn under(text: &[u8], key: &[u8], promised: (Kind, Form), is_told: bool) -> Option<Span> {
    let is_one = may_be_under(promised.1) && is_called_so(text, promised.0, is_told) && !key::same(text, key);
    let span = if is_one { name::whole(text, (promised.0, Form::Name)) } else { None };
    span.map(Span::guessed)
}

/// Whether a name may be guessed under a key that promises that form, if the value does not have it.
pub fn may_be_under(form: Form) -> bool {
    matches!(form, Form::Telling | Form::Cased | Form::Likely | Form::Quoted)
}

/// Whether a key leaves little doubt that its value is a name: the variable of an environment, of several words.
pub fn leaves_little_doubt(key: &[u8]) -> bool {
    key::is_environment(key) && key.contains(&b'_')
}

/// Whether a value may be a name of that kind: one of several words, or a table with a capital; any word, if that `is_told` by a key that
/// [`leaves_little_doubt`] or the first half of a pair.
pub fn is_called_so(value: &[u8], kind: Kind, is_told: bool) -> bool {
    // The users of databases and the domains of others stand under the same keys.
    if matches!(kind, Kind::IamUser | Kind::Domain) {
        return false;
    }
    let is_table = kind == Kind::Dynamodb && value.first().is_some_and(u8::is_ascii_uppercase);
    let is_word = || (is_told && TOLD_SO.contains(&kind) || ONLY_AWS_HAS.contains(&kind)) && may_be_word(value);
    let is_plain = || (is_table || has_parts(value) || is_word()) && may_be_one(value) && name::is_plain(value);
    is_plain() || HAVE_DOTS.contains(&kind) && is_dotted(value)
}

/// What the variables of an environment name that end in the word for it.
const TOLD_SO: [Kind; 5] = [Kind::Dynamodb, Kind::Kinesis, Kind::S3Bucket, Kind::Sns, Kind::Sqs];
/// What only AWS has by the words of its keys: `jobQueue`, `workgroup`, `nodegroup`, `targetGroup`.
const ONLY_AWS_HAS: [Kind; 4] = [Kind::Athena, Kind::Batch, Kind::Eks, Kind::Elb];
/// What may have dots in its name.
const HAVE_DOTS: [Kind; 6] = [Kind::Dynamodb, Kind::Kinesis, Kind::LogGroup, Kind::S3Bucket, Kind::Sns, Kind::Sqs];

/// The name with dots in it that all of a line behind a key is, which variables have too: `BucketName: acme.data.raw`.
pub fn dotted(text: &[u8], range: Range<usize>, kind: Kind) -> Option<Span> {
    let is_one = HAVE_DOTS.contains(&kind) && ends_setting(text, range.end) && is_dotted(&text[range.clone()]);
    is_one.then(|| named(text, range, kind).guessed())
}

/// Whether a setting ends there that is all of a line, or goes on in the next one: `ENV BUCKET=acme.data \`.
pub fn ends_setting(text: &[u8], end: usize) -> bool {
    let rest = text[end..].strip_prefix(b" \\").map_or(end, |rest| text.len() - rest.len());
    ends_line(text, rest)
}

/// The names of that kind that the rest of a line lists from `start` on, if it has nothing else: `hello, resizeAvatar, stripe_webhook`.
pub fn listed(text: &[u8], start: usize, kind: Kind) -> impl Iterator<Item = Span> + '_ {
    let items = items(text, start).unwrap_or_default().into_iter();
    let names = items.filter(|item| name::fits(&text[item.clone()], Form::Name));
    names.map(move |item| named(text, item, kind).guessed())
}

/// The items of a line from `start` on; `None` if something else is in it.
fn items(text: &[u8], start: usize) -> Option<Vec<Range<usize>>> {
    let (mut at, mut items) = (start, Vec::new());
    while items.len() < MOST_ITEMS {
        let end = at + simd::run(text, at, LONGEST_ITEM, &LABELS);
        if end == at {
            return None;
        }
        items.push(at..end);
        if ends_line(text, end) {
            return Some(items);
        }
        at = end + text[end..].starts_with(b", ").then_some(b", ".len())?;
    }
    None
}

/// So many items of a line are read.
const MOST_ITEMS: usize = 64;
/// No item is longer.
const LONGEST_ITEM: usize = 64;
