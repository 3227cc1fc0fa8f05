//! One pass over a text: cheap triggers find candidates, one verifier decides each.
//!
//! Every identifier has a byte that gives it away: the hyphen of `i-0…`, the dot of an address or a host, the colon of
//! an ARN, a run of twelve digits or capitals. [`simd::triggers`] marks these 64 bytes at a time; all other bytes cost
//! nothing more. At each mark one small verifier looks at the text around it. How many kinds there are does not change the
//! cost of a byte.

use super::encoded::Word;
use super::verify::name::{self, Context, Thing};
use super::verify::{address, arn, digits, ends_word, host, id, in_escape, starts_word};
use super::{Settings, Span};
use crate::detect::catalogue::kinds::Kind;
use crate::simd::{self, WINDOW};
use crate::token;

/// An encoding within an encoding (`%253A`) is followed so deep.
const MAX_ENCODINGS: usize = 3;
/// No shorter word holds an identifier: `fc00::`.
const SHORTEST_ENCODED: usize = 6;

/// All identifiers of `text`, in order, without overlaps.
/// `escaped` says that JSON's plain escapes are left in it, `base` is where it stands in its body and `thing` what was introduced there last.
pub fn scan(text: &[u8], escaped: bool, settings: &Settings, base: usize, thing: &mut Thing) -> Vec<Span> {
    let names = Context::new(base, thing);
    Scan { text, escaped, settings, names, depth: 0, decoded: 0, hexadecimal: 0, spans: Vec::new() }.run()
}

/// A scan under way.
struct Scan<'t> {
    text: &'t [u8],
    escaped: bool,
    settings: &'t Settings,
    names: Context<'t>,
    /// How many encodings the text has been taken out of.
    depth: usize,
    /// Where the last word with an encoding ended.
    decoded: usize,
    /// Where the last stretch of hexadecimal digits and colons ended; it is looked at once, at its first colon.
    hexadecimal: usize,
    spans: Vec<Span>,
}

