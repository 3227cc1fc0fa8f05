//! What is concluded from the classes of bytes: where a verifier should look.
//!
//! Many blocks at a time. First their classes are stored, class by class; then the masks are combined, all in the same way, so
//! that compilers make vector instructions of it. Long runs are the exception, since most text has none.

use super::{BLOCK, WINDOW};

/// Which bytes of a block are what, for finding triggers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// `: = | { &`
    pub introducing: u64,
    /// `- . / % _`
    pub joining: u64,
    /// What may follow one of these: a letter, a digit or `-`.
    pub joined: u64,
    pub digit: u64,
    /// Digits and capitals.
    pub capital: u64,
    /// Small or capital.
    pub letter_a: u64,
    /// Small or capital.
    pub letter_w: u64,
    /// Small or capital.
    pub letter_s: u64,
    /// Beyond ASCII.
    pub other: u64,
    pub space: u64,
    /// Backticks and double quotes.
    pub quote: u64,
}

/// One class in a group of blocks: the block before it, its own, and the one behind it.
type Lanes<const COUNT: usize> = [u64; COUNT];

/// The classes of a group.
struct Group<const COUNT: usize> {
    introducing: Lanes<COUNT>,
    joining: Lanes<COUNT>,
    joined: Lanes<COUNT>,
    digit: Lanes<COUNT>,
    capital: Lanes<COUNT>,
    letter_a: Lanes<COUNT>,
    letter_w: Lanes<COUNT>,
    letter_s: Lanes<COUNT>,
    other: Lanes<COUNT>,
    space: Lanes<COUNT>,
    quote: Lanes<COUNT>,
}

impl<const COUNT: usize> Group<COUNT> {
    #[inline(always)]
    fn new() -> Self {
        let none = [0; COUNT];
        Group {
            introducing: none,
            joining: none,
            joined: none,
            digit: none,
            capital: none,
            letter_a: none,
            letter_w: none,
            letter_s: none,
            other: none,
            space: none,
            quote: none,
        }
    }

    #[inline(always)]
    fn store(&mut self, lane: usize, classes: Classes) {
        self.introducing[lane] = classes.introducing;
        self.joining[lane] = classes.joining;
        self.joined[lane] = classes.joined;
        self.digit[lane] = classes.digit;
        self.capital[lane] = classes.capital;
        self.letter_a[lane] = classes.letter_a;
        self.letter_w[lane] = classes.letter_w;
        self.letter_s[lane] = classes.letter_s;
        self.other[lane] = classes.other;
        self.space[lane] = classes.space;
        self.quote[lane] = classes.quote;
    }

    #[inline(always)]
    fn combine(&self, triggers: &mut [u64]) {
        let found: Lanes<COUNT> = std::array::from_fn(|lane| {
            let next_joined = ahead(&self.joined, lane, 1);
            let joins = self.joining[lane] & next_joined;
            let small = self.joined[lane] & !self.capital[lane] & !self.joining[lane];
            let last = small | self.other[lane];
            let before_capital = !next_joined & ahead(&self.capital, lane, 2) & !ahead(&self.digit, lane, 2);
            let word_ends = last & (before_capital | ahead(&self.space, lane, 1) & ahead(&self.quote, lane, 2));
            let aws = self.letter_a[lane] & ahead(&self.letter_w, lane, 1) & ahead(&self.letter_s, lane, 2);
            self.introducing[lane] | joins | aws | word_ends
        });
        triggers.iter_mut().zip(&found[1..]).for_each(|(trigger, found)| *trigger = *found);
        if has_long_run(&self.capital) {
            // Of a capital id the first letter is never a digit, so looking at digits alone finds no fewer.
            add_first_of_12(&self.digit, triggers);
            add_first_of_12(&self.capital, triggers);
        }
    }
}

/// For each byte of a lane what the byte so many behind it is.
#[inline(always)]
fn ahead<const COUNT: usize>(class: &Lanes<COUNT>, lane: usize, bytes: u32) -> u64 {
    let next = if lane + 1 < COUNT { class[lane + 1] } else { 0 };
    class[lane] >> bytes | next << (u64::BITS - bytes)
}

