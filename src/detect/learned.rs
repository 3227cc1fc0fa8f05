//! Names that a body has introduced, found wherever it repeats them.

use super::verify::{address::is_counted, ends_word, in_escape, name::is_common, starts_word};
use super::{is_name_byte, Span};
use crate::detect::catalogue::kinds::Kind;
use aho_corasick::{packed, AhoCorasick, AhoCorasickKind, Match, MatchKind, PatternID};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::ops::Range;

/// The names a body has introduced, to be found wherever it repeats them.
pub struct Names {
    finder: Finder,
    kinds: Vec<Kind>,
}

/// Finds the leftmost of some names, and of those that start there the longest.
enum Finder {
    /// Looks for the first bytes of few names. It is built in no time, which counts since it is built for one body.
    Few(packed::Searcher),
    /// Takes linear time for however many, however alike they are.
    Many(AhoCorasick),
}

/// More names are [`Finder::Many`].
const FEW: usize = 64;

impl Finder {
    /// Building fails only beyond billions of bytes; a body that large was refused long before.
    fn new(names: &[&[u8]]) -> Option<Finder> {
        let few = (names.len() <= FEW).then(|| {
            packed::Config::new().match_kind(packed::MatchKind::LeftmostLongest).builder().extend(names).build()
        });
        if let Some(few) = few.flatten() {
            return Some(Finder::Few(few));
        }
        let mut many = AhoCorasick::builder();
        many.match_kind(MatchKind::LeftmostLongest).kind(Some(AhoCorasickKind::NoncontiguousNFA));
        Some(Finder::Many(many.build(names).ok()?))
    }

    fn find(&self, text: &[u8]) -> Option<Match> {
        match self {
            Finder::Few(few) => few.find(text),
            Finder::Many(many) => many.find(text),
        }
    }
}

/// A shorter name says too little to be looked for.
const SHORTEST_NAME: usize = 3;

impl Names {
    /// Collects names; `None` if there is none worth looking for.
    pub fn learn<'n>(names: impl Iterator<Item = (&'n [u8], Kind)>) -> Option<Names> {
        let mut kind_of: HashMap<&[u8], Kind, RandomState> = HashMap::default();
        for (name, kind) in names {
            let says_something = name.len() >= SHORTEST_NAME
                && name.iter().any(u8::is_ascii_alphabetic)
                && name.iter().all(|b| is_name_byte(*b) || matches!(b, b'/' | b'.' | b'+' | b'=' | b'@' | b'#'))
                && !is_common(name)
                && !is_context(name);
            if says_something {
                kind_of.entry(name).or_insert(kind);
            }
        }
        if kind_of.is_empty() {
            return None;
        }
        let (names, kinds): (Vec<&[u8]>, Vec<Kind>) = kind_of.into_iter().unzip();
        Some(Names { finder: Finder::new(&names)?, kinds })
    }

    /// Adds to `spans` the names that stand as words of their own in the gaps between them.
    pub fn scan(&self, text: &[u8], spans: &mut Vec<Span>) {
        let mut found = Vec::new();
        let mut at = 0;
        let mut later = spans.iter().map(|span| span.range.clone()).peekable();
        while let Some(name) = self.finder.find(&text[at..]) {
            let range = at + name.start()..at + name.end();
            while later.next_if(|span| span.end <= range.start).is_some() {}
            at = match later.peek() {
                Some(span) if span.start <= range.start => span.end,
                // Another name, or a shorter one, may stand in front of the span.
                Some(span) if span.start < range.end => {
                    self.scan_gap(text, range.start..span.start, &mut found);
                    span.end
                }
                _ => self.accept(text, range, name.pattern(), &mut found),
            };
        }
        if !found.is_empty() {
            spans.append(&mut found);
            spans.sort_by_key(|span| span.range.start);
        }
    }

    fn scan_gap(&self, text: &[u8], gap: Range<usize>, found: &mut Vec<Span>) {
        let mut at = gap.start;
        while let Some(name) = self.finder.find(&text[at..gap.end]) {
            at = self.accept(text, at + name.start()..at + name.end(), name.pattern(), found);
        }
    }

    /// Adds a name if it stands as a word of its own; gives where to go on.
    fn accept(&self, text: &[u8], range: Range<usize>, name: PatternID, found: &mut Vec<Span>) -> usize {
        // `orders-db` is not a repetition of `orders`.
        let within = |b: Option<&u8>| b == Some(&b'-');
        let is_word = starts_word(text, range.start)
            && ends_word(text, range.end)
            && !in_escape(text, range.start)
            && !within(text[..range.start].last())
            && !within(text.get(range.end));
        if !is_word {
            return range.start + 1;
        }
        found.push(Span::new(range.clone(), self.kinds[name.as_usize()]));
        range.end
    }
}

/// Whether what a word stands in front of is left alone: a payload, a version. If it were a name, and gone wherever it
/// stands, that would no longer be told.
fn is_context(word: &[u8]) -> bool {
    word == b"data" || is_counted(word)
}
