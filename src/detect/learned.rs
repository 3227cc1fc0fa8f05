//! Names that a body has introduced, found wherever it repeats them, and their kin: where `acme-orders` is one, `acme-orders-2` is.

use super::verify::{
    digits::is_phone_key,
    ends_word,
    guess::kin,
    in_escape,
    name::{is_common, is_named, is_word_of_kind},
    starts_word,
    version::is_counted,
};
use super::{Others, Settings, Span};
use crate::detect::catalogue::kinds::Kind;
use crate::simd::{self, AsciiSet};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::ops::Range;

/// The names a body has introduced, to be found wherever it repeats them.
pub struct Names<'n> {
    /// In alphabetical order.
    names: Vec<Name<'n>>,
    beginnings: Beginnings,
    /// What is looked for of their kin, if any is.
    kin: Option<&'n Settings>,
}

struct Name<'n> {
    text: &'n [u8],
    kind: Kind,
    /// The place of the longest other name that this one begins with.
    shorter: Option<usize>,
}

/// A shorter name says too little to be looked for.
const SHORTEST_NAME: usize = 3;

impl<'n> Names<'n> {
    /// Collects names, and what is looked for of their kin; `None` if there is none worth looking for.
    pub(super) fn learn(names: impl Iterator<Item = (&'n [u8], Kind)>, kin: Option<&'n Settings>) -> Option<Names<'n>> {
        let mut kind_of: HashMap<&[u8], Kind, RandomState> = HashMap::default();
        for (name, kind) in names {
            if kind_of.contains_key(name) {
                continue;
            }
            let says_something = name.len() >= SHORTEST_NAME
                && name.iter().any(u8::is_ascii_alphabetic)
                && name.iter().all(|b| is_named(*b))
                && !is_common(name)
                && !is_word_of_kind(name)
                && !is_context(name);
            if says_something {
                kind_of.insert(name, kind);
            }
        }
        if kind_of.is_empty() {
            return None;
        }
        let mut names: Vec<Name<'_>> =
            kind_of.into_iter().map(|(text, kind)| Name { text, kind, shorter: None }).collect();
        names.sort_unstable_by_key(|name| name.text);
        for place in 1..names.len() {
            // Whatever a name begins with is the one before it, or one that that one begins with.
            let mut shorter = Some(place - 1);
            while let Some(other) = shorter.filter(|other| !names[place].text.starts_with(names[*other].text)) {
                shorter = names[other].shorter;
            }
            names[place].shorter = shorter;
        }
        let mut beginnings = Beginnings { first: AsciiSet::default(), bits: [0; 64], groups: HashMap::default() };
        names.iter().enumerate().for_each(|(place, name)| beginnings.add(place, name.text));
        Some(Names { names, beginnings, kin })
    }

    /// Gives the names that stand as words of their own in the gaps between the others that the text has, and their kin where that `may_tell`.
    #[inline(always)]
    pub fn scan(&self, text: &[u8], others: Others<'_>, may_tell: bool, out: &mut Vec<Span>) {
        let mut later = others.ranges().peekable();
        if later.peek().is_some_and(|first| *first == (0..text.len())) {
            return;
        }
        let mut next = 0;
        let starts = |text: &[u8], start, masks: &mut _| simd::name_starts(text, start, masks, &self.beginnings.first);
        simd::each(text, starts, |at| {
            if at < next || !self.beginnings.has(&text[at..]) {
                return;
            }
            while later.next_if(|span| span.end <= at).is_some() {}
            let gap = match later.peek() {
                Some(span) if span.start <= at => {
                    next = span.end;
                    return;
                }
                Some(span) => at..span.start,
                None => at..text.len(),
            };
            if let Some(span) = self.longest(text, gap, may_tell) {
                next = span.range.end;
                out.push(span);
            }
        });
    }

