//! Finds bytes of interest 64 at a time.
//!
//! The only thing done with vector instructions is to ask, for 64 bytes at once, which of them are of a class: the answer
//! is a 64-bit mask, bit i for byte i. Everything that is concluded from the masks is ordinary code, written once. There
//! are two ways to the masks: [`avx2`], used where the processor has it, and [`portable`], safe code that compilers turn
//! into what the target has. A test holds the one to the other, byte for byte.
//!
//! [`triggers`] marks where an identifier may give itself away; [`string_end`] finds the end of a JSON string.

#![allow(unsafe_code)] // the loads and the calls of functions with a feature, each with its reason

use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes per mask.
const BLOCK: usize = 64;
/// Masks per call of [`triggers`].
pub const WINDOW: usize = 64;

/// Which bytes of a block are what, for finding triggers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Classes {
    /// `- . / : = | { % &`
    punctuation: u64,
    digit: u64,
    upper: u64,
    letter_a: u64,
    letter_w: u64,
    letter_s: u64,
}

/// Which bytes of a block are what, for finding the end of a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Marks {
    quote: u64,
    backslash: u64,
    line_feed: u64,
    /// `n r t " \`
    plain: u64,
    underscore: u64,
}

static PORTABLE: AtomicBool = AtomicBool::new(false);

/// Makes this process take the portable path, or again the best one. For tests and benchmarks.
pub fn force_portable(yes: bool) {
    PORTABLE.store(yes, Ordering::Relaxed);
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    !PORTABLE.load(Ordering::Relaxed) && std::arch::is_x86_feature_detected!("avx2")
}

/// Marks the positions of `text[start..]` at which a verifier should look, up to [`WINDOW`] masks of 64 bytes. Gives how
/// many masks were written. `start` is a multiple of 64.
///
/// Marked are: the punctuation of ids, addresses, hosts, ARNs, assignments and encodings; the first of twelve or more
/// digits; the first of twelve or more capitals and digits; `AWS`.
pub fn triggers(text: &[u8], start: usize, masks: &mut [u64; WINDOW]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has AVX2, as was just asked.
        return unsafe { avx2::triggers(text, start, masks) };
    }
    mark(text, start, masks, portable::classes)
}

/// The end of a JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StringEnd {
    /// Where its closing quote stands.
    pub at: usize,
    /// Whether it has a backslash.
    pub escaped: bool,
    /// Whether it has an escape other than `\n \r \t \" \\`, a wrong one perhaps, or a `\\_`.
    pub special: bool,
}

/// The end of the JSON string whose text starts at `start`; `None` if it has none, or a raw line feed before it.
pub fn string_end(text: &[u8], start: usize) -> Option<StringEnd> {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has AVX2, as was just asked.
        return unsafe { avx2::string_end(text, start) };
    }
    walk(text, start, portable::marks)
}

/// The block at `start`, filled up with zeros behind the end of the text.
#[inline(always)]
fn block(text: &[u8], start: usize) -> [u8; BLOCK] {
    match text.get(start..start + BLOCK).and_then(|block| block.try_into().ok()) {
        Some(block) => block,
        None => {
            let mut block = [0; BLOCK];
            let rest = text.get(start..).unwrap_or_default();
            let length = rest.len().min(BLOCK);
            block[..length].copy_from_slice(&rest[..length]);
            block
        }
    }
}

