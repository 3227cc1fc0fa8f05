//! The masks by AVX-512: 64 bytes at once, each looked up in a table of 128.

use super::{begin, introduces, is_joined, is_named, joins, mark, walk};
use super::{Classes, Edges, Marks, StringEnd, BLOCK, WINDOW};
use std::arch::x86_64::*;

// A bit for every class, in the order of `CLASSES`.
const INTRODUCING: u8 = 1;
const JOINING: u8 = 2;
const JOINED: u8 = 4;
const DIGIT: u8 = 8;
const UPPER: u8 = 16;
const LETTER_A: u8 = 32;
const LETTER_W: u8 = 64;
const LETTER_S: u8 = 128;

/// What every ASCII character is.
const CLASSES: [u8; 128] = {
    let mut classes = [0; 128];
    let mut b = 0;
    while b < 128 {
        let is = [
            introduces(b),
            joins(b),
            is_joined(b),
            b.is_ascii_digit(),
            b.is_ascii_uppercase(),
            b == b'A',
            b == b'W',
            b == b'S',
        ];
        let mut class = 0;
        while class < is.len() {
            classes[b as usize] |= (is[class] as u8) << class;
            class += 1;
        }
        b += 1;
    }
    classes
};

/// Bit 0: [`is_joined`]. Bit 1: [`is_named`].
const EDGES: [u8; 128] = {
    let mut edges = [0; 128];
    let mut b = 0;
    while b < 128 {
        edges[b as usize] = is_joined(b) as u8 | (is_named(b) as u8) << 1;
        b += 1;
    }
    edges
};

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn triggers(text: &[u8], start: usize, masks: &mut [u64; WINDOW]) -> usize {
    mark(text, start, masks, |block| classes(block))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn string_end(text: &[u8], start: usize) -> Option<StringEnd> {
    walk(text, start, |block| marks(block))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub fn name_starts(text: &[u8], start: usize, masks: &mut [u64; WINDOW]) -> usize {
    begin(text, start, masks, |block| edges(block))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
#[inline]
pub fn classes(block: &[u8; BLOCK]) -> Classes {
    let classes = look_up(&CLASSES, load(block));
    let of = |class: u8| _mm512_test_epi8_mask(classes, _mm512_set1_epi8(class as i8));
    Classes {
        introducing: of(INTRODUCING),
        joining: of(JOINING),
        joined: of(JOINED),
        digit: of(DIGIT),
        upper: of(UPPER),
        letter_a: of(LETTER_A),
        letter_w: of(LETTER_W),
        letter_s: of(LETTER_S),
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
pub fn edges(block: &[u8; BLOCK]) -> Edges {
    let bytes = load(block);
    let edges = look_up(&EDGES, bytes);
    Edges {
        joined: _mm512_test_epi8_mask(edges, _mm512_set1_epi8(1)),
        named: _mm512_test_epi8_mask(edges, _mm512_set1_epi8(2)),
        backslash: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'\\' as i8)),
    }
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
