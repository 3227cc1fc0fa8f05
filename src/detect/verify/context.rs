//! The text that is being read for names: where it stands, what was read before it, and what was read of it so far.

use super::flag::Commands;
use super::ini::Ini;
use super::key::LONGEST_KEY;
use super::known::{Known, Pair};
use super::name::{alphabet, length, longest, SECRET_LENGTH};
use super::run;
use super::table::Tables;
use super::thing::Place;
use crate::detect::catalogue::kinds::Kind;
use crate::detect::catalogue::names::Form;
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use std::ops::Range;

/// How far behind its key a credential may begin, with all that stands between.
const CREDENTIAL_REACH: usize = 1024;

/// What reading the names of one text goes by: where it stands, and what was read before.
#[derive(Debug)]
pub struct Context<'t> {
    /// Where it stands in its body.
    pub base: usize,
    /// How deep in the body's JSON the text is.
    depth: u8,
    /// What was read before.
    pub known: &'t mut Known,
    /// Where the last identifier ends that was found so far. It will be gone, so that it is no part of a key.
    pub masked: usize,
    /// The last stretch of what names are made of. Values in it end together, so that it is read once for all of them.
    names: Range<usize>,
    /// The same of session tokens.
    tokens: Range<usize>,
    /// A stretch in which no credential begins.
    bare: Range<usize>,
    /// The commands of the text.
    pub commands: Commands,
    /// The tables of the text.
    pub tables: Tables,
    /// What was found further on than the text was read, in columns and lines of names too, and is to be taken at its end.
    pub later: Vec<Span>,
    /// Where the lines of the CLI's text output end that were read last.
    pub listed: usize,
    /// Its sections, if it is an INI file.
    pub ini: Ini,
    /// The last first half of a pair, until somebody goes by what it says.
    half: Option<Half>,
}

/// The first half of a pair, as it was met: most are followed by no second one, and need not be read for that.
#[derive(Clone, Copy, Debug)]
struct Half {
    /// Where its value begins.
    start: usize,
    /// The second key.
    value: &'static str,
    /// The separator behind the first key.
    separator: usize,
}

impl<'t> Context<'t> {
    /// That of a text that stands at `base` of its body, so deep in its JSON, of which so much is known.
    #[inline(always)]
    pub fn new(base: usize, depth: u8, known: &'t mut Known) -> Context<'t> {
        let (commands, tables, ini) = (Commands::default(), Tables::default(), Ini::default());
        Context {
            base,
            depth,
            known,
            masked: 0,
            names: 0..0,
            tokens: 0..0,
            bare: 0..0,
            commands,
            tables,
            ini,
            half: None,
            later: Vec::new(),
            listed: 0,
        }
    }

    /// A place of the text.
    pub fn place<'p>(&self, text: &'p [u8], at: usize) -> Place<'p> {
        Place { text, base: self.base, depth: self.depth, at }
    }

    /// Remembers that the first value of a pair begins at `start`, and that of the key `value` is what it says.
    pub fn meet_pair(&mut self, start: usize, value: &'static str, separator: usize) {
        self.half = Some(Half { start, value, separator });
    }

    /// Remembers what the value of a pair will be.
    pub fn expect(&mut self, pair: Pair) {
        self.half = None;
        self.known.pair = Some(pair);
    }

    /// Reads the first half of a pair that was met last, since somebody goes by what is known of pairs.
    #[inline(always)]
    pub fn settle_pair(&mut self, text: &[u8]) {
        if let Some(half) = self.half.take() {
            let end = paired(text, half.start);
            self.known.meet_pair(&text[..end], half.start, half.value, self.base + half.separator);
        }
    }

    /// What the first half of a pair says of the value under `key` at a place, which is its second half.
    pub fn of_pair(&mut self, key: &[u8], place: &Place<'_>) -> Option<(Kind, Form)> {
        self.settle_pair(place.text);
        self.known.of_pair(key, place.base + place.at)
    }

    /// Remembers that an access key id ends before `end`.
    pub fn meet_key_id(&mut self, end: usize) {
        self.known.key_id = Some(self.base + end);
    }

    /// Whether a credential may stand behind its key at `key`: there is a stretch near that is long enough and made of what
    /// credentials are. Most texts have none far and wide, so that it is looked for once.
    pub fn may_be_credential(&mut self, text: &[u8], key: usize) -> bool {
        if !self.bare.contains(&key) {
            let mut end = key;
            loop {
                let reach = end + SECRET_LENGTH;
                if reach > text.len() {
                    end = text.len();
                    break;
                }
                match simd::run_back(text, reach, SECRET_LENGTH, alphabet(Form::SessionToken)) {
                    SECRET_LENGTH => break,
                    length => end = reach - length,
                }
            }
            self.bare = key..end;
        }
        self.bare.end < text.len() && self.bare.end <= key + CREDENTIAL_REACH
    }

    /// How many bytes from `start` on could be a value of that form.
    pub fn length(&mut self, text: &[u8], start: usize, form: Form) -> usize {
        // Most of what stands behind a key is no value at all.
        if !text.get(start).is_some_and(|b| alphabet(form).has(*b)) {
            return 0;
        }
        let stretch = match form {
            Form::Account | Form::CanonicalUser | Form::Secret | Form::Id => return length(text, start, form),
            Form::SessionToken | Form::StsToken => &mut self.tokens,
            _ => &mut self.names,
        };
        if !stretch.contains(&start) {
            *stretch = start..start + short_run(text, start, text.len(), alphabet(form));
        }
        (stretch.end - start).min(longest(form) + 1)
    }
}

