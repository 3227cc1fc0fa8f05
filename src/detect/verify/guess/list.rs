//! Words in lists: `queue a-b, c-d and e-f`, `Lambda functions: hello, resizeAvatar`.

use super::noun;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::likely::JOINTS;
use crate::detect::verify::prose::without_marks;
use crate::detect::verify::{is_quote, run, run_back, LABELS};
use std::ops::Range;

/// The lists of a text, which are read once.
#[derive(Debug, Default)]
pub struct Lists {
    /// Where the last item ends that was asked about, and what those of its list are.
    last: (usize, Option<Kind>),
}

impl Lists {
    /// What a word is as an item of a list, by the one before it or the noun in front of the first. `named` is the end and the kind of the
    /// name before.
    pub fn kind(&mut self, text: &[u8], word: &Range<usize>, named: Option<(usize, Kind)>) -> Option<Kind> {
        let (before, is_quoted) = item_before(text, word.start)?;
        let kind = match named {
            // What stands behind a token has been asked about when that was a name.
            Some((end, Kind::Token)) if end == before.end => None,
            // Without quotes or hyphens those are arguments of a program.
            Some((end, kind)) if end == before.end => (is_quoted || text[word.clone()].contains(&b'-')).then_some(kind),
            _ if self.last.0 == before.end => self.last.1,
            _ => behind_noun(text, before.start),
        };
        self.last = (word.end, kind);
        kind
    }
}

/// What the items of a list are of which one begins at `start`, by the noun in front of the first.
fn behind_noun(text: &[u8], mut start: usize) -> Option<Kind> {
    for _ in 0..MOST_ITEMS {
        match item_before(text, start) {
            Some((before, _)) => start = before.start,
            None => {
                let (end, _) = without_marks(without_quote(&text[..start]));
                return noun::ending(&text[..end]);
            }
        }
    }
    None
}

/// So many items of a list are looked at.
const MOST_ITEMS: usize = 12;

/// Where the next item of a list begins, if a joint stands at `at`: its quote, or its first letter.
pub fn follow_joint(text: &[u8], at: usize) -> Option<usize> {
    let behind = text.get(at..)?;
    let joints = JOINTS.iter().filter(|joint| behind.starts_with(joint.as_bytes()));
    joints.map(|joint| joint.len()).max().map(|length| at + length)
}

/// The length of what is said in brackets of an item: `queue-a (prod), queue-b`.
pub fn in_brackets(text: &[u8]) -> usize {
    let Some(inside) = text.strip_prefix(b" (") else { return 0 };
    let length = run(inside, 0, LONGEST_IN_BRACKETS, |b| !matches!(b, b')' | b'\n' | b'`' | b'"'));
    if inside.get(length) == Some(&b')') {
        length + 3
    } else {
        0
    }
}

/// No more is said of an item.
const LONGEST_IN_BRACKETS: usize = 48;

/// The item in front of the one that begins at `start`, and whether that one is in quotes.
fn item_before(text: &[u8], start: usize) -> Option<(Range<usize>, bool)> {
    let head = without_quote(&text[..start]);
    let joint = if may_end_joint(head) { JOINTS.iter().find(|joint| head.ends_with(joint.as_bytes())) } else { None }?;
    let behind = head.len() - joint.len();
    let end = without_quote(&text[..behind]).len();
    let length = run_back(text, end, LONGEST_ITEM, |b| LABELS.has(b));
    (length > 0).then(|| (end - length..end, head.len() < start))
}

/// Whether a text ends as all joints do.
fn may_end_joint(text: &[u8]) -> bool {
    matches!(
        text,
        [.., b',' | b'd' | b'r' | b'&' | b'/' | b't' | b'u' | b'y' | b'e' | b'>' | 0x80.., b' ']
            | [.., b'/' | 0x80..]
            | [.., b',', b'\n']
    )
}

/// A text without the quote that it ends with.
fn without_quote(text: &[u8]) -> &[u8] {
    match text {
        [head @ .., quote] if is_quote(*quote) || *quote == b'*' => head,
        _ => text,
    }
}

/// No item is longer.
const LONGEST_ITEM: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_joint_ends_as_all_do() {
        assert!(JOINTS.iter().all(|joint| may_end_joint(joint.as_bytes())));
    }
}
