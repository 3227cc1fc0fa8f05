//! Where the strings and numbers of a JSON text stand (RFC 8259), without building a document.
//!
//! The structure is checked strictly, so that "is JSON" means the same before and after masking. Inside strings the lexer
//! is lenient where parsers differ and identifiers could hide: raw control characters, lone surrogates, invalid UTF-8 and
//! `\_`, which models that think in Markdown write, pass. It does not recurse: depth costs heap, not stack.

use super::few::Few;
use super::hex;
use super::zone::Zone;
use crate::simd::{self, AsciiSet, StringEnd, BLOCK};
use std::ops::Range;

/// The length of an account id. No other number is an identifier, and bodies with embeddings have millions.
const ACCOUNT_DIGITS: usize = 12;
/// So many escapes are looked at faster one by one.
const FEW_ESCAPES: usize = 4;
/// A body nested deeper than this is not taken for JSON; the rules of plain text apply to it.
const MAX_DEPTH: usize = 16_384;

/// The lexemes of a text are kept if there are no more.
const MOST: usize = 1 << 15;

/// What a lexeme is in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A string that is an object's key.
    Key,
    /// A string that is a value.
    Value,
    /// A number.
    Number,
}

/// A string or number of a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// What it is.
    pub role: Role,
    /// Which escapes the string has.
    pub escapes: Escapes,
    /// What part of a request it stands in, if the text is one.
    pub zone: Zone,
    /// How many objects and lists are open around it, at most 255.
    pub depth: u8,
    place: Place,
    key: Option<Place>,
}

/// A range of the text. Documents have many, so they are kept small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    start: u32,
    length: u32,
}

impl Place {
    /// `None` for one that does not start within 4 GiB.
    fn of(range: Range<usize>) -> Option<Place> {
        Some(Place { start: u32::try_from(range.start).ok()?, length: u32::try_from(range.len()).ok()? })
    }

    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.length as usize
    }
}

impl Lexeme {
    /// Where it stands; of a string the part between the quotes.
    pub fn range(&self) -> Range<usize> {
        self.place.range()
    }

    /// Of a value, the key it stands under, also from inside arrays.
    pub fn key(&self) -> Option<Range<usize>> {
        self.key.map(Place::range)
    }
}

/// The escapes of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// It reads as it is written.
    None,
    /// Only `\n`, `\r`, `\t`, `\"` and `\\`: none stands for a character of an identifier.
    Plain,
    /// Others too.
    Special,
}

/// The strings and numbers of JSON texts, one text after the other in the same memory. A lexeme is larger than most strings, so that of
/// millions none is kept: the text is read again.
#[derive(Debug, Default)]
pub struct Lexemes {
    few: Few<Lexeme, MOST>,
    stack: Vec<Open>,
}

impl Lexemes {
    /// Reads `text`. `false`: it is not one JSON value, or longer than 4 GiB.
    pub fn read(&mut self, text: &[u8]) -> bool {
        self.few.clear();
        let few = &mut self.few;
        let mut lexer = Lexer::new(text, std::mem::take(&mut self.stack), |lexeme| few.push(lexeme));
        let is_json = lexer.document().is_some();
        self.stack = lexer.stack;
        is_json
    }

    /// Gives each lexeme of `text`, which was read last and is JSON, to `take`, in order. Empty strings and numbers that are as long as no
    /// account id are none.
    pub fn each(&mut self, text: &[u8], take: impl FnMut(Lexeme)) {
        if !self.few.are_many() {
            return self.few.iter().copied().for_each(take);
        }
        let mut lexer = Lexer::new(text, std::mem::take(&mut self.stack), take);
        let read = lexer.document();
        debug_assert!(read.is_some(), "it was JSON before");
        self.stack = lexer.stack;
    }
}

/// An open array or object.
#[derive(Debug)]
struct Open {
    is_object: bool,
    /// The key of the value that is being read.
    key: Option<Place>,
    zone: Zone,
}

struct Lexer<'t, F> {
    text: &'t [u8],
    at: usize,
    stack: Vec<Open>,
    stops: Stops,
    /// Gets each lexeme.
    take: F,
}

impl<'t, F: FnMut(Lexeme)> Lexer<'t, F> {
    fn new(text: &'t [u8], mut stack: Vec<Open>, take: F) -> Self {
        stack.clear();
        Lexer { text, at: 0, stack, stops: Stops::default(), take }
    }

