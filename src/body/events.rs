//! Server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>): where each event ends, and
//! where its data stands. Nothing is normalised: line ends, comments and unknown fields stay as they came.

use super::text::Steps;
use memchr::memchr2;
use std::borrow::Cow;
use std::ops::Range;

/// Finds the ends of events in bytes that grow, looking at each byte once.
#[derive(Debug)]
pub struct Splitter {
    scanned: usize,
    /// Where the current line begins; `None` if its beginning is gone.
    line: Option<usize>,
}

impl Default for Splitter {
    fn default() -> Splitter {
        Splitter { scanned: 0, line: Some(0) }
    }
}

impl Splitter {
    /// The end of the event that begins at the start of `bytes`, behind its blank line; `None` if it has not arrived.
    ///
    /// Until there is an end, the next call must bring the same bytes and more. `complete`: there are no more.
    pub fn end(&mut self, bytes: &[u8], complete: bool) -> Option<usize> {
        while let Some(next) = memchr2(b'\n', b'\r', &bytes[self.scanned..]) {
            let at = self.scanned + next;
            let width = match &bytes[at..] {
                [b'\r'] if !complete => {
                    self.scanned = at; // a line feed may belong to it
                    return None;
                }
                [b'\r', b'\n', ..] => 2,
                _ => 1,
            };
            let blank = self.line == Some(at);
            self.scanned = at + width;
            self.line = Some(self.scanned);
            if blank {
                *self = Splitter::default();
                return Some(at + width);
            }
        }
        self.scanned = bytes.len();
        None
    }

    /// Takes `length` bytes at the start as gone: the next call brings what is behind them.
    pub fn gone(&mut self, length: usize) {
        self.scanned = self.scanned.saturating_sub(length);
        self.line = self.line.and_then(|line| line.checked_sub(length));
    }
}

/// `\r\n`. Any line of data is longer.
const LONGEST_LINE_END: usize = 2;

/// One event.
#[derive(Debug)]
pub struct Event<'b> {
    pub(super) bytes: &'b [u8],
    /// Where the values of its `data` lines stand.
    pub(super) data: Vec<Range<usize>>,
    /// Where its other lines stand, those together that follow each other.
    pub(super) others: Vec<Range<usize>>,
    /// Where its type stands.
    name: Option<Range<usize>>,
    /// How its lines end.
    pub line_end: &'static str,
}

impl<'b> Event<'b> {
    /// Takes an event's bytes apart.
    pub fn parse(bytes: &'b [u8]) -> Event<'b> {
        let mut event = Event { bytes, data: Vec::new(), others: Vec::new(), name: None, line_end: "\n" };
        let mut start = 0;
        while start < bytes.len() {
            let end = memchr2(b'\n', b'\r', &bytes[start..]).map_or(bytes.len(), |end| start + end);
            let line_end = match &bytes[end..] {
                [b'\r', b'\n', ..] => "\r\n",
                [b'\r', ..] => "\r",
                _ => "\n",
            };
            if end < bytes.len() {
                event.line_end = line_end;
            }
            event.line(start..end);
            start = end + line_end.len();
        }
        event
    }

    fn line(&mut self, line: Range<usize>) {
        let text = &self.bytes[line.clone()];
        let colon = memchr::memchr(b':', text).unwrap_or(text.len());
        let space = usize::from(text.get(colon + 1) == Some(&b' '));
        let value = (line.start + colon + 1 + space).min(line.end)..line.end;
        match &text[..colon] {
            b"data" => return self.data.push(value),
            b"event" => self.name = Some(value),
            _ => {}
        }
        if text.is_empty() {
            return;
        }
        match self.others.last_mut() {
            Some(last) if line.start - last.end <= LONGEST_LINE_END => last.end = line.end,
            _ => self.others.push(line),
        }
    }

    /// Its type, if it has one.
    pub fn name(&self) -> Option<&'b [u8]> {
        self.name.clone().map(|range| &self.bytes[range])
    }

    /// Its data, and where that stands in the text around, in which the event begins at `start`. `None`: it has none.
    pub fn data(&self, start: usize) -> Option<(Cow<'b, [u8]>, Steps)> {
        let first = self.data.first()?;
        if self.data.len() == 1 {
            return Some((Cow::Borrowed(&self.bytes[first.clone()]), Steps::verbatim(start + first.start)));
        }
        let mut joined = Vec::new();
        let mut starts = Vec::new();
        for range in &self.data {
            if !starts.is_empty() {
                joined.push(b'\n');
            }
            starts.push((joined.len(), start + range.start));
            joined.extend_from_slice(&self.bytes[range.clone()]);
        }
        Some((Cow::Owned(joined), Steps::joined(starts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, chunk: usize) -> Vec<String> {
        let (mut splitter, mut bytes, mut events) = (Splitter::default(), Vec::new(), Vec::new());
        for part in text.as_bytes().chunks(chunk) {
            bytes.extend_from_slice(part);
            while let Some(end) = splitter.end(&bytes, false) {
                events.push(String::from_utf8(bytes.drain(..end).collect()).unwrap());
            }
        }
        while let Some(end) = splitter.end(&bytes, true) {
            events.push(String::from_utf8(bytes.drain(..end).collect()).unwrap());
        }
        events.push(String::from_utf8(bytes).unwrap());
        events
    }

    #[test]
    fn events_end_at_blank_lines_however_lines_end_and_however_they_are_cut() {
        for (text, expected) in [
            ("data: a\n\ndata: b\n\n", vec!["data: a\n\n", "data: b\n\n", ""]),
            ("data: a\r\n\r\n: c\r\n\r\n", vec!["data: a\r\n\r\n", ": c\r\n\r\n", ""]),
            ("data: a\r\rdata: b\r\r", vec!["data: a\r\r", "data: b\r\r", ""]),
            ("\n\ndata: a", vec!["\n", "\n", "data: a"]),
            ("data: a\n", vec!["data: a\n"]),
        ] {
            for chunk in 1..=text.len() {
                assert_eq!(split(text, chunk), expected, "{text:?} in chunks of {chunk}");
            }
        }
    }

    #[test]
    fn other_lines_that_follow_each_other_are_one_text() {
        let others = |text: &str| -> Vec<String> {
            let event = Event::parse(text.as_bytes());
            event.others.iter().map(|range| text[range.clone()].to_string()).collect()
        };
        assert_eq!(others(": a\n|b|\r\nid:\n\n"), [": a\n|b|\r\nid:"]);
        assert_eq!(others("event: x\ndata\nid: 7\rretry: 1\n\n"), ["event: x", "id: 7\rretry: 1"]);
        assert_eq!(others("\n"), [""; 0]);
    }

    #[test]
    fn data_is_found_and_leads_back() {
        let bytes = b": note\r\nevent: x\r\ndata: {\"a\":\r\ndata:1}\r\nid: 7\r\n\r\n";
        let event = Event::parse(bytes);
        let (data, origin) = event.data(0).unwrap();
        assert_eq!((&*data, event.name(), event.line_end), (&b"{\"a\":\n1}"[..], Some(&b"x"[..]), "\r\n"));
        assert_eq!(&bytes[origin.in_body(1..4)], b"\"a\"");
        assert_eq!(&bytes[origin.in_body(6..7)], b"1");
        assert_eq!(&*Event::parse(b"data\n\n").data(0).unwrap().0, b"");
    }
}
