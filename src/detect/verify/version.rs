//! Whether four numbers are a version, a release or a section, and no address: by their key and by what is around them.

use super::word_map::WordMap;
use super::{begins_line, is_in_sorted, is_listed, run, run_back, KEY, LABELS};
use crate::simd;
use crate::token;
use once_cell::sync::Lazy;
use std::ops::Range;

/// Whether the numbers are the value of a version: `version: 10.0.0.1`, `"EngineVersion":"10.0.0.1"`, `<Version>10.0.0.1<`.
pub(super) fn is_under_version(before: &[u8]) -> bool {
    key_in_front(before, is_between_key_and_value).is_some_and(is_version_key)
}

/// Whether a key says that its value is a version. Nothing that looks like an address in it is one.
pub fn is_version_key(key: &[u8]) -> bool {
    let singular = key.strip_suffix(b"s").unwrap_or(key);
    let end = singular.len().checked_sub(VERSION.len()).map(|from| &singular[from..]);
    end.is_some_and(|end| end.eq_ignore_ascii_case(VERSION))
}

const VERSION: &[u8] = b"version";

/// Whether a word makes numbers behind it a version: `version`, `Build`, `EngineVersion`.
pub fn is_counted(word: &[u8]) -> bool {
    let singular = word.strip_suffix(b"s").or(word.strip_suffix(b"S")).unwrap_or(word);
    is_version_key(word) || is_in_sorted(singular, COUNTED)
}

/// Words behind which four numbers are a version or a place in a document. Sorted.
const COUNTED: &[&str] = &[
    "build", "chapter", "clause", "figure", "oid", "release", "revision", "rfc", "rv", "sec", "section", "table",
    "ver", "version",
];

/// The words among these behind which longer numbers are a version as well: no document has so many sections. Sorted.
const RELEASED: &[&str] = &["release", "releases", "rv", "ver"];

/// Whether what is around numbers as long as those of most addresses leaves no doubt that they are a version:
/// `version 14.28.13.10`, `pkg==14.28.13.10`, `pkg-14.28.13.10.tar.gz`. A hyphen or a word behind or before them is not
/// enough: `allow-52.94.76.10`, `Table 52.94.76.10`.
pub(super) fn is_said_to_be_version(text: &[u8], range: Range<usize>, before: &[u8]) -> bool {
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

/// Whether what is around shorter numbers, or some with a zero, says that they are a version or a section:
/// `version 4.8.1.2`, `§ 5.1.2.3`, `pkg==1.2.3.4`, `pkg-1.2.3.4.tar.gz`.
pub(super) fn is_like_version(text: &[u8], range: Range<usize>, before: &[u8]) -> bool {
    let behind = &text[range.end..];
    matches!(behind, [b'.' | b'-', next, ..] if next.is_ascii_alphabetic())
        || is_joined(before)
        || before.ends_with(b".so.")
        || is_behind_another(before)
        || is_behind_comparison(before)
        || is_behind_section_sign(before)
        || is_counted(word_in_front(before, |b| is_between_key_and_value(b) || b == b'.'))
        || is_build(text, range.start)
        || product(text, range.start).is_some()
        || range.len() == LONGEST_HEADING && is_heading(before, behind)
}

/// Whether the version before is in front: `from v2.14.3.1 to 2.15.0.0`.
fn is_behind_another(before: &[u8]) -> bool {
    let head = before.strip_suffix(b" to ").or_else(|| before.strip_suffix(b" -> ")).unwrap_or_default();
    let length = simd::run_back(head, head.len(), LONGEST_VERSION, &LABELS);
    matches!(head[head.len() - length..], [b'v' | b'V', digit, ..] if digit.is_ascii_digit())
}

/// No version that is told by its letter is longer.
const LONGEST_VERSION: usize = 24;

/// The word behind which the numbers stand; an empty one if there is none.
fn word_in_front(before: &[u8], is_gap: fn(u8) -> bool) -> &[u8] {
    let word = key_in_front(before, is_gap).unwrap_or_default();
    let length = simd::run_back(word, word.len(), 32, &KEY);
    &word[word.len() - length..]
}

/// What is in front of a value, without the quotes and the `:` or `=` of its key; `None` if there are none.
pub(super) fn key_in_front(before: &[u8], is_gap: fn(u8) -> bool) -> Option<&[u8]> {
    let gap = run_back(before, before.len(), LONGEST_GAP, is_gap);
    (gap > 0).then(|| &before[..before.len() - gap])
}

/// How many quotes, separators and spaces may stand between a key and its value.
const LONGEST_GAP: usize = 8;

/// The last two are the bytes of a space that does not break.
fn is_between_key_and_value(b: u8) -> bool {
    matches!(b, b' ' | b':' | b'=' | b'"' | b'\'' | b'\\' | b'>' | 0xc2 | 0xa0)
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

/// `§5.1.2.3`, `§ 5.1.2.3`; the space may be one that does not break.
fn is_behind_section_sign(before: &[u8]) -> bool {
    let before = before.strip_suffix(b" ").or_else(|| before.strip_suffix("\u{a0}".as_bytes())).unwrap_or(before);
    before.ends_with("§".as_bytes())
}

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

/// Four numbers of one digit each: few addresses are that short, and few documents have more sections.
const LONGEST_HEADING: usize = 7;

/// `5.7.mysql_aurora.2.11.1.1`: numbers behind a dotted word that begins with one.
fn is_build(text: &[u8], start: usize) -> bool {
    let length = simd::run_back(text, start, 32, &LABELS);
    let word = &text[start - length..start];
    matches!(word, [first, .., letter, b'.'] if first.is_ascii_digit() && letter.is_ascii_alphabetic())
}

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
    let is_product = length >= 3 && word[0].is_ascii_alphabetic() && alone && !is_network_word(word);
    is_product.then_some(slash - length)
}

/// Whether a word is one of [`NETWORK_WORDS`], in either case. Few addresses are asked this; it would take the registers of all.
#[inline(never)]
fn is_network_word(word: &[u8]) -> bool {
    NETWORKS.get_lower(word).is_some()
}

/// [`NETWORK_WORDS`], to be asked.
static NETWORKS: Lazy<WordMap<()>> = Lazy::new(|| NETWORK_WORDS.iter().copied().collect());

/// The longest product name in front of a version.
const LONGEST_PRODUCT: usize = 32;

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

/// Whether what is behind the numbers is that of a package or a release: `.tar.gz`, `-1_amd64.deb`, `-beta2`, `.Final`. A token
/// there was such a word, or the address would be one too.
pub(super) fn is_of_package(behind: &[u8]) -> bool {
    if !matches!(behind, [b'.' | b'-' | b'_', next, ..] if next.is_ascii_alphanumeric()) {
        return false;
    }
    let name = &behind[..run(behind, 0, LONGEST_PACKAGE, |b| b.is_ascii_alphanumeric() || b"._-+~".contains(&b))];
    let name = name.strip_suffix(b".").unwrap_or(name);
    let release = &name[1..1 + run(name, 1, name.len(), |b| b.is_ascii_alphabetic())];
    let ending = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    // It counts where it begins: another one in its place may be longer.
    let has_token = || token::find_before(behind, 0, name.len()).is_some();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(NETWORK_WORDS.windows(2).all(|pair| pair[0] < pair[1]));
        for table in [COUNTED, RELEASED, PACKAGES, RELEASES] {
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
}