    fn document(&mut self) -> Option<()> {
        loop {
            // A value starts here; opening a container leaves us before its first value or at its end.
            if !self.value()? {
                continue;
            }
            // A value is complete: close what it completes.
            loop {
                let next = self.skip_space();
                let Some(open) = self.stack.last_mut() else {
                    return next.is_none().then_some(());
                };
                self.at += 1;
                match (next?, open.is_object) {
                    (b',', false) => break,
                    (b',', true) => {
                        self.skip_space()?;
                        self.key()?;
                        break;
                    }
                    (b']', false) | (b'}', true) => {
                        self.stack.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    /// Reads a value, or the opening of one. `true`: it is complete.
    fn value(&mut self) -> Option<bool> {
        match self.skip_space()? {
            b'"' => self.string(Role::Value).map(|_| ()),
            b'{' => return self.open(true),
            b'[' => return self.open(false),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => None,
        }?;
        Some(true)
    }

    fn open(&mut self, is_object: bool) -> Option<bool> {
        if self.stack.len() == MAX_DEPTH {
            return None;
        }
        self.at += 1;
        let close = if is_object { b'}' } else { b']' };
        if self.skip_space()? == close {
            self.at += 1;
            return Some(true);
        }
        let key = self.key_around();
        let zone = match self.stack.last() {
            Some(open) => open.zone.inside(key.map(|place| &self.text[place.range()])),
            None => Zone::Root,
        };
        // An array's values stand under the key of the array.
        self.stack.push(Open { is_object, key: key.filter(|_| !is_object), zone });
        if is_object {
            self.key()?;
        }
        Some(false)
    }

    fn key(&mut self) -> Option<()> {
        (self.text.get(self.at) == Some(&b'"')).then_some(())?;
        let place = self.string(Role::Key)?;
        self.stack.last_mut()?.key = Some(place);
        (self.skip_space()? == b':').then_some(())?;
        self.at += 1;
        Some(())
    }

    fn string(&mut self, role: Role) -> Option<Place> {
        let start = self.at + 1;
        // A raw line break is beyond leniency: text with an odd quote in it is not JSON.
        let end = self.string_end(start)?;
        let escapes = match (end.escaped, end.special) {
            (false, _) => Escapes::None,
            (true, false) => Escapes::Plain,
            (true, true) => check_escapes(&self.text[start..end.at])?,
        };
        let at = end.at;
        let key = match role {
            Role::Key => None,
            _ => self.key_around(),
        };
        let place = Place::of(start..at)?;
        if start < at {
            let (zone, depth) = (self.zone(), self.depth());
            (self.take)(Lexeme { role, escapes, zone, depth, place, key });
        }
        self.at = at + 1;
        Some(place)
    }

    /// The end of the string whose text starts at `start`. Most have no escapes, and are shorter than what is known of the text.
    #[inline(always)]
    fn string_end(&mut self, start: usize) -> Option<StringEnd> {
        match self.stops.next(self.text, start) {
            Some(at) if self.text[at] == b'"' => Some(StringEnd { at, escaped: false, special: false }),
            Some(at) if self.text[at] == b'\\' => self.escaped_string_end(start, at),
            _ => simd::string_end(self.text, start),
        }
    }

    /// The same of a string whose first escape is at `at`. If there are not many they are looked at one by one.
    fn escaped_string_end(&mut self, start: usize, mut at: usize) -> Option<StringEnd> {
        let mut special = false;
        for _ in 0..FEW_ESCAPES {
            special |= match self.text.get(at + 1)? {
                b'"' | b'n' | b'r' | b't' => false,
                b'\n' => return None,
                b'\\' => self.text.get(at + 2) == Some(&b'_'),
                _ => true,
            };
            match self.stops.next(self.text, at + 2) {
                Some(next) if self.text[next] == b'"' => return Some(StringEnd { at: next, escaped: true, special }),
                Some(next) if self.text[next] == b'\\' => at = next,
                _ => break,
            }
        }
        simd::string_end(self.text, start)
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        if self.text[self.at] == b'-' {
            self.at += 1;
        }
        let whole = self.digits()?;
        if whole > 1 && self.text[self.at - whole] == b'0' {
            return None;
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        if self.at - start == ACCOUNT_DIGITS {
            let (key, place) = (self.key_around(), Place::of(start..self.at)?);
            let (zone, depth) = (self.zone(), self.depth());
            (self.take)(Lexeme { role: Role::Number, escapes: Escapes::None, zone, depth, place, key });
        }
        Some(())
    }

    /// The key that what is read now stands under.
    fn key_around(&self) -> Option<Place> {
        self.stack.last().and_then(|open| open.key)
    }

    /// The part of a request that what is read now stands in.
    fn zone(&self) -> Zone {
        self.stack.last().map_or(Zone::Content, |open| open.zone)
    }

    fn depth(&self) -> u8 {
        u8::try_from(self.stack.len()).unwrap_or(u8::MAX)
    }

    fn digits(&mut self) -> Option<usize> {
        let count = self.text[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(count)
    }

    fn literal(&mut self, word: &[u8]) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    #[inline(always)]
    fn skip_space(&mut self) -> Option<u8> {
        loop {
            let b = *self.text.get(self.at)?;
            match b {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => self.at += 1 + indentation(&self.text[self.at + 1..]),
                _ => return Some(b),
            }
        }
    }
}

/// Where quotes, backslashes and line feeds stand in a part of a text. Strings are short, so that what ends them is looked for once for
/// several.
#[derive(Default)]
struct Stops {
    /// Where that part begins; 0, where no string's text begins, if none was looked at.
    from: usize,
    /// Each marks them in a block.
    masks: [u64; Stops::COUNT],
}

impl Stops {
    const COUNT: usize = 4;

    /// The first at or behind `at`, if it is near. What is asked about next is not in front of that.
    #[inline(always)]
    fn next(&mut self, text: &[u8], at: usize) -> Option<usize> {
        if self.from + Stops::COUNT * BLOCK <= at || self.from == 0 {
            self.look(text, at);
        }
        let (first, bit) = ((at - self.from) / BLOCK, (at - self.from) % BLOCK);
        let ahead = self.masks[first] >> bit;
        if ahead != 0 {
            return Some(at + ahead.trailing_zeros() as usize);
        }
        let next = (first + 1..Stops::COUNT).find(|index| self.masks[*index] != 0)?;
        Some(self.from + next * BLOCK + self.masks[next].trailing_zeros() as usize)
    }

    #[inline(never)]
    fn look(&mut self, text: &[u8], from: usize) {
        self.from = from;
        self.masks = [0; Stops::COUNT];
        simd::members(text, from, &mut self.masks, &STOPS);
    }
}

/// What a string may end with, and what it is read on its own for.
static STOPS: AsciiSet = AsciiSet::of(b"\"\\\n");

/// How many of the spaces at the start of a line may be passed over, eight at a time.
fn indentation(line: &[u8]) -> usize {
    let (eights, _) = line.as_chunks::<8>();
    8 * eights.iter().take_while(|eight| *eight == b"        ").count()
}

/// The escapes of a string that may have special ones; `None` if one of them is none.
fn check_escapes(text: &[u8]) -> Option<Escapes> {
    let mut at = 0;
    loop {
        // A text in another script has one behind the other.
        while text.get(at) == Some(&b'\\') {
            at += escape_length(&text[at..])?;
        }
        match memchr::memchr(b'\\', &text[at..]) {
            Some(next) => at += next,
            None => return Some(Escapes::Special),
        }
    }
}

/// The length of the escape at the start of `text`; `None` if it is none.
#[inline]
pub fn escape_length(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'_' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => hex::number(text[2..].first_chunk::<4>()?).map(|_| 6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<(Role, String, Option<String>)> {
        let slice = |range: Range<usize>| text[range].to_string();
        let (mut lexemes, mut shown) = (Lexemes::default(), Vec::new());
        assert!(lexemes.read(text.as_bytes()), "{text}");
        lexemes.each(text.as_bytes(), |lexeme| {
            shown.push((lexeme.role, slice(lexeme.range()), lexeme.key().map(slice)));
        });
        shown
    }

    fn is_json(text: &str) -> bool {
        Lexemes::default().read(text.as_bytes())
    }

    #[test]
    fn many_lexemes_are_those_of_a_second_reading() {
        for count in [MOST - 1, MOST, MOST + 1, 3 * MOST] {
            let text = format!("[{}\"x\"]", "\"a\",".repeat(count - 1));
            let mut lexemes = Lexemes::default();
            assert!(lexemes.read(text.as_bytes()) && lexemes.few.are_many() == (count > MOST));
            let all = shown(&text);
            assert_eq!((all.len(), &all[0].1[..], &all[count - 1].1[..]), (count, "a", "x"));
            assert!(!is_json(&text[..text.len() - 1]));
        }
    }

    #[test]
    fn one_text_after_the_other_is_read_in_the_same_memory() {
        let many = format!("[{}[{{\"k\":\"x\"}}]]", "\"a\",".repeat(3 * MOST));
        let texts = ["[[{\"a\":", "[\"a\",\"b\"]", "", &many, "{\"a\":[\"b\"]}", &many[..many.len() - 1], "\"x\""];
        let mut lexemes = Lexemes::default();
        for text in texts {
            assert_eq!(lexemes.read(text.as_bytes()), is_json(text), "{text}");
            if is_json(text) {
                let mut all = Vec::new();
                lexemes.each(text.as_bytes(), |lexeme| all.push((lexeme.role, text[lexeme.range()].to_string())));
                assert!(all.into_iter().eq(shown(text).into_iter().map(|(role, string, _)| (role, string))), "{text}");
            }
        }
    }

    #[test]
    fn strings_and_numbers_stand_under_their_keys() {
        let some = |key: &str| Some(key.to_string());
        assert_eq!(
            shown(
                r#" {"a": ["x", 123456789012, {"b": "y"}, "", 1, "z"], "c\"d": -1.5e3, "e": [], "f": {}, "g": null, "": "h"} "#
            ),
            [
                (Role::Key, "a".into(), None),
                (Role::Value, "x".into(), some("a")),
                (Role::Number, "123456789012".into(), some("a")),
                (Role::Key, "b".into(), None),
                (Role::Value, "y".into(), some("b")),
                (Role::Value, "z".into(), some("a")),
                (Role::Key, r#"c\"d"#.into(), None),
                (Role::Key, "e".into(), None),
                (Role::Key, "f".into(), None),
                (Role::Key, "g".into(), None),
                (Role::Value, "h".into(), some("")),
            ]
        );
        assert_eq!(shown("\"x\""), [(Role::Value, "x".into(), None)]);
    }

    #[test]
    fn what_is_not_json_is_not_lexed() {
        for text in [
            "",
            " ",
            "{",
            "[",
            "]",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "[1 2]",
            "01",
            "1.",
            "-",
            "1e",
            "tru",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "{} {}",
            "[}",
            "{]",
            "\"a\nb\"",
            "{,}",
            "[,1]",
            "{\"a\":1,}",
        ] {
            assert!(!is_json(text), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded_and_costs_no_stack() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_json(&nested(10_000)));
        assert!(!is_json(&nested(MAX_DEPTH + 1)));
    }

    proptest! {
        /// However the end of a string is found, it is the one that is found at once.
        #[test]
        fn a_string_ends_where_it_does_at_once(texts in prop::collection::vec(r#"([a_nu/ ]{0,80}|[a_n/\\"]{0,9}|\n){0,5}"#, 1..9)) {
            let text = texts.join("\"");
            let mut lexer = Lexer::new(text.as_bytes(), Vec::new(), |_| ());
            let mut start = 1;
            while start <= text.len() {
                let end = lexer.string_end(start);
                prop_assert_eq!(end, simd::string_end(text.as_bytes(), start), "from {} in {:?}", start, text);
                start = end.map_or(text.len(), |end| end.at) + 1;
            }
        }

        /// serde_json is the reference for structure (it refuses some strings that pass here, never the other way).
        #[test]
        fn accepts_what_serde_json_accepts(text in r#"[\[\]{},: 0-9.eE+\-"\\/nutrfalsx]{0,24}"#) {
            let reference = serde_json::from_str::<serde_json::Value>(&text);
            // serde_json refuses numbers beyond f64; RFC 8259 does not.
            let out_of_range = reference.as_ref().is_err_and(|e| e.to_string().contains("out of range"));
            if reference.is_ok() {
                prop_assert!(is_json(&text));
            } else if !text.contains('"') && !out_of_range {
                prop_assert!(!is_json(&text));
            }
        }
    }
}
