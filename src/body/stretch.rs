//! Stretches of a body: what pieces are made of.

use super::text::{Origin, Steps};
use std::ops::Range;
use std::rc::Rc;

/// A stretch of a body as it stands there, or of a text that was decoded. That lives as long as the last stretch of it.
#[derive(Clone, Debug)]
pub(super) struct Stretch<'b> {
    /// Its bytes, if they stand so in the body.
    verbatim: &'b [u8],
    /// Where it starts in the body, or in the text that was decoded.
    start: usize,
    /// That, and where it ends there.
    decoded: Option<(Rc<Decoded>, usize)>,
}

/// A text that was decoded, and the way back from it.
#[derive(Debug)]
struct Decoded {
    text: Vec<u8>,
    steps: Steps,
}

impl<'b> Stretch<'b> {
    /// One that stands as it is in the body, from `start` on.
    #[inline(always)]
    pub fn verbatim(text: &'b [u8], start: usize) -> Stretch<'b> {
        Stretch { verbatim: text, start, decoded: None }
    }

    /// The whole of a text that was decoded.
    pub fn decoded((text, steps): (Vec<u8>, Steps)) -> Stretch<'b> {
        let end = text.len();
        Stretch { verbatim: &[], start: 0, decoded: Some((Rc::new(Decoded { text, steps }), end)) }
    }

    /// Its bytes.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        match &self.decoded {
            None => self.verbatim,
            Some((whole, end)) => &whole.text[self.start..*end],
        }
    }

    /// Whether the text that was decoded goes when this does.
    #[inline(always)]
    pub fn is_last_of_decoded(&self) -> bool {
        self.decoded.as_ref().is_some_and(|(whole, _)| Rc::strong_count(whole) == 1)
    }

    /// A part of it.
    #[inline(always)]
    pub fn part(&self, part: Range<usize>) -> Stretch<'b> {
        let start = self.start + part.start;
        match &self.decoded {
            None => Stretch::verbatim(&self.verbatim[part], start),
            Some((whole, _)) => Stretch { verbatim: &[], start, decoded: Some((whole.clone(), self.start + part.end)) },
        }
    }

    /// The way back to the body.
    #[inline(always)]
    pub fn origin(&self) -> Origin<'_> {
        match &self.decoded {
            None => Origin::verbatim(self.start),
            Some((whole, _)) => Origin::decoded(&whole.steps).part(self.start),
        }
    }
}
