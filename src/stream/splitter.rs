//! Where the next part of a response ends that can be restored on its own: an event, a line, or all of it.

use crate::body::events;
use crate::body::Format;
use memchr::memchr;

/// Finds the ends of units in bytes that grow, looking at each byte once.
#[derive(Debug, Default)]
pub struct Splitter {
    events: events::Splitter,
    /// How much of an unfinished line has been looked at.
    line: usize,
}

/// A unit.
#[derive(Debug, PartialEq, Eq)]
pub struct Unit {
    /// How many bytes it has.
    pub length: usize,
    /// Whether the response ended before it did.
    pub is_cut: bool,
}

impl Splitter {
    /// The unit that `bytes` begin with; `None` if it has not arrived. `complete`: there are no more bytes.
    ///
    /// Until there is a unit, the next call must bring the same bytes and more, but for those that [`Splitter::pass`] let by.
    pub fn unit(&mut self, format: Format<'_>, bytes: &[u8], complete: bool) -> Option<Unit> {
        let end = match format {
            Format::Events => self.events.end(bytes, complete),
            Format::Lines => self.line_end(bytes),
            _ => None,
        };
        match end {
            Some(length) => Some(Unit { length, is_cut: false }),
            None if complete && !bytes.is_empty() => {
                *self = Splitter::default();
                Some(Unit { length: bytes.len(), is_cut: true })
            }
            None => None,
        }
    }

    /// How many of the bytes of an unfinished unit may be given out before its end is known. They are taken as gone.
    pub fn pass(&mut self, format: Format<'_>, bytes: &[u8]) -> usize {
        // Of an event stream, a line end that may not be whole stays.
        let length = bytes.len() - usize::from(format == Format::Events && bytes.ends_with(b"\r"));
        self.events.gone(length);
        self.line = self.line.saturating_sub(length);
        length
    }

    fn line_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let found = memchr(b'\n', &bytes[self.line..]);
        let end = found.map(|at| self.line + at + 1);
        self.line = if end.is_some() { 0 } else { bytes.len() };
        end
    }
}
