//! Parts of texts.

use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::rc::Rc;

/// A part of a text: borrowed from the body, or one of the parts that share a text which had to be decoded.
#[derive(Clone, Debug)]
pub enum Slice<'b> {
    /// As it stands in the body.
    Borrowed(&'b [u8]),
    /// A range of a decoded text.
    Shared(Rc<Vec<u8>>, Range<usize>),
}

impl<'b> Slice<'b> {
    /// The whole of a decoded text.
    pub fn shared(text: Vec<u8>) -> Slice<'b> {
        let whole = 0..text.len();
        Slice::Shared(Rc::new(text), whole)
    }

    /// A part of it. Panics if it is shorter.
    pub fn part(&self, range: Range<usize>) -> Slice<'b> {
        match self {
            Slice::Borrowed(text) => Slice::Borrowed(&text[range]),
            Slice::Shared(text, whole) => {
                Slice::Shared(text.clone(), whole.start + range.start..whole.start + range.end)
            }
        }
    }
}

impl Deref for Slice<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Slice::Borrowed(text) => text,
            Slice::Shared(text, range) => &text[range.clone()],
        }
    }
}

impl<'b> From<Cow<'b, [u8]>> for Slice<'b> {
    fn from(text: Cow<'b, [u8]>) -> Slice<'b> {
        match text {
            Cow::Borrowed(text) => Slice::Borrowed(text),
            Cow::Owned(text) => Slice::shared(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_part_is_where_it_stands() {
        for whole in [Slice::Borrowed(b"one two three"), Slice::shared(b"one two three".to_vec())] {
            let part = whole.part(4..13).part(4..9);
            assert_eq!((&*part, part.part(5..5).len()), (&b"three"[..], 0));
        }
    }
}
