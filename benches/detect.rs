//! Masking and its peers on the same bodies, in one run: `make bench`.
//!
//! With `BODIES=directory` it only writes the bodies there, for peers that are no Rust, and with `BODY=file` it only masks
//! that body (scripts/bench-detection).

mod support;

use aws_masker::detect::catalogue::ids::{Digits, SHAPED};
use aws_masker::detect::catalogue::kinds::Kind;
use aws_masker::simd::{self, Level};
use aws_masker::{Config, Masker};
use divan::{counter::BytesCount, Bencher};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use regex_automata::meta;
use serde_json::{json, Value};
use std::time::{Duration, Instant};
use support::resident;

fn main() {
    if let Some(directory) = std::env::var_os("BODIES") {
        let (document, in_a_string) = (document().into_bytes(), request(&document()));
        let bodies =
            [("clean", clean()), ("dense", dense()), ("document", document), ("document_in_a_string", in_a_string)];
        for (name, body) in bodies {
            std::fs::write(std::path::Path::new(&directory).join(name), body).expect("the directory can be written");
        }
        return;
    }
    if let Some(file) = std::env::var_os("BODY") {
        println!("mask {}: {}", file.display(), given(&std::fs::read(&file).expect("the body can be read")));
        return;
    }
    println!("engine: {} KiB resident", engine_size() / 1024);
    let (masker, clean, dense) = (masker(), clean(), dense());
    println!(
        "first call of a thread / its thousandth: {:.2} on clean, {:.2} on dense; serde_json, which builds nothing either: {:.2}",
        first(|| drop(divan::black_box(masker.mask("", &clean).unwrap()))),
        first(|| drop(divan::black_box(masker.mask("", &dense).unwrap()))),
        first(|| drop(divan::black_box(serde_json::from_slice::<Value>(&clean).unwrap())))
    );
    divan::main();
}

const SIZE: usize = 100_000;

/// How fast a body is masked: the fastest and the median of many runs.
fn given(body: &[u8]) -> String {
    const RUNS: usize = 2000;
    let masker = masker();
    let count: u64 = masker.mask("", body).unwrap().report.masked.values().sum();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            divan::black_box(masker.mask("", body).unwrap());
            start.elapsed()
        })
        .collect();
    times.sort();
    let speed = |time: Duration| body.len() as f64 / time.as_secs_f64() / 1e6;
    format!("{:.0} MB/s, median {:.0} MB/s, {count} identifiers", speed(times[0]), speed(times[RUNS / 2]))
}

/// What an engine takes that has masked once, in bytes.
fn engine_size() -> usize {
    let before = resident();
    let masker = masker();
    masker.mask("", b"i-0abc1234def567890").unwrap();
    let after = resident();
    drop(masker);
    after.saturating_sub(before)
}

/// How much longer the first call of a new thread takes than its thousandth: the median of so many threads.
fn first(call: impl Fn() + Sync) -> f64 {
    const THREADS: usize = 31;
    call();
    let time = || {
        let start = Instant::now();
        call();
        start.elapsed()
    };
    let thread = || -> (Duration, Duration) {
        let first = time();
        (2..1000).for_each(|_| call());
        (first, time())
    };
    let (mut firsts, mut lasts): (Vec<_>, Vec<_>) =
        (0..THREADS).map(|_| std::thread::scope(|scope| scope.spawn(thread).join().unwrap())).unzip();
    firsts.sort();
    lasts.sort();
    firsts[THREADS / 2].as_secs_f64() / lasts[THREADS / 2].as_secs_f64()
}

/// Prose and source code in a chat, no identifiers.
fn clean() -> Vec<u8> {
    let text = "The function reads the file line by line and keeps what it needs. When an error occurs, it is returned to\n\
        the caller, who decides: retry, or give up? \"Both are fine\", says the manual (see chapter 4).\n\n```python\n\
        def read(path, limit=100):\n    with open(path) as f:\n        return [line.strip() for line in f][:limit]\n```\n\n\
        Versions 1.2 and 1.3 differ: the older one sorts by name, the newer by date. 한국어 문장도 있습니다.\n";
    request(&text.repeat(SIZE / text.len()))
}

