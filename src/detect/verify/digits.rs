//! Account ids: twelve digits.

use super::{ends_word, number_goes_on, run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;

/// The account id that starts at `start`, the first digit of a run.
///
/// Not the tail of a longer number, a decimal, a phone number, a UUID or a date with its time (`202401311259`), nor the number
/// of a shard of Kinesis; behind the
/// word `account` it is one whatever it looks like. `240131125959` may be either, and a leak is worse than a mistake.
pub fn account(text: &[u8], start: usize) -> Option<Span> {
    let end = start + run(text, start, 13, |b| b.is_ascii_digit());
    if end - start != 12 || !starts_word(text, start) || !ends_word(text, end) {
        return None;
    }
    let digits = &text[start..end];
    let part_of_another = part_of_decimal(text, start, end)
        || is_phone_number(text, start)
        || uuid_tail(text, start)
        || SIZES.contains(&digits)
        || text[..start].ends_with(b"shardId-");
    let is_date = || is_date_and_time(digits) && !behind_account(&text[..start]);
    (!part_of_another && !is_date()).then(|| Span::new(start..end, Kind::Account))
}

/// The account id whose first hyphen is at `hyphen`, as the console and people write it: `account id is 1234-5678-9012`.
/// Without that word it may be anything.
pub fn dashed_account(text: &[u8], hyphen: usize) -> Option<Span> {
    let start = hyphen.checked_sub(4)?;
    let end = hyphen + 10;
    let shape = |at: usize, b: u8| if at == 4 || at == 9 { b == b'-' } else { b.is_ascii_digit() };
    let is_one = text.get(start..end)?.iter().enumerate().all(|(at, b)| shape(at, *b));
    let goes_on = text.get(end) == Some(&b'-') || text[..start].ends_with(b"-");
    let whole = starts_word(text, start) && ends_word(text, end) && !goes_on;
    (is_one && whole && behind_account(&text[..start])).then(|| Span::new(start..end, Kind::Account))
}

/// The powers of two that have twelve digits: flags, limits and sizes.
const SIZES: [&[u8]; 3] = [b"137438953472", b"274877906944", b"549755813888"];

/// How far in front of an account id its word may stand: `account number is "`.
const ACCOUNT_REACH: usize = 32;

/// Whether a text ends with `account`, perhaps with `id`, `number` or `is` behind it. A token is another word.
fn behind_account(text: &[u8]) -> bool {
    let reach = &text[text.len().saturating_sub(ACCOUNT_REACH)..];
    let mut words = reach.rsplit(|b| !b.is_ascii_alphanumeric() && *b != b'_').filter(|word| !word.is_empty());
    let is = |word: &[u8], known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    let first = words.find(|word| !is(word, &["id", "ids", "number", "no", "is", "are", "was"]));
    first.is_some_and(|word| is(word, &["account", "accounts", "accountid", "account_id"]))
}

fn part_of_decimal(text: &[u8], start: usize, end: usize) -> bool {
    let before = start >= 2 && text[start - 1] == b'.' && text[start - 2].is_ascii_digit();
    before || number_goes_on(text, end)
}

/// `+821012345678`, `+82 101234567890`, `+49-171123456789`, `tel:491711234567`
fn is_phone_number(text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    let separated = before.strip_suffix(b" ").or_else(|| before.strip_suffix(b"-")).unwrap_or(before);
    let country = run_back(separated, separated.len(), 4, |b| b.is_ascii_digit());
    let behind_country = (1..=3).contains(&country) && separated[..separated.len() - country].ends_with(b"+");
    before.ends_with(b"+")
        || behind_country
        || ["tel:", "tel: ", "Tel: ", "phone: ", "Phone: "].iter().any(|word| before.ends_with(word.as_bytes()))
}

/// `…-xxxx-` in front: the last group of a UUID.
fn uuid_tail(text: &[u8], start: usize) -> bool {
    if start < 6 || text[start - 1] != b'-' {
        return false;
    }
    let group = run_back(text, start - 1, 5, |b| b.is_ascii_hexdigit());
    group == 4 && text[start - 6] == b'-'
}

/// Whether twelve digits are a date and a time.
pub fn is_date_and_time(digits: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| digits[range].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
    matches!(number(0..4), 1990..=2099)
        && matches!(number(4..6), 1..=12)
        && matches!(number(6..8), 1..=31)
        && number(8..10) < 24
        && number(10..12) < 60
}
