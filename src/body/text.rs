//! Strings as people read them, and where their characters stand in the body.

use super::form;
use super::hex;
use super::lexer::escape_length;
use crate::simd::{self, AsciiSet};
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

/// Where a decoded text stands in the body: between these places both run in step.
///
/// Each place is told by how far it is from the one before. Most are an escape behind a few characters, which takes two bytes: a text may
/// be made of nothing else.
#[derive(Clone, Debug)]
pub struct Steps {
    /// Where the text starts in the body.
    start: usize,
    /// Of each step how far it is from the one before, in the text and in the body.
    distances: Vec<u8>,
    /// The last step.
    end: Step,
    /// How many there are.
    count: usize,
    /// One of [`STRIDE`].
    marks: Vec<Step>,
    /// The last one that was not behind the last position that was asked about. Most askers go on from there.
    last: Cell<Step>,
}

/// From here on the text stands there, up to the next step.
#[derive(Clone, Copy, Debug)]
struct Step {
    text: usize,
    body: usize,
    /// Where the next one is told.
    next: usize,
}

impl Step {
    /// That of a text which starts at `start` in the body.
    fn first(start: usize) -> Step {
        Step { text: 0, body: start, next: 0 }
    }
}

/// So many steps are looked at in turn.
const STRIDE: usize = 64;

impl Steps {
    /// A text that stands as it is in the body, from `start` on.
    pub fn verbatim(start: usize) -> Steps {
        let first = Step::first(start);
        Steps { start, distances: Vec::new(), end: first, count: 0, marks: Vec::new(), last: Cell::new(first) }
    }

    /// Lines that were joined to a text: where each begins in it and in the body. A range must not cross two of them.
    pub fn joined(lines: Vec<(usize, usize)>) -> Steps {
        let mut steps = Steps::verbatim(0);
        lines.into_iter().for_each(|(text, body)| steps.step(text, body));
        steps
    }

    /// Begins anew with such a text, in the same memory.
    pub(super) fn restart(&mut self, start: usize) {
        let first = Step::first(start);
        self.distances.clear();
        self.marks.clear();
        (self.start, self.end, self.count) = (start, first, 0);
        self.last.set(first);
    }

    /// How many bytes of memory it has.
    pub(super) fn capacity(&self) -> usize {
        self.distances.capacity() + self.marks.capacity() * size_of::<Step>()
    }

    /// From here on the text stands at `body`. Neither is in front of what the last step said.
    pub(super) fn step(&mut self, text: usize, body: usize) {
        let (of_text, of_body) = (text - self.end.text, body - self.end.body);
        match of_text | of_body {
            0..0x80 => self.distances.extend_from_slice(&[of_text as u8, of_body as u8]), // almost always
            _ => [of_text, of_body].into_iter().for_each(|distance| write(&mut self.distances, distance)),
        }
        self.end = Step { text, body, next: self.distances.len() };
        self.count += 1;
        if self.count.is_multiple_of(STRIDE) {
            self.marks.push(self.end);
        }
    }

    /// Where `range` of the text stands in the body, whole escapes included.
    pub fn in_body(&self, range: Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    fn place(&self, at: usize) -> usize {
        let step = self.before(at);
        step.body + (at - step.text)
    }

    /// The last step that is not behind a position, or the beginning of the text.
    fn before(&self, at: usize) -> Step {
        let mut step = self.last.get();
        if at < step.text {
            step = self.mark_before(at);
        }
        let mut passed = 0;
        while let Some(next) = self.next(&step).filter(|next| next.text <= at) {
            step = next;
            passed += 1;
            if passed == STRIDE {
                step = self.mark_before(at);
            }
        }
        self.last.set(step);
        step
    }

    /// The last mark that is not behind a position, or the beginning of the text.
    fn mark_before(&self, at: usize) -> Step {
        let count = self.marks.partition_point(|mark| mark.text <= at);
        count.checked_sub(1).map_or(Step::first(self.start), |last| self.marks[last])
    }

    /// The step behind another one.
    fn next(&self, step: &Step) -> Option<Step> {
        let mut rest = self.distances.get(step.next..)?;
        let (text, body) = (step.text + read(&mut rest)?, step.body + read(&mut rest)?);
        Some(Step { text, body, next: self.distances.len() - rest.len() })
    }

    /// The steps behind a position.
    fn behind(&self, at: usize) -> impl Iterator<Item = Step> + '_ {
        std::iter::successors(self.next(&self.before(at)), |step| self.next(step))
    }
}

/// Writes a number in as few bytes as it needs, seven bits in each, the lowest first (LEB128).
fn write(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads a number that was written so, and leaves what is behind it.
fn read(bytes: &mut &[u8]) -> Option<usize> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= usize::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

/// Maps positions in a text to positions in the body, through every string around it.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'b> {
    /// Where the text starts in the body, or in the decoded text that it is a part of.
    from: usize,
    /// Those of that text.
    steps: Option<&'b Steps>,
}

