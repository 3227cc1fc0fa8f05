//! What a program takes where a variable of its environment is not set: `bucket = os.getenv("BUCKET", "acme-data")`.

use super::ends_line;

/// How programs read a variable.
const READERS: [&[u8]; 13] = [
    b"Deno.env",
    b"ENV.fetch(",
    b"ENV[",
    b"Environment.GetEnvironmentVariable(",
    b"System.getenv",
    b"env(",
    b"env::var(",
    b"getenv(",
    b"import.meta.env",
    b"os.environ",
    b"os.getenv(",
    b"process.env",
    b"std::env::var(",
];

/// What stands between a variable and the value that is taken without it.
const JOINTS: [&[u8]; 6] = [b" || ", b" ?? ", b" or ", b"\", ", b"', ", b".unwrap_or("];

/// How far behind the reading of a variable that value may stand.
const REACH: usize = 128;

/// Whether a variable is read at `start`. Most values begin otherwise.
#[inline(always)]
pub fn reads(text: &[u8], start: usize) -> bool {
    let may_read = matches!(text.get(start), Some(b'D' | b'E' | b'S' | b'e' | b'g' | b'i' | b'o' | b'p' | b's'));
    may_read && begins_reading(&text[start..])
}

#[inline(never)]
fn begins_reading(text: &[u8]) -> bool {
    READERS.iter().any(|reader| text.starts_with(reader))
}

/// Where the value begins, in quotes, that is taken without the variable which is read at `start`.
pub fn start(text: &[u8], start: usize) -> Option<usize> {
    let reach = text.len().min(start + REACH);
    let mut quotes = memchr::memchr3_iter(b'"', b'\'', b'`', &text[start..reach]).map(|at| start + at);
    let value = quotes.find(|quote| JOINTS.iter().any(|joint| text[start..*quote].ends_with(joint)))?;
    let goes_on = (start..value).all(|at| text[at] != b';' && !ends_line(text, at));
    goes_on.then_some(value + 1)
}

#[cfg(test)]
mod tests {
    use crate::detect::catalogue::kinds::Kind;
    use crate::detect::found;

    #[test]
    fn the_value_without_a_variable_is_a_name() {
        for (kind, text) in [
            (Kind::S3Bucket, "const bucket = process.env.BUCKET || \"zor-blax\";"),
            (Kind::S3Bucket, "const BUCKET = process.env.DATA ?? 'zor-blax'"),
            (Kind::S3Bucket, "BUCKET = os.environ.get(\"BUCKET_NAME\", \"zor-blax\")"),
            (Kind::Dynamodb, "table_name = os.getenv('TABLE', 'zor-blax')"),
            (Kind::Sqs, "queue_name: ENV.fetch(\"QUEUE_NAME\", \"zor-blax\")"),
            (Kind::S3Bucket, "let bucket = std::env::var(\"BUCKET\").unwrap_or(\"zor-blax\".into());"),
        ] {
            assert_eq!(found(text), [(kind, "zor-blax".to_string())], "{text}");
        }
    }

    #[test]
    fn other_arguments_are_left() {
        for text in [
            "bucket = os.getenv(\"BUCKET\")\nx(\"a\", \"zor-blax\")",
            "bucket = process.env.BUCKET; y = z || \"zor-blax\"",
            "title = os.getenv(\"TITLE\", \"zor-blax\")",
            "bucket = process.envelope(1, zor-blax)",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
