//! Bytes to texts and back. No I/O, and no idea of what an identifier is.
//!
//! [`Pieces`] takes a body apart into [`Piece`]s: the texts that are looked through, each with the way back to its place in
//! the body. [`rewrite`] replaces places of the body and copies every other byte as it came: white space, key order,
//! spelling of numbers and escapes.
//!
//! The format is read from the bytes more than from the content type that a client claims: what is one JSON value is JSON,
//! all else is plain text. Newline-delimited JSON and event streams are read document by document, and what is between two as one text;
//! forms and multipart bodies value by value and part by part, each by the same rule. So a body that claims to be JSON and is not is still
//! looked through, and masking and restoring always agree.

pub mod charset;
pub mod events;
mod few;
pub mod form;
mod hex;
mod lexer;
mod media;
mod multipart;
mod stretch;
mod text;
mod zone;

use crate::detect::catalogue::names::begins_session_token;
use crate::token;
use charset::Charset;
use events::{Event, Splitter};
use few::Few;
pub use lexer::Role;
use lexer::{Escapes, Lexeme, Lexemes};
pub use media::MediaType;
use multipart::Section;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;
use stretch::{Decoded, Spare, Stretch};
pub use text::{decode, encode, reads_as_written, Origin, Steps, Writing};
use zone::Zone;

/// JSON inside a JSON string, inside a JSON string …: every level doubles the backslashes, so real bodies have few.
const MAX_LEVEL: usize = 8;
/// Multipart inside multipart: mail has two or three. What is deeper is read as text.
const MAX_PARTS_DEPTH: usize = 4;

/// Keys of base64 payloads: images, documents, audio, signatures, encrypted reasoning.
const OPAQUE_KEYS: &[&[u8]] = &[
    b"b64_json",
    b"bytes",
    b"data",
    b"encrypted_content",
    b"encrypted_index",
    b"file_data",
    b"partial_image_b64",
    b"redactedContent",
    b"signature",
    b"thoughtSignature",
    b"thought_signature",
];
/// The key of OpenAI's generated images, and of much else: short base64 under it must be an encoding of whole bytes, which paths
/// and ids hardly are.
const RESULT_KEY: &[u8] = b"result";
/// The shortest base64 payload; anything shorter is looked through.
const SHORTEST_PAYLOAD: usize = 64;
/// The shortest that is one whatever its key: names and paths of AWS that have no hyphen and no dot are shorter, and in fewer
/// characters of base64 an identifier is hardly ever seen by chance.
const SHORTEST_UNNAMED_PAYLOAD: usize = 256;
/// The shortest line of base64 that is broken into lines: PEM has 64, MIME 76.
const SHORTEST_LINE: usize = 60;
/// The key of the text that Claude signs: it must come back to the provider as it was.
const SIGNED_KEY: &[u8] = b"thinking";

/// Whether the values of a key are words of the LLM protocols.
fn is_protocol_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"cache_control"
            | b"call_id"
            | b"finish_reason"
            | b"format"
            | b"id"
            | b"media_type"
            | b"model"
            | b"object"
            | b"role"
            | b"service_tier"
            | b"status"
            | b"stop_reason"
            | b"tool_call_id"
            | b"tool_choice"
            | b"tool_use_id"
            | b"type"
    )
}

/// A text of a body.
#[derive(Clone, Debug)]
pub struct Piece<'b> {
    text: Stretch<'b>,
    /// What it is in its JSON document; `None` for a body that is plain text.
    pub role: Option<Role>,
    /// How it is written.
    pub writing: Writing,
    /// What may be done with it.
    pub access: Access,
    /// Whether plain escapes are left in the text.
    pub escaped: bool,
    /// How deep in its JSON document it is; 0 in a body that is none.
    pub depth: u8,
    /// Whether the provider has signed this text: it goes through byte for byte in both directions.
    pub is_signed: bool,
    /// Whether the text is a word of the LLM's protocol (a key, a role, a type), which a name must not be looked for in.
    pub is_protocol: bool,
    /// Whether the text is a setting of the request or a keyword of a schema, which is no name however it looks.
    pub is_setting: bool,
}

/// What may be done with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It may be rewritten.
    Open,
    /// It is looked through and never rewritten: part of an image, an archive, a document.
    Frozen,
    /// It hides what it says: encrypted, in base64, in a charset of its own.
    Hidden,
}