    /// The longest name that stands at the start of the gap as a word of its own, or else the kin of one.
    fn longest(&self, text: &[u8], gap: Range<usize>, may_tell: bool) -> Option<Span> {
        let at = gap.start;
        // `orders-db` is not a repetition of `orders`.
        let within = |b: Option<&u8>| b == Some(&b'-');
        if !starts_word(text, at) || in_escape(text, at) || within(text[..at].last()) {
            return None;
        }
        // The last name of its group that is not behind the text in the alphabet, and what that one begins with: no other
        // one fits.
        let end = gap.end;
        let gap = &text[gap];
        let group = self.beginnings.group(gap)?;
        let not_behind = match &self.names[group.clone()] {
            [_] => 1,
            names => names.partition_point(|name| name.text <= gap),
        };
        let mut place = not_behind.checked_sub(1).map(|place| group.start + place);
        while let Some(name) = place.map(|place| &self.names[place]) {
            let end = at + name.text.len();
            if gap.starts_with(name.text) && ends_word(text, end) && !within(text.get(end)) {
                return Some(Span::new(at..end, name.kind));
            }
            place = name.shorter;
        }
        let settings = self.kin.filter(|_| may_tell)?;
        // Of names in alphabetical order those that begin most like a text are beside it.
        let beside = not_behind.saturating_sub(1)..group.len().min(not_behind + 1);
        let beside = &self.names[group][beside];
        if !beside.iter().any(|name| kin::may_be(name.text, gap)) {
            return None;
        }
        let range = kin::at(text, at).filter(|range| range.end <= end)?;
        let word = &text[range.clone()];
        let family = beside.iter().filter(|name| kin::is_family(name.text, word));
        let nearest = family.max_by_key(|name| kin::in_common(name.text, word))?;
        let span = Span::new(range, kin::kind(word, nearest.text, nearest.kind));
        (settings.is_on(span.kind) && !settings.allows(&span, text)).then_some(span)
    }
}

/// How names begin. Most words of a text begin otherwise and cost no more.
struct Beginnings {
    /// The first byte of each.
    first: AsciiSet,
    /// Bits for the first three.
    bits: [u64; 64],
    /// The places of those whose first three are the same.
    groups: HashMap<Beginning, Range<usize>, RandomState>,
}

/// As many bytes as every name has.
type Beginning = [u8; SHORTEST_NAME];

impl Beginnings {
    /// Adds the name in a place, which is behind those added before.
    fn add(&mut self, place: usize, name: &[u8]) {
        if let (Some(first), Some(beginning)) = (name.first(), name.first_chunk()) {
            self.first.add(*first);
            let bit = Beginnings::bit(beginning);
            self.bits[bit / 64] |= 1 << (bit % 64);
            self.groups.entry(*beginning).or_insert(place..place).end = place + 1;
        }
    }

    fn has(&self, text: &[u8]) -> bool {
        text.first_chunk().is_some_and(|beginning| {
            let bit = Beginnings::bit(beginning);
            self.bits[bit / 64] >> (bit % 64) & 1 == 1
        })
    }

    fn group(&self, text: &[u8]) -> Option<Range<usize>> {
        self.groups.get(text.first_chunk::<SHORTEST_NAME>()?).cloned()
    }

    /// The three bytes, mixed by a multiplication with the golden ratio.
    fn bit([a, b, c]: &Beginning) -> usize {
        u32::from_le_bytes([*a, *b, *c, 0]).wrapping_mul(0x9e37_79b1) as usize >> 20
    }
}

/// Whether what a word stands in front of is left alone: a payload, a version, a phone number. If it were a name, and gone
/// wherever it stands, that would no longer be told.
fn is_context(word: &[u8]) -> bool {
    word == b"data" || is_counted(word) || is_phone_key(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every name in turn, asked about every position.
    fn plain_scan(names: &[&str], text: &str) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let stands_alone = |range: &Range<usize>| {
            let hyphen = |b: Option<&u8>| b == Some(&b'-');
            starts_word(bytes, range.start)
                && ends_word(bytes, range.end)
                && !in_escape(bytes, range.start)
                && !hyphen(bytes[..range.start].last())
                && !hyphen(bytes.get(range.end))
        };
        let mut found = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let here = names.iter().filter(|name| bytes[at..].starts_with(name.as_bytes()));
            let longest = here.map(|name| at..at + name.len()).filter(stands_alone).max_by_key(|range| range.end);
            at = longest.as_ref().map_or(at + 1, |range| range.end);
            found.extend(longest);
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_name_is_found_wherever_it_stands_alone(
            names in prop::collection::vec("[xy/.-]{3,6}", 1..40),
            text in r"([xy/. -]{1,40}|\\{1,3}[nx]|é|\\{1,2}u00e9){0,6}",
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.contains(['x', 'y'])).collect();
            let learned = Names::learn(names.iter().map(|name| (name.as_bytes(), Kind::S3Bucket)), None);
            let mut spans = Vec::new();
            learned.iter().for_each(|learned| learned.scan(text.as_bytes(), Others::new(&[], 0), true, &mut spans));
            let found: Vec<_> = spans.into_iter().map(|span| span.range).collect();
            prop_assert_eq!(found, plain_scan(&names, &text));
        }
    }
}
