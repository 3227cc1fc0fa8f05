//! Account ids: twelve digits.

use super::name::is_uuid;
use super::{begins_line, ends_word, is_listed, last_word, number_goes_on, run, run_back, starts_word, KEY};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use crate::simd;

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
        || is_exponent(&text[..start])
        || SIZES.contains(&digits)
        || text[..start].ends_with(b"shardId-");
    let is_date = || is_date_and_time(digits) && !behind_account(&text[..start]);
    (!part_of_another && !is_date()).then(|| Span::new(start..end, Kind::Account))
}

/// Whether a number in front of its exponent ends there: `1e-123456789012`.
fn is_exponent(before: &[u8]) -> bool {
    matches!(before, [.., digit, b'e' | b'E', b'-' | b'+'] if digit.is_ascii_digit())
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
    let is_account = |word: &[u8]| is(word, &["account", "accounts", "accountid", "account_id"]);
    first.is_some_and(is_account)
}

fn part_of_decimal(text: &[u8], start: usize, end: usize) -> bool {
    let before = start >= 2 && text[start - 1] == b'.' && text[start - 2].is_ascii_digit();
    before || number_goes_on(text, end)
}

/// `+821012345678`, `+82 101234567890`, `+49-171123456789`, `tel:491711234567`
fn is_phone_number(text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    if let Some(line) = before.strip_suffix(b"+").filter(|line| begins_line(line)) {
        return has_country_code(&text[start..]) && !is_in_diff(line, &text[start..]);
    }
    let separated = before.strip_suffix(b" ").or_else(|| before.strip_suffix(b"-")).unwrap_or(before);
    let country = run_back(separated, separated.len(), 4, |b| b.is_ascii_digit());
    let behind_country = (1..=3).contains(&country) && separated[..separated.len() - country].ends_with(b"+");
    before.ends_with(b"+") || behind_country || is_behind_phone_key(before)
}

/// `tel:`, `"phoneNumber": "`, `<Fax>`
fn is_behind_phone_key(before: &[u8]) -> bool {
    let between = |b: u8| matches!(b, b' ' | b':' | b'=' | b'"' | b'\'' | b'\\' | b'>');
    let gap = run_back(before, before.len(), LONGEST_GAP, between);
    let (head, gap) = before.split_at(before.len() - gap);
    let name = simd::run_back(head, head.len(), LONGEST_PHONE_KEY, &KEY);
    gap.iter().any(|b| matches!(b, b':' | b'=' | b'>')) && is_phone_key(&head[head.len() - name..])
}

/// How many marks and spaces may stand between a key and its value, and how long a key may be.
const LONGEST_GAP: usize = 8;
const LONGEST_PHONE_KEY: usize = 32;

/// Whether a key says that its value is the number of a telephone: `phone`, `faxNo`, `mobile_number`.
pub fn is_phone_key(key: &[u8]) -> bool {
    // What such keys end with; those of accounts do not.
    if !key.last().is_some_and(|b| b"elmnorsxy".contains(&b.to_ascii_lowercase())) {
        return false;
    }
    let last = last_word(key);
    let is_number = is_listed(last, &["no", "nr", "num", "number", "numbers"]);
    let name = if is_number { &key[..key.len() - last.len()] } else { key };
    let name = name.strip_suffix(b"_").or_else(|| name.strip_suffix(b"-")).unwrap_or(name);
    is_listed(last_word(name), PHONES)
}

/// What telephones are called in keys. Sorted.
const PHONES: &[&str] = &[
    "cell",
    "cellphone",
    "fax",
    "handy",
    "mobile",
    "msisdn",
    "phone",
    "phones",
    "tel",
    "telefax",
    "telefon",
    "telephone",
];

/// Whether digits begin with the code of a country whose numbers may have twelve digits with it.
fn has_country_code(digits: &[u8]) -> bool {
    let is_code = |length: usize| digits.get(..length).is_some_and(|code| is_listed(code, COUNTRIES));
    is_code(2) || is_code(3)
}