impl Piece<'_> {
    /// What a person would read. Where all escapes are plain (`\n`, `\"`) they are left in it; any other is decoded.
    pub fn text(&self) -> &[u8] {
        self.text.bytes()
    }

    /// The piece without any escape.
    pub fn decoded(self) -> Self {
        if !self.escaped {
            return self;
        }
        let text = Stretch::decoded(decode(self.text(), self.text.origin()));
        Piece { text, escaped: false, ..self }
    }

    /// The whole body, written as this part of it is.
    pub fn widened<'b>(&self, body: &'b [u8]) -> Piece<'b> {
        Piece { text: Stretch::verbatim(body, 0), ..*self }
    }

    /// Where a range of the text stands in the body.
    pub fn in_body(&self, range: Range<usize>) -> Range<usize> {
        self.text.origin().in_body(range)
    }

    /// Where the text starts in the body.
    pub fn start(&self) -> usize {
        self.text.origin().start()
    }

    /// Whether nothing of the text was decoded, so that it is a part of the body.
    pub fn is_part(&self) -> bool {
        !self.text.is_decoded()
    }
}

impl<'b> Piece<'b> {
    /// One that is no string of a JSON document.
    fn of(text: Stretch<'b>, role: Option<Role>, writing: Writing, access: Access) -> Piece<'b> {
        let (is_signed, is_protocol, is_setting) = (false, false, false);
        Piece { text, role, writing, access, escaped: false, depth: 0, is_signed, is_protocol, is_setting }
    }
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format<'t> {
    /// One JSON value if it is one, else plain text.
    Sniffed,
    /// Newline-delimited JSON: every line is sniffed.
    Lines,
    /// Server-sent events: the data of each is sniffed.
    Events,
    /// Plain text, however it looks.
    Text,
    /// A posted form: every value is sniffed. One that is JSON is JSON: a client's tool may name every body a form.
    Form,
    /// Parts between lines with this boundary, each by its own content type.
    Multipart(&'t str),
    /// No text: nothing of it may be rewritten.
    Binary,
    /// Nobody but its receiver can read it.
    Sealed,
}

/// The content type of an event stream.
const EVENT_TYPE: &str = "text/event-stream";
/// What an event stream begins with.
const EVENT_FIELDS: &[&[u8]] = &[b"data:", b"event:", b"id:", b"retry:", b":"];
/// The byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The content type of a posted form.
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

impl<'t> Format<'t> {
    /// The format of a body with that content type, which may be empty.
    pub fn of(content_type: &'t str, body: &[u8]) -> Format<'t> {
        let media = MediaType::parse(content_type);
        if media.is_sealed() {
            return Format::Sealed;
        }
        if media.is_binary() {
            return Format::Binary;
        }
        if is_compressed(body) {
            return Format::Sealed;
        }
        if media.is(FORM_TYPE) {
            return Format::Form;
        }
        if let Some(boundary) = media.boundary() {
            return Format::Multipart(boundary);
        }
        match Format::arriving(content_type, body) {
            Some(Format::Text) | None => Format::Sniffed,
            Some(format) => format,
        }
    }
}

/// Whether a body is compressed, as gzip (RFC 1952, 2.3.1) and Zstandard (RFC 8878, 3.1.1) begin, whatever it is called: some
/// readers undo that unasked.
fn is_compressed(body: &[u8]) -> bool {
    body.starts_with(b"\x1f\x8b\x08") || body.starts_with(b"\x28\xb5\x2f\xfd")
}

impl Format<'_> {
    /// The format of a body of which only the beginning is known; `None` if more of it must be seen.
    ///
    /// An event stream is also known by how it begins where the content type says nothing, or says JSON: upstreams mislabel
    /// it. What is only known from the whole (forms, parts) is text.
    pub fn arriving(content_type: &str, beginning: &[u8]) -> Option<Format<'static>> {
        let media = MediaType::parse(content_type);
        if media.is(EVENT_TYPE) {
            return Some(Format::Events);
        }
        if media.is_lines() {
            return Some(Format::Lines);
        }
        if BOM.starts_with(beginning) {
            return None;
        }
        let beginning = beginning.strip_prefix(BOM).unwrap_or(beginning).trim_ascii_start();
        let may_be_events = media.is_absent() || media.is("application/json");
        match beginning {
            [] => None,
            [b'{' | b'[' | b'"', ..] => Some(Format::Sniffed),
            _ if may_be_events && EVENT_FIELDS.iter().any(|field| beginning.starts_with(field)) => Some(Format::Events),
            _ if may_be_events && EVENT_FIELDS.iter().any(|field| field.starts_with(beginning)) => None,
            _ => Some(Format::Text),
        }
    }
}

/// The pieces of a body, in order, to be gone through more than once. Base64 payloads are left out: they are opaque and never
/// altered.
///
/// A piece is larger than most strings, so that a body of millions of them is read anew each time. What is decoded for one that nobody
/// keeps is gone with it.
pub struct Pieces<'b> {
    format: Format<'b>,
    body: &'b [u8],
    decoded: bool,
    kept: Kept<'b>,
}

enum Kept<'b> {
    Unread,
    All(Few<Piece<'b>, MOST>),
    TooMany,
}

