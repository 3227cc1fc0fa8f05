//! Host names and URLs of AWS resources.

use super::{ends_word, run, run_back, starts_word};
use crate::detect::catalogue::hosts::{PATHS, PUBLIC_LABELS, SERVICE_LABELS, SUFFIXES};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use std::ops::Range;

/// The longest host name (RFC 1035).
const LONGEST_HOST: usize = 253;

/// The resource named by the host whose public suffix starts at `dot`, or by the path behind it.
///
/// With `preserve_structure` the span is the part that names the resource; without, it is the whole host. `read` is what was
/// read in front of the suffix before, so that nothing is read twice.
pub fn host(text: &[u8], dot: usize, read: &mut Range<usize>, preserve_structure: bool) -> Option<Span> {
    let beginning = text[dot..].first_chunk::<4>()?;
    let mut suffixes = SUFFIXES.iter().filter(|(suffix, _)| suffix.as_bytes().first_chunk() == Some(beginning));
    let (suffix, kind) = suffixes.find(|(suffix, _)| text[dot..].starts_with(suffix.as_bytes()))?;
    let mut end = dot + suffix.len();
    if text[end..].starts_with(b".cn") {
        end += b".cn".len();
    }
    if !ends_word(text, end) || text.get(end) == Some(&b'-') {
        return None;
    }
    let start = host_start(text, dot, read);
    let labels = Labels::read(&text[start..dot], suffix, *kind);
    match labels.name_length {
        0 => path(text, start, end),
        _ if labels.kind == Kind::Ecr => Some(ecr(text, start, end)),
        length => {
            let range = if preserve_structure { start..start + length } else { start..end };
            let first_label = text[start..start + length].iter().position(|b| *b == b'.').unwrap_or(length);
            // A bucket's name may hold dots, any other name is the first label.
            let name = if labels.kind == Kind::S3Bucket { length } else { first_label };
            Some(Span { name: Some((start..start + name, labels.kind)), ..Span::new(range, labels.kind) })
        }
    }
}

fn host_start(text: &[u8], dot: usize, read: &mut Range<usize>) -> usize {
    let unread = dot - read.end;
    let back = run_back(text, dot, unread, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    *read = if back < unread { dot - back..dot } else { read.start..dot };
    let mut start = read.start.max(dot.saturating_sub(LONGEST_HOST));
    // The letter of an escape in front (`\n`) is not the host's.
    while start < dot && start > 0 && !starts_word(text, start) {
        start += 1;
    }
    if start + 1 < dot && start > 0 && text[start - 1] == b'\\' && starts_word(text, start + 1) {
        start += 1;
    }
    start += text[start..dot].iter().take_while(|b| !b.is_ascii_alphanumeric()).count();
    // Route 53 writes it in front of a load balancer's name.
    if text[start..dot].starts_with(b"dualstack.") {
        start + b"dualstack.".len()
    } else {
        start
    }
}

/// The host name that EC2 gives an instance, where it stands without its domain: `ip-10-0-1-23`, from its first hyphen.
pub fn private_name(text: &[u8], hyphen: usize) -> Option<Span> {
    let start = hyphen.checked_sub(2)?;
    let mut end = hyphen;
    for _ in 0..4 {
        let digits = run(text, end + 1, 4, |b| b.is_ascii_digit());
        if text.get(end) != Some(&b'-') || !(1..=3).contains(&digits) {
            return None;
        }
        end += 1 + digits;
    }
    let goes_on =
        matches!(text[end..], [b'.', next, ..] if next.is_ascii_alphanumeric()) || text.get(end) == Some(&b'-');
    let whole = &text[start..hyphen] == b"ip" && starts_word(text, start) && ends_word(text, end) && !goes_on;
    whole.then(|| Span { name: Some((start..end, Kind::Host)), ..Span::new(start..end, Kind::Host) })
}

/// The labels of a host in front of its public suffix.
struct Labels {
    /// The kind of the resource they name.
    kind: Kind,
    /// How many bytes from the front on name it; 0 where all of them are public.
    name_length: usize,
}

impl Labels {
    fn read(host: &[u8], suffix: &str, kind: Kind) -> Labels {
        let mut region_seen = false;
        let mut labels = Labels { kind, name_length: host.len() };
        let mut service_seen = kind != Kind::Host;
        while labels.name_length > 0 {
            let label_start = host[..labels.name_length].iter().rposition(|b| *b == b'.').map_or(0, |dot| dot + 1);
            let label = &host[label_start..labels.name_length];
            if let Some(service) = service(label) {
                if labels.kind == Kind::Host {
                    labels.kind = service;
                }
                service_seen = true;
            } else if label == b"ecr" && is_registry(&host[..label_start]) {
                return Labels { kind: Kind::Ecr, name_length: label_start };
            } else if is_region(label) {
                region_seen = true;
            } else {
                break;
            }
            labels.name_length = label_start.saturating_sub(1);
        }
        let name = &host[..labels.name_length];
        let has_endpoints = suffix.starts_with(".amazonaws.") || suffix == ".api.aws";
        if !service_seen && has_endpoints && (!region_seen || is_public(name)) {
            labels.name_length = 0;
        }
        labels
    }
}

/// The kind of a service label; S3's carry the region behind a hyphen too (`s3-us-west-2`, `s3-website-eu-west-1`).
fn service(label: &[u8]) -> Option<Kind> {
    let row = SERVICE_LABELS.binary_search_by(|row| row.0.as_bytes().cmp(label));
    match row {
        Ok(row) => Some(SERVICE_LABELS[row].1),
        Err(_) if label.starts_with(b"s3-") => Some(Kind::S3Bucket),
        Err(_) => None,
    }
}

/// `123456789012.dkr.`
fn is_registry(host: &[u8]) -> bool {
    run(host, 0, 13, |b| b.is_ascii_digit()) == 12 && (host.ends_with(b".dkr.") || host.ends_with(b".dkr-fips."))
}

/// A region or availability zone by its shape: `us-east-1`, `us-gov-west-1`, `cn-north-1`, `ap-northeast-2a`.
pub(super) fn is_region(label: &[u8]) -> bool {
    let label = match label {
        [head @ .., zone] if zone.is_ascii_lowercase() && head.last().is_some_and(u8::is_ascii_digit) => head,
        _ => label,
    };
    let is_word = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_lowercase);
    let mut parts = label.rsplit(|b| *b == b'-');
    let number = parts.next().unwrap_or_default();
    if !matches!(number.len(), 1 | 2) || !number.iter().all(u8::is_ascii_digit) {
        return false;
    }
    // One or two words of the compass, and the area in front of them.
    let (mut count, mut area) = (0, &b""[..]);
    for part in parts {
        count += 1;
        area = part;
        if count > 3 || !is_word(part) {
            return false;
        }
    }
    count >= 2 && (2..=4).contains(&area.len())
}

