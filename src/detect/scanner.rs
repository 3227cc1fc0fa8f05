//! One pass over a text: cheap triggers find candidates, one verifier decides each.
//!
//! Every identifier has a byte that gives it away: the hyphen of `i-0…`, the dot of an address or a host, the colon of
//! an ARN. The scanner looks up each byte in a table of 256 classes; most bytes have none and cost nothing more. For the
//! others one small verifier looks at the text around the byte. How many kinds there are does not change the cost of a
//! byte.

use super::verify::{address, arn, digits, ends_word, host, id, name};
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
    Slash,
    Digit,
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
    table[b'/' as usize] = Trigger::Slash;
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

/// All identifiers of `text`, in order, without overlaps.
pub fn scan(text: &[u8], settings: &Settings) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let trigger = TRIGGERS[text[at] as usize];
        let found = match trigger {
            Trigger::None => None,
            Trigger::Hyphen => hyphen(text, at),
            Trigger::Colon => colon(text, at),
            Trigger::Dot => dot(text, at, settings),
            Trigger::Equals => name::assigned(text, at),
            Trigger::Slash => name::log_group(text, at),
            Trigger::Digit => digits::account(text, at),
            Trigger::LetterA => letter_a(text, at),
            Trigger::LetterE => id::distribution(text, at),
            Trigger::LetterZ => id::hosted_zone(text, at),
        };
        let found = found.and_then(|span| around_tokens(text, span)).filter(|span| settings.is_on(span.kind));
        at = match found {
            Some(span) => keep(&mut spans, span).max(at + 1),
            // The rest of a run of digits starts nothing.
            None if trigger == Trigger::Digit => at + text[at..].iter().take_while(|b| b.is_ascii_digit()).count(),
            None => at + 1,
        };
    }
    spans
}

fn hyphen(text: &[u8], at: usize) -> Option<Span> {
    match text.get(at + 1)? {
        b'0'..=b'9' | b'a'..=b'f' => id::shaped(text, at),
        b'-' => name::flagged(text, at),
        _ => None,
    }
}

fn colon(text: &[u8], at: usize) -> Option<Span> {
    arn::arn(text, at)
        .or_else(|| name::s3_uri(text, at))
        .or_else(|| address::ipv6(text, at))
        .or_else(|| name::assigned(text, at))
}

fn dot(text: &[u8], at: usize, settings: &Settings) -> Option<Span> {
    match text.get(at + 1)? {
        b'0'..=b'9' if at > 0 && text[at - 1].is_ascii_digit() => address::ipv4(text, at),
        b'a' | b'c' | b'e' | b'o' => host::host(text, at, settings.preserve_structure),
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
fn around_tokens(text: &[u8], span: Span) -> Option<Span> {
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
fn keep(spans: &mut Vec<Span>, mut span: Span) -> usize {
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