impl<'b> Origin<'b> {
    /// That of a text that stands as it is in the body, from `start` on.
    pub fn verbatim(start: usize) -> Origin<'b> {
        Origin { from: start, steps: None }
    }

    /// That of a decoded text.
    pub fn decoded(steps: &'b Steps) -> Origin<'b> {
        Origin { from: 0, steps: Some(steps) }
    }

    /// That of the part of the text that starts at `start`.
    pub fn part(self, start: usize) -> Origin<'b> {
        Origin { from: self.from + start, ..self }
    }

    /// Where `range` of the text stands in the body, whole escapes included.
    pub fn in_body(self, range: Range<usize>) -> Range<usize> {
        let range = self.from + range.start..self.from + range.end;
        match self.steps {
            Some(steps) => steps.in_body(range),
            None => range,
        }
    }

    /// Where the text starts in the body.
    pub fn start(self) -> usize {
        self.steps.map_or(self.from, |steps| steps.place(self.from))
    }

    /// The steps in the text, each with its position there.
    fn inner_steps(self) -> impl Iterator<Item = (usize, usize)> + 'b {
        let steps = self.steps.into_iter().flat_map(move |steps| steps.behind(self.from));
        steps.map(move |step| (step.text - self.from, step.body))
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

/// Decodes the inside of a JSON string that stands at `origin`.
///
/// Lone surrogates, which name no character, become U+FFFD.
pub fn decode(raw: &[u8], origin: Origin<'_>) -> (Vec<u8>, Steps) {
    let (mut text, mut steps) = (Vec::new(), Steps::verbatim(0));
    decode_into(raw, origin, &mut text, &mut steps);
    (text, steps)
}

/// The same in the memory of another text.
pub(super) fn decode_into(raw: &[u8], origin: Origin<'_>, text: &mut Vec<u8>, steps: &mut Steps) {
    steps.restart(origin.start());
    let mut around = origin.inner_steps().peekable();
    text.clear();
    text.reserve(raw.len() + SHORT);
    let mut at = 0;
    each_backslash(raw, |backslash| {
        // The second of two is escaped by the first.
        if backslash < at {
            return;
        }
        while let Some((place, body)) = around.next_if(|(place, _)| *place <= backslash) {
            if at < place {
                steps.step(text.len() + place - at, body);
            }
        }
        if at < backslash {
            append(text, raw, at..backslash);
        }
        // The escape starts in step with its first decoded byte; what follows starts behind it.
        at = match raw.get(backslash + 1).map_or(0, |letter| SIMPLE[usize::from(*letter)]) {
            0 => {
                let (character, length) = character(&raw[backslash..]);
                append_character(text, character);
                backslash + length
            }
            byte => {
                text.push(byte);
                backslash + 2
            }
        };
        steps.step(text.len(), origin.part(at).start());
    });
    for (place, body) in around.filter(|(place, _)| at < *place && *place <= raw.len()) {
        steps.step(text.len() + place - at, body);
    }
    text.extend_from_slice(&raw[at..]);
}

/// What is copied at once, whatever its length.
const SHORT: usize = 16;

/// Gives the place of every backslash to `take`, in order.
#[inline(always)]
fn each_backslash(raw: &[u8], take: impl FnMut(usize)) {
    match raw.len() <= 2 * SHORT {
        true => (0..raw.len()).filter(|at| raw[*at] == b'\\').for_each(take),
        false => simd::each_of(raw, &BACKSLASH, take),
    }
}

static BACKSLASH: AsciiSet = AsciiSet::of(b"\\");

/// Appends a part of `raw`. Between two escapes there are few bytes, for which a copy of that length costs more than one of a
/// fixed length that is cut.
fn append(text: &mut Vec<u8>, raw: &[u8], part: Range<usize>) {
    match raw[part.start..].first_chunk::<SHORT>() {
        Some(short) if part.len() <= SHORT => {
            let end = text.len() + part.len();
            text.extend_from_slice(short);
            text.truncate(end);
        }
        _ => text.extend_from_slice(&raw[part]),
    }
}

/// Appends a character in UTF-8, all of whose bytes are copied whatever its length, as in [`append`].
fn append_character(text: &mut Vec<u8>, character: char) {
    let mut bytes = [0; 4];
    let end = text.len() + character.encode_utf8(&mut bytes).len();
    text.extend_from_slice(&bytes);
    text.truncate(end);
}

