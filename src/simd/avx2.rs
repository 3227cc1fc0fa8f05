//! The masks by AVX2: two halves of 32 bytes.

use super::triggers::{alone, mark, Classes};
use super::{begin, block, fill, go_back, go_on, walk, AsciiSet, Edges, Marks, StringEnd, BLOCK};
use std::arch::x86_64::*;

#[target_feature(enable = "avx2")]
pub fn triggers(text: &[u8], start: usize, masks: &mut [u64]) -> usize {
    mark(text, start, masks, |text, at| classes(&block(text, at)))
}

#[target_feature(enable = "avx2")]
pub fn triggers_of_block(text: &[u8]) -> u64 {
    alone(&classes(&block(text, 0)))
}

#[target_feature(enable = "avx2")]
pub fn string_end(text: &[u8], start: usize) -> Option<StringEnd> {
    walk(text, start, |block| marks(block))
}

#[target_feature(enable = "avx2")]
pub fn name_starts(text: &[u8], start: usize, masks: &mut [u64], first: &AsciiSet) -> usize {
    begin(text, start, masks, |text, at| edges(&block(text, at), first))
}

#[target_feature(enable = "avx2")]
pub fn members(text: &[u8], start: usize, masks: &mut [u64], set: &AsciiSet) -> usize {
    fill(text, start, masks, |text, at| of_set(&block(text, at), set))
}

#[target_feature(enable = "avx2")]
pub fn run(text: &[u8], at: usize, most: usize, set: &AsciiSet) -> usize {
    go_on(text, at, most, set, |at| text[at..].first_chunk().map(|block| of_set(block, set)))
}

#[target_feature(enable = "avx2")]
pub fn run_back(text: &[u8], at: usize, most: usize, set: &AsciiSet) -> usize {
    go_back(text, at, most, set, |end| text[..end].last_chunk().map(|block| of_set(block, set)))
}

#[target_feature(enable = "avx2")]
#[inline]
pub fn classes(block: &[u8; BLOCK]) -> Classes {
    let halves = load(block);
    let (punctuation, up_to_row_2) = (punctuation(halves), up_to_row_2(halves));
    let (digit, upper) = (range(halves, b'0', 10), range(halves, b'A', 26));
    let ampersand = equal(halves, b'&');
    let lower = lower(halves);
    Classes {
        introducing: punctuation & !up_to_row_2 | ampersand,
        joining: punctuation & up_to_row_2 & !ampersand | equal(halves, b'_'),
        joined: digit | upper | range(halves, b'a', 26) | equal(halves, b'-'),
        digit,
        capital: digit | upper,
        letter_a: equal(lower, b'a'),
        letter_w: equal(lower, b'w'),
        letter_s: equal(lower, b's'),
        other: join(halves[0], halves[1]),
        space: equal(halves, b' '),
        quote: equal(halves, b'`') | equal(halves, b'"'),
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
pub fn edges(block: &[u8; BLOCK], first: &AsciiSet) -> Edges {
    let halves = load(block);
    let alphanumeric = range(halves, b'0', 10) | range(halves, b'A', 26) | range(halves, b'a', 26);
    Edges {
        joined: alphanumeric | equal(halves, b'-'),
        first: of_set(block, first),
        backslash: equal(halves, b'\\'),
        percent: equal(halves, b'%'),
    }
}

/// The bytes that are of a set.
#[target_feature(enable = "avx2")]
#[inline]
fn of_set(block: &[u8; BLOCK], set: &AsciiSet) -> u64 {
    in_common(load(block), &AsciiSet::BY_HIGH, &set.by_low)
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(block: &[u8; BLOCK]) -> [__m256i; 2] {
    let halves = block.as_ptr().cast::<__m256i>();
    // SAFETY: a block has 64 bytes, two loads of 32 that need no alignment.
    unsafe { [_mm256_loadu_si256(halves), _mm256_loadu_si256(halves.add(1))] }
}

/// `- . / : = | { % &`. Bit 0 is row 2 (`% & - . /`), bit 1 row 3 (`: =`), bit 2 row 7 (`{ |`).
#[target_feature(enable = "avx2")]
#[inline]
fn punctuation(halves: [__m256i; 2]) -> u64 {
    const BY_HIGH: [u8; 16] = [0, 0, 1, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    const BY_LOW: [u8; 16] = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 2, 4, 4, 3, 1, 1];
    in_common(halves, &BY_HIGH, &BY_LOW)
}

/// The bytes for whose halves the two tables have a bit in common.
#[target_feature(enable = "avx2")]
#[inline]
fn in_common(halves: [__m256i; 2], by_high: &[u8; 16], by_low: &[u8; 16]) -> u64 {
    // SAFETY: a table has 16 bytes, one load that needs no alignment.
    let table = |table: &[u8; 16]| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) });
    let (by_high, by_low) = (table(by_high), table(by_low));
    let nibble = _mm256_set1_epi8(0x0f);
    let is_none = |half: __m256i| {
        let high = _mm256_and_si256(_mm256_srli_epi16(half, 4), nibble);
        let low = _mm256_and_si256(half, nibble);
        let common = _mm256_and_si256(_mm256_shuffle_epi8(by_high, high), _mm256_shuffle_epi8(by_low, low));
        _mm256_cmpeq_epi8(common, _mm256_setzero_si256())
    };
    !join(is_none(halves[0]), is_none(halves[1]))
}

/// The bytes of row 2 of ASCII and of those before it.
#[target_feature(enable = "avx2")]
#[inline]
fn up_to_row_2(halves: [__m256i; 2]) -> u64 {
    let last = _mm256_set1_epi8(0x2f);
    !join(_mm256_cmpgt_epi8(halves[0], last), _mm256_cmpgt_epi8(halves[1], last))
}

/// With the bit that tells small letters from capitals.
#[target_feature(enable = "avx2")]
#[inline]
fn lower(halves: [__m256i; 2]) -> [__m256i; 2] {
    halves.map(|half| _mm256_or_si256(half, _mm256_set1_epi8(0x20)))
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