/// Whether what is in front of the region is a service's own endpoint: one label, or a public first label.
fn is_public(name: &[u8]) -> bool {
    let mut labels = name.split(|b| *b == b'.');
    let first = std::str::from_utf8(labels.next().unwrap_or_default()).unwrap_or_default();
    match labels.next() {
        None => run(name, 0, 3, |b| b.is_ascii_digit()) == 0 && !name.starts_with(b"ip-") && !name.starts_with(b"ec2-"),
        Some(_) => PUBLIC_LABELS.binary_search(&first).is_ok(),
    }
}

/// The whole of `123456789012.dkr.ecr.<region>.amazonaws.com/team/app`, without tag or digest.
fn ecr(text: &[u8], start: usize, end: usize) -> Span {
    let path = run(text, end, 257, |b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
    let trimmed = text[end..end + path].iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    let starts_path = text.get(end) == Some(&b'/');
    let whole = start..if starts_path { end + trimmed } else { end };
    let name = (starts_path && trimmed > 1).then(|| end + 1..end + trimmed);
    Span { name: name.map(|name| (name, Kind::Ecr)), ..Span::new(whole, Kind::Ecr) }
}

/// The resource in the path behind a service's own host: `https://sqs.us-east-1.amazonaws.com/123456789012/orders`.
fn path(text: &[u8], start: usize, end: usize) -> Option<Span> {
    let first_label = &text[start..start + run(text, start, 64, |b| b.is_ascii_alphanumeric() || b == b'-')];
    let (_, front, segments, kind) = PATHS.iter().find(|row| {
        let same = row.0.as_bytes() == first_label || (row.0 == "s3" && first_label.starts_with(b"s3-"));
        same && text[end..].starts_with(row.1.as_bytes())
    })?;
    let from = end + front.len();
    let mut to = from;
    let mut name = from..from;
    for segment in 0..*segments {
        if segment > 0 {
            (text.get(to) == Some(&b'/')).then_some(())?;
            to += 1;
        }
        let length = run(text, to, 128, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        let length = text[to..to + length].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
        name = to..to + length;
        to = name.end;
    }
    let span: Range<usize> = from..to;
    Some(Span { name: Some((name, *kind)), ..Span::new(span, *kind) })
}
