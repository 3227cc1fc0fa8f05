//! The flags of commands, and the commands they are given to: `--bucket x`, `aws eks describe-cluster --name prod`,
//! `["aws", "eks", "describe-cluster", "--name", "prod"]`, `Get-S3Object -BucketName x`.

use super::context::Context;
use super::ends;
use super::key::{self, Said, LONGEST_KEY};
use super::list::LONGEST_LIST;
use super::name::{is_named, value, value_at};
use super::table::line_break;
use super::text_output;
use super::words::Words;
use super::{back_to, between, run, run_back, starts_word, ALPHANUMERIC, HYPHENATED};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::{Form, CMDLETS, COMMANDS};
use crate::detect::Span;
use crate::simd;
use memchr::memmem;
use std::ops::Range;

/// How far in front of a flag its command may stand.
const COMMAND_REACH: usize = 256;

/// The value behind the flag whose two hyphens start at `hyphens`: `--bucket x`, `--services x y`.
pub fn flagged(text: &[u8], hyphens: usize, context: &mut Context<'_>, out: &mut Vec<Span>) {
    let from = hyphens + 2;
    if !text.get(from).is_some_and(u8::is_ascii_alphabetic) {
        return;
    }
    let end = from + simd::run(text, from, LONGEST_KEY, &HYPHENATED);
    let Some(mut at) = behind(text, end) else { return };
    if text[from..end] == *b"output" {
        text_output::names_behind_flag(text, end, context);
    }
    if !ends::ending(&text[..end]).key {
        return;
    }
    let key = &text[from..end];
    // Two of them in one word are none: what stands between them would be passed over.
    if memmem::find(key, b"--").is_some() {
        return;
    }
    let is_item = at != end;
    // A call that defines the flag: `add_argument('--bucket', 'the bucket')`.
    if is_item && matches!(text[..hyphens], [.., b'(', b'"' | b'\''] | [.., b'(', b'\\', b'"']) {
        return;
    }
    // Most of what stands there is no value of any form, but another flag.
    let (mut start, mut quotes) = value_start(text, at);
    let begins_value = |b: u8| is_named(b) && (b != b'-' || quotes > 0);
    if !text.get(start).is_some_and(|b| begins_value(*b)) {
        return;
    }
    let said = context.known.words.said(key);
    let of_command = by_command(text, hyphens..end, said, context);
    let Some(promised) = of_command.or_else(|| said.promise(None)) else { return };
    let many = key.last() == Some(&b's');
    for _ in 0..if many { LONGEST_LIST } else { 1 } {
        if text.get(start - quotes) == Some(&b'-') {
            return;
        }
        let Some(found) = value_at(text, start, promised, context) else { return };
        let end = found.range.end;
        // An item of a list is one word.
        if is_item && !matches!(text.get(end), None | Some(b'"' | b'\'' | b'\\' | b'\n' | b'\r')) {
            return;
        }
        // `usage: x --bucket BUCKET`
        let value = &text[found.range.clone()];
        if key::same(value, key) && !value.iter().any(u8::is_ascii_lowercase) {
            return;
        }
        at = end + run(text, end, quotes, |b| matches!(b, b'"' | b'\'' | b'\\'));
        out.push(found.named(text, promised.0));
        if text.get(at) != Some(&b' ') {
            return;
        }
        (start, quotes) = value_start(text, at);
    }
}

/// Where a value starts behind spaces and quotes, and how many quotes these are.
fn value_start(text: &[u8], at: usize) -> (usize, usize) {
    let spaces = run(text, at, 16, |b| b == b' ');
    let quotes = run(text, at + spaces, 4, |b| matches!(b, b'"' | b'\'' | b'\\'));
    (at + spaces + quotes, quotes)
}

/// Where the word behind the one that ends before `end` stands: behind spaces, or as the next item of a list: `"--bucket", "x"`,
/// `- --bucket` and `- x` on the next line.
fn behind(text: &[u8], end: usize) -> Option<usize> {
    if text.get(end) == Some(&b' ') {
        return Some(end);
    }
    if !matches!(text.get(end), Some(b'"' | b'\'' | b'\\' | b'\n' | b'\r')) {
        return None;
    }
    let closing = end + closing_quotes(&text[end..]);
    if closing > end && text.get(closing) == Some(&b',') {
        let next = closing + 1 + between(&text[closing + 1..]);
        return matches!(text[..next].last(), Some(b'"' | b'\'')).then_some(next);
    }
    let line = closing + line_break(&text[closing..]);
    let dash = line + run(text, line, 64, |b| b == b' ');
    (line > closing && text[dash..].starts_with(b"- ")).then_some(dash + 2)
}

/// The length of the quotes at the start of a text, which may be escaped; a backslash alone is the escape of something else.
fn closing_quotes(text: &[u8]) -> usize {
    let escapes = run(text, 0, 4, |b| b == b'\\');
    match text.get(escapes) {
        Some(b'"' | b'\'') => escapes + 1,
        _ => 0,
    }
}

