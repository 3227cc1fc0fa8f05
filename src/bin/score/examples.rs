//! Files as request bodies: back unchanged, valid JSON on the way, and nothing left that our own expressions know.

use crate::{files, masker};
use aws_masker::Masker;
use regex::bytes::Regex;
use std::io::{self, Write};
use std::path::Path;

/// Written apart from the catalogue, on purpose: what both forget is forgotten, but a mistake in one shows.
const LEAKS: &[&str] = &[
    r"\b(?:i|r|ami|vol|snap|sg|sgr|subnet|vpc|vpce|igw|eigw|nat|rtb|acl|eni|eipalloc|eipassoc|pcx|vgw|cgw|vpn|tgw|lt|dopt|pl|fl|fs|fsmt|fsap|rtbassoc|aclassoc|eni-attach|tgw-attach|tgw-rtb)-(?:[0-9a-f]{8}|[0-9a-f]{17})\b",
    r"\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:[0-9]{12}|aws)?:[a-zA-Z0-9/]",
    r"\b(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|AIPA|ANVA|APKA|ABIA|ACCA|ASCA)[A-Z0-9]{16,17}\b",
    r"\b(?:10\.[0-9]{1,3}|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168)\.[0-9]{1,3}\.[0-9]{1,3}\b",
    r"\b[a-zA-Z0-9-]+\.[a-z0-9]+\.[a-z]{2}-[a-z]+-[0-9]\.(?:rds|cache|redshift|elb)\.amazonaws\.com",
    r"\b[0-9]{12}\.dkr\.ecr\.",
    r#""(?:AccountId|OwnerId|accountId|ownerId)\\?": ?\\?"?[0-9]{12}\b"#,
    r"\bs3://[a-z0-9]",
    r"\bo-[a-z0-9]{10}\b",
    r"\b[a-z]{2}-[a-z]+-[0-9]_[A-Za-z0-9]{9}\b",
];

/// Prints what went wrong; `false` if anything did.
pub fn score(directory: &Path, out: &mut impl Write) -> io::Result<bool> {
    let masker = masker();
    let leaks: Vec<Regex> = LEAKS.iter().map(|leak| Regex::new(leak).expect("a literal")).collect();
    let (mut count, mut masked_files, mut identifiers, mut failures) = (0, 0, 0, 0);
    for path in files(directory) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let message = serde_json::json!({"model": "m", "messages": [{"role": "user", "content": text}]}).to_string();
        let tool = serde_json::json!({"output": serde_json::json!({"text": text, "lines": text.lines().collect::<Vec<_>>()}).to_string()});
        for body in [text, message, tool.to_string()] {
            let passed = pass(&masker, &leaks, &body);
            count += 1;
            masked_files += usize::from(passed.identifiers > 0);
            identifiers += passed.identifiers;
            failures += passed.failures.len();
            for what in passed.failures {
                writeln!(out, "{}: {what}", path.display())?;
            }
        }
    }
    writeln!(out, "{count} bodies, {masked_files} with identifiers, {identifiers} identifiers, {failures} failures")?;
    Ok(failures == 0)
}

/// What became of a body on its way there and back.
#[derive(Default)]
struct Passed {
    identifiers: u64,
    failures: Vec<String>,
}

fn pass(masker: &Masker, leaks: &[Regex], body: &str) -> Passed {
    let mut passed = Passed::default();
    let masked = match masker.mask("", body.as_bytes()) {
        Ok(masked) => masked,
        Err(error) => {
            passed.failures.push(error.to_string());
            return passed;
        }
    };
    passed.identifiers = masked.report.masked.values().sum();
    let sent = masked.body.as_deref().unwrap_or(body.as_bytes());
    let echo = masker.unmask("", &masked.mapping, sent);
    if echo.as_ref().map_or(sent, |restored| &restored.body) != body.as_bytes() {
        passed.failures.push("the echo differs".into());
    }
    let is_json = |body: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    if is_json(body.as_bytes()) && !is_json(sent) {
        passed.failures.push("no longer JSON".into());
    }
    passed.failures.extend(leaks.iter().filter_map(|leak| leak.find(sent)).map(|leak| shown(leak.as_bytes())));
    passed
}

fn shown(leak: &[u8]) -> String {
    format!("left: {}", String::from_utf8_lossy(leak))
}
