//! Tables of the catalogue by how their words end.

use super::ends::number;
use super::lower_case;
use super::sieve::Sieve;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// What the catalogue says of texts that end in one of some words, none of which is shorter than `LAST` bytes, which are at most
/// eight. Most texts have other last bytes and cost one question.
#[derive(Debug)]
pub struct EndMap<V, const LAST: usize> {
    last: Sieve,
    by_last: HashMap<u64, Vec<Row<V>>, FixedState>,
}

#[derive(Debug)]
struct Row<V> {
    word: Box<str>,
    /// The [`number`] of the word, and which bits of that are its own.
    number: u64,
    own: u64,
    said: V,
}

impl<V, const LAST: usize> EndMap<V, LAST> {
    /// Whether a text may end in a word of the table, in either case, where all words are in lower case.
    #[inline(always)]
    pub fn may_be_lower(&self, text: &[u8]) -> bool {
        self.last.may_have(Self::last(lower_case(number(text))))
    }

    /// What is said of a text: by the first row whose word it ends in.
    pub fn get(&self, text: &[u8]) -> Option<&V> {
        self.first(number(text), |word| text.ends_with(word))
    }

    /// The same in either case, where all words are in lower case.
    pub fn get_lower(&self, text: &[u8]) -> Option<&V> {
        let ends_in = |word: &[u8]| {
            let end = text.len().checked_sub(word.len()).map(|start| &text[start..]);
            end.is_some_and(|end| end.eq_ignore_ascii_case(word))
        };
        self.first(lower_case(number(text)), ends_in)
    }

    /// By the [`number`] of a text what the first row says whose word it ends in. Most rows differ in that, and words that have no more
    /// bytes need not be compared.
    #[inline(always)]
    fn first(&self, number: u64, ends_in: impl Fn(&[u8]) -> bool) -> Option<&V> {
        let last = Self::last(number);
        if !self.last.may_have(last) {
            return None;
        }
        let is_end = |row: &&Row<V>| {
            let word = row.word.as_bytes();
            (number ^ row.number) & row.own == 0 && (word.len() <= size_of::<u64>() || ends_in(word))
        };
        self.by_last.get(&last)?.iter().find(is_end).map(|row| &row.said)
    }

    /// The last bytes of a text as a number, by its [`number`].
    #[inline(always)]
    fn last(number: u64) -> u64 {
        number >> (8 * (size_of::<u64>() - LAST))
    }
}

impl<S: Into<Box<str>>, V, const LAST: usize> FromIterator<(S, V)> for EndMap<V, LAST> {
    fn from_iter<I: IntoIterator<Item = (S, V)>>(rows: I) -> Self {
        let mut by_last: HashMap<_, Vec<_>, FixedState> = HashMap::default();
        for (word, said) in rows {
            let word: Box<str> = word.into();
            debug_assert!(word.len() >= LAST && !word.contains('\0'));
            let number = number(word.as_bytes());
            let own = u64::MAX << (8 * size_of::<u64>().saturating_sub(word.len()));
            by_last.entry(Self::last(number)).or_default().push(Row { word, number, own, said });
        }
        EndMap { last: by_last.keys().copied().collect(), by_last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_a_text_ends_in_counts() {
        let rows = [("s3bucket", 1), ("bucket", 2), ("key", 3), ("the bucket of ours", 4), ("e bucket of ours", 5)];
        let map: EndMap<u8, 3> = rows.into_iter().collect();
        for (text, said) in [
            ("my_s3bucket", Some(1)),
            ("bucket", Some(2)),
            ("key", Some(3)),
            ("ket", None),
            ("ey", None),
            ("", None),
            ("the bucket of ours", Some(4)),
            ("some bucket of ours", Some(5)),
            ("cket of ours", None),
        ] {
            assert_eq!(map.get(text.as_bytes()).copied(), said, "{text}");
            assert_eq!(map.get_lower(text.to_uppercase().as_bytes()).copied(), said, "{text}");
            assert!(said.is_none() || map.may_be_lower(text.to_uppercase().as_bytes()));
        }
        assert_eq!(map.get(b"BUCKET"), None);
    }
}
