//! Ids with a shape: `i-0abc…`, `AKIA…`, hosted zones, distributions.

use super::{ends_word, run, run_back, starts_word};
use crate::detect::catalogue::ids::{SHAPED, UNIQUE};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;

/// The longest prefix of [`SHAPED`].
const LONGEST_PREFIX: usize = 16;

/// An id around the hyphen at `hyphen`: a known prefix before it, 8 or 17 hexadecimal digits behind it.
pub fn shaped(text: &[u8], hyphen: usize) -> Option<Span> {
    let digits = run(text, hyphen + 1, 18, |b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let end = hyphen + 1 + digits;
    if !matches!(digits, 8 | 17) || !ends_word(text, end) {
        return None;
    }
    let letters = run_back(text, hyphen, LONGEST_PREFIX, |b| b.is_ascii_lowercase() || b == b'-');
    // The longest prefix first, so that `tgw-attach-` is not read as an `attach-` behind some `tgw-`. One more letter
    // than the longest prefix would make another word of it, which `starts_word` sees.
    for start in hyphen - letters..hyphen {
        // A letter left of `start` may be the tail of an escape (`\ni-0…`), so every start is asked.
        if let Ok(row) = SHAPED.binary_search_by(|row| row.0.as_bytes().cmp(&text[start..hyphen])) {
            if starts_word(text, start) {
                return Some(Span::new(start..end, SHAPED[row].1));
            }
        }
    }
    None
}

/// An IAM unique id that starts at `start` with an `A`.
pub fn unique(text: &[u8], start: usize) -> Option<Span> {
    let prefix = text.get(start..start + 4)?;
    let row = UNIQUE.binary_search_by(|row| row.0.as_bytes().cmp(prefix)).ok()?;
    let length = run(text, start, 22, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let end = start + length;
    (matches!(length, 20 | 21) && starts_word(text, start) && ends_word(text, end))
        .then(|| Span::new(start..end, UNIQUE[row].1))
}

/// A hosted zone id that starts at `start` with a `Z`: up to 32 characters, digits among them.
pub fn hosted_zone(text: &[u8], start: usize) -> Option<Span> {
    upper_case_id(text, start, 13..=32, Kind::Route53)
}

/// A distribution id that starts at `start` with an `E`: 13 or 14 characters, digits among them.
pub fn distribution(text: &[u8], start: usize) -> Option<Span> {
    upper_case_id(text, start, 13..=14, Kind::Cloudfront)
}

fn upper_case_id(text: &[u8], start: usize, lengths: std::ops::RangeInclusive<usize>, kind: Kind) -> Option<Span> {
    let length = run(text, start, lengths.end() + 1, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !lengths.contains(&length) {
        return None;
    }
    let end = start + length;
    let digits = text[start..end].iter().filter(|b| b.is_ascii_digit()).count();
    (digits >= 2 && digits + 2 <= length && starts_word(text, start) && ends_word(text, end))
        .then(|| Span::new(start..end, kind))
}