/// See [`super::triggers`]. `classes` gives those of the block at a position.
#[inline(always)]
pub(super) fn mark(text: &[u8], start: usize, masks: &mut [u64], classes: impl Fn(&[u8], usize) -> Classes) -> usize {
    let count = text.len().saturating_sub(start).div_ceil(BLOCK).min(masks.len());
    match masks.first_chunk_mut::<WINDOW>() {
        Some(masks) if count > FEW => {
            mark_some::<{ WINDOW + 2 }>(text, start, count, masks, classes);
            count
        }
        _ if count <= VERY_FEW => {
            mark_some::<{ VERY_FEW + 2 }>(text, start, count, &mut masks[..count], classes);
            count
        }
        _ => {
            let count = count.min(FEW);
            mark_some::<{ FEW + 2 }>(text, start, count, &mut masks[..count], classes);
            count
        }
    }
}

/// So many blocks are combined without setting up a whole window: some, and those of most strings that are longer than one, such as ARNs.
const FEW: usize = 6;
const VERY_FEW: usize = 2;

/// The triggers of a block that is a whole text.
#[inline(always)]
pub(super) fn alone(classes: &Classes) -> u64 {
    let joins = classes.joining & classes.joined >> 1;
    let small = classes.joined & !classes.capital & !classes.joining;
    let before_capital = !(classes.joined >> 1) & classes.capital >> 2 & !(classes.digit >> 2);
    let word_ends = (small | classes.other) & (before_capital | classes.space >> 1 & classes.quote >> 2);
    let aws = classes.letter_a & classes.letter_w >> 1 & classes.letter_s >> 2;
    let runs = [classes.digit, classes.capital].map(|class| {
        let of_2 = class & class >> 1;
        let of_4 = of_2 & of_2 >> 2;
        of_4 & of_4 >> 4 & of_4 >> 8 & !(class << 1)
    });
    classes.introducing | joins | aws | word_ends | runs[0] | runs[1]
}

#[inline(always)]
fn mark_some<const COUNT: usize>(
    text: &[u8],
    start: usize,
    count: usize,
    masks: &mut [u64],
    classes: impl Fn(&[u8], usize) -> Classes,
) {
    let mut group = Group::<COUNT>::new();
    if start > 0 {
        let before = text[start - 1];
        group.digit[0] = u64::from(before.is_ascii_digit()) << 63;
        group.capital[0] = group.digit[0] | u64::from(before.is_ascii_uppercase()) << 63;
    }
    for lane in 0..(count + 1).min(COUNT - 1) {
        let at = start + lane * BLOCK;
        if at < text.len() {
            group.store(lane + 1, classes(text, at));
        }
    }
    group.combine(masks);
}

/// Whether a run of twelve, wherever it starts, may have its middle here: it fills two stretches of four, counted from the
/// start of a block, and most text fills none.
#[inline(always)]
fn has_long_run<const COUNT: usize>(class: &Lanes<COUNT>) -> bool {
    const FIRST_OF_4: u64 = 0x1111_1111_1111_1111;
    let stretches = class[1..].iter().fold(0, |stretches, bits| {
        let of_2 = bits & bits >> 1;
        stretches | of_2 & of_2 >> 2
    });
    stretches & FIRST_OF_4 != 0
}

/// Adds the bits with which a run of twelve or more begins.
#[inline(always)]
fn add_first_of_12<const COUNT: usize>(class: &Lanes<COUNT>, triggers: &mut [u64]) {
    let doubled = |class: &Lanes<COUNT>, bytes: u32| -> Lanes<COUNT> {
        std::array::from_fn(|lane| class[lane] & ahead(class, lane, bytes))
    };
    let of_2 = doubled(class, 1);
    let of_4 = doubled(&of_2, 2);
    let of_8 = doubled(&of_4, 4);
    let first: Lanes<COUNT> = std::array::from_fn(|lane| {
        let last = if lane > 0 { class[lane - 1] >> 63 } else { 0 };
        of_8[lane] & ahead(&of_4, lane, 8) & !(class[lane] << 1 | last)
    });
    triggers.iter_mut().zip(&first[1..]).for_each(|(trigger, first)| *trigger |= *first);
}
