//! Bytes to texts and back. No I/O, and no idea of what an identifier is.
//!
//! [`read`] takes a body apart into [`Piece`]s: the texts that are looked through, each with the way back to its place in
//! the body. [`rewrite`] replaces places of the body and copies every other byte as it came: white space, key order,
//! spelling of numbers and escapes.
//!
//! The format is read from the bytes more than from the content type that a client claims: what is one JSON value is JSON,
//! all else is plain text. Newline-delimited JSON and event streams are read line by line and event by event, each by
//! the same rule. So a body that claims to be JSON and is not is still looked through, and masking and restoring always
//! agree.

pub mod events;
mod lexer;
mod text;

use events::{Event, Splitter};
use lexer::Escapes;
pub use lexer::Role;
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
pub use text::{decode, encode, Origin};

/// JSON inside a JSON string, inside a JSON string …: every level doubles the backslashes, so real bodies have few.
const MAX_LEVEL: usize = 8;

/// Keys of base64 payloads: images, documents, audio, signatures, encrypted reasoning.
const OPAQUE_KEYS: &[&[u8]] =
    &[b"data", b"signature", b"encrypted_content", b"b64_json", b"file_data", b"thoughtSignature"];
/// The shortest base64 payload; anything shorter is looked through.
const SHORTEST_PAYLOAD: usize = 64;
/// Content types of newline-delimited JSON.
const LINE_TYPES: &[&str] =
    &["application/jsonl", "application/ndjson", "application/x-jsonlines", "application/x-ndjson"];
/// The key of the text that Claude signs: it must come back to the provider as it was.
const SIGNED_KEY: &[u8] = b"thinking";
/// Keys of the LLM protocols whose values are words of the protocol. Sorted.
const PROTOCOL_KEYS: &[&[u8]] = &[
    b"cache_control",
    b"call_id",
    b"finish_reason",
    b"format",
    b"id",
    b"media_type",
    b"model",
    b"object",
    b"role",
    b"service_tier",
    b"status",
    b"stop_reason",
    b"tool_call_id",
    b"tool_choice",
    b"tool_use_id",
    b"type",
];

/// A text of a body.
#[derive(Debug)]
pub struct Piece<'b> {
    /// What a person would read. Where all escapes are plain (`\n`, `\"`) they are left in it; any other is decoded.
    pub text: Cow<'b, [u8]>,
    /// The JSON key it stands under, as written.
    pub key: Option<Cow<'b, [u8]>>,
    /// What it is in its JSON document; `None` for a body that is plain text.
    pub role: Option<Role>,
    /// How many JSON strings it is in; a number is in those around its document only.
    pub level: usize,
    /// Whether plain escapes are left in the text.
    pub escaped: bool,
    origin: Origin,
}

impl Piece<'_> {
    /// The piece without any escape.
    pub fn decoded(mut self) -> Self {
        if self.escaped {
            let (text, origin) = decode(&self.text, self.origin.start(), true, self.origin.outer());
            (self.text, self.origin, self.escaped) = (Cow::Owned(text.into_owned()), origin, false);
        }
        self
    }

    /// Where a range of the text stands in the body.
    pub fn in_body(&self, range: Range<usize>) -> Range<usize> {
        self.origin.in_body(range)
    }

    /// Whether the provider has signed this text: it goes through byte for byte in both directions.
    pub fn is_signed(&self) -> bool {
        self.level == 1 && self.key.as_deref() == Some(SIGNED_KEY)
    }

    /// Whether the text is a word of the LLM's protocol (a key, a role, a type), which a name must not be looked for in.
    pub fn is_protocol(&self) -> bool {
        self.level == 1
            && (self.role == Some(Role::Key)
                || self.key.as_deref().is_some_and(|key| PROTOCOL_KEYS.binary_search(&key).is_ok()))
    }
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON value if it is one, else plain text.
    Sniffed,
    /// Newline-delimited JSON: every line is sniffed.
    Lines,
    /// Server-sent events: the data of each is sniffed.
    Events,
    /// Plain text, however it looks.
    Text,
}

/// The content type of an event stream.
const EVENT_TYPE: &str = "text/event-stream";
/// What an event stream begins with.
const EVENT_FIELDS: &[&[u8]] = &[b"data:", b"event:", b"id:", b"retry:", b":"];
/// The byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

