//! Words with encodings that hold nothing, and come again: a log has the same browsers, paths and queries line by line.
//!
//! What is found in such a word hangs on what it is made of, and on what is known of its body around it ([`Seen`]). Where both
//! are the same as when it was read in vain, it holds nothing again.

use super::verify::known::{Pair, Seen};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// What a word was read in vain by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// What is known of its body.
    pub seen: Seen,
    /// Whether there are escapes in its text.
    pub escaped: bool,
    /// Whether words may tell that they are names.
    pub may_tell: bool,
}

/// What is done where a word holds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passing {
    /// How many bytes at its end are looked at as they stand; `None` if all are.
    pub end: Option<usize>,
    /// Whether something in it may be encoded or not.
    pub is_ambiguous: bool,
    /// Whether the thing that was known is forgotten.
    pub ends_thing: bool,
    /// The pair that is known from then on, if that is another one; where it was said is counted from the word.
    pub pair: Option<Option<Pair>>,
}

/// The last words of a body that hold nothing.
#[derive(Debug, Default)]
pub struct Recurring {
    /// In sets of which one can be in any of its places. Without room until the first one is met.
    words: Vec<Empty>,
    /// The hashes of these.
    hashes: Vec<u64>,
    /// Which place of a set was taken last.
    turn: usize,
}

/// A word that holds nothing.
#[derive(Clone, Copy, Debug)]
struct Empty {
    word: [u8; Recurring::LONGEST],
    length: usize,
    around: Around,
    passing: Passing,
}

impl Recurring {
    /// The longest word that is remembered. The longer a word is, the less often it comes again.
    pub const LONGEST: usize = 64;
    const SETS: usize = 16;
    const PLACES: usize = 4;

    /// What is done where a word stands that is known to hold nothing.
    pub fn get(&self, word: &[u8], around: &Around) -> Option<Passing> {
        let hash = hash(word);
        let set = Recurring::set(hash);
        let hashes = self.hashes.get(set..set + Recurring::PLACES)?;
        let is = |empty: &Empty| empty.word[..empty.length] == *word && empty.around == *around;
        let place = hashes.iter().position(|other| *other == hash)?;
        Some(&self.words[set + place]).filter(|empty| is(empty)).map(|empty| empty.passing)
    }

    /// Remembers a word that holds nothing, not longer than [`Recurring::LONGEST`].
    pub fn remember(&mut self, word: &[u8], around: Around, passing: Passing) {
        let mut empty = Empty { word: [0; Recurring::LONGEST], length: word.len(), around, passing };
        empty.word[..word.len()].copy_from_slice(word);
        if self.words.is_empty() {
            let nothing = Empty { length: 0, ..empty };
            self.words.resize(Recurring::SETS * Recurring::PLACES, nothing);
            self.hashes.resize(self.words.len(), hash(b""));
        }
        let hash = hash(word);
        let set = Recurring::set(hash);
        let known = self.hashes[set..set + Recurring::PLACES].iter().position(|other| *other == hash);
        let place = set
            + known.unwrap_or_else(|| {
                self.turn = (self.turn + 1) % Recurring::PLACES;
                self.turn
            });
        (self.words[place], self.hashes[place]) = (empty, hash);
    }

    /// Where the set begins that a word of that hash is in.
    fn set(hash: u64) -> usize {
        hash as usize % Recurring::SETS * Recurring::PLACES
    }
}

