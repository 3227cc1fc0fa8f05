//! Masking takes at most three times the memory of its body, the body included. A process of its own, so that nothing else
//! raises its peak.
#![cfg(target_os = "linux")]

use aws_masker::{Config, Masker};

/// The most memory this process has had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[test]
fn a_hundred_megabytes_take_three_hundred() {
    let masker = Masker::new(&Config { use_redis: false, max_entries: 1_000.0, ..Config::default() }).unwrap();
    let filler = "all quiet on this line\\n".repeat(40);
    for strings in [1, 1_000] {
        let mut body = String::with_capacity(100_500_000);
        body.push_str("{\"messages\":[\"");
        let mut n = 0;
        while body.len() < 100_000_000 {
            if n % (100_000 / strings) == 0 && n > 0 {
                body.push_str("\",\"");
            }
            body.push_str(&format!("i-{n:017x} {filler}"));
            n += 1;
        }
        body.push_str("\"]}");
        let before = peak();
        let masked = masker.mask("application/json", body.as_bytes()).unwrap();
        let more = peak() - before;
        assert!(more <= 2 * body.len(), "{strings} strings: {more} bytes more for a body of {}", body.len());
        assert_eq!(masked.mapping.tokens().count(), n);
        let sent = masked.body.unwrap();
        let echo = masker.unmask("application/json", &masked.mapping, &sent).unwrap().body;
        assert!(echo == body.as_bytes(), "the echo differs");
    }
}
