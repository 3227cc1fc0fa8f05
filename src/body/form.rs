//! `application/x-www-form-urlencoded` (<https://url.spec.whatwg.org/#application/x-www-form-urlencoded>): the form of
//! posted HTML forms and of query strings.

use super::hex;
use super::text::Steps;
use std::borrow::Cow;
use std::ops::Range;

/// A key and its value, as they stand in the body.
#[derive(Debug, PartialEq, Eq)]
pub struct Pair {
    /// Where the key stands.
    pub key: Range<usize>,
    /// Where the value stands; `None` without an equals sign.
    pub value: Option<Range<usize>>,
}

/// The pairs of a form.
pub fn pairs(form: &[u8]) -> impl Iterator<Item = Pair> + '_ {
    let ends = memchr::memchr_iter(b'&', form).chain([form.len()]);
    ends.scan(0, |start, end| Some(std::mem::replace(start, end + 1)..end)).map(|range| {
        match memchr::memchr(b'=', &form[range.clone()]) {
            Some(equals) => {
                let equals = range.start + equals;
                Pair { key: range.start..equals, value: Some(equals + 1..range.end) }
            }
            None => Pair { key: range, value: None },
        }
    })
}

/// Decodes a key or value that stands at `start` of its form; `None`: it reads as it is written. What only looks like an
/// escape is itself.
pub fn decode(raw: &[u8], start: usize) -> Option<(Vec<u8>, Steps)> {
    memchr::memchr2(b'%', b'+', raw)?;
    let mut steps = Steps::verbatim(start);
    let mut text = Vec::with_capacity(raw.len());
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
    Some((text, steps))
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

    #[test]
    fn pairs_are_found_where_they_stand() {
        let shown = |form: &str| -> Vec<(String, Option<String>)> {
            let text = |range: Range<usize>| form[range].to_string();
            pairs(form.as_bytes()).map(|pair| (text(pair.key), pair.value.map(text))).collect()
        };
        let some = |text: &str| Some(text.to_string());
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
        let (text, steps) = decode(b"arn%3Aaws+x%2", 10).unwrap();
        assert_eq!(&*text, b"arn:aws x%2");
        assert_eq!(steps.in_body(0..4), 10..16);
        assert_eq!(steps.in_body(4..7), 16..19);
        assert_eq!(steps.in_body(8..11), 20..23);
    }

    proptest! {
        #[test]
        fn encode_and_decode_are_inverse(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let encoded = encode(&text).into_owned();
            let decoded = decode(&encoded, 0).map_or(encoded, |(text, _)| text);
            prop_assert_eq!(decoded, text);
        }
    }
}
