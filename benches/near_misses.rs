//! Looks for texts that are slow to look through and hold (nearly) nothing: what triggers like and verifiers refuse.
//!
//! `cargo bench --bench near_misses -- [seconds] [seed] [strings]` starts from the fragments of tests/fixtures/fragments.json and the keys of
//! the catalogue, repeats one to four of them to 100 KB, some behind what opens something (a table, a section, a command), goes on
//! with changes of the slowest, and prints the slowest in the end. With `strings` they are strings of a JSON list instead, each a text of
//! its own. What it finds that is much slower than the rest belongs into
//! benches/detect.rs.

use aws_masker::config::Config;
use aws_masker::detect::catalogue::names::KEYS;
use aws_masker::masker::Masker;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

const SIZE: usize = 100_000;
/// With more identifiers it is no near miss.
const MOST_FOUND: u64 = 50;
/// How many of the slowest are changed further, and how many of them are printed.
const KEPT: usize = 40;
const SHOWN: usize = 10;
/// How often a text is masked; the fastest time counts, because whatever else the machine does makes one slower. A text
/// that looks slow is masked more often before that is believed.
const RUNS: usize = 3;
const MORE_RUNS: usize = 30;

/// What is read otherwise behind it: nothing, headers of tables, what opens sections and things, commands.
const BEGINNINGS: &[&str] = &[
    "",
    "|bucket|host|\n",
    "| BucketName |\n|---|\n",
    " bucket | host\n--------+-----\n",
    "bucket,host\n",
    "bucket\thost\n",
    "[default]\n",
    "resource \"aws_s3_bucket\" \"x\" {\n",
    "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n",
    "aws s3api put-object ",
    "BUCKETS\t",
    "Key=BucketName,",
    "s3://acme-data/x ",
];

/// Begins a list of strings.
const LIST: &str = "[";

struct Slow {
    begin: &'static str,
    unit: String,
    /// MB/s, the fastest of the runs.
    speed: f64,
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let (seconds, seed) = (numbers.next().unwrap_or(20), numbers.next().unwrap_or(1));
    let strings = std::env::args().any(|argument| argument == "strings");
    let beginnings = if strings { &[LIST] } else { BEGINNINGS };
    let fragments: Vec<String> =
        serde_json::from_str(include_str!("../tests/fixtures/fragments.json")).expect("a list of strings");
    let masker = Masker::new(&Config { use_redis: false, ..Config::default() }).expect("a configuration that works");
    let mut random = StdRng::seed_from_u64(seed);
    let mut slowest: Vec<Slow> = Vec::new();
    for unit in fragments.iter().cloned().chain(keys()) {
        slowest.extend(measure(&masker, beginnings[0], &unit, slowest.last().map_or(0.0, |slow| slow.speed)));
        keep(&mut slowest);
    }
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds) {
        if std::io::stderr().is_terminal() {
            eprint!("\r{} of {seconds} s", start.elapsed().as_secs());
        }
        keep(&mut slowest);
        let unit = next(&fragments, &slowest, &mut random);
        let begin = beginnings.choose(&mut random).copied().unwrap_or_default();
        if !slowest.iter().any(|slow| slow.begin == begin && slow.unit == unit) {
            let believed = slowest.last().map_or(0.0, |slow| slow.speed);
            slowest.extend(measure(&masker, begin, &unit, believed));
        }
    }
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    keep(&mut slowest);
    for slow in slowest.iter().take(SHOWN) {
        println!("{:6.1} MB/s  {:?} behind {:?}", slow.speed, slow.unit, slow.begin);
    }
}

/// Every key of the catalogue in every way that introduces a value.
fn keys() -> impl Iterator<Item = String> {
    let ways = [
        "KEY:",
        "KEY: ",
        "KEY=",
        "KEY|",
        "[KEY=",
        "--KEY ",
        "-KEY-",
        "</KEY>",
        "\"KEY\":\"",
        "%3AKEY:",
        "[\"KEY\",",
        "KEY\n",
    ];
    let keys = KEYS.iter().flat_map(|row| row.2).chain(&["Key", "Name", "Type", "id"]);
    keys.flat_map(move |key| ways.map(|way| way.replace("KEY", key)))
}

fn keep(slowest: &mut Vec<Slow>) {
    slowest.sort_by(|a, b| a.speed.total_cmp(&b.speed));
    slowest.truncate(KEPT);
}

/// A few fragments, a change of one of the slowest, or two of them.
fn next(fragments: &[String], slowest: &[Slow], random: &mut StdRng) -> String {
    let mut one = || fragments.choose(random).map_or("", String::as_str);
    let (some, added) = ([one(), one(), one(), one()], one());
    let length = random.random_range(1..=some.len());
    let [base, other] = [(); 2].map(|()| slowest.choose(random).map_or("", |slow| &slow.unit));
    let gone = random.random_range(0..base.chars().count().max(1));
    let unit = match random.random_range(0..7) {
        0 => format!("{base}{added}"),
        1 => format!("{added}{base}"),
        2 => format!("{base}{other}"),
        3 => base.chars().enumerate().filter(|(at, _)| *at != gone).map(|(_, c)| c).collect(),
        _ => some[..length].concat(),
    };
    if unit.is_empty() || unit.len() > 60 {
        return some.concat();
    }
    unit
}

/// How fast the repeated unit is masked behind a beginning; `None` if it is not nearly empty of identifiers. If it seems to be slower than
/// `slow` (in MB/s), it is measured well.
fn measure(masker: &Masker, begin: &'static str, unit: &str, slow: f64) -> Option<Slow> {
    let (content_type, body) = body(begin, unit);
    let mut speed: f64 = 0.0;
    for run in 0..MORE_RUNS {
        if run >= RUNS && speed > slow {
            break;
        }
        let start = Instant::now();
        let masked = masker.mask(content_type, body.as_bytes()).expect("text can be masked");
        speed = speed.max(body.len() as f64 / start.elapsed().as_secs_f64() / 1e6);
        if masked.report.masked.values().sum::<u64>() > MOST_FOUND {
            return None;
        }
    }
    Some(Slow { begin, unit: unit.into(), speed })
}

/// The unit again and again behind a beginning, and the type of that.
fn body(begin: &str, unit: &str) -> (&'static str, String) {
    if begin == LIST {
        let string = serde_json::to_string(unit).expect("text is JSON") + ",";
        return ("application/json", [begin, &string.repeat(SIZE / string.len()), "0]"].concat());
    }
    ("text/plain", [begin, &unit.repeat(SIZE / unit.len())].concat())
}
