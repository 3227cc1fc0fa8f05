//! Text in, identifiers out. No I/O.
//!
//! A [`Detector`] reads one text after another. The texts are what a person would read: of a JSON body its decoded
//! strings, each with the key it stands under; of anything else the body itself.

pub mod catalogue;
mod scanner;
mod verify;

use crate::config::Config;
use aho_corasick::{AhoCorasick, MatchKind};
use catalogue::kinds::{Kind, Switch, ALL};
use std::collections::HashMap;
use std::ops::Range;

/// An identifier in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
    /// The resource's own name in it, which is an identifier wherever the body repeats it.
    pub name: Option<Range<usize>>,
}

impl Span {
    fn new(range: Range<usize>, kind: Kind) -> Span {
        Span { range, kind, name: None }
    }
}

/// What of the configuration concerns detection.
#[derive(Clone, Debug)]
struct Settings {
    on: Vec<bool>,
    preserve_structure: bool,
}

impl Settings {
    fn is_on(&self, kind: Kind) -> bool {
        self.on[kind as usize]
    }
}

/// Finds identifiers. Cheap to build, immutable, shared by all threads.
#[derive(Clone, Debug)]
pub struct Detector {
    settings: Settings,
}

impl Detector {
    /// A detector for the kinds that the configuration's `mask_*` fields leave on.
    pub fn new(config: &Config) -> Detector {
        let is_on = |kind: &Kind| match kind.info().switch {
            Switch::Always => true,
            Switch::Ec2Instances => config.mask_ec2_instances,
            Switch::S3Buckets => config.mask_s3_buckets,
            Switch::RdsInstances => config.mask_rds_instances,
            Switch::PrivateIps => config.mask_private_ips,
        };
        Detector {
            settings: Settings { on: ALL.iter().map(is_on).collect(), preserve_structure: config.preserve_structure },
        }
    }

    /// The identifiers of `text`, in order and without overlaps. `key` is the JSON key the text stands under.
    pub fn scan(&self, text: &[u8], key: Option<&[u8]>) -> Vec<Span> {
        let spans = scanner::scan(text, &self.settings);
        let is_one = matches!(spans.as_slice(), [one] if one.range == (0..text.len()));
        let named = key.filter(|_| !is_one).and_then(|key| verify::name::whole(text, key));
        match named.filter(|span| self.settings.is_on(span.kind)) {
            Some(span) if !spans.iter().any(|found| found.kind == Kind::Token) => vec![span],
            _ => spans,
        }
    }

    /// The account id that a JSON number under `key` is, if the key says so.
    pub fn number(&self, digits: &[u8], key: Option<&[u8]>) -> Option<Span> {
        key.and_then(|key| verify::name::whole(digits, key)).filter(|span| span.kind == Kind::Account)
    }
}

/// The names a body has introduced, to be found wherever it repeats them.
pub struct Names {
    finder: AhoCorasick,
    kinds: Vec<Kind>,
}

/// A shorter name says too little to be looked for.
const SHORTEST_NAME: usize = 3;

impl Names {
    /// Collects names; `None` if there is none worth looking for.
    pub fn learn<'n>(names: impl Iterator<Item = (&'n [u8], Kind)>) -> Option<Names> {
        let mut kind_of: HashMap<&[u8], Kind> = HashMap::new();
        for (name, kind) in names {
            let says_something = name.len() >= SHORTEST_NAME
                && name.iter().any(u8::is_ascii_alphabetic)
                && name.iter().all(|b| is_name_byte(*b) || matches!(b, b'/' | b'.' | b'+' | b'=' | b'@' | b'#'))
                && !verify::name::is_common(name);
            if says_something {
                kind_of.entry(name).or_insert(kind);
            }
        }
        if kind_of.is_empty() {
            return None;
        }
        let (names, kinds): (Vec<&[u8]>, Vec<Kind>) = kind_of.into_iter().unzip();
        // Building fails only beyond billions of pattern bytes; a body that large was refused long before.
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names).ok()?;
        Some(Names { finder, kinds })
    }

    /// Adds to `spans` the names that stand as words of their own in the gaps between them.
    pub fn scan(&self, text: &[u8], spans: &mut Vec<Span>) {
        let mut found = Vec::new();
        let mut from = 0;
        let gaps = spans.iter().map(|span| span.range.clone()).chain(std::iter::once(text.len()..text.len()));
        for next in gaps.collect::<Vec<_>>() {
            self.scan_gap(text, from..next.start, &mut found);
            from = next.end;
        }
        if !found.is_empty() {
            spans.append(&mut found);
            spans.sort_by_key(|span| span.range.start);
        }
    }

    fn scan_gap(&self, text: &[u8], gap: Range<usize>, found: &mut Vec<Span>) {
        let mut at = gap.start;
        while let Some(name) = self.finder.find(&text[at..gap.end]) {
            let range = at + name.start()..at + name.end();
            // `orders-db` is not a repetition of `orders`.
            let within = |b: Option<&u8>| b.is_some_and(|b| *b == b'-');
            let is_word = verify::starts_word(text, range.start)
                && verify::ends_word(text, range.end)
                && !within(text[..range.start].last())
                && !within(text.get(range.end));
            at = if is_word { range.end } else { range.start + 1 };
            if is_word {
                found.push(Span::new(range, self.kinds[name.pattern().as_usize()]));
            }
        }
    }
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}
