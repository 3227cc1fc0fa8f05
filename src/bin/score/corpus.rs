//! The labelled corpus: every identifier stands as `⟦AWS_EC2|i-0abc…⟧`, a line `----` ends a body.

use crate::{files, masker};
use aws_masker::detect::catalogue::kinds::{Kind, KINDS};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// Kinds that are names, found by context; all others have a shape.
const RECALL_OF_NAMES: f64 = 0.97;
const RECALL_OF_SHAPES: f64 = 0.999;
const PRECISION: f64 = 0.995;

/// A body without its labels, and what the labels say.
struct Labelled {
    text: String,
    expected: Vec<(&'static str, Range<usize>)>,
}

#[derive(Default)]
struct Count {
    expected: usize,
    found: usize,
    /// Found where and as what they are.
    right: usize,
    /// Found where they are, as something else.
    other_kind: usize,
    /// Found where nothing is, or not from end to end.
    wrong: usize,
}

/// Prints the table; `false` if a goal is missed.
pub fn score(directory: &Path, verbose: bool) -> bool {
    let masker = masker();
    let mut counts: BTreeMap<(bool, &str), Count> = BTreeMap::new();
    let (mut lines, mut formats) = (0, 0);
    for path in files(directory) {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        formats += 1;
        lines += text.lines().filter(|line| !line.is_empty() && *line != "----").count();
        for body in text.split("\n----\n") {
            let labelled = read(body).unwrap_or_else(|what| panic!("{}: {what}", path.display()));
            let found: Vec<_> = masker
                .detect("", labelled.text.as_bytes())
                .expect("text can be inspected")
                .into_iter()
                .map(|finding| (finding.kind.info().prefix, finding.range))
                .collect();
            tally(&labelled, &found, &mut counts, verbose.then_some(&path));
        }
    }
    println!("{lines} lines, {formats} formats");
    print(&counts)
}

fn read(body: &str) -> Result<Labelled, String> {
    let mut labelled = Labelled { text: String::new(), expected: Vec::new() };
    let mut rest = body;
    while let Some(open) = rest.find('⟦') {
        labelled.text.push_str(&rest[..open]);
        let inner = &rest[open + '⟦'.len_utf8()..];
        let close = inner.find('⟧').ok_or("a label is not closed")?;
        let (kind, identifier) = inner[..close].split_once('|').ok_or("a label has no kind")?;
        let kind = KINDS.iter().find(|row| row.prefix == kind).ok_or_else(|| format!("no kind {kind}"))?.prefix;
        let start = labelled.text.len();
        labelled.text.push_str(identifier);
        labelled.expected.push((kind, start..labelled.text.len()));
        rest = &inner[close + '⟧'.len_utf8()..];
    }
    labelled.text.push_str(rest);
    Ok(labelled)
}

fn tally(
    labelled: &Labelled,
    found: &[(&'static str, Range<usize>)],
    counts: &mut BTreeMap<(bool, &str), Count>,
    verbose: Option<&std::path::PathBuf>,
) {
    let report = |what: &str, kind: &str, range: &Range<usize>| {
        if let Some(path) = verbose {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            println!("{name}: {what} {kind} {}", &labelled.text[range.clone()]);
        }
    };
    // A finding may be named with another kind's name where a name was learned; where it stands decides.
    for (kind, range) in &labelled.expected {
        let is_name = is_name(kind, &labelled.text[range.clone()]);
        let count = counts.entry((is_name, kind)).or_default();
        count.expected += 1;
        match found.iter().find(|(_, other)| other == range) {
            Some((other, _)) if other == kind => count.right += 1,
            Some((other, _)) => {
                count.other_kind += 1;
                report(&format!("taken for {other}:"), kind, range);
            }
            None => report("missed", kind, range),
        }
    }
    for (kind, range) in found {
        let count = counts.entry((is_name(kind, &labelled.text[range.clone()]), kind)).or_default();
        count.found += 1;
        if !labelled.expected.iter().any(|(_, other)| other == range) {
            count.wrong += 1;
            report("wrong", kind, range);
        }
    }
}

/// Whether an identifier has no shape of its own and only its context tells it.
fn is_name(kind: &str, identifier: &str) -> bool {
    let shaped_kinds = [
        Kind::PublicIp,
        Kind::PrivateIp,
        Kind::Ipv6,
        Kind::Account,
        Kind::AccessKey,
        Kind::SecretKey,
        Kind::SessionToken,
        Kind::Organization,
        Kind::Cognito,
        Kind::Emr,
        Kind::Token,
        Kind::IamId,
        Kind::Host,
        Kind::Vpc,
        Kind::Subnet,
    ];
    let shaped_kind = shaped_kinds.iter().any(|shaped| shaped.info().prefix == kind);
    let prefixed =
        regex::Regex::new(r"(^[a-z-]+-([0-9a-f]{8}|[0-9a-f]{17})$)|arn(:|%3A|&)|^[A-Z0-9]{13,}$|\.[a-z0-9]|/")
            .expect("a literal");
    !shaped_kind && !prefixed.is_match(identifier)
}

fn print(counts: &BTreeMap<(bool, &str), Count>) -> bool {
    println!(
        "{:<28} {:>8} {:>6} {:>9} {:>6} {:>8} {:>10}",
        "kind", "expected", "right", "as other", "wrong", "recall", "precision"
    );
    let mut total = [Count::default(), Count::default()];
    for ((is_name, kind), count) in counts {
        let kind = if *is_name { format!("{kind} (name)") } else { (*kind).to_string() };
        row(&kind, count);
        let sum = &mut total[usize::from(*is_name)];
        sum.expected += count.expected;
        sum.found += count.found;
        sum.right += count.right;
        sum.other_kind += count.other_kind;
        sum.wrong += count.wrong;
    }
    row("all with a shape", &total[0]);
    row("all names", &total[1]);
    let (found, wrong) = (total[0].found + total[1].found, total[0].wrong + total[1].wrong);
    let precision = 1.0 - wrong as f64 / found.max(1) as f64;
    println!("precision of all {:.2} %", 100.0 * precision);
    recall(&total[0]) >= RECALL_OF_SHAPES && recall(&total[1]) >= RECALL_OF_NAMES && precision >= PRECISION
}

fn recall(count: &Count) -> f64 {
    (count.right + count.other_kind) as f64 / count.expected.max(1) as f64
}

fn row(kind: &str, count: &Count) {
    let Count { expected, found, right, other_kind, wrong } = count;
    let precision = 100.0 * (1.0 - *wrong as f64 / (*found).max(1) as f64);
    let recall = 100.0 * recall(count);
    println!("{kind:<28} {expected:>8} {right:>6} {other_kind:>9} {wrong:>6} {recall:>7.2}% {precision:>9.2}%");
}
