//! IP addresses.

use super::{begins_line, ends_word, is_listed, last_word, lower, number_goes_on, run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use crate::token;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// The IPv4 address whose first dot is at `dot`.
///
/// Not part of a longer dotted number, not a version (`Chrome/118.0.93.70`, `v1.2.3.4`, `"EngineVersion": "8.0.1.2"`), not
/// an address that says nothing about a network: loopback, link-local and metadata, multicast, documentation, 0/8, 255/8.
/// A private address is taken for a version only where a key says so: elsewhere the leak would be worse than the mistake.
///
/// `masked` is where the last identifier in front of it ends: words of that say nothing, since they will be gone.
pub fn ipv4(text: &[u8], dot: usize, masked: usize) -> Option<Span> {
    let start = dot - run_back(text, dot, 3, |b| b.is_ascii_digit());
    if behind_a_number(text, start) || !starts_word(text, start) {
        return None;
    }
    let mut octets = [octet(text, start)?, 0, 0, 0];
    let mut end = dot;
    for place in &mut octets[1..] {
        (text.get(end) == Some(&b'.')).then_some(())?;
        *place = octet(text, end + 1)?;
        end += 1 + decimals(text, end + 1);
    }
    let address = Ipv4Addr::from(octets);
    let kind = match () {
        () if address.is_private() || is_shared(address) => Kind::PrivateIp,
        () if is_public(address) => Kind::PublicIp,
        () => return None,
    };
    let before = &text[masked.min(start)..start];
    let is_sure = kind == Kind::PrivateIp || is_wide(&text[start..end]);
    let has_port = text.get(end) == Some(&b'.') && has_port(before, &text[end + 1..], is_sure);
    if number_goes_on(text, end) && !has_port || !ends_word(text, end) {
        return None;
    }
    let is_version = !has_port
        && !goes_on_as_address(&text[end..])
        && match kind {
            Kind::PrivateIp => is_under_version(before),
            _ if is_behind_address_word(before) => is_of_package(&text[end..]),
            _ if is_wide(&text[start..end]) => is_said_to_be_version(text, start..end, before),
            _ => is_like_version(text, start..end, before),
        };
    (!is_version).then(|| Span::new(start..end, kind))
}

/// The number between two dots that starts at `start`; none that begins with a zero (RFC 6943, section 3.1.1).
fn octet(text: &[u8], start: usize) -> Option<u8> {
    match text[start..start + decimals(text, start)] {
        [] | [b'0', _, ..] => None,
        ref digits => digits.iter().try_fold(0u8, |n, b| n.checked_mul(10)?.checked_add(b - b'0')),
    }
}

/// How many digits of such a number start there.
fn decimals(text: &[u8], start: usize) -> usize {
    run(text, start, 3, |b| b.is_ascii_digit())
}

/// A prefix length or a port: only addresses have these.
fn goes_on_as_address(behind: &[u8]) -> bool {
    matches!(behind, [b'/' | b':', digit, ..] if digit.is_ascii_digit())
}

/// The port behind an address as tcpdump writes it, a number or a service: `IP 10.0.0.7.52143 > 52.94.76.10.https: tcp 0`.
/// Five numbers are a version too: only an arrow beside them, or `IP` in front, says that they are none.
fn has_port(before: &[u8], port: &[u8], is_sure: bool) -> bool {
    let number = run(port, 0, 6, |b| b.is_ascii_digit());
    let service = run(port, 0, LONGEST_SERVICE + 1, |b| b.is_ascii_alphanumeric() || b == b'-');
    let is_number = number == service && number <= 5;
    let is_first = port[service..].starts_with(b" > ");
    let ends = is_first || port.get(service) == Some(&b':');
    let is_behind_ip = before.ends_with(b"IP ");
    let is_traffic = is_behind_ip || before.ends_with(b" > ") || is_first;
    let is_port = ends && (is_number || service <= LONGEST_SERVICE);
    service > 0 && is_port && is_traffic && (is_behind_ip || is_sure)
}

/// The longest name of a service (RFC 6335).
const LONGEST_SERVICE: usize = 15;

/// `1.`: a fifth number.
fn behind_a_number(text: &[u8], start: usize) -> bool {
    matches!(text[..start], [.., digit, b'.'] if digit.is_ascii_digit())
}

/// `5.7.mysql_aurora.2.11.1.1`: numbers behind a dotted word that begins with one.
fn is_build(text: &[u8], start: usize) -> bool {
    let length = run_back(text, start, 32, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let word = &text[start - length..start];
    matches!(word, [first, .., letter, b'.'] if first.is_ascii_digit() && letter.is_ascii_alphabetic())
}

/// The longest product name in front of a version.
const LONGEST_PRODUCT: usize = 32;

/// Where the product's name begins that stands before `start` with a slash, as in a User-Agent: `nginx/1.2.3.4`,
/// `Boto3/1.26.1.2`.
///
/// The name is a word of its own. A host, which Java writes in front of its address, mostly has dots or hyphens, and a
/// firewall writes one of [`NETWORK_WORDS`] there. An identifier that is such a word becomes a token, which is one too.
fn product(text: &[u8], start: usize) -> Option<usize> {
    let slash = start.checked_sub(1).filter(|slash| text[*slash] == b'/')?;
    let length = run_back(text, slash, LONGEST_PRODUCT, |b| b.is_ascii_alphanumeric() || b == b'_');
    let word = &text[slash - length..slash];
    let alone = match text[..slash - length] {
        [] => true,
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., b] => b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'(' | b';' | b','),
    };
    let is_product = length >= 3 && word[0].is_ascii_alphabetic() && alone && !is_listed(word, NETWORK_WORDS);
    is_product.then_some(slash - length)
}

