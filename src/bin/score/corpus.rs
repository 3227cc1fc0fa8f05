//! The labelled corpus: every identifier stands as `⟦AWS_EC2|i-0abc…⟧`, a line `----` ends a body. tests/corpus/README.md says
//! what a label is.

use crate::{files, masker};
use aws_masker::detect::catalogue::kinds::{Kind, KINDS};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

/// How a file of the corpus ends; beside them is one that describes them.
const FORMAT: &str = "txt";

/// Kinds that are names, found by context; all others have a shape.
const RECALL_OF_NAMES: f64 = 0.97;
const RECALL_OF_SHAPES: f64 = 0.999;
const PRECISION: f64 = 0.995;

/// A body without its labels, and what the labels say.
struct Labelled {
    text: String,
    expected: Vec<(&'static str, Range<usize>)>,
    /// Names that nothing introduces. They are identifiers, so finding one is right; nobody is asked to.
    bare: Vec<(&'static str, Range<usize>)>,
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
pub fn score(directory: &Path, verbose: bool, out: &mut impl Write) -> io::Result<bool> {
    let masker = masker();
    let mut counts: BTreeMap<(bool, &str), Count> = BTreeMap::new();
    let mut lines = 0;
    let (mut bare, mut bare_found) = (0, 0);
    let (mut shapes, mut formats) = (BTreeSet::new(), BTreeSet::new());
    for path in files(directory).into_iter().filter(|path| path.extension().is_some_and(|end| end == FORMAT)) {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        formats.insert(format(&path, directory));
        lines += text.lines().filter(|line| !line.is_empty() && *line != "----").count();
        shapes.extend(text.lines().filter(|line| line.contains('⟦')).map(shape));
        for body in text.split("\n----\n") {
            let labelled = read(body).unwrap_or_else(|what| panic!("{}: {what}", path.display()));
            let found: Vec<_> = masker
                .detect("", labelled.text.as_bytes())
                .expect("text can be inspected")
                .into_iter()
                .map(|finding| (finding.kind.info().prefix, finding.range))
                .collect();
            bare += labelled.bare.len();
            bare_found +=
                labelled.bare.iter().filter(|(_, range)| found.iter().any(|(_, other)| other == range)).count();
            let differences = tally(&labelled, &found, &mut counts);
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            for difference in differences.iter().filter(|_| verbose) {
                writeln!(out, "{name}: {difference}")?;
            }
        }
    }
    writeln!(out, "{lines} lines, {} labelled and distinct in shape, {} formats", shapes.len(), formats.len())?;
    writeln!(out, "of {bare} names that no context introduces {bare_found} are found")?;
    print(&counts, out)
}

fn read(body: &str) -> Result<Labelled, String> {
    let mut labelled = Labelled { text: String::new(), expected: Vec::new(), bare: Vec::new() };
    let mut rest = body;
    while let Some(open) = rest.find('⟦') {
        labelled.text.push_str(&rest[..open]);
        let inner = &rest[open + '⟦'.len_utf8()..];
        let close = inner.find('⟧').ok_or("a label is not closed")?;
        let (kind, identifier) = inner[..close].split_once('|').ok_or("a label has no kind")?;
        let (kind, is_bare) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
        let kind = KINDS.iter().find(|row| row.prefix == kind).ok_or_else(|| format!("no kind {kind}"))?.prefix;
        let start = labelled.text.len();
        labelled.text.push_str(identifier);
        let labels = if is_bare { &mut labelled.bare } else { &mut labelled.expected };
        labels.push((kind, start..labelled.text.len()));
        rest = &inner[close + '⟧'.len_utf8()..];
    }
    labelled.text.push_str(rest);
    Ok(labelled)
}

/// The format of a file: itself, or the directory of those that share one.
fn format(path: &Path, corpus: &Path) -> std::ffi::OsString {
    let name = path.strip_prefix(corpus).ok().and_then(|path| path.iter().next());
    name.expect("a file of the corpus").to_os_string()
}

/// What of a labelled line is its own and not a value's: labels by their kind, words with a digit in them (numbers, times, hashes,
/// versions) as `0`, and white space as one space. Lines that differ in nothing else repeat each other.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    let mut rest = line;
    while let Some(open) = rest.find('⟦') {
        push_words(&rest[..open], &mut shape);
        let close = rest[open..].find('⟧').map_or(rest.len(), |close| open + close);
        let label = &rest[open..close];
        shape.push_str(label.split_once('|').map_or(label, |label| label.0));
        shape.push('⟧');
        rest = rest[close..].strip_prefix('⟧').unwrap_or_default();
    }
    push_words(rest, &mut shape);
    shape.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn push_words(text: &str, shape: &mut String) {
    for word in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let letters = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let is_value = letters.bytes().any(|b| b.is_ascii_digit());
        shape.push_str(if is_value { "0" } else { letters });
        shape.push_str(&word[letters.len()..]);
    }
}

/// Counts what was found of a body, and gives what differs from its labels.
fn tally(
    labelled: &Labelled,
    found: &[(&'static str, Range<usize>)],
    counts: &mut BTreeMap<(bool, &str), Count>,
) -> Vec<String> {
    let mut differences = Vec::new();
    let mut report = |what: &str, kind: &str, range: &Range<usize>| {
        differences.push(format!("{what} {kind} {}", &labelled.text[range.clone()]));
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
        if !labelled.expected.iter().chain(&labelled.bare).any(|(_, other)| other == range) {
            count.wrong += 1;
            report("wrong", kind, range);
        }
    }
    differences
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
        Kind::Emr,
        Kind::Token,
        Kind::IamId,
        Kind::Host,
        Kind::Vpc,
        Kind::Subnet,
    ];
    let shaped_kind = shaped_kinds.iter().any(|shaped| shaped.info().prefix == kind);
    // Hosts, which have a dot; what else has one or a slash (a queue, a parameter, a repository) is named by people.
    let host_kinds = [
        Kind::ApiGateway,
        Kind::Eks,
        Kind::Elasticache,
        Kind::Elasticsearch,
        Kind::Rds,
        Kind::Redshift,
        Kind::VpcEndpoint,
    ];
    let is_host = host_kinds.iter().any(|host| host.info().prefix == kind) && identifier.contains('.');
    let prefixed = regex::Regex::new(
        r"(^[a-z-]+-([0-9a-f]{8}|[0-9a-f]{17})$)|arn(:|%3A|&)|^[A-Z0-9]{13,}$|\b[0-9]{12}\b|-[0-9][_:]",
    )
    .expect("a literal");
    !shaped_kind && !is_host && !prefixed.is_match(identifier)
}

fn print(counts: &BTreeMap<(bool, &str), Count>, out: &mut impl Write) -> io::Result<bool> {
    writeln!(
        out,
        "{:<28} {:>8} {:>6} {:>9} {:>6} {:>8} {:>10}",
        "kind", "expected", "right", "as other", "wrong", "recall", "precision"
    )?;
    let mut total = [Count::default(), Count::default()];
    for ((is_name, kind), count) in counts {
        let kind = if *is_name { format!("{kind} (name)") } else { (*kind).to_string() };
        row(&kind, count, out)?;
        let sum = &mut total[usize::from(*is_name)];
        sum.expected += count.expected;
        sum.found += count.found;
        sum.right += count.right;
        sum.other_kind += count.other_kind;
        sum.wrong += count.wrong;
    }
    row("all with a shape", &total[0], out)?;
    row("all names", &total[1], out)?;
    let (found, wrong) = (total[0].found + total[1].found, total[0].wrong + total[1].wrong);
    let precision = 1.0 - wrong as f64 / found.max(1) as f64;
    writeln!(out, "precision of all {:.2} %", 100.0 * precision)?;
    Ok(recall(&total[0]) >= RECALL_OF_SHAPES && recall(&total[1]) >= RECALL_OF_NAMES && precision >= PRECISION)
}

fn recall(count: &Count) -> f64 {
    (count.right + count.other_kind) as f64 / count.expected.max(1) as f64
}

fn row(kind: &str, count: &Count, out: &mut impl Write) -> io::Result<()> {
    let Count { expected, found, right, other_kind, wrong } = count;
    let precision = 100.0 * (1.0 - *wrong as f64 / (*found).max(1) as f64);
    let recall = 100.0 * recall(count);
    writeln!(out, "{kind:<28} {expected:>8} {right:>6} {other_kind:>9} {wrong:>6} {recall:>7.2}% {precision:>9.2}%")
}