fn hash(word: &[u8]) -> u64 {
    FixedState::default().hash_one(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::detect::{Detector, Span, Text};
    use proptest::prelude::*;
    use proptest::sample::select;

    /// What introduces a thing, says what a pair's value is, ends either, or is about nothing.
    const AROUND: [&str; 9] = [
        "resource \"aws_sqs_queue\" \"q\" {\n",
        "Type: AWS::S3::Bucket\n",
        "Queues:\n",
        "Items:\n",
        "{name: BUCKET_NAME,",
        "Key=QueueName",
        "}\n",
        "[",
        "some text",
    ];
    const ENCODED: [&str; 15] = [
        "Items%3A%20x",
        "Key%3Dnothing",
        "Key:x%3AName=",
        "name%3Aorders-raw",
        "name%3Aorders",
        "name%3D%22orders%22",
        "Name:%20orders",
        "value%3Aorders-raw",
        "Value%3Dorders%20x",
        "id%3Dorders",
        "type%3Aqueue",
        "Queues%3A",
        "attributes%3A",
        "a%2Fb:name:",
        "i-0%61bc1234def567890",
    ];

    /// The texts of a body: what is around a word, the word, how deep it is and how far behind the one before.
    fn texts() -> impl Strategy<Value = Vec<(String, u8, usize)>> {
        let text = (select(&AROUND[..]), select(&ENCODED[..]), 0..3_u8, select(&[0, 100, 300, 1_000, 3_000][..]));
        proptest::collection::vec(
            text.prop_map(|(around, word, depth, gap)| (format!("{around} {word} "), depth, gap)),
            1..24,
        )
    }

    /// What is found in each text, where words are remembered or not.
    fn found(detector: &Detector, texts: &[(String, u8, usize)], remembers: bool) -> Vec<Vec<Span>> {
        let (mut reader, mut at) = (detector.read(), 0);
        let mut of = |(text, depth, gap): &(String, u8, usize)| {
            at += gap;
            if !remembers {
                reader.known.recurring = Recurring::default();
            }
            let mut spans = Vec::new();
            reader.scan(Text { at, depth: *depth, ..Text::plain(text.as_bytes()) }, &mut spans);
            at += text.len();
            spans
        };
        texts.iter().map(&mut of).collect()
    }

    proptest! {
        #[test]
        fn a_word_that_comes_again_holds_what_it_would_hold_read_again(texts in texts()) {
            let detector = Detector::new(&Config::default()).unwrap();
            prop_assert_eq!(found(&detector, &texts, true), found(&detector, &texts, false));
        }
    }

    #[test]
    fn a_word_that_held_nothing_is_a_name_where_a_thing_says_so() {
        let detector = Detector::new(&Config::default()).unwrap();
        let thing = "resource \"aws_sqs_queue\" \"q\" {\n";
        let text = format!("x name%3Aorders y\nx name%3Aorders y\n{thing} name%3Aorders y\n");
        let spans = detector.scan(text.as_bytes());
        assert_eq!(spans.iter().map(|span| &text[span.range.clone()]).collect::<Vec<_>>(), ["orders"]);
    }

    #[test]
    fn a_word_that_takes_the_place_of_another_finding_is_found_again() {
        let arn = "arn&#58;aws&#58;iam&#58;&#58;000000000000&#58;role&sol;orders";
        let text = format!("\"Buckets\": [{{\"Name\": \"{arn}\u{ac00}{arn} {arn}");
        let spans = Detector::new(&Config::default()).unwrap().scan(text.as_bytes());
        assert_eq!(spans.iter().map(|span| &text[span.range.clone()]).collect::<Vec<_>>(), [arn; 3]);
    }

    #[test]
    fn the_last_words_are_remembered() {
        let detector = Detector::new(&Config::default()).unwrap();
        let mut reader = detector.read();
        let words: Vec<_> = (0..8).map(|n| format!("word%20{n}")).collect();
        for _ in 0..3 {
            let text = format!("= {} ", words.join(" "));
            reader.scan(Text::plain(text.as_bytes()), &mut Vec::new());
        }
        let known =
            |word: &String| reader.known.recurring.words.iter().any(|empty| empty.word.starts_with(word.as_bytes()));
        assert!(words.iter().all(known));
        assert_eq!(reader.known.recurring.words.len(), Recurring::SETS * Recurring::PLACES);
    }
}
