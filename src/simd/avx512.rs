//! The masks by AVX-512: 64 bytes at once, each looked up in a table of 128.

use super::triggers::{alone, mark, Classes};
use super::{begin, fill, go_back, go_on, introduces, is_joined, joins, walk};
use super::{AsciiSet, Edges, Marks, StringEnd, BLOCK};
use std::arch::x86_64::*;

// A bit for every class.
const INTRODUCING: u8 = 1;
const JOINING: u8 = 2;
const JOINED: u8 = 4;
const DIGIT: u8 = 8;
const CAPITAL: u8 = 16;
// Of the others no byte is two, so that three bits tell them apart.
const LETTER_A: u8 = 32;
const LETTER_W: u8 = 64;
const LETTER_S: u8 = LETTER_A | LETTER_W;
const QUOTE: u8 = 128;
const SPACE: u8 = QUOTE | LETTER_A;

/// What every ASCII character is.
const CLASSES: [u8; 128] = {
    let mut classes = [0; 128];
    let mut b = 0;
    while b < 128 {
        let is = [
            (introduces(b), INTRODUCING),
            (joins(b), JOINING),
            (is_joined(b), JOINED),
            (b.is_ascii_digit(), DIGIT),
            (b.is_ascii_digit() || b.is_ascii_uppercase(), CAPITAL),
            (b.eq_ignore_ascii_case(&b'a'), LETTER_A),
            (b.eq_ignore_ascii_case(&b'w'), LETTER_W),
            (b.eq_ignore_ascii_case(&b's'), LETTER_S),
            (b == b'`' || b == b'"', QUOTE),
            (b == b' ', SPACE),
        ];
        let mut class = 0;
        while class < is.len() {
            classes[b as usize] |= if is[class].0 { is[class].1 } else { 0 };
            class += 1;
        }
        b += 1;
    }
    classes
};

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn triggers(text: &[u8], start: usize, masks: &mut [u64]) -> usize {
    mark(text, start, masks, |text, at| classes(text, at))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn triggers_of_block(text: &[u8]) -> u64 {
    alone(&classes(text, 0))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn string_end(text: &[u8], start: usize) -> Option<StringEnd> {
    walk(text, start, |block| marks(block))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn name_starts(text: &[u8], start: usize, masks: &mut [u64], first: &AsciiSet) -> usize {
    begin(text, start, masks, |text, at| edges(text, at, first))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn members(text: &[u8], start: usize, masks: &mut [u64], set: &AsciiSet) -> usize {
    fill(text, start, masks, |text, at| of_set(load_at(text, at), set))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn run(text: &[u8], at: usize, most: usize, set: &AsciiSet) -> usize {
    go_on(text, at, most, set, |at| Some(of_set(load_at(text, at), set)))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn run_back(text: &[u8], at: usize, most: usize, set: &AsciiSet) -> usize {
    go_back(text, at, most, set, |end| {
        Some(match text[..end].last_chunk() {
            Some(block) => of_set(load(block), set),
            None => of_set(load_at(&text[..end], 0), set) << (BLOCK - end),
        })
    })
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
pub fn classes(text: &[u8], at: usize) -> Classes {
    let bytes = load_at(text, at);
    let classes = look_up(&CLASSES, bytes);
    let of = |class: u8| _mm512_test_epi8_mask(classes, _mm512_set1_epi8(class as i8));
    let (a, w, quote) = (of(LETTER_A), of(LETTER_W), of(QUOTE));
    Classes {
        introducing: of(INTRODUCING),
        joining: of(JOINING),
        joined: of(JOINED),
        digit: of(DIGIT),
        capital: of(CAPITAL),
        letter_a: a & !w & !quote,
        letter_w: w & !a,
        letter_s: a & w,
        other: _mm512_movepi8_mask(bytes),
        space: quote & a,
        quote: quote & !a,
    }
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
pub fn marks(block: &[u8; BLOCK]) -> Marks {
    let bytes = load(block);
    let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
    let (quote, backslash) = (equal(b'"'), equal(b'\\'));
    Marks {
        quote,
        backslash,
        line_feed: equal(b'\n'),
        plain: quote | backslash | equal(b'n') | equal(b'r') | equal(b't'),
        underscore: equal(b'_'),
    }
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
pub fn edges(text: &[u8], at: usize, first: &AsciiSet) -> Edges {
    let bytes = load_at(text, at);
    Edges {
        joined: _mm512_test_epi8_mask(look_up(&CLASSES, bytes), _mm512_set1_epi8(JOINED as i8)),
        first: of_set(bytes, first),
        backslash: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'\\' as i8)),
        percent: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'%' as i8)),
    }
}

/// The bytes that are of a set.
#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
fn of_set(bytes: __m512i, set: &AsciiSet) -> u64 {
    // SAFETY: a table has 16 bytes, one load that needs no alignment.
    let table = |table: &[u8; 16]| _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(table.as_ptr().cast()) });
    let high = _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), _mm512_set1_epi8(0x0f));
    let by_high = _mm512_shuffle_epi8(table(&AsciiSet::BY_HIGH), high);
    _mm512_test_epi8_mask(by_high, _mm512_shuffle_epi8(table(&set.by_low), bytes))
}

/// The entry of every byte; 0 for bytes beyond ASCII.
#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
fn look_up(table: &[u8; 128], bytes: __m512i) -> __m512i {
    let (halves, _) = table.as_chunks::<BLOCK>();
    let ascii = !_mm512_movepi8_mask(bytes);
    _mm512_maskz_permutex2var_epi8(ascii, load(&halves[0]), bytes, load(&halves[1]))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
fn load(block: &[u8; BLOCK]) -> __m512i {
    // SAFETY: a block has 64 bytes, one load that needs no alignment.
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}

/// The block at `at`, filled up with zeros behind the end of the text.
#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
fn load_at(text: &[u8], at: usize) -> __m512i {
    let rest = text.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(block) => load(block),
        None => {
            let there = (1u64 << rest.len()) - 1;
            // SAFETY: of the 64 bytes only those of the text are read; the others are masked out, which is no access
            // (Intel SDM, volume 1, 15.6.4).
            unsafe { _mm512_maskz_loadu_epi8(there, rest.as_ptr().cast()) }
        }
    }
}
