//! How findings are shown.

use aws_masker::masker::Finding;
use std::io::{self, IsTerminal, Write};

/// Writes one finding: for people aligned and on terminals in colour, for machines as one JSON object per line.
pub fn finding(out: &mut dyn Write, finding: &Finding, line: Option<usize>, json: bool) -> io::Result<()> {
    let kind = finding.kind.info();
    if json {
        let mut object = serde_json::json!({
            "kind": kind.prefix,
            "text": finding.original,
            "start": finding.range.start,
            "end": finding.range.end,
        });
        if let Some(line) = line {
            object["line"] = line.into();
        }
        return writeln!(out, "{object}");
    }
    let (bold, plain) = if io::stdout().is_terminal() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let place = line.map_or_else(String::new, |line| format!("{line}:"));
    writeln!(out, "{place}{:<8} {:<26} {bold}{}{plain}", finding.range.start, kind.prefix, finding.original)
}