/// Whether another product with its version stands beside that of `product`, as in a User-Agent:
/// `Chrome/118.15.93.70 Safari/537.36`. Java writes its hosts one by one: `Connected to orders/52.94.76.10`.
fn is_among_products(text: &[u8], product: Range<usize>) -> bool {
    let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'/');
    let next = product.end + 1;
    let next = next..next + run(text, next, LONGEST_NEIGHBOUR, part);
    let last = product.start.saturating_sub(1);
    let last = last - run_back(text, last, LONGEST_NEIGHBOUR, part)..last;
    let is_beside = |space: Option<&u8>, word: Range<usize>| space == Some(&b' ') && is_product(&text[word]);
    is_beside(text.get(product.end), next) || is_beside(text[..product.start].last(), last)
}

/// The longest product beside another, with its version. Every token is shorter.
const LONGEST_NEIGHBOUR: usize = 64;

/// `Safari/537.36`: a word and up to three numbers. Four may be an address, which will be gone.
fn is_product(word: &[u8]) -> bool {
    let Some(slash) = word.iter().position(|b| *b == b'/') else { return false };
    let is_number = |number: &[u8]| (1..=5).contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
    let version = &word[slash + 1..];
    slash > 0 && version.split(|b| *b == b'.').count() <= 3 && version.split(|b| *b == b'.').all(is_number)
}

/// Words in front of an address and a slash, as firewalls, routers and Java write them. Sorted.
const NETWORK_WORDS: &[&str] = &[
    "addr",
    "address",
    "cidr",
    "client",
    "destination",
    "dmz",
    "dns",
    "dst",
    "eth0",
    "eth1",
    "from",
    "gateway",
    "host",
    "hosts",
    "http",
    "https",
    "icmp",
    "inet",
    "inside",
    "ip",
    "ips",
    "ipv4",
    "localhost",
    "network",
    "node",
    "outside",
    "peer",
    "proxy",
    "remote",
    "route",
    "server",
    "source",
    "src",
    "subnet",
    "target",
    "tcp",
    "udp",
];

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
    "build", "chapter", "clause", "figure", "release", "revision", "rfc", "rv", "sec", "section", "table", "ver",
    "version",
];

/// Whether a word makes numbers behind it a version: `version`, `Build`, `EngineVersion`.
pub fn is_counted(word: &[u8]) -> bool {
    let is_listed = |word: &[u8]| {
        let singular = word.strip_suffix(b"s").unwrap_or(word);
        COUNTED.binary_search_by(|counted| counted.as_bytes().cmp(singular)).is_ok()
    };
    is_version_key(word) || lower(word, &mut [0; 10]).is_some_and(is_listed)
}

/// The words among these behind which longer numbers are a version as well: no document has so many sections. Sorted.
const RELEASED: &[&str] = &["release", "releases", "rv", "ver"];

const VERSION: &[u8] = b"version";

/// Whether a key says that its value is a version. Nothing that looks like an address in it is one.
pub fn is_version_key(key: &[u8]) -> bool {
    let singular = key.strip_suffix(b"s").unwrap_or(key);
    let end = singular.len().checked_sub(VERSION.len()).map(|from| &singular[from..]);
    end.is_some_and(|end| end.eq_ignore_ascii_case(VERSION))
}