/// The answer of `aws ec2 describe-instances` in a chat, an identifier in every second line.
fn dense() -> Vec<u8> {
    let instance = |n: usize| {
        format!(
            "{{\n  \"InstanceId\": \"i-0{n:016x}\",\n  \"ImageId\": \"ami-0abcdef1234567890\",\n  \"State\": {{\"Code\": 16, \"Name\": \"running\"}},\n  \
            \"PrivateIpAddress\": \"10.0.{}.{}\",\n  \"SubnetId\": \"subnet-0{:016x}\",\n  \"VpcId\": \"vpc-0a1b2c3d4e5f67890\",\n  \
            \"Monitoring\": {{\"State\": \"disabled\"}},\n  \"Architecture\": \"x86_64\",\n  \"RootDeviceType\": \"ebs\",\n  \
            \"IamInstanceProfile\": {{\"Arn\": \"arn:aws:iam::123456789012:instance-profile/web\"}},\n  \"OwnerId\": \"123456789012\"\n}},\n",
            n / 250, n % 250 + 1, n % 7
        )
    };
    let mut text = String::from("Which of these is idle?\n");
    let mut n = 0;
    while text.len() < SIZE {
        text.push_str(&instance(n));
        n += 1;
    }
    request(&text)
}

/// The same instances as a JSON document, laid out as the CLI does: short strings, thousands of them.
fn document() -> String {
    let instance = |n: usize| {
        json!({
            "InstanceId": format!("i-0{n:016x}"),
            "ImageId": "ami-0abcdef1234567890",
            "State": {"Code": 16, "Name": "running"},
            "PrivateIpAddress": format!("10.0.{}.{}", n / 250, n % 250 + 1),
            "SubnetId": format!("subnet-0{:016x}", n % 7),
            "VpcId": "vpc-0a1b2c3d4e5f67890",
            "Monitoring": {"State": "disabled"},
            "Architecture": "x86_64",
            "RootDeviceType": "ebs",
            "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/web"},
            "OwnerId": "123456789012",
        })
    };
    let instances: Vec<Value> = (0..225).map(instance).collect();
    serde_json::to_string_pretty(&json!({"Reservations": [{"Instances": instances}]})).unwrap()
}

fn request(text: &str) -> Vec<u8> {
    json!({"model": "m", "max_tokens": 1024, "messages": [{"role": "user", "content": text}]}).to_string().into_bytes()
}

fn masker() -> Masker {
    Masker::new(&Config { use_redis: false, ..Config::default() }).unwrap()
}

fn mask(bencher: Bencher<'_, '_>, body: &[u8]) {
    mask_as(bencher, "", body);
}

fn mask_as(bencher: Bencher<'_, '_>, content_type: &str, body: &[u8]) {
    let masker = masker();
    masker.mask(content_type, body).unwrap();
    bencher.counter(BytesCount::of_slice(body)).bench_local(|| masker.mask(content_type, body).unwrap());
}

#[divan::bench(args = [Level::Avx512, Level::Avx2, Level::Portable])]
fn mask_clean(bencher: Bencher<'_, '_>, level: &Level) {
    simd::limit(*level);
    mask(bencher, &clean());
    simd::limit(Level::Avx512);
}

#[divan::bench]
fn mask_dense(bencher: Bencher<'_, '_>) {
    mask(bencher, &dense());
}

#[divan::bench]
fn mask_document(bencher: Bencher<'_, '_>) {
    mask(bencher, document().as_bytes());
}

#[divan::bench]
fn mask_document_in_a_string(bencher: Bencher<'_, '_>) {
    mask(bencher, &request(&document()));
}