impl<'b> Pieces<'b> {
    /// Those of `body`; `decoded`: without any escape.
    pub fn new(format: Format<'b>, body: &'b [u8], decoded: bool) -> Pieces<'b> {
        Pieces { format, body, decoded, kept: Kept::Unread }
    }

    /// What they are pieces of.
    pub fn body(&self) -> &'b [u8] {
        self.body
    }

    /// Gives each piece to `take`, with its number.
    pub fn each(&mut self, mut take: impl FnMut(usize, &Piece<'b>)) {
        if let Kept::All(pieces) = &self.kept {
            return pieces.iter().enumerate().for_each(|(number, piece)| take(number, piece));
        }
        self.each_and_key(|number, piece, _| take(number, piece));
    }

    /// Gives each piece to `take`, with its number and the JSON key it stands under, as written.
    pub fn each_and_key(&mut self, mut take: impl FnMut(usize, &Piece<'b>, Option<&[u8]>)) {
        let mut few = Few::<Piece<'b>, MOST>::default();
        let (decoded, mut count_decoded) = (self.decoded, 0);
        each(
            self.format,
            self.body,
            |_| true,
            |mut piece, key| {
                if decoded {
                    piece = piece.decoded();
                }
                take(few.count(), &piece, key);
                if piece.text.is_decoded() {
                    count_decoded += usize::from(few.last().is_none_or(|last| !piece.text.is_of_same(&last.text)));
                    if count_decoded > MOST_DECODED {
                        few.give_up();
                    }
                }
                few.push(piece);
            },
        );
        self.kept = if few.are_many() { Kept::TooMany } else { Kept::All(few) };
    }
}

/// So many pieces at most are kept.
const MOST: usize = 1 << 14;

/// The pieces of so many decoded texts at most are kept: memory that is used again costs less than that of a text which is not decoded again.
const MOST_DECODED: usize = 1 << 10;

/// Gives the pieces of a body to `take`, one by one, so that a large one needs no memory but for the texts that are decoded.
///
/// `wanted` is asked with the bytes of each JSON string or number as they stand in the text around it, before anything is
/// decoded; what it does not want is left out. Plain text is never left out.
pub fn each<'b>(
    format: Format<'_>,
    body: &'b [u8],
    wanted: fn(&[u8]) -> bool,
    take: impl FnMut(Piece<'b>, Option<&[u8]>),
) {
    Reader::new(wanted, take).body(format, body);
}

/// Gives the pieces of one event to `take`, as [`each`] does of a body that is that event.
pub fn each_of_event<'b>(event: &Event<'b>, wanted: fn(&[u8]) -> bool, take: impl FnMut(Piece<'b>, Option<&[u8]>)) {
    Reader::new(wanted, take).event(event, 0);
}

/// Takes texts apart.
struct Reader<F> {
    wanted: fn(&[u8]) -> bool,
    take: F,
    /// What may be done with the texts at hand.
    access: Access,
    /// Whether they are in a form.
    form: bool,
    /// Memory for the lexemes of JSON texts, one inside the other. It is taken and given back for each line of some bodies, so a
    /// pointer is moved.
    #[allow(clippy::vec_box)]
    lexemes: Vec<Box<Lexemes>>,
    /// Memory for what is decoded.
    decoded: Spare,
}

impl<'b, F: FnMut(Piece<'b>, Option<&[u8]>)> Reader<F> {
    fn new(wanted: fn(&[u8]) -> bool, take: F) -> Self {
        let (lexemes, decoded) = (Vec::new(), Spare::default());
        Reader { wanted, take, access: Access::Open, form: false, lexemes, decoded }
    }

    fn body(&mut self, format: Format<'_>, body: &'b [u8]) {
        self.part(format, body, 0, 0);
    }

    /// A body, or a part of one that starts at `start`, inside `depth` others.
    fn part(&mut self, format: Format<'_>, body: &'b [u8], start: usize, depth: usize) {
        match format {
            Format::Sniffed => self.sniff(body, start),
            Format::Lines => self.lines(body, start),
            Format::Events => self.events(body, start),
            Format::Text => self.plain(body, start),
            Format::Form => self.form(body, start),
            Format::Multipart(boundary) => self.multipart(boundary, body, start, depth),
            Format::Binary => self.with(Access::Frozen, body, start),
            Format::Sealed => self.with(Access::Hidden, body, start),
        }
    }

    fn plain(&mut self, text: &'b [u8], start: usize) {
        self.plain_under(None, text, start);
    }

    fn plain_under(&mut self, key: Option<&'b [u8]>, text: &'b [u8], start: usize) {
        let text = Stretch::verbatim(text, start);
        (self.take)(Piece::of(text, None, Writing::default(), self.access), key);
    }

