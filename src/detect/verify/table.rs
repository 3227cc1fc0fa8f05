//! Tables with a header row, as the AWS CLI, Markdown and psql draw them: what a cell of the header says is about the column
//! below it, not about its neighbour to the right.
//!
//! A row is asked about once and a table's rows are read as the scan comes to their bars, so that a table costs no more than
//! reading it twice. psql draws no bar in front of a row and behind it, and a ruler of hyphens and plus signs below the header;
//! its header is noticed by a cell with a bar behind it.

use super::column::promised_by_cell;
use super::context::Context;
use super::name;
use super::{is_alphanumeric, run, run_back, these};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use std::ops::Range;

/// The longest row that is looked at.
const LONGEST_ROW: usize = 4096;

/// How many cells a key and its value are.
const PAIR: usize = 2;

/// How the header of a table is told from its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// By bars around all its cells.
    Drawn,
    /// By the ruler of psql.
    OpenEnded,
}

/// A line that may be a row.
#[derive(Debug, Default)]
struct Line {
    range: Range<usize>,
    /// How many bars are in it.
    bars: usize,
    /// Its cells, once somebody has asked for them.
    cells: Option<Cells>,
}

/// The cells of a line.
#[derive(Clone, Copy, Debug, Default)]
struct Cells {
    /// How many cells are not empty, or three of more.
    filled: usize,
    /// What the first of these begin with.
    firsts: [u8; 3],
    /// Whether something stands in them that is in no key and in no value, if they are not more.
    are_code: bool,
}

/// The last row that was asked about.
#[derive(Debug, Default)]
struct Row {
    line: Line,
    /// What header it is: what that says is of the rows below.
    header: Option<Header>,
}

/// The rows that a text has had so far.
#[derive(Debug, Default)]
pub struct Tables {
    /// The last row that was asked about.
    asked: Row,
    /// The line below that, if it was looked at.
    below: Option<Line>,
    /// What the columns of the last table promise, by the bar that their cells stand behind, up to the last one that promises
    /// something; none: no table is being read.
    columns: Vec<Option<(Kind, Form)>>,
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

impl Line {
    /// The one that starts at `start`, as far as it stands in front of `reach`.
    fn at(text: &[u8], start: usize, reach: usize) -> Line {
        let (length, bars) = first_line(&text[start..text.len().min(reach)]);
        Line { range: start..start + length, bars, cells: None }
    }

    /// The one that `bar` stands in; of one that is too long for a row, or has a backslash in it, a part.
    fn around(text: &[u8], bar: usize) -> Line {
        let start = line_start(text, bar);
        let start = start + usize::from(start > 0 && text[start - 1] == b'\\' && start < bar);
        Line::at(text, start, bar + LONGEST_ROW)
    }

    /// The one behind the line that ends before `end`.
    fn behind(text: &[u8], end: usize) -> Line {
        let start = end + line_break(&text[end..]);
        Line::at(text, start, start + LONGEST_ROW)
    }

    /// The one in front of the line that starts at `start`.
    fn before(text: &[u8], start: usize) -> Line {
        let mut head = &text[..start];
        while let [rest @ .., b'\n' | b'\r'] | [rest @ .., b'\\', b'n' | b'r'] = head {
            head = rest;
        }
        Line::at(head, line_start(head, head.len()), head.len())
    }

    /// Its characters.
    fn of<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.range.clone()]
    }

    fn cells(&mut self, text: &[u8]) -> Cells {
        *self.cells.get_or_insert_with(|| Cells::of(&text[self.range.clone()]))
    }
}

impl Cells {
    /// Those of a row. Most are short and faster read byte by byte.
    fn of(row: &[u8]) -> Cells {
        let mut cells = Cells::default();
        let (mut cell, mut at) = (0, 0);
        while let Some(length) = row[at..].iter().position(|b| MARK[usize::from(*b)]) {
            let mark = at + length;
            at = mark + 1;
            if row[mark] != b'|' {
                // An ARN with a variable in it is no code, and will be gone.
                match variable(&row[..mark], &row[at..]) {
                    0 => cells.are_code = true,
                    length => at += length,
                }
                continue;
            }
            cells.meet(&row[cell..mark]);
            if cells.filled == cells.firsts.len() {
                // Nothing more is asked of them.
                return cells;
            }
            cell = at;
        }
        cells.meet(&row[cell..]);
        cells
    }

