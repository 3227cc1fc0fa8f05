//! Things of which only a few are kept.

/// For how many there is room at first.
const FIRST: usize = 16;

/// Keeps things as long as there are no more than `MOST`; of more it keeps none, and whoever wants them again reads them again.
#[derive(Debug)]
pub struct Few<T, const MOST: usize> {
    /// Each has room for as many as are in those before, so that none is ever moved.
    chunks: Vec<Vec<T>>,
    count: usize,
    are_many: bool,
}

impl<T, const MOST: usize> Default for Few<T, MOST> {
    fn default() -> Few<T, MOST> {
        Few { chunks: Vec::new(), count: 0, are_many: false }
    }
}

impl<T, const MOST: usize> Few<T, MOST> {
    /// Begins anew, in the memory of the first few.
    pub fn clear(&mut self) {
        self.chunks.truncate(1);
        self.chunks.iter_mut().for_each(Vec::clear);
        (self.count, self.are_many) = (0, false);
    }

    /// The last one, if they are kept.
    pub fn last(&self) -> Option<&T> {
        self.chunks.last()?.last()
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes the next one.
    pub fn push(&mut self, thing: T) {
        if !self.are_many {
            match self.count < MOST {
                true => self.keep(thing),
                false => self.give_up(),
            }
        }
        self.count += 1;
    }

    /// Keeps none, however few there are.
    pub fn give_up(&mut self) {
        (self.chunks, self.are_many) = (Vec::new(), true);
    }

    fn keep(&mut self, thing: T) {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < chunk.capacity() => chunk.push(thing),
            _ => {
                let mut chunk = Vec::with_capacity(self.count.max(FIRST));
                chunk.push(thing);
                self.chunks.push(chunk);
            }
        }
    }

    /// Whether there were too many.
    pub fn are_many(&self) -> bool {
        self.are_many
    }

    /// All of them, if they are not too many.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_kept_in_order_until_they_are_many() {
        const MOST: usize = 1_000;
        let mut few = Few::<usize, MOST>::default();
        for count in 0..MOST {
            assert!(few.count() == count && !few.are_many());
            few.push(count);
        }
        assert!(!few.are_many() && few.iter().copied().eq(0..MOST) && few.last() == Some(&(MOST - 1)));
        few.push(MOST);
        assert!(few.are_many() && few.iter().next().is_none());
        few.push(0);
        assert!(few.are_many() && few.count() == MOST + 2 && few.last().is_none());
        few.clear();
        assert!(!few.are_many() && few.count() == 0 && few.last().is_none());
        (0..3 * FIRST).for_each(|thing| few.push(thing));
        few.clear();
        few.push(7);
        assert!(few.iter().eq(&[7]) && few.count() == 1);
    }
}
