//! Terraform: the blocks and variables of its language, and what it prints of a plan, a state and an import.

use super::assigned::word;
use super::context::Context;
use super::ends;
use super::key::Said;
use super::name::{quoted, value};
use super::thing::Opening;
use super::{is_quote, run, run_back, KEY};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::simd;
use memchr::memmem::Finder;
use once_cell::sync::Lazy;
use std::ops::Range;

/// What Terraform's variables begin with, and have their values under: `variable "bucket_name" { default = "x" }`.
const VARIABLE: (&[u8], &[u8]) = (b"variable", b"default");
/// How far behind the name of a variable its value may stand.
const VARIABLE_REACH: usize = 256;
/// The longest address of a resource and what Terraform does with it, in front of its id.
const LONGEST_STATE: usize = 256;

/// Remembers the Terraform block that opens at `brace`: `resource "aws_sqs_queue" "orders" {`.
pub fn block(text: &[u8], brace: usize, context: &mut Context<'_>) {
    let line = &text[..brace - run_back(text, brace, 4, |b| b == b' ')];
    if !line.last().is_some_and(|b| is_quote(*b)) {
        return;
    }
    let back = |end: usize, is: fn(u8) -> bool| end - run_back(line, end, 64, is);
    let before_label = |end: usize| end - simd::run_back(line, end, 64, &KEY);
    let label = before_label(back(line.len(), is_quote));
    if label == back(line.len(), is_quote) {
        return;
    }
    let gap = back(back(back(label, is_quote), |b| b == b' '), is_quote);
    let start = before_label(gap);
    if line[start..gap] == *VARIABLE.0 {
        let named = &line[label..back(line.len(), is_quote)];
        let promised = context.known.words.said(named).promise(None);
        let value = promised.and_then(|promised| value_of_variable(text, brace, promised, context));
        context.later.extend(value);
    }
    let place = &context.place(text, brace);
    let may_be_thing = ends::ending(&line[..gap]).thing;
    let said = if may_be_thing { context.known.words.said(&line[start..gap]) } else { Said::default() };
    let is_thing = context.known.meet_said(said, Opening::Block, place);
    if !is_thing && context.known.thing.is_some() && is_top_level(line, start..gap) {
        context.known.thing = None;
    }
}

/// The value of the variable whose block opens at `brace`.
fn value_of_variable(text: &[u8], brace: usize, promised: (Kind, Form), context: &mut Context<'_>) -> Option<Span> {
    let block = &text[brace..text.len().min(brace + VARIABLE_REACH)];
    let block = &block[..memchr::memchr(b'}', block).unwrap_or(block.len())];
    let key = brace + memchr::memmem::find(block, VARIABLE.1)? + VARIABLE.1.len();
    let separator = key + run(text, key, 16, |b| b == b' ');
    let start = separator + 1 + run(text, separator + 1, 16, |b| b == b' ');
    let quotes = run(text, start, 4, is_quote);
    let is_given = text.get(separator) == Some(&b'=') && quotes > 0;
    is_given.then(|| quoted(text, start + quotes, promised, context)).flatten()
}

/// Whether a block is one of those that stand in no other, by its type or the word in front of that.
fn is_top_level(line: &[u8], word: Range<usize>) -> bool {
    let front = line[..word.start].trim_ascii_end();
    let front = &front[..front.len() - run_back(front, front.len(), 4, |b| is_quote(b) || b == b' ')];
    TOP_LEVEL.iter().any(|block| line[word.clone()] == **block || front.ends_with(block))
}

/// The blocks of Terraform with labels that stand in no other. Source: Terraform's language reference, "Syntax".
const TOP_LEVEL: [&[u8]; 6] = [b"resource", b"data", b"module", b"provider", b"variable", b"output"];

/// What the id of a resource is that Terraform tells of: `aws_iam_role.deploy: Creation complete after 1s [id=x]`.
pub fn of_state(text: &[u8], key: Range<usize>, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let head = text[..key.start].strip_suffix(b" [").filter(|_| &text[key] == b"id")?;
    let reach = &head[head.len().saturating_sub(LONGEST_STATE)..];
    let line = &reach[memchr::memrchr(b'\n', reach).map_or(0, |end| end + 1)..];
    let kind = context.known.words.said(word(line, RESOURCE.find(line)?)).thing.flatten()?;
    // That of a zone or a record has the zone's own id in it, and is found by that.
    (kind != Kind::Domain).then_some((kind, Form::Name))
}

/// What the types of AWS's resources begin with.
static RESOURCE: Lazy<Finder<'static>> = Lazy::new(|| Finder::new(b"aws_"));

/// What a value changes to in Terraform's plan: `bucket = "a" -> "b"`.
pub fn changed(
    text: &[u8],
    end: usize,
    quotes: usize,
    promised: (Kind, Form),
    context: &mut Context<'_>,
) -> Option<Span> {
    let arrow = end + quotes;
    let is_quoted =
        |at: usize| quotes > 0 && text[at..].len() > quotes && text[at..at + quotes].iter().all(|b| is_quote(*b));
    let start = arrow + b" -> ".len() + quotes;
    let is_change = is_quoted(end) && text[arrow..].starts_with(b" -> ") && is_quoted(start - quotes);
    is_change.then(|| quoted(text, start, promised, context)).flatten()
}

/// The name behind the resource at `at` that Terraform is to import: `terraform import aws_s3_bucket.b acme`.
pub fn imported(text: &[u8], at: usize, context: &mut Context<'_>) -> Option<Span> {
    if !text[..at].ends_with(b"terraform import ") {
        return None;
    }
    let kind = context.known.words.said(word(text, at)).thing.flatten()?;
    let end = at + run(text, at, LONGEST_STATE, |b| !b.is_ascii_whitespace());
    (text.get(end) == Some(&b' ')).then(|| value(text, end + 1, (kind, Form::Name), context)).flatten()
}
