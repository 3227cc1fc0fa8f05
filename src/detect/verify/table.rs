//! Tables with a header row, as the AWS CLI and Markdown draw them: what a cell of the header says is about the column below
//! it, not about its neighbour to the right.
//!
//! A row is asked about once and a table's rows are read as the scan comes to their bars, so that a table costs no more than
//! reading it twice. Tables without a bar at the beginning of their rows are none of these.

use super::name::{self, Context};
use super::{run, run_back};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use std::ops::Range;

/// The longest row that is looked at.
const LONGEST_ROW: usize = 4096;

/// The rows that a text has had so far.
#[derive(Debug, Default)]
pub struct Tables {
    /// The last row that was asked about, and whether it is a header.
    asked: (Range<usize>, bool),
    /// What the columns of the last table promise, by the bar that their cells stand behind; none: no table is being read.
    columns: Vec<(usize, (Kind, Form))>,
    /// How many bars its rows have.
    bars: usize,
    /// The last bar that was read, and which one of its row it is.
    last: (usize, usize),
    /// The last ruler among its rows.
    ruler: Range<usize>,
}

impl Tables {
    /// Whether the rows of a table are being read.
    pub fn are_open(&self) -> bool {
        !self.columns.is_empty()
    }
}

/// Whether the cell that ends at `bar` is one of a header row. If so, the rows below are read by it from now on.
pub fn is_of_header(text: &[u8], bar: usize, context: &mut Context<'_>) -> bool {
    if context.tables.asked.0.contains(&bar) {
        return context.tables.asked.1;
    }
    let row = row_around(text, bar);
    let is_header = is_header(text, &row);
    if is_header {
        open(text, &row, context);
    }
    context.tables.asked = (row, is_header);
    is_header
}

/// The value behind the `bar` of a row of the table that is being read; `None` if the table has ended before it.
pub fn cell(text: &[u8], bar: usize, context: &mut Context<'_>) -> Option<Option<Span>> {
    let (last, index) = context.tables.last;
    if bar <= last || context.tables.ruler.contains(&bar) {
        return Some(None);
    }
    let between = &text[last + 1..bar];
    let index = match line_end(between) {
        end if end == between.len() => index + 1,
        end => {
            let row = row_around(text, bar);
            if is_drawn(&text[row.clone()]) {
                context.tables.ruler = row;
                return Some(None);
            }
            let goes_on = is_ruler(&between[end..]) && bars(&text[row]) == context.tables.bars;
            if !goes_on {
                context.tables.columns.clear();
                return None;
            }
            0
        }
    };
    context.tables.last = (bar, index);
    let promised = context.tables.columns.iter().find(|column| column.0 == index).map(|column| column.1);
    Some(promised.and_then(|promised| whole_cell(text, bar, promised, context)))
}

/// The value that is all that stands in the cell behind `bar`.
fn whole_cell(text: &[u8], bar: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let start = bar + 1 + run(text, bar + 1, LONGEST_ROW, |b| matches!(b, b' ' | b'\t' | b'`'));
    let span = name::value(text, start, promised, context)?;
    let behind = run(text, span.range.end, LONGEST_ROW, |b| matches!(b, b' ' | b'\t' | b'`'));
    (text.get(span.range.end + behind) == Some(&b'|')).then_some(span)
}

/// Reads what the cells of a header promise.
fn open(text: &[u8], row: &Range<usize>, context: &mut Context<'_>) {
    let bars: Vec<usize> = memchr::memchr_iter(b'|', &text[row.clone()]).map(|bar| row.start + bar).collect();
    let mut columns = Vec::new();
    for (index, cell) in bars.windows(2).enumerate() {
        let promised = name::promised_by_cell(text, cell[0] + 1..cell[1], context);
        columns.extend(promised.map(|promised| (index, promised)));
    }
    context.tables.columns = columns;
    context.tables.bars = bars.len();
    context.tables.last = (bars.last().copied().unwrap_or(row.start), bars.len());
}

/// Whether a row of cells is the header of those below it: a ruler separates it from them, or nothing like it stands above it.
/// Of two cells the left one may also be the key of the right one, which is then no word like a key.
fn is_header(text: &[u8], row: &Range<usize>) -> bool {
    let cells = &text[row.clone()];
    let count = bars(cells);
    if count < 2 || !cells.trim_ascii_start().starts_with(b"|") {
        return false;
    }
    let ruler = next_line(text, row.end);
    let is_ruled = is_drawn(&text[ruler.clone()]);
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
        false if bars(&text[line_before(text, row.start)]) == count => false,
        false => {
            let below = first(&text[below], 0);
            !has_two_cells || first(cells, 1).is_ascii_uppercase() && !below.is_ascii_uppercase()
        }
    }
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
    line.contains(&b'-') && is_ruler(line)
}

fn bars(row: &[u8]) -> usize {
    memchr::memchr_iter(b'|', row).count()
}

/// The row that `bar` stands in; of a line that is too long for one a part.
fn row_around(text: &[u8], bar: usize) -> Range<usize> {
    let before = run_back(text, bar, LONGEST_ROW, |b| b != b'\n' && b != b'\\');
    let start = bar - before;
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
    head.len() - run_back(head, head.len(), LONGEST_ROW, |b| b != b'\n' && b != b'\\')..head.len()
}

/// Where the first line of a text ends.
fn line_end(text: &[u8]) -> usize {
    let mut ends = memchr::memchr3_iter(b'\n', b'\r', b'\\', text);
    ends.find(|end| line_break(&text[*end..]) > 0).unwrap_or(text.len())
}

/// The length of the line break at the start of a text, as it is or escaped.
pub fn line_break(text: &[u8]) -> usize {
    match text {
        [b'\\', b'r', b'\\', b'n', ..] => 4,
        [b'\\', b'n' | b'r', ..] | [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        _ => 0,
    }
}
