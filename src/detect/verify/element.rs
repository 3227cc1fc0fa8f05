//! XML: the element around a value is its key: `<Bucket>x</Bucket>`.

use super::context::Context;
use super::ends;
use super::key::{self, Gives, LONGEST_KEY};
use super::name::{alphabet, fits, longest, named, LONGEST_NAME};
use super::words::Words;
use super::{back_to, ALPHANUMERIC};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::simd;

/// The longest opening tag of an XML element that is looked at, with its attributes.
const LONGEST_TAG: usize = 128;

/// What stands in the XML element that is closed at `slash`, if the element is a key: `<Bucket>x</Bucket>`.
pub fn element(text: &[u8], slash: usize, context: &mut Context<'_>) -> Option<Span> {
    let tag = &text[slash + 1..];
    let name = &tag[..simd::run(tag, 0, LONGEST_KEY, &ALPHANUMERIC)];
    if tag.get(name.len()) != Some(&b'>') || !ends::ending(name).key {
        return None;
    }
    let of_pair = if name == b"value" { of_property(text, slash - 1, context) } else { None };
    let said = context.known.words.said(name);
    let promised = of_pair.or_else(|| said.promise(None));
    let (kind, form) = match promised {
        None if said.gives != Some(Gives::Name) => return None,
        promised => promised.unwrap_or((Kind::Resource, Form::Name)),
    };
    let end = slash - 1;
    let (end, is_cdata) = text[..end].strip_suffix(b"]]>").map_or((end, false), |head| (head.len(), true));
    let start = end - simd::run_back(text, end, longest(form), alphabet(form));
    let opening = if is_cdata { text[..start].strip_suffix(CDATA)? } else { &text[..start] };
    let around = opening.strip_suffix(b">")?.strip_suffix(name)?.strip_suffix(b"<")?;
    let kind = if promised.is_some() { kind } else { kind_of_element(around, &mut context.known.words)? };
    let value = &text[start..end];
    (fits(value, form) && !key::same(value, name)).then(|| named(text, start..end, kind))
}

/// What the element before the value that ends before `end` says of it: `<name>fs.s3a.secret.key</name><value>x</value>`.
fn of_property(text: &[u8], end: usize, context: &mut Context<'_>) -> Option<(Kind, Form)> {
    let value = end - back_to(text, end, LONGEST_NAME, [b'<', b'>']);
    let head = text[..value].strip_suffix(b"<value>")?.trim_ascii_end().strip_suffix(b"</name>")?;
    let key = &head[head.len() - back_to(head, head.len(), LONGEST_KEY, [b'>'; 2])..];
    context.known.words.said(key).promise(None)
}

/// What opens text in XML in which nothing is markup.
const CDATA: &[u8] = b"<![CDATA[";

/// The kind of the thing that the XML element is about whose opening tag `text` ends with.
fn kind_of_element(text: &[u8], words: &mut Words) -> Option<Kind> {
    let mut text = text;
    while let [rest @ .., b' ' | b'\t' | b'\n' | b'\r'] | [rest @ .., b'\\', b'n' | b't' | b'r'] = text {
        text = rest;
    }
    let tag = text.strip_suffix(b">")?;
    let tag = &tag[tag.len().saturating_sub(LONGEST_TAG)..];
    let name = &tag[tag.iter().rposition(|b| *b == b'<')? + 1..];
    let said = words.said(&name[..simd::run(name, 0, name.len(), &ALPHANUMERIC)]);
    said.thing.flatten().or_else(|| said.promise(None).filter(|told| told.1 == Form::Name).map(|told| told.0))
}
