//! What reading a body makes.

use super::text::{Origin, Steps};

/// Holds the decoded texts of a body, and the ways back from them, as long as its pieces live. Empty it costs nothing.
pub struct Arena {
    texts: typed_arena::Arena<Vec<u8>>,
    steps: typed_arena::Arena<Steps>,
}

impl Default for Arena {
    fn default() -> Arena {
        Arena { texts: typed_arena::Arena::with_capacity(0), steps: typed_arena::Arena::with_capacity(0) }
    }
}

impl Arena {
    /// Keeps a decoded text.
    pub(super) fn keep(&self, (text, steps): (Vec<u8>, Steps)) -> (&[u8], Origin<'_>) {
        (self.texts.alloc(text), Origin::decoded(self.steps.alloc(steps)))
    }
}