#[inline(always)]
fn mark(text: &[u8], start: usize, masks: &mut [u64; WINDOW], classes: impl Fn(&[u8; BLOCK]) -> Classes) -> usize {
    let count = text.len().saturating_sub(start).div_ceil(BLOCK).min(WINDOW);
    let before = if start > 0 { text[start - 1] } else { 0 };
    let mut after_digit = u64::from(before.is_ascii_digit());
    let mut after_capital = u64::from(before.is_ascii_uppercase() || before.is_ascii_digit());
    let mut next = classes(&block(text, start));
    for (index, mask) in masks[..count].iter_mut().enumerate() {
        let this = next;
        next = classes(&block(text, start + (index + 1) * BLOCK));
        let wide = |this: u64, next: u64| u128::from(this) | u128::from(next) << 64;
        let digits = wide(this.digit, next.digit);
        let capitals = wide(this.digit | this.upper, next.digit | next.upper);
        // Of a capital id the first letter is never a digit, so looking at digits alone finds no fewer.
        let first_digits = run_of_12(digits) & !(this.digit << 1 | after_digit);
        let first_capitals = run_of_12(capitals) & !((this.digit | this.upper) << 1 | after_capital);
        let aws = u128::from(this.letter_a)
            & wide(this.letter_w, next.letter_w) >> 1
            & wide(this.letter_s, next.letter_s) >> 2;
        *mask = this.punctuation | first_digits | first_capitals | aws as u64;
        after_digit = this.digit >> 63;
        after_capital = (this.digit | this.upper) >> 63;
    }
    count
}

/// Bit i: the bits i to i + 11 are set.
#[inline(always)]
fn run_of_12(bits: u128) -> u64 {
    let of_2 = bits & bits >> 1;
    let of_4 = of_2 & of_2 >> 2;
    let of_8 = of_4 & of_4 >> 4;
    (of_8 & of_4 >> 8) as u64
}

#[inline(always)]
fn walk(text: &[u8], start: usize, marks: impl Fn(&[u8; BLOCK]) -> Marks) -> Option<StringEnd> {
    let mut at = start;
    let mut carry = 0;
    let mut found = StringEnd { at: 0, escaped: false, special: false };
    while at < text.len() {
        let marks = marks(&block(text, at));
        let (escaped, next_carry) = escaped(marks.backslash, carry);
        let quote = marks.quote & !escaped;
        // The bits in front of the closing quote, or all.
        let inside = if quote == 0 { u64::MAX } else { (quote & quote.wrapping_neg()) - 1 };
        if marks.line_feed & inside != 0 {
            return None;
        }
        let special = escaped & !marks.plain | escaped & marks.backslash & (marks.underscore >> 1 | 1 << 63);
        found.escaped |= marks.backslash & inside != 0;
        found.special |= special & inside != 0;
        if quote != 0 {
            found.at = at + quote.trailing_zeros() as usize;
            return Some(found);
        }
        carry = next_carry;
        at += BLOCK;
    }
    None
}

/// Which bytes are escaped by the backslash before them, and whether the first byte of the next block is.
///
/// A run of backslashes escapes every second byte from its start; runs start in even or odd places, and the addition
/// carries each to its end (the method is simdjson's, described in "Parsing Gigabytes of JSON per Second", 3.1.1).
#[inline(always)]
fn escaped(backslash: u64, carry: u64) -> (u64, u64) {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let backslash = backslash & !carry;
    let follows = backslash << 1 | carry;
    let odd_starts = backslash & !EVEN & !follows;
    let (even_runs, overflow) = odd_starts.overflowing_add(backslash);
    let invert = even_runs << 1;
    ((EVEN ^ invert) & follows, u64::from(overflow))
}

mod portable {
    use super::{Classes, Marks, BLOCK};

    pub fn classes(block: &[u8; BLOCK]) -> Classes {
        Classes {
            punctuation: mask(block, |b| {
                (b == b'-')
                    | (b == b'.')
                    | (b == b'/')
                    | (b == b':')
                    | (b == b'=')
                    | (b == b'|')
                    | (b == b'{')
                    | (b == b'%')
                    | (b == b'&')
            }),
            digit: mask(block, |b| b.wrapping_sub(b'0') < 10),
            upper: mask(block, |b| b.wrapping_sub(b'A') < 26),
            letter_a: mask(block, |b| b == b'A'),
            letter_w: mask(block, |b| b == b'W'),
            letter_s: mask(block, |b| b == b'S'),
        }
    }

    pub fn marks(block: &[u8; BLOCK]) -> Marks {
        Marks {
            quote: mask(block, |b| b == b'"'),
            backslash: mask(block, |b| b == b'\\'),
            line_feed: mask(block, |b| b == b'\n'),
            plain: mask(block, |b| (b == b'n') | (b == b'r') | (b == b't') | (b == b'"') | (b == b'\\')),
            underscore: mask(block, |b| b == b'_'),
        }
    }

