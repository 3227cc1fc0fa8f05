//! IP addresses.

use super::{ends_word, lower, number_goes_on, run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// The IPv4 address whose first dot is at `dot`.
///
/// Not part of a longer dotted number, not a version behind a product name (`Chrome/118.0.5993.70`, `v1.2.3.4`), not an
/// address that says nothing about a network: loopback, link-local and metadata, multicast, documentation, 0/8, 255/8.
///
/// `masked` is where the last identifier in front of it ends: words of that say nothing, since they will be gone.
pub fn ipv4(text: &[u8], dot: usize, masked: usize) -> Option<Span> {
    let start = dot - run_back(text, dot, 3, |b| b.is_ascii_digit());
    if behind_a_number_or_product(text, start) || !starts_word(text, start) {
        return None;
    }
    let mut end = dot;
    for _ in 0..3 {
        (text.get(end) == Some(&b'.')).then_some(())?;
        end += 1 + run(text, end + 1, 3, |b| b.is_ascii_digit());
    }
    if number_goes_on(text, end) || !ends_word(text, end) {
        return None;
    }
    let address: Ipv4Addr = std::str::from_utf8(&text[start..end]).ok()?.parse().ok()?;
    let kind = match () {
        () if address.is_private() || is_shared(address) => Kind::PrivateIp,
        () if is_public(address) && !is_version(&text[masked.min(start)..start], &text[end..]) => Kind::PublicIp,
        () => return None,
    };
    Some(Span::new(start..end, kind))
}

/// `1.` (a fifth number), `v1.2.3.4`'s rest, or `Product/`.
fn behind_a_number_or_product(text: &[u8], start: usize) -> bool {
    match text[..start] {
        [.., digit, b'.'] => digit.is_ascii_digit(),
        [.., letter, b'/'] => letter.is_ascii_alphabetic() && is_product(text, start - 1),
        _ => false,
    }
}

/// Whether the word before the slash at `slash` is a product's name: letters, and not a part of a URL or path.
fn is_product(text: &[u8], slash: usize) -> bool {
    let word = slash - run_back(text, slash, 64, |b| b.is_ascii_alphabetic());
    let belongs = |b: &u8| b.is_ascii_digit() || matches!(b, b'/' | b'.' | b':' | b'-' | b'_' | b'=');
    text[word].is_ascii_uppercase() && slash - word >= 3 && !text[..word].last().is_some_and(belongs)
}

fn is_public(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    !(address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 198 && (b == 18 || b == 19)))
}

/// 100.64.0.0/10 (RFC 6598), which VPCs use as private space.
fn is_shared(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 100 && (64..128).contains(&b)
}

/// Words behind which four numbers are a version or a place in a document. Sorted.
const COUNTED: &[&str] = &[
    "build", "chapter", "clause", "figure", "release", "revision", "rfc", "sec", "section", "table", "ver", "version",
];

/// Whether a word makes numbers behind it a version.
pub fn is_counted(word: &[u8]) -> bool {
    let mut buffer = [0; 10];
    let Some(lower) = lower(word, &mut buffer) else { return false };
    let singular = lower.strip_suffix(b"s").unwrap_or(lower);
    COUNTED.iter().any(|counted| counted.as_bytes() == singular)
}

/// Whether what introduces the numbers says that they are a version or a section: `version 4.8.1.2`, `§ 5.1.2.3`,
/// `pkg==1.2.3.4`, `pkg-1.2.3.4.tar.gz`.
fn is_version(before: &[u8], behind: &[u8]) -> bool {
    if matches!(behind, [b'.' | b'-', next, ..] if next.is_ascii_alphabetic()) {
        return true;
    }
    if matches!(
        before,
        [.., b'=' | b'<' | b'>' | b'~' | b'^', b'='] | [.., b'^' | b'~' | b'-' | b'_' | b'#'] | [.., 0xa7]
    ) || matches!(before, [.., b'=', b'=' | b'>', b' '] | [.., b'>' | b'<', b'=', b' '])
    {
        return true;
    }
    let space = run_back(before, before.len(), 2, |b| matches!(b, b' ' | b':' | b'.' | b'=' | b'"' | b'\\'));
    let word_end = before.len() - space;
    let word = &before[word_end - run_back(before, word_end, 10, |b| b.is_ascii_alphabetic())..word_end];
    space > 0 && is_counted(word)
}

/// The longest text form of an IPv6 address.
const LONGEST_IPV6: usize = 39;

/// The whole stretch of hexadecimal digits and colons around the colon at `colon`.
pub fn stretch(text: &[u8], colon: usize) -> Range<usize> {
    let part = |b: u8| b.is_ascii_hexdigit() || b == b':';
    colon - run_back(text, colon, colon, part)..colon + run(text, colon, text.len(), part)
}

/// The IPv6 address that a [`stretch`] is: global unicast (2000::/3) or unique local (fc00::/7), as it stands.
///
/// Times (`12:34:56`), MAC addresses and C++ scopes are no addresses of these ranges, and 2001:db8::/32 is for
/// documentation (RFC 3849).
pub fn ipv6(text: &[u8], stretch: Range<usize>) -> Option<Span> {
    // A single colon at either end is punctuation, `::` is part of the address.
    let punctuation = |first: Option<&u8>, second: Option<&u8>| first == Some(&b':') && second != Some(&b':');
    let inside = &text[stretch.clone()];
    let start = stretch.start + usize::from(punctuation(inside.first(), inside.get(1)));
    let end = stretch.end - usize::from(punctuation(inside.last(), inside.iter().rev().nth(1)));
    let inside = text.get(start..end)?;
    // What the addresses of these ranges begin with: four digits.
    if !matches!(inside.first()?, b'2' | b'3' | b'f' | b'F') || inside.iter().position(|b| *b == b':') != Some(4) {
        return None;
    }
    // Seven colons, or fewer of which two stand together. A time has neither.
    let colons = inside.iter().take(LONGEST_IPV6).filter(|b| **b == b':').count();
    let is_whole = colons == 7 || colons > 1 && inside.windows(2).any(|pair| pair == b"::");
    if inside.len() > LONGEST_IPV6 || !is_whole || !starts_word(text, start) || !ends_word(text, end) {
        return None;
    }
    let address: Ipv6Addr = std::str::from_utf8(inside).ok()?.parse().ok()?;
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000 && !(first == 0x2001 && second == 0x0db8);
    let unique_local = first & 0xfe00 == 0xfc00;
    (global || unique_local).then(|| Span::new(start..end, Kind::Ipv6))
}
