//! Resources that the CDK takes by their names: `Table.fromTableName(this, "Orders", "shop-orders")`.
//!
//! Source: AWS CDK API reference, the static methods of constructs.

use super::context::Context;
use super::key;
use super::name::quoted;
use super::{is_quote, run, KEY};
use crate::detect::Span;
use crate::simd;

const METHOD: &[u8] = b".from";
/// The longest scope or id that is looked over.
const LONGEST_ARGUMENT: usize = 64;

/// The name that the method at `dot` is given, by the end of its own name.
pub fn taken(text: &[u8], dot: usize, context: &mut Context<'_>) -> Option<Span> {
    let rest = text[dot..].strip_prefix(METHOD)?;
    let method = &rest[..simd::run(rest, 0, key::LONGEST_KEY, &KEY)];
    let open = dot + METHOD.len() + method.len();
    if text.get(open) != Some(&b'(') {
        return None;
    }
    let versions = [&b"V2"[..], b"_v2"];
    let key = versions.iter().find_map(|version| method.strip_suffix(*version)).unwrap_or(method);
    let promised = key::sure_promise(key)?;
    let id = argument_behind(text, open)?;
    let name = argument_behind(text, id)?;
    let start = name + 1 + space(text, name + 1);
    let quotes = run(text, start, 4, is_quote);
    (quotes > 0).then(|| quoted(text, start + quotes, promised, context)).flatten()
}

/// Where the comma is behind the argument that stands behind a bracket or a comma.
fn argument_behind(text: &[u8], at: usize) -> Option<usize> {
    let start = at + 1 + space(text, at + 1);
    let end = start + run(text, start, LONGEST_ARGUMENT, |b| !matches!(b, b',' | b'(' | b')' | b'\n'));
    (text.get(end) == Some(&b',')).then_some(end)
}

/// The length of the white space at `at`: long calls go on in the next line.
fn space(text: &[u8], at: usize) -> usize {
    run(text, at, LONGEST_ARGUMENT, |b| b.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use crate::detect::catalogue::kinds::Kind;
    use crate::detect::found;

    #[test]
    fn what_is_taken_by_its_name_is_found() {
        for (kind, call) in [
            (Kind::Dynamodb, "dynamodb.Table.fromTableName(this, 'T', 'zorblax');"),
            (Kind::S3Bucket, "s3.Bucket.from_bucket_name(self, \"B\", \"zorblax\")"),
            (Kind::Lambda, "lambda.Function.fromFunctionName(\n  this,\n  `F`,\n  `zorblax`,\n)"),
            (Kind::Dynamodb, r#"Table.fromTableName(this, \"T\", \"zorblax\")"#),
            (Kind::Secret, "Secret.fromSecretNameV2(stack, \"S\", \"zorblax\")"),
            (Kind::Secret, "Secret.from_secret_name_v2(self, \"S\", \"zorblax\")"),
            (Kind::IamRole, "iam.Role.fromRoleName(this, `${id}-role`, \"zorblax\")"),
            (Kind::LogGroup, "LogGroup.fromLogGroupName(this, 'L', 'zorblax')"),
        ] {
            assert_eq!(found(call), [(kind, "zorblax".to_string())], "{call}");
        }
    }

    #[test]
    fn other_calls_name_nothing() {
        for call in [
            "Table.fromTableName(this, 'T', name)",
            "Table.fromTableName(this, 'zorblax')",
            "Table.fromTableName(this, id('T', 'zorblax'))",
            "Table.fromTableName = (this, 'T', 'zorblax')",
            "Vpc.fromLookup(this, 'V', 'zorblax')",
            "Buffer.from(a, 'T', 'zorblax')",
            "x.fromTableName(",
        ] {
            assert!(found(call).is_empty(), "{call}");
        }
    }
}