/// Where the first value of a pair ends that begins at `start`.
fn paired(text: &[u8], start: usize) -> usize {
    start + short_run(text, start, LONGEST_KEY, &PAIRED)
}

/// [`simd::run`] of what is mostly short, which is faster seen byte by byte.
fn short_run(text: &[u8], start: usize, most: usize, set: &AsciiSet) -> usize {
    const SHORT: usize = 6;
    match run(text, start, SHORT, |b| set.has(b)) {
        SHORT => simd::run(text, start, most, set),
        length => length,
    }
}

/// What the first values of pairs are made of.
static PAIRED: AsciiSet = AsciiSet::alphanumeric_and(b"_-:/");

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::detect::{Detector, Text};

    /// What is found in texts that stand one behind the other in a body.
    fn found(texts: &[&str]) -> Vec<String> {
        let detector = Detector::new(&Config::default()).unwrap();
        let body = texts.concat();
        let mut reader = detector.read(body.as_bytes());
        let mut at = 0;
        let mut found = Vec::new();
        for text in texts {
            let mut spans = Vec::new();
            reader.scan(Text { at, ..Text::plain(text.as_bytes()) }, &mut spans);
            found.extend(spans.into_iter().map(|span| text[span.range].to_string()));
            at += text.len();
        }
        found
    }

    #[test]
    fn the_first_half_of_a_pair_is_known_in_the_next_text_and_behind_encodings() {
        assert_eq!(found(&["Key=BucketName,Value=acmelake"]), ["acmelake"]);
        assert_eq!(found(&["Key=BucketName,", "Value=\"acmelake\""]), ["acmelake"]);
        assert_eq!(found(&["Key=BucketName,x ,Value%3Dacmelake "]), ["acmelake"]);
        assert_eq!(found(&["Key%3DBucketName, ,Value=acmelake"]), ["acmelake"]);
    }

    #[test]
    fn the_last_first_half_of_a_pair_counts() {
        assert_eq!(found(&["Key=BucketName,Key=Colour,Value=acmelake"]), [""; 0]);
        assert_eq!(found(&["Key=Colour,Key=BucketName,Value=acmelake"]), ["acmelake"]);
        let output = "\"bucket_name\": {\n \"sensitive\": false,\n \"value\": \"acmelake\"";
        assert_eq!(found(&[&format!("Key=Colour,\n{output}")]), ["acmelake"]);
    }
}
