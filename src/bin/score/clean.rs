//! Texts without AWS identifiers: documentation, source code, prose. Each class is a directory.
//!
//! They do have private addresses (`192.168.1.1`), which are masked wherever they stand and are no mistake. They are counted
//! apart.

use crate::{files, masker};
use aws_masker::detect::catalogue::kinds::Kind;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// At most one false mask in so many bytes.
const BYTES_PER_MASK: usize = 200_000;
/// Of all texts together at least so many bytes.
const LEAST: usize = 20_000_000;
/// The classes, and of how many bytes of each a judgement needs at least.
const CLASSES: &[(&str, usize)] = &[
    ("english-prose", 1_000_000),
    ("korean-prose", 2_000_000),
    ("python-documentation", 4_000_000),
    ("rust-documentation", 2_000_000),
    ("source-code", 8_000_000),
];

/// What was read of one class, and what was masked in it.
#[derive(Default)]
struct Class {
    bytes: usize,
    private: usize,
    masks: BTreeMap<&'static str, Vec<String>>,
}

impl Class {
    fn count(&self) -> usize {
        self.masks.values().map(Vec::len).sum()
    }
}

/// Prints what was masked in each class; `false` if it is too much, or too little was read to tell.
pub fn score(directory: &Path, out: &mut impl Write) -> io::Result<bool> {
    let mut good = true;
    let mut total = (0, 0);
    for (name, least) in CLASSES {
        let class = read(&directory.join(name));
        print(&class, out)?;
        good &= verdict(name, class.bytes, class.count(), *least, out)?;
        total = (total.0 + class.bytes, total.1 + class.count());
    }
    Ok(good & verdict("all", total.0, total.1, LEAST, out)?)
}

fn read(directory: &Path) -> Class {
    let masker = masker();
    let mut class = Class::default();
    for path in files(directory) {
        let Ok(text) = std::fs::read(&path) else { continue };
        class.bytes += text.len();
        for finding in masker.detect("", &text).expect("text can be inspected") {
            if is_private(finding.kind, &finding.original) {
                class.private += 1;
                continue;
            }
            let line = text[..finding.range.start].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            let before =
                String::from_utf8_lossy(&text[line.max(finding.range.start.saturating_sub(50))..finding.range.start])
                    .into_owned();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            class
                .masks
                .entry(finding.kind.info().prefix)
                .or_default()
                .push(format!("{name}: {before}⟦{}⟧", finding.original));
        }
    }
    class
}

/// Whether a finding is a private address that is no version of something: 10.1.2.3 might be one.
fn is_private(kind: Kind, found: &str) -> bool {
    match kind {
        Kind::PrivateIp => ["192.168.", "172."].iter().any(|network| found.starts_with(network)),
        Kind::Ipv6 => found.starts_with("fd") || found.starts_with("fc"),
        _ => false,
    }
}

fn print(class: &Class, out: &mut impl Write) -> io::Result<()> {
    for (kind, found) in &class.masks {
        writeln!(out, "{kind}: {}", found.len())?;
        for one in found.iter().take(400) {
            writeln!(out, "    {one}")?;
        }
    }
    writeln!(out, "private addresses: {}", class.private)
}

/// Says how many masks there are in how many bytes, and whether that is enough of the one and little enough of the other.
fn verdict(name: &str, bytes: usize, count: usize, least: usize, out: &mut impl Write) -> io::Result<bool> {
    let is_clean = count * BYTES_PER_MASK <= bytes;
    let is_enough = bytes >= least;
    let shown = match (is_enough, is_clean) {
        (false, _) => "too little to tell",
        (true, false) => "too many",
        (true, true) => "good",
    };
    writeln!(out, "{name}: {bytes} bytes, {count} masks, one in {}: {shown}", bytes / count.max(1))?;
    Ok(is_enough && is_clean)
}