/// How many quotes, separators and spaces may stand between a key and its value.
const LONGEST_GAP: usize = 8;

/// What is in front of a value, without the quotes and the `:` or `=` of its key; `None` if there are none.
fn key_in_front(before: &[u8], is_gap: fn(u8) -> bool) -> Option<&[u8]> {
    let gap = run_back(before, before.len(), LONGEST_GAP, is_gap);
    (gap > 0).then(|| &before[..before.len() - gap])
}

/// The last two are the bytes of a space that does not break.
fn is_between_key_and_value(b: u8) -> bool {
    matches!(b, b' ' | b':' | b'=' | b'"' | b'\'' | b'\\' | b'>' | 0xc2 | 0xa0)
}

/// Whether the numbers are the value of a version: `version: 10.0.0.1`, `"EngineVersion":"10.0.0.1"`, `<Version>10.0.0.1<`.
fn is_under_version(before: &[u8]) -> bool {
    key_in_front(before, is_between_key_and_value).is_some_and(is_version_key)
}

/// Words that say of what is compared with them or joined to them that it is an address: `ip.src == 52.94.76.10`,
/// `nat_ip_52.94.76.10`. Sorted.
const ADDRESS_WORDS: &[&str] = &[
    "addr",
    "address",
    "cidr",
    "destination",
    "dst",
    "eip",
    "host",
    "hosts",
    "ip",
    "ipaddr",
    "ipaddress",
    "ips",
    "ipv4",
    "nat",
    "source",
    "src",
    "subnet",
];

fn is_behind_address_word(before: &[u8]) -> bool {
    let between = |b: u8| matches!(b, b' ' | b'=' | b'<' | b'>' | b'!' | b'-' | b'_' | b'#' | b'"' | b'\'' | b'\\');
    let name = key_in_front(before, between).unwrap_or_default();
    let length = run_back(name, name.len(), LONGEST_ADDRESS_WORD, |b| b.is_ascii_alphanumeric());
    is_listed(last_word(&name[name.len() - length..]), ADDRESS_WORDS)
}

/// One more than the longest of these has, so that no longer word ends in one.
const LONGEST_ADDRESS_WORD: usize = 12;

/// Whether four numbers are as long as most addresses and few versions are: seven digits or more, and no number is zero.
/// One address in a hundred has a zero in it, one in a thousand is shorter.
fn is_wide(numbers: &[u8]) -> bool {
    numbers.len() >= b"52.94.76.1".len() && !numbers.split(|b| *b == b'.').any(|number| number == b"0")
}

/// Whether what is around such numbers leaves no doubt that they are a version: `version 14.28.13.10`, `pkg==14.28.13.10`,
/// `pkg-14.28.13.10.tar.gz`. A hyphen or a word behind or before them is not enough: `allow-52.94.76.10`, `Table 52.94.76.10`.
fn is_said_to_be_version(text: &[u8], range: Range<usize>, before: &[u8]) -> bool {
    let is_one_of_products = |name: usize| is_among_products(text, name..range.end);
    let between = |b: u8| is_between_key_and_value(b) || matches!(b, b'.' | b'-' | b'_');
    let word = word_in_front(before, between);
    is_of_package(&text[range.end..])
        || is_behind_comparison(before)
        || is_behind_section_sign(before)
        || is_version_key(word)
        || is_listed(word, RELEASED)
        || is_build(text, range.start)
        || product(text, range.start).is_some_and(is_one_of_products)
}

/// Whether what is around other numbers says that they are a version or a section: `version 4.8.1.2`, `§ 5.1.2.3`,
/// `pkg==1.2.3.4`, `pkg-1.2.3.4.tar.gz`.
fn is_like_version(text: &[u8], range: Range<usize>, before: &[u8]) -> bool {
    let behind = &text[range.end..];
    matches!(behind, [b'.' | b'-', next, ..] if next.is_ascii_alphabetic())
        || is_joined(before)
        || is_behind_comparison(before)
        || is_behind_section_sign(before)
        || is_counted(word_in_front(before, |b| is_between_key_and_value(b) || b == b'.'))
        || is_build(text, range.start)
        || product(text, range.start).is_some()
        || range.len() == LONGEST_HEADING && is_heading(before, behind)
}

