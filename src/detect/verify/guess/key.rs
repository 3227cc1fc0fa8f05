//! Values under keys that others have, too: `queue: orderPlacedQueue`.

use super::word::may_be_one;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::verify::name::{self, named};
use crate::detect::verify::{ends_line, key, LABELS};
use crate::detect::Span;
use crate::simd;
use std::ops::Range;

/// What the whole of a value is whose key promises what it does not look like: `"table": "orders_v2"`.
pub fn under(text: &[u8], key: &[u8], promised: (Kind, Form)) -> Option<Span> {
    let is_one = may_be_under(promised.1) && is_called_so(text, promised.0) && !key::same(text, key);
    let span = if is_one { name::whole(text, (promised.0, Form::Name)) } else { None };
    span.map(Span::guessed)
}

/// Whether a name may be guessed under a key that promises that form, if the value does not have it.
pub fn may_be_under(form: Form) -> bool {
    matches!(form, Form::Telling | Form::Cased | Form::Likely | Form::Quoted)
}

/// Whether a value may be a name of that kind: one of several words, or a table with a capital.
pub fn is_called_so(value: &[u8], kind: Kind) -> bool {
    let joins = |two: &[u8]| two[1] == b'_' || !two[0].is_ascii_uppercase() && two[1].is_ascii_uppercase();
    let has_parts = value.windows(2).any(joins) || value.contains(&b'-');
    let is_table = kind == Kind::Dynamodb && value.first().is_some_and(u8::is_ascii_uppercase);
    // The users of databases and the domains of others stand under the same keys.
    let is_others = matches!(kind, Kind::IamUser | Kind::Domain);
    (has_parts || is_table) && !is_others && may_be_one(value) && name::is_plain(value)
}

/// The bucket that all of a line behind a key is, with dots in its name, which variables have too: `BucketName: acme.data.raw`.
pub fn dotted(text: &[u8], range: Range<usize>) -> Option<Span> {
    let is_of_bucket = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    let is_one = text[range.clone()].iter().all(is_of_bucket) && ends_line(text, range.end);
    is_one.then(|| named(text, range, Kind::S3Bucket).guessed())
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
