//! What restoring a Claude stream of 2,000 deltas costs per delta, beside a peer that only parses each delta's JSON
//! (serde_json, into a `Value`), and whether memory grows: `cargo bench --bench deltas`.

mod support;

use aws_masker::{Config, Mapping, Masker};
use std::hint::black_box;
use std::time::{Duration, Instant};
use support::resident;

const DELTAS: usize = 2_000;
const ROUNDS: usize = 50;

/// What a model writes about an inventory: every twentieth word is a token, and deltas are cut where tokenizers cut.
fn deltas() -> Vec<Vec<u8>> {
    let words = [
        "The", "instance", "is", "in", "subnet", "and", "its", "volume", "was", "full,", "so", "it", "stopped.", "All",
        "AWS", "rules",
    ];
    (0..DELTAS)
        .map(|n| {
            let text = match n % 20 {
                17 => " AWS_E".to_string(),
                18 => format!("C2_{:03}", n % 97),
                19 => ".".to_string(),
                _ => format!(" {}", words[n % words.len()]),
            };
            let data = serde_json::json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
            format!("event: content_block_delta\ndata: {data}\n\n").into_bytes()
        })
        .collect()
}

fn mapping() -> Mapping {
    let mut mapping = Mapping::default();
    for n in 0..100 {
        mapping.insert(&format!("AWS_EC2_{n:03}"), &format!("i-{n:017x}")).expect("the tokens differ");
    }
    mapping
}

fn at(sorted: &[Duration], share: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

fn report(name: &str, times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    println!("{name:<28} median {:>7.3?}   p99 {:>8.3?}", at(times, 0.5), at(times, 0.99));
    at(times, 0.5)
}

fn main() {
    let config = Config::from_json(br#"{"use_redis": false}"#).expect("a valid configuration");
    let masker = Masker::new(&config).expect("a store in memory");
    let (deltas, mapping) = (deltas(), mapping());
    let measured = || Vec::with_capacity(DELTAS * ROUNDS);
    let (mut ours, mut peer) = (measured(), measured());
    ours.resize(DELTAS * ROUNDS, Duration::ZERO);
    peer.resize(DELTAS * ROUNDS, Duration::ZERO);
    ours.clear();
    peer.clear();
    let mut grown = Vec::new();
    for _ in 0..ROUNDS {
        let mut unmasker = masker.unmasker("text/event-stream", mapping.clone());
        for delta in &deltas {
            let start = Instant::now();
            black_box(unmasker.push(delta));
            ours.push(start.elapsed());
        }
        assert_eq!(unmasker.count() as usize, DELTAS / 20, "every token is restored");
        for delta in &deltas {
            let data = &delta[b"event: content_block_delta\ndata: ".len()..];
            let start = Instant::now();
            black_box(serde_json::from_slice::<serde_json::Value>(data.trim_ascii()).expect("JSON"));
            peer.push(start.elapsed());
        }
        grown.push(resident());
    }
    println!("{DELTAS} deltas, {ROUNDS} streams");
    let ours = report("restoring a delta", &mut ours);
    let peer = report("serde_json parsing its data", &mut peer);
    println!("ratio of the medians: {:.2}", ours.as_secs_f64() / peer.as_secs_f64());
    println!("resident after the 5th stream {} KiB, after the last {} KiB", grown[4] / 1024, grown[ROUNDS - 1] / 1024);
}
