//! Restoring server-sent events one by one, and texts that go on from event to event.

use super::carry::{Carry, Parts};
use super::deltas::{self, Block, Delta, End};
use crate::body::events::Event;
use crate::body::{self, decode, Origin, Replacement};
use crate::mapping::Mapping;
use crate::restore::{restore_piece, Thinking};
use crate::token;
use memchr::memmem;
use once_cell::sync::Lazy;
use std::collections::BTreeMap;
use std::ops::Range;

/// What is known of a stream's texts.
#[derive(Debug, Default)]
pub struct Texts {
    open: BTreeMap<Block, Open>,
}

/// A text that may go on.
#[derive(Debug)]
struct Open {
    carry: Carry,
    /// The event whose end is held back.
    event: Option<Template>,
}

/// What one more event of a text is made from.
#[derive(Debug)]
struct Template {
    name: Option<Vec<u8>>,
    data: Vec<u8>,
}

/// What every event is restored with.
#[derive(Clone, Copy)]
pub struct Means<'m> {
    /// The request's mapping.
    pub mapping: &'m Mapping,
    /// Whether an original of it is written differently in a JSON string.
    pub escapes: bool,
    /// What is restored in signed texts.
    pub thinking: &'m Thinking,
    /// Whether signed texts are restored at all.
    pub restore_thinking: bool,
}

impl Texts {
    /// Restores an event into `out` and gives the number of tokens. `is_cut`: the stream ended before it did.
    pub fn event(&mut self, bytes: &[u8], is_cut: bool, means: Means<'_>, out: &mut Vec<u8>) -> u64 {
        if !is_cut && !means.restore_thinking && self.open.is_empty() && is_quiet(bytes) && !means.escapes {
            out.extend_from_slice(bytes);
            return 0;
        }
        let event = Event::parse(bytes);
        let data = event.data(0);
        let mut meaning = data.as_ref().map(|(data, _)| deltas::meaning(data)).unwrap_or_default();
        if !means.restore_thinking {
            meaning.deltas.retain(|delta| delta.parts != Parts::Signed);
        }
        if is_cut {
            meaning.ends.push(End::Everything);
        }
        let mut count = 0;
        for end in &meaning.ends {
            count += self.end(end, &meaning.deltas, event.line_end, means, out);
        }
        if meaning.passes {
            out.extend_from_slice(bytes);
            return count;
        }
        let mut replacements = Vec::new();
        let mut continued = Vec::new();
        if let Some((data, steps)) = &data {
            for delta in &meaning.deltas {
                let range = steps.in_body(delta.range.clone());
                if range.len() != delta.range.len() {
                    continue; // over several lines, which no writer does
                }
                let template = || Template { name: event.name().map(<[u8]>::to_vec), data: data.to_vec() };
                let bytes = self.delta(delta, &bytes[range.clone()], is_cut, template, means, &mut count);
                continued.push(range.clone());
                replacements.push(Replacement { range, bytes: bytes.into() });
            }
        }
        count += restore_rest(&event, bytes, &continued, means, &mut replacements);
        out.extend_from_slice(&body::rewrite(bytes, replacements));
        count
    }

    /// The restored inside of a string that continues a text.
    fn delta(
        &mut self,
        delta: &Delta,
        inside: &[u8],
        is_cut: bool,
        template: impl FnOnce() -> Template,
        means: Means<'_>,
        count: &mut u64,
    ) -> Vec<u8> {
        let open = self.open.entry(delta.block.clone());
        let open = open.or_insert_with(|| Open { carry: Carry::new(delta.parts, means.escapes), event: None });
        let last = delta.last || is_cut;
        let certain = open.carry.push(inside, last, means.mapping, means.thinking);
        *count += certain.count;
        if last || open.carry.is_new() {
            self.open.remove(&delta.block);
        } else {
            open.event = open.carry.holds().then(template);
        }
        certain.bytes
    }

    /// Ends texts before an event: what is held of them is given out as one more event each. Those that the event itself
    /// continues and ends are left to it.
    fn end(&mut self, end: &End, but: &[Delta], line_end: &str, means: Means<'_>, out: &mut Vec<u8>) -> u64 {
        let ending = |block: &Block| match end {
            End::Everything => true,
            End::Index(index) => block.index == *index,
            End::Block(one) => block == one,
        };
        let goes_on = |block: &Block| but.iter().any(|delta| delta.block == *block);
        let ended: Vec<Block> = self.open.keys().filter(|block| ending(block) && !goes_on(block)).cloned().collect();
        ended.into_iter().map(|block| self.flush(&block, line_end, means, out)).sum()
    }

    /// Ends all texts, behind the last event.
    pub fn end_all(&mut self, means: Means<'_>, out: &mut Vec<u8>) -> u64 {
        self.end(&End::Everything, &[], "\n", means, out)
    }

    fn flush(&mut self, block: &Block, line_end: &str, means: Means<'_>, out: &mut Vec<u8>) -> u64 {
        let Some(mut open) = self.open.remove(block) else { return 0 };
        let certain = open.carry.push(b"", true, means.mapping, means.thinking);
        let Some(template) = open.event.filter(|_| !certain.bytes.is_empty()) else { return 0 };
        let text = decode(&certain.bytes, Origin::verbatim(0)).0;
        let Some(data) = deltas::one_more(block, &template.data, &String::from_utf8_lossy(&text)) else { return 0 };
        if let Some(name) = template.name {
            out.extend_from_slice(&[b"event: ", &*name, line_end.as_bytes()].concat());
        }
        out.extend_from_slice(&[b"data: ", &*data, line_end.as_bytes(), line_end.as_bytes()].concat());
        certain.count
    }
}

/// A token's first letter, as no writer but a hostile one escapes it.
static ESCAPED_START: Lazy<memmem::Finder<'static>> = Lazy::new(|| memmem::Finder::new(b"\\u0041"));

/// Whether nothing of an event can belong to a token, as long as no text holds the beginning of one.
fn is_quiet(bytes: &[u8]) -> bool {
    let starts = |at: usize| matches!(bytes.get(at + 1), None | Some(b'W' | b'"' | b'\\'));
    !memchr::memchr_iter(b'A', bytes).any(starts) && ESCAPED_START.find(bytes).is_none()
}

/// Whether a token may stand outside of the strings that continue a text, which end at quotes.
fn may_be_outside(bytes: &[u8], continued: &[Range<usize>]) -> bool {
    let mut ranges: Vec<&Range<usize>> = continued.iter().collect();
    ranges.sort_by_key(|range| range.start);
    let starts = ranges.iter().map(|range| range.end);
    let ends = ranges.iter().map(|range| range.start).chain([bytes.len()]);
    std::iter::once(0).chain(starts).zip(ends).any(|(start, end)| bytes.get(start..end).is_none_or(token::may_be_in))
}

/// Restores all of an event but the strings that continue a text.
fn restore_rest<'m>(
    event: &Event<'_>,
    bytes: &[u8],
    continued: &[Range<usize>],
    means: Means<'m>,
    replacements: &mut Vec<Replacement<'m>>,
) -> u64 {
    if !may_be_outside(bytes, continued) {
        return 0;
    }
    let before = replacements.len();
    body::each_of_event(event, token::may_be_in, |piece, _| {
        let place = piece.in_body(0..piece.text().len());
        if !continued.iter().any(|range| range.start <= place.start && place.end <= range.end) {
            restore_piece(&piece, means.mapping, means.thinking, bytes, replacements);
        }
    });
    (replacements.len() - before) as u64
}