impl Format {
    /// The format of a body with that content type, which may be empty.
    pub fn of(content_type: &str, body: &[u8]) -> Format {
        match Format::arriving(content_type, body) {
            Some(Format::Text) | None => Format::Sniffed,
            Some(format) => format,
        }
    }

    /// The format of a body of which only the beginning is known; `None` if more of it must be seen.
    ///
    /// An event stream is also known by how it begins where the content type says nothing, or says JSON: upstreams mislabel it.
    pub fn arriving(content_type: &str, beginning: &[u8]) -> Option<Format> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if media_type.eq_ignore_ascii_case(EVENT_TYPE) {
            return Some(Format::Events);
        }
        if LINE_TYPES.iter().any(|known| known.eq_ignore_ascii_case(media_type)) {
            return Some(Format::Lines);
        }
        if BOM.starts_with(beginning) {
            return None;
        }
        let beginning = beginning.strip_prefix(BOM).unwrap_or(beginning).trim_ascii_start();
        let may_be_events = media_type.is_empty() || media_type.eq_ignore_ascii_case("application/json");
        match beginning {
            [] => None,
            [b'{' | b'[' | b'"', ..] => Some(Format::Sniffed),
            _ if may_be_events && EVENT_FIELDS.iter().any(|field| beginning.starts_with(field)) => Some(Format::Events),
            _ if may_be_events && EVENT_FIELDS.iter().any(|field| field.starts_with(beginning)) => None,
            _ => Some(Format::Text),
        }
    }
}

/// The pieces of a body, in order. Base64 payloads are left out: they are opaque and never altered.
pub fn read(format: Format, body: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    Reader { wanted: |_| true, take: &mut |piece| pieces.push(piece) }.body(format, body);
    pieces
}

/// Gives the pieces of a body to `take`, one by one, so that a large one needs no memory but for the piece at hand.
///
/// `wanted` is asked with the bytes of each JSON string or number as they stand in the text around it, before anything is
/// decoded; what it does not want is left out. Plain text is never left out.
pub fn each<'b>(format: Format, body: &'b [u8], wanted: fn(&[u8]) -> bool, take: &mut dyn FnMut(Piece<'b>)) {
    Reader { wanted, take }.body(format, body);
}

/// Gives the pieces of one event to `take`, as [`each`] does of a body that is that event.
pub fn each_of_event<'b>(event: &Event<'b>, wanted: fn(&[u8]) -> bool, take: &mut dyn FnMut(Piece<'b>)) {
    Reader { wanted, take }.event(event, 0);
}

/// Takes texts apart.
struct Reader<'f, 'b> {
    wanted: fn(&[u8]) -> bool,
    take: &'f mut dyn FnMut(Piece<'b>),
}

