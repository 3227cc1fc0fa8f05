//! Strings as people read them, and where their characters stand in the body.

use super::form;
use super::lexer::escape_length;
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

/// Maps positions in a decoded string to positions in the body it came from, through every string around it.
#[derive(Clone, Debug)]
pub struct Origin {
    start: usize,
    /// `None` for a text that stands as it is in the text around it.
    steps: Option<Box<Steps>>,
    outer: Option<Rc<Origin>>,
}

/// Where a decoded text and the text around it stop running in step.
#[derive(Clone, Debug, Default)]
struct Steps {
    /// `(position in the decoded text, position in the text around it)`, in order.
    places: Vec<(usize, usize)>,
    /// How many of them were not behind the last position that was asked about. Most askers go on from there.
    last: Cell<usize>,
}

impl Steps {
    /// The last step that is not behind a position.
    fn before(&self, at: usize) -> Option<(usize, usize)> {
        let fits = |count: &usize| {
            let starts = count.checked_sub(1).is_none_or(|last| self.places[last].0 <= at);
            starts && self.places.get(*count).is_none_or(|next| at < next.0)
        };
        let near = self.last.get()..(self.last.get() + 4).min(self.places.len() + 1);
        let found = near.into_iter().find(fits);
        let count = found.unwrap_or_else(|| self.places.partition_point(|(decoded, _)| *decoded <= at));
        self.last.set(count);
        count.checked_sub(1).map(|last| self.places[last])
    }
}

impl Origin {
    /// A text that stands as it is in the text around it, from `start` on.
    pub fn verbatim(start: usize, outer: Option<Rc<Origin>>) -> Origin {
        Origin { start, steps: None, outer }
    }

    /// Where the text starts in the text around it.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The text around it.
    pub fn outer(&self) -> Option<Rc<Origin>> {
        self.outer.clone()
    }

    /// Lines that were joined to a text: where each begins in it and in the body. A range must not cross two of them.
    pub fn joined(lines: Vec<(usize, usize)>) -> Origin {
        Origin { start: 0, steps: Some(Box::new(Steps { places: lines, last: Cell::new(0) })), outer: None }
    }

    /// From here on the text stands at `around` of the text around it.
    pub(super) fn step(&mut self, decoded: usize, around: usize) {
        self.steps.get_or_insert_default().places.push((decoded, around));
    }

    /// Where `range` of the decoded text stands in the body, whole escapes included.
    pub fn in_body(&self, range: Range<usize>) -> Range<usize> {
        let around = self.around(range.start)..self.around(range.end);
        match &self.outer {
            Some(outer) => outer.in_body(around),
            None => around,
        }
    }

    /// Where the text starts in the body, if it stands there byte for byte.
    pub fn verbatim_from(&self) -> Option<usize> {
        match (&self.outer, &self.steps) {
            (None, None) => Some(self.start),
            (Some(outer), None) => Some(outer.verbatim_from()? + self.start),
            (_, Some(_)) => None,
        }
    }

    fn around(&self, at: usize) -> usize {
        let step = self.steps.as_ref().and_then(|steps| steps.before(at));
        let (decoded, around) = step.unwrap_or((0, self.start));
        around + (at - decoded)
    }
}

/// How a text is written where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writing {
    /// How many JSON strings it is in, one in the other; a number is in those around its document only.
    pub level: usize,
    /// Whether all of that is in a form, where `%` begins an escape.
    pub form: bool,
}

impl Writing {
    /// That of a text inside `level` JSON strings.
    pub fn json(level: usize) -> Writing {
        Writing { level, form: false }
    }

    /// That of a string that stands there.
    pub fn inside(self) -> Writing {
        Writing { level: self.level + 1, ..self }
    }

    /// That of the text around a string that stands there.
    pub fn outside(self) -> Writing {
        Writing { level: self.level.saturating_sub(1), ..self }
    }

    /// Whether a character can be written in more than one way.
    pub fn has_escapes(self) -> bool {
        self.form || self.level > 0
    }

    /// Writes a text, with the escapes that it must have and no others.
    pub fn encode(self, text: &[u8]) -> Cow<'_, [u8]> {
        match encode(text, self.level) {
            encoded if !self.form => encoded,
            Cow::Borrowed(encoded) => form::encode(encoded),
            Cow::Owned(encoded) => Cow::Owned(form::encode(&encoded).into_owned()),
        }
    }

    /// Writes an ASCII character with an escape that it need not have.
    pub fn escape(self, c: u8) -> String {
        if self.form {
            return format!("%{c:02X}");
        }
        // One backslash doubles with every string around it.
        format!("{}u{c:04x}", "\\".repeat(1 << self.level.saturating_sub(1)))
    }
}

