//! Account ids: twelve digits.

use super::{ends_word, number_goes_on, run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;

/// The account id that starts at `start`, the first digit of a run.
///
/// Not the tail of a longer number, a decimal, an international phone number, a UUID or a date with its time
/// (`202401311259`).
pub fn account(text: &[u8], start: usize) -> Option<Span> {
    let end = start + run(text, start, 13, |b| b.is_ascii_digit());
    if end - start != 12 || !starts_word(text, start) || !ends_word(text, end) {
        return None;
    }
    let digits = &text[start..end];
    let part_of_another = part_of_decimal(text, start, end) || after_plus(text, start) || uuid_tail(text, start);
    (!part_of_another && !is_date_and_time(digits)).then(|| Span::new(start..end, Kind::Account))
}

fn part_of_decimal(text: &[u8], start: usize, end: usize) -> bool {
    let before = start >= 2 && text[start - 1] == b'.' && text[start - 2].is_ascii_digit();
    before || number_goes_on(text, end)
}

fn after_plus(text: &[u8], start: usize) -> bool {
    start > 0 && text[start - 1] == b'+'
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
