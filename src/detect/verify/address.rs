//! IP addresses.

use super::version::{is_like_version, is_of_package, is_said_to_be_version, is_under_version, key_in_front};
use super::word_map::WordMap;
use super::{ends_word, is_alphanumeric, last_word, number_goes_on, run, run_back, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use once_cell::sync::Lazy;
use std::net::{Ipv4Addr, Ipv6Addr};

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
    let (first, mut end) = octet(text, start)?;
    let mut octets = [first, 0, 0, 0];
    for place in &mut octets[1..] {
        (text.get(end) == Some(&b'.')).then_some(())?;
        (*place, end) = octet(text, end + 1)?;
    }
    if !ends_word(text, end) {
        return None;
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
    if number_goes_on(text, end) && !has_port {
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

/// The number between two dots that starts at `start`, and where it ends; none that begins with a zero (RFC 6943, section 3.1.1).
fn octet(text: &[u8], start: usize) -> Option<(u8, usize)> {
    let digit = |at: usize| text.get(at).map(|b| b.wrapping_sub(b'0')).filter(|digit| *digit < 10);
    let first = digit(start)?;
    let Some(second) = digit(start + 1) else { return Some((first, start + 1)) };
    (first > 0).then_some(())?;
    let two = 10 * first + second;
    let Some(third) = digit(start + 2) else { return Some((two, start + 2)) };
    Some((two.checked_mul(10)?.checked_add(third)?, start + 3))
}

/// A prefix length or a port: only addresses have these.
fn goes_on_as_address(behind: &[u8]) -> bool {
    matches!(behind, [b'/' | b':', digit, ..] if digit.is_ascii_digit())
}

/// The port behind an address as tcpdump writes it, a number or a service: `IP 10.0.0.7.52143 > 52.94.76.10.https: tcp 0`.
/// Five numbers are a version too: only an arrow beside them, or `IP` in front, says that they are none.
fn has_port(before: &[u8], port: &[u8], is_sure: bool) -> bool {
    let length = run(port, 0, LONGEST_SERVICE + 1, |b| is_alphanumeric(b) || b == b'-');
    let is_first = port[length..].starts_with(b" > ");
    let is_port = (1..=LONGEST_SERVICE).contains(&length) && (is_first || port.get(length) == Some(&b':'));
    let is_behind_ip = || before.ends_with(b"IP ");
    is_port && (is_behind_ip() || is_sure && (is_first || before.ends_with(b" > ")))
}

/// The longest name of a service (RFC 6335).
const LONGEST_SERVICE: usize = 15;

/// `1.`: a fifth number.
fn behind_a_number(text: &[u8], start: usize) -> bool {
    matches!(text[..start], [.., digit, b'.'] if digit.is_ascii_digit())
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

/// [`ADDRESS_WORDS`], to be asked.
static ADDRESS: Lazy<WordMap<()>> = Lazy::new(|| ADDRESS_WORDS.iter().copied().collect());

fn is_behind_address_word(before: &[u8]) -> bool {
    let between = |b: u8| matches!(b, b' ' | b'=' | b'<' | b'>' | b'!' | b'-' | b'_' | b'#' | b'"' | b'\'' | b'\\');
    let name = key_in_front(before, between).unwrap_or_default();
    let length = run_back(name, name.len(), LONGEST_ADDRESS_WORD, is_alphanumeric);
    ADDRESS.get_lower(last_word(&name[name.len() - length..])).is_some()
}

/// One more than the longest of these has, so that no longer word ends in one.
const LONGEST_ADDRESS_WORD: usize = 12;

/// Whether four numbers are as long as most addresses and few versions are: seven digits or more, and no number is zero.
/// One address in a hundred has a zero in it, one in a thousand is shorter.
fn is_wide(numbers: &[u8]) -> bool {
    numbers.len() >= b"52.94.76.1".len() && !numbers.split(|b| *b == b'.').any(|number| number == b"0")
}

/// The longest text form of an IPv6 address.
const LONGEST_IPV6: usize = 39;

/// What the text forms are made of.
static HEXADECIMAL: AsciiSet = AsciiSet::of(b"0123456789abcdefABCDEF:");

/// Whether the colon may be the first of an address of the ranges that are looked for: their first four digits stand before it,
/// which begin with `2`, `3`, `fc` or `fd`.
#[inline(always)]
pub fn may_be_ipv6(text: &[u8], colon: usize) -> bool {
    let digits = text[..colon].last_chunk::<4>();
    let is_of_range = matches!(digits, Some([b'2' | b'3', _, _, _] | [b'f' | b'F', b'c' | b'd' | b'C' | b'D', _, _]));
    is_of_range && digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// Whether an address may begin at `start`: no other group of digits stands in front of it. The letters of a word are none
/// (`source:2600:1f18::1`), and a colon alone is punctuation.
fn begins_ipv6(text: &[u8], start: usize) -> bool {
    let Some(before) = text[..start].strip_suffix(b":") else { return starts_word(text, start) };
    let group = run_back(before, before.len(), LONGEST_GROUP + 1, |b| b.is_ascii_hexdigit());
    match group {
        0 => !before.ends_with(b":"),
        _ => group > LONGEST_GROUP || !starts_word(before, before.len() - group),
    }
}

/// The most digits between two colons.
const LONGEST_GROUP: usize = 4;

/// The IPv6 address whose first colon is at `colon`: global unicast (2000::/3) or unique local (fc00::/7), as it stands.
///
/// Times (`12:34:56`), MAC addresses and C++ scopes are no addresses of these ranges; 2001:db8::/32 and 3fff::/20 are for
/// documentation (RFC 3849, RFC 9637), and EC2 gives some addresses to every instance.
pub fn ipv6(text: &[u8], colon: usize) -> Option<Span> {
    if !may_be_ipv6(text, colon) || !begins_ipv6(text, colon - 4) {
        return None;
    }
    let start = colon - 4;
    let reach = start + simd::run(text, start, LONGEST_IPV6 + 2, &HEXADECIMAL);
    // A single colon at the end is punctuation, `::` is part of the address.
    let is_punctuation = text[start..reach].ends_with(b":") && !text[start..reach].ends_with(b"::");
    let end = reach - usize::from(is_punctuation);
    let inside = &text[start..end];
    if inside.len() > LONGEST_IPV6 || !ends_word(text, end) {
        return None;
    }
    // Seven colons, or fewer of which two stand together. A time has neither.
    let colons = inside.iter().filter(|b| **b == b':').count();
    let doubled = inside.windows(2).filter(|pair| pair == b"::").count();
    if doubled > 1 || colons != 7 && doubled == 0 {
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
    fn the_table_is_sorted() {
        assert!(ADDRESS_WORDS.windows(2).all(|pair| pair[0] < pair[1]));
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

    #[test]
    fn an_address_begins_behind_a_word_and_not_in_another_address() {
        let found = |text: &str| {
            let mut colons = text.match_indices(':').map(|(colon, _)| colon);
            colons.find_map(|colon| ipv6(text.as_bytes(), colon)).map(|span| text[span.range].to_string())
        };
        for (text, address) in [
            ("source:2600:1f18::1", "2600:1f18::1"),
            ("{\"a\":2600:1f18::1}", "2600:1f18::1"),
            ("node:fc00::1.", "fc00::1"),
            (":2600:1f18::1:", "2600:1f18::1"),
            ("addresses:2600:1f18:0:1:2:3:4:5,", "2600:1f18:0:1:2:3:4:5"),
        ] {
            assert_eq!(found(text).as_deref(), Some(address), "{text}");
        }
        for text in [
            "e:2600:1f18::1",
            "12:2600::1",
            "a::2600:1f18::1",
            "aa:bb:2600:1f18::1",
            "x2600:1f18::1",
            "00:2600:1f18::1",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