/// The codes of countries where nine or ten digits follow one of three or two. Sorted.
///
/// Source: ITU-T, national numbering plans (E.164).
const COUNTRIES: &[&str] = &[
    "20", "211", "212", "213", "218", "221", "224", "231", "233", "237", "240", "242", "243", "244", "249", "250",
    "251", "252", "254", "255", "256", "258", "260", "261", "262", "263", "264", "265", "30", "351", "353", "355",
    "358", "359", "375", "380", "381", "385", "39", "420", "421", "43", "44", "49", "52", "54", "55", "57", "58",
    "590", "593", "594", "595", "596", "60", "62", "63", "64", "81", "82", "84", "855", "86", "886", "90", "91", "92",
    "95", "962", "963", "966", "967", "970", "971", "972", "977", "98", "992", "994", "995", "996", "998",
];

/// Whether the line above or below that of a plus sign is one of a diff. `before` ends with the line above, `number` begins
/// behind the sign.
fn is_in_diff(before: &[u8], number: &[u8]) -> bool {
    let is_mark = |b: Option<&u8>| matches!(b, Some(b'+' | b'-' | b'@'));
    let reach = &before[before.len().saturating_sub(DIFF_REACH)..];
    let above = reach.strip_suffix(b"\n").or_else(|| reach.strip_suffix(b"\\n"));
    let is_below_one = above.is_some_and(|above| is_mark(above[last_line(above)..].first()));
    let line = number.iter().take(DIFF_REACH).position(|b| *b == b'\n');
    is_below_one || line.is_some_and(|end| is_mark(number.get(end + 1)))
}

/// How long the lines of a diff may be that are looked at.
const DIFF_REACH: usize = 256;

/// Where the last line of a text begins.
fn last_line(text: &[u8]) -> usize {
    let newline = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    let escaped = memchr::memmem::rfind(text, b"\\n").map_or(0, |at| at + 2);
    newline.max(escaped)
}

/// The last group of a UUID: years and many words are four hexadecimal digits, too.
fn uuid_tail(text: &[u8], start: usize) -> bool {
    start.checked_sub(24).and_then(|uuid| text.get(uuid..start + 12)).is_some_and(is_uuid)
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

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "481516234299";

    /// Whether the id in a text is found.
    fn is_found(text: &str) -> bool {
        let start = text.find(ID).or_else(|| text.find("8210")).or_else(|| text.find("4917")).unwrap();
        account(text.as_bytes(), start).is_some()
    }

    #[test]
    fn the_tables_are_sorted() {
        assert!(PHONES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(COUNTRIES.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn only_the_end_of_a_whole_uuid_is_none() {
        for text in [
            "acme-logs-2024-481516234299",
            "cur-2023-481516234299.csv",
            "acme-dead-481516234299",
            "a-b-cafe-481516234299",
        ] {
            assert!(is_found(text), "{text}");
        }
        for text in ["3f2a9c1e-7b4d-4a55-9f10-481516234299", "x/3F2A9C1E-7B4D-4A55-9F10-481516234299"] {
            assert!(!is_found(text), "{text}");
        }
    }

    #[test]
    fn a_plus_sign_at_the_beginning_of_a_line_is_mostly_a_diffs() {
        for text in [
            "+481516234299",
            "\n+481516234299: prod",
            "-600123456789\n+821012345678\n",
            "@@ -1,2 +1,2 @@\n+821012345678\n",
            "+821012345678\n+ x",
            r"-600123456789\n+821012345678",
        ] {
            assert!(is_found(text), "{text}");
        }
        for text in [
            "+821012345678",
            "call me\n+821012345678\nor write",
            r"call me\n+821012345678",
            "at +481516234299",
            "(+481516234299)",
            "\n+82 481516234299",
        ] {
            assert!(!is_found(text), "{text}");
        }
    }

    #[test]
    fn keys_tell_phone_numbers() {
        for text in [
            r#"{"phone":"491711234567"}"#,
            r#"{\"phoneNumber\": \"491711234567\"}"#,
            "mobile_no = 491711234567",
            "<Fax>491711234567</Fax>",
            "tel: 491711234567",
        ] {
            assert!(!is_found(text), "{text}");
        }
        for text in
            ["hotel: 481516234299", "phone 481516234299", r#"{"mobileAccount":"481516234299"}"#, "iphone=481516234299"]
        {
            assert!(is_found(text), "{text}");
        }
    }
}
