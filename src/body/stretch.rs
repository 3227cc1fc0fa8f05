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
#[derive(Clone, Debug)]
pub(super) struct Decoded {
    pub text: Vec<u8>,
    pub steps: Steps,
}

impl Default for Decoded {
    fn default() -> Decoded {
        Decoded { text: Vec::new(), steps: Steps::verbatim(0) }
    }
}

/// Memory of decoded texts that nobody has kept, for the next ones: most bodies with escapes have many.
#[derive(Debug, Default)]
pub(super) struct Spare(Vec<Rc<Decoded>>);

impl Spare {
    /// The longest texts whose memory is used again, in bytes.
    const LONGEST: usize = 1 << 12;

    /// The whole of a text, as `write` writes it.
    pub fn write<'b>(&mut self, write: impl FnOnce(&mut Decoded)) -> Stretch<'b> {
        let mut decoded = self.0.pop().unwrap_or_default();
        write(Rc::make_mut(&mut decoded));
        Stretch::decoded(decoded)
    }

    /// Takes the memory of a stretch that is done with.
    pub fn take(&mut self, stretch: Stretch<'_>) {
        let Some((decoded, _)) = stretch.decoded else { return };
        let is_short = decoded.text.capacity() + decoded.steps.capacity() <= Spare::LONGEST;
        if is_short && Rc::strong_count(&decoded) == 1 {
            self.0.push(decoded);
        }
    }
}

impl<'b> Stretch<'b> {
    /// One that stands as it is in the body, from `start` on.
    #[inline(always)]
    pub fn verbatim(text: &'b [u8], start: usize) -> Stretch<'b> {
        Stretch { verbatim: text, start, decoded: None }
    }

    /// The whole of a text that was decoded.
    pub fn decoded(whole: Rc<Decoded>) -> Stretch<'b> {
        let end = whole.text.len();
        Stretch { verbatim: &[], start: 0, decoded: Some((whole, end)) }
    }

    /// Its bytes.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        match &self.decoded {
            None => self.verbatim,
            Some((whole, end)) => &whole.text[self.start..*end],
        }
    }

    /// Whether it is of a text that was decoded.
    #[inline(always)]
    pub fn is_decoded(&self) -> bool {
        self.decoded.is_some()
    }

    /// Whether both are of the same decoded text.
    pub fn is_of_same(&self, other: &Stretch<'_>) -> bool {
        let of = |stretch: &Stretch<'_>| stretch.decoded.as_ref().map(|(whole, _)| Rc::as_ptr(whole));
        self.is_decoded() && of(self) == of(other)
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