/// The characters that a backslash and one letter stand for; 0 where it stands for none, or for no single byte.
static SIMPLE: [u8; 256] = {
    const LETTERS: [(u8, u8); 9] = [
        (b'n', b'\n'),
        (b'"', b'"'),
        (b'\\', b'\\'),
        (b'/', b'/'),
        (b'_', b'_'),
        (b'b', 0x08),
        (b'f', 0x0c),
        (b'r', b'\r'),
        (b't', b'\t'),
    ];
    let mut simple = [0; 256];
    let mut row = 0;
    while row < LETTERS.len() {
        simple[LETTERS[row].0 as usize] = LETTERS[row].1;
        row += 1;
    }
    simple
};

/// The character of another escape at the start of `raw`, and the escape's length.
#[inline]
fn character(raw: &[u8]) -> (char, usize) {
    match raw.get(1) {
        Some(b'u') => unicode(raw),
        Some(other) => (char::from(*other), escape_length(raw).unwrap_or(raw.len())),
        None => (char::REPLACEMENT_CHARACTER, raw.len()),
    }
}

/// The character of an escape with digits at the start of `raw`, or of two that are a pair of surrogates, and their length.
#[inline]
fn unicode(raw: &[u8]) -> (char, usize) {
    let first = unit(raw).unwrap_or(0xfffd);
    if let Some(character) = char::from_u32(first) {
        return (character, UNIT_LENGTH);
    }
    match (first, raw.get(UNIT_LENGTH..).and_then(unit)) {
        (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 2 * UNIT_LENGTH)
        }
        _ => (char::REPLACEMENT_CHARACTER, UNIT_LENGTH),
    }
}

/// The number of an escape with digits at the start of `raw`: `\u00e9`.
fn unit(raw: &[u8]) -> Option<u32> {
    match raw {
        [b'\\', b'u', digits @ ..] => hex::number(digits.first_chunk::<4>()?),
        _ => None,
    }
}

const UNIT_LENGTH: usize = "\\u00e9".len();

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
        let (text, _) = decode(br#"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800x"#, Origin::verbatim(0));
        assert_eq!(std::str::from_utf8(&text).unwrap(), "\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}x");
    }

    #[test]
    fn positions_lead_back_to_whole_escapes() {
        let raw = br"ab\u0063\/d\n";
        let (text, steps) = decode(raw, Origin::verbatim(10));
        assert_eq!(&*text, b"abc/d\n");
        assert_eq!(steps.in_body(2..4), 12..20);
        assert_eq!(steps.in_body(0..2), 10..12);
        assert_eq!(steps.in_body(4..6), 20..23);
        assert_eq!(steps.in_body(6..6), 23..23);
    }

    proptest! {
        /// The way through two strings at once is the way through one and then the other.
        #[test]
        fn a_string_in_a_string_leads_back_through_both(text in r#"([a-c]{0,3}|\\[n"/\\]|\\u00[46]1|\\\\[n"/]|\\\\u0062|\\u005c[n"]){0,12}"#, cut in 0usize..8) {
            let (outer, to_body) = decode(text.as_bytes(), Origin::verbatim(100));
            let cut = cut.min(outer.len());
            let origin = Origin::decoded(&to_body).part(cut);
            let (inner, through_both) = decode(&outer[cut..], origin);
            let (_, to_outer) = decode(&outer[cut..], Origin::verbatim(cut));
            let inner = String::from_utf8(inner).unwrap();
            for place in (0..=inner.len()).filter(|place| inner.is_char_boundary(*place)) {
                prop_assert_eq!(through_both.in_body(place..place), to_body.in_body(to_outer.in_body(place..place)));
            }
        }

        /// Whatever is asked about in turn, a position stands by the last step that is not behind it.
        #[test]
        fn steps_lead_back_in_any_order(
            distances in proptest::collection::vec((0usize..300, 0usize..20_000), 0..400),
            asked in proptest::collection::vec(0usize..70_000, 1..60),
        ) {
            let (mut steps, mut places) = (Steps::verbatim(10), vec![(0, 10)]);
            for (text, body) in distances {
                let last = places[places.len() - 1];
                places.push((last.0 + text, last.1 + body));
                steps.step(last.0 + text, last.1 + body);
            }
            for at in asked {
                let (text, body) = places[places.partition_point(|(text, _)| *text <= at) - 1];
                prop_assert_eq!(steps.in_body(at..at), body + at - text..body + at - text);
                let behind: Vec<_> = steps.behind(at).map(|step| (step.text, step.body)).collect();
                let expected: Vec<_> = places.iter().copied().skip(1).filter(|place| place.0 > at).collect();
                prop_assert_eq!(behind, expected);
            }
        }

        #[test]
        fn encode_and_decode_are_inverse(text in "\\PC*[\"\\\\\n\t\u{1}]*\\PC*", level in 0usize..4) {
            let mut encoded = encode(text.as_bytes(), level).into_owned();
            for _ in 0..level {
                encoded = decode(&encoded, Origin::verbatim(0)).0;
            }
            prop_assert_eq!(encoded, text.as_bytes());
        }
    }
}
