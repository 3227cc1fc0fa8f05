//! Ids with a shape: `i-0abc…`, `AKIA…`, hosted zones, distributions, pools, organizations.

use super::host::is_region;
use super::name::{is_uuid, named};
use super::word_map::WordMap;
use super::{back_to, digits, ends_word, run, run_back, starts_word, these};
use crate::detect::catalogue::ids::{Alphabet, Digits, Mixture, BEFORE_UUID, COINED, SHAPED, UNIQUE};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use once_cell::sync::Lazy;
use std::ops::{Range, RangeInclusive};

/// The longest prefix of [`SHAPED`].
const LONGEST_PREFIX: usize = 22;

/// The fewest letters and digits behind the hyphen in [`COINED`].
const SHORTEST_COINED: usize = 8;

/// [`SHAPED`] by prefix.
static BY_PREFIX: Lazy<WordMap<Option<(Kind, Digits)>>> = Lazy::new(|| {
    let mut by_prefix = WordMap::default();
    SHAPED.iter().for_each(|(prefix, kind, digits)| *by_prefix.entry(prefix) = Some((*kind, *digits)));
    by_prefix
});

/// The place of a row of [`COINED`], by its prefix.
static COINED_BY_PREFIX: Lazy<WordMap<Option<usize>>> = Lazy::new(|| {
    let mut by_prefix = WordMap::default();
    COINED.iter().enumerate().for_each(|(place, row)| *by_prefix.entry(row.0) = Some(place));
    by_prefix
});

/// An id around the hyphen at `hyphen`: a known prefix before it, 8 or 17 hexadecimal digits behind it, or a UUID.
#[inline(always)]
pub fn shaped(text: &[u8], hyphen: usize) -> Option<Span> {
    let end = hyphen + 1 + digits_of_id(&text[hyphen + 1..])?;
    // Behind the first eight digits of a UUID and of few other words.
    let before_uuid = if text.get(end) == Some(&b'-') { before_uuid(text, hyphen) } else { None };
    let (range, kind) = match before_uuid {
        Some(found) => found,
        None => before_digits(text, hyphen, end)?,
    };
    Some(Span::new(range, kind))
}

/// How many hexadecimal digits the word at the start of a text is, if these are as many as ids have.
fn digits_of_id(text: &[u8]) -> Option<usize> {
    if !are_hexadecimal(text.first_chunk()?) {
        return None;
    }
    if ends_word(text, 8) {
        return Some(8);
    }
    let all = is_hexadecimal(text[8]) && are_hexadecimal(text[9..].first_chunk()?);
    (all && ends_word(text, 17)).then_some(17)
}

/// Without an early end, so that all bytes are looked at at once.
fn are_hexadecimal(bytes: &[u8; 8]) -> bool {
    bytes.iter().fold(true, |all, b| all & is_hexadecimal(*b))
}

/// The same of as many letters and digits as the shortest id of [`COINED`] has behind its hyphen.
fn are_alphanumeric(bytes: &[u8; SHORTEST_COINED]) -> bool {
    bytes.iter().fold(true, |all, b| all & b.is_ascii_alphanumeric())
}

fn is_hexadecimal(b: u8) -> bool {
    matches!(b, b'0'..=b'9' | b'a'..=b'f')
}

/// The same for digits that end before `end`.
#[inline]
fn before_digits(text: &[u8], hyphen: usize, end: usize) -> Option<(Range<usize>, Kind)> {
    let head = &text[..hyphen];
    let letters = run_back(head, hyphen, LONGEST_PREFIX, |b| PREFIX[usize::from(b)]);
    let first = hyphen - letters;
    // One more letter than the longest prefix would make another word of it, and a letter in front of the start may be the
    // tail of an escape (`\ni-0…`): then every start near is asked.
    let may_begin_late = letters == LONGEST_PREFIX || matches!(head[..first].last(), Some(b'\\' | b'A'..=b'Z'));
    // The longest prefix first, so that `tgw-attach-` is not read as an `attach-` behind some `tgw-`.
    let mut start = first;
    loop {
        let may_begin = !may_begin_late || begins_prefix(text, start);
        let known = if may_begin { BY_PREFIX.get_last(head, hyphen - start).copied().flatten() } else { None };
        if let Some((kind, _)) = known.filter(|(_, claimed)| fits(text, hyphen + 1..end, *claimed)) {
            return Some((start..end, kind));
        }
        let is_near = may_begin_late && start < first + LONGEST_ESCAPE;
        start += if is_near { 1 } else { head[start..].iter().position(|b| *b == b'-')? + 1 };
        if start >= hyphen {
            return None;
        }
    }
}

