//! Streams as providers send them, in tests/fixtures/streams, with tokens cut at every position: restored to what stands
//! beside them (`.restored`), however the bytes arrive. `UPDATE_FIXTURES=1` writes what is restored now, to be read.

use aws_masker::{Config, Mapping, Masker};
use std::fs;
use std::path::{Path, PathBuf};

const FIXTURES: &[(&str, &str)] = &[
    ("anthropic.sse", "text/event-stream; charset=utf-8"),
    ("anthropic-crlf.sse", "text/event-stream"),
    ("anthropic-truncated.sse", "text/event-stream"),
    ("openai-chat.sse", "text/event-stream"),
    ("openai-responses.sse", "text/event-stream; charset=utf-8"),
    ("other.sse", "Text/Event-Stream"),
    ("lines.ndjson", "application/x-ndjson"),
    ("whole.json", "application/json"),
    ("plain.txt", "text/plain"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/streams")
}

fn mapping() -> Mapping {
    Mapping::from_json(&fs::read(folder().join("mapping.json")).unwrap()).unwrap()
}

fn masker(config: &str) -> Masker {
    Masker::new(&Config::from_json(config.as_bytes()).unwrap()).unwrap()
}

fn restore<'c>(masker: &Masker, content_type: &str, chunks: impl IntoIterator<Item = &'c [u8]>) -> Vec<u8> {
    let mut unmasker = masker.unmasker(content_type, mapping());
    let mut restored: Vec<u8> = chunks.into_iter().flat_map(|chunk| unmasker.push(chunk)).collect();
    restored.extend(unmasker.finish());
    restored
}

#[test]
fn every_fixture_is_restored_however_it_is_cut() {
    let masker = masker(r#"{"use_redis": false}"#);
    for (name, content_type) in FIXTURES {
        let stream = fs::read(folder().join(name)).unwrap();
        let path = folder().join(format!("{name}.restored"));
        let restored = restore(&masker, content_type, [&stream[..]]);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            fs::write(&path, &restored).unwrap();
        }
        let expected = fs::read(&path).unwrap_or_default();
        let same = |got: Vec<u8>, how: &str| {
            let at = got.iter().zip(&expected).take_while(|(a, b)| a == b).count();
            let shown = |bytes: &[u8]| {
                String::from_utf8_lossy(&bytes[at.min(bytes.len())..]).chars().take(80).collect::<String>()
            };
            assert!(got == expected, "{name} {how}, from byte {at}: {:?}, not {:?}", shown(&got), shown(&expected));
        };
        same(restored, "in one piece");
        same(restore(&masker, content_type, stream.chunks(1)), "byte by byte");
        for size in [2, 3, 7, 64, 1000] {
            same(restore(&masker, content_type, stream.chunks(size)), "in chunks");
        }
        for cut in (1..stream.len()).step_by(1 + stream.len() / 2000) {
            same(restore(&masker, content_type, [&stream[..cut], &stream[cut..]]), "in two");
        }
        // A body without tokens is left alone, also where a stream would have held something back.
        if let Some(whole) = masker.unmask(content_type, &mapping(), &stream) {
            same(whole.body, "as a whole body");
        }
    }
}

/// Whatever is missing at the end: what came is given out, as one go gives it, and no original that did not stand there.
#[test]
fn a_truncated_stream_loses_nothing_and_invents_nothing() {
    let masker = masker(r#"{"use_redis": false}"#);
    for (name, content_type) in FIXTURES {
        let stream = fs::read(folder().join(name)).unwrap();
        let complete = restore(&masker, content_type, [&stream[..]]);
        for end in (0..stream.len()).step_by(7 + stream.len() / 500) {
            let restored = restore(&masker, content_type, stream[..end].chunks(11));
            assert_eq!(restored, restore(&masker, content_type, [&stream[..end]]), "{name} up to {end}");
            for original in ["i-0abc1234def567890", "acme-data", "role/Admin", "i-0fff1234def567899"] {
                let count = |bytes: &[u8]| memchr::memmem::find_iter(bytes, original).count();
                // The token at the very end may have been the beginning of a longer one.
                assert!(count(&restored) <= count(&complete) + 1, "{name} up to {end}: {original}");
            }
        }
    }
}

#[test]
fn an_event_above_the_limit_is_restored_as_text() {
    let masker = masker(r#"{"use_redis": false, "max_event_bytes": 1024}"#);
    let padding = "x".repeat(3000);
    let event = |text: &str| format!("event: big\ndata: {{\"pad\": \"{padding}\", \"text\": \"{text}\"}}\n\n");
    let stream =
        [event("AWS_EC2_001 and AWS_TOKEN_004"), event("none"), "data: {\"a\":\"AWS_EC2_001\"}\n\n".into()].concat();
    let expected =
        stream.replace("AWS_EC2_001", "i-0abc1234def567890").replace("AWS_TOKEN_004", r#"ACME\\srv \"one\""#);
    for size in [1, 5, 100, 1500, 5000] {
        let mut unmasker = masker.unmasker("text/event-stream", mapping());
        let mut restored = Vec::new();
        let mut given = 0;
        for (n, chunk) in stream.as_bytes().chunks(size).enumerate() {
            restored.extend(unmasker.push(chunk));
            let taken = (n + 1) * size;
            assert!(taken < restored.len() + 1024 + size + 200, "{} bytes are held", taken - restored.len());
            given = restored.len();
        }
        restored.extend(unmasker.finish());
        assert_eq!(String::from_utf8_lossy(&restored), expected, "in chunks of {size}, {given} before the end");
        assert_eq!(unmasker.count(), 3);
    }
    for content_type in ["application/x-ndjson", "application/json"] {
        let line = format!("{{\"pad\": \"{padding}\", \"text\": \"AWS_TOKEN_004\"}}");
        let restored = restore(&masker, content_type, line.as_bytes().chunks(100));
        assert_eq!(String::from_utf8_lossy(&restored), line.replace("AWS_TOKEN_004", r#"ACME\\srv \"one\""#));
    }
}
