//! Restoring a response that arrives in chunks, cut anywhere.
//!
//! What is certain is given out at once. Plain text holds back an unfinished token at its end; an event stream holds back
//! the unfinished token of each text that goes on from event to event; newline-delimited JSON its unfinished line; one
//! JSON value is held until it is complete, because what a string means is only known from the whole.
//!
//! No more is held than the limit: what is longer is restored as text from there to its end.

mod carry;
mod deltas;
mod events;
mod nest;
mod splitter;

use crate::body::{Format, MediaType};
use crate::mapping::Mapping;
use crate::restore::{restore, Thinking};
use carry::{Carry, Parts};
use events::{Means, Texts};
use splitter::Splitter;
use std::mem;
use std::sync::Arc;

/// How responses are restored.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most bytes of one event, line or JSON value that are held.
    pub limit: usize,
    /// What is restored in texts that the provider signs; `None`: nothing.
    pub thinking: Option<Arc<Thinking>>,
}

/// What events are restored with; a borrow of some fields only.
macro_rules! means {
    ($unmasker:ident) => {
        Means {
            mapping: &$unmasker.mapping,
            escapes: $unmasker.escapes,
            thinking: &$unmasker.thinking,
            restore_thinking: $unmasker.restore_thinking,
        }
    };
}

/// Restores one response. Not shared: one thread at a time.
#[derive(Debug)]
pub struct Unmasker {
    content_type: String,
    mapping: Mapping,
    escapes: bool,
    limit: usize,
    restore_thinking: bool,
    thinking: Arc<Thinking>,
    /// Not known before enough has arrived.
    format: Option<Format<'static>>,
    held: Vec<u8>,
    splitter: Splitter,
    texts: Texts,
    /// What is held of plain text, or of something that is longer than the limit.
    text: Option<Carry>,
    count: u64,
}

impl Unmasker {
    pub(crate) fn new(content_type: &str, mapping: Mapping, settings: Settings) -> Unmasker {
        // What is no text is never rewritten.
        let media = MediaType::parse(content_type);
        let mapping = if media.is_binary() || media.is_sealed() { Mapping::default() } else { mapping };
        Unmasker {
            content_type: content_type.to_string(),
            escapes: mapping.needs_escapes(),
            mapping,
            limit: settings.limit,
            restore_thinking: settings.thinking.is_some(),
            thinking: settings.thinking.unwrap_or_default(),
            format: None,
            held: Vec::new(),
            splitter: Splitter::default(),
            texts: Texts::default(),
            text: None,
            count: 0,
        }
    }

    /// Takes the next chunk and gives what is certain by now. Chunks may be cut anywhere.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.take(chunk, false)
    }

    /// Gives what is still held: the response is over. A token that was cut off stays as it is.
    pub fn finish(&mut self) -> Vec<u8> {
        self.take(b"", true)
    }

    /// How many tokens were replaced so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn take(&mut self, chunk: &[u8], complete: bool) -> Vec<u8> {
        let mut held = mem::take(&mut self.held);
        held.extend_from_slice(chunk);
        let mut out = Vec::with_capacity(held.len());
        let Some(format) = self.decide(&held, complete) else {
            self.held = held;
            return out;
        };
        let mut at = 0;
        while let Some(unit) = self.splitter.unit(format, &held[at..], complete) {
            self.unit(format, &held[at..at + unit.length], unit.is_cut, &mut out);
            at += unit.length;
        }
        if self.text.is_none() && held.len() - at > self.limit {
            self.text = Some(Carry::new(Parts::JsonBody, self.escapes));
        }
        if self.text.is_some() {
            let length = self.splitter.pass(format, &held[at..]);
            self.text(&held[at..at + length], false, &mut out);
            at += length;
        }
        held.drain(..at);
        self.held = held;
        if complete {
            self.text(b"", true, &mut out);
            self.count += self.texts.end_all(means!(self), &mut out);
        }
        out
    }

    fn decide(&mut self, held: &[u8], complete: bool) -> Option<Format<'static>> {
        if self.format.is_none() {
            self.format = Format::arriving(&self.content_type, held).or(complete.then_some(Format::Text));
            if self.format == Some(Format::Text) {
                self.text = Some(Carry::new(Parts::Body, self.escapes));
            }
        }
        self.format
    }

    /// Gives out an event, a line, or all of the body.
    fn unit(&mut self, format: Format<'_>, bytes: &[u8], is_cut: bool, out: &mut Vec<u8>) {
        if self.text.is_some() {
            return self.text(bytes, true, out);
        }
        if format == Format::Events {
            self.count += self.texts.event(bytes, is_cut, means!(self), out);
            return;
        }
        match restore(Format::Sniffed, &self.mapping, &self.thinking, bytes) {
            Some(restored) => {
                self.count += restored.count;
                out.extend_from_slice(&restored.body);
            }
            None => out.extend_from_slice(bytes),
        }
    }

    /// Gives out what is certain of plain text. With the last of it the text ends.
    fn text(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        let Some(carry) = &mut self.text else { return };
        let certain = carry.push(bytes, last, &self.mapping, &self.thinking);
        self.count += certain.count;
        out.extend_from_slice(&certain.bytes);
        if last {
            self.text = None;
        }
    }
}
