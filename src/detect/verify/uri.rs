//! Names behind a scheme: the bucket of `s3://bucket/key`, the secret or parameter of
//! `{{resolve:ssm:name}}` and its like.

use super::end_map::EndMap;
use super::name::{fits, goes_on, longest, named, LONGEST_BUCKET, NAME, SHORTEST_BUCKET};
use super::{host, id, run_back, starts_word, LABELS};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::simd;
use once_cell::sync::Lazy;
use std::ops::Range;

/// The bucket of the URI whose scheme ends at `colon`: `s3://bucket/key`.
pub fn s3_uri(text: &[u8], colon: usize) -> Option<Span> {
    if !text[colon..].starts_with(b"://") || !ends_with_s3_scheme(&text[..colon]) {
        return None;
    }
    // `s3://AKIA…:secret@bucket`
    let from = colon + 3;
    if id::unique(text, from).is_none() {
        bucket_of_uri(text, from)
    } else {
        None
    }
}

/// The bucket of an URI whose credentials begin at `start` and end before `end`: `s3://AKIA…:wJalr…@bucket/key`. A host of one's
/// own has a port.
pub fn bucket_behind(text: &[u8], start: usize, end: usize) -> Option<Span> {
    let scheme = text[..start].strip_suffix(b"://")?;
    let is_uri = text.get(end) == Some(&b'@') && ends_with_s3_scheme(scheme);
    let bucket = is_uri.then(|| bucket_of_uri(text, end + 1)).flatten()?;
    (text.get(bucket.range.end) != Some(&b':')).then_some(bucket)
}

fn ends_with_s3_scheme(text: &[u8]) -> bool {
    let scheme = run_back(text, text.len(), 3, |b| b.is_ascii_alphanumeric());
    let known = |from: usize| matches!(&text[from..], b"s3" | b"s3a" | b"s3n") && starts_word(text, from);
    // The letter of an escape may stand in front of the scheme.
    (text.len() - scheme..text.len()).any(known)
}

/// The bucket behind the scheme of an URI or the credentials in it. Loki, Thanos and Cortex have the region in front of it:
/// `s3://eu-west-1/bucket`.
fn bucket_of_uri(text: &[u8], from: usize) -> Option<Span> {
    let bucket = segment(text, from)?;
    if !host::is_called_like_region(&text[bucket.clone()]) {
        return Some(named(text, bucket, Kind::S3Bucket));
    }
    let behind = segment(text, bucket.end + 1).filter(|_| text[bucket.end] == b'/')?;
    Some(named(text, behind, Kind::S3Bucket))
}

/// What may be a bucket there.
fn segment(text: &[u8], from: usize) -> Option<Range<usize>> {
    let length = simd::run(text, from, LONGEST_BUCKET, &LABELS);
    let length = text.get(from..from + length)?.iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let is_host = host::is_host(&text[from..from + length]);
    (length >= SHORTEST_BUCKET && !is_host).then_some(from..from + length)
}

/// The secret or parameter of a reference whose service ends before `colon`:
/// `{{resolve:secretsmanager:orders/db:SecretString:password}}`, `${ssm:/orders/db}`, `aws-secretsmanager:orders/db`.
pub fn dynamic_reference(text: &[u8], colon: usize) -> Option<Span> {
    let (kind, place) = REFERENCED.get(&text[..colon])?;
    let start = colon + 1;
    let end = start + simd::run(text, start, longest(Form::Name), &NAME);
    let name = &text[start..end];
    let ends = match place {
        Place::Brackets => matches!(text.get(end), Some(b':' | b'}')),
        Place::Value => !goes_on(text, end, (*kind, Form::Name)),
    };
    (ends && fits(name, Form::Name)).then(|| named(text, start..end, *kind))
}

/// Where a reference stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In brackets, with other parts behind the name.
    Brackets,
    /// It is a whole value.
    Value,
}

/// What such references begin with. Source: CloudFormation user guide, "Using dynamic references"; Serverless Framework's
/// documentation, "Variables"; Spring Cloud AWS's, "Secrets Manager" and "Parameter Store".
static DYNAMIC: [(&str, Kind, Place); 7] = [
    ("${secretsmanager", Kind::Secret, Place::Brackets),
    ("${ssm", Kind::Parameter, Place::Brackets),
    ("aws-parameterstore", Kind::Parameter, Place::Value),
    ("aws-secretsmanager", Kind::Secret, Place::Value),
    ("resolve:secretsmanager", Kind::Secret, Place::Brackets),
    ("resolve:ssm", Kind::Parameter, Place::Brackets),
    ("resolve:ssm-secure", Kind::Parameter, Place::Brackets),
];

static REFERENCED: Lazy<EndMap<(Kind, Place), 4>> =
    Lazy::new(|| DYNAMIC.iter().map(|(words, kind, place)| (*words, (*kind, *place))).collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dynamic_reference_is_found() {
        for (beginning, kind, place) in DYNAMIC {
            let end = if matches!(place, Place::Brackets) { "}}" } else { "\n" };
            let found = dynamic_reference(format!("{beginning}:orders/db{end}").as_bytes(), beginning.len());
            assert_eq!(found.map(|span| span.kind), Some(kind), "{beginning}");
        }
    }
}
