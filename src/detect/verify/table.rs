//! Tables with a header row, as the AWS CLI, Markdown and psql draw them: what a cell of the header says is about the column
//! below it, not about its neighbour to the right.
//!
//! A row is asked about once and a table's rows are read as the scan comes to their bars, so that a table costs no more than
//! reading it twice. psql draws no bar in front of a row and behind it, and a ruler of hyphens and plus signs below the header;
//! its header is noticed by a cell with a bar behind it.

use super::column::promised_by_cell;
use super::context::Context;
use super::name;
use super::{run, run_back, these};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use std::ops::Range;

/// The longest row that is looked at.
const LONGEST_ROW: usize = 4096;

/// A row with bars in it, as far as it was asked about.
#[derive(Debug, Default)]
struct Row {
    range: Range<usize>,
    /// How many bars are in it, once that was counted.
    bars: Option<usize>,
    /// Whether its cells are a header, which says what is below them.
    is_header: bool,
    /// Whether it is a key and its value, once somebody has asked that.
    is_pair: Option<bool>,
}

/// The rows that a text has had so far.
#[derive(Debug, Default)]
pub struct Tables {
    /// The last row that was asked about.
    asked: Row,
    /// What the columns of the last table promise, by the bar that their cells stand behind; none: no table is being read.
    columns: Vec<(usize, (Kind, Form))>,
    /// What the column in front of the first bar promises, in a table of psql.
    front: Option<(Kind, Form)>,
    /// Whether it is one of psql.
    is_open_ended: bool,
    /// How many bars its rows have.
    bars: usize,
    /// The last bar that was read, and which one of its row it is.
    last: (usize, usize),
    /// The last ruler among its rows.
    ruler: Range<usize>,
}

impl Row {
    /// How many bars are in it.
    fn bars(&mut self, text: &[u8]) -> usize {
        *self.bars.get_or_insert_with(|| bars(&text[self.range.clone()]))
    }

    /// How many bars are in the line in front of it, which `last` mostly is.
    fn bars_above(&self, text: &[u8], last: &Row) -> usize {
        let between = text.get(last.range.end..self.range.start).unwrap_or_default();
        match last.bars {
            Some(bars) if !between.is_empty() && line_break(between) == between.len() => bars,
            _ => bars(&text[line_before(text, self.range.start)]),
        }
    }
}

impl Tables {
    /// Whether the rows of a table are being read.
    pub fn are_open(&self) -> bool {
        !self.columns.is_empty() || self.front.is_some()
    }

    fn close(&mut self) {
        self.columns.clear();
        self.front = None;
    }
}

/// Meets the row that `bar` is in. Below a header the rows are read by it from now on.
pub fn meet_row(text: &[u8], bar: usize, context: &mut Context<'_>) {
    if context.tables.asked.range.contains(&bar) {
        return;
    }
    let mut row = Row { range: row_around(text, bar), ..Row::default() };
    row.is_header = is_header(text, &mut row, &context.tables.asked);
    if row.is_header {
        open(text, &row.range, context);
    }
    context.tables.asked = row;
}

/// Whether the row that was met last is a key and its value.
pub fn met_pair(text: &[u8], context: &mut Context<'_>) -> bool {
    let row = &mut context.tables.asked;
    if row.is_header {
        return false;
    }
    let is_pair = row.is_pair.unwrap_or_else(|| is_pair(text, row));
    row.is_pair = Some(is_pair);
    is_pair
}

/// Gives the value behind the `bar` of a row of the table that is being read, and the one in front of it where no bar is;
/// `false` if the table has ended before it.
pub fn cell(text: &[u8], bar: usize, context: &mut Context<'_>, out: &mut Vec<Span>) -> bool {
    let (last, index) = context.tables.last;
    if bar <= last || context.tables.ruler.contains(&bar) {
        return true;
    }
    let between = &text[last + 1..bar];
    let index = match line_end(between) {
        end if end == between.len() => index + 1,
        end => {
            let row = row_around(text, bar);
            let is_open_ended = context.tables.is_open_ended;
            if !is_open_ended && is_drawn(&text[row.clone()]) {
                context.tables.ruler = row;
                return true;
            }
            let follows = if is_open_ended { is_next_row(&between[end..]) } else { is_ruler(&between[end..]) };
            if !follows || bars(&text[row.clone()]) != context.tables.bars {
                context.tables.close();
                return false;
            }
            let front = context.tables.front;
            out.extend(front.and_then(|promised| whole_cell(text, row.start, promised, context)));
            0
        }
    };
    context.tables.last = (bar, index);
    let promised = context.tables.columns.iter().find(|column| column.0 == index).map(|column| column.1);
    out.extend(promised.and_then(|promised| whole_cell(text, bar + 1, promised, context)));
    true
}

/// The value that is all that stands in the cell that begins at `cell`.
fn whole_cell(text: &[u8], cell: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let start = cell + run(text, cell, LONGEST_ROW, |b| matches!(b, b' ' | b'\t' | b'`'));
    let span = name::value(text, start, promised, context)?;
    let behind = span.range.end + run(text, span.range.end, LONGEST_ROW, |b| matches!(b, b' ' | b'\t' | b'`'));
    let ends_row = || behind == text.len() || line_break(&text[behind..]) > 0;
    (text.get(behind) == Some(&b'|') || context.tables.is_open_ended && ends_row()).then_some(span)
}

