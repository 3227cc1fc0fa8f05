//! The flags of commands, and the commands they are given to: `--bucket x`, `aws eks describe-cluster --name prod`.

use super::key::{self, Said, LONGEST_KEY};
use super::name::{value, Context, LONGEST_LIST};
use super::{run, starts_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use std::ops::Range;

/// How far in front of a flag its command may stand.
const COMMAND_REACH: usize = 256;

/// The value behind the flag whose two hyphens start at `hyphens`: `--bucket x`, `--services x y`.
pub fn flagged(text: &[u8], hyphens: usize, context: &mut Context<'_>, out: &mut Vec<Span>) {
    let from = hyphens + 2;
    if !text.get(from).is_some_and(u8::is_ascii_alphanumeric) {
        return;
    }
    let end = from + run(text, from, LONGEST_KEY, |b| b.is_ascii_alphanumeric() || b == b'-');
    if text.get(end) != Some(&b' ') {
        return;
    }
    let key = &text[from..end];
    if !key::ending(key).key {
        return;
    }
    let said = context.known.words.said(key);
    let of_command = by_command(text, hyphens..end, said, context);
    let Some(promised) = of_command.or_else(|| said.promise(None)) else { return };
    let many = key.last() == Some(&b's');
    let mut at = end;
    for _ in 0..if many { LONGEST_LIST } else { 1 } {
        at += run(text, at, 16, |b| b == b' ');
        if text.get(at) == Some(&b'-') {
            return;
        }
        let quotes = run(text, at, 4, |b| matches!(b, b'"' | b'\'' | b'\\'));
        let Some(span) = value(text, at + quotes, promised, context) else { return };
        at = span.range.end + run(text, span.range.end, quotes, |b| matches!(b, b'"' | b'\'' | b'\\'));
        out.push(span);
        if text.get(at) != Some(&b' ') {
            return;
        }
    }
}

/// What the flag at `flag` means to its command.
pub fn by_command(text: &[u8], flag: Range<usize>, said: Said, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    if !said.by_command || !text[flag.clone()].starts_with(b"--") {
        return None;
    }
    let service = context.commands.service(text, flag.start)?;
    key::command(&text[flag], service).map(|kind| (kind, Form::Name))
}

/// The commands of the CLI in a text, as far as it was asked about.
#[derive(Debug, Default)]
pub struct Commands {
    /// Where the last one begins.
    last: Option<usize>,
    /// What was looked through.
    looked: usize,
}

impl Commands {
    /// The service of the command that a flag belongs to: `aws eks describe-cluster --name`. Flags are asked about in the order
    /// in which they stand, but for one that is read once more as a key: `---name =`.
    fn service<'t>(&mut self, text: &'t [u8], flag: usize) -> Option<&'t [u8]> {
        let reach = flag.saturating_sub(COMMAND_REACH);
        let from = self.looked.max(reach).min(flag);
        // The rarest of its letters.
        let letters = memchr::memrchr_iter(b'w', &text[from..flag]).map(|letter| from + letter);
        let mut starts = letters.filter_map(|letter| letter.checked_sub(1)).filter(|start| is_command(text, *start));
        self.last = starts.next().or(self.last);
        self.looked = self.looked.max(flag);
        let start = self.last.filter(|start| start + 1 >= reach && *start < flag)?;
        let from = start + COMMAND.len();
        let service = &text[from..from + run(text, from, 24, |b| b.is_ascii_alphanumeric() || b == b'-')];
        (text.get(from + service.len()) == Some(&b' ')).then_some(service)
    }
}

/// What every command begins with.
const COMMAND: &[u8] = b"aws ";

/// Whether a command begins there.
fn is_command(text: &[u8], start: usize) -> bool {
    let alone = |b: &u8| !matches!(b, b'/' | b'-' | b'_' | b'.' | b'+' | b'=' | b'@' | b'#');
    text[start..].starts_with(COMMAND) && text[..start].last().is_none_or(alone) && starts_word(text, start)
}
