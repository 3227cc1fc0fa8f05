//! Putting the originals back: the half of the work that needs the request's mapping and nothing else.

use crate::body::{self, Access, Format, Piece, Replacement, Writing};
use crate::mapping::{variant_of, Entry, Mapping};
use crate::token::{self, Found};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// A restored body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The bytes.
    pub body: Vec<u8>,
    /// How many tokens were replaced.
    pub count: u64,
}

/// Which tokens are restored in a text that the provider has signed.
///
/// The text must come back to the provider byte for byte. So only a token that masking will certainly put back is restored:
/// its original is recognised wherever it stands alone, and it does stand alone. By default none is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thinking {
    returning: BTreeSet<String>,
}

impl Thinking {
    /// `returning`: the tokens whose originals are recognised wherever they stand alone.
    pub fn new(returning: BTreeSet<String>) -> Thinking {
        Thinking { returning }
    }

    /// Whether the token comes back if it is restored here. `before` is the byte before the text, if there is one.
    pub fn returns(&self, found: &Found<'_>, text: &[u8], before: Option<u8>) -> bool {
        let previous = found.range.start.checked_sub(1).map(|at| text[at]).or(before);
        found.range.len() == found.token.len()
            && previous.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'('))
            && ends_word(&text[found.range.end..])
            && std::str::from_utf8(&found.token).is_ok_and(|token| self.returning.contains(token))
    }

    /// From where on a text that goes on cannot be decided yet: a token at its end, also one with a mark behind it.
    pub fn undecided(&self, text: &[u8]) -> usize {
        let from = text.len().saturating_sub(token::LONGEST + 1);
        let mut at = from;
        while let Some(found) = token::find(text, at) {
            at = found.range.end;
            if text.len() <= at + 1 && text[at..].iter().all(|b| is_mark(*b)) {
                return found.range.start;
            }
        }
        text.len()
    }
}

/// Whether a word ends before `rest`.
fn ends_word(rest: &[u8]) -> bool {
    let is_end =
        |b: Option<&u8>| b.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b')' | b';'));
    match rest.first() {
        Some(mark) if is_mark(*mark) => is_end(rest.get(1)),
        other => is_end(other),
    }
}

/// Whether a byte is a punctuation mark that may follow a word.
fn is_mark(b: u8) -> bool {
    matches!(b, b'.' | b',' | b'?' | b'!')
}

/// Replaces the tokens of `mapping` in `body`; `None` if none is in it, so that nothing needs to be copied.
///
/// Text that only looks like a token, and tokens of other requests, stay as they are.
pub fn restore(format: Format<'_>, mapping: &Mapping, thinking: &Thinking, body: &[u8]) -> Option<Restored> {
    if mapping.is_empty() || !token::may_be_in(body) {
        return None;
    }
    let mut replacements = Vec::new();
    body::each(format, body, token::may_be_in, |piece, _| {
        if piece.access == Access::Open {
            restore_piece(&piece, mapping, thinking, body, &mut replacements);
        }
    });
    let count = replacements.len() as u64;
    (count > 0).then(|| Restored { body: body::rewrite(body, replacements), count })
}

/// Adds what goes where in `body` for one piece of it.
pub fn restore_piece<'m>(
    piece: &Piece<'_>,
    mapping: &'m Mapping,
    thinking: &Thinking,
    body: &[u8],
    replacements: &mut Vec<Replacement<'m>>,
) {
    let mut at = 0;
    while let Some((found, entry)) = token::find_meaning(piece.text(), at, |token| mapping.entry(token)) {
        at = found.range.end;
        let Some(entry) = entry else { continue };
        let whole = found.range == (0..piece.text().len());
        let mut range = piece.in_body(found.range.clone());
        let variant = variant_of(&body[range.clone()], &found.token, piece.writing);
        // A signed text may hold tokens that the model itself wrote and signed; only what masking put there goes.
        if piece.is_signed && variant == 0 && !thinking.returns(&found, piece.text(), None) {
            continue;
        }
        let number = entry.spelling(variant).filter(|spelling| spelling.number && whole);
        let quoted = |spelling| Some((spelling, within_quotes(body, &range, piece.writing.outside())?));
        let bytes = match number.and_then(quoted) {
            Some((spelling, quoted)) => {
                range = quoted;
                Cow::Borrowed(spelling.raw.as_bytes())
            }
            None => original(entry, variant, piece.writing),
        };
        replacements.push(Replacement { range, bytes });
    }
}

/// The range with the quotes around it, as masking writes them; `None` if they are not there.
fn within_quotes(body: &[u8], range: &Range<usize>, writing: Writing) -> Option<Range<usize>> {
    let quote = writing.encode(b"\"");
    let is_quoted = body[..range.start].ends_with(&quote) && body[range.end..].starts_with(&quote);
    is_quoted.then(|| range.start - quote.len()..range.end + quote.len())
}

/// What goes where a token is written as its `variant`.
pub fn original(entry: Entry<'_>, variant: usize, writing: Writing) -> Cow<'_, [u8]> {
    match entry.spelling(variant) {
        Some(spelling) if !spelling.number => Cow::Borrowed(spelling.raw.as_bytes()),
        _ => entry.written(writing),
    }
}