/// What may stand in front of a prefix and be made of the same, of the longest escape: `u00e9`.
const LONGEST_ESCAPE: usize = 5;

/// What prefixes are made of.
static PREFIX: [bool; 256] = these(b"abcdefghijklmnopqrstuvwxyz0123456789-");

/// Whether a prefix may start at `start`.
fn begins_prefix(text: &[u8], start: usize) -> bool {
    start > 0 && text[start - 1] == b'-' || starts_word(text, start)
}

/// An id whose hyphen is at `hyphen` and whose digits are a UUID: `fleet-12a34b55-67cd-8ef9-ba9b-9208dEXAMPLE`.
#[cold]
fn before_uuid(text: &[u8], hyphen: usize) -> Option<(Range<usize>, Kind)> {
    let end = hyphen + 1 + UUID;
    if !text.get(hyphen + 1..end).is_some_and(is_uuid) || !whole(text, end) {
        return None;
    }
    let letters = run_back(text, hyphen, LONGEST_PREFIX, |b| b.is_ascii_lowercase());
    let mut starts = (hyphen - letters..hyphen).filter(|start| starts_word(text, *start));
    let kind = |start: usize| BEFORE_UUID.iter().find(|row| row.0.as_bytes() == &text[start..hyphen]).map(|row| row.1);
    starts.find_map(|start| Some((start..end, kind(start)?)))
}

/// The length of a UUID.
const UUID: usize = 36;

/// Whether a prefix has such digits.
fn fits(text: &[u8], digits: Range<usize>, claimed: Digits) -> bool {
    let id = &text[digits.clone()];
    match claimed {
        _ if id.len() > 8 => !is_milliseconds(id),
        Digits::Old => true,
        Digits::Mixed => is_mixed(id) && whole(text, digits.end),
        Digits::New => false,
    }
}

/// Whether seventeen digits begin with a date and a time: `report-20240131125959123`.
fn is_milliseconds(id: &[u8]) -> bool {
    let is_of_our_time = matches!(id, [b'1', b'9', ..] | [b'2', b'0', ..]);
    is_of_our_time && id.iter().all(u8::is_ascii_digit) && digits::is_date_and_time(&id[..12])
}

/// Whether a letter and a digit are in it.
fn is_mixed(id: &[u8]) -> bool {
    id.iter().any(u8::is_ascii_digit) && id.iter().any(u8::is_ascii_alphabetic)
}

/// An id around the hyphen at `hyphen` whose service has an alphabet of its own: `o-a1b2c3d4e5`, `j-3KVTXXXXXX7UG`.
#[inline(always)]
pub fn coined(text: &[u8], hyphen: usize) -> Option<Span> {
    // Behind most hyphens stands a short word.
    let may_be_long = text[hyphen + 1..].first_chunk().is_some_and(are_alphanumeric);
    if may_be_long {
        coined_long(text, hyphen)
    } else {
        None
    }
}

/// The same of a hyphen behind which a word stands that is long enough.
#[inline(never)]
fn coined_long(text: &[u8], hyphen: usize) -> Option<Span> {
    let letters = run_back(text, hyphen, 8, |b| b.is_ascii_lowercase());
    let starts = (hyphen - letters..hyphen).filter(|start| starts_word(text, *start));
    let mut rows = starts.filter_map(|start| Some((start, COINED[(*COINED_BY_PREFIX.get(&text[start..hyphen])?)?])));
    rows.find_map(|(start, (_, kind, alphabet, least, most, mixture))| {
        let length = simd::run(text, hyphen + 1, most + 1, characters(alphabet));
        let end = hyphen + 1 + length;
        let fits = (least..=most).contains(&length) && (mixture == Mixture::Any || is_mixed(&text[hyphen + 1..end]));
        (fits && whole(text, end)).then(|| Span::new(start..end, kind))
    })
}

