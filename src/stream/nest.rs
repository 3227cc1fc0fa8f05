//! How deep in JSON strings a place of an arriving text is.
//!
//! An original that goes into a JSON string must be escaped for it, and once more if that string is itself JSON text
//! inside another string. The whole is not there yet, so what a string is must be told from its beginning: one that begins like a JSON
//! object or array is read as JSON, as [`crate::body`] does with a whole one.

/// JSON inside a JSON string, inside a JSON string …: deeper text is read as prose.
const MAX_DEPTH: usize = 8;

/// The part of a text that has arrived so far.
#[derive(Debug)]
pub enum Nest {
    /// Only white space yet.
    Start,
    /// No JSON.
    Prose,
    /// JSON.
    Json(Json),
}

/// JSON text: between its strings, or in one.
#[derive(Debug, Default)]
pub struct Json {
    string: Option<Box<Inside>>,
}

#[derive(Debug)]
struct Inside {
    escape: Escape,
    content: Nest,
}

#[derive(Debug)]
enum Escape {
    None,
    Backslash,
    /// Digits seen of `\uXXXX`, and their value.
    Unicode(u8, u32),
}

impl Nest {
    /// A text that is known to be JSON.
    pub fn json() -> Nest {
        Nest::Json(Json::default())
    }

    /// How many JSON strings the next byte is in.
    pub fn depth(&self) -> usize {
        match self {
            Nest::Json(Json { string: Some(inside) }) => 1 + inside.content.depth(),
            _ => 0,
        }
    }

    /// Takes what has arrived.
    pub fn feed(&mut self, text: &[u8]) {
        for &byte in text {
            self.byte(byte, MAX_DEPTH);
        }
    }

    fn byte(&mut self, byte: u8, room: usize) {
        match self {
            Nest::Prose => {}
            Nest::Start if byte.is_ascii_whitespace() => {}
            Nest::Start => {
                let json = room > 0 && matches!(byte, b'{' | b'[');
                *self = if json { Nest::json() } else { Nest::Prose };
            }
            Nest::Json(Json { string }) => match string {
                None if byte == b'"' => {
                    *string = Some(Box::new(Inside { escape: Escape::None, content: Nest::Start }));
                }
                None => {}
                Some(inside) => {
                    let closed = inside.byte(byte, room.saturating_sub(1));
                    if closed {
                        *string = None;
                    }
                }
            },
        }
    }
}

impl Inside {
    /// Takes a byte of the string as it is written. Returns whether it was the closing quote.
    fn byte(&mut self, byte: u8, room: usize) -> bool {
        let decoded = match self.escape {
            Escape::None => match byte {
                b'"' => return true,
                b'\\' => {
                    self.escape = Escape::Backslash;
                    return false;
                }
                other => other,
            },
            Escape::Backslash if byte == b'u' => {
                self.escape = Escape::Unicode(0, 0);
                return false;
            }
            Escape::Backslash => match byte {
                b'n' | b'r' | b't' | b'f' => b' ',
                other => other,
            },
            Escape::Unicode(seen, value) => {
                let value = value << 4 | char::from(byte).to_digit(16).unwrap_or(0);
                if seen < 3 {
                    self.escape = Escape::Unicode(seen + 1, value);
                    return false;
                }
                // Only ASCII has a meaning in JSON; any other character is as good as a letter.
                u8::try_from(value).ok().filter(u8::is_ascii).unwrap_or(b'x')
            }
        };
        self.escape = Escape::None;
        self.content.byte(decoded, room);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(mut nest: Nest, text: &str) -> usize {
        nest.feed(text.as_bytes());
        nest.depth()
    }

    #[test]
    fn strings_count_and_what_is_in_them_counts_if_it_is_json() {
        for (text, expected) in [
            ("", 0),
            ("{", 0),
            (r#"{"a"#, 1),
            (r#"{"a":"b""#, 0),
            (r#"{"a":"say \"b"#, 1),
            (r#"{"a":"{\"b"#, 2),
            (r#"{"a":" [\"b\", \"c"#, 2),
            (r#"{"a":"{\"b\":\"{\\\"c"#, 3),
            (r#"{"a":"{\"b\":\"c\"}"#, 1),
            (r#"{"a":"\u007b\u0022b"#, 2),
            (r#"{"a":"\\"#, 1),
            (r#"{"a":"\\","#, 0),
        ] {
            assert_eq!(depth(Nest::json(), text), expected, "{text}");
        }
        assert_eq!(depth(Nest::Start, r#"He said "yes"#), 0);
        assert_eq!(depth(Nest::Start, "\n [\"yes"), 1);
    }

    #[test]
    fn endless_nesting_ends() {
        let mut text = String::from("x");
        for _ in 0..12 {
            text = format!("[{}]", serde_json::to_string(&text).unwrap());
        }
        assert_eq!(depth(Nest::json(), text.split('x').next().unwrap()), MAX_DEPTH);
    }
}
