//! Files as request bodies: back unchanged, valid JSON on the way, and nothing left that our own expressions know.

use crate::{files, masker};
use regex::bytes::Regex;
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
pub fn score(directory: &Path) -> bool {
    let masker = masker();
    let leaks: Vec<Regex> = LEAKS.iter().map(|leak| Regex::new(leak).expect("a literal")).collect();
    let (mut count, mut masked_files, mut identifiers, mut failures) = (0, 0, 0, 0);
    for path in files(directory) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let message = serde_json::json!({"model": "m", "messages": [{"role": "user", "content": text}]}).to_string();
        let tool = serde_json::json!({"output": serde_json::json!({"text": text, "lines": text.lines().collect::<Vec<_>>()}).to_string()});
        for body in [text, message, tool.to_string()] {
            count += 1;
            let mut fail = |what: String| {
                failures += 1;
                println!("{}: {what}", path.display());
            };
            let masked = match masker.mask("", body.as_bytes()) {
                Ok(masked) => masked,
                Err(error) => {
                    fail(error.to_string());
                    continue;
                }
            };
            let Some(sent) = masked.body else {
                leaks
                    .iter()
                    .filter_map(|leak| leak.find(body.as_bytes()))
                    .for_each(|leak| fail(shown(leak.as_bytes())));
                continue;
            };
            masked_files += 1;
            identifiers += masked.report.masked.values().sum::<u64>();
            let echo = masker.unmask("", &masked.mapping, &sent).map_or_else(|| sent.clone(), |restored| restored.body);
            if echo != body.as_bytes() {
                fail("the echo differs".into());
            }
            let is_json = |body: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
            if is_json(body.as_bytes()) && !is_json(&sent) {
                fail("no longer JSON".into());
            }
            leaks.iter().filter_map(|leak| leak.find(&sent)).for_each(|leak| fail(shown(leak.as_bytes())));
        }
    }
    println!("{count} bodies, {masked_files} with identifiers, {identifiers} identifiers, {failures} failures");
    failures == 0
}

fn shown(leak: &[u8]) -> String {
    format!("left: {}", String::from_utf8_lossy(leak))
}
