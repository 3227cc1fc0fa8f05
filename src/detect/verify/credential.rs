//! Credentials, found by what stands in front of them: a secret access key is no more than 40 characters of base64.

use super::name::{fits, is_quote, length, SECRET_LENGTH};
use super::{ends_word, run, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;

/// How far behind a key id its secret may stand in the same text: two quotes with escapes, a comma and a space.
const SECRET_REACH: usize = 16;

/// The secret behind the key id that ends before `end`: `AKIA…,wJalr…`, `-u AKIA…:wJalr…`, `("AKIA…", "wJalr…")`.
pub fn secret_behind(text: &[u8], end: usize) -> Option<Span> {
    let mut start = end;
    while start < text.len() && start - end <= SECRET_REACH {
        start += match text[start..] {
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            [b, ..] if b.is_ascii_whitespace() || is_quote(b) || matches!(b, b',' | b':' | b';' | b'|') => 1,
            _ => break,
        };
    }
    let start = if text[start..].starts_with(SECRET_FLAG) { start + SECRET_FLAG.len() } else { start };
    (start > end).then(|| secret_at(text, start)).flatten()
}

/// PowerShell's flag between a key id and its secret.
const SECRET_FLAG: &[u8] = b"-SecretKey ";

/// The session token behind the secret that ends before `end`: `("ASIA…", "wJalr…", "IQoJ…")`.
pub fn token_behind(text: &[u8], end: usize) -> Option<Span> {
    let start = end + run(text, end, SECRET_REACH, |b| b == b' ' || b == b',' || b == b'\n' || is_quote(b));
    let length = length(text, start, Form::SessionToken);
    let is_one = start > end && fits(&text[start..start + length], Form::SessionToken);
    is_one.then(|| Span::new(start..start + length, Kind::SessionToken))
}

/// The word at `start`, if it is as long as a secret and made of the same characters.
pub fn secret_at(text: &[u8], start: usize) -> Option<Span> {
    let end = start + length(text, start, Form::Secret);
    let goes_on = matches!(text.get(end), Some(b'_' | b'-'));
    (end - start == SECRET_LENGTH && !goes_on).then(|| Span::new(start..end, Kind::SecretKey))
}

/// The credential behind the key at `at`, as `aws configure set aws_secret_access_key …` has it: no mark stands between.
pub fn configured(text: &[u8], at: usize) -> Option<Span> {
    let (key, kind, form) = CONFIGURED.iter().find(|row| text[at..].starts_with(row.0))?;
    let end = at + key.len();
    let start = end + run(text, end, 4, |b| matches!(b, b' ' | b'\\' | b'"' | b'\''));
    let is_given = text.get(end) == Some(&b' ') && starts_word(text, at);
    let length = length(text, start, *form);
    let is_one = is_given && fits(&text[start..start + length], *form) && ends_word(text, start + length);
    is_one.then(|| Span::new(start..start + length, *kind))
}

/// The credentials in the AWS CLI's configuration, by their keys.
const CONFIGURED: [(&[u8], Kind, Form); 2] = [
    (b"aws_secret_access_key", Kind::SecretKey, Form::Secret),
    (b"aws_session_token", Kind::SessionToken, Form::SessionToken),
];
