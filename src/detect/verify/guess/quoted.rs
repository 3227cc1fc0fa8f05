//! Words in backticks or double quotes: ``our `storefront` cluster``, ``the queue "invoices"``. In quotes a name need not have parts.

use super::list::{follow_joint, in_brackets};
use super::noun;
use super::word::{has_parts, is_command, is_key, may_be_one, may_be_word};
use crate::detect::catalogue::kinds::Kind;
use crate::detect::verify::name;
use crate::detect::verify::prose::{self, LONGEST_PLAIN};
use crate::detect::Span;
use crate::simd::{self, AsciiSet};
use std::ops::Range;

/// The names that a quote begins which stands behind `at` and a space, by the noun in front of it or behind it: one, or those of a list.
pub fn names(text: &[u8], at: usize) -> Vec<Span> {
    let open = at + 2;
    let Some(word) = word_in(text, open) else { return Vec::new() };
    let kind = match kind_of(text, &word) {
        Some(kind) if !prose::is_of_code(&text[word.end + 1..]) && !is_key(text, word.end) => kind,
        _ => return Vec::new(),
    };
    listed(text, open, kind).collect()
}

/// The names of that kind in a list whose first quote is at `open`.
pub fn listed(text: &[u8], open: usize, kind: Kind) -> impl Iterator<Item = Span> + '_ {
    let mut next = Some(open);
    let words = std::iter::from_fn(move || {
        let word = word_in(text, next?)?;
        let end = word.end + 1;
        let joint = follow_joint(text, end + in_brackets(&text[end..]));
        next = joint.filter(|at| text.get(*at) == text.get(open));
        Some(word)
    });
    words.take(MOST_ITEMS).map(move |word| name::named(text, word, kind).guessed())
}

/// So many items of a list are looked at.
const MOST_ITEMS: usize = 64;

/// The word that is all that stands in the quotes that begin at `open`, if it may be a name.
fn word_in(text: &[u8], open: usize) -> Option<Range<usize>> {
    let start = open + 1;
    let end = start + simd::run(text, start, LONGEST_PLAIN, &MADE_OF);
    let word = &text[start..end];
    let is_one = text.get(end) == text.get(open)
        && (has_parts(word) && may_be_one(word) && name::is_plain(word)
            || may_be_word(word) && word[0].is_ascii_lowercase());
    is_one.then_some(start..end)
}

/// What such words are made of.
static MADE_OF: AsciiSet = AsciiSet::alphanumeric_and(b"-_.");

/// What a word in quotes names. Without parts it is one only beside the nouns that say so.
fn kind_of(text: &[u8], word: &Range<usize>) -> Option<Kind> {
    match has_parts(&text[word.clone()]) {
        true if !is_command(text, word) => noun::beside(text, word),
        true => None,
        false => noun::telling_beside(text, word),
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::found;

    /// The names of what is found beside an instance.
    fn guessed(text: &str) -> Vec<String> {
        super::super::guessed(text).into_iter().map(|one| one.1).collect()
    }

    #[test]
    fn words_in_quotes_are_guessed() {
        for (text, names) in [
            ("our `zorblax` cluster", &["zorblax"][..]),
            ("the ECS cluster \"zorblax\" is", &["zorblax"]),
            ("the cluster named `zorblax`", &["zorblax"]),
            ("the function `zorBlax` fails", &["zorBlax"]),
            ("la cola `zorblax` y", &["zorblax"]),
            ("람다 `zorBlax`가", &["zorBlax"]),
            ("the topic \"zor.blax.flux\" is", &["zor.blax.flux"]),
            ("three queues, the queues `zorblax`, `flux` and `flux-zor`", &["zorblax", "flux", "flux-zor"]),
            ("Clusters: `zorblax` (prod), `fluxzor` (staging), `blaxzor` (dev)", &["zorblax", "fluxzor", "blaxzor"]),
        ] {
            assert_eq!(guessed(text), names, "{text}");
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn other_words_stand_in_quotes() {
        for text in [
            "the bucket `public`, the cluster `status`, the queue \"default\", the topic `name`, a bucket `true`",
            "the service `zorblax`, the table `zorblax`, the function `zorblax`, the user `zorblax`, a job `zorblax`",
            "the queue `ApproximateAge` metric, the cluster \"zorblax\": 3, the bucket `zorblax and more`, `ZORBLAX` bucket",
            "`zorblax` and_much_more_of_it_without_anything_between_until_the_cluster",
        ] {
            assert_eq!(guessed(text), [""; 0], "{text}");
        }
    }
}
