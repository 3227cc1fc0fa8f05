//! Identifiers in percent-encoding (`arn%3Aaws%3A…`) and with HTML entities (`arn&#58;aws`).
//!
//! The word with the encoding in it is decoded and scanned like any text; what is found there stands in the word as it is
//! written, and that spelling is the identifier that is masked and restored.

use super::verify::{alphanumeric_and, run, run_back};
use crate::body::form;
use crate::token;
use std::ops::Range;

/// Longer words are looked at in parts, so that a scan takes linear time.
const LONGEST_WORD: usize = 1 << 16;

/// A decoded word and where its bytes stand in the text. It is read into again and again, so that short words cost no
/// allocation.
#[derive(Default)]
pub struct Word {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it reads.
    pub text: Vec<u8>,
    /// `(position in the decoded text, position in the text)` behind every encoded character.
    steps: Vec<(usize, usize)>,
    /// Whether an identifier may be read in it that does not stand in the text as it is.
    reads_otherwise: bool,
}

impl Word {
    /// Reads the word around `at`, a `%` or `&`, not reaching back before `from`; `false` if nothing in it is encoded.
    pub fn read_around(&mut self, text: &[u8], at: usize, from: usize) -> bool {
        if escape(&text[at..]).is_none() {
            return false;
        }
        let back = run_back(&text[from..], at - from, LONGEST_WORD, belongs);
        let start = at - back;
        self.text.clear();
        self.steps.clear();
        self.steps.push((0, start));
        self.reads_otherwise = false;
        let mut at = start;
        while at < text.len() && at - start < LONGEST_WORD {
            let plain = run(text, at, LONGEST_WORD - (at - start), |b| PLAIN[usize::from(b)]);
            self.text.extend_from_slice(&text[at..at + plain]);
            at += plain;
            at = if at - start == LONGEST_WORD {
                break;
            } else if let Some(token) = token_that_goes_on(text, at) {
                // What restoring takes for a token must not become another one here.
                self.text.resize(self.text.len() + token.len(), b'x');
                token.end
            } else if let Some((byte, length)) = escape(text.get(at..).unwrap_or_default()) {
                let is_entity = text[at] == b'&';
                self.text.push(byte);
                self.steps.push((self.text.len(), at + length));
                self.reads_otherwise |= !is_entity || byte != b'&';
                at + length
            } else if text.get(at).is_some_and(|b| belongs(*b)) {
                self.text.push(text[at]);
                at + 1
            } else {
                break;
            };
        }
        // An ampersand stands between words, also where it is written as an entity, unless it begins an entity itself.
        let begins_another = |&(end, _): &(usize, usize)| escape(&self.text[end - 1..]).is_some();
        self.reads_otherwise = self.reads_otherwise || self.steps[1..].iter().any(begins_another);
        self.range = start..at;
        true
    }

    /// Where a range of the decoded text stands in the text.
    pub fn in_text(&self, range: Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    /// Whether an identifier may be read in it that does not stand in the text as it is.
    pub fn reads_otherwise(&self) -> bool {
        self.reads_otherwise
    }

    /// Where the last encoded character ends.
    pub fn plain_from(&self) -> usize {
        self.steps.last().map_or(self.range.start, |step| step.1)
    }

    fn place(&self, at: usize) -> usize {
        let step = self.steps.partition_point(|(decoded, _)| *decoded <= at) - 1;
        let (decoded, place) = self.steps[step];
        place + (at - decoded)
    }
}

/// The token at `at` whose number would be a longer one once the digit behind it is decoded: `AWS_EC2_001%30`.
fn token_that_goes_on(text: &[u8], at: usize) -> Option<Range<usize>> {
    let token = (text.get(at) == Some(&b'A')).then(|| token::parse(text, at)).flatten()?.range;
    escape(&text[token.end..]).filter(|(byte, _)| byte.is_ascii_alphanumeric())?;
    Some(token)
}

/// Whether a byte can be in such a word: everything that stands in URLs and ARNs, and the backslash of an escape, so that
/// a word begins as it does for every other verifier.
fn belongs(b: u8) -> bool {
    BELONGING[usize::from(b)]
}

static BELONGING: [bool; 256] = alphanumeric_and(b"-_./:*?+=@#~!&;$%{}[],\\");

/// What belongs to such a word and begins neither an encoding nor a token.
static PLAIN: [bool; 256] = {
    let mut plain = BELONGING;
    plain[b'%' as usize] = false;
    plain[b'&' as usize] = false;
    plain[b'A' as usize] = false;
    plain
};

/// The ASCII character that is written at the start of `text`, and the length of its spelling.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', ..] => form::escape(text).filter(u8::is_ascii_graphic).map(|byte| (byte, form::ESCAPE_LENGTH)),
        [b'&', b'#', b'x' | b'X', rest @ ..] => entity(rest, 16, 3),
        [b'&', b'#', rest @ ..] => entity(rest, 10, 2),
        [b'&', ..] => {
            let named = [("&amp;", b'&'), ("&colon;", b':'), ("&sol;", b'/'), ("&equals;", b'='), ("&quot;", b'"')];
            named.iter().find(|(name, _)| text.starts_with(name.as_bytes())).map(|(name, byte)| (*byte, name.len()))
        }
        _ => None,
    }
}

fn entity(digits: &[u8], radix: u32, before: usize) -> Option<(u8, usize)> {
    let length = digits.iter().take(6).position(|b| *b == b';')?;
    let code = u32::from_str_radix(std::str::from_utf8(&digits[..length]).ok()?, radix).ok()?;
    let byte = u8::try_from(code).ok().filter(u8::is_ascii_graphic)?;
    Some((byte, before + length + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_decoded_and_leads_back() {
        let text = b"x=(arn%3Aaws&#58;s3&#x3a;&colon;:b%2fk) y";
        let mut word = Word::default();
        assert!(word.read_around(text, 6, 0));
        assert_eq!(word.text, b"arn:aws:s3:::b/k");
        assert_eq!(&text[word.in_text(0..4)], b"arn%3A");
        assert_eq!(&text[word.in_text(13..16)], b"b%2fk");
        assert!(!word.read_around(b"100% of", 3, 0));
        assert!(!word.read_around(b"a & b", 2, 0));
        let text = b"x%3AAWS_EC2_001%30:AWS_VPC_001";
        assert!(word.read_around(text, 1, 0));
        assert_eq!(word.text, b"x:xxxxxxxxxxx0:AWS_VPC_001");
    }
}
