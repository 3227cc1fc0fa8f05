//! Host names and URLs of AWS resources.

use super::end_map::EndMap;
use super::name::{is_account, ACCOUNT_LENGTH};
use super::word_map::WordMap;
use super::{ends_word, is_alphanumeric, is_listed, lower, run, starts_word, LABELS};
use crate::detect::catalogue::hosts::{
    At, AREAS, COMPASS, NAMED_LAST, PATHS, PUBLIC_LABELS, ROLE_LABELS, SERVICE_LABELS, SUFFIXES,
};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use crate::simd;
use once_cell::sync::Lazy;
use std::ops::Range;

/// What the public suffixes begin with.
const BEGINNINGS: [u32; SUFFIXES.len()] = {
    let mut beginnings = [0; SUFFIXES.len()];
    let mut row = 0;
    while row < SUFFIXES.len() {
        let Some(beginning) = SUFFIXES[row].0.as_bytes().first_chunk() else { panic!("no suffix is shorter") };
        beginnings[row] = lower_case(*beginning);
        row += 1;
    }
    beginnings
};

/// Four bytes as a number, in which letters are small.
const fn lower_case(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) | 0x2020_2020
}

/// Where four more stand of every suffix that tell those apart that begin alike: the third and behind.
const MORE: usize = 3;

/// The longest host name (RFC 1035).
const LONGEST_HOST: usize = 253;

/// The resources named by the host whose public suffix starts at `dot`, and by the path behind it.
///
/// With `preserve_structure` the span is the part that names the resource; without, it is the whole host. `read` is what was
/// read in front of the suffix before, so that nothing is read twice.
pub fn host(text: &[u8], dot: usize, read: &mut Range<usize>, preserve_structure: bool, out: &mut Vec<Span>) {
    let Some(beginning) = text[dot..].first_chunk().map(|head| lower_case(*head)) else { return };
    if !BEGINNINGS.contains(&beginning) {
        return;
    }
    let Some((suffix, kind)) = suffix_at(&text[dot..], beginning) else { return };
    let mut end = dot + suffix.len();
    if starts_with(&text[end..], ".cn") {
        end += b".cn".len();
    }
    if !ends_word(text, end) || text.get(end) == Some(&b'-') {
        return;
    }
    let start = host_start(text, dot, read);
    let start = if text[..start].ends_with(b"$") { behind_variable(text, start, dot) } else { start };
    // Host names are the same in either case (RFC 4343).
    let mut buffer = [0; LONGEST_HOST];
    let Some(lower) = lower(&text[start..dot], &mut buffer) else { return };
    let labels = Labels::read(lower, suffix, *kind);
    let roles = roles(&lower[..labels.name_length], labels.kind);
    let has_name = roles < labels.name_length;
    if labels.kind == Kind::Ecr {
        return out.extend(ecr(text, if has_name { Some(start) } else { None }, end));
    }
    if has_name && preserve_structure && labels.is_account(lower) {
        return out.push(Span::new(start..start + labels.name_length, Kind::Account));
    }
    if has_name {
        let range = if preserve_structure { start..start + labels.name_length } else { start..end };
        let name = name(lower, roles..labels.name_length, suffix, labels.kind);
        let name = (start + name.start..start + name.end, labels.kind);
        out.push(Span::named(range, labels.kind, name));
    }
    // A VPC endpoint stands in front of a service, whose path says more. Behind a bucket that a variable names stands a key.
    let is_behind_bucket = labels.kind == Kind::S3Bucket && text[..start].ends_with(b".");
    if !has_name && !is_behind_bucket || labels.kind == Kind::VpcEndpoint {
        out.extend(path(text, lower, suffix, end));
    }
}

/// Where a host begins behind the variable of a shell at `start`, if one goes on there: `$ACCOUNT.dkr.ecr.…`.
#[inline(never)]
fn behind_variable(text: &[u8], start: usize, end: usize) -> usize {
    let behind = start + run(text, start, end - start, |b| is_alphanumeric(b) || b == b'_');
    behind + usize::from(behind < end && text[behind] == b'.')
}

/// The public suffix that a text starts with, whose beginning is that of some.
#[inline]
fn suffix_at(text: &[u8], beginning: u32) -> Option<&'static (&'static str, Kind)> {
    // Sorted, so that those that begin alike stand together.
    let first = BEGINNINGS.iter().position(|row| *row == beginning)?;
    let rows = SUFFIXES[first..].iter().zip(&BEGINNINGS[first..]);
    let mut alike = rows.take_while(|row| *row.1 == beginning).map(|row| row.0);
    let more = lower_case(*text[MORE..].first_chunk()?);
    alike.find(|(suffix, _)| {
        let of_suffix = suffix.as_bytes()[MORE..].first_chunk();
        of_suffix.is_some_and(|of_suffix| lower_case(*of_suffix) == more) && starts_with(text, suffix)
    })
}

/// Whether the whole of a value is a host that AWS gives.
pub(super) fn is_host(value: &[u8]) -> bool {
    BY_END.get(value).is_some() && !value.contains(&b'/')
}