/// So many rows of the table of ids, those of one part first: each hyphen of a prefix is looked at, whatever the table has.
fn rows(count: usize) -> Vec<(&'static str, Kind, Digits)> {
    let mut rows = SHAPED.to_vec();
    rows.sort_by_key(|row| row.0.matches('-').count());
    rows.truncate(count);
    rows
}

/// Prose with ids in it, of some rows of their table, one of each and in no order that a processor could foresee.
fn of_rows(rows: &[(&str, Kind, Digits)]) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(1);
    let mut text = String::new();
    while text.len() < SIZE {
        let n = random.random_range(0..rows.len());
        text.push_str(&format!("then somebody has seen that {}-0{n:015x}a was there, too. ", rows[n].0));
    }
    request(&text)
}

/// How many kinds of ids there are must not change what a byte costs.
#[divan::bench(args = [20, 70, 140])]
fn mask_by_rows(bencher: Bencher<'_, '_>, count: usize) {
    mask(bencher, &of_rows(&rows(count)));
}

/// The same ids, found by one automaton for an expression of each row.
#[divan::bench(args = [20, 70, 140])]
fn peer_regex_automata_by_rows(bencher: Bencher<'_, '_>, count: usize) {
    let pattern = |row: &(&str, Kind, Digits)| format!(r"\b{}-(?:[0-9a-f]{{17}}|[0-9a-f]{{8}})\b", row.0);
    let patterns: Vec<String> = rows(count).iter().map(pattern).collect();
    find_with_automaton(bencher, &patterns, &of_rows(&rows(count)));
}

/// Near misses: what the triggers like and the verifiers refuse. Ten times the size must take ten times the time.
#[divan::bench(consts = [100_000, 1_000_000], args = ["i-0", "1.2.", "arn:", "a-0b", "\\\"", "--bucket ", " .amazonaws.com", "AWS_", "Bucket: ", "%3A", "%2530", "12345678901 ", "i-0i-0i-0", "1.2.3.", "a:b::", "arn:aws:", "data:,", "&#58;", "AWS_EC2_001%30", "prod-", "%3AType: ", "{::&#58;ype: ", "{,%:p-%%3AType: ", "|Name|Id|\n", "|Bucket", "Key:", "\"a-b", "[id=", "copysource=", "awssessiontoken=", "--secret_key .secret.key%3A", ":as:", ".2.3:", "o--", "2600::A::%3A ", "&9%3ame:: ", "A9AlUEMI/K7MDEN/bPxRiCYEXAMPLEKEYhrome/%25", "x%2Dj-asg:db-id:d-asg:b-id:d-id:db-id:db-i-id:F%2513567802", "\r--asg Name|", "\"id:asg:i-0---asg:i-0%2Did:asg:i-0--id:-asg:i-0---\"", "1.2.3.4-po-d-%2Dp%2Dg|--d-", "%525role:--1.2.3.4", "i-0%acm-i-0%ace-i-0%ac-i-0%acea-0%ac-", "9%32%5%32%25%5%32%25%%5%32%2%%AWS_EC2_001", "-0%eAWS-1.2.1.2.AWS_%eA.asg|\\nasg|.o/aws/", ":asg:role=asg|asg|asg|\n|asg|\n|asg|\n", "--Key id:--i", "name= db-name=db-", "key-id|", "o-lobucket: ", "data:image/png;base64,AWS_AWS_SECRET_ACCESS_KEY\", \"data:", "awssecret=", "dk-role:\nasg|%F", "j-id=id|role|\n|asg:/asg|", "%25", "&#"])]
fn mask_near_misses<const LENGTH: usize>(bencher: Bencher<'_, '_>, near: &str) {
    mask(bencher, near.repeat(LENGTH / near.len()).as_bytes());
}