impl Scan<'_> {
    fn run(mut self) -> Vec<Span> {
        let mut found = Vec::new();
        let mut masks = [0; WINDOW];
        let (mut start, mut next) = (0, 0);
        while start < self.text.len() {
            let count = simd::triggers(self.text, start, &mut masks);
            for (index, mask) in masks[..count].iter().enumerate() {
                let mut mask = *mask;
                while mask != 0 {
                    let at = start + index * u64::BITS as usize + mask.trailing_zeros() as usize;
                    mask &= mask - 1;
                    if at >= next {
                        let after = self.candidate(at, &mut found);
                        next = after;
                        for span in found.drain(..) {
                            next = next.max(self.accept(span).unwrap_or(0));
                        }
                    }
                }
            }
            start += count * u64::BITS as usize;
        }
        self.spans
    }

    /// Looks at one candidate and says where the scan may go on.
    fn candidate(&mut self, at: usize, found: &mut Vec<Span>) -> usize {
        let text = self.text;
        match text[at] {
            b'-' => {
                found.extend(self.hyphen(at));
                if text.get(at + 1) == Some(&b'-') {
                    name::flagged(text, at, &mut self.names, found);
                }
            }
            b':' => return self.colon(at, found),
            b'.' => found.extend(dot(text, at, self.names.masked, self.settings)),
            b'=' | b'|' => name::assigned(text, at, &mut self.names, found),
            b'{' => name::block(text, at, &mut self.names),
            b'/' => found.extend(name::log_group(text, at).or_else(|| name::load_balancer(text, at))),
            b'%' | b'&' => return self.encoded(at).unwrap_or(at + 1),
            b'0'..=b'9' => found.extend(digits::account(text, at)),
            _ => {}
        }
        // The first of a run of capitals and digits. The digits of an escape (`\u00e9`) may stand in front of the id.
        let escape = if at > 1 && text[at - 2..at] == *b"\\u" { 4 } else { 0 };
        match text.get(at + escape) {
            Some(b'A') => found.extend(letter_a(text, at + escape)),
            Some(b'E') => found.extend(id::distribution(text, at + escape)),
            Some(b'Z') => found.extend(id::hosted_zone(text, at + escape)),
            _ => {}
        }
        at + 1
    }

    fn colon(&mut self, at: usize, found: &mut Vec<Span>) -> usize {
        let text = self.text;
        match arn::arn(text, at).or_else(|| name::s3_uri(text, at)).or_else(|| self.ipv6(at)) {
            Some(span) => found.push(span),
            None => match self.data_url(at) {
                Some(end) => return end,
                None => name::assigned(text, at, &mut self.names, found),
            },
        }
        at + 1
    }

    fn ipv6(&mut self, colon: usize) -> Option<Span> {
        // Most colons stand in front of white space; behind the first one of an address it goes on.
        let goes_on = self.text.get(colon + 1).is_some_and(|b| b.is_ascii_hexdigit() || *b == b':');
        if !goes_on || colon < self.hexadecimal {
            return None;
        }
        let stretch = address::stretch(self.text, colon);
        self.hexadecimal = stretch.end;
        address::ipv6(self.text, stretch)
    }

    fn hyphen(&mut self, at: usize) -> Option<Span> {
        let text = self.text;
        let next = *text.get(at + 1)?;
        let id = match next {
            b'0'..=b'9' | b'a'..=b'z' => id::shaped(text, at).or_else(|| id::coined(text, at)),
            b'A'..=b'Z' => id::coined(text, at),
            _ => return None,
        };
        let special = || match text.get(at.checked_sub(2)?..at)? {
            b"ip" if next.is_ascii_digit() => host::private_name(text, at),
            b"ou" => id::unit(text, at),
            _ if next.is_ascii_digit() && matches!(text.get(at + 2), Some(b'_' | b':')) => id::pool(text, at),
            _ => None,
        };
        let telling = || self.settings.name_heuristics.then(|| name::telling(text, at)).flatten();
        id.or_else(special).or_else(telling)
    }

    /// Where the payload of a `data:` URL ends: nobody looks for identifiers in base64.
    fn data_url(&self, colon: usize) -> Option<usize> {
        if !self.text[..colon].ends_with(b"data") || !starts_word(self.text, colon - 4) {
            return None;
        }
        // The word is a name here (`s3://data`), or the end of one, and will be gone.
        if self.names.masked == colon {
            return None;
        }
        let media_type = self.text[colon..].iter().take(80).position(|b| *b == b',')?;
        let payload = colon + media_type + 1;
        let base64 = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
        let length = self.text[payload..].iter().take_while(base64).count();
        // A token is made of the letters of base64url: what was masked behind the payload ends it.
        let token = token::find(&self.text[payload..payload + length], 0);
        let end = payload + token.map_or(length, |token| token.range.start);
        self.text[..payload - 1].ends_with(b";base64").then_some(end)
    }

    /// Scans the word with an encoding at `at` as it reads; gives where its last encoding ends. What is behind it is scanned
    /// as it stands, too: a flag there may introduce what follows the word.
    fn encoded(&mut self, at: usize) -> Option<usize> {
        if self.depth == MAX_ENCODINGS {
            return None;
        }
        let word = Word::around(self.text, at, self.decoded)?;
        self.decoded = word.range.end;
        if word.text.len() < SHORTEST_ENCODED {
            return Some(word.plain_from());
        }
        let inner = Scan {
            text: &word.text,
            escaped: self.escaped,
            settings: self.settings,
            names: self.names.within(word.range.start),
            depth: self.depth + 1,
            decoded: 0,
            hexadecimal: 0,
            spans: Vec::new(),
        };
        for span in inner.run() {
            let range = word.in_text(span.range.clone());
            let name = span.name.map(|(name, kind)| (word.in_text(name), kind));
            self.names.masked = keep(&mut self.spans, Span { range, name, ..span });
        }
        Some(word.plain_from())
    }

    /// Adds what was found, if it is to be masked; gives where the scan goes on.
    fn accept(&mut self, mut span: Span) -> Option<usize> {
        // Of `\nat-0…` the n is the escape's where escapes are left in the text; it stays.
        if self.escaped && in_escape(self.text, span.range.start) {
            span.range.start += 1;
            span.name = None;
        }
        let span = around_tokens(self.text, span).filter(|span| self.settings.is_on(span.kind))?;
        let end = span.range.end;
        if self.settings.allows(&span, self.text) {
            let before = self.spans.partition_point(|earlier| earlier.range.start < span.range.start);
            self.spans.truncate(before);
            return Some(end);
        }
        self.names.masked = keep(&mut self.spans, span);
        Some(end)
    }
}

fn dot(text: &[u8], at: usize, masked: usize, settings: &Settings) -> Option<Span> {
    match text.get(at + 1)? {
        b'0'..=b'9' if at > 0 && text[at - 1].is_ascii_digit() => address::ipv4(text, at, masked),
        b'a' | b'c' | b'e' | b'o' | b's' => host::host(text, at, settings.preserve_structure),
        _ => None,
    }
}

fn letter_a(text: &[u8], at: usize) -> Option<Span> {
    match token::parse(text, at) {
        Some(found) => Some(Span::new(found.range, Kind::Token)),
        None => id::unique(text, at),
    }
}

/// A token is what it is wherever it stands: in the place of a name it is no name, and a name is not made of one. Only an
/// ARN hides what is in it. So masking a masked text finds its tokens and nothing else. A span that a verifier's limit has
/// cut in the middle of a word is none.
pub fn around_tokens(text: &[u8], span: Span) -> Option<Span> {
    let inside = &text[span.range.clone()];
    match token::find(inside, 0) {
        Some(found) if found.range == (0..inside.len()) => Some(Span::new(span.range, Kind::Token)),
        Some(_) if !inside.starts_with(b"arn:") => None,
        // A digit behind a token would become part of it.
        None if !ends_word(text, span.range.end) => None,
        _ => Some(span),
    }
}

/// Adds a span; where it overlaps earlier ones, the one that starts first wins, and of two the one that reaches further.
/// Returns where the scan goes on.
pub fn keep(spans: &mut Vec<Span>, mut span: Span) -> usize {
    while spans.last().is_some_and(|last| last.range.start >= span.range.start && last.range.end <= span.range.end) {
        spans.pop();
    }
    if let Some(last) = spans.last() {
        span.range.start = span.range.start.max(last.range.end);
    }
    let end = span.range.end;
    if !span.range.is_empty() {
        spans.push(span);
    }
    end
}