impl<'b> Reader<'_, 'b> {
    fn body(&mut self, format: Format, body: &'b [u8]) {
        match format {
            Format::Sniffed => self.sniff(body, 0),
            Format::Lines => lines(body).for_each(|line| self.sniff(&body[line.clone()], line.start)),
            Format::Events => {
                events(body).for_each(|event| self.event(&Event::parse(&body[event.clone()]), event.start));
            }
            Format::Text => (self.take)(plain(body, Origin::verbatim(0, None))),
        }
    }

    /// Its data if that is JSON, and every other line as text, since an identifier may also stand in a comment.
    fn event(&mut self, event: &Event<'b>, start: usize) {
        let json = event.data(start).is_some_and(|(data, origin)| self.json(&data, 0, Some(&origin)));
        for line in event.data.iter().filter(|_| !json).chain(&event.others) {
            let origin = Origin::verbatim(start + line.start, None);
            (self.take)(plain(&event.bytes[line.clone()], origin));
        }
    }

    /// A text that starts at `start` of the body: JSON if it is JSON, else itself.
    fn sniff(&mut self, text: &'b [u8], start: usize) {
        let origin = Rc::new(Origin::verbatim(start, None));
        if !self.json(&Cow::Borrowed(text), 0, Some(&origin)) {
            (self.take)(plain(text, Origin::verbatim(start, None)));
        }
    }

    /// A JSON text that is inside `level` strings; `false` if it is not JSON.
    #[allow(clippy::ptr_arg)] // a part of a borrowed text is borrowed for as long as the body
    fn json(&mut self, json: &Cow<'b, [u8]>, level: usize, outer: Option<&Rc<Origin>>) -> bool {
        let start = json.iter().find(|b| !b.is_ascii_whitespace());
        let nested = level > 0;
        let worth_lexing = match start {
            Some(b'{' | b'[') => true,
            Some(_) => !nested,
            None => false,
        };
        let Some(lexemes) = worth_lexing.then(|| lexer::lex(json)).flatten() else {
            return false;
        };
        let wanted = self.wanted;
        for lexeme in lexemes.into_iter().filter(|lexeme| wanted(&json[lexeme.range.clone()])) {
            let key = lexeme.key.map(|range| part(json, range));
            let raw = part(json, lexeme.range.clone());
            if lexeme.role == Role::Value && is_opaque(&raw, key.as_deref()) {
                continue;
            }
            let place = Origin::verbatim(lexeme.range.start, outer.cloned());
            if lexeme.role == Role::Number {
                (self.take)(Piece { text: raw, key, role: Some(lexeme.role), level, escaped: false, origin: place });
                continue;
            }
            let nests = lexeme.role == Role::Value && lexeme.escapes != Escapes::None && level + 1 < MAX_LEVEL;
            let plain = lexeme.escapes == Escapes::Plain;
            let (mut text, mut origin) = (raw, place);
            if lexeme.escapes == Escapes::Special || (nests && may_be_json(&text)) {
                let (decoded, steps) = decode_part(text.clone(), lexeme.range.start, true, outer.cloned());
                let steps = Rc::new(steps);
                if nests && self.json(&decoded, level + 1, Some(&steps)) {
                    continue;
                }
                if !plain {
                    (text, origin) = (decoded, Rc::unwrap_or_clone(steps));
                }
            }
            (self.take)(Piece { text, key, role: Some(lexeme.role), level: level + 1, escaped: plain, origin });
        }
        true
    }
}

/// The events of a body; the last one may lack its blank line.
fn events(body: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = &body[start..];
        let length = Splitter::default().end(rest, true).unwrap_or(rest.len());
        start += length;
        (length > 0).then(|| start - length..start)
    })
}

fn plain(text: &[u8], origin: Origin) -> Piece<'_> {
    Piece { text: Cow::Borrowed(text), key: None, role: None, level: 0, escaped: false, origin }
}

/// The lines of a body, without their line feeds.
fn lines(body: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let ends = memchr::memchr_iter(b'\n', body).chain([body.len()]);
    ends.scan(0, |start, end| Some(std::mem::replace(start, end + 1)..end))
}

/// Whether the text of a JSON string could be a JSON document: an object or a list.
fn may_be_json(text: &[u8]) -> bool {
    let start = text.iter().take(64).find(|b| !matches!(b, b' ' | b'\\' | b'n' | b'r' | b't'));
    matches!(start, Some(b'{' | b'['))
}

/// A part of a text that is borrowed from the body, or owned because it was decoded.
fn part<'b>(text: &Cow<'b, [u8]>, range: Range<usize>) -> Cow<'b, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_vec()),
    }
}

fn decode_part(raw: Cow<'_, [u8]>, start: usize, escaped: bool, outer: Option<Rc<Origin>>) -> (Cow<'_, [u8]>, Origin) {
    match raw {
        Cow::Borrowed(raw) => decode(raw, start, escaped, outer),
        Cow::Owned(raw) => {
            let (text, origin) = decode(&raw, start, escaped, outer);
            (Cow::Owned(text.into_owned()), origin)
        }
    }
}

/// Whether a string is a base64 payload: by its key and its alphabet, or as a `data:` URL.
fn is_opaque(raw: &[u8], key: Option<&[u8]>) -> bool {
    if raw.len() < SHORTEST_PAYLOAD {
        return false;
    }
    let base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    // A token is made of the letters of base64url: what holds one is no payload, or it could not be restored.
    if memmem::find(raw, b"AWS_").is_some() {
        return false;
    }
    if raw.starts_with(b"data:") {
        let head = raw.iter().position(|b| *b == b',').unwrap_or(raw.len());
        return raw[..head].ends_with(b";base64") && raw[head..].iter().skip(1).all(base64);
    }
    key.is_some_and(|key| OPAQUE_KEYS.contains(&key)) && raw.iter().all(base64)
}