/// Whether a text that begins with a line break is what stands between the last bar of psql's row and the first one of the
/// next: that one's first cell, behind the header a ruler too.
fn is_next_row(text: &[u8]) -> bool {
    let rest = &text[line_break(text)..];
    match line_end(rest) {
        end if end == rest.len() => true,
        end => {
            let behind = &rest[end + line_break(&rest[end..])..];
            is_open_ruler(&rest[..end]) && line_end(behind) == behind.len()
        }
    }
}

/// `-----+----`
fn is_open_ruler(line: &[u8]) -> bool {
    line.starts_with(b"-") && line.contains(&b'+') && line.trim_ascii_end().iter().all(|b| matches!(b, b'-' | b'+'))
}

/// Reads what the cells of a header promise.
fn open(text: &[u8], row: &Range<usize>, context: &mut Context<'_>) {
    let bars: Vec<usize> = memchr::memchr_iter(b'|', &text[row.clone()]).map(|bar| row.start + bar).collect();
    let mut columns = Vec::new();
    for (index, cell) in bars.windows(2).enumerate() {
        let promised = promised_by_cell(text, cell[0] + 1..cell[1], context);
        columns.extend(promised.map(|promised| (index, promised)));
    }
    let (first, last) = (bars.first().copied().unwrap_or(row.start), bars.last().copied().unwrap_or(row.start));
    let is_open_ended = is_open_header(text, row);
    if is_open_ended {
        let promised = promised_by_cell(text, last + 1..row.end, context);
        columns.extend(promised.map(|promised| (bars.len() - 1, promised)));
    }
    let front = if is_open_ended { promised_by_cell(text, row.start..first, context) } else { None };
    (context.tables.front, context.tables.is_open_ended) = (front, is_open_ended);
    context.tables.columns = columns;
    context.tables.bars = bars.len();
    context.tables.last = (last, bars.len());
}

/// Whether a row of cells is the header of those below it: a ruler separates it from them, or nothing like it stands above it.
/// Of two cells the left one may also be the key of the right one, which is then no word like a key.
fn is_header(text: &[u8], row: &mut Row, last: &Row) -> bool {
    if is_open_header(text, &row.range) {
        return true;
    }
    let cells = &text[row.range.clone()];
    if !cells.trim_ascii_start().starts_with(b"|") {
        return false;
    }
    let count = row.bars(text);
    if count < 2 {
        return false;
    }
    let ruler = next_line(text, row.range.end);
    let is_ruled = is_drawn(&text[ruler.clone()]);
    if !is_ruled && row.bars_above(text, last) == count {
        return false;
    }
    let below = if is_ruled { next_line(text, ruler.end) } else { ruler.clone() };
    if bars(&text[below.clone()]) != count {
        return false;
    }
    let first = |row: &[u8], cell: usize| {
        let mut cells = row.split(|b| *b == b'|').map(<[u8]>::trim_ascii).filter(|cell| !cell.is_empty());
        cells.nth(cell).map_or(b' ', |cell| cell[0])
    };
    let has_two_cells = first(cells, 1) != b' ' && first(cells, 2) == b' ';
    match is_ruled {
        true if text[ruler.clone()].trim_ascii_start().starts_with(b"|-") => true,
        true => !has_two_cells || first(cells, 1).is_ascii_uppercase(),
        false => {
            let below = first(&text[below], 0);
            !has_two_cells || first(cells, 1).is_ascii_uppercase() && !below.is_ascii_uppercase()
        }
    }
}

/// Whether a row is a key and its value: `|  QueueName |  orders  |`, `bucket | orders-raw`. Of more cells
/// without a header none says what the next one is, and the bars around the arguments of a closure in Rust have no row.
fn is_pair(text: &[u8], row: &mut Row) -> bool {
    let cells = &text[row.range.clone()];
    // `|bucket| bucket.next()`
    let begins_with_word = matches!(cells.trim_ascii_start(), [b'|', letter, ..] if letter.is_ascii_alphanumeric());
    if begins_with_word && row.bars(text) == 2 {
        return false;
    }
    let mut cells = cells.split(|b| *b == b'|').map(<[u8]>::trim_ascii).filter(|cell| !cell.is_empty());
    let (key, value) = (cells.next(), cells.next());
    let is_word = |cell: &[u8]| !cell.iter().any(|b| NO_WORD[usize::from(*b)]);
    cells.next().is_none() && [key, value].into_iter().flatten().filter(|cell| is_word(cell)).count() == 2
}

/// What is in no key and in no value of a row.
static NO_WORD: [bool; 256] = these(b"{}();,");