    fn with(&mut self, access: Access, text: &'b [u8], start: usize) {
        let before = std::mem::replace(&mut self.access, access);
        self.plain(text, start);
        self.access = before;
    }

    /// Every line that is JSON, and those between two as one text: a table may be among them.
    fn lines(&mut self, body: &'b [u8], start: usize) {
        let mut text = 0..0;
        for line in lines(body) {
            let json = Stretch::verbatim(&body[line.clone()], start + line.start);
            let Some(lexemes) = self.lex(json.bytes(), 0) else {
                extend(&mut text, line);
                continue;
            };
            self.text(std::mem::take(&mut text), body, start);
            self.document(&json, lexemes, 0);
        }
        self.text(text, body, start);
    }

    /// Every event that has data, and those between two as one text.
    fn events(&mut self, body: &'b [u8], start: usize) {
        let mut text = 0..0;
        for range in events(body) {
            let event = Event::parse(&body[range.clone()]);
            if event.data.is_empty() {
                extend(&mut text, range);
                continue;
            }
            self.text(std::mem::take(&mut text), body, start);
            self.event(&event, start + range.start);
        }
        self.text(text, body, start);
    }

    /// A part of a body that is text.
    fn text(&mut self, text: Range<usize>, body: &'b [u8], start: usize) {
        if !text.is_empty() {
            self.plain(&body[text.clone()], start + text.start);
        }
    }

    fn form(&mut self, body: &'b [u8], start: usize) {
        if self.json(&Stretch::verbatim(body, start), 0) {
            return;
        }
        self.form = true;
        form::each_pair(body, |pair| {
            let key = self.decoded_of_form(&body[pair.key.range.clone()], &pair.key, start);
            self.text_of_form(key.clone(), None, Role::Key);
            if let Some(value) = pair.value {
                self.value(&body[value.range.clone()], &value, start, key.bytes());
            }
            self.decoded.take(key);
        });
        self.form = false;
    }

    /// A form's value: JSON if it is JSON, else itself.
    fn value(&mut self, raw: &'b [u8], part: &form::Part, start: usize, key: &[u8]) {
        let value = self.decoded_of_form(raw, part, start);
        let is_object = matches!(value.bytes().trim_ascii_start(), [b'{' | b'[', ..]);
        let is_read = is_opaque(value.bytes(), Some(key)) || is_object && self.json(&value, 0);
        if !is_read {
            self.text_of_form(value.clone(), Some(key), Role::Value);
        }
        self.decoded.take(value);
    }