/// A place of the body and what goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The bytes that go.
    pub range: Range<usize>,
    /// The bytes that come.
    pub bytes: Vec<u8>,
}

/// The body with the replacements made; they must not overlap.
pub fn rewrite(body: &[u8], mut replacements: Vec<Replacement>) -> Vec<u8> {
    replacements.sort_by_key(|replacement| replacement.range.start);
    let grown: usize = replacements.iter().map(|replacement| replacement.bytes.len()).sum();
    let mut rewritten = Vec::with_capacity(body.len() + grown);
    let mut at = 0;
    for replacement in replacements {
        rewritten.extend_from_slice(&body[at..replacement.range.start]);
        rewritten.extend_from_slice(&replacement.bytes);
        at = replacement.range.end;
    }
    rewritten.extend_from_slice(&body[at..]);
    rewritten
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<String> {
        read(Format::Sniffed, body.as_bytes())
            .into_iter()
            .map(|piece| String::from_utf8_lossy(&piece.text).into_owned())
            .collect()
    }

    #[test]
    fn json_is_read_as_its_strings() {
        assert_eq!(texts(r#"{"a":"x\ny","b":[1,"z\u0061"]}"#), ["a", r"x\ny", "b", "1", "za"]);
        let body = br#"["a\n\"b"]"#;
        let piece = read(Format::Sniffed, body).pop().unwrap().decoded();
        assert_eq!(&*piece.text, b"a\n\"b");
        assert_eq!(&body[piece.in_body(1..3)], br#"\n\""#);
    }

    #[test]
    fn json_in_strings_is_read_through_all_levels() {
        let inner = r#"{"id":"a\/b"}"#;
        let middle = format!("[{}]", serde_json::to_string(inner).unwrap());
        let body = format!(r#"{{"x":{}}}"#, serde_json::to_string(&middle).unwrap());
        let pieces = read(Format::Sniffed, body.as_bytes());
        let last = pieces.last().unwrap();
        assert_eq!((&*last.text, last.level), (&b"a/b"[..], 3));
        assert_eq!(&body[last.in_body(0..3)], r"a\\\\/b");
    }

    #[test]
    fn newline_delimited_json_is_read_line_by_line() {
        let body = b"{\"a\":\"x\"}\nno json\n\n[\"y\"]";
        let pieces = read(Format::of("application/x-ndjson; charset=utf-8", body), body);
        let shown: Vec<_> = pieces.iter().map(|piece| std::str::from_utf8(&piece.text).unwrap()).collect();
        assert_eq!(shown, ["a", "x", "no json", "", "y"]);
        for piece in &pieces {
            assert_eq!(&body[piece.in_body(0..piece.text.len())], &*piece.text);
        }
    }

    #[test]
    fn what_is_not_json_is_one_text() {
        assert_eq!(texts("{\"a\":"), ["{\"a\":"]);
        assert_eq!(texts(""), [""]);
    }

    #[test]
    fn base64_payloads_are_left_out_and_short_ones_are_not() {
        let payload = "iVBORw0KGgo".repeat(8);
        assert_eq!(texts(&format!(r#"{{"data":"{payload}"}}"#)), ["data"]);
        assert_eq!(texts(&format!(r#"{{"url":"data:image/png;base64,{payload}"}}"#)), ["url"]);
        assert_eq!(texts(r#"{"data":"i-0abc"}"#), ["data", "i-0abc"]);
        assert_eq!(texts(&format!(r#"{{"text":"{payload}"}}"#)).len(), 2);
    }

    #[test]
    fn rewriting_touches_nothing_else() {
        let replacement = |range, bytes: &str| Replacement { range, bytes: bytes.into() };
        let rewritten = rewrite(b"one two three", vec![replacement(8..13, "3"), replacement(0..3, "1")]);
        assert_eq!(rewritten, b"1 two 3");
    }
}