/// [`SUFFIXES`] by their ends.
static BY_END: Lazy<EndMap<(), 7>> = Lazy::new(|| SUFFIXES.iter().map(|row| (row.0, ())).collect());

/// Whether a text starts with a suffix, in either case.
fn starts_with(text: &[u8], suffix: &str) -> bool {
    // Most are written in lower case.
    let is = |head: &[u8]| head == suffix.as_bytes() || head.eq_ignore_ascii_case(suffix.as_bytes());
    text.get(..suffix.len()).is_some_and(is)
}

/// How many bytes in front of the name say only which of the resource's hosts that is.
fn roles(name: &[u8], kind: Kind) -> usize {
    let of_kind = ROLE_LABELS.iter().find(|row| row.0 == kind).map_or(&[][..], |row| row.1);
    let is_role = |label: &[u8]| of_kind.iter().any(|role| role.as_bytes() == label);
    let mut length = 0;
    while length < name.len() {
        let label = name[length..].split(|b| *b == b'.').next().unwrap_or_default();
        if !is_role(label) && !is_region(label) && !is_broker(label) {
            break;
        }
        length = name.len().min(length + label.len() + 1);
    }
    length
}

/// `b-1`, `b-2-public`, `z-1`: the brokers and ZooKeeper nodes of a Kafka cluster.
fn is_broker(label: &[u8]) -> bool {
    matches!(label, [b'b' | b'z', b'-', digit, ..] if digit.is_ascii_digit()) && label.len() <= b"b-99-public".len()
}

/// The label that is the resource's own name. That of a bucket may hold dots.
fn name(host: &[u8], range: Range<usize>, suffix: &str, kind: Kind) -> Range<usize> {
    let is_dot = |b: &u8| *b == b'.';
    let labels = &host[range.clone()];
    match kind {
        _ if NAMED_LAST.contains(&suffix) => {
            range.start + labels.iter().rposition(is_dot).map_or(0, |dot| dot + 1)..range.end
        }
        Kind::S3Bucket => range,
        _ => range.start..labels.iter().position(is_dot).map_or(range.end, |dot| range.start + dot),
    }
}

fn host_start(text: &[u8], dot: usize, read: &mut Range<usize>) -> usize {
    let unread = dot - read.end;
    let back = simd::run_back(text, dot, unread, &LABELS);
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
    if starts_with(&text[start..dot], "dualstack.") {
        start + b"dualstack.".len()
    } else {
        start
    }
}

/// The host name that EC2 gives an instance, from its first hyphen: `ip-10-0-1-23`. The domain behind it may be the VPC's own.
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
    let goes_on = text.get(end) == Some(&b'-');
    let whole = &text[start..hyphen] == b"ip" && starts_word(text, start) && ends_word(text, end) && !goes_on;
    whole.then(|| Span::named(start..end, Kind::Host, (start..end, Kind::Host)))
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
        let mut is_unlisted = false;
        while labels.name_length > 0 {
            let label_start = host[..labels.name_length].iter().rposition(|b| *b == b'.').map_or(0, |dot| dot + 1);
            let label = &host[label_start..labels.name_length];
            if let Some(service) = service(label) {
                if labels.kind == Kind::Host {
                    labels.kind = service;
                }
                service_seen = true;
            } else if is_ecr(label) && is_registry(&host[..labels.name_length]) {
                return Labels { kind: Kind::Ecr, name_length: labels.name_length };
            } else if is_ecr(label) && is_any_registry(&host[..labels.name_length]) {
                return Labels { kind: Kind::Ecr, name_length: 0 };
            } else if is_region(label) {
                region_seen = true;
            } else if labels.kind == Kind::VpcEndpoint && region_seen && label_start > 0 && !label.starts_with(b"vpce-")
            {
                // The service that the endpoint reaches, of which there are more than are listed: `sqs.us-east-1.vpce`.
            } else if suffix == ".amazonaws.com"
                && labels.name_length == host.len()
                && is_regional(&host[..label_start])
            {
                is_unlisted = true;
            } else {
                break;
            }
            labels.name_length = label_start.saturating_sub(1);
        }
        let name = &host[..labels.name_length];
        let has_endpoints =
            suffix.starts_with(".amazonaws.") || matches!(suffix, ".api.aws" | ".console.aws.amazon.com");
        let is_public = if is_unlisted { is_public_label(name) } else { !region_seen || is_public(name) };
        if !service_seen && has_endpoints && is_public {
            labels.name_length = 0;
        }
        labels
    }

    /// Whether what they name is an account, as in `123456789012.signin.aws.amazon.com`.
    fn is_account(&self, host: &[u8]) -> bool {
        self.kind != Kind::S3Bucket && is_account(&host[..self.name_length])
    }
}

/// The kind of a service label; S3's carry the region behind a hyphen too (`s3-us-west-2`, `s3-website-eu-west-1`).
fn service(label: &[u8]) -> Option<Kind> {
    let listed = SERVICES.get(label).copied().flatten();
    listed.or_else(|| label.starts_with(b"s3-").then_some(Kind::S3Bucket))
}