    /// A key or a value of the form at `start` as it is meant.
    fn decoded_of_form(&mut self, raw: &'b [u8], part: &form::Part, start: usize) -> Stretch<'b> {
        let start = start + part.range.start;
        if !part.may_be_encoded {
            return Stretch::verbatim(raw, start);
        }
        self.decoded.write(raw.len(), |decoded| form::decode_into(raw, start, &mut decoded.text, &mut decoded.steps))
    }

    fn text_of_form(&mut self, text: Stretch<'b>, key: Option<&[u8]>, role: Role) {
        let writing = Writing { level: 0, form: true };
        (self.take)(Piece::of(text, Some(role), writing, self.access), key);
    }

    /// Every part by its own content type; its headers are text. Without the boundary the body is text.
    fn multipart(&mut self, boundary: &str, body: &'b [u8], start: usize, depth: usize) {
        let known = (depth < MAX_PARTS_DEPTH).then(|| multipart::sections(body, boundary)).flatten();
        let Some(sections) = known else { return self.sniff(body, start) };
        for section in sections {
            match section {
                Section::Around(range) => self.plain(&body[range.clone()], start + range.start),
                Section::Part { headers, content } => {
                    self.plain(&body[headers.clone()], start + headers.start);
                    let told = multipart::headers(&body[headers]);
                    let bytes = &body[content.clone()];
                    let format = match charset::of(told.content_type, bytes) {
                        Charset::Ascii if told.is_verbatim => Format::of(told.content_type, bytes),
                        _ => Format::Sealed,
                    };
                    match told.name {
                        Some(name) if format == Format::Sniffed => self.field(name, bytes, start + content.start),
                        _ => self.part(format, bytes, start + content.start, depth + 1),
                    }
                }
            }
        }
    }

    /// A field of a form in parts, whose name is the key of what it holds.
    fn field(&mut self, name: &'b [u8], text: &'b [u8], start: usize) {
        if !self.json(&Stretch::verbatim(text, start), 0) {
            self.plain_under(Some(name), text, start);
        }
    }

    /// Its data if that is JSON, and every other line as text, since an identifier may also stand in a comment.
    fn event(&mut self, event: &Event<'b>, start: usize) {
        let data = event.data(start).map(|(data, steps)| match data {
            Cow::Borrowed(data) => Stretch::verbatim(data, steps.in_body(0..0).start),
            Cow::Owned(data) => Stretch::decoded((data, steps)),
        });
        let json = data.is_some_and(|data| self.json(&data, 0));
        for line in event.data.iter().filter(|_| !json).chain(&event.others) {
            self.plain(&event.bytes[line.clone()], start + line.start);
        }
    }

    /// A text that starts at `start` of the body: JSON if it is JSON, else itself.
    fn sniff(&mut self, text: &'b [u8], start: usize) {
        if !self.json(&Stretch::verbatim(text, start), 0) {
            self.plain(text, start);
        }
    }

    /// A text that is inside `level` strings, if it is JSON; `false` if it is not.
    fn json(&mut self, json: &Stretch<'b>, level: usize) -> bool {
        let Some(lexemes) = self.lex(json.bytes(), level) else { return false };
        self.document(json, lexemes, level);
        true
    }

    /// The lexemes of a text that is inside `level` strings, if it is JSON. In a string only objects and lists count.
    fn lex(&mut self, text: &[u8], level: usize) -> Option<Box<Lexemes>> {
        let is_worth_lexing = match text.iter().find(|b| !b.is_ascii_whitespace())? {
            b'{' | b'[' => true,
            _ => level == 0,
        };
        if !is_worth_lexing {
            return None;
        }
        let mut lexemes = self.lexemes.pop().unwrap_or_default();
        match lexemes.read(text) {
            true => Some(lexemes),
            false => {
                self.lexemes.push(lexemes);
                None
            }
        }
    }

    /// The strings and numbers of a JSON text that is inside `level` strings.
    // The loop over its strings is laid out together with what is done for each.
    #[inline(always)]
    fn document(&mut self, json: &Stretch<'b>, mut lexemes: Box<Lexemes>, level: usize) {
        lexemes.each(json.bytes(), |lexeme| {
            let raw = &json.bytes()[lexeme.range()];
            if !(self.wanted)(raw) {
                return;
            }
            let key = lexeme.key().map(|key| &json.bytes()[key]);
            if lexeme.role == Role::Value && is_opaque(raw, key) {
                return;
            }
            let level_of_text = level + usize::from(lexeme.role != Role::Number);
            let (is_of_request, zone) = (level_of_text == 1, lexeme.zone);
            let says_protocol = || lexeme.role == Role::Key || key.is_some_and(is_protocol_key);
            let is_setting = is_of_request && zone.is_word(key);
            let piece = Piece {
                text: json.part(lexeme.range()),
                role: Some(lexeme.role),
                writing: Writing { level: level_of_text, form: self.form },
                access: self.access,
                escaped: lexeme.escapes == Escapes::Plain,
                depth: lexeme.depth,
                is_signed: is_of_request && key == Some(SIGNED_KEY),
                is_protocol: is_setting || is_of_request && zone != Zone::Data && says_protocol(),
                is_setting,
            };
            match lexeme.escapes {
                Escapes::None => (self.take)(piece, key),
                _ => self.escaped(piece, key, &lexeme, level),
            }
        });
        self.lexemes.push(lexemes);
    }

    /// A string with escapes: a JSON text of its own, or itself. Plain ones are left in it.
    fn escaped(&mut self, piece: Piece<'b>, key: Option<&[u8]>, lexeme: &Lexeme, level: usize) {
        let nests = lexeme.role == Role::Value && level + 1 < MAX_LEVEL;
        let is_special = lexeme.escapes == Escapes::Special;
        let is_worth_decoding = is_special || nests && may_be_json(piece.text());
        if !is_worth_decoding {
            return (self.take)(piece, key);
        }
        let (raw, origin) = (piece.text(), piece.text.origin());
        let write = |decoded: &mut Decoded| text::decode_into(raw, origin, &mut decoded.text, &mut decoded.steps);
        let decoded = self.decoded.write(raw.len(), write);
        if !(nests && self.json(&decoded, level + 1)) {
            let piece = if is_special { Piece { text: decoded.clone(), ..piece } } else { piece };
            (self.take)(piece, key);
        }
        self.decoded.take(decoded);
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

/// Extends a text to the end of what stands behind it; an empty one begins there.
fn extend(text: &mut Range<usize>, next: Range<usize>) {
    *text = if text.start == text.end { next } else { text.start..next.end };
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

/// Where a JSON value that serde has borrowed from `text` stands in it.
pub fn place_of(raw: &RawValue, text: &[u8]) -> Range<usize> {
    let start = raw.get().as_ptr() as usize - text.as_ptr() as usize;
    start..start + raw.get().len()
}

/// Whether a string is a base64 payload: by its alphabet and its key or its length, or as a `data:` URL.
#[inline(always)]
fn is_opaque(raw: &[u8], key: Option<&[u8]>) -> bool {
    raw.len() >= SHORTEST_PAYLOAD && is_long_opaque(raw, key)
}

/// The same of a string that is long enough.
#[inline(never)]
fn is_long_opaque(raw: &[u8], key: Option<&[u8]>) -> bool {
    let is_payload = if raw.starts_with(b"data:") {
        let head = raw.iter().position(|b| *b == b',').unwrap_or(raw.len());
        let payload = raw.get(head + 1..).unwrap_or_default();
        raw[..head].ends_with(b";base64") && stretch_of_base64(payload).0 == payload.len()
    } else {
        let is_named = key.is_some_and(|key| OPAQUE_KEYS.contains(&key));
        let is_credential = key.is_some_and(promises_credential) || begins_session_token(raw);
        let is_long = raw.len() >= SHORTEST_UNNAMED_PAYLOAD && !is_credential;
        let may_be = is_named || is_long || key == Some(RESULT_KEY) && is_whole_base64(raw);
        may_be && is_base64(raw) && (is_named && is_mixed(raw) || is_random(raw))
    };
    // A token is made of the letters of base64url: what holds one is no payload, or it could not be restored. Its first
    // letters alone are there by chance.
    is_payload && token::find(raw, 0).is_none()
}

/// Whether a string is base64 of whole bytes in the common alphabet: four characters for three of them.
fn is_whole_base64(raw: &[u8]) -> bool {
    let (length, characters) = stretch_of_base64(raw);
    length == raw.len() && characters % 4 == 0 && !raw.iter().any(|b| matches!(b, b'-' | b'_'))
}

/// The length of the base64 at the start of a text, and how many characters it is: JSON may escape the slash (`\/`) and the
/// other signs (`\u002B`).
fn stretch_of_base64(raw: &[u8]) -> (usize, usize) {
    let (mut length, mut characters) = (0, 0);
    loop {
        let plain = raw[length..].iter().position(|b| !BASE64[usize::from(*b)]).unwrap_or(raw.len() - length);
        (length, characters) = (length + plain, characters + plain);
        let escape = match raw[length..] {
            [b'\\', b'/', ..] => 2,
            [b'\\', b'u', b'0', b'0', b'2', b'B' | b'b' | b'F' | b'f', ..] => 6,
            [b'\\', b'u', b'0', b'0', b'3', b'D' | b'd', ..] => 6,
            _ => return (length, characters),
        };
        (length, characters) = (length + escape, characters + 1);
    }
}

/// The characters of base64 and base64url.
static BASE64: [bool; 256] = {
    let mut base64 = [false; 256];
    let mut b = 0;
    while b < base64.len() {
        base64[b] = (b as u8).is_ascii_alphanumeric() || matches!(b as u8, b'+' | b'/' | b'=' | b'-' | b'_');
        b += 1;
    }
    base64
};

/// Whether a string is base64, in one line or broken into lines of the same length: hyphenated words have the same letters,
/// but not lines of words. The line breaks may be escaped.
fn is_base64(raw: &[u8]) -> bool {
    let (length, first) = stretch_of_base64(raw);
    let mut rest = &raw[length..];
    let mut last = first;
    while !rest.is_empty() {
        let after = line_break(rest);
        if after == rest.len() {
            return true;
        }
        if after == 0 || first < SHORTEST_LINE || last != first {
            return false;
        }
        rest = &rest[after..];
        let (length, characters) = stretch_of_base64(rest);
        if characters > first {
            return false;
        }
        (rest, last) = (&rest[length..], characters);
    }
    true
}

/// The length of the line break at the start of a text, as it is or escaped.
fn line_break(text: &[u8]) -> usize {
    let breaks: [&[u8]; 4] = [b"\n", b"\r\n", b"\\n", b"\\r\\n"];
    breaks.iter().find(|line_break| text.starts_with(line_break)).map_or(0, |line_break| line_break.len())
}

/// Whether base64 looks like bytes and not like words: letters of both cases, digits, and of what parts words no more than
/// three times as much as random bytes have (two of 64).
fn is_random(base64: &[u8]) -> bool {
    let parts = base64.iter().filter(|b| matches!(b, b'+' | b'/' | b'-' | b'_')).count();
    is_mixed(base64) && parts * 10 <= base64.len()
}

/// Whether letters of both cases and digits are in it, as in bytes of that length: a path of ids under `data` has no capitals.
fn is_mixed(base64: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| base64.iter().any(is);
    has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
}

/// Whether the value of a key may be a session token or another secret, which is base64 too and must not pass unseen.
fn promises_credential(key: &[u8]) -> bool {
    let has = |word: &[u8]| key.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    has(b"token") || has(b"secret") || has(b"credential")
}

/// A place of the body and what goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement<'r> {
    /// The bytes that go.
    pub range: Range<usize>,
    /// The bytes that come.
    pub bytes: Cow<'r, [u8]>,
}

/// The body with the replacements made; they must not overlap.
pub fn rewrite(body: &[u8], mut replacements: Vec<Replacement<'_>>) -> Vec<u8> {
    replacements.sort_by_key(|replacement| replacement.range.start);
    let come = replacements.iter().map(|replacement| replacement.bytes.len()).sum();
    let mut rewriter = Rewriter::new(body, come);
    replacements.iter().for_each(|replacement| rewriter.replace(&replacement.range, &replacement.bytes));
    rewriter.finish()
}

/// Writes a body anew, from its beginning to its end.
pub struct Rewriter<'b> {
    body: &'b [u8],
    /// How much of the body is written.
    at: usize,
    written: Vec<u8>,
}

impl<'b> Rewriter<'b> {
    /// Starts on a body that will grow by so many bytes, at most or about.
    pub fn new(body: &'b [u8], growth: usize) -> Rewriter<'b> {
        Rewriter { body, at: 0, written: Vec::with_capacity(body.len() + growth) }
    }

    /// Writes what is in front of a place, and the bytes that come there. It is behind all places before it.
    pub fn replace(&mut self, place: &Range<usize>, bytes: &[u8]) {
        self.written.extend_from_slice(&self.body[self.at..place.start]);
        self.written.extend_from_slice(bytes);
        self.at = place.end;
    }

    /// Writes the rest.
    pub fn finish(mut self) -> Vec<u8> {
        self.written.extend_from_slice(&self.body[self.at..]);
        self.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<String> {
        let pieces = read(Format::Sniffed, body.as_bytes());
        pieces.into_iter().map(|piece| String::from_utf8_lossy(piece.text()).into_owned()).collect()
    }

    fn read<'b>(format: Format<'b>, body: &'b [u8]) -> Vec<Piece<'b>> {
        let mut all = Vec::new();
        Pieces::new(format, body, false).each(|_, piece| all.push(piece.clone()));
        all
    }

    #[test]
    fn pieces_are_the_same_each_time_however_many() {
        for (decoded, most) in [(false, MOST), (true, MOST_DECODED)] {
            for count in [0, 1, most - 1, most, most + 1, 3 * most] {
                let body = format!("[{}\"é\\u0061\"]", "\"a\\n\",".repeat(count));
                let mut times = Vec::new();
                let mut pieces = Pieces::new(Format::Sniffed, body.as_bytes(), decoded);
                for _ in 0..3 {
                    let mut all = Vec::new();
                    pieces.each(|number, piece| all.push((number, piece.text().to_vec(), piece.start())));
                    times.push(all);
                }
                assert_eq!((times[0].len(), &times[0][count].1[..]), (count + 1, "éa".as_bytes()));
                assert!(times[0] == times[1] && times[1] == times[2], "{count}");
                assert_eq!(matches!(pieces.kept, Kept::TooMany), count + 1 > most);
            }
        }
    }

    #[test]
    fn json_is_read_as_its_strings() {
        assert_eq!(texts(r#"{"a":"x\ny","b":[1,"","z\u0061"]}"#), ["a", r"x\ny", "b", "za"]);
        let body = br#"["a\n\"b"]"#;
        let piece = read(Format::Sniffed, body).pop().unwrap().decoded();
        assert_eq!(piece.text(), b"a\n\"b");
        assert_eq!(&body[piece.in_body(1..3)], br#"\n\""#);
    }

    #[test]
    fn json_in_strings_is_read_through_all_levels() {
        let inner = r#"{"id":"a\/b"}"#;
        let middle = format!("[{}]", serde_json::to_string(inner).unwrap());
        let body = format!(r#"{{"x":{}}}"#, serde_json::to_string(&middle).unwrap());
        let pieces = read(Format::Sniffed, body.as_bytes());
        let last = pieces.last().unwrap();
        assert_eq!((last.text(), last.writing.level), (&b"a/b"[..], 3));
        assert_eq!(&body[last.in_body(0..3)], r"a\\\\/b");
    }

    #[test]
    fn of_newline_delimited_json_what_is_between_documents_is_one_text() {
        let body = b"{\"a\":\"x\"}\n\nno json\nnor this\n\n[\"y\"]\n";
        let pieces = read(Format::of("application/x-ndjson; charset=utf-8", body), body);
        let shown: Vec<_> = pieces.iter().map(|piece| std::str::from_utf8(piece.text()).unwrap()).collect();
        assert_eq!(shown, ["a", "x", "no json\nnor this\n", "y"]);
        for piece in &pieces {
            assert_eq!(&body[piece.in_body(0..piece.text().len())], piece.text());
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
        let path = "vpc-0a1b2c3d4e5f67890/subnet-0a1b2c3d4e5f67890/i-0a1b2c3d4e5f67890/eni-0a1b2c3d4e5f67890";
        assert_eq!(texts(&format!(r#"{{"data":"{path}"}}"#)), ["data", path]);
        assert_eq!(texts(&format!(r#"{{"text":"{payload}"}}"#)).len(), 2);
    }

    #[test]
    fn long_base64_is_a_payload_whatever_its_key() {
        let payload = "iVBORw0KGgo/".repeat(22);
        for (key, is_payload) in [
            ("bytes", true),
            ("result", true),
            ("partial_image_b64", true),
            ("SessionToken", false),
            ("x-amz-security-token", false),
            ("clientSecret", false),
        ] {
            assert_eq!(texts(&format!(r#"{{"{key}":"{payload}"}}"#)).len() == 1, is_payload, "{key}");
        }
        assert_eq!(texts(&format!(r#"["{payload}"]"#)).len(), 0);
        for words in [
            "x".repeat(300),
            "Bucket/2024/i-0abc1234/".repeat(20),
            payload.clone() + " ",
            payload.clone() + "AWS_EC2_001",
            payload[..240].to_string(),
        ] {
            assert_eq!(texts(&format!(r#"{{"x":"{words}"}}"#)).len(), 2, "{words}");
        }
        assert_eq!(texts(&format!(r#"{{"redactedContent":"{}"}}"#, &payload[..72])).len(), 1);
    }

    #[test]
    fn base64_may_have_escapes_in_it_and_the_letters_of_a_token() {
        for (key, payload) in [
            ("data", r"iVBORw0KGgo\/".repeat(8)),
            ("data", r"iVBORw0KGgo\u002B".repeat(8) + r"A\u003d\u003D"),
            ("data", r"iVBORw0KGgo\u002f".repeat(8)),
            ("url", r"data:image\/png;base64,".to_owned() + &r"iVBORw0KGgo\/".repeat(8)),
            ("text", r"iVBORw0KGgo\/".repeat(30)),
            ("signature", "iVBORw0KGgoAWS_".repeat(8)),
            ("encrypted_index", "iVBORw0KGgo-".repeat(8)),
            ("thought_signature", "iVBORw0KGgo-".repeat(8)),
            ("result", r"iVBORw0KGgo\/".repeat(8)),
            ("result", "iVBORw0KGgo+".repeat(8)),
        ] {
            assert_eq!(texts(&format!(r#"{{"{key}":"{payload}"}}"#)), [key], "{payload}");
        }
        let lines = [r"iVBORw0KGgo\/".repeat(6), "iVBORw0KGgoA".repeat(6), "AAAA".into()].join(r"\n");
        assert_eq!(texts(&format!(r#"{{"data":"{lines}"}}"#)), ["data"]);
        for (key, text) in [
            ("data", r"iVBORw0KGgo\u0041".repeat(8)),
            ("data", r"iVBORw0KGgo\\".repeat(8)),
            ("data", "iVBORw0KGgo".repeat(8) + "_AWS_EC2_001_"),
            ("result", "iVBORw0KGgo-".repeat(8)),
            ("result", "iVBORw0KGgo".repeat(8) + "A"),
        ] {
            assert_eq!(texts(&format!(r#"{{"{key}":"{text}"}}"#)).len(), 2, "{text}");
        }
    }

    #[test]
    fn base64_may_be_broken_into_lines() {
        let line = "iVBORw0KGgo/".repeat(6) + "AAAA";
        for line_break in [r"\n", r"\r\n"] {
            let payload = [&line[..], &line, &line, &line, "AAAA", ""].join(line_break);
            assert_eq!(texts(&format!(r#"{{"data":"{payload}"}}"#)).len(), 1, "{payload}");
            assert_eq!(texts(&format!(r#"{{"x":"{payload}"}}"#)).len(), 1, "{payload}");
        }
        for lines in [
            ["prod-orders-db"; 9].join(r"\n"),
            [&line[..], &line[1..], &line].join(r"\n"),
            [&line[..70], &line].join(r"\n"),
            [&line[..], "", &line].join(r"\n"),
            [&line[..], &line].join(r"\t"),
        ] {
            assert_eq!(texts(&format!(r#"{{"data":"{lines}"}}"#)).len(), 2, "{lines}");
        }
    }

    #[test]
    fn rewriting_touches_nothing_else() {
        let replacement = |range, bytes: &'static str| Replacement { range, bytes: bytes.as_bytes().into() };
        let rewritten = rewrite(b"one two three", vec![replacement(8..13, "3"), replacement(0..3, "1")]);
        assert_eq!(rewritten, b"1 two 3");
    }
}
