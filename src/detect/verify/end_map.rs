//! Tables of the catalogue by how their words end.

use super::mixed;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// What the catalogue says of texts that end in one of some words, none of which is shorter than `LAST` bytes, which are at most
/// eight. Most texts have other last bytes and cost one question.
#[derive(Debug)]
pub struct EndMap<V, const LAST: usize> {
    /// Whether words have such last bytes, by a bit that others may have, too.
    bits: [u64; 64],
    by_last: HashMap<u64, Vec<(Box<str>, V)>, FixedState>,
}

impl<V, const LAST: usize> EndMap<V, LAST> {
    /// Whether a text may end in a word of the table.
    #[inline(always)]
    pub fn may_be(&self, text: &[u8]) -> bool {
        Self::last(text).is_some_and(|last| self.has_bit(last))
    }

    #[inline(always)]
    fn has_bit(&self, last: u64) -> bool {
        let (word, bit) = Self::bit(last);
        self.bits[word] >> bit & 1 != 0
    }

    /// What is said of a text: by the first row whose word it ends in.
    pub fn get(&self, text: &[u8]) -> Option<&V> {
        let last = Self::last(text).filter(|last| self.has_bit(*last))?;
        let rows = self.by_last.get(&last)?;
        rows.iter().find(|row| text.ends_with(row.0.as_bytes())).map(|row| &row.1)
    }

    /// The bit of last bytes, mixed by a multiplication with the golden ratio.
    fn bit(last: u64) -> (usize, u32) {
        let bit = mixed(last) >> 52;
        ((bit / 64) as usize, (bit % 64) as u32)
    }

    /// The last bytes of a text as a number, which takes less to hash.
    #[inline(always)]
    fn last(text: &[u8]) -> Option<u64> {
        let mut bytes = [0; size_of::<u64>()];
        bytes[..LAST].copy_from_slice(text.last_chunk::<LAST>()?);
        Some(u64::from_le_bytes(bytes))
    }
}

impl<S: Into<Box<str>>, V, const LAST: usize> FromIterator<(S, V)> for EndMap<V, LAST> {
    fn from_iter<I: IntoIterator<Item = (S, V)>>(rows: I) -> Self {
        let mut by_last: HashMap<_, Vec<_>, FixedState> = HashMap::default();
        let mut bits = [0; 64];
        for (word, said) in rows {
            let word: Box<str> = word.into();
            let last = Self::last(word.as_bytes()).expect("no word of the table is shorter");
            by_last.entry(last).or_default().push((word, said));
            let (of_bit, bit) = Self::bit(last);
            bits[of_bit] |= 1 << bit;
        }
        EndMap { bits, by_last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_a_text_ends_in_counts() {
        let map: EndMap<u8, 3> = [("s3bucket", 1), ("bucket", 2), ("key", 3)].into_iter().collect();
        for (text, said) in
            [("my_s3bucket", Some(1)), ("bucket", Some(2)), ("key", Some(3)), ("ket", None), ("ey", None)]
        {
            assert_eq!(map.get(text.as_bytes()).copied(), said, "{text}");
        }
    }
}