/// [`SERVICE_LABELS`], to be asked.
static SERVICES: Lazy<WordMap<Option<Kind>>> = Lazy::new(|| {
    let mut services = WordMap::default();
    SERVICE_LABELS.iter().for_each(|(label, kind)| *services.entry(label) = Some(*kind));
    services
});

/// The labels a registry's host has behind its account, or the last of them: `dkr.ecr`, `dkr-fips.ecr`, `dkr-ecr`.
fn is_ecr(label: &[u8]) -> bool {
    matches!(label, b"ecr" | b"ecr-fips" | b"dkr-ecr" | b"dkr-ecr-fips")
}

/// `123456789012.dkr.ecr`, `123456789012.dkr-ecr`
fn is_registry(host: &[u8]) -> bool {
    let account = ACCOUNT_LENGTH;
    run(host, 0, account + 1, |b| b.is_ascii_digit()) == account
        && host[account..].strip_prefix(b".").is_some_and(is_any_registry)
}

/// The labels of a registry whose account is a variable: `${ACCOUNT}.dkr.ecr.…`.
fn is_any_registry(labels: &[u8]) -> bool {
    matches!(labels, b"dkr.ecr" | b"dkr.ecr-fips" | b"dkr-fips.ecr" | b"dkr-ecr" | b"dkr-ecr-fips")
}

/// Whether labels end in a region with a name in front of it: `orders.us-east-1.`, as services that are not listed have
/// them in front of their own.
fn is_regional(labels: &[u8]) -> bool {
    let mut labels = labels.strip_suffix(b".").unwrap_or(labels).rsplit(|b| *b == b'.');
    labels.next().is_some_and(is_region) && labels.next().is_some()
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

/// Whether a word is called like a region of AWS, which few names are that look like one (`acme-data-1`).
pub(super) fn is_called_like_region(word: &[u8]) -> bool {
    let mut parts = word.split(|b| *b == b'-');
    let is_area = parts.next().is_some_and(|area| is_listed(area, AREAS));
    let compass = parts.rev().nth(1).unwrap_or_default();
    is_area && is_listed(compass, COMPASS) && is_region(word)
}

/// Whether what is in front of the region is a service's own endpoint: one label, or a public first label.
fn is_public(name: &[u8]) -> bool {
    if name.contains(&b'.') {
        return is_public_label(name);
    }
    run(name, 0, 3, |b| b.is_ascii_digit()) == 0 && !name.starts_with(b"ip-") && !name.starts_with(b"ec2-")
}

/// Whether the first label is a public one.
fn is_public_label(name: &[u8]) -> bool {
    let first = name.split(|b| *b == b'.').next().unwrap_or_default();
    PUBLIC.get(first).is_some()
}

/// [`PUBLIC_LABELS`], to be asked.
static PUBLIC: Lazy<WordMap<()>> = Lazy::new(|| PUBLIC_LABELS.iter().copied().collect());

/// The whole of `123456789012.dkr.ecr.<region>.amazonaws.com/team/app`, without tag or digest; of one without an account the repository.
fn ecr(text: &[u8], start: Option<usize>, end: usize) -> Option<Span> {
    let path = run(text, end, 257, |b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
    let trimmed = text[end..end + path].iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    let starts_path = text.get(end) == Some(&b'/');
    let repository = (starts_path && trimmed > 1).then_some(end + 1..end + trimmed);
    match (start, repository) {
        (Some(start), Some(name)) => Some(Span::named(start..name.end, Kind::Ecr, (name, Kind::Ecr))),
        (Some(start), None) => Some(Span::new(start..if starts_path { end + trimmed } else { end }, Kind::Ecr)),
        (None, Some(name)) => Some(Span::named(name.clone(), Kind::Ecr, (name, Kind::Ecr))),
        (None, None) => None,
    }
}

/// The resource in the path behind a service's own host: `https://sqs.us-east-1.amazonaws.com/123456789012/orders`.
fn path(text: &[u8], host: &[u8], suffix: &str, end: usize) -> Option<Span> {
    if text.get(end) != Some(&b'/') {
        return None;
    }
    let mut labels = host.split(|b| *b == b'.');
    let first = labels.next().unwrap_or_default();
    let last = labels.next_back().unwrap_or_default();
    // `sqs.us-east-1.vpce`
    let last = if last == b"vpce" { labels.nth_back(1).unwrap_or_default() } else { last };
    let is_there = |at: At| match at {
        At::Label("s3") if first.starts_with(b"s3-") => true,
        At::Label(label) => label.as_bytes() == first || label.as_bytes() == last,
        At::Suffix(of) => of == suffix,
    };
    let (_, front, segments, kind) =
        PATHS.iter().find(|row| is_there(row.0) && text[end..].starts_with(row.1.as_bytes()))?;
    let from = end + front.len();
    let mut to = from;
    let mut name = from..from;
    for segment in 0..*segments {
        if segment > 0 {
            (text.get(to) == Some(&b'/')).then_some(())?;
            to += 1;
        }
        let length = simd::run(text, to, 128, &LABELS);
        let length = text[to..to + length].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
        name = to..to + length;
        to = name.end;
    }
    (from < to).then(|| Span::named(from..to, *kind, (name, *kind)))
}
