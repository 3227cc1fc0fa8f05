//! Where identifiers may give themselves away in the next short texts of a body, looked for once for several.

use crate::simd::{self, BLOCK};
use std::ops::Range;

/// So many blocks are looked at together.
const COUNT: usize = 4;

/// So far in front of a capital a word ends that is a trigger.
const WORD_END: usize = 2;

/// The triggers of a body from the last short text on.
#[derive(Debug)]
pub struct Ahead<'b> {
    body: &'b [u8],
    /// Where the first block begins.
    from: usize,
    /// How much was looked at.
    length: usize,
    masks: [u64; COUNT],
}

impl<'b> Ahead<'b> {
    /// Those of that body, of which nothing was looked at.
    pub fn of(body: &'b [u8]) -> Ahead<'b> {
        Ahead { body, from: 0, length: 0, masks: [0; COUNT] }
    }

    /// What [`simd::triggers_of_block`] gives for the text of so many bytes, at most a block, that stands at a place of the body; `None`
    /// if it must be asked: what stands around the text may belong to what is in it.
    #[inline(always)]
    pub fn triggers(&mut self, at: usize, length: usize) -> Option<u64> {
        debug_assert!(0 < length && length <= BLOCK);
        let end = at + length;
        let goes_on = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
        if end > self.body.len()
            || self.body[..at].last().is_some_and(goes_on)
            || self.body.get(end).is_some_and(goes_on)
        {
            return None;
        }
        if at < self.from || end > self.from + self.length {
            self.look(at);
        }
        let (first, bit) = ((at - self.from) / BLOCK, (at - self.from) % BLOCK);
        let behind = self.masks.get(first + 1).map_or(0, |mask| mask << 1 << (BLOCK - 1 - bit));
        let triggers = (self.masks[first] >> bit | behind) & u64::MAX >> (BLOCK - length);
        let ends = length.saturating_sub(WORD_END);
        Some(if triggers >> ends == 0 { triggers } else { self.without_word_end(triggers, at + ends..end, ends) })
    }

    /// Triggers without those at the small letters of a range, where a text ends: the capital that made them is of another text.
    #[inline(never)]
    fn without_word_end(&self, triggers: u64, range: Range<usize>, first: usize) -> u64 {
        let small = self.body[range].iter().enumerate().filter(|(_, b)| b.is_ascii_lowercase() || !b.is_ascii());
        small.fold(triggers, |triggers, (at, _)| triggers & !(1 << (first + at)))
    }

    /// Looks at what begins at a place. Behind the blocks before there are more short texts, it seems, and elsewhere not.
    #[inline(never)]
    fn look(&mut self, at: usize) {
        let goes_on = self.length > 0 && (self.from..self.from + self.length + BLOCK).contains(&at);
        let count = if goes_on { COUNT } else { 1 };
        simd::triggers(self.body, at, &mut self.masks[..count]);
        (self.from, self.length) = (at, count * BLOCK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn most_texts_need_not_be_asked_for() {
        let body = br#"["a-b","%41",{"k":"x:y"}]"#;
        let mut ahead = Ahead::of(body);
        let triggers = [(2, 3), (8, 3), (15, 1), (19, 3)].map(|(at, length)| ahead.triggers(at, length));
        assert_eq!(triggers, [Some(0b010), Some(0b001), Some(0), Some(0b010)]);
        assert_eq!([ahead.triggers(3, 2), ahead.triggers(2, 1)], [None, None]);
    }

    proptest! {
        /// Texts of a body, in order or not, have the triggers that each has alone.
        #[test]
        fn a_text_has_the_triggers_that_it_has_alone(
            body in r#"([a-cA-Z0-9:.\-/="|& ]{0,9}|AWS|[0-9]{12,30}|é|"){0,200}"#,
            places in prop::collection::vec((0usize..1500, 1usize..=BLOCK), 1..80),
            is_sorted in any::<bool>(),
        ) {
            let (body, mut places) = (body.as_bytes(), places);
            if is_sorted {
                places.sort();
            }
            let mut ahead = Ahead::of(body);
            for (at, length) in places.into_iter().filter(|(at, _)| *at < body.len()) {
                let text = &body[at..body.len().min(at + length)];
                if let Some(triggers) = ahead.triggers(at, text.len()) {
                    prop_assert_eq!(Some(triggers), simd::triggers_of_block(text), "{:?} at {}", text, at);
                }
            }
        }
    }
}