/// `pkg-1.2.3.4`, `#1.2.3.4`. A hyphen at the beginning of a line is that of a diff, one behind an identifier that of a range:
/// `52.94.76.10-52.94.76.0`.
fn is_joined(before: &[u8]) -> bool {
    match before {
        [head @ .., b'-'] => !begins_line(head),
        [.., b'_' | b'#'] => true,
        _ => false,
    }
}

/// `pkg==1.2.3.4`, `pkg >= 1.2.3.4`, `^1.2.3.4`
fn is_behind_comparison(before: &[u8]) -> bool {
    matches!(before, [.., b'=' | b'<' | b'>' | b'~' | b'^', b'='] | [.., b'^' | b'~'])
        || matches!(before, [.., b'=', b'=' | b'>', b' '] | [.., b'>' | b'<', b'=', b' '])
}

/// The word behind which the numbers stand; an empty one if there is none.
fn word_in_front(before: &[u8], is_gap: fn(u8) -> bool) -> &[u8] {
    let word = key_in_front(before, is_gap).unwrap_or_default();
    let length = run_back(word, word.len(), 32, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    &word[word.len() - length..]
}

/// Whether what is behind the numbers is that of a package or a release: `.tar.gz`, `-1_amd64.deb`, `-beta2`, `.Final`. A token
/// there was such a word, or the address would be one too.
fn is_of_package(behind: &[u8]) -> bool {
    if !matches!(behind, [b'.' | b'-' | b'_', next, ..] if next.is_ascii_alphanumeric()) {
        return false;
    }
    let name = &behind[..run(behind, 0, LONGEST_PACKAGE, |b| b.is_ascii_alphanumeric() || b"._-+~".contains(&b))];
    let name = name.strip_suffix(b".").unwrap_or(name);
    let release = &name[1..1 + run(name, 1, name.len(), |b| b.is_ascii_alphabetic())];
    let ending = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    // It counts where it begins: another one in its place may be longer.
    let reach = &behind[..behind.len().min(name.len() + token::LONGEST)];
    let has_token = || token::find(reach, 0).is_some_and(|token| token.range.start < name.len());
    is_listed(release, RELEASES) || ending.len() < name.len() && is_listed(ending, PACKAGES) || has_token()
}

/// The longest end of a package's name that is looked at.
const LONGEST_PACKAGE: usize = 64;

/// What packages, programs and their signatures end in. Sorted.
const PACKAGES: &[&str] = &[
    "7z", "aar", "apk", "appimage", "asc", "bin", "bz2", "crate", "deb", "dll", "dmg", "ear", "egg", "exe", "gem",
    "gz", "img", "ipa", "iso", "jar", "msi", "msix", "nupkg", "phar", "pkg", "pom", "rar", "rpm", "sha256", "sig",
    "snap", "so", "tar", "tgz", "txz", "vsix", "war", "whl", "xz", "zip", "zst",
];

/// Words behind a version that say which release it is, or of which distribution. Sorted.
const RELEASES: &[&str] = &[
    "alpha",
    "alpine",
    "amzn",
    "beta",
    "build",
    "canary",
    "cr",
    "debian",
    "dfsg",
    "el",
    "fc",
    "final",
    "ga",
    "generic",
    "hotfix",
    "jdk",
    "jre",
    "lts",
    "microsoft",
    "nightly",
    "pre",
    "preview",
    "r",
    "rc",
    "redhat",
    "release",
    "snapshot",
    "sp",
    "stable",
    "ubuntu",
];

/// Four numbers of one digit each: few addresses are that short, and few documents have more sections.
const LONGEST_HEADING: usize = 7;

/// The number of a section where it stands above its text or somebody refers to it: `6.3.4.2. Partitions` alone in its line,
/// `K.3.7.4.1`, `6.3.4.2절`.
fn is_heading(before: &[u8], behind: &[u8]) -> bool {
    let title = behind.strip_prefix(b".").map(|title| title.strip_prefix(b"\xc2\xa0").unwrap_or(title));
    let has_title = title
        .is_some_and(|title| title.trim_ascii_start().first().is_some_and(|b| b.is_ascii_uppercase() || !b.is_ascii()));
    let is_of_annex =
        matches!(before, [.., space, letter, b'.'] if letter.is_ascii_uppercase() && !space.is_ascii_alphanumeric());
    begins_line(before) && has_title || is_of_annex || behind.starts_with("절".as_bytes())
}

/// `§5.1.2.3`, `§ 5.1.2.3`; the space may be one that does not break.
fn is_behind_section_sign(before: &[u8]) -> bool {
    let before = before.strip_suffix(b" ").or_else(|| before.strip_suffix("\u{a0}".as_bytes())).unwrap_or(before);
    before.ends_with("§".as_bytes())
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
/// Times (`12:34:56`), MAC addresses and C++ scopes are no addresses of these ranges; 2001:db8::/32 and 3fff::/20 are for
/// documentation (RFC 3849, RFC 9637), and EC2 gives some addresses to every instance.
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
    // A year, an edition or a line of a listing and two colons: `4 Jan 2004::`, `rust_2021::v1`.
    let is_number = inside.len() == b"2004::".len() && inside[..4].iter().all(u8::is_ascii_digit);
    if is_number && text.get(end) != Some(&b'/') {
        return None;
    }
    let address: Ipv6Addr = std::str::from_utf8(inside).ok()?.parse().ok()?;
    let [first, second, ..] = address.segments();
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let global = first & 0xe000 == 0x2000 && !documentation;
    let unique_local = first & 0xfe00 == 0xfc00;
    ((global || unique_local) && !is_of_every_instance(address)).then(|| Span::new(start..end, Kind::Ipv6))
}

/// Services that every instance finds at the same address: metadata, DNS, time, Windows activation, EKS pod identity.
///
/// Source: EC2 and EKS user guides.
fn is_of_every_instance(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23 | 0x123 | 0x250 | 0x251 | 0x253 | 0x254])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(NETWORK_WORDS.windows(2).all(|pair| pair[0] < pair[1]));
        for table in [COUNTED, RELEASED, ADDRESS_WORDS, PACKAGES, RELEASES] {
            assert!(table.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn a_longer_token_in_the_place_of_another_changes_nothing() {
        let behind = |token: &str| format!("-52.10.10.100aaaa-000000.us-east-1.elb.amazonaws.com{token}'");
        for token in ["AWS_EC2_000", "AWS_TOKEN_001", "AWS_SECURITY_GROUP_0000000000000000001"] {
            assert!(is_of_package(behind(token).as_bytes()), "{token}");
        }
        assert!(!is_of_package(behind("").as_bytes()));
    }

    /// What is found of an address in a text.
    fn found(text: &str) -> Option<&str> {
        let dot = text.match_indices('.').map(|(dot, _)| dot);
        let mut dots = dot.filter(|dot| text[..*dot].ends_with(|c: char| c.is_ascii_digit()));
        dots.find_map(|dot| ipv4(text.as_bytes(), dot, 0)).map(|span| &text[span.range])
    }

    #[test]
    fn versions_are_no_addresses() {
        for text in [
            r#"{"version":"1.2.3.4"}"#,
            r#"{\"version\": \"1.2.3.4\"}"#,
            r#"version = "1.2.3.4""#,
            "version='1.2.3.4'",
            r#"{"EngineVersion":"8.0.1.2"}"#,
            "engine_version: 8.0.1.2",
            "<Version>1.2.3.4</Version>",
            "versions: 1.2.3.4",
            "Boto3/1.26.1.2 Botocore/1.29.1.2",
            "nginx/1.2.3.4",
            "(curl/8.5.0.1)",
            "Chrome/118.0.93.70 Safari/537.36",
            "5.7.mysql_aurora.2.11.1.1",
            "see § 5.1.2.3",
            "see §5.1.2.3",
            "see §\u{a0}5.1.2.3",
            "version: 10.0.0.1",
            r#""AgentVersion": "10.0.0.1""#,
            "Chapter 5.1.2.3",
            "see Section\u{a0}6.3.4.2",
            "6.3.4.2. Partitioning",
            "x\n6.3.4.2.\u{a0}Partitioning",
            "2.1.6.1. 네트워크",
            "(ISO C11) K.3.7.4.1",
            "(6.3.4.2절 참고)",
            "ja-JP-mac; rv:1.9.2.3",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_no_versions() {
        for (text, address) in [
            ("http://user@host/10.0.0.1", "10.0.0.1"),
            ("http://user@host/52.94.76.10", "52.94.76.10"),
            ("10.0.0.1/24", "10.0.0.1"),
            ("version 52.94.76.0/24", "52.94.76.0"),
            ("release 52.94.76.10:443", "52.94.76.10"),
            ("s3://bucket/52.94.76.10", "52.94.76.10"),
            ("GET /52.94.76.10 HTTP/1.1", "52.94.76.10"),
            ("denied tcp outside/52.94.76.10(80)", "52.94.76.10"),
            ("Redis/10.0.0.1", "10.0.0.1"),
            ("Connection refused: db/52.94.76.10:5432", "52.94.76.10"),
            ("db.example.com/52.94.76.10", "52.94.76.10"),
            ("table 10.0.0.1", "10.0.0.1"),
            ("a new version. 10.0.0.1 is up", "10.0.0.1"),
            ("client=52.94.76.10", "52.94.76.10"),
            ("52.94.76.10. is what dig says", "52.94.76.10"),
            ("52.94.76.10. Restart it", "52.94.76.10"),
            ("52.94.76.10를 허용", "52.94.76.10"),
            ("It is 52.94.76.10. Restart it", "52.94.76.10"),
            ("host: 52.94.76.10", "52.94.76.10"),
            ("allow-52.94.76.10", "52.94.76.10"),
            ("sg_52.94.76.10_32", "52.94.76.10"),
            ("peer#52.94.76.10", "52.94.76.10"),
            ("52.94.76.10-web", "52.94.76.10"),
            ("ping-52.94.76.10.log", "52.94.76.10"),
            ("52.94.76.10.ipv4.example.com", "52.94.76.10"),
            ("Table 52.94.76.10", "52.94.76.10"),
            ("build 52.94.76.10", "52.94.76.10"),
            ("Connected to orders/52.94.76.10", "52.94.76.10"),
            ("(redis/52.94.76.10)", "52.94.76.10"),
            ("from mysql/52.94.76.10 failed", "52.94.76.10"),
        ] {
            assert_eq!(found(text), Some(address), "{text}");
        }
    }

    #[test]
    fn words_and_marks_say_that_short_numbers_are_an_address() {
        for text in [
            "ip==3.0.4.5",
            "ip.src == 3.0.4.5 && tcp",
            "sourceIp <= 3.0.4.5",
            "NAT => 3.0.4.5",
            "'ip' => 3.0.4.5",
            "nat_ip_3.0.4.5",
            "host-3.0.4.5-web",
            "-3.0.4.5 web",
            "x\n-3.0.4.5 web",
            r"x\n-3.0.4.5 web",
        ] {
            assert_eq!(found(text), Some("3.0.4.5"), "{text}");
        }
    }

    #[test]
    fn packages_releases_and_products_have_long_versions_too() {
        for text in [
            "pkg-1.2.3.4.tar.gz",
            "foo_1.2.3.4-1_amd64.deb",
            "pkg-14.28.13.10.tar.gz",
            "foo_14.28.13.10-1_amd64.deb",
            "foo-14.28.13.10-py3-none-any.whl",
            "5.15.133.1-microsoft-standard-WSL2",
            "14.28.13.10-beta2",
            "14.28.13.10.Final",
            "pkg==14.28.13.10",
            "pkg >= 14.28.13.10",
            "netaddr==14.28.13.10",
            "version-14.28.13.10",
            "release 14.28.13.10",
            "Chrome/118.15.93.70 Safari/537.36",
            "Mozilla/5.0 Silk/112.15.93.70",
            "shipper-1.2.3.4",
            "v1.2.3.4-web",
            "host-1.2.3.4.tar.gz",
            "Table 5.1.2.3",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_port_may_stand_behind_a_dot_in_traffic() {
        for (text, address) in [
            ("IP 10.20.3.44.52143 > x: tcp 0", "10.20.3.44"),
            ("IP 3.0.4.5.443 > x: tcp 0", "3.0.4.5"),
            ("IP 3.0.4.5.https > x: tcp 0", "3.0.4.5"),
            ("192.168.3.44.52143 > x: Flags [S]", "192.168.3.44"),
            ("x.52143 > 52.94.76.10.https: Flags [S]", "52.94.76.10"),
            ("x.52143 > 52.94.76.10.443: Flags [S]", "52.94.76.10"),
        ] {
            assert_eq!(found(text), Some(address), "{text}");
        }
        for text in ["1.2.3.4.5 > 1.2.3.4.4", "52.94.76.10.443", "IP 1.2.3.4.5.6: x", "x > 1.2.3.4.tar.gz: ok"] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_has_two_ends() {
        let text = b"52.94.76.10-3.0.4.5";
        assert_eq!(ipv4(text, 13, 11).map(|span| span.range), Some(12..19));
    }
}
