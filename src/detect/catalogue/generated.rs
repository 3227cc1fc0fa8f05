//! Identifiers made from the tables: every row finds what it claims, not only the examples that somebody thought of.

use super::ids::{Alphabet, Digits, Mixture, COINED, SHAPED};
use super::kinds::Kind;
use crate::config::Config;
use crate::detect::Detector;
use proptest::prelude::*;
use std::sync::LazyLock;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::new(&Config::default()).unwrap());

/// What is found in a text: kinds and words.
fn found(text: &str) -> Vec<(Kind, &str)> {
    let spans = DETECTOR.scan(text.as_bytes());
    spans.into_iter().map(|span| (span.kind, &text[span.range])).collect()
}

#[test]
fn every_shaped_prefix_is_found_with_every_length_it_has() {
    let mut missed = Vec::new();
    for (prefix, kind, digits) in SHAPED {
        let old = if *digits == Digits::New { None } else { Some("1fad4876") };
        for digits in ["0a1b2c3d4e5f67890", "01231231231231231"].into_iter().chain(old) {
            let id = format!("{prefix}-{digits}");
            let text = format!("The one that is called {id} is gone.");
            if found(&text) != [(*kind, id.as_str())] {
                missed.push(text);
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn everyday_words_need_a_letter_and_a_digit_in_eight() {
    for (prefix, _, _) in SHAPED.iter().filter(|row| row.2 == Digits::Mixed) {
        for digits in ["20240131", "deadbeef", "1fad487", "1fad48761", "1fad4876-12ab-34cd-56ef-1234567890ab"] {
            assert_eq!(found(&format!("The one that is called {prefix}-{digits} is gone.")), []);
        }
    }
}

/// A row of [`COINED`] and a member of its alphabet.
fn coined() -> impl Strategy<Value = (Kind, String)> {
    (0..COINED.len()).prop_flat_map(|row| {
        let (prefix, kind, alphabet, least, most, mixture) = COINED[row];
        let letters = match alphabet {
            Alphabet::Hex => "[0-9a-f]",
            Alphabet::Lower => "[0-9a-z]",
            Alphabet::Upper => "[0-9A-Z]",
        };
        let id = proptest::string::string_regex(&format!("{letters}{{{least},{most}}}")).unwrap();
        let is_mixed =
            |id: &String| id.bytes().any(|b| b.is_ascii_digit()) && id.bytes().any(|b| b.is_ascii_alphabetic());
        let claimed = move |id: &String| mixture == Mixture::Any || is_mixed(id);
        id.prop_filter("the row asks for both", claimed).prop_map(move |id| (kind, format!("{prefix}-{id}")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_coined_id_is_found((kind, id) in coined()) {
        let text = format!("The one that is called {id} is gone.");
        prop_assert_eq!(found(&text), [(kind, id.as_str())]);
    }
}
