//! The masks in safe code.

use super::triggers::Classes;
use super::{introduces, is_joined, joins, AsciiSet, Edges, Marks, BLOCK};

pub fn classes(block: &[u8; BLOCK]) -> Classes {
    let digit = mask(block, |b| b.wrapping_sub(b'0') < 10);
    Classes {
        introducing: mask(block, introduces),
        joining: mask(block, joins),
        joined: mask(block, is_joined),
        digit,
        capital: digit | mask(block, |b| b.wrapping_sub(b'A') < 26),
        letter_a: mask(block, |b| b | 0x20 == b'a'),
        letter_w: mask(block, |b| b | 0x20 == b'w'),
        letter_s: mask(block, |b| b | 0x20 == b's'),
        other: mask(block, |b| b >= 0x80),
        space: mask(block, |b| b == b' '),
        quote: mask(block, |b| (b == b'`') | (b == b'"')),
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

pub fn edges(block: &[u8; BLOCK], first: &AsciiSet) -> Edges {
    Edges {
        joined: mask(block, is_joined),
        first: members(block, first),
        backslash: mask(block, |b| b == b'\\'),
        percent: mask(block, |b| b == b'%'),
    }
}

pub fn members(block: &[u8; BLOCK], set: &AsciiSet) -> u64 {
    mask(block, |b| set.has(b))
}

pub fn run(text: &[u8], at: usize, most: usize, set: &AsciiSet) -> usize {
    let reach = &text[at.min(text.len())..text.len().min(at.saturating_add(most))];
    reach.iter().position(|b| !set.has(*b)).unwrap_or(reach.len())
}

pub fn run_back(text: &[u8], at: usize, most: usize, set: &AsciiSet) -> usize {
    let reach = &text[at.saturating_sub(most)..at];
    reach.iter().rev().position(|b| !set.has(*b)).unwrap_or(reach.len())
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
