//! Restoring a response that arrives in chunks.
//!
//! Plain text is given out at once, except an unfinished token at its end; newline-delimited JSON line by line; one JSON
//! value when it is complete, because what a string means is only known from the whole.

use crate::body::Format;
use crate::mapping::Mapping;
use crate::restore::restore;
use std::mem;

/// Restores one response. Not shared: one thread at a time.
#[derive(Debug)]
pub struct Unmasker {
    mapping: Mapping,
    held: Vec<u8>,
    /// Not known before the first byte that is no white space.
    format: Option<Format>,
    count: u64,
}

/// The most bytes an unfinished token can have: the longest prefix and number, every underscore escaped.
const LONGEST_TOKEN: usize = 64;

impl Unmasker {
    pub(crate) fn new(content_type: &str, mapping: Mapping) -> Unmasker {
        let format = Some(Format::of(content_type)).filter(|format| *format == Format::Lines);
        Unmasker { mapping, held: Vec::new(), format, count: 0 }
    }

    /// Takes the next chunk and gives what is certain by now. Chunks may be cut anywhere.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(chunk);
        if self.format.is_none() {
            self.format = match self.held.iter().find(|b| !b.is_ascii_whitespace()) {
                None => None,
                Some(b'{' | b'[' | b'"') => Some(Format::Sniffed),
                Some(_) => Some(Format::Text),
            };
        }
        let ready = match self.format {
            None | Some(Format::Sniffed) => 0,
            Some(Format::Lines) => memchr::memrchr(b'\n', &self.held).map_or(0, |end| end + 1),
            Some(Format::Text) => self.text_ready(),
        };
        let rest = self.held.split_off(ready);
        let ready = mem::replace(&mut self.held, rest);
        self.restore(ready)
    }

    /// Gives what is still held: the response is over. A token that was cut off stays as it is.
    pub fn finish(&mut self) -> Vec<u8> {
        let rest = mem::take(&mut self.held);
        self.restore(rest)
    }

    /// How many tokens were replaced so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn restore(&mut self, ready: Vec<u8>) -> Vec<u8> {
        match restore(self.format.unwrap_or(Format::Text), &self.mapping, &ready) {
            Some(restored) => {
                self.count += restored.count;
                restored.body
            }
            None => ready,
        }
    }

    /// How much of the held text cannot be part of a token that is still arriving.
    fn text_ready(&self) -> usize {
        let from = self.held.len().saturating_sub(LONGEST_TOKEN);
        let tail = &self.held[from..];
        let unfinished = memchr::memchr_iter(b'A', tail).find(|start| self.may_continue(&tail[*start..]));
        unfinished.map_or(self.held.len(), |start| from + start)
    }

    /// Whether more text could make `tail` a token of the mapping, or a longer one.
    fn may_continue(&self, tail: &[u8]) -> bool {
        // Markdown's escapes are no part of the token; the last backslash may start one.
        let mut plain = String::with_capacity(tail.len());
        let mut bytes = tail.iter().peekable();
        while let Some(b) = bytes.next() {
            match (b, bytes.peek()) {
                (b'\\', None | Some(b'_')) => {}
                (b, _) => plain.push(char::from(*b)),
            }
        }
        self.mapping.continues(&plain)
    }
}