/// Whether a word ends before `end` and does not go on behind a hyphen.
fn whole(text: &[u8], end: usize) -> bool {
    ends_word(text, end) && text.get(end) != Some(&b'-')
}

const APP_CLIENT_LENGTH: usize = 26;
/// Source: S3 user guide, "Finding the canonical user ID for your AWS account".
pub const CANONICAL_USER_LENGTH: usize = 64;

/// Whether the whole of a value is an id whose shape says too little without the key it stands under. There it needs no digit.
pub fn is_id(value: &[u8]) -> bool {
    match value {
        [b'Z', ..] => ZONE.contains(&value.len()) && value.iter().all(|b| is_upper(*b)),
        [b'E', ..] => DISTRIBUTION.contains(&value.len()) && value.iter().all(|b| is_upper(*b)),
        [b'A', ..] => CUSTOMER.contains(&value.len()) && value.iter().all(|b| is_upper(*b)),
        _ => is_path_of_units(value) || is_coined(value) || is_app_client(value),
    }
}

/// Whether the whole of a value is the id of an app client as Cognito makes them, of which the API reference shows some.
fn is_app_client(value: &[u8]) -> bool {
    value.len() == APP_CLIENT_LENGTH && is_mixture_of(value, Alphabet::Lower)
}

/// Whether the whole of a value is an id by which S3 knows an account.
pub fn is_canonical_user(value: &[u8]) -> bool {
    value.len() == CANONICAL_USER_LENGTH && is_mixture_of(value, Alphabet::Hex)
}

/// Whether a value is made of digits and letters of an alphabet, and has both.
fn is_mixture_of(value: &[u8], alphabet: Alphabet) -> bool {
    value.iter().all(|b| characters(alphabet).has(*b))
        && value.iter().any(u8::is_ascii_digit)
        && !value.iter().all(u8::is_ascii_digit)
}

/// `o-a1b2c3d4e5/r-ab12/ou-ab12-cdefgh34/*`, or one of these alone.
fn is_path_of_units(value: &[u8]) -> bool {
    let lower = |id: &[u8], lengths: RangeInclusive<usize>| {
        lengths.contains(&id.len()) && id.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let is_one = |part: &[u8]| match part {
        [b'o', b'-', id @ ..] => lower(id, 10..=32),
        [b'r', b'-', id @ ..] => lower(id, 4..=32),
        [b'o', b'u', b'-', ..] => unit(part, 2).is_some_and(|found| found.range == (0..part.len())),
        _ => false,
    };
    let mut parts = value.split(|b| *b == b'/');
    parts.next().is_some_and(is_one) && parts.all(|part| matches!(part, b"" | b"*") || is_one(part))
}

/// Whether the whole of a value is one of [`COINED`], of whatever mixture.
fn is_coined(value: &[u8]) -> bool {
    let Some(hyphen) = value.iter().position(|b| *b == b'-') else { return false };
    let row = COINED_BY_PREFIX.get(&value[..hyphen]).copied().flatten();
    row.map(|row| COINED[row]).is_some_and(|(_, _, alphabet, least, most, _)| {
        let id = &value[hyphen + 1..];
        (least..=most).contains(&id.len()) && id.iter().all(|b| characters(alphabet).has(*b))
    })
}

pub fn characters(alphabet: Alphabet) -> &'static AsciiSet {
    static HEX: AsciiSet = AsciiSet::of(b"0123456789abcdef");
    static LOWER: AsciiSet = AsciiSet::of(b"0123456789abcdefghijklmnopqrstuvwxyz");
    static UPPER: AsciiSet = AsciiSet::of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    match alphabet {
        Alphabet::Hex => &HEX,
        Alphabet::Lower => &LOWER,
        Alphabet::Upper => &UPPER,
    }
}

