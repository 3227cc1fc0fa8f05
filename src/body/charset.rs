//! Texts that are not in an extension of ASCII: UTF-16 is read and written back, what else hides ASCII is refused.

use super::media::{is_listed, MediaType};
use std::borrow::Cow;

/// How the characters of a body are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// So that ASCII characters are ASCII bytes.
    Ascii,
    /// UTF-16.
    Utf16 {
        /// Most significant byte first.
        big_endian: bool,
        /// Whether it begins with a byte order mark.
        marked: bool,
    },
    /// So that an identifier would not be recognised.
    Opaque,
}

/// Charsets in which ASCII characters are other bytes, and that nobody sends to an API on purpose. Read by
/// [`is_listed`]. The IBM code pages from 437 to 869 extend ASCII; EBCDIC is refused with them.
const OPAQUE: &[&str] = &[
    "cp037",
    "cp1026",
    "cp500",
    "csutf7",
    "csutf32",
    "ebcdic*",
    "ibm*",
    "scsu",
    "bocu-1",
    "ucs-4*",
    "unicode-1-1-utf-7",
    "utf-32*",
    "utf-7*",
    "utf32*",
    "utf7*",
];

/// Names of UTF-16 and the order of bytes they stand for.
const UTF16: &[(&str, Option<bool>)] = &[
    ("utf-16", None),
    ("utf16", None),
    ("ucs-2", None),
    ("iso-10646-ucs-2", None),
    ("unicode", None),
    ("utf-16le", Some(false)),
    ("utf-16be", Some(true)),
];

/// The charset of a body with that content type.
///
/// A byte order mark counts more than the header (<https://encoding.spec.whatwg.org/#decode>). UTF-16 without either is known by
/// the zeros beside its first two characters: parsers of JSON recognise it so, and so it must not pass unread.
pub fn of(content_type: &str, body: &[u8]) -> Charset {
    let media = MediaType::parse(content_type);
    if media.is_binary() || media.is_sealed() {
        return Charset::Ascii;
    }
    let utf16 = |big_endian, marked| Charset::Utf16 { big_endian, marked };
    match body {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Charset::Opaque,
        [0xff, 0xfe, ..] => return utf16(false, true),
        [0xfe, 0xff, ..] => return utf16(true, true),
        [0, 0, 0, b, ..] | [b, 0, 0, 0, ..] if begins_json(*b) => return Charset::Opaque,
        [0, a, 0, b, ..] if is_text(*a) && is_text(*b) => return utf16(true, false),
        [a, 0, b, 0, ..] if is_text(*a) && is_text(*b) => return utf16(false, false),
        _ => {}
    }
    let Some(named) = media.parameter("charset") else { return Charset::Ascii };
    if let Some((_, order)) = UTF16.iter().find(|(name, _)| named.eq_ignore_ascii_case(name)) {
        // Without a mark, readers differ on the order; the zero of an ASCII character tells it.
        let told = match body {
            [0, _, ..] => Some(true),
            [_, 0, ..] | [] => Some(false),
            _ => None,
        };
        return order.or(told).map_or(Charset::Opaque, |big_endian| utf16(big_endian, false));
    }
    if is_listed(named, OPAQUE) {
        Charset::Opaque
    } else {
        Charset::Ascii
    }
}

fn is_text(b: u8) -> bool {
    b.is_ascii_graphic() || b.is_ascii_whitespace()
}

fn begins_json(b: u8) -> bool {
    matches!(b, b'{' | b'[' | b'"' | b' ' | b'\t' | b'\r' | b'\n')
}

impl Charset {
    /// The body in UTF-8, without a byte order mark of UTF-16; `None` if it is not what it should be.
    pub fn decode<'b>(self, body: &'b [u8]) -> Option<Cow<'b, [u8]>> {
        let Charset::Utf16 { big_endian, marked } = self else {
            return (self == Charset::Ascii).then_some(Cow::Borrowed(body));
        };
        let body = &body[usize::from(marked) * 2..];
        if !body.len().is_multiple_of(2) {
            return None;
        }
        let unit = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if big_endian {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        };
        let text: Result<String, _> = char::decode_utf16(body.chunks_exact(2).map(unit)).collect();
        text.ok().map(|text| Cow::Owned(text.into_bytes()))
    }

    /// What [`Charset::decode`] gave, in this charset again. A text that is not UTF-8 cannot be written: `None`.
    pub fn encode(self, text: Vec<u8>) -> Option<Vec<u8>> {
        let Charset::Utf16 { big_endian, marked } = self else { return Some(text) };
        let text = String::from_utf8(text).ok()?;
        let mark = marked.then_some('\u{feff}').into_iter();
        let units = mark.chain(text.chars()).flat_map(|c| {
            let mut units = [0; 2];
            let length = c.encode_utf16(&mut units).len();
            units.into_iter().take(length)
        });
        Some(units.flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_names_and_zeros_tell_the_charset() {
        let utf16 = |big_endian, marked| Charset::Utf16 { big_endian, marked };
        for (header, body, expected) in [
            ("", &b"{}"[..], Charset::Ascii),
            ("", b"", Charset::Ascii),
            ("", b"\xff\xfe{\0", utf16(false, true)),
            ("application/json; charset=utf-8", b"\xfe\xff\0{", utf16(true, true)),
            ("", b"{\0\"\0", utf16(false, false)),
            ("", b"\0[\0\"", utf16(true, false)),
            ("", b"a\0b\0", utf16(false, false)),
            ("text/plain", b"\0a\0 ", utf16(true, false)),
            ("", b"\x01\0\x02\0", Charset::Ascii),
            ("", b"a\0", Charset::Ascii),
            ("image/png", b"\xff\xfe{\0", Charset::Ascii),
            ("", b"\xff\xfe\0\0", Charset::Opaque),
            ("", b"\0\0\0{", Charset::Opaque),
            ("text/plain; charset=UTF-16", b"a\0b\0", utf16(false, false)),
            ("text/plain; charset=UTF-16", b"\0a\0b", utf16(true, false)),
            ("text/plain; charset=UTF-16", b"\x3f\x4e", Charset::Opaque),
            ("text/plain; charset=utf-16le", b"\x3f\x4e", utf16(false, false)),
            ("text/plain; charset=utf-16le", b"\0\x4e", utf16(false, false)),
            ("text/plain; charset=\"UTF-32LE\"", b"a\0\0\0", Charset::Opaque),
            ("text/plain; charset=utf-7", b"+AGk-", Charset::Opaque),
            ("text/plain; charset=IBM037", b"x", Charset::Opaque),
            ("text/plain; charset=iso-8859-1", b"caf\xe9", Charset::Ascii),
        ] {
            assert_eq!(of(header, body), expected, "{header} {body:?}");
        }
    }

    #[test]
    fn what_is_no_utf_16_is_not_decoded() {
        let utf16 = Charset::Utf16 { big_endian: false, marked: true };
        for body in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8", b"\xff\xfe\x00\xdc\x00\xd8"] {
            assert_eq!(utf16.decode(body), None, "{body:?}");
        }
        assert_eq!(Charset::Opaque.decode(b"x"), None);
    }

    proptest! {
        #[test]
        fn encode_and_decode_are_inverse(text in "\\PC*", big_endian: bool, marked: bool) {
            let charset = Charset::Utf16 { big_endian, marked };
            let encoded = charset.encode(text.clone().into_bytes()).unwrap();
            prop_assert_eq!(&*charset.decode(&encoded).unwrap(), text.as_bytes());
        }
    }
}
