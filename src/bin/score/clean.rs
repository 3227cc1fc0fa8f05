//! Texts without AWS identifiers: documentation, source code, prose.

use crate::{files, masker};
use std::collections::BTreeMap;
use std::path::Path;

/// At most one false mask in so many bytes.
const BYTES_PER_MASK: usize = 200_000;

/// Prints what was masked; `false` if it is too much.
pub fn score(directory: &Path) -> bool {
    let masker = masker();
    let mut bytes = 0;
    let mut masks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for path in files(directory) {
        let Ok(text) = std::fs::read(&path) else { continue };
        bytes += text.len();
        for finding in masker.detect("", &text).expect("text can be inspected") {
            let line = text[..finding.range.start].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            let before =
                String::from_utf8_lossy(&text[line.max(finding.range.start.saturating_sub(50))..finding.range.start])
                    .into_owned();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            masks
                .entry(finding.kind.info().prefix)
                .or_default()
                .push(format!("{name}: {before}⟦{}⟧", finding.original));
        }
    }
    let count: usize = masks.values().map(Vec::len).sum();
    for (kind, found) in &masks {
        println!("{kind}: {}", found.len());
        for one in found.iter().take(400) {
            println!("    {one}");
        }
    }
    println!("{bytes} bytes, {count} masks, one in {}", bytes / count.max(1));
    count * BYTES_PER_MASK <= bytes
}