    fn meet(&mut self, cell: &[u8]) {
        let Some(first) = self.firsts.get_mut(self.filled) else { return };
        if let Some(b) = cell.iter().find(|b| !b.is_ascii_whitespace()) {
            *first = *b;
            self.filled += 1;
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

    /// The line that `bar` stands in. Mostly that below a row that was asked about was looked at.
    #[inline(always)]
    fn line(&mut self, text: &[u8], bar: usize) -> Line {
        let is_around = |line: &Line| line.range.contains(&bar) && !text[line.range.start..bar].contains(&b'\\');
        self.below.take().filter(is_around).unwrap_or_else(|| Line::around(text, bar))
    }
}

/// Meets the row that `bar` is in. Below a header the rows are read by it from now on.
fn meet_row(text: &[u8], bar: usize, context: &mut Context<'_>) {
    if context.tables.asked.line.range.contains(&bar) {
        return;
    }
    let tables = &mut context.tables;
    let mut row = Row { line: tables.line(text, bar), header: None };
    row.header = header(text, &mut row.line, tables);
    if let Some(header) = row.header {
        open(text, &row.line.range, header, context);
    }
    context.tables.asked = row;
}

/// Meets the row that `bar` is in. Gives whether that may be a key and its value, as far as its cells are known.
pub fn may_be_in_pair(text: &[u8], bar: usize, context: &mut Context<'_>) -> bool {
    meet_row(text, bar, context);
    let row = &context.tables.asked;
    row.header.is_none() && row.line.cells.is_none_or(|cells| cells.filled == PAIR)
}

/// Whether the row that was met last is a key and its value.
pub fn met_pair(text: &[u8], context: &mut Context<'_>) -> bool {
    let row = &mut context.tables.asked;
    row.header.is_none() && is_pair(text, &mut row.line)
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
            let row = context.tables.line(text, bar);
            let is_open_ended = context.tables.is_open_ended;
            if !is_open_ended && is_drawn(row.of(text)) {
                context.tables.ruler = row.range;
                return true;
            }
            let between = &between[end..];
            let follows = line_break(between) == between.len()
                || if is_open_ended { is_next_row(between) } else { is_ruler(between) };
            if !follows || row.bars != context.tables.bars {
                context.tables.close();
                return false;
            }
            if let Some(front) = context.tables.front {
                out.extend(whole_cell(text, row.range.start, front, context));
            }
            0
        }
    };
    context.tables.last = (bar, index);
    // Many cells are empty, or too short for what anything promises.
    let first = || text[bar + 1..].first_chunk::<{ name::SHORTEST_NAME }>();
    let promised = context.tables.columns.get(index).copied().flatten();
    if let Some(promised) = promised.filter(|_| first().is_some_and(|first| first.iter().all(|b| *b != b'|'))) {
        out.extend(whole_cell(text, bar + 1, promised, context));
    }
    true
}