fn is_upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

/// The organizational unit whose first hyphen is at `hyphen`: `ou-ab12-cdefgh34`.
///
/// Four and eight letters without a digit are one too: that is what Organizations gives, and few names of units are so.
pub fn unit(text: &[u8], hyphen: usize) -> Option<Span> {
    let start = hyphen.checked_sub(2)?;
    let part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let root = run(text, hyphen + 1, 33, part);
    let second = hyphen + 1 + root;
    if !(4..=32).contains(&root) || text.get(second) != Some(&b'-') {
        return None;
    }
    let id = run(text, second + 1, 33, part);
    let end = second + 1 + id;
    let shape = text[start..].starts_with(b"ou-")
        && (8..=32).contains(&id)
        && ((root, id) == (4, 8) || text[second..end].iter().any(u8::is_ascii_digit));
    (shape && starts_word(text, start) && whole(text, end)).then(|| Span::new(start..end, Kind::Organization))
}

/// Whether an id, or an account of three parts, may begin in front of its first hyphen by what stands behind that.
pub fn may_begin_before(text: &[u8], hyphen: usize) -> bool {
    let behind = &text[hyphen + 1..];
    behind.first().is_some_and(u8::is_ascii_digit) || behind.first_chunk().is_some_and(are_alphanumeric)
}

/// Whether the hyphen may be the one in front of the last digit of a pool's region.
pub fn may_be_pool(text: &[u8], hyphen: usize) -> bool {
    matches!(text[hyphen + 1..], [digit, b'_' | b':', ..] if digit.is_ascii_digit())
}

