//! Names in what tools print: the errors of Terraform and S3, the list of `aws s3 ls`.

use super::context::Context;
use super::guess;
use super::name::{fits, named, value, LONGEST_BUCKET, NAME};
use super::telling::introduction;
use super::{ends_line, is_like, run};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::simd;

/// The name in the brackets in front of `colon`, as Terraform's provider tells of an error: `creating S3 Bucket (acme): …`.
pub fn in_brackets(text: &[u8], colon: usize) -> Option<Span> {
    let close = colon.checked_sub(1).filter(|_| text.get(colon + 1) == Some(&b' '))?;
    let start = close - simd::run_back(text, close, LONGEST_BUCKET, &NAME);
    let head = text[..start].strip_suffix(b"(")?;
    let kind = introduction(head).filter(|_| head.ends_with(b" "))?;
    fits(&text[start..close], Form::Name).then(|| named(text, start..close, kind))
}

/// The bucket behind the message of S3 that ends before `colon`: `bucket does not exist: acme`.
pub fn missing_bucket(text: &[u8], colon: usize, context: &mut Context<'_>) -> Option<Span> {
    let is_message = text[..colon].ends_with(b"bucket does not exist") && text.get(colon + 1) == Some(&b' ');
    is_message.then(|| value(text, colon + 2, (Kind::S3Bucket, Form::Name), context)).flatten()
}

/// The bucket behind the time whose first colon is at `colon`, as `aws s3 ls` lists buckets: a date, a time and a name, which
/// has a hyphen or is a guess, and nothing else in the line.
pub fn listed_bucket(text: &[u8], colon: usize) -> Option<Span> {
    let (hour, minutes) = (colon.checked_sub(LISTED_DATE.len())?, text.get(colon + 1..colon + 7)?);
    if !is_like(minutes, b"00:00 ") || !is_like(&text[hour..colon], LISTED_DATE) {
        return None;
    }
    let start = colon + 7;
    let end = start
        + run(text, start, LONGEST_BUCKET, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    let name = &text[start..end];
    let is_name = fits(name, Form::Name) && ends_line(text, end);
    let begins_line = hour == 0 || matches!(text[..hour], [.., b'\n' | b'\r'] | [.., b'\\', b'n' | b'r']);
    if !is_name || !begins_line {
        return None;
    }
    let span = named(text, start..end, Kind::S3Bucket);
    match name.contains(&b'-') {
        true => Some(span),
        // Logs have words there, too.
        false => guess::may_be_word(name).then(|| span.guessed()),
    }
}

/// The date and the hour in front of that colon.
const LISTED_DATE: &[u8] = b"0000-00-00 00";