/// Decodes the inside of a JSON string that stands at `start` of the text around it.
///
/// Lone surrogates, which name no character, become U+FFFD.
pub fn decode(raw: &[u8], start: usize, escaped: bool, outer: Option<Rc<Origin>>) -> (Cow<'_, [u8]>, Origin) {
    let mut origin = Origin::verbatim(start, outer);
    if !escaped {
        return (Cow::Borrowed(raw), origin);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut at = 0;
    for backslash in memchr::memchr_iter(b'\\', raw) {
        // The second of two is escaped by the first.
        if backslash < at {
            continue;
        }
        text.extend_from_slice(&raw[at..backslash]);
        // The escape starts in step with its first decoded byte; what follows starts behind it.
        at = match raw.get(backslash + 1).and_then(|b| simple(*b)) {
            Some(byte) => {
                text.push(byte);
                backslash + 2
            }
            None => {
                let (character, length) = character(&raw[backslash..]);
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                backslash + length
            }
        };
        origin.step(text.len(), start + at);
    }
    text.extend_from_slice(&raw[at..]);
    (Cow::Owned(text), origin)
}

/// The character that a backslash and one letter stand for.
fn simple(letter: u8) -> Option<u8> {
    match letter {
        b'n' => Some(b'\n'),
        b'"' | b'\\' | b'/' | b'_' => Some(letter),
        b'b' => Some(0x08),
        b'f' => Some(0x0c),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        _ => None,
    }
}

/// The character of another escape at the start of `raw`, and the escape's length.
fn character(raw: &[u8]) -> (char, usize) {
    let length = escape_length(raw).unwrap_or(raw.len());
    match raw.get(1) {
        Some(b'u') => unicode(raw),
        Some(other) => (char::from(*other), length),
        None => (char::REPLACEMENT_CHARACTER, length),
    }
}

fn unicode(raw: &[u8]) -> (char, usize) {
    let unit = |at: usize| -> Option<u32> {
        let escape = raw.get(at..at + 6)?;
        let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(0).unwrap_or(0xfffd);
    match (first, unit(6)) {
        (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
    }
}

/// Whether a text needs no escapes in a JSON string.
pub fn reads_as_written(text: &[u8]) -> bool {
    // Without an early end, so that many bytes are looked at at once.
    let special = |any, b: &u8| any | (*b < 0x20) | (*b == b'"') | (*b == b'\\');
    !text.iter().fold(false, special)
}

/// Writes `text` as it must stand inside `level` JSON strings, one in the other. Level 0 is no string: `text` itself.
///
/// Only what must be escaped is.
pub fn encode(text: &[u8], level: usize) -> Cow<'_, [u8]> {
    if level == 0 || reads_as_written(text) {
        return Cow::Borrowed(text);
    }
    let mut encoded = text.to_vec();
    for _ in 0..level {
        let mut once = Vec::with_capacity(encoded.len() + 8);
        for b in encoded {
            match b {
                b'"' => once.extend_from_slice(b"\\\""),
                b'\\' => once.extend_from_slice(b"\\\\"),
                0x08 => once.extend_from_slice(b"\\b"),
                0x0c => once.extend_from_slice(b"\\f"),
                b'\n' => once.extend_from_slice(b"\\n"),
                b'\r' => once.extend_from_slice(b"\\r"),
                b'\t' => once.extend_from_slice(b"\\t"),
                0..=0x1f => once.extend_from_slice(format!("\\u{b:04x}").as_bytes()),
                _ => once.push(b),
            }
        }
        encoded = once;
    }
    Cow::Owned(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_escape_is_decoded() {
        let (text, _) = decode(br#"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800x"#, 0, true, None);
        assert_eq!(std::str::from_utf8(&text).unwrap(), "\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}x");
    }

    #[test]
    fn positions_lead_back_to_whole_escapes() {
        let raw = br"ab\u0063\/d\n";
        let (text, origin) = decode(raw, 10, true, None);
        assert_eq!(&*text, b"abc/d\n");
        assert_eq!(origin.in_body(2..4), 12..20);
        assert_eq!(origin.in_body(0..2), 10..12);
        assert_eq!(origin.in_body(4..6), 20..23);
        assert_eq!(origin.in_body(6..6), 23..23);
    }

    proptest! {
        #[test]
        fn encode_and_decode_are_inverse(text in "\\PC*[\"\\\\\n\t\u{1}]*\\PC*", level in 0usize..4) {
            let mut encoded = encode(text.as_bytes(), level).into_owned();
            for _ in 0..level {
                encoded = decode(&encoded, 0, true, None).0.into_owned();
            }
            prop_assert_eq!(encoded, text.as_bytes());
        }
    }
}