/// The value that is all that stands in the cell that begins at `cell`.
fn whole_cell(text: &[u8], cell: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let start = cell + run(text, cell, LONGEST_ROW, |b| matches!(b, b' ' | b'\t' | b'`'));
    if text.get(start) == Some(&b'|') {
        return None;
    }
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
fn open(text: &[u8], row: &Range<usize>, header: Header, context: &mut Context<'_>) {
    let is_open_ended = header == Header::OpenEnded;
    let (mut front, mut last, mut bars) = (None, row.start, 0);
    let mut columns = std::mem::take(&mut context.tables.columns);
    columns.clear();
    for cell in cells(text, row) {
        let is_outer = bars == 0 || cell.end == row.end;
        let promised = if is_open_ended || !is_outer { promised_by_cell(text, cell.clone(), context) } else { None };
        match bars {
            0 => front = promised,
            _ if promised.is_none() => {}
            _ => {
                columns.resize(bars - 1, None);
                columns.push(promised);
            }
        }
        if cell.end < row.end {
            (last, bars) = (cell.end, bars + 1);
        }
    }
    let tables = &mut context.tables;
    (tables.columns, tables.front, tables.is_open_ended) = (columns, front, is_open_ended);
    (tables.bars, tables.last) = (bars, (last, bars));
}

/// Where the cells of a row stand: in front of its first bar, between two, and behind the last.
fn cells<'t>(text: &'t [u8], row: &Range<usize>) -> impl Iterator<Item = Range<usize>> + 't {
    let between = text[row.clone()].split(|b| *b == b'|');
    between.scan(row.start, |start, cell| {
        let range = *start..*start + cell.len();
        *start = range.end + 1;
        Some(range)
    })
}

/// What header a row is, if it is one.
fn header(text: &[u8], row: &mut Line, tables: &mut Tables) -> Option<Header> {
    match row.of(text).trim_ascii_start().starts_with(b"|") {
        true => is_header(text, row, tables).then_some(Header::Drawn),
        false => is_open_header(text, row).then_some(Header::OpenEnded),
    }
}

/// Whether a row of cells is the header of those below it: a ruler separates it from them, or nothing like it stands above it.
/// Of two cells the left one may also be the key of the right one, which is then no word like a key.
fn is_header(text: &[u8], row: &mut Line, tables: &mut Tables) -> bool {
    let bars = row.bars;
    if bars < 2 {
        return false;
    }
    let next = Line::behind(text, row.range.end);
    let is_ruled = is_drawn(next.of(text));
    let is_markdown = is_ruled && next.of(text).trim_ascii_start().starts_with(b"|-");
    let below = tables.below.insert(if is_ruled { Line::behind(text, next.range.end) } else { next });
    if below.bars != bars || !is_ruled && bars_above(text, row, &tables.asked.line) == bars {
        return false;
    }
    let cells = row.cells(text);
    let says_columns = cells.filled != PAIR || cells.firsts[1].is_ascii_uppercase();
    let mut says_rows = || cells.filled == PAIR && below.cells(text).firsts[0].is_ascii_uppercase();
    is_markdown || says_columns && (is_ruled || !says_rows())
}

/// How many bars are in the line in front of a row, which `last` mostly is.
fn bars_above(text: &[u8], row: &Line, last: &Line) -> usize {
    let between = text.get(last.range.end..row.range.start).unwrap_or_default();
    let follows = !between.is_empty() && line_break(between) == between.len();
    if follows {
        last.bars
    } else {
        Line::before(text, row.range.start).bars
    }
}

/// Whether a row is a key and its value: `|  QueueName |  orders  |`, `bucket | orders-raw`. Of more cells without a header none
/// says what the next one is, and the bars around the arguments of a closure in Rust have no row.
fn is_pair(text: &[u8], row: &mut Line) -> bool {
    let cells = row.cells(text);
    // `|bucket| bucket.next()`
    let begins_with_word =
        || matches!(row.of(text).trim_ascii_start(), [b'|', letter, ..] if letter.is_ascii_alphanumeric());
    cells.filled == PAIR && !(row.bars == 2 && begins_with_word()) && !cells.are_code
}

/// The length of the rest of the variable that a mark opens, and of its end: `${AWS::Partition}`; 0 if it opens none.
fn variable(before: &[u8], behind: &[u8]) -> usize {
    if !before.ends_with(b"$") {
        return 0;
    }
    let name = run(behind, 0, LONGEST_VARIABLE, |b| is_alphanumeric(b) || matches!(b, b':' | b'_' | b'.'));
    if behind.get(name) == Some(&b'}') {
        name + 1
    } else {
        0
    }
}

/// The longest name of a variable.
const LONGEST_VARIABLE: usize = 64;

