//! Numbers that most others are told from by one bit.

use super::mixed;

/// Some numbers, each by a bit that others may have, too: what it lets through is to be looked up, what it does not is none of them.
#[derive(Debug)]
pub struct Sieve([u64; 64]);

impl Sieve {
    /// Whether a number may be one of them.
    #[inline(always)]
    pub fn may_have(&self, number: u64) -> bool {
        let (word, bit) = Sieve::bit(number);
        self.0[word] >> bit & 1 != 0
    }

    /// The bit of a number.
    #[inline(always)]
    fn bit(number: u64) -> (usize, u32) {
        let bit = mixed(number) >> 52;
        ((bit / 64) as usize, (bit % 64) as u32)
    }
}

impl FromIterator<u64> for Sieve {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Sieve {
        let mut sieve = Sieve([0; 64]);
        for (word, bit) in numbers.into_iter().map(Sieve::bit) {
            sieve.0[word] |= 1 << bit;
        }
        sieve
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_it_is_let_through_and_most_others_are_not() {
        let sieve: Sieve = (0..100).map(|number| number * number).collect();
        assert!((0..100).all(|number| sieve.may_have(number * number)));
        assert!((10_000..20_000).filter(|number| sieve.may_have(*number)).count() < 500);
    }
}
