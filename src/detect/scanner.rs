//! One pass over a text: cheap triggers find candidates, one verifier decides each.
//!
//! Every identifier has a byte that gives it away: the hyphen of `i-0…`, the dot of an address or a host, the colon of
//! an ARN. The scanner looks up each byte in a table of 256 classes; most bytes have none and cost nothing more. For the
//! others one small verifier looks at the text around the byte. How many kinds there are does not change the cost of a
//! byte.

use super::encoded::Word;
use super::verify::name::{self, Thing};
use super::verify::{address, arn, digits, ends_word, host, id, starts_word};
use super::{Settings, Span};
use crate::detect::catalogue::kinds::Kind;
use crate::token;

/// What a byte may give away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trigger {
    None,
    Hyphen,
    Colon,
    Dot,
    Equals,
    Bar,
    Brace,
    Slash,
    Digit,
    Encoding,
    LetterA,
    LetterE,
    LetterZ,
}

/// The trigger of every byte.
static TRIGGERS: [Trigger; 256] = {
    let mut table = [Trigger::None; 256];
    table[b'-' as usize] = Trigger::Hyphen;
    table[b':' as usize] = Trigger::Colon;
    table[b'.' as usize] = Trigger::Dot;
    table[b'=' as usize] = Trigger::Equals;
    table[b'|' as usize] = Trigger::Bar;
    table[b'{' as usize] = Trigger::Brace;
    table[b'/' as usize] = Trigger::Slash;
    table[b'%' as usize] = Trigger::Encoding;
    table[b'&' as usize] = Trigger::Encoding;
    table[b'A' as usize] = Trigger::LetterA;
    table[b'E' as usize] = Trigger::LetterE;
    table[b'Z' as usize] = Trigger::LetterZ;
    let mut digit = b'0';
    while digit <= b'9' {
        table[digit as usize] = Trigger::Digit;
        digit += 1;
    }
    table
};

/// An encoding within an encoding (`%253A`) is followed so deep.
const MAX_ENCODINGS: usize = 3;

/// All identifiers of `text`, in order, without overlaps.
/// `base` is where the text stands in its body and `thing` what was introduced there last.
pub fn scan(text: &[u8], settings: &Settings, base: usize, thing: &mut Thing) -> Vec<Span> {
    Scan { text, settings, base, thing, depth: 0, decoded: 0, spans: Vec::new() }.run()
}

/// A scan under way.
struct Scan<'t> {
    text: &'t [u8],
    settings: &'t Settings,
    base: usize,
    thing: &'t mut Thing,
    /// How many encodings the text has been taken out of.
    depth: usize,
    /// Where the last word with an encoding ended.
    decoded: usize,
    spans: Vec<Span>,
}

