//! What a Content-Type header says (RFC 9110, section 8.3).

/// Types whose bytes are no text: a change of length would break them. They are looked through and never rewritten. Read
/// by [`is_listed`]. Sorted.
const BINARY: &[&str] = &[
    "application/cbor",
    "application/epub+zip",
    "application/gzip",
    "application/java-archive",
    "application/msgpack",
    "application/msword",
    "application/octet-stream",
    "application/pdf",
    "application/protobuf",
    "application/vnd.amazon.eventstream",
    "application/vnd.apache.parquet",
    "application/vnd.google.protobuf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.rar",
    "application/wasm",
    "application/x-7z-compressed",
    "application/x-bzip2",
    "application/x-gzip",
    "application/x-msgpack",
    "application/x-protobuf",
    "application/x-tar",
    "application/x-xz",
    "application/x-zip-compressed",
    "application/zip",
    "application/zstd",
    "audio/*",
    "font/*",
    "image/*",
    "video/*",
];
/// Text among the families of [`BINARY`].
const TEXTUAL: &[&str] = &["image/svg+xml"];
/// Types that nobody but the receiver can read: encrypted, or framed binary as gRPC is. Read by
/// [`is_listed`].
const SEALED: &[&str] = &[
    "application/cms",
    "application/grpc*",
    "application/jose",
    "application/jose+json",
    "application/pgp-encrypted",
    "application/pkcs7-mime",
    "application/x-pkcs7-mime",
    "multipart/encrypted",
];
/// Content types of newline-delimited JSON.
const LINES: &[&str] = &["application/jsonl", "application/ndjson", "application/x-jsonlines", "application/x-ndjson"];

/// A content type, borrowed from its header.
#[derive(Clone, Copy, Debug)]
pub struct MediaType<'h> {
    name: &'h str,
    parameters: &'h str,
}

impl<'h> MediaType<'h> {
    /// Reads a header's value; an absent one is the empty string.
    pub fn parse(header: &'h str) -> MediaType<'h> {
        let (name, parameters) = header.split_once(';').unwrap_or((header, ""));
        MediaType { name: name.trim(), parameters }
    }

    /// Whether the header says nothing.
    pub fn is_absent(self) -> bool {
        self.name.is_empty()
    }

    /// Whether it is the type `name`, given in lower case.
    pub fn is(self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it is newline-delimited JSON.
    pub fn is_lines(self) -> bool {
        is_listed(self.name, LINES)
    }

    /// Whether it is no text, so that nothing in it may change its length.
    pub fn is_binary(self) -> bool {
        is_listed(self.name, BINARY) && !is_listed(self.name, TEXTUAL)
    }

    /// Whether only its receiver can read it.
    pub fn is_sealed(self) -> bool {
        is_listed(self.name, SEALED)
    }

    /// The boundary of a `multipart/*` type.
    pub fn boundary(self) -> Option<&'h str> {
        is_listed(self.name, &["multipart/*"])
            .then(|| self.parameter("boundary"))
            .flatten()
            .filter(|boundary| !boundary.is_empty())
    }

    /// A parameter's value, without its quotes. One that needs a backslash to be written is none that we look for.
    pub fn parameter(self, name: &str) -> Option<&'h str> {
        let mut rest = self.parameters;
        while let Some((key, value)) = rest.split_once('=') {
            let value = value.trim_start();
            let (value, behind) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => value.split_once(';').unwrap_or((value, "")),
            };
            // A parameter without a value may stand in front of the key.
            let key = key.rsplit(';').next().unwrap_or_default();
            if key.trim().eq_ignore_ascii_case(name) {
                return Some(value.trim());
            }
            rest = behind;
        }
        None
    }
}

/// Whether a table names `name`, in any case. An entry that ends with `*` stands for every name that begins so.
pub fn is_listed(name: &str, table: &[&str]) -> bool {
    let is = |known: &&str| match known.strip_suffix('*') {
        Some(beginning) => name.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning)),
        None => name.eq_ignore_ascii_case(known),
    };
    !name.is_empty() && table.iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_they_are_written() {
        for (header, name, value) in [
            ("multipart/form-data; boundary=abc", "boundary", Some("abc")),
            ("Multipart/Mixed;BOUNDARY=\"a b;c=d\" ; x=1", "boundary", Some("a b;c=d")),
            ("multipart/mixed; type=\"a;boundary=no\"; boundary=yes", "boundary", Some("yes")),
            ("text/plain; flag; charset=utf-16", "charset", Some("utf-16")),
            ("text/plain; charset = \"UTF-16LE\"", "charset", Some("UTF-16LE")),
            ("text/plain", "charset", None),
            ("text/plain; charset", "charset", None),
            ("text/plain; charset=\"open", "charset", None),
            ("", "charset", None),
        ] {
            assert_eq!(MediaType::parse(header).parameter(name), value, "{header}");
        }
        assert_eq!(MediaType::parse("text/plain; boundary=x").boundary(), None);
        assert_eq!(MediaType::parse("multipart/mixed; boundary=\"\"").boundary(), None);
    }

    #[test]
    fn types_are_told_apart_by_their_tables() {
        let named = |header: &str| {
            let media = MediaType::parse(header);
            (media.is_binary(), media.is_sealed())
        };
        for (header, expected) in [
            ("image/png", (true, false)),
            ("IMAGE/PNG; x=1", (true, false)),
            ("application/octet-stream", (true, false)),
            ("image/svg+xml", (false, false)),
            ("application/json", (false, false)),
            ("imagery/x", (false, false)),
            ("", (false, false)),
            ("application/grpc+proto", (false, true)),
            ("application/grpc-web", (false, true)),
            ("Multipart/Encrypted; boundary=x", (false, true)),
            ("application/jose", (false, true)),
            ("application/jose2", (false, false)),
        ] {
            assert_eq!(named(header), expected, "{header}");
        }
    }
}