/// What the flag at `flag`, of which so much is said, means to its command.
#[inline(always)]
pub fn by_command(text: &[u8], flag: Range<usize>, said: Said, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    if !said.hangs_on_command() || !text[flag.clone()].starts_with(b"--") {
        return None;
    }
    let service = context.commands.service(text, flag.start)?;
    said.of_command(service).map(|kind| (kind, Form::Name))
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
        // Their second letters, which are the rarest.
        let letters = memchr::memrchr2_iter(b'w', b'k', &text[from..flag]).map(|letter| from + letter);
        let mut starts = letters.filter_map(|letter| letter.checked_sub(1)).filter(|start| is_command(text, *start));
        self.last = starts.next().or(self.last);
        self.looked = self.looked.max(flag);
        let start = self.last.filter(|start| start + 1 >= reach && *start < flag)?;
        if text[start..].starts_with(EKSCTL) {
            return Some(EKSCTL.trim_ascii_end());
        }
        let from = behind(text, start + COMMAND.len())?;
        let from = from + run(text, from, 1, |b| b == b' ');
        let service = &text[from..from + simd::run(text, from, 24, &HYPHENATED)];
        behind(text, from + service.len()).map(|_| service)
    }
}

/// What every command of the CLI begins with.
const COMMAND: &[u8] = b"aws";
/// The tool for EKS, whose flags have their own row among [`COMMANDS`].
const EKSCTL: &[u8] = b"eksctl ";

/// Whether a command of the CLI or of the tool for EKS begins there.
fn is_command(text: &[u8], start: usize) -> bool {
    let is_of_cli = || text[start..].starts_with(COMMAND) && behind(text, start + COMMAND.len()).is_some();
    (text[start..].starts_with(EKSCTL) || is_of_cli()) && begins_command(text, start)
}

/// Whether the word at `start` may be a command.
fn begins_command(text: &[u8], start: usize) -> bool {
    let alone = |b: &u8| !matches!(b, b'/' | b'-' | b'_' | b'.' | b'+' | b'=' | b'@' | b'#');
    text[..start].last().is_none_or(alone) && starts_word(text, start)
}

/// The command and the flag that the last texts of a list were: `["aws", "s3api", "list-objects", "--bucket", "x"]`.
#[derive(Debug, Default)]
pub struct Items {
    /// The service of the last command, once it is known, and where that was.
    command: Option<(Option<&'static str>, usize)>,
    /// What the last flag promises of the next text, and where it ended.
    flag: Option<((Kind, Form), usize)>,
}

impl Items {
    /// Whether one was met that says something of the next ones.
    pub fn are_expected(&self) -> bool {
        self.command.is_some() || self.flag.is_some()
    }

    /// Remembers a text that is an item of a command, and where it is.
    pub fn meet(&mut self, text: &[u8], at: usize, words: &mut Words) {
        match self.command {
            _ if text == COMMAND => self.command = Some((None, at)),
            Some((None, _)) => {
                let service = COMMANDS.iter().map(|row| row.0).find(|service| service.as_bytes() == text);
                self.command = service.map(|service| (Some(service), at));
            }
            _ => {}
        }
        if text.starts_with(b"--") && ends::ending(text).key {
            let said = words.said(&text[2..]);
            let service = self.command.filter(|(_, since)| at.saturating_sub(*since) <= COMMAND_REACH);
            let service = service.and_then(|(service, _)| service);
            let of_command = service.and_then(|service| said.of_command(service.as_bytes()));
            let promised = of_command.map(|kind| (kind, Form::Name)).or_else(|| said.promise(None));
            self.flag = promised.map(|promised| (promised, at + text.len()));
        }
    }

    /// Remembers what a text that ends before `end` promises of the next one.
    pub fn expect(&mut self, promised: Option<(Kind, Form)>, end: usize) {
        self.flag = promised.map(|promised| (promised, end));
    }

    /// What the flag in front of the text at `at` promises of it.
    pub fn promise(&mut self, at: usize) -> Option<(Kind, Form)> {
        let (promised, end) = self.flag.take()?;
        (at.saturating_sub(end) <= ITEM_REACH).then_some(promised)
    }
}

/// How far behind a flag the text that is its value may begin: a comma, an indentation and some quotes.
const ITEM_REACH: usize = 64;

/// The value of the parameter of a cmdlet whose hyphen is at `hyphen`: `Get-S3Object -BucketName x`.
pub fn parameter(text: &[u8], hyphen: usize, context: &mut Context<'_>) -> Option<Span> {
    let from = hyphen + 1;
    let end = from + simd::run(text, from, LONGEST_KEY, &ALPHANUMERIC);
    let key = &text[from..end];
    if text.get(end) != Some(&b' ') || !ends::ending(key).key {
        return None;
    }
    let promised = context.known.words.said(key).promise(None)?;
    let says_all = matches!(promised.0, Kind::S3Bucket | Kind::Cloudformation | Kind::Rds | Kind::AutoScaling);
    if promised.1 != Form::Name || !says_all && !is_of_cmdlet(text, hyphen) {
        return None;
    }
    value(text, value_start(text, end).0, promised, context)
}

/// Whether one of AWS's cmdlets stands in the line in front of `at`: a verb, a hyphen, a service and a noun.
fn is_of_cmdlet(text: &[u8], at: usize) -> bool {
    let line = &text[at - back_to(text, at, COMMAND_REACH, [b'\n'; 2])..at];
    let is_cmdlet = |hyphen: usize| {
        let verb = run_back(line, hyphen, 12, |b| b.is_ascii_alphabetic());
        let noun = &line[hyphen + 1..];
        let service = CMDLETS.iter().find(|service| noun.starts_with(service.as_bytes()));
        let goes_on = service.is_some_and(|service| noun.get(service.len()).is_some_and(u8::is_ascii_uppercase));
        verb >= 3 && line[hyphen - verb].is_ascii_uppercase() && goes_on
    };
    memchr::memchr_iter(b'-', line).any(is_cmdlet)
}