/// Whether a row is the header of a table of psql.
fn is_open_header(text: &[u8], row: &Range<usize>) -> bool {
    // Most rows have no ruler below them, which is told by its first characters.
    let below = row.end + line_break(&text[row.end..]);
    let drawn = run(text, below, LONGEST_ROW, |b| matches!(b, b'-' | b'+'));
    if drawn == 0 || !matches!(text[below + drawn..], [] | [b'\\' | b' ' | b'\t' | b'\r' | b'\n' | b'\x0c', ..]) {
        return false;
    }
    let begins_with_bar = text[row.clone()].trim_ascii_start().starts_with(b"|");
    let ruler = &text[next_line(text, row.end)];
    let joints = || memchr::memchr_iter(b'+', ruler).count();
    !begins_with_bar && is_open_ruler(ruler) && joints() == bars(&text[row.clone()])
}

/// Whether a text is what may stand between the rows of a table: a line break, or a ruler between two.
fn is_ruler(text: &[u8]) -> bool {
    let mut at = 0;
    let mut breaks = 0;
    while at < text.len() {
        let length = line_break(&text[at..]);
        breaks += usize::from(length > 0);
        if length == 0 && !matches!(text[at], b' ' | b'\t' | b'+' | b'-' | b'=' | b':' | b'|') {
            return false;
        }
        at += length.max(1);
    }
    breaks <= 1 || breaks == 2 && text.contains(&b'-')
}

/// Whether a line is a ruler.
fn is_drawn(line: &[u8]) -> bool {
    is_ruler(line) && line.contains(&b'-')
}

fn bars(row: &[u8]) -> usize {
    memchr::memchr_iter(b'|', row).count()
}

/// The row that `bar` stands in; of a line that is too long for one a part.
fn row_around(text: &[u8], bar: usize) -> Range<usize> {
    let start = line_start(text, bar);
    let start = start + usize::from(start > 0 && text[start - 1] == b'\\' && start < bar);
    start..bar + line_end(&text[bar..text.len().min(bar + LONGEST_ROW)])
}

/// The line behind the one that ends before `end`.
fn next_line(text: &[u8], end: usize) -> Range<usize> {
    let start = end + line_break(&text[end..]);
    start..start + line_end(&text[start..text.len().min(start + LONGEST_ROW)])
}

/// The line in front of the one that starts at `start`.
fn line_before(text: &[u8], start: usize) -> Range<usize> {
    let mut head = &text[..start];
    while let [rest @ .., b'\n' | b'\r'] | [rest @ .., b'\\', b'n' | b'r'] = head {
        head = rest;
    }
    line_start(head, head.len())..head.len()
}

/// Where the line begins that `at` stands in; of a line that is too long for a row, or has a backslash in it, a part.
fn line_start(text: &[u8], at: usize) -> usize {
    let near = run_back(text, at, NEAR, |b| !MAY_END_LINE[usize::from(b)]);
    if near < NEAR {
        return at - near;
    }
    let reach = at.saturating_sub(LONGEST_ROW);
    memchr::memrchr3(b'\n', b'\r', b'\\', &text[reach..at]).map_or(reach, |end| reach + end + 1)
}

/// Where the first line of a text ends.
fn line_end(text: &[u8]) -> usize {
    let near = run(text, 0, NEAR, |b| !MAY_END_LINE[usize::from(b)]);
    if line_break(&text[near..]) > 0 {
        return near;
    }
    let mut ends = memchr::memchr3_iter(b'\n', b'\r', b'\\', &text[near..]).map(|end| near + end);
    ends.find(|end| line_break(&text[*end..]) > 0).unwrap_or(text.len())
}

/// Within so many bytes the end of a line is faster seen byte by byte.
const NEAR: usize = 16;

/// What lines may end with, as it is or escaped.
static MAY_END_LINE: [bool; 256] = these(b"\n\r\\");

/// The length of the line break at the start of a text, as it is or escaped.
pub fn line_break(text: &[u8]) -> usize {
    match text {
        [b'\\', b'r', b'\\', b'n', ..] => 4,
        [b'\\', b'n' | b'r', ..] | [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::detect::Detector;

    #[test]
    fn a_row_with_others_like_it_above_is_no_header() {
        let detector = Detector::new(&Config::default()).unwrap();
        let names = |text: &str| {
            let spans = detector.scan(text.as_bytes()).into_iter();
            spans.map(|span| text[span.range].to_string()).collect::<Vec<_>>()
        };
        let rows = "| BucketName | QueueName | Colour |\n| acmelake | acmejobs | red |\n";
        assert_eq!(names(rows), ["acmelake", "acmejobs"]);
        assert_eq!(names(&format!("| x | y | z |\n{rows}")), [""; 0]);
        // Of the row above it is known how many bars it has.
        assert_eq!(names(&format!("| x | y | z |\n| role | y | z |\n{rows}")), [""; 0]);
    }

    #[test]
    fn a_row_ends_where_its_line_does() {
        let detector = Detector::new(&Config::default()).unwrap();
        for end in ["\n", "\r", "\r\n", r"\n", r"\r\n"] {
            let text = format!("BucketName|acmelake{end}BucketName|acmepond{end}");
            let names = detector.scan(text.as_bytes()).into_iter().map(|span| text[span.range].to_string());
            assert_eq!(names.collect::<Vec<_>>(), ["acmelake", "acmepond"], "{end:?}");
        }
    }
}