/// What is between the cells of a row, and what is in no key and in no value of one.
static MARK: [bool; 256] = these(b"|{}();,");

/// Whether a row is the header of a table of psql.
fn is_open_header(text: &[u8], row: &Line) -> bool {
    // Most rows have no ruler below them, which is told by its first hyphens.
    let below = row.range.end + line_break(&text[row.range.end..]);
    let hyphens = run(text, below, LONGEST_ROW, |b| b == b'-');
    if hyphens == 0 || text.get(below + hyphens) != Some(&b'+') {
        return false;
    }
    let ruler = Line::behind(text, row.range.end);
    let joints = || memchr::memchr_iter(b'+', ruler.of(text)).count();
    is_open_ruler(ruler.of(text)) && joints() == row.bars
}

/// Whether a text is what may stand between the rows of a table: a line break, or a ruler between two.
fn is_ruler(text: &[u8]) -> bool {
    let mut at = 0;
    let mut breaks = 0;
    while at < text.len() {
        let length = line_break(&text[at..]);
        breaks += usize::from(length > 0);
        if length == 0 && !OF_RULER[usize::from(text[at])] {
            return false;
        }
        at += length.max(1);
    }
    breaks <= 1 || breaks == 2 && text.contains(&b'-')
}

/// Whether a line is a ruler. Most are none by their first letter.
fn is_drawn(line: &[u8]) -> bool {
    line.iter().all(|b| OF_RULER[usize::from(*b)]) && line.contains(&b'-')
}

/// What rulers are made of.
static OF_RULER: [bool; 256] = these(b" \t+-=:|");

/// Where the line begins that `at` stands in; of a line that is too long for a row, or has a backslash in it, a part.
fn line_start(text: &[u8], at: usize) -> usize {
    let near = run_back(text, at, NEAR, |b| !MAY_END_LINE[usize::from(b)]);
    if near < NEAR {
        return at - near;
    }
    let reach = at.saturating_sub(LONGEST_ROW);
    memchr::memrchr3(b'\n', b'\r', b'\\', &text[reach..at]).map_or(reach, |end| reach + end + 1)
}

/// Where the first line of a text ends. Between two bars there is often little.
#[inline]
fn line_end(text: &[u8]) -> usize {
    let near = run(text, 0, NEAR, |b| !MAY_END_LINE[usize::from(b)]);
    if near == text.len() || line_break(&text[near..]) > 0 {
        near
    } else {
        near + first_line(&text[near..]).0
    }
}

/// Where the first line of a text ends, and how many bars are in it.
fn first_line(text: &[u8]) -> (usize, usize) {
    let (mut bars, mut at) = (0, 0);
    while let Some(b) = text[..text.len().min(NEAR)].get(at) {
        bars += usize::from(*b == b'|');
        if MAY_END_LINE[usize::from(*b)] && line_break(&text[at..]) > 0 {
            return (at, bars);
        }
        at += 1;
    }
    while at < text.len() {
        let mut marks = [0];
        simd::members(text, at, &mut marks, &OF_LINE);
        let [mut marks] = marks;
        while marks != 0 {
            let mark = at + marks.trailing_zeros() as usize;
            if text[mark] == b'|' {
                bars += 1;
            } else if line_break(&text[mark..]) > 0 {
                return (mark, bars);
            }
            marks &= marks - 1;
        }
        at += simd::BLOCK;
    }
    (text.len(), bars)
}

/// What lines may end with, and what separates their cells.
static OF_LINE: AsciiSet = AsciiSet::of(b"\n\r\\|");

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
    fn the_variable_of_an_arn_is_no_code() {
        let found = |text: &str| crate::detect::found(text).into_iter().map(|one| one.1).collect::<Vec<_>>();
        let arn = "arn:${AWS::Partition}:s3:::acme";
        assert_eq!(found(&format!("{arn} bucket|zor-blax")), [arn, "zor-blax"]);
        assert_eq!(found("{acme} bucket|zor-blax"), [""; 0]);
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
