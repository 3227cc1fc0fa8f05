//! Multipart bodies (RFC 2046, section 5.1): where the parts stand and what their headers say.

use super::media::MediaType;
use memchr::memmem;
use std::ops::Range;

/// A stretch of a multipart body. Together they are all of it but the delimiters.
#[derive(Debug, PartialEq, Eq)]
pub enum Section {
    /// What stands in front of the first delimiter and behind the last: text for nobody, but it would be sent.
    Around(Range<usize>),
    /// A part.
    Part {
        /// Where its headers stand.
        headers: Range<usize>,
        /// Where its content stands.
        content: Range<usize>,
    },
}

/// The sections of a body; `None` if the boundary is not in it. A part that has no end goes on to the end of the body.
pub fn sections(body: &[u8], boundary: &str) -> Option<Vec<Section>> {
    let delimiter = format!("--{boundary}");
    let mut found = Vec::new();
    let mut start = 0; // of the open section
    let mut in_part = false;
    for at in memmem::find_iter(body, delimiter.as_bytes()) {
        let Some(line) = delimiter_line(body, at, delimiter.len()) else { continue };
        if at < start {
            continue;
        }
        found.push(section(body, start..line.start.max(start), in_part));
        start = line.end;
        in_part = !line.is_last;
    }
    if found.is_empty() {
        return None;
    }
    found.push(section(body, start..body.len(), in_part));
    Some(found)
}

/// A line that is a delimiter.
struct Line {
    /// The line end in front of it belongs to it.
    start: usize,
    end: usize,
    is_last: bool,
}

fn delimiter_line(body: &[u8], at: usize, length: usize) -> Option<Line> {
    let start = match &body[..at] {
        [] => at,
        [.., b'\r', b'\n'] => at - 2,
        [.., b'\n'] => at - 1,
        _ => return None,
    };
    let behind = &body[at + length..];
    let is_last = behind.starts_with(b"--");
    let padding = usize::from(is_last) * 2;
    let blank = behind[padding..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let line_end = match &behind[padding + blank..] {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        [] => 0,
        _ => return None,
    };
    Some(Line { start, end: at + length + padding + blank + line_end, is_last })
}

fn section(body: &[u8], range: Range<usize>, in_part: bool) -> Section {
    if !in_part {
        return Section::Around(range);
    }
    let bytes = &body[range.clone()];
    let line_end = match bytes {
        [b'\r', b'\n', ..] => Some((0, 2)),
        [b'\n', ..] => Some((0, 1)),
        _ => None,
    };
    let blank_line = |blank: &[u8]| memmem::find(bytes, blank).map(|at| (at, blank.len()));
    let ends = [line_end, blank_line(b"\r\n\r\n"), blank_line(b"\n\n")];
    // Without a blank line there is no telling headers from content.
    let (headers, blank) = ends.into_iter().flatten().min().unwrap_or((0, 0));
    Section::Part { headers: range.start..range.start + headers, content: range.start + headers + blank..range.end }
}

/// What a part's headers say of its content.
#[derive(Debug, PartialEq, Eq)]
pub struct Headers<'h> {
    /// Its Content-Type; empty if it has none.
    pub content_type: &'h str,
    /// The name of the field that it is in a posted form (RFC 7578, section 4.2).
    pub name: Option<&'h [u8]>,
    /// Whether the content stands there as it is, and not in base64 or compressed.
    pub is_verbatim: bool,
}

/// Reads a part's headers.
pub fn headers(bytes: &[u8]) -> Headers<'_> {
    let mut read = Headers { content_type: "", name: None, is_verbatim: true };
    for line in bytes.split(|b| *b == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        // A value that is no text says nothing that we could act on.
        let value = std::str::from_utf8(&line[colon + 1..]).unwrap_or_default().trim();
        let name = line[..colon].trim_ascii();
        if name.eq_ignore_ascii_case(b"content-type") && read.content_type.is_empty() {
            read.content_type = value;
        }
        if name.eq_ignore_ascii_case(b"content-disposition") {
            read.name = field_name(&line[colon + 1..]);
        }
        if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
            let verbatim = ["7bit", "8bit", "binary"];
            let named = MediaType::parse(value);
            read.is_verbatim &= verbatim.iter().any(|known| named.is(known));
        }
        if name.eq_ignore_ascii_case(b"content-encoding") {
            read.is_verbatim &= value.eq_ignore_ascii_case("identity");
        }
    }
    read
}

/// The name in a Content-Disposition: `form-data; name="bucket"`.
fn field_name(disposition: &[u8]) -> Option<&[u8]> {
    let parameters = disposition.split(|b| *b == b';').map(<[u8]>::trim_ascii);
    let name = parameters.filter_map(|parameter| parameter.strip_prefix(b"name=")).next()?;
    Some(name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str) -> Option<Vec<(String, String)>> {
        let text = |range: &Range<usize>| body[range.clone()].to_string();
        let sections = sections(body.as_bytes(), "X")?;
        Some(
            sections
                .iter()
                .map(|section| match section {
                    Section::Around(range) => ("around".into(), text(range)),
                    Section::Part { headers, content } => (text(headers), text(content)),
                })
                .collect(),
        )
    }

    #[test]
    fn parts_stand_between_delimiters() {
        let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(
            shown("pre\r\n--X \r\nA: b\r\n\r\none\r\n--XY\r\n--X\n\ntwo--X\n--X--\r\nepilogue").unwrap(),
            [pair("around", "pre"), pair("A: b", "one\r\n--XY"), pair("", "two--X"), pair("around", "epilogue")]
        );
        assert_eq!(shown("--X\r\nA: b\nC: d\n\nopen").unwrap(), [pair("around", ""), pair("A: b\nC: d", "open")]);
        assert_eq!(shown("--X\r\nno blank line\r\n--X--").unwrap()[1], pair("", "no blank line"));
        assert_eq!(shown("--X\r\n--X--").unwrap(), [pair("around", ""), pair("", ""), pair("around", "")]);
        assert_eq!(shown("no --X here"), None);
        assert_eq!(shown(""), None);
    }

    #[test]
    fn headers_tell_the_name_of_a_field() {
        let read = |text: &'static str| headers(text.as_bytes()).name;
        assert_eq!(read("Content-Disposition: form-data; name=\"a b\"; filename=\"x\""), Some(&b"a b"[..]));
        assert_eq!(read("content-disposition: form-data; filename=x; name=a"), Some(&b"a"[..]));
        assert_eq!(read("Content-Disposition: attachment; filename=\"x\""), None);
        assert_eq!(read("Content-Type: text/plain; name=\"x\""), None);
    }

    #[test]
    fn headers_tell_type_and_encoding() {
        let read = |text: &'static str| {
            let headers = headers(text.as_bytes());
            (headers.content_type, headers.is_verbatim)
        };
        assert_eq!(
            read("Content-Disposition: form-data; name=\"a\"\r\nCONTENT-TYPE: image/png\r"),
            ("image/png", true)
        );
        assert_eq!(read("Content-Transfer-Encoding: Binary"), ("", true));
        assert_eq!(read("content-transfer-encoding: base64\ncontent-transfer-encoding: 8bit"), ("", false));
        assert_eq!(read("Content-Encoding: gzip\r\nContent-Type: application/json"), ("application/json", false));
        assert_eq!(read("content-encoding: Identity"), ("", true));
        assert_eq!(read(""), ("", true));
    }
}
