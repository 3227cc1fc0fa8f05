//! Things of which only a few are kept.

/// How many are kept.
pub const MOST: usize = 1 << 14;

/// For how many there is room at first.
const FIRST: usize = 16;

/// Keeps things as long as they are few; of more it keeps none, and whoever wants them again reads them again.
#[derive(Debug)]
pub struct Few<T> {
    /// Each has room for as many as are in those before, so that none is ever moved.
    chunks: Vec<Vec<T>>,
    count: usize,
    are_many: bool,
}

impl<T> Few<T> {
    /// None so far.
    pub fn new() -> Few<T> {
        Few { chunks: Vec::new(), count: 0, are_many: false }
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes the next one.
    pub fn push(&mut self, thing: T) {
        match self.count {
            0..MOST if !self.are_many => self.keep(thing),
            _ => self.give_up(),
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
        let mut few = Few::new();
        for count in 0..MOST {
            assert!(few.count() == count && !few.are_many());
            few.push(count);
        }
        assert!(!few.are_many() && few.iter().copied().eq(0..MOST));
        few.push(MOST);
        assert!(few.are_many() && few.iter().next().is_none());
        few.push(0);
        assert!(few.are_many() && few.count() == MOST + 2);
    }
}
