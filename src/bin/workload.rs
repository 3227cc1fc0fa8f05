//! What a gateway does all day: masks requests and restores their responses, whole and in chunks.
//!
//! Nothing is measured and nothing is written. scripts/with-profile runs it and counts meanwhile which way the engine goes, and
//! the compiler lays it out by that. So it takes texts as people send them, not those of the benchmarks:
//! `cargo run --bin workload -- tests/corpus docs …` reads all files of these directories. And some as somebody sends them who
//! wants to slow a gateway down: else the compiler takes what only these do for what never happens.

use aws_masker::detect::catalogue::names::KEYS;
use aws_masker::simd::{self, Level};
use aws_masker::{Config, Masker};
use regex::Regex;
use serde_json::json;
use std::path::{Path, PathBuf};

/// About as much as a prompt with a file in it.
const LONGEST_TEXT: usize = 100_000;
/// As much is served of each directory, however large it is, at each level of vector instructions.
const SHARE: usize = 4_000_000;
/// How many texts of fragments there are, how long each is, and of how many at most.
const NEAR_MISSES: usize = 8_000;
const NEAR_MISS: usize = 1_000;
const MOST_FRAGMENTS: usize = 6;
/// How much of a response arrives at once.
const CHUNK: usize = 1_000;

fn main() {
    let masker = Masker::new(&Config { use_redis: false, ..Config::default() }).expect("a configuration that works");
    // The corpus has its labels in the text (tests/corpus/README.md).
    let labels = Regex::new(r"⟦[A-Z0-9_?]+\||⟧").expect("a pattern that works");
    for directory in std::env::args().skip(1) {
        let read = |file: &PathBuf| read(file, &labels);
        let texts: Vec<String> = files(Path::new(&directory)).iter().filter_map(read).collect();
        let parts: Vec<&str> = texts.iter().flat_map(|text| parts(text)).collect();
        at_each_level(|| serve_share(&masker, &parts));
    }
    let near_misses = near_misses();
    // There is (nearly) nothing in them to be restored.
    let mask = |text: &String| drop(masker.mask("text/plain", text.as_bytes()).expect("text can be masked"));
    at_each_level(|| near_misses.iter().for_each(mask));
}

/// Whoever runs what is built here may have another processor.
fn at_each_level(serve: impl Fn()) {
    for level in [Level::Portable, Level::Avx2, Level::Avx512] {
        simd::limit(level);
        serve();
    }
}

/// Serves the parts again and again until it is enough.
fn serve_share(masker: &Masker, parts: &[&str]) {
    let mut served = 0;
    for part in parts.iter().cycle() {
        serve(masker, part);
        served += part.len();
        if served > SHARE {
            break;
        }
    }
}

/// Texts of some fragments of identifiers each, again and again.
fn near_misses() -> Vec<String> {
    let fragments = include_str!("../../tests/fixtures/fragments.json");
    let mut fragments: Vec<String> = serde_json::from_str(fragments).expect("a list of strings");
    let keys = KEYS.iter().flat_map(|row| row.2);
    fragments.extend(keys.flat_map(|key| [":", "=", "|"].map(|separator| format!("{key}{separator}"))));
    // The golden ratio makes numbers of which one says nothing about the next.
    let number = |text: usize, place: usize| (text * MOST_FRAGMENTS + place).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let fragment = |text, place| fragments[number(text, place) % fragments.len()].as_str();
    let unit = |text| (0..=number(text, 0) % MOST_FRAGMENTS).map(|place| fragment(text, place)).collect::<String>();
    (0..NEAR_MISSES).map(|text| unit(text).repeat(NEAR_MISS / unit(text).len())).collect()
}

/// A file's text, if it is one, without labels.
fn read(file: &Path, labels: &Regex) -> Option<String> {
    let text = std::fs::read_to_string(file).ok().filter(|text| !text.is_empty())?;
    Some(labels.replace_all(&text, "").into_owned())
}

/// A text in parts of the size of a prompt.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = vec![];
    let mut rest = text;
    while !rest.is_empty() {
        let boundary = |at: &usize| rest.is_char_boundary(*at);
        let (part, behind) = rest.split_at((0..=rest.len().min(LONGEST_TEXT)).rev().find(boundary).unwrap_or(0));
        parts.push(part);
        rest = behind;
    }
    parts
}

/// A conversation about a text: as it is, in a prompt, and as a tool's answer that is JSON in a string.
fn serve(masker: &Masker, text: &str) {
    let prompt = json!({"model": "m", "messages": [{"role": "user", "content": text}]}).to_string();
    let answer = json!({"lines": text.lines().collect::<Vec<_>>()}).to_string();
    let result = json!({"messages": [{"role": "tool", "tool_call_id": "call_0", "content": answer}]}).to_string();
    for (content_type, body) in [("text/plain", text), ("application/json", &prompt), ("application/json", &result)] {
        let Ok(masked) = masker.mask(content_type, body.as_bytes()) else { continue };
        let Some(sent) = masked.body else { continue };
        let mapping = masked.mapping.to_json().expect("a mapping is JSON");
        let mapping = aws_masker::Mapping::from_json(mapping.as_bytes()).expect("it is one of ours");
        masker.unmask(content_type, &mapping, &sent);
        stream(masker, &mapping, &String::from_utf8_lossy(&sent));
    }
}

/// The text as Claude's deltas, some words each.
fn stream(masker: &Masker, mapping: &aws_masker::Mapping, text: &str) {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let delta = |words: &[&str]| {
        let event =
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": words.concat()}});
        format!("event: content_block_delta\ndata: {event}\n\n")
    };
    let response: String = words.chunks(4).map(delta).collect();
    let mut unmasker = masker.unmasker("text/event-stream", mapping.clone());
    response.as_bytes().chunks(CHUNK).for_each(|chunk| drop(unmasker.push(chunk)));
    unmasker.finish();
}

/// All files of a directory and those in it.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}