/// The Cognito pool whose region ends in the digit behind `hyphen`: `us-east-1_AbCdEf123`, `us-east-1:<uuid>`.
pub fn pool(text: &[u8], hyphen: usize) -> Option<Span> {
    let separator = hyphen + 2;
    let end = match text.get(separator)? {
        b'_' => {
            let id = run(text, separator + 1, 10, |b| b.is_ascii_alphanumeric());
            (id == 9).then_some(separator + 10)?
        }
        b':' => {
            let uuid = text.get(separator + 1..separator + 37)?;
            is_uuid(uuid).then_some(separator + 37)?
        }
        _ => return None,
    };
    let region_back = run_back(text, hyphen, 20, |b| b.is_ascii_lowercase() || b == b'-');
    let start = (hyphen - region_back..hyphen)
        .find(|start| starts_word(text, *start) && is_region(&text[*start..separator]))?;
    whole(text, end).then(|| Span::new(start..end, Kind::Cognito))
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

/// The role that IAM Identity Center makes of a permission set, which begins at `start`: `AWSReservedSSO_Billing_0123456789abcdef`. Source: IAM
/// Identity Center user guide, "Referencing permission sets in resource policies".
pub fn permission_set_role(text: &[u8], start: usize) -> Option<Span> {
    const FRONT: &[u8] = b"AWSReservedSSO_";
    const DIGITS: usize = 16;
    if !text[start..].starts_with(FRONT) || !starts_word(text, start) {
        return None;
    }
    let length = simd::run(text, start, LONGEST_ROLE, &ROLE);
    let name = &text[start..start + length];
    let name = name.strip_suffix(b".").or(name.strip_suffix(b",")).unwrap_or(name);
    let (set, digits) = name.split_at(name.len().checked_sub(DIGITS + 1)?);
    let is_one = set.len() > FRONT.len() && digits[0] == b'_' && digits[1..].iter().all(|b| is_hexadecimal(*b));
    is_one.then(|| named(text, start..start + name.len(), Kind::IamRole))
}

/// The longest name of a role, and what it is made of. Source: IAM user guide, "IAM and AWS STS quotas".
const LONGEST_ROLE: usize = 64;
static ROLE: AsciiSet = AsciiSet::alphanumeric_and(b"_+=,.@-");

/// How long hosted zone ids are, with their `Z`.
const ZONE: RangeInclusive<usize> = 13..=32;
/// How long distribution ids are, with their `E`.
const DISTRIBUTION: RangeInclusive<usize> = 13..=14;
/// The lengths of Amazon's customer ids. Source: S3 user guide, "Event message structure", `ownerIdentity`.
const CUSTOMER: RangeInclusive<usize> = 13..=15;

/// A hosted zone id that starts at `start` with a `Z`: digits are among its characters, or `hostedzone/` stands before it.
pub fn hosted_zone(text: &[u8], start: usize) -> Option<Span> {
    upper_case_id(text, start, ZONE, &[b"hostedzone/", b"hostedzones/"], Kind::Route53)
}

/// A distribution id that starts at `start` with an `E`: digits are among its characters, or `distribution/` stands before it.
pub fn distribution(text: &[u8], start: usize) -> Option<Span> {
    upper_case_id(text, start, DISTRIBUTION, &[b"distribution/", b"distributions/"], Kind::Cloudfront)
}

fn upper_case_id(
    text: &[u8],
    start: usize,
    lengths: RangeInclusive<usize>,
    paths: &[&[u8]],
    kind: Kind,
) -> Option<Span> {
    let length = run(text, start, lengths.end() + 1, is_upper);
    if !lengths.contains(&length) {
        return None;
    }
    let end = start + length;
    let digits = text[start..end].iter().filter(|b| b.is_ascii_digit()).count();
    // Between these it is a stretch of base64, a constant or a part of a longer id.
    let joined = |b: Option<&u8>| matches!(b, Some(b'+' | b'=' | b'_' | b'-'));
    let joined = joined(text.get(end)) || start > 0 && joined(text.get(start - 1));
    let sure = || paths.iter().any(|path| text[..start].ends_with(path)) || is_of_record(text, start, end, kind);
    let fits = digits >= 2 && digits + 2 <= length && !joined || sure();
    (fits && starts_word(text, start) && ends_word(text, end)).then(|| Span::new(start..end, kind))
}

/// Whether the id is the zone in Terraform's id of a record: `aws_route53_record.www: … [id=Z0456…_www.example.com_A]`.
fn is_of_record(text: &[u8], start: usize, end: usize, kind: Kind) -> bool {
    let line = || start - back_to(text, start, LONGEST_STATE, [b'\n'; 2]);
    let is_behind = || memchr::memmem::find(&text[line()..start], b"aws_route53_record").is_some();
    kind == Kind::Route53 && text.get(end) == Some(&b'_') && is_behind()
}

/// The longest address of a record and what Terraform does with it, in front of its id.
const LONGEST_STATE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_is_read_whole() {
        assert_eq!(SHAPED.iter().map(|row| row.0.len()).max(), Some(LONGEST_PREFIX));
    }

    /// What begins in an encoding is told by its first hyphen (`Scan::look_at_beginning`).
    #[test]
    fn no_prefix_with_a_hyphen_begins_like_an_encoding() {
        let prefixes = SHAPED.iter().map(|row| row.0).chain(COINED.iter().map(|row| row.0));
        let like_encoding = |prefix: &&str| prefix.bytes().take(2).all(|b| b.is_ascii_hexdigit());
        let mut like_encoding = prefixes.chain(BEFORE_UUID.iter().map(|row| row.0)).filter(like_encoding);
        assert!(like_encoding.all(|prefix| !prefix.contains('-')));
    }

    #[test]
    fn the_zone_stands_in_front_of_a_record() {
        let found = |text: &str| hosted_zone(text.as_bytes(), text.find("Z0").unwrap()).map(|span| span.range.len());
        assert_eq!(
            found("aws_route53_record.www: Refreshing state... [id=Z04567891ABCDEFGHIJKL_www.acme.io_A]"),
            Some(21)
        );
        assert_eq!(found("terraform import aws_route53_record.www Z04567891ABCDEFGHIJKL_www.acme.io_A"), Some(21));
        assert_eq!(found("aws_route53_record.www\n[id=Z04567891ABCDEFGHIJKL_www.acme.io_A]"), None);
        assert_eq!(found("[id=Z04567891ABCDEFGHIJKL_www.acme.io_A]"), None);
    }
}
