//! One text that arrives in parts: what is certain is given out at once, an unfinished token at its end is held back.

use super::nest::Nest;
use crate::body::{self, decode, Origin, Replacement, Steps, Writing};
use crate::mapping::{variant_of, Mapping};
use crate::restore::{original, Thinking};
use crate::token;
use memchr::memchr;
use std::borrow::Cow;
use std::mem;

/// What the parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// The body itself, as plain text.
    Body,
    /// The body itself, as something with JSON text in it.
    JsonBody,
    /// The insides of JSON strings that make up a text.
    Text,
    /// The insides of JSON strings that make up a JSON text.
    Fragment,
    /// The insides of JSON strings that make up a text that the provider signs.
    Signed,
}

/// What is held of one text.
#[derive(Debug)]
pub struct Carry {
    parts: Parts,
    held: Vec<u8>,
    /// Where the text stands in JSON of its own; only if an original must be escaped for it.
    nest: Option<Nest>,
    /// The last character that was given out.
    before: Option<u8>,
}

/// What is certain of a text.
#[derive(Debug)]
pub struct Certain {
    /// Bytes, written as the parts are.
    pub bytes: Vec<u8>,
    /// How many tokens were replaced in them.
    pub count: u64,
}

impl Carry {
    /// A text of which nothing has arrived. `escapes`: an original may be written differently in a JSON string.
    pub fn new(parts: Parts, escapes: bool) -> Carry {
        let nest = match parts {
            Parts::Body | Parts::Signed => None,
            Parts::Text => Some(Nest::Start),
            Parts::JsonBody | Parts::Fragment => Some(Nest::json()),
        };
        let nest = nest.filter(|_| escapes);
        Carry { parts, held: Vec::new(), nest, before: None }
    }

    /// Whether something is held back.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether the next part would be taken as the first one is.
    pub fn is_new(&self) -> bool {
        self.held.is_empty() && self.nest.is_none() && self.before.is_none()
    }

    /// Takes the next part and gives what is certain by now; all of it if the part is the last.
    pub fn push(&mut self, part: &[u8], last: bool, mapping: &Mapping, thinking: &Thinking) -> Certain {
        self.held.extend_from_slice(part);
        let raw = mem::take(&mut self.held);
        let arrived = Arrived::decode(self.parts, &raw);
        let cut = if last { arrived.text.len() } else { self.certain(&arrived.text, mapping, thinking) };
        let replacements = self.replacements(&raw, &arrived, cut, mapping, thinking);
        if self.parts == Parts::Signed {
            self.before = arrived.text[..cut].last().copied().or(self.before);
        }
        let count = replacements.len() as u64;
        let end = arrived.steps.in_body(cut..cut).start;
        self.held = raw[end..].to_vec();
        Certain { bytes: body::rewrite(&raw[..end], replacements), count }
    }

    fn replacements<'m>(
        &mut self,
        raw: &[u8],
        arrived: &Arrived<'_>,
        cut: usize,
        mapping: &'m Mapping,
        thinking: &Thinking,
    ) -> Vec<Replacement<'m>> {
        let text = &arrived.text[..cut];
        let mut replacements = Vec::new();
        let (mut at, mut fed) = (0, 0);
        while let Some(found) = token::find(text, at) {
            at = found.range.end;
            if self.parts == Parts::Signed && !thinking.returns(&found, &arrived.text, self.before) {
                continue;
            }
            let depth = self.depth(&text[fed..found.range.start]);
            fed = found.range.start;
            let range = arrived.steps.in_body(found.range);
            if let Some(entry) = mapping.entry(&found.token) {
                let writing = Writing::json(arrived.level + depth);
                let variant = variant_of(&raw[range.clone()], &found.token, writing);
                replacements.push(Replacement { range, bytes: original(entry, variant, writing) });
            }
        }
        self.depth(&text[fed..]);
        replacements
    }

    /// How many JSON strings of its own the text is in, behind its next part.
    fn depth(&mut self, next: &[u8]) -> usize {
        self.nest.as_mut().map_or(0, |nest| {
            nest.feed(next);
            nest.depth()
        })
    }

    /// How much of the text cannot change by what follows.
    fn certain(&self, text: &[u8], mapping: &Mapping, thinking: &Thinking) -> usize {
        let from = text.len().saturating_sub(token::LONGEST);
        let tail = &text[from..];
        let unfinished = memchr::memchr_iter(b'A', tail)
            .find(|start| may_continue(&tail[*start..], mapping))
            .map_or(text.len(), |start| from + start);
        match self.parts {
            Parts::Signed => unfinished.min(thinking.undecided(text)),
            _ => unfinished,
        }
    }
}

/// Whether more text could make `tail` a token of the mapping, or a longer one.
fn may_continue(tail: &[u8], mapping: &Mapping) -> bool {
    // Escapes before underscores are no part of the token; the last backslashes may be such.
    let mut plain = String::with_capacity(tail.len());
    for (at, b) in tail.iter().enumerate() {
        let escapes = *b == b'\\' && matches!(tail[at..].iter().find(|b| **b != b'\\'), None | Some(b'_'));
        if !escapes {
            plain.push(char::from(*b));
        }
    }
    mapping.continues(&plain)
}

/// What has arrived, decoded.
struct Arrived<'r> {
    text: Cow<'r, [u8]>,
    steps: Steps,
    /// In how many JSON strings the text stands.
    level: usize,
}

impl<'r> Arrived<'r> {
    fn decode(parts: Parts, raw: &'r [u8]) -> Arrived<'r> {
        let level = usize::from(!matches!(parts, Parts::Body | Parts::JsonBody));
        if level == 0 || memchr(b'\\', raw).is_none() {
            return Arrived { text: Cow::Borrowed(raw), steps: Steps::verbatim(0), level };
        }
        let (text, steps) = decode(raw, Origin::verbatim(0));
        Arrived { text: Cow::Owned(text), steps, level }
    }
}
