//! Whether anything around a word may say that it is a name. Around most words nothing does, which a few bytes tell.

use crate::detect::catalogue::likely::{nouns, JOINTS, LINKING, PREPOSITIONS};
use crate::detect::catalogue::prose::NAMING;
use crate::detect::verify::sieve::Sieve;
use crate::detect::verify::{is_quote, lower_case, short};
use once_cell::sync::Lazy;
use std::ops::Range;

/// Whether something in front of a word or behind it may say so.
pub fn may_be_of_name(text: &[u8], word: &Range<usize>) -> bool {
    let head = match &text[..word.start] {
        [head @ .., b] if is_quote(*b) => head,
        head => head,
    };
    may_be_behind(head) || may_be_before(&text[word.end..])
}

fn may_be_behind(head: &[u8]) -> bool {
    let head = head.strip_suffix(b" ").unwrap_or(head);
    match head.last() {
        None => false,
        Some(0x80.. | b',' | b':' | b'(' | b'*' | b'|' | b'-' | b'>' | b'&' | b'/' | b' ' | b'\t') => true,
        Some(_) => head.last_chunk().is_none_or(|last| IN_FRONT.may_have(number(last))),
    }
}

fn may_be_before(behind: &[u8]) -> bool {
    let behind = match behind {
        [b, rest @ ..] if is_quote(*b) || matches!(b, b'*' | b')') => rest,
        _ => behind,
    };
    match behind {
        [b' ', b'(', ..] => true,
        [b' ', rest @ ..] => rest.first_chunk().is_some_and(|first| BEHIND.may_have(number(first))),
        _ => false,
    }
}

/// Three bytes in lower case.
fn number(bytes: &[u8; 3]) -> u64 {
    lower_case(short(bytes))
}

/// What nouns, words that say that a name follows, prepositions and the joints of lists end with.
static IN_FRONT: Lazy<Sieve> = Lazy::new(|| {
    let words = [NAMING, LINKING, PREPOSITIONS].into_iter().flatten().map(|word| format!(" {word}"));
    let joints = JOINTS.iter().filter_map(|joint| Some(joint.strip_suffix(' ')?.to_string()));
    let ends = nouns().map(|row| row.0.to_lowercase()).chain(words).chain(joints);
    ends.filter_map(|end| end.as_bytes().last_chunk().map(number)).collect()
});

/// What nouns begin with, and the word between a name and its service.
static BEHIND: Lazy<Sieve> = Lazy::new(|| {
    let begins = nouns().map(|row| row.0.to_lowercase()).chain(["in ".to_string()]);
    begins.filter_map(|begin| begin.as_bytes().first_chunk().map(number)).collect()
});
