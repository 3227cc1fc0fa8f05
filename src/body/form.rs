//! `application/x-www-form-urlencoded` (<https://url.spec.whatwg.org/#application/x-www-form-urlencoded>): the form of
//! posted HTML forms and of query strings.

use super::hex;
use super::text::Steps;
use crate::simd::{self, AsciiSet};
use std::borrow::Cow;
use std::ops::Range;

/// A key and its value, as they stand in the body.
#[derive(Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub key: Part,
    /// The value; `None` without an equals sign.
    pub value: Option<Part>,
}

/// A key or a value.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it stands.
    pub range: Range<usize>,
    /// Whether it may not read as it is written.
    pub may_be_encoded: bool,
}

impl Part {
    fn at(start: usize) -> Part {
        Part { range: start..start, may_be_encoded: false }
    }
}

/// Gives each pair of a form to `take`, in order. All that tells them apart is looked for at once: most are short.
pub fn each_pair(form: &[u8], mut take: impl FnMut(Pair)) {
    let (mut key, mut part) = (None, Part::at(0));
    let mut end = |key: Option<Part>, part: Part| match key {
        Some(key) => take(Pair { key, value: Some(part) }),
        None => take(Pair { key: part, value: None }),
    };
    simd::each_of(form, &MARKS, |at| match form[at] {
        b'=' if key.is_none() => {
            part.range.end = at;
            key = Some(std::mem::replace(&mut part, Part::at(at + 1)));
        }
        b'=' => {}
        b'&' => {
            part.range.end = at;
            end(key.take(), std::mem::replace(&mut part, Part::at(at + 1)));
        }
        _ => part.may_be_encoded = true,
    });
    part.range.end = form.len();
    end(key, part);
}

/// What ends keys and values, and what encodes them.
static MARKS: AsciiSet = AsciiSet::of(b"&=%+");

/// Decodes a key or value that stands at `start` of its form, into the memory of another text. What only looks like an escape is itself.
pub(super) fn decode_into(raw: &[u8], start: usize, text: &mut Vec<u8>, steps: &mut Steps) {
    steps.restart(start);
    text.clear();
    text.reserve(raw.len());
    let mut at = 0;
    while let Some(&b) = raw.get(at) {
        let Some(escaped) = escape(&raw[at..]) else {
            text.push(if b == b'+' { b' ' } else { b });
            at += 1;
            continue;
        };
        text.push(escaped);
        at += ESCAPE_LENGTH;
        steps.step(text.len(), start + at);
    }
}

/// The length of `%XX`.
pub const ESCAPE_LENGTH: usize = 3;

/// The byte that is written as `%XX` at the start of `raw` (RFC 3986, 2.1).
pub fn escape(raw: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = raw else { return None };
    hex::number(&[*high, *low]).map(|byte| byte as u8)
}

/// Writes a text as a browser writes it into a form.
pub fn encode(text: &[u8]) -> Cow<'_, [u8]> {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'-' | b'.' | b'_');
    if text.iter().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut encoded = Vec::with_capacity(text.len() + 16);
    for b in text {
        match b {
            b if plain(b) => encoded.push(*b),
            b' ' => encoded.push(b'+'),
            b => encoded.extend_from_slice(format!("%{b:02X}").as_bytes()),
        }
    }
    Cow::Owned(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(raw: &[u8], start: usize) -> (Vec<u8>, Steps) {
        let (mut text, mut steps) = (b"before".to_vec(), Steps::verbatim(0));
        decode_into(raw, start, &mut text, &mut steps);
        (text, steps)
    }

    #[test]
    fn pairs_are_found_where_they_stand() {
        let shown = |form: &str| -> Vec<(String, Option<String>)> {
            let text = |part: Part| {
                assert_eq!(part.may_be_encoded, form[part.range.clone()].contains(['%', '+']));
                form[part.range].to_string()
            };
            let mut pairs = Vec::new();
            each_pair(form.as_bytes(), |pair| pairs.push((text(pair.key), pair.value.map(text))));
            pairs
        };
        let some = |text: &str| Some(text.to_string());
        assert_eq!(shown(""), [("".into(), None)]);
        assert_eq!(shown("a%3D=+&b+&c"), [("a%3D".into(), some("+")), ("b+".into(), None), ("c".into(), None)]);
        assert_eq!(
            shown("a=1&b&=x&c=d=e&"),
            [
                ("a".into(), some("1")),
                ("b".into(), None),
                ("".into(), some("x")),
                ("c".into(), some("d=e")),
                ("".into(), None)
            ]
        );
    }

    #[test]
    fn decoded_text_leads_back() {
        let (text, steps) = decode(b"arn%3Aaws+x%2", 10);
        assert_eq!(&*text, b"arn:aws x%2");
        assert_eq!(steps.in_body(0..4), 10..16);
        assert_eq!(steps.in_body(4..7), 16..19);
        assert_eq!(steps.in_body(8..11), 20..23);
    }

    proptest! {
        #[test]
        fn encode_and_decode_are_inverse(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let encoded = encode(&text).into_owned();
            prop_assert_eq!(decode(&encoded, 0).0, text);
        }
    }
}