    /// The bits of 64 answers: first as bytes, which compilers do many at a time, then eight bytes to eight bits by one
    /// multiplication.
    #[inline(always)]
    fn mask(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
        let mut answers = [0u8; BLOCK];
        for (answer, b) in answers.iter_mut().zip(block) {
            *answer = u8::from(is(*b));
        }
        let (eights, _) = answers.as_chunks::<8>();
        eights
            .iter()
            .rev()
            .fold(0, |mask, eight| mask << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56)
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{mark, walk, Classes, Marks, StringEnd, BLOCK, WINDOW};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx2")]
    pub fn triggers(text: &[u8], start: usize, masks: &mut [u64; WINDOW]) -> usize {
        mark(text, start, masks, |block| classes(block))
    }

    #[target_feature(enable = "avx2")]
    pub fn string_end(text: &[u8], start: usize) -> Option<StringEnd> {
        walk(text, start, |block| marks(block))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn classes(block: &[u8; BLOCK]) -> Classes {
        let halves = load(block);
        Classes {
            punctuation: punctuation(halves),
            digit: range(halves, b'0', 10),
            upper: range(halves, b'A', 26),
            letter_a: equal(halves, b'A'),
            letter_w: equal(halves, b'W'),
            letter_s: equal(halves, b'S'),
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn marks(block: &[u8; BLOCK]) -> Marks {
        let halves = load(block);
        let (quote, backslash) = (equal(halves, b'"'), equal(halves, b'\\'));
        Marks {
            quote,
            backslash,
            line_feed: equal(halves, b'\n'),
            plain: quote | backslash | equal(halves, b'n') | equal(halves, b'r') | equal(halves, b't'),
            underscore: equal(halves, b'_'),
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(block: &[u8; BLOCK]) -> [__m256i; 2] {
        let halves = block.as_ptr().cast::<__m256i>();
        // SAFETY: a block has 64 bytes, two loads of 32 that need no alignment.
        unsafe { [_mm256_loadu_si256(halves), _mm256_loadu_si256(halves.add(1))] }
    }

    /// `- . / : = | { % &`: a table by the high half of a byte, one by the low half; a byte is one of them where the two
    /// have a bit in common. Bit 0 is row 2 (`% & - . /`), bit 1 row 3 (`: =`), bit 2 row 7 (`{ |`).
    #[target_feature(enable = "avx2")]
    #[inline]
    fn punctuation(halves: [__m256i; 2]) -> u64 {
        let by_high = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 1, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0));
        let by_low = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 2, 4, 4, 3, 1, 1));
        let nibble = _mm256_set1_epi8(0x0f);
        let is_none = |half: __m256i| {
            let high = _mm256_and_si256(_mm256_srli_epi16(half, 4), nibble);
            let low = _mm256_and_si256(half, nibble);
            let common = _mm256_and_si256(_mm256_shuffle_epi8(by_high, high), _mm256_shuffle_epi8(by_low, low));
            _mm256_cmpeq_epi8(common, _mm256_setzero_si256())
        };
        !join(is_none(halves[0]), is_none(halves[1]))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn equal(halves: [__m256i; 2], byte: u8) -> u64 {
        let byte = _mm256_set1_epi8(byte as i8);
        join(_mm256_cmpeq_epi8(halves[0], byte), _mm256_cmpeq_epi8(halves[1], byte))
    }

    /// The bytes from `first` on, `count` of them.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn range(halves: [__m256i; 2], first: u8, count: u8) -> u64 {
        let (first, last) = (_mm256_set1_epi8(first as i8), _mm256_set1_epi8(count as i8 - 1));
        let within = |half| {
            let offset = _mm256_sub_epi8(half, first);
            _mm256_cmpeq_epi8(_mm256_min_epu8(offset, last), offset)
        };
        join(within(halves[0]), within(halves[1]))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn join(low: __m256i, high: __m256i) -> u64 {
        u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What [`triggers`] promises, byte by byte.
    fn is_trigger(text: &[u8], at: usize) -> bool {
        let digit = |b: &u8| b.is_ascii_digit();
        let capital = |b: &u8| b.is_ascii_digit() || b.is_ascii_uppercase();
        let first = |is: &dyn Fn(&u8) -> bool| {
            text[at..].len() >= 12 && text[at..at + 12].iter().all(is) && (at == 0 || !is(&text[at - 1]))
        };
        b"-./:=|{%&".contains(&text[at]) || first(&digit) || first(&capital) || text[at..].starts_with(b"AWS")
    }

    fn all_triggers(text: &[u8]) -> Vec<bool> {
        let mut marked = vec![false; text.len()];
        let mut start = 0;
        while start < text.len() {
            let mut masks = [0; WINDOW];
            let count = triggers(text, start, &mut masks);
            for (at, marked) in marked[start..].iter_mut().enumerate().take(count * 64) {
                *marked = masks[at / 64] >> (at % 64) & 1 == 1;
            }
            start += count * 64;
        }
        marked
    }

    fn plain_string_end(text: &[u8], start: usize) -> Option<StringEnd> {
        let (mut at, mut escaped, mut special) = (start, false, false);
        while at < text.len() {
            match text[at] {
                b'"' => return Some(StringEnd { at, escaped, special }),
                b'\n' => return None,
                b'\\' => {
                    escaped = true;
                    special |= match text.get(at + 1)? {
                        b'\\' => text.get(at + 2) == Some(&b'_'),
                        other => !b"nrt\"".contains(other),
                    };
                    // A line feed is none even where it is escaped.
                    if text.get(at + 1) == Some(&b'\n') {
                        return None;
                    }
                    at += 2;
                }
                _ => at += 1,
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_paths_mark_what_they_promise(text in r"([0-9]{1,14}|[A-Z0-9]{1,16}|AWS|[a-z ]{1,70}|[!-~]{1,9}|é가){0,24}") {
            let expected: Vec<bool> = (0..text.len()).map(|at| is_trigger(text.as_bytes(), at)).collect();
            prop_assert_eq!(&all_triggers(text.as_bytes()), &expected);
            prop_assert_eq!(portable_triggers(text.as_bytes()), expected);
        }

        #[test]
        fn both_paths_find_the_end_of_a_string(text in r#"([a-z]{1,60}|\\{1,5}|\\[nrtu/]|\\"|_|["\n]{0,1}){0,40}"#, start in 0usize..4) {
            let text = text.as_bytes();
            if start <= text.len() {
                let expected = plain_string_end(text, start);
                let found = [string_end(text, start), walk(text, start, portable::marks)];
                for found in found {
                    prop_assert_eq!(found.map(|end| (end.at, end.escaped)), expected.map(|end| (end.at, end.escaped)));
                    // A `\\` at the end of a block counts as special, since what follows it is not seen yet.
                    if expected.is_some_and(|end| end.special) {
                        prop_assert!(found.is_some_and(|end| end.special));
                    }
                }
                prop_assert_eq!(found[0], found[1]);
            }
        }

        #[test]
        fn both_paths_have_the_same_masks(bytes in prop::collection::vec(any::<u8>(), 64)) {
            let block: [u8; 64] = bytes.try_into().unwrap();
            #[cfg(target_arch = "x86_64")]
            if has_avx2() {
                // SAFETY: the processor has AVX2.
                prop_assert_eq!(unsafe { (avx2::classes(&block), avx2::marks(&block)) }, (portable::classes(&block), portable::marks(&block)));
            }
        }
    }

    fn portable_triggers(text: &[u8]) -> Vec<bool> {
        let mut masks = [0; WINDOW];
        let mut marked = vec![false; text.len()];
        let mut start = 0;
        while start < text.len() {
            let count = mark(text, start, &mut masks, portable::classes);
            for (at, marked) in marked[start..].iter_mut().enumerate().take(count * 64) {
                *marked = masks[at / 64] >> (at % 64) & 1 == 1;
            }
            start += count * 64;
        }
        marked
    }
}
