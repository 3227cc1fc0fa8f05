//! Things of which only a few are kept.

/// How many are kept.
pub const MOST: usize = 1 << 14;

/// Keeps things as long as they are few; of more it keeps none, and whoever wants them again reads them again.
pub struct Few<T> {
    kept: Vec<T>,
    count: usize,
}

impl<T> Few<T> {
    /// None so far.
    pub fn new() -> Few<T> {
        Few { kept: Vec::new(), count: 0 }
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes the next one.
    pub fn push(&mut self, thing: T) {
        match self.count {
            0..MOST => self.kept.push(thing),
            MOST => self.kept = Vec::new(),
            _ => {}
        }
        self.count += 1;
    }

    /// All of them; `None` if there were too many.
    pub fn all(self) -> Option<Vec<T>> {
        (self.count <= MOST).then_some(self.kept)
    }
}
