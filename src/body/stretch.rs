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
    /// So many are kept at most.
    const MOST: usize = 8;

    /// The whole of a text of at most `length` bytes, as `write` writes it. Who keeps it keeps little more memory than it needs.
    pub fn write<'b>(&mut self, length: usize, write: impl FnOnce(&mut Decoded)) -> Stretch<'b> {
        let fits = |spare: &Rc<Decoded>| (length..=4 * length + 64).contains(&spare.text.capacity());
        let fitting = self.0.iter().rposition(fits);
        let mut decoded = fitting.map(|place| self.0.swap_remove(place)).unwrap_or_default();
        write(Rc::make_mut(&mut decoded));
        Stretch::whole(decoded)
    }

    /// Takes the memory of a stretch that is done with.
    pub fn take(&mut self, stretch: Stretch<'_>) {
        let Some((decoded, _)) = stretch.decoded else { return };
        let is_short = decoded.text.capacity() + decoded.steps.capacity() <= Spare::LONGEST;
        if is_short && Rc::strong_count(&decoded) == 1 {
            if self.0.len() == Spare::MOST {
                self.0.swap_remove(0);
            }
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
    pub fn decoded((text, steps): (Vec<u8>, Steps)) -> Stretch<'b> {
        Stretch::whole(Rc::new(Decoded { text, steps }))
    }

    fn whole(whole: Rc<Decoded>) -> Stretch<'b> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_text_is_used_again_unless_somebody_keeps_it_or_it_is_too_large() {
        let (mut spare, mut kept) = (Spare::default(), Vec::new());
        let mut write = |text: &'static [u8]| {
            let stretch = spare.write(text.len(), |decoded| {
                decoded.text.clear();
                decoded.text.extend_from_slice(text);
            });
            kept.extend((text == b"kept").then(|| stretch.clone()));
            let place = stretch.bytes().as_ptr();
            spare.take(stretch);
            place
        };
        let first = write(&[b'a'; 100]);
        assert_eq!(write(&[b'b'; 90]), first);
        assert_ne!(write(b"short"), first);
        assert_eq!(write(&[b'c'; 100]), first);
        let kept = write(b"kept");
        assert_ne!(write(b"next"), kept);
    }
}
