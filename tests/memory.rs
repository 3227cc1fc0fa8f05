//! Masking takes at most three times the memory of its body, the body included; a little more of one that is decoded twice, and of one
//! that is nothing but identifiers some for each. A process of its own, so that nothing else raises its peak.
#![cfg(target_os = "linux")]

use aws_masker::{Config, Masker};

/// The most memory this process has had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// The bodies by their names: what one is made of, again and again, and how many identifiers there are.
type Unit = fn(usize) -> String;
const BODIES: &[(&str, &str, Unit, &str)] = &[
    ("one string", "{\"a\":\"", |n| format!("i-{n:017x} {}", FILLER.repeat(40)), "\"}"),
    ("long strings", "[\"", |n| format!("i-{n:017x} {}\",\"", FILLER.repeat(40)), "\"]"),
    ("plain text", "", |n| format!("i-{n:017x} {}\n", FILLER.repeat(40)), ""),
    ("encodings", "{\"a\":\"", |n| format!("i-{n:017x}%20{}%3A", FILLER.repeat(40)), "\"}"),
    ("encodings in encodings", "{\"a\":\"", |n| format!("i-{n:017x} %%33A%%33A{}", FILLER.repeat(40)), "\"}"),
    ("encodings and escapes", "{\"a\":\"", |n| format!("i-{n:017x}%20{}\\u00e9", FILLER.repeat(40)), "\"}"),
    ("escapes", "{\"a\":\"\\u00e9", |n| format!("i-{n:017x} {}", "\\n".repeat(1_000)), "\"}"),
    ("short strings with escapes", "[1", |_| ",\"\\u00e9b\"".into(), "]"),
    ("documents in strings", "[1", |_| r#","{\"a\":\"b\"}""#.into(), "]"),
    (
        "one name among escapes",
        "[\"s3://acme-data/x\"",
        |_| format!(",\"{}\\u00e9\",\"all is well with acme-data\\u00e9\"", FILLER.repeat(20)),
        "]",
    ),
    ("a hundred thousand identifiers", "{\"Reservations\":[1", instance, "]}"),
    ("only identifiers", "[1", |n| format!(",\"i-{n:017x}\""), "]"),
    ("only names", "[1", |n| format!(",\"s3://acme-data-{n:08x}\""), "]"),
    ("embeddings", "[1", |n| format!(",-0.0{n}"), "]"),
    ("guesses in a text", "", |n| format!("table=A{n}\n"), ""),
    ("guesses under keys", "[1", |n| format!(",{{\"table\":\"a_{n}b\"}}"), "]"),
    ("digits", "[1", |_| ",1".into(), "]"),
    ("empty strings", "[1", |_| ",\"\"".into(), "]"),
    ("short strings", "[1", |_| ",\"ab\"".into(), "]"),
    ("pairs", "{\"a\":1", |_| ",\"a\":\"b\"".into(), "}"),
    (
        "one name",
        "[\"s3://acme-data/x\"",
        |_| format!(",\"{}\",\"all is well with acme-data\"", FILLER.repeat(20)),
        "]",
    ),
];
/// What `aws ec2 describe-instances` tells of an instance: eight identifiers are its own.
fn instance(n: usize) -> String {
    let address = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
    let instance = include_str!("fixtures/instance.json").replace("{id}", &format!("{n:017x}"));
    format!(",\n{}", instance.replace("{host}", &address.replace('.', "-")).replace("{address}", &address))
}

const FILLER: &str = "all quiet on this line\\n";
const SIZE: usize = 50_000_000;

/// How much each different identifier may take of a body that has nothing else, in bytes: its token in the store, its row in the mapping
/// of the request, and where it stands.
const IDENTIFIER: usize = 370;

/// In this variable a process finds the body that it is to mask.
const BODY: &str = "AWS_MASKER_TEST_BODY";

/// Every body has a process of its own: what one has used would hide what the next one needs.
#[test]
fn masking_takes_a_few_times_the_body_at_most() {
    for (name, ..) in BODIES {
        let test = std::env::current_exe().unwrap();
        let arguments = ["--exact", "a_body_of_its_own", "--nocapture", "--ignored"];
        let run = std::process::Command::new(test).args(arguments).env(BODY, name).output().unwrap();
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    }
}

#[test]
#[ignore = "it is run by the other test, in a process of its own"]
fn a_body_of_its_own() {
    let wanted = std::env::var(BODY).unwrap();
    let (name, begin, unit, end) = BODIES.iter().find(|body| body.0 == wanted).unwrap();
    let masker = Masker::new(&Config { use_redis: false, max_entries: 10_000_000.0, ..Config::default() }).unwrap();
    let mut body = String::with_capacity(SIZE + 10_000);
    body.push_str(begin);
    let mut n = 0;
    while body.len() < SIZE {
        body.push_str(&unit(n));
        n += 1;
    }
    body.push_str(end);
    let before = peak();
    let masked = masker.mask("", body.as_bytes()).unwrap();
    let more = peak() - before;
    println!(
        "{name}: {more} bytes more for a body of {}, {:.1} for each of {n} units",
        body.len(),
        more as f64 / n as f64
    );
    let most = match *name {
        "only identifiers" | "only names" => (IDENTIFIER * n) as f64,
        // A string with an escape for a letter and with percent-encoding is decoded twice.
        "encodings and escapes" => 2.2 * body.len() as f64,
        _ => 2.0 * body.len() as f64,
    };
    assert!(more as f64 <= most, "{name}: {more} bytes more for a body of {}", body.len());
    let Some(sent) = masked.body else { return assert!(!body.contains("i-0") && !body.contains("acme")) };
    assert!(!sent.windows(5).any(|part| part == b"i-000" || part == b"acme-"));
    let echo = masker.unmask("", &masked.mapping, &sent).unwrap().body;
    assert!(echo == body.as_bytes(), "the echo differs");
}
