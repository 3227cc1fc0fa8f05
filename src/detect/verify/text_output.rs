//! The CLI's text output (`--output text`) of names that nothing else gives away: the list that a line is of, in capitals, and its
//! values behind tabs.
//!
//! Source: AWS CLI user guide, "Setting the output format in the AWS CLI". Only what a text begins with, or what stands behind a command
//! with that flag, is one: no byte of such a line leads the scan to it.

use super::column::listed;
use super::context::Context;
use super::run;
use super::table::line_break;
use super::{key, name};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use memchr::{memchr, memchr3};
use std::ops::Range;

/// The longest name of a list.
const LONGEST_LIST: usize = 32;
/// The lists of which the last value names something: values stand in the order of their keys.
static BY_LAST: &[(&[u8], Kind, Form)] =
    &[(b"BUCKETS", Kind::S3Bucket, Form::Name), (b"OWNER", Kind::Account, Form::CanonicalUser)];

/// A line and what it is made of.
struct Line {
    list: Range<usize>,
    first: Range<usize>,
    /// The last value, with which the line ends.
    last: Range<usize>,
}

/// Whether a text begins with such a line.
#[inline]
pub fn begins(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_uppercase) && list(text, 0).is_some()
}

/// Gives the names of the lines behind the command whose flag `--output` ends before `end`, if that says `text`. Such a flag may stand in
/// a line that was read itself.
#[inline(never)]
pub fn names_behind_flag(text: &[u8], end: usize, context: &mut Context<'_>) {
    if end < context.listed {
        return;
    }
    if text[end..].starts_with(b" text") || text[end..].starts_with(b"=text") {
        let behind = end + run(text, end, LONGEST_COMMAND, |b| b != b'\n' && b != b'\\');
        let start = behind + line_break(&text[behind..]);
        if start > behind {
            context.listed = names(text, start, &mut context.later);
        }
    }
}

/// The longest command behind the flag.
const LONGEST_COMMAND: usize = 1024;

/// Gives the names of the lines from `start` on, and where these end.
pub fn names(text: &[u8], mut start: usize, out: &mut Vec<Span>) -> usize {
    while let Some(line) = line(text, start) {
        let list = &text[line.list];
        let named = match BY_LAST.iter().find(|row| row.0 == list) {
            Some((_, kind, form)) => Some((line.last.clone(), (*kind, *form))),
            None => promised(list).map(|promised| (line.first, promised)),
        };
        // The header of a table has words in capitals next to one another, too.
        let named = named.filter(|(value, _)| text[value.clone()].iter().any(|b| !b.is_ascii_uppercase()));
        if let Some((value, promised)) = named {
            out.extend(name::whole(&text[value.clone()], promised).map(|span| span.moved(value.start)));
        }
        let end = line.last.end;
        start = end + line_break(&text[end..]);
        if start == end {
            return end;
        }
    }
    start
}

/// What a list has: `TABLENAMES`, `CLUSTERS`. There is no doubt of what stands behind it.
fn promised(list: &[u8]) -> Option<(Kind, Form)> {
    let one = || list.strip_suffix(b"S").filter(|one| one.ends_with(b"NAME"));
    listed(list).or_else(|| key::sure_promise(one()?))
}

/// The line that starts at `start`.
fn line(text: &[u8], start: usize) -> Option<Line> {
    let (list, from) = list(text, start)?;
    let value = |start| start..start + value_length(&text[start..]);
    let first = value(from);
    let mut last = first.clone();
    while tab(&text[last.end..]) > 0 {
        last = value(last.end + tab(&text[last.end..]));
    }
    Some(Line { list, first, last })
}

/// The length of the value that a text begins with. Of the four bytes that end one, three are looked for at once.
fn value_length(text: &[u8]) -> usize {
    let text = &text[..memchr3(b'\t', b'\n', b'\\', text).unwrap_or(text.len())];
    memchr(b'\r', text).unwrap_or(text.len())
}

/// The name of the list that a line at `start` begins with, and where its values begin.
fn list(text: &[u8], start: usize) -> Option<(Range<usize>, usize)> {
    let end = start + run(text, start, LONGEST_LIST, |b| b.is_ascii_uppercase());
    let tab = tab(&text[end..]);
    (end > start && tab > 0).then_some((start..end, end + tab))
}

/// The length of the tab at the start of a text, as it is or escaped.
fn tab(text: &[u8]) -> usize {
    match text {
        [b'\t', ..] => 1,
        [b'\\', b't', ..] => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::detect::Detector;

    fn found(text: &str) -> Vec<&str> {
        let spans = Detector::new(&Config::default()).unwrap().scan(text.as_bytes());
        spans.into_iter().map(|span| &text[span.range]).collect()
    }

    #[test]
    fn names_stand_behind_their_list() {
        assert_eq!(found("TABLENAMES\tOrders\nTABLENAMES\tInvoices2024\n"), ["Orders", "Invoices2024"]);
        assert_eq!(found(r"STREAMNAMES\tclicks\nSTREAMNAMES\tviews"), ["clicks", "views"]);
        assert_eq!(found("CLUSTERS\tpayments\r\nCLUSTERS\tretail"), ["payments", "retail"]);
        assert_eq!(found("DOMAINNAMES\tsearch\tOpenSearch"), ["search"]);
        let buckets = "BUCKETS\t2021-03-04T05:06:07+00:00\tacmelake\nBUCKETS\t2021-03-04T05:06:07+00:00\tacmelogs\n";
        assert_eq!(found(&format!("{buckets}OWNER\tjane\tx\n")), ["acmelake", "acmelogs"]);
        let owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
        assert_eq!(found(&format!("OWNER\tjane\t{owner}\n{buckets}")), [owner, "acmelake", "acmelogs"]);
        assert_eq!(found("aws x y --output text\nTABLENAMES\tOrders\n"), ["Orders"]);
        assert_eq!(
            found(r"$ aws x y --output text --region x\nTABLENAMES\tOrders\nTABLENAMES\tPets\n"),
            ["Orders", "Pets"]
        );
        let long = "TABLENAMES\tOrders\n".repeat(100);
        assert_eq!(found(&long).len(), 100);
    }

    #[test]
    fn a_line_is_read_once_behind_flags() {
        let lines = "TABLENAMES\tOrders\t--output text\n".repeat(20_000);
        assert_eq!(found(&format!("$ aws x y --output text\n{lines}")).len(), 20_000);
    }

    #[test]
    fn other_lines_have_no_names() {
        let others = [
            "TABLENAMES Orders",
            "aws s3 ls --output json\nTABLENAMES\tOrders",
            "aws s3 ls --output textual\nTABLE\tOrders",
            "aws dynamodb list-tables --output text\n\nTABLENAMES\tOrders",
            "TABLENAMES\tOWNER",
            "RULES\torders",
            "\tTABLENAMES\tOrders",
            "TABLENAMES\t",
            "NAMES\tx",
        ];
        for text in others {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