/// The same as strings of a JSON document, of which each is a text of its own: what a string takes beside its bytes.
#[divan::bench(args = ["12", "asg", "asg:", "a-b", "\\u00e9", "%25", "%41", "&amp;", "[1]", "{\\\"a\\\":\\\"asg\\\"}", "a%20b", "%Aarn:|", "\\uc778\\uc2a4\\ud134 \\uc774\\ub984"])]
fn mask_list_of_strings(bencher: Bencher<'_, '_>, string: &str) {
    let strings = format!("\"{string}\",");
    mask(bencher, format!("[{}0]", strings.repeat(SIZE / strings.len())).as_bytes());
}

/// Lines of newline-delimited JSON, each of which is a document of its own.
#[divan::bench(args = ["1", "\"a-b\"", "[\"a-b\"]", "{\"a\":\"b\"}", "{\"id\":\"b-c\"}", "[\"\\u00e9\"]"])]
fn mask_lines_of_json(bencher: Bencher<'_, '_>, line: &str) {
    let line = line.to_owned() + "\n";
    mask_as(bencher, "application/x-ndjson", line.repeat(SIZE / line.len()).as_bytes());
}

/// Pairs of a form, of which each key and each value is a text of its own.
#[divan::bench(args = ["a=b", "a=%41", "%41=%41", "a+b=%25", "a={\"a\":\"b\"}"])]
fn mask_form(bencher: Bencher<'_, '_>, pair: &str) {
    let pair = pair.to_owned() + "&";
    mask_as(bencher, "application/x-www-form-urlencoded", pair.repeat(SIZE / pair.len()).as_bytes());
}

/// Rows of empty cells below a header of so many names: how many there are must not change what a bar takes.
#[divan::bench(args = [1, 2, 20, 200, 500])]
fn mask_rows_below_a_header(bencher: Bencher<'_, '_>, columns: usize) {
    let header = "|bucket".repeat(columns) + "|\n";
    let rows = "|".repeat(columns + 1) + "\n";
    mask(bencher, (header + &rows.repeat(100_000 / rows.len())).as_bytes());
}

#[divan::bench]
fn construct(bencher: Bencher<'_, '_>) {
    bencher.bench_local(masker);
}

/// The usual way: one expression after another. The shapes of this list are a part of what [`mask_dense`] looks for.
const PATTERNS: &[&str] = &[
    r"\bi-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\bami-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\bvpc-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\bsubnet-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\bsg-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\bvol-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\bsnap-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\beni-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\bigw-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\bnat-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\brtb-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\beipalloc-(?:[0-9a-f]{17}|[0-9a-f]{8})\b",
    r"\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9/_:.*+=,@-]+",
    r"\b[0-9]{12}\b",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\b(?:10|172|192)\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b",
    r"\b[a-z0-9.-]+\.amazonaws\.com\b",
    r"\bs3://[a-z0-9.-]+",
];

#[divan::bench(args = ["clean", "dense"])]
fn peer_regex_loop(bencher: Bencher<'_, '_>, body: &str) {
    let body = if body == "clean" { clean() } else { dense() };
    let regexes: Vec<_> = PATTERNS.iter().map(|pattern| regex::bytes::Regex::new(pattern).unwrap()).collect();
    bencher
        .counter(BytesCount::of_slice(&body))
        .bench_local(|| regexes.iter().map(|regex| regex.find_iter(&body).count()).sum::<usize>());
}

#[divan::bench(args = ["clean", "dense"])]
fn peer_regex_automata(bencher: Bencher<'_, '_>, body: &str) {
    let body = if body == "clean" { clean() } else { dense() };
    find_with_automaton(bencher, PATTERNS, &body);
}

fn find_with_automaton(bencher: Bencher<'_, '_>, patterns: &[impl AsRef<str>], body: &[u8]) {
    let config = meta::Config::new().hybrid_cache_capacity(64 << 20);
    let regex = meta::Builder::new().configure(config).build_many(patterns).unwrap();
    bencher.counter(BytesCount::of_slice(body)).bench_local(|| regex.find_iter(body).count());
}