impl Scan<'_> {
    fn run(mut self) -> Vec<Span> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.text.len() {
            let trigger = TRIGGERS[self.text[at] as usize];
            if trigger == Trigger::None {
                at += 1;
                continue;
            }
            let next = self.candidate(trigger, at, &mut found);
            let end = found.drain(..).filter_map(|span| self.accept(span)).max();
            at = end.unwrap_or(0).max(next);
        }
        self.spans
    }

    /// Looks at one candidate and says where the scan may go on.
    fn candidate(&mut self, trigger: Trigger, at: usize, found: &mut Vec<Span>) -> usize {
        let text = self.text;
        match trigger {
            Trigger::None => {}
            Trigger::Hyphen => found.extend(self.hyphen(at)),
            Trigger::Colon => {
                match arn::arn(text, at).or_else(|| name::s3_uri(text, at)).or_else(|| address::ipv6(text, at)) {
                    Some(span) => found.push(span),
                    None => {
                        return self.data_url(at).unwrap_or_else(|| {
                            name::assigned(text, at, self.base, self.thing, found);
                            at + 1
                        })
                    }
                }
            }
            Trigger::Dot => found.extend(dot(text, at, self.settings)),
            Trigger::Equals | Trigger::Bar => name::assigned(text, at, self.base, self.thing, found),
            Trigger::Brace => name::block(text, at, self.base, self.thing),
            Trigger::Slash => found.extend(name::log_group(text, at).or_else(|| name::load_balancer(text, at))),
            Trigger::Digit => {
                found.extend(digits::account(text, at));
                // The rest of a run of digits starts nothing.
                return at + text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
            }
            Trigger::Encoding => return self.encoded(at).unwrap_or(at + 1),
            Trigger::LetterA => found.extend(letter_a(text, at)),
            Trigger::LetterE => found.extend(id::distribution(text, at)),
            Trigger::LetterZ => found.extend(id::hosted_zone(text, at)),
        }
        if trigger == Trigger::Hyphen && text.get(at + 1) == Some(&b'-') {
            name::flagged(text, at, found);
        }
        at + 1
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
        let media_type = self.text[colon..].iter().take(80).position(|b| *b == b',')?;
        let payload = colon + media_type + 1;
        let base64 = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
        let length = self.text[payload..].iter().take_while(base64).count();
        let is_payload = self.text[..payload - 1].ends_with(b";base64")
            && token::find(&self.text[payload..payload + length], 0, Kind::is_prefix).is_none();
        is_payload.then_some(payload + length)
    }

    /// Scans the word with an encoding at `at` as it reads; gives where it ends.
    fn encoded(&mut self, at: usize) -> Option<usize> {
        if self.depth == MAX_ENCODINGS {
            return None;
        }
        let word = Word::around(self.text, at, self.decoded)?;
        self.decoded = word.range.end;
        // What seemed to end where the encoding starts goes on behind it.
        self.spans.pop_if(|span| span.range.end == at && span.kind != Kind::Token);
        let inner = Scan {
            text: &word.text,
            settings: self.settings,
            base: self.base + word.range.start,
            thing: self.thing,
            depth: self.depth + 1,
            decoded: 0,
            spans: Vec::new(),
        };
        for span in inner.run() {
            let range = word.in_text(span.range.clone());
            let name = span.name.map(|(name, kind)| (word.in_text(name), kind));
            keep(&mut self.spans, Span { range, name, ..span });
        }
        Some(word.range.end)
    }

    /// Adds what was found, if it is to be masked; gives where the scan goes on.
    fn accept(&mut self, span: Span) -> Option<usize> {
        let span = around_tokens(self.text, span).filter(|span| self.settings.is_on(span.kind))?;
        let end = span.range.end;
        if self.settings.allows(&span, self.text) {
            let before = self.spans.partition_point(|earlier| earlier.range.start < span.range.start);
            self.spans.truncate(before);
            return Some(end);
        }
        keep(&mut self.spans, span);
        Some(end)
    }
}

fn dot(text: &[u8], at: usize, settings: &Settings) -> Option<Span> {
    match text.get(at + 1)? {
        b'0'..=b'9' if at > 0 && text[at - 1].is_ascii_digit() => address::ipv4(text, at),
        b'a' | b'c' | b'e' | b'o' | b's' => host::host(text, at, settings.preserve_structure),
        _ => None,
    }
}

fn letter_a(text: &[u8], at: usize) -> Option<Span> {
    match token::parse(text, at, Kind::is_prefix) {
        Some(found) => Some(Span::new(found.range, Kind::Token)),
        None => id::unique(text, at),
    }
}

/// A token is what it is wherever it stands: in the place of a name it is no name, and a name is not made of one. Only an
/// ARN hides what is in it. So masking a masked text finds its tokens and nothing else. A span that a verifier's limit has
/// cut in the middle of a word is none.
pub fn around_tokens(text: &[u8], span: Span) -> Option<Span> {
    let inside = &text[span.range.clone()];
    match token::find(inside, 0, Kind::is_prefix) {
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
