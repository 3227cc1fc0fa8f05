//! Comma-separated values with a header line, as exports and spreadsheets give them: what a cell of the header says is about
//! the column below it.
//!
//! Only a text that begins with such a line is one. In the middle of a text no line is asked whether it is a header: that
//! would cost every line of every text.

use super::column::promised_by_column;
use super::name;
use super::table::line_break;
use super::{run, text_output};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use memchr::{memchr3, memchr_iter};
use std::ops::Range;

/// The longest header that is looked at.
const LONGEST_HEADER: usize = 1024;

/// Gives the names in the columns of a text that begins with a header.
pub fn names(text: &[u8], out: &mut Vec<Span>) {
    if text_output::begins(text) {
        return;
    }
    let end = run(text, 0, LONGEST_HEADER, is_of_header);
    let header = &text[..end];
    let Some(separator) = separator(header).filter(|_| line_break(&text[end..]) > 0) else { return };
    let columns: Vec<_> = cells(text, 0..end, separator).map(|cell| promised_by_column(&text[cell])).collect();
    rows(text, end, separator, &columns, out);
}

/// Gives the names of the rows below the header that ends at `end`, as long as they have as many cells.
fn rows(text: &[u8], mut end: usize, separator: u8, columns: &[Option<(Kind, Form)>], out: &mut Vec<Span>) {
    // Behind the last column that promises something no cell is looked at.
    let Some(last) = columns.iter().rposition(Option::is_some) else { return };
    loop {
        let start = end + line_break(&text[end..]);
        end = start + memchr3(b'\n', b'\r', b'\\', &text[start..]).unwrap_or(text.len() - start);
        if start == end || memchr_iter(separator, &text[start..end]).count() + 1 != columns.len() {
            return;
        }
        for (cell, promised) in cells(text, start..end, separator).zip(&columns[..=last]) {
            let span = promised.and_then(|promised| name::whole(&text[cell.clone()], promised));
            out.extend(span.map(|span| span.moved(cell.start)));
        }
    }
}

/// What names of columns, quotes and separators are made of. A header inside a JSON string ends before the backslash of its
/// line break, and quoted cells with it.
fn is_of_header(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b' ' | b'-' | b'"' | b',' | b';' | b'\t')
}

/// What separates the cells of a header: the first that may.
fn separator(header: &[u8]) -> Option<u8> {
    header.iter().copied().find(|b| matches!(b, b',' | b';' | b'\t'))
}

/// The cells of a line, without their quotes.
fn cells(text: &[u8], line: Range<usize>, separator: u8) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = line.start;
    let ends = memchr_iter(separator, &text[line.clone()]).map(move |end| line.start + end).chain([line.end]);
    ends.map(move |end| {
        let cell = std::mem::replace(&mut start, end + 1)..end;
        match text[cell.clone()] {
            [b'"', .., b'"'] => cell.start + 1..cell.end - 1,
            _ => cell,
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::detect::Detector;

    fn found<'t>(text: &'t str, allowed: &str) -> Vec<&'t str> {
        let config = Config { allow_list: vec![allowed.to_string()], ..Config::default() };
        let spans = Detector::new(&config).unwrap().scan(text.as_bytes());
        spans.into_iter().map(|span| &text[span.range]).collect()
    }

    const TABLE: &str = "BucketName,InstanceId\nacmelake,i-0abc1234def567890\nacmelogs,i-0abc1234def567891\n";

    #[test]
    fn names_of_columns_stand_between_other_identifiers() {
        let all = ["acmelake", "i-0abc1234def567890", "acmelogs", "i-0abc1234def567891"];
        assert_eq!(found(TABLE, "none"), all);
        let long = TABLE.to_string() + &"acmelogs,i-0abc1234def567891\n".repeat(100_000);
        assert_eq!(found(&long, "none").len(), 200_004);
    }

    #[test]
    fn an_allowed_name_lets_nothing_else_through() {
        assert_eq!(found(TABLE, "acmelake"), ["i-0abc1234def567890", "acmelogs", "i-0abc1234def567891"]);
        assert_eq!(found(TABLE, "acmelogs"), ["acmelake", "i-0abc1234def567890", "i-0abc1234def567891"]);
    }
}
